"""Targets: what is to be reached, how far it has been; setting, changing and removing them with a reason."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from matchmaker.classification import classification
from matchmaker.dashboard import Asked, TargetLine, target_lines
from matchmaker.errors import MalformedRequest, MetricMismatch, RecordAlreadyExists
from matchmaker.models.contract_words import Caliber, DateBasis, TargetTier
from matchmaker.models.target import Target
from matchmaker.rights import Actor, Right
from matchmaker.targets import (
    MEASURE_OF,
    add_target,
    distributions,
    in_words,
    remove_target,
    revise_target,
    target_by_id,
    targets_of,
    years_with_targets,
)
from matchmaker.visibility import today
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.figures.figure_words import percent, signed_percent
from matchmaker.web.pages.figures.target_form import LABELS, choices, target_of, typed, values_of
from matchmaker.web.pages.figures.turnover_asked import behind
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

Reader = Annotated[Actor, Depends(Requires(Right.READ_TURNOVER))]
Setter = Annotated[Actor, Depends(Requires(Right.SET_TARGETS))]
TargetId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Version = Annotated[int, Query(ge=1, le=LARGEST_ID)]


@router.get("/targets")
def target_list(
    request: Request, session: SessionDep, reader: Reader, year: Annotated[int | None, Query(ge=2000, le=2100)] = None
) -> Response:
    """The targets of a year by tier, with how far each has been reached; a district official reads her district's."""
    asked = year or today().year
    found = targets_of(session, asked, reader=reader)
    lines = target_lines(session, found, today=today())
    city = classification().city.code
    tiers = [(tier, [one for one in lines if one.target.tier is tier]) for tier in TargetTier]
    context = {
        "year": asked,
        "years": sorted({*years_with_targets(session, reader=reader), asked, today().year, today().year + 1})[::-1],
        "tiers": [(tier, of_tier) for tier, of_tier in tiers if of_tier],
        "distributions": distributions(found),
        "row": row,
        "in_words": in_words,
        "place": place,
        "city": city,
        "may_set": reader.may(Right.SET_TARGETS),
    }
    return templates.TemplateResponse(request, "targets/list.html", context)


@router.get("/targets/new")
def new_target(request: Request, _by: Setter, year: Annotated[int | None, Query(ge=2000, le=2100)] = None) -> Response:
    values = dict.fromkeys(LABELS, "") | {
        "year": str(year or today().year),
        "region_code": classification().city.code,
        "caliber": Caliber.OUTFLOW.value,
        "date_basis": DateBasis.REGISTERED.value,
        "unit": "亿元",
    }
    return _form(request, values, FormErrors())


@router.post("/targets/new")
def create_target(request: Request, session: SessionDep, by: Setter, form: SubmittedForm) -> Response:
    errors, values = FormErrors(), typed(form)
    create = target_of(values, errors)
    if create is not None:
        try:
            add_target(session, create, by=by, reason=values["reason"], confirmed=bool(values["confirmed"]))
            return answer_redirect(request, f"/targets?year={create.year}", flash="saved")
        except (MalformedRequest, MetricMismatch, RecordAlreadyExists) as error:
            _note(errors, error)
    return _form(request, values, errors)


@router.get("/targets/{target_id:int}/edit")
def edit_target(request: Request, session: SessionDep, by: Setter, target_id: TargetId) -> Response:
    target = target_by_id(session, target_id, reader=by)
    return _form(request, values_of(target), FormErrors(), target)


@router.post("/targets/{target_id:int}/edit")
def save_target(
    request: Request, session: SessionDep, by: Setter, target_id: TargetId, version: Version, form: SubmittedForm
) -> Response:
    errors, values = FormErrors(), typed(form)
    target = target_by_id(session, target_id, reader=by, version=version)
    if not values["reason"]:
        errors.add("reason", "请填写修改的原因，它会留在操作记录中")
    change = target_of(values, errors)
    if change is not None and not errors:
        try:
            confirmed = bool(values["confirmed"])
            revise_target(session, target, change, by=by, reason=values["reason"], confirmed=confirmed)
            return answer_redirect(request, f"/targets?year={change.year}", flash="saved")
        except (MalformedRequest, MetricMismatch, RecordAlreadyExists) as error:
            _note(errors, error)
    return _form(request, values, errors, target)


