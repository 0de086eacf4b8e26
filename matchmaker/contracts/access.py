"""Who may know of a contract, and what somebody is to it. Contracts are business secrets: nobody else learns of one."""

from sqlalchemy import ColumnElement, false, true
from sqlmodel import Session, col, or_

from matchmaker.contracts.life import ContractStep, Part, check_step
from matchmaker.errors import NotAllowed, NotFound
from matchmaker.models.account import Role
from matchmaker.models.contract import TechnologyContract
from matchmaker.rights import Actor, Right


def parts_of(contract: TechnologyContract, reader: Actor) -> frozenset[Part]:
    """What she is to this contract; nothing at all for an outsider."""
    if not reader.is_known:
        return frozenset({Part.OFFICIAL}) if reader.oversees_everything else frozenset()
    if _oversees(contract, reader):
        return frozenset({Part.OFFICIAL})
    return frozenset({Part.HOLDER}) if _holds(contract, reader) else frozenset()


def is_readable(contract: TechnologyContract, reader: Actor) -> bool:
    """May she open it?"""
    return bool(parts_of(contract, reader))


def readable_contract(session: Session, contract_id: int, reader: Actor) -> TechnologyContract:
    """The contract. Raises NotFound for one that does not exist and, alike, for one she may not know of."""
    contract = session.get(TechnologyContract, contract_id)
    if contract is None or not is_readable(contract, reader):
        raise NotFound(f"没有编号为 {contract_id} 的技术合同，或它与您无关", "请从“合同台账”重新进入")
    return contract


def check_acting(contract: TechnologyContract, step: ContractStep, by: Actor) -> frozenset[Part]:
    """Her parts, if the table lets her take the step now. Raises NotFound, NotAllowed, WrongStatus."""
    parts = parts_of(contract, by)
    if not parts:
        raise NotFound(f"没有编号为 {contract.id} 的技术合同，或它与您无关", "请从“合同台账”重新进入")
    if not by.may(Right.RECORD_REGISTRATIONS if Part.OFFICIAL in parts else Right.RECORD_CONTRACTS):
        raise NotAllowed("您可以查看这份合同，但不能办理", "如用接口密钥，请换一个有相应权限的密钥")
    check_step(step, contract.status, parts)
    return parts


def concerns(reader: Actor) -> ColumnElement[bool]:
    """`is_readable` as an SQL condition on `TechnologyContract`."""
    if reader.oversees_everything:
        return true()
    if not reader.is_known:
        return false()
    table = TechnologyContract
    mine: list[ColumnElement[bool]] = [col(table.posted_by_id) == reader.account_id]
    if reader.role is Role.DISTRICT_OFFICIAL and reader.region_code:
        regions = (table.seller_region_code, table.buyer_region_code)
        mine += [col(one).startswith(reader.region_code, autoescape=True) for one in regions]
    for column, own in _own(reader):
        mine.append(col(getattr(table, column)) == own)
    return or_(*mine)


def _oversees(contract: TechnologyContract, reader: Actor) -> bool:
    return reader.oversees(contract.seller_region_code) or reader.oversees(contract.buyer_region_code)


def _holds(contract: TechnologyContract, reader: Actor) -> bool:
    if contract.posted_by_id is not None and contract.posted_by_id == reader.account_id:
        return True
    return any(getattr(contract, column) == own for column, own in _own(reader))


def _own(reader: Actor) -> list[tuple[str, int]]:
    """Columns that make a contract hers, with the value they then have."""
    found: list[tuple[str, int | None]] = []
    if reader.role is Role.BROKER:
        found.append(("broker_id", reader.broker_id))
    if reader.role is Role.BROKERAGE_ADMINISTRATOR:
        found.append(("brokerage_id", reader.brokerage_id))
    for side in ("seller", "buyer"):
        found.append((f"{side}_enterprise_id", reader.enterprise_id))
        found.append((f"{side}_institution_id", reader.institution_id))
    return [(column, own) for column, own in found if own is not None]
