"""Yearly reports: the list, making one, what each number rests on, the files."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from matchmaker.audit import record_event
from matchmaker.classification import classification
from matchmaker.database import session_scope
from matchmaker.errors import MalformedRequest, MatchmakerError, NotAllowed, NotFound
from matchmaker.models.audit import AuditAction
from matchmaker.models.reporting import ReportDocument, TurnoverSnapshot
from matchmaker.period import EARLIEST, LATEST, day_of
from matchmaker.records import ACTOR
from matchmaker.reports.annex import XLSX
from matchmaker.reports.counting import Behind, Scope, rows_behind
from matchmaker.reports.frozen import Counted, counted, groupings
from matchmaker.reports.making import facts_in, make_report_apart, report_by_id, reports, scope_of, snapshots_of
from matchmaker.reports.word import DOCX
from matchmaker.rights import Actor, Right
from matchmaker.visibility import today
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import DatabaseDep, Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.figures.reports_view import changes_in_words, contract_rows, fact_rows, tables_of
from matchmaker.web.pages.paging import Paging, paging
from matchmaker.web.templating import templates

router = APIRouter(prefix="/reports", include_in_schema=False, default_response_class=Response)

Reporter = Annotated[Actor, Depends(Requires(Right.MAKE_REPORTS))]
ReportId = Annotated[int, Path(ge=1, le=LARGEST_ID)]
Page = Annotated[Paging, Depends(paging)]

# Address → media type and suffix of the name it is saved under.
FILES = {"word": (DOCX, "docx"), "annex": (XLSX, "xlsx"), "pdf": ("application/pdf", "pdf")}
# A long list of contracts is turned page by page; the annex has them all.
ROWS_PER_PAGE = 50


class AskedLine(BaseModel):
    """One line of a table of the report; without a table all contracts are asked for."""

    table: str = Field(default="", max_length=40)
    group: str = Field(default="", max_length=200)
    page: int = 1


@router.get("")
def report_list(request: Request, session: SessionDep, by: Reporter, page: Page) -> Response:
    """The form for a new report, and those made so far."""
    return _list(request, session, by, page, FormErrors(), {"year": str(today().year)})


@router.post("")
def add_report(request: Request, database: DatabaseDep, by: Reporter, form: SubmittedForm, page: Page) -> Response:
    """Make one; it takes some seconds, during which nobody else waits."""
    errors = FormErrors()
    typed = {name: text_of(form, name) for name in ("year", "region_code", "snapshot")}
    year = int(typed["year"]) if typed["year"].isdecimal() and len(typed["year"]) == 4 else 0
    if not EARLIEST <= year <= LATEST:
        errors.add("year", "请填写四位年份")
    if typed["snapshot"] and not (typed["snapshot"].isdecimal() and len(typed["snapshot"]) < 10):
        errors.add("snapshot", "请从列表中选择")
    region = (typed["region_code"] or classification().city.code) if by.oversees_everything else by.region_code or ""
    if not errors:
        try:
            chosen = int(typed["snapshot"]) if typed["snapshot"] else None
            made = make_report_apart(database, year=year, region_code=region, by=by, snapshot_id=chosen)
            return answer_redirect(request, f"/reports/{made}", flash="saved")
        except NotAllowed:
            raise
        except (MalformedRequest, NotFound) as error:
            errors.add("snapshot" if typed["snapshot"] else "region_code", str(error))
        except MatchmakerError as error:
            errors.add("", str(error))
    with session_scope(database) as session:
        return _list(request, session, by, page, errors, typed)


@router.get("/{report_id:int}")
def report_page(request: Request, session: SessionDep, by: Reporter, report_id: ReportId) -> Response:
    """What it says, number by number with the rows behind, and whether contracts have changed since."""
    document = report_by_id(session, report_id, reader=by)
    facts = facts_in(document)
    snapshot = session.get(TurnoverSnapshot, document.snapshot_id)
    context = {
        "document": document,
        "facts": facts,
        "rows": fact_rows(facts, report_id),
        "tables": tables_of(facts, report_id),
        "made": day_of(document.made_at),
        "taken": day_of(facts.snapshot.taken_at),
        "changes": changes_in_words(session, snapshot) if snapshot is not None else "",
        "has_pdf": document.pdf is not None,
    }
    return templates.TemplateResponse(request, "reports/report.html", context)


@router.get("/{report_id:int}/behind/contracts")
def contracts_behind(
    request: Request,
    session: SessionDep,
    by: Reporter,
    report_id: ReportId,
    page: Page,
    asked: Annotated[AskedLine, Query()],
) -> Response:
    """The contracts of the snapshot, all or those of one line of a table, as they were then."""
    document = report_by_id(session, report_id, reader=by)
    facts = facts_in(document)
    found = _counted(session, document)
    if asked.table:
        divided = groupings(found, scope_of(facts))
        if asked.table not in divided:
            raise NotFound(f"报告中没有“{asked.table}”这张表", "请从报告页面重新进入")
        found = [one for one in found if divided[asked.table].group(one) == asked.group]
    pages = Paging(page.path, page.parameters, page.number, len(found), ROWS_PER_PAGE)
    context = {
        "document": document,
        "heading": f"{asked.group or '全部'}：{len(found)} 项合同",
        "caliber": facts.breakdowns[0].caliber if facts.breakdowns else "",
        "snapshot_id": document.snapshot_id,
        **contract_rows(found, pages.offset, pages.size),
        "pages": pages,
    }
    return templates.TemplateResponse(request, "reports/contracts.html", context)


@router.get("/{report_id:int}/behind/{what}")
def rows_of(
    request: Request, session: SessionDep, by: Reporter, report_id: ReportId, what: str, page: Page
) -> Response:
    """The rows a number counts, as they are today, beside what the report states."""
    document = report_by_id(session, report_id, reader=by)
    try:
        kind = Behind.parse(what)
    except ValueError:
        raise NotFound("报告中没有这一项", "请从报告页面重新进入") from None
    scope = scope_of(facts_in(document))
    found = rows_behind(session, kind, scope, offset=(page.number - 1) * ROWS_PER_PAGE, limit=ROWS_PER_PAGE)
    context = {
        "document": document,
        "heading": kind.label,
        "found": found,
        "stated": facts_in(document).fact(kind.value).value,
        "pages": Paging(page.path, page.parameters, page.number, found.total, ROWS_PER_PAGE),
    }
    return templates.TemplateResponse(request, "reports/rows.html", context)


@router.get("/{report_id:int}/{file}")
def report_file(database: DatabaseDep, by: Reporter, report_id: ReportId, file: str) -> Response:
    """One of the files, as it was made; put on record."""
    if file not in FILES:
        raise NotFound("没有这个文件", "请从报告页面下载")
    media_type, suffix = FILES[file]
    with session_scope(database) as session:
        session.info[ACTOR] = by
        document = report_by_id(session, report_id, reader=by)
        content: bytes | None = getattr(document, file)
        if content is None:
            raise NotFound("这份报告没有 PDF", "；".join(document.missing))
        record_event(session, AuditAction.EXPORTED, record=document, reason=f"下载 {document.title}.{suffix}")
        name = quote(f"{document.title}.{suffix}")
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{name}"}
    return Response(content, media_type=media_type, headers=headers)


def _counted(session: Session, document: ReportDocument) -> list[Counted]:
    snapshot = session.get(TurnoverSnapshot, document.snapshot_id)
    return counted(session, snapshot, facts_in(document).caliber) if snapshot is not None else []


def _list(
    request: Request, session: Session, by: Actor, page: Paging, errors: FormErrors, values: dict[str, str]
) -> Response:
    city = classification().city
    found, total = reports(session, reader=by, offset=page.offset, limit=page.size)
    context = {
        "documents": [(one, day_of(one.made_at), Scope(one.year, one.region_code).region_name) for one in found],
        "pages": page.of(total),
        "values": values,
        "errors": errors,
        "labels": {"year": "年度", "region_code": "范围", "snapshot": "统计快照"},
        "regions": [(city.code, "全市"), *((one.code, one.label) for one in city.districts.entries)],
        "own_region": "" if by.oversees_everything else Scope(today().year, by.region_code or "").region_name,
        "snapshots": [
            (str(one.id), f"第 {one.id} 号 {one.name}（{day_of(one.taken_at)}）")
            for one in snapshots_of(session, reader=by)
        ],
    }
    return templates.TemplateResponse(request, "reports/list.html", context, status_code=422 if errors else 200)
