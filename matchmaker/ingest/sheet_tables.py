"""Which of a file's sheets are the table, and what its rows are: lists with a row of headings, or forms."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from pathlib import Path
from typing import Any

from matchmaker.errors import MalformedRequest, UnreadableFile
from matchmaker.ingest.columns import Layout, joined, layout, normalised, unit_noted
from matchmaker.ingest.forms import Form, FormSheet, Labels, form_sheet, leading_labels, read_forms
from matchmaker.ingest.headings import SEARCHED_ROWS, HeadingRow, distinct, find_headings, rows_below
from matchmaker.ingest.sheets import NumberedRow, Sheet
from matchmaker.ingest.tables import SourceRow, Table, Wanted, no_headings
from matchmaker.ingest.values import is_blank, plain

# Merged downwards these would make one record of several rows.
_NEVER_FILLED = frozenset({"source_id", "title", "name"})
_SHOWN_SHEETS = 10
_FEW = 3
_LONGEST_HEADING = 60
_ANOTHER_TABLE = (
    "从这一行起是另一张表（标题不同），它下面的行没有读取",
    "请把它移到另一张工作表，或与上面的表合并成同样的列",
)
# Rows of the second sheet are 1001, 1002, …
_LEAST_DIGITS = 3


@dataclass(frozen=True)
class _Reading:
    """A sheet as it may be read: as a list under these headings, or as forms."""

    sheet: Sheet
    headings: HeadingRow
    labels: Labels
    form: FormSheet | None = None
    above: Sequence[str] = field(default=())

    @property
    def recognised(self) -> int:
        return self.form.recognised if self.form is not None else self.headings.recognised

    @property
    def has_name(self) -> bool:
        return self.form.has_name if self.form is not None else self.headings.has_name

    @property
    def key(self) -> object:
        """Sheets with the same one are one table: the same headings and unit; any forms."""
        if self.form is not None:
            return "form"
        return frozenset(normalised(one) for one in self.headings.headings if one), unit_noted(self.above)


def sheets_table(path: Path, sheets: Sequence[Sheet], wanted: Wanted) -> Table:
    """The table in these sheets: the wanted one, or all visible ones that are like the one recognised best.

    Hidden rows are left out and counted in a note. Raises UnreadableFile, MalformedRequest as `open_table`.
    """
    names = [sheet.name for sheet in sheets if sheet.name]
    if wanted.sheet is not None and wanted.sheet not in names:
        raise MalformedRequest(f"“{path.name}”没有工作表“{wanted.sheet}”", f"工作表有：{'、'.join(names)}")
    chosen = [sheet for sheet in sheets if sheet.name == wanted.sheet] if wanted.sheet is not None else list(sheets)
    readings = [reading for sheet in chosen if (reading := _reading(sheet, wanted)) is not None]
    if not readings:
        where = f"的工作表（{'、'.join(names[:_SHOWN_SHEETS])}）都" if names else ""
        raise UnreadableFile(f"“{path.name}”{where}是空的", "请核对是否选错文件，或先填入内容再导入")
    open_readings = [one for one in readings if not one.sheet.is_hidden or wanted.sheet is not None]
    best = max(open_readings or readings, key=lambda one: (one.has_name, one.recognised))
    if not best.has_name or best not in open_readings:
        hidden = [one.sheet.name for one in readings if one.sheet.is_hidden and one.has_name]
        if hidden and wanted.sheet is None:
            raise UnreadableFile(
                f"“{path.name}”只有隐藏的工作表（{'、'.join(hidden)}）像{wanted.kind.label}表",
                "请核对是否要导入隐藏的内容：要导入请在 Excel 中取消隐藏，或用 --sheet 指定",
            )
        if best.form is not None and best.form.is_sideways:
            raise UnreadableFile(
                f"“{path.name}”的标题在左边一列，右边有几列内容，看不出哪一列是要导入的",
                "请只留标题和内容两列；每条记录占一列的，请在 Excel 中用“选择性粘贴—转置”使标题成为一行，再导入",
            )
        if wanted.needs_name:
            raise no_headings(path, wanted, best.headings.headings, names)
    same = [one for one in open_readings if one.key == best.key and one.has_name == best.has_name] or [best]
    table = _forms_table(same, wanted) if best.form is not None else _lists_table(same, wanted)
    return Table(
        headings=table.headings,
        layout=table.layout,
        rows=table.rows,
        sheet="、".join(one.sheet.name for one in same),
        notes=(*table.notes, *_notes(readings, same, best, wanted)),
        is_form=best.form is not None,
    )


def _reading(sheet: Sheet, wanted: Wanted) -> _Reading | None:
    """How the sheet is best read; None when there is no text in it."""
    first: list[list[Any]] = []
    for number, cells in takewhile(lambda row: row[0] <= SEARCHED_ROWS, _visible(sheet)):
        first.extend([[] for _ in range(number - 1 - len(first))])
        first.append(cells)
    labels = Labels(wanted.kind, wanted.column_map, first)
    headings = find_headings(wanted.kind, first, sheet.merges, wanted.column_map)
    if headings is None:
        return None
    above = [joined([plain(cell) for cell in row]) for row in first[: headings.last]]
    headings = rows_below(headings, first[headings.last + 1 :])
    form = form_sheet(labels, enumerate(first, start=1))
    if form is not None and form.recognised > headings.recognised:
        return _Reading(sheet, headings, labels, form)
    if form is None and headings.recognised < _FEW and leading_labels(labels, first[headings.last + 1 :]) >= _FEW:
        # A form of which we know too little: its lines are no records.
        headings = replace(headings, has_name=False)
    return _Reading(sheet, headings, labels, above=above)


def _visible(sheet: Sheet) -> Iterator[NumberedRow]:
    return (row for row in sheet.rows() if row[0] not in sheet.hidden_rows)


def _notes(readings: Sequence[_Reading], same: Sequence[_Reading], best: _Reading, wanted: Wanted) -> Iterator[str]:
    label = wanted.kind.label
    # One known word in a page of instructions is no table; half of the chosen sheet's columns are.
    enough = max(2, best.recognised // 2)
    alike = [one.sheet for one in readings if one not in same and one.has_name and one.recognised >= enough]
    if others := [sheet.name for sheet in alike if not sheet.is_hidden]:
        yield f"工作表 {'、'.join(others)} 也像{label}表，这次没有导入；如需导入请用 --sheet 指定"
    if hidden := [sheet.name for sheet in alike if sheet.is_hidden]:
        yield f"隐藏的工作表 {'、'.join(hidden)} 也像{label}表，没有导入；如需导入请取消隐藏，或用 --sheet 指定"
    if count := sum(_hidden_records(one) for one in same):
        yield f"有 {count} 行被隐藏或筛选掉了，没有导入；如需导入请在 Excel 中取消隐藏和筛选后再导入"


def _hidden_records(reading: _Reading) -> int:
    hidden, last = reading.sheet.hidden_rows, 0 if reading.form is not None else reading.headings.last + 1
    if not hidden:
        return 0
    return sum(
        number in hidden and number > last and any(not is_blank(cell) for cell in cells)
        for number, cells in reading.sheet.rows()
    )


def _lists_table(readings: Sequence[_Reading], wanted: Wanted) -> Table:
    """Lists with the same headings as one; the rows of the second begin at a round number."""
    first = readings[0]
    headings = distinct(first.headings.headings)
    bound = layout(wanted.kind, headings, wanted.column_map, unit_noted(first.above))
    if len(readings) == 1:
        return Table(headings, bound, lambda: _rows(first, bound, len(headings)))
    longest = max((number for one in readings for number, _ in one.sheet.rows()), default=1)
    step = 10 ** max(len(str(longest)), _LEAST_DIGITS)
    orders = [_order(headings, distinct(one.headings.headings)) for one in readings]
    layouts = [layout(wanted.kind, distinct(one.headings.headings), wanted.column_map) for one in readings]

    def rows() -> Iterator[SourceRow]:
        for index, (one, order, own) in enumerate(zip(readings, orders, layouts, strict=True)):
            for row in _rows(one, own, len(one.headings.headings)):
                cells = [row.cells[position] if position is not None else "" for position in order]
                yield SourceRow(row.number + index * step, cells, row.problem)

    places = [f"{one.sheet.name} 从 {index * step + 1} 起" for index, one in enumerate(readings)]
    return Table(
        headings, bound, rows, notes=(f"{len(readings)} 张工作表标题相同，合在一起读取；行号：{'，'.join(places)}",)
    )


def _order(headings: Sequence[str], other: Sequence[str]) -> list[int | None]:
    """For each of the headings its position among the others."""
    positions = {normalised(heading): position for position, heading in reversed(list(enumerate(other))) if heading}
    exact = {heading: position for position, heading in enumerate(other) if heading}
    return [exact.get(heading, positions.get(normalised(heading))) for heading in headings]


def _rows(reading: _Reading, bound: Layout, width: int) -> Iterator[SourceRow]:
    """The rows below the headings; those of a table further down in the columns of the first."""
    order: list[int | None] | None = None
    for number, cells in _filled_rows(reading, bound, width):
        if (below := _headings_below(reading, bound, cells)) is not None:
            if below.is_other:
                yield SourceRow(number, _padded(cells, width), _ANOTHER_TABLE)
                return
            order = below.order
            if order is not None:
                continue
        if order is not None:
            yield SourceRow(number, [cells[at] if at is not None and at < len(cells) else "" for at in order])
        else:
            problem = reading.sheet.problem(cells, width) if reading.sheet.problem is not None else None
            yield SourceRow(number, _padded(cells, width), problem)


def _filled_rows(reading: _Reading, bound: Layout, width: int) -> Iterator[NumberedRow]:
    """Visible rows with something in them, below the headings; what is merged downwards is in each of its rows."""
    last_heading = reading.headings.last
    kept = frozenset(one.position for one in bound.bound if one.column.field in _NEVER_FILLED)
    downward: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in reading.sheet.merges:
        if bottom > top > last_heading and left not in kept and left < width:
            downward.setdefault(top, []).append((left, bottom))
    held: dict[int, tuple[int, Any]] = {}
    for number, cells in reading.sheet.rows():
        index = number - 1
        if index <= last_heading:
            continue
        is_empty = all(is_blank(cell) for cell in cells)
        if held or index in downward:
            cells = _padded(cells, max(width, len(cells)))  # noqa: PLW2901 — the row with its merged cells
            held = {position: (bottom, value) for position, (bottom, value) in held.items() if bottom >= index}
            for position, (_, value) in held.items():
                cells[position] = value
            for position, bottom in downward.get(index, ()):
                held[position] = (bottom, cells[position])
        if not is_empty and number not in reading.sheet.hidden_rows:
            yield number, cells


@dataclass(frozen=True)
class _HeadingsBelow:
    """Headings further down: where the columns of the table are from here on (None: where they were in the beginning),
    or that it is another table.
    """

    order: list[int | None] | None
    is_other: bool


def _headings_below(reading: _Reading, bound: Layout, cells: Sequence[Any]) -> _HeadingsBelow | None:
    """The row as headings of a table below the first; None for any other row."""
    # Asked of every row: what tells most of them from headings without looking anything up comes first.
    if not all(isinstance(cell, str) and len(cell) <= _LONGEST_HEADING for cell in cells):
        return None
    first = next(cell for cell in cells if not is_blank(cell))
    if any(one.isdigit() for one in first) or not reading.labels.is_label(first):
        return None
    texts = [joined([plain(cell)]) for cell in cells]
    fields = [reading.labels.field(text) if text else "" for text in texts]
    filled = sum(map(bool, texts))
    known = {field for field in fields if field}
    if not known & {"title", "name"} or len(known) < max(_FEW, (filled + 1) // 2):
        return None
    if [normalised(one) for one in texts if one] == [normalised(one) for one in reading.headings.headings if one]:
        return _HeadingsBelow(None, is_other=False)
    at = {field: position for position, field in reversed(list(enumerate(fields))) if field}
    exact = {normalised(text): position for position, text in enumerate(texts) if text}
    order: list[int | None] = [None] * len(reading.headings.headings)
    for one in bound.bound:
        order[one.position] = exact.get(normalised(one.heading), at.get(one.column.field))
    return _HeadingsBelow(order, is_other=not known <= bound.fields)


def _padded(cells: list[Any], width: int) -> list[Any]:
    return cells if len(cells) == width else [*cells[:width], *[""] * (width - len(cells))]


def _forms_table(readings: Sequence[_Reading], wanted: Wanted) -> Table:
    """Each form as a row: its number is that of the form, counted through all sheets."""

    def forms() -> Iterator[tuple[_Reading, Form]]:
        for one in readings:
            for form in read_forms(one.labels, _visible(one.sheet)):
                yield one, form

    labels: dict[str, None] = {}
    places: list[str] = []
    for one, form in forms():
        labels.update(dict.fromkeys(form.values))
        places.append(f"{one.sheet.name}第 {form.number} 行起")
    headings = list(labels)

    def rows() -> Iterator[SourceRow]:
        for number, (_, form) in enumerate(forms(), start=1):
            yield SourceRow(number, [form.values.get(heading, "") for heading in headings])

    shown = "；".join(f"第 {number} 份：{place}" for number, place in enumerate(places[:_SHOWN_SHEETS], start=1))
    more = "……" if len(places) > _SHOWN_SHEETS else ""
    note = f"按表单读取：{len(places)} 份表，每份一条，行号即第几份（{shown}{more}）"
    return Table(headings, layout(wanted.kind, headings, wanted.column_map), rows, notes=(note,))
