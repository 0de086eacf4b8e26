"""Fusing rankings: pure, so tested as a function."""

from hypothesis import given
from hypothesis import strategies as st

from indexing import Ranked
from indexing.fusion import fuse

WEIGHTS = {"words": 1.0, "meaning": 1.0}


def ranked(*entries: tuple[str, float]) -> list[Ranked]:
    return [Ranked(identifier, score) for identifier, score in entries]


def ids(rankings: dict[str, list[Ranked]], depth: int = 100) -> list[str]:
    return [hit.id for hit in fuse(rankings, WEIGHTS, depth=depth)]


def test_found_by_both_beats_found_by_one() -> None:
    assert ids({"words": ranked(("a", 9), ("b", 8)), "meaning": ranked(("b", 0.8), ("c", 0.9))})[0] == "b"


def test_one_ranking_alone_keeps_its_order() -> None:
    assert ids({"words": ranked(("x", 3), ("a", 2), ("m", 1))}) == ["x", "a", "m"]


def test_an_empty_ranking_changes_nothing() -> None:
    words = ranked(("x", 3), ("a", 2))
    assert fuse({"words": words, "meaning": []}, WEIGHTS, depth=100) == fuse({"words": words}, WEIGHTS, depth=100)


def test_equal_scores_are_in_order_of_id() -> None:
    assert ids({"words": ranked(("b", 1), ("a", 1))}) == ["a", "b"]


def test_what_was_cut_off_counts_as_the_last_and_what_was_not_found_as_nothing() -> None:
    words, meaning = ranked(("a", 10), ("b", 9)), ranked(("c", 0.9), ("a", 0.1))
    cut = {hit.id: hit.score for hit in fuse({"words": words, "meaning": meaning}, WEIGHTS, depth=2)}
    complete = {hit.id: hit.score for hit in fuse({"words": words, "meaning": meaning}, WEIGHTS, depth=3)}
    assert cut["c"] > complete["c"]


def test_a_hit_knows_its_ranks_and_its_cosine() -> None:
    hit = fuse({"words": ranked(("z", 2), ("a", 1)), "meaning": ranked(("a", 0.7))}, WEIGHTS, depth=9)[0]
    assert hit.id == "a"
    assert hit.ranks == {"words": 2, "meaning": 1}
    assert hit.cosine == 0.7


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0.01, 10)), unique_by=lambda entry: entry[0]))
def test_every_document_comes_out_once_and_best_first(entries: list[tuple[str, float]]) -> None:
    words = sorted(ranked(*entries), key=lambda entry: -entry.score)
    hits = fuse({"words": words}, WEIGHTS, depth=100)
    assert sorted(hit.id for hit in hits) == sorted(entry.id for entry in words)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_ranking_of_unlike_documents_spoils_nothing() -> None:
    words, unlike = ranked(("a", 5), ("b", 4)), ranked(("b", -0.01), ("a", -0.2))
    hits = fuse({"words": words, "meaning": unlike}, WEIGHTS, depth=100)
    assert [hit.id for hit in hits] == ["a", "b"]
    assert all(hit.score >= 0 for hit in hits)


def test_chance_similarity_has_no_full_vote() -> None:
    words, chance = ranked(("a", 5), ("b", 3)), ranked(("b", 0.01), ("a", 0.0))
    assert ids({"words": words, "meaning": chance}) == ["a", "b"]
