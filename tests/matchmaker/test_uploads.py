"""Bulk imports from the page: who may import what, checking, correcting."""

import io
from typing import Any

import openpyxl
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.errors import MalformedRequest, NotAllowed, UnreadableFile
from matchmaker.ingest import ImportKind
from matchmaker.models.account import Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import AchievementStatus, NeedStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import Notice
from matchmaker.models.party import Enterprise
from matchmaker.models.upload import BatchStatus, ImportBatch, WriteMode
from matchmaker.uploads import (
    check_batch,
    choose_columns,
    correct_cells,
    kinds_for,
    report_of,
    start,
    take_corrected_file,
    upload,
    write_rejected_of,
)
from tests.factories import make_enterprise, make_institution
from tests.matchmaker.uploading import HEADINGS, ROWS, actor_of_role, batch, counts, csv, started, uploaded

# Lists of the office: for officials only.
LEDGERS = "contracts achievement-registrations signings"


def test_an_institutions_file_is_checked_and_then_waits_for_review(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.INSTITUTION)
    district = actor_of_role(database, Role.CITY_OFFICIAL)
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS]))
    checked = batch(database, batch_id)
    assert (checked.status, checked.rows_total, counts(checked)) == (BatchStatus.UPLOADED, 2, (2, 0, 0, 0))
    assert report_of(checked).preview[0].texts[0] == "秸秆纤维模塑成型技术"
    assert session.exec(select(Achievement)).all() == []
    session.rollback()

    done = started(database, batch_id)
    assert (done.status, done.rows_done, counts(done)) == (BatchStatus.FINISHED, 2, (2, 0, 0, 0))
    assert (report_of(done).pending, report_of(done).published) == (2, 0)
    found = session.exec(select(Achievement)).all()
    assert {(one.status, one.institution_id) for one in found} == {(AchievementStatus.PENDING, actor.institution_id)}
    assert all(one.published_at is None for one in found)
    told = {one.account_id: one.title for one in session.exec(select(Notice))}
    assert told == {actor.account_id: "科技成果批量导入完成", district.account_id: "2 条科技成果等待审核"}


def test_the_same_file_twice_changes_nothing(database: Engine) -> None:
    actor = actor_of_role(database, Role.INSTITUTION)
    started(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS])))
    again = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS], "gb18030"), "另一份.csv")
    assert counts(started(database, again)) == (0, 0, 2, 0)


def test_numbers_of_two_institutions_do_not_collide(database: Engine, session: Session) -> None:
    for _ in range(2):
        actor = actor_of_role(database, Role.INSTITUTION)
        started(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS])))
    assert len(session.exec(select(Achievement)).all()) == 4


@pytest.mark.parametrize(
    ("role", "kinds"),
    [
        (Role.ENTERPRISE, "needs achievements"),
        (Role.INSTITUTION, "achievements"),
        (Role.DISTRICT_OFFICIAL, f"needs achievements enterprises institutions {LEDGERS}"),
        (Role.CITY_OFFICIAL, f"needs achievements enterprises institutions brokers brokerages {LEDGERS}"),
        (Role.ADMINISTRATOR, f"needs achievements enterprises institutions brokers brokerages {LEDGERS}"),
        (Role.BROKER, ""),
        (Role.COMMISSIONER, ""),
        (Role.BROKERAGE_ADMINISTRATOR, ""),
    ],
)
def test_who_may_import_what(database: Engine, role: Role, kinds: str) -> None:
    actor = actor_of_role(database, role)
    assert [kind.value for kind in kinds_for(actor)] == kinds.split()
    for kind in set(ImportKind) - set(kinds_for(actor)):
        with session_scope(database) as session, pytest.raises(NotAllowed):
            upload(session, kind, "a.csv", csv([HEADINGS, *ROWS]), by=actor)


