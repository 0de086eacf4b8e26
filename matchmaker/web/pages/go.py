"""前往: one box that leads to any page, record or organisation; a page of its own, and the answer inside the dialog."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from matchmaker.web.dependencies import ActorDep, SessionDep
from matchmaker.web.goto import LONGEST, find
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)


@router.get("/go")
def go(request: Request, session: SessionDep, actor: ActorDep, q: Annotated[str, Query()] = "") -> Response:
    """What answers to the question; to htmx only the list."""
    question = q.strip()[:LONGEST]
    name = "help/go_found.html" if request.headers.get("HX-Request") == "true" else "help/go.html"
    context = {"question": question, "groups": find(session, question, actor)}
    return templates.TemplateResponse(request, name, context, headers={"Vary": "HX-Request"})
