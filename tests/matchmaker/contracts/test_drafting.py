"""Contracts by lists of offices: what a list may change, and what it may not."""

from datetime import date, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlmodel import Session

from matchmaker.contracts import revise_contract, submit, upsert_contract, versions_of
from matchmaker.errors import MalformedRequest, RecordLocked
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_shapes import ContractCreate, ContractUpdate
from matchmaker.models.contract_words import ContractStatus
from matchmaker.records import Outcome
from matchmaker.rights import PLATFORM
from matchmaker.visibility import today
from tests.factories import make_contract, make_registered


def listed(**values: object) -> ContractCreate:
    return ContractCreate.model_validate({"source": "test", "category": "development", **values})


def test_a_list_that_states_the_day_signs_a_draft(session: Session) -> None:
    draft = make_contract(session, source_id="L1", signed_on=None)
    assert draft.status is ContractStatus.DRAFT
    again, outcome = upsert_contract(session, listed(source_id="L1", title=draft.title, signed_on=today()))
    assert (again.id, outcome, again.status) == (draft.id, Outcome.CHANGED, ContractStatus.SIGNED)
    session.commit()
    number = {"registration_number": "2026990100000017", "registered_on": today()}
    upsert_contract(session, listed(source_id="L1", title=draft.title, **number))
    session.commit()
    assert draft.status is ContractStatus.REGISTERED
    assert [one.number for one in versions_of(session, draft)] == [1]


def test_a_list_that_knows_more_of_a_party_contradicts_nothing_that_is_registered(session: Session) -> None:
    contract = make_registered(session, source_id="L5", seller_details={"legal_representative": "赵某"})

    def row(**details: str) -> ContractCreate:
        number = {"registration_number": contract.registration_number, "registered_on": contract.registered_on}
        return listed(source_id="L5", title=contract.title, seller_details=details, **number)

    assert upsert_contract(session, row(contact_phone="0558-1234567"))[1] is Outcome.UNCHANGED
    assert contract.seller_details.contact_phone == ""
    with pytest.raises(RecordLocked, match="卖方其他信息"):
        upsert_contract(session, row(legal_representative="钱某"))


def of_the_same_deal(contract: TechnologyContract, **more: object) -> ContractCreate:
    """A row of a registry's list about it: with a number, and a key of its own."""
    same = {name: getattr(contract, name) for name in ("title", "seller_name", "buyer_name", "signed_on")}
    amounts = {"contract_value_fen": contract.contract_value_fen, "technology_value_fen": 28_000_000}
    number = {"registration_number": "2026990100000021", "registered_on": today()}
    return listed(**{**same, **amounts, **number, **more})


def test_a_number_comes_to_the_signed_contract_that_waits_for_it(session: Session) -> None:
    waiting = make_contract(session)
    found, outcome = upsert_contract(session, of_the_same_deal(waiting))
    assert (found.id, outcome, found.status) == (waiting.id, Outcome.CHANGED, ContractStatus.REGISTERED)
    assert [one.number for one in versions_of(session, found)] == [1]
    assert upsert_contract(session, of_the_same_deal(waiting))[1] is Outcome.UNCHANGED


def test_a_list_does_not_enter_once_more_what_may_be_the_same(session: Session) -> None:
    waiting = make_contract(session)
    other = of_the_same_deal(waiting, title="另一个名称")
    with pytest.raises(RecordLocked, match=f"合同 {waiting.id}（已签订）"):
        upsert_contract(session, other)
    submit(session, waiting, by=PLATFORM, on=today(), reason="已交")
    with pytest.raises(RecordLocked, match=f"合同 {waiting.id}（已申请登记）"):
        upsert_contract(session, of_the_same_deal(waiting))
    assert upsert_contract(session, other, is_new=True)[1] is Outcome.ADDED
    # Another amount is another contract.
    more = {"contract_value_fen": 31_000_000, "registration_number": "2026990100000022"}
    assert upsert_contract(session, of_the_same_deal(waiting, **more))[1] is Outcome.ADDED


