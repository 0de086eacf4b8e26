"""What is told about contracts: of steps, of days that have passed; to whom, once, and without what is confidential."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from matchmaker.contracts import record_acceptance, record_registration, report_registration, submit
from matchmaker.contracts.reminders import contract_reminders, remind_contracts
from matchmaker.models.contract_words import AmountCertainty, ContractStatus
from matchmaker.models.notice import Notice, NoticeKind
from matchmaker.visibility import today
from tests.matchmaker.contracts.world import NUMBER, Contracting, make_contracting

SECRET = "不可外传的工艺"


@pytest.fixture
def people(session: Session) -> Contracting:
    found = make_contracting(session, title=SECRET)
    found.contract.posted_by_id = found.account_id("broker")
    return found


def told(people: Contracting) -> Counter[str]:
    """How many notices each has got."""
    names = {people.account_id(name): name for name in people.accounts}
    notices = people.session.exec(select(Notice).where(col(Notice.kind) == NoticeKind.CONTRACT)).all()
    for one in notices:
        assert SECRET not in one.title + one.body
        assert people.contract.seller_name not in one.title + one.body
    return Counter(names[one.account_id] for one in notices)


def test_steps_are_told_to_the_other_side(people: Contracting) -> None:
    session, contract = people.session, people.contract
    submit(session, contract, by=people.actor("institution"), on=today(), reason="已交")
    assert told(people) == {"district": 1}
    record_acceptance(session, contract, by=people.actor("district"), on=today())
    assert told(people) == {"district": 1, "institution": 1, "enterprise": 1, "broker": 1}
    report_registration(session, contract, by=people.actor("broker"), number=NUMBER, on=today())
    assert told(people)["district"] == 2
    record_registration(session, contract, by=people.actor("city"), number=NUMBER, on=today())
    assert told(people) == {"district": 2, "institution": 2, "enterprise": 2, "broker": 2}


def test_an_overdue_decision_is_told_once_to_the_officials(people: Contracting) -> None:
    contract = people.contract
    contract.status, contract.decide_by = ContractStatus.ACCEPTED, today() - timedelta(days=1)
    for day in (today() - timedelta(days=1), today(), today() + timedelta(days=1)):
        remind_contracts(people.session, day)
    assert told(people) == {"district": 1}
    # What has been told is not in the way of other writers the next morning.
    assert contract_reminders(people.session, today() + timedelta(days=2)) == []


@pytest.mark.parametrize(("days", "expected"), [(-1, 0), (0, 1), (30, 1), (31, 0)])
def test_validity_about_to_end_is_told_to_the_parties(people: Contracting, days: int, expected: int) -> None:
    people.contract.ends_on = today() + timedelta(days=days)
    remind_contracts(people.session, today())
    assert told(people) == Counter(dict.fromkeys(("institution", "enterprise", "broker"), expected))


def test_an_estimated_amount_is_asked_about_after_a_year(people: Contracting) -> None:
    session, contract = people.session, people.contract
    contract.signed_on = today() - timedelta(days=364)
    contract.amount_certainty = AmountCertainty.PROVISIONAL
    record_registration(session, contract, by=people.actor("city"), number=NUMBER, on=today())
    before = told(people)
    remind_contracts(session, today())
    assert told(people) == before
    remind_contracts(session, today() + timedelta(days=1))
    assert (told(people) - before) == Counter(dict.fromkeys(("institution", "enterprise", "broker"), 1))
