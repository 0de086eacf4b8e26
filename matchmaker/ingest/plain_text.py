"""csv in the encodings and with the separators offices use, and jsonl."""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from matchmaker.errors import MalformedRequest, UnreadableFile
from matchmaker.ingest.columns import joined, layout, unit_noted
from matchmaker.ingest.headings import SEARCHED_ROWS, HeadingRow, distinct, find_headings
from matchmaker.ingest.tables import SourceRow, Table, Wanted, no_headings
from matchmaker.ingest.values import is_blank

_SEPARATORS = (",", "\t", ";", "，", "；", "|")
_CHUNK = 1 << 20
# A cell of the module's usual limit (128 KB) would stop the file; a longer cell is refused as a row instead.
_LONGEST_CELL = 1 << 24
_OPEN_QUOTE = (
    "引号没有成对，后面的行被并进了这一格",
    "请检查这一行起的双引号：成对书写，内容里的双引号写成两个",
)


def open_csv(path: Path, wanted: Wanted) -> Table:
    """A csv file as a table. Raises UnreadableFile, MalformedRequest."""
    if wanted.sheet is not None:
        raise MalformedRequest(f"“{path.name}”是文本文件，没有工作表", "请去掉 --sheet")
    encoding = _encoding(path)
    csv.field_size_limit(_LONGEST_CELL)
    separator, best = _separator(path, encoding, wanted)
    if best is None or (wanted.needs_name and not best.has_name):
        raise no_headings(path, wanted, best.headings if best else ())
    above = [joined(cells) for cells in islice(_records(path, encoding, separator), best.last)]
    headings = distinct(best.headings)
    return Table(
        headings=headings,
        layout=layout(wanted.kind, headings, wanted.column_map, unit_noted(above)),
        rows=lambda: _csv_rows(path, encoding, separator, best),
    )


def open_jsonl(path: Path, wanted: Wanted) -> Table:
    """A file of one JSON object a line as a table; the headings are all keys of all lines. Raises UnreadableFile."""
    if wanted.sheet is not None:
        raise MalformedRequest(f"“{path.name}”是文本文件，没有工作表", "请去掉 --sheet")
    encoding = _encoding(path)
    headings: dict[str, None] = {}
    for _, line in _lines(path, encoding):
        found = _object(line)
        if isinstance(found, dict):
            headings.update(dict.fromkeys(found))
    bound = layout(wanted.kind, list(headings), wanted.column_map)
    if wanted.needs_name and not {"title", "name"} & bound.fields:
        raise no_headings(path, wanted, list(headings))
    return Table(headings=list(headings), layout=bound, rows=lambda: _jsonl_rows(path, encoding, list(headings)))


def _encoding(path: Path) -> str:
    """utf-8, with or without its mark, utf-16 with its mark, else gb18030. Raises UnreadableFile if none fits."""
    with path.open("rb") as file:
        start = file.read(3)
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ["utf-16"]
    elif start == codecs.BOM_UTF8:
        candidates = ["utf-8-sig"]
    else:
        candidates = ["utf-8", "gb18030"]
    for encoding in candidates:
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    decoder.decode(chunk)
                # A half line at the end may stop inside a character: that is the row's problem, not the file's.
            return encoding
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(
        f"“{path.name}”的文字编码无法识别（试过 UTF-8 和 GB18030）", "请在 Excel 中另存为 xlsx 或“CSV UTF-8”后再导入"
    )


def _open(path: Path, encoding: str, *, newline: str | None) -> io.TextIOWrapper:
    return path.open("r", encoding=encoding, errors="replace", newline=newline)


def _separator(path: Path, encoding: str, wanted: Wanted) -> tuple[str, HeadingRow | None]:
    """The separator under which the headings are recognised best."""
    tried: list[tuple[int, str, HeadingRow | None]] = []
    for separator in _SEPARATORS:
        try:
            first = list(islice(_records(path, encoding, separator), SEARCHED_ROWS))
        except csv.Error:
            continue
        found = find_headings(wanted.kind, first, (), wanted.column_map) if first else None
        score = 1000 * found.recognised + len(found.headings) if found else -1
        tried.append((score, separator, found))
    if not tried:
        return ",", None
    _, separator, best = max(tried, key=lambda one: one[0])
    return separator, best


def _records(path: Path, encoding: str, separator: str) -> Iterator[list[str]]:
    with _open(path, encoding, newline="") as file:
        yield from csv.reader(file, delimiter=separator)


def _csv_rows(path: Path, encoding: str, separator: str, best: HeadingRow) -> Iterator[SourceRow]:
    width = len(best.headings)
    records = _records(path, encoding, separator)
    number = 0
    while True:
        number += 1
        try:
            cells = next(records)
        except StopIteration:
            return
        except csv.Error:
            yield SourceRow(number, [""] * width, _OPEN_QUOTE)
            return
        if number <= best.last + 1 or all(is_blank(cell) for cell in cells):
            continue
        row = [*cells[:width], *[""] * (width - len(cells))]
        yield SourceRow(number, row, _problem(cells, width, separator))


def _problem(cells: list[str], width: int, separator: str) -> tuple[str, str] | None:
    if any("\n" in cell and _swallowed(cell, separator, width) for cell in cells):
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


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, str]]:
    with _open(path, encoding, newline="\n") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


def _object(line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _jsonl_rows(path: Path, encoding: str, headings: list[str]) -> Iterator[SourceRow]:
    for number, line in _lines(path, encoding):
        found = _object(line)
        if isinstance(found, dict):
            yield SourceRow(number, [found.get(heading) for heading in headings])
        elif line.endswith("\n"):
            problem = ("这一行不是完整的 JSON 对象", "请改成每行一个 {…}，用英文引号，行尾没有逗号")
            yield SourceRow(number, [None] * len(headings), problem)
        else:
            problem = ("最后一行不完整（文件可能没有传完）", "请重新导出或补全这一行")
            yield SourceRow(number, [None] * len(headings), problem)
