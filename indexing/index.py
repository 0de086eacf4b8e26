"""One searchable collection: joins segmentation, meaning, engine and fusion. Write, search, rebuild."""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import TypeVar

import numpy as np

from indexing.document import EngineDocument, Hit, IndexDocument, IndexSchema, Ranked, Vector
from indexing.embedding import normalised
from indexing.engines.base import EngineHealth, SearchEngine
from indexing.errors import DocumentsRefused, IndexNotBuilt, IndexOutdated
from indexing.fingerprint import fingerprint
from indexing.fusion import fuse
from indexing.meaning import Meaning, MeaningState
from indexing.query import Filter, Rarity, SearchQuery, WordsQuery
from indexing.segmentation import Segmenter
from indexing.views import look_at, one_view, seen

T = TypeVar("T")

# How deep each channel is read before fusing: deep enough that recall@100 no longer grows with it.
DEPTH = 400
# Words and character pairs together weigh as much as meaning: found on the development judgments, and flat around it.
# Names take part only where they are asked for, and then decide: who types a name wants what goes by it.
WEIGHTS = {"words": 0.5, "pairs": 0.5, "meaning": 1.0, "feedback": 0.7, "names": 1.0}
# Feedback: a second look with the query pulled towards the mean of the ten best documents, as a ranking of its own.
# Development judgments: recall@100 0.534 → 0.547 for 0.001 of nDCG@10; in place of the first look it costs 0.010.
FEEDBACK_DOCUMENTS = 10
FEEDBACK_WEIGHT = 0.6
# A title counts three times a text, as in the plain reference; the pairs of characters are taken from titles only.
PAIRS = "title_pairs"
# Batch of a rebuild: large enough for the engine, small enough that its texts and vectors stay in memory.
REBUILD_BATCH = 1000
# A collection's centre moves slowly: looked at again after this many seconds.
CENTRE_SECONDS = 300
CENTRE_SAMPLE = 2000
# Documents without any word, counted along: a collection of three does not take all its words for common.
IMAGINED_DOCUMENTS = 20


@dataclass(frozen=True)
class SearchResult:
    """Hits, best first; the words that were looked up; whether meaning took part."""

    hits: list[Hit]
    words: list[str]
    meaning: MeaningState


