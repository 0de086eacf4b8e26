"""What people of a match are told. Notices also travel by mail: no contact, no note, no title that is not public."""

from collections.abc import Iterable

from sqlmodel import col, select

from matchmaker.brokerage.life import OPEN, Step, told
from matchmaker.brokerage.people import Pair, pair_of
from matchmaker.contact_data import move_contacts
from matchmaker.models.match import Match, MatchStatus, Side
from matchmaker.models.notice import NoticeKind
from matchmaker.notices import NoticeText, notify
from matchmaker.visibility import is_listed


def named(pair: Pair, side: Side) -> str:
    """The record of that side as a notice may call it: by its title only where anyone may know it."""
    record = pair.record(side)
    noun = "需求" if side is Side.NEED else "成果"
    return f"{noun}“{record.title}”" if is_listed(record) else f"编号 {record.id} 的{noun}"


def tell(
    pair: Pair,
    accounts: Iterable[int],
    sentence: str,
    *,
    key: str,
    kind: NoticeKind = NoticeKind.MATCH,
    but: int | None,
) -> None:
    """Tell these people, except the one who did it (`but`). `key` names the event within the match."""
    wanted = [one for one in accounts if one != but]
    text = NoticeText(kind=kind, key=f"match:{pair.id}:{key}", title=sentence, link=f"/carried/{pair.id}")
    notify(pair.session, wanted, text)


def tell_side(pair: Pair, side: Side, what: str, step: Step, *, but: int | None) -> None:
    """Tell one side of its own record; the key holds the match's version, so that each step is told once."""
    tell(pair, pair.to_tell(side), f"您的{named(pair, side)}{what}", key=f"{step}:{side}:{pair.match.version}", but=but)


def tell_staff(pair: Pair, what: str, step: Step, *, but: int | None) -> None:
    """Tell the broker, or while there is none the officials."""
    sentence = f"{named(pair, Side.NEED)}的对接：{what}"
    tell(pair, pair.staff(), sentence, key=f"{step}:staff:{pair.match.version}", but=but)


def tell_other_matches(pair: Pair, *, but: int | None) -> None:
    """A need was signed: tell the people of its other open matches, each once. Whether to end them is theirs to say."""
    others = select(Match).where(
        col(Match.need_id) == pair.need.id, col(Match.id) != pair.id, col(Match.status).in_(OPEN)
    )
    for match in pair.session.exec(others.order_by(col(Match.id))):
        other = pair_of(pair.session, match)
        if not (other.is_taken_up or other.wishes):
            continue
        key = "signed_elsewhere"
        tell(other, other.staff(), f"{named(other, Side.NEED)}已另行签约，请商定这项对接是否继续", key=key, but=but)
        for side in Side:
            if match.status is not MatchStatus.RECOMMENDED or told(Step.WISH, side) in other.wishes:
                sentence = f"您的{named(other, side)}：所对接的需求已另行签约，请与经纪人商定是否继续"
                tell(other, other.answering(side), sentence, key=key, but=but)


def without_contacts(text: str) -> str:
    """The text with telephone numbers, addresses and the like taken out: they have a place of their own."""
    return str(move_contacts({"text": text}, ("text",), "")["text"])
