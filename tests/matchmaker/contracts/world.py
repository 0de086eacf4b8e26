"""One contract and everybody who may have to do with it, for tests."""

from dataclasses import dataclass, field

from sqlmodel import Session

from matchmaker.models.account import Account, Role
from matchmaker.models.contract import TechnologyContract
from matchmaker.rights import Actor
from tests.factories import (
    actor_for,
    make_account,
    make_broker,
    make_brokerage,
    make_contract,
    make_enterprise,
    make_institution,
)

DISTRICT, OTHER_DISTRICT = "990102", "990103"
NUMBER = "2026123456789012"


@dataclass
class Contracting:
    """The institution sells (in DISTRICT), the enterprise buys (in DISTRICT), the broker carried it."""

    session: Session
    contract: TechnologyContract
    accounts: dict[str, Account] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        return actor_for(self.session, self.accounts[name])

    def account_id(self, name: str) -> int:
        return self.accounts[name].id or 0


def make_contracting(session: Session, **values: object) -> Contracting:
    """The signed contract, `values` as in ContractCreate, and the people."""
    enterprise, institution, brokerage = make_enterprise(session), make_institution(session), make_brokerage(session)
    broker = make_broker(session, brokerage=brokerage)
    contract = make_contract(
        session,
        **{
            "seller_name": institution.name,
            "seller_region_code": DISTRICT,
            "buyer_name": enterprise.name,
            "buyer_region_code": DISTRICT,
            **values,
        },
    )
    contract.broker_id, contract.brokerage_id = broker.id, brokerage.id
    session.add(contract)
    found = Contracting(session, contract)
    for name, role, given in (
        ("enterprise", Role.ENTERPRISE, {"enterprise_id": enterprise.id}),
        ("institution", Role.INSTITUTION, {"institution_id": institution.id}),
        ("broker", Role.BROKER, {"broker_id": broker.id}),
        ("brokerage", Role.BROKERAGE_ADMINISTRATOR, {"brokerage_id": brokerage.id}),
        ("colleague", Role.BROKER, {"broker_id": make_broker(session, brokerage=brokerage).id}),
        ("district", Role.DISTRICT_OFFICIAL, {"region_code": DISTRICT}),
        ("other_district", Role.DISTRICT_OFFICIAL, {"region_code": OTHER_DISTRICT}),
        ("city", Role.CITY_OFFICIAL, {}),
        ("administrator", Role.ADMINISTRATOR, {}),
        ("commissioner", Role.COMMISSIONER, {}),
        ("other_enterprise", Role.ENTERPRISE, {}),
        ("other_institution", Role.INSTITUTION, {}),
        ("other_brokerage", Role.BROKERAGE_ADMINISTRATOR, {}),
    ):
        found.accounts[name] = make_account(session, role=role, **given)
    session.flush()
    return found
