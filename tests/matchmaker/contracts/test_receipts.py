"""Money that came in, and the part of it that was verified."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from matchmaker.contracts import receipts_of, record_receipt, record_registration, remove_receipt, verify_income
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, WrongStatus
from matchmaker.models.contract_words import AmountCertainty
from matchmaker.visibility import today
from tests.matchmaker.contracts.world import NUMBER, Contracting, make_contracting


@pytest.fixture
def people(session: Session) -> Contracting:
    """Registered: 300,000 yuan, 200,000 of them technology."""
    found = make_contracting(session, technology_value_fen=20_000_000)
    record_registration(session, found.contract, by=found.actor("district"), number=NUMBER, on=today())
    return found


def received(people: Contracting, fen: int) -> int:
    by = people.actor("institution")
    receipt = record_receipt(people.session, people.contract, by=by, on=today(), amount_fen=fen)
    people.session.flush()
    return receipt.id or 0


def test_the_sums_are_those_of_the_receipts(people: Contracting) -> None:
    session, contract, district = people.session, people.contract, people.actor("district")
    first, second = received(people, 10_000_001), received(people, 5_000_000)
    assert contract.received_fen == 15_000_001
    verify_income(session, contract, first, by=district, on=today(), income_fen=10_000_001)
    verify_income(session, contract, second, by=district, on=today(), income_fen=5_000_000)
    assert contract.technology_income_fen == 15_000_001
    verify_income(session, contract, second, by=district, on=today(), income_fen=0)
    assert contract.technology_income_fen == 10_000_001
    assert len(receipts_of(session, contract)) == 2


def test_more_than_was_agreed_is_refused_unless_it_was_open(people: Contracting) -> None:
    received(people, 30_000_000)
    with pytest.raises(MalformedRequest, match="超过合同成交额"):
        received(people, 1)
    people.contract.amount_certainty = AmountCertainty.ROYALTY
    received(people, 1)
    assert people.contract.received_fen == 30_000_001


@pytest.mark.parametrize("fen", [0, -1, 10**14])
def test_an_amount_is_an_amount(people: Contracting, fen: int) -> None:
    with pytest.raises(MalformedRequest):
        received(people, fen)


def test_income_has_two_bounds(people: Contracting) -> None:
    session, contract, district = people.session, people.contract, people.actor("district")
    first, second = received(people, 15_000_000), received(people, 15_000_000)
    with pytest.raises(MalformedRequest, match="大于这笔到款"):
        verify_income(session, contract, first, by=district, on=today(), income_fen=15_000_001)
    verify_income(session, contract, first, by=district, on=today(), income_fen=15_000_000)
    with pytest.raises(MalformedRequest, match="大于技术交易额"):
        verify_income(session, contract, second, by=district, on=today(), income_fen=5_000_001)
    with pytest.raises(MalformedRequest, match="早于"):
        verify_income(session, contract, second, by=district, on=today() - timedelta(days=1), income_fen=1)
    with pytest.raises(NotAllowed):
        verify_income(session, contract, second, by=people.actor("institution"), on=today(), income_fen=1)


def test_a_wrong_entry_is_taken_back_and_a_verified_one_stays(people: Contracting) -> None:
    session, contract, broker = people.session, people.contract, people.actor("broker")
    first, second = received(people, 1_000_000), received(people, 2_000_000)
    verify_income(session, contract, second, by=people.actor("city"), on=today(), income_fen=2_000_000)
    with pytest.raises(MalformedRequest):
        remove_receipt(session, contract, first, by=broker, note="")
    with pytest.raises(WrongStatus):
        remove_receipt(session, contract, second, by=broker, note="录错")
    remove_receipt(session, contract, first, by=broker, note="录错")
    assert (contract.received_fen, contract.technology_income_fen) == (2_000_000, 2_000_000)
    with pytest.raises(NotFound):
        remove_receipt(session, contract, first, by=broker, note="再删")
