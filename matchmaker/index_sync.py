"""The relay: what changed in the database reaches the index. Nothing is lost, whatever dies in between.

A change and its outbox row are one transaction. The relay reads the *current* records, writes the index, and
only then removes the rows it has handled: doing a row twice is harmless, and a row is never forgotten. Words are
written first; records whose meaning must still be computed get a second row. One process relays at a time.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine, delete, func
from sqlmodel import Session, col, select

from indexing import IndexDocument, IndexingError, IndexNotBuilt, IndexOutdated, MeaningState
from matchmaker.database import session_scope
from matchmaker.errors import MatchmakerError
from matchmaker.index_documents import index_document
from matchmaker.indexes import Indexes
from matchmaker.models.outbox import IndexOutbox, IndexStep, RecordKind
from matchmaker.searched import published_after, published_versions, records_of
from matchmaker.visibility import SearchedRecord, is_published

log = logging.getLogger(__name__)

# Words: large batches keep up with an import. Meaning: small ones, so that new words never wait long.
_WORDS_BATCH = 500
_MEANING_BATCH = 8
# How long the relay sleeps when there is nothing to do: a change is searchable within a second of its commit.
_IDLE_SECONDS = 0.5
_TROUBLE_SECONDS = 3.0


@dataclass(frozen=True)
class IndexState:
    """How far the index is behind the database, and what is wrong with it, in words for people."""

    waiting_words: int
    waiting_meaning: int
    meaning: MeaningState
    problem: str | None


def relay_once(database: Engine, indexes: Indexes) -> int:
    """Handle one batch of outbox rows; returns how many. Raises IndexingError when the index cannot be written."""
    with Session(database) as session:
        step, rows = _next_rows(session)
        wanted = {(row.kind, row.record_id) for row in rows}
        records = {
            kind: list(records_of(session, kind, [one for of, one in wanted if of is kind])) for kind in RecordKind
        }
        handled = [row.id for row in rows]
    if step is not IndexStep.REBUILD:
        for kind in RecordKind:
            # An installation without a single record has an index too: an empty one, that finds nothing.
            indexes.of(kind).ensure()
    if not rows:
        return 0
    follow_up: list[IndexOutbox] = []
    if step is IndexStep.REBUILD:
        for kind in {row.kind for row in rows}:
            rebuild(database, indexes, kind)
    else:
        for kind in RecordKind:
            ids = [one for of, one in wanted if of is kind]
            missing = _write(indexes, kind, ids, records[kind], embed=step is IndexStep.MEANING)
            if step is IndexStep.WORDS:
                follow_up += [IndexOutbox(kind=kind, record_id=one, step=IndexStep.MEANING) for one in missing]
    with session_scope(database) as session:
        session.exec(delete(IndexOutbox).where(col(IndexOutbox.id).in_(handled)))
        session.add_all(follow_up)
    return len(rows)


def relay_all(database: Engine, indexes: Indexes) -> None:
    """Handle the whole outbox, meaning included. Raises IndexingError."""
    while relay_once(database, indexes):
        pass


def rebuild(database: Engine, indexes: Indexes, kind: RecordKind) -> int:
    """Build the index of that kind anew beside the old one and swap; returns its number of documents.

    Vectors that must still be computed follow by outbox rows, so that words are searchable at once.
    """
    indexes.meaning.warm_up()
    index = indexes.of(kind)
    with Session(database) as session:
        count = index.rebuild(_documents(session, kind), embed=False)
    if indexes.meaning.state != "off":
        with session_scope(database) as session:
            session.add_all(
                IndexOutbox(kind=kind, record_id=int(one), step=IndexStep.MEANING) for one in index.without_meaning()
            )
    return count


def rebuild_if_outdated(database: Engine, indexes: Indexes) -> None:
    """Ask for a rebuild where the published index was made with another dictionary or model; else do nothing."""
    try:
        for kind in RecordKind:
            indexes.of(kind).generation()
    except IndexOutdated:
        request_rebuild(database)
    except IndexNotBuilt:
        return


def request_rebuild(database: Engine) -> None:
    """Ask the running service to build both indexes anew."""
    with session_scope(database) as session:
        session.add_all(IndexOutbox(kind=kind, record_id=0, step=IndexStep.REBUILD) for kind in RecordKind)


def enqueue_stale(database: Engine, indexes: Indexes) -> int:
    """Compare versions in the database with those in the index and queue what differs; returns how many."""
    stale: list[IndexOutbox] = []
    with Session(database) as session:
        for kind in RecordKind:
            stored = indexes.of(kind).versions()
            current = published_versions(session, kind)
            different = {one for one in stored.keys() | current.keys() if stored.get(one) != current.get(one)}
            stale += [IndexOutbox(kind=kind, record_id=int(one)) for one in sorted(different)]
    with session_scope(database) as session:
        session.add_all(stale)
    return len(stale)


def index_state(session: Session, indexes: Indexes) -> IndexState:
    """What waits, whether meaning is ready, and what to do if something is wrong."""
    counted = dict(session.exec(select(IndexOutbox.step, func.count()).group_by(col(IndexOutbox.step))).all())
    problem = indexes.meaning.problem
    try:
        for kind in RecordKind:
            indexes.of(kind).generation()
    except IndexingError as error:
        problem = str(error)
    return IndexState(
        waiting_words=counted.get(IndexStep.WORDS, 0),
        waiting_meaning=counted.get(IndexStep.MEANING, 0),
        meaning=indexes.meaning.state,
        problem=problem,
    )


class Relay:
    """The background thread of `serve`: relays until it is stopped, and survives every trouble of the engine."""

    def __init__(self, database: Engine, indexes: Indexes) -> None:
        self._database = database
        self._indexes = indexes
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index-relay", daemon=True)
        self._warming = threading.Thread(target=self._indexes.warm_up, name="model-loading", daemon=True)

    def start(self) -> None:
        """Begin relaying and, beside it, loading the model."""
        self._warming.start()
        self._thread.start()

    def stop(self) -> None:
        """Finish the batch in hand and end."""
        self._stopping.set()
        self._thread.join()
        self._warming.join()

    def _run(self) -> None:
        told = ""
        while not self._stopping.is_set():
            try:
                pause = 0.0 if relay_once(self._database, self._indexes) else _IDLE_SECONDS
                told = ""
            except (IndexingError, MatchmakerError, OSError) as error:
                # Rows stay in the outbox; the same trouble is told once, not every three seconds.
                if str(error) != told:
                    log.warning("索引暂时无法写入，变更已排队：%s", error)
                told, pause = str(error), _TROUBLE_SECONDS
            except Exception:
                log.exception("索引写入意外失败，变更已排队，将继续重试")
                pause = _TROUBLE_SECONDS
            self._stopping.wait(pause)


def _next_rows(session: Session) -> tuple[IndexStep, Sequence[IndexOutbox]]:
    for step, size in (
        (IndexStep.REBUILD, _WORDS_BATCH),
        (IndexStep.WORDS, _WORDS_BATCH),
        (IndexStep.MEANING, _MEANING_BATCH),
    ):
        rows = session.exec(
            select(IndexOutbox).where(col(IndexOutbox.step) == step).order_by(col(IndexOutbox.id)).limit(size)
        ).all()
        if rows:
            return step, rows
    return IndexStep.WORDS, []


def _write(
    indexes: Indexes, kind: RecordKind, ids: Sequence[int], records: Sequence[SearchedRecord], *, embed: bool
) -> list[int]:
    """Write the published ones, remove the others; returns the ids whose meaning is still missing."""
    if not ids:
        return []
    index = indexes.of(kind)
    documents = [index_document(record) for record in records if is_published(record)]
    gone = {str(one) for one in ids} - {document.id for document in documents}
    missing = index.write(documents, embed=embed) if documents else []
    if gone:
        index.delete(gone)
    return [int(one) for one in missing]


def _documents(session: Session, kind: RecordKind) -> Iterator[IndexDocument]:
    last = 0
    while True:
        # By key, not by offset: constant memory, and a record added meanwhile shifts nothing.
        records = published_after(session, kind, last, _WORDS_BATCH)
        if not records:
            return
        for record in records:
            yield index_document(record)
        last = records[-1].id or last
        session.expunge_all()


def wait_until_idle(database: Engine, *, seconds: float) -> bool:
    """Wait for the running service to empty the outbox of words; False when it has not within the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with Session(database) as session:
            left = session.exec(
                select(func.count()).select_from(IndexOutbox).where(col(IndexOutbox.step) != IndexStep.MEANING)
            ).one()
        if not left:
            return True
        time.sleep(_IDLE_SECONDS)
    return False
