"""Money cells. The unit comes from the cell, the heading or the mapping, never from a guess (domain rule V16)."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum
from typing import Any

from matchmaker.ingest.numerals import digits_for


class CellError(ValueError):
    """This cell cannot be taken over: why, and what to write instead.

    `kept`: field → value, what can be taken over all the same where the column is optional. `is_code`: a word outside
    of a closed list, which the reader of the report maps once for all its cells; `words` which ones, of several in the
    cell. `as_text`: the words are worth keeping.
    """

    def __init__(
        self,
        reason: str,
        repair: str,
        *,
        kept: Mapping[str, Any] | None = None,
        is_code: bool = False,
        words: Sequence[str] = (),
        as_text: bool = False,
    ) -> None:
        super().__init__(f"{reason}。{repair}")
        self.reason = reason
        self.repair = repair
        self.kept = dict(kept or {})
        self.is_code = is_code
        self.words = tuple(words)
        self.as_text = as_text


class Unit(Enum):
    """The unit a heading (or the name of a data field) states; the value is its size in fen.

    FOREIGN is any other currency: an amount in it is not in yuan, whatever its size.
    """

    FEN = 1
    YUAN = 100
    THOUSAND = 10**5
    WAN = 10**6
    HUNDRED_THOUSAND = 10**7
    MILLION = 10**8
    TEN_MILLION = 10**9
    YI = 10**10
    FOREIGN = 0

    @property
    def label(self) -> str:
        return _UNIT_LABELS[self]


_UNIT_LABELS = {
    Unit.FEN: "分",
    Unit.YUAN: "元",
    Unit.THOUSAND: "千元",
    Unit.WAN: "万元",
    Unit.HUNDRED_THOUSAND: "十万元",
    Unit.MILLION: "百万元",
    Unit.TEN_MILLION: "千万元",
    Unit.YI: "亿元",
    Unit.FOREIGN: "外币",
}
_FOREIGN = (
    r"美元|美金|欧元|英镑|日元|日圆|港元|港币|韩元|韩币|卢布|澳元|加元|新元|新加坡元|加拿大元|澳大利亚元|瑞士法郎|法郎|"
    r"新台币|台币|卢比|泰铢|USD|EUR|GBP|JPY|HKD|KRW|US\$|HK\$|\$|€|£"
)
# What stands for a unit in a heading, a note or a line of units: 万元, 千元人民币, 百万美元.
UNIT_WORDS = rf"(?:千万|百万|十万|亿|万|千|仟)?(?:人民币)?(?:{_FOREIGN}|元|圆)(?:人民币)?"
_IS_FOREIGN = re.compile(_FOREIGN, re.IGNORECASE)
_MULTIPLES = (
    ("千万", Unit.TEN_MILLION),
    ("百万", Unit.MILLION),
    ("十万", Unit.HUNDRED_THOUSAND),
    ("亿", Unit.YI),
    ("万", Unit.WAN),
    ("千", Unit.THOUSAND),
    ("仟", Unit.THOUSAND),
)


def unit_named(words: str) -> Unit:
    """The unit that words which fit `UNIT_WORDS` name."""
    if _IS_FOREIGN.search(words):
        return Unit.FOREIGN
    return next((unit for multiple, unit in _MULTIPLES if words.startswith(multiple)), Unit.YUAN)


@dataclass(frozen=True)
class Amount:
    """What a money cell says, in fen. All empty: to be negotiated."""

    low: int | None = None
    high: int | None = None
    negotiable: bool = False


@dataclass(frozen=True)
class Stated:
    """What is known about the amounts of a column. `by_hand`: whoever mapped the column stated the unit: it is obeyed."""

    heading: str
    unit: Unit | None = None
    by_hand: bool = field(default=False, kw_only=True)


_NEGOTIABLE = re.compile(
    r"面议|面谈|协商|商定|商议|洽谈|待定|另议|可议|议价|未定|(?:根据|视|依据|按)[^\d]{0,20}(?:确定|而定|商定|定价)"
)
_UNSTATED = re.compile(r"不限|不详|暂不确定")
_FACTORS = {
    "元": 100,
    "圆": 100,
    "千元": 10**5,
    "仟元": 10**5,
    "万": 10**6,
    "十万": 10**7,
    "百万": 10**8,
    "千万": 10**9,
    "亿": 10**10,
}
# No amount of money has more digits; the bounds also keep every pattern linear.
_DIGITS = r"\d{1,15}(?:\.\d{1,10})?"
_NUMBER = rf"({_DIGITS})((?:亿|千万|百万|十万|万|千|仟)?(?:元|圆)|亿|千万|百万|十万|万)?"
_AMOUNT = re.compile(
    rf"(?P<at_most>不超过|不高于|不大于|最高|最多|至多|<=|≤|<)?(?P<at_least>不低于|不少于|不小于|最低|至少|>=|≥|>)?"
    rf"{_NUMBER}(?:(?:-|~|—|–|至|到){{1,3}}{_NUMBER})?(?P<after>以内|以下|之内|内|以上|起|左右|上下)?"
)
_AROUND = re.compile(rf"({_DIGITS})±({_DIGITS})(?P<unit>(?:亿|千万|百万|十万|万|千|仟)?(?:元|圆)|亿|万)?")
_RATE = re.compile(r"/|每[年月吨件项台亩]|元每")
_BEFORE = re.compile(
    r"^(?:总?(?:预算|金额|价格|投入|经费|资金)(?:为|是)?[:：]?)?(?:大约|大概|约|预计|估计|计划|拟|近|~|≈)?"
)
_NOTE_BEHIND = re.compile(r"\([^()]{0,60}\)$")
_NEGOTIATED_NOTE = re.compile(r"[,，;；、]?(?:可以?|价格)?(?:面议|协商|商议|再议|可议)$")
# V16: below 1,000 yuan nobody asks for a development; above 1 billion yuan it was typed in yuan under 万元.
_TOO_SMALL_FEN = 1_000 * 100
_TOO_LARGE_FEN = 10**9 * 100


def amount(cell: Any, heading: str, unit: Unit | None, *, by_hand: bool = False) -> Amount:
    """What the cell says. `unit` is the heading's; a unit in the cell goes before it.

    Raises CellError: not an amount, another currency, no unit anywhere, or a size that shows the wrong unit (V16).
    """
    stated = Stated(heading, unit, by_hand=by_hand)
    written = _plain_number(cell)
    if _IS_FOREIGN.search(written):
        raise _foreign("写的是外币")
    found = _AMOUNT.fullmatch(written)
    if found is None:
        return _other_wording(written, stated)
    first, first_unit, second, second_unit = found.group(3), found.group(4), found.group(5), found.group(6)
    low = _fen(first, first_unit or second_unit, stated)
    if second is not None:
        high = _fen(second, second_unit or first_unit, stated)
        if low > high:
            raise CellError("下限高于上限", "请核对两个数")
        return Amount(low=low or None, high=high)
    if found["at_least"] or found["after"] in ("以上", "起"):
        return Amount(low=low)
    if found["at_most"] or found["after"] in ("以内", "以下", "之内", "内"):
        return Amount(high=low)
    return Amount(low=low, high=low)


def _other_wording(written: str, stated: Stated) -> Amount:
    if around := _AROUND.fullmatch(written):
        middle, spread = Decimal(around[1]), Decimal(around[2])
        if middle >= spread:
            ends = [_fen(str(end), around["unit"], stated) for end in (middle - spread, middle + spread)]
            return Amount(low=ends[0] or None, high=ends[1])
    if _NEGOTIABLE.search(written) or _UNSTATED.fullmatch(written):
        return Amount(negotiable=True)
    if _RATE.search(written):
        raise CellError("是单价或按年、按项计的数，不是总额", "请填一个总数，如 50万元", as_text=True)
    raise CellError("不是金额", "请填一个数，或“80-120万元”、“面议”这样的写法", as_text=True)


def _plain_number(cell: Any) -> str:
    if isinstance(cell, float):
        return format(Decimal(str(cell)), "f").removesuffix(".0")
    # Longer than any amount: no use in reading it.
    written = unicodedata.normalize("NFKC", str(cell)[:300])
    written = re.sub(r"(?<=\d)[,，](?=\d{3}(?!\d))", "", written)
    written = re.sub(r"\s|人民币|RMB|CNY|[¥￥]", "", written, flags=re.IGNORECASE)
    written = _NOTE_BEHIND.sub("", written.rstrip("。.;；,，"))
    if any(digit in written for digit in "0123456789"):
        written = _NEGOTIATED_NOTE.sub("", written)
    # 300余万元, 五十多万
    written = re.sub(r"(?<=[\d一二两三四五六七八九十百千])[余多](?=[万千百亿元圆])|(?<=[万亿元圆])[余多]$", "", written)
    written = digits_for(re.sub(r"(?<=\d)[wW](?![a-zA-Z])", "万", written))
    # 1亿5000万元
    written = re.sub(r"^(\d{1,4})亿(\d{1,4})万", lambda parts: f"{int(parts[1]) * 10_000 + int(parts[2])}万", written)
    return _BEFORE.sub("", written).removesuffix("整").removesuffix("正")


def _foreign(reason: str) -> CellError:
    return CellError(reason, "本列以人民币计：请折算成人民币后填写，如 350万元", as_text=True)


def _fen(number: str, written_unit: str | None, stated: Stated) -> int:
    heading, unit = stated.heading, stated.unit
    if written_unit:
        named = written_unit if written_unit in _FACTORS else written_unit.rstrip("元圆")
        return _rounded(number, _FACTORS[named])
    if unit is None:
        if Decimal(number) == 0:
            return 0
        raise CellError(
            "没有写明单位",
            f"请把列标题写成“{heading}（万元）”或“{heading}（元）”，或在数后写单位，如 50万元；"
            "也可以在列对应关系中写明单位",
        )
    if unit is Unit.FOREIGN:
        raise ForeignColumn(f"“{heading}”以外币计，不是人民币", "请折算成人民币，并把列标题的单位改为元或万元")
    fen = _rounded(number, unit.value)
    if stated.by_hand:
        return fen
    bare = re.sub(rf"[（(]\s{{0,5}}(?:{UNIT_WORDS})\s{{0,5}}[)）]", "", heading)
    if unit is Unit.YUAN and 0 < fen < _TOO_SMALL_FEN:
        raise CellError(
            f"{number} 元过小",
            f"看起来是万元：请改列标题为“{bare}（万元）”或把数值改成元（如 {int(Decimal(number) * 10_000)}）；"
            f"金额确实如此时请写明单位，如 {number}元",
        )
    if unit is Unit.WAN and fen > _TOO_LARGE_FEN:
        raise CellError(
            f"{number} 万元过大（超过 10 亿元）",
            f"看起来是元：请改列标题为“{bare}（元）”或把数值改成万元；金额确实如此时请写明单位，如 12亿元",
        )
    if fen > _TOO_LARGE_FEN:
        raise CellError(
            f"{number} {unit.label}过大（超过 10 亿元）", "请核对数值和单位；金额确实如此时请写明单位，如 12亿元"
        )
    return fen


class ForeignColumn(CellError):
    """The whole column is in another currency: its rows go back, since every one of them has the same repair."""


def _rounded(number: str, factor: int) -> int:
    return int((Decimal(number) * factor).to_integral_value())
