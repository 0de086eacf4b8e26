"""The engine that needs no server: a directory, tantivy for words, an exact scan for vectors.

    <root>/<generation>/       one index each (embedded_generation.py)
    <root>/<kind>.published    the name of the generation that readers of a kind see
    <root>/<kind>.prepared     the name of the one that will be published next
    <root>/writer.lock         held by the one process that writes

Vectors are compared exactly, all of them or, among many, those that a quick first pass has not ruled out
(embedded_scan.py): no graph is built, so every document is found from the moment it is written.
"""

import fcntl
import os
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TextIO, TypeVar

from indexing.document import EngineDocument, IndexSchema, Ranked, Vector
from indexing.engines.base import EngineHealth, SearchEngine
from indexing.engines.embedded_generation import Generation, identity_of
from indexing.engines.embedded_scan import one_thread_a_product
from indexing.errors import EngineUnavailable, IndexingError, IndexLocked, IndexNotBuilt
from indexing.query import Filter, WordsQuery

P = ParamSpec("P")
T = TypeVar("T")

# How long a dropped generation still answers where it is open: a search that looked its name up just before
# `publish` must be able to finish. Longer would hold twice the memory for nothing.
_DROPPED_STILL_ANSWERS_SECONDS = 30.0

# Vectors whose products with all others make one piece of work for a thread.
_VECTORS_AT_ONCE = 100

_PUBLISHED, _PREPARED = ".published", ".prepared"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


