"""A requirement with a number against the numbers an achievement states."""

import math
import re
from dataclasses import replace

from matchmaker.matching.requirements.evidence import Evidence, Measurement
from matchmaker.matching.requirements.names import Similarity, same_conditions, same_quantity
from matchmaker.matching.requirements.quantities import Quantity
from matchmaker.matching.requirements.requirements import Requirement
from matchmaker.matching.requirements.statements import Standing
from matchmaker.matching.requirements.units import NO_UNIT
from matchmaker.models.match import Span, Verdict

# A requested range is to be covered by what a device can do, but a result has to lie inside it.
_CAPABILITY = re.compile(
    r"适配|适用|范围|可调|调节|量程|规格|可生产|幅宽|宽度|管径|直径|输入电压|工作温度|使用温度|环境温度|运行温度|覆盖|兼容|可加工|适应|测距|粒径范围|加工长度|加工厚度|可处理"
)
_ROUNDING = 1e-9
# Months and years are rounded: three months are 90 days.
_CALENDAR = 0.02


def judged_by_number(
    requirement: Requirement, evidence: Evidence, similarity: Similarity | None = None
) -> tuple[Verdict, Span | None, str]:
    """The verdict, the place of the deciding number in the achievement, and its words."""
    wanted, name = requirement.quantity, requirement.name
    if wanted is None or name is None:
        return Verdict.UNKNOWN, None, ""
    can_do = bool(_CAPABILITY.search(f"{name.text} {requirement.text}"))
    found: list[tuple[int, Verdict, Measurement]] = []
    for measurement in evidence.measurements:
        offered = measurement.quantity
        if not offered.unit.comparable(wanted.unit) and offered.unit is not NO_UNIT:
            continue
        if measurement.standing is not Standing.STATED:
            continue
        if not same_quantity(name, measurement.name, measurement.context, similarity):
            if name.head not in measurement.other_heads:
                continue
        conditions = same_conditions(name, measurement.around + measurement.name.conditions)
        if conditions is not True:
            continue
        verdict = compared(wanted, offered, can_do=can_do)
        found.append(
            (2 * measurement.is_on_form + (measurement.name.alternatives == name.alternatives), verdict, measurement)
        )
    if not found:
        return Verdict.UNKNOWN, None, ""
    best = max(rank for rank, _, _ in found)
    verdicts = {verdict for rank, verdict, _ in found if rank == best}
    if len(verdicts) != 1:
        return Verdict.UNKNOWN, None, ""
    verdict = verdicts.pop()
    measurement = next(one for rank, _, one in found if rank == best)
    return verdict, Span(field=measurement.field, start=measurement.start, end=measurement.end), measurement.words


def compared(wanted: Quantity, offered: Quantity, *, can_do: bool = False) -> Verdict:
    """Does what is offered lie within what is wanted? UNKNOWN where the offered bounds leave both open.

    `can_do`: a wanted range is one of ability (DN50~DN200) and has to be covered.
    """
    slack = _slack(wanted, offered)
    low, high = wanted.low - slack, wanted.high + slack
    if wanted.is_spread != offered.is_spread:
        if wanted.is_spread and offered.is_exact:
            return Verdict.MET if abs(offered.high) <= wanted.high + slack else Verdict.UNMET
        if offered.is_spread and math.isinf(wanted.low) != math.isinf(wanted.high):
            offered = replace(offered, low=offered.high)
    if wanted.is_range and offered.is_range and can_do and not wanted.is_spread:
        covers = offered.low <= wanted.low + slack and offered.high >= wanted.high - slack
        return Verdict.MET if covers else Verdict.UNMET
    if can_do and wanted.is_range and offered.is_exact:
        return Verdict.UNKNOWN if low <= offered.low <= high else Verdict.UNMET
    if offered.low >= low and offered.high <= high and not _touches_open(wanted, offered):
        return Verdict.MET
    if offered.high < low or offered.low > high or _outside_open(wanted, offered):
        return Verdict.UNMET
    return Verdict.UNKNOWN


def _slack(wanted: Quantity, offered: Quantity) -> float:
    size = max(
        (abs(bound) for bound in (wanted.low, wanted.high, offered.low, offered.high) if math.isfinite(bound)),
        default=0.0,
    )
    calendar = wanted.unit.is_calendar and offered.unit.is_calendar and wanted.unit.factor != offered.unit.factor
    exact = wanted.is_exact and not wanted.is_range
    return size * (_CALENDAR if calendar else 0.005 if exact else _ROUNDING)


def _touches_open(wanted: Quantity, offered: Quantity) -> bool:
    """Does the offered value lie exactly on a bound that is left out (< 5, offered 5)?"""
    near = 1e-9 * max(
        abs(offered.low) if math.isfinite(offered.low) else 0.0,
        abs(offered.high) if math.isfinite(offered.high) else 0.0,
    )
    if wanted.low_open and abs(offered.low - wanted.low) <= near and not offered.low_open:
        return True
    return wanted.high_open and abs(offered.high - wanted.high) <= near and not offered.high_open


def _outside_open(wanted: Quantity, offered: Quantity) -> bool:
    return offered.is_exact and _touches_open(wanted, offered)
