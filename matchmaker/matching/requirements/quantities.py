"""Quantities in a form field or in running text: number, unit, operator, name, conditions, and the words they stand in.

`出水COD由120mg/L降到28mg/L以下` gives one quantity: below 28 mg/L, coming from 120 mg/L, called 出水COD.
"""

import math
import re
from dataclasses import dataclass, replace

from matchmaker.matching.requirements.characters import plain
from matchmaker.matching.requirements.numbers import MULTIPLIERS, arabic_at, chinese_at, share_at
from matchmaker.matching.requirements.units import NO_UNIT, Unit, per, unit_at, unit_of


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


# Longest first: the first that ends where the number begins is the one that is written.
_AT_LEAST = (
    "大于或等于",
    "大于等于",
    "不低于",
    "不少于",
    "不小于",
    "不短于",
    "不弱于",
    "不亚于",
    "不下于",
    "高于等于",
    "不低於",
    "至少为",
    "至少",
    "最少",
    "达到或超过",
    "最低为",
    "≥",
    ">=",
    "下限为",
    "at least",
    "not less than",
    "no less than",
    "minimum",
)
_MORE_THAN = (
    "大于",
    "高于",
    "超过了",
    "超过",
    "多于",
    "长于",
    "突破",
    "逾",
    "超",
    ">",
    "以上达",
    "more than",
    "over",
    "above",
    "greater than",
    "强于",
    "大於",
    "高於",
)
_AT_MOST = (
    "小于或等于",
    "小于等于",
    "不高于",
    "不超过",
    "不大于",
    "不多于",
    "不长于",
    "不超出",
    "不逾",
    "未超过",
    "低于等于",
    "没有超过",
    "不得超过",
    "不能超过",
    "至多",
    "最多",
    "最高不超过",
    "≤",
    "<=",
    "上限为",
    "最高可达",
    "最高达",
    "最高达到",
    "最大可达",
    "最多可达",
    "最高能达",
    "at most",
    "not more than",
    "no more than",
    "up to",
    "maximum",
    "within",
    "≯",
)
_LESS_THAN = (
    "小于",
    "低于",
    "少于",
    "短于",
    "不足",
    "不到",
    "未达到",
    "未到",
    "没有达到",
    "未能达到",
    "达不到",
    "<",
    "less than",
    "below",
    "under",
    "快于",
    "优于",
    "好于",
    "低於",
    "小於",
)
_ABOUT = ("大约", "约为", "约", "近", "接近", "大概", "≈", "~", "将近", "about", "approximately", "around")
_EQUAL = ("控制在", "限制在", "压到", "只需", "仅需", "降到", "降至", "等于", "达到了", "达到", "可达到", "可达", "达", "为", "是", "=", ":", "仅为", "仅", "在", "有")
_BEFORE: dict[str, str] = {
    **dict.fromkeys(_EQUAL, "="),
    **dict.fromkeys(_ABOUT, "≈"),
    **dict.fromkeys(_AT_LEAST, ">="),
    **dict.fromkeys(_MORE_THAN, ">"),
    **dict.fromkeys(_AT_MOST, "<="),
    **dict.fromkeys(_LESS_THAN, "<"),
}
_LONGEST_BEFORE = max(map(len, _BEFORE))
_AFTER: tuple[tuple[str, str], ...] = (
    ("及其以上", ">="), ("及以上", ">="), ("或以上", ">="), ("以上", ">="), ("之上", ">="), ("起", ">="), ("及以下", "<="), ("或以下", "<="), ("以下", "<="), ("之下", "<="), ("以内", "<="), ("之内", "<="), ("内", "<="), ("左右", "≈"), ("上下", "≈"), ("或更高", ">="), ("或更低", "<="), ("or more", ">="), ("or less", "<="), ("多", "≈"), ("余", "≈"),
)  # fmt: skip
_RANGE_SIGN = re.compile(r"\s?(?:~|-{1,2}|—{1,2}|至|到|…|\.\.\.|－)\s?\+?")
_SPREAD = re.compile(r"\s?(?:±|\+/-|\+-|正负)\s?")
_CHANGED = re.compile(
    r"^\s?(?:左右|以上)?(?:迅速|大幅|显著|进一步|逐步)?(?P<way>降低|下降|降|减少|减|缩短|缩|压缩|压|提高|提升|升高|上升|升|增加|增长|增至|增|延长|改善|变|优化|扩大|放大)(?:到|至|为|成|达)了?(?:约|不足|不到|低于|小于|大于|超过|高于)?\s?$"
)
_FALLS = (
    "降低",
    "下降",
    "减少",
    "缩短",
    "节约",
    "节省",
    "节能",
    "节水",
    "节电",
    "削减",
    "压缩",
    "减排",
    "减",
    "降",
    "省",
    "低",
    "缩",
    "压",
    "少",
    "短",
    "reduced by",
    "lower by",
    "reduction of",
    "降耗",
    "减薄",
    "减重",
    "减轻",
    "降本",
)
_RISES = (
    "提高",
    "提升",
    "增加",
    "增长",
    "增产",
    "延长",
    "上升",
    "升高",
    "增",
    "升",
    "高",
    "高出",
    "扩大",
    "提速",
    "增效",
    "increased by",
    "改善",
    "多",
    "长",
    "加快",
)
_CHANGE_BEFORE = re.compile(
    r"(?P<way>"
    + "|".join(sorted({*_FALLS, *_RISES}, key=len, reverse=True))
    + r")(?:了|幅度?|率)?(?:为|达到|达|至少|不低于|超过|约|近|不少于|大于|高于|≥|>|:|可达|不小于|了)?\s?$"
)
_TO = re.compile(r"(?:到|至|为|达到|达)(?:了|约|不足|不到|低于|小于|大于|超过|高于|接近)?\s?$")
_PER_BEFORE = re.compile(r"每(?:一)?")
_DATE = re.compile(r"(?:19|20)\d\d$")
# A phrase ends here; a comma between digits does not (it was read with the number).
_STOPS = "，。；、！？!?\n,;"
_NAME_MOST = 40
_FROM = ("由原来的", "从原来的", "由", "从", "自", "原来的", "原先的", "from")
_NOT_A_NUMBER_BEFORE = re.compile(r"[A-Za-z_\-./]$")


