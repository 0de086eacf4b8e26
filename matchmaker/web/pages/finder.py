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
from matchmaker.search import FACET_LABELS, Facet, FacetValue, SearchRequest, search_records
from matchmaker.web.pages.overview import newest
from matchmaker.web.pages.view import KINDS, Kind, Row, row
from matchmaker.workbench import kept_ids

LONGEST_QUESTION = 500
PAGE_SIZE = 20
# More values than this stay folded until asked for: a city has a dozen industries, a province a hundred districts.
VALUES_SHOWN = 6

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
    cursor: str | None = None

    def link(self) -> str:
        """The address of this question."""
        pairs = [("q", self.text)] if self.text else []
        pairs += [(name, value) for name, values in self.chosen.items() for value in values]
        pairs += [("cursor", self.cursor)] if self.cursor else []
        return f"{self.kind.path}?{urlencode(pairs)}" if pairs else self.kind.path

    def without(self, name: str, value: str) -> "Question":
        """The same question with one filter less, from its first page."""
        left = {key: tuple(one for one in values if (key, one) != (name, value)) for key, values in self.chosen.items()}
        return replace(self, chosen=left, cursor=None)


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
    next_cursor: str | None
    # Those of the rows' records that stand on the reader's shortlist.
    kept: frozenset[int] = frozenset()

    @property
    def next_link(self) -> str | None:
        return replace(self.question, cursor=self.next_cursor).link() if self.next_cursor else None

    @property
    def first_link(self) -> str | None:
        """The first page, from a later one."""
        return self.first_page if self.question.cursor else None

    @property
    def first_page(self) -> str:
        """The address of the question itself, whatever page of it is shown."""
        return replace(self.question, cursor=None).link()

    @property
    def only_text_link(self) -> str:
        return replace(self.question, chosen={}, cursor=None).link()


def question_of(kind: RecordKind, request: Request) -> Question:
    """Text, filters and page of the address; parameters that are no filter are ignored."""
    parameters = request.query_params
    chosen = {
        name: values
        for name in FACET_LABELS[kind]
        if (values := tuple(dict.fromkeys(value for value in parameters.getlist(name) if value)))
    }
    text = parameters.get("q", "").strip()[:LONGEST_QUESTION]
    return Question(KINDS[kind], text, chosen, parameters.get("cursor") or None)


def found(session: Session, indexes: Indexes | None, question: Question, reader: Actor) -> Found:
    """The results; when the search is down the newest records, and a notice that says so.

    Raises MalformedRequest for a cursor that is not one of ours.
    """
    kind = question.kind.kind
    asked = SearchRequest(
        text=question.text, chosen=question.chosen, limit=PAGE_SIZE, cursor=question.cursor, reader=reader
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
        next_cursor=page.next_cursor,
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
        next_cursor=None,
    )


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
