"""The relay: what changed in the database reaches the index. Nothing is lost, whatever dies in between.

A change and its outbox row are one transaction. The relay reads the *current* records, writes the index, and
only then removes the rows it has handled: doing a row twice is harmless, and a row is never forgotten. Words are
written first; records whose meaning must still be computed get a second row.

On PostgreSQL any number of workers relay at once: each locks the rows it handles (the others skip them) and the
records they are about, so that two changes of one record are never written in the wrong order. On SQLite one
process relays.
"""

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Engine, delete, func, or_, update
from sqlmodel import Session, col, select

from indexing import DocumentsRefused, EmbedderNotAvailable, IndexDocument, IndexingError
from matchmaker.database import session_scope
from matchmaker.errors import MatchmakerError
from matchmaker.index_documents import index_document
from matchmaker.index_rebuild import enqueue_stale, rebuild
from matchmaker.indexes import Indexes
from matchmaker.models.base import now
from matchmaker.models.outbox import IndexOutbox, IndexStep, RecordKind
from matchmaker.searched import records_of
from matchmaker.visibility import is_published

log = logging.getLogger(__name__)

# Large batches of words keep up with an import. Those of meaning are as small as the model is slow, so that new words
# never wait long.
_WORDS_BATCH = 500
# How long the relay sleeps when there is nothing to do: a change is searchable within a second of its commit.
_IDLE_SECONDS = 0.5
_TROUBLE_SECONDS = 3.0
# Database and index are compared at start and every hour: the net under everything else.
_COMPARE_SECONDS = 3600.0
# First half of the advisory lock on a record; any number nothing else in the database uses.
_LOCK_NUMBERS = {RecordKind.NEEDS: 20260101, RecordKind.ACHIEVEMENTS: 20260102}
_LONGEST_RETRY = timedelta(days=1)

Record = tuple[RecordKind, int]


@dataclass
class _Batch:
    """Outbox rows of one step with what they ask for; plain data, so that no transaction must stay open."""

    step: IndexStep
    rows: dict[int, Record] = field(default_factory=dict)
    documents: dict[RecordKind, list[IndexDocument]] = field(default_factory=lambda: defaultdict(list))
    gone: dict[RecordKind, set[str]] = field(default_factory=lambda: defaultdict(set))
    # What cannot be indexed as it is, and why.
    problems: dict[Record, str] = field(default_factory=dict)


def relay_once(database: Engine, indexes: Indexes) -> int:
    """Handle one batch of outbox rows; returns how many. Raises IndexingError when the index cannot be written."""
    is_shared = database.dialect.name == "postgresql"
    with Session(database) as session:
        batch = _claimed(session, is_shared, indexes.meaning.batch)
        if not is_shared:
            # Nothing is locked here: the transaction of reading ends before the slow part begins.
            session.rollback()
        if batch.step is IndexStep.REBUILD:
            for kind, number in set(batch.rows.values()):
                try:
                    rebuild(database, indexes, kind)
                except EmbedderNotAvailable as error:
                    # Words go on meanwhile.
                    batch.problems[kind, number] = str(error)
        else:
            _ensure(database, indexes)
        if not batch.rows:
            return 0
        follow_up = [one for kind in RecordKind for one in _write(indexes, kind, batch)]
        with nullcontext(session) if is_shared else session_scope(database) as finishing:
            _finish(finishing, batch)
            finishing.add_all(follow_up)
            finishing.commit()
    return len(batch.rows)


def relay_all(database: Engine, indexes: Indexes) -> None:
    """Handle the whole outbox, meaning included. Raises IndexingError."""
    while relay_once(database, indexes):
        pass