_FIRST_CHINESE = frozenset("零〇一二两三四五六七八九十百千万半翻")
_DIGITS = frozenset("0123456789")
_FIRST = re.compile("[0-9" + "".join(sorted(_FIRST_CHINESE)) + "]")


@dataclass(frozen=True)
class _Amount:
    """A bare number with its unit, as read at one place."""

    value: float
    unit: Unit
    start: int
    end: int
    is_grade: bool = False


def _unit_after(text: str, place: int) -> tuple[Unit, int]:
    """The unit after a number (one blank between is usual), with a 万 or 亿 before it; NO_UNIT where there is none."""
    begin = place + (place < len(text) and text[place] == " ")
    unit = unit_at(text, begin)
    if unit is not None and not (unit[0].text in {"m", "M"} and text[unit[1] : unit[1] + 1] == "\u4e07"):
        return unit
    for word, size in MULTIPLIERS:
        if text.startswith(word, begin):
            following = begin + len(word) + (text[begin + len(word) : begin + len(word) + 1] in {"多", "余"})
            unit = unit_at(text, following)
            if unit is not None:
                return Unit(text[begin : unit[1]], unit[0].factor * size, unit[0].dimensions, 0.0), unit[1]
            if word in {"千", "百", "十"}:
                continue
            return Unit(word, size), begin + len(word)
    return NO_UNIT, place


