"""The part of the engine contract that is about writing: versions, deletion, refusal."""

import numpy as np
import pytest

from indexing.document import EngineDocument
from indexing.engines.base import SearchEngine
from indexing.errors import DocumentsRefused
from indexing.query import Range
from tests.indexing.engine_samples import (
    ContractFixtures,
    G,
    doc,
    found,
    nearest,
    unit,
)


class WritingContract(ContractFixtures):
    """Part of EngineContract."""

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

    @pytest.mark.parametrize(
        "bad",
        [
            EngineDocument("bad", 1, {"title": ("a b",)}, None),
            EngineDocument("bad", 1, {"title": ("",)}, None),
            EngineDocument("bad", 1, {"title": ("a\u3000b",)}, None),
            EngineDocument("bad", 1, {"title": ("x" * 70_000,)}, None),
            EngineDocument("bad", 1, {"title": ("\ud800",)}, None),
            EngineDocument("bad", 1, {"abstract": ("a",)}, None),
            EngineDocument("bad", 1, {}, None, {"province": "x"}),
            EngineDocument("bad", 1, {}, None, {"amount": "x"}),
            EngineDocument("bad", 1, {}, None, {"region": 1.0}),
            EngineDocument("bad", 1, {}, unit(float("nan"), 0, 0, 0)),
        ],
        ids=lambda document: str(document.tokens)[:40] + str(document.filters),
    )
    def test_a_bad_document_is_named_and_the_others_are_written(self, full: SearchEngine, bad: EngineDocument) -> None:
        with pytest.raises(DocumentsRefused, match="'bad'") as refused:
            full.write(G, [doc("good", "电池"), bad, doc("also good", "膜")])
        assert list(refused.value.problems) == ["bad"]
        assert full.versions(G) == {"good": 1, "also good": 1}
