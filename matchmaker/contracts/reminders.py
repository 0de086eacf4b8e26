"""What is told about contracts without anybody doing anything: days that have passed or are about to."""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, exists, select

from matchmaker.contracts.life import DECIDING
from matchmaker.contracts.telling import holders_of, notice_of, officials_for
from matchmaker.models.contract import ContractVersion, TechnologyContract
from matchmaker.models.contract_words import AmountCertainty, ContractStatus, VersionKind
from matchmaker.notices import NoticeText, notify, untold

# Draft measures art. 12: an application has to be made within the contract's validity. A month is time enough for the
# papers and one supplement.
ENDS_WITHIN_DAYS = 30
# A year after signing the accounts of the first year are closed: what was estimated can be stated.
AMOUNT_KNOWN_AFTER_DAYS = 365
TO_REGISTER = frozenset({ContractStatus.SIGNED, ContractStatus.RETURNED, ContractStatus.REFUSED})


def contract_reminders(session: Session, day: date) -> list[tuple[Sequence[int], NoticeText]]:
    """Whom to tell what has not been told: overdue decisions the officials; validity about to end and estimated amounts
    the parties. Each once; only reads.
    """
    table = TechnologyContract
    due: list[tuple[Sequence[int], NoticeText]] = []
    overdue = select(table).where(col(table.status).in_(DECIDING), col(table.decide_by) < day)
    for one in session.exec(overdue):
        what = f"的登记决定期限已过（{one.decide_by}），请向登记机构了解结果"
        due.append((officials_for(session, one), notice_of(one, what, f"overdue:{one.decide_by}")))
    ends = col(table.ends_on).between(day, day + timedelta(days=ENDS_WITHIN_DAYS))
    for one in session.exec(select(table).where(col(table.status).in_(TO_REGISTER), ends)):
        what = f"有效期将于 {one.ends_on} 届满，尚未申请登记；登记须在有效期内申请"
        due.append((holders_of(session, one), notice_of(one, what, f"ends:{one.ends_on}")))
    for one in session.exec(select(table).where(*_still_estimated(day))):
        what = f"签订时{one.amount_certainty.label}，已满一年，请按实际金额办理变更登记"
        due.append((holders_of(session, one), notice_of(one, what, f"amount:{one.signed_on}")))
    return untold(session, due)


def remind_contracts(
    session: Session, day: date, due: Sequence[tuple[Sequence[int], NoticeText]] | None = None
) -> None:
    """Tell them. `due` is what `contract_reminders` found a moment before the transaction."""
    for accounts, text in contract_reminders(session, day) if due is None else due:
        notify(session, accounts, text)


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
