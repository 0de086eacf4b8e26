"""`/imports`: load a file of records, fetch the rows that were rejected, fetch an empty template."""

import hashlib
import json
import re
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Depends, Request, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from sqlalchemy import Engine
from starlette.datastructures import FormData, UploadFile

from matchmaker.audit import record_apart
from matchmaker.errors import MalformedRequest, NotFound
from matchmaker.ingest import (
    ImportKind,
    IngestOptions,
    IngestReport,
    RejectedRow,
    printable,
    write_rejected,
    write_template,
)
from matchmaker.models.audit import AuditAction
from matchmaker.rights import Actor, Right
from matchmaker.settings import Settings
from matchmaker.uploads import import_directly
from matchmaker.web.api.idempotency import OnceDep
from matchmaker.web.dependencies import DatabaseDep, Requires, SettingsDep
from matchmaker.web.workbook import XLSX

router = APIRouter(prefix="/imports", tags=["imports"])

REJECTED_FILE = "rejected.xlsx"
# Whose file it was: the number of an account.
OWNER_FILE = "owner"
SHOWN_REJECTED = 200
# Rejected rows hold contact data: kept as long as correcting a file may take, then deleted.
KEPT_SECONDS = 30 * 24 * 3600

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["kind", "file"],
                    "properties": {
                        "kind": {"type": "string", "enum": [kind.value for kind in ImportKind], "description": "内容"},
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "表格文件：xlsx、xls、ods、csv、json、docx 等，或其 zip",
                        },
                        "source": {
                            "type": "string",
                            "minLength": 1,
                            "maxLength": 100,
                            "description": "来源名称，与行内编号一起识别同一条记录；同一张表再次导入时须相同。单位和县市区的来源各自独立",
                        },
                        "dry_run": {"type": "boolean", "default": False, "description": "只检查，不写入"},
                        "mapping": {
                            "type": "string",
                            "description": 'JSON 对象，列名 → 字段（金额可写明单位）；空白表示不导入这一列，如 {"意向投入": "budget_max_yuan"}',
                        },
                        "constants": {
                            "type": "string",
                            "description": 'JSON 对象，字段 → 整份清单统一的内容，本行已填的除外，如 {"region_code": "澄东区"}',
                        },
                        "values": {
                            "type": "string",
                            "description": 'JSON 对象，列名:写法 → 列表中的词，如 {"合作方式:股权融资": "技术入股"}',
                        },
                    },
                }
            }
        },
    }
}
FILE_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {"content": {XLSX: {"schema": {"type": "string", "format": "binary"}}}, "description": "xlsx 文件"}
}


class RejectedCell(BaseModel):
    """One cell that was not accepted; contact data is masked in `value`."""

    column: str = Field(description="列名；空白表示整行的问题")
    value: str
    reason: str
    repair: str


class Rejected(BaseModel):
    row: int = Field(description="文件中的行号")
    problems: list[RejectedCell]


class ImportResult(BaseModel):
    """What became of a file."""

    id: str
    kind: ImportKind
    source: str
    sheet: str
    dry_run: bool = Field(description="为 true 时什么也没有写入")
    rows_read: int
    added: int
    changed: int
    unchanged: int
    repeated_ids: int = Field(description="同一编号在文件中较早出现、未被采用的行数")
    title_only: int = Field(description="只有名称没有内容的记录数")
    recognised_columns: dict[str, str] = Field(description="识别的列：列名 → 字段")
    unknown_columns: list[str] = Field(description="未识别、没有导入的列")
    notes: list[str]
    warned_count: int = Field(default=0, description="已导入、但有内容没有看懂的行数")
    warned: list[Rejected] = Field(default=[], description="这些行没有看懂的单元格，最多 20 行")
    rejected_count: int
    rejected: list[Rejected] = Field(description=f"退回的行，最多 {SHOWN_REJECTED} 行；全部见 rejected_file")
    rejected_file: str | None = Field(description="全部退回行的 xlsx 文件，保留 30 天；没有退回行时为 null")


