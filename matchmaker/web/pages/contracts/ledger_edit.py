"""The form of a contract: a new one, one that is revised, amended or corrected."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from matchmaker.audit import reason_for
from matchmaker.contracts import (
    OPEN,
    ContractQuery,
    ContractStep,
    apply_for_amendment,
    contracts_page,
    correct,
    create_contract,
    open_steps,
    proposed_contract,
    readable_contract,
    revise_contract,
)
from matchmaker.contracts.versions import OF_THE_REGISTRY
from matchmaker.errors import MatchmakerError, NotAllowed, NotFound
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate, ContractInput, ContractUpdate, country_name
from matchmaker.models.match import Match
from matchmaker.records import check_version
from matchmaker.rights import Actor
from matchmaker.web.dependencies import SessionDep
from matchmaker.web.forms import SubmittedForm, answer_redirect, text_of
from matchmaker.web.pages.contracts.ledger import ContractId, Recorder, number_of
from matchmaker.web.pages.contracts.ledger_form import ContractForm, form_context, form_of, read_form, registry_typed
from matchmaker.web.templating import templates

router = APIRouter(prefix="/contracts", include_in_schema=False, default_response_class=Response)

MatchId = Annotated[int | None, Query(alias="match", ge=1, le=2**31 - 1)]


@router.get("/new")
def new_contract(request: Request, session: SessionDep, by: Recorder, match_id: MatchId = None) -> Response:
    """An empty form, or one filled in from a match."""
    if match_id is None:
        here = country_name("CN")
        typed = {"amount_certainty": "fixed", "seller_country": here, "buyer_country": here}
        return _form(request, ContractForm(typed=typed))
    proposed = proposed_contract(session, _match(session, match_id), by=by)
    known = contracts_page(session, ContractQuery(match_id=match_id), reader=by).contracts
    return _form(request, form_of(proposed), match_id=match_id, known=known)


@router.post("/new")
def add_contract(request: Request, session: SessionDep, by: Recorder, sent: SubmittedForm) -> Response:
    """A draft, or a signed contract where the day of signing is stated."""
    form = read_form(sent)
    match_id = number_of(text_of(sent, "match"))
    create = form.shape(ContractCreate, match_id=match_id)
    if create is not None:
        try:
            contract = create_contract(session, create, by=by)
        except (NotAllowed, NotFound):
            raise
        except MatchmakerError as error:
            form.errors.add("", str(error))
        else:
            session.flush()
            return answer_redirect(request, f"/contracts/{contract.id}", flash="saved")
    session.rollback()
    return _form(request, form, match_id=match_id)


@router.get("/{contract_id:int}/edit")
def edit_contract(request: Request, session: SessionDep, by: Recorder, contract_id: ContractId) -> Response:
    contract = _open_for(session, contract_id, ContractStep.REVISE, by)
    return _form(request, form_of(contract), contract=contract)


@router.post("/{contract_id:int}/edit")
def save_contract(
    request: Request, session: SessionDep, by: Recorder, contract_id: ContractId, sent: SubmittedForm
) -> Response:
    contract, form = readable_contract(session, contract_id, by), read_form(sent)
    update = form.shape(ContractUpdate, version=number_of(text_of(sent, "version")) or 0)
    if update is not None:
        try:
            revise_contract(session, contract, update, by=by)
            return answer_redirect(request, f"/contracts/{contract_id}", flash="saved")
        except (NotAllowed, NotFound):
            raise
        except MatchmakerError as error:
            form.errors.add("", str(error))
    session.rollback()
    return _form(request, form, contract=contract)


@router.get("/{contract_id:int}/amend")
def new_amendment(request: Request, session: SessionDep, by: Recorder, contract_id: ContractId) -> Response:
    """The form of the contract, for what is to be changed at the registry."""
    contract = _open_for(session, contract_id, ContractStep.AMEND, by)
    return _form(request, form_of(contract), contract=contract, step=ContractStep.AMEND)


@router.post("/{contract_id:int}/amend")
def add_amendment(
    request: Request, session: SessionDep, by: Recorder, contract_id: ContractId, sent: SubmittedForm
) -> Response:
    return _change(request, session, readable_contract(session, contract_id, by), ContractStep.AMEND, by, sent)


@router.get("/{contract_id:int}/correct")
def new_correction(request: Request, session: SessionDep, by: Recorder, contract_id: ContractId) -> Response:
    """The form of the contract, for what was entered wrongly here."""
    contract = _open_for(session, contract_id, ContractStep.CORRECT, by)
    form = form_of(contract)
    form.typed |= registry_typed(contract)
    return _form(request, form, contract=contract, step=ContractStep.CORRECT)


@router.post("/{contract_id:int}/correct")
def add_correction(
    request: Request, session: SessionDep, by: Recorder, contract_id: ContractId, sent: SubmittedForm
) -> Response:
    return _change(request, session, readable_contract(session, contract_id, by), ContractStep.CORRECT, by, sent)


def _change(
    request: Request, session: Session, contract: TechnologyContract, step: ContractStep, by: Actor, sent: Any
) -> Response:
    """An amendment or a correction: the fields that differ, with a reason."""
    form, reason = read_form(sent), text_of(sent, "reason")
    if not reason:
        form.errors.add("reason", "请写明原因，将随版本保存")
    checked = form.shape(ContractInput)
    if checked is not None:
        changes: dict[str, Any] = {
            name: value
            for name, value in checked.model_dump(mode="json").items()
            if getattr(checked, name) != getattr(contract, name)
        }
        if step is ContractStep.CORRECT:
            changes |= {name: text_of(sent, name) for name in OF_THE_REGISTRY if name in sent}
        try:
            with reason_for(session, reason):
                if step is ContractStep.AMEND:
                    # The form sends every field: over another version it would ask to undo what was corrected since.
                    check_version(contract, number_of(text_of(sent, "version")) or 0)
                    apply_for_amendment(session, contract, changes, by=by, reason=reason)
                else:
                    version = number_of(text_of(sent, "version")) or 0
                    correct(session, contract, changes, by=by, reason=reason, version=version)
                session.flush()
            return answer_redirect(request, f"/contracts/{contract.id}", flash="saved")
        except (NotAllowed, NotFound):
            raise
        except MatchmakerError as error:
            form.errors.add("", str(error))
    session.rollback()
    return _form(request, form, contract=contract, step=step)


def _open_for(session: Session, contract_id: int, step: ContractStep, by: Actor) -> TechnologyContract:
    contract = readable_contract(session, contract_id, by)
    if step not in open_steps(session, contract, by):
        fix = "已登记的内容须“申请变更登记”" if contract.status not in OPEN else "请从合同页面按列出的步骤办理"
        raise NotAllowed(f"“{contract.status.label}”的合同现在不能由您“{step.label}”", fix)
    return contract


def _match(session: Session, match_id: int) -> Match:
    match = session.get(Match, match_id)
    if match is None:
        raise NotFound(f"没有编号为 {match_id} 的对接，或它与您无关", "请从“对接”列表重新进入")
    return match


def _form(
    request: Request,
    form: ContractForm,
    *,
    contract: TechnologyContract | None = None,
    step: ContractStep = ContractStep.REVISE,
    match_id: int | None = None,
    known: Any = (),
) -> Response:
    context = {
        **form_context(form),
        "contract": contract,
        "step": step,
        "ContractStep": ContractStep,
        "match_id": match_id,
        "known": known,
    }
    return templates.TemplateResponse(request, "contracts/form.html", context, status_code=422 if form.errors else 200)
