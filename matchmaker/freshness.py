"""Freshness 时效: owners confirm that a record still holds; who does not is reminded, sinks, and is closed in the end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, func, or_, select

from matchmaker.audit import reason_for
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, WrongStatus
from matchmaker.index_documents import kind_of
from matchmaker.models.account import Account
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import NoticeKind
from matchmaker.models.outbox import RecordKind
from matchmaker.notices import NoticeText, members_of, notify, untold
from matchmaker.records import enqueue, write_values
from matchmaker.review import called
from matchmaker.rights import ANYONE, Actor, Right
from matchmaker.searched import records_of
from matchmaker.validity import LONGEST, UNCONFIRMED_AFTER, may_be_confirmed, unconfirmed, usual_end
from matchmaker.visibility import SearchedRecord, in_lists_of, is_own, is_readable, overseen, today

Table = type[TechnologyNeed] | type[Achievement]

REMINDED_DAYS = (1, 7, 30)
# After the end of validity a record is not found any more, but a fortnight long one click brings it back.
GRACE = timedelta(days=14)
RECENT = timedelta(days=90)
_TABLES: tuple[Table, ...] = (TechnologyNeed, Achievement)
_CHUNK = 500


@dataclass(frozen=True)
class Swept:
    """What a day's round found: records whose owners have been reminded (now or before), and records it closed."""

    reminded: int = 0
    expired: int = 0


@dataclass(frozen=True)
class Reminders:
    """What is due: of how many records (told now or before), and whom to tell what has not been told."""

    records: int
    untold: Sequence[tuple[Sequence[int], NoticeText]]


@dataclass(frozen=True)
class Staleness:
    """How many of the records an official answers for nobody has confirmed for long, or have expired."""

    unconfirmed: int
    expired: int


def confirm(session: Session, record: SearchedRecord, *, by: Actor, until: date | None = None) -> date:
    """The record still holds, says its owner or an official who answers for it; returns until when it now does.

    Without `until`, as long again as usual, never shorter than before. Raises MalformedRequest (a day that has passed
    or is too far off), NotAllowed, NotFound, WrongStatus (only what is published or has expired by itself).
    """
    if not (is_own(record, by) or (by.may(Right.REVIEW) and by.oversees(record.region_code))):
        if is_readable(session, record, by):
            raise NotAllowed("只有填报单位或主管部门可以确认这条记录有效", "请联系填报单位确认")
        raise NotFound(f"没有编号为 {record.id} 的记录，或它未公开", "请从列表重新进入")
    if not may_be_confirmed(record):
        raise WrongStatus(f"记录的状态是“{record.status.label}”，无需确认", "已发布或已过期的记录才需要确认有效")
    if until is not None and not today() <= until <= today() + LONGEST:
        raise MalformedRequest("有效期应在今天之后、五年之内", "请重新选择日期")
    end = until or max(usual_end(type(record)), record.valid_until or date.min)
    with reason_for(session, "确认仍然有效"):
        # An end that is moved is a change of the record; the confirmation itself is none.
        record.last_confirmed_at = now()
        status = type(record.status).parse("published")
        if write_values(record, {"valid_until": end, "status": status}):
            enqueue(session, kind_of(record), record)
    return end


def reminders(session: Session, day: date) -> Reminders:
    """What the owners of records that end soon, or were long not confirmed, are to be told; only reads.

    The same is told once: a second look on the same day, or one after a missed day, finds nothing twice and forgets
    nothing.
    """
    texts: list[tuple[Sequence[int], NoticeText]] = []
    for table in _TABLES:
        soon = col(table.valid_until).between(day, day + timedelta(days=max(REMINDED_DAYS)))
        for record in _published(session, table, soon & _has_members(table)):
            texts.append((members_of(session, record), _end_is_near(record, day)))
        still_valid = func.coalesce(col(table.valid_until), day) >= day
        for record in _published(session, table, unconfirmed(table) & still_valid & _has_members(table)):
            texts.append((members_of(session, record), _not_confirmed(record)))
    return Reminders(len(texts), untold(session, texts))


