"""Matching needs and achievements in both directions, with reasons."""

from matchmaker.matching.matcher import ScoredMatch, compared, match_achievement, match_need, ordered_ids
from matchmaker.matching.scoring import MATCHER_VERSION
from matchmaker.matching.unasked import match_new

__all__ = ["MATCHER_VERSION", "ScoredMatch", "compared", "match_achievement", "match_need", "match_new", "ordered_ids"]
