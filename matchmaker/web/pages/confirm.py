"""One click that keeps a record alive: where the reminders lead to."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from sqlmodel import Session

from matchmaker.errors import MalformedRequest
from matchmaker.freshness import confirm
from matchmaker.index_documents import kind_of
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.outbox import RecordKind
from matchmaker.rights import Actor, Right
from matchmaker.validity import may_be_confirmed, usual_end
from matchmaker.visibility import SearchedRecord, is_own
from matchmaker.web.dependencies import KnownActor, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.review_view import state_facts
from matchmaker.web.pages.view import KINDS, public
from matchmaker.web.readable import readable_achievement, readable_need
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

ItemId = Annotated[int, Path(ge=1, le=2**31 - 1)]


@router.get("/confirm/{kind}/{record_id:int}")
def confirm_page(
    request: Request, session: SessionDep, by: KnownActor, kind: RecordKind, record_id: ItemId
) -> Response:
    """Until when it holds, and the button that says it still does."""
    record = _confirmable(session, kind, record_id, by)
    end = max(usual_end(type(record)), record.valid_until or date.min)
    return _answer(request, record, by, end.isoformat(), FormErrors())


@router.post("/confirm/{kind}/{record_id:int}")
def confirm_record(
    request: Request, session: SessionDep, by: KnownActor, kind: RecordKind, record_id: ItemId, form: SubmittedForm
) -> Response:
    """It still holds, until the stated day or as long as usual; back to where the person works with it."""
    record, errors, until = _confirmable(session, kind, record_id, by), FormErrors(), text_of(form, "until")
    try:
        confirm(session, record, by=by, until=date.fromisoformat(until) if until else None)
    except MalformedRequest as error:
        errors.add("until", error.detail)
    except ValueError:
        errors.add("until", "请填写日期，如 2027-06-30")
    if errors:
        return _answer(request, record, by, until, errors)
    return answer_redirect(
        request, f"/my/{kind}" if is_own(record, by) else f"/review/{kind}/{record_id}", flash="done"
    )


def _confirmable(session: Session, kind: RecordKind, record_id: int, by: Actor) -> SearchedRecord:
    """The record, if she may read it; whether she may confirm it says `confirm`."""
    reading = readable_need if kind is RecordKind.NEEDS else readable_achievement
    return reading(session, record_id, by)


def _answer(request: Request, record: SearchedRecord, by: Actor, until: str, errors: FormErrors) -> Response:
    may = is_own(record, by) or (by.may(Right.REVIEW) and by.oversees(record.region_code))
    shown = public(record, Disclosure.PARTIES if may else Disclosure.PUBLIC)
    context = {
        "kind": KINDS[kind_of(record)],
        "record": shown,
        "states": state_facts(record) if may else [],
        "can_confirm": may and may_be_confirmed(record),
        "is_own": is_own(record, by),
        "values": {"until": until},
        "errors": errors,
    }
    return templates.TemplateResponse(request, "review/confirm.html", context, status_code=422 if errors else 200)
