"""The records of one generation of the embedded engine, in SQLite: what is true about every document.

The words of tantivy and the arrays in memory follow this table. Every transaction stamps the rows it
touches with one number higher than all before; a reader, in this or another process, asks for the rows
above the number it has seen. A deletion is a row too, or readers would not hear of it.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexing.document import Vector

Filters = Mapping[str, list[str] | float]

_TABLE = """
CREATE TABLE records (
    id TEXT PRIMARY KEY,
    version INTEGER NOT NULL,
    filters TEXT NOT NULL,
    vector BLOB,
    change INTEGER NOT NULL,
    deleted INTEGER NOT NULL
);
CREATE INDEX records_by_change ON records (change);
"""

# A rewrite of the same version without a vector keeps the one there is: words are rewritten often (a new
# dictionary), vectors are dear. The vector of an older version describes another text, so it goes.
_SAVE = """
INSERT INTO records (id, version, filters, vector, change, deleted) VALUES (?, ?, ?, ?, ?, 0)
ON CONFLICT (id) DO UPDATE SET
    vector = CASE WHEN excluded.vector IS NULL AND excluded.version = version THEN vector ELSE excluded.vector END,
    version = excluded.version, filters = excluded.filters, change = excluded.change, deleted = 0
"""

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Record:
    """One document without its words. `filters` holds lists for keyword fields, floats for number fields."""

    id: str
    version: int
    filters: Filters
    vector: Vector | None


@dataclass(frozen=True)
class Change:
    """What a reader has to do to one id; `record` is None where the document was deleted."""

    id: str
    record: Record | None


class Records:
    """One connection to the table, for one thread at a time. The reader and the writer have one each."""

    def __init__(self, path: Path) -> None:
        # mode=rw: a missing file is an error to report, not a reason to make an empty one.
        self._database = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=30, isolation_level=None, check_same_thread=False
        )
        # FULL: a write that has returned survives a power cut too; one fsync per batch costs next to nothing.
        self._database.execute("PRAGMA synchronous = FULL")
        self._seen_version = -1
        self._seen_change = 0

    @staticmethod
    def create(path: Path) -> None:
        """Make an empty table in a new file."""
        database = sqlite3.connect(path)
        try:
            database.execute("PRAGMA journal_mode = WAL")
            database.executescript(_TABLE)
        finally:
            database.close()

    def close(self) -> None:
        self._database.close()

    def changes(self) -> Iterator[list[Change]] | None:
        """What happened since the last call that was read to its end, in portions; None if nothing did.

        Costs microseconds when nothing happened, so it may be asked before every search.
        """
        (version,) = self._database.execute("PRAGMA data_version").fetchone()
        return None if version == self._seen_version else self._changes(version)

    def _changes(self, version: int) -> Iterator[list[Change]]:
        self._database.execute("BEGIN")
        try:
            newest: int = self._database.execute("SELECT coalesce(max(change), 0) FROM records").fetchone()[0]
            if self._seen_change == 0:
                cursor = self._database.execute("SELECT id, version, filters, vector, 0 FROM records WHERE deleted = 0")
            else:
                cursor = self._database.execute(
                    "SELECT id, version, filters, vector, deleted FROM records WHERE change > ?", (self._seen_change,)
                )
            while rows := cursor.fetchmany(5000):
                yield [
                    Change(id_, None if deleted else Record(id_, stored, json.loads(filters), _as_vector(vector)))
                    for id_, stored, filters, vector, deleted in rows
                ]
        finally:
            self._database.execute("COMMIT")
        self._seen_change, self._seen_version = newest, version

    def versions(self, ids: Collection[str] | None = None) -> dict[str, int]:
        """id → version of every document, or of those among `ids` that are there."""
        if ids is None:
            return dict(self._database.execute("SELECT id, version FROM records WHERE deleted = 0"))
        among = "SELECT id, version FROM records WHERE deleted = 0 AND id IN (SELECT value FROM json_each(?))"
        return dict(self._database.execute(among, (_encode(list(ids)),)))

    def save(self, records: Iterable[Record]) -> None:
        """Insert or replace by id, in one transaction. Which versions may be replaced is the caller's affair."""
        with self._transaction() as (database, change):
            database.executemany(
                _SAVE,
                (
                    (r.id, r.version, _encode(r.filters), None if r.vector is None else r.vector.tobytes(), change)
                    for r in records
                ),
            )

    def remove(self, ids: Iterable[str]) -> None:
        """Turn the documents of those ids into marks of their deletion, in one transaction."""
        # The version goes too: whoever brings the record back may do so with any version.
        with self._transaction() as (database, change):
            database.executemany(
                "UPDATE records SET deleted = 1, version = -1, filters = '{}', vector = NULL, change = ? "
                "WHERE id = ? AND deleted = 0",
                ((change, id_) for id_ in ids),
            )

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._database)


class _Transaction:
    """Commits at the end of a with-block, rolls back on an error; hands out the number of this change."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def __enter__(self) -> tuple[sqlite3.Connection, int]:
        self._database.execute("BEGIN IMMEDIATE")
        (change,) = self._database.execute("SELECT coalesce(max(change), 0) + 1 FROM records").fetchone()
        return self._database, change

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._database.execute("COMMIT" if error is None else "ROLLBACK")


def _as_vector(blob: bytes | None) -> Vector | None:
    return None if blob is None else np.frombuffer(blob, dtype=np.float32)
