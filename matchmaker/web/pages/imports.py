"""Bulk imports 批量导入: upload, columns, check, corrections, run, undo. What the verbs do stands in `uploads`."""

from collections.abc import AsyncIterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as PathParameter
from sqlalchemy import Engine

from matchmaker.audit import record_event
from matchmaker.database import session_scope
from matchmaker.errors import MalformedRequest, MatchmakerError, NotAllowed
from matchmaker.ingest import ImportKind
from matchmaker.models.audit import AuditAction
from matchmaker.models.upload import BatchStatus, ImportBatch, WriteMode
from matchmaker.records import ACTOR
from matchmaker.rights import Actor, Right
from matchmaker.uploads import (
    batch_for,
    batches_of,
    check_batch,
    choose_columns,
    correct_cells,
    discard,
    kept_records,
    kinds_for,
    may_undo,
    own_batch,
    report_of,
    start,
    take_corrected_file,
    undo,
    upload,
    write_rejected_of,
)
from matchmaker.web.dependencies import DatabaseDep, Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, Uploaded, answer_redirect, file_of, text_of, texts_of
from matchmaker.web.pages.imports_view import corrections_of, guesses, mapping_of, rows_of_list, wrong_rows
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.pages.view import moment
from matchmaker.web.templating import templates
from matchmaker.web.workbook import XLSX

router = APIRouter(prefix="/imports", include_in_schema=False, default_response_class=Response)

Importer = Annotated[Actor, Depends(Requires(Right.IMPORT))]
BatchId = Annotated[int, PathParameter(ge=1, le=2**31 - 1)]
Page = Annotated[Paging, Depends(paging)]

# A file of this size, some two thousand rows, is checked within a second or two: its author may wait for it. A larger
# one is checked in the background.
CHECKED_AT_ONCE = 300_000
SHOWN_KEPT = 100
_IN_PROGRESS = (BatchStatus.CHECKING, BatchStatus.WAITING, BatchStatus.RUNNING, BatchStatus.UNDOING)


async def uploaded_file(request: Request, _allowed: Importer) -> AsyncIterator[Uploaded]:
    """The form, read only for those who may import: nobody else's file is taken in."""
    async with request.form(max_files=1, max_fields=10) as form:
        yield await file_of(form)


UploadedDep = Annotated[Uploaded, Depends(uploaded_file)]


@router.get("")
def import_list(request: Request, session: SessionDep, by: Importer, page: Page) -> Response:
    """The form for a new file, and the imports so far."""
    return _list(request, session, by, page, FormErrors())


@router.post("")
def add_import(request: Request, database: DatabaseDep, by: Importer, sent: UploadedDep, page: Page) -> Response:
    """Take the file in and check it; what is no table is refused here, beside the field."""
    errors = FormErrors()
    kind = _kind(text_of(sent.form, "kind"), by, errors)
    if not sent.name:
        errors.add("file", "请选择要上传的文件")
    if kind is not None and not errors:
        try:
            with session_scope(database) as session:
                session.info[ACTOR] = by
                batch_id = upload(session, kind, sent.name, sent.content, by=by).id or 0
        except NotAllowed:
            raise
        except MatchmakerError as error:
            errors.add("file", str(error))
        else:
            return _checked(request, database, batch_id, len(sent.content))
    with session_scope(database) as session:
        return _list(request, session, by, page, errors, text_of(sent.form, "kind"))


@router.get("/{batch_id:int}")
def import_page(request: Request, session: SessionDep, by: Importer, batch_id: BatchId, page: Page) -> Response:
    """The step this import has come to; while it runs, htmx asks for the progress alone."""
    batch = batch_for(session, batch_id, by=by)
    if request.headers.get("HX-Request") == "true":
        if batch.status not in _IN_PROGRESS:
            return Response(status_code=204, headers={"HX-Redirect": f"/imports/{batch_id}"})
        context = {"batch": batch, "report": report_of(batch)}
        return templates.TemplateResponse(request, "imports/progress.html", context, headers={"Vary": "HX-Request"})
    return _page(request, session, batch, by, page, FormErrors())


@router.post("/{batch_id:int}/columns")
def set_columns(
    request: Request, database: DatabaseDep, by: Importer, batch_id: BatchId, form: SubmittedForm
) -> Response:
    """What each column means, as chosen; then the file is checked again."""
    with session_scope(database) as session:
        session.info[ACTOR] = by
        batch = own_batch(session, batch_id, by=by)
        choose_columns(session, batch, mapping_of(report_of(batch), form))
        size = len(batch.content)
    return _checked(request, database, batch_id, size)


@router.post("/{batch_id:int}/corrections")
def set_cells(
    request: Request, database: DatabaseDep, by: Importer, batch_id: BatchId, form: SubmittedForm
) -> Response:
    """Cells written anew and rows left out; then the file is checked again."""
    with session_scope(database) as session:
        session.info[ACTOR] = by
        batch = own_batch(session, batch_id, by=by)
        drop = [int(row) for row in texts_of(form, "drop") if row.isdecimal() and len(row) < 10]
        correct_cells(session, batch, corrections_of(report_of(batch), form), drop)
        size = len(batch.content)
    return _checked(request, database, batch_id, size)