def test_a_member_imports_for_her_own_organisation_only(database: Engine, session: Session) -> None:
    with session_scope(database) as writing:
        own = make_institution(writing, name="江南示例大学")
        make_institution(writing, name="北方示例大学")
    actor = actor_of_role(database, Role.INSTITUTION, institution_id=own.id)
    rows = [
        ["成果编号", "成果名称", "成果简介", "完成单位", "状态"],
        ["1", "甲技术的第一种做法", "简介一", "江南示例大学", "已发布"],
        ["2", "乙技术的第一种做法", "简介二", "北方示例大学", ""],
        ["3", "丙技术的第一种做法", "简介三", "某某药业有限公司；江南示例大学", ""],
        ["4", "丁技术的第一种做法", "简介四", "", ""],
    ]
    done = started(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv(rows)))
    assert counts(done) == (3, 0, 0, 1)
    (wrong,) = report_of(done).rejected
    assert (wrong.row, wrong.cells[0].column, wrong.cells[0].reason) == (3, "完成单位", "不是本单位的全称")
    found = session.exec(select(Achievement)).all()
    assert {(one.institution_id, one.enterprise_id, one.status.value) for one in found} == {(own.id, None, "pending")}


def test_a_namesake_is_not_given_a_members_rows(database: Engine, session: Session) -> None:
    with session_scope(database) as writing:
        make_enterprise(writing, name="南渡铝业有限公司")
        own = Enterprise(source="test", source_id="namesake", name="南渡铝业有限公司")
        writing.add(own)
        writing.flush()
    actor = actor_of_role(database, Role.ENTERPRISE, enterprise_id=own.id)
    rows = [["需求名称", "主要问题"], ["再生铝熔炼烧损偏高", "烧损3.8%"]]
    checked = batch(database, uploaded(database, actor, ImportKind.NEEDS, csv(rows)))
    assert counts(checked) == (0, 0, 0, 1)
    assert "同名" in report_of(checked).rejected[0].cells[0].reason


def test_a_district_official_imports_for_her_district_only(database: Engine, session: Session) -> None:
    with session_scope(database) as writing:
        make_enterprise(writing, name="外区包装有限公司", region_code="990103")
    actor = actor_of_role(database, Role.DISTRICT_OFFICIAL)
    rows = [
        ["需求编号", "需求名称", "主要问题", "所在县市区"],
        ["1", "再生铝熔炼烧损偏高", "烧损3.8%", ""],
        ["2", "铝灰处置费用高", "每吨1200元", "990102"],
        ["3", "粉尘治理", "浓度超标", "990103"],
    ]
    done = started(database, uploaded(database, actor, ImportKind.NEEDS, csv(rows)))
    assert counts(done) == (2, 0, 0, 1)
    assert report_of(done).rejected[0].cells[0].column == "所在县市区"
    found = session.exec(select(TechnologyNeed)).all()
    assert {(one.region_code, one.status) for one in found} == {("990102", NeedStatus.PUBLISHED)}

    parties = [
        ["企业名称", "所在县市区", "主要产品"],
        ["外区包装有限公司", "", "托盘"],
        ["本区包装有限公司", "", "餐盒"],
    ]
    done = started(database, uploaded(database, actor, ImportKind.ENTERPRISES, csv(parties)))
    assert counts(done) == (1, 0, 0, 1)
    assert "其他县市区" in report_of(done).rejected[0].cells[0].reason


def test_what_was_reviewed_is_not_overwritten_by_a_file(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.INSTITUTION)
    started(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS])))
    with session_scope(database) as writing:
        one, other = writing.exec(select(Achievement).order_by(Achievement.id)).all()  # type: ignore[arg-type]
        one.status, other.status = AchievementStatus.PUBLISHED, AchievementStatus.RETURNED
    changed = [[*row[:2], row[2] + "补充。", row[3]] for row in ROWS]
    done = started(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *changed])))
    assert counts(done) == (0, 1, 0, 1)
    found = session.exec(select(Achievement).order_by(Achievement.id)).all()  # type: ignore[arg-type]
    assert [(one.status.value, one.summary) for one in found] == [
        ("published", "以秸秆为原料。"),
        ("pending", "用于污水处理。补充。"),
    ]


