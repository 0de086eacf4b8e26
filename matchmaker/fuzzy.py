"""Numbers as official documents state them: 120多项, 近60项, 千余项, 突破2.8亿元. Value and qualifier are both kept.

A stated number is no exact one: “120多项” is 120 with the qualifier MORE, and is never turned into 120 silently.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from matchmaker.models.contract_words import Qualifier
from matchmaker.money import FEN_PER_WAN, FEN_PER_YUAN

YUAN = "元"
# The longest first: 亿 before 万 decides nothing, 千万 and 百万 do.
_SCALES = {"千万": 10**7, "百万": 10**6, "十万": 10**5, "亿": 10**8, "万": 10**4, "千": 10**3, "百": 100, "": 1}
_DIGITS = {"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_TENS = {"十": 10, "百": 100, "千": 1000}
_UNITS = "项|个|件|家|人|笔|份|元|名|条|次|台|亩|吨"
_BEFORE = {
    "约": Qualifier.ABOUT,
    "大约": Qualifier.ABOUT,
    "近": Qualifier.NEARLY,
    "将近": Qualifier.NEARLY,
    "突破": Qualifier.AT_LEAST,
    "超过": Qualifier.AT_LEAST,
    "不少于": Qualifier.AT_LEAST,
    "不低于": Qualifier.AT_LEAST,
    "超": Qualifier.AT_LEAST,
    "至少": Qualifier.AT_LEAST,
    "逾": Qualifier.AT_LEAST,
}
_AFTER = {
    "多": Qualifier.MORE,
    "余": Qualifier.MORE,
    "几": Qualifier.MORE,
    "来": Qualifier.ABOUT,
    "+": Qualifier.AT_LEAST,
    "以上": Qualifier.AT_LEAST,
    "左右": Qualifier.ABOUT,
    "上下": Qualifier.ABOUT,
}
# Not a quantity of anything counted here, though a number: a year, a share, a rank.
# … and no number ends in the middle of its digits.
_NOT_COUNTED = r"(?!\s*(?:年|月|日|%|％|个百分点|位|届|号)|[\d零〇一二两三四五六七八九十百千]|\.\d)"
_STATED = re.compile(
    # 不超过 says the opposite of 超过; 数百 and 几十 say no number at all.
    rf"(?:(?<![不超])(?P<before>{'|'.join(sorted(_BEFORE, key=len, reverse=True))}|[上过破](?=[百千])))?\s*"
    r"(?<![数几])(?P<number>\d[\d,，]*(?:\.\d+)?|[零〇一二两三四五六七八九十百千]+)\s*"
    r"(?P<scale>千万|百万|十万|亿|万|千|百)?\s*"
    rf"(?P<more>多|余|几|来|\+)?\s*(?P<late>亿|万)?\s*{_NOT_COUNTED}"
    rf"(?P<unit>{_UNITS})?\s*(?P<after>以上|左右|上下|多|余)?"
)


@dataclass(frozen=True)
class Stated:
    """A number with its qualifier. `value` is fen where the unit is 元, otherwise a number of `unit`."""

    value: int
    qualifier: Qualifier
    unit: str

    @property
    def is_amount(self) -> bool:
        """Is it money?"""
        return self.unit == YUAN


def parse_stated(text: str) -> Stated:
    """The first number of the text that counts something; one with a unit is preferred to one without.

    Raises ValueError, with the repair, where there is none.
    """
    found = [one for one in _STATED.finditer(unicodedata.normalize("NFKC", text)) if not _is_part_of_a_word(one)]
    chosen = next((one for one in found if one["unit"]), found[0] if found else None)
    if chosen is None:
        raise ValueError(f"“{text}”中没有数量：请写成如“120多项”“近60项”“突破2.8亿元”")
    number = _number(chosen["number"]) * _SCALES[chosen["scale"] or ""] * _SCALES[chosen["late"] or ""]
    unit = chosen["unit"] or ""
    value = number * FEN_PER_YUAN if unit == YUAN else number
    if value != int(value):
        raise ValueError(f"“{chosen[0].strip()}”不是整数，请核对数量和单位")
    return Stated(int(value), _qualifier(chosen), unit)


def as_amount(stated: Stated) -> Stated:
    """As money where the words leave 元 to the reader (突破2.8亿); a small number without a unit stays what it is."""
    fen = stated.value * FEN_PER_YUAN
    return Stated(fen, stated.qualifier, YUAN) if not stated.unit and fen >= FEN_PER_WAN else stated


def stated_text(stated: Stated) -> str:
    """The number the way an office writes it: `近60项`, `120多项`, `千余项`, `2.8亿元以上`; `parse_stated` reads it back."""
    number, scale = _written(stated)
    qualifier, unit = stated.qualifier, stated.unit
    if qualifier in (Qualifier.ABOUT, Qualifier.NEARLY):
        return f"{'约' if qualifier is Qualifier.ABOUT else '近'}{number}{scale}{unit}"
    if qualifier is Qualifier.AT_LEAST:
        return f"{number}{scale}{unit}以上"
    if qualifier is Qualifier.EXACT:
        return f"{number}{scale}{unit}"
    if stated.value in (100, 1000) and not stated.is_amount:
        return f"{'百' if stated.value == 100 else '千'}余{unit}"
    return f"{number}多{scale}{unit}"


def _written(stated: Stated) -> tuple[str, str]:
    """Digits and scale: money in 亿 or 万 where it is that large, counts in digits."""
    if not stated.is_amount:
        return str(stated.value), ""
    yuan = Decimal(stated.value) / FEN_PER_YUAN
    scale = next((one for one in ("亿", "万") if yuan >= _SCALES[one]), "")
    return f"{(yuan / _SCALES[scale]).normalize():f}", scale


def _qualifier(found: re.Match[str]) -> Qualifier:
    for word in (found["more"], found["after"]):
        if word:
            return _AFTER[word]
    # What is left are 上千, 过百 and 破千.
    return _BEFORE.get(found["before"], Qualifier.AT_LEAST) if found["before"] else Qualifier.EXACT


def _number(text: str) -> Decimal:
    if text[0].isdigit():
        return Decimal(re.sub("[,，]", "", text))
    return Decimal(_spelled(text))


def _spelled(text: str) -> int:
    """A Chinese number below ten thousand: 三百二十 → 320; a bare 千 is one thousand."""
    total, digit = 0, 0
    for sign in text:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total += (digit or 1) * _TENS[sign]
            digit = 0
    return total + digit


def _is_part_of_a_word(found: re.Match[str]) -> bool:
    """A spelled digit alone is a word far more often than a quantity (统一, 一批): it counts only with a unit or scale."""
    spelled = found["number"]
    return (
        not spelled[0].isdigit()
        and spelled[0] in _DIGITS
        and len(spelled) == 1
        and not (found["unit"] or found["scale"])
    )
