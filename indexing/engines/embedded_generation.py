"""One generation of the embedded engine: a directory with words, records and what it was made for.

    meta.json        schema, size of vectors, what the caller wants to remember; written last
    records.sqlite   versions, filter values, vectors (embedded_records.py)
    words/           the tantivy index (embedded_words.py)

A generation that is being prepared gathers its words until it is read or published, and so has one large segment instead
of many small ones, in which searching takes twice as long; if its process dies, it is made anew.

A write to one that is seen goes into the words first and into the records second; a document counts as stored when it
is in the records. A process killed between the two leaves words that no record stands for (readers pass over
them) or words newer than their record; writing the same documents again puts both right.
"""

import json
import shutil
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy

from indexing.document import EngineDocument, IndexSchema, Ranked, Vector
from indexing.engines.checks import Checks, check_facets, check_filters, check_words, checked_vector
from indexing.engines.embedded_records import Record, Records
from indexing.engines.embedded_scan import Scan
from indexing.engines.embedded_vectors import Rows
from indexing.engines.embedded_words import MAX_TERM_BYTES, Words, WordsWriter, key_of, top
from indexing.errors import DocumentsRefused, EngineUnavailable, IndexingError, IndexNotBuilt
from indexing.query import Filter, WordsQuery

_FORMAT = 1
_META, _RECORDS, _WORDS = "meta.json", "records.sqlite", "words"

# How many hits beyond the limit are read at first, to see whether the last place is tied.
_TIE_MARGIN = 50


@dataclass(frozen=True)
class Identity:
    """Tells a directory from another one made later under the same name."""

    inode: int
    written_ns: int


@dataclass(frozen=True)
class _Writer:
    """`leftovers`: keys of words without a record, of a process that was killed between the two."""

    records: Records
    words: WordsWriter
    leftovers: set[int]


