"""What a match says to a reader at a glance, and what of its records she reads that the public does not."""

from sqlmodel import Session

from matchmaker.brokerage.life import OPEN
from matchmaker.brokerage.people import Pair
from matchmaker.disclosure import hidden_fields, reached
from matchmaker.models.match import Match, MatchStatus, NdaStatus, Side
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord, is_own, today


def waits_for(pair: Pair) -> str:
    """Whose turn it is, in words; empty where nobody in particular is waited for."""
    match = pair.match
    if match.status is MatchStatus.RECOMMENDED:
        return "待经纪人引荐" if match.broker_account_id is not None else "待经纪人承办"
    if match.status is MatchStatus.INTRODUCED:
        given = {Side.NEED: match.need_accepted_at, Side.ACHIEVEMENT: match.achievement_accepted_at}
        return "待" + "、".join(side.label for side, at in given.items() if at is None) + "答复"
    return NdaStatus.REQUESTED.label if match.status in OPEN and match.nda is NdaStatus.REQUESTED else ""


def is_overdue(match: Match) -> bool:
    """Should the next step have been done by now?"""
    return match.due_on is not None and match.due_on < today() and match.status in OPEN | {MatchStatus.SIGNED}


def confidential_read(session: Session, pair: Pair, reader: Actor) -> list[SearchedRecord]:
    """The records of which this reader, who is not the owner, is shown more than the public is."""
    found = []
    for side in Side:
        record = pair.record(side)
        more = hidden_fields(record) - hidden_fields(record, reached(session, record, reader))
        if more and not is_own(record, reader):
            found.append(record)
    return found