@router.post("/{batch_id:int}/corrected-file")
def set_corrected_file(
    request: Request, database: DatabaseDep, by: Importer, batch_id: BatchId, sent: UploadedDep, page: Page
) -> Response:
    """The returned rows, corrected in Excel, into the same import."""
    errors = FormErrors()
    with session_scope(database) as session:
        session.info[ACTOR] = by
        batch = own_batch(session, batch_id, by=by)
        if not sent.name:
            errors.add("file", "请选择改好的退回文件")
            return _page(request, session, batch, by, page, errors)
        try:
            take_corrected_file(session, batch, sent.name, sent.content)
        except MatchmakerError as error:
            errors.add("file", str(error))
            return _page(request, session, batch, by, page, errors)
        size = len(batch.content)
    return _checked(request, database, batch_id, size)


@router.post("/{batch_id:int}/run")
def run(
    request: Request, session: SessionDep, by: Importer, batch_id: BatchId, form: SubmittedForm, page: Page
) -> Response:
    """Start the import in the background, or let an interrupted one go on."""
    batch = own_batch(session, batch_id, by=by)
    if batch.status in (BatchStatus.WAITING, BatchStatus.RUNNING, BatchStatus.FINISHED):
        # A second click on the button.
        return answer_redirect(request, f"/imports/{batch_id}")
    errors = FormErrors()
    try:
        start(session, batch, WriteMode.parse(text_of(form, "mode") or WriteMode.BOTH.label))
    except ValueError:
        errors.add("mode", "请选择导入方式")
    except MalformedRequest as error:
        errors.add("mode", str(error))
    if errors:
        return _page(request, session, batch, by, page, errors)
    return answer_redirect(request, f"/imports/{batch_id}")


@router.post("/{batch_id:int}/undo")
def take_back(request: Request, session: SessionDep, by: Importer, batch_id: BatchId) -> Response:
    """Undo the whole import in the background."""
    batch = batch_for(session, batch_id, by=by)
    if batch.status not in (BatchStatus.UNDOING, BatchStatus.UNDONE):
        undo(session, batch, by=by)
    return answer_redirect(request, f"/imports/{batch_id}")


@router.post("/{batch_id:int}/discard")
def throw_away(request: Request, session: SessionDep, by: Importer, batch_id: BatchId) -> Response:
    """Remove an import that was never started."""
    discard(session, own_batch(session, batch_id, by=by))
    return answer_redirect(request, "/imports", flash="deleted")


@router.get("/{batch_id:int}/rejected.xlsx")
def rejected_file(database: DatabaseDep, by: Importer, batch_id: BatchId) -> Response:
    """The wrong rows, marked, for their author: contact data are among them."""
    with session_scope(database) as session:
        session.info[ACTOR] = by
        batch = own_batch(session, batch_id, by=by)
        record_event(session, AuditAction.EXPORTED, record=batch, reason="下载退回的行")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rejected.xlsx"
        write_rejected_of(database, batch, path)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="rejected-{batch_id}.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


def _kind(written: str, by: Actor, errors: FormErrors) -> ImportKind | None:
    found = next((kind for kind in kinds_for(by) if kind.value == written), None)
    if found is None:
        errors.add("kind", "请选择文件里是什么")
    return found


def _checked(request: Request, database: Engine, batch_id: int, size: int) -> Response:
    """On to the import's page, where the check is finished if it takes no longer than a moment."""
    if size <= CHECKED_AT_ONCE:
        check_batch(database, batch_id)
    return answer_redirect(request, f"/imports/{batch_id}")


def _list(
    request: Request, session: SessionDep, by: Actor, page: Paging, errors: FormErrors, kind: str = ""
) -> Response:
    found, total = batches_of(session, by=by, offset=page.offset, limit=page.size)
    kinds = kinds_for(by)
    context = {
        "kinds": [(one.value, one.label) for one in kinds],
        "values": {"kind": kind or (kinds[0].value if len(kinds) == 1 else "")},
        "errors": errors,
        "limit_mb": request.app.state.settings.upload_limit_mb,
        "batches": rows_of_list(found),
        "page": page.of(total),
    }
    return templates.TemplateResponse(request, "imports/list.html", context, status_code=422 if errors else 200)


def _page(
    request: Request, session: SessionDep, batch: ImportBatch, by: Actor, page: Paging, errors: FormErrors
) -> Response:
    report = report_of(batch)
    kind = ImportKind.parse(batch.kind)
    wrong = page.of(len(report.rejected))
    context = {
        "batch": batch,
        "kind": kind,
        "report": report,
        "errors": errors,
        "created": moment(batch.created_at),
        "is_own": batch.account_id == by.account_id,
        "is_in_progress": batch.status in _IN_PROGRESS,
        "guesses": guesses(kind, report),
        "wrong": wrong_rows(report)[wrong.offset : wrong.offset + wrong.size],
        "page": wrong,
        "modes": [(mode.value, mode.label) for mode in WriteMode],
        "may_undo": may_undo(batch),
        "kept": kept_records(session, batch, SHOWN_KEPT) if batch.status is BatchStatus.UNDONE else [],
    }
    status = 422 if errors else 200
    return templates.TemplateResponse(request, "imports/batch.html", context, status_code=status)
