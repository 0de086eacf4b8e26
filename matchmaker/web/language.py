"""The language of the public pages: Chinese is the source, English a catalogue that is read at first use."""

import re
from collections.abc import Mapping
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from markupsafe import Markup
from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

CATALOGUES = Path(__file__).parents[1] / "locale"
LANGUAGE_COOKIE = "lang"
CHINESE, ENGLISH = "zh-CN", "en"

_HAN = re.compile(r"[\u3400-\u9fff]")
# Set by the envelope for every request; threads that work for the request see what its task has set.
_spoken: ContextVar[str] = ContextVar("spoken", default=CHINESE)


@cache
def catalogue(language: str) -> Mapping[str, str | tuple[str, ...]]:
    """Chinese text → its translation (both numbers, where it has them); Chinese needs none."""
    path = CATALOGUES / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return {}
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    return {
        one.id if isinstance(one.id, str) else one.id[0]: one.string if isinstance(one.string, str) else (*one.string,)
        for one in messages
        if one.id and one.string
    }


def speak_to(scope: Scope) -> None:
    """What is said from here on in this request is in the language its reader chose; Chinese unless she chose."""
    chosen = cookie_parser(Headers(scope=scope).get("cookie", "")).get(LANGUAGE_COOKIE)
    _spoken.set(ENGLISH if chosen == ENGLISH else CHINESE)


def spoken() -> str:
    """The language of the page that is being rendered."""
    return _spoken.get()


def speak(language: str) -> str:
    """Called in a template: what is rendered of the page from here on is in this language. Says nothing itself."""
    _spoken.set(language)
    return ""


def gettext(text: str) -> str:
    """The text in the reader's language, of one where the number matters; Chinese where nobody has translated it."""
    found = catalogue(spoken()).get(text, text)
    return found if isinstance(found, str) else found[0]


def ngettext(one: str, many: str, number: int) -> str:
    """As `gettext`, in the form for this number. Chinese has one form for all."""
    found = catalogue(spoken()).get(one, many)
    return found if isinstance(found, str) else found[0 if number == 1 else -1]


def content(text: str) -> str | Markup:
    """A label or what people wrote: translated if it is a word of ours, else marked as Chinese on an English page."""
    words = gettext(text)
    if spoken() == CHINESE or not _HAN.search(words):
        return words
    return Markup('<span lang="zh-CN">{}</span>').format(words)


def zh() -> str | Markup:
    """The attribute that marks what people wrote as Chinese, on a page that is not."""
    return "" if spoken() == CHINESE else Markup(' lang="zh-CN"')