def remind_and_close(session: Session, day: date, due: Reminders | None = None) -> Swept:
    """The round of a day: close what ended long ago, and tell the owners what is due. Does not commit.

    `due` is what `reminders` found a moment before: most of a round is looking, and while this transaction lasts
    nobody else writes to SQLite.
    """
    expired = 0
    for table in _TABLES:
        for record in _published(session, table, col(table.valid_until) < day - GRACE):
            _expire(session, record)
            expired += 1
    found = due or reminders(session, day)
    for members, text in found.untold:
        notify(session, members, text)
    return Swept(found.records, expired)


def staleness(session: Session, kind: RecordKind, by: Actor) -> Staleness:
    """The two counts for the lists of an official."""
    table = TechnologyNeed if kind is RecordKind.NEEDS else Achievement
    count = select(func.count()).select_from(table).where(overseen(table, by))
    return Staleness(
        unconfirmed=session.exec(count.where(col(table.status) == "published", unconfirmed(table))).one(),
        expired=session.exec(count.where(col(table.status) == "expired")).one(),
    )


def confirmed_recently(session: Session, kind: RecordKind) -> int:
    """How many records that anyone may find were confirmed, or published, within the last 90 days."""
    table = TechnologyNeed if kind is RecordKind.NEEDS else Achievement
    confirmed = func.coalesce(col(table.last_confirmed_at), col(table.published_at), col(table.created_at))
    count = select(func.count()).select_from(table)
    return session.exec(count.where(*in_lists_of(table, ANYONE), confirmed >= now() - RECENT)).one()


def _published(session: Session, table: Table, condition: ColumnElement[bool]) -> Iterator[SearchedRecord]:
    """The published records of which the condition holds, in pieces: a province has more than fit into memory."""
    kind = RecordKind.NEEDS if table is TechnologyNeed else RecordKind.ACHIEVEMENTS
    last_id = 0
    while True:
        wanted = [col(table.status) == "published", condition, col(table.id) > last_id]
        ids = [
            one or 0 for one in session.exec(select(col(table.id)).where(*wanted).order_by(col(table.id)).limit(_CHUNK))
        ]
        if not ids:
            return
        yield from records_of(session, kind, ids)
        last_id = ids[-1]


def _has_members(table: Table) -> ColumnElement[bool]:
    """SQL condition: is there anybody to tell? Most of what was imported has no account behind it."""
    behind = [col(Account.id) == col(table.posted_by_id), col(Account.enterprise_id) == col(table.enterprise_id)]
    if table is Achievement:
        behind.append(col(Account.institution_id) == col(Achievement.institution_id))
    return exists().where(or_(*behind), col(Account.disabled_at).is_(None))


def _expire(session: Session, record: SearchedRecord) -> None:
    with reason_for(session, f"有效期已过 {GRACE.days} 天，自动关闭"):
        write_values(record, {"status": type(record.status).parse("expired")})
        enqueue(session, kind_of(record), record)
    body = f"有效期至 {record.valid_until}，逾期 {GRACE.days} 天未确认，已自动下线；确认有效即可恢复"
    notify(session, members_of(session, record), _text(record, f"{record.valid_until}:expired", "已过期", body))


def _end_is_near(record: SearchedRecord, day: date) -> NoticeText:
    end = record.valid_until or day
    threshold = next(days for days in REMINDED_DAYS if (end - day).days <= days)
    return _text(record, f"{end}:{threshold}", f"将于 {end} 到期", "如仍然有效，请点开确认并延长有效期")


def _not_confirmed(record: SearchedRecord) -> NoticeText:
    confirmed = record.last_confirmed_at or record.published_at or record.created_at
    body = f"超过 {UNCONFIRMED_AFTER.days} 天未确认，检索和推荐中将靠后显示；请点开确认是否仍然有效"
    return _text(record, f"{confirmed.date()}:unconfirmed", "待确认", body)


def _text(record: SearchedRecord, about: str, what: str, body: str) -> NoticeText:
    of = f"{kind_of(record)}/{record.id}"
    return NoticeText(NoticeKind.FRESHNESS, f"freshness:{of}:{about}", called(record) + what, body, f"/confirm/{of}")
