"""Contracts by lists of offices: what a list may change, and what it may not."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from matchmaker.contracts import revise_contract, upsert_contract, versions_of
from matchmaker.errors import MalformedRequest, RecordLocked
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


def test_a_confirmed_warning_is_asked_anew_when_what_it_was_about_changes(session: Session) -> None:
    contract = make_contract(session)
    contract.overrides = {"V16": "金额无误", "D2": "暂估"}
    same = ContractUpdate(version=contract.version, contract_value_fen=30_000_000, subject="工艺参数")
    revise_contract(session, contract, same, by=PLATFORM)
    assert set(contract.overrides) == {"V16", "D2"}
    more = ContractUpdate(version=contract.version, contract_value_fen=40_000_000)
    revise_contract(session, contract, more, by=PLATFORM)
    assert set(contract.overrides) == {"D2"}
