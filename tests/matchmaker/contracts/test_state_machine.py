"""Random lives of contracts, and the ordinary ones that the random walk must not miss (`lives.py`)."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)
from sqlalchemy import Engine

from matchmaker import contracts
from matchmaker.accounts import actor_of
from matchmaker.contracts import ContractStep, Part
from matchmaker.database import session_scope
from matchmaker.models.account import Role
from tests.factories import make_account, make_enterprise
from tests.matchmaker.contracts.lives import Lives
from tests.matchmaker.contracts.model import MOVES, NUMBERS, S


@pytest.fixture
def lives(database: Engine) -> type[Lives]:
    """The machine on this test's database, with four people who are there already."""
    name = "澄湖秸秆技术公司"
    with session_scope(database) as session:
        seller = make_enterprise(session, name=name)
        session.flush()
        accounts = {
            "holder": make_account(session, role=Role.ENTERPRISE, enterprise_id=seller.id),
            "city": make_account(session, role=Role.CITY_OFFICIAL),
            "seller's district": make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="990102"),
            "other enterprise": make_account(session, role=Role.ENTERPRISE),
        }
        people = {who: actor_of(session, account) for who, account in accounts.items()}
    given = {"database": database, "people": people, "seller": name, "taken": set()}
    return type("LivesHere", (Lives,), given)


@pytest.mark.postgresql
@pytest.mark.slow
def test_random_lives_keep_every_promise(lives: type[Lives], on_postgresql: bool) -> None:
    run_state_machine_as_test(
        lives,
        settings=settings(
            # Some ten seconds on either database; `--hypothesis-seed` and larger numbers are for searching.
            max_examples=12 if on_postgresql else 40,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_every_step_is_reached(lives: type[Lives]) -> None:
    """The same rules in the order of two ordinary lives: what the random walk checks is not empty."""
    machine = lives()
    machine.begin()
    one = machine.create(value=5_000_00, less=1_000_00, who="holder", ago=None)
    machine.revise(one, "holder", 6_000_00, 4_000_00, stale=False)
    machine.sign(one, "holder", 3)
    for step, who, ago in (
        (ContractStep.RETURN, "city", 2),
        (ContractStep.REFUSE, "seller's district", 1),
        (ContractStep.ACCEPT, "city", 0),
    ):
        machine.submit(one, "holder", ago)
        machine.hear_from_the_registry(one, who, ago, step)
    machine.hear_from_the_registry(one, "city", 0, ContractStep.REVIEW)
    machine.register(one, "city", 0, NUMBERS[0])
    machine.amend(one, "holder", 7_000_00, 5_000_00)
    machine.withdraw(one, "holder")
    machine.amend(one, "holder", 7_000_00, 5_000_00)
    machine.decide(one, "city", 0, granted=True)
    machine.correct(one, "city", 7_000_00, 6_000_00, stale=False)
    machine.receive(one, "holder", 0, 3_000_00)
    machine.verify(one, "city", 0, 2_000_00, 0)
    machine.end(one, "city", 0, ContractStep.CANCEL, "解除")
    assert machine.known[one].versions == [
        (6_000_00, 4_000_00),
        (7_000_00, 5_000_00),
        (7_000_00, 6_000_00),
        (7_000_00, 6_000_00),
    ]
    other = machine.bring_from_a_list(2_000_00, NUMBERS[1], 1)
    machine.end(other, "seller's district", 0, ContractStep.REVOKE, "材料不实")
    third = machine.create(value=0, less=0, who="city", ago=0)
    machine.void(third, "holder")
    for check in (
        machine.every_contract_is_what_the_model_says,
        machine.no_version_is_lost,
        machine.nothing_counts_twice,
        machine.the_history_is_a_way_along_the_table,
    ):
        check()
    machine.teardown()
    assert lives.taken == set(MOVES)


def test_a_granted_change_that_is_there_already_can_still_be_recorded_or_withdrawn(lives: type[Lives]) -> None:
    """The ledger was corrected to what the amendment asked for while it was pending."""
    machine = lives()
    machine.begin()
    one = machine.bring_from_a_list(2_000_00, NUMBERS[0], 1)
    machine.amend(one, "holder", 3_000_00, 3_000_00)
    machine.correct(one, "city", 3_000_00, 3_000_00, stale=False)
    machine.decide(one, "city", 0, granted=True)
    machine.no_version_is_lost()
    machine.teardown()


@pytest.mark.parametrize("step", MOVES, ids=str)
def test_the_table_is_the_one_in_force(step: ContractStep) -> None:
    allowed, leads_to, only_officials = MOVES[step]
    found = contracts.LIFE[step]
    assert (found.before, found.after) == (allowed, leads_to)
    assert (found.who == {Part.OFFICIAL}) is only_officials


def test_the_readme_says_which_statuses_count() -> None:
    """By registration date only what stands registered, by signing date whatever is in force."""
    readme = (Path(__file__).parents[3] / "matchmaker" / "README.md").read_text("utf-8")
    table = readme.split("| `ContractStatus` | label | counted as turnover |")[1].split("\n\n")[0]
    told = dict(re.findall(r"^\| `(\w+)` \| \S+ \| (.+) \|$", table, re.MULTILINE))
    counts = {
        status: "yes" if status is S.REGISTERED else "by signing date" if status in contracts.IN_FORCE else "no"
        for status in S
    }
    assert told == {status.value: words for status, words in counts.items()}
