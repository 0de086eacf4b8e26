"""What one generation looks like in Elasticsearch: settings, fields, documents, and the notes kept with it."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

from elasticsearch.helpers import pack_dense_vector

from indexing.document import IndexSchema, Vector
from indexing.engines.checks import CheckedDocument, Checks
from indexing.errors import IndexOutdated

_FORMAT = 1
ID, VECTOR = "id", "vector"

# Bytes of UTF-8 that Lucene can hold as one term.
MAX_TERM_BYTES = 32_766
# The whitespace analyzer cuts tokens after so many UTF-16 units; longer ones go in under a name of their own.
_MAX_ANALYSED_UNITS = 255
MOST_HITS = 10_000  # of one request: Elasticsearch's limit for both kinds of ranking
REFRESH_SECONDS = 5  # only a safety net: whoever writes to a published index refreshes it


@dataclass(frozen=True)
class Layout:
    """Schema and fields of one generation. Nothing of it changes while the generation exists."""

    schema: IndexSchema
    dimensions: int
    meta: Mapping[str, str]
    prefix: str
    shards: int

    @cached_property
    def checks(self) -> Checks:
        return Checks(self.schema, self.dimensions, MAX_TERM_BYTES)

    # Our field names → Elasticsearch's, where dots, blanks and a leading underscore have meanings.

    @cached_property
    def texts(self) -> dict[str, str]:
        return {field: f"text{n}" for n, field in enumerate(self.schema.text_fields)}

    @cached_property
    def keywords(self) -> dict[str, str]:
        return {field: f"keyword{n}" for n, field in enumerate(self.schema.keyword_fields)}

    @cached_property
    def numbers(self) -> dict[str, str]:
        return {field: f"number{n}" for n, field in enumerate(self.schema.number_fields)}

    def settings(self, replicas: int | None) -> dict[str, Any]:
        """Of an index that is being built: nothing is made visible before somebody asks for it."""
        copies = {"auto_expand_replicas": "0-1"} if replicas is None else {"number_of_replicas": replicas}
        return {
            "number_of_shards": self.shards,
            **copies,
            "refresh_interval": "-1",
            # Elasticsearch's defaults; named, so that another default one day changes no ranking.
            "similarity": {"words": {"type": "BM25", "k1": 1.2, "b": 0.75}},
        }

    def mappings(self) -> dict[str, Any]:
        """The fields, and in `_meta` what `of_index` reads."""
        text = {"type": "text", "analyzer": "whitespace", "similarity": "words", "index_options": "freqs"}
        vector = {
            "type": "dense_vector",
            "dims": self.dimensions,
            # Equals the cosine, as vectors have length 1; unlike `cosine` it takes the vector of a text without any
            # known word, which is zero, and gives back what was stored to the last bit.
            "similarity": "max_inner_product",
            # The defaults depend on version, licence and size; these are the ones measured.
            "index_options": {"type": "int8_hnsw", "m": 16, "ef_construction": 100},
        }
        properties: dict[str, Any] = {ID: {"type": "keyword"}, VECTOR: vector}
        properties |= dict.fromkeys(self.texts.values(), text)
        properties |= {name: {"type": "keyword"} for name in self.keywords.values()}
        properties |= {name: {"type": "double"} for name in self.numbers.values()}
        schema = {
            "text_fields": self.schema.text_fields,
            "meaning_fields": self.schema.meaning_fields,
            "keyword_fields": self.schema.keyword_fields,
            "number_fields": self.schema.number_fields,
        }
        notes = {
            "format": _FORMAT,
            "prefix": self.prefix,
            "schema": schema,
            "dimensions": self.dimensions,
            "meta": dict(self.meta),
        }
        return {"dynamic": "strict", "_meta": notes, "properties": properties}

    @classmethod
    def of_index(cls, name: str, index: Mapping[str, Any]) -> "Layout":
        """From what the server says about the index. Raises IndexOutdated for one this program cannot read."""
        notes = index["mappings"].get("_meta", {})
        if notes.get("format") != _FORMAT:
            raise IndexOutdated(f"索引 {name} 是本程序的另一个版本建立的：请运行 matchmaker reindex 重建")
        schema = IndexSchema(**{kind: tuple(fields) for kind, fields in notes["schema"].items()})
        shards = int(index["settings"]["index"]["number_of_shards"])
        return cls(schema, notes["dimensions"], notes["meta"], notes["prefix"], shards)

    def source(self, document: CheckedDocument) -> str:
        """The document as one line of JSON."""
        fields: dict[str, Any] = {ID: document.id}
        for field, text in document.texts.items():
            fields[self.texts[field]] = _with_long_tokens_named(text)
        for field, value in document.filters.items():
            if isinstance(value, list):
                fields[self.keywords[field]] = value
            else:
                fields[self.numbers[field]] = finite(value)
        if document.vector is not None:
            fields[VECTOR] = packed(document.vector)
        return json.dumps(fields, ensure_ascii=False, separators=(",", ":"))


def is_ours(index: Mapping[str, Any], prefix: str) -> bool:
    """Did an engine of this prefix make the index? Nothing else is ever changed or deleted."""
    notes = index["mappings"].get("_meta", {})
    return bool(notes.get("prefix") == prefix and "format" in notes)


def packed(vector: Vector) -> str:
    """Half as long as the numbers written out, and no digit is lost."""
    return pack_dense_vector(vector)


def finite(number: float) -> float:
    """Elasticsearch knows no infinity: the largest number stands for it. Zero loses its sign."""
    return max(-sys.float_info.max, min(float(number), sys.float_info.max)) + 0.0


def analysed(token: str) -> str:
    """What stands for the token in the index: itself, or its fingerprint where it is too long."""
    if len(token) * 2 > _MAX_ANALYSED_UNITS and len(token.encode("utf-16-le")) > _MAX_ANALYSED_UNITS * 2:
        return f"\x02{blake2b(token.encode(), digest_size=16).hexdigest()}"
    return token


def _with_long_tokens_named(text: str) -> str:
    if len(text) * 2 <= _MAX_ANALYSED_UNITS:
        return text
    return " ".join(analysed(token) for token in text.split(" "))
