"""The coach by better and worse pairs: whoever writes more of what helps gets more."""

from typing import Any

import pytest

from matchmaker.models.achievement import AchievementUpdate
from matchmaker.models.need import NeedUpdate
from matchmaker.models.parts import Elements
from matchmaker.posting.coach import ACHIEVEMENT_CHECKS, NEED_CHECKS, coach
from matchmaker.posting.elements import suggested_elements
from matchmaker.posting.fields import FORMS
from matchmaker.posting.measures import has_measure, plain_title

FULL_NEED: dict[str, Any] = {
    "version": 1,
    "title": "玉米秸秆托盘耐水性不足",
    "problem": "现用热压成型，托盘吸水率超过 20%，冷链运输中变形，退货率约 5%，客户已两次投诉，要求三个月内改善。",
    "key_indicators": [{"name": "吸水率", "operator": "<=", "target": "8", "unit": "%", "current": "20"}],
    "elements": dict.fromkeys(Elements.model_fields, "有"),
    "budget_negotiable": True,
    "deadline": "2027-06-30",
    "contact_name": "王工",
    "cooperation_modes": ["licence"],
    "technology_field": None,
    "city_industry": "new_materials",
}
FULL_ACHIEVEMENT: dict[str, Any] = {
    "version": 1,
    "title": "秸秆纤维耐水模塑成型技术",
    "summary": "以秸秆纤维为主料模压成型，不加塑料内衬即可用于冷链托盘。" * 3,
    "indicators": [{"name": "吸水率", "value": "6", "unit": "%", "best_existing": "15 %"}],
    "economic_comparison": "单件成本 0.32 元，现用 0.35 元",
    "maturity_level": 6,
    "maturity_evidence": "完成中试",
    "intellectual_property": [{"type": "invention_patent", "status": "granted"}],
    "price_mode": "negotiable",
    "applied_cases": "两家企业使用",
    "elements": dict.fromkeys(Elements.model_fields, "有"),
    "cooperation_modes": ["licence"],
}


def test_weights_make_a_hundred() -> None:
    assert sum(check.weight for check in NEED_CHECKS) == 100
    assert sum(check.weight for check in ACHIEVEMENT_CHECKS) == 100


def test_a_full_record_lacks_nothing() -> None:
    for found in (
        coach(NeedUpdate.model_validate(FULL_NEED)),
        coach(AchievementUpdate.model_validate(FULL_ACHIEVEMENT)),
    ):
        assert (found.score, found.findings) == (100, [])


def test_what_would_add_nothing_is_not_asked_for() -> None:
    nearly = coach(NeedUpdate.model_validate({**FULL_NEED, "problem": "字" * 39}))
    assert (nearly.score, nearly.findings) == (100, [])


@pytest.mark.parametrize("field", sorted(set(FULL_NEED) - {"version", "title", "technology_field"}))
def test_every_field_of_a_need_counts(field: str) -> None:
    poorer = coach(NeedUpdate.model_validate({name: value for name, value in FULL_NEED.items() if name != field}))
    assert poorer.score < 100
    assert poorer.findings
    assert {one.field for one in poorer.findings} <= FORMS_FIELDS


@pytest.mark.parametrize("field", sorted(set(FULL_ACHIEVEMENT) - {"version", "title"}))
def test_every_field_of_an_achievement_counts(field: str) -> None:
    left = {name: value for name, value in FULL_ACHIEVEMENT.items() if name != field}
    assert coach(AchievementUpdate.model_validate(left)).score < 100


FORMS_FIELDS = {name for form in FORMS.values() for name in form.labels}


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        ({"title": "求合作"}, {"title": "注塑件翘曲变形控制"}),
        ({"title": "急需先进技术"}, {"title": "急需解决冬季污水脱氮效率低的技术"}),
        ({"goal": "国内领先"}, {"goal": "总氮低于 10 mg/L"}),
        ({"goal": "达到 2027 标准"}, {"goal": "成本降低 15%"}),
        ({"problem": "效果不好"}, {"problem": "冬季水温低于十度时，出水总氮从每升八毫克升到二十毫克，三次被通报"}),
        ({"elements": {"material": "秸秆"}}, {"elements": {"material": "秸秆", "product": "托盘"}}),
    ],
)
def test_the_better_text_scores_more(worse: dict[str, Any], better: dict[str, Any]) -> None:
    low, high = (coach(NeedUpdate.model_validate({"version": 1, **one})).score for one in (worse, better))
    assert low < high


def test_the_most_useful_comes_first() -> None:
    points = [one.points for one in coach(NeedUpdate(version=1)).findings]
    assert points == sorted(points, reverse=True)


@pytest.mark.parametrize("text", ["8 %", "≤10mg/L", "600MPa", "3个月", "-18℃", "5 万元", "2.5倍"])
def test_a_number_with_its_unit_is_a_measure(text: str) -> None:
    assert has_measure(text)


@pytest.mark.parametrize("text", ["", "提高很多", "第 3", "2027", "国际先进"])
def test_others_are_none(text: str) -> None:
    assert not has_measure(text)


@pytest.mark.parametrize("title", ["求合作", "急需技术", "寻求先进技术合作", "短", "技术需求", "x" * 81])
def test_titles_that_say_nothing(title: str) -> None:
    assert not plain_title(title)


def test_elements_are_found_in_the_text_but_never_written_over() -> None:
    text = "以玉米秸秆为原料，采用模压工艺制备可降解托盘，降低吸水率，用于冷链包装。"
    found = suggested_elements(text, Elements())
    assert (found.material, found.efficacy, found.application) == ("玉米秸秆", "降低吸水率", "冷链包装")
    assert "模压工艺" in found.method
    assert found.product == "可降解托盘"
    assert suggested_elements(text, Elements(material="稻壳")).material == ""
    assert suggested_elements("效果不好。", Elements()) == Elements()
