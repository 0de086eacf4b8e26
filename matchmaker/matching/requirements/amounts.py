"""Bare numbers with their units in a text: `1,200.5mg/L`, `百分之五`, `三成`, `半年`, `4分30秒`, `1:3`, `DN50`."""

import re
from dataclasses import dataclass, replace

from matchmaker.matching.requirements.numbers import MULTIPLIERS, arabic_at, chinese_at, share_at
from matchmaker.matching.requirements.units import NO_UNIT, Unit, per, unit_at

_TIME = (("s", 1),)
_DATE = re.compile(r"(?:19|20)\d\d$")
_DATE_DAY = frozenset({"起", "前", "底", "份", "中", "初"})
_GLUED_TO_LETTERS = re.compile(r"[A-Za-z_\-./]$")
_DIGITS = frozenset("0123456789")
_FIRST = re.compile("[0-9零〇一二两三四五六七八九十百千万半翻]")
_CHINESE = frozenset("零〇一二两三四五六七八九十百千万")
_DOUBLED = re.compile(r"翻(?:了)?(?:一)?(?:番|倍)")
_RATIO = re.compile(r"(?P<first>\d{1,4}(?:\.\d{1,3})?)\s?:\s?(?P<second>\d{1,4}(?:\.\d{1,3})?)(?!\d)")
_RATIO_UNIT = Unit(":", 1.0, (("ratio", 1),))
_PERCENT = Unit("%", 1e-2)
# What is counted in characters (三台, 两个月): other words that begin like a number (一体, 三维) are none.
_COUNTED = frozenset(
    {"s", "kg", "m", "cny", "grade", "times", "piece", "pass", "times_done", "person", "firm", "item", "kind"}
)
# 统一管理, 第一台: no number.
_BEFORE_ONE = frozenset("统唯单同第专划归合逐任某每")
_COUNTED_WORDS = frozenset({"成", "个百分点", "百分点", "度", "摄氏度", "分贝", "℃"})
# Sizes and grades whose letters stand before the number: DN50, IP67, Φ20, PN16.
_SIZES = {
    "DN": Unit("DN", 1.0, (("nominal", 1),)),
    "IP": Unit("IP", 1.0, (("protection", 1),)),
    "PN": Unit("PN", 1e5, (("kg", 1), ("m", -1), ("s", -2))),
    "Φ": Unit("mm", 1e-3, (("m", 1),)),
    "φ": Unit("mm", 1e-3, (("m", 1),)),
    "ø": Unit("mm", 1e-3, (("m", 1),)),
}


@dataclass(frozen=True)
class Amount:
    """A number with its unit: `value` in that unit, and the characters it takes."""

    value: float
    unit: Unit
    start: int
    end: int


def amounts_of(text: str) -> list[Amount]:
    """Every number of a plainly written text in order. Linear in its length."""
    amounts: list[Amount] = []
    place = 0
    while match := _FIRST.search(text, place):
        place = match.start()
        amount = _sized(text, place) or _amount_at(text, place)
        if amount is None:
            place += 1
            # The rest of a long number is no number of its own.
            while place < len(text) and text[place - 1] in _DIGITS and text[place] in _DIGITS:
                place += 1
        elif _is_in_a_name(text, place) and amount.start == place:
            # IATF16949, PM2.5, Q235
            place = amount.end if amount.unit is NO_UNIT else max(place + 1, amount.end - len(amount.unit.text))
        else:
            amounts.append(amount)
            place = amount.end
    return amounts


def _is_in_a_name(text: str, place: int) -> bool:
    return (
        place > 0
        and text[place].isascii()
        and bool(_GLUED_TO_LETTERS.match(text[place - 1]))
        and not _is_after_a_sign(text, place)
    )


def _is_after_a_sign(text: str, place: int) -> bool:
    """Is the sign before a number a minus, a dash or a stroke between values, and not part of a name?"""
    sign, before = text[place - 1], text[place - 2] if place >= 2 else ""
    in_letters = before.isascii() and before.isalpha()
    if sign == "/":
        return bool(before) and not in_letters
    if sign == "-":
        return not in_letters or _ends_with_unit(text, place - 1)
    return False


def _ends_with_unit(text: str, end: int) -> bool:
    """Do letters after a number end at `end` (`10mm-20mm`)?"""
    start = end
    while start > 0 and end - start < 6 and text[start - 1].isascii() and text[start - 1].isalpha():
        start -= 1
    return start > 0 and text[start - 1].isdigit()


