"""What people of a match are told. Notices also travel by mail: no contact, no note, no title that is not public."""

from collections.abc import Iterable

from matchmaker.brokerage.life import Step
from matchmaker.brokerage.people import Pair
from matchmaker.contact_data import move_contacts
from matchmaker.models.match import Side
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


def without_contacts(text: str) -> str:
    """The text with telephone numbers, addresses and the like taken out: they have a place of their own."""
    return str(move_contacts({"text": text}, ("text",), "")["text"])
