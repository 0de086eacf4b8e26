"""What is told about contracts without anybody doing anything: days that have passed or are about to."""

from datetime import date, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, exists, select

from matchmaker.contracts.life import DECIDING
from matchmaker.contracts.telling import holders_of, officials_for, tell
from matchmaker.models.contract import ContractVersion, TechnologyContract
from matchmaker.models.contract_words import AmountCertainty, ContractStatus, VersionKind

# Draft measures art. 12: an application has to be made within the contract's validity. A month is time enough for the
# papers and one supplement.
ENDS_WITHIN_DAYS = 30
# A year after signing the accounts of the first year are closed: what was estimated can be stated.
AMOUNT_KNOWN_AFTER_DAYS = 365
TO_REGISTER = frozenset({ContractStatus.SIGNED, ContractStatus.RETURNED, ContractStatus.REFUSED})


def remind_contracts(session: Session, day: date) -> None:
    """Overdue decisions to the officials; validity about to end and estimated amounts to the parties. Each once."""
    table = TechnologyContract
    overdue = select(table).where(col(table.status).in_(DECIDING), col(table.decide_by) < day)
    for one in session.exec(overdue):
        what = f"的登记决定期限已过（{one.decide_by}），请向登记机构了解结果"
        tell(session, one, officials_for(session, one), what, key=f"overdue:{one.decide_by}")
    ends = col(table.ends_on).between(day, day + timedelta(days=ENDS_WITHIN_DAYS))
    for one in session.exec(select(table).where(col(table.status).in_(TO_REGISTER), ends)):
        what = f"有效期将于 {one.ends_on} 届满，尚未申请登记；登记须在有效期内申请"
        tell(session, one, holders_of(session, one), what, key=f"ends:{one.ends_on}")
    for one in session.exec(select(table).where(*_still_estimated(day))):
        what = f"签订时{one.amount_certainty.label}，已满一年，请按实际金额办理变更登记"
        tell(session, one, holders_of(session, one), what, key=f"amount:{one.signed_on}")


def _still_estimated(day: date) -> tuple[ColumnElement[bool], ...]:
    table = TechnologyContract
    changed = exists().where(
        col(ContractVersion.contract_id) == col(table.id),
        col(ContractVersion.kind).in_([VersionKind.AMENDMENT, VersionKind.CORRECTION]),
    )
    return (
        col(table.status) == ContractStatus.REGISTERED,
        col(table.amount_certainty) != AmountCertainty.FIXED,
        col(table.signed_on) <= day - timedelta(days=AMOUNT_KNOWN_AFTER_DAYS),
        ~changed,
    )
