"""Working days 工作日 in China: weekends, statutory holidays and the shifted ones 调休 (library `holidays`).

Shifts of a year are announced in the autumn before it; until then its holidays are those of the law, without shifts.
"""

from datetime import date, timedelta
from functools import cache

from holidays import HolidayBase, country_holidays


@cache
def _calendar(year: int) -> HolidayBase:
    return country_holidays("CN", years=[year])


def is_working_day(day: date) -> bool:
    """Do offices work on that day?"""
    return bool(_calendar(day.year).is_working_day(day))


def add_working_days(day: date, number: int) -> date:
    """The `number`-th working day after `day`, which itself does not count."""
    while number > 0:
        day += timedelta(days=1)
        number -= is_working_day(day)
    return day


def working_days_until(first: date, last: date) -> int:
    """Working days after `first` up to and including `last`; negative when `last` is earlier."""
    if last < first:
        return -working_days_until(last, first)
    return sum(is_working_day(first + timedelta(days=one)) for one in range(1, (last - first).days + 1))


def is_announced(year: int) -> bool:
    """Are the shifted working days of that year known, so that a deadline in it is certain?"""
    return any(is_working_day(day) for day in _weekends(year))


@cache
def _weekends(year: int) -> tuple[date, ...]:
    days = (date(year, 1, 1) + timedelta(days=one) for one in range(366))
    return tuple(day for day in days if day.year == year and day.weekday() >= 5)
