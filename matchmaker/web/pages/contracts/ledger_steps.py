"""One contract: its page, the forms of its steps, money received, papers, versions."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import ValidationError
from sqlmodel import Session
from starlette.datastructures import FormData

from matchmaker.audit import reason_for
from matchmaker.contracts import (
    ContractStep,
    SentStep,
    attach,
    detach,
    do,
    file_by_id,
    readable_contract,
    record_receipt,
    remove_receipt,
    verify_income,
    version_by_number,
)
from matchmaker.contracts.labels import FIELD_LABELS
from matchmaker.contracts.words import EMPTY, in_words
from matchmaker.errors import (
    ContractNotReady,
    MalformedRequest,
    MatchmakerError,
    NotAllowed,
    NotFound,
    NumberTaken,
    VersionConflict,
)
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractPaper
from matchmaker.money import fen_of_yuan, in_wan, yuan_shown
from matchmaker.registration_rules import rules
from matchmaker.rights import Actor
from matchmaker.visibility import today
from matchmaker.web.dependencies import DatabaseDep, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, Uploaded, answer_redirect, file_of, text_of, texts_of
from matchmaker.web.pages.contracts.ledger import ContractId, Recorder
from matchmaker.web.pages.contracts.ledger_view import contract_view, version_rows
from matchmaker.web.pages.view import day, moment
from matchmaker.web.readings import note_contract, note_download
from matchmaker.web.templating import templates

router = APIRouter(prefix="/contracts", include_in_schema=False, default_response_class=Response)

PartId = Annotated[int, Path(ge=1, le=2**31 - 1)]
# Where a step's complaint is shown, if not beside its note: the field it is mostly about.
_COMPLAINS_AT = {
    ContractStep.SIGN: "on",
    ContractStep.ACCEPT: "on",
    ContractStep.REGISTER: "number",
    ContractStep.REPORT: "number",
    ContractStep.REFUSE: "reasons",
    ContractStep.DECIDE_AMENDMENT: "granted",
    ContractStep.LINK: "match_id",
}
_REPEATED = "reasons"


async def attached_file(request: Request, _allowed: Recorder) -> AsyncIterator[Uploaded]:
    """The form with one file, read only for those who may keep a ledger."""
    async with request.form(max_files=1, max_fields=10) as form:
        yield await file_of(form)


Attached = Annotated[Uploaded, Depends(attached_file)]


@dataclass(frozen=True)
class _Asked:
    """Who asks for which contract."""

    request: Request
    session: Session
    contract: TechnologyContract
    by: Actor


@dataclass(frozen=True)
class _Tried:
    """A form of the page that was not accepted: what was typed, what is wrong, which form it was."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: FormErrors = field(default_factory=FormErrors)
    name: str = ""
    chosen: list[str] = field(default_factory=list)


@router.get("/{contract_id:int}")
def contract_page(
    request: Request, session: SessionDep, database: DatabaseDep, reader: Recorder, contract_id: ContractId
) -> Response:
    """One contract: amounts, where it came from, what may be done now, what has been done."""
    contract = readable_contract(session, contract_id, reader)
    note_contract(database, contract, reader)
    return _page(_Asked(request, session, contract, reader), _Tried())


@router.post("/{contract_id:int}/steps/{step}")
def take_step(
    request: Request,
    session: SessionDep,
    by: Recorder,
    contract_id: ContractId,
    step: ContractStep,
    form: SubmittedForm,
) -> Response:
    """Take one step. What is wrong with the form is shown on the page again, beside the field."""
    # A form's fields carry the step's name, because one page has several forms.
    values = {name: text_of(form, name) for name in form}
    given: dict[str, object] = {name.removeprefix(f"{step}-"): value for name, value in values.items() if value}
    if _REPEATED in given:
        given[_REPEATED] = texts_of(form, f"{step}-{_REPEATED}")
    errors = FormErrors()
    contract = readable_contract(session, contract_id, by)
    try:
        asked = SentStep.model_validate(given)
        with reason_for(session, step.label):
            do(session, contract, step, asked, by=by)
            session.flush()
    except ValidationError as error:
        found = FormErrors()
        found.take(error)
        for name, sentence in found.by_field.items():
            errors.add(f"{step}-{name}" if name else "", sentence)
        status = 422
    except (MalformedRequest, VersionConflict, ContractNotReady, NumberTaken) as error:
        field = _COMPLAINS_AT.get(step, "note")
        if "日期" in error.detail and step is not ContractStep.DECIDE_AMENDMENT:
            field = "on"
        errors.add("" if isinstance(error, VersionConflict) else f"{step}-{field}", str(error))
        status = error.status
    else:
        return answer_redirect(request, f"/contracts/{contract_id}", flash="done")
    session.rollback()
    chosen = texts_of(form, f"{step}-{_REPEATED}")
    return _page(_Asked(request, session, contract, by), _Tried(values, errors, f"{step}", chosen), status)


@router.get("/{contract_id:int}/versions/{number:int}")
def version_page(
    request: Request,
    session: SessionDep,
    database: DatabaseDep,
    reader: Recorder,
    contract_id: ContractId,
    number: PartId,
) -> Response:
    """What stood registered from a day on, word for word."""
    contract = readable_contract(session, contract_id, reader)
    note_contract(database, contract, reader)
    version = version_by_number(session, contract, number)
    row = next(one for one in version_rows(session, contract) if one.version.number == number)
    context = {"contract": contract, "version": version, "row": row, "lines": _lines(version.content), "day": day}
    return templates.TemplateResponse(request, "contracts/version.html", context)


