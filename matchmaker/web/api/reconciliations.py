"""`/reconciliations`: lists of the registry, compared with the ledger as it is now."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi import Path as PathParameter
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.datastructures import FormData, UploadFile

from matchmaker.audit import record_apart
from matchmaker.contracts import readable_contract
from matchmaker.errors import MalformedRequest
from matchmaker.models.audit import AuditAction
from matchmaker.models.base import OUTSIDE
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.reporting import RegistryList
from matchmaker.reconciliation import (
    GroupKind,
    ListAsked,
    delete_list,
    enter_row,
    lists_page,
    read_registry_list,
    readable_list,
    reconcile,
    row_of,
    write_reconciliation,
)
from matchmaker.rights import Actor, Right
from matchmaker.web.api.contract_editing import answered
from matchmaker.web.api.contract_shapes import ContractFull
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.imports import FILE_ANSWER
from matchmaker.web.api.paging import next_cursor, offset_of
from matchmaker.web.api.reconciliation_shapes import (
    Lines,
    Lists,
    ListShown,
    ReconciliationLine,
    ReconciliationShown,
    shown,
)
from matchmaker.web.api.shapes import LARGEST_ID, RecordId
from matchmaker.web.dependencies import DatabaseDep, Requires, SessionDep
from matchmaker.web.workbook import XLSX

router = APIRouter(prefix="/reconciliations", tags=["statistics"])

Recorder = Annotated[Actor, Depends(Requires(Right.RECORD_REGISTRATIONS))]
RowId = Annotated[int, PathParameter(ge=1, le=LARGEST_ID, description="名单中的行（`row_id`）", examples=[1])]
Limit = Annotated[int, Query(ge=1, le=100, description="每页条数")]
Cursor = Annotated[str | None, Query(max_length=10, description="上一页答复中的 next_cursor")]
_DAY: TypeAdapter[date] = TypeAdapter(date)

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "region_code"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "登记机构导出的名单（xlsx、csv），须有“合同登记编号”一列",
                        },
                        "region_code": {"type": "string", "maxLength": 12, "description": "名单是哪个地区的"},
                        "name": {"type": "string", "maxLength": 200, "description": "名称；空即文件名"},
                        "first": {"type": "string", "format": "date", "description": "名单的起始日期"},
                        "last": {"type": "string", "format": "date", "description": "名单的截止日期"},
                    },
                }
            }
        },
    }
}


class Entering(BaseModel):
    """How a row is entered."""

    model_config = OUTSIDE

    is_new: bool = Field(default=False, description="确是另一份合同，不是 `candidate_id` 那一份")


@dataclass(frozen=True)
class SentList:
    content: bytes
    asked: ListAsked
    name: str


async def sent_list(request: Request, _allowed: Recorder) -> AsyncIterator[SentList]:
    """The submitted form, read after the key was checked. Raises MalformedRequest."""
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise MalformedRequest("没有收到文件", "请用 multipart/form-data 的 file 字段上传名单")
        name = Path(file.filename.replace("\\", "/")).name
        asked = ListAsked(
            name=_text(form, "name") or name,
            region_code=_text(form, "region_code"),
            first=_day(form, "first"),
            last=_day(form, "last"),
        )
        yield SentList(await file.read(), asked, name)


@router.get("", summary="登记名单")
def list_reconciliations(session: SessionDep, reader: Recorder, limit: Limit = 20, cursor: Cursor = None) -> Lists:
    """本辖区的名单，新的在前。"""
    offset = offset_of(cursor)
    found, total = lists_page(session, reader=reader, offset=offset, limit=limit)
    return Lists(
        items=[ListShown.of(one) for one in found], total=total, next_cursor=next_cursor(offset + limit, total)
    )


@router.post("", status_code=201, summary="上传登记名单并对账", responses=REPEATABLE, openapi_extra=FORM)
def add_reconciliation(
    session: SessionDep, by: Recorder, once: OnceDep, sent: Annotated[SentList, Depends(sent_list)]
) -> ReconciliationShown:
    """名单原样保存；台账不因此改变。答复为对账结果，逐行见 `/lines`。"""

    def make() -> RegistryList:
        with TemporaryDirectory() as folder:
            # The sender's name for the file names nothing here: only its ending says how to read it.
            path = Path(folder) / f"list{Path(sent.name).suffix.lower()[:9]}"
            path.write_bytes(sent.content)
            return read_registry_list(session, path, sent.asked, by=by)

    said = f"{sent.asked}\n".encode() + sent.content
    found = once.create(session, said, make, lambda number: readable_list(session, number, by))
    return shown(reconcile(session, found, reader=by))


@router.get("/{record_id}", summary="对账结果")
def read_reconciliation(session: SessionDep, reader: Recorder, record_id: RecordId) -> ReconciliationShown:
    """台账缺、名单缺、不一致、一致四组的项数和金额；每次读取都按台账现状重新比较。"""
    return shown(reconcile(session, readable_list(session, record_id, reader), reader=reader))


@router.get("/{record_id}/lines", summary="对账的逐行结果")
def list_reconciliation_lines(
    session: SessionDep,
    reader: Recorder,
    record_id: RecordId,
    group: Annotated[GroupKind, Query(description="哪一组")],
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Lines:
    """一组中的合同，各附不同之处。"""
    offset = offset_of(cursor)
    lines = reconcile(session, readable_list(session, record_id, reader), reader=reader).groups[group].lines
    return Lines(
        items=[ReconciliationLine.of(one) for one in lines[offset : offset + limit]],
        total=len(lines),
        next_cursor=next_cursor(offset + limit, len(lines)),
    )


@router.get("/{record_id}/reconciliation.xlsx", summary="下载对账表", response_class=Response, responses=FILE_ANSWER)
def download_reconciliation(
    session: SessionDep, database: DatabaseDep, reader: Recorder, record_id: RecordId
) -> Response:
    """四组各一张工作表，金额单位元；下载留有记录。"""
    found = readable_list(session, record_id, reader)
    record_apart(database, reader, AuditAction.EXPORTED, found, reason="导出对账结果")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "reconciliation.xlsx"
        write_reconciliation(reconcile(session, found, reader=reader), path)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="reconciliation-{found.id}.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


@router.post("/{record_id}/rows/{row_id}/enter", status_code=201, summary="按名单入账", responses=REPEATABLE)
def enter_reconciliation_row(
    session: SessionDep,
    by: Recorder,
    once: OnceDep,
    *,
    response: Response,
    record_id: RecordId,
    row_id: RowId,
    sent: Entering,
) -> ContractFull:
    """台账缺的合同，按名单这一行入账为已登记。台账已有时为 409。"""
    found = readable_list(session, record_id, by)

    def make() -> TechnologyContract:
        return enter_row(session, found, row_of(session, found, row_id), by=by, is_new=sent.is_new)

    contract = once.create(
        session, sent, make, lambda number: readable_contract(session, number, by), below="/api/v1/contracts"
    )
    return answered(session, response, contract, by)


@router.delete("/{record_id}", status_code=204, summary="删除登记名单", response_class=Response)
def remove_reconciliation(session: SessionDep, by: Recorder, record_id: RecordId) -> Response:
    """只删名单，台账不变。"""
    delete_list(session, readable_list(session, record_id, by))
    return Response(status_code=204)


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def _day(form: FormData, name: str) -> date | None:
    written = _text(form, name)
    try:
        return _DAY.validate_python(written) if written else None
    except ValidationError as error:
        raise MalformedRequest(f"{name} 应为日期，如 2026-12-31", f"请改正 {name}，或去掉它") from error
