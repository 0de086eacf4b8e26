"""The steps of a contract from signature to registration and beyond.

Each checks the one table (`life.py`), changes the row and appends the event; the caller commits. All raise NotFound
(not her business), NotAllowed (not her step), WrongStatus (not now), MalformedRequest (a day or a reason is missing).
What the registry does is only noted: the platform never decides and never issues a number.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import Session, col, select

from matchmaker.contracts.access import check_acting
from matchmaker.contracts.checks import Level, check
from matchmaker.contracts.life import ContractStep, Part
from matchmaker.contracts.links import fill_links, match_of, move_match
from matchmaker.contracts.numbers import check_is_free, checked_number
from matchmaker.contracts.recording import Told, check_day, check_note, put_on_record
from matchmaker.contracts.versions import end_pending, freeze
from matchmaker.contracts.working_days import add_working_days
from matchmaker.errors import ContractNotReady, MalformedRequest
from matchmaker.models.contract import ContractEvent, TechnologyContract
from matchmaker.models.contract_words import ContractStatus, VersionKind
from matchmaker.registration_rules import Limit, rules
from matchmaker.rights import Actor
from matchmaker.visibility import today


def record_signing(session: Session, contract: TechnologyContract, *, by: Actor, signed_on: date) -> None:
    """The parties have signed; the match it came from is signed with it."""
    check_acting(contract, ContractStep.SIGN, by)
    check_day(signed_on, "合同签订日期")
    if not contract.seller_name or not contract.buyer_name:
        raise MalformedRequest("还没有填写卖方或买方", "请先在“修改”中补全双方名称")
    contract.signed_on = signed_on
    put_on_record(session, contract, ContractStep.SIGN, by, Told(on=signed_on))
    move_match(session, contract, by)


def submit(session: Session, contract: TechnologyContract, *, by: Actor, on: date, reason: str = "") -> None:
    """Note that the application went to the registry on that day.

    While the pre-check finds errors ContractNotReady names them; who applied all the same says why in `reason`.
    """
    parts = check_acting(contract, ContractStep.SUBMIT, by)
    check_day(on, "申请日期", not_before=contract.signed_on, earlier="签订日期")
    if contract.status in (ContractStatus.RETURNED, ContractStatus.REFUSED):
        check_day(on, "申请日期", not_before=_sent_back_on(session, contract), earlier="上次退回或不予登记之日")
    errors = [
        one
        for one in check(session, contract, on)
        if one.level is Level.ERROR and (Part.OFFICIAL in parts or not one.officials_only)
    ]
    if errors and not reason.strip():
        named = "；".join(one.sentence for one in errors[:5])
        raise ContractNotReady(f"预检还有 {len(errors)} 处须改正：{named}", "请改正后再申请；已经申请的，请写明情况")
    contract.submitted_on, contract.accepted_on, contract.decide_by = on, None, None
    contract.refusal_reasons = []
    put_on_record(session, contract, ContractStep.SUBMIT, by, Told(on=on, note=reason))


def _sent_back_on(session: Session, contract: TechnologyContract) -> date | None:
    """When the registry last returned or refused it: what is mended comes after."""
    wanted = select(ContractEvent).where(
        col(ContractEvent.contract_id) == contract.id,
        col(ContractEvent.what).in_((ContractStep.RETURN, ContractStep.REFUSE)),
    )
    last = session.exec(wanted.order_by(col(ContractEvent.id).desc())).first()
    return last.happened_on if last is not None else None


def report_registration(
    session: Session, contract: TechnologyContract, *, by: Actor, number: str, on: date, note: str = ""
) -> None:
    """A party says what the registry gave: a hint to the officials, no registration yet."""
    check_acting(contract, ContractStep.REPORT, by)
    number = checked_number(number)
    check_day(on, "登记日期", not_before=contract.signed_on, earlier="签订日期")
    contract.reported_number, contract.reported_on = number, on
    put_on_record(session, contract, ContractStep.REPORT, by, Told(on=on, note=note or f"登记编号 {number}"))


def record_return(session: Session, contract: TechnologyContract, *, by: Actor, on: date, note: str) -> None:
    """The registry wants the application supplemented: its clock starts again with the supplement (art. 14)."""
    check_acting(contract, ContractStep.RETURN, by)
    check_day(on, "退回日期", not_before=contract.submitted_on, earlier="申请日期")
    check_note(note, "退回补正")
    contract.accepted_on, contract.decide_by = None, None
    put_on_record(session, contract, ContractStep.RETURN, by, Told(on=on, note=note))


def record_acceptance(
    session: Session, contract: TechnologyContract, *, by: Actor, on: date, is_disputed: bool = False
) -> None:
    """The registry has accepted the application: from now on it has so many working days to decide."""
    check_acting(contract, ContractStep.ACCEPT, by)
    check_day(on, "受理日期", not_before=contract.submitted_on, earlier="申请日期")
    contract.accepted_on, contract.is_disputed = on, is_disputed
    contract.decide_by = deadline_of(contract, on)
    put_on_record(session, contract, ContractStep.ACCEPT, by, Told(on=on))


def record_second_review(
    session: Session, contract: TechnologyContract, *, by: Actor, on: date, note: str = ""
) -> None:
    """The registry has passed it on to the experts: a large or disputed contract."""
    check_acting(contract, ContractStep.REVIEW, by)
    check_day(on, "转复核日期", not_before=contract.accepted_on, earlier="受理日期")
    contract.is_disputed = contract.is_disputed or not is_large(contract, on)
    contract.decide_by = deadline_of(contract, contract.accepted_on or on)
    put_on_record(session, contract, ContractStep.REVIEW, by, Told(on=on, note=note))


def record_registration(
    session: Session, contract: TechnologyContract, *, by: Actor, number: str, on: date, registry_name: str = ""
) -> None:
    """Note the number and the day the registry gave. From now on the contract is immutable and counts as turnover.

    Raises MalformedRequest (no number of 16 or 14 digits), NumberTaken (another contract has it).
    """
    check_acting(contract, ContractStep.REGISTER, by)
    number = checked_number(number)
    check_day(on, "登记日期", not_before=contract.signed_on, earlier="签订日期")
    check_is_free(session, contract, number, by=by)
    contract.registration_number, contract.registered_on = number, on
    contract.registry_name = registry_name or contract.registry_name
    put_on_record(session, contract, ContractStep.REGISTER, by, Told(on=on, note=f"登记编号 {number}"))
    freeze(session, contract, VersionKind.REGISTRATION, on, by=by)
    move_match(session, contract, by)


def record_refusal(
    session: Session, contract: TechnologyContract, *, by: Actor, on: date, reasons: Sequence[str], note: str = ""
) -> None:
    """Note that the registry refused, with reasons of the dated list; mended, it may be applied for again."""
    check_acting(contract, ContractStep.REFUSE, by)
    check_day(on, "决定日期", not_before=contract.submitted_on, earlier="申请日期")
    try:
        codes = list(dict.fromkeys(rules().refusal_reasons.code_of(one) for one in reasons))
    except ValueError as error:
        raise MalformedRequest(str(error), "请从列表中选择") from error
    if not codes:
        raise MalformedRequest("请选择不予登记的原因", "按登记机构的告知选择一项或几项")
    if codes == ["other"]:
        check_note(note, "选“其他”时")
    contract.refusal_reasons, contract.decide_by = codes, None
    put_on_record(session, contract, ContractStep.REFUSE, by, Told(on=on, note=note, reasons=codes))


def cancel(session: Session, contract: TechnologyContract, *, by: Actor, on: date, note: str) -> None:
    """Note 注销登记: the parties ended the contract. It leaves the turnover; what was reported stays reported."""
    _end(session, contract, ContractStep.CANCEL, VersionKind.CANCELLATION, by, Told(on=on, note=note))


def revoke(session: Session, contract: TechnologyContract, *, by: Actor, on: date, note: str) -> None:
    """Note 撤销登记: the registry found the registration wrong or false."""
    _end(session, contract, ContractStep.REVOKE, VersionKind.REVOCATION, by, Told(on=on, note=note))


def void(session: Session, contract: TechnologyContract, *, by: Actor, note: str) -> None:
    """The contract came to nothing before it was registered."""
    check_acting(contract, ContractStep.VOID, by)
    check_note(note, "作废")
    put_on_record(session, contract, ContractStep.VOID, by, Told(on=today(), note=note))


def link_match(session: Session, contract: TechnologyContract, *, by: Actor, match_id: int) -> None:
    """Note from which match a contract came that was entered without one; the match moves on with it.

    Raises NotFound (no such match, or not her business), MalformedRequest (there is one already).
    """
    check_acting(contract, ContractStep.LINK, by)
    if contract.match_id is not None:
        raise MalformedRequest(f"这份合同已关联对接 {contract.match_id}", "关联有误的请联系系统管理员")
    contract.match_id = match_of(session, match_id, by).id
    fill_links(session, contract, by=by)
    put_on_record(session, contract, ContractStep.LINK, by, Told(on=today(), note=f"对接 {match_id}"))
    move_match(session, contract, by)


def _end(
    session: Session, contract: TechnologyContract, step: ContractStep, kind: VersionKind, by: Actor, told: Told
) -> None:
    check_acting(contract, step, by)
    on = told.on or today()
    check_day(on, "日期", not_before=contract.registered_on, earlier="登记日期")
    check_note(told.note, step.label.removeprefix("记录"))
    end_pending(session, contract, by, told.note)
    contract.ended_on = on
    put_on_record(session, contract, step, by, told)
    freeze(session, contract, kind, on, by=by, reason=told.note)


def is_large(contract: TechnologyContract, on: date) -> bool:
    """Does its technology value make it a large contract 大额合同 under the rules of that day?"""
    return contract.technology_value_fen >= rules().limit("large_technology_value_fen", on).value


def deadline_of(contract: TechnologyContract, accepted_on: date) -> date:
    """Until when the registry has to decide (draft measures art. 14; before 2026 the measures of 2000)."""
    limit = decision_limit(contract, accepted_on)
    if limit.in_calendar_days:
        return accepted_on + timedelta(days=limit.value)
    return add_working_days(accepted_on, limit.value)


def decision_limit(contract: TechnologyContract, accepted_on: date) -> Limit:
    """How long the registry may take for it: longer for a large or disputed contract."""
    is_long = contract.is_disputed or is_large(contract, accepted_on)
    return rules().limit("large_decision_working_days" if is_long else "decision_working_days", accepted_on)
