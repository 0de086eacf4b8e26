"""What of a need and an achievement is compared: one function per feature, each a pure comparison of two records.

Every function returns a Finding. A value that one side did not state makes the verdict UNKNOWN and the score
None: a feature never guesses. The docstring of a feature is its description for users.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from rapidfuzz import fuzz

from matchmaker.classification import classification
from matchmaker.models.achievement import AchievementFields
from matchmaker.models.labels import MATURITY_LABELS, CooperationMode, Operator, PriceMode
from matchmaker.models.match import Gap, Verdict
from matchmaker.models.need import NeedFields
from matchmaker.models.parts import AchievedIndicator, Indicator
from matchmaker.money import in_wan


@dataclass(frozen=True)
class Finding:
    """One comparison: `score` from −1 (speaks against) to 1 (speaks for), None when unknown.

    `gap` says why a value is missing where one is.
    """

    verdict: Verdict
    score: float | None
    need_value: str = ""
    achievement_value: str = ""
    sentence: str = ""
    gap: Gap | None = None


Feature = Callable[[NeedFields, AchievementFields], Finding]


@dataclass(frozen=True)
class _Value:
    """What one side states in a field; `gap` where that is nothing."""

    text: str
    gap: Gap | None


def _value(record: NeedFields | AchievementFields, text: str, field: str) -> _Value:
    """What is hidden is empty in the shape that is compared, and is no omission of its owner's."""
    if text:
        return _Value(text, None)
    is_hidden = field in getattr(record, "hidden_fields", ())
    return _Value(text, Gap.NOT_DISCLOSED if is_hidden else Gap.NOT_STATED)


def _unknown(wanted: _Value, offered: _Value, what: str) -> Finding:
    if wanted.gap and offered.gap:
        both = wanted.gap.label if wanted.gap is offered.gap else ""
        sentence = f"双方均{both}{what}" if both else f"需求方{wanted.gap.label}、成果方{offered.gap.label}{what}"
    else:
        gap = offered.gap or wanted.gap or Gap.NOT_STATED
        sentence = f"{'成果方' if offered.gap else '需求方'}{gap.label}{what}，无法比较"
    # Of two gaps the one that a question can close is named: what is kept back may be asked for.
    hidden = Gap.NOT_DISCLOSED in (wanted.gap, offered.gap)
    gap = Gap.NOT_DISCLOSED if hidden else Gap.NOT_STATED
    return Finding(Verdict.UNKNOWN, None, wanted.text, offered.text, sentence, gap)


def technology_field(need: NeedFields, achievement: AchievementFields) -> Finding:
    """技术领域是否相同（技术合同登记的 11 类领域）。"""
    fields = classification().technology_fields
    wanted, offered = fields.label(need.technology_field), fields.label(achievement.technology_field)
    if not wanted or not offered:
        return _unknown(
            _value(need, wanted, "technology_field"), _value(achievement, offered, "technology_field"), "技术领域"
        )
    if wanted == offered:
        return Finding(Verdict.MET, 1.0, wanted, offered, f"同属“{wanted}”领域")
    return Finding(Verdict.UNMET, -0.5, wanted, offered, f"领域不同：需求为“{wanted}”，成果为“{offered}”")


def industry(need: NeedFields, achievement: AchievementFields) -> Finding:
    """应用行业是否相同：先看本市产业，再看国民经济行业大类和门类。"""
    lists = classification()
    city = lists.city.industries
    if need.city_industry and need.city_industry == achievement.city_industry:
        label = city.label(need.city_industry)
        return Finding(Verdict.MET, 1.0, label, label, f"同属本市“{label}”产业")
    wanted = need.industry_code or ""
    offered = achievement.industry_codes
    names = (
        lists.industries.label(wanted[:3]) or city.label(need.city_industry),
        "、".join(lists.industries.label(code[:3]) for code in offered) or city.label(achievement.city_industry),
    )
    if wanted and offered:
        if wanted[:3] in {code[:3] for code in offered}:
            return Finding(Verdict.MET, 1.0, *names, f"适用行业相同：{names[0]}")
        if wanted[:1] in {code[:1] for code in offered}:
            return Finding(Verdict.PARTLY, 0.0, *names, f"同属“{lists.industries.label(wanted[:1])}”，具体行业不同")
        return Finding(Verdict.UNMET, -0.5, *names, f"行业不同：{names[0]}；{names[1]}")
    if need.city_industry and achievement.city_industry:
        return Finding(Verdict.UNMET, -0.5, *names, f"产业不同：{names[0]}；{names[1]}")
    return _unknown(_value(need, names[0], "industry_code"), _value(achievement, names[1], "industry_codes"), "行业")


def maturity(need: NeedFields, achievement: AchievementFields) -> Finding:
    """成果的技术成熟度（1–9 级）是否达到需求方可接受的最低等级。"""
    wanted = f"不低于 {need.maturity_min} 级" if need.maturity_min is not None else ""
    level = achievement.maturity_level
    offered = f"{level} 级（{MATURITY_LABELS[level]}）" if level is not None else ""
    if need.maturity_min is None or level is None:
        return _unknown(
            _value(need, wanted, "maturity_min"), _value(achievement, offered, "maturity_level"), "技术成熟度"
        )
    gap = need.maturity_min - level
    if gap <= 0:
        return Finding(Verdict.MET, 1.0, wanted, offered, f"成熟度 {level} 级，达到要求的 {need.maturity_min} 级")
    if gap == 1:
        return Finding(Verdict.PARTLY, -0.2, wanted, offered, f"成熟度 {level} 级，比要求低 1 级")
    return Finding(Verdict.UNMET, -1.0, wanted, offered, f"成熟度 {level} 级，比要求低 {gap} 级")


