"""The pages of brokerages: directory, one with its brokers, changing it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ValidationError

from matchmaker.broker_directory import DirectoryQuery, brokerage_directory, directory
from matchmaker.brokers import REGISTERED_BROKERAGE_FIELDS, change_brokerage, may_edit_brokerage
from matchmaker.errors import NotAllowed, RecordAlreadyExists, VersionConflict
from matchmaker.models.broker import Brokerage, BrokerageCreate, BrokeragePublic, BrokerageUpdate, LegalType
from matchmaker.parties import MENTIONED, upsert_brokerage
from matchmaker.records import Outcome, record_by_id
from matchmaker.rights import Actor, Right
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import ActorDep, KnownActor, Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.choices import choices
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.pages.view import place
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

BrokerageId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Manager = Annotated[Actor, Depends(Requires(Right.MANAGE_BROKERS))]
Pages = Annotated[Paging, Depends(paging)]

FIELDS = tuple(name for name in BrokerageUpdate.model_fields if name != "version")
# A blank in one of these means none, in the others an empty text.
CODES = frozenset(("credit_code", "region_code", "legal_type"))
LABELS = {
    "name": "机构名称",
    "credit_code": "统一社会信用代码",
    "legal_type": "法人类型",
    "region_code": "所在地区",
    "main_business": "主营业务",
    "introduction": "机构简介",
    "address": "地址",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
    "contact_email": "电子信箱",
}


@router.get("/brokerages")
def list_brokerages(
    request: Request, session: SessionDep, pages: Pages, name: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """In whose name brokers practise: for everybody."""
    page = brokerage_directory(session, name=name, offset=pages.offset, limit=pages.size)
    context = {"page": page, "pages": pages.of(page.total), "name": name, "place": place}
    return templates.TemplateResponse(request, "brokers/brokerages.html", context)


@router.get("/brokerages/new")
def new_brokerage(request: Request, _manager: Manager) -> Response:
    """An empty form."""
    return _form(request, None, {}, FormErrors())


@router.post("/brokerages")
def add_brokerage(request: Request, session: SessionDep, form: SubmittedForm, _manager: Manager) -> Response:
    """Register a brokerage; one that only a broker's row named so far is completed."""
    values, errors = _typed(form), FormErrors()
    try:
        brokerage, outcome = upsert_brokerage(session, BrokerageCreate.model_validate(_given(values)))
    except ValidationError as error:
        errors.take(error)
        return _form(request, None, values, errors)
    if outcome is not Outcome.ADDED and brokerage.source != MENTIONED:
        # Raising rolls the change back.
        raise RecordAlreadyExists(f"这家机构已登记，编号 {brokerage.id}", "请在列表中找到并修改")
    return answer_redirect(request, f"/brokerages/{brokerage.id}", flash="saved")


@router.get("/brokerages/{brokerage_id:int}")
def read_brokerage(
    request: Request, session: SessionDep, actor: ActorDep, brokerage_id: BrokerageId, pages: Pages
) -> Response:
    """Public facts and the brokers who practise in its name now."""
    brokerage = record_by_id(session, Brokerage, brokerage_id)
    query = DirectoryQuery(brokerage_id=brokerage_id, offset=pages.offset, limit=pages.size)
    members = directory(session, query)
    context = {
        "brokerage": BrokeragePublic.model_validate(brokerage, from_attributes=True),
        "members": members,
        "pages": pages.of(members.total),
        "may_edit": may_edit_brokerage(brokerage, actor),
        "place": place,
        **choices(),
    }
    return templates.TemplateResponse(request, "brokers/brokerage.html", context)


@router.get("/brokerages/{brokerage_id:int}/edit")
def edit_brokerage(request: Request, session: SessionDep, actor: KnownActor, brokerage_id: BrokerageId) -> Response:
    """The form with what is known; contacts of the brokerage are its own business and the register's."""
    brokerage = record_by_id(session, Brokerage, brokerage_id)
    _check_editor(brokerage, actor)
    values = {name: getattr(brokerage, name) or "" for name in FIELDS} | {"version": brokerage.version}
    return _form(request, brokerage, values, FormErrors())


@router.post("/brokerages/{brokerage_id:int}")
def revise_brokerage(
    request: Request, session: SessionDep, actor: KnownActor, brokerage_id: BrokerageId, form: SubmittedForm
) -> Response:
    """Write what was changed."""
    brokerage = record_by_id(session, Brokerage, brokerage_id)
    _check_editor(brokerage, actor)
    values, errors = _typed(form), FormErrors()
    given = {name: value or (None if name in CODES else "") for name, value in values.items() if name in form}
    try:
        change_brokerage(session, brokerage, BrokerageUpdate.model_validate(given), by=actor)
    except ValidationError as error:
        errors.take(error)
    except RecordAlreadyExists as error:
        errors.add("credit_code", str(error))
    except VersionConflict as error:
        errors.add("", str(error))
    if errors:
        return _form(request, brokerage, values, errors)
    return answer_redirect(request, f"/brokerages/{brokerage.id}", flash="saved")


def _check_editor(brokerage: Brokerage, actor: Actor) -> None:
    if not may_edit_brokerage(brokerage, actor):
        raise NotAllowed("这家机构的资料不由您维护", "机构管理员和市科技局可以修改")


def _typed(form: SubmittedForm) -> dict[str, Any]:
    return {name: text_of(form, name) for name in (*FIELDS, "version")}


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value and name != "version"}


def _form(request: Request, brokerage: Brokerage | None, values: dict[str, Any], errors: FormErrors) -> Response:
    context = {
        "brokerage": brokerage,
        "values": values,
        "errors": errors,
        "labels": LABELS,
        "registered": REGISTERED_BROKERAGE_FIELDS,
        **choices(),
        "legal_types": [(one.value, one.label) for one in LegalType],
    }
    status = 422 if errors else 200
    return templates.TemplateResponse(request, "brokers/brokerage_edit.html", context, status_code=status)
