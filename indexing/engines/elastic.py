"""The engine for several servers: Elasticsearch 9, one index per generation (elastic_generations.py).

What is its own: names of kinds and generations are lower case; a ranking has at most 10,000 entries, a facet as many
values; meaning is searched in a graph of rounded vectors, exactly only among the candidates found there. It needs no
plugin and nothing beyond the free licence.
"""

import threading
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexing.document import EngineDocument, IndexSchema, Ranked, Vector
from indexing.engines.base import EngineHealth, SearchEngine
from indexing.engines.checks import CheckedDocument, check_facets, check_filters, check_words
from indexing.engines.elastic_address import Address
from indexing.engines.elastic_bulk import Action, Bulk, Outcome
from indexing.engines.elastic_connection import BULK, Connection
from indexing.engines.elastic_generations import Generations
from indexing.engines.elastic_health import health_of
from indexing.engines.elastic_layout import ID, MOST_HITS, VECTOR, Layout
from indexing.engines.elastic_questions import (
    among,
    filter_clauses,
    has_vector,
    matching,
    ranking_of,
    ranking_question,
)
from indexing.engines.elastic_searches import Searches, portions
from indexing.errors import DocumentsRefused, EngineUnavailable
from indexing.query import Filter, WordsQuery

_MOST_ID_BYTES = 512  # Elasticsearch's limit; a longer one would make it refuse the whole request
_IDS_A_FILTER = 60_000  # Elasticsearch takes 65,536 values
# Of a few rankings each: as many as are answered while a page would still wait for them.
_SEARCHES_A_REQUEST = 20
_SAMPLE_SEED = 20
# A document that is written again and again while it is being deleted: after so many rounds somebody else is told.
_DELETION_ROUNDS = 5


