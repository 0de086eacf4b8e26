"""What there is to do with technology contracts: for those who have them to be registered, and for the officials."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, col, func, select

from matchmaker.contracts import DECIDING, concerns
from matchmaker.contracts.reminders import ENDS_WITHIN_DAYS, TO_REGISTER
from matchmaker.models.contract import ContractAmendment, TechnologyContract
from matchmaker.models.contract_words import AmendmentStatus, ContractStatus
from matchmaker.rights import Actor
from matchmaker.visibility import today
from matchmaker.worklist.base import SHOWN, WorkItem, WorkKind, WorkList

_RETURNED = (ContractStatus.RETURNED, ContractStatus.REFUSED)
_UNREGISTERED = (ContractStatus.SIGNED, ContractStatus.RETURNED, *sorted(DECIDING))


def to_submit(session: Session, actor: Actor) -> WorkList:
    """Signed contracts nobody has applied for yet, the oldest first; each leads to its pre-check."""
    found, total = _contracts(session, actor, col(TechnologyContract.status) == ContractStatus.SIGNED)
    items = [WorkItem(one.title, f"已签订 {_age(one)} 天", f"/contracts/{one.id}/precheck") for one in found]
    link, empty = "/contracts?status=signed", "没有待申请登记的合同；对接签约后“建立合同”，就会列在这里。"
    return WorkList(WorkKind.CONTRACTS_TO_SUBMIT, items, total, empty, link=link)


def returned(session: Session, actor: Actor) -> WorkList:
    """Contracts the registry sent back or refused: mended, they may be applied for again."""
    found, total = _contracts(session, actor, col(TechnologyContract.status).in_(_RETURNED))
    items = [WorkItem(one.title, one.status.label, f"/contracts/{one.id}") for one in found]
    link = "/contracts?status=returned"
    return WorkList(WorkKind.CONTRACTS_RETURNED, items, total, "没有被退回的合同。", link=link)


def ending(session: Session, actor: Actor) -> WorkList:
    """Contracts to be applied for while they are valid: their validity ends within a month, or has ended."""
    table, until = TechnologyContract, today() + timedelta(days=ENDS_WITHIN_DAYS)
    soon = (col(table.status).in_(TO_REGISTER), col(table.ends_on) <= until)
    found, total = _contracts(session, actor, *soon, order=col(table.ends_on))
    items = [WorkItem(one.title, one.status.label, f"/contracts/{one.id}", one.ends_on) for one in found]
    return WorkList(WorkKind.CONTRACTS_ENDING, items, total, "30 天内没有有效期届满而未登记的合同。", link="/contracts")


def reported(session: Session, actor: Actor) -> WorkList:
    """Registrations the parties have reported: to be compared with the certificate and recorded."""
    table = TechnologyContract
    waiting = (col(table.reported_number).is_not(None), col(table.status).in_(_UNREGISTERED))
    found, total = _contracts(session, actor, *waiting, order=col(table.reported_on))
    items = [
        WorkItem(one.title, f"{one.reported_number}，{one.reported_on} 登记", f"/contracts/{one.id}") for one in found
    ]
    return WorkList(WorkKind.CONTRACTS_REPORTED, items, total, "没有待核对的登记结果。", link="/contracts")


def overdue(session: Session, actor: Actor) -> WorkList:
    """Applications on which the registry should have decided by now."""
    table = TechnologyContract
    late = (col(table.status).in_(DECIDING), col(table.decide_by) < today())
    found, total = _contracts(session, actor, *late, order=col(table.decide_by))
    items = [WorkItem(one.title, one.status.label, f"/contracts/{one.id}", one.decide_by) for one in found]
    link = "/contracts?overdue=1"
    return WorkList(WorkKind.CONTRACTS_OVERDUE, items, total, "受理的合同都在决定期限内。", link=link)


def changing(session: Session, actor: Actor) -> WorkList:
    """Changes that were applied for: what became of them is to be recorded."""
    pending = exists().where(
        col(ContractAmendment.contract_id) == col(TechnologyContract.id),
        col(ContractAmendment.status) == AmendmentStatus.PENDING,
    )
    found, total = _contracts(session, actor, pending)
    items = [WorkItem(one.title, "变更登记中", f"/contracts/{one.id}") for one in found]
    return WorkList(
        WorkKind.CONTRACTS_CHANGING, items, total, "没有在办的变更登记。", link="/contracts?status=registered"
    )


def unregistered(session: Session, actor: Actor) -> WorkList:
    """Signed contracts that are not in the turnover yet, the oldest first."""
    found, total = _contracts(session, actor, col(TechnologyContract.status).in_(_UNREGISTERED))
    items = [WorkItem(one.title, f"{one.status.label}，已签订 {_age(one)} 天", f"/contracts/{one.id}") for one in found]
    link = "/contracts?status=signed"
    return WorkList(WorkKind.CONTRACTS_UNREGISTERED, items, total, "签订的合同都已登记。", link=link)


def _contracts(
    session: Session, actor: Actor, *wanted: ColumnElement[bool], order: Any = None
) -> tuple[list[TechnologyContract], int]:
    """The first of those that concern her, by default the earliest signed, and how many there are."""
    table = TechnologyContract
    mine = (concerns(actor), *wanted)
    total = session.exec(select(func.count()).select_from(table).where(*mine)).one()
    by_day = order if order is not None else col(table.signed_on)
    found = session.exec(select(table).where(*mine).order_by(by_day, col(table.id)).limit(SHOWN))
    return list(found), total


def _age(contract: TechnologyContract) -> int:
    return (today() - contract.signed_on).days if contract.signed_on else 0
