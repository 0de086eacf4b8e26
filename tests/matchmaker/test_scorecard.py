"""The scorecard: every figure against a small history whose numbers are counted by hand, and who may see whose."""

from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from sqlmodel import Session

from matchmaker.accounts import actor_of
from matchmaker.broker_figures import COUNTED_MATCHES, Figures, figures_of
from matchmaker.brokers import leave
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound
from matchmaker.models.account import Account, Role
from matchmaker.models.broker import Broker, Brokerage
from matchmaker.models.contract_words import ContractStatus
from matchmaker.models.match import Band, DeclineReason, Explanation, FollowUp, Match, MatchEvent, MatchStatus
from matchmaker.period import Period, midnight
from matchmaker.rights import PLATFORM
from matchmaker.scorecard import contracts_behind, matches_behind, public_figures, scorecards
from matchmaker.scorecard_file import COLUMNS, DEFINITIONS, write_scorecards
from matchmaker.visibility import today
from tests.factories import make_account, make_achievement, make_broker, make_brokerage, make_need, make_registered

YEAR = Period.of_year(2025)
RECOMMENDED, INTRODUCED, ACCEPTED = MatchStatus.RECOMMENDED, MatchStatus.INTRODUCED, MatchStatus.ACCEPTED
SIGNED, REGISTERED, DECLINED = MatchStatus.SIGNED, MatchStatus.REGISTERED, MatchStatus.DECLINED


def noon(month: int, day: int, year: int = 2025) -> datetime:
    return midnight(date(year, month, day)) + timedelta(hours=12)


def carried(session: Session, account: Account, filed: datetime | None, *steps: tuple[MatchStatus, datetime]) -> Match:
    """A match of the account with its life, each step from the one before."""
    need, achievement = make_need(session), make_achievement(session)
    session.flush()
    match = Match(
        need_id=need.id or 0,
        achievement_id=achievement.id or 0,
        need_version=1,
        achievement_version=1,
        score=0.5,
        band=Band.MEDIUM,
        explanation=Explanation(reasons=[], words=[]),
        matcher_version="test",
        broker_account_id=account.id,
        filed_at=filed,
        status=steps[-1][0] if steps else RECOMMENDED,
    )
    session.add(match)
    session.flush()
    before = RECOMMENDED
    for after, at in steps:
        reason = DeclineReason.OUT_OF_FIELD if after is DECLINED else None
        session.add(MatchEvent(match_id=match.id or 0, at=at, before=before, after=after, what="step", reason=reason))
        before = after
    session.flush()
    return match


@pytest.fixture
def broker(session: Session) -> Account:
    return make_account(session, role=Role.BROKER)


def figures(session: Session, account: Account, period: Period = YEAR) -> Figures:
    return figures_of(session, [account.id or 0], period)[account.id or 0]


def test_every_figure_of_a_year(session: Session, broker: Account) -> None:
    signed = carried(
        session,
        broker,
        noon(1, 10),
        (INTRODUCED, noon(1, 20)),
        (ACCEPTED, noon(2, 1)),
        (SIGNED, noon(3, 11)),
        (REGISTERED, noon(4, 1)),
    )
    carried(session, broker, noon(2, 1), (INTRODUCED, noon(2, 2)), (ACCEPTED, noon(3, 1)), (SIGNED, noon(2, 11)))
    # Introduced in the year, accepted after it: counts in the rate of the year, not among the accepted.
    carried(session, broker, noon(12, 1), (INTRODUCED, noon(12, 30)), (ACCEPTED, noon(1, 5, 2026)))
    carried(session, broker, noon(5, 1), (INTRODUCED, noon(5, 2)), (DECLINED, noon(5, 3)))
    # Before the year; and somebody else's.
    carried(session, broker, noon(6, 1, 2024), (INTRODUCED, noon(6, 2, 2024)))
    carried(session, make_account(session, role=Role.BROKER), noon(6, 1), (INTRODUCED, noon(6, 2)))
    for days, due, done in ((30, date(2025, 4, 10), noon(4, 10)), (90, date(2025, 6, 9), noon(6, 10))):
        session.add(FollowUp(match_id=signed.id or 0, days=days, due_on=due, done_at=done))
    session.add(FollowUp(match_id=signed.id or 0, days=180, due_on=date(2025, 9, 7)))
    need = make_need(session)
    need.posted_by_id, need.created_at = broker.id, noon(7, 1)
    draft = make_need(session, status="draft")
    draft.posted_by_id, draft.created_at = broker.id, noon(7, 1)
    session.flush()
    found = figures(session, broker)
    assert found == Figures(
        needs=1,
        filed=4,
        introduced=4,
        accepted=2,
        signed=2,
        registered=1,
        accepted_of_introduced=3,
        out_of_field=1,
        follow_ups_due=3,
        follow_ups_on_time=1,
        days_to_signing=(10, 60),
    )
    assert (found.acceptance_rate, found.median_days) == (0.75, 35)
    assert found.on_time_rate == pytest.approx(1 / 3)


