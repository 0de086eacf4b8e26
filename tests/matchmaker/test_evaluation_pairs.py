"""What the probability promises against what came true."""

import pytest

from matchmaker.evaluation_pairs import AnswerTally, PairTally, area_under_curve


@pytest.mark.parametrize(
    ("scores", "good", "area"),
    [
        ([0.9, 0.8, 0.2, 0.1], [True, True, False, False], 1.0),
        ([0.9, 0.8, 0.2, 0.1], [False, False, True, True], 0.0),
        ([0.5, 0.5, 0.5, 0.5], [True, False, True, False], 0.5),
        ([0.9, 0.6, 0.6, 0.1], [True, True, False, False], 0.875),
        ([0.9, 0.1], [True, True], None),
    ],
)
def test_the_area_counts_ties_half(scores: list[float], good: list[bool], area: float | None) -> None:
    assert area_under_curve(scores, good) == area


def test_pairs_are_counted_by_band_and_by_range() -> None:
    pairs = PairTally()
    for probability, is_good in ((0.9, True), (0.7, False), (0.4, True), (0.3, False), (0.01, False)):
        pairs.add(probability, is_good=is_good)
    figures = pairs.figures()
    assert figures["judged_pairs"] == 5
    assert figures["bands"] == {
        "high": {"n": 2, "precision": 0.5},
        "medium": {"n": 1, "precision": 1.0},
        "low": {"n": 1, "precision": 0.0},
    }
    assert figures["reliability"] == {
        "0-0.05": {"n": 1, "promised": 0.01, "true": 0.0},
        "0.2-0.35": {"n": 1, "promised": 0.3, "true": 0.0},
        "0.35-0.5": {"n": 1, "promised": 0.4, "true": 1.0},
        "0.65-1": {"n": 2, "promised": 0.8, "true": 0.5},
    }


def test_an_empty_band_has_no_precision() -> None:
    pairs = PairTally()
    pairs.add(0.01, is_good=False)
    assert pairs.figures()["bands"] == {name: {"n": 0, "precision": None} for name in ("high", "medium", "low")}
    assert pairs.figures()["auc"] is None


def test_who_got_an_answer_and_who_was_left_alone() -> None:
    answers = AnswerTally()
    answers.answerable(in_first_five=True, is_shown=True)
    answers.answerable(in_first_five=False, is_shown=True)
    answers.unanswerable(has_recommendation=False)
    assert answers.figures() == {
        "answerable": 2,
        "answered_at_5": 0.5,
        "answer_shown": 1.0,
        "unanswerable": 1,
        "unanswerable_without_recommendation": 1.0,
    }
