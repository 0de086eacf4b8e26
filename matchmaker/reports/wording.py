"""Numbers as offices write them. Pure functions: what a sentence claims follows from the numbers alone."""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from matchmaker.fuzzy import Stated, stated_text
from matchmaker.models.contract_words import Qualifier
from matchmaker.money import FEN_PER_YI, in_wan, in_yi

# From seven tenths of the step on, an office says 近 and the next round number.
_NEARLY = Fraction(7, 10)


def rounded_words(number: int) -> str:
    """A count in round words: 126 → `120多`, 58 → `近60`, 1,034 → `千余`; up to ten and round ones exactly."""
    step = 1 if number <= 10 else 10 if number < 1000 else 100 if number < 10_000 else 1000
    base, rest = number - number % step, number % step
    if rest == 0:
        return str(number)
    if Fraction(rest, step) >= _NEARLY:
        return stated_text(Stated(base + step, Qualifier.NEARLY, ""))
    return stated_text(Stated(base, Qualifier.MORE, ""))


def amount_words(fen: int) -> str:
    """An amount in running text: `2.44亿元`, below one hundred million yuan `8500万元`."""
    return (in_yi(fen) if fen >= FEN_PER_YI else in_wan(fen)).replace(" ", "").replace(",", "")


def percent(ratio: Fraction | None) -> str:
    """`135.6%`; a dash where there is nothing to divide by."""
    return "—" if ratio is None else f"{float(ratio * 100):.1f}%"


def completion_words(actual: int, target: int, *, is_over: bool) -> str:
    """What the comparison comes to. `is_over`: the year has ended, so that what is missing stays missing."""
    if actual < target:
        return "未完成" if is_over else "尚未完成"
    done = "超额完成" if actual > target else "完成"
    return done if is_over else f"已{done}"


def day_words(day: date) -> str:
    """`2026年1月10日`, as dates stand in official papers."""
    return f"{day.year}年{day.month}月{day.day}日"


def listed(names: Sequence[str], most: int = 3) -> str:
    """`甲、乙、丙等`: the first few, with 等 where there are more."""
    return "、".join(names[:most]) + ("等" if len(names) > most else "")
