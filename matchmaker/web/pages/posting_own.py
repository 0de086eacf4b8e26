"""One's own records: the list with drafts, changing, copying, withdrawing, and how others see them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from matchmaker.errors import MalformedRequest
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.outbox import RecordKind
from matchmaker.posting.drafts import copy_of, draft_of, drafts_of, own_draft, own_record, title_of
from matchmaker.posting.own import own_records
from matchmaker.posting.revising import may_edit, withdraw, withdraw_revision
from matchmaker.visibility import SearchedRecord
from matchmaker.web.dependencies import KnownActor, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.posting_view import looked_at, own_row, preview_context
from matchmaker.web.pages.view import KINDS, day
from matchmaker.web.templating import templates

router = APIRouter(default_response_class=Response)

Id = Annotated[int, Path(ge=1, le=2**31 - 1)]
# A page nobody reads to: further on, the database would count through everything before it.
Page = Annotated[int, Query(ge=1, le=10_000)]


@router.get("/preview/drafts/{draft_id:int}")
def preview_of_draft(
    request: Request,
    session: SessionDep,
    by: KnownActor,
    draft_id: Id,
    seen_by: Disclosure = Disclosure.PUBLIC,
) -> Response:
    """What others would see of the draft, circle by circle."""
    draft = own_draft(session, draft_id, by=by)
    record = own_record(session, draft.kind, draft.record_id, by=by) if draft.record_id else None
    context = preview_context(looked_at(session, draft, record, by), seen_by)
    back = f"/drafts/{draft_id}"
    return templates.TemplateResponse(
        request, "posting/preview.html", {**context, "path": f"/preview{back}", "back": back, "back_label": "继续填写"}
    )


@router.get("/preview/{kind}/{record_id:int}")
def preview(
    request: Request,
    session: SessionDep,
    by: KnownActor,
    kind: RecordKind,
    record_id: Id,
    seen_by: Disclosure = Disclosure.PUBLIC,
) -> Response:
    """What others see of her record, circle by circle."""
    context = preview_context(own_record(session, kind, record_id, by=by), seen_by)
    path = f"/preview/{kind}/{record_id}"
    return templates.TemplateResponse(
        request, "posting/preview.html", {**context, "path": path, "back": f"/my/{kind}", "back_label": "返回列表"}
    )


@router.post("/my/revisions/{revision_id:int}/withdraw")
def take_back_revision(request: Request, session: SessionDep, by: KnownActor, revision_id: Id) -> Response:
    revision = withdraw_revision(session, revision_id, by=by)
    return answer_redirect(request, f"/my/{revision.kind}", flash="withdrawn")


@router.get("/my/{kind}")
def own_list(request: Request, session: SessionDep, by: KnownActor, kind: RecordKind, page: Page = 1) -> Response:
    """Drafts, then records in every status."""
    found = own_records(session, kind, by=by, page=page)
    context = {
        "kind": KINDS[kind],
        "rows": [own_row(one) for one in found.items],
        "found": found,
        "drafts": [(draft, title_of(draft), day(draft.updated_at)) for draft in drafts_of(session, kind, by=by)],
    }
    return templates.TemplateResponse(request, "posting/own.html", context)


@router.post("/my/{kind}/{record_id:int}/edit")
def edit(request: Request, session: SessionDep, by: KnownActor, kind: RecordKind, record_id: Id) -> Response:
    """Open the record in a draft. Nothing changes until that is submitted."""
    record = own_record(session, kind, record_id, by=by)
    if not may_edit(record):
        raise MalformedRequest(f"这条记录的状态是“{record.status.label}”，不能再修改", "请复制为新的记录后修改")
    return answer_redirect(request, f"/drafts/{draft_of(session, kind, record_id, by=by).id}")


@router.post("/my/{kind}/{record_id:int}/copy")
def copy(request: Request, session: SessionDep, by: KnownActor, kind: RecordKind, record_id: Id) -> Response:
    return answer_redirect(request, f"/drafts/{copy_of(session, kind, record_id, by=by).id}")


@router.get("/my/{kind}/{record_id:int}/withdraw")
def ask_reason(request: Request, session: SessionDep, by: KnownActor, kind: RecordKind, record_id: Id) -> Response:
    return _reason_page(request, own_record(session, kind, record_id, by=by), kind, FormErrors())


@router.post("/my/{kind}/{record_id:int}/withdraw")
def take_back(
    request: Request, session: SessionDep, by: KnownActor, kind: RecordKind, record_id: Id, form: SubmittedForm
) -> Response:
    record = own_record(session, kind, record_id, by=by)
    errors = FormErrors()
    if not text_of(form, "reason"):
        errors.add("reason", "请简单说明撤回原因，如“已自行解决”")
        return _reason_page(request, record, kind, errors, status=422)
    withdraw(session, record, by=by, reason=text_of(form, "reason"))
    return answer_redirect(request, f"/my/{kind}", flash="withdrawn")


def _reason_page(
    request: Request, record: SearchedRecord, kind: RecordKind, errors: FormErrors, *, status: int = 200
) -> Response:
    context = {"kind": KINDS[kind], "title": record.title, "record_id": record.id, "errors": errors}
    return templates.TemplateResponse(request, "posting/withdraw.html", context, status)
