"""The scorecards as a file, and what each figure means: the same words on pages and in files."""

from collections.abc import Mapping
from pathlib import Path

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from matchmaker.broker_figures import Figures
from matchmaker.money import FEN_PER_YUAN
from matchmaker.scorecard import Scorecards

# Column heading → attribute of Figures, in the order of pages and files.
COLUMNS: tuple[tuple[str, str], ...] = (
    ("带入需求", "needs"),
    ("备案对接", "filed"),
    ("引荐", "introduced"),
    ("双方同意", "accepted"),
    ("同意率", "acceptance_rate"),
    ("签约", "signed"),
    ("登记", "registered"),
    ("备案至签约天数（中位数）", "median_days"),
    ("因领域不符谢绝", "out_of_field"),
    ("跟进按期率", "on_time_rate"),
    ("促成合同登记（项）", "contracts"),
    ("促成合同成交额", "contract_value_fen"),
    ("促成技术交易额", "technology_value_fen"),
)
DEFINITIONS: dict[str, str] = {
    "带入需求": "期间内由经纪人填报的技术需求条数，不含草稿",
    "备案对接": "期间内备案（承办）的对接数；一项对接只计入现承办人",
    "引荐": "期间内进入“已引荐”的对接数",
    "双方同意": "期间内进入“双方同意”的对接数",
    "同意率": "期间内引荐的对接中，双方同意（含期后同意）的占比；分母为引荐数",
    "签约": "期间内进入“已签约”的对接数",
    "登记": "期间内进入“已登记”的对接数",
    "备案至签约天数（中位数）": "期间内签约的对接，自备案日至签约日的天数的中位数",
    "因领域不符谢绝": "期间内以“领域不符（推荐不准）”谢绝的对接数",
    "跟进按期率": "期间内到期的跟进中，在到期日当天及以前完成的占比；分母为到期的跟进数",
    "促成合同登记（项）": "由经纪人（机构）承办、按登记日期在期间内、现仍为“已登记”的技术合同数；成交额为零的不计",
    "促成合同成交额": "上列合同的合同成交额之和，按登记日期，不分输出、吸纳；页面为万元，文件为元",
    "促成技术交易额": "上列合同的技术交易额之和，按登记日期，不分输出、吸纳；页面为万元，文件为元",
    "持证占比": "期间内在该机构执业的经纪人中，现持有效证书的占比；分母为该机构经纪人数",
}


def write_scorecards(cards: Scorecards, path: Path) -> None:
    """The scorecards as an xlsx file: brokers and brokerages on a sheet each, the period and definitions on a third."""
    with xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        bold = book.add_format({"bold": True, "bg_color": "#DDE7F0", "border": 1, "text_wrap": True})
        formats = {
            "_rate": book.add_format({"num_format": "0.0%"}),
            "_fen": book.add_format({"num_format": "#,##0.00"}),
        }
        rate = formats["_rate"]
        people = book.add_worksheet("经纪人")
        heads = ("姓名", "证书编号", "等级", "执业机构", *_heads())
        people.write_row(0, 0, heads, bold)
        for row, one in enumerate(cards.brokers, start=1):
            level = one.broker.certificate_level
            lead = (
                one.broker.name,
                one.broker.certificate_number or "",
                level.label if level else "",
                one.broker.brokerage_name,
            )
            people.write_row(row, 0, lead)
            _write_figures(people, row, len(lead), one.figures, formats)
        firms = book.add_worksheet("经纪机构")
        firms.write_row(0, 0, ("机构名称", "经纪人数", "持证人数", "持证占比", *_heads()), bold)
        for row, firm in enumerate(cards.brokerages, start=1):
            firms.write_row(row, 0, (firm.brokerage.name, firm.brokers, firm.certified))
            if firm.certified_share is not None:
                firms.write_number(row, 3, firm.certified_share, rate)
            _write_figures(firms, row, 4, firm.figures, formats)
        notes = book.add_worksheet("口径说明")
        notes.set_column(0, 0, 24)
        notes.set_column(1, 1, 80)
        notes.write_row(0, 0, ("统计期间", f"{cards.period.first} 至 {cards.period.last}（含首尾两日）"), bold)
        for row, (label, meaning) in enumerate(DEFINITIONS.items(), start=1):
            notes.write_row(row, 0, (label, meaning))
        for sheet in (people, firms):
            sheet.freeze_panes(1, 1)
            sheet.set_column(0, 0, 24)
            sheet.set_column(1, 3, 16)


def _heads() -> list[str]:
    return [f"{label}（元）" if name.endswith("_fen") else label for label, name in COLUMNS]


def _write_figures(sheet: Worksheet, row: int, left: int, figures: Figures, formats: Mapping[str, object]) -> None:
    for offset, (_, name) in enumerate(COLUMNS):
        value = getattr(figures, name)
        if value is None:
            continue
        form = [one for ending, one in formats.items() if name.endswith(ending)]
        # Yuan with two decimals: a float holds them exactly enough up to 10¹³ yuan.
        sheet.write_number(row, left + offset, value / FEN_PER_YUAN if name.endswith("_fen") else value, *form)
