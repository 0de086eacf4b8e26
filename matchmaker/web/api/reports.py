"""`/reports`: the yearly report, made from a snapshot and kept as it was handed in."""

from datetime import date, datetime
from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Query, Response
from fastapi.openapi.models import Example
from pydantic import BaseModel, Field
from sqlmodel import Session

from matchmaker.audit import record_event
from matchmaker.database import session_scope
from matchmaker.errors import NotFound
from matchmaker.models.audit import AuditAction
from matchmaker.models.base import OUTSIDE
from matchmaker.models.contract_words import Caliber, Measure
from matchmaker.models.reporting import ReportDocument
from matchmaker.money import yuan_text
from matchmaker.period import EARLIEST, LATEST
from matchmaker.records import ACTOR
from matchmaker.reports.annex import XLSX
from matchmaker.reports.making import facts_in, make_report_apart, report_by_id, reports
from matchmaker.reports.shapes import Fact
from matchmaker.reports.shapes import Line as FactLine
from matchmaker.reports.word import DOCX
from matchmaker.rights import Actor, Right
from matchmaker.turnover import counted_region
from matchmaker.web.api.amounts import ShownYuan
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.paging import next_cursor, offset_of
from matchmaker.web.api.shapes import LARGEST_ID, RecordId
from matchmaker.web.dependencies import DatabaseDep, Requires, SessionDep

router = APIRouter(prefix="/reports", tags=["statistics"])

Reporter = Annotated[Actor, Depends(Requires(Right.MAKE_REPORTS))]
FileName = Literal["word", "annex", "pdf"]
# Name in the address → media type, and the ending of the file.
FILES: dict[str, tuple[str, str]] = {
    "word": (DOCX, "docx"),
    "annex": (XLSX, "xlsx"),
    "pdf": ("application/pdf", "pdf"),
}
BINARY = {"schema": {"type": "string", "format": "binary"}}
NEW_REPORTS: dict[str, Example] = {
    "year": {"summary": "全市的年度报告", "value": {"year": 2026, "note": "年终总结用"}},
}


class NewReport(BaseModel):
    """Which report is to be made."""

    model_config = OUTSIDE

    year: int = Field(ge=EARLIEST, le=LATEST)
    region_code: str = Field(default="", max_length=12, description="本市或区县的代码；不填为本市，区县为本区县")
    snapshot_id: int | None = Field(default=None, ge=1, le=LARGEST_ID, description="依据的统计快照；不填即现在新建一个")
    note: str = Field(default="", max_length=500, description="新建快照的说明")


class ReportShort(BaseModel):
    id: int
    title: str
    year: int
    region_code: str
    snapshot_id: int = Field(description="每个数都出自这个统计快照")
    made_at: datetime
    is_demo: bool

    @classmethod
    def of(cls, document: ReportDocument) -> "ReportShort":
        return cls(**{name: getattr(document, name) for name in ReportShort.model_fields})


class Reports(BaseModel):
    items: list[ReportShort]
    total: int
    next_cursor: str | None


class FactShown(BaseModel):
    """One statement of the report: its wording, and the number behind it."""

    key: str
    name: str
    text: str
    rounded: str
    value: str | None = Field(description="金额为元，项数为整数，比例为千分比")
    unit: Literal["", "count", "yuan", "permille"]
    caliber: str
    behind: str

    @classmethod
    def of(cls, fact: Fact) -> "FactShown":
        is_amount = fact.unit == "fen"
        value = None if fact.value is None else yuan_text(fact.value) if is_amount else str(fact.value)
        return cls(
            key=fact.key,
            name=fact.name,
            text=fact.text,
            rounded=fact.rounded,
            value=value,
            unit="yuan" if fact.unit == "fen" else fact.unit,
            caliber=fact.caliber,
            behind=fact.behind,
        )


class TableLine(BaseModel):
    label: str
    count: int
    contract_value: ShownYuan
    technology_value: ShownYuan

    @classmethod
    def of(cls, line: FactLine) -> "TableLine":
        return cls(
            label=line.label,
            count=line.count,
            contract_value=line.contract_value_fen,
            technology_value=line.technology_value_fen,
        )


