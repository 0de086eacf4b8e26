"""A contract out of a match: what the need and the achievement already say need not be typed again."""

from typing import Any

from sqlmodel import Session, col, select

from matchmaker.brokerage.follow_ups import day_of_signing
from matchmaker.brokerage.people import Pair, no_such_match, pair_of, parts_of
from matchmaker.contracts.drafting import create_contract
from matchmaker.contracts.life import ENDED
from matchmaker.errors import RecordAlreadyExists, WrongStatus
from matchmaker.models.achievement import Achievement
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate
from matchmaker.models.contract_words import ContractCategory, ContractKind
from matchmaker.models.labels import CooperationMode
from matchmaker.models.match import Match, MatchStatus
from matchmaker.models.party import Enterprise, Institution
from matchmaker.rights import Actor

_M, _C, _K = CooperationMode, ContractCategory, ContractKind
# Modes of cooperation that lead to a contract, and to which.
_CATEGORY_OF_MODE: dict[CooperationMode, tuple[ContractCategory, ContractKind | None]] = {
    _M.COMMISSIONED_DEVELOPMENT: (_C.DEVELOPMENT, _K.COMMISSIONED_DEVELOPMENT),
    _M.JOINT_DEVELOPMENT: (_C.DEVELOPMENT, _K.JOINT_DEVELOPMENT),
    _M.TRANSFER: (_C.TRANSFER, None),
    _M.LICENCE: (_C.LICENCE, None),
    _M.EQUITY: (_C.TRANSFER, _K.EQUITY),
    _M.CONSULTING: (_C.CONSULTING, None),
    _M.SERVICE: (_C.SERVICE, _K.GENERAL_SERVICE),
}
# Both sides have said yes: each knows who the other is.
AGREED = frozenset(
    {MatchStatus.ACCEPTED, MatchStatus.NEGOTIATING, MatchStatus.INTENT, MatchStatus.SIGNED, MatchStatus.REGISTERED}
)


def proposed_contract(session: Session, match: Match, *, by: Actor) -> ContractCreate:
    """A form filled in from both records, and the day of signing where the match is signed. Raises NotFound for a match
    that is not her business, WrongStatus before both sides have agreed: until then one does not learn who the other is.
    """
    pair = _agreed(session, match, by)
    return ContractCreate.model_validate(_proposal(session, pair) | {"signed_on": day_of_signing(session, match)})


def _agreed(session: Session, match: Match, by: Actor) -> Pair:
    pair = pair_of(session, match)
    if not parts_of(pair, by):
        raise no_such_match(match.id)
    if match.status not in AGREED:
        raise WrongStatus(f"“{match.status.label}”的对接还不能建立合同", "双方同意对接并洽谈后再建立合同")
    return pair


def contract_from_match(session: Session, match: Match, *, by: Actor) -> TechnologyContract:
    """A draft contract of this match. Raises RecordAlreadyExists where there is one that has not ended."""
    wanted = ContractCreate.model_validate(_proposal(session, _agreed(session, match, by)))
    known = session.exec(
        select(TechnologyContract.id).where(
            col(TechnologyContract.match_id) == match.id, col(TechnologyContract.status).not_in(ENDED)
        )
    ).first()
    if known is not None:
        raise RecordAlreadyExists(f"这项对接已有合同 {known}", "请打开它继续办理；另有一份合同的，请从“合同台账”新建")
    return create_contract(session, wanted, by=by)


def has_contract(session: Session, match: Match) -> bool:
    """Is there a contract of this match that has not ended?"""
    of_it = (col(TechnologyContract.match_id) == match.id, col(TechnologyContract.status).not_in(ENDED))
    return session.exec(select(TechnologyContract.id).where(*of_it)).first() is not None


def _proposal(session: Session, pair: Pair) -> dict[str, Any]:
    need, achievement = pair.need, pair.achievement
    modes = [one for one in need.cooperation_modes if one in achievement.cooperation_modes] or need.cooperation_modes
    found = (_CATEGORY_OF_MODE[one] for one in modes if one in _CATEGORY_OF_MODE)
    category, kind = next(found, (_C.DEVELOPMENT, _K.COMMISSIONED_DEVELOPMENT))
    seller, buyer = _owner(session, achievement), session.get(Enterprise, need.enterprise_id or 0)
    proposal: dict[str, Any] = {
        "title": need.title[:300],
        "category": category,
        "kind": kind,
        "technology_field": need.technology_field or achievement.technology_field,
        "industry_code": need.industry_code,
        "city_industry": need.city_industry,
        "seller_name": seller.name if seller else "",
        "buyer_name": buyer.name if buyer else need.poster_name,
        "match_id": pair.id,
    }
    return proposal | _of_party("seller", seller) | _of_party("buyer", buyer)


def _owner(session: Session, achievement: Achievement) -> Enterprise | Institution | None:
    if achievement.institution_id is not None:
        return session.get(Institution, achievement.institution_id)
    return session.get(Enterprise, achievement.enterprise_id or 0)


def _of_party(side: str, party: Enterprise | Institution | None) -> dict[str, Any]:
    if party is None:
        return {}
    known: dict[str, Any] = {"credit_code": party.credit_code, "region_code": party.region_code}
    if isinstance(party, Enterprise):
        known |= {"park": party.park, "nature": "150"}
    elif party.institution_type is not None:
        natures = {"university": "022", "research_institute": "021", "hospital": "023"}
        known["nature"] = natures.get(party.institution_type.value)
    return {f"{side}_{name}": value for name, value in known.items() if value}