def _amount_at(text: str, place: int) -> _Amount | None:
    """The number with its unit that starts at `place`: `1,200.5mg/L`, `百分之五`, `三成`, `半年`, `4分30秒`."""
    char = text[place]
    if char == "翻":
        match = _DOUBLED.match(text, place)
        return _Amount(100.0, Unit("%", 1e-2), place, match.end()) if match else None
    if char.isdigit() and char.isascii():
        number = arabic_at(text, place)
        if number is None:
            return None
        value, end = number
        if (ratio := _RATIO.match(text, place)) and float(ratio["second"]):
            return _Amount(float(ratio["first"]) / float(ratio["second"]), _RATIO_UNIT, place, ratio.end())
        if text.startswith("个半", end) and (half := unit_at(text, end + 2)) and half[0].dimensions == (("s", 1),):
            return _Amount(value + 0.5, half[0], place, half[1])
        unit, unit_end = _unit_after(text, end)
        if unit.text == "年" and _DATE.match(text[place:end]):
            return None
        if (
            unit.text in {"月", "日"}
            and end - place <= 2
            and text[unit_end : unit_end + 1] in {"起", "前", "底", "份", "中", "初"}
        ):
            return None
        return _with_rest(text, _Amount(value, unit, place, unit_end))
    if char not in _FIRST_CHINESE:
        return None
    share = share_at(text, place)
    if share is not None:
        return _Amount(share[0] * 100, Unit("%", 1e-2), place, share[1])
    if char == "半":
        begin = place + 1 + text.startswith("个", place + 1)
        unit = unit_at(text, place + 1) or unit_at(text, begin)
        return _Amount(0.5, unit[0], place, unit[1]) if unit and unit[0].dimensions == (("s", 1),) else None
    number = chinese_at(text, place)
    if number is None:
        return None
    value, end = number
    unit = unit_at(text, end)
    # A character may be a number or a word (一体, 三维, 百年): only with a unit that is counted in it is it a number.
    if unit is None or not _countable(text, unit[0], unit[1]):
        # `五千元` was read whole; of `三万多元` the unit stands after a word.
        if text[end : end + 1] in {"多", "余"} and (unit := unit_at(text, end + 1)):
            return _Amount(value, unit[0], place, unit[1])
        return None
    return _with_rest(text, _Amount(value, unit[0], place, unit[1]))


_DOUBLED = re.compile(r"翻(?:了)?(?:一)?(?:番|倍)")
_RATIO = re.compile(r"(?P<first>\d{1,4}(?:\.\d{1,3})?)\s?:\s?(?P<second>\d{1,4}(?:\.\d{1,3})?)(?!\d)")
_RATIO_UNIT = Unit(":", 1.0, (("ratio", 1),))


def _countable(text: str, unit: Unit, end: int) -> bool:
    return unit.dimensions in {(("s", 1),), (("kg", 1),), (("m", 1),), (("m", 2),), (("m", 3),), (("cny", 1),), (("grade", 1),), (("times", 1),), (("piece", 1),), (("pass", 1),), (("times_done", 1),), (("person", 1),), (("firm", 1),), (("item", 1),), (("kind", 1),)} or unit.text in {
        "成", "个百分点", "百分点", "度", "摄氏度", "分贝", "℃"
    } or "/" in unit.text  # fmt: skip


def _with_rest(text: str, amount: _Amount) -> _Amount:
    """`4分30秒`, `2小时15分`, `一年半`, `1个半小时`, `2年6个月`: what is written in several units of time is one value."""
    if amount.unit.dimensions != (("s", 1),):
        if amount.unit is not NO_UNIT or not text.startswith("个半", amount.end):
            return amount
        unit = unit_at(text, amount.end + 2)
        if unit and unit[0].dimensions == (("s", 1),):
            return _Amount(amount.value + 0.5, unit[0], amount.start, unit[1])
        return amount
    seconds, end, unit = amount.value * amount.unit.factor, amount.end, amount.unit
    for _ in range(3):
        if end >= len(text):
            break
        if text[end] == "半" and text[end : end + 2] != "半导":
            return _Amount(seconds / amount.unit.factor + 0.5, amount.unit, amount.start, end + 1)
        number = arabic_at(text, end) if text[end].isascii() and text[end].isdigit() else None
        following = unit_at(text, number[1]) if number else None
        if not number or not following or following[0].dimensions != (("s", 1),) or following[0].factor >= unit.factor:
            break
        seconds += number[0] * following[0].factor
        end, unit = following[1], following[0]
    return replace_amount(amount, seconds / amount.unit.factor, end)


