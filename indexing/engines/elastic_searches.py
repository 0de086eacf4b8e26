"""What is asked of the index of one generation: rankings, pages of documents, single documents, word counts."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from elastic_transport import ObjectApiResponse
from elasticsearch import Elasticsearch

from indexing.engines.elastic_connection import SEARCH, Connection, Patience
from indexing.engines.elastic_generations import Generations
from indexing.engines.elastic_layout import ID, MOST_HITS, VECTOR, Layout, analysed
from indexing.engines.elastic_questions import RANKING_PARTS, documents_of, require_whole

T = TypeVar("T")

_DOCUMENTS_A_LOOKUP = 1000
_VECTORS_A_LOOKUP = 500  # 512 numbers written out are 6 kB
# A whole answer or none: an answer without one of the shards would look like documents that are gone.
_WHOLE = {"allow_partial_search_results": False}


class Searches:
    """For any number of threads. Raises IndexNotBuilt for a generation that is gone."""

    def __init__(self, connection: Connection, generations: Generations) -> None:
        self._connection = connection
        self._generations = generations

    def rankings(self, generation: str, layout: Layout, bodies: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The whole answers to several searches, in their order and in one request."""
        if not bodies:
            return []
        index = self._generations.index(generation)
        # How rare a word is must not depend on the shard a document happens to be in.
        how = _WHOLE if layout.shards == 1 else {**_WHOLE, "search_type": "dfs_query_then_fetch"}

        def question(es: Elasticsearch) -> ObjectApiResponse[Any]:
            preference = self._connection.preference
            asked = how if preference is None else {**how, "preference": preference}
            searches = [part for body in bodies for part in (asked, body)]
            answer = es.msearch(index=index, searches=searches, filter_path=RANKING_PARTS)
            for one in answer.body["responses"]:
                require_whole(one)
            return answer

        answers: list[dict[str, Any]] = self._generations.ask(generation, question)["responses"]
        return answers

    def scan(self, generation: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Every document of the query in order of id: page by page, each from where the last one ended. What is
        changed meanwhile keeps its place, so nothing is missed and nothing comes twice."""
        body: dict[str, Any] = {"query": query, "sort": [{ID: "asc"}], "size": MOST_HITS, "version": True}
        while True:
            answer = self.one(generation, {**body, "stored_fields": "_none_", "track_total_hits": False})
            hits = answer["hits"].get("hits", [])
            yield from hits
            if len(hits) < MOST_HITS:
                return
            body["search_after"] = hits[-1]["sort"]

    def one(self, generation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        index = self._generations.index(generation)

        def question(es: Elasticsearch) -> ObjectApiResponse[Any]:
            answer = es.search(
                index=index,
                body={**body},
                preference=self._connection.preference,
                allow_partial_search_results=False,
            )
            require_whole(answer.body)
            return answer

        answer: dict[str, Any] = self._generations.ask(generation, question)
        return answer

    def looked_up(
        self, generation: str, ids: Sequence[str], *, with_vector: bool = False, patience: Patience = SEARCH
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        """id, version and perhaps vector of those that are stored, also when nobody sees them yet."""
        index = self._generations.index(generation)
        # A vector is left out of what is read unless it is named.
        fields: dict[str, Any] = {"source_includes": [VECTOR]} if with_vector else {"source": False}
        for portion in portions(ids, _VECTORS_A_LOOKUP if with_vector else _DOCUMENTS_A_LOOKUP):

            def question(es: Elasticsearch, portion: Sequence[str] = portion) -> ObjectApiResponse[Any]:
                answer = es.mget(index=index, ids=portion, preference=self._connection.preference, **fields)
                list(documents_of(answer.body))
                return answer

            yield from documents_of(self._generations.ask(generation, question, patience))

    def count(self, generation: str) -> int:
        index = self._generations.index(generation)
        answer = self._generations.ask(
            generation, lambda es: es.count(index=index, preference=self._connection.preference)
        )
        return int(answer["count"])

    def frequencies(
        self, generation: str, layout: Layout, words: Collection[str], fields: Sequence[str]
    ) -> dict[str, int]:
        """In how many documents each word is, of one shard, times the number of shards: in the field it is in most."""
        index = self._generations.index(generation)
        stands_for = {word: analysed(word) for word in words}
        text = " ".join(stands_for.values())
        names = [layout.texts[field] for field in fields]
        # The terms of an imagined document, with what the index knows of each.
        answer = self._generations.ask(
            generation,
            lambda es: es.termvectors(
                index=index,
                preference=self._connection.preference,
                doc=dict.fromkeys(names, text),
                fields=names,
                term_statistics=True,
                field_statistics=False,
                offsets=False,
                payloads=False,
                positions=False,
            ),
        )
        terms = [answer["term_vectors"].get(name, {}).get("terms", {}) for name in names]
        return {
            word: max(of_field.get(term, {}).get("doc_freq", 0) for of_field in terms) * layout.shards
            for word, term in stands_for.items()
        }


def portions(ids: Collection[T], size: int) -> Iterator[list[T]]:
    listed = list(ids)
    return (listed[start : start + size] for start in range(0, len(listed), size))
