"""What stands registered, version by version: registration, amendments 变更登记, corrections of our own slips.

A registered contract never changes in place (domain rule V15, draft measures art. 16): the new content becomes a
version with its reason and its day, the old ones stay.
"""

from datetime import date
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select

from matchmaker.contracts.access import check_acting
from matchmaker.contracts.life import ContractStep
from matchmaker.contracts.links import fill_links
from matchmaker.contracts.numbers import check_is_free, checked_number
from matchmaker.contracts.recording import Told, check_day, check_note, put_on_record
from matchmaker.errors import MalformedRequest, NotFound, WrongStatus
from matchmaker.models.contract import ContractAmendment, ContractFields, ContractVersion, TechnologyContract
from matchmaker.models.contract_shapes import ContractInput
from matchmaker.models.contract_words import AmendmentStatus, VersionKind
from matchmaker.records import check_version, write_values
from matchmaker.rights import PLATFORM, Actor
from matchmaker.visibility import today

# What the registry gave: no amendment changes it, only what was entered here may be wrong.
OF_THE_REGISTRY = ("registration_number", "registered_on", "registry_name")
_KEPT = (*ContractFields.model_fields, *OF_THE_REGISTRY, "status")


def freeze(
    session: Session, contract: TechnologyContract, kind: VersionKind, on: date, *, by: Actor, reason: str = ""
) -> ContractVersion:
    """Keep what the contract says now as its next version."""
    contract.version_number += 1
    session.flush()
    assert contract.id is not None  # noqa: S101 — flushed
    version = ContractVersion(
        contract_id=contract.id,
        number=contract.version_number,
        kind=kind,
        effective_on=on,
        reason=reason,
        content=contract.model_dump(mode="json", include=set(_KEPT)),
        contract_value_fen=contract.contract_value_fen,
        technology_value_fen=contract.technology_value_fen,
        recorded_by_id=by.account_id,
    )
    session.add(version)
    return version


def versions_of(session: Session, contract: TechnologyContract) -> list[ContractVersion]:
    """All versions, the newest first."""
    wanted = select(ContractVersion).where(col(ContractVersion.contract_id) == contract.id)
    return list(session.exec(wanted.order_by(col(ContractVersion.number).desc())))


def apply_for_amendment(
    session: Session, contract: TechnologyContract, changes: dict[str, Any], *, by: Actor, reason: str
) -> ContractAmendment:
    """Note that the seller has applied for a change: `changes` are fields of `ContractFields` with new values.

    One at a time. Raises MalformedRequest for values that do not fit or change nothing.
    """
    check_acting(contract, ContractStep.AMEND, by)
    check_note(reason, "变更登记")
    if pending_amendment(session, contract) is not None:
        raise WrongStatus("这份合同已有一项变更登记在办", "请等结果记录后再申请，或先撤回它")
    checked = checked_changes(contract, changes)
    amendment = ContractAmendment(
        contract_id=contract.id or 0,
        values={name: _plain(contract, name, value) for name, value in checked.items()},
        reason=reason,
        applied_on=today(),
        applied_by_id=by.account_id,
    )
    session.add(amendment)
    put_on_record(session, contract, ContractStep.AMEND, by, Told(on=today(), note=reason))
    return amendment


def decide_amendment(
    session: Session, contract: TechnologyContract, *, by: Actor, granted: bool, on: date, note: str = ""
) -> ContractVersion | None:
    """Note what the registry decided of the pending change; granted, it becomes the next version, which is returned."""
    check_acting(contract, ContractStep.DECIDE_AMENDMENT, by)
    amendment = pending_amendment(session, contract)
    if amendment is None:
        raise WrongStatus("这份合同没有在办的变更登记", "请刷新页面")
    check_day(on, "变更日期", not_before=contract.registered_on, earlier="登记日期")
    if not granted:
        check_note(note, "未予变更")
    # A correction may have said the same meanwhile: what the registry granted is a version all the same.
    changes = checked_changes(contract, amendment.values, may_be_there=True) if granted else {}
    amendment.status = AmendmentStatus.RECORDED if granted else AmendmentStatus.REFUSED
    amendment.decided_on, amendment.decided_by_id, amendment.note = on, by.account_id, note
    session.add(amendment)
    if not granted:
        put_on_record(session, contract, ContractStep.DECIDE_AMENDMENT, by, Told(on=on, note=f"未予变更：{note}"))
        return None
    _apply(session, contract, changes)
    put_on_record(session, contract, ContractStep.DECIDE_AMENDMENT, by, Told(on=on, note=amendment.reason))
    return freeze(session, contract, VersionKind.AMENDMENT, on, by=by, reason=amendment.reason)


def withdraw_amendment(session: Session, contract: TechnologyContract, *, by: Actor, note: str = "") -> None:
    """The pending change is not pursued."""
    check_acting(contract, ContractStep.WITHDRAW_AMENDMENT, by)
    if not end_pending(session, contract, by, note):
        raise WrongStatus("这份合同没有在办的变更登记", "请刷新页面")
    put_on_record(session, contract, ContractStep.WITHDRAW_AMENDMENT, by, Told(on=today(), note=note))


def end_pending(session: Session, contract: TechnologyContract, by: Actor, note: str) -> bool:
    """Withdraw what is pending, if anything is; says whether there was."""
    amendment = pending_amendment(session, contract)
    if amendment is None:
        return False
    amendment.status, amendment.note = AmendmentStatus.WITHDRAWN, note
    amendment.decided_on, amendment.decided_by_id = today(), by.account_id
    session.add(amendment)
    return True


