"""The two files the import hands out: rejected rows to be corrected, and templates to be filled in."""

import warnings
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, ingest_file, write_rejected, write_template
from matchmaker.models import Achievement, Enterprise, Institution, TechnologyNeed
from matchmaker.models.broker import Broker, Brokerage
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.target import AchievementRegistration, Signing

TABLES: dict[ImportKind, type[Any]] = {
    ImportKind.NEEDS: TechnologyNeed,
    ImportKind.ACHIEVEMENTS: Achievement,
    ImportKind.ENTERPRISES: Enterprise,
    ImportKind.INSTITUTIONS: Institution,
    ImportKind.BROKERS: Broker,
    ImportKind.BROKERAGES: Brokerage,
    ImportKind.CONTRACTS: TechnologyContract,
    ImportKind.ACHIEVEMENT_REGISTRATIONS: AchievementRegistration,
    ImportKind.SIGNINGS: Signing,
}


def load(database: Engine, kind: ImportKind, path: Path, **options: Any) -> IngestReport:
    return ingest_file(database, kind, path, IngestOptions(**options))


def table(path: Path, rows: list[list[Any]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def test_rejected_rows_come_back_marked_and_can_be_corrected_and_loaded_again(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    headings = [
        "序号",
        "需求编号",
        "*技术需求名称",
        "需求单位",
        "主要问题",
        "拟投入资金（元）",
        "需求时限",
        "联系电话",
        "备注",
    ]
    good = [1, "X1", "再生铝熔炼烧损偏高", "南渡铝业有限公司", "烧损3.8%", 800000, "2027-06-30", 13800000000, ""]
    bad = [2, "X2", "铝", "南渡铝业有限公司", "", 600000, "2027-12-31", 13800000001, "急"]
    path = table(tmp_path / "a.xlsx", [["征集表"], headings, good, bad])
    report = load(database, ImportKind.NEEDS, path)
    assert (report.added, len(report.rejected)) == (1, 1)

    returned = tmp_path / "退回.xlsx"
    write_rejected(report, returned)
    book = openpyxl.load_workbook(returned)
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]] == [*headings, "原因", "修改办法"]
    assert [cell.value for cell in sheet[2]][1:3] == ["X2", "铝"]
    assert sheet["C2"].fill.fgColor.rgb == "FFFFC7CE"
    assert "至少 2 个字" in sheet["C2"].comment.text
    assert sheet["F2"].comment is None
    assert "原第 4 行" in sheet["J2"].value
    assert "至少 2 个字" in sheet["K2"].value

    assert len(load(database, ImportKind.NEEDS, returned).rejected) == 1
    sheet["C2"], sheet["E2"] = "铝灰处置费用高", "每吨1200元"
    book.save(returned)
    again = load(database, ImportKind.NEEDS, returned)
    assert (again.added, len(again.rejected), again.unknown_columns) == (1, 0, ["备注"])
    need = session.exec(select(TechnologyNeed).where(col(TechnologyNeed.source_id) == "X2")).one()
    assert (need.budget_max_fen, str(need.deadline)) == (60_000_000, "2027-12-31")
    assert (need.problem, need.contact_phone) == ("每吨1200元", "13800000001")


def test_columns_that_were_mapped_are_recognised_in_the_returned_file(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    path = table(tmp_path / "a.xlsx", [["想干啥", "卡在哪", "钱"], ["再生铝烧损偏高", "", "80"]])
    mapping = {"想干啥": "title", "卡在哪": "problem", "钱": "budget_wan"}
    report = load(database, ImportKind.NEEDS, path, column_map=mapping)
    returned = tmp_path / "退回.xlsx"
    write_rejected(report, returned)
    book = openpyxl.load_workbook(returned)
    book.worksheets[0]["B2"] = "损耗高"
    book.save(returned)
    again = load(database, ImportKind.NEEDS, returned)
    assert (again.added, again.warned, again.unknown_columns) == (1, 1, [])
    assert session.exec(select(TechnologyNeed.budget_max_fen)).one() == 80_000_000


def test_the_unit_below_a_heading_stands_in_the_heading_of_the_returned_file(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    headings = ["技术需求名称", "需求单位", "主要问题", "拟投入资金"]
    rows = [["再生铝熔炼烧损偏高", "南渡铝业有限公司", "", 80]]
    report = load(database, ImportKind.NEEDS, table(tmp_path / "a.xlsx", [headings, ["", "", "", "万元"], *rows]))
    returned = tmp_path / "退回.xlsx"
    write_rejected(report, returned)
    book = openpyxl.load_workbook(returned)
    assert book.worksheets[0]["D1"].value == "拟投入资金（万元）"
    book.worksheets[0]["C2"] = "烧损3.8%"
    book.save(returned)
    assert load(database, ImportKind.NEEDS, returned).warned == 0
    assert session.exec(select(TechnologyNeed.budget_max_fen)).one() == 80_000_000


def test_rejected_lines_of_jsonl_come_back_as_a_table(database: Engine, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(
        '{"id":"A1","title":"附","owner":"楚湘矿冶大学","abstract":"除尘装备","indicators":[{"name":"降尘率","value":"94.6","unit":"%"}],'
        '"keywords":["气幕","除尘"],"stage":"中试"}\n{"id": \n',
        "utf-8",
    )
    report = load(database, ImportKind.ACHIEVEMENTS, path)
    assert len(report.rejected) == 2
    returned = tmp_path / "退回.xlsx"
    write_rejected(report, returned)
    book = openpyxl.load_workbook(returned)
    headings = [cell.value for cell in book.worksheets[0][1]]
    book.worksheets[0].cell(2, headings.index("title") + 1).value = "附壁旋流气幕"
    book.worksheets[0].delete_rows(3)
    book.save(returned)
    again = load(database, ImportKind.ACHIEVEMENTS, returned)
    assert (again.added, again.rejected[:]) == (1, [])
    found = session.exec(select(Achievement)).one()
    assert [indicator.sentence() for indicator in found.indicators] == ["降尘率 94.6 %"]
    assert (found.keywords, found.stage) == (["气幕", "除尘"], "pilot")


def _answer(heading: str, options: list[str]) -> Any:
    if options:
        return options[0]
    if "万元" in heading:
        return 120 if "上限" in heading or "价格" in heading else 50
    known = {
        "统一社会信用代码": "91110000600037341L",
        "国民经济行业": "C17 纺织业",
        "应用行业": "C17、C26",
        "最低技术成熟度": 5,
        "技术成熟度": 6,
        "成果登记号": "341202026001"[:12],
        "知识产权": "发明专利 ZL202010000000.1 授权；实用新型2项",
        "主要技术指标": "抑菌率≥99%（现状92%）；成本≤3元/m²",
        "技术指标": "抑菌率99.5%；能耗0.8kWh/kg",
        "关键词": "无纺布、抗菌",
        "完成人": "甲、乙",
        "联系电话": "0558-0000000",
        "电子信箱": "tech@example.cn",
        "合同登记编号": "2025990100000001",
        "卖方统一社会信用代码": "91110000600037341L",
        "买方统一社会信用代码": "911201163409833307",
        "卖方国别（地区）": "中国",
        "买方国别（地区）": "中国",
        "合同成交额（元）": "500000",
        "技术交易额（元）": "450,000.50",
        "服务的国民经济行业": "C17",
        **dict.fromkeys(("合同签订日期", "登记日期", "有效期起", "有效期止", "签约日期"), "2025-03-05"),
    }
    name = heading.rstrip("*")
    if name in known:
        return known[name]
    return "2027-12-31" if any(mark in name for mark in ("日期", "时限", "有效期")) else f"{name}的内容"


def _second_answer(heading: str, options: list[str]) -> Any:
    """Another record, of required cells only: where not any text will do, the same answer again."""
    if not heading.endswith("*"):
        return None
    answer = _answer(heading, options)
    if heading == "成果登记号*":
        return f"{answer}2"
    return f"{heading}第二行" if str(answer).endswith("的内容") else answer


@pytest.mark.parametrize("kind", list(ImportKind))
def test_a_filled_template_loads_without_a_rejected_row(
    database: Engine, session: Session, tmp_path: Path, kind: ImportKind
) -> None:
    path = tmp_path / "模板.xlsx"
    write_template(kind, path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl has notes of its own about validations it does not know
        book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    headings = [str(cell.value) for cell in sheet[1]]
    lists = book["可选项"]
    options = [[str(cell.value) for cell in column if cell.value] for column in lists.iter_cols(max_col=len(headings))]
    options += [[]] * (len(headings) - len(options))
    assert sheet.freeze_panes
    assert sheet.data_validations.dataValidation
    assert book["填写说明"].max_row == len(headings) + 1
    assert any(heading.endswith("*") for heading in headings)
    # One row with everything, one with the required cells only.
    for position, heading in enumerate(headings):
        sheet.cell(2, position + 1).value = _answer(heading, options[position])
        sheet.cell(3, position + 1).value = _second_answer(heading, options[position])
    book.save(path)
    report = load(database, kind, path)
    assert (report.rows_read, report.added, report.rejected[:]) == (2, 2, []), report.to_text()
    assert report.unknown_columns == []
    assert len(report.recognised_columns) == len(headings)
    assert len(session.exec(select(TABLES[kind])).all()) == 2


def test_an_empty_template_has_no_rows_to_load(database: Engine, tmp_path: Path) -> None:
    path = tmp_path / "模板.xlsx"
    write_template(ImportKind.NEEDS, path)
    report = load(database, ImportKind.NEEDS, path)
    assert (report.rows_read, report.sheet) == (0, "技术需求表")


def test_every_example_of_a_template_is_a_valid_cell(tmp_path: Path, database: Engine) -> None:
    for kind in ImportKind:
        path = tmp_path / f"{kind.value}.xlsx"
        write_template(kind, path)
        book = openpyxl.load_workbook(path)
        for name, _, _, example, _ in book["填写说明"].iter_rows(min_row=2, values_only=True):
            position = [str(cell.value).rstrip("*") for cell in book.worksheets[0][1]].index(str(name)) + 1
            book.worksheets[0].cell(2, position).value = example
        book.save(path)
        report = load(database, kind, path, source="examples")
        # The enterprise's example was already named by the need's.
        assert (report.added + report.changed, report.rejected[:], report.notes) == (1, [], []), report.to_text()