@pytest.mark.parametrize(
    ("mode", "numbers", "skipped"),
    [(WriteMode.BOTH, (1, 1, 1), 0), (WriteMode.INSERT_ONLY, (1, 0, 1), 1), (WriteMode.UPDATE_ONLY, (0, 1, 1), 1)],
)
def test_insert_only_and_update_only(
    database: Engine, mode: WriteMode, numbers: tuple[int, int, int], skipped: int
) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    started(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS])))
    mixed = [HEADINGS, ROWS[0], ["A2", "低温脱氮菌剂", "改过的简介。", "7"], ["A3", "第三项技术", "新的。", "5"]]
    done = started(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv(mixed)), mode)
    assert counts(done)[:3] == numbers
    assert report_of(done).skipped == skipped


def test_columns_nobody_could_guess_are_mapped_and_others_left_out(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    rows = [["东西", "说明文字", "成熟度", "内部代号"], ["秸秆纤维模塑", "以秸秆为原料。", "六级吧", "X-1"]]
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv(rows))
    checked = batch(database, batch_id)
    assert (checked.status, report_of(checked).needs_name) == (BatchStatus.UPLOADED, True)
    with session_scope(database) as writing:
        asked = writing.get_one(ImportBatch, batch_id)
        with pytest.raises(MalformedRequest):
            start(writing, asked, WriteMode.BOTH)
        with pytest.raises(MalformedRequest):
            choose_columns(writing, asked, {"东西": "no_such_field"})
        choose_columns(writing, asked, {"东西": "title", "说明文字": "summary", "成熟度": ""})
    check_batch(database, batch_id)
    assert counts(started(database, batch_id)) == (1, 0, 0, 0)
    found = session.exec(select(Achievement)).one()
    assert (found.title, found.summary, found.maturity_level) == ("秸秆纤维模塑", "以秸秆为原料。", None)


def test_merged_and_repeated_headings(database: Engine, session: Session) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (
        ["2026年成果征集表"],
        ["成果名称", "成果简介", "联系人", "", "关键词", "关键词"],
        ["", "", "姓名", "电话", "", ""],
        ["秸秆纤维模塑", "以秸秆为原料。", "李某", "0558-1234567", "秸秆", "模塑"],
    ):
        sheet.append(row)
    for area in ("A1:F1", "A2:A3", "B2:B3", "C2:D2", "E2:E3", "F2:F3"):
        sheet.merge_cells(area)
    stream = io.BytesIO()
    book.save(stream)
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, stream.getvalue(), "征集表.xlsx")
    report = report_of(batch(database, batch_id))
    assert [one.field for one in report.columns] == [
        "title", "summary", "contact_name", "contact_phone", "keywords", "keywords",
    ]  # fmt: skip
    assert not any("1234567" in sample for one in report.columns for sample in one.samples)
    assert not any("1234567" in text for row in report.preview for text in row.texts)
    started(database, batch_id)
    found = session.exec(select(Achievement)).one()
    assert (found.keywords, found.contact_phone) == (["秸秆", "模塑"], "0558-1234567")


def test_wrong_cells_are_corrected_on_the_page(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.INSTITUTION)
    rows = [HEADINGS, ["A1", "秸", "", "6"], ["A2", "", "用于污水处理。", "7"], *ROWS[1:]]
    rows[2][0] = "A9"
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv(rows))
    report = report_of(batch(database, batch_id))
    assert (report.good, report.rejected_count) == (1, 2)
    wrong = {(row.row, cell.column): cell for row in report.rejected for cell in row.cells}
    assert wrong[2, "成果名称"].text == "秸"
    assert wrong[3, "成果名称"].is_editable
    with session_scope(database) as writing:
        asked = writing.get_one(ImportBatch, batch_id)
        with pytest.raises(MalformedRequest):
            correct_cells(writing, asked, {2: {"没有的列": "x"}})
        correct_cells(writing, asked, {2: {"成果名称": "秸秆纤维模塑"}}, drop=[3])
    check_batch(database, batch_id)
    assert counts(batch(database, batch_id)) == (2, 0, 0, 0)
    assert counts(started(database, batch_id)) == (2, 0, 0, 0)
    assert sorted(one.source_id for one in session.exec(select(Achievement))) == ["A1", "A2"]


