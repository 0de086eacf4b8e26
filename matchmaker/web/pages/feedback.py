"""One tap on a recommendation: not relevant, or useful; and the page on which it is taken back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from matchmaker.errors import MalformedRequest
from matchmaker.matching import Opinion, ScoredMatch, give_feedback, own_feedback, proposed, speaker, withdraw_feedback
from matchmaker.models.achievement import Achievement
from matchmaker.models.feedback import MatchFeedback, Relevance
from matchmaker.models.need import TechnologyNeed
from matchmaker.rights import Actor
from matchmaker.visibility import is_readable
from matchmaker.web.api.shapes import LARGEST_ID, RecordId
from matchmaker.web.dependencies import KnownActor, SessionDep
from matchmaker.web.forms import SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.view import moment
from matchmaker.web.readable import readable_achievement, readable_need
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

_PAGE = 50


@dataclass(frozen=True)
class FeedbackForm:
    """What the reader may say on a card: where it is sent to, from which page, and what she has said already."""

    path: str
    came_from: str
    said: Relevance | None


@dataclass(frozen=True)
class FeedbackLine:
    """One line of the reader's own list; a title is None where she may no longer read the record."""

    row: MatchFeedback
    need: str | None
    achievement: str | None
    at: str


def feedback_form(scored: ScoredMatch, reader: Actor, said: Mapping[int, Relevance]) -> FeedbackForm | None:
    """The form of a card; None for whoever may not judge the pair. `said` is by the counterpart's id."""
    need, achievement = scored.need, scored.achievement
    if not need.id or speaker(need, achievement, reader) is None:
        return None
    came_from = "achievements" if scored.record is need else "needs"
    return FeedbackForm(f"/match-feedback/{need.id}/{achievement.id}", came_from, said.get(scored.record.id or 0))


@router.get("/match-feedback")
def own_list(
    request: Request, session: SessionDep, reader: KnownActor, page: Annotated[int, Query(ge=1, le=10_000)] = 1
) -> Response:
    """What she and her colleagues have said, to be taken back."""
    found = own_feedback(session, reader, limit=_PAGE + 1, offset=(page - 1) * _PAGE)
    lines = [_line(session, row, reader) for row in found[:_PAGE]]
    context = {"lines": lines, "page": page, "has_more": len(found) > _PAGE}
    return templates.TemplateResponse(request, "feedback/list.html", context)


@router.post("/match-feedback/{need_id:int}/{achievement_id:int}")
def give(
    request: Request,
    session: SessionDep,
    by: KnownActor,
    form: SubmittedForm,
    need_id: RecordId,
    achievement_id: RecordId,
) -> Response:
    """The button on a card; back to the page it stood on."""
    need = readable_need(session, need_id, by)
    achievement = readable_achievement(session, achievement_id, by)
    verdict = next((one for one in Relevance if one.value == text_of(form, "verdict")), None)
    if verdict is None:
        raise MalformedRequest("没有选择“不相关”或“有用”", "请返回后按其中一个按钮")
    seen = proposed(session, request.app.state.indexes, need, achievement)
    give_feedback(session, need, achievement, Opinion(verdict, text_of(form, "reason")[:300], seen), by=by)
    is_achievement = text_of(form, "came_from") == "achievements"
    path = f"/achievements/{achievement_id}#matches" if is_achievement else f"/needs/{need_id}#matches"
    return answer_redirect(request, path, flash=f"feedback_{verdict.value}")


@router.post("/match-feedback/{feedback_id:int}/withdraw")
def withdraw(
    request: Request,
    session: SessionDep,
    by: KnownActor,
    feedback_id: Annotated[int, Path(ge=1, le=LARGEST_ID)],
) -> Response:
    """Taken back: the pair is recommended again."""
    withdraw_feedback(session, feedback_id, by=by)
    return answer_redirect(request, "/match-feedback", flash="done")


def _line(session: SessionDep, row: MatchFeedback, reader: Actor) -> FeedbackLine:
    need, achievement = session.get(TechnologyNeed, row.need_id), session.get(Achievement, row.achievement_id)
    titles = [
        record.title if record is not None and is_readable(session, record, reader) else None
        for record in (need, achievement)
    ]
    return FeedbackLine(row, titles[0], titles[1], moment(row.at))
