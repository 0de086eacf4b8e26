"""The login page, and what it keeps: a form whose sender is no longer logged in is sent on once she is.

What she typed stays in the pages of her own browser; nothing of somebody unknown is stored here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import Request, Response
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException

from matchmaker.web.forms import FormErrors, own_path
from matchmaker.web.templating import templates

KEPT_PATH = "kept_path"
_PREFIX = "kept:"
# What a script asks by itself: an answer that leads elsewhere would take the page away from under who is typing.
AUTOSAVE = "X-Autosave"
# Room for the login's own fields, within what a form may have (`submitted_form`).
_MOST_FIELDS = 380
# No page repeats a secret, not even to who typed it: passwords, one-time codes, keys.
_SECRETS = re.compile(r"(.*_)?password|code|secret|key")


@dataclass(frozen=True)
class Kept:
    """A form that waits for its sender to log in: where it was sent, and its fields in their order."""

    path: str
    fields: list[tuple[str, str]]

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """As hidden fields of the login form."""
        return [(KEPT_PATH, self.path), *((_PREFIX + name, value) for name, value in self.fields)]


def login_form(
    request: Request, values: dict[str, str], errors: FormErrors, kept: Kept | None = None, *, status: int = 200
) -> Response:
    """The page of the login, with the form that is kept meanwhile."""
    settings = request.app.state.settings
    context = {
        "values": values,
        "errors": errors,
        "oidc_label": settings.oidc_label if settings.oidc_issuer else "",
        "kept": kept,
    }
    return templates.TemplateResponse(request, "account/login.html", context, status)


def asks_by_itself(request: Request) -> bool:
    """Does a script of a page ask, while somebody may be typing on it?"""
    return AUTOSAVE in request.headers or (request.method == "POST" and request.headers.get("HX-Request") == "true")


async def kept_from(request: Request) -> Kept | None:
    """The form that a browser has sent; None for programs, files, secrets, what says nothing or too much."""
    is_browser = "origin" in request.headers or "sec-fetch-site" in request.headers
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    if request.method != "POST" or not is_browser or not is_form:
        return None
    try:
        async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
            fields = form.multi_items()
    except HTTPException:
        # Too large, or no form after all.
        return None
    return _kept(request.url.path, fields) if len(fields) <= _MOST_FIELDS else None


def kept_of(form: FormData) -> Kept | None:
    """The form that a login form has carried along."""
    path = own_path(str(form.get(KEPT_PATH, "")), "")
    named = ((name.removeprefix(_PREFIX), value) for name, value in form.multi_items() if name.startswith(_PREFIX))
    return _kept(path, named) if path else None


def _kept(path: str, fields: Iterable[tuple[str, object]]) -> Kept | None:
    texts = [(name, value) for name, value in fields if isinstance(value, str)]
    if not any(value.strip() for _, value in texts):
        return None
    if any(_SECRETS.fullmatch(name) for name, _ in texts):
        return None
    return Kept(path, texts)