def test_the_returned_file_corrected_by_its_author_goes_into_the_same_batch(
    database: Engine, session: Session, tmp_path: Any
) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    rows = [HEADINGS, *ROWS, ["A3", "第", "简介。", "5"], ["A4", "", "简介。", "6"]]
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv(rows))
    path = tmp_path / "退回.xlsx"
    assert write_rejected_of(database, batch(database, batch_id), path) == 2
    book = openpyxl.load_workbook(path)
    book.worksheets[0]["B2"] = "第三项技术"
    book.save(path)
    with session_scope(database) as writing:
        asked = writing.get_one(ImportBatch, batch_id)
        with pytest.raises(MalformedRequest):
            take_corrected_file(writing, asked, "别的.csv", csv([HEADINGS, *ROWS]))
        assert take_corrected_file(writing, asked, path.name, path.read_bytes()) == 1
    check_batch(database, batch_id)
    assert counts(batch(database, batch_id)) == (3, 0, 0, 1)
    started(database, batch_id)
    assert {one.source_id: one.maturity_level for one in session.exec(select(Achievement))}["A3"] == 5


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.xlsx", b"PK\x03\x04 broken"), ("a.pdf", b"%PDF-1.7"), ("a.csv", b""), ("a.png", b"\x89PNG\r\n")],
)
def test_what_is_no_table_is_refused_at_once(database: Engine, name: str, content: bytes) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    with session_scope(database) as session:
        with pytest.raises(UnreadableFile):
            upload(session, ImportKind.ACHIEVEMENTS, name, content, by=actor)
        assert session.exec(select(ImportBatch)).all() == []


def test_a_preview_shows_what_the_rows_say_under_chinese_headings(database: Engine) -> None:
    actor = actor_of_role(database, Role.INSTITUTION)
    rows = [
        [*HEADINGS, "完成日期", "转让价格（元）"],
        ["A1", "秸秆纤维模塑成型技术", "以秸秆为原料。", "6", "2024年5月", "800000"],
    ]
    report = report_of(batch(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv(rows))))
    shown = dict(zip(report.preview_columns, report.preview[0].texts, strict=True))
    assert {"成果名称", "高校院所", "完成日期", "价格"} <= shown.keys()
    assert not [heading for heading in shown if heading.isascii()]
    assert shown["价格"] == "80 万元"
    # What nobody has written is no news.
    assert not shown.keys() & {"技术要素", "是否质押", "是否已独占许可"}


def test_the_same_file_sent_by_a_second_click_is_one_import(database: Engine) -> None:
    actor = actor_of_role(database, Role.INSTITUTION)
    other = actor_of_role(database, Role.INSTITUTION)
    content = csv([HEADINGS, *ROWS])
    first = uploaded(database, actor, ImportKind.ACHIEVEMENTS, content)
    assert uploaded(database, actor, ImportKind.ACHIEVEMENTS, content) == first
    assert uploaded(database, actor, ImportKind.ACHIEVEMENTS, content, name="另一份.csv") != first
    assert uploaded(database, other, ImportKind.ACHIEVEMENTS, content) != first
    # Once it has been worked on, or run, it is an import of its own.
    started(database, first)
    assert uploaded(database, actor, ImportKind.ACHIEVEMENTS, content) != first


def test_a_column_is_chosen_with_its_unit_and_keeps_it(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.INSTITUTION)
    rows = [["成果名称", "成果简介", "想卖多少"], ["秸秆纤维模塑成型技术", "以秸秆为原料。", "800"]]
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv(rows))
    with session_scope(database) as writing:
        choose_columns(writing, writing.get_one(ImportBatch, batch_id), {"想卖多少": "price_yuan"})
    check_batch(database, batch_id)
    assert [one.field for one in report_of(batch(database, batch_id)).columns] == ["title", "summary", "price_yuan"]
    started(database, batch_id)
    # As small as it is: whoever chose the column said the unit.
    assert session.exec(select(Achievement.price_fen)).one() == 80_000


def test_what_was_not_understood_is_told_with_the_check(database: Engine) -> None:
    actor = actor_of_role(database, Role.INSTITUTION)
    rows = [HEADINGS, ["A1", "秸秆纤维模塑成型技术", "以秸秆为原料。", "很成熟"]]
    checked = report_of(batch(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv(rows))))
    assert (checked.good, checked.rejected_count) == (1, 0)
    assert any("第 2 行：“技术成熟度”填的是“很成熟”" in note for note in checked.notes)