def test_nothing_done_has_no_rates(session: Session, broker: Account) -> None:
    found = figures(session, broker)
    assert found == Figures()
    assert (found.acceptance_rate, found.median_days, found.on_time_rate) == (None, None, None)


def test_days_are_those_of_the_city(session: Session, broker: Account) -> None:
    last_minute = midnight(date(2026, 1, 1)) - timedelta(minutes=1)
    carried(session, broker, last_minute, (INTRODUCED, last_minute + timedelta(minutes=2)))
    assert (figures(session, broker).filed, figures(session, broker).introduced) == (1, 0)
    assert figures(session, broker, Period.of_year(2026, 1)).introduced == 1


def test_a_step_back_and_forth_counts_a_match_once_and_a_note_is_no_step(session: Session, broker: Account) -> None:
    match = carried(session, broker, noon(1, 1), (INTRODUCED, noon(1, 2)), (ACCEPTED, noon(1, 3)), (SIGNED, noon(1, 4)))
    for at in (noon(2, 2), noon(2, 3)):
        session.add(MatchEvent(match_id=match.id or 0, at=at, before=ACCEPTED, after=SIGNED, what="again"))
    other = carried(session, broker, noon(1, 1))
    session.add(MatchEvent(match_id=other.id or 0, at=noon(1, 2), before=INTRODUCED, after=INTRODUCED, what="note"))
    session.flush()
    found = figures(session, broker)
    assert (found.introduced, found.signed, found.days_to_signing) == (1, 1, (3,))


def test_a_follow_up_that_is_not_due_yet_is_not_late(session: Session, broker: Account) -> None:
    match = carried(session, broker, None)
    session.add(FollowUp(match_id=match.id or 0, days=30, due_on=today() + timedelta(days=1)))
    session.flush()
    period = Period(today() - timedelta(days=9), today() + timedelta(days=9))
    assert figures(session, broker, period).follow_ups_due == 0


@pytest.mark.parametrize(
    ("quarter", "first", "last"),
    [
        (None, date(2024, 1, 1), date(2024, 12, 31)),
        (1, date(2024, 1, 1), date(2024, 3, 31)),
        (4, date(2024, 10, 1), date(2024, 12, 31)),
    ],
)
def test_quarters(quarter: int | None, first: date, last: date) -> None:
    assert Period.of_year(2024, quarter) == Period(first, last)


def test_a_brokerage_adds_up_who_practised_in_its_name(session: Session) -> None:
    brokerage = make_brokerage(session)
    people = [make_broker(session, brokerage=brokerage), make_broker(session, brokerage=brokerage)]
    people.append(make_broker(session, brokerage=brokerage, certificate_number=None))
    gone = make_broker(session, brokerage=brokerage)
    for broker in [*people, gone]:
        account = make_account(session, role=Role.BROKER, broker_id=broker.id)
        carried(session, account, midnight(today()), (INTRODUCED, midnight(today())))
    leave(session, gone, today(), by=PLATFORM)
    house = make_account(session, role=Role.BROKERAGE_ADMINISTRATOR, brokerage_id=brokerage.id)
    # She left today: within a period that begins today she was there, in one that begins tomorrow not.
    cards = scorecards(session, Period(today(), today()), reader=actor_of(session, house))
    (card,) = cards.brokerages
    assert (card.brokers, card.certified, card.figures.filed, card.figures.introduced) == (4, 3, 4, 4)
    assert card.certified_share == 0.75
    assert len(cards.brokers) == 4
    later = Period(today() + timedelta(days=1), today() + timedelta(days=2))
    assert scorecards(session, later, reader=actor_of(session, house)).brokerages[0].brokers == 3


