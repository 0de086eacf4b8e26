"""A requirement with a number against the numbers an achievement states."""

import math
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from matchmaker.matching.requirements.characters import plain
from matchmaker.matching.requirements.evidence import Evidence, Measurement
from matchmaker.matching.requirements.lexicon import complements, parts_of_whole
from matchmaker.matching.requirements.names import (
    QuantityName,
    Similarity,
    quantity_name,
    rest_in_phrase,
    same_conditions,
    same_quantity,
)
from matchmaker.matching.requirements.quantities import Quantity
from matchmaker.matching.requirements.requirements import Requirement, RequirementKind
from matchmaker.matching.requirements.statements import Standing, is_denied
from matchmaker.matching.requirements.units import NO_UNIT, Unit, per
from matchmaker.models.match import Span, Verdict

# A requested range is to be covered by what a device can do, but a result has to lie inside it.
_CAPABILITY = re.compile(
    r"适配|适用|范围|可调|调节|量程|规格|可生产|幅宽|宽度|管径|口径|直径|输入电压|工作温度|使用温度|环境温度|运行温度|覆盖|兼容|可加工|适应|测距|加工长度|加工厚度|可处理|工况"
)
_TOLERANCE = re.compile(r"公差|偏差|误差|精度")
# How far something can go: of a range the upper end answers “at least”.
_REACH = frozenset(
    {"处理量", "产能", "检测速度", "生产速度", "作业效率", "行驶速度", "载重", "流量", "扬程", "功率", "测量范围", "通信距离", "幅宽", "速度", "转速", "容量", "压力", "制冷量", "续航里程", "耐温", "工作温度", "带宽", "并发数", "使用寿命", "保质期"}
)  # fmt: skip
# Of a difference of temperatures no zero point is taken.
_DIFFERENCE = re.compile(r"误差|精度|温差|波动|均匀|温升|偏差|分辨率|漂移|降温|升温幅度")
_ROUNDING = 1e-9
# Months and years are rounded: three months are 90 days.
_CALENDAR = 0.02
# Hours a day are not known: hours of running are not years of life.
_LIVES = frozenset({"使用寿命", "平均无故障时间", "连续运行时间", "循环寿命"})
_DAY = 86400.0
_PROMISES = frozenset({"交付周期", "售后响应", "安装时间", "质保期", "售价", "停机时间"})
# 度 is a degree, of electricity a kilowatt-hour.
_KWH = Unit("kWh", 3.6e6, (("kg", 1), ("m", 2), ("s", -2)))
_PIECE = Unit("件", 1.0, (("piece", 1),))
_ELECTRICITY = frozenset({"电耗", "能耗"})
_WATER = re.compile(r"水|废液|污泥浆|渗滤液|尾液")
_AGREED_LATER = re.compile(r"协商|视[^，。]{0,16}(?:而定|确定)|面议|另行|待定|商定")
# Vickers hardness → Rockwell C (ISO 18265, table A.1, low-alloy steel); between two rows linear.
_HV_HRC = ((240, 20.3), (300, 29.8), (350, 35.5), (400, 40.8), (450, 45.3), (500, 49.1), (550, 52.3), (600, 55.2), (650, 57.8), (700, 60.1), (750, 62.2), (800, 64.0), (900, 67.0), (940, 68.0))  # fmt: skip
# Materials differ: a converted hardness nearer than this to the limit decides nothing.
_HARDNESS_DOUBT = 2.0


def judged_by_number(
    requirement: Requirement, evidence: Evidence, similarity: Similarity | None = None
) -> tuple[Verdict, Span | None, str]:
    """The verdict, the place of the deciding number in the achievement, and its words."""
    wanted, name = requirement.quantity, requirement.name
    if wanted is None or name is None:
        return Verdict.UNKNOWN, None, ""
    found: list[tuple[int, Verdict, Measurement]] = []
    for measurement in evidence.measurements:
        if measurement.standing is not Standing.STATED:
            continue
        verdict = _verdict(requirement, wanted, name, measurement, similarity)
        if verdict is not None:
            rank = (
                4 * rest_in_phrase(name, measurement.context)
                + 2 * measurement.is_on_form
                + (measurement.name.alternatives == name.alternatives)
            )
            found.append((rank, verdict, measurement))
    if not found:
        return _by_share(requirement, evidence)
    best = max(rank for rank, _, _ in found)
    verdicts = {verdict for rank, verdict, _ in found if rank == best}
    if len(verdicts) != 1:
        return Verdict.UNKNOWN, None, ""
    verdict = verdicts.pop()
    measurement = next(stated for rank, _, stated in found if rank == best)
    return verdict, Span(field=measurement.field, start=measurement.start, end=measurement.end), measurement.words


