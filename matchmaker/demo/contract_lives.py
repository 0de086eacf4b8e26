"""The contracts of the demo city's carried matches, each step taken by whoever would take it."""

from datetime import date, timedelta

from sqlmodel import Session

from matchmaker import contracts
from matchmaker.demo.last_year import last_complete_year
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_shapes import ContractUpdate
from matchmaker.models.contract_words import PaymentMode
from matchmaker.models.match import Match
from matchmaker.money import FEN_PER_WAN
from matchmaker.rights import Actor


def draft_from(session: Session, match: Match, *, by: Actor) -> TechnologyContract:
    """A draft of the broker, filled in from the match, with the amounts that are being talked about."""
    contract = contracts.contract_from_match(session, match, by=by)
    contract.is_demo = True
    value = (28 + (match.id or 0) * 13 % 90) * FEN_PER_WAN
    update = ContractUpdate(
        version=contract.version,
        contract_value_fen=value,
        technology_value_fen=value,
        payment_mode=PaymentMode.INSTALMENTS,
        subject="按双方确认的技术指标完成开发、试样与现场验证，交付工艺文件和验收报告。",
        plan_source="none",
        objective="industry",
        is_related_party=False,
    )
    return contracts.revise_contract(session, contract, update, by=by)


def sign(session: Session, contract: TechnologyContract, *, by: Actor, on: date) -> TechnologyContract:
    """Signed; the match and the need move on with it."""
    update = ContractUpdate(version=contract.version, begins_on=on, ends_on=on + timedelta(days=540))
    contracts.revise_contract(session, contract, update, by=by)
    contracts.record_signing(session, contract, by=by, signed_on=on)
    return contract


def register(session: Session, contract: TechnologyContract, *, broker: Actor, city: Actor, on: date) -> None:
    """Applied for, accepted and registered at the seller's place; the first money has come."""
    signed_on = contract.signed_on or on
    # The figures of the last complete year are those of the report: what is told here happens in this one.
    on = max(on, date(last_complete_year() + 1, 1, 1))
    third = (on - signed_on) / 3
    contracts.submit(session, contract, by=broker, on=signed_on + third, reason="材料已在卖方所在地窗口提交")
    contracts.record_acceptance(session, contract, by=city, on=signed_on + 2 * third)
    number = f"{on.year}340000{contract.id or 0:06}"
    contracts.record_registration(
        session, contract, by=city, number=number, on=on, registry_name="卖方所在地技术合同登记站"
    )
    amount = contract.contract_value_fen * 2 // 5
    receipt = contracts.record_receipt(session, contract, by=broker, on=on, amount_fen=amount, note="首期款")
    session.flush()
    contracts.verify_income(session, contract, receipt.id or 0, by=city, on=on, income_fen=amount)
