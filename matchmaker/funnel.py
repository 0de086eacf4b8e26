"""From need to payment: how far the needs of a period came.

Two ways of counting, never mixed. COHORT follows the needs published in the period, whenever the later step happened:
its steps are parts of one another, so their shares mean something. ACTIVITY counts what happened in the period, to
whichever need: no shares, for its steps count different things.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, exists, or_
from sqlmodel import Session, col, func, select

from matchmaker.classification import classification
from matchmaker.contracts import IN_FORCE
from matchmaker.models.achievement import Achievement
from matchmaker.models.contract import ContractReceipt, TechnologyContract
from matchmaker.models.contract_words import ContractStatus
from matchmaker.models.labels import Labelled, NeedStatus
from matchmaker.models.match import Match, MatchEvent, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.period import Period, day_of

# Codes of towns and parks begin with the six digits of their district.
_DISTRICT_DIGITS = 6
_UNPUBLISHED = (NeedStatus.DRAFT, NeedStatus.PENDING, NeedStatus.RETURNED)


class Counting(Labelled):
    """What the steps of a funnel count; `definition` is the sentence that stands beside it."""

    COHORT = "cohort", "按需求跟踪"
    ACTIVITY = "activity", "按期间发生"

    @property
    def definition(self) -> str:
        return _DEFINITIONS[self]


_DEFINITIONS = {
    Counting.COHORT: "期间内发布的需求，至今各走到哪一步（后面的步骤可在期间之后发生）；每一步都是上一步的一部分，可以计算占比。",
    Counting.ACTIVITY: "期间内发生了多少：发布的需求、引荐和进入洽谈的对接、签订、登记和到款的合同；各步不是同一批，不计算占比。",
}


class Stage(Labelled):
    """The steps from a need to the payment."""

    NEEDS = "needs", "发布需求"
    INTRODUCED = "introduced", "引荐对接"
    NEGOTIATING = "negotiating", "进入洽谈"
    SIGNED = "signed", "签订合同"
    REGISTERED = "registered", "认定登记"
    PAID = "paid", "到款"


# A match in one of these has come at least so far.
_REACHED: dict[Stage, tuple[MatchStatus, ...]] = {
    Stage.INTRODUCED: (
        MatchStatus.INTRODUCED,
        MatchStatus.ACCEPTED,
        MatchStatus.NEGOTIATING,
        MatchStatus.INTENT,
        MatchStatus.SIGNED,
        MatchStatus.REGISTERED,
    ),
    Stage.NEGOTIATING: (
        MatchStatus.NEGOTIATING,
        MatchStatus.INTENT,
        MatchStatus.SIGNED,
        MatchStatus.REGISTERED,
    ),
    Stage.SIGNED: (MatchStatus.SIGNED, MatchStatus.REGISTERED),
}


@dataclass(frozen=True)
class Step:
    """One step with its number; `share` of the first step, only where that is the same thing."""

    stage: Stage
    number: int
    share: Fraction | None


@dataclass(frozen=True)
class Funnel:
    """The steps in order, and what they count."""

    counting: Counting
    period: Period
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Behind:
    """Which step's records are asked for."""

    counting: Counting
    stage: Stage


@dataclass(frozen=True)
class FunnelRow:
    """One record behind a step: what it is, where it is read, and the day that put it there."""

    title: str
    link: str
    detail: str
    day: date | None


def funnel(session: Session, counting: Counting, period: Period, region_code: str | None = None) -> Funnel:
    """The funnel of a period, of the whole city or of one of its districts."""
    numbers = [len(_behind(session, counting, stage, period, region_code)) for stage in Stage]
    first = numbers[0] if counting is Counting.COHORT else 0
    steps = [
        Step(stage, number, Fraction(number, first) if first else None)
        for stage, number in zip(Stage, numbers, strict=True)
    ]
    return Funnel(counting, period, tuple(steps))