def _sized(text: str, place: int) -> Amount | None:
    if not place or text[place] not in _DIGITS:
        return None
    for letters, unit in _SIZES.items():
        start = place - len(letters)
        if start < 0 or text[start:place] != letters:
            continue
        if start and text[start - 1].isascii() and text[start - 1].isalpha():
            continue
        number = arabic_at(text, place)
        if number is not None:
            return Amount(number[0], unit, start, number[1] + 2 * text.startswith("mm", number[1]))
    return None


def _amount_at(text: str, place: int) -> Amount | None:
    char = text[place]
    if char in _DIGITS:
        return _in_digits(text, place)
    if char == "翻":
        match = _DOUBLED.match(text, place)
        return Amount(100.0, _PERCENT, place, match.end()) if match else None
    if char == "半":
        following = unit_at(text, place + 1) or unit_at(text, place + 1 + text.startswith("个", place + 1))
        return (
            Amount(0.5, following[0], place, following[1]) if following and following[0].dimensions == _TIME else None
        )
    return _in_characters(text, place)


def _in_digits(text: str, place: int) -> Amount | None:
    number = arabic_at(text, place)
    if number is None:
        return None
    value, end = number
    if (ratio := _RATIO.match(text, place)) and float(ratio["second"]):
        return Amount(float(ratio["first"]) / float(ratio["second"]), _RATIO_UNIT, place, ratio.end())
    if text.startswith("个半", end) and (half := unit_at(text, end + 2)) and half[0].dimensions == _TIME:
        return Amount(value + 0.5, half[0], place, half[1])
    unit, unit_end = _unit_after(text, end)
    if unit.text == "年" and _DATE.match(text[place:end]):
        return None
    if unit.text in {"月", "日"} and end - place <= 2 and text[unit_end : unit_end + 1] in _DATE_DAY:
        return None
    return _with_rest(text, Amount(value, unit, place, unit_end))


def _in_characters(text: str, place: int) -> Amount | None:
    share = share_at(text, place)
    if share is not None:
        return Amount(share[0] * 100, _PERCENT, place, share[1])
    number = chinese_at(text, place)
    if number is None:
        return None
    value, end = number
    if place and text[place] == "一" and text[place - 1] in _BEFORE_ONE:
        return None
    following = unit_at(text, end)
    if following is not None and _is_counted(following[0]):
        return _with_rest(text, Amount(value, following[0], place, following[1]))
    if text.startswith("个半", end) and (half := unit_at(text, end + 2)) and half[0].dimensions == _TIME:
        return Amount(value + 0.5, half[0], place, half[1])
    if following is None and text[end : end + 1] in {"多", "余"} and (unit := unit_at(text, end + 1)):
        return Amount(value, unit[0], place, unit[1])
    return None


def _is_counted(unit: Unit) -> bool:
    return (
        unit.text in _COUNTED_WORDS
        or "/" in unit.text
        or (len(unit.dimensions) == 1 and unit.dimensions[0][0] in _COUNTED)
    )


def _unit_after(text: str, place: int) -> tuple[Unit, int]:
    """The unit after a number (one blank between is usual), with a 万 or 亿 before it; NO_UNIT where there is none."""
    begin = place + (text[place : place + 1] == " ")
    following = unit_at(text, begin)
    if following is not None:
        return following
    if text.startswith("/", begin) and (inverse := unit_at(text, begin + 1)):
        # 1.2×10⁻⁶/℃
        return per(NO_UNIT, inverse[0]), inverse[1]
    for word, size in MULTIPLIERS:
        if not text.startswith(word, begin):
            continue
        end = begin + len(word)
        following = unit_at(text, end + (text[end : end + 1] in {"多", "余"}))
        if following is not None:
            unit, unit_end = following
            return Unit(text[begin:unit_end], unit.factor * size, unit.dimensions), unit_end
        if word not in {"千", "百", "十"}:
            return Unit(word, size), end
    return NO_UNIT, place


def _with_rest(text: str, amount: Amount) -> Amount:
    """`4分30秒`, `2小时15分`, `一年半`, `2年6个月`: what is written in several units of time is one value."""
    if amount.unit.dimensions != _TIME:
        return amount
    seconds, end, unit = amount.value * amount.unit.factor, amount.end, amount.unit
    for _ in range(3):
        if text[end : end + 1] == "半" and text[end : end + 2] != "半导":
            return replace(amount, value=seconds / amount.unit.factor + 0.5, end=end + 1)
        number = arabic_at(text, end) if text[end : end + 1] in _DIGITS and text[end : end + 1] else None
        following = unit_at(text, number[1]) if number else None
        if not number or not following or following[0].dimensions != _TIME or following[0].factor >= unit.factor:
            break
        seconds += number[0] * following[0].factor
        unit, end = following
    return replace(amount, value=seconds / amount.unit.factor, end=end)