@router.post("/{contract_id:int}/receipts")
def add_receipt(
    request: Request, session: SessionDep, by: Recorder, contract_id: ContractId, form: SubmittedForm
) -> Response:
    """Money came in."""
    contract = readable_contract(session, contract_id, by)

    def write() -> None:
        fen, on = _fen(form, "receive-amount"), _date(form, "receive-on", "到款日期")
        record_receipt(session, contract, by=by, on=on, amount_fen=fen, note=text_of(form, "receive-note"))

    return _tried(_Asked(request, session, contract, by), form, "receive", write)


@router.post("/{contract_id:int}/receipts/{receipt_id:int}/verify")
def verify_receipt(
    request: Request,
    session: SessionDep,
    by: Recorder,
    contract_id: ContractId,
    receipt_id: PartId,
    form: SubmittedForm,
) -> Response:
    """How much of it the registry verified as technology income."""
    contract, name = readable_contract(session, contract_id, by), f"verify-{receipt_id}"

    def write() -> None:
        fen, on = _fen(form, f"{name}-amount"), _date(form, f"{name}-on", "核定日期")
        verify_income(session, contract, receipt_id, by=by, on=on, income_fen=fen)

    return _tried(_Asked(request, session, contract, by), form, name, write)


@router.post("/{contract_id:int}/receipts/{receipt_id:int}/remove")
def take_back_receipt(
    request: Request,
    session: SessionDep,
    by: Recorder,
    contract_id: ContractId,
    receipt_id: PartId,
    form: SubmittedForm,
) -> Response:
    """An entry that was wrong is taken back, with a reason."""
    contract, name = readable_contract(session, contract_id, by), f"remove-{receipt_id}"

    def write() -> None:
        remove_receipt(session, contract, receipt_id, by=by, note=text_of(form, f"{name}-note"))

    return _tried(_Asked(request, session, contract, by), form, name, write)


@router.post("/{contract_id:int}/files")
def add_file(request: Request, session: SessionDep, by: Recorder, contract_id: ContractId, sent: Attached) -> Response:
    """Attach a paper."""
    contract = readable_contract(session, contract_id, by)

    def write() -> None:
        paper = next((one for one in ContractPaper if one == text_of(sent.form, "attach-paper")), None)
        if paper is None:
            raise MalformedRequest("请选择材料种类", "如 合同文本、登记证明")
        if not sent.name:
            raise MalformedRequest("请选择文件", "PDF、Word、Excel、OFD 或 JPG/PNG 扫描件")
        attach(session, contract, paper, sent.name, sent.content, by=by)

    return _tried(_Asked(request, session, contract, by), sent.form, "attach", write)


@router.get("/{contract_id:int}/files/{file_id:int}")
def download(
    session: SessionDep, database: DatabaseDep, reader: Recorder, contract_id: ContractId, file_id: PartId
) -> Response:
    """A paper as it was attached: always a download, never shown inside the site."""
    contract = readable_contract(session, contract_id, reader)
    file = file_by_id(session, contract, file_id)
    note_download(database, contract, reader, f"下载{file.paper.label}")
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}",
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(file.content, media_type=file.media_type, headers=headers)


@router.post("/{contract_id:int}/files/{file_id:int}/remove")
def remove_file(
    request: Request, session: SessionDep, by: Recorder, contract_id: ContractId, file_id: PartId, form: SubmittedForm
) -> Response:
    contract = readable_contract(session, contract_id, by)
    return _tried(
        _Asked(request, session, contract, by), form, "attach", lambda: detach(session, contract, file_id, by=by)
    )


def _tried(asked: _Asked, form: FormData, name: str, write: Callable[[], object]) -> Response:
    """Do it and go back to the page, or show the page with what is wrong beside the form of that name."""
    number = asked.contract.id
    try:
        write()
        asked.session.flush()
    except (NotAllowed, NotFound):
        raise
    except MatchmakerError as error:
        asked.session.rollback()
        values = {one: text_of(form, one) for one in form}
        return _page(asked, _Tried(values, FormErrors({name: str(error)}), name), error.status)
    return answer_redirect(asked.request, f"/contracts/{number}", flash="saved")


def _page(asked: _Asked, tried: _Tried, status: int = 200) -> Response:
    context = {
        "page": contract_view(asked.session, asked.contract, asked.by),
        "contract": asked.contract,
        "values": tried.values,
        "errors": tried.errors,
        "failed": tried.name,
        "chosen": tried.chosen,
        "ContractStep": ContractStep,
        "reasons": [(one.code, one.label) for one in rules().refusal_reasons.entries],
        "papers": [(one.value, one.label) for one in ContractPaper],
        "today": today(),
        "day": day,
        "moment": moment,
        "in_wan": in_wan,
        "yuan": yuan_shown,
    }
    return templates.TemplateResponse(asked.request, "contracts/contract.html", context, status_code=status)


def _fen(form: FormData, name: str) -> int:
    try:
        return fen_of_yuan(text_of(form, name))
    except ValueError as error:
        raise MalformedRequest(str(error), "金额以元为单位，如 125000 或 125000.50") from error


def _date(form: FormData, name: str, what: str) -> date:
    try:
        return date.fromisoformat(text_of(form, name))
    except ValueError as error:
        raise MalformedRequest(f"请填写{what}", "格式如 2026-11-23") from error


def _lines(content: Mapping[str, object]) -> list[tuple[str, str]]:
    """A version's content with headings, without what is empty."""
    told = ((label, in_words(name, content.get(name))) for name, label in FIELD_LABELS.items())
    return [(label, words) for label, words in told if words != EMPTY]
