"""What the official's dashboard shows: turnover against targets, where it comes from, and what is on the way.

Gathers; every figure is one of `turnover`, `targets`, `funnel` or `coverage`, in the asked measure, caliber and basis.
"""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction

from sqlmodel import Session

from matchmaker.classification import classification
from matchmaker.coverage import Coverage, coverage_of_fields, coverage_of_industries
from matchmaker.funnel import Counting, Funnel, funnel
from matchmaker.models.contract_words import Caliber, DateBasis, Measure
from matchmaker.models.target import Target
from matchmaker.period import Period
from matchmaker.rights import PLATFORM, Actor
from matchmaker.target_progress import Actuals, Progress, expected_by_month, progress
from matchmaker.targets import (
    MEASURE_OF,
    METRIC_OF,
    About,
    about,
    in_words,
    mismatch,
    registered_by_day,
    targets_of,
)
from matchmaker.turnover import Dimension, Group, TurnoverQuery, counted_region, turnover_report

MONTHS = 12


@dataclass(frozen=True)
class Asked:
    """What the dashboard is about: a year or a quarter of it, one measure, one caliber, one basis, one region."""

    year: int
    quarter: int | None
    measure: Measure
    caliber: Caliber
    date_basis: DateBasis
    region_code: str

    @property
    def period(self) -> Period:
        return Period.of_year(self.year, self.quarter)

    @property
    def about(self) -> About:
        return About(METRIC_OF[self.measure], self.caliber, self.date_basis)

    @property
    def is_city(self) -> bool:
        return self.region_code == classification().city.code

    def query(self, period: Period | None = None, group_by: Dimension | None = None) -> TurnoverQuery:
        """The question to the ledger, of the asked period unless another is given."""
        return TurnoverQuery(
            period=period or self.period,
            measure=self.measure,
            caliber=self.caliber,
            date_basis=self.date_basis,
            region_code=self.region_code,
            group_by=group_by,
        )


@dataclass(frozen=True)
class TargetLine:
    """A target with how far it has been reached. `warning`: last year's figures were of another kind."""

    target: Target
    progress: Progress
    warning: str = ""

    @property
    def about(self) -> About:
        return about(self.target)


@dataclass(frozen=True)
class Breakdown:
    """A turnover by one dimension, largest first; the groups sum to the total. `asked` says of which caliber."""

    dimension: Dimension
    asked: Asked
    groups: Sequence[Group]
    total: int


@dataclass(frozen=True)
class Dashboard:
    """Everything on the page. Values are in the measure's unit: fen or a number of contracts."""

    asked: Asked
    value: int
    count: int
    # The same days of the year before.
    value_before: int
    growth: Fraction | None
    monthly: Sequence[int]
    monthly_before: Sequence[int]
    # How many months of the year have begun: later ones are no zeros, they have not come.
    months_begun: int
    # Those of the figure's own kind, and those of achievements registered.
    targets: Sequence[TargetLine]
    registrations: Sequence[TargetLine]
    notices: Sequence[str]
    breakdowns: Sequence[Breakdown]
    industries: Sequence[Coverage]
    fields: Sequence[Coverage]
    funnels: Sequence[Funnel]

    @property
    def expected(self) -> list[tuple[TargetLine, list[int]]]:
        """What each target shown expects by the end of each month."""
        return [(line, expected_by_month(line.target)) for line in self.targets]


# In the order of the page; a district is not divided into districts.
BREAKDOWNS = (
    Dimension.DISTRICT,
    Dimension.CATEGORY,
    Dimension.TECHNOLOGY_FIELD,
    Dimension.PARTNER_REGION,
    Dimension.PARTNER_INSTITUTION,
)
# Of these a group without anything is shown too: that it has none is what there is to see.
_STANDING = frozenset({Dimension.DISTRICT, Dimension.CATEGORY})
# Where technology comes from is a question about what is bought, whatever else the page shows.
OF_INFLOW = frozenset({Dimension.PARTNER_REGION, Dimension.PARTNER_INSTITUTION})


def dashboard(session: Session, asked: Asked, *, reader: Actor, today: date) -> Dashboard:
    """The dashboard of the region. Raises NotAllowed for one that is not hers."""
    headline = turnover_report(session, asked.query(asked.period.until(today)).for_reader(reader))
    actuals = actuals_of(session, asked.about, asked.year, asked.region_code, today=today)
    lines = target_lines(
        session,
        targets_of(session, asked.year, reader=reader, region_code=asked.region_code),
        today=today,
        known=[(asked.year, asked.region_code, actuals)],
    )
    return Dashboard(
        asked=asked,
        value=headline.value,
        count=headline.total.count,
        value_before=headline.previous.value(asked.measure),
        growth=headline.growth,
        monthly=_by_month(actuals.by_day),
        monthly_before=_by_month(actuals.year_before),
        months_begun=MONTHS if today.year > asked.year else today.month if today.year == asked.year else 0,
        targets=[line for line in lines if line.about == asked.about],
        registrations=[line for line in lines if line.about.metric not in MEASURE_OF],
        notices=_notices(lines, asked),
        breakdowns=[
            _breakdown(session, asked, one) for one in BREAKDOWNS if asked.is_city or one is not Dimension.DISTRICT
        ],
        industries=coverage_of_industries(session, reader),
        fields=coverage_of_fields(session, reader),
        funnels=[funnel(session, one, asked.period, asked.region_code) for one in Counting],
    )


