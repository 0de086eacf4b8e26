"""Documents, filters and questions of the engine contract: small, fixed, the same for every engine."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pytest

from indexing.document import EngineDocument, FilterValue, IndexSchema, Ranked, Vector
from indexing.engines.base import SearchEngine
from indexing.query import Filter, NotTerms, Range, Terms, WordsQuery

SCHEMA = IndexSchema(
    text_fields=("title", "body"),
    meaning_fields=("title", "body"),
    keyword_fields=("region", "domains"),
    number_fields=("amount", "year"),
)
DIMENSIONS = 4
G = "needs-1"
BOTH_FIELDS = {"title": 3.0, "body": 1.0}

Reopened = Callable[[SearchEngine], SearchEngine]


def unit(*numbers: float) -> Vector:
    """A vector of length one in the direction of `numbers`."""
    vector = np.array(numbers, dtype=np.float32)
    return vector / np.float32(np.linalg.norm(vector))


def doc(
    id_: str,
    title: str = "",
    body: str = "",
    *,
    version: int = 1,
    vector: Vector | None = None,
    filters: Mapping[str, FilterValue] | None = None,
) -> EngineDocument:
    tokens = {"title": tuple(title.split()), "body": tuple(body.split())}
    return EngineDocument(id_, version, tokens, vector, filters or {})


def words(text: str, fields: Mapping[str, float] | None = None) -> WordsQuery:
    return WordsQuery(dict.fromkeys(text.split(), 1.0), fields or BOTH_FIELDS)


def ids(ranking: Sequence[Ranked]) -> list[str]:
    return [entry.id for entry in ranking]


def found(engine: SearchEngine, text: str, *filters: Filter, limit: int = 100, generation: str = G) -> list[str]:
    return ids(engine.keyword_ranking(generation, words(text), filters, limit))


def nearest(engine: SearchEngine, vector: Vector, *filters: Filter, limit: int = 100) -> list[str]:
    return ids(engine.vector_ranking(G, vector, filters, limit))


# One word and one direction that all have, so that only the filters decide who is found.
REGIONAL = [
    doc(id_, "材料", vector=unit(1, n, 0, 0), filters=filters)
    for n, (id_, filters) in enumerate(
        {
            "a": {"region": "西安", "domains": ("材料", "能源"), "amount": 10.0, "year": 2020},
            "b": {"region": "西安", "domains": ("能源",), "amount": 20.0, "year": 2021},
            "c": {"region": "宝鸡", "domains": ("材料",), "amount": 30.0},
            "d": {"region": "宝鸡", "domains": (), "year": 2021},
            "e": {"region": "New York", "domains": ("AI", "材料", "能源"), "amount": 0.0, "year": 2021},
            "f": {"amount": -5.5},
        }.items()
    )
]

FILTERS: dict[str, tuple[tuple[Filter, ...], str]] = {
    "none": ((), "abcdef"),
    "one value": ((Terms("region", ("西安",)),), "ab"),
    "a value with a blank": ((Terms("region", ("New York",)),), "e"),
    "part of a value": ((Terms("region", ("New",)),), ""),
    "another case": ((Terms("domains", ("ai",)),), ""),
    "one of two values": ((Terms("region", ("西安", "宝鸡")),), "abcd"),
    "an unknown value beside a known one": ((Terms("region", ("西安", "nowhere")),), "ab"),
    "an unknown value": ((Terms("region", ("nowhere",)),), ""),
    "no value": ((Terms("region", ()),), ""),
    "a field of several values": ((Terms("domains", ("能源",)),), "abe"),
    "not": ((NotTerms("region", ("西安",)),), "cdef"),
    "not one of several": ((NotTerms("domains", ("能源", "AI")),), "cdf"),
    "not an unknown value": ((NotTerms("region", ("nowhere",)),), "abcdef"),
    "not nothing": ((NotTerms("region", ()),), "abcdef"),
    "closed range": ((Range("amount", 10, 20),), "ab"),
    "open below": ((Range("amount", None, 10),), "aef"),
    "open above": ((Range("amount", 20, None),), "bc"),
    "open at both ends": ((Range("year", None, None),), "abde"),
    "one number": ((Range("year", 2021, 2021),), "bde"),
    "zero": ((Range("amount", 0.0, 0.0),), "e"),
    "zero with a sign": ((Range("amount", -0.0, -0.0),), "e"),
    "empty range": ((Range("amount", 20, 10),), ""),
    "two of one field": ((Terms("domains", ("材料",)), Terms("domains", ("能源",))), "ae"),
    "all kinds": ((Terms("domains", ("材料", "能源")), NotTerms("region", ("西安",)), Range("year", 2021, None)), "e"),
    "contradiction": ((Terms("region", ("西安",)), NotTerms("region", ("西安",))), ""),
}


class ContractFixtures:
    """What the parts of the contract start from; `engine` comes from the engine's own test module."""

    @pytest.fixture
    def full(self, engine: SearchEngine) -> SearchEngine:
        """An engine with the generation G, still empty."""
        engine.create(G, SCHEMA, DIMENSIONS, {"fingerprint": "abc"})
        return engine

    @pytest.fixture
    def regional(self, full: SearchEngine) -> SearchEngine:
        full.write(G, REGIONAL)
        return full
