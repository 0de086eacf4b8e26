"""A table made ready for reading row by row: units under its headings, 同上, cells that hold no value, constants."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from math import isfinite, isnan
from pathlib import Path
from typing import Any

from matchmaker.errors import MalformedRequest
from matchmaker.ingest.broken_cells import broken_cells
from matchmaker.ingest.columns import Bound, column_for, normalised, unit_of, with_units
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.no_records import is_line_of_hints, is_no_record, units_below
from matchmaker.ingest.tables import SourceRow, Table
from matchmaker.ingest.values import BrokenCell, folded, is_blank

_LIST_MARK = re.compile(r"([、；;,，/|\n])")
_DITTO = frozenset(
    (
        "同上",
        "同前",
        "同上行",
        "同上格",
        "〃",
        "″",
        '"',
        "''",
        '""',
        "“”",
        "”",
        "“",
        "々",
        "々々",
        "ditto",
        "同左上",
        '--"--',
        '-"-',
    )
)
# Under the headings there are at most a line of units and a line of numbers.
_LINES_BELOW = 3
_NOT_FINITE = ("含有无穷大的数（Infinity）", "请改成确定的数，或留空")
_HALF_CHARACTER = ("含有残缺的字符", "请重新输入这一格的文字，或重新导出文件")


def prepared(
    kind: ImportKind,
    table: Table,
    path: Path,
    constants: Mapping[str, str] | None = None,
    value_map: Mapping[str, str] | None = None,
) -> Table:
    """The table with every cell as it is meant. `constants`: field (or usual heading) → text for rows that have none;
    `value_map`: `heading:word` → the word that is meant.

    Raises MalformedRequest: a constant for a field that does not exist, a word for a heading the file has not.
    """
    layout = table.layout
    for row in islice(table.rows(), _LINES_BELOW):
        filled = [cell for cell in row.cells if not is_blank(cell)]
        if filled and is_line_of_hints(filled):
            layout = with_units(layout, units_below(row.cells))
    broken = broken_cells(path, "" if table.is_form else table.sheet)
    meant = _meant_words(table, value_map or {})

    def rows() -> Iterator[SourceRow]:
        above: Sequence[Any] = ()
        for raw in table.rows():
            row = raw if raw.problem is not None else _sound(_with_broken(raw, broken.get(raw.number, {})))
            if row.problem is not None or is_no_record(row.cells, table.headings):
                yield row
                continue
            complete = _with_dittos(row, above)
            above = complete.cells
            yield _with_words(complete, meant)

    return _with_constants(kind, replace(table, layout=layout, rows=rows), constants or {})


def _with_broken(row: SourceRow, broken: Mapping[int, str]) -> SourceRow:
    """Readers give an empty cell for #N/A and for a formula without its result."""
    if not broken:
        return row
    cells = [
        BrokenCell(broken[position]) if position in broken and is_blank(cell) else cell
        for position, cell in enumerate(row.cells)
    ]
    return replace(row, cells=cells)


def _sound(row: SourceRow) -> SourceRow:
    """The row without NaN, which means nothing; with a problem where it holds what no database can."""
    if all(cell is None or (isinstance(cell, str) and cell.isascii()) for cell in row.cells):
        return row
    if any(_some(cell, _is_half_character) for cell in row.cells):
        return replace(row, problem=_HALF_CHARACTER)
    if any(_some(cell, _is_infinite) for cell in row.cells):
        return replace(row, problem=_NOT_FINITE)
    return replace(row, cells=[_without_nan(cell) for cell in row.cells])


def _some(cell: Any, is_so: Any) -> bool:
    if isinstance(cell, dict):
        return any(_some(part, is_so) for pair in cell.items() for part in pair)
    if isinstance(cell, (list, tuple)):
        return any(_some(part, is_so) for part in cell)
    return bool(is_so(cell))


def _is_half_character(value: Any) -> bool:
    if not isinstance(value, str) or value.isascii():
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return True
    return False


def _is_infinite(value: Any) -> bool:
    return isinstance(value, float) and not isfinite(value) and not isnan(value)


def _without_nan(cell: Any) -> Any:
    if isinstance(cell, float) and isnan(cell):
        return None
    if isinstance(cell, dict):
        return {key: _without_nan(value) for key, value in cell.items()}
    if isinstance(cell, list):
        return [_without_nan(value) for value in cell if not (isinstance(value, float) and isnan(value))]
    return cell


def _with_dittos(row: SourceRow, above: Sequence[Any]) -> SourceRow:
    marked = [
        position for position, cell in enumerate(row.cells) if isinstance(cell, str) and cell.strip().lower() in _DITTO
    ]
    if not marked:
        return row
    if not above:
        return replace(row, problem=("写的是“同上”，而上面没有内容", "请写明内容"))
    cells = list(row.cells)
    for position in marked:
        cells[position] = above[position]
    return replace(row, cells=cells)


def _meant_words(table: Table, value_map: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """Position → word as it is written → word that is meant."""
    meant: dict[int, dict[str, str]] = {}
    for written, word in value_map.items():
        heading, found, value = written.partition(":")
        position = next(
            (at for at, known in enumerate(table.headings) if normalised(known) == normalised(heading)), None
        )
        if not found or position is None:
            raise MalformedRequest(
                f"文件里没有“{heading}”这一列",
                f"应写作 列名:写法=列表中的词；文件的列有：{'、'.join(filter(None, table.headings))}",
            )
        meant.setdefault(position, {})[folded(value)] = word
    return meant


def _with_words(row: SourceRow, meant: Mapping[int, Mapping[str, str]]) -> SourceRow:
    """The row with the words that are meant, also inside of a list (委托开发、外包)."""
    if not meant:
        return row
    cells = list(row.cells)
    for position, words in meant.items():
        if isinstance(cells[position], str):
            parts = _LIST_MARK.split(cells[position])
            cells[position] = words.get(folded(cells[position])) or "".join(
                words.get(folded(part), part) for part in parts
            )
    return replace(row, cells=cells)


def _with_constants(kind: ImportKind, table: Table, constants: Mapping[str, str]) -> Table:
    """Further columns that say the same in every row, unless a column of the file says something of its own."""
    added: list[tuple[Bound, str, int | None]] = []
    for field, text in constants.items():
        column = column_for(kind, field)
        if column is None:
            raise MalformedRequest(
                f"“{field}”不是{kind.label}的字段", "请用字段名或模板中的列标题，如 region_code=澄东区"
            )
        position = len(table.headings) + len(added)
        stated = unit_of(field) or unit_of(column.heading) if column.money else None
        bound = Bound(position, f"{column.heading}（统一填写）", column, stated)
        added.append((bound, text, table.layout.position_of(column.field)))
    if not added:
        return table

    def rows() -> Iterator[SourceRow]:
        for row in table.rows():
            own = [text if at is None or is_blank(row.cells[at]) else "" for _, text, at in added]
            yield replace(row, cells=[*row.cells, *own])

    return replace(
        table,
        headings=[*table.headings, *(bound.heading for bound, _, _ in added)],
        layout=replace(table.layout, bound=(*table.layout.bound, *(bound for bound, _, _ in added))),
        rows=rows,
    )
