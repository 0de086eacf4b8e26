"""A search page: what was asked, what was found, and the links that change the question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from fastapi import Request
from sqlmodel import Session

from indexing.errors import IndexingError
from matchmaker.errors import SearchNotAvailable
from matchmaker.indexes import Indexes
from matchmaker.models.outbox import RecordKind
from matchmaker.rights import Actor
from matchmaker.search import (
    FACET_LABELS,
    Facet,
    FacetValue,
    Order,
    SearchPage,
    SearchRequest,
    Taken,
    search_records,
)
from matchmaker.web.language import gettext
from matchmaker.web.pages.overview import newest
from matchmaker.web.pages.paging import LAST_PAGE
from matchmaker.web.pages.view import KINDS, Kind, Row, row
from matchmaker.workbench import kept_ids

LONGEST_QUESTION = 500
PAGE_SIZE = 20
# More values than this stay folded until asked for: a city has a dozen industries, a province a hundred districts.
VALUES_SHOWN = 6
# Neighbours of the page that is shown, on either side; the first and the last always.
_NEIGHBOURS = 2

MEANING_NOTICES = {
    "loading": "语义检索正在准备，这次只按词语匹配；稍后再搜会更准。",
    "off": "语义检索未启用，只按词语匹配。",
    "used": "",
}


@dataclass(frozen=True)
class Question:
    """What the reader asks for, as it stands in the address."""

    kind: Kind
    text: str
    chosen: Mapping[str, tuple[str, ...]]
    page: int = 1
    order: Order = Order.RELEVANCE
    literally: bool = False

    def link(self) -> str:
        """The address of this question."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(name, value) for name, values in self.chosen.items() for value in values]
        pairs += [("sort", self.order.value)] if self.order is not Order.RELEVANCE else []
        pairs += [("literal", "1")] if self.literally else []
        pairs += [("page", str(self.page))] if self.page > 1 else []
        return f"{self.kind.path}?{urlencode(pairs)}" if pairs else self.kind.path

    def without(self, name: str, value: str) -> "Question":
        """The same question with one filter less, from its first page."""
        left = {key: tuple(one for one in values if (key, one) != (name, value)) for key, values in self.chosen.items()}
        return replace(self, chosen=left, page=1)

    def relaxed(self, name: str) -> "Question":
        """The same question without the filters of one field, or without any for an empty name."""
        left = {key: values for key, values in self.chosen.items() if name and key != name}
        return replace(self, chosen=left, page=1)


@dataclass(frozen=True)
class Filter:
    """A chosen filter and the address without it."""

    label: str
    value: str
    link: str


@dataclass(frozen=True)
class FilterGroup:
    """A facet on the page: what is chosen or frequent first, the rest folded."""

    name: str
    label: str
    shown: list[FacetValue]
    folded: list[FacetValue]


@dataclass(frozen=True)
class Choice:
    """A way to show the list, or a page of it: its name, its address, whether it is the one that is shown."""

    name: str
    link: str
    current: bool


@dataclass(frozen=True)
class WayOut:
    """A filter without which the empty list has results: how many, and the address."""

    label: str
    count: int
    link: str


@dataclass(frozen=True)
class Found:
    """One page of results."""

    question: Question
    rows: list[Row]
    total: int
    groups: list[FilterGroup]
    filters: list[Filter]
    words: list[str]
    notice: str
    is_search_down: bool
    pages: int = 1
    by_meaning: bool = False
    takes: Sequence[Taken] = ()
    also: Sequence[str] = ()
    ways_out: Sequence[WayOut] = ()
    # Those of the rows' records that stand on the reader's shortlist.
    kept: frozenset[int] = frozenset()

    @property
    def previous_link(self) -> str | None:
        """The page before this one."""
        number = min(self.question.page, self.pages + 1) - 1
        return replace(self.question, page=number).link() if number >= 1 else None

    @property
    def next_link(self) -> str | None:
        """The page after this one."""
        is_last = self.question.page >= self.pages
        return None if is_last else replace(self.question, page=self.question.page + 1).link()

    @property
    def page_choices(self) -> list[Choice | None]:
        """The numbered pages around this one; None where some are left out."""
        shown = range(self.question.page - _NEIGHBOURS, self.question.page + _NEIGHBOURS + 1)
        numbers = sorted({1, self.pages} | {number for number in shown if 1 <= number <= self.pages})
        choices: list[Choice | None] = []
        for number in numbers:
            if choices and number - 1 not in numbers:
                choices.append(None)
            link = replace(self.question, page=number).link()
            choices.append(Choice(str(number), link, number == self.question.page))
        return choices

    @property
    def orders(self) -> list[Choice]:
        """The ways to sort the list."""
        return [
            Choice(order.label, replace(self.question, order=order, page=1).link(), order is self.question.order)
            for order in Order
            if self.question.text or order is not Order.RELEVANCE or self.question.order is order
        ]

    @property
    def literal_link(self) -> str:
        """The same words as they were typed."""
        return replace(self.question, literally=True, page=1).link()

    @property
    def first_page(self) -> str:
        """The address of the question itself, whatever page of it is shown."""
        return replace(self.question, page=1).link()

    @property
    def only_text_link(self) -> str:
        return replace(self.question, chosen={}, page=1).link()