class Relay:
    """The background thread of `serve` and `worker`: relays until it is stopped, and survives every trouble."""

    def __init__(
        self, database: Engine, indexes: Indexes, afterwards: Callable[[Engine, Indexes], object] | None = None
    ) -> None:
        """`afterwards` is called whenever all that waited has been written: what is new can be found now."""
        self._database = database
        self._indexes = indexes
        self._afterwards = afterwards
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index-relay", daemon=True)

    def start(self) -> None:
        """Begin relaying."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch in hand and end."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        told, is_new = "", False
        compare_at = time.monotonic()
        while not self._stopping.is_set():
            try:
                handled = relay_once(self._database, self._indexes)
                if not handled and time.monotonic() >= compare_at:
                    compare_at = time.monotonic() + _COMPARE_SECONDS
                    handled = enqueue_stale(self._database, self._indexes)
                if is_new and not handled and self._afterwards is not None:
                    self._afterwards(self._database, self._indexes)
                is_new = handled > 0
                pause = 0.0 if handled else _IDLE_SECONDS
                if told:
                    log.warning("索引恢复写入")
                told = ""
            except (IndexingError, MatchmakerError, OSError) as error:
                # Rows stay in the outbox; the same trouble is told once, not every three seconds.
                if str(error) != told:
                    log.warning("索引暂时无法写入，变更已排队：%s", error)
                told, pause = str(error), _TROUBLE_SECONDS
            except Exception as error:
                # Only the type: the text of a database's error would repeat a row. The stack says where.
                if type(error).__name__ != told:
                    log.error("索引写入意外失败（%s），变更已排队，将继续重试", type(error).__name__)
                    log.debug("", exc_info=True)
                told, pause = type(error).__name__, _TROUBLE_SECONDS
            self._stopping.wait(pause)


def _ensure(database: Engine, indexes: Indexes) -> None:
    """An installation without a single record has an index too: an empty one, that finds nothing.

    Where an index was lost, a new one is made, and everything that is not waiting anyway is queued for it.
    """
    made = [kind for kind in RecordKind if indexes.of(kind).ensure()]
    if made:
        enqueue_stale(database, indexes)


def _claimed(session: Session, is_shared: bool, meaning_batch: int) -> _Batch:
    for step, size in (
        (IndexStep.REBUILD, 1),
        (IndexStep.WORDS, _WORDS_BATCH),
        (IndexStep.MEANING, meaning_batch),
    ):
        wanted = (
            select(IndexOutbox)
            .where(col(IndexOutbox.step) == step)
            .where(or_(col(IndexOutbox.retry_at).is_(None), col(IndexOutbox.retry_at) <= now()))
            .order_by(col(IndexOutbox.id))
            .limit(size)
        )
        if is_shared:
            rows = _locked(session, session.exec(wanted.with_for_update(skip_locked=True)).all())
        else:
            rows = list(session.exec(wanted))
        if rows:
            batch = _Batch(step, {row.id: (row.kind, row.record_id) for row in rows if row.id is not None})
            if step is not IndexStep.REBUILD:
                _read(session, batch)
            return batch
    return _Batch(IndexStep.WORDS)


def _locked(session: Session, rows: Sequence[IndexOutbox]) -> list[IndexOutbox]:
    """Those rows whose record no other worker is writing just now. The locks end with the transaction."""
    free: set[int | None] = set()
    for kind, number in _LOCK_NUMBERS.items():
        ids = [row.id for row in rows if row.kind is kind]
        locked = select(IndexOutbox.id, func.pg_try_advisory_xact_lock(number, IndexOutbox.record_id))
        free |= {one for one, is_free in session.exec(locked.where(col(IndexOutbox.id).in_(ids))) if is_free}
    return [row for row in rows if row.id in free]


def _read(session: Session, batch: _Batch) -> None:
    """The records as they are now: after the locks, so that nothing newer can be overtaken."""
    for kind in RecordKind:
        wanted = {record_id for of, record_id in batch.rows.values() if of is kind}
        batch.gone[kind] = {str(one) for one in wanted}
        for record in records_of(session, kind, sorted(wanted)):
            try:
                documents = [index_document(record)] if is_published(record) else []
            except Exception as error:
                # One record that cannot be turned into a document must not stop all others.
                batch.problems[kind, record.id or 0] = type(error).__name__
                log.error("记录 %s/%s 无法转成索引文档（%s）", kind.value, record.id, type(error).__name__)
                continue
            batch.documents[kind] += documents
            batch.gone[kind] -= {document.id for document in documents}
        batch.gone[kind] -= {str(one) for of, one in batch.problems if of is kind}


def _write(indexes: Indexes, kind: RecordKind, batch: _Batch) -> Iterable[IndexOutbox]:
    """Write the published ones, remove the others; returns the rows for meaning that is still missing."""
    index, documents, missing = indexes.of(kind), batch.documents[kind], list[str]()
    embed = batch.step is IndexStep.MEANING
    if documents:
        try:
            missing = index.write(documents, embed=embed)
        except DocumentsRefused as error:
            batch.problems |= {(kind, int(one)): problem for one, problem in error.problems.items()}
            # The others have been written; once more tells what is still missing of them.
            missing = index.write([one for one in documents if one.id not in error.problems], embed=embed)
    if batch.gone[kind]:
        index.delete(batch.gone[kind])
    if embed:
        return []
    return [IndexOutbox(kind=kind, record_id=int(one), step=IndexStep.MEANING) for one in missing]


def _finish(session: Session, batch: _Batch) -> None:
    """Remove the rows that are done, and what earlier attempts at these records left; put off the refused ones."""
    done = {number: record for number, record in batch.rows.items() if record not in batch.problems}
    session.exec(delete(IndexOutbox).where(col(IndexOutbox.id).in_(done)))
    for kind in RecordKind:
        records = {record_id for of, record_id in done.values() if of is kind}
        earlier = delete(IndexOutbox).where(col(IndexOutbox.kind) == kind, col(IndexOutbox.problem).is_not(None))
        session.exec(earlier.where(col(IndexOutbox.record_id).in_(records), col(IndexOutbox.step) == batch.step))
    for number, record in batch.rows.items():
        if record in batch.problems:
            attempts = session.exec(select(IndexOutbox.attempts).where(col(IndexOutbox.id) == number)).one()
            put_off = min(timedelta(minutes=2**attempts), _LONGEST_RETRY)
            session.exec(
                update(IndexOutbox)
                .where(col(IndexOutbox.id) == number)
                .values(attempts=attempts + 1, retry_at=now() + put_off, problem=batch.problems[record][:500])
            )
