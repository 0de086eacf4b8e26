"""Reading needs and achievements by kind: the few queries that treat both alike."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import AchievementStatus, NeedStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.rights import Actor
from matchmaker.validity import freshest_first
from matchmaker.visibility import SearchedRecord, in_lists_of


def records_of(session: Session, kind: RecordKind, ids: Sequence[int]) -> Sequence[SearchedRecord]:
    """The records of those ids that exist, in no particular order."""
    if not ids:
        return []
    if kind is RecordKind.NEEDS:
        return session.exec(select(TechnologyNeed).where(col(TechnologyNeed.id).in_(ids))).all()
    return session.exec(select(Achievement).where(col(Achievement.id).in_(ids))).all()


def newest_of(session: Session, kind: RecordKind, ids: set[int]) -> list[int]:
    """Those ids, the most recently published record first; those nobody has confirmed for long come last."""
    table = TechnologyNeed if kind is RecordKind.NEEDS else Achievement
    ordered = session.exec(select(table.id).order_by(*freshest_first(table)))
    return [one for one in ordered if one in ids]


def closing_of(session: Session, kind: RecordKind, ids: set[int]) -> list[int]:
    """Those ids, the record whose validity ends first before the others; those without an end come last."""
    table = TechnologyNeed if kind is RecordKind.NEEDS else Achievement
    ordered = session.exec(select(table.id).order_by(*_closing_first(table)))
    return [one for one in ordered if one in ids]


def open_ids(
    session: Session, kind: RecordKind, reader: Actor, offset: int, limit: int, *, closing: bool = False
) -> tuple[list[int], int]:
    """A page of the ids of all open records, and how many there are in all: the most recently published first (those
    nobody has confirmed for long come last), or with `closing` those whose validity ends first.

    Only those meant for the reader's circle.
    """
    table = TechnologyNeed if kind is RecordKind.NEEDS else Achievement
    conditions = in_lists_of(table, reader)
    order = _closing_first(table) if closing else freshest_first(table)
    ids = session.exec(select(col(table.id)).where(*conditions).order_by(*order).offset(offset).limit(limit))
    total = session.exec(select(func.count()).select_from(table).where(*conditions)).one()
    return [one for one in ids if one is not None], total


def _closing_first(table: type[SearchedRecord]) -> tuple[ColumnElement[Any], ...]:
    return col(table.valid_until).is_(None), col(table.valid_until).asc(), col(table.id).desc()


def published_after(session: Session, kind: RecordKind, last_id: int, limit: int) -> Sequence[SearchedRecord]:
    """The next published records by id, for walking through all of them in constant memory."""
    if kind is RecordKind.NEEDS:
        return session.exec(
            select(TechnologyNeed)
            .where(col(TechnologyNeed.id) > last_id, col(TechnologyNeed.status) == NeedStatus.PUBLISHED)
            .order_by(col(TechnologyNeed.id))
            .limit(limit)
        ).all()
    return session.exec(
        select(Achievement)
        .where(col(Achievement.id) > last_id, col(Achievement.status) == AchievementStatus.PUBLISHED)
        .order_by(col(Achievement.id))
        .limit(limit)
    ).all()


def published_versions(session: Session, kind: RecordKind) -> dict[str, int]:
    """Index id → version of every published record."""
    if kind is RecordKind.NEEDS:
        rows = session.exec(
            select(TechnologyNeed.id, TechnologyNeed.version).where(TechnologyNeed.status == NeedStatus.PUBLISHED)
        )
    else:
        rows = session.exec(
            select(Achievement.id, Achievement.version).where(Achievement.status == AchievementStatus.PUBLISHED)
        )
    return {str(record_id): version for record_id, version in rows}
