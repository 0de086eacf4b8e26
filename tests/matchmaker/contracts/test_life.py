"""The table of steps: every status reachable, nothing leaves an end, and the page offers what the verbs accept."""

import pytest
from sqlmodel import Session

from matchmaker.contracts import ENDED, LIFE, ContractStep, Part, may_take, open_steps
from matchmaker.contracts.life import check_step
from matchmaker.errors import NotAllowed, WrongStatus
from matchmaker.models.contract_words import ContractStatus
from tests.matchmaker.contracts.world import make_contracting

# What each status offers a holder and an official, as the offices work (domain.md §2.4); written down a second time.
OFFERED: dict[str, tuple[str, str]] = {
    "draft": ("revise sign void attach", "revise sign void attach link"),
    "signed": (
        "revise submit report void receive attach",
        "revise submit register void receive attach link",
    ),
    "submitted": ("report receive attach", "return accept register refuse receive attach link"),
    "returned": ("revise submit void receive attach", "revise submit void receive attach link"),
    "accepted": ("report receive attach", "return review register refuse receive attach link"),
    "second_review": ("report receive attach", "return register refuse receive attach link"),
    "registered": ("amend receive attach", "amend correct cancel revoke receive attach link"),
    "refused": ("revise submit void attach", "revise submit void attach link"),
    "cancelled": ("", ""),
    "revoked": ("", ""),
    "void": ("", ""),
}


@pytest.mark.parametrize("status", ContractStatus)
def test_what_is_offered(session: Session, status: ContractStatus) -> None:
    people = make_contracting(session)
    people.contract.status = status
    for name, offered in zip(("broker", "district"), OFFERED[status], strict=True):
        found = open_steps(session, people.contract, people.actor(name))
        assert set(found) == set(offered.split()), name


def test_every_status_is_reached_and_no_end_is_left() -> None:
    reached = {ContractStatus.DRAFT, *(rule.after for rule in LIFE.values() if rule.after)}
    assert reached == set(ContractStatus)
    for rule in LIFE.values():
        assert not rule.before & ENDED


def test_only_officials_note_what_the_registry_did() -> None:
    for step in (
        ContractStep.ACCEPT,
        ContractStep.RETURN,
        ContractStep.REVIEW,
        ContractStep.REGISTER,
        ContractStep.REFUSE,
        ContractStep.CANCEL,
        ContractStep.REVOKE,
    ):
        for status in ContractStatus:
            assert not may_take(step, status, frozenset({Part.HOLDER}))
        with pytest.raises(NotAllowed):
            check_step(step, ContractStatus.SUBMITTED, frozenset({Part.HOLDER}))


def test_a_registered_contract_says_how_it_changes() -> None:
    with pytest.raises(WrongStatus, match="申请变更登记"):
        check_step(ContractStep.REVISE, ContractStatus.REGISTERED, frozenset(Part))