class TableShown(BaseModel):
    """A table of the report; its lines add up to the total."""

    key: str
    title: str
    caliber: str
    lines: list[TableLine]
    total: TableLine


class ReportFull(ReportShort):
    """A report with everything it says."""

    measure: Measure
    caliber: Caliber
    facts: list[FactShown]
    tables: list[TableShown]
    until: date | None = Field(description="数据截至的日期；年度未结束时早于 12 月 31 日")
    notices: list[str] = Field(description="须与数字一并阅读的提示")
    files: list[str] = Field(description="文件的地址")
    missing: list[str] = Field(description="没有做成的部分及原因")

    @classmethod
    def read(cls, document: ReportDocument) -> "ReportFull":
        said = facts_in(document)
        files = [name for name in FILES if getattr(document, name) is not None]
        return cls(
            **ReportShort.of(document).model_dump(),
            measure=said.measure,
            caliber=said.caliber,
            facts=[FactShown.of(one) for one in said.facts],
            tables=[
                TableShown(
                    key=one.key,
                    title=one.title,
                    caliber=one.caliber,
                    lines=[TableLine.of(line) for line in one.lines],
                    total=TableLine.of(one.total),
                )
                for one in said.breakdowns
            ],
            until=said.until,
            notices=list(said.notices),
            files=[f"/api/v1/reports/{document.id}/files/{name}" for name in files],
            missing=document.missing,
        )


@router.get("", summary="报告")
def list_reports(
    session: SessionDep,
    reader: Reporter,
    limit: Annotated[int, Query(ge=1, le=100, description="每页条数")] = 20,
    cursor: Annotated[str | None, Query(max_length=10, description="上一页答复中的 next_cursor")] = None,
) -> Reports:
    """本辖区的报告，新的在前。"""
    offset = offset_of(cursor)
    found, total = reports(session, reader=reader, offset=offset, limit=limit)
    return Reports(
        items=[ReportShort.of(one) for one in found], total=total, next_cursor=next_cursor(offset + limit, total)
    )


@router.post("", status_code=201, summary="编制报告", responses=REPEATABLE)
def add_report(
    database: DatabaseDep,
    by: Reporter,
    once: OnceDep,
    create: Annotated[NewReport, Body(openapi_examples=NEW_REPORTS)],
) -> ReportFull:
    """须数秒；Word、Excel 附表和（装有中文字体时）PDF 一并生成并保存。同样的请求正在办理时为 409（`key_in_use`）。"""

    def make() -> str:
        made = make_report_apart(
            database,
            year=create.year,
            region_code=create.region_code or counted_region(by),
            by=by,
            snapshot_id=create.snapshot_id,
            note=create.note,
        )
        return str(made)

    number = int(once.create_apart(database, create, make))
    once.response.headers["Location"] = f"/api/v1/reports/{number}"
    with Session(database) as session:
        return ReportFull.read(report_by_id(session, number, reader=by))


@router.get("/{record_id}", summary="查看一份报告")
def read_report(session: SessionDep, reader: Reporter, record_id: RecordId) -> ReportFull:
    """报告中的每个数、口径和表格，及文件的地址。"""
    return ReportFull.read(report_by_id(session, record_id, reader=reader))


@router.get(
    "/{record_id}/files/{name}",
    summary="下载报告文件",
    response_class=Response,
    responses={200: {"content": {media: BINARY for media, _ in FILES.values()}, "description": "文件"}},
)
def download_report_file(database: DatabaseDep, by: Reporter, record_id: RecordId, name: FileName) -> Response:
    """word、annex（Excel 附表）、pdf；下载留有记录。没有 PDF 时为 404。"""
    media_type, ending = FILES[name]
    # Downloading is put on record: a session of its own that commits, though the method only reads.
    with session_scope(database) as session:
        session.info[ACTOR] = by
        document = report_by_id(session, record_id, reader=by)
        content: bytes | None = getattr(document, name)
        if content is None:
            raise NotFound("这份报告没有 PDF", "；".join(document.missing))
        record_event(session, AuditAction.EXPORTED, record=document, reason=f"下载 {document.title}.{ending}")
        said = quote(f"{document.title}.{ending}")
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{said}"}
    return Response(content, media_type=media_type, headers=headers)