def replace_amount(amount: _Amount, value: float, end: int) -> _Amount:
    return _Amount(value, amount.unit, amount.start, end)


def _base(amount: _Amount, unit: Unit | None = None) -> float:
    measure = unit or amount.unit
    return amount.value * measure.factor + measure.offset


def _operator_before(text: str, place: int) -> tuple[str, int]:
    """The operator that ends at `place`, and where it starts; empty where there is none."""
    end = place
    while end > 0 and text[end - 1] == " ":
        end -= 1
    for length in range(min(_LONGEST_BEFORE, end), 0, -1):
        operator = _BEFORE.get(text[end - length : end])
        if operator is not None:
            return operator, end - length
    return "", end


def _operator_after(text: str, place: int) -> tuple[str, int]:
    begin = place
    while begin < len(text) and text[begin] == " ":
        begin += 1
    if text.startswith("(含)", begin):
        begin += 3
    for word, operator in _AFTER:
        if text.startswith(word, begin):
            if word in {"内", "多", "余", "起"} and text[begin + 1 : begin + 2] in {
                "部",
                "存",
                "径",
                "壁",
                "涂",
                "层",
                "热",
                "种",
                "项",
                "个",
                "重",
                "伏",
            }:
                continue
            return operator, begin + len(word)
    return "", place


def quantities_of(text: str) -> tuple[Quantity, ...]:
    """Every quantity of a text, in order, with its name, operator and conditions. Linear in the length of the text."""
    return quantities_in(plain(text))


def quantities_in(written: str) -> tuple[Quantity, ...]:
    """`quantities_of` of a text that is written plainly already."""
    amounts = _amounts(written)
    quantities: list[Quantity] = []
    index = 0
    boundary = 0
    while index < len(amounts):
        quantity, used = _joined(written, amounts, index)
        phrase = _phrase_start(written, quantity.start, boundary)
        quantity = _named(written, quantity, phrase)
        earlier = quantities[-1] if quantities else None
        if earlier is not None and (way := _changed(written, earlier, quantity)):
            origin = earlier.low if earlier.low > -math.inf else earlier.high
            unit = quantity.unit if quantity.unit is not NO_UNIT else earlier.unit
            quantities[-1] = replace(
                quantity,
                name=earlier.name,
                name_start=earlier.name_start,
                start=earlier.start,
                origin=origin if earlier.unit.comparable(unit) else None,
            )
            del way
        else:
            quantities.append(quantity)
        boundary = quantity.end
        index += used
    return tuple(_with_pers(written, quantities))


def _amounts(text: str) -> list[_Amount]:
    amounts: list[_Amount] = []
    place = 0
    while match := _FIRST.search(text, place):
        place = match.start()
        char = text[place]
        amount = _amount_at(text, place)
        if amount is None:
            place += 1
            # The rest of a long number is no number of its own.
            while char.isascii() and place < len(text) and text[place] in _DIGITS:
                place += 1
            continue
        if (sized := _sized(text, place)) is not None:
            amounts.append(sized)
            place = sized.end
            continue
        # A number glued to letters is a name: IATF16949, PM2.5, Q235.
        if (
            place
            and _NOT_A_NUMBER_BEFORE.match(text[place - 1])
            and char.isascii()
            and not _is_range_or_minus(text, place)
        ):
            place = amount.end if amount.unit is NO_UNIT else max(place + 1, amount.end - len(amount.unit.text))
            continue
        amounts.append(amount)
        place = amount.end
    return amounts


