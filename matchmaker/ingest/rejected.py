"""The file that goes back: the rejected rows as they were, each with reason and repair, ready to be corrected."""

import json
import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

from matchmaker.errors import MalformedRequest
from matchmaker.ingest.columns import COLUMNS, REASON_HEADING, REPAIR_HEADING, column_for, normalised, unit_of
from matchmaker.ingest.fields import ImportKind
from matchmaker.ingest.readers import open_table
from matchmaker.ingest.report import IngestReport, RejectedRow
from matchmaker.ingest.tables import Wanted
from matchmaker.ingest.values import plain

_NUMBER_DIGITS = 15  # Excel keeps no more: longer numbers (codes, telephones with area) are written as text
_LONGEST_CELL = 32_767
_FIRST_ROW = re.compile(r"（原第 (\d+) 行）")
# Each comment is a drawing: with tens of thousands of them Excel takes minutes to open the file.
_COMMENTED_ROWS = 1_000


def write_rejected(report: IngestReport, path: Path) -> None:
    """Write the rejected rows to an xlsx: the input's headings, 原因, 修改办法; bad cells red, with a comment.

    Corrected, it can be imported as it is: ids are kept, the two added columns are ignored. It holds the contact data
    of the rows: give it to nobody but their author.
    """
    headings = [_importable(report, heading) for heading in report.headings]
    position = {heading: index for index, heading in enumerate(report.headings)}
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        top = book.add_format({"bold": True, "text_wrap": True, "bg_color": "#DDE7F0", "border": 1})
        formats = {
            "bad": book.add_format({"bg_color": "#FFC7CE", "text_wrap": True, "valign": "top"}),
            "good": book.add_format({"text_wrap": True, "valign": "top"}),
        }
        sheet = book.add_worksheet("退回的行")
        sheet.write_row(0, 0, [*headings, REASON_HEADING, REPAIR_HEADING], top)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(len(headings) - 1, 0), 18)
        sheet.set_column(len(headings), len(headings) + 1, 50)
        for index, rejected in enumerate(report.rejected, start=1):
            bad = {position[one.column]: one for one in rejected.problems if one.column in position}
            for column, cell in enumerate(rejected.cells):
                _write(sheet, (index, column), cell, formats["bad" if column in bad else "good"])
            for column, problem in bad.items() if index <= _COMMENTED_ROWS else ():
                sheet.write_comment(index, column, f"{problem.reason}。{problem.repair}", {"x_scale": 2})
            _annotate(sheet, index, len(headings), rejected, formats["good"])


def returned_cells(kind: ImportKind, path: Path) -> dict[int, list[str]]:
    """A corrected file of `write_rejected`: number of the row in the first file → its cells, in the order of that file.

    Raises UnreadableFile; MalformedRequest when it is not such a file.
    """
    with open_table(path, Wanted(kind, needs_name=False)) as table:
        headings = list(table.headings)
        if REASON_HEADING not in headings:
            raise MalformedRequest(
                f"“{path.name}”不是退回的行", "请上传本页下载的退回文件，改好后保留“原因”一列；其他文件请另行导入"
            )
        reasons = headings.index(REASON_HEADING)
        found: dict[int, list[str]] = {}
        for row in table.rows():
            number = _FIRST_ROW.match(plain(row.cells[reasons]))
            if number is None:
                raise MalformedRequest(
                    f"第 {row.number} 行看不出是原来的哪一行", "请保留“原因”一列开头的“（原第 N 行）”，不要新增行"
                )
            found[int(number[1])] = [plain(cell) for cell in row.cells[:reasons]]
    return found


def _annotate(sheet: Any, index: int, column: int, rejected: RejectedRow, style: Any) -> None:
    reasons = [f"{one.column}：{one.reason}" if one.column else one.reason for one in rejected.problems]
    repairs = [f"{one.column}：{one.repair}" if one.column else one.repair for one in rejected.problems]
    sheet.write_string(index, column, f"（原第 {rejected.row} 行）" + "；".join(reasons), style)
    sheet.write_string(index, column + 1, "；".join(repairs), style)


def _importable(report: IngestReport, heading: str) -> str:
    """The heading as it was, with its unit; one that was only understood through `column_map` as the field's usual one."""
    field, unit = report.recognised_columns.get(heading), report.units.get(heading)
    understood = column_for(report.kind, heading)
    if field is None or (understood is not None and understood.field == field):
        return heading if unit is None or unit_of(heading) is unit else f"{normalised(heading)}（{unit.label}）"
    column = next(column for column in COLUMNS[report.kind] if column.field == field)
    if not column.money:
        return column.heading
    unit = unit or unit_of(heading)
    return f"{column.field}{unit.label}" if unit is not None else column.field


def _write(sheet: Any, place: tuple[int, int], cell: Any, style: Any) -> None:
    if isinstance(cell, bool) or cell is None:
        sheet.write_string(*place, plain(cell), style)
    elif isinstance(cell, (int, float)) and len(plain(cell)) <= _NUMBER_DIGITS:
        sheet.write_number(*place, cell, style)
    elif isinstance(cell, (date, datetime)):
        sheet.write_string(*place, plain(cell), style)
    elif isinstance(cell, dict) or (isinstance(cell, list) and any(isinstance(one, dict) for one in cell)):
        sheet.write_string(*place, json.dumps(cell, ensure_ascii=False)[:_LONGEST_CELL], style)
    else:
        sheet.write_string(*place, plain(cell)[:_LONGEST_CELL], style)
