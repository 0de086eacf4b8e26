"""The annex as xlsx: every table of the report, the rows behind its numbers, and where each number comes from.

Numbers are numbers: amounts stand in yuan to the cent, and beside them in 万元 for reading.
"""

import io
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import xlsxwriter

from matchmaker.money import FEN_PER_WAN, FEN_PER_YUAN
from matchmaker.period import day_of
from matchmaker.reports.context import source_of
from matchmaker.reports.counting import Behind, Rows, Scope
from matchmaker.reports.frozen import Counted, Grouping, groupings
from matchmaker.reports.shapes import Breakdown, Line, ReportFacts

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_AMOUNTS = ("合同成交额（元）", "合同成交额（万元）", "技术交易额（元）", "技术交易额（万元）")


def annex(facts: ReportFacts, contracts: Sequence[Counted], rows: Mapping[Behind, Rows]) -> bytes:
    """The workbook: facts, one sheet per table, the contracts and the other rows behind the numbers."""
    written = io.BytesIO()
    # A title that begins with “=” is a text like any other.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(written, options) as book:
        sheets = _Sheets(book)
        sheets.facts(facts)
        for one in facts.breakdowns:
            sheets.breakdown(one)
        if facts.funnel:
            sheets.plain("转化漏斗", ("阶段", "数量"), [(one.label, one.count) for one in facts.funnel])
        sheets.contracts(contracts, groupings(contracts, Scope(facts.year, facts.region_code, facts.until)))
        for what, found in rows.items():
            sheets.plain(what.label, found.columns, found.rows)
    return written.getvalue()


class _Sheets:
    """One workbook and its formats."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._head = book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1, "text_wrap": True})
        self._yuan = book.add_format({"num_format": "#,##0.00"})

    def facts(self, facts: ReportFacts) -> None:
        """What the report says, number by number, and the snapshot it rests on."""
        sheet = self._sheet("数据来源", ("指标", "表述", "数值", "单位", "口径", "来源"), (20, 28, 18, 8, 60, 36))
        row = 1
        for one in facts.facts:
            if one.value is None:
                continue
            number, unit = _number(one.value, one.unit)
            sheet.write_row(row, 0, (one.name, one.text))
            sheet.write_number(row, 2, number, self._yuan if unit == "元" else None)
            sheet.write_row(row, 3, (unit, one.caliber, source_of(one, facts)))
            row += 1
        snapshot = facts.snapshot
        taken = day_of(snapshot.taken_at)
        for label, value in (
            ("统计快照", f"第{snapshot.id}号 {snapshot.name}（{taken} 固定，{snapshot.date_basis}）"),
            ("快照校验码", snapshot.digest),
            *(("提示", notice) for notice in facts.notices),
        ):
            row += 1
            sheet.write_row(row, 0, (label, value))

    def breakdown(self, one: Breakdown) -> None:
        """A table with its total."""
        sheet = self._sheet(one.title.removeprefix("技术合同"), (one.head, "项数", *_AMOUNTS), (24, 8, 18, 18, 18, 18))
        for row, line in enumerate((*one.lines, one.total), start=1):
            self._line(sheet, row, line)
        sheet.write_string(len(one.lines) + 3, 0, f"口径：{one.caliber}")

    def _line(self, sheet: Any, row: int, line: Line) -> None:
        sheet.write_string(row, 0, line.label)
        sheet.write_number(row, 1, line.count)
        self._amounts(sheet, row, 2, line.contract_value_fen, line.technology_value_fen)

    def contracts(self, contracts: Sequence[Counted], divided: Mapping[str, Grouping]) -> None:
        """The contracts behind the turnover, as the snapshot holds them, each with its line in every table."""
        usual = ("合同登记编号", "项目名称", "计入日期", "输出", "吸纳", *_AMOUNTS, "技术性收入（元）", "合同版本")
        heads = (*usual, *(one.head for one in divided.values()))
        sheet = self._sheet("合同明细", heads, (20, 44, 12, 6, 6, 18, 18, 18, 18, 18, 8, *[16] * len(divided)))
        for row, one in enumerate(contracts, start=1):
            line = one.line
            sheet.write_string(row, 0, line.registration_number or "")
            sheet.write_string(row, 1, line.title)
            sheet.write_string(row, 2, str(line.counted_on))
            sheet.write_row(row, 3, ("是" if line.is_outflow else "否", "是" if line.is_inflow else "否"))
            self._amounts(sheet, row, 5, line.contract_value_fen, line.technology_value_fen)
            sheet.write_number(row, 9, _in(line.technology_income_fen, FEN_PER_YUAN), self._yuan)
            sheet.write_number(row, 10, line.version_number)
            sheet.write_row(row, 11, [by.group(one) for by in divided.values()])

    def plain(self, name: str, heads: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
        """Rows as they are."""
        sheet = self._sheet(name, heads, [18, 44, *[20] * (len(heads) - 2)][: len(heads)])
        for number, row in enumerate(rows, start=1):
            sheet.write_row(number, 0, row)

    def _amounts(self, sheet: Any, row: int, column: int, contract: int, technology: int) -> None:
        for offset, fen in enumerate((contract, technology)):
            sheet.write_number(row, column + 2 * offset, _in(fen, FEN_PER_YUAN), self._yuan)
            sheet.write_number(row, column + 2 * offset + 1, _in(fen, FEN_PER_WAN))

    def _sheet(self, name: str, heads: Sequence[str], widths: Sequence[int]) -> Any:
        sheet = self._book.add_worksheet(name)
        sheet.write_row(0, 0, heads, self._head)
        sheet.freeze_panes(1, 1)
        for number, width in enumerate(widths):
            sheet.set_column(number, number, width)
        return sheet


def _number(value: int, unit: str) -> tuple[float, str]:
    if unit == "fen":
        return _in(value, FEN_PER_YUAN), "元"
    if unit == "permille":
        return float(Decimal(value) / 10), "%"
    return value, "项"


def _in(fen: int, unit: int) -> float:
    """The nearest double: exact to the cent far beyond any amount of a city (2⁵³ fen are 90 万亿元)."""
    return float(Decimal(fen) / unit)
