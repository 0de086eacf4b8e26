"""XML as events: what office documents are made of, read without trusting it."""

from pathlib import Path
from typing import Any, Protocol
from xml.parsers import expat
from zipfile import ZipFile

from matchmaker.ingest.sheets import too_large

# The text of a document is read at once: larger ones are lists that should come as xlsx or csv.
LARGEST_DOCUMENT = 100 * 1024**2
_DEEPEST = 200


class MarkupError(ValueError):
    """What is read is not well formed, too deep, or declares entities."""


class Handler(Protocol):
    """Follows a document: names come without their prefix, text in one piece or several."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def text(self, text: str) -> None: ...


def read_markup(content: bytes, handler: Handler) -> None:
    """Tell the handler everything in this document, in order. Raises MarkupError, and what the handler raises."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise MarkupError("too deep")
        handler.start(_local(name), {_local(key): value for key, value in attributes.items()})

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        handler.end(_local(name))

    def refuse(*_: Any) -> None:
        raise MarkupError("declares entities")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = handler.text
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError) as error:
        raise MarkupError(str(error)) from error


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def read_member(path: Path, archive: ZipFile, name: str, handler: Handler) -> None:
    """The same for a part of a zipped document. Raises UnreadableFile when it is too large."""
    with archive.open(name) as part:
        content = part.read(LARGEST_DOCUMENT + 1)
    if len(content) > LARGEST_DOCUMENT:
        raise too_large(path)
    read_markup(content, handler)


def number(text: str | None, most: int) -> int | None:
    """A count in an attribute, at most so many; None for anything else."""
    if not text or not text.isdecimal():
        return None
    return min(int(text), most) if len(text) < 10 else most
