"""`/reviews`: what waits for an official's decision, and the decision."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from matchmaker.disclosure import shown_achievement, shown_need
from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.labels import AchievementStatus, NeedStatus
from matchmaker.models.need import NeedPublic, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import RevisionStatus
from matchmaker.posting.coach import coach
from matchmaker.review import check_overseen, unknown
from matchmaker.review_queue import ReviewKind, Waiting, counts, record_of, waiting
from matchmaker.revisions import revision_by_id
from matchmaker.rights import Actor, Right
from matchmaker.web.api.paging import NEXT_CURSOR_TEXT, Cursor, Limit, Offset, begin_of, next_cursor
from matchmaker.web.api.shapes import RecordId
from matchmaker.web.decisions import GivenDecision, decide, decide_revision
from matchmaker.web.dependencies import Requires, SessionDep

router = APIRouter(prefix="/reviews", tags=["reviews"])

Reviewer = Annotated[Actor, Depends(Requires(Right.REVIEW))]


class WaitingItem(BaseModel):
    """One entry of the queue."""

    kind: ReviewKind
    id: int = Field(description="记录编号；修改申请为申请编号")
    record_id: int = Field(description="所涉记录的编号")
    title: str
    region_code: str | None
    since: datetime = Field(description="提交时间")
    score: int = Field(description="内容完整度，0–100")
    version: int = Field(description="记录的版本号，决定时原样带回")


class WaitingItems(BaseModel):
    items: list[WaitingItem]
    total: int = Field(description="这一类待审核的条数")
    next_cursor: str | None = Field(description=NEXT_CURSOR_TEXT)


class Decided(BaseModel):
    """Where the record (or the change) stands after the decision."""

    kind: ReviewKind
    id: int
    status: NeedStatus | AchievementStatus | RevisionStatus
    status_label: str = Field(description="状态的中文说法", examples=["已发布"])
    version: int = Field(description="记录现在的版本号")


@router.get("", summary="待审核列表")
def list_reviews(
    session: SessionDep,
    by: Reviewer,
    kind: Annotated[ReviewKind, Query(description="needs 需求，achievements 成果，revisions 修改申请")],
    limit: Limit = 20,
    cursor: Cursor = None,
    offset: Offset = 0,
) -> WaitingItems:
    """等待最久的在前；县市区科技局只看到本辖区的记录。不含联系方式。"""
    begin = begin_of(cursor, offset)
    entries = waiting(session, kind, by, offset=begin, limit=limit)
    total = counts(session, by)[kind]
    return WaitingItems(
        items=[_item(one) for one in entries], total=total, next_cursor=next_cursor(begin + limit, total)
    )


@router.post("/revisions/{revision_id}", summary="审核修改申请")
def decide_on_revision(session: SessionDep, by: Reviewer, revision_id: RecordId, given: GivenDecision) -> Decided:
    """`publish` 通过、`return` 退回；`version` 为所核对的记录版本，记录此后又有改动时为 409。"""
    revision, record = revision_by_id(session, revision_id)
    check_overseen(record, by)
    decide_revision(session, revision, given, by=by)
    return Decided(
        kind=ReviewKind.REVISIONS,
        id=revision_id,
        status=revision.status,
        status_label=revision.status.label,
        version=record.version,
    )


@router.post("/{kind}/{record_id}", summary="审核需求或成果")
def decide_on_record(
    session: SessionDep, by: Reviewer, kind: RecordKind, record_id: RecordId, given: GivenDecision
) -> Decided:
    """发布、退回（需给原因）、并入已有记录、关闭（需给原因）或重新发布；当前状态不允许时为 409。"""
    record = record_of(session, kind, record_id)
    if record is None:
        raise unknown(record_id)
    decide(session, record, given, by=by)
    return Decided(
        kind=ReviewKind.parse(kind),
        id=record_id,
        status=record.status,
        status_label=record.status.label,
        version=record.version,
    )


def _item(entry: Waiting) -> WaitingItem:
    record = entry.record
    shown: NeedPublic | AchievementPublic
    if isinstance(record, TechnologyNeed):
        shown = shown_need(record, Disclosure.PARTIES)
    else:
        shown = shown_achievement(record, Disclosure.PARTIES)
    return WaitingItem(
        kind=entry.kind,
        id=entry.item_id,
        record_id=shown.id,
        title=shown.title,
        region_code=shown.region_code,
        since=entry.since,
        score=coach(record).score,
        version=shown.version,
    )
