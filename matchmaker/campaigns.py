"""Campaigns 征集批次: rounds in which a city or a district collects needs, and what came of them."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from pydantic import field_validator, model_validator
from sqlmodel import Field, Session, SQLModel, and_, col, func, or_, select

from matchmaker.audit import reason_for
from matchmaker.classification import classification
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, RecordAlreadyExists, WrongStatus
from matchmaker.models.account import Account, Role
from matchmaker.models.base import OUTSIDE
from matchmaker.models.labels import Labelled, NeedStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import NoticeKind
from matchmaker.models.party import Enterprise
from matchmaker.models.posting import Campaign
from matchmaker.notices import NoticeText, notify
from matchmaker.rights import Actor, Right
from matchmaker.visibility import in_lists_of, overseen, today

# Codes of towns and parks begin with the six digits of their district.
_DISTRICT_DIGITS = 6


class CampaignState(Labelled):
    """Where a campaign stands today; its dates decide."""

    TO_COME = "to_come", "未开始"
    RUNNING = "running", "征集中"
    OVER = "over", "已截止"


class CampaignFields(SQLModel):
    """What an official writes of a campaign. Without a region it is the whole city's."""

    model_config = OUTSIDE

    name: str = Field(min_length=2, max_length=100)
    description: str = Field(default="", max_length=5000)
    starts_on: date
    ends_on: date
    region_code: str | None = Field(default=None, max_length=12)
    city_industry: str | None = Field(default=None, max_length=40)

    @field_validator("region_code")
    @classmethod
    def known_region(cls, value: str | None) -> str | None:
        return classification().city.districts.code_of(value) if value else None

    @field_validator("city_industry")
    @classmethod
    def known_industry(cls, value: str | None) -> str | None:
        return classification().city.industries.code_of(value) if value else None

    @model_validator(mode="after")
    def consistent(self) -> "CampaignFields":
        if self.ends_on < self.starts_on:
            raise ValueError("截止日期早于开始日期：请核对两个日期")
        return self


@dataclass(frozen=True)
class CampaignCounts:
    """What came in, as far as the reader may count it: district → status → number, and industry → number.

    The empty key stands for needs without a district or an industry.
    """

    total: int
    statuses: list[NeedStatus]
    by_district: dict[str, Counter[NeedStatus]]
    by_industry: dict[str, int]


def create_campaign(session: Session, fields: CampaignFields, *, by: Actor) -> Campaign:
    """A new campaign; if it runs already, the enterprises of its region are told.

    A district official's is always her district's. Raises NotAllowed, RecordAlreadyExists.
    """
    values = _allowed(fields, by)
    _check_name(session, fields.name)
    campaign = Campaign(**values, created_by_id=by.account_id)
    session.add(campaign)
    session.flush()
    _announce(session, campaign)
    return campaign


def change_campaign(session: Session, campaign: Campaign, fields: CampaignFields, *, by: Actor) -> None:
    """Change the campaign; not its name any more once needs have come in, for they belong to it by name.

    Raises NotAllowed, RecordAlreadyExists, WrongStatus.
    """
    check_hers(campaign, by)
    values = _allowed(fields, by)
    if fields.name != campaign.name:
        _check_name(session, fields.name)
        if session.exec(select(TechnologyNeed.id).where(TechnologyNeed.campaign == campaign.name).limit(1)).first():
            raise WrongStatus("这个批次已有需求填报，不能再改名称", "可以改说明和日期；要用新名称请另建批次")
    for name, value in values.items():
        setattr(campaign, name, value)
    session.flush()
    _announce(session, campaign)


def close_campaign(session: Session, campaign: Campaign, *, by: Actor) -> None:
    """End the campaign before its time: nothing can be posted in it from now on. Raises NotAllowed, WrongStatus."""
    check_hers(campaign, by)
    yesterday = today() - timedelta(days=1)
    if campaign.ends_on <= yesterday:
        raise WrongStatus("这个批次已经截止", "如需继续征集，请修改截止日期")
    with reason_for(session, "提前截止"):
        campaign.starts_on = min(campaign.starts_on, yesterday)
        campaign.ends_on = yesterday


def campaign_by_id(session: Session, campaign_id: int, reader: Actor) -> Campaign:
    """The campaign; one that has not begun is known to officials only. Raises NotFound."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None or (campaign.starts_on > today() and not reader.is_official):
        raise NotFound(f"没有编号为 {campaign_id} 的征集批次", "请从征集批次列表重新进入")
    return campaign


def state_of(campaign: Campaign) -> CampaignState:
    """Whether needs can be posted in it today, or not yet, or no more."""
    if campaign.starts_on > today():
        return CampaignState.TO_COME
    return CampaignState.RUNNING if today() <= campaign.ends_on else CampaignState.OVER


def running_campaigns(session: Session, region_code: str | None = None) -> list[Campaign]:
    """Those in which needs can be posted today, the one that ends first in front; of a region, also the city's."""
    conditions = [col(Campaign.starts_on) <= today(), col(Campaign.ends_on) >= today()]
    found = session.exec(select(Campaign).where(*conditions).order_by(col(Campaign.ends_on), col(Campaign.id))).all()
    return [one for one in found if not region_code or _reaches(one, region_code)]


