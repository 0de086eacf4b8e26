"""Collecting by the time of the last change: what programs that keep a copy ask for again and again.

A page is ordered by change time and then by number, and holds records as they are now together with tombstones. A
record that changes meanwhile is found again further back, so nothing is missed while pages are read.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, and_, exists, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, SQLModel, col, func, select

from matchmaker.brokerage import of_interest
from matchmaker.errors import MalformedRequest
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.match import Match, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.tombstone import HarvestKind, Tombstone
from matchmaker.rights import Actor
from matchmaker.tombstones import harvest_kind
from matchmaker.visibility import SearchedRecord, circles, in_lists_of, own

R = TypeVar("R", bound=SQLModel)

# A transaction writes the time at which it changes something and is seen when it ends: an import's, a minute later.
# Collecting again begins that much earlier; what comes twice has the same version.
OVERLAP = timedelta(minutes=5)
_RECORD, _TOMBSTONE = 0, 1
_LARGEST = 2**31 - 1


@dataclass(frozen=True)
class Harvest(Generic[R]):
    """A page. `since_next` is where to begin the next time, once `next_cursor` is None."""

    records: Sequence[R]
    removed: Sequence[Tombstone]
    total: int
    next_cursor: str | None
    since_next: datetime


@dataclass(frozen=True)
class _Place:
    """The last entry of the page before, and when its first page was asked for."""

    begun: datetime
    at: datetime
    rank: int
    number: int

    def beyond(self, at: Any, rank: int, number: Any) -> ColumnElement[bool]:
        """SQL condition: entries of this rank behind the place."""
        later: ColumnElement[bool] = at > self.at
        if rank < self.rank:
            return later
        return or_(later, at == self.at) if rank > self.rank else or_(later, and_(at == self.at, number > self.number))

    def written(self) -> str:
        told = [self.begun.isoformat(), self.at.isoformat(), self.rank, self.number]
        return base64.urlsafe_b64encode(json.dumps(told).encode()).decode()

    @classmethod
    def read(cls, cursor: str) -> "_Place":
        try:
            begun, at, rank, number = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
            place = cls(datetime.fromisoformat(begun), datetime.fromisoformat(at), int(rank), int(number))
            if place.at.tzinfo and place.begun.tzinfo and 0 <= place.number <= _LARGEST:
                return place
        except (binascii.Error, ValueError, TypeError, RecursionError, OverflowError):
            pass
        raise MalformedRequest("cursor 无法识别", "请原样使用上一页答复中的 next_cursor，或去掉 cursor 从头收集")


@dataclass(frozen=True)
class Changes:
    """What is asked for: changes from `since` on, a page of `limit`, behind `cursor`."""

    since: datetime
    limit: int
    cursor: str | None = None


def harvested_records(session: Session, table: type[SearchedRecord], reader: Actor, changes: Changes) -> Harvest[Any]:
    """Records in the reader's lists that have changed since then, and what has left her lists. Raises MalformedRequest."""
    listed = in_lists_of(table, reader)
    still_listed = exists().where(col(table.id) == col(Tombstone.record_id), *listed)
    seen = col(Tombstone.confidentiality).in_(circles(reader))
    return _harvest(session, table, listed, (harvest_kind(table), and_(seen, ~still_listed)), changes)


def harvested_matches(
    session: Session, reader: Actor, changes: Changes, *, with_recommended: bool = False
) -> Harvest[Match]:
    """Matches that are the reader's business, in the same way; also what is recommended for her own records."""
    hers = of_interest(reader)
    if with_recommended:
        hers = or_(hers, _recommended_to(reader))
    still_hers = exists().where(col(Match.id) == col(Tombstone.record_id), hers)
    removed = (HarvestKind.CARRIED, and_(col(Tombstone.account_id) == reader.account_id, ~still_hers))
    return _harvest(session, Match, (hers,), removed, changes)


def _recommended_to(reader: Actor) -> ColumnElement[bool]:
    """SQL condition on `Match`: kept recommendations with a record of hers on one side, and on the other one she may find."""
    need, achievement = aliased(TechnologyNeed), aliased(Achievement)
    sides: list[tuple[Any, Any, Any, Any]] = [
        (need, Match.need_id, achievement, Match.achievement_id),
        (achievement, Match.achievement_id, need, Match.need_id),
    ]
    either = [
        exists().where(own_table.id == own_key, own(own_table, reader))
        & exists().where(other_table.id == other_key, *in_lists_of(other_table, reader))
        for own_table, own_key, other_table, other_key in sides
    ]
    return (col(Match.status) == MatchStatus.RECOMMENDED) & or_(*either)


def _harvest(
    session: Session,
    table: Any,
    listed: Sequence[ColumnElement[bool]],
    removed: tuple[HarvestKind, ColumnElement[bool]],
    changes: Changes,
) -> Harvest[Any]:
    since, limit = changes.since, changes.limit
    place = _Place.read(changes.cursor) if changes.cursor else None
    kind, gone = removed

    def condition(at: Any, rank: int, number: Any) -> ColumnElement[bool]:
        from_then: ColumnElement[bool] = at >= since
        return from_then if place is None else and_(from_then, place.beyond(at, rank, number))

    changed = condition(col(table.updated_at), _RECORD, col(table.id))
    order = col(table.updated_at), col(table.id)
    records = session.exec(select(table).where(*listed, changed).order_by(*order).limit(limit + 1)).all()
    left = (col(Tombstone.kind) == kind, gone, condition(col(Tombstone.at), _TOMBSTONE, col(Tombstone.id)))
    by_time = col(Tombstone.at), col(Tombstone.id)
    tombstones = session.exec(select(Tombstone).where(*left).order_by(*by_time).limit(limit + 1)).all()
    moment = now()
    begun = place.begun if place else moment
    entries = sorted(
        [(one.updated_at, _RECORD, one.id or 0, one) for one in records]
        + [(one.at, _TOMBSTONE, one.id or 0, one) for one in tombstones],
        key=lambda entry: entry[:3],
    )
    page = entries[:limit]
    all_changed = select(func.count()).select_from(table).where(*listed, col(table.updated_at) >= since)
    return Harvest(
        records=[entry for _, rank, _, entry in page if rank == _RECORD],
        removed=[entry for _, rank, _, entry in page if rank == _TOMBSTONE],
        total=session.exec(all_changed).one(),
        next_cursor=_Place(begun, *page[-1][:3]).written() if len(entries) > limit else None,
        since_next=max(since, begun - OVERLAP),
    )
