"""`/targets`: what is to be reached in a year, and how far it has been."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi.openapi.models import Example
from pydantic import BaseModel, Field, ValidationInfo, WithJsonSchema, field_validator

from matchmaker.dashboard import TargetLine, target_lines
from matchmaker.models.base import OUTSIDE
from matchmaker.models.contract_words import Caliber, DateBasis, Qualifier, TargetMetric, TargetTier
from matchmaker.models.target import Target, TargetCreate
from matchmaker.money import fen_of_yuan, yuan_text
from matchmaker.rights import Actor, Right
from matchmaker.target_progress import Light
from matchmaker.targets import (
    AMOUNTS,
    about,
    add_target,
    quarters_of,
    remove_target,
    revise_target,
    target_by_id,
    targets_of,
)
from matchmaker.visibility import today
from matchmaker.web.api.amounts import rounded
from matchmaker.web.api.contract_shapes import Version
from matchmaker.web.api.etags import TAGGED, ExpectedDep, SeenDep, etag_of
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.paging import Whole
from matchmaker.web.api.shapes import RecordId
from matchmaker.web.dependencies import Requires, SessionDep

router = APIRouter(prefix="/targets", tags=["statistics"])

Reader = Annotated[Actor, Depends(Requires(Right.READ_TURNOVER))]
Setter = Annotated[Actor, Depends(Requires(Right.SET_TARGETS))]

_NUMBER = {
    "type": "string",
    "pattern": r"^[0-9]{1,12}(\.[0-9]{1,2})?$",
    "description": "金额指标为元，最多两位小数；项数指标为整数",
    "examples": ["280000000.00"],
}
Number = Annotated[int, WithJsonSchema(_NUMBER)]

_BY_QUARTERS: dict[str, Any] = {
    "year": 2027,
    "metric": "科技成果登记数",
    "tier": "工作目标",
    "region_code": "990100",
    "value": "800",
    "quarters": ["100", "200", "200", "300"],
}
NEW_TARGETS: dict[str, Example] = {
    "amount": {
        "summary": "省下达的技术合同成交额目标",
        "value": {
            "year": 2027,
            "metric": "技术合同成交额",
            "caliber": "输出",
            "tier": "省下达",
            "region_code": "990100",
            "value": "280000000.00",
            "stated_as": "技术合同成交额突破2.8亿元",
            "document": "省科技厅年度目标分解表",
            "giver": "省科技厅",
        },
    },
    "count": {
        "summary": "按季分解的成果登记目标",
        "value": _BY_QUARTERS,
    },
}
CHANGED_TARGETS: dict[str, Example] = {
    "change": {
        "summary": "调整目标值，整条给出",
        "value": {**_BY_QUARTERS, "value": "820", "quarters": [], "version": 1, "reason": "省厅调整"},
    },
}


class NewTarget(TargetCreate):
    """A target to be set."""

    value: Number
    quarters: list[Number] = Field(default_factory=list, max_length=4, description="四个季度各多少；空即平均")
    reason: str = Field(default="", max_length=500, description="原因，留在操作记录中")
    confirmed: bool = Field(default=False, description="原文与指标或数值不一致时，确认无误")

    @field_validator("value", "quarters", mode="before")
    @classmethod
    def in_its_unit(cls, given: Any, info: ValidationInfo) -> Any:
        is_amount = info.data.get("metric") in AMOUNTS
        return [_number(one, is_amount) for one in given] if isinstance(given, list) else _number(given, is_amount)


class ChangedTarget(NewTarget):
    """The whole target as it is to be."""

    version: Version = None
    reason: str = Field(max_length=500, description="变动的原因，留在操作记录中")


class TargetRemoval(BaseModel):
    model_config = OUTSIDE

    version: Version = None
    reason: str = Field(max_length=500, description="原因，留在操作记录中")


class TargetShown(BaseModel):
    """One target. It is only ever compared with figures of its own metric, caliber and basis."""

    id: int
    version: int
    year: int
    metric: TargetMetric
    caliber: Caliber
    date_basis: DateBasis
    about: str = Field(description="指标、口径和日期口径", examples=["技术合同成交额（输出，按登记日期）"])
    tier: TargetTier
    tier_label: str = Field(examples=["省下达目标"])
    region_code: str
    value: str = Field(description="金额指标为元，项数指标为整数", examples=["280000000.00"])
    qualifier: Qualifier
    stated_as: str
    document: str
    giver: str
    quarters: list[str] = Field(description="四个季度，合计即目标值")
    is_demo: bool
    updated_at: datetime

    @classmethod
    def of(cls, target: Target) -> "TargetShown":
        values = {name: getattr(target, name) for name in cls.model_fields if hasattr(target, name)}
        return cls(
            **{
                **values,
                "about": about(target).label,
                "tier_label": target.tier.label,
                "value": _text(target, target.value),
                "quarters": [_text(target, one) for one in quarters_of(target)],
            }
        )


class Targets(Whole):
    items: list[TargetShown]


class ForecastShown(BaseModel):
    value: str
    method: str = Field(description="怎样推算的")


class ProgressShown(BaseModel):
    """A target on a day. Values are in the target's unit: yuan, or a number of items."""

    on: date
    about: str = Field(examples=["技术合同成交额（输出，按登记日期）"])
    target: str
    reached: str = Field(description="至今完成")
    completion: str = Field(description="完成率，四位小数的比值", examples=["1.3556"])
    expected: str = Field(description="按序时进度应完成")
    light: Light
    light_label: str = Field(examples=["快于进度"])
    growth: str | None = Field(description="同比，四位小数的比值；上年同期没有时为 null")
    growth_needed: str | None = Field(description="达到目标所需的同比")
    missing: str = Field(description="还差多少")
    needed_per_month: str | None = Field(description="余下每月须完成多少")
    forecast: ForecastShown | None
    warning: str = Field(description="与上年数据口径不同时的提示")

    @classmethod
    def of(cls, line: TargetLine, on: date) -> "ProgressShown":
        target, made = line.target, line.progress
        per_month, ahead = made.needed_per_month, made.forecast
        return cls(
            on=on,
            about=line.about.label,
            target=_text(target, made.target),
            reached=_text(target, made.reached),
            completion=rounded(made.completion, "0.0001"),
            expected=_text(target, made.expected),
            light=made.light,
            light_label=made.light.label,
            growth=None if made.growth is None else rounded(made.growth, "0.0001"),
            growth_needed=None if made.growth_needed is None else rounded(made.growth_needed, "0.0001"),
            missing=_text(target, made.missing),
            needed_per_month=None if per_month is None else _text(target, per_month),
            forecast=ForecastShown(value=_text(target, ahead.value), method=ahead.method) if ahead else None,
            warning=line.warning,
        )


