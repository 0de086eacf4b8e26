"""Quantities per something named before them: `每立方米10毫克`, `每公斤制造成本3.6元`, `吨水费用2.6元`, `每处理1万吨水的费用为1.8万元`."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from matchmaker.matching.requirements.units import NO_UNIT, Unit, per, unit_at, unit_of

if TYPE_CHECKING:
    from matchmaker.matching.requirements.quantities import Quantity

# 吨水费用, 吨钢电耗, 亩均用水: the name says per what.
_PER_IN_NAME = re.compile(
    r"(?<![\d万千百])(?P<unit>吨|亩)(?:均|[\u4e00-\u9fff]{1,2})?(?:处理|运行|生产|加工|综合|直接|治理|总)?(?:电耗|成本|费用|水耗|汽耗|能耗|耗电|耗水|费|药剂费|用水|投入|增收|施肥|用药)"
)
# Words between 每 and the unit: 每处理一吨, 每万吨.
_SIZES = {"万": 1e4, "千": 1e3, "百": 1e2, "处理": 1.0, "生产": 1.0, "加工": 1.0, "处理一": 1.0, "生产一": 1.0, "": 1.0}


def rate_of(text: str, quantity: "Quantity", earlier: "Quantity | None") -> tuple[Unit, float] | None:
    """Per which unit, and per how many of it, the words before a quantity state it; None where they do not."""
    if "/" in quantity.unit.text or "每" in quantity.unit.text:
        return None
    phrase = text[quantity.name_start : quantity.start]
    place = phrase.rfind("每")
    if place < 0:
        named = _PER_IN_NAME.search(phrase)
        unit = unit_of(named["unit"]) if named and quantity.unit.dimensions else None
        return (unit, 1.0) if unit else None
    begin = quantity.name_start + place + 1
    begin += text.startswith("一", begin)
    if earlier is not None and begin <= earlier.start < quantity.start and earlier.unit is not NO_UNIT:
        if earlier.start - begin <= 4 and earlier.is_exact and earlier.low > 0:
            return earlier.unit, earlier.low / earlier.unit.factor
        return None
    for skipped in range(4):
        size = _SIZES.get(text[begin : begin + skipped])
        following = unit_at(text, begin + skipped) if size else None
        if size and following is not None:
            unit, end = following
            if text.startswith("开尔文", end):
                unit = Unit(unit.text, unit.factor, (("K", 1), *unit.dimensions))
            return unit, size
    return None


def divided(quantity: "Quantity", base: Unit, amount: float) -> "Quantity":
    """The quantity per one base unit of what it was stated for `amount` units of."""
    unit = per(quantity.unit, base)
    size = base.factor * amount
    origin = None if quantity.origin is None else quantity.origin / size
    return replace(quantity, low=quantity.low / size, high=quantity.high / size, unit=unit, origin=origin)
