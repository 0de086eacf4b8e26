"""Targets 目标: what is to be reached in a year, set by whom, in which metric, caliber and date basis.

A target is only ever compared with a figure of its own metric, caliber and basis (`check_comparable`): 成交额 and 交易额
are different numbers that the same document may confuse (domain.md §4 row 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, false, true
from sqlmodel import Session, col, func, select

from matchmaker.audit import reason_for
from matchmaker.classification import classification
from matchmaker.errors import MalformedRequest, MetricMismatch, NotAllowed, NotFound, RecordAlreadyExists
from matchmaker.fuzzy import as_amount, parse_stated
from matchmaker.models.account import Role
from matchmaker.models.contract_words import Caliber, DateBasis, Measure, Qualifier, TargetMetric, TargetTier
from matchmaker.models.target import AchievementRegistration, Target, TargetCreate, TargetFields
from matchmaker.money import FEN_PER_YI, in_wan, in_yi
from matchmaker.period import Period
from matchmaker.records import check_version, content_key, write_values
from matchmaker.rights import Actor, Right

METRIC_OF: dict[Measure, TargetMetric] = {
    Measure.CONTRACT_VALUE: TargetMetric.CONTRACT_VALUE,
    Measure.TECHNOLOGY_VALUE: TargetMetric.TECHNOLOGY_VALUE,
    Measure.TECHNOLOGY_INCOME: TargetMetric.TECHNOLOGY_INCOME,
    Measure.COUNT: TargetMetric.CONTRACTS,
}
MEASURE_OF: dict[TargetMetric, Measure] = {metric: measure for measure, metric in METRIC_OF.items()}
AMOUNTS = frozenset({TargetMetric.CONTRACT_VALUE, TargetMetric.TECHNOLOGY_VALUE, TargetMetric.TECHNOLOGY_INCOME})
QUARTERS = 4
# The words of a document that name a metric. 合同交易额 is an amount of exchange, 合同成交额 one of contracts.
_NAMING = {"成交额": TargetMetric.CONTRACT_VALUE, "交易额": TargetMetric.TECHNOLOGY_VALUE}
# Codes of towns and parks begin with the six digits of their district.
_DISTRICT_DIGITS = 6


@dataclass(frozen=True)
class About:
    """What a figure is about. Achievements registered know neither caliber nor date basis: both are the first."""

    metric: TargetMetric
    caliber: Caliber = Caliber.OUTFLOW
    date_basis: DateBasis = DateBasis.REGISTERED

    @property
    def label(self) -> str:
        """`技术合同成交额（输出，按登记日期）`, as it stands beside every figure."""
        if self.metric not in MEASURE_OF:
            return self.metric.label
        return f"{self.metric.label}（{self.caliber.label}，{self.date_basis.label}）"


def about(target: TargetFields) -> About:
    """What this target is about."""
    return About(target.metric, target.caliber, target.date_basis)


def mismatch(one: About, other: About) -> str:
    """Why two figures may not be compared, as a sentence for the page; empty where they may."""
    if one == other:
        return ""
    different = [
        f"{name}（{left.label}与{right.label}）"
        for name, left, right in (
            ("指标", one.metric, other.metric),
            ("统计口径", one.caliber, other.caliber),
            ("日期口径", one.date_basis, other.date_basis),
        )
        if left is not right
    ]
    return f"{'、'.join(different)}不同，不作比较"


def check_comparable(target: TargetFields, figure: About) -> None:
    """Raise MetricMismatch unless the figure is of the target's metric, caliber and date basis."""
    if words := mismatch(about(target), figure):
        raise MetricMismatch(f"目标与数据的{words}", "请选择与目标相同的指标、统计口径和日期口径")


def in_words(metric: TargetMetric, value: int) -> str:
    """A value of that metric for people: `2.44 亿元`, `3,500 万元`, `615 项`."""
    if metric not in AMOUNTS:
        return f"{value:,} 项"
    return in_yi(value) if abs(value) >= FEN_PER_YI else in_wan(value)


def quarters_of(target: TargetFields) -> list[int]:
    """The value split over the four quarters; a quarter each unless somebody split it otherwise. Sums to the value."""
    if target.quarters:
        return list(target.quarters)
    each, rest = divmod(target.value, QUARTERS)
    return [each] * (QUARTERS - 1) + [each + rest]


