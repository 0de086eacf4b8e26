"""Matching needs and achievements in both directions, with reasons."""

from matchmaker.matching.comparison import Comparison, compared
from matchmaker.matching.matcher import (
    Counterparts,
    ScoredMatch,
    compared_pairs,
    counterparts,
    match_achievement,
    match_need,
    ordered_ids,
    scored_pair,
)
from matchmaker.matching.recommendations import keep, kept_row, match_latest, match_new, proposed
from matchmaker.matching.scoring import MATCHER_VERSION, RELATED_LABEL, band_of

__all__ = [
    "MATCHER_VERSION",
    "RELATED_LABEL",
    "Comparison",
    "Counterparts",
    "ScoredMatch",
    "band_of",
    "compared",
    "compared_pairs",
    "counterparts",
    "keep",
    "kept_row",
    "match_achievement",
    "match_latest",
    "match_need",
    "match_new",
    "ordered_ids",
    "proposed",
    "scored_pair",
]
