"""How a match that is carried looks on a page: only what its reader may read of either record gets here."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from matchmaker.brokerage import (
    REASONS,
    Contact,
    Moment,
    Pair,
    Part,
    Step,
    Waiting,
    assignable,
    declined_because,
    follow_ups_of,
    is_overdue,
    may_read_contacts,
    may_write,
    messages_of,
    open_steps,
    parts_of,
    shown_explanation,
    signed_sides,
    timeline,
    waits_for,
    what_is_missing,
)
from matchmaker.brokerage.messages import Message
from matchmaker.contracts import ContractQuery, contracts_page
from matchmaker.contracts.from_match import AGREED, has_contract
from matchmaker.disclosure import achievement_as_read, need_as_read
from matchmaker.matching.decisions import BY_HAND
from matchmaker.models.account import Role
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.match import FollowUp, Match, MatchStatus, Side
from matchmaker.posting.revising import is_locked
from matchmaker.rights import Actor, Right
from matchmaker.visibility import is_own, is_readable
from matchmaker.web.pages.findings import Findings, findings
from matchmaker.web.pages.sections import Marks, Section, sections
from matchmaker.web.pages.view import KINDS, Fact, day, facts, owner, place, record_kind

# The life as a line of stations; what ends it otherwise stands beside it.
STATIONS = (
    MatchStatus.RECOMMENDED,
    MatchStatus.INTRODUCED,
    MatchStatus.ACCEPTED,
    MatchStatus.NEGOTIATING,
    MatchStatus.INTENT,
    MatchStatus.SIGNED,
    MatchStatus.REGISTERED,
)


@dataclass(frozen=True)
class RecordInShort:
    """One side's record as far as this reader may read it."""

    side: Side
    # The need comes first wherever both are named.
    order: int
    title: str
    path: str
    owner: str
    place: str
    facts: list[Fact]
    sections: list[Section]
    text_hidden: bool


@dataclass(frozen=True)
class CarriedRow:
    """A match in the list."""

    path: str
    number: int
    need: str
    need_owner: str
    achievement: str
    achievement_owner: str
    status: MatchStatus
    waits_for: str
    next_step: str
    due: str
    is_overdue: bool
    broker: str
    is_demo: bool


@dataclass(frozen=True)
class CarriedPage:
    """A match with everything this reader may see and do."""

    match: Match
    number: int
    sides: list[RecordInShort]
    by_hand: bool
    findings: Findings
    may_ask: bool
    is_asked: bool
    may_answer: bool
    may_keep_answer: bool
    introduction: str
    broker: str
    filed: str
    waits_for: str
    is_overdue: bool
    due: str
    stations: list[tuple[MatchStatus, str]]
    moments: list[Moment]
    messages: list[Message]
    may_write: bool
    steps: dict[Step, list[Side]]
    reasons: list[tuple[str, str]]
    brokers: list[tuple[str, str]]
    declined: str
    missing: str
    may_read_contacts: bool
    contacts: Sequence[Contact]
    nda_signed: list[Side]
    follow_ups: list[FollowUp]
    reads_outcomes: bool
    contracts: Sequence[TechnologyContract]
    may_add_contract: bool


def waitings_for(reader: Actor, chosen: Waiting | None) -> list[Waiting]:
    """What her list can be narrowed down to: whose turn it is, where it ever is; and what was chosen."""
    if reader.is_official:
        offered = [Waiting.BROKER, Waiting.ON_BEHALF, Waiting.STUCK]
    elif reader.may(Right.CARRY_MATCHES):
        offered = [Waiting.PLAN, Waiting.MY_REPLY, Waiting.BROKER, Waiting.MY_ANSWER, Waiting.STUCK]
    elif reader.role is Role.BROKERAGE_ADMINISTRATOR:
        offered = [Waiting.PLAN, Waiting.BROKER, Waiting.STUCK]
    else:
        offered = [Waiting.MY_ANSWER, Waiting.MY_AGREEMENT, Waiting.MY_REPLY, Waiting.BROKER]
    return [one for one in Waiting if one in offered or one is chosen]


def carried_row(session: Session, pair: Pair, reader: Actor) -> CarriedRow:
    """The match as a line of the list."""
    match = pair.match
    need = need_as_read(session, pair.need, reader)
    achievement = achievement_as_read(session, pair.achievement, reader)
    return CarriedRow(
        path=f"/carried/{pair.id}",
        number=pair.id,
        need=need.title,
        need_owner=owner(need),
        achievement=achievement.title,
        achievement_owner=owner(achievement),
        status=match.status,
        waits_for=waits_for(pair),
        next_step=match.next_step,
        due=day(match.due_on),
        is_overdue=is_overdue(match),
        broker=pair.carrier.name if pair.carrier else "",
        is_demo=match.is_demo,
    )


