"""Quantities in a form field or in running text: number, unit, operator, name, conditions, and the words they stand in.

`出水COD由120mg/L降到28mg/L以下` gives one quantity: below 28 mg/L, coming from 120 mg/L, called 出水COD.
"""

import math
import re
from dataclasses import dataclass, replace

from matchmaker.matching.requirements.amounts import Amount, amounts_of
from matchmaker.matching.requirements.characters import plain
from matchmaker.matching.requirements.operators import change_before, joins_a_change, operator_after, operator_before
from matchmaker.matching.requirements.rates import divided, rate_of
from matchmaker.matching.requirements.units import NO_UNIT, Unit, unit_of


@dataclass(frozen=True)
class Quantity:
    """What a text says about one number.

    `low` and `high` bound the value in base units of `unit` (equal for an exact value, infinite where nothing is
    said), `low_open`/`high_open` leave the bound itself out. `change` is +1 or −1 for a rise or fall by that much
    (提高3个百分点), 0 for a level. `origin` is where it came from (由120降到28). `is_spread` marks a tolerance (±0.02).
    `start`, `end` are the characters of the number with its operator and unit; `name_start` where its phrase begins.
    """

    low: float
    high: float
    unit: Unit
    start: int
    end: int
    name: str = ""
    name_start: int = 0
    low_open: bool = False
    high_open: bool = False
    is_about: bool = False
    is_range: bool = False
    is_spread: bool = False
    change: int = 0
    origin: float | None = None
    has_operator: bool = False
    trailing: str = ""

    @property
    def is_exact(self) -> bool:
        return self.low == self.high


_RANGE_SIGN = re.compile(r"\s?(?:~|-{1,2}|—{1,2}|至|到|…|\.\.\.|－)\s?[+-]?")
_SPREAD = re.compile(r"\s?(?:±|\+/-|\+-|正负)\s?")
# A phrase ends here; a comma between digits does not (it was read with the number).
_STOPS = "，。；、！!?\n,;"
_LONGEST_PHRASE = 40
_TRAILING = 16


def quantities_of(text: str) -> tuple[Quantity, ...]:
    """Every quantity of a text, in order, with its name, operator and conditions. Linear in the length of the text."""
    return quantities_in(plain(text))


def quantities_in(written: str) -> tuple[Quantity, ...]:
    """`quantities_of` of a text that is written plainly already."""
    amounts = amounts_of(written)
    quantities: list[Quantity] = []
    index = 0
    while index < len(amounts):
        quantity, used = _joined(written, amounts, index)
        quantity = _named(written, quantity)
        earlier = quantities[-1] if quantities else None
        if earlier is not None and _are_ends(written, earlier, quantity, amounts[index].start):
            quantities[-1] = _changed(earlier, quantity)
        else:
            quantities.append(quantity)
        index += used
    return tuple(
        _as_rate(written, quantity, quantities[place - 1] if place else None)
        for place, quantity in enumerate(quantities)
    )


def _joined(text: str, amounts: list[Amount], index: int) -> tuple[Quantity, int]:
    """The quantity that starts with the amount at `index`, and how many amounts it takes: ranges and ± take two."""
    first = _signed(text, amounts[index])
    before = text[max(0, first.start - 4) : first.start]
    spread = _SPREAD.search(before)
    if spread and spread.end() == len(before):
        size = abs(first.value * first.unit.factor)
        start = first.start - len(before) + spread.start()
        return Quantity(-size, size, first.unit, start, first.end, is_spread=True), 1
    if index + 1 < len(amounts):
        second = amounts[index + 1]
        between = text[first.end : second.start]
        if _SPREAD.fullmatch(between):
            return _around(first, second), 2
        if len(between) <= 5 and _RANGE_SIGN.fullmatch(between):
            joined = _range(text, first, second, between)
            if joined is not None:
                return joined, 2
    return _bounded(text, first), 1


def _signed(text: str, amount: Amount) -> Amount:
    """The amount with the minus before it, if that is one (-20℃, 零下20℃) and no dash (A-20)."""
    start = amount.start
    if start and text[start - 1] == "-":
        before = text[start - 2] if start >= 2 else ""
        if not (before in "%℃)°" or (before.isascii() and before.isalnum())) or not before:
            return Amount(-amount.value, amount.unit, start - 1, amount.end)
    for word in ("零下", "负"):
        if text.endswith(word, 0, start):
            return Amount(-amount.value, amount.unit, start - len(word), amount.end)
    return amount


def _around(middle: Amount, width: Amount) -> Quantity:
    """50±2μm, 10mm±5%: the range around a middle."""
    unit = middle.unit if middle.unit is not NO_UNIT else width.unit
    spread_unit = width.unit if width.unit is not NO_UNIT else unit
    value = middle.value * unit.factor + unit.offset
    size = width.value * spread_unit.factor
    if spread_unit.text == "%" and unit.dimensions:
        size = abs(value) * width.value / 100
    return Quantity(value - size, value + size, unit, middle.start, width.end, is_range=True)


