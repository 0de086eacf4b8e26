"""A list page: what is found by words, names, numbers and meaning, its facets, its order, and where it continues."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session

from indexing import Hit, Index, IndexingError, SearchQuery
from matchmaker.dictionary import thesaurus
from matchmaker.errors import SearchNotAvailable
from matchmaker.indexes import Indexes
from matchmaker.models.outbox import RecordKind
from matchmaker.search.cursors import cursor_at, offset_of
from matchmaker.search.facets import FACET_LABELS, check_fields, facets_of, filters_of
from matchmaker.search.people import records_of_person
from matchmaker.search.question import Question, understood
from matchmaker.search.ranking import LEAST_COVERAGE, Judged, judged
from matchmaker.search.request import (
    MOST_RESULTS,
    Entry,
    FoundBy,
    MeaningUse,
    Order,
    Relaxation,
    SearchPage,
    SearchRequest,
    Taken,
)
from matchmaker.search.snippets import snippet_of, title_of
from matchmaker.search.vocabulary import vocabularies
from matchmaker.searched import closing_of, newest_of, open_ids, records_of
from matchmaker.visibility import SearchedRecord, is_in_lists_of

# A result must share a telling word with what was typed or lie this near in meaning; otherwise the vector
# ranking would answer every question with every record. Of twenty typed questions on 958 patents (bge-small-zh), answers
# lay at 0.48 and above, the nearest of what answers nothing at 0.41 and below.
_LEAST_COSINE = 0.45
# … and by words alone it must reach this share of the best result's score.
_LEAST_SHARE = 0.25
# Where nothing was found by words, less likeness is better than an empty page that says so; only the first few.
_LEAST_COSINE_ALONE, _MOST_ALONE = 0.4, 10
# How many results are looked through for what was asked: half a millisecond each, most of it the database's.
_LOOKED_THROUGH = 60
_LAST = 20
# Other words that are told to the reader, as many as a line takes.
_TOLD = 8


@dataclass(frozen=True)
class _Found:
    """What was found, best first: ids, the hits behind them, and by what each was found."""

    ids: list[int]
    hits: dict[int, Hit]
    by: dict[int, FoundBy]
    question: Question
    meaning: MeaningUse

    @property
    def by_meaning_only(self) -> bool:
        return bool(self.ids) and all(self.by.get(one) == "meaning" for one in self.ids)


def search_records(session: Session, indexes: Indexes, kind: RecordKind, request: SearchRequest) -> SearchPage:
    """The page of results. Without text: all records, newest first.

    Raises SearchNotAvailable, and MalformedRequest for an unknown facet field or a cursor that is not ours.
    """
    check_fields(kind, request.chosen)
    offset = offset_of(request)
    index = indexes.of(kind)
    meaning: MeaningUse = "used" if index.meaning.state == "ready" else index.meaning.state
    found = _Found([], {}, {}, Question(request.text), meaning)
    try:
        if request.text.strip():
            found = _ordered(session, kind, _found(session, indexes, kind, request), request.order)
            page, total = found.ids[offset : offset + request.limit], len(found.ids)
        elif any(request.chosen.values()):
            allowed = {int(identifier) for identifier in index.matching_ids(filters_of(request))}
            in_order = closing_of if request.order is Order.CLOSING else newest_of
            ids = in_order(session, kind, allowed)
            page, total = ids[offset : offset + request.limit], len(ids)
        else:
            # Everything: the database turns the pages, however many records there are.
            closing = request.order is Order.CLOSING
            page, total = open_ids(session, kind, request.reader, offset, request.limit, closing=closing)
        counts = _counts(session, indexes, kind, request, found)
        relaxations = [] if total else _relaxations(session, indexes, kind, request)
    except IndexingError as error:
        raise SearchNotAvailable("检索暂时不可用", str(error)) from error
    records = {
        record.id: record for record in records_of(session, kind, page) if is_in_lists_of(record, request.reader)
    }
    forms = _marked_forms(found.question)
    # Load into a dict, then walk the ranked ids: SQL returns the rows in any order.
    entries = [_entry(records[number], found, forms) for number in page if number in records]
    more = offset + request.limit < total
    return SearchPage(
        entries=entries,
        total=total,
        facets=facets_of(kind, request, counts),
        next_cursor=cursor_at(request, offset + request.limit) if more else None,
        words=list(found.question.words),
        meaning=found.meaning,
        page=offset // request.limit + 1,
        pages=max(1, -(-total // request.limit)),
        found_by="meaning" if found.by_meaning_only else "words",
        takes=[Taken(typed, taken) for typed, taken in found.question.takes],
        also=_told(found.question),
        relaxations=relaxations,
    )


def _found(session: Session, indexes: Indexes, kind: RecordKind, request: SearchRequest) -> _Found:
    index = indexes.of(kind)
    vocabulary = vocabularies(indexes).of(session, index, kind)
    question = understood(request.text, index, thesaurus(session), vocabulary, literally=request.literally)
    result = index.search(
        SearchQuery(
            texts={request.text: 1.0},
            meaning=question.meaning,
            filters=tuple(filters_of(request)),
            limit=MOST_RESULTS,
            also=question.also(),
            names=" ".join((request.text, *question.numbers)),
        )
    )
    question = replace(question, words=question.words or tuple(result.words))
    by = _kept(session, index, kind, result.hits, question, request)
    meaning: MeaningUse = "used" if result.meaning == "ready" else result.meaning
    return _Found(list(by), {int(hit.id): hit for hit in result.hits}, by, question, meaning)


def _kept(
    session: Session, index: Index, kind: RecordKind, hits: Sequence[Hit], question: Question, request: SearchRequest
) -> dict[int, FoundBy]:
    """Those that answer the question, in the order in which they do, and by what each was found."""
    best = max((hit.score for hit in hits if "words" in hit.ranks), default=0.0)
    by: dict[int, FoundBy] = {}
    if question.record_id is not None and _is_listed(session, kind, question.record_id, request):
        return {question.record_id: "number"}
    if not any(request.chosen.values()):
        by |= dict.fromkeys(records_of_person(session, kind, request.text, request.reader), "person")
    if question.is_text:
        kept = [hit for hit in hits if _is_near(hit) or ("words" in hit.ranks and hit.score >= best * _LEAST_SHARE)]
        by |= {int(hit.id): "words" if "words" in hit.ranks else "meaning" for hit in kept if int(hit.id) not in by}
    else:
        looked_through = _judged(session, index, kind, hits, question)
        rest = [hit for hit in hits[_LOOKED_THROUGH:] if _is_near(hit) or hit.score >= best * _LEAST_SHARE]
        by_words = [one for one in looked_through if one.covered >= LEAST_COVERAGE]
        near = [one for one in looked_through if one.covered < LEAST_COVERAGE and _is_near(one.hit)]
        for one in (*by_words, *near):
            by.setdefault(int(one.hit.id), "words" if one.covered >= LEAST_COVERAGE else "meaning")
        # Behind them come more of the same, if the last of those looked through were still answers.
        last = {one.hit.id for one in by_words} & {hit.id for hit in hits[_LOOKED_THROUGH - _LAST : _LOOKED_THROUGH]}
        for hit in rest if len(last) > _LAST // 2 else ():
            by.setdefault(int(hit.id), "words" if "words" in hit.ranks else "meaning")
    if not by:
        alone = [hit for hit in hits if hit.cosine is not None and hit.cosine >= _LEAST_COSINE_ALONE]
        alone.sort(key=lambda hit: (-(hit.cosine or 0.0), hit.id))
        by = {int(hit.id): "meaning" for hit in alone[:_MOST_ALONE]}
    return by


def _judged(session: Session, index: Index, kind: RecordKind, hits: Sequence[Hit], question: Question) -> list[Judged]:
    first = hits[:_LOOKED_THROUGH]
    records = {str(record.id): record for record in records_of(session, kind, [int(hit.id) for hit in first])}
    forms = {form for concept in question.concepts for form in (concept.typed, *concept.forms)}
    return judged(question, first, records, index.rarity(forms, index.schema.text_fields))


def _is_near(hit: Hit) -> bool:
    return hit.cosine is not None and hit.cosine >= _LEAST_COSINE


def _is_listed(session: Session, kind: RecordKind, number: int, request: SearchRequest) -> bool:
    return any(is_in_lists_of(record, request.reader) for record in records_of(session, kind, [number]))


def _ordered(session: Session, kind: RecordKind, found: _Found, order: Order) -> _Found:
    if order is Order.RELEVANCE or not found.ids:
        return found
    in_order = newest_of if order is Order.NEWEST else closing_of
    return replace(found, ids=in_order(session, kind, set(found.ids)))


def _counts(
    session: Session, indexes: Indexes, kind: RecordKind, request: SearchRequest, found: _Found
) -> dict[str, dict[str, int]]:
    """Counts among the results. A field with ticked values is counted as if none were ticked, to show the alternatives."""
    index = indexes.of(kind)
    is_asked = bool(request.text.strip())
    ids = [str(number) for number in found.ids] if is_asked else None
    counts = index.facet_counts(tuple(FACET_LABELS[kind]), filters_of(request), ids)
    for name, values in request.chosen.items():
        if values:
            wider = None
            if is_asked:
                open_request = _without(request, name)
                wider = [str(number) for number in _found(session, indexes, kind, open_request).ids]
            counts |= index.facet_counts((name,), filters_of(request, without=name), wider)
    return counts


def _without(request: SearchRequest, name: str) -> SearchRequest:
    return replace(request, chosen={**request.chosen, name: ()}, cursor=None)


def _relaxations(session: Session, indexes: Indexes, kind: RecordKind, request: SearchRequest) -> list[Relaxation]:
    """The filters without any one of which there are results, the most results first; else all of them together."""
    chosen = [name for name, values in request.chosen.items() if values]
    labels = FACET_LABELS[kind]
    single = [
        Relaxation(name, labels[name], _total(session, indexes, kind, _without(request, name))) for name in chosen
    ]
    found = sorted((one for one in single if one.count), key=lambda one: -one.count)
    if found or len(chosen) < 2:
        return found
    count = _total(session, indexes, kind, replace(request, chosen={}, cursor=None))
    return [Relaxation("", "", count)] if count else []


def _total(session: Session, indexes: Indexes, kind: RecordKind, request: SearchRequest) -> int:
    if request.text.strip():
        return len(_found(session, indexes, kind, request).ids)
    return len(indexes.of(kind).matching_ids(filters_of(request)))


def _entry(record: SearchedRecord, found: _Found, forms: Sequence[str]) -> Entry:
    number = record.id or 0
    hit = found.hits.get(number)
    return Entry(
        record=record,
        title=title_of(record, forms),
        snippet=snippet_of(record, forms),
        cosine=hit.cosine if hit else None,
        ranks=hit.ranks if hit else {},
        found_by=found.by.get(number, "words"),
    )


def _marked_forms(question: Question) -> list[str]:
    """Everything whose place in a text shows why it was found, the longest first."""
    forms = {form for concept in question.concepts for form in (concept.typed, *concept.forms)} or set(question.words)
    return sorted(forms, key=lambda form: (-len(form), form))


def _told(question: Question) -> list[str]:
    """Other words that were looked up, one or two for each concept; no spellings of names, no guesses told already."""
    told = [
        form
        for concept in question.concepts
        if not concept.is_guess
        for form in concept.forms[:3]
        if (len(form) > 1 and not form.isascii()) or form.isalpha()
    ]
    return list(dict.fromkeys(told))[:_TOLD]