@dataclass(frozen=True)
class ImportForm:
    kind: ImportKind
    file: BinaryIO
    name: str
    source: str | None
    dry_run: bool
    mapping: dict[str, str]
    constants: dict[str, str]
    values: dict[str, str]

    @property
    def states_more(self) -> bool:
        """Is anything said of columns or words?"""
        return bool(self.mapping or self.constants or self.values)


Importer = Annotated[Actor, Depends(Requires(Right.IMPORT, Right.PUBLISH_DIRECTLY))]


async def import_form(request: Request, _allowed: Importer) -> AsyncIterator[ImportForm]:
    """The submitted form. Read here and not by the framework, which would take in a file of anybody's before asking
    for the token. Raises MalformedRequest.
    """
    async with request.form(max_files=1, max_fields=10) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise MalformedRequest(
                "没有收到文件", "请用 multipart/form-data 的 file 字段上传表格文件（xlsx、xls、csv、json 等）"
            )
        name = Path(file.filename.replace("\\", "/")).name
        source = _text(form, "source").strip() or None
        if source is not None and (len(source) > 100 or not source.isprintable()):
            raise MalformedRequest("source 最多 100 个字符，且不含控制字符", "请改短来源名称")
        pairs = (_pairs(form, field) for field in ("mapping", "constants", "values"))
        yield ImportForm(_kind(form), file.file, name, source, _flag(form, "dry_run"), *pairs)


@router.post("", summary="导入文件", openapi_extra=FORM)
def add_import(
    database: DatabaseDep,
    settings: SettingsDep,
    by: Importer,
    once: OnceDep,
    form: Annotated[ImportForm, Depends(import_form)],
) -> ImportResult:
    """逐行检查并写入；不合格的行退回并说明哪一列、为什么、怎样改，其余照常导入。同一文件导入两次结果不变。

    密钥有 import 使用范围即可，可导入的内容同网页的“批量导入”：企业、高校院所导入本单位的需求和成果（待审核），
    主管部门导入辖区内的各类名单（直接入库）。
    带 `Idempotency-Key` 重发时答复第一次的结果，退回单元格的原值除外。
    """
    stated = json.dumps([form.mapping, form.constants, form.values], sort_keys=True) if form.states_more else ""
    said = f"{form.kind.value}\n{form.name}\n{form.source}\n{form.dry_run}\n{_digest(form.file)}{stated}".encode()
    fresh: list[ImportResult] = []

    def make() -> str:
        result = _imported(database, settings, form, by)
        fresh.append(result)
        return _without_values(result).model_dump_json()

    answer = once.create_apart(database, said, make)
    return fresh[0] if fresh else ImportResult.model_validate_json(answer)


def _imported(database: Engine, settings: Settings, form: ImportForm, by: Actor) -> ImportResult:
    imports = settings.data_dir / "imports"
    _forget_old(imports)
    import_id = secrets.token_hex(16)
    folder = imports / import_id
    folder.mkdir(mode=0o700, parents=True)
    try:
        suffix = Path(form.name).suffix.lower()
        # The sender's name for the file names nothing here: only its ending says how to read it.
        upload = folder / ("upload" + (suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""))
        with upload.open("wb") as stored:
            shutil.copyfileobj(form.file, stored)
        options = IngestOptions(
            source=form.source,
            dry_run=form.dry_run,
            column_map=form.mapping,
            constants=form.constants,
            value_map=form.values,
        )
        report = import_directly(database, form.kind, upload, options, by=by, import_id=import_id)
        upload.unlink()
        if report.rejected:
            write_rejected(report, folder / REJECTED_FILE)
            (folder / OWNER_FILE).write_text(str(by.account_id), "utf-8")
        else:
            folder.rmdir()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return _result(import_id, report)


