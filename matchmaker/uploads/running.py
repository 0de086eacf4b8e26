"""Importing in the background: a batch row by row, resumable at any moment.

Every 500 rows are one transaction, with what they were before (`ImportedRecord`) and how far the batch is: whatever
dies, nothing is lost, nothing is done or counted twice. A batch whose runner has gone silent is taken over.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_jsonable_python
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, or_, select

from matchmaker.audit import reason_for
from matchmaker.database import session_scope
from matchmaker.errors import DatabaseNotReady, MatchmakerError
from matchmaker.ingest import (
    ImportKind,
    IngestOptions,
    RejectedRow,
    RowResult,
    RowSkipped,
    SourceRow,
    Written,
    ingest_file,
)
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import NoticeKind
from matchmaker.models.upload import BatchStatus, ImportBatch, ImportedRecord
from matchmaker.notices import NoticeText, notify
from matchmaker.records import ACTOR, Outcome
from matchmaker.uploads.checking import as_file, check_batch, options_of, rules_of
from matchmaker.uploads.preview import wrong_row
from matchmaker.uploads.report import KEPT_REJECTED, BatchReport, has_number, report_of
from matchmaker.uploads.reviewer_notices import tell_reviewers
from matchmaker.uploads.rules import Admission, source_of
from matchmaker.uploads.undoing import undo_some

log = logging.getLogger(__name__)

_CHUNK = 500
_TURN_SECONDS = 0.15
# A chunk takes a few seconds; who has been silent for longer is dead.
_SILENT = timedelta(seconds=30)
# The page checks small files itself, at once: the runner takes what the page left.
_LEFT = timedelta(seconds=5)
_IDLE_SECONDS = 1.0
_TROUBLE_SECONDS = 5.0


class _GivenUp(Exception):
    """Somebody else works on this batch, or this process is about to end."""


def run_waiting_batches(database: Engine, *, stopping: Callable[[], bool] = lambda: False) -> int:
    """Check, import and undo whatever waits for it; returns how many batches were dealt with.

    Any number of processes may do this at once. Ends after the chunk in hand when `stopping` says so. Raises
    OperationalError and DatabaseNotReady; the batch in hand is then continued later.
    """
    handled = 0
    while not stopping():
        with Session(database) as session:
            batch = session.exec(select(ImportBatch).where(_due()).order_by(col(ImportBatch.id)).limit(1)).first()
            if batch is None or batch.id is None:
                return handled
            batch_id, status = batch.id, batch.status
        if status is BatchStatus.CHECKING:
            check_batch(database, batch_id)
        elif status is BatchStatus.UNDOING:
            while not stopping() and undo_some(database, batch_id):
                give_way()
        else:
            run_batch(database, batch_id, stopping=stopping)
        handled += 1
    return handled


def give_way() -> None:
    """Let somebody else write. SQLite keeps no queue: who waits asks again after a tenth of a second, and whoever
    begins anew at once would be first every time.
    """
    time.sleep(_TURN_SECONDS)


def run_batch(database: Engine, batch_id: int, *, stopping: Callable[[], bool] = lambda: False) -> None:
    """Import the batch from where it stands to its end. Its own troubles become its `problem`."""
    with session_scope(database) as session:
        batch = session.exec(
            select(ImportBatch).where(ImportBatch.id == batch_id).with_for_update(skip_locked=True)
        ).first()
        if batch is None or batch.status not in (BatchStatus.WAITING, BatchStatus.RUNNING):
            return
        batch.status, batch.updated_at = BatchStatus.RUNNING, now()
        try:
            rules = rules_of(session, batch, batch.mode)
        except MatchmakerError as error:
            batch.status, batch.problem = BatchStatus.FAILED, str(error)[:500]
            return
    kind = ImportKind.parse(batch.kind)
    running = _Running(batch, rules, stopping)
    options = IngestOptions(
        **options_of(batch, source_of(rules.actor, kind)), batch_size=_CHUNK, start=batch.rows_done, watcher=running
    )
    try:
        with as_file(batch) as path:
            ingest_file(database, kind, path, options)
    except _GivenUp:
        return
    except (OperationalError, DatabaseNotReady):
        raise
    except MatchmakerError as error:
        _failed(database, batch_id, str(error))
    except Exception as error:
        # Only the type: the text of an error may repeat a row.
        log.error("批量导入 %s 意外中断（%s）", batch_id, type(error).__name__)
        log.debug("", exc_info=True)
        _failed(database, batch_id, "导入意外中断，已导入的行有效；请点“继续导入”，仍不成功请联系系统管理员")
    else:
        _finished(database, batch_id, rules)


class _Running:
    """Follows an import: every chunk is written together with the batch's progress."""

    def __init__(self, batch: ImportBatch, rules: Admission, stopping: Callable[[], bool]) -> None:
        assert batch.id is not None  # noqa: S101 — read from the database
        self._batch_id = batch.id
        self._kind = ImportKind.parse(batch.kind)
        self._done = batch.rows_done
        self._rules = rules
        self._stopping = stopping
        self._report = report_of(batch)
        self._headings = [one.heading for one in self._report.columns]

    @contextmanager
    def transaction(self, session: Session) -> Iterator[None]:
        """Nobody else writes this batch's rows while the transaction lasts, and nobody has since the last one."""
        found = select(ImportBatch).where(ImportBatch.id == self._batch_id).with_for_update(skip_locked=True)
        batch = session.exec(found).first()
        if batch is None or batch.status is not BatchStatus.RUNNING or batch.rows_done != self._done:
            raise _GivenUp
        if self._stopping():
            # Nothing of this chunk is written; whoever starts next goes on here at once.
            batch.status = BatchStatus.WAITING
            session.commit()
            raise _GivenUp
        session.info[ACTOR] = self._rules.actor
        with reason_for(session, f"批量导入 {self._batch_id}"):
            yield

    def admit(self, row: SourceRow, create: BaseModel) -> BaseModel:
        return self._rules.admit(create)

    def wrote(self, session: Session, written: Written) -> Written:
        return self._rules.settle(written)

    def closing(self, session: Session, rows: Sequence[tuple[SourceRow, RowResult]]) -> None:
        """What was done to each record, and how far the batch is now."""
        report = self._report.model_copy(deep=True)
        session.flush()
        for row, result in rows:
            self._count(report, row, result)
            if isinstance(result, Written) and result.outcome is not Outcome.UNCHANGED:
                session.add(self._imported(result))
        batch = session.get_one(ImportBatch, self._batch_id)
        batch.rows_done = self._done + len(rows)
        batch.report = report.model_dump(mode="json")
        batch.updated_at = now()
        session.flush()
        self._done, self._report = batch.rows_done, report

    def _imported(self, written: Written) -> ImportedRecord:
        record = written.record
        assert record.id is not None  # noqa: S101 — flushed above
        before: dict[str, Any] | None = None
        if written.outcome is Outcome.CHANGED:
            before = to_jsonable_python(written.before)
        return ImportedRecord(
            batch_id=self._batch_id,
            table_name=str(record.__tablename__),
            record_id=record.id,
            version=record.version,
            before=before,
        )

    def _count(self, report: BatchReport, row: SourceRow, result: RowResult) -> None:
        match result:
            case Written(record=record, outcome=outcome):
                name = outcome.value
                setattr(report, name, getattr(report, name) + 1)
                if isinstance(record, TechnologyNeed | Achievement):
                    report.published += record.status == "published"
                    report.pending += record.status == "pending"
                report.registered += has_number(record)
            case RowSkipped():
                report.skipped += 1
            case None:
                report.repeated_ids += 1
            case list():
                report.rejected_count += 1
                if len(report.rejected) < KEPT_REJECTED:
                    fields = {one.heading: one.field for one in report.columns if one.field}
                    rejected = RejectedRow(row.number, result, list(row.cells))
                    report.rejected.append(wrong_row(self._kind, rejected, self._headings, fields))


