"""Building an index anew from the database, and finding what differs between the two."""

import logging
from collections.abc import Iterator, Sequence

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from indexing import DocumentsRefused, EmbedderNotAvailable, IndexDocument, IndexNotBuilt, IndexOutdated, Rebuild
from matchmaker.database import session_scope
from matchmaker.index_documents import index_document
from matchmaker.indexes import Indexes
from matchmaker.models.outbox import IndexOutbox, IndexStep, RecordKind
from matchmaker.searched import published_after, published_versions, records_of
from matchmaker.visibility import is_published

log = logging.getLogger(__name__)

_BATCH = 500
# Changes that other processes make while a rebuild runs reach the new index too; what slipped through is
# found by comparing, and whatever slips through after three looks is found by the next regular comparison.
_LOOKS = 3


def rebuild(database: Engine, indexes: Indexes, kind: RecordKind, *, embed: bool = False) -> int:
    """Build the index of that kind anew beside the old one and swap; returns its number of documents.

    Vectors that must still be computed follow by outbox rows, so that words are searchable at once; with `embed`
    the swap waits for them. Raises
    EmbedderNotAvailable where the wanted model cannot be used: the vectors that are there would be lost.
    """
    indexes.meaning.warm_up()
    if indexes.meaning.problem:
        raise EmbedderNotAvailable(indexes.meaning.problem)
    index = indexes.of(kind)
    with index.rebuilding() as new:
        refused: set[str] = set()
        with Session(database) as session:
            for batch in _published(session, kind):
                refused |= _write(new, batch, embed=embed)
        _catch_up(database, kind, new, refused)
    with session_scope(database) as session:
        session.add_all(_missing_meaning(session, indexes, kind))
    return index.count()


def request_rebuild(database: Engine) -> None:
    """Ask the running service to build both indexes anew."""
    with session_scope(database) as session:
        session.add_all(IndexOutbox(kind=kind, record_id=0, step=IndexStep.REBUILD) for kind in RecordKind)


def rebuild_if_outdated(database: Engine, indexes: Indexes) -> None:
    """Ask for a rebuild where the published index was made with another dictionary or model; else do nothing."""
    try:
        for kind in RecordKind:
            indexes.of(kind).generation()
    except IndexOutdated:
        request_rebuild(database)
    except IndexNotBuilt:
        return


def enqueue_stale(database: Engine, indexes: Indexes) -> int:
    """Compare database and index and queue what differs, or has no meaning yet; returns how many records.

    What waits in the queue already is left out.
    """
    stale: list[IndexOutbox] = []
    with Session(database) as session:
        for kind in RecordKind:
            # The index first: what changes in between then looks stale, and is only written once more.
            stored = indexes.of(kind).versions()
            different = _different(stored, published_versions(session, kind))
            waiting = _waiting(session, kind, IndexStep.WORDS)
            stale += [IndexOutbox(kind=kind, record_id=one) for one in sorted(different - waiting)]
            of_words = {one.record_id for one in stale if one.kind is kind} | waiting
            stale += [one for one in _missing_meaning(session, indexes, kind) if one.record_id not in of_words]
    if stale:
        with session_scope(database) as session:
            session.add_all(stale)
    return len(stale)


def _missing_meaning(session: Session, indexes: Indexes, kind: RecordKind) -> list[IndexOutbox]:
    if indexes.meaning.state == "off":
        return []
    missing = {int(one) for one in indexes.of(kind).without_meaning()}
    missing -= _waiting(session, kind, IndexStep.MEANING)
    return [IndexOutbox(kind=kind, record_id=one, step=IndexStep.MEANING) for one in sorted(missing)]


def _waiting(session: Session, kind: RecordKind, step: IndexStep) -> set[int]:
    return set(
        session.exec(select(IndexOutbox.record_id).where(col(IndexOutbox.kind) == kind, col(IndexOutbox.step) == step))
    )


def _different(stored: dict[str, int], current: dict[str, int]) -> set[int]:
    return {int(one) for one in stored.keys() | current.keys() if stored.get(one) != current.get(one)}


def _catch_up(database: Engine, kind: RecordKind, new: Rebuild, refused: set[str]) -> None:
    """What changed while the new index was being filled, as far as nobody else has written it there."""
    for _ in range(_LOOKS):
        stored = new.versions()
        with Session(database) as session:
            different = _different(stored, published_versions(session, kind)) - {int(one) for one in refused}
            if not different:
                return
            documents = [
                index_document(one) for one in records_of(session, kind, sorted(different)) if is_published(one)
            ]
        new.delete({str(one) for one in different} - {document.id for document in documents})
        refused |= _write(new, documents, embed=False)


def _write(new: Rebuild, documents: Sequence[IndexDocument], *, embed: bool) -> set[str]:
    """Returns the ids of what the engine refuses: it must not stop the rest."""
    try:
        new.write(documents, embed=embed)
    except DocumentsRefused as error:
        log.warning("不能写入索引的记录：%s", error)
        return set(error.problems)
    return set()


def _published(session: Session, kind: RecordKind) -> Iterator[list[IndexDocument]]:
    """All published records in batches: by key, not by offset, in constant memory; one added meanwhile shifts nothing."""
    last = 0
    while records := published_after(session, kind, last, _BATCH):
        yield [index_document(record) for record in records]
        last = records[-1].id or last
        session.expunge_all()
