"""How far a target has been reached, and where the year is heading. Pure: figures in, words and numbers out."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from matchmaker.models.labels import Labelled
from matchmaker.models.target import TargetFields
from matchmaker.period import Period
from matchmaker.targets import About, check_comparable, quarters_of

MONTHS = 12
# Months whose mean is carried on: a quarter evens out single large contracts and still follows a change.
_MONTHS_CARRIED_ON = 3
# Below half a month's even share of last year, one contract more or less turns the whole forecast over.
_LEAST_SHARE = Fraction(1, 24)
# Within a tenth of what was expected by now is what one contract of a small city makes.
_SLIGHTLY = Fraction(9, 10)


class Light(Labelled):
    """The traffic light, in words first: colour alone says nothing to many."""

    NOT_BEGUN = "not_begun", "未开始"
    REACHED = "reached", "已完成"
    AHEAD = "ahead", "快于进度"
    ON_TRACK = "on_track", "与进度持平"
    SLIGHTLY_BEHIND = "slightly_behind", "略慢于进度"
    BEHIND = "behind", "慢于进度"
    MISSED = "missed", "未完成"


@dataclass(frozen=True)
class Actuals:
    """What came in, day by day, in the unit of the target; of the year before too where it is known."""

    about: About
    by_day: Mapping[date, int]
    year_before: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Forecast:
    """What the year would come to, and by which method, in words that stand beside the figure."""

    value: int
    method: str


@dataclass(frozen=True)
class Progress:
    """A target on a day. Amounts are in the target's unit; ratios are exact, rounded by whoever shows them."""

    target: int
    reached: int
    expected: int
    light: Light
    forecast: Forecast | None
    # To come from the year before to the target; None without a figure of that year.
    growth_needed: Fraction | None
    growth: Fraction | None
    months_left: int

    @property
    def completion(self) -> Fraction:
        return Fraction(self.reached, self.target)

    @property
    def ahead(self) -> int:
        """How much more has been reached than was to be by now; negative: less."""
        return self.reached - self.expected

    @property
    def missing(self) -> int:
        return max(0, self.target - self.reached)

    @property
    def needed_per_month(self) -> int | None:
        """What each month left of the year has to bring, the running one among them; None when it is over or reached."""
        return -(-self.missing // self.months_left) if self.months_left and self.missing else None


def progress(target: TargetFields, actuals: Actuals, today: date) -> Progress:
    """The target against what came in up to `today`. Raises MetricMismatch for figures of another kind."""
    check_comparable(target, actuals.about)
    year = Period.of_year(target.year)
    as_of = min(today, year.last)
    reached = sum(value for day, value in actuals.by_day.items() if year.first <= day <= as_of)
    before = sum(value for day, value in actuals.year_before.items() if day.year == target.year - 1)
    expected = expected_by(target, as_of) if today >= year.first else 0
    return Progress(
        target=target.value,
        reached=reached,
        expected=expected,
        light=_light(target, reached, expected, today),
        forecast=_forecast(actuals, reached, before, target.year, today),
        growth_needed=Fraction(target.value, before) - 1 if before else None,
        growth=_growth(actuals, reached, target.year, as_of) if today >= year.first else None,
        months_left=MONTHS - today.month + 1 if today.year == target.year else MONTHS if today < year.first else 0,
    )


def expected_by(target: TargetFields, day: date) -> int:
    """What was to be reached by the end of that day of its year: quarters gone, and the running one by its days."""
    quarters, current = quarters_of(target), (day.month - 1) // 3
    running = Period.of_year(target.year, current + 1)
    days = (running.last - running.first).days + 1
    gone = (day - running.first).days + 1
    return sum(quarters[:current]) + quarters[current] * gone // days


def expected_by_month(target: TargetFields) -> list[int]:
    """What is to be reached by the end of each month, for the line beside the actual figures."""
    return [expected_by(target, date(target.year, month, monthrange(target.year, month)[1])) for month in range(1, 13)]


def _light(target: TargetFields, reached: int, expected: int, today: date) -> Light:
    if reached >= target.value:
        return Light.REACHED
    if today > date(target.year, 12, 31):
        return Light.MISSED
    if today < date(target.year, 1, 1):
        return Light.NOT_BEGUN
    if reached == expected:
        return Light.ON_TRACK
    if reached > expected:
        return Light.AHEAD
    return Light.SLIGHTLY_BEHIND if reached >= expected * _SLIGHTLY else Light.BEHIND


def _same_day(day: date, year: int) -> date:
    """That day of another year; the last of February for the 29th."""
    return day.replace(year=year, day=min(day.day, monthrange(year, day.month)[1]))


def _growth(actuals: Actuals, reached: int, year: int, as_of: date) -> Fraction | None:
    """Against the same days of the year before (同比); None where those brought nothing."""
    then = _until(actuals.year_before, _same_day(as_of, year - 1))
    return Fraction(reached, then) - 1 if then else None


def _until(by_day: Mapping[date, int], last: date) -> int:
    return sum(value for day, value in by_day.items() if day.year == last.year and day <= last)


def _forecast(actuals: Actuals, reached: int, before: int, year: int, today: date) -> Forecast | None:
    """By the share of the year before where it says something, else by the mean of the last whole months."""
    if today.year > year:
        return Forecast(reached, "年度已结束，即全年完成数")
    if today.year < year or not reached:
        return None
    then = _until(actuals.year_before, _same_day(today, year - 1))
    if before and Fraction(then, before) >= _LEAST_SHARE:
        share = Fraction(then, before)
        words = f"按上年节奏推算：上年同期完成全年的 {float(share):.1%}"
        return Forecast(round(reached / share), words)
    whole = today.month - 1
    if not whole:
        return None
    months = range(max(1, whole - _MONTHS_CARRIED_ON + 1), whole + 1)
    recent = sum(value for day, value in actuals.by_day.items() if day.year == year and day.month in months)
    days = monthrange(year, today.month)[1]
    left = Fraction(days - today.day, days) + MONTHS - today.month
    return Forecast(reached + round(Fraction(recent, len(months)) * left), f"按近 {len(months)} 个月的月均数推算至年底")
