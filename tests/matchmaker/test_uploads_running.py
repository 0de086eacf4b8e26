"""Bulk imports in the background: running, dying, going on, taking back, forgetting."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.errors import NotFound, WrongStatus
from matchmaker.ingest import ImportKind
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.audit import AuditEvent
from matchmaker.models.base import now
from matchmaker.models.labels import AchievementStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.party import Enterprise
from matchmaker.models.upload import BatchStatus, ImportBatch, ImportedRecord, WriteMode
from matchmaker.rights import Actor
from matchmaker.uploads import (
    batch_for,
    choose_columns,
    correct_cells,
    discard,
    forget_old_batches,
    kept_records,
    own_batch,
    report_of,
    run_waiting_batches,
    running,
    start,
    undo,
    undoing,
)
from tests.factories import make_enterprise
from tests.matchmaker.uploading import HEADINGS, ROWS, actor_of_role, batch, counts, csv, started, undone, uploaded


@pytest.mark.postgresql
@pytest.mark.slow
def test_five_thousand_rows_survive_a_runner_that_dies(
    database: Engine, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    rows = [[f"N{number}", f"第{number}项技术的做法", "简介。", "6"] for number in range(5000)]
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *rows]))
    with session_scope(database) as writing:
        start(writing, writing.get_one(ImportBatch, batch_id), WriteMode.BOTH)
    closing = running._Running.closing
    chunks: list[int] = []

    def dying(self: Any, session: Session, rows: Any) -> None:
        closing(self, session, rows)
        chunks.append(len(rows))
        if len(chunks) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(running._Running, "closing", dying)
    with pytest.raises(KeyboardInterrupt):
        run_waiting_batches(database)
    monkeypatch.undo()
    dead = batch(database, batch_id)
    assert (dead.status, dead.rows_done, report_of(dead).added) == (BatchStatus.RUNNING, 1000, 1000)
    # Somebody may still be at work: nobody takes it over at once.
    assert run_waiting_batches(database) == 0
    with session_scope(database) as writing:
        writing.get_one(ImportBatch, batch_id).updated_at = now() - running._SILENT * 2
    assert run_waiting_batches(database) == 1
    done = batch(database, batch_id)
    assert (done.status, done.rows_done, counts(done)) == (BatchStatus.FINISHED, 5000, (5000, 0, 0, 0))
    assert len(session.exec(select(ImportedRecord.id)).all()) == len(session.exec(select(Achievement.id)).all()) == 5000


def test_stopping_hands_the_rest_to_the_next_runner(database: Engine) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    rows = [[f"N{number}", f"第{number}项技术的做法", "简介。", "6"] for number in range(1200)]
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *rows]))
    with session_scope(database) as writing:
        start(writing, writing.get_one(ImportBatch, batch_id), WriteMode.BOTH)
    asked: list[None] = []

    def stopping() -> bool:
        asked.append(None)
        return len(asked) > 3

    run_waiting_batches(database, stopping=stopping)
    stopped = batch(database, batch_id)
    assert stopped.status is BatchStatus.WAITING
    assert 0 < stopped.rows_done < 1200
    run_waiting_batches(database)
    assert counts(batch(database, batch_id)) == (1200, 0, 0, 0)


def test_undoing_takes_back_what_nobody_has_touched_since(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    started(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS])))
    second = [
        HEADINGS,
        ["A1", "秸秆纤维模塑成型技术", "改过的简介一。", "7"],
        ["A2", "低温脱氮菌剂", "改过的简介二。", "7"],
        ["A3", "第三项技术", "新的。", "5"],
    ]
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv(second))
    assert counts(started(database, batch_id)) == (1, 2, 0, 0)
    with session_scope(database) as writing:
        touched = writing.exec(select(Achievement).where(Achievement.source_id == "A2")).one()
        touched.keywords, touched.version = ["菌剂"], touched.version + 1
    after = undone(database, batch_id, actor)
    report = report_of(after)
    assert (after.status, report.undone, report.kept) == (BatchStatus.UNDONE, 2, 1)
    found = {one.source_id: one for one in session.exec(select(Achievement))}
    assert (found["A1"].summary, found["A1"].maturity_level) == ("以秸秆为原料。", 6)
    assert (found["A2"].summary, found["A2"].keywords) == ("改过的简介二。", ["菌剂"])
    assert found["A3"].status is AchievementStatus.WITHDRAWN
    (kept,) = kept_records(session, after, 10)
    assert (kept.record_id, kept.problem) == (found["A2"].id, "导入之后又有人修改过")

    session.rollback()

    # Imported once more, what was taken out is there again.
    again = started(database, uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, second[3]])))
    assert counts(again) == (0, 1, 0, 0)
    assert found["A3"].status.value == "published"


def test_undoing_restores_values_of_every_kind(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    headings = ["需求编号", "需求名称", "主要问题", "关键技术指标", "预算（万元）", "需求时限", "合作方式", "紧急程度"]
    first = ["XQ-1", "再生铝烧损高", "烧损", "烧损率≤1.5%", "50", "2027-06-30", "委托开发", "紧急"]
    second = ["XQ-1", "再生铝烧损偏高", "烧损大", "烧损率≤2.5%", "80", "2028-06-30", "合作开发", "一般"]
    started(database, uploaded(database, actor, ImportKind.NEEDS, csv([headings, first])))
    before = session.exec(select(TechnologyNeed)).one().model_dump(exclude={"version", "updated_at"})
    session.rollback()
    batch_id = uploaded(database, actor, ImportKind.NEEDS, csv([headings, second]))
    assert counts(started(database, batch_id)) == (0, 1, 0, 0)
    undone(database, batch_id, actor)
    session.expire_all()
    assert session.exec(select(TechnologyNeed)).one().model_dump(exclude={"version", "updated_at"}) == before


def test_parties_are_removed_unless_something_refers_to_them(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    rows = [["企业名称", "主要产品"], ["甲包装有限公司", "托盘"], ["乙包装有限公司", "餐盒"]]
    batch_id = uploaded(database, actor, ImportKind.ENTERPRISES, csv(rows))
    started(database, batch_id)
    needs = [["需求名称", "主要问题", "企业名称"], ["托盘难降解", "难降解", "甲包装有限公司"]]
    started(database, uploaded(database, actor, ImportKind.NEEDS, csv(needs)))
    after = undone(database, batch_id, actor)
    assert (report_of(after).undone, report_of(after).kept) == (1, 1)
    assert [one.name for one in session.exec(select(Enterprise))] == ["甲包装有限公司"]


def test_who_may_see_and_undo_a_batch(database: Engine) -> None:
    with session_scope(database) as session:
        enterprise = make_enterprise(session, region_code="990102")
    member = actor_of_role(database, Role.ENTERPRISE, enterprise_id=enterprise.id)
    district = actor_of_role(database, Role.DISTRICT_OFFICIAL)
    elsewhere = actor_of_role(database, Role.DISTRICT_OFFICIAL, region_code="990103")
    colleague = actor_of_role(database, Role.ENTERPRISE, enterprise_id=enterprise.id)
    rows = [["需求名称", "主要问题"], ["再生铝熔炼烧损偏高", "烧损3.8%"]]
    batch_id = uploaded(database, member, ImportKind.NEEDS, csv(rows))
    started(database, batch_id)
    with session_scope(database) as session:
        for stranger in (elsewhere, colleague, Actor()):
            with pytest.raises(NotFound):
                batch_for(session, batch_id, by=stranger)
        with pytest.raises(NotFound):
            own_batch(session, batch_id, by=district)
        with pytest.raises(WrongStatus):
            discard(session, batch_for(session, batch_id, by=member))
    assert undone(database, batch_id, district).status is BatchStatus.UNDONE
    with session_scope(database) as session, pytest.raises(WrongStatus):
        undo(session, batch_for(session, batch_id, by=member), by=member)


def test_an_account_that_lost_the_right_imports_nothing_any_more(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS]))
    with session_scope(database) as writing:
        start(writing, writing.get_one(ImportBatch, batch_id), WriteMode.BOTH)
        writing.get_one(Account, actor.account_id).disabled_at = now()
    run_waiting_batches(database)
    failed = batch(database, batch_id)
    assert failed.status is BatchStatus.FAILED
    assert failed.problem
    assert session.exec(select(Achievement)).all() == []


def test_changes_are_recorded_as_the_uploaders(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS]))
    started(database, batch_id)
    events = [one for one in session.exec(select(AuditEvent)) if one.table_name == "achievement"]
    assert {(one.account_id, one.reason) for one in events} <= {(actor.account_id, f"批量导入 {batch_id}")}


def test_old_files_are_forgotten_and_what_they_brought_stays(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    done = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS]))
    started(database, done)
    never = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS]))
    with session_scope(database) as writing:
        assert forget_old_batches(writing) == 0
        for one in writing.exec(select(ImportBatch)):
            one.created_at = now() - 2 * (now() - now().replace(year=now().year - 1))
    with session_scope(database) as writing:
        assert forget_old_batches(writing) == 1
    assert session.get(ImportBatch, never) is None
    assert batch(database, done).content == b""
    assert session.exec(select(ImportedRecord)).all() == []
    assert len(session.exec(select(Achievement)).all()) == 2


def test_registered_and_published_are_counted_apart(database: Engine) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    rows = [[*HEADINGS, "成果登记号"], [*ROWS[0], "3412026Y0012"], [*ROWS[1], ""]]
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv(rows))
    assert report_of(batch(database, batch_id)).registered == 1
    report = report_of(started(database, batch_id))
    assert (report.published, report.registered) == (2, 1)


def test_what_was_imported_is_changed_no_more(database: Engine) -> None:
    actor = actor_of_role(database, Role.INSTITUTION)
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS]))
    started(database, batch_id)
    with session_scope(database) as session:
        asked = session.get_one(ImportBatch, batch_id)
        with pytest.raises(WrongStatus, match="不能再修改"):
            correct_cells(session, asked, {2: {"成果名称": "新的名称"}})
        with pytest.raises(WrongStatus, match="请另行导入"):
            choose_columns(session, asked, {})
        with pytest.raises(WrongStatus, match="已导入"):
            start(session, asked, WriteMode.BOTH)


def test_others_write_while_an_import_is_taken_back(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    actor = actor_of_role(database, Role.INSTITUTION)
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENTS, csv([HEADINGS, *ROWS]))
    started(database, batch_id)
    done: list[int] = []

    def beside() -> None:
        """What a person saves meanwhile; the batch is told how far it is."""
        with session_scope(database) as session:
            session.get_one(Account, actor.account_id).last_login_at = now()
            done.append(report_of(session.get_one(ImportBatch, batch_id)).undone)

    monkeypatch.setattr(undoing, "_CHUNK", 1)
    monkeypatch.setattr(running, "give_way", beside)
    assert undone(database, batch_id, actor).status is BatchStatus.UNDONE
    assert done == [1, 2]
