"""`/saved-searches` and `/shortlist`: what the key's owner keeps for herself."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Response
from fastapi.openapi.models import Example
from pydantic import BaseModel, ConfigDict, Field

from matchmaker.models.outbox import RecordKind
from matchmaker.models.workbench import SavedSearch
from matchmaker.web.api.paging import Whole
from matchmaker.web.api.shapes import LARGEST_ID, RecordId
from matchmaker.web.dependencies import KnownActor, SessionDep
from matchmaker.workbench import (
    Kept,
    change_search,
    delete_search,
    keep,
    remove,
    save_search,
    saved_searches,
    shortlist,
)

router = APIRouter(tags=["saved"])

NEW_SEARCHES: dict[str, Example] = {
    "minimal": {
        "summary": "保存一个检索",
        "value": {"name": "高盐废水", "kind": "achievements", "text": "高盐废水脱盐"},
    },
}


class SearchCreate(BaseModel):
    """A question to keep."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60, description="名称，本人的检索中不重复")
    kind: RecordKind = Field(description="检索需求还是成果")
    text: str = Field(default="", max_length=500, description="检索词")
    filters: dict[str, list[Annotated[str, Field(max_length=60)]]] = Field(
        default_factory=dict, max_length=20, description="筛选项与取值，同检索接口"
    )


class SearchChange(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=60)
    alerts: bool = Field(description="有新记录时是否提醒")


class SearchShown(BaseModel):
    """A saved search."""

    id: int
    name: str
    kind: RecordKind
    text: str
    filters: dict[str, list[str]]
    alerts: bool
    created_at: datetime


class SearchList(Whole):
    items: list[SearchShown]


class ItemCreate(BaseModel):
    """A record to keep at hand."""

    model_config = ConfigDict(extra="forbid")

    kind: RecordKind
    record_id: int = Field(ge=1, le=LARGEST_ID)
    note: str = Field(default="", max_length=500, description="备注，只有本人可见")


class ItemShown(BaseModel):
    """One of the shortlist; `title` is null where the record may no longer be read."""

    id: int
    kind: RecordKind
    record_id: int
    title: str | None
    status: str | None
    note: str
    created_at: datetime


class ItemList(Whole):
    items: list[ItemShown]


@router.get("/saved-searches", summary="我保存的检索")
def list_saved_searches(session: SessionDep, actor: KnownActor) -> SearchList:
    """本人保存的全部检索。"""
    return SearchList(items=[_search(one) for one in saved_searches(session, by=actor)])


@router.post("/saved-searches", status_code=201, summary="保存检索")
def add_saved_search(
    session: SessionDep, actor: KnownActor, create: Annotated[SearchCreate, Body(openapi_examples=NEW_SEARCHES)]
) -> SearchShown:
    """以后发布的符合条件的记录每天汇总通知一次；名称重复或已满 50 个时为 409。"""
    filters = {name: tuple(values) for name, values in create.filters.items()}
    return _search(save_search(session, create.name, create.kind, create.text, filters, by=actor))


@router.patch("/saved-searches/{record_id}", summary="修改保存的检索")
def change_saved_search(
    session: SessionDep, actor: KnownActor, record_id: RecordId, change: SearchChange
) -> SearchShown:
    """改名称，开启或关闭提醒。"""
    return _search(change_search(session, record_id, name=change.name, alerts=change.alerts, by=actor))


@router.delete("/saved-searches/{record_id}", status_code=204, summary="删除保存的检索")
def remove_saved_search(session: SessionDep, actor: KnownActor, record_id: RecordId) -> Response:
    """不再保存，也不再提醒。"""
    delete_search(session, record_id, by=actor)
    return Response(status_code=204)


@router.get("/shortlist", summary="我的收藏")
def list_shortlist(session: SessionDep, actor: KnownActor, kind: RecordKind) -> ItemList:
    """按收藏时间从新到旧；已不可查看的记录没有名称。"""
    return ItemList(items=[_item(one) for one in shortlist(session, kind, by=actor)])


@router.post("/shortlist", status_code=201, summary="收藏一条记录")
def add_to_shortlist(session: SessionDep, actor: KnownActor, create: ItemCreate) -> ItemShown:
    """已收藏的只更新备注；看不到的记录为 404。"""
    item = keep(session, create.kind, create.record_id, create.note, by=actor)
    return next(_item(one) for one in shortlist(session, create.kind, by=actor) if one.item.id == item.id)


@router.delete("/shortlist/{record_id}", status_code=204, summary="移出收藏")
def remove_from_shortlist(session: SessionDep, actor: KnownActor, record_id: RecordId) -> Response:
    """`record_id` 为收藏条目的编号 `id`。"""
    remove(session, record_id, by=actor)
    return Response(status_code=204)


def _search(saved: SavedSearch) -> SearchShown:
    return SearchShown.model_validate(saved, from_attributes=True)


def _item(kept: Kept) -> ItemShown:
    record = kept.record
    return ItemShown(
        id=kept.item.id or 0,
        kind=kept.item.kind,
        record_id=kept.item.record_id,
        title=record.title if record else None,
        status=record.status.value if record else None,
        note=kept.item.note,
        created_at=kept.item.created_at,
    )