def carried_page(session: Session, pair: Pair, reader: Actor, contacts: Sequence[Contact] = ()) -> CarriedPage:
    """The match as a page. `contacts` are shown where they have been asked for."""
    match, parts, steps = pair.match, parts_of(pair, reader), open_steps(pair, reader)
    decline_for = steps.get(Step.DECLINE, [])
    overseer = Part.OVERSEER in parts
    moments = timeline(session, match, reader=reader)
    achievement = achievement_as_read(session, pair.achievement, reader)
    is_asked = Part.ACHIEVEMENT_SIDE in parts
    contracts = contracts_page(session, ContractQuery(match_id=match.id), reader=reader).contracts
    if has_contract(session, match):
        # The contract has the number and the day: the match is registered with it.
        steps.pop(Step.REGISTER, None)
    return CarriedPage(
        match=match,
        number=pair.id,
        # What the reader does not know yet comes first.
        sides=[
            record_in_short(session, pair, side, reader)
            for side in sorted(Side, key=lambda one: is_own(pair.record(one), reader))
        ],
        by_hand=match.matcher_version == BY_HAND,
        findings=findings(shown_explanation(session, pair, reader), achievement),
        may_ask=may_write(match.status, parts) and not is_asked,
        is_asked=is_asked,
        may_answer=is_asked and may_write(match.status, parts),
        may_keep_answer=is_locked(pair.achievement),
        introduction=next((one.note for one in reversed(moments) if one.step is Step.INTRODUCE), ""),
        broker=pair.carrier.name if pair.carrier else "",
        filed=day(match.filed_at),
        waits_for=waits_for(pair),
        is_overdue=is_overdue(match),
        due=day(match.due_on),
        stations=_stations(match.status, moments),
        moments=moments,
        messages=messages_of(session, match, reader=reader),
        may_write=may_write(match.status, parts),
        steps=steps,
        reasons=[(f"{one}", one.label) for one in dict.fromkeys(one for side in decline_for for one in REASONS[side])],
        brokers=_brokers(session, pair, reader, everyone=overseer) if Step.ASSIGN in steps else [],
        declined=declined_because(pair, reader),
        missing=what_is_missing(match),
        may_read_contacts=may_read_contacts(pair, reader),
        contacts=contacts,
        nda_signed=sorted(signed_sides(pair)),
        follow_ups=follow_ups_of(session, match),
        reads_outcomes=bool(parts & {Part.CARRIER, Part.BROKERAGE, Part.OVERSEER}),
        contracts=contracts,
        may_add_contract=match.status in AGREED and reader.may(Right.RECORD_CONTRACTS) and Part.CANDIDATE not in parts,
    )


def record_in_short(session: Session, pair: Pair, side: Side, reader: Actor) -> RecordInShort:
    """One side's record, as far as the reader is let in."""
    record = pair.record(side)
    shown = (
        need_as_read(session, pair.need, reader)
        if side is Side.NEED
        else achievement_as_read(session, pair.achievement, reader)
    )
    is_open = is_readable(session, record, reader)
    marks = Marks.of_need(pair.match.explanation) if side is Side.NEED else Marks.of_achievement(pair.match.explanation)
    return RecordInShort(
        side=side,
        order=list(Side).index(side),
        title=shown.title,
        path=f"{KINDS[record_kind(shown)].path}/{shown.id}" if is_open else "",
        owner=owner(shown),
        place=place(shown.region_code),
        facts=facts(shown)[:6],
        sections=sections(shown, marks),
        text_hidden=shown.text_hidden,
    )


def _stations(status: MatchStatus, moments: list[Moment]) -> list[tuple[MatchStatus, str]]:
    """Each station with its day, or nothing where the match has not been."""
    reached_on: dict[MatchStatus, str] = {}
    # A match that was reopened has not been anywhere yet.
    begun = max((place for place, one in enumerate(moments) if one.step is Step.REOPEN), default=0)
    for moment in moments[begun:]:
        reached_on.setdefault(moment.after, day(moment.at))
    ended = [] if status in STATIONS else [status]
    passed = [one for one in STATIONS if one in reached_on or not ended]
    return [(one, reached_on.get(one, "")) for one in [*passed, *ended]]


def _brokers(session: Session, pair: Pair, reader: Actor, *, everyone: bool) -> list[tuple[str, str]]:
    found = assignable(session, reader, everyone=everyone)
    return [(f"{one.id}", one.name) for one in found if one.id != pair.match.broker_account_id]
