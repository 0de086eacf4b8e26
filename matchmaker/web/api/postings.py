"""`/needs/{id}/revisions` and `/achievements/{id}/revisions`: changes of published records, reviewed before they show."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Body, Depends
from pydantic import BaseModel, Field
from sqlmodel import Session

from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import RevisionStatus
from matchmaker.posting.drafts import own_record
from matchmaker.posting.revising import Update, revise_published
from matchmaker.rights import Actor, Right
from matchmaker.web.api.examples import ACHIEVEMENT_CHANGES, NEED_CHANGES
from matchmaker.web.api.sent import ChangedAchievement, ChangedNeed
from matchmaker.web.api.shapes import RecordId
from matchmaker.web.dependencies import Requires, SessionDep

router = APIRouter(tags=["revisions"])


class RevisionAnswer(BaseModel):
    """What became of a change. Without a revision everything took effect at once."""

    id: int | None = Field(description="修改申请编号；全部已即时生效时为 null")
    status: RevisionStatus | None = Field(description="修改申请的状态")
    fields: list[str] = Field(description="待审核的字段")
    took_effect: list[str] = Field(description="已即时生效的字段：收紧公开范围、联系人")
    version: int = Field(description="记录现在的版本号")
    submitted_at: datetime | None = None


@router.post("/needs/{record_id}/revisions", status_code=201, summary="申请修改已发布的技术需求")
def add_need_revision(
    session: SessionDep,
    by: Annotated[Actor, Depends(Requires(Right.POST_NEEDS, Right.POST_FOR_OTHERS))],
    record_id: RecordId,
    sent: Annotated[ChangedNeed, Body(openapi_examples=NEED_CHANGES)],
) -> RevisionAnswer:
    """只给出要改的字段；审核通过前仍显示原内容。收紧公开范围和联系人变更立即生效。尚在等待审核的修改会被新的替代。"""
    return _asked(session, RecordKind.NEEDS, record_id, sent.update(), by)


@router.post("/achievements/{record_id}/revisions", status_code=201, summary="申请修改已发布的科技成果")
def add_achievement_revision(
    session: SessionDep,
    by: Annotated[Actor, Depends(Requires(Right.PUBLISH_ACHIEVEMENTS))],
    record_id: RecordId,
    sent: Annotated[ChangedAchievement, Body(openapi_examples=ACHIEVEMENT_CHANGES)],
) -> RevisionAnswer:
    """只给出要改的字段；审核通过前仍显示原内容。收紧公开范围、联系人和团队变更立即生效。"""
    return _asked(session, RecordKind.ACHIEVEMENTS, record_id, sent.update(), by)


def _asked(session: Session, kind: RecordKind, record_id: int, update: Update, by: Actor) -> RevisionAnswer:
    record = own_record(session, kind, record_id, by=by)
    revised = revise_published(session, record, update, by=by)
    revision = revised.revision
    return RevisionAnswer(
        id=revision.id if revision else None,
        status=revision.status if revision else None,
        fields=sorted(revision.values) if revision else [],
        took_effect=list(revised.took_effect),
        version=record.version,
        submitted_at=revision.submitted_at if revision else None,
    )