# Sizes and grades whose letters stand before the number: DN50, IP67, Φ20, PN16.
_SIZES = {
    "DN": Unit("DN", 1.0, (("nominal", 1),)),
    "IP": Unit("IP", 1.0, (("protection", 1),)),
    "PN": Unit("PN", 1e5, (("kg", 1), ("m", -1), ("s", -2))),
    "Φ": Unit("mm", 1e-3, (("m", 1),)),
    "φ": Unit("mm", 1e-3, (("m", 1),)),
    "ø": Unit("mm", 1e-3, (("m", 1),)),
}


def _sized(text: str, place: int) -> _Amount | None:
    for letters, unit in _SIZES.items():
        start = place - len(letters)
        if start < 0 or text[start:place] != letters:
            continue
        if start and text[start - 1].isascii() and text[start - 1].isalpha():
            continue
        number = arabic_at(text, place)
        if number is not None:
            return _Amount(number[0], unit, start, number[1] + 2 * text.startswith("mm", number[1]))
    return None


def _is_range_or_minus(text: str, place: int) -> bool:
    """Is the sign before a number a minus, a range or a fraction of units, and not part of a name?"""
    before = text[place - 1]
    if before == "/":
        return place >= 2 and not (text[place - 2].isascii() and text[place - 2].isalpha())
    if before == "-":
        return place < 2 or not (
            text[place - 2].isascii() and text[place - 2].isalpha() and not _ends_with_unit(text, place - 1)
        )
    return before == "." and False


def _is_value_end(char: str) -> bool:
    """May a value or a name in letters end with the sign, so that a minus after it is a dash?"""
    return char in "%℃)°" or (char.isascii() and char.isalnum())


def _ends_with_unit(text: str, end: int) -> bool:
    """Does a unit in letters end at `end`, after a number? (`10mm-20mm`)"""
    start = end
    while start > 0 and end - start < 6 and (text[start - 1].isascii() and text[start - 1].isalpha()):
        start -= 1
    return start > 0 and text[start - 1].isdigit()


def _joined(text: str, amounts: list[_Amount], index: int) -> tuple[Quantity, int]:
    """The quantity that starts with the amount at `index`, and how many amounts it takes: ranges and ± take two."""
    first = amounts[index]
    start, value_sign = first.start, 1.0
    if start and text[start - 1] == "-" and (start < 2 or not _is_value_end(text[start - 2])):
        start, value_sign = start - 1, -1.0
    elif start >= 2 and text[start - 2 : start] in {"零下", "负"}:
        start, value_sign = start - 2, -1.0
    first = _Amount(first.value * value_sign, first.unit, start, first.end)
    spread_alone = _SPREAD.search(text[max(0, start - 3) : start])
    if spread_alone and max(0, start - 3) + spread_alone.end() == start:
        begin = max(0, start - 3) + spread_alone.start()
        size = abs(first.value * first.unit.factor)
        return Quantity(-size, size, first.unit, begin, first.end, is_spread=True), 1
    if index + 1 < len(amounts):
        second = amounts[index + 1]
        between = text[first.end : second.start]
        if _SPREAD.fullmatch(between):
            unit = second.unit if second.unit is not NO_UNIT else first.unit
            middle_unit = first.unit if first.unit is not NO_UNIT else unit
            middle = first.value * middle_unit.factor + middle_unit.offset
            width = second.value * unit.factor
            if unit.text == "%" and middle_unit.dimensions and first.unit is not NO_UNIT:
                width = abs(middle) * second.value / 100
            return Quantity(middle - width, middle + width, middle_unit, start, second.end, is_range=True), 2
        if len(between) <= 4 and (
            _RANGE_SIGN.fullmatch(between) or (_RANGE_SIGN.fullmatch(between[:-1]) and between[-1:] == "-")
        ):
            minus = (
                -1.0
                if between.endswith("--") or (len(between) > 1 and between[-1] == "-" and between[0] in "~至到")
                else 1.0
            )
            unit = second.unit if second.unit is not NO_UNIT else first.unit
            lower_unit = first.unit if first.unit.comparable(unit) and first.unit is not NO_UNIT else unit
            if lower_unit.text in {"亿", "万"} and unit.dimensions:
                lower_unit = unit
            if first.unit is NO_UNIT or first.unit.comparable(unit):
                low = first.value * lower_unit.factor + lower_unit.offset
                high = minus * second.value * unit.factor + unit.offset
                # `从90到95` is a change, decided later; a range whose ends stand the wrong way round is one, too.
                if not (between.strip() in {"到", "至"} and text[max(0, start - 1) : start] in {"由", "从", "自"}):
                    low, high = min(low, high), max(low, high)
                    after, end = _operator_after(text, second.end)
                    del after
                    return Quantity(
                        low, high, unit, start, second.end if end == second.end else second.end, is_range=True
                    ), 2
    return _bounded(text, first), 1


