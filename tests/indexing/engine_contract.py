"""What every search engine must do. A test class per engine inherits from EngineContract and gives two fixtures:

`engine` (an open, empty SearchEngine) and `reopened`, a function that closes an engine and opens the same index again.
Rankings are checked by pairs, a better document and a worse one: engines may score differently, not order differently.
"""

import sys
import threading
from collections.abc import Callable

import numpy as np
import pytest

from indexing.document import IndexSchema
from indexing.engines.base import SearchEngine
from indexing.errors import EngineUnavailable, IndexingError, IndexNotBuilt
from indexing.query import Terms
from tests.indexing.engine_contract_searching import SearchingContract
from tests.indexing.engine_contract_writing import WritingContract
from tests.indexing.engine_samples import (
    DIMENSIONS,
    SCHEMA,
    G,
    Reopened,
    doc,
    found,
    nearest,
    unit,
    words,
)


class EngineContract(SearchingContract, WritingContract):
    """Inherit, give the fixtures `engine` and `reopened`, and every rule of SearchEngine is checked."""

    # Generations

    def test_unknown_generation(self, engine: SearchEngine) -> None:
        calls: list[Callable[[], object]] = [
            lambda: engine.meta("no"),
            lambda: engine.count("no"),
            lambda: engine.versions("no"),
            lambda: engine.vectors("no", []),
            lambda: engine.matching_ids("no", ()),
            lambda: engine.facet_counts("no", [], ()),
            lambda: engine.document_frequencies("no", ["x"], ["title"]),
            lambda: engine.keyword_ranking("no", words("x"), (), 1),
            lambda: engine.vector_ranking("no", unit(1, 0, 0, 0), (), 1),
            lambda: engine.write("no", [doc("1", "x")]),
            lambda: engine.delete("no", ["1"]),
            lambda: engine.publish("needs", "no"),
        ]
        for call in calls:
            with pytest.raises(IndexNotBuilt):
                call()
        assert engine.published("needs") is None

    def test_meta_comes_back(self, full: SearchEngine) -> None:
        assert full.meta(G) == {"fingerprint": "abc"}

    def test_generations_and_kinds_do_not_mix(self, regional: SearchEngine) -> None:
        regional.create("achievements-1", SCHEMA, DIMENSIONS, {})
        regional.write("achievements-1", [doc("z", "材料")])
        regional.publish("needs", G)
        regional.publish("achievements", "achievements-1")
        assert (regional.published("needs"), regional.published("achievements")) == (G, "achievements-1")
        assert found(regional, "材料", generation="achievements-1") == ["z"]
        assert regional.count(G) == 6

    def test_an_unpublished_generation_is_replaced(self, regional: SearchEngine) -> None:
        regional.create(G, IndexSchema(("title", "body"), ("title",)), 2, {"b": "2"})
        assert (regional.count(G), regional.meta(G), found(regional, "材料")) == (0, {"b": "2"}, [])
        regional.write(G, [doc("1", "新", vector=np.array([1, 0], dtype=np.float32))])
        assert found(regional, "新") == ["1"]

    def test_the_published_generation_is_not_replaced(self, regional: SearchEngine) -> None:
        regional.publish("needs", G)
        with pytest.raises(IndexingError):
            regional.create(G, SCHEMA, DIMENSIONS, {})
        assert regional.count(G) == 6

    def test_publishing_drops_the_one_before(self, regional: SearchEngine, reopened: Reopened) -> None:
        regional.publish("needs", G)
        regional.publish("needs", G)
        assert regional.count(G) == 6
        regional.create("needs-2", SCHEMA, DIMENSIONS, {})
        regional.publish("needs", "needs-2")
        again = reopened(regional)
        assert again.published("needs") == "needs-2"
        with pytest.raises(IndexNotBuilt):
            again.count(G)

    def test_rebuild_beside_while_another_thread_searches(self, full: SearchEngine) -> None:
        """Nobody sees a half-built index: every answer is that of a whole generation."""
        full.write(G, [doc(f"{n:02d}", "电池", vector=unit(1, n, 0, 0), filters={"region": "x"}) for n in range(20)])
        full.publish("needs", G)
        stop, failures, answers = threading.Event(), list[BaseException](), set[tuple[int, int, int]]()

        def search() -> None:
            try:
                while not stop.is_set():
                    generation = full.published("needs")
                    assert generation is not None
                    by_words = full.keyword_ranking(generation, words("电池"), (), 100)
                    by_vector = full.vector_ranking(generation, unit(1, 0, 0, 0), (), 100)
                    answers.add((len(by_words), len(by_vector), len(full.matching_ids(generation, ()))))
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=search) for _ in range(2)]
        for thread in threads:
            thread.start()
        try:
            for round_ in range(2, 6):
                generation = f"needs-{round_}"
                full.create(generation, SCHEMA, DIMENSIONS, {})
                for n in range(20):
                    full.write(generation, [doc(f"{n:02d}", "电池", vector=unit(1, n, 0, 0), filters={"region": "x"})])
                full.publish("needs", generation)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert failures == []
        assert answers == {(20, 20, 20)}

    def test_threads_write_and_read_together(self, full: SearchEngine) -> None:
        failures: list[BaseException] = []

        def write(name: str) -> None:
            try:
                for n in range(10):
                    full.write(G, [doc(f"{name}{n}", "电池", vector=unit(1, n, 0, 0), filters={"region": name})])
                    assert f"{name}{n}" in found(full, "电池", Terms("region", (name,)))
                    assert f"{name}{n}" in nearest(full, unit(1, n, 0, 0))
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=write, args=(name,)) for name in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failures == []
        assert full.facet_counts(G, ["region"], ()) == {"region": {"a": 10, "b": 10, "c": 10}}

    def test_searching_while_documents_are_deleted_and_come_back(self, full: SearchEngine) -> None:
        """No search fails, and what nobody touches is in every answer."""
        coming_and_going = [doc(f"x{n:03d}", "电池", vector=unit(1, n, 0, 0)) for n in range(300)]
        full.write(G, [doc("stays", "电池 电池", vector=unit(1, 0, 0, 0)), *coming_and_going])
        stop, failures = threading.Event(), list[BaseException]()

        def search() -> None:
            try:
                while not stop.is_set():
                    assert found(full, "电池", limit=1000)[0] == "stays"
                    assert "stays" in nearest(full, unit(1, 0, 0, 0), limit=2)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=search) for _ in range(3)]
        # Threads take turns far more often than usual, so that they meet in the narrow places.
        usual = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        for thread in threads:
            thread.start()
        try:
            for _ in range(4):
                full.delete(G, [document.id for document in coming_and_going])
                full.write(G, coming_and_going)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
            sys.setswitchinterval(usual)
        assert failures == []
        assert full.count(G) == 301

    def test_what_is_prepared_is_not_yet_published(self, regional: SearchEngine, reopened: Reopened) -> None:
        regional.publish("needs", G)
        assert regional.prepared("needs") is None
        regional.create("needs-2", SCHEMA, DIMENSIONS, {})
        regional.prepare("needs", "needs-2")
        assert (regional.published("needs"), regional.prepared("needs")) == (G, "needs-2")
        assert regional.prepared("achievements") is None
        regional.write("needs-2", [doc("1", "电池")])
        again = reopened(regional)
        assert (again.published("needs"), again.prepared("needs")) == (G, "needs-2")
        again.publish("needs", "needs-2")
        assert (again.published("needs"), again.prepared("needs")) == ("needs-2", None)
        assert found(again, "电池", generation="needs-2") == ["1"]

    def test_only_one_is_prepared(self, regional: SearchEngine) -> None:
        regional.publish("needs", G)
        for name in ("needs-2", "needs-3"):
            regional.create(name, SCHEMA, DIMENSIONS, {})
            regional.prepare("needs", name)
        assert regional.prepared("needs") == "needs-3"
        with pytest.raises(IndexNotBuilt):
            regional.write("needs-2", [doc("1", "电池")])
        regional.prepare("needs", None)
        regional.prepare("needs", None)
        assert (regional.published("needs"), regional.prepared("needs")) == (G, None)
        with pytest.raises(IndexNotBuilt):
            regional.write("needs-3", [doc("1", "电池")])
        assert regional.count(G) == 6
        with pytest.raises(IndexNotBuilt):
            regional.prepare("needs", "unknown")

    def test_a_kind_can_be_removed(self, regional: SearchEngine, reopened: Reopened) -> None:
        regional.publish("needs", G)
        for kind in ("needs", "achievements"):
            regional.create(f"{kind}-2", SCHEMA, DIMENSIONS, {})
        regional.prepare("needs", "needs-2")
        regional.publish("achievements", "achievements-2")
        regional.remove("needs")
        regional.remove("needs")
        again = reopened(regional)
        assert (again.published("needs"), again.prepared("needs")) == (None, None)
        assert again.published("achievements") == "achievements-2"
        for generation in (G, "needs-2"):
            with pytest.raises(IndexNotBuilt):
                again.count(generation)

    # Opening and closing

    def test_health(self, regional: SearchEngine) -> None:
        assert regional.health().level in ("green", "yellow")
        regional.publish("needs", G)
        assert regional.health().level in ("green", "yellow")
        regional.close()
        assert regional.health().level == "red"
        assert regional.health().sentence

    def test_everything_is_there_after_reopening(self, regional: SearchEngine, reopened: Reopened) -> None:
        regional.delete(G, ["b"])
        regional.publish("needs", G)
        before = regional.keyword_ranking(G, words("材料"), (), 10)
        again = reopened(regional)
        assert (again.published("needs"), again.meta(G)) == (G, {"fingerprint": "abc"})
        assert again.keyword_ranking(G, words("材料"), (), 10) == before
        assert set(nearest(again, unit(1, 0, 0, 0))) == set("acdef")
        assert again.facet_counts(G, ["region"], ()) == {"region": {"西安": 1, "宝鸡": 2, "New York": 1}}
        assert again.versions(G) == dict.fromkeys("acdef", 1)
        again.write(G, [doc("g", "材料")])
        assert again.count(G) == 6

    def test_use_after_close(self, regional: SearchEngine) -> None:
        regional.close()
        regional.close()
        calls: list[Callable[[], object]] = [
            lambda: regional.published("needs"),
            lambda: regional.count(G),
            lambda: regional.meta(G),
            lambda: regional.keyword_ranking(G, words("材料"), (), 1),
            lambda: regional.write(G, [doc("1", "x")]),
            lambda: regional.create("needs-2", SCHEMA, DIMENSIONS, {}),
        ]
        for call in calls:
            with pytest.raises(EngineUnavailable):
                call()
