"""Cells of an xlsx that hold no value: errors (#N/A) and formulas without a stored result. Readers give them as empty."""

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from matchmaker.ingest.values import FORMULA

_CHUNK = 1 << 20
# A sheet of a list is far smaller; a larger one is not searched.
_LARGEST_SHEET = 1 << 28
# Cells that are named; whoever has more of them repairs the file, not the cells.
_MOST_CELLS = 20_000
_ODD = (
    zipfile.BadZipFile,
    KeyError,
    expat.ExpatError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    zlib.error,
)
_PLACE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_MAY_HOLD = re.compile(rb"<(?:\w{1,20}:)?f[ />]|t=[\"']e[\"']")


def broken_cells(path: Path, sheet: str) -> dict[int, dict[int, str]]:
    """Row number → position (from the first column that is used) → what stands there; nothing for other files."""
    if not sheet or not zipfile.is_zipfile(path):
        return {}
    # What is odd about the file is the reader's business: whatever cannot be followed here has no named cells.
    with suppress(*_ODD), zipfile.ZipFile(path) as book:
        part = _part_of(book, sheet)
        if part and book.getinfo(part).file_size <= _LARGEST_SHEET and _may_hold(book, part):
            return _found(book, part)
    return {}


def _part_of(book: zipfile.ZipFile, sheet: str) -> str | None:
    """The part that holds the sheet of that name."""
    names: dict[str, str] = {}
    targets: dict[str, str] = {}

    def workbook(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "sheet":
            relation = next((value for name, value in attributes.items() if name.rpartition(":")[2] == "id"), "")
            names[attributes.get("name", "")] = relation

    def relations(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    parts = {name.replace("\\", "/").lstrip("/"): name for name in book.namelist()}
    _parse(book, parts["xl/workbook.xml"], workbook)
    _parse(book, parts["xl/_rels/workbook.xml.rels"], relations)
    target = targets.get(names.get(sheet, ""), "").replace("\\", "/")
    whole = target.lstrip("/") if target.startswith("/") else str(PurePosixPath("xl") / target)
    return parts.get(whole)


def _parse(book: zipfile.ZipFile, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    for chunk in _chunks(book, part):
        parser.Parse(chunk)
    parser.Parse(b"", True)


def _chunks(book: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    with book.open(part) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _may_hold(book: zipfile.ZipFile, part: str) -> bool:
    """Nearly all files hold neither: a look at the bytes spares them the slower reading."""
    tail = b""
    for chunk in _chunks(book, part):
        if _MAY_HOLD.search(tail + chunk):
            return True
        tail = chunk[-40:]
    return False


class _Sheet:
    """Follows the elements of a sheet."""

    def __init__(self) -> None:
        self.found: list[tuple[int, int, str]] = []
        self.first_column: int | None = None
        self._place: tuple[int, int] | None = None
        self._is_error = self._has_formula = self._gives_text = self._in_value = False
        self._text = ""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._place = (int(place[2]), _column(place[1])) if place else None
            self._is_error = attributes.get("t") == "e"
            # A formula may well give nothing: an empty text.
            self._gives_text = attributes.get("t") == "str"
            self._has_formula, self._text = False, ""
        elif name == "f":
            self._has_formula = True
        self._in_value = name in ("v", "t")

    def text(self, data: str) -> None:
        if self._in_value and len(self._text) < 40:
            self._text += data

    def end(self, tag: str) -> None:
        self._in_value = False
        if tag.rpartition(":")[2] != "c" or self._place is None:
            return
        row, column = self._place
        if self._text or self._is_error:
            self.first_column = column if self.first_column is None else min(self.first_column, column)
        if len(self.found) >= _MOST_CELLS:
            return
        if self._is_error:
            self.found.append((row, column, self._text or "#N/A"))
        elif self._has_formula and not self._text and not self._gives_text:
            self.found.append((row, column, FORMULA))


def _found(book: zipfile.ZipFile, part: str) -> dict[int, dict[int, str]]:
    sheet = _Sheet()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = sheet.start, sheet.end
    parser.CharacterDataHandler = sheet.text
    for chunk in _chunks(book, part):
        parser.Parse(chunk)
    parser.Parse(b"", True)
    cells: dict[int, dict[int, str]] = {}
    for row, column, text in sheet.found:
        cells.setdefault(row, {})[column - (sheet.first_column or 0)] = text
    return cells


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1
