"""征集表 as forms, label left and answer right: one record each, and never a row of data for headings."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.errors import UnreadableFile
from matchmaker.ingest import ImportKind, IngestOptions, IngestReport, file_columns, ingest_file
from tests.matchmaker.test_ingest_files import needs, workbook
from tests.matchmaker.test_ingest_formats import word_document, zipped

Rows = list[list[Any]]


def form(title: str, firm: str) -> Rows:
    return [
        ["某某市企业技术需求征集表", None, None, None],
        ["填报日期：2026年3月1日"],
        ["一、单位信息"],
        ["企业名称", firm, "单位性质", "民营"],
        ["法定代表人", "王五", "联系人", "张三"],
        ["所属行业", None, "联系电话", "0558-1234567"],
        ["二、需求信息"],
        ["需求名称", title, None, None],
        ["需求概述", "主要问题", f"{title}，退货率4%，年损失200万元"],
        [None, "技术关键", "在线检测与闭环控制"],
        ["拟投入资金（万元）", "最低", 30, "最高", 80],
        ["解决方式", "□自主研发 ☑委托开发 □其他", None, None],
        ["需求时限", "2028-12-31", "关键词", "涂层、均匀性"],
        ["填表人签字：", None, "单位盖章：", None],
    ]


def load(database: Engine, path: Path, **options: Any) -> IngestReport:
    return ingest_file(database, ImportKind.NEEDS, path, IngestOptions(**options))


def check_first(session: Session) -> None:
    need = next(one for one in needs(session) if one.title == "喷涂厚度不匀怎样解决")
    assert need.poster_name == "甲电机有限公司"
    assert need.problem == "喷涂厚度不匀怎样解决，退货率4%，年损失200万元"
    assert (need.key_technology, need.keywords) == ("在线检测与闭环控制", ["涂层", "均匀性"])
    assert (need.budget_min_fen, need.budget_max_fen, str(need.deadline)) == (30_000_000, 80_000_000, "2028-12-31")
    assert (need.contact_name, need.contact_phone) == ("张三", "0558-1234567")


FIRST = form("喷涂厚度不匀怎样解决", "甲电机有限公司")
SECOND = form("转子动平衡超差怎样解决", "乙电机有限公司")
THIRD = form("绕组浸漆气泡怎样消除", "丙电机有限公司")


@pytest.mark.parametrize(
    "sheets",
    [
        {"表": FIRST},
        {"表": [*FIRST, [], [], *SECOND]},
        {"甲": FIRST, "乙": SECOND, "丙": THIRD, "填表说明": [["请逐项填写"], ["一企一表"]]},
    ],
    ids=["one", "below each other", "one a sheet"],
)
def test_each_form_is_one_need(database: Engine, session: Session, tmp_path: Path, sheets: dict[str, Rows]) -> None:
    path = workbook(tmp_path / "征集表.xlsx", sheets)
    count = sum(row[:1] == ["需求名称"] for rows in sheets.values() for row in rows)
    report = load(database, path)
    assert (report.rows_read, report.added, report.rejected[:]) == (count, count, [])
    assert any(note.startswith(f"按表单读取：{count} 份表") for note in report.notes)
    check_first(session)


def test_forms_of_a_word_document_are_read(database: Engine, session: Session, tmp_path: Path) -> None:
    tables = [[[str(cell) if cell is not None else "" for cell in row] for row in rows] for rows in (FIRST, SECOND)]
    assert load(database, word_document(tmp_path / "征集表.docx", *tables)).added == 2
    check_first(session)


def test_forms_of_several_firms_in_a_zip_are_read(database: Engine, session: Session, tmp_path: Path) -> None:
    files = {
        f"{name}.xlsx": workbook(tmp_path / f"{name}.xlsx", {"表": rows}).read_bytes()
        for name, rows in (("甲", FIRST), ("乙", SECOND))
    }
    assert load(database, zipped(tmp_path / "征集表.zip", files)).added == 2
    check_first(session)


def test_an_answer_below_its_label_and_beside_it_in_one_cell_are_read(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    rows: Rows = [
        ["技术难题征集表"],
        ["单位名称：丁叶片有限公司", None, "联系人：李四", "联系电话：13900000000"],
        ["技术难题名称"],
        ["高温合金叶片开裂怎样解决"],
        ["存在的主要问题"],
        ["叶片在 900℃ 下 200 小时开裂，报废率 8%"],
        ["预期目标"],
        ["寿命不低于 1000 小时"],
    ]
    assert load(database, workbook(tmp_path / "a.xlsx", {"表": rows})).added == 1
    need = needs(session)[0]
    assert (need.title, need.poster_name) == ("高温合金叶片开裂怎样解决", "丁叶片有限公司")
    assert (need.contact_name, need.contact_phone) == ("李四", "13900000000")
    assert (need.problem, need.goal) == ("叶片在 900℃ 下 200 小时开裂，报废率 8%", "寿命不低于 1000 小时")


def test_a_text_of_labels_and_answers_is_a_form(database: Engine, session: Session, tmp_path: Path) -> None:
    path = tmp_path / "需求.txt"
    path.write_text(
        "企业名称：己泵业有限公司\n联系人：孙八\n需求名称：离心泵汽蚀怎样减轻\n主要问题：叶轮半年穿孔，停产两天\n",
        "gb18030",
    )
    assert load(database, path).added == 1
    assert (needs(session)[0].poster_name, needs(session)[0].problem) == ("己泵业有限公司", "叶轮半年穿孔，停产两天")


def test_several_needs_of_one_firm_in_one_form_are_several_records(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    rows: Rows = [["企业名称", "戊机械有限公司", "联系人", "赵七"], ["联系电话", "0558-7654321"]]
    for title in ("齿轮热处理变形怎样控制", "刀具寿命偏短怎样延长"):
        rows += [["需求名称", title], ["需求描述", f"{title}，返工率12%"], ["预期效果", "返工率≤2%"]]
    assert load(database, workbook(tmp_path / "a.xlsx", {"表": rows})).added == 2
    assert {(one.title[:4], one.poster_name, one.description[:4], one.contact_name) for one in needs(session)} == {
        ("齿轮热处", "戊机械有限公司", "齿轮热处", "赵七"),
        ("刀具寿命", "戊机械有限公司", "刀具寿命", "赵七"),
    }


def test_a_form_without_its_name_goes_back(database: Engine, session: Session, tmp_path: Path) -> None:
    rows = [row if row[:1] != ["需求名称"] else ["需求名称", None] for row in FIRST]
    report = load(database, workbook(tmp_path / "a.xlsx", {"表": rows}))
    assert (report.added, [problem.column for problem in report.rejected[0].problems]) == (0, ["技术需求名称"])


def test_a_blank_form_is_nothing(database: Engine, tmp_path: Path) -> None:
    blank: Rows = [["征集表"], ["企业名称", None, "联系人", None], ["需求名称"], ["主要问题"], ["预期目标"]]
    report = load(database, workbook(tmp_path / "a.xlsx", {"表": blank}))
    assert (report.added, report.skipped, report.rejected[:]) == (0, 1, [])


def test_a_list_on_its_side_is_refused(database: Engine, tmp_path: Path) -> None:
    rows: Rows = [["技术需求名称", "烧损高", "铝灰贵"], ["企业名称", "甲公司", "乙公司"], ["主要问题", "损耗", "费用"]]
    with pytest.raises(UnreadableFile, match=r"标题在左边一列.*转置"):
        load(database, workbook(tmp_path / "a.xlsx", {"表": rows}))


def test_a_form_of_unknown_labels_is_refused_and_none_of_its_rows_is_a_need(database: Engine, tmp_path: Path) -> None:
    rows: Rows = [
        ["技术需求名称", "烧损高怎么办"],
        ["揭榜条件：", "无"],
        ["评审意见：", "同意"],
        ["盖章：", "（公章）"],
    ]
    with pytest.raises(UnreadableFile, match="没有找到技术需求表的标题行"):
        load(database, workbook(tmp_path / "a.xlsx", {"表": rows}))


def test_a_list_is_no_form_though_its_cells_are_words_of_headings(
    database: Engine, session: Session, tmp_path: Path
) -> None:
    rows: Rows = [["需求方类型", "技术需求名称", "企业名称", "主要问题", "关键词"]]
    rows += [["企业", f"第{n}个难题怎样解决", "甲有限公司", "技术难题", "技术指标"] for n in range(5)]
    report = load(database, workbook(tmp_path / "a.xlsx", {"表": rows}))
    assert (report.rows_read, report.added, list(report.notes)) == (5, 5, [])


def test_the_page_sees_the_labels_of_a_form_as_columns(tmp_path: Path) -> None:
    columns = {
        one.heading: one.field
        for one in file_columns(ImportKind.NEEDS, workbook(tmp_path / "a.xlsx", {"表": FIRST}), {})
    }
    assert (columns["需求名称"], columns["主要问题"], columns["单位性质"]) == ("title", "problem", "")