class ImportRunner:
    """The background thread of `serve` and `worker`: deals with batches until it is stopped, and survives trouble."""

    def __init__(self, database: Engine) -> None:
        self._database = database
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="import-runner", daemon=True)

    def start(self) -> None:
        """Begin to look for batches."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the chunk in hand and end."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        told = ""
        while not self._stopping.is_set():
            try:
                run_waiting_batches(self._database, stopping=self._stopping.is_set)
                told, pause = "", _IDLE_SECONDS
            except Exception as error:
                if type(error).__name__ != told:
                    log.error("批量导入暂停（%s），稍后继续", type(error).__name__)
                    log.debug("", exc_info=True)
                told, pause = type(error).__name__, _TROUBLE_SECONDS
            self._stopping.wait(pause)


def _due() -> Any:
    status, since = col(ImportBatch.status), col(ImportBatch.updated_at)
    return or_(
        status.in_((BatchStatus.WAITING, BatchStatus.UNDOING)),
        (status == BatchStatus.RUNNING) & (since < now() - _SILENT),
        (status == BatchStatus.CHECKING) & (since < now() - _LEFT),
    )


def _failed(database: Engine, batch_id: int, problem: str) -> None:
    with session_scope(database) as session:
        batch = session.get_one(ImportBatch, batch_id, with_for_update=True)
        batch.status, batch.problem, batch.updated_at = BatchStatus.FAILED, problem[:500], now()


def _finished(database: Engine, batch_id: int, rules: Admission) -> None:
    """Tell the uploader, and the officials where something waits for their review."""
    with session_scope(database) as session:
        batch = session.get_one(ImportBatch, batch_id, with_for_update=True)
        if batch.status is not BatchStatus.RUNNING:
            return
        batch.status, batch.problem, batch.updated_at = BatchStatus.FINISHED, "", now()
        report, kind = report_of(batch), ImportKind.parse(batch.kind)
        numbers = f"新增 {report.added}，更新 {report.changed}，未变 {report.unchanged}，退回 {report.rejected_count}"
        notify(
            session,
            [batch.account_id],
            NoticeText(
                NoticeKind.IMPORT, f"import-{batch_id}", f"{kind.label}批量导入完成", numbers, f"/imports/{batch_id}"
            ),
        )
        if report.pending:
            region = rules.own.region_code if rules.own is not None else None
            tell_reviewers(session, kind, report.pending, region, batch_id)