# 焊缝强度不低于母材的85%, 年运维费不超过采购价的5%: a share of something else that the achievement states, too.
_SHARE_OF_OTHER = re.compile(
    r"^(?P<thing>[^，。；]{2,20}?)(?:不低于|不少于|不超过|不高于|不大于|≥|≤|达到|低于|高于)(?P<base>[^\d，。；]{1,12})的\d"
)


def _by_share(requirement: Requirement, evidence: Evidence) -> tuple[Verdict, Span | None, str]:
    """The verdict on a share of something else, where both are stated."""
    match = _SHARE_OF_OTHER.match(plain(requirement.text))
    wanted = requirement.quantity
    if match is None or wanted is None or wanted.unit.dimensions:
        return Verdict.UNKNOWN, None, ""
    thing, base = quantity_name(match["thing"]), quantity_name(match["base"])
    if not thing.head:
        return Verdict.UNKNOWN, None, ""
    stated = [one for one in evidence.measurements if one.standing is Standing.STATED and one.quantity.is_exact]
    head = base.head or thing.head
    bases = [one for one in stated if one.name.head == head and match["base"] in one.context.phrase]
    things = [one for one in stated if one.name.head == thing.head and one not in bases]
    if (
        len(bases) != 1
        or len(things) != 1
        or not bases[0].quantity.low
        or not things[0].quantity.unit.comparable(bases[0].quantity.unit)
    ):
        return Verdict.UNKNOWN, None, ""
    share = things[0].quantity.low / bases[0].quantity.low
    offered = replace(things[0].quantity, low=share, high=share, unit=Unit("%", 0.01))
    measurement = things[0]
    span = Span(field=measurement.field, start=measurement.start, end=measurement.end)
    return _within(wanted, offered, _ROUNDING), span, measurement.words


def _verdict(
    requirement: Requirement,
    wanted: Quantity,
    name: QuantityName,
    measurement: Measurement,
    similarity: Similarity | None,
) -> Verdict | None:
    """The verdict of one stated number; None where it is of another quantity, object or condition."""
    for stated in _readings(wanted, name, measurement):
        offered = stated.quantity
        if not offered.unit.comparable(wanted.unit) and not (stated.is_on_form and offered.unit is NO_UNIT):
            continue
        # A bare number of running text is none of a quantity in per cent.
        if offered.unit is NO_UNIT and not stated.is_on_form and wanted.unit is not NO_UNIT:
            continue
        if name.head in _LIVES and (wanted.unit.factor < _DAY) != (offered.unit.factor < _DAY):
            continue
        if not same_quantity(name, stated.name, stated.context, similarity) and name.head not in stated.other_heads:
            continue
        if same_conditions(name, stated.around + stated.name.conditions) is not True:
            continue
        if name.head == "交付周期" and _AGREED_LATER.search(stated.context.sentence):
            continue
        if requirement.kind is not RequirementKind.INDICATOR and _denied(stated):
            continue
        verdict = compared(wanted, offered, name, requirement.text)
        if verdict is Verdict.MET and _leaves_out(requirement.text, stated.context.sentence):
            verdict = Verdict.UNKNOWN
        if (
            verdict is Verdict.MET
            and name.head == "售价"
            and _ONE.search(stated.context.phrase)
            and _ALL.search(requirement.text)
        ):
            verdict = Verdict.UNKNOWN
        return None if verdict is Verdict.UNKNOWN and stated is not measurement else verdict
    return _of_part(wanted, name, measurement)


# What one piece costs says nothing of a whole project, unless it is too much already.
_ONE = re.compile(r"单台|单机|每台|单套|每套|单个|单件|每件|每个|台价|单价|/台|/套|/件")
_ALL = re.compile(r"总|预算|项目|合计|全部|整体|整线|工程")
_INCLUDED = re.compile(r"含([^，。;；、)(]{2,8})")
_LEFT_OUT = re.compile(r"不含|不包括|不包含|另计|除外|未含|另算|另收")


def _leaves_out(text: str, sentence: str) -> bool:
    """Does the requirement include something (含安装调试) that the achievement leaves out?"""
    return bool(_INCLUDED.search(text) and _LEFT_OUT.search(sentence) and not _LEFT_OUT.search(text))


def _denied(stated: Measurement) -> bool:
    """Does the clause deny what it says beside the number? (含盐3.5%的废水无法处理)"""
    if stated.is_on_form:
        return False
    phrase = stated.context.phrase
    return is_denied(phrase)


