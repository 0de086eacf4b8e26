"""Searching needs and achievements: what is meant, what is found, facets, order, pages, suggestions."""

from matchmaker.search.facets import FACET_LABELS, value_label
from matchmaker.search.listing import search_records
from matchmaker.search.request import (
    MOST_RESULTS,
    Entry,
    Facet,
    FacetValue,
    FoundBy,
    Order,
    Relaxation,
    SearchPage,
    SearchRequest,
    Taken,
)

__all__ = [
    "FACET_LABELS",
    "MOST_RESULTS",
    "Entry",
    "Facet",
    "FacetValue",
    "FoundBy",
    "Order",
    "Relaxation",
    "SearchPage",
    "SearchRequest",
    "Taken",
    "search_records",
    "value_label",
]
