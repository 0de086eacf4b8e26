"""`/matches/batch`: all needs of a file in one call, answered line by line as they are matched. Nothing is stored."""

import json
import shutil
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from sqlmodel import Session
from starlette.datastructures import UploadFile

from matchmaker.errors import MalformedRequest, MatchmakerError
from matchmaker.ingest import CellProblem, ImportKind, read_rows
from matchmaker.matching import counterparts
from matchmaker.models.need import NeedCreate
from matchmaker.needs import unsaved_need
from matchmaker.rights import Actor
from matchmaker.web.api.compact import Fields, chosen_fields
from matchmaker.web.api.imports import RejectedCell
from matchmaker.web.api.matched import MatchedAchievement, MatchPage, matched_achievements
from matchmaker.web.api.shapes import LARGEST_ID, AchievementCompact
from matchmaker.web.dependencies import DatabaseDep, IndexesDep, KnownActor
from matchmaker.web.readings import note_texts

router = APIRouter(prefix="/matches", tags=["matches"])

# One call holds a thread for as long as it takes: some minutes, and not for ever. The answer says where to go on.
MOST_ROWS = 1000
MOST_SECONDS = 300.0
FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "需求的 jsonl、csv 或 xlsx 文件，列名同导入模板",
                        }
                    },
                }
            }
        },
    }
}


class BatchLine(BaseModel):
    """One line of the answer: a need with what was found for it, a row that cannot be read, or the last line."""

    row: int = Field(description="文件中的行号；最后一行为 0")
    source_id: str | None = Field(default=None, description="文件中这一行的编号")
    title: str = Field(default="", description="需求名称")
    matches: list[MatchedAchievement] = Field(default=[], description="推荐的成果，从高到低")
    related: list[MatchedAchievement] = Field(default=[], description="可能相关、未达推荐标准的成果")
    problems: list[RejectedCell] = Field(default=[], description="这一行为何不能匹配")
    problem: str = Field(default="", description="匹配中途出错时的原因")
    done: bool = Field(default=False, description="最后一行为 true；没有收到即为中断")
    next_row: int | None = Field(
        default=None, description=f"一次最多 {MOST_ROWS} 行、五分钟：还有余下的行时，下次的 start；仅最后一行有"
    )


class LinesResponse(StreamingResponse):
    media_type = "application/x-ndjson"


async def sent_needs(request: Request, _allowed: KnownActor) -> AsyncIterator[Path]:
    """The file of the form, kept until it has been answered; read only for those who are known.

    Raises MalformedRequest.
    """
    async with request.form(max_files=1, max_fields=1) as form:
        file = form.get("file")
        if not isinstance(file, UploadFile) or not file.filename:
            raise MalformedRequest("没有收到文件", "请用 multipart/form-data 的 file 字段上传 jsonl、csv 或 xlsx 文件")
        suffix = Path(file.filename).suffix.lower()
        with TemporaryDirectory(prefix="matchmaker-batch-") as folder:
            # The sender's name for the file names nothing here: only its ending says how to read it.
            path = Path(folder) / (f"needs{suffix}" if suffix[1:].isalnum() and suffix.isascii() else "needs")
            with path.open("wb") as stored:
                shutil.copyfileobj(file.file, stored)
            yield path


@router.post(
    "/batch",
    summary="为文件中的全部需求推荐成果",
    openapi_extra=FORM,
    response_class=LinesResponse,
    responses={200: {"model": BatchLine, "description": "每行一个 JSON 对象，形如 `BatchLine`"}},
)
def match_batch(
    database: DatabaseDep,
    indexes: IndexesDep,
    reader: KnownActor,
    file: Annotated[Path, Depends(sent_needs)],
    *,
    limit: Annotated[int, Query(ge=1, le=20, description="每条需求最多几项成果")] = 5,
    start: Annotated[int, Query(ge=0, le=LARGEST_ID, description="从文件的第几行开始，见上次答复的 next_row")] = 0,
    fields: Fields = None,
) -> LinesResponse:
    """每匹配完一条即答复一行 JSON（NDJSON，形如 `BatchLine`），顺序同文件；最后一行 `done` 为 true。什么也不保存。

    不合格的行说明哪一列、为什么、怎样改。一次最多一千行、五分钟，余下的以 `start` 再次提交同一文件。
    """
    names = chosen_fields(fields, AchievementCompact)
    rows = read_rows(ImportKind.NEEDS, file, start=start)
    # The first row is read now: what is no table at all is refused, not answered with half a line.
    first = next(rows, None)

    def lines() -> Iterator[str]:
        ends, handled = time.monotonic() + MOST_SECONDS, 0
        try:
            with Session(database, expire_on_commit=False) as session:
                row = first
                while row is not None and handled < MOST_ROWS and time.monotonic() < ends:
                    yield _written(_line(session, *row, reader=reader))
                    # What was loaded for one need is not kept for the next.
                    session.expunge_all()
                    session.rollback()
                    row, handled = next(rows, None), handled + 1
                yield _written(BatchLine(row=0, done=True, next_row=row[0] if row else None))
        except MatchmakerError as error:
            yield _written(BatchLine(row=0, problem=f"{error}"))
        finally:
            rows.close()

    def _line(session: Session, number: int, read: BaseModel | list[CellProblem], *, reader: Actor) -> BatchLine:
        if not isinstance(read, NeedCreate):
            problems = read if isinstance(read, list) else []
            shown = [
                RejectedCell(column=one.column, value="", reason=one.reason, repair=one.repair) for one in problems
            ]
            return BatchLine(row=number, problems=shown)
        need = unsaved_need(read)
        page = MatchPage.of(lambda most: counterparts(session, indexes, need, limit=most, reader=reader), limit)
        note_texts(database, page.records, reader)
        found = matched_achievements(page, names)
        return BatchLine(
            row=number, source_id=read.source_id, title=need.title, matches=found.items, related=found.related
        )

    return LinesResponse(lines())


def _written(line: BatchLine) -> str:
    return json.dumps(line.model_dump(mode="json", exclude_defaults=True), ensure_ascii=False) + "\n"