def rows_behind(
    session: Session,
    behind: Behind,
    period: Period,
    region_code: str | None = None,
    *,
    offset: int = 0,
    limit: int = 50,
) -> tuple[list[FunnelRow], int]:
    """A page of the very records a step counts, the latest first, and how many there are."""
    counting, stage = behind.counting, behind.stage
    every = _behind(session, counting, stage, period, region_code)
    latest = sorted(every.items(), key=lambda one: (one[1] or date.min, one[0]), reverse=True)
    days = dict(latest[offset : offset + limit])
    if counting is Counting.COHORT or stage is Stage.NEEDS:
        rows = _need_rows(session, days)
    elif stage in (Stage.INTRODUCED, Stage.NEGOTIATING):
        rows = _match_rows(session, days)
    else:
        rows = _contract_rows(session, days)
    return [rows[number] for number in days if number in rows], len(every)


def _behind(
    session: Session, counting: Counting, stage: Stage, period: Period, region_code: str | None
) -> dict[int, date | None]:
    """The ids a step counts (of needs, matches or contracts) with the day that counts; the one source of both."""
    if counting is Counting.COHORT:
        return _cohort(session, stage, period, region_code)
    if stage is Stage.NEEDS:
        return _published(session, period, region_code)
    if stage in (Stage.INTRODUCED, Stage.NEGOTIATING):
        return _moved(session, stage, period, region_code)
    return _concluded(session, stage, period, region_code)


def _published(session: Session, period: Period, region_code: str | None) -> dict[int, date | None]:
    rows = session.exec(
        select(col(TechnologyNeed.id), TechnologyNeed.published_at).where(*_cohort_needs(period, region_code))
    )
    return {number or 0: _day(at) for number, at in rows}


def _cohort(session: Session, stage: Stage, period: Period, region_code: str | None) -> dict[int, date | None]:
    """Needs of the period that came at least to the stage; a later step proves the earlier ones."""
    published = _published(session, period, region_code)
    if stage is Stage.NEEDS:
        return published
    of_period = select(col(TechnologyNeed.id)).where(*_cohort_needs(period, region_code))
    reached: set[int] = set()
    if stage in _REACHED:
        statuses = _REACHED[stage]
        came = or_(
            col(Match.status).in_(statuses),
            exists().where(col(MatchEvent.match_id) == col(Match.id), col(MatchEvent.after).in_(statuses)),
        )
        reached.update(session.exec(select(Match.need_id).where(col(Match.need_id).in_(of_period), came)))
    contract = TechnologyContract
    need = func.coalesce(contract.need_id, Match.need_id)
    linked: Any = (
        select(need)
        .select_from(contract)
        .join(Match, col(Match.id) == col(contract.match_id), isouter=True)
        .where(need.in_(of_period), *_contract_stage(stage))
    )
    reached.update(session.exec(linked))
    return {number: day for number, day in published.items() if number in reached}


def _contract_stage(stage: Stage) -> list[ColumnElement[bool]]:
    """Contracts that prove a stage of the cohort; payment counts for registered contracts, so that steps nest."""
    contract = TechnologyContract
    if stage in (Stage.REGISTERED, Stage.PAID):
        found = [col(contract.status) == ContractStatus.REGISTERED]
        return [*found, col(contract.received_fen) > 0] if stage is Stage.PAID else found
    return [col(contract.status).in_(IN_FORCE)]


def _moved(session: Session, stage: Stage, period: Period, region_code: str | None) -> dict[int, date | None]:
    """Matches that took the step in the period, with the first day they did."""
    after = MatchStatus.INTRODUCED if stage is Stage.INTRODUCED else MatchStatus.NEGOTIATING
    rows = session.exec(
        select(MatchEvent.match_id, func.min(MatchEvent.at))
        .join(Match, col(Match.id) == col(MatchEvent.match_id))
        .join(TechnologyNeed, col(TechnologyNeed.id) == col(Match.need_id))
        .where(
            col(MatchEvent.after) == after,
            col(MatchEvent.before) != after,
            col(MatchEvent.at) >= period.begin,
            col(MatchEvent.at) < period.end,
            *_in_region(col(TechnologyNeed.region_code), region_code=region_code),
        )
        .group_by(col(MatchEvent.match_id))
    )
    return {match_id: _day(at) for match_id, at in rows}


