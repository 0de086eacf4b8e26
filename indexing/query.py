"""What may be asked of an index, in no engine's words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from indexing.document import Vector


@dataclass(frozen=True)
class Terms:
    """The document has at least one of `values` in the keyword field (OR inside, AND between filters)."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class NotTerms:
    """The document has none of `values` in the keyword field."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Range:
    """The number field lies between `low` and `high`, both included; None is open.

    A document without the field is not in any range.
    """

    field: str
    low: float | None = None
    high: float | None = None


Filter = Terms | NotTerms | Range


@dataclass(frozen=True)
class WordsQuery:
    """What an engine's keyword ranking is asked: weighted tokens, looked up in weighted text fields.

    A document's score is the sum over fields and tokens of field weight × token weight × BM25.
    """

    tokens: Mapping[str, float]
    fields: Mapping[str, float]


@dataclass(frozen=True)
class SearchQuery:
    """A search by words and meaning.

    `texts` maps a text to its weight: a title counts more than a body. `meaning` is the text whose
    meaning is looked for (None: words only) or a ready vector (of a stored document: nothing is embedded).
    `feedback` searches a second time with what the first round found: better for long texts, wrong for a
    few typed words. `also` maps other words for what is asked to their weight: they count where the texts do not
    say them. `names` is looked up in the schema's name fields, as a ranking of its own.
    """

    texts: Mapping[str, float]
    meaning: str | Vector | None = None
    filters: tuple[Filter, ...] = ()
    limit: int = 20
    feedback: bool = False
    also: Mapping[str, float] = field(default_factory=dict)
    names: str = ""


@dataclass(frozen=True)
class Rarity:
    """How telling a word and a pair of neighbouring characters are, whatever else is in the index: for queries that are
    whole records, in which “企业希望” must count less than “再生铅”.
    """

    word: Callable[[str], float]
    pair: Callable[[str], float]
