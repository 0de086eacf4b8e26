"""`/stats/turnover`: the turnover by any measure, caliber and basis, divided by any dimension, down to its contracts."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any, Self
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from matchmaker.completion import Completion, completions, completions_of_groups
from matchmaker.models.contract_words import Caliber, DateBasis, Measure, TargetTier
from matchmaker.models.parts import labelled
from matchmaker.models.target import Target
from matchmaker.money import yuan_text
from matchmaker.period import Period
from matchmaker.rights import Actor, Right
from matchmaker.targets import targets_of
from matchmaker.turnover import (
    Dimension,
    Figures,
    Group,
    TurnoverQuery,
    TurnoverReport,
    contracts_behind,
    counted_region,
    region_name,
    turnover_report,
)
from matchmaker.visibility import today
from matchmaker.web.api.amounts import ShownYuan, rounded
from matchmaker.web.api.contract_shapes import ContractShort
from matchmaker.web.api.paging import next_cursor, offset_of
from matchmaker.web.api.queries import Region
from matchmaker.web.dependencies import Requires, SessionDep

router = APIRouter(prefix="/stats/turnover", tags=["statistics"])

Reader = Annotated[Actor, Depends(Requires(Right.READ_TURNOVER))]
CONTRACTS = "/api/v1/stats/turnover/contracts"


class TurnoverAsked(BaseModel):
    """What a figure is about. Without dates it is this year's."""

    model_config = ConfigDict(extra="forbid")

    measure: Annotated[Measure, labelled(Measure)] = Field(default=Measure.CONTRACT_VALUE, description="指标")
    caliber: Annotated[Caliber, labelled(Caliber)] = Field(default=Caliber.OUTFLOW, description="统计口径")
    date_basis: Annotated[DateBasis, labelled(DateBasis)] = Field(
        default=DateBasis.REGISTERED, description="按登记日期还是签订日期"
    )
    first: date | None = Field(default=None, alias="from", description="起始日期；不填为今年 1 月 1 日")
    last: date | None = Field(
        default=None, alias="to", description="截止日期；不填为起始年的 12 月 31 日。晚于今天的按今天，同比才可比"
    )
    region: Region = Field(default="", description="统计地区：代码或名称；不填为本市，区县为本区县")
    group_by: Annotated[Dimension | None, labelled(Dimension)] = Field(default=None, description="按什么分组")
    filter: list[Annotated[str, Field(max_length=80, pattern="^[a-z_]+:.*$")]] = Field(
        default=[], max_length=10, description="只统计某一组，写作 `分组:代码`，如 `category:development`，可重复"
    )

    @model_validator(mode="after")
    def days_in_order(self) -> Self:
        if self.first and self.last and self.last < self.first:
            raise ValueError("截止日期早于起始日期：请核对 from 和 to")
        for one in self.filter:
            Dimension.parse(one.partition(":")[0])
        return self

    def query(self, reader: Actor) -> TurnoverQuery:
        """The question, if she may ask it. Raises NotAllowed, MalformedRequest."""
        year = (self.first or self.last or today()).year
        chosen = (one.partition(":") for one in self.filter)
        period = Period(self.first or date(year, 1, 1), self.last or date(year, 12, 31))
        asked = TurnoverQuery(
            period=period.until(today()),
            measure=self.measure,
            caliber=self.caliber,
            date_basis=self.date_basis,
            region_code=self.region or counted_region(reader),
            group_by=self.group_by,
            filters={Dimension.parse(name): code for name, _, code in chosen},
        )
        return asked.for_reader(reader)


class BehindAsked(TurnoverAsked):
    """Which figure's contracts."""

    group: str | None = Field(default=None, max_length=80, description="哪一组（代码，空即未填写）；不给出为全部")
    limit: int = Field(default=20, ge=1, le=100, description="每页条数")
    cursor: str | None = Field(default=None, max_length=10, description="上一页答复中的 next_cursor")


class FiguresShown(BaseModel):
    """Count and amounts of some contracts."""

    count: int = Field(description="合同项数")
    contract_value: ShownYuan = Field(description="合同成交额（元）")
    technology_value: ShownYuan = Field(description="技术交易额（元）")
    technology_income: ShownYuan = Field(description="已核定的技术性收入（元）")

    @classmethod
    def of(cls, figures: Figures) -> "FiguresShown":
        return cls(
            count=figures.count,
            contract_value=figures.contract_value_fen,
            technology_value=figures.technology_value_fen,
            technology_income=figures.technology_income_fen,
        )


class About(BaseModel):
    """What every figure in the answer is about."""

    measure: Measure
    measure_label: str = Field(examples=["合同成交额"])
    caliber: Caliber
    caliber_label: str = Field(examples=["输出"])
    date_basis: DateBasis
    date_basis_label: str = Field(examples=["按登记日期"])
    first: date = Field(serialization_alias="from")
    last: date = Field(serialization_alias="to")
    region_code: str
    region_name: str
    filter: list[str]

    @classmethod
    def of(cls, asked: TurnoverQuery) -> "About":
        return cls(
            measure=asked.measure,
            measure_label=asked.measure.label,
            caliber=asked.caliber,
            caliber_label=asked.caliber.label,
            date_basis=asked.date_basis,
            date_basis_label=asked.date_basis.label,
            first=asked.period.first,
            last=asked.period.last,
            region_code=asked.region_code,
            region_name=region_name(asked.region_code),
            filter=[f"{by.value}:{code}" for by, code in asked.filters.items()],
        )


