"""What a person keeps beside the records: saved searches with alerts, and a shortlist. Everything is her own."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, select

from matchmaker.accounts import actor_of
from matchmaker.errors import LimitReached, MalformedRequest, NotAllowed, NotFound, NotLoggedIn, RecordAlreadyExists
from matchmaker.indexes import Indexes
from matchmaker.models.account import Account, Scope
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import Notice, NoticeKind
from matchmaker.models.outbox import IndexOutbox, IndexStep, RecordKind
from matchmaker.models.workbench import SavedSearch, ShortlistItem
from matchmaker.notices import NoticeText, notify
from matchmaker.rights import Actor
from matchmaker.search import FACET_LABELS, MOST_RESULTS, SearchRequest, search_records
from matchmaker.searched import records_of
from matchmaker.visibility import SearchedRecord, in_lists_of, is_listed, is_readable

log = logging.getLogger("matchmaker.workbench")

# Every one with alerts is a search each day; nobody reads the answers to more.
MOST_SEARCHES = 50
# A list at hand, shown on one page for each kind.
MOST_ITEMS = 200
_TITLES_TOLD = 3


@dataclass(frozen=True)
class Kept:
    """An item of the shortlist; `record` is None where its owner may no longer read it."""

    item: ShortlistItem
    record: SearchedRecord | None


@dataclass(frozen=True)
class Alert:
    """What was published between two moments and answers a saved search; without `text` it is nothing."""

    search_id: int
    since: datetime
    until: datetime
    text: NoticeText | None


def save_search(
    session: Session, name: str, kind: RecordKind, text: str, filters: Mapping[str, tuple[str, ...]], *, by: Actor
) -> SavedSearch:
    """Keep the question under this name; records published from now on are told of.

    Raises MalformedRequest (no name, nothing asked, unknown filter), RecordAlreadyExists (name), LimitReached.
    """
    account_id = _owner(_writer(by))
    chosen = {field: list(values) for field, values in filters.items() if values}
    if unknown := sorted(set(chosen) - set(FACET_LABELS[kind])):
        raise MalformedRequest(f"没有名为“{unknown[0]}”的筛选项", f"可用的筛选项：{'、'.join(FACET_LABELS[kind])}")
    if not text.strip() and not chosen:
        raise MalformedRequest("没有检索词，也没有筛选条件", "请先检索或选择条件，再保存")
    kept = select(func.count()).select_from(SavedSearch).where(SavedSearch.account_id == account_id)
    if session.exec(kept).one() >= MOST_SEARCHES:
        raise LimitReached(f"最多保存 {MOST_SEARCHES} 个检索", "请先删除不再需要的检索")
    saved = SavedSearch(
        account_id=account_id, name=_checked_name(name), kind=kind, text=text.strip()[:500], filters=chosen
    )
    with _one_name(session):
        session.add(saved)
    return saved


def saved_searches(session: Session, *, by: Actor) -> list[SavedSearch]:
    """Her saved searches by name."""
    mine = select(SavedSearch).where(SavedSearch.account_id == _owner(by))
    return list(session.exec(mine.order_by(col(SavedSearch.name), col(SavedSearch.id))))


def saved_search(session: Session, search_id: int, *, by: Actor) -> SavedSearch:
    """One of hers. Raises NotFound, for somebody else's too."""
    saved = session.get(SavedSearch, search_id)
    if saved is None or saved.account_id != _owner(by):
        raise NotFound("没有这个保存的检索", "它可能已被删除，请从列表重新进入")
    return saved


def change_search(session: Session, search_id: int, *, name: str, alerts: bool, by: Actor) -> SavedSearch:
    """Another name, alerts on or off. Switched on, they tell of what is published from then on.

    Raises NotFound, MalformedRequest, RecordAlreadyExists.
    """
    saved = saved_search(session, search_id, by=_writer(by))
    wanted = _checked_name(name)
    with _one_name(session):
        if alerts and not saved.alerts:
            saved.seen_until = now()
        saved.name, saved.alerts = wanted, alerts
    return saved


def delete_search(session: Session, search_id: int, *, by: Actor) -> None:
    """Forget it. Raises NotFound."""
    session.delete(saved_search(session, search_id, by=_writer(by)))
    session.flush()