def target_lines(
    session: Session,
    targets: Sequence[Target],
    *,
    today: date,
    known: Sequence[tuple[int, str, Actuals]] = (),
) -> list[TargetLine]:
    """The targets with their progress, each compared with figures of its own kind only.

    `known`: figures of a year and region that have been read already.
    """
    read = {(actuals.about, year, region_code): actuals for year, region_code, actuals in known}
    lines = []
    for target in targets:
        key = (about(target), target.year, target.region_code)
        if key not in read:
            read[key] = actuals_of(session, *key, today=today)
        lines.append(TargetLine(target, progress(target, read[key], today), _other_kind_last_year(session, target)))
    return lines


def actuals_of(session: Session, of: About, year: int, region_code: str, *, today: date) -> Actuals:
    """What came in during the year and the year before, of the kind the target is about.

    Months are enough, each at its first day; of the year before, the running month is split at today's day, for what
    is compared with the same days.
    """
    if of.metric not in MEASURE_OF:
        now, then = (registered_by_day(session, one, region_code) for one in (year, year - 1))
        return Actuals(of, now, then)
    asked = Asked(year, None, MEASURE_OF[of.metric], of.caliber, of.date_basis, region_code)
    groups = turnover_report(session, asked.query(group_by=Dimension.MONTH)).groups
    months = {int(one.code[-2:]): one for one in groups}
    now = {date(year, month, 1): one.value(asked.measure) for month, one in months.items()}
    then = {date(year - 1, month, 1): one.previous.value(asked.measure) for month, one in months.items()}
    if today.year == year:
        until = turnover_report(session, asked.query(Period(today.replace(day=1), today))).previous.value(asked.measure)
        month = date(year - 1, today.month, 1)
        whole, then[month] = then.get(month, 0), until
        last = month.replace(day=monthrange(month.year, month.month)[1])
        # Zero in a month whose last day is today's.
        then[last] = then.get(last, 0) + whole - until
    return Actuals(of, now, then)


def usual_kind(session: Session, measure: Measure, year: int, region_code: str, *, reader: Actor) -> About:
    """The kind the year's first target of that measure is set in; 输出 by registration where there is none."""
    of_region = targets_of(session, year, reader=reader, region_code=region_code)
    metric = METRIC_OF[measure]
    return next((about(one) for one in of_region if one.metric is metric), About(metric))


def headline_of(session: Session, reader: Actor, today: date) -> tuple[str, str]:
    """This year in one line, what it is about and the figure: `2.44 亿元，完成 135.6%`, against her region's first target."""
    region, measure = counted_region(reader), Measure.CONTRACT_VALUE
    kind = usual_kind(session, measure, today.year, region, reader=reader)
    asked = Asked(today.year, None, measure, kind.caliber, kind.date_basis, region)
    words = f"今年成交额（{kind.caliber.label}，{kind.date_basis.label}）"
    value = in_words(kind.metric, turnover_report(session, asked.query().for_reader(reader)).value)
    targets = targets_of(session, today.year, reader=reader, region_code=region)
    first = next((one for one in targets if about(one) == kind), None)
    if first is None:
        return words, value
    (line,) = target_lines(session, [first], today=today)
    return words, f"{value}，完成 {float(line.progress.completion):.1%}"


def _breakdown(session: Session, asked: Asked, dimension: Dimension) -> Breakdown:
    if dimension in OF_INFLOW:
        asked = replace(asked, caliber=Caliber.INFLOW)
    report = turnover_report(session, asked.query(group_by=dimension))
    # What brought something the year before only says nothing here, where last year is not shown.
    shown = [one for one in report.groups if one.count or dimension in _STANDING]
    groups = sorted(shown, key=lambda one: (not one.code, -one.value(asked.measure)))
    return Breakdown(dimension, asked, groups, report.value)


def _by_month(by_day: Mapping[date, int]) -> list[int]:
    sums = [0] * MONTHS
    for day, value in by_day.items():
        sums[day.month - 1] += value
    return sums


def _notices(lines: Sequence[TargetLine], asked: Asked) -> list[str]:
    """Targets that are not compared with what is shown, and why."""
    return [
        f"{line.target.tier.label}为{line.about.label}，当前显示的是{asked.about.label}："
        f"{mismatch(line.about, asked.about)}"
        for line in lines
        if line.about.metric in MEASURE_OF and line.about != asked.about
    ]


def _other_kind_last_year(session: Session, target: Target) -> str:
    """The sentence for a target whose predecessor of the same tier counted something else; empty otherwise."""
    if target.metric not in MEASURE_OF:
        return ""
    before = [
        one
        for one in targets_of(session, target.year - 1, reader=PLATFORM, region_code=target.region_code)
        if one.tier is target.tier and one.metric in MEASURE_OF
    ]
    if not before or any(about(one) == about(target) for one in before):
        return ""
    return (
        f"{target.year} 年{target.tier.label}为{target.metric.label}，{target.year - 1} 年按{before[0].metric.label}考核："
        f"{mismatch(about(target), about(before[0]))}。此处的同比和所需增幅均按{target.metric.label}重新统计。"
    )
