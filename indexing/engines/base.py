"""The contract of every search engine. `tests/indexing/engine_contract.py` is its executable form."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Protocol

from indexing.document import EngineDocument, IndexSchema, Ranked, Vector
from indexing.query import Filter, WordsQuery


class SearchEngine(Protocol):
    """Stores tokens, vectors and filter values; ranks. It never segments, embeds or fuses.

    An engine holds *generations*: named, separately built copies of an index. `publish` makes one of
    them the copy that readers of a *kind* (`needs`, `achievements`) see; until then it is invisible.
    One process writes, any number read. A write is durable and visible to every reader's next call
    when the method returns; killing the process at any point leaves the published copy usable.
    """

    def create(self, generation: str, schema: IndexSchema, dimensions: int, meta: Mapping[str, str]) -> None:
        """Make an empty generation; one of the same name that was never published is replaced."""

    def publish(self, kind: str, generation: str) -> None:
        """Readers of `kind` see `generation` from their next call on; the one before is dropped."""

    def published(self, kind: str) -> str | None:
        """The generation that readers of `kind` see, or None."""

    def meta(self, generation: str) -> Mapping[str, str]:
        """What `create` was told. Raises IndexNotBuilt for an unknown generation."""

    def write(self, generation: str, documents: Sequence[EngineDocument]) -> None:
        """Insert or replace by id. A document whose stored version is higher is left as it is, silently;
        the same version is written again (its vector may be new)."""

    def delete(self, generation: str, ids: Collection[str]) -> None:
        """Remove; unknown ids are no error."""

    def keyword_ranking(
        self, generation: str, query: WordsQuery, filters: Sequence[Filter], limit: int
    ) -> list[Ranked]:
        """The best `limit` documents by summed, weighted BM25; equal scores in order of id.
        A document without any of the tokens is not in the ranking."""

    def vector_ranking(self, generation: str, vector: Vector, filters: Sequence[Filter], limit: int) -> list[Ranked]:
        """The best `limit` documents by cosine with `vector` (the score); documents without vector are not in it."""

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

    def versions(self, generation: str) -> dict[str, int]:
        """id → stored version of every document: what a repair compares with the database."""

    def count(self, generation: str) -> int:
        """Number of documents."""

    def close(self) -> None:
        """Give the files and connections back. Further calls raise."""
