"""登记对账: lists of the registry in, the ledger beside them, and what to do about each difference."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as PathParameter
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.audit import record_apart
from matchmaker.classification import classification
from matchmaker.database import session_scope
from matchmaker.errors import MatchmakerError, NotAllowed
from matchmaker.models.audit import AuditAction
from matchmaker.reconciliation import (
    GroupKind,
    ListAsked,
    Reconciliation,
    delete_list,
    enter_row,
    lists_page,
    read_registry_list,
    readable_list,
    reconcile,
    row_of,
    write_reconciliation,
)
from matchmaker.records import ACTOR
from matchmaker.rights import Actor, Right
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import DatabaseDep, Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, Uploaded, answer_redirect, file_of, text_of, texts_of
from matchmaker.web.pages.contracts.reconciliation_view import list_rows, page_of
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.pages.view import place
from matchmaker.web.templating import templates
from matchmaker.web.workbook import workbook_answer

router = APIRouter(prefix="/reconciliation", include_in_schema=False, default_response_class=Response)

Registrar = Annotated[Actor, Depends(Requires(Right.RECORD_REGISTRATIONS))]
ListId = Annotated[int, PathParameter(ge=1, le=LARGEST_ID)]
Page = Annotated[Paging, Depends(paging)]


async def sent_list(request: Request, _allowed: Registrar) -> AsyncIterator[Uploaded]:
    """The form, read only for those who may: nobody else's file is taken in."""
    async with request.form(max_files=1, max_fields=10) as form:
        yield await file_of(form)


SentDep = Annotated[Uploaded, Depends(sent_list)]


@router.get("")
def list_of_lists(request: Request, session: SessionDep, by: Registrar, page: Page) -> Response:
    """The form for a new list, and the lists so far."""
    return _list(request, session, by, page, FormErrors(), {})


@router.post("")
def add_list(request: Request, database: DatabaseDep, by: Registrar, sent: SentDep, page: Page) -> Response:
    """Take the list in; what cannot be read at all is refused beside the field."""
    errors = FormErrors()
    typed = {name: text_of(sent.form, name) for name in ("name", "region_code", "first", "last")}
    first, last = (_day(typed[name], name, errors) for name in ("first", "last"))
    region = typed["region_code"] if by.oversees_everything else (by.region_code or "")
    if region not in dict(_regions()) and region != by.region_code:
        errors.add("region_code", "请选择登记机构所在地区")
    if not sent.name:
        errors.add("file", "请选择登记机构的名单")
    if not errors:
        try:
            return answer_redirect(
                request, f"/reconciliation/{_kept(database, by, sent, ListAsked(typed['name'], region, first, last))}"
            )
        except NotAllowed:
            raise
        except MatchmakerError as error:
            errors.add("file", str(error))
    with session_scope(database) as session:
        return _list(request, session, by, page, errors, typed)


@router.get("/{list_id:int}")
def reconciliation_page(
    request: Request, session: SessionDep, by: Registrar, list_id: ListId, page: Page, group: str = ""
) -> Response:
    """The sums of both sides, and one kind of difference line by line."""
    result = reconcile(session, readable_list(session, list_id, by), reader=by)
    return _compared(request, result, page, group, FormErrors())


@router.post("/{list_id:int}/enter")
def enter_rows(
    request: Request, session: SessionDep, by: Registrar, list_id: ListId, form: SubmittedForm, page: Page
) -> Response:
    """Enter the ticked rows, or one as a contract of its own; each by itself, what cannot be entered is told."""
    registry_list = readable_list(session, list_id, by)
    alone = text_of(form, "new")
    chosen = [int(one) for one in ([alone] if alone else texts_of(form, "row")) if one.isdecimal() and len(one) < 10]
    errors = FormErrors()
    if not chosen:
        errors.add("", "请先勾选要入账的行")
    for number in chosen:
        row = row_of(session, registry_list, number)
        try:
            with session.begin_nested():
                enter_row(session, registry_list, row, by=by, is_new=bool(alone))
        except MatchmakerError as error:
            errors.add(f"row-{number}", f"第 {row.row_number} 行没有入账：{error}")
    if errors:
        result = reconcile(session, registry_list, reader=by)
        return _compared(request, result, page, GroupKind.MISSING_HERE.value, errors)
    return answer_redirect(request, f"/reconciliation/{list_id}?group={GroupKind.MISSING_HERE.value}", flash="done")


@router.get("/{list_id:int}/result.xlsx")
def result_file(session: SessionDep, database: DatabaseDep, by: Registrar, list_id: ListId) -> Response:
    """The whole result as a workbook; the export is in the trail."""
    registry_list = readable_list(session, list_id, by)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "result.xlsx"
        write_reconciliation(reconcile(session, registry_list, reader=by), path)
        content = path.read_bytes()
    record_apart(database, by, AuditAction.EXPORTED, registry_list, reason="导出对账结果")
    return workbook_answer(content, f"reconciliation-{list_id}")


@router.post("/{list_id:int}/delete")
def remove_list(request: Request, session: SessionDep, by: Registrar, list_id: ListId) -> Response:
    """Forget the list; the ledger stays as it is."""
    delete_list(session, readable_list(session, list_id, by))
    return answer_redirect(request, "/reconciliation", flash="deleted")


def _kept(database: Engine, by: Actor, sent: Uploaded, asked: ListAsked) -> int:
    with session_scope(database) as session, TemporaryDirectory() as folder:
        session.info[ACTOR] = by
        # Only the ending of the sender's name says how to read the file.
        path = Path(folder) / f"名单{Path(sent.name).suffix.lower()[:8]}"
        path.write_bytes(sent.content)
        name = asked.name or Path(sent.name).stem
        found = read_registry_list(session, path, ListAsked(name, asked.region_code, asked.first, asked.last), by=by)
        return found.id or 0


def _day(written: str, name: str, errors: FormErrors) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        errors.add(name, "请填日期，如 2026-03-31")
        return None


def _regions() -> list[tuple[str, str]]:
    city = classification().city
    return [(city.code, f"{city.name}（全市）"), *((one.code, one.label) for one in city.districts.entries)]


def _list(
    request: Request, session: Session, by: Actor, page: Paging, errors: FormErrors, typed: dict[str, str]
) -> Response:
    found, total = lists_page(session, reader=by, offset=page.offset, limit=page.size)
    context = {
        "regions": _regions(),
        "own_region": "" if by.oversees_everything else place(by.region_code),
        "values": typed or {"region_code": classification().city.code},
        "errors": errors,
        "limit_mb": request.app.state.settings.upload_limit_mb,
        "lists": list_rows(session, found),
        "page": page.of(total),
    }
    status = 422 if errors else 200
    return templates.TemplateResponse(request, "reconciliation/list.html", context, status_code=status)


def _compared(request: Request, result: Reconciliation, page: Paging, group: str, errors: FormErrors) -> Response:
    context = page_of(result, group, page) | {"errors": errors}
    status = 422 if errors else 200
    return templates.TemplateResponse(request, "reconciliation/page.html", context, status_code=status)
