"""Filling in a form: new, saved as it is typed, looked at before it is submitted, submitted."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel import Session
from starlette.datastructures import FormData

from matchmaker.campaigns import running_campaigns
from matchmaker.errors import MatchmakerError, NotFound
from matchmaker.models.base import now
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Draft
from matchmaker.posting.checked import checked
from matchmaker.posting.coach import coach
from matchmaker.posting.drafts import (
    Showing,
    first_values,
    new_draft,
    own_draft,
    own_record,
    remove_draft,
    save_draft,
    title_of,
)
from matchmaker.posting.fields import FORMS
from matchmaker.posting.own import waiting_time
from matchmaker.posting.posters import UnnamedPoster, check_may_post
from matchmaker.posting.similar import surroundings
from matchmaker.posting.submitting import IncompleteForm, Submitted, submit_draft
from matchmaker.posting.typed import typed_from
from matchmaker.rights import Actor
from matchmaker.visibility import is_published
from matchmaker.web.dependencies import KnownActor, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.login_form import AUTOSAVE
from matchmaker.web.pages.posting_view import FormPage, errors_of, form_context, looked_at, may_publish, pairs_of
from matchmaker.web.pages.view import KINDS, row
from matchmaker.web.templating import templates

router = APIRouter(default_response_class=Response)

DraftId = Annotated[int, Path(ge=1, le=2**31 - 1)]

ChosenCampaign = Annotated[str, Query(max_length=100)]


@router.get("/post")
def choose(request: Request, by: KnownActor) -> Response:
    """The two kinds, as far as her role posts them."""
    offered = [kind for kind in RecordKind if _may_post(kind, by)]
    if not offered:
        check_may_post(RecordKind.NEEDS, by)
    return templates.TemplateResponse(request, "posting/choose.html", {"kinds": [KINDS[kind] for kind in offered]})


@router.get("/post/{kind}")
def new_form(
    request: Request, session: SessionDep, by: KnownActor, kind: RecordKind, campaign: ChosenCampaign = ""
) -> Response:
    """An empty form, for a campaign if one was chosen; nothing is stored until something is typed."""
    check_may_post(kind, by)
    values = first_values(session, kind, by=by)
    if kind is RecordKind.NEEDS and any(one.name == campaign for one in running_campaigns(session)):
        values["campaign"] = campaign
    return _form(request, session, FormPage(kind, values), by)


@router.post("/post/{kind}")
def begin(request: Request, session: SessionDep, by: KnownActor, kind: RecordKind, form: SubmittedForm) -> Response:
    """The first save of a new form: from here on it is a draft with an address of its own."""
    draft = new_draft(session, kind, pairs_of(form), by=by, showing=_showing(form))
    if request.headers.get(AUTOSAVE):
        return Response(status_code=201, headers={"Location": f"/drafts/{draft.id}"})
    return _next_step(request, session, draft, text_of(form, "step"), by)


@router.post("/post/{kind}/coach")
def coached(request: Request, by: KnownActor, kind: RecordKind, form: SubmittedForm) -> Response:
    """The coach's part of the form for what is typed just now; nothing is stored."""
    check_may_post(kind, by)
    found = checked(kind, typed_from(kind, pairs_of(form)))
    return templates.TemplateResponse(request, "posting/coach.html", {"coaching": coach(found.holds), "on_form": True})


@router.get("/drafts/{draft_id:int}")
def draft_form(request: Request, session: SessionDep, by: KnownActor, draft_id: DraftId) -> Response:
    draft = own_draft(session, draft_id, by=by)
    return _form(request, session, FormPage(draft.kind, draft.values, draft), by)


@router.post("/drafts/{draft_id:int}")
def save(request: Request, session: SessionDep, by: KnownActor, draft_id: DraftId, form: SubmittedForm) -> Response:
    """Keep what is typed, then go where the button says; in a draft of its own where another window wrote meanwhile."""
    try:
        draft = own_draft(session, draft_id, by=by)
        kept = save_draft(session, draft, pairs_of(form), by=by, showing=_showing(form))
    except NotFound:
        # Submitted or deleted in another window; what was typed in this one is kept all the same.
        kind = _kind_sent(form)
        if kind is None:
            raise
        kept = new_draft(session, kind, pairs_of(form), by=by, showing=_showing(form))
    if request.headers.get(AUTOSAVE):
        if kept.id == draft_id:
            return Response(status_code=204)
        return Response(status_code=201, headers={"Location": f"/drafts/{kept.id}"})
    return _next_step(request, session, kept, text_of(form, "step"), by, is_apart=kept.id != draft_id)


@router.get("/drafts/{draft_id:int}/check")
def look_before(request: Request, session: SessionDep, by: KnownActor, draft_id: DraftId) -> Response:
    """What is missing or wrong, what is there already, who may answer, and how long it will take."""
    draft = own_draft(session, draft_id, by=by)
    return _check(request, session, draft, errors_of(checked(draft.kind, draft.values)), by)


