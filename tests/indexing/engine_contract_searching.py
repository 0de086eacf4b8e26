"""The part of the engine contract that is about answers: words, vectors, filters, facets."""

from collections.abc import Mapping

import numpy as np
import pytest

from indexing.document import Vector
from indexing.engines.base import SearchEngine
from indexing.errors import IndexingError, InvalidQuery
from indexing.query import Filter, NotTerms, Range, Terms, WordsQuery
from tests.indexing.engine_samples import (
    BOTH_FIELDS,
    FILTERS,
    ContractFixtures,
    G,
    doc,
    found,
    ids,
    nearest,
    unit,
    words,
)


class SearchingContract(ContractFixtures):
    """Part of EngineContract."""

    # How long a token may be that is still found whole.
    longest_token = 255

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

    def test_the_vector_of_a_text_without_meaning_is_zero(self, full: SearchEngine) -> None:
        zero = np.zeros(4, dtype=np.float32)
        full.write(G, [doc("1", "x", vector=zero), doc("2", "x", vector=unit(1, 0, 0, 0))])
        assert full.without_vector(G) == set()
        np.testing.assert_array_equal(full.vectors(G, ["1"])["1"], zero)
        ranking = full.vector_ranking(G, unit(1, 0, 0, 0), (), 10)
        assert [(entry.id, round(entry.score, 5)) for entry in ranking] == [("2", 1), ("1", 0)]
        assert nearest(full, zero) == ["1", "2"]

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

    def test_several_rankings_at_once(self, regional: SearchEngine) -> None:
        questions: dict[str, WordsQuery | Vector] = {
            "words": words("材料"),
            "nothing": words("没有"),
            "meaning": unit(0, 1, 0, 0),
            "other": words("材料", {"title": 1.0}),
        }
        filters = (Terms("domains", ("材料", "能源")),)
        rankings = regional.rankings(G, questions, filters, 3)
        assert list(rankings) == list(questions)
        assert rankings["words"] == regional.keyword_ranking(G, words("材料"), filters, 3)
        assert ids(rankings["other"]) == ["a", "b", "c"]
        assert rankings["nothing"] == []
        assert ids(rankings["meaning"]) == ids(regional.vector_ranking(G, unit(0, 1, 0, 0), filters, 3))
        assert regional.rankings(G, {}, filters, 3) == {}
        with pytest.raises(InvalidQuery, match="abstract"):
            regional.rankings(G, questions | {"wrong": words("x", {"abstract": 1.0})}, filters, 3)

    def test_many_searches_at_once_find_what_each_finds_alone(self, regional: SearchEngine) -> None:
        searches: list[dict[str, WordsQuery | Vector]] = [
            {"words": words("材料"), "meaning": unit(0, 1, 0, 0)},
            {},
            {"meaning": unit(1, 2, 0, 0), "nothing": words("没有")},
            *({"words": words("材料", {"title": 1.0}), "meaning": unit(1, n, 0, 0)} for n in range(30)),
        ]
        filters = (Terms("domains", ("材料", "能源")),)
        together = regional.many_rankings(G, searches, filters, 3)
        assert len(together) == len(searches)
        for found_together, questions in zip(together, searches, strict=True):
            alone = regional.rankings(G, questions, filters, 3)
            assert found_together.keys() == alone.keys()
            for name, ranking in alone.items():
                assert ids(found_together[name]) == ids(ranking)
                np.testing.assert_allclose(
                    [entry.score for entry in found_together[name]], [entry.score for entry in ranking], atol=1e-6
                )
        assert regional.many_rankings(G, [], filters, 3) == []
        with pytest.raises(InvalidQuery, match="abstract"):
            regional.many_rankings(G, [{"wrong": words("x", {"abstract": 1.0})}], filters, 3)

    def test_with_and_without_vector(self, full: SearchEngine) -> None:
        full.write(G, [doc("1", "电池", vector=unit(1, 0, 0, 0)), doc("2", "电池"), doc("3", "膜")])
        assert full.without_vector(G) == {"2", "3"}
        full.write(G, [doc("2", "电池", vector=unit(0, 1, 0, 0))])
        full.delete(G, ["3"])
        assert full.without_vector(G) == set()

    def test_sample(self, full: SearchEngine) -> None:
        assert full.sample(G, 10) == []
        full.write(G, [doc(f"{n:02d}", "x", vector=unit(1, n, 0, 0)) for n in range(40)])
        full.write(G, [doc("none", "x")])
        everything = {round(float(vector[1]), 4) for vector in full.sample(G, 100)}
        assert everything == {round(float(unit(1, n, 0, 0)[1]), 4) for n in range(40)}
        some = full.sample(G, 10)
        assert len(some) == 10
        assert {round(float(vector[1]), 4) for vector in some} <= everything
        np.testing.assert_allclose(full.sample(G, 10), some, atol=1e-6)