@router.get("", summary="目标")
def list_targets(
    session: SessionDep,
    reader: Reader,
    year: Annotated[int | None, Query(ge=2000, le=2100, description="年度")] = None,
    region: Annotated[str | None, Query(max_length=12, description="行政区划代码")] = None,
) -> Targets:
    """市级看全部，区县看本区县的；近年的在前。"""
    return Targets(items=[TargetShown.of(one) for one in targets_of(session, year, reader=reader, region_code=region)])


@router.post("", status_code=201, summary="设定目标", responses=REPEATABLE)
def set_target(
    session: SessionDep, by: Setter, once: OnceDep, create: Annotated[NewTarget, Body(openapi_examples=NEW_TARGETS)]
) -> TargetShown:
    """原文（`stated_as`）写的指标或数值与字段不一致时为 409（`metric_mismatch`），核对无误后带 `confirmed` 再提交。"""
    target = once.create(
        session,
        create,
        lambda: add_target(session, create, by=by, reason=create.reason, confirmed=create.confirmed),
        lambda number: target_by_id(session, number, reader=by),
    )
    once.response.headers["ETag"] = etag_of(target)
    return TargetShown.of(target)


@router.get("/{record_id}", summary="查看一个目标", response_model=TargetShown, responses=TAGGED)
def read_target(session: SessionDep, reader: Reader, seen: SeenDep, record_id: RecordId) -> Any:
    """目标值、口径、原文和出处、季度分解。"""
    target = target_by_id(session, record_id, reader=reader)
    tag = etag_of(target)
    return seen.unchanged(tag) if seen.is_current(tag) else TargetShown.of(target)


@router.put("/{record_id}", summary="修改目标")
def change_target(
    session: SessionDep,
    by: Setter,
    expected: ExpectedDep,
    response: Response,
    record_id: RecordId,
    change: Annotated[ChangedTarget, Body(openapi_examples=CHANGED_TARGETS)],
) -> TargetShown:
    """整条给出，没有给出的字段恢复默认；须写明原因。"""
    target = target_by_id(session, record_id, reader=by)
    expected.check(target, change.version)
    revise_target(session, target, change, by=by, reason=change.reason, confirmed=change.confirmed)
    session.flush()
    response.headers["ETag"] = etag_of(target)
    return TargetShown.of(target)


@router.post("/{record_id}/remove", summary="删除目标")
def take_away_target(
    session: SessionDep, by: Setter, expected: ExpectedDep, record_id: RecordId, sent: TargetRemoval
) -> TargetShown:
    """须写明原因；答复为删除前的内容，操作记录中保留。"""
    target = target_by_id(session, record_id, reader=by)
    expected.check(target, sent.version)
    shown = TargetShown.of(target)
    remove_target(session, target, by=by, reason=sent.reason)
    return shown


@router.get("/{record_id}/progress", summary="目标的进度")
def read_target_progress(session: SessionDep, reader: Reader, record_id: RecordId) -> ProgressShown:
    """只与同一指标、口径和日期口径的数比较：完成率、序时进度、同比、全年推算。"""
    [line] = target_lines(session, [target_by_id(session, record_id, reader=reader)], today=today())
    return ProgressShown.of(line, today())


def _number(given: Any, is_amount: bool) -> int:
    if not isinstance(given, str):
        raise ValueError('应写成字符串：金额指标为元，如 "280000000.00"；项数指标为整数，如 "800"')
    if is_amount:
        return fen_of_yuan(given)
    if not (given.isascii() and given.isdigit() and len(given) <= 12):
        raise ValueError('项数指标应为整数，如 "800"')
    return int(given)


def _text(target: Target, value: int) -> str:
    return yuan_text(value) if target.metric in AMOUNTS else str(value)
