"""The history of a match as somebody may read it: who did what and when, and what of the words is meant for her."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from matchmaker.brokerage.contacts import what_is_missing
from matchmaker.brokerage.life import PART_OF_SIDE, STAFF, Part, Step, side_of, step_of
from matchmaker.brokerage.people import OFFICIALS, Pair, no_such_match, pair_of, parts_of
from matchmaker.brokerage.reasons import SOFTENED
from matchmaker.models.account import Account, Role
from matchmaker.models.match import Match, MatchEvent, MatchStatus, Side
from matchmaker.rights import Actor
from matchmaker.visibility import is_own

# Both sides read what was said with these; other words are for the broker, the officials and the side that said them.
_FOR_BOTH = frozenset(
    {
        Step.INTRODUCE,
        Step.REQUEST_NDA,
        Step.NEGOTIATE,
        Step.RECORD_INTENT,
        Step.SIGN,
        Step.REGISTER,
        Step.PLAN,
    }
)
# How brokers are arranged for is none of the sides' business, beside that there is one.
_FOR_STAFF = frozenset({Step.FOLLOW_UP, Step.PAIR})


@dataclass(frozen=True)
class Moment:
    """One step as a reader sees it."""

    at: datetime
    who: str
    step: Step
    what: str
    after: MatchStatus
    note: str


def timeline(session: Session, match: Match, *, reader: Actor) -> list[Moment]:
    """The steps, the oldest first. Raises NotFound for an outsider."""
    pair = pair_of(session, match)
    parts = parts_of(pair, reader)
    if not parts:
        raise no_such_match(match.id)
    wanted = (
        select(MatchEvent, Account)
        .join(Account, col(Account.id) == col(MatchEvent.account_id), isouter=True)
        .where(col(MatchEvent.match_id) == match.id)
        .order_by(col(MatchEvent.id))
    )
    return [
        Moment(
            at=event.at,
            who=who_for(pair, account, reader),
            step=step_of(event),
            what=_what(event),
            after=event.after,
            note=_note(pair, event, account, parts),
        )
        for event, account in session.exec(wanted)
        if parts & (STAFF | {Part.CANDIDATE}) or step_of(event) not in _FOR_STAFF
    ]


def who_for(pair: Pair, account: Account | None, reader: Actor) -> str:
    """Who that is: brokers by name; members of a side by name only for their own side, the staff, and once contacts
    are open.
    """
    if account is None:
        return "平台"
    if account.role in (Role.BROKER, Role.BROKERAGE_ADMINISTRATOR) and _side_of_account(pair, account) is None:
        return f"{account.role.label} {account.name}"
    if account.role in OFFICIALS:
        return account.role.label
    side = _side_of_account(pair, account)
    if side is None:
        return account.role.label
    parts = parts_of(pair, reader)
    knows = parts & STAFF or PART_OF_SIDE[side] in parts or not what_is_missing(pair.match)
    return f"{side.label} {account.name}" if knows else side.label


def declined_because(pair: Pair, reader: Actor) -> str:
    """Why it was declined, in the words meant for her; empty where nobody declined."""
    match = pair.match
    if match.decline_reason is None or match.declined_by is None:
        return ""
    parts = parts_of(pair, reader)
    if parts & STAFF or PART_OF_SIDE[match.declined_by] in parts:
        return f"{match.declined_by.label}：{match.decline_reason.label}"
    return SOFTENED[match.decline_reason]


def _side_of_account(pair: Pair, account: Account) -> Side | None:
    if account.id == pair.match.broker_account_id:
        return None
    stands = Actor(account_id=account.id, enterprise_id=account.enterprise_id, institution_id=account.institution_id)
    return next((side for side in Side if is_own(pair.record(side), stands)), None)


def _what(event: MatchEvent) -> str:
    side, label = side_of(event), step_of(event).label
    words = f"{side.label}{label}" if side else label
    return f"{words}（主管部门代为记录）" if event.on_behalf_of else words


def _note(pair: Pair, event: MatchEvent, account: Account | None, parts: frozenset[Part]) -> str:
    step = step_of(event)
    if parts & STAFF:
        return "：".join(part for part in (event.reason.label if event.reason else "", event.note) if part)
    if step in _FOR_BOTH:
        return event.note
    said_by = side_of(event) or (_side_of_account(pair, account) if account else None)
    if said_by is not None and PART_OF_SIDE[said_by] in parts:
        return "：".join(part for part in (event.reason.label if event.reason else "", event.note) if part)
    if step is Step.WISH and Part.CANDIDATE in parts:
        return event.note
    return SOFTENED[event.reason] if event.reason else ""
