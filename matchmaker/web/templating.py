"""The page templates. HTML is escaped everywhere, and a name that is missing in the context is an error, not a gap."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from matchmaker.rights import ANYONE, Actor, Right
from matchmaker.web.forms import flash_of
from matchmaker.web.language import content, gettext, ngettext, speak, spoken, zh
from matchmaker.web.navigation import menu
from matchmaker.web.unread import unread

WEB = Path(__file__).parent


@cache
def asset(name: str) -> str:
    """The address of a file below `static`; it changes with the content, so that no browser keeps an old one."""
    found = (WEB / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(found).hexdigest()[:10]}"


_environment = Environment(
    loader=FileSystemLoader(WEB / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
_environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
_environment.filters["content"] = content
_environment.filters["label"] = gettext
_environment.globals["zh"] = zh
_environment.globals["speak"] = speak
_environment.globals["asset"] = asset
_environment.globals["Right"] = Right


def _who_asks(request: Request) -> dict[str, Any]:
    """Every template knows the person, to show her menu; an error may come before she is known."""
    flash = flash_of(request)
    # Shown once: the envelope takes the cookie away again.
    request.state.flash_shown = bool(flash)
    actor: Actor = getattr(request.state, "actor", ANYONE)

    return {
        "actor": actor,
        "flash": flash,
        "language": spoken(),
        "menu": lambda: menu(actor, request.url.path),
        # Asked for by the header only, not by parts of pages.
        "unread": lambda: unread(request, actor),
    }


templates = Jinja2Templates(env=_environment, context_processors=[_who_asks])