def _readings(wanted: Quantity, name: QuantityName, measurement: Measurement) -> Iterator[Measurement]:
    """The stated number as it is, and what follows from it: a change from its two ends, the complement of a rate,
    another scale of hardness, water's volume from its mass."""
    yield measurement
    offered, stated = measurement.quantity, measurement.name
    if name.change and not stated.change and offered.origin and offered.is_exact:
        change = name.change * (offered.low - offered.origin) / offered.origin
        yield _with(
            measurement,
            replace(stated, change=name.change),
            Quantity(change, change, Unit("%", 0.01), offered.start, offered.end),
        )
    if name.change and stated.change and offered.unit.text == "倍" and not wanted.unit.dimensions:
        yield _with(measurement, stated, replace(offered, unit=Unit("%", 0.01)))
    if wanted.unit.text == "倍" and not name.change and stated.change > 0 and not offered.unit.dimensions:
        times = replace(offered, low=1 + offered.low, high=1 + offered.high, unit=wanted.unit)
        yield _with(measurement, replace(stated, change=0), times)
    if name.head and complements().get(name.head) == stated.head and not offered.unit.dimensions and not stated.change:
        yield _with(measurement, replace(stated, head=name.head), _turned(offered))
    if (
        {wanted.unit.text, offered.unit.text} == {"HRC", "HV"}
        and offered.is_exact
        and (hardness := _hardness(wanted, offered))
    ):
        yield _with(measurement, stated, hardness)
    if offered.unit.dimensions and dict(offered.unit.dimensions).get("degree") == 1 and name.head in _ELECTRICITY:
        kinds = dict(_KWH.dimensions)
        for kind, power in offered.unit.dimensions:
            if kind != "degree":
                kinds[kind] = kinds.get(kind, 0) + power
        factor = _KWH.factor
        unit = Unit(
            offered.unit.text,
            offered.unit.factor * factor,
            tuple(sorted((kind, power) for kind, power in kinds.items() if power)),
        )
        yield _with(
            measurement, stated, replace(offered, low=offered.low * factor, high=offered.high * factor, unit=unit)
        )
    if (
        offered.unit.dimensions
        and per(offered.unit, _PIECE).comparable(wanted.unit)
        and _ONE.search(measurement.context.phrase)
    ):
        yield _with(measurement, stated, replace(offered, unit=per(offered.unit, _PIECE)))
    if (share := _per_capacity(wanted, offered, measurement)) is not None:
        yield _with(measurement, stated, share)
    if (water := _as_water(wanted, offered, measurement)) is not None:
        yield _with(measurement, stated, water)


def _with(measurement: Measurement, name: QuantityName, quantity: Quantity) -> Measurement:
    return replace(measurement, name=name, quantity=quantity)


def _turned(quantity: Quantity) -> Quantity:
    return replace(
        quantity, low=1 - quantity.high, high=1 - quantity.low, low_open=quantity.high_open, high_open=quantity.low_open
    )


def _hardness(wanted: Quantity, offered: Quantity) -> Quantity | None:
    rows = [(vickers, rockwell) for vickers, rockwell in _HV_HRC]
    source, target = (0, 1) if offered.unit.text == "HV" else (1, 0)
    value = offered.low
    for lower, upper in pairwise(rows):
        if lower[source] <= value <= upper[source]:
            share = (value - lower[source]) / (upper[source] - lower[source])
            converted = lower[target] + share * (upper[target] - lower[target])
            doubt = _HARDNESS_DOUBT * (1 if target else 12)
            return replace(offered, low=converted - doubt, high=converted + doubt, unit=wanted.unit, is_about=True)
    return None


_CAPACITY = re.compile(r"产|处理|规模|能力")


def _per_capacity(wanted: Quantity, offered: Quantity, measurement: Measurement) -> Quantity | None:
    """年产1万吨的生产线投资950万元: what one tonne of capacity costs."""
    if not offered.is_exact or len(wanted.unit.dimensions) < 2:
        return None
    for other in measurement.around:
        if other.is_exact and other.low > 0 and _CAPACITY.search(other.name) and not other.change:
            unit = per(offered.unit, other.unit)
            if unit.comparable(wanted.unit):
                value = offered.low / other.low
                return replace(offered, low=value, high=value, unit=unit)
    return None


def _as_water(wanted: Quantity, offered: Quantity, measurement: Measurement) -> Quantity | None:
    """Tonnes of water for cubic metres: only where the text speaks of water."""
    mass, volume = dict(wanted.unit.dimensions), dict(offered.unit.dimensions)
    power = mass.pop("kg", 0)
    other = volume.pop("kg", 0)
    if (power == 0) == (other == 0) or not _WATER.search(measurement.context.sentence):
        return None
    rest_wanted = {key: value for key, value in mass.items() if key != "m"}
    rest_offered = {key: value for key, value in volume.items() if key != "m"}
    if rest_wanted != rest_offered or abs(mass.get("m", 0) - volume.get("m", 0)) != 3:
        return None
    factor = 1000.0 ** (power - other)
    return replace(
        offered,
        low=offered.low * factor,
        high=offered.high * factor,
        unit=Unit(wanted.unit.text, wanted.unit.factor, wanted.unit.dimensions),
    )


