"""`/notices`: what the key's account was told."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from matchmaker.models.notice import NoticeKind
from matchmaker.notices import mark_read, notices_of, unread_count
from matchmaker.web.api.paging import NEXT_CURSOR_TEXT, Cursor, Limit, Offset, begin_of, next_cursor
from matchmaker.web.api.shapes import RecordId
from matchmaker.web.dependencies import KnownActor, SessionDep

router = APIRouter(prefix="/notices", tags=["notices"])


class NoticeShown(BaseModel):
    """One notice of the account."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    kind: NoticeKind = Field(description="种类")
    title: str
    body: str
    link: str = Field(description="相关页面在本平台的路径")
    created_at: datetime
    read_at: datetime | None = Field(description="何时读过；未读为 null")


class NoticeList(BaseModel):
    items: list[NoticeShown]
    total: int = Field(description="通知总数")
    next_cursor: str | None = Field(description=NEXT_CURSOR_TEXT)
    unread: int = Field(description="其中未读的条数")


@router.get("", summary="我的通知")
def list_notices(
    session: SessionDep,
    reader: KnownActor,
    kind: Annotated[NoticeKind | None, Query(description="只列一种")] = None,
    limit: Limit = 30,
    cursor: Cursor = None,
    offset: Offset = 0,
) -> NoticeList:
    """接口密钥所属账号的通知：未读的在前，其次按时间从新到旧。"""
    begin = begin_of(cursor, offset)
    page = notices_of(session, reader, kind=kind, limit=limit, offset=begin)
    return NoticeList(
        items=[NoticeShown.model_validate(one) for one in page.notices],
        total=page.total,
        next_cursor=next_cursor(begin + limit, page.total),
        unread=unread_count(session, reader.account_id or 0),
    )


@router.post("/{record_id}/read", summary="标为已读")
def mark_notice_read(session: SessionDep, reader: KnownActor, record_id: RecordId) -> NoticeShown:
    """只能标记自己的通知；再次标记不改变首次读过的时间。"""
    return NoticeShown.model_validate(mark_read(session, record_id, by=reader))
