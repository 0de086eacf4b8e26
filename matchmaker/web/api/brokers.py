"""`/brokers` and `/brokerages`: look up, read, register, revise, memberships."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from matchmaker.broker_directory import DirectoryQuery, brokerage_directory, directory, shown_brokers
from matchmaker.brokers import change_brokerage, join, leave, revise_broker, upsert_broker
from matchmaker.errors import RecordAlreadyExists
from matchmaker.models.broker import (
    Broker,
    Brokerage,
    BrokerageCreate,
    BrokeragePublic,
    BrokerageUpdate,
    BrokerCreate,
    BrokerPublic,
    BrokerUpdate,
    CertificateLevel,
)
from matchmaker.parties import MENTIONED, upsert_brokerage
from matchmaker.records import Outcome, record_by_id
from matchmaker.rights import Actor, Right
from matchmaker.visibility import today
from matchmaker.web.api.etags import TAGGED_ALWAYS, ExpectedDep, tagged
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.paging import next_cursor, offset_of
from matchmaker.web.api.shapes import LARGEST_ID, RecordId
from matchmaker.web.dependencies import Requires, SessionDep

router = APIRouter(tags=["brokers"])

Manager = Annotated[Actor, Depends(Requires(Right.MANAGE_BROKERS))]
Limit = Annotated[int, Query(ge=1, le=100, description="每页条数")]
Cursor = Annotated[str | None, Query(max_length=10, description="上一页答复中的 next_cursor")]

NEW_BROKERS: dict[str, Example] = {
    "minimal": {
        "summary": "一位经纪人",
        "value": {
            "name": "示例经纪人",
            "certificate_number": "JS-2026-000001",
            "certificate_level": "中级",
            "brokerage_name": "澄湖示例技术转移中心",
            "technology_fields": ["新材料及其应用"],
        },
    },
}
BROKER_CHANGES: dict[str, Example] = {
    "change": {"summary": "更新等级", "value": {"version": 1, "certificate_level": "高级"}},
}
NEW_BROKERAGES: dict[str, Example] = {
    "minimal": {"summary": "一家机构", "value": {"name": "澄湖示例技术转移中心", "legal_type": "事业法人"}},
}
BROKERAGE_CHANGES: dict[str, Example] = {
    "change": {"summary": "更新主营业务", "value": {"version": 1, "main_business": "技术评估、成果推介"}},
}


class BrokerList(BaseModel):
    items: list[BrokerPublic]
    total: int = Field(description="符合条件的人数")
    next_cursor: str | None = Field(description="下一页的 cursor；没有下一页时为 null")


class BrokerageSummary(BrokeragePublic):
    brokers: int = Field(description="在职经纪人数")


class BrokerageList(BaseModel):
    items: list[BrokerageSummary]
    total: int = Field(description="符合条件的机构数")
    next_cursor: str | None = Field(description="下一页的 cursor；没有下一页时为 null")


class Joining(BaseModel):
    """Where to, and since when."""

    model_config = ConfigDict(extra="forbid")

    brokerage_id: int = Field(ge=1, le=LARGEST_ID, description="机构编号")
    on: date | None = Field(default=None, description="加入日期；不填即今天")


class Leaving(BaseModel):
    model_config = ConfigDict(extra="forbid")

    on: date | None = Field(default=None, description="离开日期；不填即今天")


class Membership(BaseModel):
    """One stretch of practice."""

    broker_id: int
    brokerage_id: int
    joined_on: date
    left_on: date | None = Field(description="在职时为 null")


class BrokerAsked(BaseModel):
    """The filters of the list, each narrowing it."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(default="", max_length=60, description="姓名中的一段文字")
    technology_field: str = Field(default="", max_length=40, description="擅长的技术领域代码")
    city_industry: str = Field(default="", max_length=40, description="服务的本市产业代码")
    region: str = Field(default="", max_length=12, pattern="^[0-9]*$", description="行政区划代码，含其下级")
    level: CertificateLevel | None = Field(default=None, description="证书等级")
    brokerage_id: int | None = Field(default=None, ge=1, le=LARGEST_ID, description="执业机构编号")
    limit: int = Field(default=20, ge=1, le=100, description="每页条数")
    cursor: str | None = Field(default=None, max_length=10, description="上一页答复中的 next_cursor")


@router.get("/brokers", summary="技术经纪人名录")
def list_brokers(session: SessionDep, asked: Annotated[BrokerAsked, Query()]) -> BrokerList:
    """按姓名排列，只含公开信息，不含联系方式。"""
    offset = offset_of(asked.cursor)
    query = DirectoryQuery(
        name=asked.name,
        technology_field=asked.technology_field,
        city_industry=asked.city_industry,
        region_code=asked.region,
        level=asked.level,
        brokerage_id=asked.brokerage_id,
        offset=offset,
        limit=asked.limit,
    )
    page = directory(session, query)
    return BrokerList(items=page.brokers, total=page.total, next_cursor=next_cursor(offset + asked.limit, page.total))


@router.get("/brokers/{record_id}", summary="查看一位技术经纪人", responses=TAGGED_ALWAYS)
def read_broker(session: SessionDep, response: Response, record_id: RecordId) -> BrokerPublic:
    """公开信息：证书、执业机构、领域；不含联系方式。"""
    broker = record_by_id(session, Broker, record_id)
    tagged(response, broker)
    return shown_brokers(session, [broker])[0]


