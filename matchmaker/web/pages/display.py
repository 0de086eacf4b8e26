"""How the pages are shown: the size of letters and the language, each remembered in a cookie."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from matchmaker.web.forms import own_path
from matchmaker.web.language import ENGLISH, LANGUAGE_COOKIE

router = APIRouter(include_in_schema=False, default_response_class=Response)

ONE_YEAR_SECONDS = 365 * 24 * 3600


@router.post("/text-size")
def text_size(
    request: Request, size: Annotated[str, Form()] = "", back: Annotated[str, Form(alias="next")] = "/"
) -> Response:
    """Remember the letter size in a cookie and go back. Only to a page of this site, whatever the form says."""
    return _remembered("text_size", size if size == "large" else "", back)


@router.post("/language")
def language(
    request: Request, language: Annotated[str, Form()] = "", back: Annotated[str, Form(alias="next")] = "/"
) -> Response:
    """Remember English, or forget it, and go back to the page."""
    return _remembered(LANGUAGE_COOKIE, language if language == ENGLISH else "", back)


def _remembered(name: str, value: str, back: str) -> Response:
    answer = RedirectResponse(own_path(back), 303)
    if value:
        answer.set_cookie(name, value, max_age=ONE_YEAR_SECONDS, samesite="lax", httponly=True)
    else:
        answer.delete_cookie(name)
    return answer