def budget(need: NeedFields, achievement: AchievementFields) -> Finding:
    """成果报价是否在需求方预算之内；任何一方面议即为未知。"""
    low, high = need.budget_min_fen, need.budget_max_fen
    limit = high if high is not None else low
    wanted = "面议" if limit is None and need.budget_negotiable else _amounts(low, high)
    price = achievement.price_fen
    mode = achievement.price_mode.label if achievement.price_mode else ""
    offered = (
        f"{in_wan(price)}（{mode}）" if price is not None and mode else in_wan(price) if price is not None else mode
    )
    if limit is None or price is None:
        if need.budget_negotiable or achievement.price_mode is PriceMode.NEGOTIABLE:
            return Finding(Verdict.UNKNOWN, None, wanted, offered, "价格由双方面议")
        return _unknown(_value(need, wanted, "budget_max_fen"), _value(achievement, offered, "price_fen"), "金额")
    if price <= limit:
        return Finding(Verdict.MET, 1.0, wanted, offered, "报价在预算之内")
    # A fifth above the budget is what negotiation usually closes.
    if price <= limit * 1.2:
        return Finding(Verdict.PARTLY, 0.0, wanted, offered, "报价略高于预算（不超过两成），可协商")
    return Finding(Verdict.UNMET, -1.0, wanted, offered, "报价高于预算两成以上")


def _amounts(low: int | None, high: int | None) -> str:
    if low is not None and high is not None and low != high:
        return f"{in_wan(low)}–{in_wan(high)}"
    value = high if high is not None else low
    return in_wan(value) if value is not None else ""


def cooperation(need: NeedFields, achievement: AchievementFields) -> Finding:
    """双方接受的合作方式有无交集。"""
    wanted = "、".join(mode.label for mode in need.cooperation_modes)
    offered = "、".join(mode.label for mode in achievement.cooperation_modes)
    if not wanted or not offered:
        return _unknown(
            _value(need, wanted, "cooperation_modes"), _value(achievement, offered, "cooperation_modes"), "合作方式"
        )
    shared = [mode for mode in need.cooperation_modes if mode in achievement.cooperation_modes]
    named = [mode.label for mode in shared if mode is not CooperationMode.NEGOTIABLE]
    if named:
        return Finding(Verdict.MET, 1.0, wanted, offered, f"双方都接受{'、'.join(named)}")
    if CooperationMode.NEGOTIABLE in (*need.cooperation_modes, *achievement.cooperation_modes):
        return Finding(Verdict.PARTLY, 0.0, wanted, offered, "合作方式可面议")
    return Finding(Verdict.UNMET, -0.5, wanted, offered, "目前填写的合作方式没有交集")


def indicators(need: NeedFields, achievement: AchievementFields) -> Finding:
    """主要指标逐项比较：名称相近且单位相同的数值才比较，其余为未知。"""
    wanted = "；".join(one.sentence() for one in need.key_indicators)
    offered = "；".join(one.sentence() for one in achievement.indicators)
    if not wanted or not offered:
        return _unknown(_value(need, wanted, "key_indicators"), _value(achievement, offered, "indicators"), "技术指标")
    met: list[str] = []
    unmet: list[str] = []
    for one in need.key_indicators:
        for other in achievement.indicators:
            reached = _reached(one, other)
            if reached is not None:
                (met if reached else unmet).append(
                    f"{one.name}（要求 {_target(one)}，成果 {other.value} {other.unit}）"
                )
                break
    compared = len(met) + len(unmet)
    if not compared:
        return Finding(Verdict.UNKNOWN, None, wanted, offered, "双方指标名称或单位不同，需人工比较")
    words = [f"达到：{'、'.join(met)}"] if met else []
    words += [f"未达到：{'、'.join(unmet)}"] if unmet else []
    left = len(need.key_indicators) - compared
    words += [f"另有 {left} 项无法比较"] if left else []
    verdict = Verdict.MET if not unmet and not left else Verdict.UNMET if not met else Verdict.PARTLY
    return Finding(verdict, (len(met) - len(unmet)) / len(need.key_indicators), wanted, offered, "；".join(words))


_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
# Below this the names are of two different quantities (rapidfuzz ratio; 拉伸强度 / 抗拉强度 has 75).
_SAME_NAME = 74


def _target(indicator: Indicator) -> str:
    sign = {"at_least": "≥", "at_most": "≤"}.get(indicator.operator.name.lower(), "")
    return f"{sign}{indicator.target} {indicator.unit}".strip()


def _reached(wanted: Indicator, offered: AchievedIndicator) -> bool | None:
    """Does the achievement's value reach the target? None where the two cannot be compared."""
    if fuzz.ratio(wanted.name, offered.name) < _SAME_NAME or _unit(wanted.unit) != _unit(offered.unit):
        return None
    targets, values = _NUMBER.findall(wanted.target), _NUMBER.findall(offered.value)
    # A value with several numbers is a range or a condition: people read it, we do not.
    if len(values) != 1 or len(targets) != (2 if wanted.operator is Operator.RANGE else 1):
        return None
    value, target = float(values[0]), float(targets[0])
    match wanted.operator:
        case Operator.AT_LEAST:
            return value >= target
        case Operator.MORE_THAN:
            return value > target
        case Operator.AT_MOST:
            return value <= target
        case Operator.LESS_THAN:
            return value < target
        case Operator.EQUAL:
            return value == target
        case Operator.RANGE:
            return target <= value <= abs(float(targets[1]))
        case _:
            return None


def _unit(unit: str) -> str:
    return unit.strip().lower().replace("％", "%").replace("²", "2").replace("³", "3").replace("·", "")