class EmbeddedEngine(SearchEngine):
    """See SearchEngine. Any number of threads may use one object, any number of processes may read one directory.

    The first write takes the writer's place until `close`; another process (or a second object in this one) that
    writes meanwhile gets IndexLocked. Reading never needs the place. A damaged directory raises IndexingError.
    """

    def __init__(self, directory: Path) -> None:
        self._root = Path(directory)
        self._closed = False
        # Taken in this order where both are needed; the second is never held while files are read or written.
        self._write_lock = threading.RLock()
        self._lock = threading.Lock()
        self._open: dict[str, Generation] = {}
        self._place: TextIO | None = None
        one_thread_a_product()
        # Starts no thread before it is given something to do.
        self._pool = ThreadPoolExecutor(os.cpu_count() or 1, "embedded-engine")

    def create(self, generation: str, schema: IndexSchema, dimensions: int, meta: Mapping[str, str]) -> None:
        if not _NAME.fullmatch(generation) or generation.endswith((_PUBLISHED, _PREPARED, ".lock")):
            raise IndexingError(f"{generation!r} cannot name an index: use letters, digits, '.', '-' and '_'.")
        with self._write_lock:
            self._take_writers_place()
            if generation in self._published_generations():
                raise IndexingError(f"The index {generation!r} is published. Build the new one under another name.")
            self._drop(generation)
            Generation.create(self._root / generation, schema, dimensions, meta, _write_atomically)

    def publish(self, kind: str, generation: str) -> None:
        if not _NAME.fullmatch(kind):
            raise IndexingError(f"{kind!r} cannot name a kind of documents: use letters, digits, '.', '-' and '_'.")
        with self._write_lock:
            self._take_writers_place()
            self._opened(generation).commit()
            before = self.published(kind)
            _write_atomically(self._root / f"{kind}{_PUBLISHED}", generation)
            (self._root / f"{kind}{_PREPARED}").unlink(missing_ok=True)
            if before is not None and before not in self._published_generations():
                self._drop(before)

    def published(self, kind: str) -> str | None:
        return self._named_by(kind, _PUBLISHED)

    def prepare(self, kind: str, generation: str | None) -> None:
        with self._write_lock:
            self._take_writers_place()
            before = self.prepared(kind)
            if generation is None:
                (self._root / f"{kind}{_PREPARED}").unlink(missing_ok=True)
            else:
                self._generation(generation)
                _write_atomically(self._root / f"{kind}{_PREPARED}", generation)
            if before is not None and before not in {generation, *self._published_generations()}:
                self._drop(before)

    def prepared(self, kind: str) -> str | None:
        return self._named_by(kind, _PREPARED)

    def remove(self, kind: str) -> None:
        with self._write_lock:
            self._take_writers_place()
            self.prepare(kind, None)
            before = self.published(kind)
            (self._root / f"{kind}{_PUBLISHED}").unlink(missing_ok=True)
            if before is not None and before not in self._published_generations():
                self._drop(before)

    def _named_by(self, kind: str, pointer: str) -> str | None:
        self._require_open()
        try:
            return (self._root / f"{kind}{pointer}").read_text(encoding="utf-8").strip() or None
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise IndexingError(
                f"索引指针 {kind}{pointer} 无法读取（{type(error).__name__}）：请运行 matchmaker reindex 重建"
            ) from error

    def meta(self, generation: str) -> Mapping[str, str]:
        return dict(self._opened(generation).meta)

    def write(self, generation: str, documents: Sequence[EngineDocument]) -> None:
        with self._write_lock:
            self._take_writers_place()
            gather = generation in self._named_by_any(_PREPARED) - self._published_generations()
            self._opened(generation, for_writing=True).write(documents, gather=gather)

    def delete(self, generation: str, ids: Collection[str]) -> None:
        with self._write_lock:
            self._take_writers_place()
            self._opened(generation, for_writing=True).delete(ids)

    def keyword_ranking(
        self, generation: str, query: WordsQuery, filters: Sequence[Filter], limit: int
    ) -> list[Ranked]:
        return self._generation(generation).keyword_ranking(query, filters, limit)

    def vector_ranking(self, generation: str, vector: Vector, filters: Sequence[Filter], limit: int) -> list[Ranked]:
        return self._generation(generation).vector_ranking(vector, filters, limit)

    def rankings(
        self, generation: str, questions: Mapping[str, WordsQuery | Vector], filters: Sequence[Filter], limit: int
    ) -> dict[str, list[Ranked]]:
        opened = self._generation(generation)
        # tantivy and NumPy both let go of the interpreter, so meaning is ranked by a second thread meanwhile.
        meanwhile = {
            name: self._submit(opened.vector_ranking, one, filters, limit)
            for name, one in questions.items()
            if not isinstance(one, WordsQuery)
        }
        words = {
            name: opened.keyword_ranking(one, filters, limit)
            for name, one in questions.items()
            if isinstance(one, WordsQuery)
        }
        return {name: words[name] if name in words else meanwhile[name].result() for name in questions}

    def many_rankings(
        self,
        generation: str,
        searches: Sequence[Mapping[str, WordsQuery | Vector]],
        filters: Sequence[Filter],
        limit: int,
    ) -> list[dict[str, list[Ranked]]]:
        opened = self._generation(generation)
        asked = [(number, name, one) for number, questions in enumerate(searches) for name, one in questions.items()]
        words = [(number, name, one) for number, name, one in asked if isinstance(one, WordsQuery)]
        vectors = [(number, name, one) for number, name, one in asked if not isinstance(one, WordsQuery)]
        portions = [vectors[start : start + _VECTORS_AT_ONCE] for start in range(0, len(vectors), _VECTORS_AT_ONCE)]
        by_meaning = [
            self._submit(opened.vector_rankings, [one for _, _, one in portion], filters, limit) for portion in portions
        ]
        by_words = [self._submit(opened.keyword_ranking, one, filters, limit) for _, _, one in words]
        rankings: list[dict[str, list[Ranked]]] = [{} for _ in searches]
        for portion, found in zip(portions, by_meaning, strict=True):
            for (number, name, _vector), ranking in zip(portion, found.result(), strict=True):
                rankings[number][name] = ranking
        for (number, name, _query), ranked in zip(words, by_words, strict=True):
            rankings[number][name] = ranked.result()
        return rankings

    def _submit(self, ask: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> Future[T]:
        try:
            return self._pool.submit(ask, *arguments, **named)
        except RuntimeError:
            # Closed between looking the generation up and asking it.
            self._require_open()
            raise

    def matching_ids(self, generation: str, filters: Sequence[Filter]) -> set[str]:
        return self._generation(generation).matching_ids(filters)

    def facet_counts(
        self, generation: str, fields: Sequence[str], filters: Sequence[Filter], ids: Collection[str] | None = None
    ) -> dict[str, dict[str, int]]:
        return self._generation(generation).facet_counts(fields, filters, ids)

    def document_frequencies(self, generation: str, words: Collection[str], fields: Sequence[str]) -> dict[str, int]:
        return self._generation(generation).document_frequencies(words, fields)

    def vectors(self, generation: str, ids: Iterable[str]) -> dict[str, Vector]:
        return self._generation(generation).vectors(ids)

    def sample(self, generation: str, most: int) -> list[Vector]:
        return self._generation(generation).sample(most)

    def without_vector(self, generation: str) -> set[str]:
        return self._generation(generation).without_vector()

    def versions(self, generation: str) -> dict[str, int]:
        return self._opened(generation).versions()

    def count(self, generation: str) -> int:
        return self._generation(generation).count()

    def health(self) -> EngineHealth:
        """Red where a published generation cannot be read or the folder not be written."""
        try:
            self._require_open()
            for generation in self._published_generations():
                self._generation(generation).count()
        except IndexingError as error:
            return EngineHealth("red", str(error))
        if self._root.exists() and not os.access(self._root, os.W_OK):
            return EngineHealth("red", f"索引文件夹 {self._root.name} 不可写：请给运行本服务的用户写权限")
        return EngineHealth("green", "索引文件可读可写")

    def close(self) -> None:
        """Waits for a write that is under way. Closing twice is no error."""
        with self._write_lock:
            with self._lock:
                self._closed = True
                handles, self._open = list(self._open.values()), {}
            for handle in handles:
                handle.close()
            self._pool.shutdown()
            if self._place is not None:
                self._place.close()
                self._place = None

    def _require_open(self) -> None:
        if self._closed:
            raise EngineUnavailable("检索引擎已关闭：请重新启动服务")

    def _generation(self, name: str) -> Generation:
        """The open generation of that name, all that was written to it by this object ready to be found."""
        opened = self._opened(name)
        if opened.uncommitted:
            with self._write_lock:
                opened.commit()
        return opened

    def _opened(self, name: str, *, for_writing: bool = False) -> Generation:
        """The open generation of that name. One that was dropped a moment ago still serves readers."""
        with self._lock:
            self._require_open()
            self._forget_dropped()
            handle = self._open.get(name)
            directory = self._root / name
            there = identity_of(directory) if _NAME.fullmatch(name) else None
            if handle is not None and (handle.identity == there or (there is None and not for_writing)):
                return handle
            if there is None:
                raise IndexNotBuilt(f"索引 {name} 不存在：请运行 matchmaker reindex 重建")
            opened = Generation(directory)
            if handle is not None:
                handle.close()
            self._open[name] = opened
            return opened

    def _forget_dropped(self) -> None:
        now = time.monotonic()
        for name, handle in list(self._open.items()):
            if handle.dropped_at is None:
                if identity_of(handle.directory) != handle.identity:
                    handle.dropped_at = now
            elif now - handle.dropped_at > _DROPPED_STILL_ANSWERS_SECONDS:
                del self._open[name]
                handle.close()

    def _drop(self, generation: str) -> None:
        with self._lock:
            handle = self._open.get(generation)
        if handle is not None:
            # Its merging threads would go on making files in the directory.
            handle.stop_writing()
        Generation.remove(self._root / generation)

    def _published_generations(self) -> set[str]:
        return self._named_by_any(_PUBLISHED)

    def _named_by_any(self, pointer: str) -> set[str]:
        kinds = [path.name.removesuffix(pointer) for path in self._root.glob(f"*{pointer}")]
        return {name for kind in kinds if (name := self._named_by(kind, pointer)) is not None}

    def _take_writers_place(self) -> None:
        """Held until `close`; the system gives it back when the process dies."""
        self._require_open()
        if self._place is not None:
            return
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            place = open(self._root / "writer.lock", "a+", encoding="utf-8")  # noqa: SIM115 - kept until `close`
        except OSError as error:
            raise EngineUnavailable(
                f"索引文件夹 {self._root.name} 无法写入（{error.strerror}）：请给运行本服务的用户写权限，或检查磁盘空间"
            ) from error
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            place.seek(0)
            holder = place.read().strip() or "unknown"
            place.close()
            raise IndexLocked(
                f"另一个进程（{holder}）正在写这个索引，同时只能有一个：运行中的服务会自动更新索引；"
                "如需自己写入，请先停止它"
            ) from None
        # The number is only there to be read by whoever is refused.
        place.truncate(0)
        place.write(str(os.getpid()))
        place.flush()
        self._place = place


def _write_atomically(path: Path, content: str) -> None:
    """A reader sees the old file or the new one, whole, even after a power cut."""
    beside = path.with_name(f"{path.name}.new")
    with open(beside, "w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