def answers_between(
    session: Session, indexes: Indexes, saved: SavedSearch, reader: Actor, since: datetime, until: datetime
) -> list[SearchedRecord]:
    """The records published after `since` up to `until` that answer the question, as this reader finds them; the
    newest first. Raises SearchNotAvailable, MalformedRequest (a filter that is no more).
    """
    table = TechnologyNeed if saved.kind is RecordKind.NEEDS else Achievement
    fresh = select(table.id).where(
        *in_lists_of(table, reader), col(table.published_at) > since, col(table.published_at) <= until
    )
    candidates = set(session.exec(fresh))
    if not candidates:
        # Most days for most searches: nothing to ask the index.
        return []
    chosen = {field: tuple(values) for field, values in saved.filters.items()}
    request = SearchRequest(text=saved.text, chosen=chosen, limit=MOST_RESULTS, reader=reader)
    found = search_records(session, indexes, saved.kind, request)
    answers = [entry.record for entry in found.entries if entry.record.id in candidates]
    return sorted(answers, key=lambda one: (one.published_at or since, one.id or 0), reverse=True)


def latest_answers(
    session: Session, indexes: Indexes, saved: SavedSearch, reader: Actor, *, days: int = 30
) -> list[SearchedRecord]:
    """The records of the last days that answer the question, the newest first. Raises SearchNotAvailable."""
    until = now()
    return answers_between(session, indexes, saved, reader, until - timedelta(days=days), until)


def new_answers(session: Session, indexes: Indexes, today: date) -> list[Alert]:
    """What the owners of saved searches are to be told today; only reads. Raises SearchNotAvailable.

    One notice a search and day, with public titles only. Each record falls into one span of time between two runs,
    so that none is told twice; one that the index does not know yet waits for the next run.
    """
    found = []
    wanted = (
        select(SavedSearch, Account)
        .where(Account.id == SavedSearch.account_id, col(SavedSearch.alerts), col(Account.disabled_at).is_(None))
        .order_by(col(SavedSearch.id))
    )
    for saved, account in session.exec(wanted).all():
        key = f"saved_search:{saved.id}:{today.isoformat()}"
        if session.exec(select(Notice.id).where(Notice.account_id == account.id, Notice.key == key)).first():
            continue
        since, until = saved.seen_until, _indexed_until(session, saved)
        try:
            answers = answers_between(session, indexes, saved, actor_of(session, account), since, until)
        except MalformedRequest:
            # A filter of an older release: its page says so, the others' alerts go on.
            log.warning("saved search %s has a filter that does not exist", saved.id)
            continue
        text = _told(saved, answers, key) if answers else None
        found.append(Alert(saved.id or 0, since, max(since, until), text))
    return found


def tell_answers(session: Session, alerts: Iterable[Alert]) -> int:
    """Tell what was found, and that it has been told; how many were told. What changed in between is left for the next day."""
    told = 0
    for one in alerts:
        saved = session.get(SavedSearch, one.search_id)
        if saved is None or not saved.alerts or saved.seen_until != one.since:
            continue
        saved.seen_until = one.until
        if one.text is not None:
            notify(session, [saved.account_id], one.text)
            told += 1
    session.flush()
    return told


def keep(session: Session, kind: RecordKind, record_id: int, note: str = "", *, by: Actor) -> ShortlistItem:
    """Put a record she may read on her shortlist; one that is there gets the note, if there is any.

    Raises NotFound (no such record, or not for her), LimitReached.
    """
    account_id = _owner(_writer(by))
    record = next(iter(records_of(session, kind, [record_id])), None)
    if record is None or not is_readable(session, record, by):
        raise NotFound(f"没有编号为 {record_id} 的记录，或它未公开", "它可能已过期或撤回，请从列表重新进入")
    item = _item_of(session, account_id, kind, record_id)
    if item is None:
        count = select(func.count()).select_from(ShortlistItem).where(ShortlistItem.account_id == account_id)
        if session.exec(count).one() >= MOST_ITEMS:
            raise LimitReached(f"收藏夹最多 {MOST_ITEMS} 条", "请先移出不再需要的记录")
        try:
            with session.begin_nested():
                item = ShortlistItem(account_id=account_id, kind=kind, record_id=record_id)
                session.add(item)
        except IntegrityError:
            # The same click twice, at once.
            item = _item_of(session, account_id, kind, record_id)
            if item is None:
                raise
    if note.strip():
        item.note = note.strip()[:500]
        session.flush()
    return item


