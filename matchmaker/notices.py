"""Telling people: a notice in the platform, and from there on its way by mail or robot.

A notice and its messages outside are stored in the transaction of what is told: either all of it happened or nothing.
`courier.py` takes the messages on from there.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, or_, select

from matchmaker.errors import NotAllowed, NotFound
from matchmaker.models.account import Account, Role, Scope
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.notice import DeliveryStatus, Notice, NoticeDelivery, NoticeKind, NoticePreference, Pace, Way
from matchmaker.notice_choices import choices_about, default_choice, reachable, ways_for
from matchmaker.records import LOOK_AHEAD_CHUNK
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord

# A digest looks back this far: beyond a long holiday, and no old heap for somebody who just chose digests.
_DIGEST_REACH = timedelta(days=10)


@dataclass(frozen=True)
class NoticeText:
    """What is told. `key` says what it is about: the same thing is told once to each person.

    No contact data and no confidential text in `title` and `body`: a notice also travels by mail.
    """

    kind: NoticeKind
    key: str
    title: str
    body: str = ""
    link: str = ""


def notify(session: Session, account_ids: Iterable[int], text: NoticeText) -> None:
    """Tell each of these accounts, in the caller's transaction; whoever was told of this `key` is not told again.

    What she wants sent at once is queued with it. Two who tell the same in the same moment tell it once.
    """
    wanted = set(account_ids)
    told = session.exec(
        select(Notice.account_id).where(col(Notice.key) == text.key, col(Notice.account_id).in_(wanted))
    )
    new = sorted(wanted - set(told))
    if not new:
        return
    choices, open_ways = choices_about(session, text.kind, new), reachable(session, new)
    for account_id in new:
        notice = Notice(
            account_id=account_id,
            kind=text.kind,
            key=text.key,
            title=text.title[:200],
            body=text.body[:1000],
            link=text.link,
        )
        try:
            with session.begin_nested():
                session.add(notice)
        except IntegrityError:
            # Somebody else was quicker, and queued what belongs to it.
            continue
        choice = choices[account_id]
        if choice.pace is Pace.AT_ONCE:
            for way in sorted(choice.ways & open_ways[account_id] & set(ways_for(text.kind))):
                session.add(
                    NoticeDelivery(
                        account_id=account_id, way=way, key=f"notice:{notice.id}", notice_ids=[notice.id or 0]
                    )
                )


def untold(session: Session, due: Sequence[tuple[Sequence[int], NoticeText]]) -> list[tuple[Sequence[int], NoticeText]]:
    """Those of which one of the accounts has not been told yet; only reads. For daily duties, whose list is long and
    nearly always old: looked through before the transaction, it keeps no writer waiting.
    """
    told: dict[str, set[int]] = {text.key: set() for _, text in due}
    keys = list(told)
    for start in range(0, len(keys), LOOK_AHEAD_CHUNK):
        of_these = col(Notice.key).in_(keys[start : start + LOOK_AHEAD_CHUNK])
        for key, account_id in session.exec(select(Notice.key, Notice.account_id).where(of_these)):
            told[key].add(account_id)
    return [(accounts, text) for accounts, text in due if not told[text.key].issuperset(accounts)]


def queue_digests(session: Session, day: date) -> int:
    """Queue the digest of this day for everybody who has something unread to be told in one; returns how many.

    What a message has already carried to somebody, and what she has read here, is left out; so it does not matter
    whether a day was missed. Called twice on a day it queues nothing new.
    """
    since = now() - _DIGEST_REACH
    waiting: dict[tuple[int, Way], list[int]] = defaultdict(list)
    chosen = {(one.account_id, one.kind): (one.ways, one.pace) for one in session.exec(select(NoticePreference))}
    unread = select(Notice).where(col(Notice.read_at).is_(None), col(Notice.created_at) >= since)
    for notice in session.exec(unread.order_by(col(Notice.id))):
        default = default_choice(notice.kind)
        ways, pace = chosen.get((notice.account_id, notice.kind), (default.ways, default.pace))
        if pace is Pace.DAILY and notice.id is not None:
            for way in set(ways) & set(ways_for(notice.kind)):
                waiting[notice.account_id, way].append(notice.id)
    open_ways = reachable(session, {account_id for account_id, _ in waiting})
    carried = _carried(session, {account_id for account_id, _ in waiting})
    key, queued = f"digest:{day.isoformat()}", 0
    for (account_id, way), notice_ids in sorted(waiting.items()):
        left = [one for one in notice_ids if one not in carried[account_id, way]]
        if left and way in open_ways[account_id] and key not in carried[account_id, way]:
            session.add(NoticeDelivery(account_id=account_id, way=way, key=key, notice_ids=left))
            queued += 1
    return queued


def _carried(session: Session, account_ids: set[int]) -> dict[tuple[int, Way], set[int | str]]:
    """For each account and way the notices that messages have carried, and the keys of these messages."""
    found: dict[tuple[int, Way], set[int | str]] = defaultdict(set)
    # A message may be queued days after its notice: twice the reach covers every notice within it.
    recent = col(NoticeDelivery.created_at) >= now() - 2 * _DIGEST_REACH
    for one in session.exec(select(NoticeDelivery).where(recent, col(NoticeDelivery.account_id).in_(account_ids))):
        found[one.account_id, one.way] |= {one.key, *one.notice_ids}
    return found


def unread_count(session: Session, account_id: int) -> int:
    """How many notices the account has not read."""
    unread = select(func.count()).select_from(Notice).where(col(Notice.account_id) == account_id)
    return session.exec(unread.where(col(Notice.read_at).is_(None))).one()


@dataclass(frozen=True)
class NoticePage:
    """Some of somebody's notices, unread ones first and the newest first among each; and how many there are."""

    notices: list[Notice]
    total: int


