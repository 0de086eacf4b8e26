"""What the people of a match write to each other. Until contacts are open, contacts are taken out of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from matchmaker.brokerage.contacts import what_is_missing
from matchmaker.brokerage.life import PART_OF_SIDE, SIDES, Part
from matchmaker.brokerage.people import acting_parts, no_such_match, pair_of, parts_of
from matchmaker.brokerage.telling import named, tell, without_contacts
from matchmaker.brokerage.timeline import who_for
from matchmaker.errors import MalformedRequest, NotAllowed, WrongStatus
from matchmaker.models.account import Account
from matchmaker.models.match import Match, MatchMessage, MatchStatus, Side
from matchmaker.models.notice import NoticeKind
from matchmaker.rights import Actor

LONGEST_MESSAGE = 2000
# Before it is introduced a side does not know of the match; after its end there is nothing to talk about here.
_SILENT = frozenset({MatchStatus.DECLINED, MatchStatus.CLOSED})


def may_write(status: MatchStatus, parts: frozenset[Part]) -> bool:
    """May somebody with these parts write into the thread of a match in this status?"""
    return bool(parts & (SIDES | {Part.CARRIER})) and status not in _SILENT


@dataclass(frozen=True)
class Message:
    """One message as a reader sees it."""

    at: datetime
    who: str
    is_own: bool
    text: str


def write_message(session: Session, match: Match, *, by: Actor, text: str) -> bool:
    """Add a message by one of the sides or the broker, and tell the others. Returns whether contacts were taken out.

    Raises NotFound, NotAllowed (an onlooker), WrongStatus (the match has ended), MalformedRequest (empty, too long).
    """
    pair = pair_of(session, match)
    parts = acting_parts(pair, by)
    if not parts & (SIDES | {Part.CARRIER}):
        raise NotAllowed("只有双方和承办的经纪人可以留言", "请由承办的经纪人转达")
    if match.status in _SILENT:
        raise WrongStatus(f"这项对接{match.status.label}，不能再留言", "可以为其他成果或需求提出新的对接")
    if not text or len(text) > LONGEST_MESSAGE:
        raise MalformedRequest(f"留言须为 1 至 {LONGEST_MESSAGE} 字", "请填写或缩短留言")
    cleaned = without_contacts(text) if what_is_missing(match) else text
    assert by.account_id is not None  # noqa: S101 — whoever has a part is known
    written = MatchMessage(match_id=pair.id, account_id=by.account_id, text=cleaned[:LONGEST_MESSAGE])
    session.add(written)
    session.flush()
    key = f"message:{written.id}"
    for side in Side:
        if match.status is not MatchStatus.RECOMMENDED and PART_OF_SIDE[side] not in parts:
            sentence = f"您的{named(pair, side)}的对接有新留言"
            tell(pair, pair.answering(side), sentence, key=key, kind=NoticeKind.MESSAGE, but=by.account_id)
    sentence = f"{named(pair, Side.NEED)}的对接有新留言"
    tell(pair, pair.staff(), sentence, key=key, kind=NoticeKind.MESSAGE, but=by.account_id)
    return cleaned != text


def messages_of(session: Session, match: Match, *, reader: Actor) -> list[Message]:
    """The thread, the oldest first. Raises NotFound for an outsider."""
    pair = pair_of(session, match)
    if not parts_of(pair, reader):
        raise no_such_match(match.id)
    wanted = (
        select(MatchMessage, Account)
        .join(Account, col(Account.id) == col(MatchMessage.account_id))
        .where(col(MatchMessage.match_id) == match.id)
        .order_by(col(MatchMessage.id))
    )
    return [
        Message(one.at, who_for(pair, account, reader), account.id == reader.account_id, one.text)
        for one, account in session.exec(wanted)
    ]