def test_who_sees_whose(session: Session) -> None:
    here, there = make_broker(session, region_code="990102"), make_broker(session, region_code="990103")

    def seen(role: Role, **values: object) -> set[int]:
        reader = actor_of(session, make_account(session, role=role, **values))
        return {one.broker.id for one in scorecards(session, YEAR, reader=reader).brokers}

    ids = {one.id or 0 for one in (here, there)}
    assert seen(Role.BROKER, broker_id=here.id) == {here.id}
    assert seen(Role.DISTRICT_OFFICIAL, region_code="990102") == {here.id}
    assert seen(Role.CITY_OFFICIAL) == seen(Role.ADMINISTRATOR) == ids
    assert seen(Role.BROKERAGE_ADMINISTRATOR) == set()
    for role in (Role.ENTERPRISE, Role.INSTITUTION, Role.COMMISSIONER):
        with pytest.raises(NotAllowed):
            seen(role)
    with pytest.raises(MalformedRequest):
        scorecards(session, Period(today(), today() - timedelta(days=1)), reader=PLATFORM)


def test_the_profile_tells_what_was_filed_and_signed(session: Session, broker: Account) -> None:
    carried(session, broker, noon(1, 1), (INTRODUCED, noon(1, 2)), (SIGNED, noon(1, 3)))
    carried(session, broker, noon(1, 1))
    assert public_figures(session, broker.id) == (2, 1)
    assert public_figures(session, None) == (0, 0)


def test_the_file_says_what_the_page_says(session: Session, broker: Account, tmp_path: Path) -> None:
    carried(session, broker, noon(1, 1), (INTRODUCED, noon(1, 2)), (ACCEPTED, noon(1, 3)))
    write_scorecards(scorecards(session, YEAR, reader=PLATFORM), tmp_path / "cards.xlsx")
    book = openpyxl.load_workbook(tmp_path / "cards.xlsx")
    heads, row = list(book["经纪人"].iter_rows(values_only=True))
    said = dict(zip(heads, row, strict=True))
    found = session.get(Broker, broker.broker_id)
    assert found is not None
    assert (said["姓名"], said["备案对接"], said["同意率"]) == (found.name, 1, 1)
    assert said["备案至签约天数（中位数）"] is None
    assert book["口径说明"].max_row == len(DEFINITIONS) + 1
    assert {label for label, _ in COLUMNS} <= set(DEFINITIONS)


def test_every_figure_shows_the_matches_it_counts(session: Session, broker: Account) -> None:
    carried(session, broker, noon(1, 1), (INTRODUCED, noon(1, 2)), (ACCEPTED, noon(1, 3)), (SIGNED, noon(1, 4)))
    carried(session, broker, noon(1, 1), (INTRODUCED, noon(1, 2)), (DECLINED, noon(1, 3)))
    carried(session, broker, noon(1, 1, 2024), (INTRODUCED, noon(1, 2, 2024)), (SIGNED, noon(1, 2, 2024)))
    counted = figures(session, broker)
    for figure in COUNTED_MATCHES:
        found, matches = matches_behind(session, broker.broker_id or 0, figure, YEAR, reader=PLATFORM)
        assert found.id == broker.broker_id
        assert len(matches) == getattr(counted, figure), figure
    other = actor_of(session, make_account(session, role=Role.BROKER))
    for reader, figure in ((other, "filed"), (PLATFORM, "needs")):
        with pytest.raises(NotFound):
            matches_behind(session, broker.broker_id or 0, figure, YEAR, reader=reader)


