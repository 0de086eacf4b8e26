"""完成率: a figure against the targets of its own kind, and against no other."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from matchmaker.completion import completions, completions_of_groups
from matchmaker.models.contract_words import Caliber, DateBasis, Measure, TargetMetric, TargetTier
from matchmaker.models.target import Target
from matchmaker.period import Period
from matchmaker.turnover import Dimension, Figures, Group, TurnoverQuery, TurnoverReport

CITY, EAST, WEST = "990100", "990102", "990103"
YI = 10**10
YEAR = Period.of_year(2026)


def target(value: int, **values: Any) -> Target:
    given = {"metric": TargetMetric.CONTRACT_VALUE, "tier": TargetTier.ASSIGNED, "region_code": CITY, "year": 2026}
    return Target(source="test", source_id="", value=value, **{**given, **values})


def report(value: int, groups: dict[str, int] | None = None, **asked: Any) -> TurnoverReport:
    query = TurnoverQuery(**{"period": YEAR, "region_code": CITY, **asked})
    made = tuple(Group(1, one, code=code) for code, one in (groups or {}).items())
    return TurnoverReport(query, Figures(3, value, value // 2), Figures(), made)


def test_the_seed_reached_what_the_province_assigned() -> None:
    (one,) = completions(report(244 * YI // 100), [target(180 * YI // 100)])
    assert (one.label, one.quarter, one.ratio) == ("省下达目标", None, Fraction(244, 180))


@pytest.mark.parametrize(
    "other",
    [
        {"measure": Measure.TECHNOLOGY_VALUE},
        {"measure": Measure.COUNT},
        {"caliber": Caliber.NET},
        {"date_basis": DateBasis.SIGNED},
        {"region_code": EAST},
        {"period": Period.of_year(2025)},
        {"period": Period(date(2025, 1, 1), date(2026, 12, 31))},
        {"period": Period(date(2026, 1, 2), date(2026, 12, 31))},
        {"filters": {Dimension.CATEGORY: "service"}},
    ],
)
def test_nothing_is_compared_with_a_target_of_another_kind(other: dict[str, Any]) -> None:
    assert completions(report(5, **other), [target(10)]) == []
    assert len(completions(report(5), [target(10)])) == 1


def test_a_quarter_is_compared_with_its_share() -> None:
    split = target(100, quarters=[10, 20, 30, 40])
    first, second = Period(date(2026, 1, 1), date(2026, 3, 15)), Period.of_year(2026, 2)
    assert [(one.label, one.ratio) for one in completions(report(5, period=first), [split])] == [
        ("省下达目标", Fraction(5, 100)),
        ("省下达目标第一季度", Fraction(5, 10)),
    ]
    assert [(one.label, one.ratio) for one in completions(report(5, period=second), [split])] == [
        ("省下达目标第二季度", Fraction(5, 20))
    ]
    assert [one.asked for one in completions(report(5, period=second), [target(100)])] == [25]
    assert completions(report(5, period=Period(date(2026, 4, 1), date(2026, 7, 1))), [split]) == []
    nothing = target(100, quarters=[100, 0, 0, 0])
    assert [one.ratio for one in completions(report(5, period=second), [nothing])] == [None]


def test_districts_have_targets_of_their_own() -> None:
    targets = [
        target(1000),
        target(100, region_code=EAST, tier=TargetTier.WORKING),
        target(50, region_code=EAST),
        target(40, region_code=WEST, tier=TargetTier.WORKING),
    ]
    by = {"group_by": Dimension.DISTRICT}
    found = completions_of_groups(report(60, {EAST: 25, WEST: 10, "990104": 25}, **by), targets)
    assert {code: (one.target.tier, one.ratio) for code, one in found.items()} == {
        EAST: (TargetTier.ASSIGNED, Fraction(1, 2)),
        WEST: (TargetTier.WORKING, Fraction(1, 4)),
    }


@pytest.mark.parametrize(("caliber", "is_compared"), [(one, one.value in "outflow inflow both") for one in Caliber])
def test_a_group_that_is_not_the_districts_own_figure_is_not_compared(caliber: Caliber, is_compared: bool) -> None:
    targets = [target(10, region_code=EAST, caliber=caliber)]
    found = completions_of_groups(report(5, {EAST: 5}, caliber=caliber, group_by=Dimension.DISTRICT), targets)
    assert bool(found) is is_compared


def test_quarters_stand_beside_the_split_of_their_year() -> None:
    targets = [target(100, quarters=[10, 20, 30, 40]), target(8, year=2025)]
    period = Period(date(2025, 11, 1), date(2026, 5, 31))
    found = completions_of_groups(
        report(9, {"2025Q4": 1, "2026Q1": 5, "2026Q2": 3}, period=period, group_by=Dimension.QUARTER), targets
    )
    # Of 2025's last quarter a month is missing.
    assert {code: one.ratio for code, one in found.items()} == {"2026Q1": Fraction(1, 2), "2026Q2": Fraction(3, 20)}