def write_note(session: Session, item_id: int, note: str, *, by: Actor) -> ShortlistItem:
    """Another note, or none. Raises NotFound, MalformedRequest (too long)."""
    item = _own_item(session, item_id, _writer(by))
    if len(note.strip()) > 500:
        raise MalformedRequest("备注最多 500 字", "请缩短备注")
    item.note = note.strip()
    session.flush()
    return item


def remove(session: Session, item_id: int, *, by: Actor) -> None:
    """Take it off her shortlist. Raises NotFound."""
    item = _own_item(session, item_id, _writer(by))
    session.exec(delete(ShortlistItem).where(col(ShortlistItem.id) == item.id))


def shortlist(session: Session, kind: RecordKind, *, by: Actor) -> list[Kept]:
    """What she keeps of that kind, the latest first; a record she may no longer read comes without it."""
    mine = select(ShortlistItem).where(ShortlistItem.account_id == _owner(by), ShortlistItem.kind == kind)
    items = session.exec(mine.order_by(col(ShortlistItem.created_at).desc(), col(ShortlistItem.id).desc())).all()
    records = {one.id: one for one in records_of(session, kind, [item.record_id for item in items])}
    return [
        Kept(item, record if record is not None and is_readable(session, record, by) else None)
        for item in items
        for record in [records.get(item.record_id)]
    ]


def kept_ids(session: Session, kind: RecordKind, *, by: Actor) -> frozenset[int]:
    """The records of that kind on her shortlist; none of somebody who is not known."""
    if not by.is_known:
        return frozenset()
    mine = select(ShortlistItem.record_id).where(ShortlistItem.account_id == by.account_id, ShortlistItem.kind == kind)
    return frozenset(session.exec(mine))


def _told(saved: SavedSearch, answers: list[SearchedRecord], key: str) -> NoticeText:
    titles = [record.title for record in answers if is_listed(record)][:_TITLES_TOLD]
    return NoticeText(
        NoticeKind.SAVED_SEARCH,
        key,
        f"“{saved.name}”有 {len(answers)} 条新{saved.kind.label}",
        "；".join(titles),
        f"/saved-searches/{saved.id}",
    )


def _indexed_until(session: Session, saved: SavedSearch) -> datetime:
    """Now, or the moment before the first new record that still waits for the index."""
    table = TechnologyNeed if saved.kind is RecordKind.NEEDS else Achievement
    waiting = select(func.min(table.published_at)).where(
        col(table.id) == IndexOutbox.record_id,
        IndexOutbox.kind == saved.kind,
        IndexOutbox.step == IndexStep.WORDS,
        col(table.published_at) > saved.seen_until,
    )
    first = session.exec(waiting).one()
    return now() if first is None else first - timedelta(microseconds=1)


def _owner(by: Actor) -> int:
    if by.account_id is None:
        raise NotLoggedIn("请先登录", "登录后可以保存检索和收藏记录")
    return by.account_id


def _writer(by: Actor) -> Actor:
    """Her own things need no right, but a key that was given for reading does not write."""
    _owner(by)
    if by.scopes is not None and Scope.WRITE not in by.scopes:
        raise NotAllowed("这个接口密钥只能读取", f"请使用带“{Scope.WRITE.label}”范围的密钥")
    return by


def _checked_name(name: str) -> str:
    given = name.strip()
    if not given or len(given) > 60 or not given.isprintable():
        raise MalformedRequest("名称应为 1—60 个字", "请填写一个看得懂的名称，如“高盐废水”")
    return given


@contextmanager
def _one_name(session: Session) -> Iterator[None]:
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        raise RecordAlreadyExists("已有同名的保存检索", "请换一个名称") from error


def _item_of(session: Session, account_id: int, kind: RecordKind, record_id: int) -> ShortlistItem | None:
    return session.exec(
        select(ShortlistItem).where(
            ShortlistItem.account_id == account_id, ShortlistItem.kind == kind, ShortlistItem.record_id == record_id
        )
    ).first()


def _own_item(session: Session, item_id: int, by: Actor) -> ShortlistItem:
    item = session.get(ShortlistItem, item_id)
    if item is None or item.account_id != _owner(by):
        raise NotFound("收藏夹里没有这一条", "它可能已移出，请刷新页面")
    return item
