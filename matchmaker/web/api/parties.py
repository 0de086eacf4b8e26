"""`/enterprises` and `/institutions`: list by name, read, add, revise."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Response
from sqlmodel import Session, col, or_, select

from matchmaker.errors import RecordAlreadyExists
from matchmaker.models.party import (
    Enterprise,
    EnterpriseCreate,
    EnterprisePublic,
    EnterpriseUpdate,
    Institution,
    InstitutionCreate,
    InstitutionPublic,
    InstitutionUpdate,
)
from matchmaker.parties import MENTIONED, revise_enterprise, revise_institution, upsert_enterprise, upsert_institution
from matchmaker.records import Outcome, record_by_id
from matchmaker.rights import Right
from matchmaker.web.api.etags import TAGGED_ALWAYS, ExpectedDep, tagged
from matchmaker.web.api.examples import ENTERPRISE_CHANGES, INSTITUTION_CHANGES, NEW_ENTERPRISES, NEW_INSTITUTIONS
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.name_list import name_page
from matchmaker.web.api.shapes import EnterpriseFull, EnterpriseList, InstitutionFull, InstitutionList, RecordId
from matchmaker.web.dependencies import ActorDep, DatabaseDep, Requires, SessionDep
from matchmaker.web.readable import is_own_party, readable_party
from matchmaker.web.readings import note_contact

router = APIRouter(tags=["parties"])

NamePart = Annotated[str, Query(max_length=200, description="名称中的一段文字")]
Limit = Annotated[int, Query(ge=1, le=100, description="每页条数")]
Cursor = Annotated[str | None, Query(max_length=1000, description="上一页答复中的 next_cursor")]


@router.get("/enterprises", summary="企业列表")
def list_enterprises(
    session: SessionDep, reader: ActorDep, name: NamePart = "", limit: Limit = 20, cursor: Cursor = None
) -> EnterpriseList:
    """按名称排列，只含公开字段。"""
    page = name_page(session, Enterprise, name, limit, cursor, reader)
    items = [EnterprisePublic.model_validate(one, from_attributes=True) for one in page.records]
    return EnterpriseList(items=items, total=page.total, next_cursor=page.next_cursor)


@router.get("/institutions", summary="高校院所列表")
def list_institutions(
    session: SessionDep, reader: ActorDep, name: NamePart = "", limit: Limit = 20, cursor: Cursor = None
) -> InstitutionList:
    """按名称排列，只含公开字段。"""
    page = name_page(session, Institution, name, limit, cursor, reader)
    items = [InstitutionPublic.model_validate(one, from_attributes=True) for one in page.records]
    return InstitutionList(items=items, total=page.total, next_cursor=page.next_cursor)


@router.get("/enterprises/{record_id}", summary="查看一家企业", responses=TAGGED_ALWAYS)
def read_enterprise(
    session: SessionDep, database: DatabaseDep, reader: ActorDep, response: Response, record_id: RecordId
) -> EnterpriseFull | EnterprisePublic:
    """公开字段；本单位和主管部门另见地址和联系方式。"""
    enterprise = readable_party(session, Enterprise, record_id, reader)
    tagged(response, enterprise)
    full = is_own_party(Enterprise, record_id, reader) or reader.oversees(enterprise.region_code)
    if full:
        note_contact(database, enterprise, reader)
    shape = EnterpriseFull if full else EnterprisePublic
    return shape.model_validate(enterprise, from_attributes=True)


@router.get("/institutions/{record_id}", summary="查看一所高校院所", responses=TAGGED_ALWAYS)
def read_institution(
    session: SessionDep, database: DatabaseDep, reader: ActorDep, response: Response, record_id: RecordId
) -> InstitutionFull | InstitutionPublic:
    """公开字段；本单位和主管部门另见地址和联系方式。"""
    institution = readable_party(session, Institution, record_id, reader)
    tagged(response, institution)
    full = is_own_party(Institution, record_id, reader) or reader.oversees(institution.region_code)
    if full:
        note_contact(database, institution, reader)
    shape = InstitutionFull if full else InstitutionPublic
    return shape.model_validate(institution, from_attributes=True)


@router.post(
    "/enterprises",
    status_code=201,
    summary="登记企业",
    dependencies=[Depends(Requires(Right.PUBLISH_DIRECTLY))],
    responses=REPEATABLE,
)
def add_enterprise(
    session: SessionDep,
    once: OnceDep,
    response: Response,
    create: Annotated[EnterpriseCreate, Body(openapi_examples=NEW_ENTERPRISES)],
) -> EnterpriseFull:
    """新增一家；信用代码、来源键或名称已有时为 409。只在需求或成果中出现过名称的企业由此补全。"""
    enterprise = once.create(
        session,
        create,
        lambda: _new_enterprise(session, create),
        lambda number: record_by_id(session, Enterprise, number),
    )
    tagged(response, enterprise)
    return EnterpriseFull.model_validate(enterprise, from_attributes=True)


def _new_enterprise(session: Session, create: EnterpriseCreate) -> Enterprise:
    mentioned = _only_mentioned(session, Enterprise, create)
    enterprise, outcome = upsert_enterprise(session, create)
    if outcome is not Outcome.ADDED and enterprise.id not in mentioned:
        raise _exists("企业", "enterprises", enterprise)
    return enterprise


@router.post(
    "/institutions",
    status_code=201,
    summary="登记高校院所",
    dependencies=[Depends(Requires(Right.PUBLISH_DIRECTLY))],
    responses=REPEATABLE,
)
def add_institution(
    session: SessionDep,
    once: OnceDep,
    response: Response,
    create: Annotated[InstitutionCreate, Body(openapi_examples=NEW_INSTITUTIONS)],
) -> InstitutionFull:
    """新增一所；信用代码、来源键或名称已有时为 409。只在成果中出现过名称的单位由此补全。"""
    institution = once.create(
        session,
        create,
        lambda: _new_institution(session, create),
        lambda number: record_by_id(session, Institution, number),
    )
    tagged(response, institution)
    return InstitutionFull.model_validate(institution, from_attributes=True)


def _new_institution(session: Session, create: InstitutionCreate) -> Institution:
    mentioned = _only_mentioned(session, Institution, create)
    institution, outcome = upsert_institution(session, create)
    if outcome is not Outcome.ADDED and institution.id not in mentioned:
        raise _exists("高校院所", "institutions", institution)
    return institution


@router.patch(
    "/enterprises/{record_id}",
    summary="修改企业",
    dependencies=[Depends(Requires(Right.PUBLISH_DIRECTLY))],
    responses=TAGGED_ALWAYS,
)
def change_enterprise(
    session: SessionDep,
    record_id: RecordId,
    expected: ExpectedDep,
    response: Response,
    update: Annotated[EnterpriseUpdate, Body(openapi_examples=ENTERPRISE_CHANGES)],
) -> EnterpriseFull:
    """只改给出的字段；`version` 为读到的版本号，已被他人修改时为 409。"""
    enterprise = record_by_id(session, Enterprise, record_id)
    expected.check_if_given(enterprise)
    revise_enterprise(session, enterprise, update)
    tagged(response, enterprise)
    return EnterpriseFull.model_validate(enterprise, from_attributes=True)


@router.patch(
    "/institutions/{record_id}",
    summary="修改高校院所",
    dependencies=[Depends(Requires(Right.PUBLISH_DIRECTLY))],
    responses=TAGGED_ALWAYS,
)
def change_institution(
    session: SessionDep,
    record_id: RecordId,
    expected: ExpectedDep,
    response: Response,
    update: Annotated[InstitutionUpdate, Body(openapi_examples=INSTITUTION_CHANGES)],
) -> InstitutionFull:
    """只改给出的字段；`version` 为读到的版本号，已被他人修改时为 409。"""
    institution = record_by_id(session, Institution, record_id)
    expected.check_if_given(institution)
    revise_institution(session, institution, update)
    tagged(response, institution)
    return InstitutionFull.model_validate(institution, from_attributes=True)


def _only_mentioned(
    session: Session, table: type[Enterprise] | type[Institution], create: EnterpriseCreate | InstitutionCreate
) -> set[int | None]:
    """The parties that so far were only named by a need or an achievement and that this one may complete."""
    same = or_(col(table.name) == create.name, col(table.credit_code) == (create.credit_code or create.name))
    return set(session.exec(select(table.id).where(col(table.source) == MENTIONED, same)).all())


def _exists(noun: str, path: str, party: Enterprise | Institution) -> RecordAlreadyExists:
    # Raising it rolls the change back.
    return RecordAlreadyExists(
        f"这家{noun}已登记，编号 {party.id}（名称“{party.name}”）", f"要修改它，请用 PATCH /api/v1/{path}/{party.id}"
    )
