"""The pages of brokers: directory, profile, changing it, and in whose name she practises."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response
from pydantic import BaseModel, ValidationError
from sqlmodel import Session

from matchmaker.audit import record_event
from matchmaker.broker_directory import DirectoryQuery, directory, shown_brokers
from matchmaker.brokers import (
    REGISTERED_FIELDS,
    account_of,
    current_practice,
    is_certificate_valid,
    join,
    leave,
    may_edit_broker,
    may_edit_brokerage,
    practices,
    revise_broker,
    upsert_broker,
)
from matchmaker.errors import MatchmakerError, NotAllowed, RecordAlreadyExists, VersionConflict
from matchmaker.models.audit import AuditAction
from matchmaker.models.broker import Broker, Brokerage, BrokerCreate, BrokerUpdate, CertificateLevel
from matchmaker.records import Outcome, record_by_id
from matchmaker.rights import Actor, Right
from matchmaker.scorecard import public_figures
from matchmaker.visibility import today
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import ActorDep, KnownActor, Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of, texts_of
from matchmaker.web.pages.choices import choices
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.pages.view import place
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

BrokerId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Manager = Annotated[Actor, Depends(Requires(Right.MANAGE_BROKERS))]

LEVELS = [(one.value, one.label) for one in CertificateLevel]
FIELDS = tuple(name for name in BrokerUpdate.model_fields if name != "version")
LISTS = ("technology_fields", "city_industries")
LABELS = {
    "name": "姓名",
    "certificate_number": "证书编号",
    "certificate_level": "等级",
    "certificate_issuer": "发证机构",
    "certified_on": "发证日期",
    "certificate_valid_until": "证书有效期至",
    "technology_fields": "擅长领域",
    "city_industries": "服务产业",
    "region_code": "所在地区",
    "introduction": "个人简介",
    "contact_phone": "联系电话",
    "contact_email": "电子信箱",
    "on": "日期",
    "brokerage_id": "机构编号",
}


class Lookup(BaseModel):
    """What the directory's form asks for; values it does not offer find nobody."""

    name: str = ""
    field: str = ""
    industry: str = ""
    region: str = ""
    level: str = ""
    brokerage: str = ""


@dataclass
class Filled:
    """A form: what stands in its fields, and what is wrong with it."""

    values: dict[str, Any]
    errors: FormErrors


@router.get("/brokers")
def list_brokers(
    request: Request, session: SessionDep, asked: Annotated[Lookup, Query()], pages: Annotated[Paging, Depends(paging)]
) -> Response:
    """Whom one may ask: for everybody."""
    query = DirectoryQuery(
        name=asked.name[:60],
        technology_field=asked.field[:40],
        city_industry=asked.industry[:40],
        region_code=asked.region[:12],
        level=next((one for one in CertificateLevel if one.value == asked.level), None),
        brokerage_id=int(asked.brokerage) if re.fullmatch(r"\d{1,9}", asked.brokerage, re.ASCII) else None,
        offset=pages.offset,
        limit=pages.size,
    )
    page = directory(session, query)
    context = {"page": page, "pages": pages.of(page.total), "asked": asked, "place": place, **choices()}
    return templates.TemplateResponse(request, "brokers/list.html", {**context, "levels": LEVELS})


@router.get("/brokers/new")
def new_broker(request: Request, _manager: Manager) -> Response:
    """An empty form."""
    return _form(request, None, Filled({}, FormErrors()))


@router.post("/brokers")
def add_broker(request: Request, session: SessionDep, form: SubmittedForm, actor: Manager) -> Response:
    """Register a broker."""
    filled = _filled(form)
    try:
        broker, outcome = upsert_broker(session, BrokerCreate.model_validate(_given(filled.values)))
        if outcome is not Outcome.ADDED:
            # Raising rolls the change back.
            raise RecordAlreadyExists(f"这位经纪人已登记，编号 {broker.id}", "请在列表中找到并修改")
    except ValidationError as error:
        filled.errors.take(error)
        return _form(request, None, filled)
    return answer_redirect(request, f"/brokers/{broker.id}", flash="saved")


@router.get("/brokers/{broker_id:int}")
def read_broker(request: Request, session: SessionDep, actor: ActorDep, broker_id: BrokerId) -> Response:
    """The profile: public facts and what she has done here."""
    return _profile(request, session, actor, record_by_id(session, Broker, broker_id))


@router.post("/brokers/{broker_id:int}/contact")
def read_contact(request: Request, session: SessionDep, actor: KnownActor, broker_id: BrokerId) -> Response:
    """The profile with telephone and mail, for the brokerage and officials; a post, because it is put on record."""
    broker = record_by_id(session, Broker, broker_id)
    if not _reads_contact(session, broker, actor):
        raise NotAllowed("您不能查看这位经纪人的联系方式", "双方同意对接后，平台会把联系方式告诉双方")
    record_event(session, AuditAction.READ_CONTACT, record=broker)
    return _profile(request, session, actor, broker, with_contact=True)


@router.get("/brokers/{broker_id:int}/edit")
def edit_broker(request: Request, session: SessionDep, actor: KnownActor, broker_id: BrokerId) -> Response:
    """The form with what is known."""
    broker = _editable(session, broker_id, actor)
    values = {name: getattr(broker, name) or "" for name in FIELDS} | {"version": broker.version}
    if actor.broker_id != broker.id:
        # Others may write new contact data without having read the present ones: empty means unchanged.
        values |= {"contact_phone": "", "contact_email": ""}
    return _form(request, broker, Filled(values, FormErrors()))


