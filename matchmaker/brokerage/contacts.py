"""The only door by which one side learns how to reach the other: open when both have agreed."""

from dataclasses import dataclass

from sqlmodel import Session

from matchmaker.audit import record_event
from matchmaker.brokerage.life import Part
from matchmaker.brokerage.people import Pair, no_such_match, pair_of, parts_of
from matchmaker.errors import ContactNotOpen, NotAllowed
from matchmaker.models.account import Account
from matchmaker.models.achievement import Achievement
from matchmaker.models.audit import AuditAction
from matchmaker.models.match import Match, MatchStatus, NdaStatus, Side
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord

_READS = frozenset({Part.CARRIER, Part.OVERSEER, Part.NEED_SIDE, Part.ACHIEVEMENT_SIDE})


@dataclass(frozen=True)
class Contact:
    """How to reach one side."""

    side: Side
    organisation: str
    name: str
    phone: str
    email: str


def what_is_missing(match: Match) -> str:
    """Why contacts are closed, for people; empty when they are open."""
    if match.status in (MatchStatus.DECLINED, MatchStatus.CLOSED):
        return f"这项对接{match.status.label}，不再提供联系方式"
    given = {Side.NEED: match.need_accepted_at, Side.ACHIEVEMENT: match.achievement_accepted_at}
    if silent := [side.label for side, at in given.items() if at is None]:
        return f"{'、'.join(silent)}尚未同意对接"
    return "保密协议尚未签署" if match.nda is NdaStatus.REQUESTED else ""


def may_read_contacts(pair: Pair, reader: Actor) -> bool:
    """Is she one of those for whom contacts open when both sides agree?

    A broker whose certificate or membership has ended still sees her filing, but nobody's contacts.
    """
    reads = parts_of(pair, reader) & _READS
    return bool(reads if reader.is_certified else reads - {Part.CARRIER})


def contact_of(session: Session, match: Match, side: Side, *, reader: Actor) -> Contact:
    """How to reach that side, for the two sides, the carrying broker and the overseeing officials. The look is recorded.

    Raises NotFound (an outsider), NotAllowed (not one of them), ContactNotOpen (what is still missing).
    """
    pair = pair_of(session, match)
    if not parts_of(pair, reader):
        raise no_such_match(match.id)
    if not may_read_contacts(pair, reader):
        raise NotAllowed("联系方式只提供给双方、承办的经纪人（证书和执业须有效）和主管部门", "请通过承办的经纪人联系")
    if missing := what_is_missing(match):
        raise ContactNotOpen(missing, "联系方式在双方同意（并签署所要求的保密协议）后提供")
    record = pair.record(side)
    record_event(session, AuditAction.READ_CONTACT, record=record, reason=f"对接 {pair.id}")
    return _contact(session, record, side)


def _contact(session: Session, record: SearchedRecord, side: Side) -> Contact:
    organisation = record.owner_name if isinstance(record, Achievement) else record.poster_name
    name, phone, email = record.contact_name, record.contact_phone, record.contact_email
    poster = session.get(Account, record.posted_by_id) if record.posted_by_id is not None else None
    if poster is not None and not (phone or email):
        # Nothing stated on the record: whoever posted it can be reached.
        name, email = name or poster.name, poster.email
    return Contact(side, organisation, name, phone, email)
