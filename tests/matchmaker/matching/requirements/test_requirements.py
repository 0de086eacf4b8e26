"""Requirements of whole needs, from form fields and running text, and their judgements."""

import cProfile
import pstats
from datetime import date

import pytest

from matchmaker.matching.requirements import Judgement, RequirementKind, evidence_of, judgements, requirements_of
from matchmaker.models.achievement import AchievementFields
from matchmaker.models.labels import Operator, PriceMode
from matchmaker.models.match import Verdict
from matchmaker.models.need import NeedFields
from matchmaker.models.parts import AchievedIndicator, Indicator

NEED = NeedFields(
    title="儿童家具水性涂料",
    problem="现用溶剂型涂料气味大，要求不改变现有喷涂线，固含量不低于35%。",
    must_have=["须为水性体系", "具有儿童家具用漆认证"],
    key_indicators=[Indicator(name="VOC含量", operator=Operator.AT_MOST, target="30", unit="g/L")],
    budget_max_fen=5_000_000,
    maturity_min=7,
    deadline=date(2027, 6, 30),
)
LACQUER = AchievementFields(
    title="高光溶剂型木器漆",
    summary="以二甲苯为溶剂，不适用于水性体系，未做儿童家具用漆认证，固含量42%。",
    indicators=[AchievedIndicator(name="VOC含量", value="0.42", unit="kg/L")],
    price_fen=20_000_000,
    maturity_level=6,
)


def verdicts(need: NeedFields, achievement: AchievementFields) -> dict[str, Verdict]:
    found = judgements(requirements_of(need), evidence_of(achievement))
    return {judgement.requirement.text: judgement.verdict for judgement in found}


def test_every_requirement_of_the_form_is_judged() -> None:
    kinds = [requirement.kind for requirement in requirements_of(NEED) if requirement.is_on_form]
    assert kinds == [
        RequirementKind.MUST_HAVE,
        RequirementKind.MUST_HAVE,
        RequirementKind.INDICATOR,
        RequirementKind.BUDGET,
        RequirementKind.DEADLINE,
        RequirementKind.MATURITY,
    ]
    found = verdicts(NEED, LACQUER)
    assert found["须为水性体系"] is Verdict.UNMET
    assert found["具有儿童家具用漆认证"] is Verdict.UNMET
    assert found["VOC含量 ≤ 30 g/L"] is Verdict.UNMET
    assert found["预算不超过5 万元"] is Verdict.UNMET
    assert [value for text, value in found.items() if text.startswith("成熟度")] == [Verdict.UNMET]
    assert [value for text, value in found.items() if text.startswith("2027")] == [Verdict.UNKNOWN]


def test_running_text_asks_and_answers() -> None:
    prose = [requirement for requirement in requirements_of(NEED) if not requirement.is_on_form]
    assert [requirement.kind for requirement in prose] == [RequirementKind.NICE_TO_HAVE, RequirementKind.INDICATOR]
    assert not any(requirement.is_hard for requirement in prose)
    for requirement in prose:
        assert requirement.span is not None
        assert NEED.problem[requirement.span.start : requirement.span.end] == requirement.text
    assert verdicts(NEED, LACQUER)["固含量不低于35%"] is Verdict.MET


@pytest.mark.parametrize(
    ("price", "mode", "verdict"),
    [
        (4_000_000, None, Verdict.MET),
        (5_000_001, None, Verdict.UNMET),
        (None, None, Verdict.UNKNOWN),
        (9_000_000, PriceMode.NEGOTIABLE, Verdict.UNKNOWN),
    ],
)
def test_the_budget(price: int | None, mode: PriceMode | None, verdict: Verdict) -> None:
    achievement = AchievementFields(title="水性漆", price_fen=price, price_mode=mode)
    assert verdicts(NEED, achievement)["预算不超过5 万元"] is verdict


def test_the_deciding_words_are_highlighted() -> None:
    found = judgements(requirements_of(NEED), evidence_of(LACQUER))
    must_have: Judgement = found[1]
    assert must_have.span is not None
    assert must_have.span.field == "summary"
    assert LACQUER.summary[must_have.span.start : must_have.span.end] == "未做儿童家具用漆认证"
    indicator = found[2]
    assert indicator.words == "VOC含量=0.42kg/L"
    assert "不符合" in indicator.sentence


def test_what_is_not_said_becomes_a_question() -> None:
    found = judgements(requirements_of(NEED), evidence_of(AchievementFields(title="木器漆")))
    assert {judgement.verdict for judgement in found} == {Verdict.UNKNOWN}
    assert all("？" in judgement.question for judgement in found)


def test_other_names_are_found_by_meaning_where_a_model_is_given() -> None:
    need = NeedFields(
        title="浮选药剂", key_indicators=[Indicator(name="捕收效能", operator=Operator.AT_LEAST, target="80", unit="%")]
    )
    achievement = AchievementFields(
        title="捕收剂", indicators=[AchievedIndicator(name="集矿能力", value="85", unit="%")]
    )
    requirements, evidence = requirements_of(need), evidence_of(achievement)
    assert judgements(requirements, evidence)[0].verdict is Verdict.UNKNOWN
    assert judgements(requirements, evidence, lambda one, other: 0.95)[0].verdict is Verdict.MET


def calls(text: str) -> int:
    """How many function calls it takes to read and judge a record with this text."""
    profile = cProfile.Profile()
    need = NeedFields(title="需求", description=text, must_have=["不得使用有机溶剂", "无人值守"])
    achievement = AchievementFields(title="成果", summary=text[:5000], principle=text[5000:10000])
    profile.enable()
    judgements(requirements_of(need), evidence_of(achievement))
    profile.disable()
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "piece",
    ["强度12MPa，不含溶剂，", "不", "1", "每", "12MPa到", "由", "半", "除不无", "a1-", "须人工", "甲苯、", "万", "（"],
)
def test_work_grows_no_faster_than_the_text(piece: str) -> None:
    short, long = calls(piece * (800 // len(piece))), calls(piece * (8000 // len(piece)))
    # Ten times the text, and the fixed cost of a record: never more than a little above ten times the work.
    assert long <= 13 * short
