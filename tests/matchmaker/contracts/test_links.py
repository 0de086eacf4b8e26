"""Which records a contract is linked to by what it says of its parties: whoever is linked reads the contract."""

import pytest
from sqlmodel import Session

from matchmaker.contracts import create_contract, is_readable, revise_contract
from matchmaker.contracts.checks import check
from matchmaker.errors import MalformedRequest
from matchmaker.models.account import Role
from matchmaker.models.contract_shapes import ContractCreate, ContractUpdate
from matchmaker.models.party import Enterprise
from matchmaker.rights import PLATFORM
from tests.factories import actor_for, make_account, make_contract, make_enterprise

NAME = "澄湖同名机械有限公司"
CODES = ("91350100M000100Y43", "91110000600037341L")


@pytest.fixture
def namesakes(session: Session) -> list[Enterprise]:
    """Two enterprises of one name."""
    return [make_enterprise(session, name=NAME, credit_code=code) for code in CODES]


def test_a_name_of_its_own_links(session: Session) -> None:
    enterprise = make_enterprise(session, name=NAME, credit_code=CODES[0])
    contract = make_contract(session, buyer_name=NAME)
    assert (contract.buyer_enterprise_id, contract.buyer_credit_code) == (enterprise.id, CODES[0])


def test_a_bare_name_of_several_links_nobody_and_says_so(session: Session, namesakes: list[Enterprise]) -> None:
    contract = make_contract(session, buyer_name=NAME)
    assert (contract.buyer_enterprise_id, contract.buyer_credit_code) == (None, None)
    for one in namesakes:
        reader = actor_for(session, make_account(session, role=Role.ENTERPRISE, enterprise_id=one.id))
        assert not is_readable(contract, reader)
    (finding,) = [one for one in check(session, contract) if one.field == "buyer_credit_code"]
    assert "不止一家单位" in finding.sentence
    assert "信用代码" in finding.repair

    named = ContractUpdate(version=contract.version, buyer_credit_code=CODES[1])
    revise_contract(session, contract, named, by=PLATFORM)
    assert contract.buyer_enterprise_id == namesakes[1].id
    assert not [one for one in check(session, contract) if one.field == "buyer_credit_code"]


def test_a_code_nobody_has_is_a_third_of_that_name(session: Session, namesakes: list[Enterprise]) -> None:
    contract = make_contract(session, buyer_name=NAME, buyer_credit_code="993201005678912349")
    assert contract.buyer_enterprise_id is None


@pytest.mark.parametrize("number", [0, 1])
def test_a_member_means_her_own_organisation(session: Session, namesakes: list[Enterprise], number: int) -> None:
    own = namesakes[number]
    member = actor_for(session, make_account(session, role=Role.ENTERPRISE, enterprise_id=own.id))
    written = ContractCreate(title="委托开发", category="development", seller_name="外地研究所", buyer_name=NAME)
    contract = create_contract(session, written, by=member)
    assert (contract.buyer_enterprise_id, contract.buyer_credit_code) == (own.id, CODES[number])
    other = written.model_copy(update={"title": "另一份", "buyer_credit_code": CODES[1 - number]})
    with pytest.raises(MalformedRequest, match="不是贵单位"):
        create_contract(session, other, by=member)


def test_a_link_outlives_a_namesake_that_comes_later(session: Session) -> None:
    first = make_enterprise(session, name=NAME)
    contract = make_contract(session, buyer_name=NAME)
    session.add(Enterprise(source="test", source_id="later", name=NAME, credit_code=CODES[1]))
    session.flush()
    revise_contract(session, contract, ContractUpdate(version=contract.version, subject="工艺"), by=PLATFORM)
    assert contract.buyer_enterprise_id == first.id