def doubts(target: TargetFields) -> list[str]:
    """What in the wording contradicts the fields: sentences to be confirmed before the target is kept."""
    found = []
    named = {metric for word, metric in _NAMING.items() if word in target.stated_as}
    if named and target.metric in _NAMING.values() and target.metric not in named:
        other = next(iter(named)).label
        found.append(f"原文写的是“{other}”，而指标选的是“{target.metric.label}”：两者口径不同，不能混用")
    try:
        stated = parse_stated(target.stated_as) if target.stated_as else None
    except ValueError:
        stated = None
    if stated is not None and target.metric in AMOUNTS:
        stated = as_amount(stated)
    if stated is None or stated.is_amount is not (target.metric in AMOUNTS) or not (stated.unit or stated.value):
        return found
    if stated.value != target.value:
        words = in_words(target.metric, stated.value)
        found.append(f"原文中的数量是 {words}，而目标值填的是 {in_words(target.metric, target.value)}")
    return found


def add_target(
    session: Session, create: TargetCreate, *, by: Actor, reason: str = "", confirmed: bool = False
) -> Target:
    """A new target. What contradicts its own wording has to be `confirmed`.

    Raises NotAllowed, MalformedRequest (region, quarters), MetricMismatch, RecordAlreadyExists.
    """
    values = _checked(create, by, confirmed)
    _check_free(session, create, None)
    target = Target(source="manual", source_id=content_key({name: values[name] for name in _KEY}), **values)
    with reason_for(session, reason):
        session.add(target)
    return target


def revise_target(
    session: Session, target: Target, change: TargetCreate, *, by: Actor, reason: str, confirmed: bool = False
) -> Target:
    """The target as `change` states it; why stands in the trail. Raises as `add_target`, and without a reason."""
    values = _checked(change, by, confirmed)
    _check_reason(reason)
    _check_free(session, change, target)
    with reason_for(session, reason):
        write_values(target, values)
    return target


def remove_target(session: Session, target: Target, *, by: Actor, reason: str) -> None:
    """Take the target away; the trail keeps what it was and why. Raises NotAllowed, MalformedRequest."""
    _check_right(by)
    _check_reason(reason)
    with reason_for(session, reason):
        session.delete(target)


def targets_of(
    session: Session, year: int | None = None, *, reader: Actor, region_code: str | None = None
) -> list[Target]:
    """The targets this reader may know of: a district official her district's, others all of the city.

    In the order of the years (latest first), the regions (the city first), the metrics and the tiers.
    """
    conditions: list[ColumnElement[bool]] = [_readable(reader)]
    if year is not None:
        conditions.append(col(Target.year) == year)
    if region_code is not None:
        conditions.append(col(Target.region_code) == region_code)
    found = session.exec(select(Target).where(*conditions)).all()
    metrics, tiers = list(TargetMetric), list(TargetTier)
    return sorted(found, key=lambda one: (-one.year, one.region_code, metrics.index(one.metric), tiers.index(one.tier)))


def target_by_id(session: Session, target_id: int, *, reader: Actor, version: int | None = None) -> Target:
    """The target, in that version if one is given. Raises NotFound, VersionConflict."""
    target = session.exec(select(Target).where(Target.id == target_id, _readable(reader))).first()
    if target is None:
        raise NotFound(f"没有编号为 {target_id} 的目标，或它不属于您的辖区", "请从“目标”页重新进入")
    if version is not None:
        check_version(target, version)
    return target


def years_with_targets(session: Session, *, reader: Actor) -> list[int]:
    """The years that have any, the latest first."""
    return sorted(session.exec(select(Target.year).where(_readable(reader)).distinct()), reverse=True)


def registrations_of(year: int, region_code: str) -> list[ColumnElement[bool]]:
    """Conditions on `AchievementRegistration`: those of a year; without a region they are the city's."""
    period, table = Period.of_year(year), AchievementRegistration
    conditions: list[ColumnElement[bool]] = [col(table.registered_on).between(period.first, period.last)]
    if region_code != classification().city.code:
        conditions.append(col(table.region_code).startswith(region_code[:_DISTRICT_DIGITS], autoescape=True))
    return conditions


