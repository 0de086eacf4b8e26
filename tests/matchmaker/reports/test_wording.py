"""Numbers as offices write them: the words follow from the numbers."""

from fractions import Fraction

import pytest

from matchmaker.models.contract_words import Qualifier, TargetMetric, TargetTier
from matchmaker.models.target import Target
from matchmaker.reports.targets_in_words import Comparison, given_by, growth_words, leading, mismatch_words, plan_words
from matchmaker.reports.wording import amount_words, completion_words, listed, percent, rounded_words

YI = 10_000_000_000


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (7, "7"),
        (10, "10"),
        (11, "10多"),
        (58, "近60"),
        (60, "60"),
        (126, "120多"),
        (127, "近130"),
        (998, "近1000"),
        (1000, "1000"),
        (1034, "千余"),
        (1070, "近1100"),
        (2034, "2000多"),
        (12_300, "12000多"),
    ],
)
def test_counts_in_round_words(number: int, words: str) -> None:
    assert rounded_words(number) == words


def test_round_words_are_never_more_than_a_step_off() -> None:
    for number in range(1, 20_000):
        words = rounded_words(number).replace("千余", "1000多").replace("百余", "100多")
        base = int(words.removeprefix("近").removesuffix("多"))
        step = 1 if number <= 10 else 10 if number < 1000 else 100 if number < 10_000 else 1000
        if words.startswith("近"):
            assert number < base <= number + step * 3 // 10, number
        elif words.endswith("多"):
            assert base < number < base + step, number
        else:
            assert base == number


def test_amounts_in_running_text() -> None:
    assert amount_words(244 * YI // 100) == "2.44亿元"
    assert amount_words(85_000_000_00) == "8500万元"
    assert amount_words(12 * YI) == "12亿元"
    assert amount_words(0) == "0万元"


def test_what_a_comparison_comes_to() -> None:
    assert completion_words(3, 2, is_over=True) == "超额完成"
    assert completion_words(2, 2, is_over=True) == "完成"
    assert completion_words(1, 2, is_over=True) == "未完成"
    assert completion_words(1, 2, is_over=False) == "尚未完成"
    assert completion_words(3, 2, is_over=False) == "已超额完成"


def test_names_and_shares() -> None:
    assert listed(["甲", "乙"]) == "甲、乙"
    assert listed(["甲", "乙", "丙", "丁"]) == "甲、乙、丙等"
    assert percent(Fraction(244, 180)) == "135.6%"
    assert percent(None) == "—"


def target(metric: TargetMetric = TargetMetric.CONTRACT_VALUE, value: int = 18 * YI // 10, **values: object) -> Target:
    given = {"tier": TargetTier.ASSIGNED, "region_code": "990100", "giver": "省科技厅", **values}
    return Target(source="test", source_id="1", year=2025, metric=metric, value=value, **given)


def test_the_sentence_about_the_target() -> None:
    over = Comparison(target(), 244 * YI // 100, is_over=True)
    assert over.sentence == "超额完成省科技厅下达的1.8亿元目标任务，完成率135.6%"
    assert Comparison(target(), YI, is_over=True).sentence == "未完成省科技厅下达的1.8亿元目标任务，完成率55.6%"
    assert given_by(target(tier=TargetTier.COUNCIL)) == "人大报告确定的"
    assert given_by(target(giver="")) == "上级科技主管部门下达的"
    assert given_by(target(tier=TargetTier.WORKING, giver="市科技局")) == "年度工作计划确定的"
    handed_on = target(tier=TargetTier.WORKING, giver="市科技局", region_code="990102")
    assert given_by(handed_on) == "市科技局下达的"


def test_another_metric_is_never_silently_compared() -> None:
    following = target(TargetMetric.TECHNOLOGY_VALUE, 28 * YI // 10, qualifier=Qualifier.AT_LEAST)
    notice = mismatch_words(TargetMetric.CONTRACT_VALUE, following, 244 * YI // 100)
    assert "不是同一指标" in notice
    assert "增长14.8%" in notice
    assert mismatch_words(TargetMetric.TECHNOLOGY_VALUE, following, YI) == ""
    assert "增长" not in mismatch_words(TargetMetric.CONTRACT_VALUE, following, 0)


def test_what_the_next_year_asks() -> None:
    following = target(TargetMetric.TECHNOLOGY_VALUE, 28 * YI // 10, qualifier=Qualifier.AT_LEAST)
    registered = target(TargetMetric.ACHIEVEMENTS_REGISTERED, 800, qualifier=Qualifier.AT_LEAST)
    assert plan_words([following, registered]) == "技术交易额2.8亿元以上、科技成果登记数800项以上"
    following.stated_as, registered.stated_as = "技术合同交易额突破2.8亿元。", "800项以上"
    assert plan_words([following, registered]) == "技术合同交易额突破2.8亿元、科技成果登记数800项以上"
    assert growth_words(following, 2 * YI) == "按技术交易额计，比本年实绩需增长40.0%。"
    assert "已达到" in growth_words(following, 3 * YI)
    assert "无法计算" in growth_words(following, 0)


def test_an_amount_leads_not_a_number_of_achievements() -> None:
    registered = target(TargetMetric.ACHIEVEMENTS_REGISTERED, 800)
    assert leading([registered]) is None
    amount = target()
    assert leading([registered, amount]) is amount
