"""The contract of every search engine. `tests/indexing/engine_contract.py` is its executable form."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from indexing.document import EngineDocument, IndexSchema, Ranked, Vector
from indexing.query import Filter, WordsQuery


@dataclass(frozen=True)
class EngineHealth:
    """`green`: fine. `yellow`: works, but something is missing. `red`: cannot be searched or written.

    `sentence` says what is the matter and, unless all is well, the repair.
    """

    level: Literal["green", "yellow", "red"]
    sentence: str


class SearchEngine(Protocol):
    """Stores tokens, vectors and filter values; ranks. It never segments, embeds or fuses.

    An engine holds *generations*: named, separately built copies of an index. `publish` makes one of
    them the copy that readers of a *kind* (`needs`, `achievements`) see; until then it is invisible.
    Any number of processes read; how many may write depends on the engine (IndexLocked says so). What
    `write` and `delete` changed in a published generation is durable when they return, and every reader's next
    call sees it; in another one at least the calls of this object do. One that is being prepared may be lost with its
    process: whoever prepares it begins again. Killing the process at any point leaves
    the published copy usable.

    Every method may raise EngineUnavailable: the engine cannot be reached or cannot do it just now, and the
    same call may succeed later.
    """

    def create(self, generation: str, schema: IndexSchema, dimensions: int, meta: Mapping[str, str]) -> None:
        """Make an empty generation; one of the same name that was never published is replaced."""

    def prepare(self, kind: str, generation: str | None) -> None:
        """Announce the generation that will be published next, so that whoever writes the published one writes
        it as well; None takes the announcement back. One announced before is dropped: its builder is told so
        by IndexNotBuilt when it next writes."""

    def prepared(self, kind: str) -> str | None:
        """The generation announced for `kind`, or None."""

    def publish(self, kind: str, generation: str) -> None:
        """Readers of `kind` see `generation` from their next call on; the one before is dropped, and what was
        announced is no longer."""

    def published(self, kind: str) -> str | None:
        """The generation that readers of `kind` see, or None."""

    def remove(self, kind: str) -> None:
        """Drop what is published and what is prepared for `kind`: for indexes that were made for a moment."""

    def meta(self, generation: str) -> Mapping[str, str]:
        """What `create` was told. Raises IndexNotBuilt for an unknown generation."""

    def write(self, generation: str, documents: Sequence[EngineDocument]) -> None:
        """Insert or replace by id. A document whose stored version is higher is left as it is, silently;
        the same version is written again (its vector may be new; without one the stored vector stays).

        Raises DocumentsRefused for those that can never be stored, after the others have been."""

    def delete(self, generation: str, ids: Collection[str]) -> None:
        """Remove; unknown ids are no error."""

    def keyword_ranking(
        self, generation: str, query: WordsQuery, filters: Sequence[Filter], limit: int
    ) -> list[Ranked]:
        """The best `limit` documents by summed, weighted BM25; equal scores in order of id.
        A document without any of the tokens is not in the ranking."""

    def vector_ranking(self, generation: str, vector: Vector, filters: Sequence[Filter], limit: int) -> list[Ranked]:
        """The best `limit` documents by cosine with `vector` (the score); documents without vector are not in it."""

    def rankings(
        self, generation: str, questions: Mapping[str, WordsQuery | Vector], filters: Sequence[Filter], limit: int
    ) -> dict[str, list[Ranked]]:
        """Several rankings of one search, by the caller's names: each as `keyword_ranking` or `vector_ranking`
        gives it, in one round trip where the engine is far away."""

    def many_rankings(
        self,
        generation: str,
        searches: Sequence[Mapping[str, WordsQuery | Vector]],
        filters: Sequence[Filter],
        limit: int,
    ) -> list[dict[str, list[Ranked]]]:
        """`rankings` of many searches with the same filters, in their order, in far less time than one by one."""

    def matching_ids(self, generation: str, filters: Sequence[Filter]) -> set[str]:
        """All ids that pass the filters."""

    def facet_counts(
        self, generation: str, fields: Sequence[str], filters: Sequence[Filter], ids: Collection[str] | None = None
    ) -> dict[str, dict[str, int]]:
        """Per keyword field: value → number of documents that pass the filters (and are among `ids`, if given)."""

    def document_frequencies(self, generation: str, words: Collection[str], fields: Sequence[str]) -> dict[str, int]:
        """How many documents have the word in any one of the fields: the largest of the fields' counts.

        An estimate, for weighting only: replaced copies of documents may still be counted.
        """

    def vectors(self, generation: str, ids: Iterable[str]) -> dict[str, Vector]:
        """The stored vectors of those ids that have one."""

    def sample(self, generation: str, most: int) -> list[Vector]:
        """Vectors of up to `most` documents, spread over the whole; the same ones while nothing changes."""

    def without_vector(self, generation: str) -> set[str]:
        """Ids of the documents that are found by words only."""

    def versions(self, generation: str) -> dict[str, int]:
        """id → stored version of every document: what a repair compares with the database."""

    def count(self, generation: str) -> int:
        """Number of documents."""

    def health(self) -> EngineHealth:
        """How the engine is. Never raises EngineUnavailable: that is what it reports."""

    def close(self) -> None:
        """Give the files and connections back. Further calls raise."""
