"""Matching needs and achievements in both directions, with reasons."""

from matchmaker.matching.coefficients import coefficients_in_force, matcher_version
from matchmaker.matching.comparison import Comparison, compared
from matchmaker.matching.explanation import answered, requirement_of
from matchmaker.matching.feedback import Opinion, feedback_on, give_feedback, own_feedback, speaker, withdraw_feedback
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
    "Opinion",
    "ScoredMatch",
    "answered",
    "band_of",
    "coefficients_in_force",
    "compared",
    "compared_pairs",
    "counterparts",
    "feedback_on",
    "give_feedback",
    "keep",
    "kept_row",
    "match_achievement",
    "match_latest",
    "match_need",
    "match_new",
    "matcher_version",
    "ordered_ids",
    "own_feedback",
    "proposed",
    "requirement_of",
    "scored_pair",
    "speaker",
    "withdraw_feedback",
]