class ElasticEngine(SearchEngine):
    """See SearchEngine. Any number of threads and processes may write and read. Nothing is connected before the
    first call. Raises EngineUnavailable with the repair when the server cannot be reached or refuses."""

    def __init__(self, address: Address, api_key: str | None = None, ca_file: Path | None = None) -> None:
        self._address = address
        self._connection = Connection(address.hosts, api_key, ca_file)
        self._generations = Generations(self._connection, address)
        self._searches = Searches(self._connection, self._generations)
        # An index that is not published is refreshed only when this object reads it: how often each was written,
        # and which of these writes have been made visible.
        self._written: Counter[str] = Counter()
        self._visible: Counter[str] = Counter()
        self._refreshing = threading.Lock()

    # Generations

    def create(self, generation: str, schema: IndexSchema, dimensions: int, meta: Mapping[str, str]) -> None:
        self._generations.create(generation, schema, dimensions, meta)

    def prepare(self, kind: str, generation: str | None) -> None:
        self._generations.prepare(kind, generation)

    def prepared(self, kind: str) -> str | None:
        return self._generations.prepared(kind)

    def publish(self, kind: str, generation: str) -> None:
        written = self._written[generation]
        self._generations.publish(kind, generation)
        self._visible[generation] = written

    def published(self, kind: str) -> str | None:
        return self._generations.published(kind)

    def remove(self, kind: str) -> None:
        self._generations.remove(kind)

    def meta(self, generation: str) -> Mapping[str, str]:
        self._connection.require_open()
        return dict(self._generations.layout(generation).meta)

    # Writing

    def write(self, generation: str, documents: Sequence[EngineDocument]) -> None:
        layout = self._generations.layout(generation)
        checked, problems = layout.checks.documents(documents)
        # Looked at here, because Elasticsearch would refuse the whole request for one of them.
        for one in list(checked.values()):
            if not _can_be_id(one.id):
                problems[one.id] = f"The id must have between 1 and {_MOST_ID_BYTES} bytes. Give it another one."
            elif not 0 <= one.version < 2**63:
                problems[one.id] = f"The version {one.version} is not a positive number of 64 bits. Count from 1."
        for id_ in checked.keys() & problems.keys():
            del checked[id_]
        with_vectors = self._with_kept_vectors(generation, checked)
        outcome = self._send(generation, (Action(one.id, one.version, layout.source(one)) for one in with_vectors))
        problems |= {
            id_: f"Elasticsearch 拒绝了它（{types}）：请检查它的内容" for id_, types in outcome.refused.items()
        }
        if problems:
            raise DocumentsRefused(problems)

    def delete(self, generation: str, ids: Collection[str]) -> None:
        self._generations.layout(generation)
        remaining = [id_ for id_ in dict.fromkeys(ids) if _can_be_id(id_)]
        for _ in range(_DELETION_ROUNDS):
            # At the version it has: Elasticsearch remembers deletions for a while, and would go on refusing the
            # document, come back, at any version that is not higher.
            found = self._searches.looked_up(generation, remaining, patience=BULK)
            actions = [Action(id_, said["_version"], None) for id_, said in found]
            remaining = self._send(generation, actions).older
            if not remaining:
                return
        raise EngineUnavailable(f"{len(remaining)} 份文档正被同时改写，没有删除：请稍后再试")

    def _send(self, generation: str, actions: Iterable[Action]) -> Outcome:
        bulk = Bulk(self._connection, self._generations.write_alias(generation))
        outcome = bulk.send(actions)
        if bulk.sent:
            self._show(generation)
        return outcome

    def _show(self, generation: str) -> None:
        """What was written is seen by everybody if the generation is published, else later by this object."""
        if self._generations.is_published(generation):
            self._generations.refresh(generation)
        else:
            with self._refreshing:
                self._written[generation] += 1

    def _readable(self, generation: str) -> Layout:
        """The layout, once this object's own writes are visible."""
        self._connection.require_open()
        if self._visible[generation] < self._written[generation]:
            with self._refreshing:
                written = self._written[generation]
                if self._visible[generation] < written:
                    self._generations.refresh(generation)
                    self._visible[generation] = written
        return self._generations.layout(generation)

    def _with_kept_vectors(
        self, generation: str, documents: Mapping[str, CheckedDocument]
    ) -> Iterator[CheckedDocument]:
        """The documents; those without vector with the one that is stored for the same version."""
        bare = [one.id for one in documents.values() if one.vector is None]
        kept = {
            id_: _vector(said)
            for id_, said in self._searches.looked_up(generation, bare, with_vector=True, patience=BULK)
            if said["_version"] == documents[id_].version
        }
        for one in documents.values():
            vector = kept.get(one.id)
            yield one if vector is None else CheckedDocument(one.id, one.version, one.texts, one.filters, vector)

    # Rankings

    def keyword_ranking(
        self, generation: str, query: WordsQuery, filters: Sequence[Filter], limit: int
    ) -> list[Ranked]:
        return self.rankings(generation, {"": query}, filters, limit)[""]

    def vector_ranking(self, generation: str, vector: Vector, filters: Sequence[Filter], limit: int) -> list[Ranked]:
        return self.rankings(generation, {"": vector}, filters, limit)[""]

    def rankings(
        self, generation: str, questions: Mapping[str, WordsQuery | Vector], filters: Sequence[Filter], limit: int
    ) -> dict[str, list[Ranked]]:
        return self.many_rankings(generation, [questions], filters, limit)[0]

    def many_rankings(
        self,
        generation: str,
        searches: Sequence[Mapping[str, WordsQuery | Vector]],
        filters: Sequence[Filter],
        limit: int,
    ) -> list[dict[str, list[Ranked]]]:
        layout = self._readable(generation)
        check_filters(filters, layout.schema)
        rankings = []
        for portion in portions(searches, _SEARCHES_A_REQUEST):
            asked = [
                {name: ranking_question(layout, one, filters, limit) for name, one in questions.items()}
                for questions in portion
            ]
            bodies = [body for questions in asked for body in questions.values() if body is not None]
            answers = iter(self._searches.rankings(generation, layout, bodies))
            rankings += [
                {name: [] if body is None else ranking_of(next(answers), questions[name]) for name, body in of.items()}
                for of, questions in zip(asked, portion, strict=True)
            ]
        return rankings

    # Looking up

    def matching_ids(self, generation: str, filters: Sequence[Filter]) -> set[str]:
        layout = self._readable(generation)
        check_filters(filters, layout.schema)
        return {hit["sort"][0] for hit in self._searches.scan(generation, matching(filter_clauses(layout, filters)))}

    def versions(self, generation: str) -> dict[str, int]:
        self._readable(generation)
        return {hit["sort"][0]: hit["_version"] for hit in self._searches.scan(generation, matching([]))}

    def without_vector(self, generation: str) -> set[str]:
        self._readable(generation)
        query = {"bool": {"must_not": has_vector()}}
        return {hit["sort"][0] for hit in self._searches.scan(generation, query)}

    def facet_counts(
        self, generation: str, fields: Sequence[str], filters: Sequence[Filter], ids: Collection[str] | None = None
    ) -> dict[str, dict[str, int]]:
        layout = self._readable(generation)
        check_facets(fields, layout.schema)
        check_filters(filters, layout.schema)
        clauses = filter_clauses(layout, filters)
        facets = {name: {"terms": {"field": layout.keywords[name], "size": MOST_HITS}} for name in fields}
        counts: dict[str, Counter[str]] = {name: Counter() for name in fields}
        among_ids = [[]] if ids is None else [[among(one)] for one in portions(ids, _IDS_A_FILTER)]
        for portion in among_ids if fields else []:
            body = {"query": matching([*clauses, *portion]), "aggs": facets, "size": 0, "track_total_hits": False}
            for name, found in self._searches.one(generation, body)["aggregations"].items():
                counts[name].update({bucket["key"]: bucket["doc_count"] for bucket in found["buckets"]})
        return {name: dict(counted) for name, counted in counts.items()}

    def document_frequencies(self, generation: str, words: Collection[str], fields: Sequence[str]) -> dict[str, int]:
        """With several shards: that of one shard times their number."""
        layout = self._readable(generation)
        check_words(WordsQuery(dict.fromkeys(words, 1.0), dict.fromkeys(fields, 1.0)), layout.schema)
        if not words or not fields:
            return dict.fromkeys(words, 0)
        return self._searches.frequencies(generation, layout, words, fields)

    def vectors(self, generation: str, ids: Iterable[str]) -> dict[str, Vector]:
        self._readable(generation)
        wanted = [id_ for id_ in dict.fromkeys(ids) if _can_be_id(id_)]
        found = {id_: _vector(said) for id_, said in self._searches.looked_up(generation, wanted, with_vector=True)}
        return {id_: vector for id_, vector in found.items() if vector is not None}

    def sample(self, generation: str, most: int) -> list[Vector]:
        self._readable(generation)
        if most <= 0:
            return []
        # By chance, but the same one while nothing changes: drawn from the number of each document's last change.
        by_chance = {"seed": _SAMPLE_SEED, "field": "_seq_no"}
        query = {"function_score": {"query": matching([has_vector()]), "random_score": by_chance}}
        body = {
            "query": query,
            "sort": ["_score", {ID: "asc"}],
            "size": min(most, MOST_HITS),
            "stored_fields": "_none_",
        }
        hits = self._searches.one(generation, {**body, "track_total_hits": False})["hits"].get("hits", [])
        vectors = self.vectors(generation, sorted(hit["sort"][1] for hit in hits))
        return [vectors[id_] for id_ in sorted(vectors)]

    def count(self, generation: str) -> int:
        self._readable(generation)
        return self._searches.count(generation)

    # The engine as a whole

    def health(self) -> EngineHealth:
        return health_of(self._connection, self._generations.every_index)

    def close(self) -> None:
        """What it has replaced is deleted now. Closing twice is no error."""
        self._generations.close()
        self._connection.close()


def _can_be_id(id_: str) -> bool:
    try:
        return 0 < len(id_.encode()) <= _MOST_ID_BYTES
    except UnicodeEncodeError:
        return False


def _vector(said: Mapping[str, Any]) -> Vector | None:
    numbers = said["_source"].get(VECTOR)
    return None if numbers is None else np.array(numbers, dtype=np.float32)
