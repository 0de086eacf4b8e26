"""Campaigns 征集批次: what is being collected now, for anyone; making and ending a campaign, for officials."""

from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from matchmaker.campaigns import (
    CampaignCounts,
    CampaignFields,
    campaign_by_id,
    campaigns,
    change_campaign,
    check_hers,
    close_campaign,
    counts_of,
    create_campaign,
    may_run,
    state_of,
)
from matchmaker.classification import classification
from matchmaker.errors import RecordAlreadyExists, WrongStatus
from matchmaker.models.posting import Campaign
from matchmaker.rights import Actor, Right
from matchmaker.visibility import today
from matchmaker.web.dependencies import ActorDep, Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.view import day, place
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

Runner = Annotated[Actor, Depends(Requires(Right.RUN_CAMPAIGNS))]
ItemId = Annotated[int, Path(ge=1, le=2**31 - 1)]

PAGE_SIZE = 20
LABELS = {"name": "批次名称", "description": "说明", "starts_on": "开始日期", "ends_on": "截止日期"}


@router.get("/campaigns")
def campaign_list(
    request: Request, session: SessionDep, reader: ActorDep, page: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> Response:
    """All campaigns, the latest first."""
    found, total = campaigns(session, reader, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    context = {
        "campaigns": [_row(one) for one in found],
        "page": page,
        "pages": max(1, -(-total // PAGE_SIZE)),
        "may_create": reader.may(Right.RUN_CAMPAIGNS),
    }
    return templates.TemplateResponse(request, "campaigns/list.html", context)


@router.get("/campaigns/new")
def new_campaign(request: Request, by: Runner) -> Response:
    return _form(request, by, {"starts_on": today().isoformat()}, FormErrors())


@router.post("/campaigns/new")
def add_campaign(request: Request, session: SessionDep, by: Runner, form: SubmittedForm) -> Response:
    errors = FormErrors()
    try:
        campaign = create_campaign(session, _fields(form), by=by)
        return answer_redirect(request, f"/campaigns/{campaign.id}", flash="saved")
    except ValidationError as error:
        errors.take(error)
    except RecordAlreadyExists as error:
        errors.add("name", error.detail)
    return _form(request, by, _typed(form), errors)


@router.get("/campaigns/{campaign_id:int}")
def campaign_page(request: Request, session: SessionDep, reader: ActorDep, campaign_id: ItemId) -> Response:
    """What is collected until when, and what came in as far as the reader may count it."""
    campaign = campaign_by_id(session, campaign_id, reader)
    counts, lists = counts_of(session, campaign, reader), classification()
    districts = [
        (lists.region_name(code) if code else "未填写地区", [numbers[one] for one in counts.statuses], numbers.total())
        for code, numbers in counts.by_district.items()
    ]
    industries = [
        (lists.city.industries.label(code) or "未填写产业", number) for code, number in counts.by_industry.items()
    ]
    context = {
        "one": _row(campaign),
        "description": campaign.description,
        "industry": lists.city.industries.label(campaign.city_industry),
        "counts": counts,
        "districts": districts,
        "industries": industries,
        "silent": _silent(campaign, counts, reader),
        "post_path": "/post/needs?" + urlencode({"campaign": campaign.name}),
        "may_post": not reader.is_known or reader.may(Right.POST_NEEDS),
        "may_run": may_run(campaign, reader),
        "list_path": f"/oversight/needs?{urlencode({'campaign': campaign.name})}" if reader.may(Right.REVIEW) else "",
    }
    return templates.TemplateResponse(request, "campaigns/campaign.html", context)


@router.get("/campaigns/{campaign_id:int}/edit")
def edit_campaign(request: Request, session: SessionDep, by: Runner, campaign_id: ItemId) -> Response:
    campaign = campaign_by_id(session, campaign_id, by)
    check_hers(campaign, by)
    values = {name: str(getattr(campaign, name) or "") for name in CampaignFields.model_fields}
    return _form(request, by, values, FormErrors(), campaign)


@router.post("/campaigns/{campaign_id:int}/edit")
def save_campaign(
    request: Request, session: SessionDep, by: Runner, campaign_id: ItemId, form: SubmittedForm
) -> Response:
    campaign, errors = campaign_by_id(session, campaign_id, by), FormErrors()
    try:
        change_campaign(session, campaign, _fields(form), by=by)
        return answer_redirect(request, f"/campaigns/{campaign_id}", flash="saved")
    except ValidationError as error:
        errors.take(error)
    except (RecordAlreadyExists, WrongStatus) as error:
        errors.add("name", f"{error.detail}；{error.fix}")
    return _form(request, by, _typed(form), errors, campaign)


@router.post("/campaigns/{campaign_id:int}/close")
def end_campaign(request: Request, session: SessionDep, by: Runner, campaign_id: ItemId) -> Response:
    close_campaign(session, campaign_by_id(session, campaign_id, by), by=by)
    return answer_redirect(request, f"/campaigns/{campaign_id}", flash="done")


def _silent(campaign: Campaign, counts: CampaignCounts, reader: Actor) -> list[str]:
    """The districts from which nothing has come yet, for who has to ask them: who counts everything."""
    if campaign.region_code or not (reader.oversees_everything and reader.may(Right.REVIEW)):
        return []
    return [one.label for one in classification().city.districts.entries if one.code not in counts.by_district]


def _row(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "place": place(campaign.region_code) or "全市",
        "starts": day(campaign.starts_on),
        "ends": day(campaign.ends_on),
        "state": state_of(campaign),
        "days_left": (campaign.ends_on - today()).days,
        "is_demo": campaign.is_demo,
    }


def _fields(form: FormData) -> CampaignFields:
    """The campaign as the form states it; what was left empty is not stated. Raises ValidationError."""
    return CampaignFields.model_validate({name: text for name, text in _typed(form).items() if text})


def _typed(form: FormData) -> dict[str, str]:
    return {name: text_of(form, name) for name in CampaignFields.model_fields}


def _form(
    request: Request, by: Actor, values: Mapping[str, str], errors: FormErrors, campaign: Campaign | None = None
) -> Response:
    lists = classification().city
    context = {
        "campaign": campaign,
        "values": values,
        "errors": errors,
        "labels": LABELS,
        "districts": [(one.code, one.label) for one in lists.districts.entries],
        "industries": [(one.code, one.label) for one in lists.industries.entries],
        "own_region": "" if by.oversees_everything else place(by.region_code),
    }
    return templates.TemplateResponse(request, "campaigns/form.html", context, status_code=422 if errors else 200)
