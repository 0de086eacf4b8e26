"""Verdicts on whole cases: how many are right, and that nothing is called met that is not."""

from collections import Counter

import pytest

from matchmaker.evaluation_requirements import requirement_figures
from matchmaker.models.match import Verdict
from tests.matchmaker.matching.requirements.requirement_cases import SHARED, Case, cases

CASES = cases()


def test_there_are_cases_of_every_verdict_and_trap() -> None:
    assert len(CASES) > 300
    assert min(Counter(case.verdict for case in CASES).values()) >= 80
    assert len({case.trap for case in CASES}) == 13


def test_nearly_all_verdicts_are_right() -> None:
    wrong = [case for case in CASES if case.judgement().verdict is not case.verdict]
    assert len(wrong) / len(CASES) <= 0.02, wrong


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.verdict is not Verdict.MET], ids=lambda case: case.requirement
)
def test_nothing_is_called_met_that_is_not(case: Case) -> None:
    assert case.judgement().verdict is not Verdict.MET


def test_a_verdict_names_its_words_and_an_unknown_asks() -> None:
    for case in CASES:
        judgement = case.judgement()
        if judgement.verdict is Verdict.UNKNOWN:
            assert judgement.question
            assert not judgement.words
        else:
            assert judgement.words
            assert judgement.span is not None
            if judgement.span.field == "summary":
                place = case.text[judgement.span.start : judgement.span.end]
                assert judgement.words in place or place.strip() == judgement.words


@pytest.mark.skipif(not SHARED.exists(), reason="the shared cases are not on this machine")
def test_the_shared_cases() -> None:
    figures = requirement_figures(SHARED / "cases.jsonl")
    accuracy, false_met = figures["requirement_accuracy"], figures["false_met"]
    assert isinstance(accuracy, float)
    assert isinstance(false_met, float)
    assert accuracy >= 0.95
    assert false_met <= 0.01
