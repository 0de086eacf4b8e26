"""The turnover as an Excel file: the table on the page, the contracts behind it, and what was counted how."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from io import BytesIO
from typing import Any

import xlsxwriter

from matchmaker.completion import Completion, completions, completions_of_groups
from matchmaker.models.contract_words import Measure
from matchmaker.models.target import Target
from matchmaker.money import FEN_PER_YUAN
from matchmaker.turnover import CountedContract, Figures, TurnoverReport, growth, share
from matchmaker.web.pages.figures.turnover_view import about, completion_words, explanations

TABLE = (
    "分组",
    "合同项数",
    "合同成交额（元）",
    "技术交易额（元）",
    "技术性收入（元）",
    "占比",
    "上年同期",
    "同比",
    "目标",
    "完成率",
)
CONTRACTS = (
    "登记编号",
    "项目名称",
    "合同类别",
    "卖方",
    "买方",
    "签订日期",
    "登记日期",
    "合同成交额（元）",
    "技术交易额（元）",
    "技术性收入（元）",
    "计入次数",
)


def turnover_file(
    report: TurnoverReport,
    contracts: Sequence[CountedContract],
    remarks: Sequence[tuple[str, str]],
    targets: Sequence[Target],
) -> bytes:
    """The file; the remarks, each with its name, stand with what measure and caliber mean.

    Amounts are yuan with two decimals; ratios are numbers, rounded only in how they look. Of the targets, those of the
    figure's own kind stand beside it.
    """
    target = BytesIO()
    # What begins with “=” is text that somebody typed, never a formula of ours.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(target, options) as book:
        formats = {
            "head": book.add_format({"bold": True, "bg_color": "#DDE7F0", "text_wrap": True}),
            "money": book.add_format({"num_format": "#,##0.00"}),
            "ratio": book.add_format({"num_format": "0.0%"}),
        }
        whole = completions(report, targets)
        completed: dict[str | None, Completion] = dict(completions_of_groups(report, targets).items())
        if whole:
            completed[None] = whole[0]
        _write_table(book, formats, report, completed)
        _write_contracts(book, formats, contracts)
        notes = book.add_worksheet("口径说明")
        notes.set_column(0, 0, 24)
        notes.set_column(1, 1, 90)
        compared = [("完成率", f"{one.target}：{one.ratio}") for one in map(completion_words, whole)]
        rows = [("统计内容", about(report.asked)), *remarks, *explanations(report.asked), *compared]
        for index, row in enumerate(rows):
            notes.write_row(index, 0, row)
    return target.getvalue()


def _write_table(
    book: Any, formats: dict[str, Any], report: TurnoverReport, completed: Mapping[str | None, Completion]
) -> None:
    """`completed`: by code of the group, and of the whole under None."""
    measure = report.asked.measure
    sheet = book.add_worksheet("统计表")
    sheet.write_row(0, 0, TABLE, formats["head"])
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, len(TABLE), 18)
    sheet.freeze_panes(1, 1)
    lines: list[tuple[str | None, str, Figures, Figures]] = [
        *((one.code, one.label, one, one.previous) for one in report.groups),
        (None, "合计", report.total, report.previous),
    ]
    for row, (code, label, figures, previous) in enumerate(lines, start=1):
        sheet.write_string(row, 0, label)
        sheet.write_number(row, 1, figures.count)
        amounts = (figures.contract_value_fen, figures.technology_value_fen, figures.technology_income_fen)
        for column, fen in enumerate(amounts, start=2):
            sheet.write_number(row, column, fen / FEN_PER_YUAN, formats["money"])
        value, before = figures.value(measure), previous.value(measure)
        _write_ratio(sheet, (row, 5), share(value, report.value), formats)
        is_amount = measure is not Measure.COUNT
        sheet.write_number(
            row, 6, before / FEN_PER_YUAN if is_amount else before, formats["money"] if is_amount else None
        )
        _write_ratio(sheet, (row, 7), growth(value, before), formats)
        if (compared := completed.get(code)) is not None:
            sheet.write_string(row, 8, completion_words(compared).target)
            _write_ratio(sheet, (row, 9), compared.ratio, formats)


def _write_ratio(sheet: Any, place: tuple[int, int], ratio: Fraction | None, formats: dict[str, Any]) -> None:
    if ratio is None:
        sheet.write_string(*place, "—")
    else:
        sheet.write_number(*place, float(ratio), formats["ratio"])


def _write_contracts(book: Any, formats: dict[str, Any], contracts: Sequence[CountedContract]) -> None:
    sheet = book.add_worksheet("合同明细")
    sheet.write_row(0, 0, CONTRACTS, formats["head"])
    sheet.set_column(0, len(CONTRACTS), 18)
    sheet.set_column(1, 1, 40)
    sheet.freeze_panes(1, 2)
    for row, counted in enumerate(contracts, start=1):
        one = counted.contract
        texts = (
            one.registration_number or "",
            one.title,
            one.category.label,
            one.seller_name,
            one.buyer_name,
            str(one.signed_on or ""),
            str(one.registered_on or ""),
        )
        for column, text in enumerate(texts):
            sheet.write_string(row, column, text)
        for column, fen in enumerate(
            (one.contract_value_fen, one.technology_value_fen, one.technology_income_fen), start=len(texts)
        ):
            sheet.write_number(row, column, fen / FEN_PER_YUAN, formats["money"])
        sheet.write_number(row, len(CONTRACTS) - 1, counted.times)
