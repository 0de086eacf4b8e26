"""What engines refuse to store or to be asked, each with a sentence that says why. The same for all engines."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexing.document import EngineDocument, IndexSchema, Vector
from indexing.errors import IndexingError, InvalidQuery
from indexing.query import Filter, Range, WordsQuery

_MOST_BYTES_A_CHARACTER = 4  # in UTF-8


@dataclass(frozen=True)
class CheckedDocument:
    """A document that fits its index: tokens joined by blanks, filter values as lists of texts or as numbers."""

    id: str
    version: int
    texts: dict[str, str]
    filters: dict[str, list[str] | float]
    vector: Vector | None


class Checks:
    """What fits an index of one schema. `longest_term`: bytes of UTF-8 that the engine can hold as one term."""

    def __init__(self, schema: IndexSchema, dimensions: int, longest_term: int) -> None:
        self._schema = schema
        self._dimensions = dimensions
        self._longest_term = longest_term

    def documents(self, documents: Iterable[EngineDocument]) -> tuple[dict[str, CheckedDocument], dict[str, str]]:
        """By id, the newest version where an id comes twice: what can be stored, and what is wrong with the rest."""
        checked: dict[str, CheckedDocument] = {}
        problems: dict[str, str] = {}
        for document in documents:
            try:
                one = self._document(document)
            except IndexingError as error:
                problems[document.id] = str(error)
                continue
            earlier = checked.get(one.id)
            if earlier is not None and earlier.version > one.version:
                continue
            if earlier is not None and earlier.version == one.version and one.vector is None:
                one = replace(one, vector=earlier.vector)
            checked[one.id] = one
        return checked, problems

    def _document(self, document: EngineDocument) -> CheckedDocument:
        name = f"Document {document.id!r}"
        _require_unicode(document.id, f"{name}: the id")
        texts = self._texts(document, name)
        filters = dict(self._filters(document, name))
        vector = document.vector
        if vector is not None:
            vector = checked_vector(vector, self._dimensions, f"{name}: the vector")
        return CheckedDocument(document.id, document.version, texts, filters, vector)

    def _texts(self, document: EngineDocument, name: str) -> dict[str, str]:
        texts: dict[str, str] = {}
        for field, tokens in document.tokens.items():
            which = f"{name}: the text {field!r}"
            if field not in self._schema.text_fields:
                there = _listed(self._schema.text_fields)
                raise IndexingError(f"{which} has no place in this index; its text fields are {there}.")
            text = texts[field] = " ".join(tokens)
            if len(text.split()) != len(tokens):
                raise IndexingError(f"{which} has a token that is empty or contains a blank. Segment the text again.")
            _require_unicode(text, which)
            if len(text) * _MOST_BYTES_A_CHARACTER > self._longest_term:
                for token in tokens:
                    self._require_term_size(token, f"{which}: a token")
        return texts

    def _filters(self, document: EngineDocument, name: str) -> Iterator[tuple[str, list[str] | float]]:
        for field, value in document.filters.items():
            if field in self._schema.keyword_fields:
                values = [value] if isinstance(value, str) else value
                if not isinstance(values, (tuple, list)) or not all(isinstance(one, str) for one in values):
                    raise IndexingError(f"{name}: the keyword field {field!r} takes texts, not {type(value).__name__}.")
                for one in values:
                    _require_unicode(one, f"{name}: a value of {field!r}")
                    self._require_term_size(one, f"{name}: a value of {field!r}")
                yield field, list(dict.fromkeys(values))
            elif field in self._schema.number_fields:
                if not isinstance(value, (int, float)):
                    raise IndexingError(
                        f"{name}: the number field {field!r} takes one number, not {type(value).__name__}."
                    )
                if not math.isnan(value):
                    yield field, float(value) + 0.0  # −0.0 becomes 0.0: word indexes tell them apart
            else:
                there = _listed(self._schema.keyword_fields + self._schema.number_fields)
                raise IndexingError(f"{name}: there is no filter field {field!r}; there are {there}.")

    def _require_term_size(self, term: str, what: str) -> None:
        longest = self._longest_term
        if len(term) * _MOST_BYTES_A_CHARACTER > longest and len(term.encode()) > longest:
            raise IndexingError(f"{what} is longer than {longest} bytes. Cut it before indexing.")


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


def checked_vector(vector: Vector, dimensions: int, whose: str) -> Vector:
    """The vector as float32. Raises IndexingError for another size or a number that is none."""
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


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"