def registered_by_day(session: Session, year: int, region_code: str) -> dict[date, int]:
    """Achievements the province registered, day by day: the actual of ACHIEVEMENTS_REGISTERED. Days without are missing."""
    day = col(AchievementRegistration.registered_on)
    rows = session.exec(select(day, func.count()).where(*registrations_of(year, region_code)).group_by(day))
    return dict(rows.all())


@dataclass(frozen=True)
class Distribution:
    """A city's target against the sum of its districts' of the same kind. `gap` > 0: not yet handed on."""

    city: Target
    districts: Sequence[Target]

    @property
    def total(self) -> int:
        return sum(one.value for one in self.districts)

    @property
    def gap(self) -> int:
        return self.city.value - self.total


def distributions(targets: Sequence[Target]) -> list[Distribution]:
    """Every target of the city that has been handed on to districts, with theirs of the same kind and year.

    The tier is the city's own affair: what the province assigned may be handed on as a working target. Where a district
    has several tiers, the one of the city's target counts, else its first.
    """
    city = classification().city.code
    found = []
    for one in (target for target in targets if target.region_code == city):
        same: dict[str, list[Target]] = {}
        for other in targets:
            if other.region_code != city and other.year == one.year and about(other) == about(one):
                same.setdefault(other.region_code, []).append(other)
        if same:
            chosen = [next((other for other in each if other.tier is one.tier), each[0]) for each in same.values()]
            found.append(Distribution(one, chosen))
    return found


_KEY = ("year", "metric", "caliber", "date_basis", "tier", "region_code")


def _readable(reader: Actor) -> ColumnElement[bool]:
    if not reader.may(Right.READ_TURNOVER):
        return false()
    if reader.role is Role.DISTRICT_OFFICIAL:
        return col(Target.region_code) == (reader.region_code or "")
    return true()


def _check_right(by: Actor) -> None:
    if not by.may(Right.SET_TARGETS):
        raise NotAllowed("您没有“设定目标”的权限", "目标由市科技局设定，请与其联系")


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise MalformedRequest("请填写原因", "目标的变动会留在操作记录中，例如“省厅调整下达数”")


def _check_free(session: Session, fields: TargetFields, own: Target | None) -> None:
    values = _normal(fields)
    same = session.exec(select(Target).where(*(col(getattr(Target, name)) == values[name] for name in _KEY))).first()
    if same is not None and (own is None or same.id != own.id):
        raise RecordAlreadyExists(
            f"{fields.year} 年已有同一地区、同一指标和口径的“{fields.tier.label}”", "请在“目标”页修改原有的目标"
        )


def _checked(fields: TargetCreate, by: Actor, confirmed: bool) -> dict[str, Any]:
    """The values to store. Raises what the verbs raise."""
    _check_right(by)
    city = classification().city
    if fields.region_code != city.code and fields.region_code not in city.districts:
        raise MalformedRequest("目标只能为全市或本市的县市区设定", f"请选择{city.name}或其县市区")
    if fields.quarters:
        if len(fields.quarters) != QUARTERS or any(one < 0 for one in fields.quarters):
            raise MalformedRequest("四个季度要么都填，要么都不填", "某季度没有安排的填 0")
        if sum(fields.quarters) != fields.value:
            total = in_words(fields.metric, sum(fields.quarters))
            raise MalformedRequest(
                f"四个季度合计 {total}，与目标值 {in_words(fields.metric, fields.value)} 不符", "请核对各季度的数"
            )
    if not confirmed and (found := doubts(fields)):
        raise MetricMismatch("；".join(found), "请核对文件原文；确认无误的，勾选“已核对”后再保存")
    return _normal(fields)


def _normal(fields: TargetFields) -> dict[str, Any]:
    """As stored: caliber and basis say nothing about achievements, and one key must not come in several spellings."""
    values: dict[str, Any] = {name: getattr(fields, name) for name in TargetFields.model_fields}
    if fields.metric not in MEASURE_OF:
        values |= {"caliber": Caliber.OUTFLOW, "date_basis": DateBasis.REGISTERED}
    if fields.qualifier is Qualifier.EXACT and fields.stated_as:
        try:
            values["qualifier"] = parse_stated(fields.stated_as).qualifier
        except ValueError:
            # Words without a number say nothing about how exact the value is.
            values["qualifier"] = Qualifier.EXACT
    return values
