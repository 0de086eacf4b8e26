"""Tombstones: left by every flush that takes a record out of somebody's lists, and daily for those that have expired.

Whoever collects records by the time of their last change (`updated_since`) learns from them what to drop. A tombstone
tells only those who could see the record before: nobody learns from it that something hidden exists.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import event, exists, insert, inspect
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, col, select

from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.labels import Confidentiality
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.tombstone import HarvestKind, Tombstone
from matchmaker.visibility import SearchedRecord, published_status, today

# How few may list a record of that confidentiality: the public, certified brokers, those who oversee the city.
_DEPTH = {
    Confidentiality.PUBLIC: 0,
    Confidentiality.SUMMARY: 0,
    Confidentiality.BROKER_ONLY: 1,
    Confidentiality.DIRECTED: 2,
}
_TABLES: tuple[type[SearchedRecord], ...] = (TechnologyNeed, Achievement)


def harvest_kind(table: type[SearchedRecord]) -> HarvestKind:
    """Under which kind records of that table are collected."""
    return HarvestKind.NEEDS if table is TechnologyNeed else HarvestKind.ACHIEVEMENTS


def bury_expired(session: Session, day: date) -> None:
    """Tombstones for what was open until yesterday or before and has none yet: the passing of time changes no row."""
    for table in _TABLES:
        kind = harvest_kind(table)
        buried = exists().where(
            col(Tombstone.kind) == kind,
            col(Tombstone.record_id) == col(table.id),
            col(Tombstone.at) >= col(table.updated_at),
        )
        expired = col(table.status) == published_status(table), col(table.valid_until) < day
        either: type[Any] = table
        found: Sequence[SearchedRecord] = session.exec(select(either).where(*expired, ~buried)).all()
        _bury(session, [(kind, one.id or 0, one.confidentiality, None) for one in found])


@event.listens_for(AnySession, "after_flush")
def _bury_what_left(session: AnySession, _context: object) -> None:
    rows: list[tuple[HarvestKind, int, Confidentiality | None, int | None]] = []
    for record in session.dirty:
        if isinstance(record, TechnologyNeed | Achievement):
            before, after = _circle(_former(record)), _circle(_present(record))
            if before is not None and (after is None or _DEPTH[after] > _DEPTH[before]):
                rows.append((harvest_kind(type(record)), record.id or 0, before, None))
        elif isinstance(record, Match):
            left = inspect(record).attrs.broker_account_id.history.deleted
            if left and left[0] is not None and left[0] != record.broker_account_id:
                rows.append((HarvestKind.CARRIED, record.id or 0, None, left[0]))
    for record in session.deleted:
        if isinstance(record, TechnologyNeed | Achievement) and (before := _circle(_former(record))) is not None:
            rows.append((harvest_kind(type(record)), record.id or 0, before, None))
    _bury(session, rows)


def _bury(session: AnySession, rows: Iterable[tuple[HarvestKind, int, Confidentiality | None, int | None]]) -> None:
    values = [
        {"kind": kind, "record_id": number, "confidentiality": confidentiality, "account_id": account_id, "at": now()}
        for kind, number, confidentiality, account_id in rows
    ]
    if values:
        session.connection().execute(insert(Tombstone), values)


def _former(record: SearchedRecord) -> dict[str, Any]:
    """What decided about its listing before this flush."""
    return {
        name: history.deleted[0] if (history := inspect(record).attrs[name].history).deleted else value
        for name, value in _present(record).items()
    }


def _present(record: SearchedRecord) -> dict[str, Any]:
    return {name: getattr(record, name) for name in ("status", "confidentiality", "valid_until")}


def _circle(values: dict[str, Any]) -> Confidentiality | None:
    """In whose lists a record with these values is; None: in nobody's."""
    until: date | None = values["valid_until"]
    # The word for a published record is the same in both tables.
    if values["status"] != published_status(TechnologyNeed) or (until is not None and until < today()):
        return None
    circle: Confidentiality = values["confidentiality"]
    return circle
