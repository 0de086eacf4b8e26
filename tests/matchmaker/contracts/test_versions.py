"""Versions: what was registered stays, what changes is applied for, decided and told apart in words."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session

from matchmaker.contracts import (
    amendments_of,
    apply_for_amendment,
    cancel,
    correct,
    decide_amendment,
    pending_amendment,
    record_registration,
    version_by_number,
    versions_of,
    withdraw_amendment,
)
from matchmaker.contracts.words import differences, in_words
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, NumberTaken, VersionConflict, WrongStatus
from matchmaker.models.contract import PartyDetails
from matchmaker.models.contract_words import AmendmentStatus, VersionKind
from matchmaker.visibility import today
from tests.factories import make_registered
from tests.matchmaker.contracts.world import NUMBER, Contracting, make_contracting


@pytest.fixture
def people(session: Session) -> Contracting:
    found = make_contracting(session)
    record_registration(session, found.contract, by=found.actor("district"), number=NUMBER, on=today())
    return found


def test_nothing_changes_before_it_is_decided(people: Contracting) -> None:
    session, contract = people.session, people.contract
    changes = {"contract_value_fen": 35_000_000, "title": contract.title}
    apply_for_amendment(session, contract, changes, by=people.actor("institution"), reason="补充协议")
    assert contract.contract_value_fen == 30_000_000
    with pytest.raises(WrongStatus):
        apply_for_amendment(session, contract, changes, by=people.actor("institution"), reason="又一份")
    with pytest.raises(NotAllowed):
        decide_amendment(session, contract, by=people.actor("institution"), granted=True, on=today())
    decide_amendment(session, contract, by=people.actor("district"), granted=True, on=today())
    assert contract.contract_value_fen == 35_000_000
    assert [one.kind for one in versions_of(session, contract)] == [VersionKind.AMENDMENT, VersionKind.REGISTRATION]
    old, new = version_by_number(session, contract, 1), version_by_number(session, contract, 2)
    assert (old.contract_value_fen, new.contract_value_fen) == (30_000_000, 35_000_000)
    assert differences(old.content, new.content) == [("合同成交额", "300,000.00 元", "350,000.00 元")]
    with pytest.raises(NotFound):
        version_by_number(session, contract, 3)


def test_a_refused_change_leaves_everything_as_it_was(people: Contracting) -> None:
    session, contract = people.session, people.contract
    apply_for_amendment(session, contract, {"title": "另一个名称"}, by=people.actor("broker"), reason="更名")
    with pytest.raises(MalformedRequest):
        decide_amendment(session, contract, by=people.actor("city"), granted=False, on=today())
    decide_amendment(session, contract, by=people.actor("city"), granted=False, on=today(), note="材料不齐")
    assert [one.status for one in amendments_of(session, contract)] == [AmendmentStatus.REFUSED]
    assert len(versions_of(session, contract)) == 1
    with pytest.raises(WrongStatus):
        withdraw_amendment(session, contract, by=people.actor("broker"))


def test_cancelling_withdraws_what_is_pending(people: Contracting) -> None:
    session, contract = people.session, people.contract
    apply_for_amendment(session, contract, {"title": "另一个名称"}, by=people.actor("broker"), reason="更名")
    cancel(session, contract, by=people.actor("city"), on=today(), note="双方终止")
    assert pending_amendment(session, contract) is None
    assert [one.status for one in amendments_of(session, contract)] == [AmendmentStatus.WITHDRAWN]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"no_such_field": 1},
        {"status": "void"},
        {"registration_number": "1"},
        {"contract_value_fen": 1},
        {"signed_on": None},
        {"seller_region_code": "火星"},
    ],
)
def test_a_change_that_cannot_be_is_refused(people: Contracting, changes: dict[str, object]) -> None:
    before = people.contract.model_dump()
    with pytest.raises(MalformedRequest):
        apply_for_amendment(people.session, people.contract, changes, by=people.actor("broker"), reason="变更")
    assert people.contract.model_dump() == before


def test_a_correction_has_a_reason_and_the_version_that_was_read(people: Contracting) -> None:
    session, contract, city = people.session, people.contract, people.actor("city")
    changes = {"title": "正确的名称"}
    with pytest.raises(NotAllowed):
        correct(session, contract, changes, by=people.actor("broker"), reason="错字", version=contract.version)
    with pytest.raises(VersionConflict):
        correct(session, contract, changes, by=city, reason="错字", version=contract.version - 1)
    with pytest.raises(MalformedRequest):
        correct(session, contract, changes, by=city, reason="", version=contract.version)
    version = correct(session, contract, changes, by=city, reason="录入错字", version=contract.version)
    assert (version.number, version.kind, version.reason) == (2, VersionKind.CORRECTION, "录入错字")


def test_what_the_registry_gave_can_be_corrected_where_it_was_entered_wrongly(people: Contracting) -> None:
    session, contract, city = people.session, people.contract, people.actor("city")
    right = {"registration_number": "2026990100000077", "registered_on": today() - timedelta(days=3)}
    version = correct(session, contract, right, by=city, reason="编号抄错", version=contract.version)
    assert (contract.registration_number, contract.registered_on) == tuple(right.values())
    before = version_by_number(session, contract, 1)
    assert [label for label, _, _ in differences(before.content, version.content)] == ["合同登记编号", "登记日期"]
    correct(session, contract, {"registry_name": "市登记站"}, by=city, reason="漏填", version=contract.version)
    assert contract.registry_name == "市登记站"
    with pytest.raises(MalformedRequest):
        correct(session, contract, right, by=city, reason="没有改动", version=contract.version)


@pytest.mark.parametrize(
    "changes",
    [
        {"registration_number": "12"},
        {"registration_number": None},
        {"registered_on": ""},
        {"registered_on": today() + timedelta(days=1)},
        {"registered_on": date(2000, 1, 1)},
        {"signed_on": (today() - timedelta(days=1)).isoformat(), "registered_on": today() - timedelta(days=2)},
    ],
)
def test_a_correction_gives_no_impossible_registration(people: Contracting, changes: dict[str, object]) -> None:
    contract = people.contract
    with pytest.raises(MalformedRequest):
        correct(people.session, contract, changes, by=people.actor("city"), reason="更正", version=contract.version)


def test_a_correction_takes_no_other_contracts_number(people: Contracting) -> None:
    other = make_registered(people.session, registration_number="2026990100000088")
    assert other.id != people.contract.id
    changes = {"registration_number": "2026990100000088"}
    with pytest.raises(NumberTaken):
        correct(
            people.session,
            people.contract,
            changes,
            by=people.actor("city"),
            reason="更正",
            version=people.contract.version,
        )


def test_contacts_are_told_apart_by_name_only_where_they_differ() -> None:
    before = {"seller_details": {"contact_name": "王工", "address": "一路"}}
    after = {"seller_details": {"contact_name": "李工", "address": "一路"}}
    assert differences(before, after) == [("卖方其他信息", "联系人 王工", "联系人 李工")]


def test_a_detail_that_older_versions_do_not_have_is_no_difference_while_it_is_empty() -> None:
    before = {"seller_details": {"address": "一路"}}
    empty = PartyDetails(address="一路").model_dump(mode="json")
    assert differences(before, {"seller_details": empty}) == []
    stated = {"seller_details": empty | {"scale": "micro", "industry_code": "C26"}}
    assert differences(before, stated) == [
        ("卖方其他信息", "（空）", "从事的国民经济行业 化学原料和化学制品制造业 C26；企业规模 微型企业")
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("category", "licence", "技术许可"),
        ("deductions", [{"what": "设备", "amount_fen": 123}], "设备 1.23 元"),
        ("is_related_party", False, "否"),
        ("seller_region_code", "990102", "澄东区"),
        ("seller_country", "DE", "德国"),
        ("industry_code", "C2614", "化学原料和化学制品制造业 C2614"),
        ("title", "", "（空）"),
        ("new_output_fen", None, "（空）"),
        ("rights", [], "（空）"),
    ],
)
def test_values_in_words(field: str, value: object, words: str) -> None:
    assert in_words(field, value) == words
