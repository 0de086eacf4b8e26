"""Undoing a batch: what it added goes, what it changed gets its former values back, unless somebody changed it since."""

from datetime import timedelta
from functools import cache
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from matchmaker.accounts import actor_of
from matchmaker.audit import reason_for
from matchmaker.database import session_scope
from matchmaker.models.account import Account
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import Record, now
from matchmaker.models.broker import Broker, Brokerage
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.party import Enterprise, Institution
from matchmaker.models.target import AchievementRegistration, Signing
from matchmaker.models.upload import BatchStatus, ImportBatch, ImportedRecord
from matchmaker.records import ACTOR, enqueue, enqueued_together, write_values
from matchmaker.uploads.report import report_of
from matchmaker.uploads.rules import UNDONE_NOTE
from matchmaker.uploads.undoing_contracts import put_back, why_kept
from matchmaker.visibility import taken_up

# As long as the file itself is kept (`batches.forget_old_batches`).
UNDO_WITHIN = timedelta(days=30)
# So many take a second or so on a busy machine, during which nobody else writes on SQLite.
_CHUNK = 200
_TABLES: dict[str, type[Record]] = {
    str(table.__tablename__): table
    for table in (
        TechnologyNeed,
        Achievement,
        Enterprise,
        Institution,
        Broker,
        Brokerage,
        TechnologyContract,
        AchievementRegistration,
        Signing,
    )
}
_KINDS = {TechnologyNeed: RecordKind.NEEDS, Achievement: RecordKind.ACHIEVEMENTS}


def undo_some(database: Engine, batch_id: int) -> bool:
    """Undo the next records of the batch in one transaction; False when all have been dealt with."""
    with session_scope(database) as session:
        found = select(ImportBatch).where(ImportBatch.id == batch_id).with_for_update(skip_locked=True)
        batch = session.exec(found).first()
        if batch is None or batch.status is not BatchStatus.UNDOING:
            return False
        wanted = select(ImportedRecord).where(ImportedRecord.batch_id == batch_id, col(ImportedRecord.problem) == "")
        # Last written, first undone: parties after what refers to them.
        todo = session.exec(wanted.order_by(col(ImportedRecord.id).desc()).limit(_CHUNK)).all()
        report = report_of(batch)
        session.info[ACTOR] = actor_of(session, session.get_one(Account, batch.undone_by_id or batch.account_id))
        with reason_for(session, f"撤销批量导入 {batch_id}"), enqueued_together(session):
            for imported in todo:
                imported.problem = _undo(session, imported)
                report.kept += bool(imported.problem)
                report.undone += not imported.problem
                if not imported.problem:
                    session.delete(imported)
        if not todo:
            batch.status = BatchStatus.UNDONE
        batch.report = report.model_dump(mode="json")
        batch.updated_at = now()
        return bool(todo)


def _undo(session: Session, imported: ImportedRecord) -> str:
    """Why it could not be undone; empty when it was."""
    table = _TABLES[imported.table_name]
    record = session.get(table, imported.record_id, with_for_update=True)
    if record is None:
        return ""
    if isinstance(record, TechnologyContract) and (reason := why_kept(session, record, imported.version)):
        return reason
    if record.version != imported.version:
        return "导入之后又有人修改过"
    if isinstance(record, TechnologyNeed | Achievement):
        if _is_taken_up(session, record):
            return "已有人承办对接"
        values = _restored(table, imported.before) if imported.before is not None else _withdrawn(record)
        write_values(record, values)
        enqueue(session, _KINDS[type(record)], record)
        return ""
    if imported.before is not None:
        before = _restored(table, imported.before)
        if isinstance(record, TechnologyContract):
            put_back(session, record, before)
        else:
            write_values(record, before)
        return ""
    try:
        with session.begin_nested():
            session.delete(record)
    except IntegrityError:
        return "已被其他记录引用"
    return ""


def _is_taken_up(session: Session, record: TechnologyNeed | Achievement) -> bool:
    key = Match.need_id if isinstance(record, TechnologyNeed) else Match.achievement_id
    return session.exec(select(Match.id).where(col(key) == record.id, taken_up()).limit(1)).first() is not None


def _withdrawn(record: TechnologyNeed | Achievement) -> dict[str, Any]:
    """What is searched is never deleted: matches, lists and the audit trail name it."""
    return {"status": type(record.status).WITHDRAWN, "review_note": UNDONE_NOTE}


def _restored(table: type[Record], before: dict[str, Any]) -> dict[str, Any]:
    return {name: _reader(table, name).validate_python(value) for name, value in before.items()}


@cache
def _reader(table: type[Record], name: str) -> TypeAdapter[Any]:
    wanted: Any = table.model_fields[name].annotation
    return TypeAdapter(wanted)