class CompletionShown(BaseModel):
    """A figure against a target of its own region, measure, caliber and date basis."""

    target_id: int
    tier: TargetTier
    tier_label: str = Field(examples=["省下达目标"])
    quarter: int | None = Field(description="季度分解数的季度；全年目标为 null")
    asked: str = Field(description="目标或其季度分解数：金额为元，项数为整数", examples=["180000000.00"])
    ratio: str | None = Field(description="完成率，四位小数的比值；季度分解数为零时为 null", examples=["1.3556"])

    @classmethod
    def of(cls, measure: Measure, one: Completion) -> "CompletionShown":
        return cls(
            target_id=one.target.id or 0,
            tier=one.target.tier,
            tier_label=one.target.tier.label,
            quarter=one.quarter,
            asked=_text(measure, one.asked),
            ratio=None if one.ratio is None else rounded(one.ratio, "0.0001"),
        )


class TurnoverGroup(BaseModel):
    """One group; the values of all add up to the whole."""

    code: str = Field(description="空即未填写")
    label: str
    value: str = Field(description="按所问指标：金额为元，项数为整数")
    figures: FiguresShown
    previous: FiguresShown = Field(description="上年同期")
    completion: CompletionShown | None = Field(description="这一组有自己的目标时的完成率：县市区、季度")
    contracts: str = Field(description="这一组的合同")


class TurnoverShown(BaseModel):
    """A figure, labelled, with the same of the year before and the groups it is made of."""

    about: About
    value: str = Field(description="按所问指标：金额为元，项数为整数", examples=["244000000.00"])
    figures: FiguresShown
    previous: FiguresShown = Field(description="上年同期")
    growth: str | None = Field(description="同比，四位小数的比值；上年同期为零时为 null", examples=["0.1480"])
    mean: str | None = Field(description="项均金额（元，四舍五入到分）；没有合同或指标为项数时为 null")
    completions: list[CompletionShown] = Field(
        description="完成率：从年初算起的比全年目标，从季度首日算起的比季度分解数；另有筛选条件时为空"
    )
    contracts: str = Field(description="这个数背后的合同")
    group_by: Dimension | None
    groups: list[TurnoverGroup]


class CountedShown(BaseModel):
    contract: ContractShort
    times: int = Field(description="计几次：安徽口径中本地内循环的合同计两次")


class BehindShown(BaseModel):
    """The contracts behind a figure, and what they add up to."""

    about: About
    items: list[CountedShown]
    total: int = Field(description="不同的合同项数")
    figures: FiguresShown = Field(description="计次后的合计，与所查的数一致")
    next_cursor: str | None


@router.get("", summary="技术合同成交额统计")
def read_turnover(session: SessionDep, reader: Reader, asked: Annotated[TurnoverAsked, Query()]) -> TurnoverShown:
    """每个数都带指标、口径和日期口径，并附背后合同的地址；成交额为零的合同不计。区县只能查看本区县。"""
    query = asked.query(reader)
    return _shown(turnover_report(session, query), targets_of(session, reader=reader))


@router.get("/contracts", summary="成交额背后的合同")
def list_turnover_contracts(session: SessionDep, reader: Reader, asked: Annotated[BehindAsked, Query()]) -> BehindShown:
    """条件与 `/stats/turnover` 相同，另可用 `group` 指定一组；近的在前。"""
    query, offset = asked.query(reader), offset_of(asked.cursor)
    found = contracts_behind(session, query, asked.group, offset=offset, limit=asked.limit)
    return BehindShown(
        about=About.of(query),
        items=[CountedShown(contract=ContractShort.of(one.contract), times=one.times) for one in found.contracts],
        total=found.total,
        figures=FiguresShown.of(found.figures),
        next_cursor=next_cursor(offset + asked.limit, found.total),
    )


def _shown(report: TurnoverReport, targets: Sequence[Target]) -> TurnoverShown:
    asked = report.asked
    completed = completions_of_groups(report, targets)
    return TurnoverShown(
        about=About.of(asked),
        value=_value(asked.measure, report.total),
        figures=FiguresShown.of(report.total),
        previous=FiguresShown.of(report.previous),
        growth=None if report.growth is None else rounded(report.growth, "0.0001"),
        mean=None if report.mean is None else rounded(report.mean / 100, "0.01"),
        completions=[CompletionShown.of(asked.measure, one) for one in completions(report, targets)],
        contracts=_behind(asked),
        group_by=asked.group_by,
        groups=[_group(asked, one, completed.get(one.code)) for one in report.groups],
    )


def _group(asked: TurnoverQuery, group: Group, completed: Completion | None) -> TurnoverGroup:
    return TurnoverGroup(
        code=group.code,
        label=group.label,
        value=_value(asked.measure, group),
        figures=FiguresShown.of(group),
        previous=FiguresShown.of(group.previous),
        completion=None if completed is None else CompletionShown.of(asked.measure, completed),
        contracts=_behind(asked, group.code),
    )


def _value(measure: Measure, figures: Figures) -> str:
    return _text(measure, figures.value(measure))


def _text(measure: Measure, value: int) -> str:
    return str(value) if measure is Measure.COUNT else yuan_text(value)


def _behind(asked: TurnoverQuery, group: str | None = None) -> str:
    parameters: list[tuple[str, Any]] = [
        ("measure", asked.measure.value),
        ("caliber", asked.caliber.value),
        ("date_basis", asked.date_basis.value),
        ("from", asked.period.first),
        ("to", asked.period.last),
        ("region", asked.region_code),
        *(("filter", f"{by.value}:{code}") for by, code in asked.filters.items()),
    ]
    if group is not None and asked.group_by is not None:
        parameters += [("group_by", asked.group_by.value), ("group", group)]
    return f"{CONTRACTS}?{urlencode(parameters)}"
