"""Any step by its name: what a form or a program sends, and the verb it becomes."""

from collections.abc import Callable
from datetime import date

from pydantic import BaseModel, Field
from sqlmodel import Session

from matchmaker.contracts import steps, versions
from matchmaker.contracts.access import parts_of
from matchmaker.contracts.life import ContractStep, Part, may_take
from matchmaker.errors import MalformedRequest
from matchmaker.models.base import OUTSIDE
from matchmaker.models.contract import TechnologyContract
from matchmaker.records import check_version
from matchmaker.rights import Actor, Right
from matchmaker.visibility import today


class StepRequest(BaseModel):
    """What a step says. Which fields count depends on the step; the others are ignored."""

    model_config = OUTSIDE

    on: date | None = Field(default=None, description="办理日期；不填为当天")
    note: str = Field(default="", max_length=1000, description="说明或原因")
    number: str = Field(default="", max_length=40, description="合同登记编号（16 位，早年为 14 位）")
    registry_name: str = Field(default="", max_length=200, description="登记机构")
    reasons: list[str] = Field(default_factory=list, max_length=20, description="不予登记的原因（代码或名称）")
    is_disputed: bool = Field(default=False, description="登记机构认为有争议，按大额复核的期限")
    granted: bool | None = Field(default=None, description="变更登记是否准予")
    match_id: int | None = Field(default=None, ge=1, le=2**31 - 1, description="对接编号")


class SentStep(StepRequest):
    """A step from outside: `version` is the one that was read; another one is refused."""

    version: int = Field(ge=1, le=2**31 - 1, description="读到的版本号")


def do(session: Session, contract: TechnologyContract, step: ContractStep, asked: StepRequest, *, by: Actor) -> None:
    """Take the step. Raises what its verb raises; VersionConflict where the contract was changed since it was read;
    MalformedRequest for a step that has a form of its own.
    """
    if isinstance(asked, SentStep):
        check_version(contract, asked.version)
    verb = _DOING.get(step)
    if verb is None:
        raise MalformedRequest(f"“{step.label}”不是单独的步骤", "请从合同页面上对应的栏目办理")
    verb(session, contract, asked, by)


def open_steps(session: Session, contract: TechnologyContract, by: Actor) -> list[ContractStep]:
    """What she may do with the contract now, in the order of the table of steps."""
    parts = parts_of(contract, by)
    if not parts or not by.may(Right.RECORD_REGISTRATIONS if Part.OFFICIAL in parts else Right.RECORD_CONTRACTS):
        return []
    is_pending = versions.pending_amendment(session, contract) is not None
    hidden = {ContractStep.AMEND} if is_pending else {ContractStep.DECIDE_AMENDMENT, ContractStep.WITHDRAW_AMENDMENT}
    if Part.OFFICIAL in parts:
        # She records the result itself.
        hidden.add(ContractStep.REPORT)
    if contract.match_id is not None:
        hidden.add(ContractStep.LINK)
    if contract.received_fen == 0:
        hidden.add(ContractStep.VERIFY)
    return [
        step
        for step in ContractStep
        if step is not ContractStep.CREATE and step not in hidden and may_take(step, contract.status, parts)
    ]


def _day(asked: StepRequest) -> date:
    return asked.on or today()


def _sign(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
    if asked.on is None:
        raise MalformedRequest("请填写合同签订日期", "照合同文本填写，格式如 2026-11-23")
    steps.record_signing(session, contract, by=by, signed_on=asked.on)


def _submit(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
    steps.submit(session, contract, by=by, on=_day(asked), reason=asked.note)


def _report(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
    steps.report_registration(session, contract, by=by, number=asked.number, on=_day(asked), note=asked.note)


def _accept(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
    steps.record_acceptance(session, contract, by=by, on=_day(asked), is_disputed=asked.is_disputed)


def _register(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
    if asked.on is None:
        raise MalformedRequest("请填写登记日期", "照登记证明填写，成交额按登记日期统计")
    steps.record_registration(
        session, contract, by=by, number=asked.number, on=asked.on, registry_name=asked.registry_name
    )


def _refuse(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
    steps.record_refusal(session, contract, by=by, on=_day(asked), reasons=asked.reasons, note=asked.note)


def _decide(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
    if asked.granted is None:
        raise MalformedRequest("请选择是否准予变更", "按登记机构的决定选择")
    versions.decide_amendment(session, contract, by=by, granted=asked.granted, on=_day(asked), note=asked.note)


def _withdraw(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
    versions.withdraw_amendment(session, contract, by=by, note=asked.note)


def _void(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
    steps.void(session, contract, by=by, note=asked.note)


def _link(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
    if asked.match_id is None:
        raise MalformedRequest("请填写对接编号", "编号在对接页面的标题下")
    steps.link_match(session, contract, by=by, match_id=asked.match_id)


def _dated(verb: Callable[..., None]) -> Callable[[Session, TechnologyContract, StepRequest, Actor], None]:
    """A verb that takes a day and a note."""

    def do_it(session: Session, contract: TechnologyContract, asked: StepRequest, by: Actor) -> None:
        verb(session, contract, by=by, on=_day(asked), note=asked.note)

    return do_it


_DOING: dict[ContractStep, Callable[[Session, TechnologyContract, StepRequest, Actor], None]] = {
    ContractStep.SIGN: _sign,
    ContractStep.SUBMIT: _submit,
    ContractStep.REPORT: _report,
    ContractStep.RETURN: _dated(steps.record_return),
    ContractStep.ACCEPT: _accept,
    ContractStep.REVIEW: _dated(steps.record_second_review),
    ContractStep.REGISTER: _register,
    ContractStep.REFUSE: _refuse,
    ContractStep.DECIDE_AMENDMENT: _decide,
    ContractStep.WITHDRAW_AMENDMENT: _withdraw,
    ContractStep.CANCEL: _dated(steps.cancel),
    ContractStep.REVOKE: _dated(steps.revoke),
    ContractStep.VOID: _void,
    ContractStep.LINK: _link,
}
