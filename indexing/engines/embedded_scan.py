"""Ranking all vectors of a generation by cosine: a matrix that grows in blocks, a quick first pass, an exact second.

Comparing 100,000 vectors of 512 numbers means reading 200 MB. Most of what tells two texts apart lies in far fewer
directions, so every vector is also kept in its principal ones. Of all rows the `COARSE` foremost are read (19 MB), of the
best of these the next up to `COMPONENTS`, and only the best of those are compared exactly. How many those must be is
tried out on the collection's own vectors, so that 0.998 of the true answer is found; where that cannot be reached
(vectors without such directions) everything is compared exactly.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from indexing.document import Ranked, Vector

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Places = NDArray[np.intp]

# Two equal vectors may differ in the last bit of their scores, by where their rows fall in the blocks of the
# matrix product (measured: 6e-8). Scores nearer than this to each other count as equal and go in order of id.
SAME_COSINE = 2e-7

# Rows of a block: growing copies nothing, and a product over a block of this size is as fast per row as over more.
BLOCK = 65_536

# Of 7,000 real titles 96 of the bundled model's 512 components hold 76 % of what the vectors say; with 64, twice as many
# candidates are needed, with 128 reading them takes longer.
COMPONENTS = 96
# Of these so many are read for every row, the others for so many times the candidates. A million documents on one core:
# 23 ms a ranking with 48 and 6, as with 32 and 16; 28 with 64 and 6; 40 where all are read for every row.
COARSE = 48
COARSE_WIDTH = 6
# Below this many rows everything is compared exactly in about a millisecond.
WORTH_A_FIRST_PASS = 20_000
# The first pass is made anew when the collection has grown by this factor: its directions and candidates then differ.
GROWN = 4
# Candidates for the exact pass that are tried, fewest first, and the share of the true answer they must keep.
WIDTHS = (1_000, 2_000, 4_000, 8_000)
KEPT = 0.998
# Depth and number of the rankings by which that is judged, and rows from which the directions are taken.
_JUDGED_DEPTH = 400
_JUDGED = 32
_SAMPLE = 8_192

# Scores that are in memory at once while many queries are compared: 64 MB.
_SCORES_AT_ONCE = 16_000_000
# Scores are cut off by a bar guessed from every so manieth.
_EVERY = 32


@cache
def one_thread_a_product() -> None:
    """From now on NumPy's products use one thread each, in the whole process: searches go on side by side here, and the
    threads of a product would wait for those that look up words (100,000 documents on two cores: 8.1 ms a search, 5.0 so)."""
    threadpool_limits(1, "blas")


class Matrix:
    """Rows of one length that can be added to. A filled row never changes, so a reader needs no lock."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._blocks: list[Floats] = []

    def reserve(self, rows: int) -> None:
        """Room for so many rows, all zeros until they are put."""
        while len(self._blocks) * BLOCK < rows:
            self._blocks.append(np.zeros((BLOCK, self.width), np.float32))

    def put(self, row: int, vector: Vector) -> None:
        self._blocks[row // BLOCK][row % BLOCK] = vector

    def put_rows(self, row: int, vectors: Floats) -> None:
        """Rows one after the other that lie in one block."""
        self._blocks[row // BLOCK][row % BLOCK : row % BLOCK + len(vectors)] = vectors

    def row(self, row: int) -> Vector:
        """A copy, so that nobody can write into the matrix."""
        vector: Vector = self._blocks[row // BLOCK][row % BLOCK].copy()
        return vector

    def filled(self, rows: int) -> "FilledRows":
        """The first so many rows, as they are now and stay."""
        blocks = self._blocks[: -(-rows // BLOCK)]
        return FilledRows(
            tuple(block[: rows - number * BLOCK] for number, block in enumerate(blocks)), rows, self.width
        )


@dataclass(frozen=True)
class FilledRows:
    """A matrix in blocks that no longer changes."""

    blocks: tuple[Floats, ...]
    count: int
    width: int

    def take(self, places: Places) -> Floats:
        """Copies of those rows; `places` ascend."""
        taken = np.empty((places.size, self.width), np.float32)
        cuts = np.searchsorted(places, np.arange(len(self.blocks) + 1) * BLOCK).tolist()
        for number, block in enumerate(self.blocks):
            inside = slice(cuts[number], cuts[number + 1])
            # Without a mode NumPy copies everything once more, in case one place lies outside.
            np.take(block, places[inside] - number * BLOCK, axis=0, out=taken[inside], mode="clip")
        return taken

    def products(self, vectors: Floats) -> Floats:
        """Every vector with every row: shape (vectors, rows)."""
        found = np.empty((len(vectors), self.count), np.float32)
        for number, block in enumerate(self.blocks):
            start = number * BLOCK
            np.matmul(vectors, block.T, out=found[:, start : start + len(block)])
        return found


class FirstPass:
    """The rows of a matrix in fewer dimensions, and how many of the best there must be compared exactly.

    `components` are directions as columns, the foremost first.
    """

    def __init__(self, components: Floats, rows: FilledRows, width: int) -> None:
        self.components = components
        self.width = width
        self._coarse, self._fine = Matrix(COARSE), Matrix(components.shape[1] - COARSE)
        self._rows = 0
        self.extend(rows)

    def extend(self, rows: FilledRows) -> None:
        """Take over the rows that are new."""
        self._coarse.reserve(rows.count)
        self._fine.reserve(rows.count)
        while self._rows < rows.count:
            number, inside = divmod(self._rows, BLOCK)
            block = rows.blocks[number]
            projected = block[inside:] @ self.components
            self._coarse.put_rows(self._rows, projected[:, :COARSE])
            self._fine.put_rows(self._rows, projected[:, COARSE:])
            self._rows += len(projected)

    def best(self, vector: Vector, width: int, rows: int, hidden: Mask | None) -> Places:
        """The `width` best of the first so many rows by what is kept of them, ascending; none that is hidden."""
        asked = vector @ self.components
        scores = self._coarse.filled(rows).products(asked[np.newaxis, :COARSE])[0]
        if hidden is not None:
            np.putmask(scores, hidden, -np.inf)
        places = highest(scores, COARSE_WIDTH * width)
        finer = scores[places] + self._fine.filled(rows).take(places) @ asked[COARSE:]
        return places[highest(finer, width)]


def fitted_first_pass(rows: FilledRows, candidates: Mask) -> FirstPass | None:
    """A first pass that keeps `KEPT` of the true answers of this collection, or None where none of the tried ones does."""
    places = np.flatnonzero(candidates)
    if places.size < WORTH_A_FIRST_PASS or rows.width < 2 * COMPONENTS:
        return None
    sample = rows.take(_spread(places, _SAMPLE))
    _values, directions = np.linalg.eigh(sample.T @ sample)
    components = np.ascontiguousarray(directions[:, : -COMPONENTS - 1 : -1])
    first = FirstPass(components, rows, 0)
    asked = rows.take(_spread(places, _JUDGED))
    hidden = None if candidates.all() else ~candidates
    answers = []
    for scores in products_of_each(rows, asked):
        if hidden is not None:
            np.putmask(scores, hidden, -np.inf)
        answers.append(highest(scores, _JUDGED_DEPTH))
    for width in WIDTHS:
        if width * 4 > places.size:
            return None
        compared = [first.best(vector, width, rows.count, hidden) for vector in asked]
        kept = [np.isin(answer, places).mean() for answer, places in zip(answers, compared, strict=True)]
        if np.mean(kept) >= KEPT:
            first.width = width
            return first
    return None


def products_of_each(rows: FilledRows, vectors: Floats) -> Iterator[Floats]:
    """The products of every vector with all rows, one after the other; calculated for several at a time."""
    at_once = max(1, _SCORES_AT_ONCE // max(1, rows.count))
    for start in range(0, len(vectors), at_once):
        yield from rows.products(vectors[start : start + at_once])


def _spread(places: Places, most: int) -> Places:
    return places[:: max(1, places.size // most)][:most]


@dataclass(frozen=True)
class Scan:
    """All a vector ranking needs, taken under the lock; it then runs without it. `candidates`: rows that may be found."""

    rows: FilledRows
    ids: Sequence[str]
    candidates: Mask
    first: FirstPass | None

    @cached_property
    def _hidden(self) -> Mask | None:
        """Rows that may not be found; None where all may: most searches of a large collection need no such mask."""
        return None if self.candidates.all() else ~self.candidates

    def _only_candidates(self, scores: Floats) -> Floats:
        if self._hidden is not None:
            np.putmask(scores, self._hidden, -np.inf)
        return scores

    def best(self, vector: Vector, limit: int) -> list[Ranked]:
        """The `limit` candidates of highest cosine; the cosines are exact."""
        places = self.worth_comparing(vector, limit)
        if places is None:
            return self._best_of_all(self.rows.products(vector[np.newaxis])[0], limit)
        return self._ranked(places, self.rows.take(places) @ vector, limit)

    def best_of_each(self, vectors: Floats, limit: int) -> Iterator[list[Ranked]]:
        """As `best` for every vector, by products of matrices and so without a first pass: exact throughout."""
        for scores in products_of_each(self.rows, vectors):
            yield self._best_of_all(scores, limit)

    def worth_comparing(self, vector: Vector, limit: int) -> Places | None:
        """The rows to compare exactly; None for all of them."""
        if self.first is None:
            return None
        width = max(self.first.width, self.first.width * limit // _JUDGED_DEPTH)
        if width * 4 > self.rows.count:
            return None
        if int(np.count_nonzero(self.candidates)) <= width:
            return np.flatnonzero(self.candidates)
        return self.first.best(vector, width, self.rows.count, self._hidden)

    def _best_of_all(self, scores: Floats, limit: int) -> list[Ranked]:
        places = highest(self._only_candidates(scores), limit)
        places = places[scores[places] > -np.inf]
        return self._ranked(places, scores[places], limit)

    def _ranked(self, places: Places, found: Floats, limit: int) -> list[Ranked]:
        """`found` are the scores of the rows at `places`."""
        if limit <= 0 or not places.size:
            return []
        if places.size > limit:
            near = highest(found, limit)
            places, found = places[near], found[near]
        order = np.argsort(-found)
        places, found = places[order], found[order]
        # A run of scores without a gap is one score, that of its first.
        starts = np.concatenate(([True], found[:-1] - found[1:] > SAME_COSINE))
        level = np.maximum.accumulate(np.where(starts, np.arange(found.size), 0))
        ids = self.ids
        ranked = [
            Ranked(ids[place], score) for place, score in zip(places.tolist(), found[level].tolist(), strict=True)
        ]
        if not starts.all():
            ranked.sort(key=lambda entry: (-entry.score, entry.id))
        return ranked[:limit]


def highest(scores: Floats, count: int) -> Places:
    """The places of the `count` highest scores and of all that count as equal to the lowest of them, ascending."""
    if count <= 0:
        return np.zeros(0, np.intp)
    if scores.size <= count:
        return np.arange(scores.size)
    places: Places | None = None
    if scores.size > 8 * count:
        # Finding the place of one score among a million takes longer than the product itself. A bar that every 32nd
        # score tells leaves about twice as many as are wanted; where it was guessed too high, all are looked at.
        sample = scores[::_EVERY]
        above = min(sample.size - 1, 2 * count // _EVERY + 16)
        bar = np.partition(sample, sample.size - above)[sample.size - above]
        places = np.flatnonzero(scores >= bar)
        if places.size < count:
            places = None
    found = scores if places is None else scores[places]
    worst_kept = np.partition(found, found.size - count)[found.size - count]
    # What is as good as the worst kept may lie just below the bar.
    if places is not None and worst_kept - SAME_COSINE < bar:
        places, found = None, scores
    near = np.flatnonzero(found >= worst_kept - SAME_COSINE)
    return near if places is None else places[near]
