"""The fields a list is narrowed by: their labels, their values, the index's filters."""

from collections.abc import Mapping, Sequence

from indexing import Filter, Range, Terms
from matchmaker.classification import classification
from matchmaker.errors import MalformedRequest
from matchmaker.index_documents import audiences, number_of_date
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
from matchmaker.models.outbox import RecordKind
from matchmaker.search.request import Facet, FacetValue, SearchRequest
from matchmaker.visibility import today

FACET_LABELS: dict[RecordKind, dict[str, str]] = {
    RecordKind.NEEDS: {
        "technology_field": "技术领域",
        "city_industry": "产业",
        "region": "地区",
        "need_type": "需求类型",
        "cooperation_mode": "合作方式",
        "urgency": "紧急程度",
        "poster_type": "需求方",
        "owner": "发布单位",
    },
    RecordKind.ACHIEVEMENTS: {
        "technology_field": "技术领域",
        "city_industry": "产业",
        "region": "地区",
        "stage": "所处阶段",
        "cooperation_mode": "合作方式",
        "price_mode": "价格方式",
        "intellectual_property": "知识产权",
        "owner": "完成单位",
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
# A province has thousands of owners; those with few of the results are found by typing their name.
_MOST_OWNERS = 30


def filters_of(request: SearchRequest, *, without: str | None = None) -> list[Filter]:
    """What must hold of every result, in the index's terms; `without` leaves the ticks of one field out."""
    filters: list[Filter] = [Range("valid_until", low=number_of_date(today()))]
    filters.append(Terms("audience", audiences(request.reader)))
    filters += [Terms(name, values) for name, values in request.chosen.items() if values and name != without]
    return filters


def facets_of(kind: RecordKind, request: SearchRequest, counts: Mapping[str, Mapping[str, int]]) -> list[Facet]:
    """The facets of a page from the counts of their values."""
    return [
        Facet(name, label, _values(name, counts.get(name, {}), request.chosen.get(name, ())))
        for name, label in FACET_LABELS[kind].items()
    ]


def check_fields(kind: RecordKind, chosen: Mapping[str, tuple[str, ...]]) -> None:
    """Raises MalformedRequest for a field that is no facet."""
    unknown = sorted(set(chosen) - set(FACET_LABELS[kind]))
    if unknown:
        raise MalformedRequest(f"没有名为“{unknown[0]}”的筛选项", f"可用的筛选项：{'、'.join(FACET_LABELS[kind])}")


def value_label(name: str, value: str) -> str:
    """How a value of a facet is called; one that does not exist is shown as it is."""
    lists = classification()
    if name in _ENUMS:
        # A value somebody typed into the address finds nothing and is shown as it is, to be unticked.
        return next((member.label for member in _ENUMS[name] if member.value == value), value)
    if name == "owner":
        return value
    vocabulary = {
        "technology_field": lists.technology_fields,
        "city_industry": lists.city.industries,
        "region": lists.regions,
    }[name]
    return vocabulary.label(value)


def _values(name: str, counts: Mapping[str, int], chosen: Sequence[str]) -> list[FacetValue]:
    if name == "region":
        counts = _leaf_regions(counts)
    shown = {**dict.fromkeys(chosen, 0), **counts}
    values = [FacetValue(value, value_label(name, value), count, value in chosen) for value, count in shown.items()]
    values.sort(key=lambda value: (-value.count, value.value))
    if name == "owner":
        return [value for place, value in enumerate(values) if place < _MOST_OWNERS or value.chosen]
    return values


def _leaf_regions(counts: Mapping[str, int]) -> dict[str, int]:
    """The city's districts, and provinces for the rest: the levels people choose by."""
    lists = classification()
    return {
        code: count
        for code, count in counts.items()
        if code in lists.city.districts or (code.endswith("0000") and code != lists.city.code)
    }
