"""Money received under a contract, and the part of it the registry verified as technology income 技术性收入."""

from datetime import date

from sqlmodel import Session, col, func, select

from matchmaker.contracts.access import check_acting
from matchmaker.contracts.life import ContractStep
from matchmaker.contracts.recording import Told, check_day, check_note, put_on_record
from matchmaker.errors import MalformedRequest, NotFound, WrongStatus
from matchmaker.models.contract import LARGEST_FEN, ContractReceipt, TechnologyContract
from matchmaker.rights import Actor


def receipts_of(session: Session, contract: TechnologyContract) -> list[ContractReceipt]:
    """In the order the money came."""
    wanted = select(ContractReceipt).where(col(ContractReceipt.contract_id) == contract.id)
    return list(session.exec(wanted.order_by(col(ContractReceipt.received_on), col(ContractReceipt.id))))


def record_receipt(
    session: Session, contract: TechnologyContract, *, by: Actor, on: date, amount_fen: int, note: str = ""
) -> ContractReceipt:
    """The seller received money. More than the contract's value is refused unless the amounts were not certain."""
    check_acting(contract, ContractStep.RECEIVE, by)
    check_day(on, "到款日期", not_before=contract.signed_on, earlier="签订日期")
    if not 0 < amount_fen <= LARGEST_FEN:
        raise MalformedRequest("到款金额应大于零", "请按银行回单填写，单位为元")
    if contract.amount_certainty == "fixed" and contract.received_fen + amount_fen > contract.contract_value_fen:
        raise MalformedRequest("到款合计超过合同成交额", "请核对金额的单位（元）；合同金额已变更的，请先办理变更")
    receipt = ContractReceipt(
        contract_id=contract.id or 0,
        received_on=on,
        amount_fen=amount_fen,
        note=note[:500],
        recorded_by_id=by.account_id,
    )
    session.add(receipt)
    put_on_record(session, contract, ContractStep.RECEIVE, by, Told(on=on, note=note))
    _add_up(session, contract)
    return receipt


def verify_income(
    session: Session, contract: TechnologyContract, receipt_id: int, *, by: Actor, on: date, income_fen: int
) -> ContractReceipt:
    """Note how much of a receipt the registry verified as technology income (domain.md §2.3): never more than came
    in, and in all never more than the technology value.
    """
    check_acting(contract, ContractStep.VERIFY, by)
    receipt = _receipt(session, contract, receipt_id)
    check_day(on, "核定日期", not_before=receipt.received_on, earlier="到款日期")
    if not 0 <= income_fen <= receipt.amount_fen:
        raise MalformedRequest("核定的技术性收入大于这笔到款", "请照核定单填写，单位为元")
    others = contract.technology_income_fen - (receipt.technology_income_fen or 0)
    if others + income_fen > contract.technology_value_fen:
        raise MalformedRequest("核定的技术性收入合计大于技术交易额", "请核对核定单；技术交易额有变更的，请先办理变更")
    receipt.technology_income_fen, receipt.verified_on = income_fen, on
    session.add(receipt)
    put_on_record(session, contract, ContractStep.VERIFY, by, Told(on=on))
    _add_up(session, contract)
    return receipt


def remove_receipt(session: Session, contract: TechnologyContract, receipt_id: int, *, by: Actor, note: str) -> None:
    """Take back an entry that was wrong; what has been verified stays."""
    check_acting(contract, ContractStep.RECEIVE, by)
    receipt = _receipt(session, contract, receipt_id)
    check_note(note, "删除到款记录")
    if receipt.verified_on is not None:
        raise WrongStatus("这笔到款已核定技术性收入，不能删除", "如核定有误，请由主管部门重新记录核定金额")
    session.delete(receipt)
    put_on_record(session, contract, ContractStep.RECEIVE, by, Told(note=f"删除到款记录：{note}"))
    _add_up(session, contract)


def _receipt(session: Session, contract: TechnologyContract, receipt_id: int) -> ContractReceipt:
    receipt = session.get(ContractReceipt, receipt_id)
    if receipt is None or receipt.contract_id != contract.id:
        raise NotFound("没有这笔到款记录", "请刷新合同页面")
    return receipt


def _add_up(session: Session, contract: TechnologyContract) -> None:
    """The contract's two sums are those of its receipts, always."""
    session.flush()
    received, income = session.exec(
        select(
            func.coalesce(func.sum(ContractReceipt.amount_fen), 0),
            func.coalesce(func.sum(ContractReceipt.technology_income_fen), 0),
        ).where(col(ContractReceipt.contract_id) == contract.id)
    ).one()
    contract.received_fen, contract.technology_income_fen = int(received or 0), int(income or 0)
    session.add(contract)
