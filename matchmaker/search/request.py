"""What may be asked of a list, and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from matchmaker.matching.highlight import Piece
from matchmaker.models.labels import Labelled
from matchmaker.rights import ANYONE, Actor
from matchmaker.visibility import SearchedRecord

# Nobody reads further; a narrower question helps more than page 26.
MOST_RESULTS = 500

MeaningUse = Literal["used", "loading", "off"]
FoundBy = Literal["words", "meaning", "number", "person"]


class Order(Labelled):
    """How a list is sorted. Without a question, relevance is the newest first."""

    RELEVANCE = "relevance", "相关度"
    NEWEST = "newest", "最新发布"
    CLOSING = "closing", "即将截止"


@dataclass(frozen=True)
class SearchRequest:
    """What somebody asks. `chosen` maps a facet field to the ticked values (any of them); `reader` decides
    which records are found at all. `page` counts from 1; a `cursor` goes before it. `literally`: slips of the pen are
    not mended."""

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limit: int = 20
    cursor: str | None = None
    reader: Actor = ANYONE
    order: Order = Order.RELEVANCE
    page: int = 1
    literally: bool = False


@dataclass(frozen=True)
class Entry:
    """One result: the record, its title and the best stretch of its text with the found words marked, and by what it
    was found: its words, its meaning alone, a number, or a person its reader may know of."""

    record: SearchedRecord
    title: list[Piece]
    snippet: list[Piece]
    cosine: float | None
    ranks: Mapping[str, int]
    found_by: FoundBy = "words"


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet and how many of the results have it."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A field to narrow the results by."""

    field: str
    label: str
    values: list[FacetValue]


@dataclass(frozen=True)
class Taken:
    """What was typed, and what it was taken for: 激光溶覆 for 激光熔覆."""

    typed: str
    taken_for: str


@dataclass(frozen=True)
class Relaxation:
    """A filter without which the empty list has results, and how many; an empty `field` stands for all filters."""

    field: str
    label: str
    count: int


@dataclass(frozen=True)
class SearchPage:
    """A page of results. `words` is what was understood, `also` other words that were looked up with it; `meaning` says
    whether it took part in the search, `found_by` whether any result has the words or all are alike in meaning only."""

    entries: list[Entry]
    total: int
    facets: list[Facet]
    next_cursor: str | None
    words: list[str]
    meaning: MeaningUse
    page: int = 1
    pages: int = 1
    found_by: FoundBy = "words"
    takes: Sequence[Taken] = ()
    also: Sequence[str] = ()
    relaxations: Sequence[Relaxation] = ()