@router.post("/targets/{target_id:int}/remove")
def delete_target(
    request: Request, session: SessionDep, by: Setter, target_id: TargetId, version: Version, form: SubmittedForm
) -> Response:
    target = target_by_id(session, target_id, reader=by, version=version)
    year, reason = target.year, text_of(form, "reason")
    if not reason:
        errors = FormErrors()
        errors.add("reason", "请填写删除的原因，它会留在操作记录中")
        return _form(request, values_of(target), errors, target)
    remove_target(session, target, by=by, reason=reason)
    return answer_redirect(request, f"/targets?year={year}", flash="deleted")


def place(region_code: str) -> str:
    """The city by its name, a district by its own."""
    city = classification().city
    return f"全市（{city.name}）" if region_code == city.code else classification().region_name(region_code)


def row(line: TargetLine) -> dict[str, Any]:
    """One target in words: what the list and the dashboard show of it."""
    target, progress = line.target, line.progress
    metric = target.metric
    forecast = progress.forecast
    needed = progress.needed_per_month
    return {
        "id": target.id,
        "place": place(target.region_code),
        "metric": line.about.label,
        "value": in_words(metric, target.value),
        "stated_as": target.stated_as,
        "qualifier": target.qualifier,
        "document": " ".join(part for part in (target.giver, target.document) if part),
        "reached": in_words(metric, progress.reached),
        "link": _behind(line) if progress.reached else "",
        "completion": percent(progress.completion),
        # The drawn bar ends at the target; what is beyond stands in the number.
        "filled": min(100, int(progress.completion * 100)),
        "due": min(100, progress.expected * 100 // target.value),
        "expected": in_words(metric, progress.expected),
        "light": progress.light,
        "difference": f"{'+' if progress.ahead > 0 else ''}{in_words(metric, progress.ahead)}",
        "forecast": in_words(metric, forecast.value) if forecast else "",
        "forecast_method": forecast.method if forecast else "",
        "growth": signed_percent(progress.growth),
        "growth_needed": signed_percent(progress.growth_needed),
        "per_month": f"{in_words(metric, needed)}（余 {progress.months_left} 个月，含本月）" if needed else "",
        "warning": line.warning,
        "is_demo": target.is_demo,
    }


def _behind(line: TargetLine) -> str:
    """The contracts, or the registrations, that were counted."""
    target = line.target
    if target.metric not in MEASURE_OF:
        return f"/dashboard/registrations?{urlencode({'year': target.year, 'region': target.region_code})}"
    asked = Asked(target.year, None, MEASURE_OF[target.metric], target.caliber, target.date_basis, target.region_code)
    return behind(asked.query())


def _note(errors: FormErrors, error: MalformedRequest | MetricMismatch | RecordAlreadyExists) -> None:
    """Beside the field it is about; what is about the form as a whole stands on top."""
    fields: dict[type[Exception], str] = {MetricMismatch: "confirmed", RecordAlreadyExists: "tier"}
    errors.add(fields.get(type(error), ""), f"{error.detail}；{error.fix}")


def _form(request: Request, values: dict[str, str], errors: FormErrors, target: Target | None = None) -> Response:
    context = {
        "target": target,
        "values": values,
        "errors": errors,
        "labels": LABELS,
        "offered": choices(),
        "asks": "confirmed" in errors.by_field or bool(values.get("confirmed")),
    }
    return templates.TemplateResponse(request, "targets/form.html", context, status_code=422 if errors else 200)
