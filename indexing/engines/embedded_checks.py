"""What the embedded engine refuses to store or to be asked, each with a sentence that says why."""

import math
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from indexing.document import EngineDocument, IndexSchema, Vector
from indexing.engines.embedded_records import Record
from indexing.engines.embedded_words import MAX_TERM_BYTES
from indexing.errors import IndexingError, InvalidQuery
from indexing.query import Filter, Range, WordsQuery

_MOST_BYTES_A_CHARACTER = 4  # in UTF-8


def check_words(query: WordsQuery, schema: IndexSchema) -> None:
    """Raises InvalidQuery for an unknown text field or a weight that cannot be one."""
    _require_known("text", query.fields, schema.text_fields)
    if not all(0 <= weight < math.inf for weight in [*query.fields.values(), *query.tokens.values()]):
        raise InvalidQuery("Weights of fields and tokens must be zero or positive numbers.")
    if not _is_unicode(" ".join(query.tokens)):
        raise InvalidQuery("A token of the query is not valid Unicode (half a surrogate pair).")


def check_facets(fields: Iterable[str], schema: IndexSchema) -> None:
    """Raises InvalidQuery for an unknown keyword field."""
    _require_known("keyword", fields, schema.keyword_fields)


def check_filters(filters: Iterable[Filter], schema: IndexSchema) -> None:
    """Raises InvalidQuery for a field that is unknown or of the wrong kind, or a bound that is no number."""
    for filter_ in filters:
        if not isinstance(filter_, Range):
            _require_known("keyword", [filter_.field], schema.keyword_fields)
            if not _is_unicode(" ".join(filter_.values)):
                raise InvalidQuery(f"A value for {filter_.field!r} is not valid Unicode (half a surrogate pair).")
            continue
        _require_known("number", [filter_.field], schema.number_fields)
        if any(bound is not None and math.isnan(bound) for bound in (filter_.low, filter_.high)):
            raise InvalidQuery(f"A bound of the range of {filter_.field!r} is not a number.")


def checked_texts(document: EngineDocument, schema: IndexSchema) -> dict[str, str]:
    """The tokens of each field joined by blanks. Raises IndexingError where they could not be told apart again."""
    texts: dict[str, str] = {}
    for field, tokens in document.tokens.items():
        name = f"Document {document.id!r}: the text {field!r}"
        if field not in schema.text_fields:
            there = _listed(schema.text_fields)
            raise IndexingError(f"{name} has no place in this index; its text fields are {there}.")
        text = texts[field] = " ".join(tokens)
        if len(text.split()) != len(tokens):
            raise IndexingError(f"{name} has a token that is empty or contains a blank. Segment the text again.")
        _require_unicode(text, name)
        if len(text) * _MOST_BYTES_A_CHARACTER > MAX_TERM_BYTES:
            for token in tokens:
                _require_term_size(token, f"{name}: a token")
    return texts


def checked_record(document: EngineDocument, schema: IndexSchema, dimensions: int) -> Record:
    """The document without its words, as it is stored. Raises IndexingError where it does not fit the schema."""
    name = f"Document {document.id!r}"
    _require_unicode(document.id, f"{name}: the id")
    filters = dict(_checked_filters(document, schema, name))
    vector = None if document.vector is None else checked_vector(document.vector, dimensions, f"{name}: the vector")
    return Record(document.id, document.version, filters, vector)


def _checked_filters(
    document: EngineDocument, schema: IndexSchema, name: str
) -> Iterator[tuple[str, list[str] | float]]:
    for field, value in document.filters.items():
        if field in schema.keyword_fields:
            values = [value] if isinstance(value, str) else value
            if not isinstance(values, (tuple, list)) or not all(isinstance(one, str) for one in values):
                raise IndexingError(f"{name}: the keyword field {field!r} takes texts, not {value!r}.")
            for one in values:
                _require_unicode(one, f"{name}: a value of {field!r}")
                _require_term_size(one, f"{name}: a value of {field!r}")
            yield field, list(dict.fromkeys(values))
        elif field in schema.number_fields:
            if not isinstance(value, (int, float)):
                raise IndexingError(f"{name}: the number field {field!r} takes one number, not {value!r}.")
            if not math.isnan(value):
                yield field, float(value) + 0.0  # −0.0 becomes 0.0: the word index tells them apart
        else:
            there = _listed(schema.keyword_fields + schema.number_fields)
            raise IndexingError(f"{name}: there is no filter field {field!r}; there are {there}.")


def checked_vector(vector: Vector, dimensions: int, whose: str) -> Vector:
    found = np.asarray(vector, dtype=np.float32)
    if found.shape != (dimensions,):
        raise IndexingError(
            f"{whose} has the shape {found.shape}, but this index holds vectors of {dimensions} numbers. "
            "Embed with the model the index was made with, or rebuild it with `matchmaker reindex`."
        )
    if not np.isfinite(found).all():
        raise IndexingError(f"{whose} contains something that is not a finite number. Embed the text again.")
    return found


def _require_known(kind: str, fields: Iterable[str], there: Sequence[str]) -> None:
    for field in fields:
        if field not in there:
            raise InvalidQuery(f"This index has no {kind} field {field!r}; its {kind} fields are {_listed(there)}.")


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _require_unicode(text: str, what: str) -> None:
    if not _is_unicode(text):
        raise IndexingError(f"{what} is not valid Unicode (half a surrogate pair). Repair it at its source.")


def _require_term_size(term: str, what: str) -> None:
    if len(term) * _MOST_BYTES_A_CHARACTER > MAX_TERM_BYTES and len(term.encode()) > MAX_TERM_BYTES:
        raise IndexingError(f"{what} is longer than {MAX_TERM_BYTES} bytes. Cut it before indexing.")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
