"""Rows that are kept although something in them was not understood, and what a program reads of an import."""

import json
import math
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select
from typer.testing import CliRunner

from matchmaker.cli import app
from matchmaker.errors import MalformedRequest
from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, ingest_file, read_rows
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import Confidentiality, NeedStatus
from matchmaker.models.need import TechnologyNeed

NEED = ["企业名称", "技术需求名称", "主要问题"]


def table(path: Path, *rows: list[Any]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    book.save(path)
    return path


def jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=True) + "\n" for row in rows), "utf-8")
    return path


def load(database: Engine, path: Path, kind: ImportKind = ImportKind.NEEDS, **options: Any) -> IngestReport:
    return ingest_file(database, kind, path, IngestOptions(keep_records=True, **options))


def said(report: IngestReport, row: int = 0) -> dict[str, str]:
    return {one.column: one.reason for one in report.records[row].warnings}


def test_no_optional_cell_loses_the_need(database: Engine, session: Session, tmp_path: Path) -> None:
    headings = [*NEED, "预算（万元）", "需求时限", "所在地区", "技术领域", "合作方式", "信用代码", "紧急程度", "状态"]
    row = ["江北泵业有限公司", "潜水泵密封寿命短", "三个月漏水"]
    odd = ["按节能量分成", "尽快", "境外", "石墨烯", "天使投资", "办理中", "火急火燎", "审核中"]
    report = load(database, table(tmp_path / "a.xlsx", headings, [*row, *odd]))
    assert (report.added, report.warned, report.returned) == (1, 1, 0), report.to_text()
    assert set(said(report)) == set(headings[3:])
    need = session.exec(select(TechnologyNeed)).one()
    assert (need.budget_max_fen, need.deadline, need.region_code, need.technology_field) == (None, None, None, None)
    assert set(need.keywords) == {"石墨烯", "天使投资", "火急火燎"}
    assert need.constraints.split("\n") == ["预算（万元）：按节能量分成", "需求时限：尽快", "所在地区：境外"]
    # Nobody knows whether it may be published.
    assert need.status is NeedStatus.PENDING


def test_no_optional_cell_loses_the_achievement(database: Engine, session: Session, tmp_path: Path) -> None:
    headings = ["完成单位", "成果名称", "成果简介", "技术成熟度", "转让价格（万元）", "知识产权", "获奖情况"]
    row = ["江南大学", "膜法提锂", "从盐湖卤水提锂。", "比较成熟", "年销售额的3%", "已申请若干", "奖" * 301]
    report = load(database, table(tmp_path / "a.xlsx", headings, row), ImportKind.ACHIEVEMENTS)
    assert (report.added, report.returned) == (1, 0), report.to_text()
    found = session.exec(select(Achievement)).one()
    assert found.maturity_evidence == "技术成熟度：比较成熟"
    assert "转让价格（万元）：年销售额的3%" in found.summary
    assert "知识产权：已申请若干" in found.summary
    assert found.awards == []


