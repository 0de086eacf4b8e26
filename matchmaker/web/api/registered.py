"""`/achievement-registrations` and `/signings`: what the province registered, and what was signed at events."""

from datetime import date
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Depends, Query
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import ColumnElement, false, true
from sqlmodel import Session, col, func, select

from matchmaker.achievement_registrations import upsert_achievement_registration
from matchmaker.brokerage import readable_match
from matchmaker.contracts import readable_contract
from matchmaker.errors import NotAllowed, NotFound, RecordAlreadyExists
from matchmaker.models.contract_words import SigningType
from matchmaker.models.parts import labelled
from matchmaker.models.target import (
    AchievementRegistration,
    AchievementRegistrationCreate,
    AchievementRegistrationFields,
    Signing,
    SigningCreate,
    SigningFields,
)
from matchmaker.records import Outcome
from matchmaker.rights import Actor, Right
from matchmaker.signings import upsert_signing
from matchmaker.web.api.etags import TAGGED, SeenDep, etag_of
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.paging import next_cursor, offset_of
from matchmaker.web.api.shapes import RecordId
from matchmaker.web.dependencies import Requires, SessionDep

router = APIRouter(tags=["statistics"])

Reader = Annotated[Actor, Depends(Requires(Right.READ_TURNOVER))]
Recorder = Annotated[Actor, Depends(Requires(Right.RECORD_REGISTRATIONS))]
Row = TypeVar("Row", AchievementRegistration, Signing)

NEW_REGISTRATIONS: dict[str, Example] = {
    "minimal": {
        "summary": "一项成果登记",
        "value": {
            "registered_number": "9902026Y000001",
            "title": "秸秆纤维模塑成型技术",
            "owner_name": "澄湖示例大学",
            "registered_on": "2026-03-05",
            "region_code": "990102",
        },
    },
}
NEW_SIGNINGS: dict[str, Example] = {
    "minimal": {
        "summary": "对接会上签的意向协议",
        "value": {
            "title": "共建秸秆利用中试基地",
            "event_name": "澄湖春季产学研对接会",
            "signed_on": "2026-04-18",
            "signing_type": "意向协议",
            "first_party": "澄湖示例企业",
            "second_party": "澄湖示例大学",
            "region_code": "990102",
        },
    },
}


class Asked(BaseModel):
    """The filters of both lists."""

    model_config = ConfigDict(extra="forbid")

    first: date | None = Field(default=None, alias="from", description="日期不早于")
    last: date | None = Field(default=None, alias="to", description="日期不晚于")
    limit: int = Field(default=20, ge=1, le=100, description="每页条数")
    cursor: str | None = Field(default=None, max_length=10, description="上一页答复中的 next_cursor")


class SigningsAsked(Asked):
    signing_type: Annotated[SigningType | None, labelled(SigningType)] = Field(default=None, description="签约类型")
    event_name: str = Field(default="", max_length=200, description="活动名称")


class RegistrationShown(AchievementRegistrationFields):
    id: int
    version: int
    achievement_id: int | None = Field(description="在本平台发布的成果")
    is_demo: bool


class SigningShown(SigningFields):
    id: int
    version: int
    contract_id: int | None = Field(description="台账中的技术合同")
    match_id: int | None
    is_demo: bool


class Registrations(BaseModel):
    items: list[RegistrationShown]
    total: int = Field(description="符合条件的成果登记数（项）")
    next_cursor: str | None


class Signings(BaseModel):
    items: list[SigningShown]
    total: int = Field(description="符合条件的签约数（项）")
    next_cursor: str | None


@router.get("/achievement-registrations", summary="成果登记")
def list_registrations(session: SessionDep, reader: Reader, asked: Annotated[Asked, Query()]) -> Registrations:
    """省里登记的科技成果，近的在前；区县看本区县的。"""
    table = AchievementRegistration
    rows, total = _page(session, table, col(table.registered_on), asked, [_readable(table, reader)])
    return Registrations(
        items=[RegistrationShown.model_validate(one, from_attributes=True) for one in rows],
        total=total,
        next_cursor=next_cursor(offset_of(asked.cursor) + asked.limit, total),
    )


@router.post("/achievement-registrations", status_code=201, summary="记录成果登记", responses=REPEATABLE)
def add_registration(
    session: SessionDep,
    by: Recorder,
    once: OnceDep,
    create: Annotated[AchievementRegistrationCreate, Body(openapi_examples=NEW_REGISTRATIONS)],
) -> RegistrationShown:
    """登记号或来源键已有时为 409。编号或“名称 + 完成单位”与已发布成果一致的，自动关联。"""
    _check_region(create.region_code, by)

    def make() -> AchievementRegistration:
        registration, outcome = upsert_achievement_registration(session, create)
        if outcome is not Outcome.ADDED:
            # Raising rolls the change back.
            raise RecordAlreadyExists("这项成果登记已记录", "登记号一项成果一个，请核对")
        return registration

    found = once.create(session, create, make, lambda number: _one(session, AchievementRegistration, number, by))
    once.response.headers["ETag"] = etag_of(found)
    return RegistrationShown.model_validate(found, from_attributes=True)


