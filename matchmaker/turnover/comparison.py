"""Comparing figures. Ratios stay exact; whoever shows them rounds."""

from datetime import date, timedelta
from fractions import Fraction

from matchmaker.errors import MalformedRequest
from matchmaker.period import EARLIEST, Period


def growth(this: int, previous: int) -> Fraction | None:
    """同比: this / previous − 1 (3.973 is +397.3 %); None where there is nothing to compare with."""
    return Fraction(this, previous) - 1 if previous else None


def completion(actual: int, target: int) -> Fraction | None:
    """完成率: actual / target (2.44 / 1.8 is 135.6 %); None without a target."""
    return Fraction(actual, target) if target else None


def share(part: int, whole: int) -> Fraction | None:
    """占比: part of the whole; None of nothing."""
    return Fraction(part, whole) if whole else None


def year_before(period: Period) -> Period:
    """The same days of the year before; a period that ends with a month ends with it there too (29 February).

    Raises MalformedRequest before the first year there is.
    """
    if period.first.year <= EARLIEST:
        raise MalformedRequest("没有更早的年份可比", f"请选择 {EARLIEST + 1} 年以后的期间")
    after = period.last + timedelta(days=1)
    if after.day == 1:
        return Period(_same_day(period.first), date(after.year - 1, after.month, 1) - timedelta(days=1))
    return Period(_same_day(period.first), _same_day(period.last))


def _same_day(day: date) -> date:
    is_leap_day = (day.month, day.day) == (2, 29)
    return date(day.year - 1, day.month, 28 if is_leap_day else day.day)
