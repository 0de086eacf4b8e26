"""Searching needs and achievements: words and meaning, facets, filters, pages, and where the words stand."""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sqlmodel import Session

from indexing import Filter, Hit, Index, IndexingError, Range, SearchQuery, Terms
from matchmaker.classification import classification
from matchmaker.errors import MalformedRequest, SearchNotAvailable
from matchmaker.index_documents import audiences, field_text, number_of_date, text_fields
from matchmaker.indexes import Indexes
from matchmaker.matching.explanation import coverage, wording
from matchmaker.matching.highlight import Piece, marked
from matchmaker.models.labels import (
    CooperationMode,
    IntellectualPropertyType,
    Labelled,
    NeedType,
    PosterType,
    PriceMode,
    Stage,
    Urgency,
)
from matchmaker.models.match import Span
from matchmaker.models.outbox import RecordKind
from matchmaker.rights import ANYONE, Actor
from matchmaker.searched import newest_of, newest_open, records_of
from matchmaker.visibility import SearchedRecord, is_in_lists_of, today

FACET_LABELS: dict[RecordKind, dict[str, str]] = {
    RecordKind.NEEDS: {
        "technology_field": "技术领域",
        "city_industry": "产业",
        "region": "地区",
        "need_type": "需求类型",
        "cooperation_mode": "合作方式",
        "urgency": "紧急程度",
        "poster_type": "需求方",
    },
    RecordKind.ACHIEVEMENTS: {
        "technology_field": "技术领域",
        "city_industry": "产业",
        "region": "地区",
        "stage": "所处阶段",
        "cooperation_mode": "合作方式",
        "price_mode": "价格方式",
        "intellectual_property": "知识产权",
    },
}
_ENUMS: dict[str, type[Labelled]] = {
    "need_type": NeedType,
    "cooperation_mode": CooperationMode,
    "urgency": Urgency,
    "poster_type": PosterType,
    "stage": Stage,
    "price_mode": PriceMode,
    "intellectual_property": IntellectualPropertyType,
}
# Nobody reads further; a narrower question helps more than page 26.
_MOST_RESULTS = 500
# A result must share a telling word with what was typed or lie this near in meaning; otherwise the vector
# ranking would answer every question with every record.
_LEAST_COSINE = 0.35
# … and by words alone it must reach this share of the best result's score.
_LEAST_SHARE = 0.25
# How many results are looked through for the asked words (a millisecond each), and for up to how many words.
_LOOKED_THROUGH = 60
_MOST_CONDITIONS = 12
_LEAST_COVERAGE = 0.2
_SNIPPET_BEFORE, _SNIPPET_LENGTH = 20, 110


@dataclass(frozen=True)
class SearchRequest:
    """What somebody asks. `chosen` maps a facet field to the ticked values (any of them); `reader` decides
    which records are found at all."""

    text: str = ""
    chosen: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    limit: int = 20
    cursor: str | None = None
    reader: Actor = ANYONE


@dataclass(frozen=True)
class Entry:
    """One result: the record, its title and the best stretch of its text with the found words marked."""

    record: SearchedRecord
    title: list[Piece]
    snippet: list[Piece]
    cosine: float | None
    ranks: Mapping[str, int]


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
class SearchPage:
    """A page of results. `words` is what was understood; `meaning` says whether it took part in the search."""

    entries: list[Entry]
    total: int
    facets: list[Facet]
    next_cursor: str | None
    words: list[str]
    meaning: Literal["used", "loading", "off"]


