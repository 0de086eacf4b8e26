"""The officials' review queue, and the page on which one record or one change is decided on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import ValidationError
from sqlmodel import Session
from starlette.datastructures import FormData

from matchmaker.audit import record_apart
from matchmaker.disclosure import hidden_fields
from matchmaker.errors import MatchmakerError, WrongStatus
from matchmaker.index_documents import kind_of
from matchmaker.models.account import Account
from matchmaker.models.audit import AuditAction
from matchmaker.models.base import now
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Revision, RevisionStatus
from matchmaker.posting.coach import coach
from matchmaker.review import CloseReason, ReturnReason, check_overseen, matches_in_life, publish, unknown
from matchmaker.review_queue import (
    ReviewKind,
    Waiting,
    counts,
    likely_duplicates,
    next_after,
    record_of,
    waiting,
)
from matchmaker.revisions import revision_by_id
from matchmaker.rights import Actor, Right
from matchmaker.visibility import SearchedRecord, is_listed
from matchmaker.web.decisions import Decision, GivenDecision, decide, decide_revision
from matchmaker.web.dependencies import DatabaseDep, Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of, texts_of
from matchmaker.web.pages.review_view import changed_fields, contact_facts, queue_row, state_facts
from matchmaker.web.pages.sections import Marks, sections
from matchmaker.web.pages.view import KINDS, day, facts, owner, place, public, row
from matchmaker.web.templating import templates

router = APIRouter(include_in_schema=False, default_response_class=Response)

PAGE_SIZE = 20
# One click must not publish more than fits on a page.
LARGEST_BULK = PAGE_SIZE


@dataclass(frozen=True)
class FilledForm:
    """A decision as it was typed, and what is wrong with it."""

    errors: FormErrors
    values: Mapping[str, Any]
    status: int = 200


NOTHING_FILLED = FilledForm(FormErrors(), {"reasons": []})

Reviewer = Annotated[Actor, Depends(Requires(Right.REVIEW))]
ItemId = Annotated[int, Path(ge=1, le=2**31 - 1)]
PageNumber = Annotated[int, Query(alias="page", ge=1, le=10_000)]


@router.get("/review")
def queue(
    request: Request,
    session: SessionDep,
    by: Reviewer,
    wanted: Annotated[ReviewKind | None, Query(alias="list")] = None,
    page: PageNumber = 1,
    left: Annotated[int, Query(ge=0, le=LARGEST_BULK)] = 0,
) -> Response:
    """What waits, list by list; without a choice the first list in which something does."""
    numbers = counts(session, by)
    kind = wanted or next((one for one in ReviewKind if numbers[one]), ReviewKind.NEEDS)
    entries = waiting(session, kind, by, offset=(page - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    context = {
        "kind": kind,
        "kinds": list(ReviewKind),
        "numbers": numbers,
        "rows": [queue_row(one) for one in entries],
        "left": left,
        "page": page,
        "pages": max(1, -(-numbers[kind] // PAGE_SIZE)),
        "can_tick": kind is not ReviewKind.REVISIONS,
    }
    return templates.TemplateResponse(request, "review/queue.html", context)


@router.post("/review")
def publish_ticked(request: Request, session: SessionDep, by: Reviewer, form: SubmittedForm) -> Response:
    """Publish the ticked records as they were seen; those that changed since stay in the queue."""
    kind = RecordKind.ACHIEVEMENTS if text_of(form, "kind") == RecordKind.ACHIEVEMENTS else RecordKind.NEEDS
    ticked = [one.partition(":") for one in texts_of(form, "ticked")[:LARGEST_BULK]]
    left = 0
    for number, _, version in ticked:
        record = record_of(session, kind, int(number)) if number.isdecimal() and len(number) < 10 else None
        try:
            if record is None or str(record.version) != version:
                raise WrongStatus("已由他人修改")
            publish(session, record, by=by)
        except MatchmakerError:
            left += 1
    address = "/review?" + urlencode({"list": kind, **({"left": left} if left else {})})
    return answer_redirect(request, address, flash="done" if len(ticked) > left else "")


@router.get("/review/revisions/{revision_id:int}")
def revision_page(
    request: Request, session: SessionDep, database: DatabaseDep, by: Reviewer, revision_id: ItemId
) -> Response:
    """A change field by field: as the record is, and as it would be."""
    revision, record = _revision(session, revision_id, by)
    _log_reading(database, by, record)
    return _revision_answer(request, session, revision, record)


@router.post("/review/revisions/{revision_id:int}")
def decide_on_revision(
    request: Request, session: SessionDep, by: Reviewer, revision_id: ItemId, form: SubmittedForm
) -> Response:
    """Carry the decision out and go on to the next change in the queue."""
    revision, record = _revision(session, revision_id, by)
    following = next_after(session, Waiting(ReviewKind.REVISIONS, revision_id, record, revision.submitted_at), by)
    wrong = _attempt(session, form, lambda given: decide_revision(session, revision, given, by=by))
    if wrong is None:
        return answer_redirect(request, _address(following, ReviewKind.REVISIONS), flash="done")
    return _revision_answer(request, session, *_revision(session, revision_id, by), wrong)


@router.get("/review/{kind}/{record_id:int}")
def record_page(
    request: Request, session: SessionDep, database: DatabaseDep, by: Reviewer, kind: RecordKind, record_id: ItemId
) -> Response:
    """The whole record with contacts (each view is logged), what it may repeat, and what can be decided."""
    record = _record(session, kind, record_id, by)
    _log_reading(database, by, record)
    return _record_answer(request, session, record, by)


@router.post("/review/{kind}/{record_id:int}")
def decide_on_record(
    request: Request, session: SessionDep, by: Reviewer, kind: RecordKind, record_id: ItemId, form: SubmittedForm
) -> Response:
    """Carry the decision out and go on to the next record in the queue."""
    record = _record(session, kind, record_id, by)
    was_pending = record.status == "pending"
    following = next_after(session, Waiting(ReviewKind.parse(kind), record_id, record, record.updated_at), by)
    wrong = _attempt(session, form, lambda given: decide(session, record, given, by=by))
    if wrong is not None:
        return _record_answer(request, session, _record(session, kind, record_id, by), by, wrong)
    address = _address(following, ReviewKind.parse(kind)) if was_pending else f"/review/{kind}/{record_id}"
    return answer_redirect(request, address, flash="done")


def _record(session: Session, kind: RecordKind, record_id: int, by: Actor) -> SearchedRecord:
    record = record_of(session, kind, record_id)
    if record is None:
        raise unknown(record_id)
    check_overseen(record, by)
    return record


def _revision(session: Session, revision_id: int, by: Actor) -> tuple[Revision, SearchedRecord]:
    revision, record = revision_by_id(session, revision_id)
    check_overseen(record, by)
    return revision, record


def _log_reading(database: DatabaseDep, by: Actor, record: SearchedRecord) -> None:
    record_apart(database, by, AuditAction.READ_CONTACT, record)
    if hidden_fields(record) or not is_listed(record):
        record_apart(database, by, AuditAction.READ_CONFIDENTIAL, record)


def _given(form: FormData) -> GivenDecision:
    """The decision as the form states it; what was left empty is not stated. Raises ValidationError."""
    values: dict[str, Any] = {name: text for name in GivenDecision.model_fields if (text := text_of(form, name))}
    return GivenDecision.model_validate({**values, "reasons": texts_of(form, "reasons")})


def _attempt(session: Session, form: FormData, carry_out: Callable[[GivenDecision], None]) -> FilledForm | None:
    """Carry out what the form says; None when that is done, else the form again with what is wrong.

    What the official can do nothing about on this page is raised.
    """
    errors, status = FormErrors(), 422
    try:
        carry_out(_given(form))
        return None
    except ValidationError as error:
        errors.take(error)
    except MatchmakerError as error:
        if error.status not in (409, 422):
            raise
        errors.add("", f"{error.detail}。{error.fix}" if error.fix else error.detail)
        status = error.status
    # Nothing of a decision that failed half-way may be committed with the answer.
    session.rollback()
    typed = {name: text_of(form, name) for name in GivenDecision.model_fields}
    return FilledForm(errors, {**typed, "reasons": texts_of(form, "reasons")}, status)


def _address(following: Waiting | None, kind: ReviewKind) -> str:
    return f"/review/{following.kind}/{following.item_id}" if following else f"/review?list={kind}"


def _shown(record: SearchedRecord) -> dict[str, Any]:
    """The whole record, as only its owner and its officials see it, with contacts."""
    shown = public(record, Disclosure.PARTIES)
    return {
        "kind": KINDS[kind_of(record)],
        "record": shown,
        "owner": owner(shown),
        "place": place(shown.region_code),
        "facts": facts(shown),
        "sections": sections(shown, Marks()),
        "contacts": contact_facts(record),
        "states": state_facts(record),
        "Decision": Decision,
        "return_reasons": [(one.value, one.label) for one in ReturnReason],
    }


def _record_answer(
    request: Request, session: Session, record: SearchedRecord, by: Actor, form: FilledForm = NOTHING_FILLED
) -> Response:
    is_need = kind_of(record) is RecordKind.NEEDS
    alike = likely_duplicates(session, record, by)
    coaching = coach(record)
    context = {
        **_shown(record),
        **vars(form),
        "score": coaching.score,
        "findings": coaching.findings,
        "duplicates": [(one, row(one.record), one.record.status.label) for one in alike],
        "in_life": len(matches_in_life(session, record)),
        "close_reasons": [(one.value, one.label) for one in CloseReason if is_need or one is not CloseReason.UNSOLVED],
        "waiting_days": (now() - record.updated_at).days,
    }
    return templates.TemplateResponse(request, "review/record.html", context, status_code=form.status)


def _revision_answer(
    request: Request, session: Session, revision: Revision, record: SearchedRecord, form: FilledForm = NOTHING_FILLED
) -> Response:
    people = (revision.submitted_by_id, revision.reviewed_by_id)
    accounts = [session.get(Account, one) if one else None for one in people]
    context = {
        **_shown(record),
        **vars(form),
        "revision": revision,
        "submitted": (accounts[0].name if accounts[0] else "", day(revision.submitted_at)),
        "reviewed": (accounts[1].name if accounts[1] else "", day(revision.reviewed_at)),
        "is_pending": revision.status is RevisionStatus.PENDING,
        "changes": changed_fields(record, revision),
        "has_moved": record.version != revision.base_version,
    }
    return templates.TemplateResponse(request, "review/revision.html", context, status_code=form.status)
