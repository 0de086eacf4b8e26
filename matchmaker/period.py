"""Periods of days in the city, as officials count: a year, a quarter, from a day to a day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from matchmaker.errors import MalformedRequest
from matchmaker.visibility import CITY_TIME

# The register of brokers is younger, and the day after the last one must still be a day.
EARLIEST, LATEST = 2000, 2100
# The parts of a year that offices report, by the code a form sends: quarters, and what has come up to one.
PARTS = {
    "1": "第一季度",
    "2": "第二季度",
    "3": "第三季度",
    "4": "第四季度",
    "1-2": "上半年",
    "1-3": "前三季度",
}


@dataclass(frozen=True)
class Period:
    """From the first to the last day, both included. Raises MalformedRequest for days no calendar of ours has."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if not EARLIEST <= self.first.year <= LATEST or not EARLIEST <= self.last.year <= LATEST:
            raise MalformedRequest("起止日期超出范围", f"请填 {EARLIEST}—{LATEST} 年之间的日期")

    @property
    def begin(self) -> datetime:
        """The first moment in it."""
        return midnight(self.first)

    @property
    def end(self) -> datetime:
        """The first moment after it."""
        return midnight(self.last + timedelta(days=1))

    def until(self, day: date) -> "Period":
        """No further than that day, for half a year is not compared with a whole one; itself where it begins later."""
        return Period(self.first, min(self.last, day)) if self.first <= day else self

    @classmethod
    def of_part(cls, year: int, part: str) -> "Period":
        """One of `PARTS` of a year, or without one all of it. Raises MalformedRequest."""
        if part and part not in PARTS:
            raise MalformedRequest("年度内没有这一期间", f"可选：{'、'.join(PARTS.values())}")
        first, last = (int(part[0]), int(part[-1])) if part else (1, 4)
        return cls(cls.of_year(year, first).first, cls.of_year(year, last).last)

    @classmethod
    def of_year(cls, year: int, quarter: int | None = None) -> "Period":
        """A calendar year or one of its quarters. Raises MalformedRequest."""
        if not EARLIEST <= year <= LATEST or quarter not in (None, 1, 2, 3, 4):
            raise MalformedRequest("年份或季度不对", f"年份填 {EARLIEST}—{LATEST}，季度填 1—4")
        if quarter is None:
            return cls(date(year, 1, 1), date(year, 12, 31))
        after = date(year + quarter // 4, quarter % 4 * 3 + 1, 1)
        return cls(date(year, quarter * 3 - 2, 1), after - timedelta(days=1))


def midnight(day: date) -> datetime:
    """The moment a day of the city begins, in UTC."""
    return datetime.combine(day, time(), CITY_TIME).astimezone(UTC)


def day_of(moment: datetime) -> date:
    """The day of the city a moment falls on."""
    return moment.astimezone(CITY_TIME).date()