def test_a_list_never_changes_what_is_registered(session: Session) -> None:
    contract = make_registered(session, source_id="L2")
    same = listed(
        source_id="L2",
        title=contract.title,
        registration_number=contract.registration_number,
        registered_on=contract.registered_on,
    )
    assert upsert_contract(session, same)[1] is Outcome.UNCHANGED
    with pytest.raises(RecordLocked, match="合同成交额"):
        upsert_contract(session, same.model_copy(update={"contract_value_fen": 1, "technology_value_fen": 0}))
    assert contract.contract_value_fen == 30_000_000


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"category": "transfer"}, "不属于"),
        ({"contract_value_fen": 20_000_000}, "大于合同成交额"),
        ({"ends_on": today() - timedelta(days=31)}, "早于开始"),
    ],
)
def test_a_part_that_does_not_fit_what_stands_there_is_refused(
    session: Session, stated: dict[str, Any], reason: str
) -> None:
    contract = make_contract(session, source_id="L3")
    with pytest.raises(MalformedRequest, match=reason):
        upsert_contract(session, listed(source_id="L3", title=contract.title, **stated))
    with pytest.raises(MalformedRequest, match=reason):
        revise_contract(session, contract, ContractUpdate(version=contract.version, **stated), by=PLATFORM)


def test_a_warning_is_asked_anew_also_when_a_list_changes_what_it_was_about(session: Session) -> None:
    contract = make_contract(session, source_id="L4")
    contract.overrides = {"V16": "金额无误", "V6-official": "分期", "D2": "暂估"}
    upsert_contract(session, listed(source_id="L4", title=contract.title, contract_value_fen=40_000_000))
    assert set(contract.overrides) == {"D2"}


def test_a_kind_of_another_category_is_refused_also_when_only_one_is_changed(session: Session) -> None:
    contract = make_contract(session)
    with pytest.raises(MalformedRequest, match="不属于"):
        revise_contract(session, contract, ContractUpdate(version=contract.version, category="transfer"), by=PLATFORM)


@pytest.mark.parametrize(
    ("written", "code"),
    [("安徽省合肥市", "340100"), ("合肥市", "340100"), ("澄东区", "990102"), (" 320106 ", "320106")],
)
def test_a_place_is_written_as_it_is_shown(session: Session, written: str, code: str) -> None:
    assert make_contract(session, seller_region_code=written).seller_region_code == code


@pytest.mark.parametrize(("written", "repair"), [("鼓楼区", "江苏省南京市鼓楼区"), ("火星", "澄东区")])
def test_a_place_that_is_not_clear_is_asked_about(session: Session, written: str, repair: str) -> None:
    with pytest.raises(ValidationError, match=f"请.*{repair}"):
        make_contract(session, seller_region_code=written)


def test_a_licence_of_before_the_civil_code_stands_under_transfer(session: Session) -> None:
    old, new = date(2020, 12, 31), date(2021, 1, 1)
    contract = make_contract(session, signed_on=old, category="transfer", kind="ordinary_licence", title="旧许可")
    assert (contract.category, contract.kind) == ("transfer", "ordinary_licence")
    with pytest.raises(MalformedRequest, match="不属于"):
        revise_contract(session, contract, ContractUpdate(version=contract.version, signed_on=new), by=PLATFORM)
    with pytest.raises(ValidationError, match="不属于"):
        make_contract(session, signed_on=new, category="transfer", kind="ordinary_licence")
    later = make_contract(session, signed_on=new, category="licence", kind="ordinary_licence")
    as_then = ContractUpdate(version=later.version, category="transfer", kind="ordinary_licence")
    with pytest.raises(MalformedRequest, match="不属于"):
        revise_contract(session, later, as_then, by=PLATFORM)
    as_then = ContractUpdate(version=later.version, category="transfer", kind="ordinary_licence", signed_on=old)
    assert revise_contract(session, later, as_then, by=PLATFORM).category == "transfer"


def test_a_confirmed_warning_is_asked_anew_when_what_it_was_about_changes(session: Session) -> None:
    contract = make_contract(session)
    contract.overrides = {"V16": "金额无误", "D2": "暂估"}
    same = ContractUpdate(version=contract.version, contract_value_fen=30_000_000, subject="工艺参数")
    revise_contract(session, contract, same, by=PLATFORM)
    assert set(contract.overrides) == {"V16", "D2"}
    more = ContractUpdate(version=contract.version, contract_value_fen=40_000_000)
    revise_contract(session, contract, more, by=PLATFORM)
    assert set(contract.overrides) == {"D2"}
