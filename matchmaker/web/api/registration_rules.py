"""`/registration-rules`: the dated rules the pre-check asks with, each with its source."""

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter
from pydantic import BaseModel, Field

from matchmaker.money import yuan_text
from matchmaker.registration_rules import Limit, rules

router = APIRouter(tags=["contracts"])


class RegulationShown(BaseModel):
    code: str
    title: str
    issuer: str
    effective_from: date
    effective_to: date | None = Field(description="失效日期；现行为 null")
    is_draft: bool = Field(description="正式文本未能核对，所依据的是征求意见稿")
    note: str


class LimitShown(BaseModel):
    """A number the rules set."""

    name: str = Field(examples=["decision_working_days"])
    value: str = Field(description="限额单位元，期限为天数", examples=["15"])
    in_calendar_days: bool = Field(description="期限按日历天数而不是工作日计算")
    effective_from: date
    source: str


class AdviceShown(BaseModel):
    """What has to be known at a point of a contract's life."""

    at: str = Field(
        description="合同的状态，或 amending（变更登记）、deductions（计算技术交易额）", examples=["refused"]
    )
    text: str
    effective_from: date
    effective_to: date | None
    source: str


class RegistrationRulesShown(BaseModel):
    regulations: list[RegulationShown]
    limits: list[LimitShown]
    advice: list[AdviceShown]


@router.get("/registration-rules", summary="认定登记的依据")
def list_registration_rules() -> RegistrationRulesShown:
    """法规及其生效日期、期限和限额；单位性质、计划来源、社会经济目标、不予登记原因见 `/vocabularies`。"""
    known = rules()
    return RegistrationRulesShown(
        regulations=[RegulationShown(**vars(one)) for one in known.regulations],
        limits=_limits(known.limits),
        advice=[
            AdviceShown(
                at=one.at,
                text=one.text,
                effective_from=one.effective_from,
                effective_to=one.effective_to,
                source=one.source,
            )
            for one in known.advice
        ],
    )


def _limits(limits: Mapping[str, tuple[Limit, ...]]) -> list[LimitShown]:
    return [
        LimitShown(
            name=name.removesuffix("_fen"),
            value=yuan_text(one.value) if name.endswith("_fen") else str(one.value),
            in_calendar_days=one.in_calendar_days,
            effective_from=one.effective_from,
            source=one.source,
        )
        for name, dated in limits.items()
        for one in dated
    ]
