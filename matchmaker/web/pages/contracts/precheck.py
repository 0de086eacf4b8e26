"""The pre-check of a contract: wizard and result on one page, the filled-in national form, the sheet for paper."""

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from matchmaker.contracts import ContractStep, files_of, open_steps, readable_contract
from matchmaker.contracts.checks import OVERRIDABLE, Level
from matchmaker.errors import MalformedRequest
from matchmaker.models.contract import TechnologyContract
from matchmaker.precheck import answer, form_sections, national_form, override, precheck, questions_for
from matchmaker.precheck.answering import ANSWERS, LONGEST_REASON
from matchmaker.precheck.form_fields import NO_NUMBER
from matchmaker.rights import Actor
from matchmaker.visibility import today
from matchmaker.web.dependencies import DatabaseDep, SessionDep
from matchmaker.web.forms import FormErrors, SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.contracts.ledger import ContractId, Recorder
from matchmaker.web.readings import FORM_TAKEN, note_download
from matchmaker.web.templating import templates
from matchmaker.web.workbook import workbook_answer

router = APIRouter(prefix="/contracts", include_in_schema=False, default_response_class=Response)

_QUESTION = "question-"


@router.get("/{contract_id:int}/precheck")
def precheck_page(request: Request, session: SessionDep, reader: Recorder, contract_id: ContractId) -> Response:
    """What stands in the way of the application, the questions, the papers, where and until when."""
    return _page(request, session, readable_contract(session, contract_id, reader), reader, FormErrors())


@router.post("/{contract_id:int}/precheck/answers")
def keep_answers(
    request: Request, session: SessionDep, by: Recorder, contract_id: ContractId, form: SubmittedForm
) -> Response:
    """Keep what was answered; a question without an answer stays open."""
    contract = readable_contract(session, contract_id, by)
    given = {one.code: text_of(form, f"{_QUESTION}{one.code}") for one in questions_for(contract)}
    try:
        answer(session, contract, {code: one for code, one in given.items() if one}, by=by)
    except MalformedRequest as error:
        return _again(request, session, contract, by, FormErrors({"questions": str(error)}))
    return answer_redirect(request, f"/contracts/{contract_id}/precheck", flash="saved")


@router.post("/{contract_id:int}/precheck/overrides")
def keep_override(
    request: Request, session: SessionDep, by: Recorder, contract_id: ContractId, form: SubmittedForm
) -> Response:
    """Say why a warning is right as it is; an empty reason takes that back."""
    contract = readable_contract(session, contract_id, by)
    rule, reason = text_of(form, "rule"), text_of(form, "reason")
    try:
        override(session, contract, rule, reason, by=by)
    except MalformedRequest as error:
        return _again(request, session, contract, by, FormErrors({"": str(error)}))
    return answer_redirect(request, f"/contracts/{contract_id}/precheck", flash="saved")


@router.get("/{contract_id:int}/form.xlsx")
def form_file(session: SessionDep, database: DatabaseDep, reader: Recorder, contract_id: ContractId) -> Response:
    """The national form as a workbook; recorded in the audit trail, because it names contacts."""
    contract = readable_contract(session, contract_id, reader)
    content = national_form(session, contract)
    note_download(database, contract, reader, FORM_TAKEN)
    return workbook_answer(content, f"registration-form-{contract.id}")


@router.get("/{contract_id:int}/sheet")
def sheet(
    request: Request, session: SessionDep, database: DatabaseDep, reader: Recorder, contract_id: ContractId
) -> Response:
    """The form, the findings and the papers on A4; recorded as the workbook is."""
    contract = readable_contract(session, contract_id, reader)
    note_download(database, contract, reader, FORM_TAKEN)
    context = {
        "contract": contract,
        "sections": form_sections(contract),
        "found": precheck(session, contract, reader=reader),
        "files": files_of(session, contract),
        "today": today(),
        "no_number": NO_NUMBER,
    }
    return templates.TemplateResponse(request, "precheck/sheet.html", context)


def _again(request: Request, session: Session, contract: TechnologyContract, by: Actor, errors: FormErrors) -> Response:
    session.rollback()
    return _page(request, session, contract, by, errors)


def _page(request: Request, session: Session, contract: TechnologyContract, by: Actor, errors: FormErrors) -> Response:
    steps = open_steps(session, contract, by)
    context = {
        "contract": contract,
        "path": f"/contracts/{contract.id}",
        "found": precheck(session, contract, reader=by),
        "can_change": ContractStep.REVISE in steps,
        "can_submit": ContractStep.SUBMIT in steps,
        "answers": ANSWERS.items(),
        "overridable": OVERRIDABLE,
        "longest_reason": LONGEST_REASON,
        "Level": Level,
        "errors": errors,
        "today": today(),
        "no_number": NO_NUMBER,
    }
    return templates.TemplateResponse(request, "precheck/precheck.html", context, status_code=422 if errors else 200)
