"""What the work lists say of contracts: to whom it concerns, and to nobody else."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from matchmaker.contracts import apply_for_amendment, record_registration, report_registration, submit
from matchmaker.models.contract_words import ContractStatus
from matchmaker.visibility import today
from matchmaker.worklist import WorkKind, work_lists
from tests.matchmaker.contracts.world import NUMBER, Contracting, make_contracting

HOLDERS = {"enterprise", "institution", "broker"}


@pytest.fixture
def people(session: Session) -> Contracting:
    return make_contracting(session, title="台账里的合同")


def having(people: Contracting, kind: WorkKind) -> set[str]:
    """Who has the contract in this list."""
    people.session.flush()
    found = set()
    for name in people.accounts:
        for one in work_lists(people.session, people.actor(name)):
            if one.kind is kind and one.items:
                assert [item.title for item in one.items] == ["台账里的合同"]
                assert one.total == 1
                found.add(name)
    return found


def test_a_signed_contract_is_to_be_applied_for(people: Contracting) -> None:
    assert having(people, WorkKind.CONTRACTS_TO_SUBMIT) == {*HOLDERS, "brokerage"}
    assert having(people, WorkKind.CONTRACTS_UNREGISTERED) == {"district", "city"}
    submit(people.session, people.contract, by=people.actor("broker"), on=today(), reason="已交")
    assert having(people, WorkKind.CONTRACTS_TO_SUBMIT) == set()
    assert having(people, WorkKind.CONTRACTS_UNREGISTERED) == {"district", "city"}


def test_validity_and_returns_are_for_the_parties(people: Contracting) -> None:
    assert having(people, WorkKind.CONTRACTS_ENDING) == set()
    people.contract.ends_on = today() + timedelta(days=30)
    assert having(people, WorkKind.CONTRACTS_ENDING) == {*HOLDERS, "brokerage"}
    people.contract.status = ContractStatus.RETURNED
    assert having(people, WorkKind.CONTRACTS_RETURNED) == HOLDERS


def test_reports_delays_and_changes_are_for_the_officials(people: Contracting) -> None:
    session, contract = people.session, people.contract
    submit(session, contract, by=people.actor("broker"), on=today(), reason="已交")
    report_registration(session, contract, by=people.actor("broker"), number=NUMBER, on=today())
    assert having(people, WorkKind.CONTRACTS_REPORTED) == {"district", "city"}
    contract.status, contract.decide_by = ContractStatus.ACCEPTED, today() - timedelta(days=1)
    assert having(people, WorkKind.CONTRACTS_OVERDUE) == {"district", "city"}
    record_registration(session, contract, by=people.actor("city"), number=NUMBER, on=today())
    for kind in (WorkKind.CONTRACTS_REPORTED, WorkKind.CONTRACTS_OVERDUE, WorkKind.CONTRACTS_UNREGISTERED):
        assert having(people, kind) == set()
    apply_for_amendment(session, contract, {"contract_value_fen": 31_000_000}, by=people.actor("broker"), reason="补充")
    assert having(people, WorkKind.CONTRACTS_CHANGING) == {"district", "city"}