def notices_of(
    session: Session, reader: Actor, *, kind: NoticeKind | None = None, limit: int = 30, offset: int = 0
) -> NoticePage:
    """The reader's own notices, all or of one kind."""
    mine = [col(Notice.account_id) == reader.account_id]
    if kind is not None:
        mine.append(col(Notice.kind) == kind)
    total = session.exec(select(func.count()).select_from(Notice).where(*mine)).one()
    order = (col(Notice.read_at).is_not(None), col(Notice.created_at).desc(), col(Notice.id).desc())
    found = session.exec(select(Notice).where(*mine).order_by(*order).limit(limit).offset(offset))
    return NoticePage(list(found), total)


def mark_read(session: Session, notice_id: int, *, by: Actor) -> Notice:
    """Her notice, read from now on. Raises NotFound, also for somebody else's; NotAllowed for a key that only reads."""
    if by.scopes is not None and Scope.WRITE not in by.scopes:
        raise NotAllowed("这个接口密钥只能读取", f"请使用带“{Scope.WRITE.label}”范围的密钥")
    notice = session.get(Notice, notice_id)
    if notice is None or notice.account_id != by.account_id:
        raise NotFound(f"没有编号为 {notice_id} 的通知", "它可能已被清理，请从通知列表进入")
    if notice.read_at is None:
        notice.read_at = now()
        session.add(notice)
    return notice


def has_unread_about(session: Session, link: str, *, by: Actor) -> bool:
    """Has she been told of this page without having read it?"""
    return session.exec(select(Notice.id).where(*_unread_about(link, by)).limit(1)).first() is not None


def mark_read_about(session: Session, link: str, *, by: Actor) -> None:
    """She has opened the page these notices lead to, by whatever way: the bell and the digest need not name them."""
    session.exec(update(Notice).where(*_unread_about(link, by)).values(read_at=now()))


def _unread_about(link: str, by: Actor) -> tuple[ColumnElement[bool], ...]:
    return col(Notice.account_id) == by.account_id, col(Notice.link) == link, col(Notice.read_at).is_(None)


def mark_all_read(session: Session, *, by: Actor, kind: NoticeKind | None = None) -> None:
    """Everything of hers, or of one kind, is read from now on."""
    unread = [col(Notice.account_id) == by.account_id, col(Notice.read_at).is_(None)]
    if kind is not None:
        unread.append(col(Notice.kind) == kind)
    session.exec(update(Notice).where(*unread).values(read_at=now()))


def failed_deliveries(session: Session, reader: Actor, *, limit: int = 20) -> list[NoticeDelivery]:
    """The reader's messages that were given up lately, the newest first."""
    mine = col(NoticeDelivery.account_id) == reader.account_id, col(NoticeDelivery.status) == DeliveryStatus.FAILED
    recent = col(NoticeDelivery.created_at) >= now() - timedelta(days=30)
    found = select(NoticeDelivery).where(*mine, recent).order_by(col(NoticeDelivery.id).desc()).limit(limit)
    return list(session.exec(found))


def send_again(session: Session, delivery_id: int, *, by: Actor) -> None:
    """Put one of her messages that were given up back into the queue. Raises NotFound."""
    delivery = session.get(NoticeDelivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.account_id != by.account_id or delivery.status is not DeliveryStatus.FAILED:
        raise NotFound("没有这条未送达的通知", "它可能已重新发送，请刷新页面")
    delivery.status, delivery.attempts, delivery.retry_at, delivery.problem = DeliveryStatus.WAITING, 0, None, ""
    session.add(delivery)


def officials_of(session: Session, region_code: str | None) -> list[int]:
    """Accounts of the officials who answer for the region: its district's, or the city's where there is none."""
    active = select(Account).where(col(Account.disabled_at).is_(None))
    district = session.exec(active.where(col(Account.role) == Role.DISTRICT_OFFICIAL)).all()
    own = [one.id for one in district if one.region_code and (region_code or "").startswith(one.region_code)]
    if not own:
        own = [one.id for one in session.exec(active.where(col(Account.role) == Role.CITY_OFFICIAL))]
    return [one for one in own if one is not None]


def members_of(session: Session, record: SearchedRecord) -> list[int]:
    """Accounts behind a record: its organisation's members and whoever posted it."""
    mine = [col(Account.id) == record.posted_by_id, col(Account.enterprise_id) == record.enterprise_id]
    if isinstance(record, Achievement):
        mine.append(col(Account.institution_id) == record.institution_id)
    # A column compared with None is SQL's IS NULL: every account without an organisation.
    keys = [record.posted_by_id, record.enterprise_id, getattr(record, "institution_id", None)]
    stated = [one for one, key in zip(mine, keys, strict=False) if key is not None]
    if not stated:
        return []
    found = session.exec(select(Account.id).where(or_(*stated), col(Account.disabled_at).is_(None)))
    return [one for one in found if one is not None]