def campaigns(session: Session, reader: Actor, *, offset: int = 0, limit: int = 20) -> tuple[list[Campaign], int]:
    """A page of all campaigns, the latest first, and how many there are; officials also see those to come."""
    conditions = [] if reader.is_official else [col(Campaign.starts_on) <= today()]
    order = (col(Campaign.ends_on).desc(), col(Campaign.id).desc())
    page = session.exec(select(Campaign).where(*conditions).order_by(*order).offset(offset).limit(limit))
    return list(page), session.exec(select(func.count()).select_from(Campaign).where(*conditions)).one()


def check_postable(session: Session, name: str, region_code: str | None = None) -> Campaign:
    """The running campaign of that name, for a need of that region. Raises MalformedRequest."""
    campaign = session.exec(select(Campaign).where(Campaign.name == name)).first()
    if campaign is None or state_of(campaign) is not CampaignState.RUNNING:
        raise MalformedRequest(f"征集批次“{name}”不存在或不在征集期内", "请从正在征集的批次中选择，或留空")
    if region_code and not _reaches(campaign, region_code):
        raise MalformedRequest(f"征集批次“{name}”只征集本区县的需求", "请核对所属地区，或选择其他批次")
    return campaign


def counts_of(session: Session, campaign: Campaign, reader: Actor) -> CampaignCounts:
    """What came in: the public counts what it can find, an official all that she answers for."""
    countable = or_(and_(*in_lists_of(TechnologyNeed, reader)), overseen(TechnologyNeed, reader))
    submitted = col(TechnologyNeed.status) != NeedStatus.DRAFT
    of_campaign = (col(TechnologyNeed.campaign) == campaign.name, submitted, countable)
    district = func.substr(func.coalesce(col(TechnologyNeed.region_code), ""), 1, _DISTRICT_DIGITS)
    status, industry = col(TechnologyNeed.status), func.coalesce(col(TechnologyNeed.city_industry), "")
    by_district: dict[str, Counter[NeedStatus]] = {}
    for code, one, number in session.exec(
        select(district, status, func.count()).where(*of_campaign).group_by(district, status).order_by(district)
    ):
        by_district.setdefault(code, Counter())[one] = number
    by_industry = session.exec(
        select(industry, func.count()).where(*of_campaign).group_by(industry).order_by(func.count().desc(), industry)
    )
    met = sum(by_district.values(), Counter())
    return CampaignCounts(met.total(), [one for one in NeedStatus if met[one]], by_district, dict(by_industry.all()))


def may_run(campaign: Campaign, by: Actor) -> bool:
    """May she change and close it?"""
    return by.may(Right.RUN_CAMPAIGNS) and by.oversees(campaign.region_code)


def check_hers(campaign: Campaign, by: Actor) -> None:
    """Raise NotAllowed unless she may change and close it."""
    if not may_run(campaign, by):
        raise NotAllowed("这个征集批次不归您管理", "请联系组织单位或市科技局")


def announce_campaigns(session: Session) -> int:
    """Tell the enterprises of every running campaign, each of them once; returns how many run. A daily duty."""
    running = running_campaigns(session)
    for campaign in running:
        _announce(session, campaign)
    return len(running)


def _announce(session: Session, campaign: Campaign) -> None:
    if state_of(campaign) is not CampaignState.RUNNING:
        return
    active = [col(Account.role) == Role.ENTERPRISE, col(Account.disabled_at).is_(None)]
    wanted = select(Account.id).where(*active)
    if campaign.region_code:
        wanted = wanted.join(Enterprise, col(Enterprise.id) == col(Account.enterprise_id)).where(
            col(Enterprise.region_code).startswith(campaign.region_code)
        )
    text = NoticeText(
        NoticeKind.CAMPAIGN,
        f"campaign:{campaign.id}",
        f"“{campaign.name}”开始征集技术需求",
        f"征集时间 {campaign.starts_on} 至 {campaign.ends_on}，可直接在批次页面填报",
        f"/campaigns/{campaign.id}",
    )
    notify(session, [one for one in session.exec(wanted) if one is not None], text)


def _allowed(fields: CampaignFields, by: Actor) -> dict[str, Any]:
    """The values as this official may set them."""
    if not by.may(Right.RUN_CAMPAIGNS):
        raise NotAllowed("您没有“组织征集批次”的权限", "请联系市科技局")
    values = {name: getattr(fields, name) for name in CampaignFields.model_fields}
    if by.role is Role.DISTRICT_OFFICIAL:
        values["region_code"] = by.region_code
    return values


def _check_name(session: Session, name: str) -> None:
    if session.exec(select(Campaign.id).where(Campaign.name == name)).first() is not None:
        raise RecordAlreadyExists(f"已有名为“{name}”的征集批次", "请换一个名称，例如加上年份或期次")


def _reaches(campaign: Campaign, region_code: str) -> bool:
    return campaign.region_code is None or region_code.startswith(campaign.region_code)
