"""完成率: how far a turnover, as asked, goes towards the targets of its own kind. Pure: figures and targets in.

A target asks for a year, and of each quarter for its share. It is compared only with a figure of just its region, metric,
caliber and date basis that is counted from the first day of that year or quarter; any other figure has no 完成率, rather
than a wrong one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from matchmaker.classification import classification
from matchmaker.models.contract_words import Caliber
from matchmaker.models.target import Target
from matchmaker.period import Period
from matchmaker.targets import METRIC_OF, About, about, quarters_of
from matchmaker.turnover import Dimension, TurnoverQuery, TurnoverReport, completion

# Under these a city's group of a district is the district's own figure; the others count contracts between districts
# of the city otherwise than each district does.
OF_A_DISTRICT = frozenset({Caliber.OUTFLOW, Caliber.INFLOW, Caliber.BOTH})


@dataclass(frozen=True)
class Completion:
    """A figure against what a target asks for: of its year, or of one quarter. Both in the target's unit."""

    target: Target
    quarter: int | None
    asked: int
    reached: int

    @property
    def ratio(self) -> Fraction | None:
        """None of a quarter that nothing is asked of."""
        return completion(self.reached, self.asked)

    @property
    def label(self) -> str:
        """`省下达目标`, `省下达目标第二季度`: what it was compared with."""
        quarter = f"第{'一二三四'[self.quarter - 1]}季度" if self.quarter else ""
        return f"{self.target.tier.label}{quarter}"


def completions(report: TurnoverReport, targets: Sequence[Target]) -> list[Completion]:
    """The whole figure against each target of its kind, in their order; none where the question has filters."""
    return [
        Completion(one, quarter, value, report.value)
        for one in _fitting(report.asked, targets, report.asked.region_code)
        for quarter, value in _asked_for(one, report.asked.period)
    ]


def completions_of_groups(report: TurnoverReport, targets: Sequence[Target]) -> dict[str, Completion]:
    """By code of the group: districts against targets of their own, quarters against their share of the region's.

    Of a district with several the tier that the city's first target has, else its first.
    """
    asked = report.asked
    values = {one.code: one.value(asked.measure) for one in report.groups}
    if asked.group_by is Dimension.QUARTER:
        return _of_quarters(asked, values, targets)
    is_of_districts = asked.group_by is Dimension.DISTRICT and asked.region_code == classification().city.code
    if not is_of_districts or asked.caliber not in OF_A_DISTRICT:
        return {}
    tiers = [one.tier for one in _fitting(asked, targets, asked.region_code)[:1]]
    found = {}
    for code, value in values.items():
        own = sorted(_fitting(asked, targets, code), key=lambda one: one.tier not in tiers)
        steps = [(one, *step) for one in own[:1] for step in _asked_for(one, asked.period)]
        if steps and code != asked.region_code:
            target, quarter, wanted = steps[0]
            found[code] = Completion(target, quarter, wanted, value)
    return found


def _of_quarters(asked: TurnoverQuery, values: dict[str, int], targets: Sequence[Target]) -> dict[str, Completion]:
    found = {}
    for code, value in values.items():
        year, quarter = int(code[:4]), int(code[-1])
        of_year = (one for one in targets if one.year == year and one.region_code == asked.region_code)
        first = next((one for one in of_year if not asked.filters and about(one) == _kind(asked)), None)
        if first is not None and asked.period.first <= Period.of_year(year, quarter).first:
            found[code] = Completion(first, quarter, quarters_of(first)[quarter - 1], value)
    return found


def _kind(asked: TurnoverQuery) -> About:
    return About(METRIC_OF[asked.measure], asked.caliber, asked.date_basis)


def _fitting(asked: TurnoverQuery, targets: Sequence[Target], region_code: str) -> list[Target]:
    first, last = asked.period.first, asked.period.last
    if asked.filters or first.year != last.year:
        return []
    return [
        one
        for one in targets
        if one.year == first.year and one.region_code == region_code and about(one) == _kind(asked)
    ]


def _asked_for(target: Target, period: Period) -> list[tuple[int | None, int]]:
    """What it asks for of a period within its year: of the year counted from its first day, of a quarter likewise."""
    found: list[tuple[int | None, int]] = []
    if period.first == date(target.year, 1, 1):
        found.append((None, target.value))
    quarter = (period.first.month + 2) // 3
    whole = Period.of_year(target.year, quarter)
    if period.first == whole.first and period.last <= whole.last:
        found.append((quarter, quarters_of(target)[quarter - 1]))
    return found
