"""From need to payment: two ways of counting, every number with the rows behind it."""

from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest
from sqlmodel import Session

from matchmaker.coverage import coverage_of_fields, coverage_of_industries
from matchmaker.funnel import Behind, Counting, Stage, funnel, rows_behind
from matchmaker.models.account import Role
from matchmaker.models.contract import ContractReceipt
from matchmaker.models.match import Band, Explanation, Match, MatchEvent, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.period import Period
from matchmaker.rights import PLATFORM, Actor
from tests.factories import make_achievement, make_contract, make_need, make_registered

YEAR = Period.of_year(2025)
HERE, THERE = "990102", "990103"


def need_of(session: Session, published: date, **values: Any) -> TechnologyNeed:
    need = make_need(session, **{"region_code": HERE, **values})
    need.published_at = datetime(published.year, published.month, published.day, 12, tzinfo=UTC)
    session.flush()
    return need


def matched(session: Session, need: TechnologyNeed, *steps: tuple[MatchStatus, date]) -> Match:
    match = Match(
        need_id=need.id or 0,
        achievement_id=make_achievement(session).id or 0,
        need_version=1,
        achievement_version=1,
        score=0.5,
        band=Band.MEDIUM,
        explanation=Explanation(reasons=[], words=[]),
        matcher_version="test",
        status=steps[-1][0] if steps else MatchStatus.RECOMMENDED,
    )
    session.add(match)
    session.flush()
    before = MatchStatus.RECOMMENDED
    for after, day in steps:
        at = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
        session.add(MatchEvent(match_id=match.id or 0, at=at, before=before, after=after, what="test"))
        before = after
    session.flush()
    return match


def numbers(session: Session, counting: Counting, period: Period = YEAR, region: str | None = None) -> list[int]:
    return [one.number for one in funnel(session, counting, period, region).steps]


@pytest.fixture
def lives(session: Session) -> None:
    """Needs of 2025 that came differently far, some of it in 2026; one of 2024 that was concluded in 2025."""
    introduced, negotiating, signed = MatchStatus.INTRODUCED, MatchStatus.NEGOTIATING, MatchStatus.SIGNED
    need_of(session, date(2025, 1, 1))
    need_of(session, date(2025, 1, 2), status="pending")
    declined = need_of(session, date(2025, 2, 1))
    matched(session, declined, (introduced, date(2025, 3, 1)), (MatchStatus.DECLINED, date(2025, 4, 1)))
    talking = need_of(session, date(2025, 12, 1), region_code=THERE)
    matched(session, talking, (introduced, date(2025, 12, 30)), (negotiating, date(2026, 1, 10)))
    old = need_of(session, date(2024, 5, 1))
    carried = matched(session, old, (introduced, date(2024, 6, 1)), (negotiating, date(2025, 2, 1)))
    contract = make_registered(session, match_id=carried.id, signed_on=date(2025, 3, 1), registered_on=date(2025, 4, 1))
    session.add(ContractReceipt(contract_id=contract.id or 0, received_on=date(2025, 5, 1), amount_fen=100))
    contract.received_fen = 100
    # Straight from the need to the ledger, without a match.
    direct = need_of(session, date(2025, 6, 1))
    ledger = make_contract(session, signed_on=date(2025, 7, 1))
    ledger.need_id = direct.id
    done = need_of(session, date(2025, 6, 2))
    signed_match = matched(session, done, (introduced, date(2025, 7, 1)), (signed, date(2025, 8, 1)))
    paid = make_registered(
        session, match_id=signed_match.id, signed_on=date(2025, 8, 1), registered_on=date(2026, 1, 5)
    )
    paid.received_fen = 5
    session.flush()


@pytest.mark.usefixtures("lives")
class TestCounting:
    def test_the_cohort_is_followed_beyond_the_period(self, session: Session) -> None:
        assert numbers(session, Counting.COHORT) == [5, 4, 3, 2, 1, 1]

    def test_steps_of_the_cohort_nest(self, session: Session) -> None:
        behind = [
            {row.link for row in rows_behind(session, Behind(Counting.COHORT, stage), YEAR)[0]} for stage in Stage
        ]
        assert all(later <= earlier for earlier, later in pairwise(behind))

    def test_activity_counts_what_happened_in_the_period(self, session: Session) -> None:
        assert numbers(session, Counting.ACTIVITY) == [5, 3, 1, 3, 1, 1]

    def test_activity_has_no_shares(self, session: Session) -> None:
        assert {one.share for one in funnel(session, Counting.ACTIVITY, YEAR).steps} == {None}
        assert [one.share for one in funnel(session, Counting.COHORT, Period.of_year(2023)).steps] == [None] * 6

    def test_a_district_has_its_own(self, session: Session) -> None:
        assert numbers(session, Counting.COHORT, region=THERE) == [1, 1, 1, 0, 0, 0]
        assert numbers(session, Counting.ACTIVITY, region=THERE)[:3] == [1, 1, 0]
        assert numbers(session, Counting.COHORT, region="990100") == numbers(session, Counting.COHORT)

    @pytest.mark.parametrize("counting", Counting)
    def test_every_number_is_that_of_its_rows(self, session: Session, counting: Counting) -> None:
        for step in funnel(session, counting, YEAR).steps:
            rows, total = rows_behind(session, Behind(counting, step.stage), YEAR)
            assert (len(rows), total) == (step.number, step.number)
            days = [row.day for row in rows if row.day]
            assert days == sorted(days, reverse=True)

    def test_rows_come_in_pages(self, session: Session) -> None:
        behind = Behind(Counting.COHORT, Stage.NEEDS)
        every, total = rows_behind(session, behind, YEAR)
        rows, _ = rows_behind(session, behind, YEAR, offset=3, limit=2)
        assert (rows, total) == (every[3:], 5)


def test_void_contracts_prove_nothing(session: Session) -> None:
    need = need_of(session, date(2025, 1, 1))
    contract = make_contract(session, signed_on=date(2025, 2, 1))
    contract.need_id = need.id
    session.flush()
    assert numbers(session, Counting.COHORT)[3] == 1
    contract.status = "void"  # type: ignore[assignment]
    session.flush()
    assert numbers(session, Counting.COHORT) == [1, 0, 0, 0, 0, 0]
    assert numbers(session, Counting.ACTIVITY)[3] == 0


def test_coverage_by_industry_and_field(session: Session) -> None:
    need = make_need(session, city_industry="green_food", technology_field="agriculture", region_code=HERE)
    make_need(session, city_industry="green_food", region_code=THERE)
    make_need(session, city_industry="textiles", status="withdrawn")
    make_achievement(session, city_industry="recycling")
    matched(session, need)
    by_code = {one.code: one for one in coverage_of_industries(session, PLATFORM)}
    food = by_code["green_food"]
    assert (food.tier, food.needs, food.matched, food.achievements) == ("支柱产业", 2, 1, 0)
    assert food.verdict == "有需求，无成果"
    assert by_code["recycling"].verdict == "有成果，无需求"
    assert by_code["textiles"].verdict == "均无"
    fields = {one.code: one for one in coverage_of_fields(session, PLATFORM)}
    assert sum(one.needs for one in fields.values()) == 1
    district = Actor(account_id=1, role=Role.DISTRICT_OFFICIAL, region_code=THERE)
    assert {one.code: one.needs for one in coverage_of_industries(session, district)}["green_food"] == 1
