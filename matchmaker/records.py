"""What needs, achievements and parties have in common: upsert by natural key, revision with a version check.

Nothing here commits. Every change of a searched record leaves an outbox row in the same transaction.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlmodel import Session, col, select

from matchmaker.errors import NotFound, VersionConflict
from matchmaker.models.base import Record, now
from matchmaker.models.outbox import IndexOutbox, RecordKind

R = TypeVar("R", bound=Record)

# Under this name a session knows the `Actor` on whose behalf it works; without one it is the platform itself.
ACTOR = "actor"
# Under these names a session keeps what `look_ahead` fetched and what `enqueued_together` has yet to enqueue.
_LOOKED_AHEAD = "looked_ahead"
_TO_ENQUEUE = "to_enqueue"
# Values in one IN (…): SQLite takes 32,766, PostgreSQL 65,535.
LOOK_AHEAD_CHUNK = 5_000


class Outcome(Enum):
    """What an upsert did."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


def content_key(values: Mapping[str, Any]) -> str:
    """A source id for a record that came without one: the same content always gets the same key."""
    text = json.dumps(values, ensure_ascii=False, sort_keys=True, default=str)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()[:40]


def record_by_id(session: Session, table: type[R], record_id: int) -> R:
    """The record. Raises NotFound."""
    record = session.get(table, record_id)
    if record is None:
        raise NotFound(f"没有编号为 {record_id} 的记录", "它可能已被删除，请从列表重新进入")
    return record


def look_ahead(session: Session, table: type[R], source: str, source_ids: Iterable[str]) -> None:
    """Fetch the records of these natural keys at once, for a batch about to be written in this transaction.

    The next `record_by_source` for each of them is answered without asking the database.
    """
    wanted = list(source_ids)
    ahead: dict[tuple[type[Record], str, str], Record | None] = {(table, source, one): None for one in wanted}
    for start in range(0, len(wanted), LOOK_AHEAD_CHUNK):
        chunk = wanted[start : start + LOOK_AHEAD_CHUNK]
        of_these = select(table).where(col(table.source) == source, col(table.source_id).in_(chunk))
        ahead.update({(table, source, record.source_id): record for record in session.exec(of_these)})
    session.info[_LOOKED_AHEAD] = ahead


def record_by_source(session: Session, table: type[R], source: str, source_id: str) -> R | None:
    """The record of that natural key, if there is one."""
    ahead: dict[tuple[type[Record], str, str], R | None] = session.info.get(_LOOKED_AHEAD, {})
    if (table, source, source_id) in ahead:
        # Good for one answer only: after it the record may have come into being.
        return ahead.pop((table, source, source_id))
    return session.exec(select(table).where(col(table.source) == source, col(table.source_id) == source_id)).first()


def stated_values(create: BaseModel, values: Mapping[str, Any], derived: Iterable[str]) -> dict[str, Any]:
    """Those of `values` that the shape really states (or that follow from what it states).

    An update from a table with fewer columns leaves the other fields as they are.
    """
    return {name: value for name, value in values.items() if name in create.model_fields_set or name in derived}


def write_values(record: Record, values: Mapping[str, Any]) -> bool:
    """Set the values that differ; when any does, the version grows. Returns whether anything changed."""
    changed = {name: value for name, value in values.items() if _plain(getattr(record, name)) != _plain(value)}
    for name, value in changed.items():
        setattr(record, name, value)
    if changed:
        record.version += 1
        record.updated_at = now()
    return bool(changed)


def check_version(record: Record, version: int) -> None:
    """Raise VersionConflict unless `version` is the record's current one."""
    if record.version != version:
        raise VersionConflict(
            f"记录已被他人修改（您看到的是第 {version} 版，现在是第 {record.version} 版）", "请刷新后重新修改"
        )


def enqueue(session: Session, kind: RecordKind, record: Record) -> None:
    """Note, in the caller's transaction, that the index must see this record."""
    together: list[tuple[RecordKind, Record]] | None = session.info.get(_TO_ENQUEUE)
    if together is not None:
        together.append((kind, record))
        return
    session.flush()
    session.add(_outbox_row(kind, record))


@contextmanager
def enqueued_together(session: Session) -> Iterator[None]:
    """Inside the block records get their id and their outbox row at its end, all in one go, still in this transaction.

    For batches: one insert of a thousand records is several times faster than a thousand inserts.
    """
    together: list[tuple[RecordKind, Record]] = []
    session.info[_TO_ENQUEUE] = together
    try:
        yield
    finally:
        del session.info[_TO_ENQUEUE]
    session.flush()
    session.add_all([_outbox_row(kind, record) for kind, record in together])


def _outbox_row(kind: RecordKind, record: Record) -> IndexOutbox:
    assert record.id is not None  # noqa: S101 — flushed by the caller
    return IndexOutbox(kind=kind, record_id=record.id)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