class Index:
    """One collection of documents of one schema in one engine.

    Opening loads nothing; the segmenter is built at first use, the model by `warm_up`. Until the model is
    ready, searches go by words and say so.
    """

    def __init__(
        self, kind: str, schema: IndexSchema, engine: SearchEngine, segmenter: Callable[[], Segmenter], meaning: Meaning
    ) -> None:
        self.kind = kind
        self.schema = schema
        self.meaning = meaning
        self._engine = engine
        self._segmenter = segmenter
        self._stored_schema = replace(schema, text_fields=(*schema.text_fields, *schema.name_fields, PAIRS))
        self._lock = threading.Lock()
        self._centre: tuple[float, str, Vector | None] = (0.0, "", None)

    # -- which generation ------------------------------------------------------------------------------

    @property
    def fingerprint(self) -> str:
        """The short name of what this program, dictionary and model would build."""
        return fingerprint(self.schema, self._segmenter().fingerprint, self.meaning.name)

    def generation(self) -> str:
        """The published generation. Raises IndexNotBuilt, or IndexOutdated when it was built otherwise."""
        name = self._engine.published(self.kind)
        if name is None:
            raise IndexNotBuilt(f"“{self.kind}”还没有建立索引：请运行 matchmaker reindex")
        meta = self._engine.meta(name)
        built = meta.get("fingerprint")
        # Where the wanted model cannot be used, words go on: the index is then judged by the model it was built with.
        model = meta.get("embedder") if self.meaning.problem else self.meaning.name
        if built != fingerprint(self.schema, self._segmenter().fingerprint, model):
            raise IndexOutdated(
                f"“{self.kind}”的索引是用另一版词典或语义模型建立的（{built} ≠ {self.fingerprint}）："
                "请运行 matchmaker reindex 重建，重建完成前不能检索"
            )
        return name

    def ensure(self) -> bool:
        """Make and publish an empty generation if there is none; was there none? Raises IndexOutdated."""
        with self._lock:
            missing = self._engine.published(self.kind) is None
            if missing:
                self._engine.publish(self.kind, self._create())
        self.generation()
        return missing

    def _create(self) -> str:
        name = f"{self.kind}-{self.fingerprint}-{time.time_ns() // 1_000_000}"
        meta = {"kind": self.kind, "fingerprint": self.fingerprint, "embedder": self.meaning.name or "off"}
        self._engine.create(name, self._stored_schema, self.meaning.dimensions, meta)
        return name

    # -- writing ---------------------------------------------------------------------------------------

    def write(self, documents: Sequence[IndexDocument], *, embed: bool = True) -> list[str]:
        """Insert or replace, also in the copy that is being built. Returns the ids whose meaning is still missing.

        `embed=False` uses only vectors that need no model run, so that words are searchable at once.
        Raises DocumentsRefused after the other documents have been written.
        """
        stored, missing = self._stored(documents, embed)
        self._everywhere(lambda generation: self._engine.write(generation, stored))
        return missing

    def delete(self, ids: Collection[str]) -> None:
        """Remove, also from the copy that is being built; unknown ids are no error."""
        self._everywhere(lambda generation: self._engine.delete(generation, ids))

    @contextmanager
    def rebuilding(self) -> Iterator["Rebuild"]:
        """A new generation to fill; published in one step when the block ends, given up when it raises.

        From the first moment on, `write` and `delete` of every process keep it up to date as well. A second
        rebuild that begins meanwhile takes its place: this one then ends with IndexNotBuilt.
        """
        generation = self._create()
        self._engine.prepare(self.kind, generation)
        try:
            yield Rebuild(self, generation)
        except BaseException:
            if self._engine.prepared(self.kind) == generation:
                self._engine.prepare(self.kind, None)
            raise
        self._engine.publish(self.kind, generation)

    def rebuild(self, documents: Iterable[IndexDocument], *, embed: bool = True) -> int:
        """Build a complete new generation beside the published one, then swap. Returns its number of documents.

        Readers keep the old one until the swap; a rebuild that is interrupted changes nothing.
        """
        if embed:
            self.meaning.warm_up()
        with self.rebuilding() as new:
            remaining = iter(documents)
            while batch := list(islice(remaining, REBUILD_BATCH)):
                new.write(batch, embed=embed)
        return self.count()

    def _everywhere(self, change: Callable[[str], None]) -> None:
        """Apply to the published generation and to the one being built, if it is built the way we would."""
        self.ensure()
        published = self.generation()
        prepared = self._engine.prepared(self.kind)
        refused: dict[str, str] = {}
        try:
            change(published)
        except DocumentsRefused as error:
            refused = error.problems
        # A generation that another version of this program builds is not ours to write: its tokens differ.
        try:
            if prepared is not None and self._engine.meta(prepared).get("fingerprint") == self.fingerprint:
                change(prepared)
        except IndexNotBuilt:
            # Given up, or published a moment ago. In the latter case its builder compares with the database.
            pass
        except DocumentsRefused as error:
            refused |= error.problems
        if refused:
            raise DocumentsRefused(refused)

    def _stored(self, documents: Sequence[IndexDocument], embed: bool) -> tuple[list[EngineDocument], list[str]]:
        """The documents as an engine takes them, and the ids whose meaning is still missing."""
        if embed:
            vectors = self.meaning.of_documents(self.schema, documents)
        else:
            vectors = self.meaning.known(self.schema, documents)
        stored = [
            EngineDocument(one.id, one.version, self._tokens(one), vectors.get(one.id), one.filters)
            for one in documents
        ]
        return stored, [] if self.meaning.state == "off" else [one.id for one in documents if one.id not in vectors]

    def _tokens(self, document: IndexDocument) -> dict[str, tuple[str, ...]]:
        segmenter = self._segmenter()
        fields = (*self.schema.text_fields, *self.schema.name_fields)
        tokens = {name: tuple(segmenter.words(document.texts.get(name, ""))) for name in fields}
        tokens[PAIRS] = tuple(segmenter.pairs(document.texts.get(self.schema.text_fields[0], "")))
        return tokens

    # -- reading ---------------------------------------------------------------------------------------

    @one_view()
    def search(
        self, query: SearchQuery, *, asked_in: "Index | None" = None, rarity: Rarity | None = None
    ) -> SearchResult:
        """The documents that answer the query best, by words and meaning.

        `asked_in` is the collection the query is a document of, if it is one: what the meaning of all *its* documents
        shares then counts little; `rarity` does the same for words (“企业希望”, “一种…的方法”).
        Raises IndexNotBuilt, IndexOutdated.
        """
        depth = max(DEPTH, query.limit)
        asked = self._asked(query, asked_in, rarity)
        rankings, hits = self._read(lambda generation: self._ranked(generation, asked.questions, query, depth))
        return self._result(asked, query, rankings, hits)

    @one_view()
    def search_many(self, queries: Sequence[SearchQuery], *, rarity: Rarity | None = None) -> list[SearchResult]:
        """`search` of every query, in their order; they have the same filters and limit. In one pass over all meanings.

        Raises ValueError for queries that differ in these, IndexNotBuilt, IndexOutdated.
        """
        if not queries:
            return []
        filters, depth = queries[0].filters, max(DEPTH, queries[0].limit)
        if any((query.filters, query.limit) != (filters, queries[0].limit) for query in queries):
            raise ValueError("searches made in one pass have the same filters and the same limit")
        asked = [self._asked(query, None, rarity) for query in queries]

        def ranked(generation: str) -> list[tuple[dict[str, list[Ranked]], list[Hit]]]:
            found = self._engine.many_rankings(generation, [one.questions for one in asked], filters, depth)
            hits = [fuse(rankings, WEIGHTS, depth=depth) for rankings in found]
            moved = {
                number: {"feedback": self._fed_back(generation, vector, hits[number])}
                for number, query in enumerate(queries)
                if query.feedback and hits[number] and (vector := asked[number].vector) is not None
            }
            again = self._engine.many_rankings(generation, list(moved.values()), filters, depth)
            for number, rankings in zip(moved, again, strict=True):
                found[number] |= rankings
                hits[number] = fuse(found[number], WEIGHTS, depth=depth)
            return list(zip(found, hits, strict=True))

        answers = zip(asked, queries, self._read(ranked), strict=True)
        return [self._result(one, query, rankings, hits) for one, query, (rankings, hits) in answers]

    def _asked(self, query: SearchQuery, asked_in: "Index | None", rarity: Rarity | None) -> "_Asked":
        segmenter = self._segmenter()
        words = _weighted(query, segmenter.words, rarity.word if rarity else None)
        pairs = _weighted(query, segmenter.pairs, rarity.pair if rarity else None)
        questions: dict[str, WordsQuery | Vector] = {
            "words": WordsQuery(_with_others(self._widened(words), query, segmenter.words), self._field_weights()),
            "pairs": WordsQuery(_with_others(pairs, query, segmenter.pairs), {PAIRS: 1.0}),
        }
        if query.names and self.schema.name_fields:
            names = dict.fromkeys(segmenter.words(query.names), 1.0)
            questions["names"] = WordsQuery(names, dict.fromkeys(self.schema.name_fields, 1.0))
        vector = self._query_vector(query, asked_in)
        if vector is not None:
            questions["meaning"] = vector
        return _Asked(list(words), questions, vector)

    def _result(
        self, asked: "_Asked", query: SearchQuery, rankings: Mapping[str, list[Ranked]], hits: list[Hit]
    ) -> SearchResult:
        if asked.vector is None:
            state: MeaningState = "off" if self.meaning.state == "off" else "loading"
        else:
            # Documents found by words alone have no vectors yet; where nothing was found, meaning did take part.
            state = "loading" if hits and not rankings["meaning"] else "ready"
        return SearchResult(hits[: query.limit], asked.words, state)

    def _ranked(
        self, generation: str, questions: Mapping[str, WordsQuery | Vector], query: SearchQuery, depth: int
    ) -> tuple[dict[str, list[Ranked]], list[Hit]]:
        rankings = self._engine.rankings(generation, questions, query.filters, depth)
        hits = fuse(rankings, WEIGHTS, depth=depth)
        vector = questions.get("meaning")
        if query.feedback and hits and isinstance(vector, np.ndarray):
            moved = self._fed_back(generation, vector, hits)
            rankings["feedback"] = self._engine.vector_ranking(generation, moved, query.filters, depth)
            hits = fuse(rankings, WEIGHTS, depth=depth)
        return rankings, hits

    def vectors(self, ids: Sequence[str]) -> dict[str, Vector]:
        """The stored meanings, as they were calculated, of those documents that have one."""
        return self._read(lambda generation: self._engine.vectors(generation, ids)) if ids else {}

    def vector_of(self, document: IndexDocument) -> Vector | None:
        """The meaning a document would be stored with; None while the model is loading or off. Nothing is remembered."""
        return self.meaning.of_unsaved(self.schema, document)

    def centred(self, vector: Vector) -> Vector:
        """The vector as seen from the middle of this collection: what it says that the others do not."""
        generation = self._generation_in_view()
        looked_at, of, centre = self._centre
        if of != generation or time.monotonic() - looked_at > CENTRE_SECONDS:
            sample = self._read(lambda current: self._engine.sample(current, CENTRE_SAMPLE))
            # Fewer than ten have no middle worth the name.
            centre = np.mean(sample, axis=0) if len(sample) >= 10 else None
            self._centre = (time.monotonic(), generation, centre)
        if centre is None:
            return vector
        centred: Vector = normalised((vector - centre)[np.newaxis])[0]
        return centred

    def rarity(self, words: Collection[str], fields: Sequence[str]) -> dict[str, float]:
        """How telling each word is in this collection: ln(1 + N / (1 + documents with it)), N with twenty more."""
        count = self.count() + IMAGINED_DOCUMENTS
        frequencies = self._read(lambda generation: self._engine.document_frequencies(generation, words, fields))
        return {word: math.log(1 + count / (1 + frequencies.get(word, 0))) for word in words}

    def frequencies(self, words: Collection[str]) -> dict[str, int]:
        """In how many documents each word stands, in the text field where it is most common; an estimate."""
        fields = self.schema.text_fields
        return self._read(lambda generation: self._engine.document_frequencies(generation, words, fields))

    def matching_ids(self, filters: Sequence[Filter]) -> set[str]:
        """All ids that pass the filters."""
        return self._read(lambda generation: self._engine.matching_ids(generation, filters))

    def facet_counts(
        self, fields: Sequence[str], filters: Sequence[Filter], ids: Collection[str] | None = None
    ) -> dict[str, dict[str, int]]:
        """Per keyword field: value → number of documents that pass the filters (and are among `ids`, if given)."""
        return self._read(lambda generation: self._engine.facet_counts(generation, fields, filters, ids))

    def count(self) -> int:
        """Number of documents."""
        return self._read(self._engine.count)

    def versions(self) -> dict[str, int]:
        """id → stored version of every document."""
        return self._read(self._engine.versions)

    def without_meaning(self) -> set[str]:
        """Ids that are found by words only so far."""
        return self._read(self._engine.without_vector)

    def health(self) -> EngineHealth:
        """How the engine is, whether or not anything has been built."""
        return self._engine.health()

    def words(self, text: str) -> list[str]:
        """The words of a text as the index sees them, parts of longer words included."""
        return self._segmenter().words(text)

    def pairs(self, text: str) -> list[str]:
        """The pairs of neighbouring characters of a text."""
        return self._segmenter().pairs(text)

    def general_rarity(self, word: str) -> float:
        """How rare a word is in everyday language; see Segmenter.general_rarity."""
        return self._segmenter().general_rarity(word)

    def tokens(self, text: str) -> list[tuple[str, int, int]]:
        """The words of a text as the index sees them, with their places: for showing why something was found."""
        return [(token.word, token.start, token.end) for token in self._segmenter().tokens(text)]

    def division(self, text: str, *, telling: bool = False) -> list[str]:
        """The folded text cut into words and what stands between them: see Segmenter.division."""
        return self._segmenter().division(text, telling=telling)

    def is_word(self, word: str) -> bool:
        """Is it a word of the dictionary, more than one character long?"""
        return self._segmenter().is_word(word)

    def warm_up(self) -> None:
        """Load dictionary and model now, so that the first search need not."""
        self._segmenter()
        self.meaning.warm_up()

    def _read(self, ask: Callable[[str], T]) -> T:
        """The published generation's answer; asked again where it was swapped between looking it up and asking."""
        generation = self._generation_in_view()
        try:
            return ask(generation)
        except IndexNotBuilt:
            current = self.generation()
            if current == generation:
                raise
            look_at(self, current)
            return ask(current)

    def _generation_in_view(self) -> str:
        generation = seen(self)
        if generation is None:
            generation = self.generation()
            look_at(self, generation)
        return generation

    # -- parts of a search -----------------------------------------------------------------------------

    def _field_weights(self) -> dict[str, float]:
        first, *rest = self.schema.text_fields
        return {first: 3.0, **dict.fromkeys(rest, 1.0)}

    def _widened(self, weights: Mapping[str, float]) -> dict[str, float]:
        """The words and, at half weight, their synonyms."""
        widened = dict(weights)
        for word, weight in weights.items():
            for synonym in self._segmenter().synonyms(word):
                widened.setdefault(synonym, weight / 2)
        return widened

    def _query_vector(self, query: SearchQuery, asked_in: "Index | None") -> Vector | None:
        if query.meaning is None or self.meaning.state == "off":
            return None
        if not isinstance(query.meaning, str):
            return query.meaning
        vector = self.meaning.of_query(query.meaning)
        return asked_in.centred(vector) if asked_in is not None and vector is not None else vector

    def _fed_back(self, generation: str, vector: Vector, hits: Sequence[Hit]) -> Vector:
        found = self._engine.vectors(generation, [hit.id for hit in hits[:FEEDBACK_DOCUMENTS]])
        if not found:
            return vector
        towards = normalised(np.mean(list(found.values()), axis=0)[np.newaxis])[0]
        moved: Vector = normalised((vector + FEEDBACK_WEIGHT * towards)[np.newaxis])[0]
        return moved


