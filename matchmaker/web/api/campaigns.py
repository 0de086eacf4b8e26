"""`/campaigns`: rounds of collecting needs, their counts, and for officials their making and ending."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from matchmaker.campaigns import (
    CampaignFields,
    CampaignState,
    campaign_by_id,
    campaigns,
    change_campaign,
    close_campaign,
    counts_of,
    create_campaign,
    state_of,
)
from matchmaker.models.labels import NeedStatus
from matchmaker.models.posting import Campaign
from matchmaker.rights import Actor, Right
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.paging import NEXT_CURSOR_TEXT, Cursor, Limit, Offset, begin_of, next_cursor
from matchmaker.web.api.shapes import RecordId
from matchmaker.web.dependencies import ActorDep, Requires, SessionDep

router = APIRouter(prefix="/campaigns", tags=["campaigns"])

Runner = Annotated[Actor, Depends(Requires(Right.RUN_CAMPAIGNS))]


class CampaignPublic(CampaignFields):
    id: int
    state: CampaignState = Field(description="to_come 未开始，running 征集中，over 已截止")
    is_demo: bool
    created_at: datetime


class CampaignPage(BaseModel):
    items: list[CampaignPublic]
    total: int = Field(description="批次总数")
    next_cursor: str | None = Field(description=NEXT_CURSOR_TEXT)


class CampaignDetail(CampaignPublic):
    needs: int = Field(description="读者可计数的需求数")
    by_district: dict[str, dict[NeedStatus, int]] = Field(description="县市区代码 → 状态 → 条数；空为未填写地区")
    by_industry: dict[str, int] = Field(description="产业代码 → 条数；空为未填写产业")


@router.get("", summary="征集批次列表")
def list_campaigns(
    session: SessionDep,
    reader: ActorDep,
    limit: Limit = 20,
    cursor: Cursor = None,
    offset: Offset = 0,
) -> CampaignPage:
    """截止晚的在前；未开始的批次只有主管部门看到。"""
    begin = begin_of(cursor, offset)
    found, total = campaigns(session, reader, offset=begin, limit=limit)
    return CampaignPage(
        items=[_public(one) for one in found], total=total, next_cursor=next_cursor(begin + limit, total)
    )


@router.get("/{campaign_id}", summary="查看征集批次")
def read_campaign(session: SessionDep, reader: ActorDep, campaign_id: RecordId) -> CampaignDetail:
    """批次及其需求数：公众只计已公开发布的，主管部门计辖区内全部。"""
    campaign = campaign_by_id(session, campaign_id, reader)
    counts = counts_of(session, campaign, reader)
    return CampaignDetail(
        **_public(campaign).model_dump(),
        needs=counts.total,
        by_district={code: dict(numbers) for code, numbers in counts.by_district.items()},
        by_industry=counts.by_industry,
    )


@router.post("", status_code=201, summary="新建征集批次", responses=REPEATABLE)
def add_campaign(session: SessionDep, once: OnceDep, by: Runner, fields: CampaignFields) -> CampaignPublic:
    """县市区科技局新建的批次只面向本辖区；已在征集期内的，范围内企业账号会收到一次通知。"""
    campaign = once.create(
        session,
        fields,
        lambda: create_campaign(session, fields, by=by),
        lambda number: campaign_by_id(session, number, by),
    )
    return _public(campaign)


@router.put("/{campaign_id}", summary="修改征集批次")
def put_campaign(session: SessionDep, by: Runner, campaign_id: RecordId, fields: CampaignFields) -> CampaignPublic:
    """整体替换；已有需求填报的批次不能改名称（409）。"""
    campaign = campaign_by_id(session, campaign_id, by)
    change_campaign(session, campaign, fields, by=by)
    return _public(campaign)


@router.post("/{campaign_id}/close", summary="提前截止征集批次")
def end_campaign(session: SessionDep, by: Runner, campaign_id: RecordId) -> CampaignPublic:
    """此后不能再在该批次填报；已截止的为 409。"""
    campaign = campaign_by_id(session, campaign_id, by)
    close_campaign(session, campaign, by=by)
    return _public(campaign)


def _public(campaign: Campaign) -> CampaignPublic:
    return CampaignPublic.model_validate(
        {**campaign.model_dump(exclude={"created_by_id"}), "state": state_of(campaign)}
    )