def _concluded(session: Session, stage: Stage, period: Period, region_code: str | None) -> dict[int, date | None]:
    """Contracts of a party of the region that were signed, registered or paid for in the period."""
    contract = TechnologyContract
    here = _in_region(col(contract.seller_region_code), col(contract.buyer_region_code), region_code=region_code)
    if stage is Stage.PAID:
        on = func.min(ContractReceipt.received_on)
        paid: Any = (
            select(col(contract.id), on)
            .join(ContractReceipt, col(ContractReceipt.contract_id) == col(contract.id))
            .where(
                col(ContractReceipt.received_on).between(period.first, period.last),
                col(contract.status).in_(IN_FORCE),
                *here,
            )
            .group_by(col(contract.id))
        )
        return dict(session.exec(paid).all())
    is_signing = stage is Stage.SIGNED
    day = col(contract.signed_on if is_signing else contract.registered_on)
    status = col(contract.status).in_(IN_FORCE if is_signing else (ContractStatus.REGISTERED,))
    rows = session.exec(select(col(contract.id), day).where(day.between(period.first, period.last), status, *here))
    return {number or 0: on for number, on in rows}


def _cohort_needs(period: Period, region_code: str | None) -> list[ColumnElement[bool]]:
    need = TechnologyNeed
    return [
        col(need.status).not_in(_UNPUBLISHED),
        col(need.duplicate_of_id).is_(None),
        col(need.published_at) >= period.begin,
        col(need.published_at) < period.end,
        *_in_region(col(need.region_code), region_code=region_code),
    ]


def _in_region(*columns: SQLColumnExpression[str | None], region_code: str | None) -> list[ColumnElement[bool]]:
    """Condition that one of the columns lies in the district; the whole city is everything."""
    if region_code is None or region_code == classification().city.code:
        return []
    return [or_(*(one.startswith(region_code[:_DISTRICT_DIGITS], autoescape=True) for one in columns))]


def _day(moment: datetime | None) -> date | None:
    return day_of(moment) if moment else None


def _need_rows(session: Session, days: Mapping[int, date | None]) -> dict[int, FunnelRow]:
    found = session.exec(select(TechnologyNeed).where(col(TechnologyNeed.id).in_(days)))
    region = classification().region_name
    return {
        one.id or 0: FunnelRow(
            one.title,
            f"/needs/{one.id}",
            " · ".join(part for part in (region(one.region_code), one.status.label) if part),
            days[one.id or 0],
        )
        for one in found
    }


def _match_rows(session: Session, days: Mapping[int, date | None]) -> dict[int, FunnelRow]:
    found = session.exec(
        select(Match, TechnologyNeed.title, Achievement.title)
        .join(TechnologyNeed, col(TechnologyNeed.id) == col(Match.need_id))
        .join(Achievement, col(Achievement.id) == col(Match.achievement_id))
        .where(col(Match.id).in_(days))
    )
    return {
        one.id or 0: FunnelRow(f"{need} ↔ {achievement}", f"/carried/{one.id}", one.status.label, days[one.id or 0])
        for one, need, achievement in found
    }


def _contract_rows(session: Session, days: Mapping[int, date | None]) -> dict[int, FunnelRow]:
    found = session.exec(select(TechnologyContract).where(col(TechnologyContract.id).in_(days)))
    return {
        one.id or 0: FunnelRow(
            one.title,
            f"/contracts/{one.id}",
            f"{one.seller_name or '卖方未填'} → {one.buyer_name or '买方未填'}（{one.status.label}）",
            days[one.id or 0],
        )
        for one in found
    }