@dataclass(frozen=True)
class _Asked:
    """A query as the engine is asked it: its words, its questions by channel, its meaning."""

    words: list[str]
    questions: Mapping[str, WordsQuery | Vector]
    vector: Vector | None


def _weighted(
    query: SearchQuery, cut: Callable[[str], list[str]], rarity: Callable[[str], float] | None
) -> dict[str, float]:
    """The query's tokens, each by the weights of the texts it stands in."""
    weights: defaultdict[str, float] = defaultdict(float)
    for text, weight in query.texts.items():
        for word in cut(text):
            weights[word] += weight
    return dict(weights) if rarity is None else {word: weight * rarity(word) for word, weight in weights.items()}


def _with_others(weights: Mapping[str, float], query: SearchQuery, cut: Callable[[str], list[str]]) -> dict[str, float]:
    """The tokens and, where they are none of them, those of the other words for what is asked."""
    widened = dict(weights)
    for text, weight in query.also.items():
        for token in cut(text):
            widened.setdefault(token, weight)
    return widened


class Rebuild:
    """A generation that is being filled; see Index.rebuilding."""

    def __init__(self, index: Index, generation: str) -> None:
        self._index = index
        self._generation = generation

    def write(self, documents: Sequence[IndexDocument], *, embed: bool = True) -> None:
        """As Index.write, into the new generation only."""
        stored, _ = self._index._stored(documents, embed)
        self._index._engine.write(self._generation, stored)

    def delete(self, ids: Collection[str]) -> None:
        """As Index.delete, from the new generation only."""
        self._index._engine.delete(self._generation, ids)

    def versions(self) -> dict[str, int]:
        """As Index.versions, of the new generation."""
        return self._index._engine.versions(self._generation)