def _bounded(text: str, amount: _Amount) -> Quantity:
    """A single amount with the operator before or after it."""
    before, start = _operator_before(text, amount.start)
    after, end = _operator_after(text, amount.end)
    value = amount.value * amount.unit.factor + amount.unit.offset
    operator = after if after in {">=", "<="} and before in {"", "=", "≈"} else before or after
    quantity = Quantity(value, value, amount.unit, start, end if after else amount.end)
    return with_operator(quantity, operator)


def _phrase_start(text: str, start: int, boundary: int) -> int:
    """Where the phrase before a quantity begins: after the last stop, not before the quantity in front of it."""
    place = start
    least = max(0, start - _NAME_MOST)
    while place > least and text[place - 1] not in _STOPS:
        place -= 1
    del boundary
    return place


def _named(text: str, quantity: Quantity, phrase: int) -> Quantity:
    before = text[phrase : quantity.start]
    change = 0
    if not _TO.search(before):
        if text[quantity.start : quantity.start + 1] == "翻":
            return replace(quantity, name=before.strip(), name_start=phrase, change=1, low=quantity.low, high=math.inf)
        way = _CHANGE_BEFORE.search(before[-16:])
        if way and not _is_level(before, way["way"]):
            change = -1 if way["way"] in _FALLS else 1
            if quantity.unit.dimensions == () and quantity.unit.factor == 1.0 and quantity.unit.text == "":
                change = 0
    return replace(
        quantity, name=before.strip(), name_start=phrase, change=change, trailing=text[quantity.end : quantity.end + 16]
    )


# 最高 98%, 较低 5, 最长 3 天: words of a level that end like a change.
_LEVELS = (
    "最高",
    "最低",
    "最长",
    "最短",
    "最多",
    "最少",
    "不低",
    "不高",
    "较高",
    "较低",
    "不少",
    "不短",
    "至少",
    "不多",
    "很低",
    "长",
    "多",
    "高",
    "低",
    "少",
    "短",
)


def _is_level(before: str, way: str) -> bool:
    place = before.rfind(way)
    if place > 0 and before[place - 1] in "最不较至很":
        return True
    if way in {"高", "低", "少", "短", "长", "多", "增", "升", "压", "减", "省", "缩", "降"}:
        # A single character is a change only after 比/较…: 比原工艺低8%; or when the phrase ends in it (再降8%).
        if way in {"增", "升", "减", "省", "降", "缩"}:
            return False
        return not any(word in before[:place] for word in ("比", "较", "相对", "同期"))
    return False


def _changed(text: str, earlier: Quantity, later: Quantity) -> str:
    """The word of the change where two quantities are its ends (由A降到B), else empty."""
    between = text[earlier.end : later.start]
    if len(between) <= 12 and (match := _CHANGED.match(between + text[later.start : _first_digit(text, later)])):
        return match["way"]
    before = text[max(0, earlier.start - 4) : earlier.start]
    if any(before.endswith(word) for word in _FROM) and re.fullmatch(
        r"\s?(?:到|至|变为|变成|提到|→|—>|->)了?\s?", between
    ):
        return "到"
    return "→" if re.fullmatch(r"\s?(?:→|->|—>)\s?", between) else ""