@router.post("/brokers", status_code=201, summary="登记技术经纪人", responses=REPEATABLE)
def add_broker(
    session: SessionDep,
    once: OnceDep,
    response: Response,
    _manager: Manager,
    create: Annotated[BrokerCreate, Body(openapi_examples=NEW_BROKERS)],
) -> BrokerPublic:
    """新增一位并加入 `brokerage_name` 所指的机构；来源键或证书编号已有时为 409，请改用 PATCH。"""
    broker = once.create(
        session,
        create,
        lambda: _new_broker(session, create),
        lambda number: record_by_id(session, Broker, number),
    )
    tagged(response, broker)
    return shown_brokers(session, [broker])[0]


def _new_broker(session: Session, create: BrokerCreate) -> Broker:
    broker, outcome = upsert_broker(session, create)
    if outcome is not Outcome.ADDED:
        # Raising rolls the change back.
        raise RecordAlreadyExists(
            f"这位经纪人已登记，编号 {broker.id}", f"要修改资料，请用 PATCH /api/v1/brokers/{broker.id}"
        )
    return broker


@router.patch("/brokers/{record_id}", summary="修改技术经纪人", responses=TAGGED_ALWAYS)
def change_broker(
    session: SessionDep,
    manager: Manager,
    record_id: RecordId,
    expected: ExpectedDep,
    response: Response,
    update: Annotated[BrokerUpdate, Body(openapi_examples=BROKER_CHANGES)],
) -> BrokerPublic:
    """只改给出的字段；`version` 为读到的版本号，已被他人修改时为 409。"""
    broker = record_by_id(session, Broker, record_id)
    expected.check_if_given(broker)
    revise_broker(session, broker, update, by=manager)
    tagged(response, broker)
    return shown_brokers(session, [broker])[0]


@router.post("/brokers/{record_id}/join", summary="加入机构")
def join_brokerage(session: SessionDep, manager: Manager, record_id: RecordId, joining: Joining) -> Membership:
    """同一时间只能在一家机构执业：已在另一家时为 409，请先办理离开。"""
    broker = record_by_id(session, Broker, record_id)
    brokerage = record_by_id(session, Brokerage, joining.brokerage_id)
    membership = join(session, broker, brokerage, joining.on or today(), by=manager)
    return Membership.model_validate(membership, from_attributes=True)


@router.post("/brokers/{record_id}/leave", summary="离开机构")
def leave_brokerage(session: SessionDep, manager: Manager, record_id: RecordId, leaving: Leaving) -> Membership:
    """结束现在的执业；经历保留。"""
    membership = leave(session, record_by_id(session, Broker, record_id), leaving.on or today(), by=manager)
    return Membership.model_validate(membership, from_attributes=True)


@router.get("/brokerages", summary="经纪机构名录")
def list_brokerages(
    session: SessionDep,
    name: Annotated[str, Query(max_length=200, description="名称中的一段文字")] = "",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> BrokerageList:
    """按名称排列，只含公开信息。"""
    offset = offset_of(cursor)
    page = brokerage_directory(session, name=name, offset=offset, limit=limit)
    items = [
        BrokerageSummary(**BrokeragePublic.model_validate(one, from_attributes=True).model_dump(), brokers=members)
        for one, members in page.brokerages
    ]
    return BrokerageList(items=items, total=page.total, next_cursor=next_cursor(offset + limit, page.total))


@router.get("/brokerages/{record_id}", summary="查看一家经纪机构", responses=TAGGED_ALWAYS)
def read_brokerage(session: SessionDep, response: Response, record_id: RecordId) -> BrokeragePublic:
    """公开信息；在职经纪人见 `/brokers?brokerage_id=`。"""
    brokerage = record_by_id(session, Brokerage, record_id)
    tagged(response, brokerage)
    return BrokeragePublic.model_validate(brokerage, from_attributes=True)


@router.post("/brokerages", status_code=201, summary="登记经纪机构", responses=REPEATABLE)
def add_brokerage(
    session: SessionDep,
    once: OnceDep,
    response: Response,
    _manager: Manager,
    create: Annotated[BrokerageCreate, Body(openapi_examples=NEW_BROKERAGES)],
) -> BrokeragePublic:
    """新增一家；信用代码、来源键或名称已有时为 409。只在经纪人名录中出现过名称的机构由此补全。"""
    brokerage = once.create(
        session,
        create,
        lambda: _new_brokerage(session, create),
        lambda number: record_by_id(session, Brokerage, number),
    )
    tagged(response, brokerage)
    return BrokeragePublic.model_validate(brokerage, from_attributes=True)


def _new_brokerage(session: Session, create: BrokerageCreate) -> Brokerage:
    brokerage, outcome = upsert_brokerage(session, create)
    if outcome is not Outcome.ADDED and brokerage.source != MENTIONED:
        raise RecordAlreadyExists(
            f"这家机构已登记，编号 {brokerage.id}", f"要修改它，请用 PATCH /api/v1/brokerages/{brokerage.id}"
        )
    return brokerage


@router.patch("/brokerages/{record_id}", summary="修改经纪机构", responses=TAGGED_ALWAYS)
def revise_brokerage(
    session: SessionDep,
    manager: Manager,
    record_id: RecordId,
    expected: ExpectedDep,
    response: Response,
    update: Annotated[BrokerageUpdate, Body(openapi_examples=BROKERAGE_CHANGES)],
) -> BrokeragePublic:
    """只改给出的字段；`version` 为读到的版本号，已被他人修改时为 409。"""
    brokerage = record_by_id(session, Brokerage, record_id)
    expected.check_if_given(brokerage)
    change_brokerage(session, brokerage, update, by=manager)
    tagged(response, brokerage)
    return BrokeragePublic.model_validate(brokerage, from_attributes=True)
