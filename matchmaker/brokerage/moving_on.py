"""Writing one step of a match: checked against the table, put on record, the version counted up."""

from dataclasses import dataclass

from matchmaker.brokerage.life import PART_OF_SIDE, SIDES, Part, Step, check_step, told
from matchmaker.brokerage.people import Pair, acting_parts
from matchmaker.brokerage.telling import without_contacts
from matchmaker.errors import MalformedRequest, NotAllowed
from matchmaker.models.base import now
from matchmaker.models.match import DeclineReason, Match, MatchEvent, MatchStatus, Side
from matchmaker.rights import Actor

LONGEST_NOTE = 1000


@dataclass(frozen=True)
class Said:
    """What goes on record with a step."""

    note: str = ""
    side: Side | None = None
    reason: DeclineReason | None = None
    on_behalf: bool = False


NOTHING = Said()


def put_on_record(
    pair: Pair, step: Step, by: Actor, said: Said = NOTHING, *, after: MatchStatus | None = None
) -> MatchEvent:
    """Add the event, set the status, count the version. The step was checked by the caller."""
    match = pair.match
    before, match.status = match.status, after or match.status
    match.version += 1
    match.updated_at = now()
    event = MatchEvent(
        match_id=pair.id,
        account_id=by.account_id,
        on_behalf_of=said.side if said.on_behalf else None,
        before=before,
        after=match.status,
        what=told(step, said.side),
        reason=said.reason,
        note=without_contacts(said.note)[:LONGEST_NOTE],
    )
    pair.session.add(match)
    pair.session.add(event)
    return event


def check_acting(pair: Pair, step: Step, by: Actor) -> frozenset[Part]:
    """Her parts, if the table lets her take the step now. Raises NotFound, NotAllowed, WrongStatus."""
    parts = acting_parts(pair, by)
    check_step(step, pair.match.status, parts)
    return parts


def speaks_for(pair: Pair, side: Side, parts: frozenset[Part]) -> bool:
    """May she answer for this side: as its own member, or as an official because nobody else can?

    Somebody who stands on both sides answers for none: two answers of one person are no agreement.
    """
    if PART_OF_SIDE[side] in parts:
        return not parts >= SIDES
    return Part.OVERSEER in parts and not pair.answering(side)


def may_reopen(match: Match, parts: frozenset[Part]) -> bool:
    """A side's no stands for the broker, unless it only was no answer; an official may put it right."""
    return Part.OVERSEER in parts or match.decline_reason in (None, DeclineReason.NO_RESPONSE)


def answer_of(pair: Pair, step: Step, side: Side, by: Actor, note: str) -> Said:
    """What one side says, by a member or on its behalf. Raises NotFound, NotAllowed, WrongStatus, MalformedRequest."""
    parts = check_acting(pair, step, by)
    if not speaks_for(pair, side, parts):
        raise NotAllowed(f"您不能代表{side.label}答复", f"请由{side.label}自己答复；没有账号的一方由主管部门代为记录")
    on_behalf = PART_OF_SIDE[side] not in parts or by.is_official
    if on_behalf and not note:
        raise MalformedRequest("代为答复须写明依据", "请写明何时、以何种方式得到对方的答复")
    return Said(note=note, side=side, on_behalf=on_behalf)