def _first_digit(text: str, quantity: Quantity) -> int:
    place = quantity.start
    while place < quantity.end and not (text[place].isdigit() or text[place] in _FIRST_CHINESE):
        place += 1
    return place


_PER_UNIT = re.compile(r"每(?:一)?(?P<unit>[^\d，。；、,;]{1,12})")


def _with_pers(text: str, quantities: list[Quantity]) -> list[Quantity]:
    """`每立方米10毫克`, `每公斤制造成本3.6元`, `每处理1万吨水的费用为1.8万元`: a quantity per unit named before it."""
    completed: list[Quantity] = []
    for index, quantity in enumerate(quantities):
        per_unit = _per_of(text, quantity, quantities[index - 1] if index else None)
        if per_unit is None:
            completed.append(quantity)
            continue
        place = text.rfind("每", quantity.name_start, quantity.start)
        # 低于每立方米10毫克: the operator stands before the unit.
        if quantity.is_exact and place >= 0 and quantity.start - place <= 5:
            operator, start = _operator_before(text, place)
            if operator in {">=", ">", "<=", "<"}:
                quantity = replace(
                    with_operator(quantity, operator), start=start, name=text[quantity.name_start : start].strip()
                )
        completed.append(_divided(quantity, *per_unit))
    return completed


# 吨水费用, 吨钢电耗, 亩均用水: the name says per what.
_PER_IN_NAME = re.compile(
    r"(?<![\d万千百])(?P<unit>吨|亩)(?:均|水|矿|钢|煤|产品|纸|布|料|泥|粮|污泥)?(?:处理|运行|生产|加工|综合|直接|治理|总)?(?:电耗|成本|费用|水耗|汽耗|能耗|耗电|耗水|费|药剂费|用水|投入|增收|施肥|用药)"
)


def _per_of(text: str, quantity: Quantity, earlier: Quantity | None) -> tuple[Unit, float] | None:
    phrase = text[quantity.name_start : quantity.start]
    place = phrase.rfind("每")
    if place < 0 and (named := _PER_IN_NAME.search(phrase)):
        unit = unit_of(named["unit"])
        if unit is not None and quantity.unit.dimensions and "/" not in quantity.unit.text and "每" not in quantity.unit.text:
            return unit, 1.0
    if place < 0 or "/" in quantity.unit.text or "每" in quantity.unit.text:
        return None
    begin = quantity.name_start + place + 1
    if text.startswith("一", begin):
        begin += 1
    if earlier is not None and begin <= earlier.start < quantity.start and earlier.unit is not NO_UNIT:
        # 每处理1万吨水 … 1.8万元
        if earlier.start - begin <= 4 and earlier.is_exact and earlier.low:
            return Unit(
                earlier.unit.text, earlier.unit.factor, earlier.unit.dimensions
            ), earlier.low / earlier.unit.factor
        return None
    for skipped in range(0, 4):
        unit = unit_at(text, begin + skipped)
        if unit is not None and (
            skipped == 0
            or text[begin : begin + skipped] in {"处理", "生产", "加工", "万", "生产一", "处理一", "千", "百"}
        ):
            size = {"万": 1e4, "千": 1e3, "百": 1e2}.get(text[begin : begin + skipped], 1.0)
            kelvin = 3 * text.startswith("开尔文", unit[1])
            return (Unit(unit[0].text, unit[0].factor, (("K", 1), *unit[0].dimensions)), size) if kelvin else (unit[0], size)
    return None


def _divided(quantity: Quantity, base: Unit, amount: float) -> Quantity:
    unit = per(quantity.unit, base)
    size = base.factor * amount
    return replace(
        quantity,
        low=quantity.low / size,
        high=quantity.high / size,
        unit=unit,
        origin=quantity.origin / size if quantity.origin is not None else None,
    )


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
    if quantity.unit is NO_UNIT or (not quantity.unit.dimensions and quantity.unit.text in {"万", "亿"}):
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
