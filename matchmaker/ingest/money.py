"""Money cells. The unit comes from the cell or the heading, never from a guess (domain rule V16)."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any


class CellError(ValueError):
    """This cell cannot be taken over: why, and what to write instead."""

    def __init__(self, reason: str, repair: str) -> None:
        super().__init__(f"{reason}。{repair}")
        self.reason = reason
        self.repair = repair


class Unit(Enum):
    """The unit a heading (or the name of a data field) states; the value is its size in fen."""

    FEN = 1
    YUAN = 100
    WAN = 1_000_000


@dataclass(frozen=True)
class Amount:
    """What a money cell says, in fen. All empty: to be negotiated."""

    low: int | None = None
    high: int | None = None
    negotiable: bool = False


_NEGOTIABLE = re.compile(r"面议|面谈|协商|商定|待定|另议|可议|议价")
_FACTORS = {
    "元": 100,
    "圆": 100,
    "万": 10**6,
    "万元": 10**6,
    "百万": 10**8,
    "千万": 10**9,
    "亿": 10**10,
    "亿元": 10**10,
}
_NUMBER = r"(\d+(?:\.\d+)?)(亿元|亿|千万元|千万|百万元|百万|万元|万|元|圆)?"
_AMOUNT = re.compile(
    rf"(?P<at_most>不超过|不高于|最高|<=|≤|<)?(?P<at_least>不低于|不少于|最低|>=|≥|>)?"
    rf"{_NUMBER}(?:(?:-|~|—|–|至|到)+{_NUMBER})?(?P<after>以内|以下|以上|起|左右)?"
)
# V16: below 1,000 yuan nobody asks for a development; above 1 billion yuan it was typed in yuan under 万元.
_TOO_SMALL_FEN = 1_000 * 100
_TOO_LARGE_FEN = 10**9 * 100


def amount(cell: Any, heading: str, unit: Unit | None) -> Amount:
    """What the cell says. `unit` is the heading's; a unit in the cell goes before it.

    Raises CellError: not an amount, no unit anywhere, or a size that shows the wrong unit (V16).
    """
    written = _plain_number(cell)
    if _NEGOTIABLE.search(written):
        return Amount(negotiable=True)
    found = _AMOUNT.fullmatch(written)
    if found is None:
        raise CellError("不是金额", "请填一个数，或“80-120万元”、“面议”这样的写法")
    first, first_unit, second, second_unit = found.group(3), found.group(4), found.group(5), found.group(6)
    low = _fen(first, first_unit or second_unit, heading, unit)
    if second is not None:
        high = _fen(second, second_unit or first_unit, heading, unit)
        if low > high:
            raise CellError("下限高于上限", "请核对两个数")
        return Amount(low=low or None, high=high)
    if found["at_least"] or found["after"] in ("以上", "起"):
        return Amount(low=low)
    if found["at_most"] or found["after"] in ("以内", "以下"):
        return Amount(high=low)
    return Amount(low=low, high=low)


def _plain_number(cell: Any) -> str:
    if isinstance(cell, float):
        return format(Decimal(str(cell)), "f").removesuffix(".0")
    written = unicodedata.normalize("NFKC", str(cell))
    written = re.sub(r"(?<=\d)[,，](?=\d{3}(?!\d))", "", written)
    written = re.sub(r"\s|人民币|RMB|CNY|[¥￥约]", "", written, flags=re.IGNORECASE)
    return re.sub(r"(?<=\d)[wW](?![a-zA-Z])", "万", written)


def _fen(number: str, written_unit: str | None, heading: str, unit: Unit | None) -> int:
    if written_unit:
        return _rounded(number, _FACTORS[written_unit.removesuffix("元") or "元"])
    if unit is None:
        raise CellError(
            "没有写明单位", f"请把列标题写成“{heading}（万元）”或“{heading}（元）”，或在数后写单位，如 50万元"
        )
    fen = _rounded(number, unit.value)
    bare = re.sub(r"[（(]\s*(?:万元|元)\s*[)）]", "", heading)
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
    if unit is Unit.YUAN and fen > _TOO_LARGE_FEN:
        raise CellError(f"{number} 元过大（超过 10 亿元）", "请核对数值和单位；金额确实如此时请写明单位，如 12亿元")
    return fen


def _rounded(number: str, factor: int) -> int:
    return int((Decimal(number) * factor).to_integral_value())
