"""Tables of a web page: what the export button of many systems writes under the name .xls."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

from matchmaker.ingest.encodings import text_of
from matchmaker.ingest.markup import LARGEST_DOCUMENT, number
from matchmaker.ingest.sheets import MOST_TABLES, Grid, Sheet, too_large

_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9:]{0,30}")
_CHARSET = re.compile(rb"charset\s{0,5}=\s{0,5}[\"']?([A-Za-z0-9_-]{2,30})", re.IGNORECASE)
_SPANS = {
    name: re.compile(rf"\b{name}\s{{0,5}}=\s{{0,5}}[\"']?(\d{{1,6}})", re.IGNORECASE) for name in ("colspan", "rowspan")
}
_HIDDEN = re.compile(r"display\s{0,5}:\s{0,5}none", re.IGNORECASE)
_MOST_SPANNED = 1000
_MOST_TAGS = 3_000_000
_MOST_NESTED = 30
_LINES = frozenset(("br", "/p", "/div", "/li"))
_UNSEEN = frozenset(("style", "script", "title"))


def web_sheets(path: Path) -> list[Sheet]:
    """The tables of the page in order, the inner one of two as a table of its own. Raises UnreadableFile."""
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise too_large(path)
    content = path.read_bytes()
    if content.count(b"<") > _MOST_TAGS:
        raise too_large(path)
    declared = _CHARSET.search(content[:4096])
    page = _Page(path)
    for tag, text in _tags(text_of(path, content, declared[1].decode() if declared else "")):
        page.take(tag, text)
    page.close()
    return page.sheets


def _tags(text: str) -> Iterator[tuple[str, str]]:
    """Each tag with the text behind it; comments and what is no content left out."""
    unseen = ""
    for piece in _without_comments(text).split("<")[1:]:
        tag, _, rest = piece.partition(">")
        name = _NAME.match(tag)
        kind = name[0].lower() if name else ""
        if unseen:
            unseen = "" if kind == f"/{unseen}" else unseen
        elif kind in _UNSEEN:
            unseen = kind
        if not unseen:
            yield tag, rest


def _without_comments(text: str) -> str:
    kept, position = [], 0
    while (start := text.find("<!--", position)) >= 0:
        kept.append(text[position:start])
        end = text.find("-->", start + 4)
        position = end + 3 if end >= 0 else len(text)
    return "".join([*kept, text[position:]])


class _Table:
    def __init__(self, path: Path) -> None:
        self.grid = Grid(path)
        # Columns that a cell of an earlier row reaches down into: how many rows it still covers.
        self.covered: dict[int, int] = {}
        self.cell: list[str] | None = None
        self.spans = (1, 1)

    def begin_row(self, *, is_hidden: bool) -> None:
        self.end_cell()
        self.covered = {column: rows - 1 for column, rows in self.covered.items() if rows > 1}
        self.grid.begin_row(is_hidden=is_hidden)

    def begin_cell(self, tag: str) -> None:
        self.end_cell()
        found = {name: pattern.search(tag) for name, pattern in _SPANS.items()}
        wide, high = (number(one[1], _MOST_SPANNED) if one else 1 for one in found.values())
        self.cell, self.spans = [], (wide or 1, high or 1)

    def end_cell(self) -> None:
        if self.cell is None:
            return
        grid, (wide, high) = self.grid, self.spans
        while grid.column in self.covered:
            grid.column += 1
        at = grid.column
        lines = (" ".join(line.split()) for line in "".join(self.cell).split("\n"))
        grid.put("\n".join(lines).strip(), right=wide - 1, down=high - 1)
        if high > 1:
            self.covered.update(dict.fromkeys(range(at, at + wide), high))
        self.cell = None


class _Page:
    def __init__(self, path: Path) -> None:
        self.sheets: list[Sheet] = []
        self._path = path
        self._open: list[_Table] = []

    def take(self, tag: str, text: str) -> None:
        name = _NAME.match(tag)
        kind = name[0].lower() if name else ""
        if kind == "table":
            if len(self._open) >= _MOST_NESTED or len(self.sheets) >= MOST_TABLES:
                raise too_large(self._path)
            self._open.append(_Table(self._path))
        if not self._open:
            return
        table = self._open[-1]
        if kind == "tr":
            table.begin_row(is_hidden=bool(_HIDDEN.search(tag)))
        elif kind in ("td", "th"):
            table.begin_cell(tag)
        elif kind in ("/td", "/th", "/tr"):
            table.end_cell()
        elif kind == "/table":
            self._end()
        elif kind in _LINES and table.cell is not None:
            table.cell.append("\n")
        if self._open and self._open[-1].cell is not None:
            # A line break of the source is a blank.
            self._open[-1].cell.append(unescape(text).replace("\n", " "))

    def close(self) -> None:
        """Tables that the page never ends are ended."""
        while self._open:
            self._end()

    def _end(self) -> None:
        table = self._open.pop()
        table.end_cell()
        self.sheets.append(table.grid.sheet(f"表格{len(self.sheets) + 1}"))