def search_records(session: Session, indexes: Indexes, kind: RecordKind, request: SearchRequest) -> SearchPage:
    """The page of results. Without text: all records, newest first.

    Raises SearchNotAvailable, and MalformedRequest for an unknown facet field or a cursor that is not ours.
    """
    _check_fields(kind, request.chosen)
    offset = _offset(request)
    index = indexes.of(kind)
    hits: list[Hit] = []
    words: list[str] = []
    meaning: Literal["used", "loading", "off"] = "used" if index.meaning.state == "ready" else index.meaning.state
    try:
        if request.text.strip():
            hits, words, meaning = _found(session, index, kind, request)
            ids = [int(hit.id) for hit in hits]
            page, total = ids[offset : offset + request.limit], len(ids)
        elif any(request.chosen.values()):
            allowed = index.matching_ids(_filters(request))
            ids = newest_of(session, kind, {int(one) for one in allowed})
            page, total = ids[offset : offset + request.limit], len(ids)
        else:
            # Everything, newest first: the database turns the pages, however many records there are.
            page, total = newest_open(session, kind, request.reader, offset, request.limit)
        facets = _facets(session, index, kind, request, [hit.id for hit in hits] if request.text.strip() else None)
    except IndexingError as error:
        raise SearchNotAvailable("检索暂时不可用", str(error)) from error
    by_id = {int(hit.id): hit for hit in hits}
    found = {record.id: record for record in records_of(session, kind, page) if is_in_lists_of(record, request.reader)}
    # Load into a dict, then walk the ranked ids: SQL returns the rows in any order.
    entries = [_entry(index, found[one], by_id.get(one), set(words)) for one in page if one in found]
    more = offset + request.limit < total
    return SearchPage(
        entries=entries,
        total=total,
        facets=facets,
        next_cursor=_cursor(request, offset + request.limit) if more else None,
        # 蓄电池 was looked up as 蓄电池, 蓄电 and 电池; people asked for the first.
        words=[word for word in words if not any(word != other and word in other for other in words)],
        meaning=meaning,
    )


def _found(
    session: Session, index: Index, kind: RecordKind, request: SearchRequest
) -> tuple[list[Hit], list[str], Literal["used", "loading", "off"]]:
    query = SearchQuery(
        texts={request.text: 1.0}, meaning=request.text, filters=tuple(_filters(request)), limit=_MOST_RESULTS
    )
    result = index.search(query)
    best = max((hit.score for hit in result.hits if "words" in hit.ranks), default=0.0)
    kept = [
        hit
        for hit in result.hits
        if (hit.cosine is not None and hit.cosine >= _LEAST_COSINE)
        or ("words" in hit.ranks and hit.score >= best * _LEAST_SHARE)
    ]
    kept = _fullest_first(session, index, kind, kept, result.words)
    return kept, result.words, "used" if result.meaning == "ready" else result.meaning


def _fullest_first(
    session: Session, index: Index, kind: RecordKind, hits: list[Hit], words: Sequence[str]
) -> list[Hit]:
    """The first hits again, those with more of the asked words before those with one of them thrice.

    BM25 adds up: “电池” in a title outweighed “废铅蓄电池” in the text. What has only a commonplace of the
    question (废 of 废铅蓄电池) and does not mean the same is left out. A question of many words is a text,
    not a list of conditions, and stays as it was ranked.
    """
    if not 1 < len(words) <= _MOST_CONDITIONS:
        return hits
    first, rest = hits[:_LOOKED_THROUGH], hits[_LOOKED_THROUGH:]
    rarity = index.rarity(words, index.schema.text_fields)
    records = {str(record.id): record for record in records_of(session, kind, [int(hit.id) for hit in first])}
    covered = {one: coverage(rarity, wording(record, index).words) for one, record in records.items()}
    kept = [
        hit
        for hit in first
        if covered.get(hit.id, 0.0) >= _LEAST_COVERAGE or (hit.cosine is not None and hit.cosine >= _LEAST_COSINE)
    ]
    return sorted(kept, key=lambda hit: (-hit.score * (0.5 + covered.get(hit.id, 0.0)), hit.id)) + rest


def _filters(request: SearchRequest, *, without: str | None = None) -> list[Filter]:
    filters: list[Filter] = [Range("valid_until", low=number_of_date(today()))]
    filters.append(Terms("audience", audiences(request.reader)))
    filters += [Terms(name, values) for name, values in request.chosen.items() if values and name != without]
    return filters


def _facets(
    session: Session, index: Index, kind: RecordKind, request: SearchRequest, ids: Sequence[str] | None
) -> list[Facet]:
    """Counts among the results. A field with ticked values is counted as if none were ticked, to show the alternatives."""
    counts = index.facet_counts(tuple(FACET_LABELS[kind]), _filters(request), ids)
    for name, values in request.chosen.items():
        if values:
            wider = None
            if ids is not None:
                open_request = SearchRequest(
                    request.text, {**request.chosen, name: ()}, request.limit, None, request.reader
                )
                wider = [hit.id for hit in _found(session, index, kind, open_request)[0]]
            counts |= index.facet_counts((name,), _filters(request, without=name), wider)
    return [
        Facet(name, label, _values(name, counts.get(name, {}), request.chosen.get(name, ())))
        for name, label in FACET_LABELS[kind].items()
    ]


