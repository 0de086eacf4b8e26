"""Sheets of an XML spreadsheet 2003 (SpreadsheetML), which many systems write under the name .xls."""

from pathlib import Path
from typing import Any

from matchmaker.ingest.markup import LARGEST_DOCUMENT, number, read_markup
from matchmaker.ingest.sheets import MOST_COLUMNS, MOST_TABLES, Grid, Sheet, too_large

_MOST_ROWS = 1_048_576


def spreadsheet_xml_sheets(path: Path) -> list[Sheet]:
    """The sheets in order. Raises UnreadableFile, MarkupError."""
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise too_large(path)
    book = _Book(path)
    read_markup(path.read_bytes(), book)
    return book.sheets


class _Book:
    """What the handler keeps: cells with their values, at the places the file gives them."""

    def __init__(self, path: Path) -> None:
        self.sheets: list[Sheet] = []
        self._path = path
        self._grid: Grid | None = None
        self._name = self._type = ""
        self._is_hidden = False
        self._cell: dict[str, str] = {}
        self._text: list[str] = []
        self._inside: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._inside.append(name)
        match name:
            case "Worksheet":
                if len(self.sheets) >= MOST_TABLES:
                    raise too_large(self._path)
                self._grid = Grid(self._path)
                self._name, self._is_hidden = attributes.get("Name", ""), False
            case "Row" if self._grid is not None:
                at = number(attributes.get("Index"), _MOST_ROWS)
                self._grid.begin_row(at, is_hidden=attributes.get("Hidden") in ("1", "true"))
            case "Cell":
                self._cell, self._text, self._type = attributes, [], ""
            case "Data" if self._inside[-2:-1] == ["Cell"]:
                self._type = attributes.get("Type", "String")

    def end(self, name: str) -> None:
        if name == "Cell" and self._grid is not None:
            at = number(self._cell.get("Index"), MOST_COLUMNS)
            self._grid.put(
                self._value(),
                column=at - 1 if at else None,
                right=number(self._cell.get("MergeAcross"), MOST_COLUMNS) or 0,
                down=number(self._cell.get("MergeDown"), _MOST_ROWS) or 0,
            )
        elif name == "Worksheet" and self._grid is not None:
            self.sheets.append(self._grid.sheet(self._name, is_hidden=self._is_hidden))
            self._grid = None
        self._inside.pop()

    def text(self, text: str) -> None:
        if "Data" in self._inside and "Comment" not in self._inside:
            self._text.append(text)
        elif self._inside[-1:] == ["Visible"] and "Hidden" in text:
            self._is_hidden = True

    def _value(self) -> Any:
        text = "".join(self._text)
        if self._type == "Number":
            try:
                return float(text)
            except ValueError:
                return text
        if self._type == "DateTime":
            return text.partition("T")[0]
        return text
