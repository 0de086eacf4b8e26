"""What every search engine must do. A test class per engine inherits from EngineContract and gives two fixtures:

`engine` (an open, empty SearchEngine) and `reopened`, a function that closes an engine and opens the same index again.
Rankings are checked by pairs, a better document and a worse one: engines may score differently, not order differently.
"""

import sys
import threading
from collections.abc import Callable, Mapping

import numpy as np
import pytest

from indexing.document import IndexSchema, Vector
from indexing.engines.base import SearchEngine
from indexing.errors import EngineUnavailable, IndexingError, IndexNotBuilt, InvalidQuery
from indexing.query import Filter, NotTerms, Range, Terms, WordsQuery
from tests.indexing.engine_samples import (
    BOTH_FIELDS,
    DIMENSIONS,
    FILTERS,
    REGIONAL,
    SCHEMA,
    G,
    Reopened,
    doc,
    found,
    ids,
    nearest,
    unit,
    words,
)


class EngineContract:
    """Inherit, give the fixtures `engine` and `reopened`, and every rule of SearchEngine is checked."""

    # How long a token may be that is still found whole.
    longest_token = 255

    @pytest.fixture
    def full(self, engine: SearchEngine) -> SearchEngine:
        """An engine with the generation G, still empty."""
        engine.create(G, SCHEMA, DIMENSIONS, {"fingerprint": "abc"})
        return engine

    @pytest.fixture
    def regional(self, full: SearchEngine) -> SearchEngine:
        full.write(G, REGIONAL)
        return full

    # Words

    def test_finds_exact_tokens_only(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "石墨烯 电池"), doc("2", "石墨 电池"), doc("3", body="石墨烯")])
        assert set(found(full, "石墨烯")) == {"1", "3"}
        assert set(found(full, "电池")) == {"1", "2"}
        assert found(full, "池") == []

    @pytest.mark.parametrize(
        "token", ["c++", "c", "c#", "5g-v2x", "5g", "3d打印", "3d", "0.5%", "n/m²", "a_b", "A", "a"]
    )
    def test_finds_tokens_with_signs_whole(self, full: SearchEngine, token: str) -> None:
        every = ["c++", "c", "c#", "5g-v2x", "5g", "3d打印", "3d", "打印", "0.5%", "0.5", "n/m²", "n", "a_b", "A", "a"]
        full.write(G, [doc(f"id {one}", one) for one in every])
        assert found(full, token) == [f"id {token}"]

    def test_finds_long_tokens_whole(self, full: SearchEngine) -> None:
        long, longer = "x" * (self.longest_token - 1), "x" * self.longest_token
        full.write(G, [doc("1", long), doc("2", longer), doc("3", "x")])
        assert (found(full, long), found(full, longer), found(full, "x")) == (["1"], ["2"], ["3"])

    def test_searches_the_named_fields_only(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "电池", "膜"), doc("2", "膜", "电池")])
        assert ids(full.keyword_ranking(G, words("电池", {"title": 1.0}), (), 10)) == ["1"]
        assert ids(full.keyword_ranking(G, words("电池", {"body": 1.0}), (), 10)) == ["2"]

    def test_rarer_word_wins(self, full: SearchEngine) -> None:
        full.write(G, [doc("rare", "钙钛矿"), doc("z", "技术"), *(doc(f"c{n}", "技术") for n in range(9))])
        assert found(full, "钙钛矿 技术")[0] == "rare"

    def test_title_wins_by_its_weight(self, full: SearchEngine) -> None:
        full.write(G, [doc("body", "膜", "电池"), doc("title", "电池", "膜")])
        assert found(full, "电池") == ["title", "body"]
        assert ids(full.keyword_ranking(G, words("电池", {"title": 1.0, "body": 3.0}), (), 10)) == ["body", "title"]

    def test_weightier_token_wins(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "电池"), doc("2", "电机")])
        assert ids(full.keyword_ranking(G, WordsQuery({"电池": 1, "电机": 2}, BOTH_FIELDS), (), 10)) == ["2", "1"]
        assert ids(full.keyword_ranking(G, WordsQuery({"电池": 2, "电机": 1}, BOTH_FIELDS), (), 10)) == ["1", "2"]

    def test_more_matches_win(self, full: SearchEngine) -> None:
        full.write(G, [doc("a-one", "固态 膜 网"), doc("two", "固态 电池 网"), doc("three", "固态 电池 隔膜")])
        assert found(full, "固态 电池 隔膜") == ["three", "two", "a-one"]

    def test_more_occurrences_win(self, full: SearchEngine) -> None:
        full.write(G, [doc("a-once", "电池 膜 网"), doc("b-twice", "电池 电池 网")])
        assert found(full, "电池") == ["b-twice", "a-once"]

    def test_shorter_field_wins(self, full: SearchEngine) -> None:
        full.write(G, [doc("a-long", "电池 " + "膜 " * 30), doc("short", "电池 膜")])
        assert found(full, "电池") == ["short", "a-long"]

    def test_scores_fall_and_are_positive(self, regional: SearchEngine) -> None:
        scores = [entry.score for entry in regional.keyword_ranking(G, words("材料"), (), 10)]
        assert scores == sorted(scores, reverse=True)
        assert min(scores) > 0

    def test_score_is_the_weighted_sum(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "电池 膜", "网"), doc("2", "网", "电池"), doc("3", "网")])

        def score(tokens: Mapping[str, float], fields: Mapping[str, float]) -> float:
            ranking = full.keyword_ranking(G, WordsQuery(tokens, fields), (), 10)
            return {entry.id: entry.score for entry in ranking}["1"]

        both = score({"电池": 2.0, "膜": 0.5, "网": 1.0}, BOTH_FIELDS)
        parts = (
            6 * score({"电池": 1}, {"title": 1}) + 1.5 * score({"膜": 1}, {"title": 1}) + score({"网": 1}, {"body": 1})
        )
        assert both == pytest.approx(parts, rel=1e-4)

    def test_filters_do_not_change_scores(self, regional: SearchEngine) -> None:
        plain = {entry.id: entry.score for entry in regional.keyword_ranking(G, words("材料"), (), 10)}
        filters = (Terms("domains", ("材料",)), NotTerms("region", ("西安",)), Range("amount", None, None))
        for entry in regional.keyword_ranking(G, words("材料"), filters, 10):
            assert entry.score == pytest.approx(plain[entry.id], rel=1e-6)

    def test_ties_go_by_id(self, full: SearchEngine) -> None:
        many = [f"{n:03d}" for n in range(400)]
        shuffled = [many[n * 7 % 400] for n in range(400)]
        for start in range(0, 400, 100):
            full.write(G, [doc(id_, "电池") for id_ in shuffled[start : start + 100]])
        full.write(G, [doc("zz", "电池 电池")])
        assert found(full, "电池", limit=1000) == ["zz", *many]
        assert found(full, "电池", limit=5) == ["zz", *many[:4]]
        assert found(full, "电池", NotTerms("region", ("x",)), limit=5) == ["zz", *many[:4]]

    def test_document_frequencies(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "电池 电池", "膜"), doc("2", "膜", "膜 电池"), doc("3", "网", "膜")])
        words = ["电池", "膜", "网", "c++"]
        assert full.document_frequencies(G, words, ["title", "body"]) == {"电池": 1, "膜": 3, "网": 1, "c++": 0}
        assert full.document_frequencies(G, words, ["title"]) == {"电池": 1, "膜": 1, "网": 1, "c++": 0}
        assert full.document_frequencies(G, [], ["title"]) == {}
        with pytest.raises(InvalidQuery, match="abstract"):
            full.document_frequencies(G, words, ["abstract"])

    def test_empty_query_and_no_match(self, regional: SearchEngine) -> None:
        assert found(regional, "") == []
        assert found(regional, "没有") == []
        assert ids(regional.keyword_ranking(G, WordsQuery({"材料": 1.0}, {}), (), 10)) == []
        assert found(regional, "材料", limit=0) == []

    def test_limit(self, regional: SearchEngine) -> None:
        assert found(regional, "材料", limit=3) == ["a", "b", "c"]
        assert nearest(regional, unit(1, 0, 0, 0), limit=3) == ["a", "b", "c"]
        assert nearest(regional, unit(1, 0, 0, 0), limit=0) == []

    def test_empty_generation(self, full: SearchEngine) -> None:
        assert found(full, "电池") == []
        assert nearest(full, unit(1, 0, 0, 0)) == []
        assert full.matching_ids(G, ()) == set()
        assert full.facet_counts(G, ["region"], ()) == {"region": {}}
        assert (full.count(G), full.versions(G), full.vectors(G, ["x"])) == (0, {}, {})

    # Vectors

    def test_nearest_first_with_cosine_as_score(self, full: SearchEngine) -> None:
        vectors = {
            "same": unit(1, 2, 0, 0),
            "near": unit(1, 1, 0, 0),
            "far": unit(0, 0, 1, 0),
            "against": unit(-1, -2, 0, 0),
        }
        full.write(G, [doc(id_, "x", vector=vector) for id_, vector in vectors.items()])
        ranking = full.vector_ranking(G, vectors["same"], (), 10)
        assert ids(ranking) == ["same", "near", "far", "against"]
        assert [entry.score for entry in ranking] == pytest.approx([1.0, 3 / 10**0.5, 0.0, -1.0], abs=1e-5)

    def test_documents_without_vector_are_found_by_words_only(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "电池"), doc("2", "电池", vector=unit(-1, 0, 0, 0))])
        assert nearest(full, unit(1, 0, 0, 0)) == ["2"]
        assert found(full, "电池") == ["1", "2"]
        assert set(full.vectors(G, ["1", "2", "3"])) == {"2"}

    def test_equal_vectors_go_by_id(self, full: SearchEngine) -> None:
        full.write(G, [doc(f"{n * 7 % 60:02d}", "x", vector=unit(1, 2, 3, 4)) for n in range(60)])
        assert nearest(full, unit(4, 3, 2, 1), limit=60) == [f"{n:02d}" for n in range(60)]

    def test_vectors_come_back_as_they_were(self, full: SearchEngine) -> None:
        vector = unit(0.1, 0.2, -0.3, 0.4)
        full.write(G, [doc("1", "x", vector=vector)])
        np.testing.assert_allclose(full.vectors(G, ["1"])["1"], vector, atol=1e-6)

    @pytest.mark.parametrize("wrong", [np.ones(3, dtype=np.float32), np.ones((1, 4), dtype=np.float32)])
    def test_wrong_vector_size(self, full: SearchEngine, wrong: Vector) -> None:
        with pytest.raises(IndexingError, match="4"):
            full.write(G, [doc("1", "x", vector=wrong)])
        with pytest.raises(IndexingError, match="4"):
            full.vector_ranking(G, wrong, (), 10)
        assert full.count(G) == 0

    # Filters and facets

    @pytest.mark.parametrize("name", FILTERS)
    def test_filters_let_the_same_documents_through_everywhere(self, regional: SearchEngine, name: str) -> None:
        filters, expected = FILTERS[name]
        assert set(found(regional, "材料", *filters)) == set(expected)
        assert set(nearest(regional, unit(1, 1, 1, 1), *filters)) == set(expected)
        assert regional.matching_ids(G, filters) == set(expected)
        counts = regional.facet_counts(G, ["region"], filters)["region"]
        assert sum(counts.values()) == len(set(expected) - {"f"})  # f has no region

    def test_facet_counts(self, regional: SearchEngine) -> None:
        assert regional.facet_counts(G, ["region", "domains"], ()) == {
            "region": {"西安": 2, "宝鸡": 2, "New York": 1},
            "domains": {"材料": 3, "能源": 3, "AI": 1},
        }
        assert regional.facet_counts(G, ["domains"], [Terms("region", ("西安",))]) == {
            "domains": {"材料": 1, "能源": 2}
        }
        assert regional.facet_counts(G, [], ()) == {}

    def test_facet_counts_among_ids(self, regional: SearchEngine) -> None:
        among = ["a", "c", "f", "unknown"]
        assert regional.facet_counts(G, ["region"], (), among) == {"region": {"西安": 1, "宝鸡": 1}}
        assert regional.facet_counts(G, ["region"], [Range("amount", 20)], among) == {"region": {"宝鸡": 1}}
        assert regional.facet_counts(G, ["region"], (), []) == {"region": {}}

    def test_a_value_said_twice_counts_once(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "x", filters={"domains": ("a", "a", "b")})])
        assert full.facet_counts(G, ["domains"], ()) == {"domains": {"a": 1, "b": 1}}

    def test_unknown_fields_are_named(self, regional: SearchEngine) -> None:
        with pytest.raises(InvalidQuery, match=r"abstract.*title"):
            regional.keyword_ranking(G, words("x", {"abstract": 1.0}), (), 10)
        wrong: list[Filter] = [Terms("province", ("x",)), NotTerms("province", ("x",)), Range("province", 1, 2)]
        for filter_ in wrong:
            there = "amount" if isinstance(filter_, Range) else "region"
            with pytest.raises(InvalidQuery, match=rf"province.*{there}"):
                regional.keyword_ranking(G, words("材料"), [filter_], 10)
            with pytest.raises(InvalidQuery, match="province"):
                regional.vector_ranking(G, unit(1, 0, 0, 0), [filter_], 10)
            with pytest.raises(InvalidQuery, match="province"):
                regional.matching_ids(G, [filter_])
            with pytest.raises(InvalidQuery, match="province"):
                regional.facet_counts(G, ["region"], [filter_])
        with pytest.raises(InvalidQuery, match=r"amount.*region"):
            regional.facet_counts(G, ["amount"], ())
        with pytest.raises(InvalidQuery, match="amount"):
            regional.matching_ids(G, [Terms("amount", ("1",))])

    # Writing

    def test_a_document_is_replaced_whole(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "电池", vector=unit(1, 0, 0, 0), filters={"region": "西安", "amount": 1.0})])
        full.write(G, [doc("1", "电机", version=2, vector=unit(0, 1, 0, 0), filters={"domains": "a"})])
        assert found(full, "电池") == []
        assert found(full, "电机") == ["1"]
        ranking = full.vector_ranking(G, unit(0, 1, 0, 0), (), 10)
        assert [(entry.id, round(entry.score, 5)) for entry in ranking] == [("1", 1.0)]
        assert full.facet_counts(G, ["region", "domains"], ()) == {"region": {}, "domains": {"a": 1}}
        assert full.matching_ids(G, [Range("amount")]) == set()
        assert full.count(G) == 1

    def test_an_older_version_never_replaces_a_newer(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "新", version=5, vector=unit(1, 0, 0, 0)), doc("2", "二")])
        full.write(G, [doc("1", "旧", version=4, vector=unit(0, 1, 0, 0)), doc("2", "再", version=2)])
        assert (found(full, "新"), found(full, "旧"), found(full, "再")) == (["1"], [], ["2"])
        np.testing.assert_allclose(full.vectors(G, ["1"])["1"], unit(1, 0, 0, 0), atol=1e-6)
        assert full.versions(G) == {"1": 5, "2": 2}

    def test_the_same_version_is_written_again(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "电池")])
        full.write(G, [doc("1", "电机", vector=unit(1, 0, 0, 0))])
        assert (found(full, "电池"), found(full, "电机"), nearest(full, unit(1, 0, 0, 0))) == ([], ["1"], ["1"])
        assert full.count(G) == 1

    def test_the_same_version_without_vector_keeps_it_a_newer_one_does_not(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "a", vector=unit(1, 0, 0, 0))])
        full.write(G, [doc("1", "b")])
        assert (found(full, "b"), list(full.vectors(G, ["1"]))) == (["1"], ["1"])
        full.write(G, [doc("1", "c", version=2)])
        assert (found(full, "c"), list(full.vectors(G, ["1"]))) == (["1"], [])

    def test_the_newest_wins_within_one_batch(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "a"), doc("1", "c", version=3), doc("1", "b", version=2)])
        assert (found(full, "a b c"), found(full, "c"), full.versions(G)) == (["1"], ["1"], {"1": 3})

    def test_delete(self, regional: SearchEngine) -> None:
        regional.delete(G, ["a", "c", "unknown"])
        assert set(found(regional, "材料")) == set("bdef")
        assert set(nearest(regional, unit(1, 0, 0, 0))) == set("bdef")
        assert regional.matching_ids(G, ()) == set("bdef") == set(regional.versions(G))
        assert regional.facet_counts(G, ["region"], ()) == {"region": {"西安": 1, "宝鸡": 1, "New York": 1}}
        assert (regional.count(G), regional.vectors(G, ["a"])) == (4, {})

    def test_delete_unknown_is_no_error(self, full: SearchEngine) -> None:
        full.delete(G, ["unknown"])
        full.delete(G, [])
        assert full.count(G) == 0

    def test_a_deleted_document_may_come_back(self, regional: SearchEngine) -> None:
        regional.delete(G, ["a"])
        regional.write(G, [doc("a", "电池")])
        assert (found(regional, "电池"), regional.versions(G)["a"], regional.vectors(G, ["a"])) == (["a"], 1, {})

    def test_writing_nothing(self, full: SearchEngine) -> None:
        full.write(G, [])
        assert full.count(G) == 0

    def test_many_changes_of_few_documents(self, full: SearchEngine) -> None:
        for version in range(1, 25):
            full.write(
                G,
                [
                    doc(
                        f"{n:03d}", f"w{version}", version=version, vector=unit(n, version, 1, 0), filters={"amount": n}
                    )
                    for n in range(100)
                ],
            )
            assert full.count(G) == 100
        assert len(found(full, "w24")) == 100
        assert found(full, "w23") == []
        assert nearest(full, unit(5, 24, 1, 0), limit=1) == ["005"]
        assert full.matching_ids(G, [Range("amount", 98)]) == {"098", "099"}

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

    # Opening and closing

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