class Generation:
    """Opened for reading by the constructor (cheaply: the records are loaded by the first search that needs
    them) and for writing by the first write. Reads may come from many threads; writes one at a time, by a
    caller who holds the writer's place."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        identity = identity_of(directory)
        if identity is None:
            raise _not_built(directory)
        self.identity = identity
        # When the directory was seen to be gone, by the owner's clock; what has been read can still be searched.
        self.dropped_at: float | None = None
        self._lock = threading.Lock()
        with _damage_reported(directory):
            content = json.loads((directory / _META).read_text(encoding="utf-8"))
            if content["format"] != _FORMAT:
                raise ValueError(f"format {content['format']}, expected {_FORMAT}")
            self.schema = IndexSchema(**{name: tuple(fields) for name, fields in content["schema"].items()})
            self.dimensions: int = content["dimensions"]
            self.meta: dict[str, str] = content["meta"]
            self._words = Words(directory / _WORDS, self.schema)
            self._records = Records(directory / _RECORDS)
            self._searcher = self._words.latest()
        self._checks = Checks(self.schema, self.dimensions, MAX_TERM_BYTES)
        self._rows = Rows(self.schema, self.dimensions, key_of)
        self._loaded = False
        self._writer: _Writer | None = None
        self._closed = False
        # Words that are written and not yet committed, and whether such have been lost.
        self.uncommitted = False
        self._lost = False
        self._more_words = False

    @staticmethod
    def create(
        directory: Path,
        schema: IndexSchema,
        dimensions: int,
        meta: Mapping[str, str],
        write_file: Callable[[Path, str], None],
    ) -> None:
        """Make an empty generation. Without its meta.json, the last file written, it counts as not there."""
        (directory / _WORDS).mkdir(parents=True)
        Words.create(directory / _WORDS, schema)
        Records.create(directory / _RECORDS)
        fields = {
            "text_fields": schema.text_fields,
            "meaning_fields": schema.meaning_fields,
            "keyword_fields": schema.keyword_fields,
            "number_fields": schema.number_fields,
        }
        content = {
            "format": _FORMAT,
            "schema": fields,
            "dimensions": dimensions,
            "meta": dict(meta),
        }
        write_file(directory / _META, json.dumps(content, ensure_ascii=False, indent=2))

    @staticmethod
    def remove(directory: Path) -> None:
        """Delete the directory, whatever is left of it. Who has it open keeps what was read."""
        (directory / _META).unlink(missing_ok=True)
        # What cannot be deleted now counts as not there, and `create` under the same name clears it away.
        shutil.rmtree(directory, ignore_errors=True)

    def close(self) -> None:
        # What cannot be committed now belongs to a generation that was never seen.
        with suppress(IndexingError):
            self.commit()
        self.stop_writing()
        with self._lock:
            self._closed = True
            self._records.close()

    # Writing.

    def stop_writing(self) -> None:
        """Until the next write, no thread of this process makes files in the directory."""
        writer, self._writer = self._writer, None
        self._lost, self.uncommitted = self._lost or self.uncommitted, False
        if writer is not None:
            writer.records.close()
            # A writer that has failed may refuse to end in good order; it ends all the same.
            with suppress(ValueError):
                writer.words.close()

    def commit(self) -> None:
        """Everything that was written is durable and can be found. Raises EngineUnavailable where some of it was lost."""
        if self.uncommitted or self._lost:
            with self._writing() as writer:
                writer.words.commit()
                self.uncommitted = False
                # The records were there before: another thread may have looked at them, and not at these words.
                self._more_words = True

    def write(self, documents: Sequence[EngineDocument], *, gather: bool = False) -> None:
        """With `gather` words are kept back until `commit`: only where nobody reads before."""
        checked, problems = self._checks.documents(documents)
        with self._writing() as writer:
            stored = writer.records.versions(checked)
            accepted = [new for new in checked.values() if stored.get(new.id, new.version) <= new.version]
            for document in accepted:
                key = key_of(document.id)
                # Looking for an older copy costs a lookup in every segment: not for documents known to be new.
                replaces = document.id in stored or key in writer.leftovers
                writer.words.put(key, document.texts, document.filters, replaces=replaces)
            if accepted:
                self.uncommitted = True
                if not gather:
                    writer.words.commit()
                    self.uncommitted = False
                writer.records.save(Record(one.id, one.version, one.filters, one.vector) for one in accepted)
        if problems:
            raise DocumentsRefused(problems)

    def delete(self, ids: Collection[str]) -> None:
        with self._writing() as writer:
            stored = writer.records.versions(ids)
            there = [id_ for id_ in ids if id_ in stored or key_of(id_) in writer.leftovers]
            if not there:
                return
            # The records first, the other way round than in `write`: words without a record are passed over, but a
            # record without words would be found by its meaning only until the deletion is repeated.
            writer.records.remove(there)
            for id_ in there:
                writer.words.remove(key_of(id_))
            writer.words.commit()
            self.uncommitted = False

    @contextmanager
    def _writing(self) -> Iterator["_Writer"]:
        if self._lost:
            raise EngineUnavailable(f"写入索引 {self.directory.name} 中断过，内容不全：请运行 matchmaker reindex 重建")
        try:
            if self._writer is None:
                self._writer = self._opened_writer()
            yield self._writer
        except BaseException as error:
            # What tantivy holds uncommitted must not slip into the next write: that one starts anew.
            self.stop_writing()
            if not isinstance(error, (sqlite3.Error, ValueError, OSError)):
                raise
            raise EngineUnavailable(
                f"写入索引 {self.directory.name} 失败（{error}）：请检查磁盘空间和写权限，之后会自动重试，不丢失也不重复；"
                "仍不行请运行 matchmaker reindex 重建"
            ) from error

    def _opened_writer(self) -> "_Writer":
        # A connection of its own, since the reader's may be in the middle of loading.
        records, words = Records(self.directory / _RECORDS), self._words.writer()
        return _Writer(records, words, self._words.keys() - {key_of(id_) for id_ in records.versions()})

    # Reading.

    def keyword_ranking(self, query: WordsQuery, filters: Sequence[Filter], limit: int) -> list[Ranked]:
        check_words(query, self.schema)
        check_filters(filters, self.schema)
        if limit <= 0:
            return []
        with self._up_to_date() as rows:
            searcher, id_of_key = self._searcher, rows.id_of_key
        with _damage_reported(self.directory):
            return _best_by_score_and_id(searcher, self._words.query(query, filters), id_of_key, limit)

    def vector_ranking(self, vector: Vector, filters: Sequence[Filter], limit: int) -> list[Ranked]:
        asked = self._asked(vector)
        # Outside the lock: several threads may scan at once.
        return self._scan(filters).best(asked, limit)

    def vector_rankings(self, vectors: Sequence[Vector], filters: Sequence[Filter], limit: int) -> list[list[Ranked]]:
        """Of many vectors at once, in their order: products of matrices take a tenth of the time of single scans."""
        if not vectors:
            return []
        asked = np.stack([self._asked(vector) for vector in vectors])
        return list(self._scan(filters).best_of_each(asked, limit))

    def _asked(self, vector: Vector) -> Vector:
        asked = checked_vector(vector, self.dimensions, "The vector of the query")
        length = float(np.linalg.norm(asked))
        return asked / np.float32(length) if length else asked

    def _scan(self, filters: Sequence[Filter]) -> Scan:
        check_filters(filters, self.schema)
        with self._up_to_date() as rows:
            return rows.scan(filters)

    def matching_ids(self, filters: Sequence[Filter]) -> set[str]:
        check_filters(filters, self.schema)
        with self._up_to_date() as rows:
            return rows.matching_ids(filters)

    def facet_counts(
        self, fields: Sequence[str], filters: Sequence[Filter], ids: Collection[str] | None
    ) -> dict[str, dict[str, int]]:
        check_facets(fields, self.schema)
        check_filters(filters, self.schema)
        with self._up_to_date() as rows:
            return rows.facet_counts(fields, filters, ids)

    def document_frequencies(self, words: Collection[str], fields: Sequence[str]) -> dict[str, int]:
        """Of every word asked for; 0 where no document has it."""
        check_words(WordsQuery(dict.fromkeys(words, 1.0), dict.fromkeys(fields, 1.0)), self.schema)
        with self._up_to_date():
            searcher = self._searcher
        with _damage_reported(self.directory):
            return {word: self._words.document_frequency(searcher, word, fields) for word in words}

    def vectors(self, ids: Iterable[str]) -> dict[str, Vector]:
        with self._up_to_date() as rows:
            return rows.vectors(ids)

    def sample(self, most: int) -> list[Vector]:
        with self._up_to_date() as rows:
            ids = sorted(rows.with_vector())
            return list(rows.vectors(ids[:: max(1, len(ids) // max(1, most))][:most]).values())

    def without_vector(self) -> set[str]:
        with self._up_to_date() as rows:
            return rows.matching_ids(()) - rows.with_vector()

    def versions(self) -> dict[str, int]:
        with self._up_to_date(), _damage_reported(self.directory):
            return self._records.versions()

    def count(self) -> int:
        with self._up_to_date() as rows:
            return len(rows)

    @contextmanager
    def _up_to_date(self) -> Iterator[Rows]:
        """The rows as they are now, under the lock, with `self._searcher` to match."""
        with self._lock:
            if self._closed:
                raise EngineUnavailable("检索引擎已关闭：请重新启动服务")
            try:
                with _damage_reported(self.directory):
                    self._refresh()
            except IndexingError:
                if identity_of(self.directory) == self.identity:
                    raise
                # Dropped while we read. A caller who looked the name up just before still gets an answer.
                if not self._loaded:
                    raise _not_built(self.directory) from None
            yield self._rows

    def _refresh(self) -> None:
        if self.dropped_at is not None and self._loaded:
            return
        more_words, self._more_words = self._more_words, False
        changes = self._records.changes()
        if changes is None:
            if more_words:
                self._searcher = self._words.latest()
            return
        for portion in changes:
            self._rows.apply(portion)
        self._rows.settle()
        # After the records, never before: every record then has its words, and words without one are passed over.
        self._searcher = self._words.latest()
        self._loaded = True


def identity_of(directory: Path) -> Identity | None:
    """None where there is no (finished) generation."""
    try:
        status = (directory / _META).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return Identity(status.st_ino, status.st_mtime_ns)


def _best_by_score_and_id(
    searcher: tantivy.Searcher, query: tantivy.Query, id_of_key: Mapping[int, str], limit: int
) -> list[Ranked]:
    # tantivy keeps any of the documents tied for the last place. So look further until the tie is over: then
    # those first by id are among the ones we have. In steps of 16, for a tie among a hundred thousand is over in four.
    there = searcher.num_docs
    reach = min(limit + _TIE_MARGIN, there)
    while True:
        hits = top(searcher, query, reach)
        # Ascending order of these pairs is descending score, then id. Words without a record are passed over; one
        # lookup, not two, because another thread may be taking a deleted document out just now.
        found = [(-score, id_) for key, score in hits if (id_ := id_of_key.get(key)) is not None]
        exhausted = len(hits) < reach or reach >= there
        if exhausted or (len(found) > limit and found[limit - 1][0] < -hits[-1][1]):
            break
        reach = min(reach * 16, there)
    found.sort()
    return [Ranked(id_, -negative) for negative, id_ in found[:limit]]


def _not_built(directory: Path) -> IndexNotBuilt:
    return IndexNotBuilt(f"索引 {directory.name} 不存在：请运行 matchmaker reindex 重建")


@contextmanager
def _damage_reported(directory: Path) -> Iterator[None]:
    """Whatever a file that is missing or cut short makes the libraries raise, said in one sentence."""
    try:
        yield
    except IndexingError:
        raise
    except (sqlite3.Error, ValueError, KeyError, TypeError, OSError) as error:
        raise IndexingError(
            f"索引 {directory.name} 已损坏（{type(error).__name__}）：请运行 matchmaker reindex 重建"
        ) from error
    except BaseException as panic:
        # tantivy meets some damaged files with a panic, which arrives as its own kind of BaseException.
        if type(panic).__name__ != "PanicException":
            raise
        raise IndexingError(f"索引 {directory.name} 已损坏：请运行 matchmaker reindex 重建") from panic