def test_a_word_outside_a_list_is_told_once_and_can_be_mapped_once(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    rows = [["江北泵业有限公司", f"第{number}种泵漏水", "漏水", "天使投资"] for number in range(40)]
    path = table(tmp_path / "a.xlsx", [*NEED, "合作方式"], *rows)
    report = load(database, path, dry_run=True)
    assert [note for note in report.notes if "天使投资" in note] == [
        "“合作方式”有 1 种写法不在列表中：天使投资（40 行）；每种写法对应一次即可：--value 列名:写法=列表中的词"
    ]
    report = load(database, path, value_map={"合作方式:天使投资": "技术入股"})
    assert (report.added, report.warned) == (40, 0)
    assert session.exec(select(TechnologyNeed)).first().cooperation_modes == ["equity"]  # type: ignore[union-attr]
    with pytest.raises(MalformedRequest, match="没有“解决方式”这一列"):
        load(database, path, value_map={"解决方式:天使投资": "技术入股"})


def test_a_telephone_number_in_the_wrong_column_is_no_keyword_and_in_no_message(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    row = ["江北泵业有限公司", "潜水泵漏水", "漏水", "电询13900001234", "请加微信 pump_88"]
    report = load(database, table(tmp_path / "a.xlsx", [*NEED, "合作方式", "预算（万元）"], row))
    assert report.warned == 1
    for contact in ("13900001234", "pump_88"):
        assert contact not in report.to_text()
    need = session.exec(select(TechnologyNeed)).one()
    assert need.keywords == []
    assert need.constraints == "预算（万元）：请加（联系略）"
    assert "pump_88" in need.contact_phone


def test_a_long_text_goes_on_in_the_description(database: Engine, session: Session, tmp_path: Path) -> None:
    report = load(database, table(tmp_path / "a.xlsx", NEED, ["江北泵业有限公司", "潜水泵漏水", "漏" * 3000]))
    assert "已并入需求描述" in said(report)["主要问题"]
    assert session.exec(select(TechnologyNeed.description)).one() == "漏" * 3000


def test_constants_fill_what_rows_leave_blank(database: Engine, session: Session, tmp_path: Path) -> None:
    rows = [["江北泵业有限公司", "潜水泵漏水", "漏水"], ["", "水泵噪声大", "噪声"]]
    constants = {"需求单位": "江南泵业协会", "region_code": "澄东区"}
    report = load(database, table(tmp_path / "a.xlsx", NEED, *rows), constants=constants)
    assert (report.added, report.warned, report.ownerless) == (2, 0, 0)
    posters = session.exec(select(TechnologyNeed.poster_name, TechnologyNeed.region_code)).all()
    assert set(posters) == {("江北泵业有限公司", "990102"), ("江南泵业协会", "990102")}
    with pytest.raises(MalformedRequest, match="不是技术需求的字段"):
        load(database, tmp_path / "a.xlsx", constants={"颜色": "红"})


def test_needs_of_nobody_are_counted(database: Engine, tmp_path: Path) -> None:
    rows = [["江北泵业有限公司", "潜水泵漏水", "漏水"], ["", "水泵噪声大", "噪声"]]
    report = load(database, table(tmp_path / "a.xlsx", NEED, *rows))
    assert (report.added, report.ownerless, report.warned) == (2, 1, 1)
    assert "有 1 条没有写明需求单位" in report.to_text()


def test_running_numbers_of_two_lists_are_different_needs(database: Engine, session: Session, tmp_path: Path) -> None:
    headings = ["编号", *NEED]
    first = [[1, "江北泵业有限公司", "潜水泵漏水", "漏水"], [2, "江北泵业有限公司", "水泵噪声大", "噪声"]]
    second = [[1, "湖西纸业有限公司", "纸机断头多", "断头"], [2, "湖西纸业有限公司", "白水回用", "水耗"]]
    for rows in (first, second):
        assert load(database, table(tmp_path / "a.xlsx", headings, *rows)).added == 2
    # The same list again, one text corrected, in another order: the same needs.
    first[0][3] = "漏水严重"
    report = load(database, table(tmp_path / "b.xlsx", headings, *reversed(first)))
    assert (report.added, report.changed, report.unchanged) == (0, 1, 1)
    assert len(session.exec(select(TechnologyNeed)).all()) == 4


def test_rows_of_one_title_and_poster_that_say_different_things_are_all_kept(database: Engine, tmp_path: Path) -> None:
    rows = [["江北泵业有限公司", "技术改造", problem] for problem in ("漏水", "噪声", "漏水")]
    path = table(tmp_path / "a.xlsx", NEED, *rows)
    report = load(database, path)
    assert (report.added, report.unchanged) == (2, 1)
    assert load(database, path).unchanged == 3


def test_a_known_id_with_another_title_and_poster_is_a_conflict(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    headings = ["需求编号", *NEED]
    load(database, table(tmp_path / "a.xlsx", headings, ["XQ-001", "江北泵业有限公司", "潜水泵漏水", "漏水"]))
    other = ["XQ-001", "湖西纸业有限公司", "纸机断头多", "断头"]
    fresh = ["XQ-002", "湖西纸业有限公司", "白水回用", "水耗"]
    report = load(database, table(tmp_path / "b.xlsx", headings, other, fresh))
    assert (report.added, report.changed, report.returned) == (1, 0, 1)
    assert "名称和单位都不同，没有覆盖" in report.rejected[0].sentence()
    titles = session.exec(select(TechnologyNeed.title).order_by(col(TechnologyNeed.id))).all()
    assert titles == ["潜水泵漏水", "白水回用"]
    # Another title of the same poster is a correction.
    renamed = ["XQ-001", "江北泵业有限公司", "潜水泵轴封漏水", "漏水"]
    assert load(database, table(tmp_path / "c.xlsx", headings, renamed)).changed == 1
    # Within one file both go back: nobody knows which is right.
    both = load(database, table(tmp_path / "d.xlsx", headings, [*other], ["XQ-001", *renamed[1:]]))
    assert (both.returned, both.changed) == (2, 0)


@pytest.mark.parametrize(
    ("heading", "cell", "expected"),
    [
        ("密级", "公开", Confidentiality.PUBLIC),
        ("密级", "非密", Confidentiality.PUBLIC),
        ("密级", "机密", Confidentiality.DIRECTED),
        ("密级", "内部", Confidentiality.DIRECTED),
        ("密级", "", Confidentiality.DIRECTED),
        ("成果密级", "看情况", Confidentiality.DIRECTED),
        ("是否涉密", "否", Confidentiality.PUBLIC),
        ("是否涉密", "是", Confidentiality.DIRECTED),
        ("是否保密", "是", Confidentiality.DIRECTED),
        ("是否公开", "是", Confidentiality.PUBLIC),
        ("是否公开", "否", Confidentiality.BROKER_ONLY),
        ("以下信息是否公开", "否", Confidentiality.BROKER_ONLY),
        ("是否同意公开发布", "不同意", Confidentiality.BROKER_ONLY),
        ("信息公开情况", "暂缓", Confidentiality.DIRECTED),
        ("能否对外公布", "否", Confidentiality.BROKER_ONLY),
        ("秘密等级", "普通", Confidentiality.DIRECTED),
        ("公开程度", "", Confidentiality.PUBLIC),
        ("公开程度", "仅摘要公开", Confidentiality.SUMMARY),
        ("公开程度", "秘密", Confidentiality.DIRECTED),
    ],
)
def test_only_a_known_word_makes_a_record_public(
    database: Engine, session: Session, tmp_path: Path, heading: str, cell: str, expected: Confidentiality
) -> None:
    path = table(tmp_path / "a.xlsx", [*NEED, heading], ["江北泵业有限公司", "潜水泵漏水", "漏水", cell])
    report = load(database, path)
    need = session.exec(select(TechnologyNeed)).one()
    assert need.confidentiality is expected, report.to_text()
    # What was not clear is told.
    assert report.warned == (expected in (Confidentiality.DIRECTED, Confidentiality.BROKER_ONLY))


def test_of_two_statements_the_narrower_counts(database: Engine, session: Session, tmp_path: Path) -> None:
    path = table(
        tmp_path / "a.xlsx", [*NEED, "密级", "是否公开"], ["江北泵业有限公司", "潜水泵漏水", "漏水", "内部", "是"]
    )
    load(database, path)
    assert session.exec(select(TechnologyNeed.confidentiality)).one() is Confidentiality.DIRECTED


def test_who_asks_stays_unnamed_unless_a_plain_no_stands_there(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    cells = ["是", "匿名", "否"]
    rows = [["江北泵业有限公司", f"第{number}种泵漏水", "漏水", cell] for number, cell in enumerate(cells)]
    load(database, table(tmp_path / "a.xlsx", [*NEED, "是否匿名"], *rows))
    found = session.exec(select(TechnologyNeed.poster_hidden).order_by(col(TechnologyNeed.id))).all()
    assert found == [True, True, False]


def test_numbers_and_days_of_publication_of_a_patent_are_no_secrecy(database: Engine, tmp_path: Path) -> None:
    headings = ["成果名称", "完成单位", "成果简介", "公开号", "公开日"]
    row = ["膜法提锂", "江南大学", "提锂。", "CN112345678A", "2026-01-05"]
    report = load(database, table(tmp_path / "a.xlsx", headings, row), ImportKind.ACHIEVEMENTS)
    assert (report.added, report.warned) == (1, 0)


def test_the_cell_above_is_meant(database: Engine, session: Session, tmp_path: Path) -> None:
    rows = [["江北泵业有限公司", "潜水泵漏水", "漏水"], ["同上", "水泵噪声大", "〃"], ['"', "水泵振动大", "同上"]]
    load(database, table(tmp_path / "a.xlsx", NEED, *rows))
    found = session.exec(select(TechnologyNeed)).all()
    assert {(one.poster_name, one.problem) for one in found} == {("江北泵业有限公司", "漏水")}
    report = load(database, table(tmp_path / "b.xlsx", NEED, ["同上", "水泵振动大", "振动"]))
    assert "上面没有内容" in report.rejected[0].sentence()


def test_errors_and_formulas_without_a_result_are_named(database: Engine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.append(["", *NEED, "预算（万元）", "需求时限"])
    sheet.append(["", "江北泵业有限公司", "潜水泵漏水", "漏水", "=A9*2", "#N/A"])
    sheet.append(["", "江北泵业有限公司", "#REF!", "漏水", 50, "2028-06-30"])
    sheet.append(["", "江北泵业有限公司", "水泵噪声大", "噪声", 50, "2028-06-30"])
    for name in ("F2", "C3"):
        sheet[name].data_type = "e"
    path = tmp_path / "a.xlsx"
    book.save(path)
    report = load(database, path)
    assert (report.added, report.warned, report.returned) == (2, 1, 1)
    assert said(report) == {"预算（万元）": "公式没有保存计算结果", "需求时限": "单元格是错误值 #N/A"}
    assert "错误值 #REF!" in report.rejected[0].sentence()


def test_nothing_of_programs_is_nothing(database: Engine, session: Session, tmp_path: Path) -> None:
    nothing = {"预期目标": math.nan, "关键词": "NaN", "联系人": "nan", "需求时限": "NaT", "预算（元）": "<NA>"}
    row = {"技术需求名称": "潜水泵漏水", "企业名称": "undefined", "主要问题": "漏水", "技术关键": "None", **nothing}
    report = load(database, jsonl(tmp_path / "a.jsonl", row))
    assert (report.added, set(said(report))) == (1, {"需求单位"})
    need = session.exec(select(TechnologyNeed)).one()
    assert (need.goal, need.keywords, need.contact_name, need.key_technology, need.poster_name) == ("", [], "", "", "")


def test_what_no_database_holds_sends_its_row_back_alone(database: Engine, tmp_path: Path) -> None:
    good = {"技术需求名称": "潜水泵漏水", "企业名称": "江北泵业有限公司", "主要问题": "漏水"}
    rows = [
        {**good, "主要问题": "漏\ud83d水"},
        {**good, "拟投入资金（元）": math.inf},
        {**good, "技术指标": [{"name": "\udc00"}]},
        good,
    ]
    report = load(database, jsonl(tmp_path / "a.jsonl", *rows))
    assert (report.added, report.returned) == (1, 3)
    report.to_text().encode()
    json.dumps(report.to_json(), ensure_ascii=False, allow_nan=False).encode()


def test_units_below_the_headings_count(database: Engine, session: Session, tmp_path: Path) -> None:
    headings = [*NEED, "拟投入资金", "需求时限"]
    units = ["", "", "", "千元", "年/月/日"]
    numbers = [1, 2, 3, 4, 5]
    row = ["江北泵业有限公司", "潜水泵漏水", "漏水", 800, "2028-06-30"]
    report = load(database, table(tmp_path / "a.xlsx", headings, units, numbers, row))
    assert (report.rows_read - report.skipped, report.added, report.warned) == (1, 1, 0)
    assert session.exec(select(TechnologyNeed.budget_max_fen)).one() == 80_000_000
    # Whoever only looks at the rows reads them in the same way.
    ((_, shape),) = read_rows(ImportKind.NEEDS, tmp_path / "a.xlsx")
    assert shape.budget_max_fen == 80_000_000  # type: ignore[union-attr]


def test_the_more_specific_heading_is_the_title_and_the_poster(database: Engine, tmp_path: Path) -> None:
    headings = ["项目名称", "填报单位", "需求单位", "需求名称", "主要问题"]
    row = ["强链工程", "湖西区科技局", "江北泵业有限公司", "潜水泵漏水", "漏水"]
    report = load(database, table(tmp_path / "a.xlsx", headings, row))
    values = report.records[0].values
    assert (values["title"], values["poster_name"]) == ("潜水泵漏水", "江北泵业有限公司")
    assert report.unknown_columns == ["项目名称", "填报单位"]


def test_a_program_reads_one_object(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATCHMAKER_DATA_DIR", str(tmp_path / "var"))
    headings = ["需求编号", *NEED, "联系电话", "预算上限（万元）", "需求时限", "体重"]
    rows = [
        ["X1", "江北泵业有限公司", "潜水泵漏水", "漏水，微信 pump_88", "13900001234", 80, "2028年底", 3],
        ["X2", "江北泵业有限公司", "短", "", "13900001234" * 9, 80, "尽快", 3],
    ]
    path = table(tmp_path / "a.xlsx", headings, *rows)
    result = CliRunner().invoke(app, ["ingest", "needs", str(path), "--dry-run", "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    counts = {name: answer[name] for name in ("read", "added", "updated", "returned", "warned")}
    assert counts == {"read": 2, "added": 1, "updated": 0, "returned": 1, "warned": 0}
    assert answer["unknown_columns"] == ["体重"]
    assert answer["source"] == "import:needs"
    good, bad = answer["records"]
    assert (good["row"], good["outcome"], good["warnings"], good["problems"]) == (2, "added", [], [])
    values = good["values"]
    assert (values["budget_max_fen"], values["budget_max"], values["deadline"]) == (
        80_000_000,
        "800000.00",
        "2028-12-31",
    )
    assert "pump_88" not in values["problem"]
    assert "pump_88" in values["contact_phone"]
    assert (bad["row"], bad["outcome"], bad["values"]) == (3, "returned", {})
    assert {problem["column"] for problem in bad["problems"]} == {"技术需求名称", ""}
    assert all(set(problem) == {"column", "value", "reason", "repair"} for problem in bad["problems"])
    assert "1390000" not in json.dumps([bad, good["warnings"]])
