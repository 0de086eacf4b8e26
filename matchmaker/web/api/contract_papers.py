"""`/contracts/{id}/receipts` and `/files`: money that came in, and the papers, each with its digest."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Body, Depends, Path, Request, Response
from fastapi.openapi.models import Example
from pydantic import BaseModel, Field
from sqlmodel import Session
from starlette.datastructures import UploadFile

from matchmaker.contracts import (
    attach,
    detach,
    file_by_id,
    files_of,
    readable_contract,
    receipts_of,
    record_receipt,
    remove_receipt,
    verify_income,
)
from matchmaker.errors import MalformedRequest, NotFound
from matchmaker.models.base import OUTSIDE
from matchmaker.models.contract import ContractFile, ContractReceipt, TechnologyContract
from matchmaker.models.contract_words import ContractPaper
from matchmaker.web.api.amounts import SentYuan, ShownYuan
from matchmaker.web.api.contract_editing import EditingDep, Recorder
from matchmaker.web.api.contract_shapes import Version
from matchmaker.web.api.etags import etag_of
from matchmaker.web.api.idempotency import REPEATABLE, OnceDep
from matchmaker.web.api.paging import Whole
from matchmaker.web.api.shapes import LARGEST_ID, RecordId
from matchmaker.web.dependencies import DatabaseDep, KnownActor, SessionDep
from matchmaker.web.readings import note_download

router = APIRouter(prefix="/contracts/{record_id}", tags=["contracts"])

ReceiptId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="到款记录编号", examples=[1])]
FileId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="材料编号", examples=[1])]
RECEIPTS: dict[str, Example] = {
    "receipt": {"summary": "一笔到款", "value": {"received_on": "2026-05-06", "amount": "100000.00", "note": "首付款"}},
}
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["paper", "file"],
                    "properties": {
                        "paper": {
                            "type": "string",
                            "enum": [paper.value for paper in ContractPaper],
                            "description": "是什么材料",
                        },
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "PDF、Word、Excel、OFD 或 JPG/PNG 扫描件",
                        },
                    },
                }
            }
        },
    }
}
DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        "description": "文件原样",
    }
}


class SentReceipt(BaseModel):
    """Money that came in."""

    model_config = OUTSIDE

    version: Version = None
    received_on: date = Field(description="到款日期")
    amount: SentYuan
    note: str = Field(default="", max_length=500)


class SentVerification(BaseModel):
    """How much of a receipt the registry verified."""

    model_config = OUTSIDE

    version: Version = None
    on: date = Field(description="核定日期")
    technology_income: SentYuan


class ReceiptRemoval(BaseModel):
    """Why an entry is taken back."""

    model_config = OUTSIDE

    version: Version = None
    note: str = Field(max_length=1000, description="删除的原因")


class ReceiptShown(BaseModel):
    id: int
    received_on: date
    amount: ShownYuan = Field(description="到款金额（元）")
    technology_income: ShownYuan | None = Field(description="其中核定的技术性收入（元）；尚未核定为 null")
    verified_on: date | None
    note: str
    recorded_at: datetime

    @classmethod
    def of(cls, receipt: ContractReceipt) -> "ReceiptShown":
        return cls(
            id=receipt.id or 0,
            received_on=receipt.received_on,
            amount=receipt.amount_fen,
            technology_income=receipt.technology_income_fen,
            verified_on=receipt.verified_on,
            note=receipt.note,
            recorded_at=receipt.recorded_at,
        )


class Receipts(Whole):
    items: list[ReceiptShown]
    received: ShownYuan = Field(description="到款合计（元）")
    technology_income: ShownYuan = Field(description="已核定的技术性收入合计（元）")


class FileShown(BaseModel):
    """A paper without its content."""

    id: int
    paper: ContractPaper
    paper_label: str = Field(examples=["合同文本"])
    name: str
    media_type: str
    size: int = Field(description="字节数")
    sha256: str = Field(description="内容的 SHA-256，可据以核对")
    uploaded_at: datetime

    @classmethod
    def of(cls, file: ContractFile) -> "FileShown":
        values = {name: getattr(file, name) for name in cls.model_fields if hasattr(ContractFile, name)}
        return cls(**values, paper_label=file.paper.label)


class Files(Whole):
    items: list[FileShown]


@dataclass(frozen=True)
class Paper:
    paper: ContractPaper
    name: str
    content: bytes


async def sent_paper(request: Request, _allowed: Recorder) -> AsyncIterator[Paper]:
    """The submitted form. Read here and not by the framework, which would take in a file of anybody's before asking
    for the key. Raises MalformedRequest.
    """
    async with request.form(max_files=1, max_fields=5) as form:
        file, paper = form.get("file"), form.get("paper", "")
        if not isinstance(file, UploadFile) or not file.filename:
            raise MalformedRequest("没有收到文件", "请用 multipart/form-data 的 file 字段上传")
        try:
            kind = ContractPaper.parse(paper if isinstance(paper, str) else "")
        except ValueError as error:
            raise MalformedRequest(f"paper：{error}", "请用 paper 字段说明是什么材料") from error
        yield Paper(kind, file.filename, await file.read())


@router.get("/receipts", summary="到款记录")
def list_receipts(session: SessionDep, reader: KnownActor, record_id: RecordId) -> Receipts:
    """按到款日期先后，附合计。"""
    contract = readable_contract(session, record_id, reader)
    return Receipts(
        items=[ReceiptShown.of(one) for one in receipts_of(session, contract)],
        received=contract.received_fen,
        technology_income=contract.technology_income_fen,
    )


@router.post("/receipts", status_code=201, summary="登记到款", responses=REPEATABLE)
def add_receipt(
    editing: EditingDep, once: OnceDep, sent: Annotated[SentReceipt, Body(openapi_examples=RECEIPTS)]
) -> ReceiptShown:
    """金额固定的合同，到款合计不能超过合同成交额。请带 `Idempotency-Key`，重发时不会登记两笔。"""
    contract = readable_contract(editing.session, editing.record_id, editing.by)

    def make() -> ContractReceipt:
        editing.expected.check_if_given(contract, sent.version)
        return record_receipt(
            editing.session, contract, by=editing.by, on=sent.received_on, amount_fen=sent.amount, note=sent.note
        )

    receipt = once.create(editing.session, sent, make, lambda number: _receipt(editing.session, contract, number))
    editing.tag(contract)
    return ReceiptShown.of(receipt)


@router.get("/receipts/{receipt_id}", summary="查看一笔到款")
def read_receipt(session: SessionDep, reader: KnownActor, record_id: RecordId, receipt_id: ReceiptId) -> ReceiptShown:
    """金额、其中核定的技术性收入。"""
    return ReceiptShown.of(_receipt(session, readable_contract(session, record_id, reader), receipt_id))


@router.post("/receipts/{receipt_id}/verify", summary="记录收入核定")
def verify_receipt(editing: EditingDep, receipt_id: ReceiptId, sent: SentVerification) -> ReceiptShown:
    """由主管部门照登记机构的核定单记录；核定的合计不能超过技术交易额。"""
    contract = editing.contract(sent.version)
    receipt = verify_income(
        editing.session, contract, receipt_id, by=editing.by, on=sent.on, income_fen=sent.technology_income
    )
    editing.tag(contract)
    return ReceiptShown.of(receipt)


@router.post("/receipts/{receipt_id}/remove", summary="删除到款记录")
def take_back_receipt(editing: EditingDep, receipt_id: ReceiptId, sent: ReceiptRemoval) -> Receipts:
    """录入有误时删除，须写明原因；已核定收入的不能删除。答复为余下的到款。"""
    contract = editing.contract(sent.version)
    remove_receipt(editing.session, contract, receipt_id, by=editing.by, note=sent.note)
    editing.tag(contract)
    return list_receipts(editing.session, editing.by, editing.record_id)


@router.get("/files", summary="合同材料")
def list_contract_files(session: SessionDep, reader: KnownActor, record_id: RecordId) -> Files:
    """名称、大小和 SHA-256，不含内容。"""
    contract = readable_contract(session, record_id, reader)
    return Files(items=[FileShown.of(one) for one in files_of(session, contract)])


@router.post("/files", status_code=201, summary="添加材料", responses=REPEATABLE, openapi_extra=FORM)
def add_contract_file(editing: EditingDep, once: OnceDep, sent: Annotated[Paper, Depends(sent_paper)]) -> FileShown:
    """内容完全相同的文件只收一次；文件种类按内容判断。"""
    contract = readable_contract(editing.session, editing.record_id, editing.by)

    def make() -> ContractFile:
        editing.expected.check_if_given(contract)
        return attach(editing.session, contract, sent.paper, sent.name, sent.content, by=editing.by)

    said = "\n".join((sent.paper, sent.name, "")).encode() + sent.content
    file = once.create(editing.session, said, make, lambda number: file_by_id(editing.session, contract, number))
    editing.tag(contract)
    return FileShown.of(file)


@router.get("/files/{file_id}", summary="下载材料", response_class=Response, responses=DOWNLOAD)
def download_contract_file(
    session: SessionDep, database: DatabaseDep, reader: KnownActor, record_id: RecordId, file_id: FileId
) -> Response:
    """原样下载；ETag 即内容的 SHA-256。"""
    contract = readable_contract(session, record_id, reader)
    file = file_by_id(session, contract, file_id)
    note_download(database, contract, reader, f"下载{file.paper.label}")
    headers = {
        "Content-Disposition": f"attachment; filename*=utf-8''{quote(file.name)}",
        "ETag": f'"{file.sha256}"',
    }
    return Response(file.content, media_type=file.media_type, headers=headers)


@router.delete("/files/{file_id}", status_code=204, summary="删除材料", response_class=Response)
def remove_contract_file(editing: EditingDep, file_id: FileId) -> Response:
    """须带 `If-Match`（合同的 ETag）。已登记合同的材料只有主管部门可以删除。"""
    contract = editing.contract(None)
    detach(editing.session, contract, file_id, by=editing.by)
    return Response(status_code=204, headers={"ETag": etag_of(contract)})


def _receipt(session: Session, contract: TechnologyContract, number: int) -> ContractReceipt:
    receipt = session.get(ContractReceipt, number)
    if receipt is None or receipt.contract_id != contract.id:
        raise NotFound("没有这笔到款记录，或它已删除", "请重新读取到款记录")
    return receipt
