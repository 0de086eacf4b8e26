"""Lists as Excel workbooks, for those who go on working with them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from io import BytesIO

import xlsxwriter
from fastapi import Response

from matchmaker.visibility import today

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Cell = str | int | Decimal | None


def workbook(
    sheet_name: str, headings: Sequence[str], rows: Sequence[Sequence[Cell]], wide: Mapping[int, int] | None = None
) -> bytes:
    """One sheet with a heading row. Text stays text: never a formula, never a link. `wide`: widths of single columns."""
    written = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, options) as book:
        sheet = book.add_worksheet(sheet_name)
        heading = book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1})
        amount = book.add_format({"num_format": "#,##0.00"})
        for column, label in enumerate(headings):
            sheet.write_string(0, column, label, heading)
        for line, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells):
                if isinstance(cell, Decimal):
                    sheet.write_number(line, column, float(cell), amount)
                elif isinstance(cell, int):
                    sheet.write_number(line, column, cell)
                elif cell:
                    sheet.write_string(line, column, cell)
        sheet.freeze_panes(1, 2)
        sheet.set_column(0, len(headings) - 1, 16)
        for column, width in (wide or {}).items():
            sheet.set_column(column, column, width)
    return written.getvalue()


def workbook_answer(content: bytes, name: str) -> Response:
    """The workbook as a download called `name-<today>.xlsx`, kept by nobody on the way."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}-{today().isoformat()}.xlsx"',
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=XLSX, headers=headers)
