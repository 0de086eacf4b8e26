"""The quick first pass over many vectors loses next to nothing, and is left out where it would."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from indexing.document import EngineDocument, IndexSchema, Vector
from indexing.engines import SearchEngine, embedded_scan, open_engine
from indexing.engines.embedded_scan import BLOCK, COMPONENTS, Floats, Matrix, Scan, fitted_first_pass, highest
from indexing.query import Terms

G = "needs-1"
SCHEMA = IndexSchema(text_fields=("title",), meaning_fields=("title",), keyword_fields=("region",))
DIMENSIONS = 256


def vectors(count: int, dimensions: int, seed: int = 1) -> Floats:
    """Unit vectors that say less and less in each further direction, as those of texts do."""
    made = np.random.default_rng(seed).standard_normal((count, dimensions))
    made /= 1 + np.arange(dimensions) / 10
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def aimless(count: int, dimensions: int) -> Floats:
    """Unit vectors without any preferred direction."""
    made = np.random.default_rng(2).standard_normal((count, dimensions))
    return (made / np.linalg.norm(made, axis=1, keepdims=True)).astype(np.float32)


def filled(rows: Floats) -> Matrix:
    matrix = Matrix(rows.shape[1])
    matrix.reserve(len(rows))
    for number, row in enumerate(rows):
        matrix.put(number, row)
    return matrix


def recall(found: list[set[int]], rows: Floats, asked: Floats, depth: int) -> float:
    exact = np.argsort(-(asked @ rows.T), axis=1)[:, :depth]
    return float(np.mean([len(one & set(row.tolist())) / depth for one, row in zip(found, exact, strict=True)]))


def test_the_first_pass_of_a_large_collection_keeps_the_answers() -> None:
    rows = vectors(30_000, 512)
    scan_rows = filled(rows).filled(len(rows))
    everything = np.ones(len(rows), np.bool_)
    first = fitted_first_pass(scan_rows, everything)
    assert first is not None
    assert first.components.shape == (512, COMPONENTS)
    scan = Scan(scan_rows, [str(number) for number in range(len(rows))], everything, first)
    asked = vectors(50, 512, seed=3)
    compared = scan.worth_comparing(asked[0], 200)
    assert compared is not None
    assert compared.size < len(rows) / 3
    found = [{int(hit.id) for hit in scan.best(vector, 200)} for vector in asked]
    assert recall(found, rows, asked, 200) >= 0.995
    assert [hit.score for hit in scan.best(asked[0], 5)] == pytest.approx(sorted(rows @ asked[0])[:-6:-1], abs=1e-6)
    together = [{int(hit.id) for hit in hits} for hits in scan.best_of_each(asked, 200)]
    assert recall(together, rows, asked, 200) == 1.0


def test_vectors_without_preferred_directions_are_all_compared() -> None:
    rows = aimless(24_000, 512)
    assert fitted_first_pass(filled(rows).filled(len(rows)), np.ones(len(rows), np.bool_)) is None


def test_blocks_are_one_matrix() -> None:
    rows = vectors(2 * BLOCK + 5, 8)
    matrix = filled(rows)
    taken = matrix.filled(len(rows))
    assert np.array_equal(matrix.row(BLOCK), rows[BLOCK])
    places = np.array([0, 7, BLOCK - 1, BLOCK, 2 * BLOCK + 4])
    assert np.array_equal(taken.take(places), rows[places])
    np.testing.assert_allclose(taken.products(rows[:3]), rows[:3] @ rows.T, atol=1e-6)


@pytest.mark.parametrize("count", [1, 10, 300, 4_999, 5_000, 9_999])
@pytest.mark.parametrize("kind", ["spread", "few values", "one value", "one far above"])
def test_the_highest_scores_are_found_with_their_equals(count: int, kind: str) -> None:
    numbers = np.random.default_rng(4)
    scores = {
        "spread": numbers.standard_normal(5_000),
        "few values": numbers.integers(0, 7, 5_000) / 7,
        "one value": np.zeros(5_000),
        "one far above": np.concatenate([np.full(4_999, -np.inf), [1.0]]),
    }[kind].astype(np.float32)
    places = set(highest(scores, count).tolist())
    worst = np.sort(scores)[::-1][min(count, scores.size) - 1]
    assert places == set(np.flatnonzero(scores >= worst - embedded_scan.SAME_COSINE).tolist())


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SearchEngine]:
    """An engine that takes 1,000 documents for many."""
    monkeypatch.setattr(embedded_scan, "WORTH_A_FIRST_PASS", 1_000)
    monkeypatch.setattr(embedded_scan, "WIDTHS", (200, 400))
    monkeypatch.setattr(embedded_scan, "_JUDGED_DEPTH", 50)
    monkeypatch.setattr("indexing.engines.embedded_vectors.WORTH_A_FIRST_PASS", 1_000)
    opened = open_engine(f"embedded://{tmp_path / 'index'}")
    opened.create(G, SCHEMA, DIMENSIONS, {})
    yield opened
    opened.close()


def write(engine: SearchEngine, rows: Floats, start: int, version: int = 1) -> None:
    engine.write(
        G,
        [
            EngineDocument(str(start + n), version, {"title": ("x",)}, row, {"region": str((start + n) % 2)})
            for n, row in enumerate(rows)
        ],
    )


def first_pass(engine: SearchEngine) -> object:
    return engine._generation(G)._rows._first  # type: ignore[attr-defined]


def answers(engine: SearchEngine, asked: Floats, limit: int = 50) -> list[set[int]]:
    return [{int(hit.id) for hit in engine.vector_ranking(G, vector, (), limit)} for vector in asked]


def test_an_index_keeps_its_answers_while_it_grows_and_changes(engine: SearchEngine) -> None:
    rows, asked = vectors(6_000, DIMENSIONS), vectors(20, DIMENSIONS, seed=5)
    write(engine, rows[:500], 0)
    answers(engine, asked)
    assert first_pass(engine) is None
    for start in range(500, 6_000, 1_100):
        write(engine, rows[start : start + 1_100], start)
        there = rows[: min(6_000, start + 1_100)]
        assert recall(answers(engine, asked), there, asked, 50) >= 0.995
        assert first_pass(engine) is not None
    rows = rows.copy()
    rows[:300] = asked[0]
    write(engine, rows[:300], 0, version=2)
    engine.delete(G, [str(number) for number in range(100, 200)])
    best = engine.vector_ranking(G, asked[0], (), 200)
    assert {int(hit.id) for hit in best} == {*range(100), *range(200, 300)}
    assert len({hit.score for hit in best}) == 1
    odd = engine.vector_ranking(G, asked[1], [Terms("region", ("1",))], 50)
    assert {int(hit.id) % 2 for hit in odd} == {1}
    assert len(odd) == 50


def test_a_filter_that_leaves_few_finds_all_of_them(engine: SearchEngine) -> None:
    rows = vectors(3_000, DIMENSIONS)
    write(engine, rows, 0)
    nearest: Vector = -rows[0]
    engine.write(G, [EngineDocument("far", 1, {"title": ("x",)}, rows[0], {"region": "far"})])
    assert [hit.id for hit in engine.vector_ranking(G, nearest, [Terms("region", ("far",))], 10)] == ["far"]