@router.get(
    "/{import_id}/rejected.xlsx",
    summary="下载退回的行",
    response_class=FileResponse,
    responses=FILE_ANSWER,
)
def download_rejected_rows(
    database: DatabaseDep,
    settings: SettingsDep,
    by: Importer,
    import_id: Annotated[str, PathParameter(pattern="^[0-9a-f]{32}$", description="导入编号")],
) -> FileResponse:
    """原样的行，标出有问题的单元格及改法；改好后可直接重新导入。下载留有记录。"""
    path = settings.data_dir / "imports" / import_id / REJECTED_FILE
    owner = path.with_name(OWNER_FILE)
    is_own = owner.is_file() and owner.read_text("utf-8") == str(by.account_id)
    if not path.is_file() or not (is_own or by.oversees_everything):
        raise NotFound("没有这次导入的退回文件", "没有退回行的导入不产生文件；文件保留 30 天，过期请重新导入")
    # The rows as they were sent: contacts are among them.
    record_apart(database, by, AuditAction.EXPORTED, reason=f"下载退回的行 {import_id[:8]}")
    return FileResponse(path, media_type=XLSX, filename=f"退回的行-{import_id[:8]}.xlsx")


@router.get("/template/{kind}", summary="下载导入模板", response_class=Response, responses=FILE_ANSWER)
def download_import_template(kind: ImportKind) -> Response:
    """空白的 xlsx 模板，带填写说明。"""
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{kind.value}.xlsx"
        write_template(kind, path)
        content = path.read_bytes()
    headers = {"Content-Disposition": f'attachment; filename="{kind.value}-template.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


def _result(import_id: str, report: IngestReport) -> ImportResult:
    return ImportResult(
        id=import_id,
        kind=report.kind,
        source=report.source,
        sheet=report.sheet,
        dry_run=report.dry_run,
        rows_read=report.rows_read,
        added=report.added,
        changed=report.changed,
        unchanged=report.unchanged,
        repeated_ids=report.repeated_ids,
        title_only=report.title_only,
        recognised_columns=report.recognised_columns,
        unknown_columns=report.unknown_columns,
        notes=report.notes,
        warned_count=report.warned,
        warned=_shown(report.warnings),
        rejected_count=len(report.rejected),
        rejected=_shown(report.rejected[:SHOWN_REJECTED]),
        rejected_file=f"/api/v1/imports/{import_id}/{REJECTED_FILE}" if report.rejected else None,
    )


def _shown(rows: Sequence[RejectedRow]) -> list[Rejected]:
    return [
        Rejected(
            row=one.row,
            problems=[
                RejectedCell(column=cell.column, value=printable(cell.value), reason=cell.reason, repair=cell.repair)
                for cell in one.problems
            ],
        )
        for one in rows
    ]


def _without_values(result: ImportResult) -> ImportResult:
    """What may be kept of an answer: the values of rejected cells may be contacts, and are in the file for a month."""

    def without(rows: list[Rejected]) -> list[Rejected]:
        return [
            one.model_copy(update={"problems": [cell.model_copy(update={"value": ""}) for cell in one.problems]})
            for one in rows
        ]

    return result.model_copy(update={"rejected": without(result.rejected), "warned": without(result.warned)})


def _digest(file: BinaryIO) -> str:
    digest = hashlib.sha256()
    while chunk := file.read(1024 * 1024):
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _pairs(form: FormData, name: str) -> dict[str, str]:
    """A JSON object of texts. Raises MalformedRequest."""
    written = _text(form, name).strip()
    if not written:
        return {}
    try:
        pairs = json.loads(written)
    except (ValueError, RecursionError):
        pairs = None
    if not isinstance(pairs, dict) or not all(isinstance(one, str) for one in pairs.values()):
        raise MalformedRequest(f"{name} 应为一个 JSON 对象，值都是文字", f'请写成 {name}={{"列名": "字段"}} 这样的对象')
    return pairs


def _kind(form: FormData) -> ImportKind:
    try:
        return ImportKind.parse(_text(form, "kind"))
    except ValueError as error:
        raise MalformedRequest(f"kind：{error}", "请用 kind 字段说明文件内容") from error


def _flag(form: FormData, name: str) -> bool:
    value = _text(form, name).strip().lower()
    if value in ("", "false", "0"):
        return False
    if value in ("true", "1"):
        return True
    raise MalformedRequest(f"{name} 应为 true 或 false", f"请改正 {name}，或去掉它")


def _forget_old(imports: Path) -> None:
    if not imports.is_dir():
        return
    for folder in imports.iterdir():
        if folder.is_dir() and time.time() - folder.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