@pytest.fixture
def brought_about(session: Session, broker: Account) -> tuple[Broker, int]:
    """The broker's contracts of 2025, and the brokerage in whose name two of them were brought about."""
    found = session.get_one(Broker, broker.broker_id)
    house = make_brokerage(session)
    days = [
        date(2025, 1, 1),
        date(2025, 12, 31),
        date(2024, 12, 31),
        date(2025, 6, 1),
        date(2025, 6, 2),
        date(2025, 6, 3),
    ]
    for number, day in enumerate(days):
        contract = make_registered(
            session,
            signed_on=day,
            registered_on=day,
            contract_value_fen=0 if number == 5 else 100_00 * (number + 1),
            technology_value_fen=0 if number == 5 else 90_00,
        )
        contract.broker_id = found.id if number != 4 else None
        contract.brokerage_id = house.id if number in (1, 4) else None
        if number == 3:
            contract.status = ContractStatus.CANCELLED
    session.flush()
    return found, house.id or 0


def test_contracts_that_stand_registered_count_for_whom_they_name(
    session: Session, brought_about: tuple[Broker, int]
) -> None:
    """Not what was registered in another year, was cancelled, has no value, or names somebody else."""
    found, house_id = brought_about
    cards = scorecards(session, YEAR, reader=PLATFORM)
    mine = next(one.figures for one in cards.brokers if one.broker.id == found.id)
    assert (mine.contracts, mine.contract_value_fen, mine.technology_value_fen) == (2, 300_00, 180_00)
    house = next(one for one in cards.brokerages if one.brokerage.id == house_id)
    assert (house.figures.contracts, house.figures.contract_value_fen) == (2, 700_00)
    assert house.brokers == 0, "a brokerage's contracts are its own, whoever practises there now"


def test_a_broker_without_an_account_has_contracts_too(session: Session) -> None:
    known = make_broker(session)
    contract = make_registered(session, registered_on=today())
    contract.broker_id = known.id
    session.flush()
    cards = scorecards(session, Period(today(), today()), reader=PLATFORM)
    (card,) = cards.brokers
    assert (card.account_id, card.figures.contracts) == (None, 1)


def test_the_contracts_behind_a_figure_are_the_ones_it_counts(
    session: Session, brought_about: tuple[Broker, int]
) -> None:
    found, house_id = brought_about
    rows = contracts_behind(session, found, YEAR, reader=PLATFORM)
    assert [one.registered_on for one in rows] == [date(2025, 12, 31), date(2025, 1, 1)]
    assert sum(one.contract_value_fen for one in rows) == 300_00
    house = session.get_one(Brokerage, house_id)
    assert sum(one.contract_value_fen for one in contracts_behind(session, house, YEAR, reader=PLATFORM)) == 700_00
    other = actor_of(session, make_account(session, role=Role.BROKER))
    for owner in (found, house):
        with pytest.raises(NotFound):
            contracts_behind(session, owner, YEAR, reader=other)


def test_the_file_has_the_amounts_in_yuan(session: Session, brought_about: tuple[Broker, int], tmp_path: Path) -> None:
    write_scorecards(scorecards(session, YEAR, reader=PLATFORM), tmp_path / "cards.xlsx")
    book = openpyxl.load_workbook(tmp_path / "cards.xlsx")
    heads, row = list(book["经纪人"].iter_rows(values_only=True))
    said = dict(zip(heads, row, strict=True))
    assert said["促成合同登记（项）"] == 2
    assert (said["促成合同成交额（元）"], said["促成技术交易额（元）"]) == (300, 180)


@pytest.mark.parametrize(("first", "last"), [("0001-01-01", "2025-01-01"), ("2025-01-01", "9999-12-31")])
def test_no_period_leaves_the_calendar(first: str, last: str) -> None:
    with pytest.raises(MalformedRequest):
        Period(date.fromisoformat(first), date.fromisoformat(last))