@router.post("/drafts/{draft_id:int}/submit")
def submit(request: Request, session: SessionDep, by: KnownActor, draft_id: DraftId, form: SubmittedForm) -> Response:
    """Submit what the draft says; whatever is in the way, the draft stays.

    Sent a second time, it leads to the list where the first has put the record.
    """
    try:
        return _submitted(
            request, session, own_draft(session, draft_id, by=by), by, publish=bool(text_of(form, "publish"))
        )
    except NotFound:
        kind = _kind_sent(form)
        if kind is None:
            raise
        return answer_redirect(request, f"/my/{kind}", flash="sent_before")


@router.post("/drafts/{draft_id:int}/delete")
def delete(request: Request, session: SessionDep, by: KnownActor, draft_id: DraftId) -> Response:
    draft = own_draft(session, draft_id, by=by)
    path = f"/my/{draft.kind}"
    remove_draft(session, draft)
    return answer_redirect(request, path, flash="deleted")


def _submitted(request: Request, session: Session, draft: Draft, by: Actor, *, publish: bool) -> Response:
    kind, draft_id = draft.kind, draft.id or 0
    try:
        submitted = submit_draft(session, draft, by=by, publish=publish)
    except IncompleteForm as incomplete:
        page = FormPage(kind, draft.values, draft, errors_of(incomplete.checked))
        return _form(request, session, page, by, status=422)
    except MatchmakerError as error:
        # Half of it may be done: none of it is kept.
        session.rollback()
        draft = own_draft(session, draft_id, by=by)
        errors = FormErrors()
        errors.add(error.field if isinstance(error, UnnamedPoster) else "", f"{error.detail}。{error.fix}")
        return _check(request, session, draft, errors, by, status=error.status)
    return answer_redirect(request, f"/my/{kind}", flash=_flash(submitted))


def _may_post(kind: RecordKind, by: Actor) -> bool:
    try:
        check_may_post(kind, by)
    except MatchmakerError:
        return False
    return True


def _showing(form: FormData) -> Showing:
    """Which showing of the form this is: hidden fields of the page say so."""
    return Showing(text_of(form, "page")[:40], text_of(form, "seen")[:40])


def _kind_sent(form: FormData) -> RecordKind | None:
    """Of which kind the draft is, as its page says: the draft itself may be gone."""
    return next((kind for kind in RecordKind if kind.value == text_of(form, "kind")), None)


def _next_step(
    request: Request, session: Session, draft: Draft, step: str, by: Actor, *, is_apart: bool = False
) -> Response:
    path = f"/drafts/{draft.id}"
    if is_apart:
        # She looks first at what stands where now.
        return answer_redirect(request, path, flash="saved_apart")
    if step == "check":
        errors = errors_of(checked(draft.kind, draft.values))
        if errors:
            return _form(request, session, FormPage(draft.kind, draft.values, draft, errors), by, status=422)
        return answer_redirect(request, f"{path}/check")
    if step == "preview":
        return answer_redirect(request, f"/preview{path}")
    if step == "suggest":
        suggested = coach(checked(draft.kind, draft.values).holds).suggested.model_dump()
        draft.values = {**draft.values, **{f"element_{name}": text for name, text in suggested.items() if text}}
        draft.updated_at = now()
        return answer_redirect(request, f"{path}?more=1#field-elements", flash="saved")
    return answer_redirect(request, path, flash="saved")


def _flash(submitted: Submitted) -> str:
    if submitted.revised is not None:
        return "revision_submitted" if submitted.revised.revision is not None else "took_effect"
    return "published" if is_published(submitted.record) else "submitted"


def _form(request: Request, session: Session, page: FormPage, by: Actor, *, status: int = 200) -> Response:
    context = form_context(session, page, by)
    context["more_open"] = context["more_open"] or "more" in request.query_params
    return templates.TemplateResponse(request, "posting/form.html", context, status)


def _check(
    request: Request, session: Session, draft: Draft, errors: FormErrors, by: Actor, *, status: int = 200
) -> Response:
    record = own_record(session, draft.kind, draft.record_id, by=by) if draft.record_id else None
    wanted = looked_at(session, draft, record, by)
    found = surroundings(session, request.app.state.indexes, wanted, by=by)
    context: dict[str, Any] = {
        "kind": KINDS[draft.kind],
        "draft": draft,
        "title": title_of(draft),
        "labels": FORMS[draft.kind].labels,
        "errors": errors,
        "coaching": coach(checked(draft.kind, draft.values).holds),
        "on_form": False,
        "similar": [
            (row(one.record), one.reason, one.record.status.label if one.is_own else "") for one in found.similar
        ],
        "recommended": [(row(one.record), one.band, one.explanation.sentence) for one in found.recommended],
        "related": [(row(one.record), one.band, one.explanation.sentence) for one in found.related],
        "is_search_down": found.is_search_down,
        "waiting": waiting_time(session, draft.kind),
        "may_publish": may_publish(by, draft),
        "is_revision": record is not None and is_published(record),
    }
    return templates.TemplateResponse(request, "posting/check.html", context, status)