@router.post("/brokers/{broker_id:int}")
def change_broker(
    request: Request, session: SessionDep, actor: KnownActor, broker_id: BrokerId, form: SubmittedForm
) -> Response:
    """Write what was changed."""
    broker = _editable(session, broker_id, actor)
    filled = _filled(form)
    given = {name: value for name, value in filled.values.items() if name in form or name in LISTS}
    if actor.broker_id != broker.id:
        given = {name: value for name, value in given.items() if value or not name.startswith("contact_")}
    try:
        update = BrokerUpdate.model_validate({**_given(given, keep_blank=True), "version": text_of(form, "version")})
        revise_broker(session, broker, update, by=actor)
    except ValidationError as error:
        filled.errors.take(error)
    except RecordAlreadyExists as error:
        filled.errors.add("certificate_number", str(error))
    except VersionConflict as error:
        filled.errors.add("", str(error))
    if filled.errors:
        return _form(request, broker, filled)
    return answer_redirect(request, f"/brokers/{broker.id}", flash="saved")


@router.post("/brokers/{broker_id:int}/join")
def join_brokerage(
    request: Request,
    session: SessionDep,
    actor: KnownActor,
    broker_id: BrokerId,
    brokerage_id: Annotated[int, Form(ge=1, le=LARGEST_ID)],
    on: Annotated[date | None, Form()] = None,
) -> Response:
    """She practises in the name of the brokerage from that day on."""
    broker = record_by_id(session, Broker, broker_id)
    try:
        join(session, broker, record_by_id(session, Brokerage, brokerage_id), on or today(), by=actor)
    except MatchmakerError as error:
        return _refused(request, session, actor, broker, error)
    return answer_redirect(request, f"/brokers/{broker.id}", flash="saved")


@router.post("/brokers/{broker_id:int}/leave")
def leave_brokerage(
    request: Request,
    session: SessionDep,
    actor: KnownActor,
    broker_id: BrokerId,
    on: Annotated[date | None, Form()] = None,
) -> Response:
    """She no longer practises in its name."""
    broker = record_by_id(session, Broker, broker_id)
    try:
        leave(session, broker, on or today(), by=actor)
    except MatchmakerError as error:
        return _refused(request, session, actor, broker, error)
    return answer_redirect(request, f"/brokers/{broker.id}", flash="saved")


def _refused(request: Request, session: Session, actor: Actor, broker: Broker, error: MatchmakerError) -> Response:
    """The profile again with what is wrong on top; who may not do it at all gets the error's own page."""
    if isinstance(error, NotAllowed):
        raise error
    return _profile(request, session, actor, broker, errors=FormErrors({"on": str(error)}))


def _profile(
    request: Request,
    session: Session,
    actor: Actor,
    broker: Broker,
    *,
    with_contact: bool = False,
    errors: FormErrors | None = None,
) -> Response:
    account = account_of(session, broker)
    current = current_practice(session, broker)
    own = session.get(Brokerage, actor.brokerage_id) if actor.brokerage_id else None
    filed, signed = public_figures(session, account.id if account else None)
    context = {
        "broker": shown_brokers(session, [broker])[0],
        "contact": broker if with_contact else None,
        "may_read_contact": _reads_contact(session, broker, actor),
        "may_edit": may_edit_broker(session, broker, actor),
        "may_leave": current is not None and may_edit_broker(session, broker, actor),
        "may_join": current is None and actor.may(Right.MANAGE_BROKERS),
        "joins": own if current is None and own is not None and may_edit_brokerage(own, actor) else None,
        "practices": practices(session, broker),
        "is_valid": is_certificate_valid(broker),
        "figures": {"filed": filed, "signed": signed},
        **choices(),
        "place": place,
        "today": today(),
        "errors": errors or FormErrors(),
        "labels": LABELS,
    }
    return templates.TemplateResponse(request, "brokers/profile.html", context, status_code=422 if errors else 200)


def _reads_contact(session: Session, broker: Broker, actor: Actor) -> bool:
    if actor.broker_id == broker.id and actor.is_known:
        return True
    return actor.is_official or may_edit_broker(session, broker, actor)


def _editable(session: Session, broker_id: int, actor: Actor) -> Broker:
    broker = record_by_id(session, Broker, broker_id)
    if not may_edit_broker(session, broker, actor):
        raise NotAllowed("这位经纪人的资料不由您维护", "本人、所在机构管理员和市科技局可以修改")
    return broker


def _filled(form: SubmittedForm) -> Filled:
    values: dict[str, Any] = {name: text_of(form, name) for name in FIELDS if name not in LISTS}
    values |= {name: texts_of(form, name) for name in LISTS}
    values["version"] = text_of(form, "version")
    return Filled(values, FormErrors())


def _given(values: dict[str, Any], *, keep_blank: bool = False) -> dict[str, Any]:
    """What goes into the shape: a blank choice or date is none, a blank text stays one where it may empty a field."""
    texts = {"name", "certificate_issuer", "introduction", "contact_phone", "contact_email"}
    return {
        name: value if value or name in texts or name in LISTS else None
        for name, value in values.items()
        if name != "version" and (value or keep_blank)
    }


def _form(request: Request, broker: Broker | None, filled: Filled) -> Response:
    context = {
        "broker": broker,
        "values": filled.values,
        "errors": filled.errors,
        "labels": LABELS,
        "registered": REGISTERED_FIELDS,
        **choices(),
        "levels": LEVELS,
    }
    status = 422 if filled.errors else 200
    return templates.TemplateResponse(request, "brokers/edit.html", context, status_code=status)
