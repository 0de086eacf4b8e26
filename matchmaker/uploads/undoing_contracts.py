"""Undoing what a batch did to a contract: only as long as nothing has happened to it since."""

from typing import Any

from sqlmodel import Session, col, delete, select

from matchmaker.contracts import ContractStep
from matchmaker.models.contract import ContractEvent, ContractVersion, TechnologyContract
from matchmaker.models.reporting import SnapshotLine
from matchmaker.records import ACTOR, write_values
from matchmaker.rights import PLATFORM, Actor


def why_kept(session: Session, contract: TechnologyContract, version: int) -> str:
    """Why the contract stays as it is; empty where nothing stands against undoing. `version`: the batch's."""
    if contract.version != version:
        last = session.exec(
            select(ContractEvent.what)
            .where(col(ContractEvent.contract_id) == contract.id)
            .order_by(col(ContractEvent.id).desc())
            .limit(1)
        ).first()
        return f"导入之后又办理过“{ContractStep.parse(last).label}”" if last else "导入之后又有人修改过"
    counted = select(SnapshotLine.id).where(col(SnapshotLine.contract_id) == contract.id).limit(1)
    if session.exec(counted).first() is not None:
        return "已计入统计快照，请在合同页面更正或记录撤销"
    return ""


def put_back(session: Session, contract: TechnologyContract, before: dict[str, Any]) -> None:
    """What the contract said before the batch; versions the batch registered go. The history says that it was undone."""
    registered = contract.status
    write_values(contract, before)
    session.exec(
        delete(ContractVersion).where(
            col(ContractVersion.contract_id) == contract.id,
            col(ContractVersion.number) > contract.version_number,
        )
    )
    actor: Actor = session.info.get(ACTOR, PLATFORM)
    session.add(
        ContractEvent(
            contract_id=contract.id or 0,
            account_id=actor.account_id,
            what=ContractStep.REVISE,
            before=registered,
            after=contract.status,
            note="撤销批量导入",
        )
    )