def _of_part(wanted: Quantity, name: QuantityName, measurement: Measurement) -> Verdict | None:
    """A part that is above the limit breaks the limit of the whole (氨氮 12, 总氮 ≤ 10); below it, it says nothing."""
    parts = parts_of_whole().get(name.head, frozenset())
    offered = measurement.quantity
    if measurement.name.head not in parts or not offered.unit.comparable(wanted.unit) or measurement.name.change:
        return None
    same = replace(measurement.name, head=name.head, alternatives={})
    if not same_quantity(replace(name, alternatives={}), same, measurement.context):
        return None
    return Verdict.UNMET if offered.low > wanted.high else None


def compared(wanted: Quantity, offered: Quantity, name: QuantityName, text: str = "") -> Verdict:
    """Does what is offered lie within what is wanted? UNKNOWN where the offered bounds leave both open."""
    if wanted.unit.text == "IP" and wanted.is_exact and offered.is_exact:
        pairs = zip(f"{wanted.low:02.0f}", f"{offered.low:02.0f}", strict=False)
        return Verdict.MET if all(have >= need for need, have in pairs) else Verdict.UNMET
    if _DIFFERENCE.search(name.text):
        wanted, offered = _without_zero(wanted), _without_zero(offered)
    if name.head in _PROMISES and offered.is_exact is False and not offered.is_range:
        # 24小时内到场 promises no more than 24 hours; that it may be sooner is no promise.
        bound = offered.high if math.isfinite(offered.high) else offered.low
        offered = replace(offered, low=bound, high=bound, low_open=False, high_open=False)
    slack = _slack(wanted, offered)
    if (
        wanted.is_spread
        or offered.is_spread
        or (offered.is_exact and wanted.low == -wanted.high and _TOLERANCE.search(name.text))
    ):
        size = abs(offered.high) if math.isfinite(offered.high) else math.inf
        return Verdict.MET if size <= wanted.high + slack else Verdict.UNMET
    can_do = bool(_CAPABILITY.search(f"{name.text} {text}")) and "±" not in text
    if wanted.is_range and can_do:
        if offered.is_range:
            covers = offered.low <= wanted.low + slack and offered.high >= wanted.high - slack
            return Verdict.MET if covers else Verdict.UNMET
        if offered.is_exact:
            return Verdict.UNKNOWN if wanted.low <= offered.low <= wanted.high else Verdict.UNMET
    if offered.is_range and name.head in _REACH and math.isinf(wanted.high):
        return Verdict.MET if offered.high >= wanted.low - slack else Verdict.UNMET
    return _within(wanted, offered, slack)


def _within(wanted: Quantity, offered: Quantity, slack: float) -> Verdict:
    low, high = wanted.low - slack, wanted.high + slack
    if offered.low >= low and offered.high <= high and not _touches_open(wanted, offered):
        return Verdict.MET
    if offered.high < low or offered.low > high or (offered.is_exact and _touches_open(wanted, offered)):
        return Verdict.UNMET
    # A result that is stated from … to … and leaves what is wanted on one side does not keep it.
    if offered.is_range and not offered.is_about:
        return Verdict.UNMET
    return Verdict.UNKNOWN


def _without_zero(quantity: Quantity) -> Quantity:
    if not quantity.unit.offset or quantity.is_spread:
        return quantity
    offset = quantity.unit.offset
    return replace(quantity, low=quantity.low - offset, high=quantity.high - offset)


def _slack(wanted: Quantity, offered: Quantity) -> float:
    bounds = (wanted.low, wanted.high, offered.low, offered.high)
    size = max((abs(bound) for bound in bounds if math.isfinite(bound)), default=0.0)
    calendar = wanted.unit.is_calendar and offered.unit.is_calendar and wanted.unit.factor != offered.unit.factor
    exact = wanted.is_exact and not wanted.is_range
    return size * (_CALENDAR if calendar else 0.005 if exact else _ROUNDING)


def _touches_open(wanted: Quantity, offered: Quantity) -> bool:
    """Does the offered value lie exactly on a bound that is left out (< 5, offered 5)?"""
    near = 1e-9 * max((abs(bound) for bound in (offered.low, offered.high) if math.isfinite(bound)), default=0.0)
    if wanted.low_open and abs(offered.low - wanted.low) <= near and not offered.low_open:
        return True
    return wanted.high_open and abs(offered.high - wanted.high) <= near and not offered.high_open
