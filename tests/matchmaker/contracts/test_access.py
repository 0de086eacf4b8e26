"""Who may know of a contract: in SQL as in Python, for everybody; and who may act."""

import pytest
from sqlmodel import Session, select

from matchmaker.contracts import (
    ContractStep,
    Part,
    SentStep,
    concerns,
    do,
    is_readable,
    open_steps,
    parts_of,
    readable_contract,
)
from matchmaker.errors import NotAllowed, NotFound
from matchmaker.models.account import Scope
from matchmaker.models.contract import TechnologyContract
from matchmaker.rights import ANYONE, PLATFORM
from matchmaker.visibility import today
from tests.factories import make_contract, make_registered
from tests.matchmaker.contracts.world import OTHER_DISTRICT, make_contracting

HOLDERS = {"enterprise", "institution", "broker", "brokerage"}
OFFICIALS = {"district", "city", "administrator"}


def test_sql_and_python_agree_for_everybody(session: Session) -> None:
    people = make_contracting(session)
    contracts = [
        people.contract,
        make_contract(session, seller_region_code=OTHER_DISTRICT, buyer_region_code="340100"),
        make_contract(session, seller_region_code=None, buyer_region_code=None),
        make_registered(session, seller_region_code="340100", buyer_region_code="990102"),
    ]
    contracts[2].posted_by_id = people.account_id("commissioner")
    session.flush()
    seen = set()
    for name in (*people.accounts, ""):
        reader = people.actor(name) if name else ANYONE
        in_sql = set(session.exec(select(TechnologyContract.id).where(concerns(reader))))
        in_python = {one.id for one in contracts if is_readable(one, reader)}
        assert in_sql == in_python, name
        seen.add(frozenset(in_sql))
    # Everything, nothing and several things in between were seen: the rule is not a constant.
    assert len(seen) > 4
    assert set(session.exec(select(TechnologyContract.id).where(concerns(PLATFORM)))) == {one.id for one in contracts}


def test_everybody_is_what_she_is(session: Session) -> None:
    people = make_contracting(session)
    for name in people.accounts:
        expected = {Part.HOLDER} if name in HOLDERS else {Part.OFFICIAL} if name in OFFICIALS else set()
        assert parts_of(people.contract, people.actor(name)) == expected, name
    with pytest.raises(NotFound) as hidden:
        readable_contract(session, people.contract.id or 0, people.actor("colleague"))
    with pytest.raises(NotFound) as missing:
        readable_contract(session, 999_999, people.actor("colleague"))
    assert hidden.value.fix == missing.value.fix


def test_a_key_without_the_scope_reads_and_does_nothing(session: Session) -> None:
    from dataclasses import replace

    people = make_contracting(session)
    program = replace(people.actor("broker"), scopes=frozenset({Scope.READ}))
    assert is_readable(people.contract, program)
    assert open_steps(session, people.contract, program) == []
    with pytest.raises(NotAllowed):
        do(session, people.contract, ContractStep.VOID, SentStep(note="不签了", version=1), by=program)


def test_outsiders_may_take_no_step(session: Session) -> None:
    people = make_contracting(session)
    before = people.contract.model_dump()
    for name in set(people.accounts) - HOLDERS - OFFICIALS:
        for step in ContractStep:
            if step in (
                ContractStep.CREATE,
                ContractStep.REVISE,
                ContractStep.AMEND,
                ContractStep.CORRECT,
                ContractStep.RECEIVE,
                ContractStep.VERIFY,
                ContractStep.ATTACH,
            ):
                continue
            asked = SentStep(
                version=people.contract.version,
                on=today(),
                number="2026123456789012",
                reasons=["other"],
                note="说明",
                granted=True,
                match_id=1,
            )
            with pytest.raises(NotFound):
                do(session, people.contract, step, asked, by=people.actor(name))
    assert people.contract.model_dump() == before