def _values(name: str, counts: Mapping[str, int], chosen: Sequence[str]) -> list[FacetValue]:
    if name == "region":
        counts = _leaf_regions(counts)
    shown = {**dict.fromkeys(chosen, 0), **counts}
    values = [FacetValue(value, value_label(name, value), count, value in chosen) for value, count in shown.items()]
    return sorted(values, key=lambda one: (-one.count, one.value))


def _leaf_regions(counts: Mapping[str, int]) -> dict[str, int]:
    """The city's districts, and provinces for the rest: the levels people choose by."""
    lists = classification()
    return {
        code: count
        for code, count in counts.items()
        if code in lists.city.districts or (code.endswith("0000") and code != lists.city.code)
    }


def value_label(name: str, value: str) -> str:
    """How a value of a facet is called; one that does not exist is shown as it is."""
    lists = classification()
    if name in _ENUMS:
        # A value somebody typed into the address finds nothing and is shown as it is, to be unticked.
        return next((member.label for member in _ENUMS[name] if member.value == value), value)
    vocabulary = {
        "technology_field": lists.technology_fields,
        "city_industry": lists.city.industries,
        "region": lists.regions,
    }[name]
    return vocabulary.label(value)


def _check_fields(kind: RecordKind, chosen: Mapping[str, tuple[str, ...]]) -> None:
    unknown = sorted(set(chosen) - set(FACET_LABELS[kind]))
    if unknown:
        raise MalformedRequest(f"没有名为“{unknown[0]}”的筛选项", f"可用的筛选项：{'、'.join(FACET_LABELS[kind])}")


def _entry(index: Index, record: SearchedRecord, hit: Hit | None, words: set[str]) -> Entry:
    fields = [name for name in text_fields(record) if name != "title"]
    texts = [field_text(record, name) for name in fields]
    return Entry(
        record=record,
        title=marked(record.title, _spans(index, record.title, words)),
        snippet=_snippet(index, [text for text in texts if text], words),
        cosine=hit.cosine if hit else None,
        ranks=hit.ranks if hit else {},
    )


def _spans(index: Index, text: str, words: set[str]) -> list[Span]:
    if not words:
        return []
    return [Span(field="", start=start, end=end) for word, start, end in index.tokens(text) if word in words]


def _snippet(index: Index, texts: Sequence[str], words: set[str]) -> list[Piece]:
    """The stretch of a field with the most different found words; without any, the beginning of the text."""
    best: tuple[int, int, str, list[Span]] = (0, 0, texts[0] if texts else "", [])
    for text in texts if words else ():
        spans = _spans(index, text, words)
        for span in spans:
            start = max(0, span.start - _SNIPPET_BEFORE)
            inside = {text[one.start : one.end] for one in spans if start <= one.start < start + _SNIPPET_LENGTH}
            if len(inside) > best[0]:
                best = (len(inside), start, text, spans)
    _, start, text, spans = best
    end = start + _SNIPPET_LENGTH
    cut = [
        Span(field="", start=max(0, span.start - start), end=span.end - start)
        for span in spans
        if span.end > start and span.start < end
    ]
    pieces = marked(text[start:end], cut)
    if start:
        pieces.insert(0, Piece("…", False))
    if end < len(text):
        pieces.append(Piece("…", False))
    return pieces


def _cursor(request: SearchRequest, offset: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([offset, _question(request)]).encode()).decode().rstrip("=")


def _offset(request: SearchRequest) -> int:
    if request.cursor is None:
        return 0
    try:
        padded = request.cursor + "=" * (-len(request.cursor) % 4)
        offset, question = json.loads(base64.urlsafe_b64decode(padded.encode("ascii", "strict")))
        if isinstance(offset, int) and 0 <= offset <= 10**9 and question == _question(request):
            return offset
    except (ValueError, TypeError, binascii.Error, UnicodeError):
        pass
    raise MalformedRequest("翻页标记无效，或与当前检索条件不一致", "请从第一页重新检索")


def _question(request: SearchRequest) -> str:
    """Binds a cursor to its question, so that page two of one search is never shown for another."""
    chosen = sorted((name, sorted(values)) for name, values in request.chosen.items() if values)
    question = f"{request.text.strip()}|{chosen}|{audiences(request.reader)}"
    return hashlib.blake2b(question.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
