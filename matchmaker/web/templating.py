"""The page templates. HTML is escaped everywhere, and a name that is missing in the context is an error, not a gap."""

import hashlib
from functools import cache
from pathlib import Path

from fastapi.templating import Jinja2Templates
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

WEB = Path(__file__).parent


@cache
def asset(name: str) -> str:
    """The address of a file below `static`; it changes with the content, so that no browser keeps an old one."""
    content = (WEB / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:10]}"


_environment = Environment(
    loader=FileSystemLoader(WEB / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["asset"] = asset

templates = Jinja2Templates(env=_environment)
