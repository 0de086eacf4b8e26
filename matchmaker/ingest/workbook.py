"""Sheets of xlsx and xls files, by calamine."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from matchmaker.errors import MalformedRequest, UnreadableFile
from matchmaker.ingest.columns import joined, layout, unit_noted
from matchmaker.ingest.headings import SEARCHED_ROWS, HeadingRow, Merge, distinct, find_headings
from matchmaker.ingest.tables import SourceRow, Table, Wanted, no_headings
from matchmaker.ingest.values import is_blank, plain

# Merged downwards these would make one record of several rows.
_NEVER_FILLED = frozenset({"source_id", "title", "name"})


@contextmanager
def open_workbook(path: Path, wanted: Wanted) -> Iterator[Table]:
    """The sheet whose headings are recognised best (or the wanted one) as a table. Raises as `open_table`."""
    try:
        book = CalamineWorkbook.from_path(str(path))
    except PasswordError:
        raise UnreadableFile(f"“{path.name}”有打开密码", "请在 Excel 中打开，去掉密码另存后再导入") from None
    except CalamineError as error:
        raise _damaged(path) from error
    with book:
        try:
            yield _table(path, book, wanted)
        except CalamineError as error:
            raise _damaged(path) from error


def _damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(
        f"“{path.name}”不是可读的 Excel 文件：可能已损坏、被加密，或只是改了扩展名",
        "请用 Excel 或 WPS 打开确认，去掉密码并另存为 xlsx 后再导入",
    )


def _table(path: Path, book: CalamineWorkbook, wanted: Wanted) -> Table:
    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if wanted.sheet is not None and wanted.sheet not in names:
        raise MalformedRequest(f"“{path.name}”没有工作表“{wanted.sheet}”", f"工作表有：{'、'.join(names)}")
    found: list[tuple[CalamineSheet, HeadingRow]] = []
    for name in [wanted.sheet] if wanted.sheet is not None else names:
        sheet = book.get_sheet_by_name(name)
        first = list(islice(sheet.iter_rows(), SEARCHED_ROWS))
        candidate = find_headings(wanted.kind, first, _merges(sheet), wanted.column_map)
        if candidate is not None:
            found.append((sheet, candidate))
    if not found:
        raise UnreadableFile(
            f"“{path.name}”的工作表（{'、'.join(names)}）都是空的", "请核对是否选错文件，或先填入内容再导入"
        )
    sheet, best = max(found, key=lambda pair: (pair[1].has_name, pair[1].recognised))
    if wanted.needs_name and not best.has_name:
        raise no_headings(path, wanted, best.headings, names)
    # One known word in a page of instructions is no table; half of the chosen sheet's columns are.
    enough = max(2, best.recognised // 2)
    others = [other.name for other, one in found if other is not sheet and one.has_name and one.recognised >= enough]
    notes = (f"工作表 {'、'.join(others)} 也像{wanted.kind.label}表，这次没有导入；如需导入请用 --sheet 指定",)
    above = [joined([plain(cell) for cell in row]) for row in islice(sheet.iter_rows(), best.last)]
    headings = distinct(best.headings)
    bound = layout(wanted.kind, headings, wanted.column_map, unit_noted(above))
    kept = frozenset(one.position for one in bound.bound if one.column.field in _NEVER_FILLED)
    return Table(
        headings=headings,
        layout=bound,
        rows=lambda: _rows(sheet, best.last, len(headings), kept),
        sheet=sheet.name,
        notes=notes if others else (),
    )


def _merges(sheet: CalamineSheet) -> list[Merge]:
    """Merged ranges in the coordinates of `iter_rows`: rows from 0, columns from the first that is used."""
    left = sheet.start[1] if sheet.start else 0
    shifted = [
        ((top, low - left), (bottom, high - left)) for (top, low), (bottom, high) in sheet.merged_cell_ranges or ()
    ]
    return [((top, max(low, 0)), (bottom, high)) for (top, low), (bottom, high) in shifted if high >= 0]


def _rows(sheet: CalamineSheet, last_heading: int, width: int, kept: frozenset[int]) -> Iterator[SourceRow]:
    downward: dict[int, list[tuple[int, int]]] = {}
    for (top, left), (bottom, _) in _merges(sheet):
        if bottom > top > last_heading and left not in kept:
            downward.setdefault(top, []).append((left, bottom))
    carried: dict[int, tuple[int, Any]] = {}
    for index, cells in enumerate(sheet.iter_rows()):
        if index <= last_heading:
            continue
        own_blank = all(is_blank(cell) for cell in cells)
        carried = {position: held for position, held in carried.items() if held[0] >= index}
        for position, (_, value) in carried.items():
            if position < len(cells):
                cells[position] = value
        for position, bottom in downward.get(index, ()):
            carried[position] = (bottom, cells[position])
        if not own_blank:
            yield SourceRow(index + 1, _padded(cells, width))


def _padded(cells: Sequence[Any], width: int) -> Sequence[Any]:
    return cells if len(cells) == width else [*cells[:width], *[""] * (width - len(cells))]
