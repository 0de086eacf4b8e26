"""The verbs from signature to registration: days, deadlines, numbers, reasons, what the match learns."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, col, select

from matchmaker.brokerage import accept, introduce, negotiate
from matchmaker.contracts import (
    ContractQuery,
    cancel,
    chain_of,
    contracts_page,
    create_contract,
    link_match,
    record_acceptance,
    record_refusal,
    record_registration,
    record_return,
    record_second_review,
    record_signing,
    report_registration,
    revise_contract,
    submit,
    versions_of,
    void,
)
from matchmaker.contracts.steps import deadline_of
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, NumberTaken, WrongStatus
from matchmaker.models.contract import ContractEvent
from matchmaker.models.contract_shapes import ContractCreate, ContractUpdate
from matchmaker.models.contract_words import ContractCategory, ContractStatus
from matchmaker.models.match import Match, MatchStatus, Side
from matchmaker.visibility import today
from tests.factories import make_registered
from tests.matchmaker.brokerage.world import make_people
from tests.matchmaker.contracts.world import NUMBER, Contracting, make_contracting

SUBMITTED = date(2026, 9, 21)


@pytest.fixture
def people(session: Session) -> Contracting:
    return make_contracting(session, signed_on=date(2026, 9, 1), begins_on=date(2026, 9, 1), ends_on=date(2027, 9, 1))


def submitted(people: Contracting) -> Contracting:
    submit(people.session, people.contract, by=people.actor("institution"), on=SUBMITTED, reason="已交齐材料")
    return people


def test_the_deadline_counts_working_days(people: Contracting) -> None:
    submitted(people)
    # 15 working days after Monday 21 September 2026, without the Mid-Autumn Festival (25 September) and the National Day
    # week (1 to 7 October), with the shifted Saturday 10 October: 22–24, 28–30, 8–10, 12–16, 19.
    record_acceptance(people.session, people.contract, by=people.actor("district"), on=SUBMITTED)
    assert people.contract.decide_by == date(2026, 10, 19)
    record_second_review(people.session, people.contract, by=people.actor("district"), on=date(2026, 9, 22))
    assert people.contract.decide_by is not None
    assert people.contract.decide_by > date(2026, 10, 19)


def test_a_supplement_starts_the_clock_again(people: Contracting) -> None:
    submitted(people)
    session, contract, district = people.session, people.contract, people.actor("district")
    record_acceptance(session, contract, by=district, on=SUBMITTED)
    with pytest.raises(MalformedRequest):
        record_return(session, contract, by=district, on=SUBMITTED, note=" ")
    record_return(session, contract, by=district, on=date(2026, 9, 24), note="缺盖章页")
    assert (contract.status, contract.decide_by, contract.accepted_on) == (ContractStatus.RETURNED, None, None)
    submit(session, contract, by=people.actor("broker"), on=date(2026, 9, 28), reason="已补正")
    record_acceptance(session, contract, by=district, on=date(2026, 9, 28))
    assert contract.decide_by is not None
    assert contract.decide_by > date(2026, 10, 19)


def test_what_was_mended_is_not_applied_for_before_it_was_sent_back(people: Contracting) -> None:
    session, contract, city = people.session, people.contract, people.actor("city")
    submit(session, contract, by=city, on=today() - timedelta(days=4), reason="已交")
    record_return(session, contract, by=city, on=today() - timedelta(days=2), note="缺附件")
    with pytest.raises(MalformedRequest, match="上次退回"):
        submit(session, contract, by=city, on=today() - timedelta(days=3), reason="已补")
    submit(session, contract, by=city, on=today() - timedelta(days=2), reason="已补")
    assert contract.status is ContractStatus.SUBMITTED


def test_before_2026_the_registry_had_thirty_days_of_the_calendar(people: Contracting) -> None:
    assert deadline_of(people.contract, date(2025, 9, 26)) == date(2025, 10, 26)
    people.contract.is_disputed = True
    assert deadline_of(people.contract, date(2025, 9, 26)) == date(2025, 10, 26)


def test_large_contracts_have_thirty_working_days(session: Session) -> None:
    people = make_contracting(
        session, signed_on=date(2026, 9, 1), contract_value_fen=500_000_000, technology_value_fen=500_000_000
    )
    submitted(people)
    record_acceptance(session, people.contract, by=people.actor("district"), on=SUBMITTED)
    assert people.contract.decide_by is not None
    assert people.contract.decide_by > date(2026, 10, 30)


@pytest.mark.parametrize("number", ["", "123", "20261234567890123", "2026-1234-5678-9", "二〇二六"])
def test_a_number_has_sixteen_or_fourteen_digits(people: Contracting, number: str) -> None:
    submitted(people)
    with pytest.raises(MalformedRequest):
        record_registration(people.session, people.contract, by=people.actor("city"), number=number, on=SUBMITTED)
    assert people.contract.registration_number is None


def test_a_number_of_another_district_is_taken_without_a_word_about_its_contract(people: Contracting) -> None:
    submitted(people)
    session, district = people.session, people.actor("district")
    regions = {"seller_region_code": "990103", "buyer_region_code": "990103"}
    other = make_registered(session, **regions)
    assert other.registration_number is not None
    with pytest.raises(NumberTaken) as taken:
        record_registration(session, people.contract, by=district, number=other.registration_number, on=SUBMITTED)
    assert f"合同 {other.id}" not in str(taken.value)
    with pytest.raises(NumberTaken, match=f"合同 {other.id}"):
        record_registration(
            session, people.contract, by=people.actor("city"), number=other.registration_number, on=SUBMITTED
        )


def test_registration_is_noted_once_with_its_version(people: Contracting) -> None:
    submitted(people)
    session, contract, city = people.session, people.contract, people.actor("city")
    other = make_registered(session)
    assert other.registration_number is not None
    with pytest.raises(NumberTaken):
        record_registration(session, contract, by=city, number=other.registration_number, on=SUBMITTED)
    with pytest.raises(MalformedRequest, match="早于"):
        record_registration(session, contract, by=city, number=NUMBER, on=date(2026, 8, 1))
    with pytest.raises(MalformedRequest, match="晚于今天"):
        record_registration(session, contract, by=city, number=NUMBER, on=today() + timedelta(days=1))
    record_registration(session, contract, by=city, number=f" {NUMBER[:8]} {NUMBER[8:]} ", on=date(2026, 9, 30))
    assert contract.registration_number == NUMBER
    assert [one.number for one in versions_of(session, contract)] == [1]
    with pytest.raises(WrongStatus):
        record_registration(session, contract, by=city, number=NUMBER, on=date(2026, 9, 30))
    update = ContractUpdate(version=contract.version, title="改名称")
    with pytest.raises(WrongStatus, match="变更登记"):
        revise_contract(session, contract, update, by=city)
    cancel(session, contract, by=city, on=date(2026, 10, 9), note="双方协商终止")
    assert [one.number for one in versions_of(session, contract)] == [2, 1]


def test_a_report_of_a_party_counts_for_nothing(people: Contracting) -> None:
    submitted(people)
    report_registration(
        people.session, people.contract, by=people.actor("institution"), number=NUMBER, on=date(2026, 9, 30)
    )
    assert people.contract.status is ContractStatus.SUBMITTED
    assert people.contract.registration_number is None
    assert versions_of(people.session, people.contract) == []


def test_a_refusal_names_its_reasons_and_may_be_mended(people: Contracting) -> None:
    submitted(people)
    session, contract, city = people.session, people.contract, people.actor("city")
    with pytest.raises(MalformedRequest):
        record_refusal(session, contract, by=city, on=SUBMITTED, reasons=[])
    with pytest.raises(MalformedRequest):
        record_refusal(session, contract, by=city, on=SUBMITTED, reasons=["no_such_reason"])
    with pytest.raises(MalformedRequest):
        record_refusal(session, contract, by=city, on=SUBMITTED, reasons=["other"])
    record_refusal(session, contract, by=city, on=SUBMITTED, reasons=["other"], note="合同未生效")
    assert contract.refusal_reasons == ["other"]
    submit(session, contract, by=people.actor("institution"), on=date(2026, 9, 30), reason="已重签")
    assert contract.refusal_reasons == []
    told = session.exec(select(ContractEvent).where(col(ContractEvent.contract_id) == contract.id)).all()
    assert [one.what for one in told] == ["create", "submit", "refuse", "submit"]


def test_only_a_party_or_her_broker_enters_a_contract(session: Session) -> None:
    people = make_contracting(session)
    create = ContractCreate(title="委托开发", category=ContractCategory.DEVELOPMENT, seller_name="甲", buyer_name="乙")
    with pytest.raises(MalformedRequest, match="不是贵单位"):
        create_contract(session, create, by=people.actor("enterprise"))
    with pytest.raises(NotAllowed):
        create_contract(session, create, by=people.actor("commissioner"))
    mine = create_contract(session, create, by=people.actor("broker"))
    again = create_contract(session, create, by=people.actor("broker"))
    assert mine.broker_id == people.accounts["broker"].broker_id
    assert mine.source_id != again.source_id
    void(session, again, by=people.actor("broker"), note="重复录入")
    assert again.status is ContractStatus.VOID


def test_the_match_moves_on_with_its_contract(session: Session) -> None:
    people = make_people(session)
    match = people.match()
    introduce(session, match, by=people.actor("broker"))
    accept(session, match, Side.NEED, by=people.actor("enterprise"))
    accept(session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    negotiate(session, match, by=people.actor("broker"))
    create = ContractCreate(
        title="委托开发",
        category=ContractCategory.DEVELOPMENT,
        seller_name="甲",
        seller_region_code="990102",
        buyer_name="乙",
        match_id=match.id,
    )
    with pytest.raises(NotFound):
        create_contract(session, create, by=people.actor("other_broker"))
    contract = create_contract(session, create, by=people.actor("broker"))
    assert (contract.need_id, contract.achievement_id) == (match.need_id, match.achievement_id)
    record_signing(session, contract, by=people.actor("broker"), signed_on=today())
    assert match.status is MatchStatus.SIGNED
    submit(session, contract, by=people.actor("broker"), on=today(), reason="已交")
    record_registration(session, contract, by=people.actor("city"), number=NUMBER, on=today())
    assert [match.status] == [MatchStatus.REGISTERED]
    chain = chain_of(session, contract, people.actor("broker"))
    carried = ["技术需求", "科技成果", "对接", "技术经纪人"]
    assert [one.what for one in chain] == [*carried, "合同签订", "申请登记", "认定登记"]
    assert chain[3].path == f"/brokers/{contract.broker_id}"
    assert all(one.path for one in chain[:3])
    found = contracts_page(session, ContractQuery(match_id=match.id), reader=people.actor("city"))
    assert [one.id for one in found.contracts] == [contract.id]


def test_an_official_links_a_contract_to_its_match(session: Session) -> None:
    people = make_people(session)
    match = people.match()
    match.status = MatchStatus.SIGNED
    holders = make_contracting(session)
    with pytest.raises(NotFound):
        link_match(session, holders.contract, by=holders.actor("city"), match_id=999_999)
    link_match(session, holders.contract, by=holders.actor("city"), match_id=match.id or 0)
    assert holders.contract.need_id == people.need.id
    with pytest.raises(MalformedRequest):
        link_match(session, holders.contract, by=holders.actor("city"), match_id=match.id or 0)
    # The seller knows of its contract, and not of the match it has no part in.
    hidden = [one.words for one in chain_of(session, holders.contract, holders.actor("institution"))]
    assert "未向您公开" in hidden
    assert session.get_one(Match, match.id).status is MatchStatus.SIGNED