def question_of(kind: RecordKind, request: Request) -> Question:
    """Text, filters and page of the address; parameters that are no filter are ignored."""
    parameters = request.query_params
    chosen = {
        name: values
        for name in FACET_LABELS[kind]
        if (values := tuple(dict.fromkeys(value for value in parameters.getlist(name) if value)))
    }
    text = parameters.get("q", "").strip()[:LONGEST_QUESTION]
    page = parameters.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) <= 6 else 1
    order = next((one for one in Order if one.value == parameters.get("sort")), Order.RELEVANCE)
    return Question(KINDS[kind], text, chosen, max(1, number), order, parameters.get("literal") == "1")


def found(session: Session, indexes: Indexes | None, question: Question, reader: Actor) -> Found:
    """The results; when the search is down the newest records, and a notice that says so."""
    kind = question.kind.kind
    asked = SearchRequest(
        text=question.text,
        chosen=question.chosen,
        limit=PAGE_SIZE,
        reader=reader,
        order=question.order,
        page=question.page,
        literally=question.literally,
    )
    try:
        if indexes is None:
            raise SearchNotAvailable("检索索引未能打开")
        page = search_records(session, indexes, kind, asked)
    except (SearchNotAvailable, IndexingError):
        return _newest_instead(session, question)
    return Found(
        question=question,
        rows=[row(entry.record, entry) for entry in page.entries],
        total=page.total,
        groups=[_group(facet) for facet in page.facets if facet.values],
        filters=_filters(question, page.facets),
        words=page.words,
        notice=MEANING_NOTICES[page.meaning] if question.text else "",
        is_search_down=False,
        pages=min(page.pages, LAST_PAGE),
        by_meaning=page.found_by == "meaning",
        takes=page.takes,
        also=page.also,
        ways_out=_ways_out(question, page),
        kept=kept_ids(session, kind, by=reader),
    )


def _newest_instead(session: Session, question: Question) -> Found:
    rows = newest(session, question.kind.kind, PAGE_SIZE)
    return Found(
        question=question,
        rows=rows,
        total=len(rows),
        groups=[],
        filters=[],
        words=[],
        notice="",
        is_search_down=True,
    )


def _ways_out(question: Question, page: SearchPage) -> list[WayOut]:
    labels = {(facet.field, value.value): value.label for facet in page.facets for value in facet.values}
    ways = []
    for one in page.relaxations:
        values = [gettext(labels.get((one.field, value), value)) for value in question.chosen.get(one.field, ())]
        label = f"{gettext(one.label)}{gettext('：')}{gettext('、').join(values)}" if one.field else ""
        ways.append(WayOut(label, one.count, question.relaxed(one.field).link()))
    return ways


def _group(facet: Facet) -> FilterGroup:
    # A chosen value must stay in sight, or the reader could not take it back.
    first = {value.value for value in facet.values[:VALUES_SHOWN]}
    shown = [value for value in facet.values if value.chosen or value.value in first]
    return FilterGroup(facet.field, facet.label, shown, [value for value in facet.values if value not in shown])


def _filters(question: Question, facets: Sequence[Facet]) -> list[Filter]:
    labels = {(facet.field, value.value): value.label for facet in facets for value in facet.values}
    return [
        Filter(
            FACET_LABELS[question.kind.kind][name],
            labels.get((name, value), value),
            question.without(name, value).link(),
        )
        for name, values in question.chosen.items()
        for value in values
    ]
