"""csv in the encodings and with the separators offices use."""

import csv
import io
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any

from matchmaker.ingest.encodings import encoding_of
from matchmaker.ingest.headings import SEARCHED_ROWS, find_headings
from matchmaker.ingest.sheets import MOST_COLUMNS, NumberedRow, RowProblem, Sheet
from matchmaker.ingest.tables import Wanted
from matchmaker.ingest.values import is_blank

_SEPARATORS = (",", "\t", ";", "，", "；", "|", "^", "\x01", "\x1f")
# Far more than any field takes: what is longer is a quote that was never closed.
_LONGEST_CELL = 1 << 20
_OPEN_QUOTE = (
    "引号没有成对，后面的行被并进了这一格",
    "请检查这一行起的双引号：成对书写，内容里的双引号写成两个",
)


def csv_sheet(path: Path, wanted: Wanted, name: str = "") -> Sheet:
    """A text file as a sheet, divided where the headings of what is wanted are recognised best. Raises UnreadableFile."""
    encoding = encoding_of(path)
    csv.field_size_limit(_LONGEST_CELL)
    separator = _separator(path, encoding, wanted)

    def problem(cells: list[Any], width: int) -> RowProblem | None:
        return _problem(cells, width, separator)

    return Sheet(name, lambda: _numbered(path, encoding, separator), problem=problem)


def _separator(path: Path, encoding: str, wanted: Wanted) -> str:
    """The separator under which the headings are recognised best."""
    tried: list[tuple[int, str]] = []
    for separator in _SEPARATORS:
        first: list[list[str]] = []
        with suppress(csv.Error):
            first.extend(islice(_records(path, encoding, separator), SEARCHED_ROWS))
        found = find_headings(wanted.kind, first, (), wanted.column_map) if first else None
        tried.append((1000 * found.recognised + len(found.headings) if found else -1, separator))
    return max(tried, key=lambda one: one[0])[1] if tried else ","


def _records(path: Path, encoding: str, separator: str) -> Iterator[list[str]]:
    with open_text(path, encoding, newline="") as file:
        for cells in csv.reader(file, delimiter=separator):
            yield cells[:MOST_COLUMNS]


def open_text(path: Path, encoding: str, *, newline: str | None) -> io.TextIOWrapper:
    """The file as text: what cannot be decoded, half a character at its end, is shown as such."""
    return path.open("r", encoding=encoding, errors="replace", newline=newline)


class _OpenQuote(str):
    """What stands in a row from which on the file cannot be divided into cells."""


def _numbered(path: Path, encoding: str, separator: str) -> Iterator[NumberedRow]:
    records = _records(path, encoding, separator)
    number = 0
    while True:
        number += 1
        try:
            yield number, list(next(records))
        except StopIteration:
            return
        except csv.Error:
            yield number, [_OpenQuote("…")]
            return


def _problem(cells: list[Any], width: int, separator: str) -> RowProblem | None:
    if any(isinstance(cell, _OpenQuote) or ("\n" in cell and _swallowed(cell, separator, width)) for cell in cells):
        return _OPEN_QUOTE
    if any(not is_blank(cell) for cell in cells[width:]):
        return (
            f"这一行有 {len(cells)} 格，标题只有 {width} 列",
            f"内容里含有“{separator}”时请用双引号括起来，或另存为 xlsx 后再导入",
        )
    return None


def _swallowed(cell: str, separator: str, width: int) -> bool:
    """A cell with whole rows of the table in it: lines that have a separator for every column."""
    return width > 2 and any(line.count(separator) >= width - 1 for line in cell.split("\n")[1:])