def _range(text: str, first: Amount, second: Amount, between: str) -> Quantity | None:
    """3~6分钟, 2米至4米; None where the two are no range: other units, or the ends of a change (从90%到95%)."""
    unit = second.unit if second.unit is not NO_UNIT else first.unit
    if first.unit is not NO_UNIT and not first.unit.comparable(unit):
        return None
    if between.strip() in {"到", "至"} and text[max(0, first.start - 1) : first.start] in {"由", "从", "自"}:
        return None
    lower = unit if first.unit is NO_UNIT or (first.unit.text in {"亿", "万"} and unit.dimensions) else first.unit
    sign = -1.0 if between.endswith("-") and len(between.strip()) > 1 else 1.0
    ends = (first.value * lower.factor + lower.offset, sign * second.value * unit.factor + unit.offset)
    return Quantity(min(ends), max(ends), unit, first.start, second.end, is_range=True)


def _bounded(text: str, amount: Amount) -> Quantity:
    """A single amount with the operator before or after it."""
    before, start = operator_before(text, amount.start)
    after, end = operator_after(text, amount.end)
    value = amount.value * amount.unit.factor + amount.unit.offset
    sign = after if after in {">=", "<="} and before in {"", "=", "≈"} else before or after
    return with_operator(Quantity(value, value, amount.unit, start, end if after else amount.end), sign)


def _named(text: str, quantity: Quantity) -> Quantity:
    """The quantity with the phrase before it and the change that phrase makes of it."""
    begin = quantity.start
    least = max(0, begin - _LONGEST_PHRASE)
    while begin > least and text[begin - 1] not in _STOPS:
        begin -= 1
    phrase = text[begin : quantity.start]
    trailing = text[quantity.end : quantity.end + _TRAILING]
    if text.startswith("翻", quantity.start):
        return replace(quantity, name=phrase.strip(), name_start=begin, change=1, high=math.inf, trailing=trailing)
    change = 0 if quantity.unit is NO_UNIT else change_before(phrase)
    return replace(quantity, name=phrase.strip(), name_start=begin, change=change, trailing=trailing)


def _are_ends(text: str, earlier: Quantity, later: Quantity, number: int) -> bool:
    """Are the two the ends of one change? `number` is where the later one's digits begin, behind its operator."""
    return earlier.end <= number and joins_a_change(
        text[earlier.end : number], text[max(0, earlier.start - 4) : earlier.start]
    )


def _changed(earlier: Quantity, later: Quantity) -> Quantity:
    unit = later.unit if later.unit is not NO_UNIT else earlier.unit
    origin = earlier.low if earlier.low > -math.inf else earlier.high
    return replace(
        later,
        name=earlier.name,
        name_start=earlier.name_start,
        start=earlier.start,
        change=0,
        origin=origin if earlier.unit.comparable(unit) else None,
    )


def _as_rate(text: str, quantity: Quantity, earlier: Quantity | None) -> Quantity:
    rate = rate_of(text, quantity, earlier)
    if rate is None:
        return quantity
    place = text.rfind("每", quantity.name_start, quantity.start)
    # 低于每立方米10毫克: the operator stands before the unit.
    if quantity.is_exact and place >= 0 and quantity.start - place <= 5:
        sign, start = operator_before(text, place)
        if sign in {">=", ">", "<=", "<"}:
            name = text[quantity.name_start : start].strip()
            quantity = replace(with_operator(quantity, sign), start=start, name=name)
    return divided(quantity, *rate)


def quantity_in(target: str, unit: str, operator: str = "") -> Quantity | None:
    """The quantity of a form field: its target (`3~6`, `±0.02`, `12±1`, `≥95`, `0.2万`), its unit, its operator sign.

    None where the target is no number or the unit is not understood.
    """
    written = plain(target).strip()
    measure = unit_of(plain(unit).strip())
    read = quantities_of(written)
    if not read:
        return None
    if measure is None:
        # A unit that is no unit (体积比) does no harm where the target says it itself.
        if read[0].unit is NO_UNIT:
            return None
        measure = NO_UNIT
    quantity = read[-1] if read[-1].origin is not None else read[0]
    if quantity.unit is NO_UNIT or quantity.unit.text in {"万", "亿"}:
        quantity = in_unit(quantity, measure)
    if quantity.is_exact and operator:
        return with_operator(quantity, operator)
    return replace(quantity, has_operator=bool(operator) or quantity.has_operator)


def in_unit(quantity: Quantity, unit: Unit) -> Quantity:
    """A bare number (or one with 万, 亿) read in a unit that stands elsewhere."""
    return replace(
        quantity,
        low=quantity.low * unit.factor + unit.offset,
        high=quantity.high * unit.factor + unit.offset,
        unit=unit,
    )


def with_operator(quantity: Quantity, operator: str) -> Quantity:
    """An exact quantity with the bounds that an operator sign gives it."""
    match operator:
        case ">=":
            return replace(quantity, high=math.inf, has_operator=True)
        case ">":
            return replace(quantity, high=math.inf, low_open=True, has_operator=True)
        case "<=":
            return replace(quantity, low=-math.inf, has_operator=True)
        case "<":
            return replace(quantity, low=-math.inf, high_open=True, has_operator=True)
        case "±":
            size = abs(quantity.high)
            return replace(quantity, low=-size, high=size, is_spread=True, has_operator=True)
        case "≈" | "~" | "约":
            return replace(quantity, is_about=True)
        case _:
            return quantity
