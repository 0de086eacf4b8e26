"""Figures about single pairs and single needs: does the probability mean what it says, and who gets an answer?"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import mean

from matchmaker.matching import band_of
from matchmaker.models.match import Band

# Ranges of probability in which what was promised is compared with what came true.
_RANGES = (0.0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 1.0)


@dataclass
class PairTally:
    """Judged pairs with the probability the matcher gave them."""

    probabilities: list[float] = field(default_factory=list)
    good: list[bool] = field(default_factory=list)

    def add(self, probability: float, *, is_good: bool) -> None:
        self.probabilities.append(probability)
        self.good.append(is_good)

    def figures(self) -> dict[str, object]:
        """`auc` (None where all pairs are alike), `bands` (name → n, precision), `reliability` (range → n, promised,
        true).
        """
        return {
            "judged_pairs": len(self.good),
            "auc": area_under_curve(self.probabilities, self.good),
            "bands": {band.value: self._share(*self._of_band(band)) for band in Band},
            "reliability": self._reliability(),
        }

    def _of_band(self, band: Band) -> tuple[list[float], list[bool]]:
        pairs = [pair for pair in zip(self.probabilities, self.good, strict=True) if band_of(pair[0]) is band]
        return [probability for probability, _ in pairs], [is_good for _, is_good in pairs]

    @staticmethod
    def _share(probabilities: Sequence[float], good: Sequence[bool]) -> dict[str, float | int | None]:
        return {"n": len(probabilities), "precision": round(mean(good), 4) if good else None}

    def _reliability(self) -> dict[str, dict[str, float | int]]:
        found = {}
        pairs = list(zip(self.probabilities, self.good, strict=True))
        for low, high in pairwise(_RANGES):
            inside = [pair for pair in pairs if low <= pair[0] < high]
            if inside:
                found[f"{low:g}-{high:g}"] = {
                    "n": len(inside),
                    "promised": round(mean(probability for probability, _ in inside), 4),
                    "true": round(mean(is_good for _, is_good in inside), 4),
                }
        return found


@dataclass
class AnswerTally:
    """What needs got: those that something answers, and those that nothing does."""

    first_five: list[bool] = field(default_factory=list)
    shown: list[bool] = field(default_factory=list)
    left_alone: list[bool] = field(default_factory=list)

    def answerable(self, *, in_first_five: bool, is_shown: bool) -> None:
        """A need with a good answer: is one among the first five, is one shown (recommended or related)?"""
        self.first_five.append(in_first_five)
        self.shown.append(is_shown)

    def unanswerable(self, *, has_recommendation: bool) -> None:
        """A need without any good answer: was something recommended all the same?"""
        self.left_alone.append(not has_recommendation)

    def figures(self) -> dict[str, object]:
        """Shares 0..1; None where the files have no such need."""
        return {
            "answerable": len(self.shown),
            "answered_at_5": _share(self.first_five),
            "answer_shown": _share(self.shown),
            "unanswerable": len(self.left_alone),
            "unanswerable_without_recommendation": _share(self.left_alone),
        }


def _share(flags: Sequence[bool]) -> float | None:
    return round(mean(flags), 4) if flags else None


def area_under_curve(scores: Sequence[float], good: Sequence[bool]) -> float | None:
    """The chance that a good pair scores above a bad one, ties counting half; None where all are alike."""
    positives, negatives = sum(good), len(good) - sum(good)
    if not positives or not negatives:
        return None
    order = sorted(range(len(scores)), key=lambda place: scores[place])
    ranks, start = 0.0, 0
    while start < len(order):
        end = start
        while end < len(order) and scores[order[end]] == scores[order[start]]:
            end += 1
        middle = (start + 1 + end) / 2
        ranks += middle * sum(good[place] for place in order[start:end])
        start = end
    return round((ranks - positives * (positives + 1) / 2) / (positives * negatives), 4)
