"""Sheets of an OpenDocument spreadsheet (ods: LibreOffice, WPS, 中标普华)."""

from pathlib import Path
from typing import Any
from zipfile import ZipFile

from matchmaker.ingest.markup import number, read_member
from matchmaker.ingest.sheets import MOST_COLUMNS, MOST_TABLES, Grid, Sheet, too_large

_MOST_ROWS = 1_048_576
_NUMBERS = ("float", "currency", "percentage")


def open_document_sheets(path: Path) -> list[Sheet]:
    """The sheets in order. Raises UnreadableFile, MarkupError, zip errors."""
    content = _Content(path)
    with ZipFile(path) as archive:
        read_member(path, archive, "content.xml", content)
    return content.sheets


class _Content:
    """What the handler keeps: cells with their values, repeated as often as the document says."""

    def __init__(self, path: Path) -> None:
        self.sheets: list[Sheet] = []
        self._path = path
        self._grid: Grid | None = None
        self._name = self._style = self._styled = ""
        self._hidden_styles: set[str] = set()
        self._repeated_rows = 1
        self._cell: dict[str, str] = {}
        self._text: list[str] = []
        self._paragraphs = self._notes = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        match name:
            case "style":
                self._styled = attributes.get("name", "")
            case "table-properties":
                if attributes.get("display") == "false":
                    self._hidden_styles.add(self._styled)
            case "table":
                if len(self.sheets) >= MOST_TABLES:
                    raise too_large(self._path)
                self._grid = Grid(self._path)
                self._name, self._style = attributes.get("name", ""), attributes.get("style-name", "")
            case "table-row" if self._grid is not None:
                self._repeated_rows = number(attributes.get("number-rows-repeated"), _MOST_ROWS) or 1
                self._grid.begin_row(is_hidden=attributes.get("visibility") in ("collapse", "filter"))
            case "table-cell" | "covered-table-cell":
                self._cell, self._text = attributes, []
            case "annotation":
                self._notes += 1
            case "p" | "h":
                self._paragraphs += 1
                if self._text and not self._notes:
                    self._text.append("\n")
            case "line-break" | "tab" | "s" if not self._notes:
                self._text.append("\n" if name == "line-break" else " ")

    def end(self, name: str) -> None:
        match name:
            case "annotation":
                self._notes -= 1
            case "p" | "h":
                self._paragraphs -= 1
            case "table-cell" | "covered-table-cell" if self._grid is not None:
                self._put(self._grid)
            case "table-row" if self._grid is not None and self._repeated_rows > 1:
                self._grid.repeat_row(self._repeated_rows - 1)
            case "table" if self._grid is not None:
                self.sheets.append(self._grid.sheet(self._name, is_hidden=self._style in self._hidden_styles))
                self._grid = None

    def text(self, text: str) -> None:
        if self._paragraphs and not self._notes:
            self._text.append(text)

    def _put(self, grid: Grid) -> None:
        spanned = {
            key: (number(self._cell.get(f"number-{key}-spanned"), _MOST_ROWS) or 1) - 1 for key in ("columns", "rows")
        }
        times = number(self._cell.get("number-columns-repeated"), MOST_COLUMNS + 1) or 1
        at = grid.column
        grid.put(self._value(), right=spanned["columns"] if times == 1 else 0, down=spanned["rows"], times=times)
        # Covered cells follow, each a cell of its own.
        grid.column = min(at + times, MOST_COLUMNS)

    def _value(self) -> Any:
        kind = self._cell.get("value-type")
        if kind in _NUMBERS:
            try:
                return float(self._cell.get("value", ""))
            except ValueError:
                pass
        if kind == "date":
            return self._cell.get("date-value", "").partition("T")[0]
        return "".join(self._text)
