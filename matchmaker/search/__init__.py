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
from matchmaker.search.suggestions import MOST_SUGGESTIONS, Suggestion, suggestions

__all__ = [
    "FACET_LABELS",
    "MOST_RESULTS",
    "MOST_SUGGESTIONS",
    "Entry",
    "Facet",
    "FacetValue",
    "FoundBy",
    "Order",
    "Relaxation",
    "SearchPage",
    "SearchRequest",
    "Suggestion",
    "Taken",
    "search_records",
    "suggestions",
    "value_label",
]
