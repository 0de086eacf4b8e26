"""Lists of contracts from the import page: officials only, of their region; undone only where nothing has happened since."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.contracts import correct
from matchmaker.database import session_scope
from matchmaker.errors import NotAllowed
from matchmaker.ingest import ImportKind
from matchmaker.models.account import Role
from matchmaker.models.base import now
from matchmaker.models.contract import ContractEvent, ContractVersion, TechnologyContract
from matchmaker.models.contract_words import ContractStatus, DateBasis
from matchmaker.models.reporting import SnapshotLine, TurnoverSnapshot
from matchmaker.models.target import AchievementRegistration
from matchmaker.models.upload import BatchStatus
from matchmaker.rights import PLATFORM
from matchmaker.uploads import kept_records, report_of, upload
from tests.matchmaker.uploading import actor_of_role, batch, counts, csv, started, undone, uploaded

HEADINGS = [
    "登记编号",
    "合同编号",
    "项目名称",
    "合同类别",
    "卖方名称",
    "卖方行政区划",
    "买方名称",
    "买方行政区划",
    "合同成交额（元）",
    "技术交易额（元）",
    "签订日期",
    "登记日期",
]


def row(of: int, **more: Any) -> list[Any]:
    cells = {
        "登记编号": f"2025990100{of:06}",
        "合同编号": f"HT-{of}",
        "项目名称": f"秸秆模塑工艺 {of}",
        "合同类别": "技术开发",
        "卖方名称": "澄湖研究所",
        "卖方行政区划": "990102",
        "买方名称": "澄湖企业",
        "买方行政区划": "990103",
        "合同成交额（元）": 300_000,
        "技术交易额（元）": 280_000,
        "签订日期": "2025-01-05",
        "登记日期": "2025-02-10",
        **more,
    }
    return [cells[heading] for heading in HEADINGS]


def signed(of: int) -> list[Any]:
    return row(of, 登记编号="", 登记日期="")


def imported(database: Engine, actor: Any, *rows: list[Any]) -> int:
    batch_id = uploaded(database, actor, ImportKind.CONTRACTS, csv([HEADINGS, *rows]), "合同.csv")
    assert started(database, batch_id).status is BatchStatus.FINISHED
    return batch_id


@pytest.mark.parametrize("role", [Role.ENTERPRISE, Role.INSTITUTION, Role.BROKER, Role.BROKERAGE_ADMINISTRATOR])
def test_contracts_of_others_are_imported_by_officials_only(database: Engine, role: Role) -> None:
    actor = actor_of_role(database, role)
    with session_scope(database) as session, pytest.raises(NotAllowed):
        upload(session, ImportKind.CONTRACTS, "合同.csv", csv([HEADINGS, row(1)]), by=actor)


def test_what_is_checked_is_what_is_imported(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    rows = [row(1), signed(2), row(3, **{"合同成交额（元）": 30}), ["合计", *[""] * 7, 900_000, 1, "", ""]]
    batch_id = uploaded(database, actor, ImportKind.CONTRACTS, csv([HEADINGS, *rows]), "合同.csv")
    checked = report_of(batch(database, batch_id))
    assert (checked.good, checked.rejected_count, checked.skipped, checked.registered) == (2, 1, 1, 1)
    assert checked.preview_columns[:3] == ["合同登记编号", "项目名称", "合同类别"]
    assert "30 万元" in checked.preview[0].texts
    done = started(database, batch_id)
    assert counts(done) == (2, 0, 0, 1)
    assert (report_of(done).registered, report_of(done).skipped) == (1, 1)
    found = session.exec(select(TechnologyContract)).all()
    assert {one.posted_by_id for one in found} == {actor.account_id}


def test_a_district_official_imports_contracts_of_her_district(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.DISTRICT_OFFICIAL, region_code="990102")
    elsewhere = row(2, 卖方行政区划="990103")
    unknown = row(3, 卖方行政区划="", 买方行政区划="")
    bought = row(4, 卖方行政区划="江苏省南京市鼓楼区", 买方行政区划="990102")
    batch_id = imported(database, actor, row(1), elsewhere, unknown, bought)
    report = report_of(batch(database, batch_id))
    assert [(one.row, one.cells[0].column) for one in report.rejected] == [(3, "卖方行政区划"), (4, "卖方行政区划")]
    assert len(session.exec(select(TechnologyContract)).all()) == 2


def test_undoing_takes_added_contracts_away_and_puts_signed_ones_back(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    imported(database, actor, signed(1))
    batch_id = imported(database, actor, row(1), row(2))
    assert counts(batch(database, batch_id)) == (1, 1, 0, 0)
    over = undone(database, batch_id, actor)
    assert (over.status, report_of(over).undone, report_of(over).kept) == (BatchStatus.UNDONE, 2, 0)
    contract = session.exec(select(TechnologyContract)).one()
    assert (contract.status, contract.registration_number, contract.version_number) == (ContractStatus.SIGNED, None, 0)
    assert session.exec(select(ContractVersion)).all() == []
    events = session.exec(select(ContractEvent).order_by(col(ContractEvent.id))).all()
    assert [(one.before.value, one.after.value) for one in events[-2:]] == [
        ("signed", "registered"),
        ("registered", "signed"),
    ]
    session.rollback()
    # The corrected list can be imported after all.
    assert counts(batch(database, imported(database, actor, row(1), row(2)))) == (1, 1, 0, 0)


def test_a_contract_that_has_moved_on_is_not_undone_and_says_why(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.CITY_OFFICIAL)
    batch_id = imported(database, actor, row(1), row(2), row(3))
    with session_scope(database) as writing:
        first, second, _ = writing.exec(select(TechnologyContract).order_by(col(TechnologyContract.id))).all()
        changes = {"title": "更正后的名称"}
        correct(writing, first, changes, by=PLATFORM, reason="录入有误", version=first.version)
        snapshot = TurnoverSnapshot(
            name="年报",
            region_code="990100",
            first=date(2025, 1, 1),
            last=date(2025, 12, 31),
            date_basis=DateBasis.REGISTERED,
            figures={},
            digest="0" * 64,
            taken_at=now(),
        )
        writing.add(snapshot)
        writing.flush()
        counted = {"contract_value_fen": 1, "technology_value_fen": 1, "technology_income_fen": 0}
        writing.add(
            SnapshotLine(
                snapshot_id=snapshot.id or 0,
                contract_id=second.id or 0,
                version_number=1,
                title=second.title,
                counted_on=date(2025, 2, 10),
                is_outflow=True,
                is_inflow=False,
                **counted,
            )
        )
    over = undone(database, batch_id, actor)
    assert (report_of(over).undone, report_of(over).kept) == (1, 2)
    reasons = {one.problem for one in kept_records(session, over, 9)}
    assert reasons == {"导入之后又办理过“更正台账”", "已计入统计快照，请在合同页面更正或记录撤销"}
    assert len(session.exec(select(TechnologyContract)).all()) == 2


def test_registered_achievements_can_be_undone(database: Engine, session: Session) -> None:
    actor = actor_of_role(database, Role.DISTRICT_OFFICIAL, region_code="990102")
    rows = [["成果登记号", "成果名称", "登记日期"], ["341202026001", "甲成果", "2026-01-05"]]
    batch_id = uploaded(database, actor, ImportKind.ACHIEVEMENT_REGISTRATIONS, csv(rows), "登记.csv")
    started(database, batch_id)
    assert session.exec(select(AchievementRegistration.region_code)).all() == ["990102"]
    session.rollback()
    assert report_of(undone(database, batch_id, actor)).undone == 1
    assert session.exec(select(AchievementRegistration)).all() == []
