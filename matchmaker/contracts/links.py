"""Whom and what a contract names that the platform knows: its parties, and the match it came from."""

from collections.abc import Collection
from typing import TypeVar

from sqlmodel import Session, col, select

from matchmaker.brokerage import mark_registered, mark_signed
from matchmaker.brokerage.people import no_such_match, pair_of, parts_of
from matchmaker.models.account import Account
from matchmaker.models.broker import BrokerageMembership
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractStatus
from matchmaker.models.match import Match
from matchmaker.models.party import Enterprise, Institution
from matchmaker.rights import PLATFORM, Actor

P = TypeVar("P", Enterprise, Institution)


def fill_links(session: Session, contract: TechnologyContract, *, by: Actor) -> None:
    """Set the links from what the contract says: parties by credit code or exact name, and all that a match knows.

    A typed region, nature or park stays; an empty one is taken from the known party. Raises NotFound for a match that
    is not `by`'s business.
    """
    for side in ("seller", "buyer"):
        _fill_party(session, contract, side, by)
    if contract.match_id is not None:
        _fill_match(session, contract, contract.match_id, by)
    elif by.broker_id is not None and contract.broker_id is None:
        contract.broker_id, contract.brokerage_id = by.broker_id, _brokerage_of(session, by.broker_id)
    elif by.brokerage_id is not None and contract.brokerage_id is None:
        contract.brokerage_id = by.brokerage_id


def move_match(session: Session, contract: TechnologyContract, by: Actor) -> None:
    """The match a contract came from is signed and registered with it, where it has come that far."""
    match = session.get(Match, contract.match_id) if contract.match_id is not None else None
    if match is None:
        return
    if contract.signed_on is not None:
        mark_signed(session, match, by=by, signed_on=contract.signed_on, note=f"技术合同 {contract.id}")
    if contract.status is ContractStatus.REGISTERED:
        mark_registered(session, match, by=by, note=f"登记编号 {contract.registration_number}")


def _fill_party(session: Session, contract: TechnologyContract, side: str, by: Actor) -> None:
    name, code = getattr(contract, f"{side}_name"), getattr(contract, f"{side}_credit_code")
    of_match = _party_of_match(session, contract, side)
    enterprises = (getattr(contract, f"{side}_enterprise_id"), by.enterprise_id, of_match.get(Enterprise))
    institutions = (getattr(contract, f"{side}_institution_id"), by.institution_id, of_match.get(Institution))
    enterprise = _party(session, Enterprise, name, code, enterprises)
    institution = None if enterprise else _party(session, Institution, name, code, institutions)
    party = enterprise or institution
    setattr(contract, f"{side}_enterprise_id", enterprise.id if enterprise else None)
    setattr(contract, f"{side}_institution_id", institution.id if institution else None)
    if party is None:
        return
    known = {"name": party.name, "credit_code": party.credit_code, "region_code": party.region_code}
    if isinstance(party, Enterprise):
        known["park"] = party.park
    for field, value in known.items():
        if not getattr(contract, f"{side}_{field}") and value:
            setattr(contract, f"{side}_{field}", value)


def _party(session: Session, table: type[P], name: str, code: str | None, expected: Collection[int | None]) -> P | None:
    """By credit code or name. Of several namesakes only one that is expected here: a party reads its contracts, and a
    stranger of the same name must not."""
    if code:
        found = session.exec(select(table).where(col(table.credit_code) == code)).first()
        if found is not None:
            return found
    if not name:
        return None
    named = session.exec(select(table).where(col(table.name) == name).order_by(col(table.id))).all()
    # A party of another code is another party of the same name.
    fitting = [one for one in named if not (code and one.credit_code)]
    if len(fitting) > 1:
        fitting = [one for one in fitting if one.id in expected]
    return fitting[0] if len(fitting) == 1 else None


def known_party(session: Session, name: str, code: str | None) -> Enterprise | Institution | None:
    """The party that `fill_links` will find for a new contract; None where nobody, or one of several, goes by the name."""
    return _party(session, Enterprise, name, code, ()) or _party(session, Institution, name, code, ())


def _party_of_match(session: Session, contract: TechnologyContract, side: str) -> dict[type, int | None]:
    match = session.get(Match, contract.match_id) if contract.match_id is not None else None
    if match is None:
        return {}
    pair = pair_of(session, match)
    if side == "buyer":
        return {Enterprise: pair.need.enterprise_id}
    return {Enterprise: pair.achievement.enterprise_id, Institution: pair.achievement.institution_id}


def _brokerage_of(session: Session, broker_id: int) -> int | None:
    """In whose name the broker practises now."""
    return session.exec(
        select(BrokerageMembership.brokerage_id)
        .where(BrokerageMembership.broker_id == broker_id, col(BrokerageMembership.left_on).is_(None))
        .order_by(col(BrokerageMembership.id).desc())
    ).first()


def match_of(session: Session, match_id: int, by: Actor) -> Match:
    """The match. Raises NotFound for one that is not `by`'s business as for one that does not exist."""
    match = session.get(Match, match_id)
    if match is None or not (by is PLATFORM or parts_of(pair_of(session, match), by)):
        raise no_such_match(match_id)
    return match


def _fill_match(session: Session, contract: TechnologyContract, match_id: int, by: Actor) -> None:
    # Whose business the match is was asked when it was linked: a party of the contract may revise it later.
    match = match_of(session, match_id, by if contract.need_id is None else PLATFORM)
    contract.need_id, contract.achievement_id = match.need_id, match.achievement_id
    carrier = session.get(Account, match.broker_account_id) if match.broker_account_id else None
    contract.broker_id = carrier.broker_id if carrier else None
    contract.brokerage_id = match.brokerage_id
