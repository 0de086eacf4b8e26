"""P(an expert would call this pair a good match): one number per pair, the same from both sides and in any catalogue.

Logistic regression on how far two profiles cover each other. Which coefficients are in force says `coefficients.py`.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from matchmaker.matching.profile import Profile

# In this order everywhere: coefficients, evaluation, learning.
PAIR_FEATURES = (
    "meaning",
    "need_words",
    "need_title_words",
    "achievement_title_words",
    "need_title_pairs",
    "achievement_title_pairs",
)
# Of a long need a seventh of its words is all that an answer ever repeats; of a need of one line it may repeat all.
# Beyond, more says no more (development judgments: nDCG@10 0.652 against 0.650 without, and a line is not overrated).
_MOST_OF_NEED = 0.15


@dataclass(frozen=True)
class Coefficients:
    """A fitted model: intercept and one weight per feature, in the features' own units."""

    intercept: float
    weights: Mapping[str, float]

    def log_odds(self, features: Mapping[str, float]) -> float:
        return self.intercept + sum(weight * features[name] for name, weight in self.weights.items())


@dataclass(frozen=True)
class PairModel:
    """The coefficients in force for the pairs of one installation: `meaning` where both have a vector, else `words`.

    `version` names them together with the rules around them; it is stored with every match.
    """

    meaning: Coefficients | None
    words: Coefficients
    version: str

    def log_odds(self, need: Profile, achievement: Profile) -> float:
        """The log odds of the texts of a pair."""
        features = pair_features(need, achievement)
        chosen = self.meaning if "meaning" in features else None
        return (chosen or self.words).log_odds(features)


def pair_features(need: Profile, achievement: Profile) -> dict[str, float]:
    """How far the two cover each other, each 0..1 (meaning −1..1; left out where a vector is missing).

    A share is by rarity: of what the one says, how much does the other say, too?
    """
    features = {
        "need_words": min(_MOST_OF_NEED, share(need.words, achievement.words)),
        "need_title_words": share(need.title_words, achievement.words),
        "achievement_title_words": share(achievement.title_words, need.words),
        "need_title_pairs": share(need.title_pairs, achievement.pairs),
        "achievement_title_pairs": share(achievement.title_pairs, need.pairs),
    }
    cosine = meaning_of(need, achievement)
    return features if cosine is None else {"meaning": cosine, **features}


def meaning_of(need: Profile, achievement: Profile) -> float | None:
    """The cosine of the two stored meanings; None where one is missing."""
    if need.vector is None or achievement.vector is None:
        return None
    # A text that says nothing has no direction.
    return float(need.vector @ achievement.vector)


def share(asked: Mapping[str, float], answered: Collection[str]) -> float:
    """The share, by weight, of `asked` that is among `answered`: 0 none, 1 all."""
    total = sum(asked.values())
    return sum(weight for word, weight in asked.items() if word in answered) / total if total else 0.0


def probability(log_odds_of_pair: float) -> float:
    """Log odds as a probability."""
    return 1 / (1 + math.exp(-log_odds_of_pair))
