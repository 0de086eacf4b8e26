"""`/matches/feedback`: what the caller says of recommended pairs."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from matchmaker.matching import Opinion, give_feedback, own_feedback, proposed, withdraw_feedback
from matchmaker.models.base import OUTSIDE
from matchmaker.models.feedback import MatchFeedback, Relevance
from matchmaker.models.match import Side
from matchmaker.web.api.paging import NEXT_CURSOR_TEXT, Cursor, Limit, next_cursor, offset_of
from matchmaker.web.api.shapes import LARGEST_ID, RecordId
from matchmaker.web.dependencies import KnownActor, SessionDep
from matchmaker.web.readable import readable_achievement, readable_need

# Before `/matches/{id}`: the first route that fits answers.
router = APIRouter(prefix="/matches/feedback", tags=["matches"])


class NewFeedback(BaseModel):
    """What to say of a pair."""

    model_config = OUTSIDE

    need_id: Annotated[int, Field(ge=1, le=LARGEST_ID, description="技术需求编号")]
    achievement_id: Annotated[int, Field(ge=1, le=LARGEST_ID, description="科技成果编号")]
    verdict: Relevance
    reason: str = Field(default="", max_length=300, description="理由，可不写；只有本人和本单位看得到")


class FeedbackShown(BaseModel):
    """A word on a pair that was said."""

    id: int
    need_id: int
    achievement_id: int
    verdict: Relevance
    side: Side | None = Field(description="代表哪一方；经纪人和主管部门为 null")
    reason: str
    at: datetime = Field(description="评价时间")
    probability: float | None = Field(description="评价时平台给出的概率；当时无法计算的为 null")
    matcher_version: str = Field(description="评价时的匹配规则版本")


class FeedbackList(BaseModel):
    items: list[FeedbackShown]
    next_cursor: str | None = Field(description=NEXT_CURSOR_TEXT)


@router.get("", summary="我对推荐的评价")
def list_match_feedback(
    session: SessionDep, reader: KnownActor, limit: Limit = 20, cursor: Cursor = None
) -> FeedbackList:
    """本人及本单位同事的评价，最新的在前。"""
    begin = offset_of(cursor)
    found = own_feedback(session, reader, limit=limit + 1, offset=begin)
    return FeedbackList(
        items=[_shown(row) for row in found[:limit]], next_cursor=next_cursor(begin + limit, begin + len(found))
    )


@router.post("", summary="评价一条推荐：不相关或有用")
def give_match_feedback(request: Request, session: SessionDep, by: KnownActor, new: NewFeedback) -> FeedbackShown:
    """需求方、成果方、有效的技术经纪人和主管部门可以评价。

    记录的所有方评为“不相关”后，这一对不再推荐给该记录，撤销后恢复。同样的评价再次发送不产生新的记录；另作评价则取代先前的。
    """
    need = readable_need(session, new.need_id, by)
    achievement = readable_achievement(session, new.achievement_id, by)
    seen = proposed(session, request.app.state.indexes, need, achievement)
    return _shown(give_feedback(session, need, achievement, Opinion(new.verdict, new.reason, seen), by=by))


@router.delete("/{record_id}", status_code=204, summary="撤销评价")
def withdraw_match_feedback(session: SessionDep, by: KnownActor, record_id: RecordId) -> Response:
    """撤销本人或本单位同事的评价；因此不再推荐的一对恢复推荐。"""
    withdraw_feedback(session, record_id, by=by)
    return Response(status_code=204)


def _shown(row: MatchFeedback) -> FeedbackShown:
    return FeedbackShown.model_validate(row, from_attributes=True)
