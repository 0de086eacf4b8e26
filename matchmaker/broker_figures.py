"""The figures of brokers in a period: over matches, their events, follow-ups, needs and contracts (domain.md §3.4)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractStatus
from matchmaker.models.labels import NeedStatus
from matchmaker.models.match import DeclineReason, FollowUp, Match, MatchEvent, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.period import Period, day_of
from matchmaker.visibility import today


@dataclass(frozen=True)
class Figures:
    """What one broker, or several together, did in a period."""

    # Needs she posted, drafts left out, by the day they were entered.
    needs: int = 0
    # Matches she filed (事先备案), by the day of filing.
    filed: int = 0
    # Matches that reached the status in the period, by their event of that status.
    introduced: int = 0
    accepted: int = 0
    signed: int = 0
    registered: int = 0
    # Of the matches introduced in the period, those that both sides accepted, then or later.
    accepted_of_introduced: int = 0
    # Matches declined in the period because the recommendation was wrong (领域不符).
    out_of_field: int = 0
    # Follow-ups that fell due in the period up to today, and those of them done by the end of that day.
    follow_ups_due: int = 0
    follow_ups_on_time: int = 0
    # From filing to signing, in days, of every match signed in the period whose filing is known.
    days_to_signing: tuple[int, ...] = ()
    # Technology contracts she (or the brokerage) brought about, registered in the period and still standing, with their
    # contract value and technology value in fen.
    contracts: int = 0
    contract_value_fen: int = 0
    technology_value_fen: int = 0

    @property
    def acceptance_rate(self) -> float | None:
        """Accepted ÷ introduced, of the matches introduced in the period; None when there were none."""
        return self.accepted_of_introduced / self.introduced if self.introduced else None

    @property
    def median_days(self) -> float | None:
        """The median of `days_to_signing`; None when nothing was signed."""
        return median(self.days_to_signing) if self.days_to_signing else None

    @property
    def on_time_rate(self) -> float | None:
        """Follow-ups done on time ÷ follow-ups due; None when none was due."""
        return self.follow_ups_on_time / self.follow_ups_due if self.follow_ups_due else None

    @classmethod
    def together(cls, several: Iterable["Figures"]) -> "Figures":
        """The figures of several brokers as one: no match is carried by two, so sums count nothing twice."""
        listed = list(several)
        counted = [one.name for one in fields(cls) if one.name != "days_to_signing"]
        days = tuple(day for one in listed for day in one.days_to_signing)
        return cls(**{name: sum(getattr(one, name) for one in listed) for name in counted}, days_to_signing=days)


# The figures of contracts: all three show the same rows.
COUNTED_CONTRACTS = ("contracts", "contract_value_fen", "technology_value_fen")
# The figures that count matches, so that each can show its rows.
COUNTED_MATCHES = ("filed", "introduced", "accepted", "signed", "registered", "out_of_field")
_REACHED = {one.value: one for one in MatchStatus}


def figures_of(session: Session, account_ids: Sequence[int], period: Period) -> dict[int, Figures]:
    """The figures of each of these accounts in the period; none is left out."""
    filed: dict[int, int] = defaultdict(int)
    for account_id in session.exec(select(Match.broker_account_id).where(*_filed(account_ids, period))):
        filed[account_id or 0] += 1
    steps = _steps(session, account_ids, period)
    needs = _needs(session, account_ids, period)
    due, on_time = _follow_ups(session, account_ids, period)
    return {
        account_id: Figures(
            needs=needs[account_id],
            filed=filed[account_id],
            introduced=len(steps.reached[account_id, MatchStatus.INTRODUCED]),
            accepted=len(steps.reached[account_id, MatchStatus.ACCEPTED]),
            signed=len(steps.reached[account_id, MatchStatus.SIGNED]),
            registered=len(steps.reached[account_id, MatchStatus.REGISTERED]),
            accepted_of_introduced=len(steps.reached[account_id, MatchStatus.INTRODUCED] & steps.ever_accepted),
            out_of_field=len(steps.out_of_field[account_id]),
            follow_ups_due=due[account_id],
            follow_ups_on_time=on_time[account_id],
            days_to_signing=tuple(steps.days[account_id].values()),
        )
        for account_id in account_ids
    }


def counted_matches(session: Session, account_id: int, figure: str, period: Period) -> set[int]:
    """The ids of the matches that one of COUNTED_MATCHES counts. Raises KeyError for another figure."""
    if figure == "filed":
        return {one for one in session.exec(select(Match.id).where(*_filed([account_id], period))) if one}
    steps = _steps(session, [account_id], period)
    if figure == "out_of_field":
        return steps.out_of_field[account_id]
    return steps.reached[account_id, _REACHED[figure]]


def contract_figures(session: Session, column: Any, owners: Collection[int], period: Period) -> dict[int, Figures]:
    """The three figures of contracts for each of these values of `column`, `TechnologyContract.broker_id` or
    `brokerage_id`; owners without a contract are left out.
    """
    table = TechnologyContract
    rows = session.exec(
        select(
            column,
            func.count(),
            func.sum(table.contract_value_fen),
            func.sum(table.technology_value_fen),
        )
        .where(col(column).is_not(None), *registered_in(period))
        .group_by(column)
    )
    # PostgreSQL sums to Decimal. Asked for all owners at once: there are more of them than fit into one IN (…).
    return {
        owner: Figures(contracts=count, contract_value_fen=int(value), technology_value_fen=int(technology))
        for owner, count, value, technology in rows
        if owner in owners
    }


def registered_in(period: Period) -> tuple[ColumnElement[bool], ...]:
    """Contracts that count as turnover of the period by their registration date; those of no value never do (V2)."""
    table = TechnologyContract
    return (
        col(table.status) == ContractStatus.REGISTERED,
        col(table.registered_on).between(period.first, period.last),
        col(table.contract_value_fen) > 0,
    )


@dataclass
class _Steps:
    reached: dict[tuple[int, MatchStatus], set[int]] = field(default_factory=lambda: defaultdict(set))
    out_of_field: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    # By match, so that one signed twice (after a correction) counts once, from its first signing.
    days: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    ever_accepted: set[int] = field(default_factory=set)


def _steps(session: Session, account_ids: Sequence[int], period: Period) -> _Steps:
    steps = _Steps()
    carried = (MatchEvent.match_id == Match.id, col(Match.broker_account_id).in_(account_ids))
    # Notes of a step that changed nothing (before = after) are no step.
    moved = col(MatchEvent.before) != col(MatchEvent.after)
    events = session.exec(
        select(MatchEvent, Match.broker_account_id, Match.filed_at)
        .where(*carried, moved, col(MatchEvent.at) >= period.begin, col(MatchEvent.at) < period.end)
        .order_by(col(MatchEvent.at), col(MatchEvent.id))
    )
    for event, carrier, filed_at in events:
        account_id = carrier or 0
        steps.reached[account_id, event.after].add(event.match_id)
        if event.after is MatchStatus.DECLINED and event.reason is DeclineReason.OUT_OF_FIELD:
            steps.out_of_field[account_id].add(event.match_id)
        if event.after is MatchStatus.SIGNED and filed_at is not None:
            steps.days[account_id].setdefault(event.match_id, (day_of(event.at) - day_of(filed_at)).days)
    accepted = select(MatchEvent.match_id).where(*carried, moved, MatchEvent.after == MatchStatus.ACCEPTED).distinct()
    steps.ever_accepted = set(session.exec(accepted))
    return steps


def _filed(account_ids: Sequence[int], period: Period) -> tuple[ColumnElement[bool], ...]:
    carriers = col(Match.broker_account_id).in_(account_ids)
    return carriers, col(Match.filed_at) >= period.begin, col(Match.filed_at) < period.end


def _needs(session: Session, account_ids: Sequence[int], period: Period) -> dict[int, int]:
    counted: dict[int, int] = defaultdict(int)
    posted = session.exec(
        select(TechnologyNeed.posted_by_id).where(
            col(TechnologyNeed.posted_by_id).in_(account_ids),
            TechnologyNeed.status != NeedStatus.DRAFT,
            col(TechnologyNeed.created_at) >= period.begin,
            col(TechnologyNeed.created_at) < period.end,
        )
    )
    for account_id in posted:
        counted[account_id or 0] += 1
    return counted


def _follow_ups(session: Session, account_ids: Sequence[int], period: Period) -> tuple[dict[int, int], dict[int, int]]:
    due: dict[int, int] = defaultdict(int)
    on_time: dict[int, int] = defaultdict(int)
    rows = session.exec(
        select(col(Match.broker_account_id), col(FollowUp.due_on), col(FollowUp.done_at)).where(
            FollowUp.match_id == Match.id,
            col(Match.broker_account_id).in_(account_ids),
            FollowUp.due_on >= period.first,
            FollowUp.due_on <= min(period.last, today()),
        )
    )
    for account_id, due_on, done_at in rows:
        due[account_id or 0] += 1
        on_time[account_id or 0] += done_at is not None and day_of(done_at) <= due_on
    return due, on_time
