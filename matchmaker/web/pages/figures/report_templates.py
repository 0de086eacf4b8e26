"""Templates of the yearly report: the one in use, uploading an edited one, and what may stand in it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request, Response
from sqlmodel import Session
from starlette.datastructures import UploadFile

from matchmaker.errors import UnreadableFile
from matchmaker.period import day_of
from matchmaker.reports.context import PLACEHOLDERS
from matchmaker.reports.office_templates import (
    content_of,
    office_templates,
    template_by_id,
    template_in_use,
    upload_template,
    use_template,
)
from matchmaker.reports.word import DOCX, LARGEST_TEMPLATE, shipped_template
from matchmaker.rights import Actor, Right
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.dependencies import Requires, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.templating import templates

router = APIRouter(prefix="/reports/templates", include_in_schema=False, default_response_class=Response)

Reporter = Annotated[Actor, Depends(Requires(Right.MAKE_REPORTS))]
TemplateId = Annotated[int, Path(ge=1, le=LARGEST_ID)]


@dataclass(frozen=True)
class Sent:
    """The uploaded template; without a name none was chosen."""

    name: str
    content: bytes


async def sent_template(request: Request, _allowed: Reporter) -> AsyncIterator[Sent]:
    """The file, read only for those who may; no more of it than a template may have, and one byte."""
    async with request.form(max_files=1, max_fields=5) as form:
        file = form.get("file")
        if isinstance(file, UploadFile) and file.filename:
            name = PurePosixPath(file.filename.replace("\\", "/")).name
            kept = "".join(one for one in name if one.isprintable())
            yield Sent(kept, await file.read(LARGEST_TEMPLATE + 1))
        else:
            yield Sent("", b"")


SentDep = Annotated[Sent, Depends(sent_template)]


@router.get("")
def template_page(request: Request, session: SessionDep, by: Reporter) -> Response:
    """Which is in use, which there are, and the placeholders."""
    return _page(request, session, by, FormErrors())


@router.post("")
def add_template(request: Request, session: SessionDep, by: Reporter, sent: SentDep) -> Response:
    """Check an edited template and use it."""
    errors = FormErrors()
    if not sent.name:
        errors.add("file", "请选择要上传的 .docx 文件")
    else:
        try:
            upload_template(session, sent.name, sent.content, by=by)
            return answer_redirect(request, "/reports/templates", flash="saved")
        except UnreadableFile as error:
            errors.add("file", str(error))
    return _page(request, session, by, errors)


@router.post("/use")
def choose_template(request: Request, session: SessionDep, by: Reporter, form: SubmittedForm) -> Response:
    """Use another one that is here; an empty choice is the shipped one."""
    chosen = text_of(form, "template")
    is_id = chosen.isdecimal() and len(chosen) < 10
    use_template(session, template_by_id(session, int(chosen), reader=by) if is_id else None, by=by)
    return answer_redirect(request, "/reports/templates", flash="saved")


@router.get("/current.docx")
def current_template(session: SessionDep, _by: Reporter) -> Response:
    """The one in use, to be edited."""
    found = template_in_use(session)
    return _file(found.name if found is not None else "报告模板.docx", content_of(found))


@router.get("/shipped.docx")
def shipped(_by: Reporter) -> Response:
    """The one that comes with the platform."""
    return _file("报告模板.docx", shipped_template())


@router.get("/{template_id:int}.docx")
def one_template(session: SessionDep, by: Reporter, template_id: TemplateId) -> Response:
    """One of the office's own."""
    found = template_by_id(session, template_id, reader=by)
    return _file(found.name, found.content)


def _file(name: str, content: bytes) -> Response:
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(name)}"}
    return Response(content, media_type=DOCX, headers=headers)


def _page(request: Request, session: Session, by: Actor, errors: FormErrors) -> Response:
    used = template_in_use(session)
    context = {
        "used": used,
        "own": [(one, day_of(one.uploaded_at)) for one in office_templates(session)],
        "may_change": by.oversees_everything,
        "placeholders": PLACEHOLDERS,
        "errors": errors,
        "limit_mb": LARGEST_TEMPLATE // 2**20,
    }
    return templates.TemplateResponse(request, "reports/templates.html", context, status_code=422 if errors else 200)
