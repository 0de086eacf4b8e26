"""What needs, achievements and parties have in common: upsert by natural key, revision with a version check.

Nothing here commits. Every change of a searched record leaves an outbox row in the same transaction.
"""

import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel
from sqlmodel import Session, col, select

from matchmaker.errors import NotFound, VersionConflict
from matchmaker.models.base import Record, now
from matchmaker.models.outbox import IndexOutbox, RecordKind

R = TypeVar("R", bound=Record)


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


def record_by_source(session: Session, table: type[R], source: str, source_id: str) -> R | None:
    """The record of that natural key, if there is one."""
    return session.exec(select(table).where(col(table.source) == source, col(table.source_id) == source_id)).first()


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
    session.flush()
    assert record.id is not None
    session.add(IndexOutbox(kind=kind, record_id=record.id))


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value