def correct(
    session: Session, contract: TechnologyContract, changes: dict[str, Any], *, by: Actor, reason: str, version: int
) -> ContractVersion:
    """Mend what was entered wrongly here: the registry's record was right all the time. Officials only, with a reason.

    `changes` may also name what the registry gave: `registration_number`, `registered_on`, `registry_name`. `version`
    is the contract's as it was read. Raises VersionConflict, MalformedRequest, NumberTaken.
    """
    check_acting(contract, ContractStep.CORRECT, by)
    check_version(contract, version)
    check_note(reason, "更正台账")
    given = _given_by_registry(session, contract, changes, by)
    others = {name: value for name, value in changes.items() if name not in OF_THE_REGISTRY}
    mended = checked_changes(contract, others, may_be_there=bool(given)) | given
    check_day(
        mended.get("registered_on") or contract.registered_on or today(),
        "登记日期",
        not_before=mended.get("signed_on", contract.signed_on),
        earlier="签订日期",
    )
    _apply(session, contract, mended)
    put_on_record(session, contract, ContractStep.CORRECT, by, Told(on=today(), note=reason))
    return freeze(session, contract, VersionKind.CORRECTION, today(), by=by, reason=reason)


def pending_amendment(session: Session, contract: TechnologyContract) -> ContractAmendment | None:
    """The change that is with the registry, if one is."""
    return session.exec(
        select(ContractAmendment).where(
            col(ContractAmendment.contract_id) == contract.id,
            col(ContractAmendment.status) == AmendmentStatus.PENDING,
        )
    ).first()


def amendments_of(session: Session, contract: TechnologyContract) -> list[ContractAmendment]:
    """All changes ever applied for, the newest first."""
    wanted = select(ContractAmendment).where(col(ContractAmendment.contract_id) == contract.id)
    return list(session.exec(wanted.order_by(col(ContractAmendment.id).desc())))


def amendment_by_id(session: Session, contract: TechnologyContract, amendment_id: int) -> ContractAmendment:
    """One change that was applied for. Raises NotFound, also for another contract's."""
    found = session.get(ContractAmendment, amendment_id)
    if found is None or found.contract_id != contract.id:
        raise NotFound(f"这份合同没有编号为 {amendment_id} 的变更申请", "请重新读取变更登记的申请")
    return found


def version_by_number(session: Session, contract: TechnologyContract, number: int) -> ContractVersion:
    """One version. Raises NotFound."""
    found = session.exec(
        select(ContractVersion).where(
            col(ContractVersion.contract_id) == contract.id, col(ContractVersion.number) == number
        )
    ).first()
    if found is None:
        raise NotFound(f"这份合同没有第 {number} 版", "请从合同页面重新进入")
    return found


def checked_changes(
    contract: TechnologyContract, changes: dict[str, Any], *, may_be_there: bool = False
) -> dict[str, Any]:
    """The changes as typed values, those that change nothing left out. Raises MalformedRequest, also where nothing is
    left, unless the changes may be there already.
    """
    unknown = [name for name in changes if name not in ContractFields.model_fields]
    if unknown:
        raise MalformedRequest(f"没有这些字段：{'、'.join(unknown)}", "请核对字段名")
    whole = contract.model_dump(mode="json", include=set(ContractFields.model_fields)) | changes
    try:
        checked = ContractInput.model_validate(whole)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        reason = str(first["msg"]).removeprefix("Value error, ")
        raise MalformedRequest(f"变更后的内容不能成立：{reason}", "请核对变更的字段") from error
    if checked.signed_on is None:
        raise MalformedRequest("已登记的合同不能没有签订日期", "请填写合同上的签订日期")
    wanted = {name: getattr(checked, name) for name in changes}
    found = {name: value for name, value in wanted.items() if getattr(contract, name) != value}
    if not found and not may_be_there:
        raise MalformedRequest("没有任何改动", "请填写要变更的内容")
    income = found.get("technology_value_fen", contract.technology_value_fen)
    if contract.technology_income_fen > income:
        raise MalformedRequest("变更后的技术交易额小于已核定的技术性收入", "请先核对收入核定记录")
    return found


def _given_by_registry(
    session: Session, contract: TechnologyContract, changes: dict[str, Any], by: Actor
) -> dict[str, Any]:
    """Number, day and registry as they should have been entered; those that stand there already are left out."""
    stated = {name: changes[name] for name in OF_THE_REGISTRY if name in changes}
    if "registration_number" in stated:
        stated["registration_number"] = checked_number(str(stated["registration_number"] or ""))
        check_is_free(session, contract, stated["registration_number"], by=by)
    if "registered_on" in stated:
        stated["registered_on"] = _day(stated["registered_on"])
    if "registry_name" in stated:
        stated["registry_name"] = str(stated["registry_name"] or "").strip()[:200]
    return {name: value for name, value in stated.items() if getattr(contract, name) != value}


def _day(stated: Any) -> date:
    """A date, or one in ISO form as JSON has it. Raises MalformedRequest."""
    try:
        return stated if isinstance(stated, date) else date.fromisoformat(stated)
    except (TypeError, ValueError) as error:
        raise MalformedRequest("登记日期不是日期", "照登记证明填写，格式如 2026-11-23") from error


def _apply(session: Session, contract: TechnologyContract, changes: dict[str, Any]) -> None:
    if write_values(contract, changes):
        contract.version -= 1  # the step counts it
    fill_links(session, contract, by=PLATFORM)


def _plain(contract: TechnologyContract, name: str, value: Any) -> Any:
    copy = ContractInput.model_construct(**{name: value})
    return copy.model_dump(mode="json", include={name})[name]