@router.get(
    "/achievement-registrations/{record_id}",
    summary="查看一项成果登记",
    response_model=RegistrationShown,
    responses=TAGGED,
)
def read_registration(session: SessionDep, reader: Reader, seen: SeenDep, record_id: RecordId) -> Any:
    """登记号、完成单位、登记日期，及本平台上的成果。"""
    found = _one(session, AchievementRegistration, record_id, reader)
    tag = etag_of(found)
    if seen.is_current(tag):
        return seen.unchanged(tag)
    return RegistrationShown.model_validate(found, from_attributes=True)


@router.get("/signings", summary="现场签约")
def list_signings(session: SessionDep, reader: Reader, asked: Annotated[SigningsAsked, Query()]) -> Signings:
    """活动上签的合同和协议，近的在前；区县看本区县的。签约不等于技术合同成交。"""
    conditions = [_readable(Signing, reader)]
    if asked.signing_type is not None:
        conditions.append(col(Signing.signing_type) == asked.signing_type)
    if asked.event_name:
        conditions.append(col(Signing.event_name) == asked.event_name)
    rows, total = _page(session, Signing, col(Signing.signed_on), asked, conditions)
    return Signings(
        items=[SigningShown.model_validate(one, from_attributes=True) for one in rows],
        total=total,
        next_cursor=next_cursor(offset_of(asked.cursor) + asked.limit, total),
    )


@router.post("/signings", status_code=201, summary="记录签约", responses=REPEATABLE)
def add_signing(
    session: SessionDep,
    by: Recorder,
    once: OnceDep,
    create: Annotated[SigningCreate, Body(openapi_examples=NEW_SIGNINGS)],
) -> SigningShown:
    """同一活动、同日、同名、同双方的签约已有时为 409。"""
    _check_region(create.region_code, by)

    def make() -> Signing:
        if create.contract_id is not None:
            readable_contract(session, create.contract_id, by)
        if create.match_id is not None:
            readable_match(session, create.match_id, reader=by)
        signing, outcome = upsert_signing(session, create)
        if outcome is not Outcome.ADDED:
            raise RecordAlreadyExists("这项签约已记录", "请在列表中核对")
        return signing

    found = once.create(session, create, make, lambda number: _one(session, Signing, number, by))
    once.response.headers["ETag"] = etag_of(found)
    return SigningShown.model_validate(found, from_attributes=True)


@router.get("/signings/{record_id}", summary="查看一项签约", response_model=SigningShown, responses=TAGGED)
def read_signing(session: SessionDep, reader: Reader, seen: SeenDep, record_id: RecordId) -> Any:
    """签约的类型、双方和活动，及台账中的合同。"""
    found = _one(session, Signing, record_id, reader)
    tag = etag_of(found)
    return seen.unchanged(tag) if seen.is_current(tag) else SigningShown.model_validate(found, from_attributes=True)


def _readable(table: type[Row], reader: Actor) -> ColumnElement[bool]:
    if reader.oversees_everything:
        return true()
    if not reader.region_code:
        return false()
    return col(table.region_code).startswith(reader.region_code, autoescape=True)


def _check_region(region_code: str | None, by: Actor) -> None:
    if not by.oversees(region_code):
        raise NotAllowed("只能记录本辖区的", "请填写本区县的 region_code，其他由市科技局记录")


def _one(session: Session, table: type[Row], number: int, reader: Actor) -> Row:
    found = session.get(table, number)
    if found is None or not reader.oversees(found.region_code):
        raise NotFound(f"没有编号为 {number} 的记录，或它不属于您的辖区", "请从列表重新进入")
    return found


def _page(
    session: Session, table: type[Row], day: Any, asked: Asked, conditions: list[ColumnElement[bool]]
) -> tuple[list[Row], int]:
    if asked.first is not None:
        conditions.append(day >= asked.first)
    if asked.last is not None:
        conditions.append(day <= asked.last)
    total = session.exec(select(func.count()).select_from(table).where(*conditions)).one()
    wanted = select(table).where(*conditions).order_by(day.desc(), col(table.id).desc())
    return list(session.exec(wanted.offset(offset_of(asked.cursor)).limit(asked.limit))), total
