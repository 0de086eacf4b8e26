"""Whom and what a contract names that the platform knows: its parties, and the match it came from."""

from typing import TypeVar

from sqlmodel import Session, col, select

from matchmaker.brokerage.people import no_such_match, pair_of, parts_of
from matchmaker.models.account import Account
from matchmaker.models.contract import TechnologyContract
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
        _fill_party(session, contract, side)
    if contract.match_id is not None:
        _fill_match(session, contract, by)
    elif by.broker_id is not None and contract.broker_id is None:
        contract.broker_id, contract.brokerage_id = by.broker_id, by.brokerage_id
    elif by.brokerage_id is not None and contract.brokerage_id is None:
        contract.brokerage_id = by.brokerage_id


def _fill_party(session: Session, contract: TechnologyContract, side: str) -> None:
    name, code = getattr(contract, f"{side}_name"), getattr(contract, f"{side}_credit_code")
    enterprise = _party(session, Enterprise, name, code)
    institution = None if enterprise else _party(session, Institution, name, code)
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


def _party(session: Session, table: type[P], name: str, code: str | None) -> P | None:
    if code:
        found = session.exec(select(table).where(col(table.credit_code) == code)).first()
        if found is not None:
            return found
    if not name:
        return None
    named = session.exec(select(table).where(col(table.name) == name).order_by(col(table.id)).limit(2)).all()
    # A party of another code is another party of the same name.
    return next((one for one in named if not code or not one.credit_code or one.credit_code == code), None)


def _fill_match(session: Session, contract: TechnologyContract, by: Actor) -> None:
    match = session.get(Match, contract.match_id)
    if match is None or (by is not PLATFORM and not parts_of(pair_of(session, match), by)):
        raise no_such_match(contract.match_id)
    contract.need_id, contract.achievement_id = match.need_id, match.achievement_id
    carrier = session.get(Account, match.broker_account_id) if match.broker_account_id else None
    contract.broker_id = carrier.broker_id if carrier else None
    contract.brokerage_id = match.brokerage_id
