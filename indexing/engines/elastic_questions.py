"""Our questions in Elasticsearch's words, and its answers in ours. Nothing is sent from here."""

import heapq
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from indexing.document import Ranked, Vector
from indexing.engines.checks import check_words, checked_vector
from indexing.engines.elastic_layout import ID, MOST_HITS, VECTOR, Layout, analysed, finite, packed
from indexing.engines.elastic_trouble import PartialAnswer
from indexing.query import Filter, NotTerms, Range, Terms, WordsQuery

# The graph is searched as if for four times as many: on 10,000 vectors of 384 numbers recall@400 is 1.000, with 2.5 times
# 0.959, with 1.5 times 0.924, in about the same time. With few hits wanted the least keeps the recall up.
_BREADTH, _LEAST_CANDIDATES = 4, 200
# Candidates per wanted hit whose exact cosine decides; the graph itself knows them rounded. More changed nothing.
_OVERSAMPLE = 1.5
# Fields times tokens of one question; the lightest are left out. Elasticsearch takes what its memory allows: with 512 MB
# on two cores 6,000 were taken, 8,190 refused. A need of 600 words in six fields has 3,600.
_MOST_CLAUSES = 4096
_BEST_FIRST = [{"_score": "desc"}, {ID: "asc"}]
# All that is read of a ranking: score and id of each hit, and whether it is whole.
RANKING_PARTS = ["responses." + part for part in ("status", "error", "timed_out", "_shards.failed", "hits.hits.sort")]


def filter_clauses(layout: Layout, filters: Sequence[Filter]) -> list[dict[str, Any]]:
    """The field names have been checked."""
    return [_clause(layout, one) for one in filters]


def _clause(layout: Layout, filter_: Filter) -> dict[str, Any]:
    match filter_:
        case Terms(field, values):
            return {"terms": {layout.keywords[field]: list(values)}}
        case NotTerms(field, values):
            return {"bool": {"must_not": {"terms": {layout.keywords[field]: list(values)}}}}
        case Range(field, None, None):
            return {"exists": {"field": layout.numbers[field]}}
        case Range(field, low, high):
            bounds = {"gte": low, "lte": high}
            return {"range": {layout.numbers[field]: {k: finite(v) for k, v in bounds.items() if v is not None}}}


def matching(clauses: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A query for everything that passes the clauses, without scores."""
    return {"bool": {"filter": list(clauses)}}


def among(ids: Collection[str]) -> dict[str, Any]:
    return {"terms": {ID: list(ids)}}


def has_vector() -> dict[str, Any]:
    return {"exists": {"field": VECTOR}}


def ranking_question(
    layout: Layout, question: WordsQuery | Vector, filters: Sequence[Filter], limit: int
) -> dict[str, Any] | None:
    """The body of one search; None where nothing can be found. Raises InvalidQuery and IndexingError for nonsense."""
    clauses = filter_clauses(layout, filters)
    size = min(limit, MOST_HITS)
    if isinstance(question, WordsQuery):
        check_words(question, layout.schema)
        asked = _words(layout, question, clauses)
    else:
        vector = checked_vector(question, layout.dimensions, "The vector of the query")
        asked = {"knn": _nearest(vector, clauses, size)} if size > 0 else None
    if asked is None or size <= 0:
        return None
    # The id comes with the sorting: no stored field has to be read.
    return {**asked, "size": size, "sort": _BEST_FIRST, "stored_fields": "_none_", "track_total_hits": False}


def _words(layout: Layout, words: WordsQuery, clauses: list[dict[str, Any]]) -> dict[str, Any] | None:
    weights = {
        (field, token): field_weight * token_weight
        for field, field_weight in words.fields.items()
        for token, token_weight in words.tokens.items()
        if field_weight * token_weight > 0
    }
    heaviest = heapq.nlargest(_MOST_CLAUSES, weights.items(), key=lambda one: one[1])
    terms = [
        {"term": {layout.texts[field]: {"value": analysed(token), "boost": weight}}}
        for (field, token), weight in heaviest
    ]
    return {"query": {"bool": {"should": terms, "filter": clauses, "minimum_should_match": 1}}} if terms else None


def _nearest(vector: Vector, clauses: list[dict[str, Any]], size: int) -> dict[str, Any]:
    length = float(np.linalg.norm(vector))
    return {
        "field": VECTOR,
        "query_vector": packed(vector / np.float32(length) if length else vector),
        "k": size,
        "num_candidates": min(max(_LEAST_CANDIDATES, size * _BREADTH), MOST_HITS),
        "rescore_vector": {"oversample": _OVERSAMPLE},
        "filter": clauses,
    }


def require_whole(answer: Mapping[str, Any]) -> None:
    """Raises PartialAnswer where a search, alone or one of several, did not look everywhere."""
    status = answer.get("status", 200)
    if "error" in answer:
        raise PartialAnswer(status, answer["error"])
    if answer.get("timed_out") or answer.get("_shards", {}).get("failed"):
        raise PartialAnswer(503, answer.get("_shards", {}).get("failures"))


def ranking_of(answer: Mapping[str, Any], question: WordsQuery | Vector) -> list[Ranked]:
    """The hits of one whole answer, best first."""
    hits = [hit["sort"] for hit in answer.get("hits", {}).get("hits", [])]
    if isinstance(question, WordsQuery):
        return [Ranked(id_, score) for score, id_ in hits]
    # Sorted again: two scores that differ only by rounding have become equal.
    return sorted((Ranked(id_, _cosine(score)) for score, id_ in hits), key=lambda one: (-one.score, one.id))


def _cosine(score: float) -> float:
    """Scores must be positive, so Elasticsearch bends inner products: x + 1 from 0 upwards, 1 / (1 − x) below."""
    return min(max(score - 1 if score >= 1 else 1 - 1 / score, -1.0), 1.0)


# Of failed parts of a multi-get, which say no status of their own: these do not go away by asking again.
_STATUS = {"index_not_found_exception": 404, "index_closed_exception": 400}


def documents_of(answer: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """id and all that was said of each document that a multi-get found. Raises PartialAnswer for a failed one."""
    for one in answer["docs"]:
        if "error" in one:
            raise PartialAnswer(_STATUS.get(one["error"].get("type"), 503), one["error"])
        if one["found"]:
            yield one["_id"], one
