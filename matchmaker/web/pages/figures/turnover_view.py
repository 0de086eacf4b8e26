"""The turnover in words and rows: what stands on the page and, the same, in the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from sqlmodel import Session

from matchmaker.completion import Completion
from matchmaker.models.contract_words import Caliber, DateBasis, Measure
from matchmaker.money import in_wan
from matchmaker.targets import MEASURE_OF
from matchmaker.turnover import (
    Dimension,
    Figures,
    Group,
    TurnoverQuery,
    TurnoverReport,
    a_year_earlier,
    group_label,
    growth,
    region_name,
    share,
    year_before,
)
from matchmaker.web.pages.figures.figure_words import percent, signed_percent
from matchmaker.web.pages.figures.turnover_asked import address, behind, narrowed, without

MEASURES: dict[Measure, str] = {
    Measure.CONTRACT_VALUE: "合同成交总额：合同标的的总金额，含设备、材料等非技术部分",
    Measure.TECHNOLOGY_VALUE: "合同成交总额减去设备、仪器、材料等非技术性费用",
    Measure.TECHNOLOGY_INCOME: "履行合同实际收到并经登记机构核定的技术性收入，随到款逐笔增加",
    Measure.COUNT: "合同份数，成交额为零的不计",
}
CALIBERS: dict[Caliber, str] = {
    Caliber.OUTFLOW: "卖方在{region}的合同，归卖方所在地",
    Caliber.INFLOW: "买方在{region}的合同，归买方所在地",
    Caliber.INNER: "买卖双方都在{region}的合同，归卖方所在地",
    Caliber.NET: "有一方在{region}的合同，每份只计一次；卖方在{region}的归卖方所在地，否则归买方所在地",
    Caliber.BOTH: "输出与吸纳相加，双方都在{region}的合同计两次，双方所在地各计一次",
}
BASES: dict[DateBasis, str] = {
    DateBasis.REGISTERED: "认定登记日期在期间内、现为已登记的合同；注销、撤销登记的不再计入",
    DateBasis.SIGNED: "签订日期在期间内、已签订且仍有效的合同，含尚未登记的；与登记机构的数字不可比",
}
# A page shows so many groups: more than are read, and few enough for a phone on a slow line.
MOST_ROWS = 50


@dataclass(frozen=True)
class Row:
    """One group: texts with the address of what is behind, and of the same question about this group alone."""

    label: str
    count: str
    value: str
    share: str
    previous: str
    growth: str
    completion: "CompletionWords | None"
    contracts_link: str
    previous_link: str
    narrow_link: str
    is_zero_district: bool


@dataclass(frozen=True)
class CompletionWords:
    """A target with how far it has been reached: `省下达目标 18,000 万元`, `135.6%`."""

    target: str
    ratio: str


@dataclass(frozen=True)
class CaliberRow:
    """The same question under another caliber."""

    caliber: Caliber
    count: int
    value: str
    contracts_link: str
    link: str
    is_asked: bool


@dataclass(frozen=True)
class Chip:
    """A filter in words, and the question without it."""

    text: str
    link: str


def value_words(value: int | Fraction, measure: Measure) -> str:
    """`128 项`, `2,440 万元`."""
    return f"{int(value):,} 项" if measure is Measure.COUNT else in_wan(round(value))


def about(asked: TurnoverQuery) -> str:
    """What every figure of the page is: region, period, measure, caliber and basis."""
    return (
        f"{region_name(asked.region_code)}，{asked.period.first} 至 {asked.period.last}，"
        f"{asked.measure.label}（{asked.caliber.label}，{asked.date_basis.label}）"
    )


def completion_words(one: Completion) -> CompletionWords:
    """What it is compared with, and the ratio."""
    measure = MEASURE_OF[one.target.metric]
    return CompletionWords(f"{one.label} {value_words(one.asked, measure)}", percent(one.ratio))


def rows_of(report: TurnoverReport, completed: Mapping[str, Completion]) -> list[Row]:
    """The groups, each with its share, growth and, where it has a target of its own, 完成率 (`completed`, by code).

    Of very many the largest; the others, two or more, are one line without a link, so that the lines still sum to the
    total. Months and quarters all stand: a row of them with gaps would mislead.
    """
    measure, by = report.asked.measure, report.asked.group_by
    if len(report.groups) <= MOST_ROWS + 1 or by in (Dimension.MONTH, Dimension.QUARTER):
        return [_row(report, one, completed) for one in report.groups]
    ranked = sorted(report.groups, key=lambda one: one.value(measure), reverse=True)
    shown, others = ranked[:MOST_ROWS], ranked[MOST_ROWS:]
    rest = Group(
        **Figures.sum(others).as_values(),
        code="",
        label=f"其余 {len(others)} 个",
        previous=Figures.sum(one.previous for one in others),
    )
    kept = {one.code for one in shown}
    return [
        *(_row(report, one, completed) for one in report.groups if one.code in kept),
        replace(_row(report, rest, {}), contracts_link="", previous_link="", narrow_link=""),
    ]


def _row(report: TurnoverReport, group: Group, completed: Mapping[str, Completion]) -> Row:
    asked, measure = report.asked, report.asked.measure
    value, previous = group.value(measure), group.previous.value(measure)
    then = Dimension.CATEGORY if asked.group_by is not Dimension.CATEGORY else Dimension.MONTH
    return Row(
        label=group.label,
        count=f"{group.count:,}",
        value=value_words(value, measure),
        share=percent(share(value, report.value)),
        previous=value_words(previous, measure),
        growth=signed_percent(growth(value, previous)),
        completion=completion_words(completed[group.code]) if group.code in completed else None,
        contracts_link=behind(asked, group.code) if group.count else "",
        previous_link=_behind_previous(asked, group) if group.previous.count else "",
        narrow_link=address(narrowed(asked, group.code, then)) if group.count else "",
        is_zero_district=asked.group_by is Dimension.DISTRICT and not group.count,
    )


def _behind_previous(asked: TurnoverQuery, group: Group) -> str:
    """The contracts the group is compared with: of a month or quarter, those a year earlier."""
    return behind(replace(asked, period=year_before(asked.period)), a_year_earlier(asked.group_by, group.code))


def caliber_rows(reports: dict[Caliber, TurnoverReport], asked: TurnoverQuery) -> list[CaliberRow]:
    """The headline by all five calibers, to be seen side by side."""
    return [
        CaliberRow(
            caliber=caliber,
            count=one.total.count,
            value=value_words(one.total.value(asked.measure), asked.measure),
            contracts_link=behind(replace(asked, caliber=caliber)),
            link=address(replace(asked, caliber=caliber)),
            is_asked=caliber is asked.caliber,
        )
        for caliber, one in reports.items()
    ]


def chips(session: Session, asked: TurnoverQuery) -> list[Chip]:
    """The filters in force."""
    return [
        Chip(f"{by.label}：{group_label(session, by, code)}", address(without(asked, by)))
        for by, code in asked.filters.items()
    ]


def explanations(asked: TurnoverQuery) -> Sequence[tuple[str, str]]:
    """What measure, caliber and basis mean, in words."""
    region = region_name(asked.region_code)
    return (
        (asked.measure.label, MEASURES[asked.measure]),
        (asked.caliber.label, CALIBERS[asked.caliber].format(region=region)),
        (asked.date_basis.label, BASES[asked.date_basis]),
    )


def amounts(figures: Figures) -> dict[Measure, str]:
    """All four measures in words."""
    return {one: value_words(figures.value(one), one) for one in Measure}
