"""Campaigns: who runs them, when they run, whom they reach, and what may be counted."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import Session, select

from matchmaker.campaigns import (
    CampaignFields,
    CampaignState,
    announce_campaigns,
    campaign_by_id,
    campaigns,
    change_campaign,
    check_postable,
    close_campaign,
    counts_of,
    create_campaign,
    running_campaigns,
    state_of,
)
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, RecordAlreadyExists, WrongStatus
from matchmaker.models.account import Role
from matchmaker.models.labels import NeedStatus
from matchmaker.models.notice import Notice
from matchmaker.rights import ANYONE, Actor
from matchmaker.visibility import today
from tests.factories import actor_for, make_account, make_enterprise, make_need

DISTRICT, OTHER = "990102", "990103"


def fields(**values: Any) -> CampaignFields:
    given = {"name": "2026 年第一批", "starts_on": today(), "ends_on": today() + timedelta(days=30), **values}
    return CampaignFields.model_validate(given)


def city(session: Session) -> Actor:
    return actor_for(session, make_account(session, role=Role.CITY_OFFICIAL))


def district(session: Session) -> Actor:
    return actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL))


def told(session: Session) -> list[int]:
    session.flush()
    return sorted(session.exec(select(Notice.account_id)))


def test_the_enterprises_of_its_region_are_told_once(session: Session) -> None:
    inside = make_account(session, enterprise_id=make_enterprise(session, region_code=DISTRICT).id)
    outside = make_account(session, enterprise_id=make_enterprise(session, region_code=OTHER).id)
    make_account(session, role=Role.INSTITUTION)
    create_campaign(session, fields(name="本区"), by=district(session))
    assert told(session) == [inside.id]
    announce_campaigns(session)
    assert told(session) == [inside.id]
    create_campaign(session, fields(name="全市"), by=city(session))
    assert told(session) == sorted([inside.id or 0, inside.id or 0, outside.id or 0])


def test_those_to_come_are_told_of_when_they_open(session: Session) -> None:
    make_account(session)
    later = today() + timedelta(days=3)
    campaign = create_campaign(session, fields(starts_on=later, ends_on=later), by=city(session))
    assert state_of(campaign) is CampaignState.TO_COME
    assert announce_campaigns(session) == 0
    assert told(session) == []
    campaign.starts_on = today()
    assert announce_campaigns(session) == 1
    assert len(told(session)) == 1
    campaign.starts_on = later
    with pytest.raises(NotFound):
        campaign_by_id(session, campaign.id or 0, ANYONE)
    assert campaigns(session, ANYONE) == ([], 0)
    assert campaigns(session, city(session)) == ([campaign], 1)


def test_a_district_s_campaign_is_its_own_and_only_its_own(session: Session) -> None:
    by = district(session)
    own = create_campaign(session, fields(region_code=OTHER), by=by)
    assert own.region_code == DISTRICT
    of_city = create_campaign(session, fields(name="全市"), by=city(session))
    with pytest.raises(NotAllowed):
        close_campaign(session, of_city, by=by)
    with pytest.raises(NotAllowed):
        change_campaign(session, of_city, fields(), by=by)
    with pytest.raises(NotAllowed):
        create_campaign(session, fields(name="企业"), by=actor_for(session, make_account(session)))


def test_names_are_unique_and_stay_once_needs_belong_to_them(session: Session) -> None:
    by = city(session)
    campaign = create_campaign(session, fields(), by=by)
    with pytest.raises(RecordAlreadyExists):
        create_campaign(session, fields(), by=by)
    change_campaign(session, campaign, fields(name="2026 年第二批"), by=by)
    make_need(session, campaign=campaign.name)
    session.flush()
    with pytest.raises(WrongStatus):
        change_campaign(session, campaign, fields(name="另一个名称"), by=by)
    change_campaign(session, campaign, fields(name=campaign.name, description="新说明"), by=by)
    assert campaign.description == "新说明"


def test_posting_wants_a_running_campaign_of_the_region(session: Session) -> None:
    by = city(session)
    campaign = create_campaign(session, fields(region_code=DISTRICT), by=by)
    assert check_postable(session, campaign.name, DISTRICT) is campaign
    assert running_campaigns(session, OTHER) == []
    assert running_campaigns(session, DISTRICT) == [campaign]
    for name, region in (("没有这个批次", DISTRICT), (campaign.name, OTHER)):
        with pytest.raises(MalformedRequest):
            check_postable(session, name, region)
    close_campaign(session, campaign, by=by)
    assert state_of(campaign) is CampaignState.OVER
    with pytest.raises(MalformedRequest):
        check_postable(session, campaign.name, DISTRICT)
    with pytest.raises(WrongStatus):
        close_campaign(session, campaign, by=by)


def test_counts_are_what_the_reader_may_count(session: Session) -> None:
    campaign = create_campaign(session, fields(), by=city(session))
    given: list[dict[str, Any]] = [
        {"region_code": DISTRICT},
        {"region_code": DISTRICT, "status": "pending"},
        {"region_code": OTHER, "confidentiality": "directed"},
        {"region_code": OTHER, "status": "draft"},
        {},
    ]
    for values in given:
        make_need(session, campaign=campaign.name, **values)
    make_need(session, campaign="另一批")
    session.flush()
    published = NeedStatus.PUBLISHED
    public = counts_of(session, campaign, ANYONE)
    assert (public.total, public.by_district) == (2, {"": {published: 1}, DISTRICT: {published: 1}})
    of_district = counts_of(session, campaign, district(session))
    assert of_district.by_district == {"": {published: 1}, DISTRICT: {published: 1, NeedStatus.PENDING: 1}}
    of_city = counts_of(session, campaign, city(session))
    assert of_city.total == 4
    assert of_city.statuses == [NeedStatus.PENDING, published]
    assert sum(of_city.by_industry.values()) == 4


@pytest.mark.parametrize(
    "values",
    [
        {"ends_on": today() - timedelta(days=1)},
        {"region_code": "000000"},
        {"city_industry": "没有这个产业"},
        {"name": ""},
        {"unknown": 1},
    ],
)
def test_what_is_wrong_is_refused(session: Session, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        fields(**values)
