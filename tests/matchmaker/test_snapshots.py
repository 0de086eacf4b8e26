"""What was reported stays; what changed since is told; who touches a snapshot is found out."""

from datetime import date

import pytest
from sqlmodel import Session, col, select

from matchmaker.contracts import cancel
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditEvent
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import Caliber, DateBasis
from matchmaker.models.reporting import SnapshotLine, TurnoverSnapshot
from matchmaker.period import Period
from matchmaker.records import ACTOR
from matchmaker.rights import PLATFORM, Actor
from matchmaker.snapshots import (
    BREAKDOWNS,
    changes_since,
    correct_snapshot,
    corrections_of,
    figure_at,
    headline_of,
    is_intact,
    lines_behind,
    snapshot_by_id,
    snapshots,
    take_snapshot,
)
from matchmaker.turnover import Dimension
from tests.factories import actor_for, make_account, make_registered

CITY, EAST, WEST = "990100", "990102", "990103"
WAN = 1_000_000


def registered(session: Session, wan: int, seller: str, buyer: str, day: date = date(2025, 5, 6)) -> TechnologyContract:
    return make_registered(
        session,
        contract_value_fen=wan * WAN,
        technology_value_fen=wan * WAN // 2,
        registered_on=day,
        signed_on=day,
        begins_on=day,
        ends_on=date(2026, 5, 6),
        seller_region_code=seller,
        buyer_region_code=buyer,
        technology_field="materials",
    )


@pytest.fixture
def contracts(session: Session) -> list[TechnologyContract]:
    """An inner one, an outflow, an inflow, and one that is nobody's here."""
    made = [
        registered(session, 30, EAST, WEST),
        registered(session, 20, EAST, "340104"),
        registered(session, 10, "310115", EAST, date(2025, 7, 8)),
        registered(session, 99, "310115", "340104"),
    ]
    session.commit()
    return made


def taken(session: Session, by: Actor = PLATFORM, region: str = CITY) -> TurnoverSnapshot:
    return take_snapshot(
        session,
        name="2025 年度",
        period=Period.of_year(2025),
        region_code=region,
        date_basis=DateBasis.REGISTERED,
        by=by,
    )


def test_a_snapshot_keeps_every_caliber(session: Session, contracts: list[TechnologyContract]) -> None:
    found = taken(session)
    values = {one: headline_of(found, one).contract_value_fen // WAN for one in Caliber}
    assert values == {
        Caliber.OUTFLOW: 50,
        Caliber.INFLOW: 40,
        Caliber.INNER: 30,
        Caliber.NET: 60,
        Caliber.BOTH: 90,
    }
    assert figure_at(found, "both.count") == 4
    assert figure_at(found, "district.990102.outflow.technology_value") == 25 * WAN
    assert figure_at(found, "month.2025-07.inflow.contract_value") == 10 * WAN
    assert figure_at(found, "district.990121.outflow.contract_value") == 0
    with pytest.raises(MalformedRequest):
        figure_at(found, "outflow.profit")
    with pytest.raises(MalformedRequest):
        figure_at(found, "park.x.outflow.count")


def test_who_took_a_snapshot_is_in_the_trail(session: Session, contracts: list[TechnologyContract]) -> None:
    official = actor_for(session, make_account(session, role=Role.CITY_OFFICIAL))
    session.info[ACTOR] = official
    found = taken(session, official)
    event = session.exec(select(AuditEvent).where(AuditEvent.table_name == "turnover_snapshot")).one()
    assert (event.record_id, event.account_id) == (found.id, official.account_id)


def test_the_lines_behind_every_figure_sum_to_it(session: Session, contracts: list[TechnologyContract]) -> None:
    found = taken(session)
    for caliber in Caliber:
        whole = lines_behind(session, found, caliber)
        assert sum(line.contract_value_fen * times for line, times in whole) == figure_at(
            found, f"{caliber}.contract_value"
        )
        for dimension in BREAKDOWNS:
            for group in found.figures["breakdowns"][dimension.value][caliber.value]:
                behind = lines_behind(session, found, caliber, (dimension, group["code"]))
                assert sum(times for _, times in behind) == group["count"]
                assert sum(line.contract_value_fen * times for line, times in behind) == group["contract_value_fen"]


def test_a_cancelled_contract_leaves_the_turnover_and_not_the_snapshot(
    session: Session, contracts: list[TechnologyContract]
) -> None:
    found = taken(session)
    session.commit()
    assert not changes_since(session, found)
    cancel(session, contracts[1], by=PLATFORM, on=date(2026, 1, 5), note="双方终止")
    added = registered(session, 7, WEST, WEST)
    contracts[0].contract_value_fen += WAN
    session.flush()
    assert headline_of(found, Caliber.OUTFLOW).contract_value_fen == 50 * WAN
    changes = changes_since(session, found)
    assert [one.contract_id for one in changes.gone] == [contracts[1].id]
    assert [one.contract_id for one in changes.added] == [added.id]
    assert [(one.before.contract_value_fen, one.now.contract_value_fen) for one in changes.changed] == [
        (30 * WAN, 31 * WAN)
    ]
    assert changes.headline[Caliber.OUTFLOW].contract_value_fen == 38 * WAN
    assert is_intact(session, found)


def test_a_correction_is_another_snapshot(session: Session, contracts: list[TechnologyContract]) -> None:
    found = taken(session)
    contracts[0].contract_value_fen += WAN
    session.flush()
    corrected = correct_snapshot(session, found, by=PLATFORM, note="金额登记有误")
    assert (corrected.corrects_id, corrected.name) == (found.id, "2025 年度（更正）")
    assert headline_of(corrected, Caliber.OUTFLOW).contract_value_fen == 51 * WAN
    assert headline_of(found, Caliber.OUTFLOW).contract_value_fen == 50 * WAN
    assert corrections_of(session, found) == [corrected]
    with pytest.raises(MalformedRequest):
        correct_snapshot(session, found, by=PLATFORM, note=" ")


def test_a_touched_figure_or_line_is_found_out(session: Session, contracts: list[TechnologyContract]) -> None:
    found = taken(session)
    session.commit()
    session.expire_all()
    assert is_intact(session, found)
    line = session.exec(select(SnapshotLine).order_by(col(SnapshotLine.id)).limit(1)).one()
    line.contract_value_fen += 1
    session.flush()
    assert not is_intact(session, found)
    line.contract_value_fen -= 1
    figures = {**found.figures, "headline": {**found.figures["headline"]}}
    figures["headline"]["outflow"] = {**figures["headline"]["outflow"], "count": 9}
    found.figures = figures
    session.flush()
    assert not is_intact(session, found)


def test_a_district_keeps_its_own_only(session: Session, contracts: list[TechnologyContract]) -> None:
    official = actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL, region_code=EAST))
    own, whole = taken(session, official, EAST), taken(session)
    assert headline_of(own, Caliber.INNER).count == 0
    assert [one.id for one in snapshots(session, reader=official)] == [own.id]
    assert len(snapshots(session, reader=PLATFORM)) == 2
    with pytest.raises(NotFound):
        snapshot_by_id(session, whole.id or 0, reader=official)
    for region in (CITY, WEST):
        with pytest.raises(NotAllowed):
            taken(session, official, region)
    with pytest.raises(NotAllowed):
        taken(session, actor_for(session, make_account(session, role=Role.BROKER)))


def test_nothing_counted_is_a_snapshot_too(session: Session) -> None:
    found = taken(session)
    assert figure_at(found, "net.contract_value") == 0
    assert is_intact(session, found)
    assert lines_behind(session, found, Caliber.BOTH, (Dimension.MONTH, "2025-01")) == []
