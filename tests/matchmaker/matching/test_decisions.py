"""Decisions as judgements: what counts, who speaks, and that nobody speaks louder than the others together allow."""

import pytest
from sqlmodel import Session

from matchmaker.brokerage import accept, decline, introduce, take_up
from matchmaker.matching import Opinion, give_feedback
from matchmaker.matching.decisions import Decision, are_enough, decisions, weights_of
from matchmaker.models.account import Role
from matchmaker.models.feedback import Relevance
from matchmaker.models.match import DeclineReason, Side
from tests.factories import (
    actor_for,
    make_account,
    make_achievement,
    make_broker,
    make_enterprise,
    make_institution,
    make_need,
)


def said(**counts: int) -> list[Decision]:
    """So many decisions of each voice, each on a pair of its own."""
    return [
        Decision(number, number, number % 2 == 0, voice) for voice, count in counts.items() for number in range(count)
    ]


@pytest.mark.parametrize(
    ("counts", "is_enough"),
    [
        ({"a": 300}, False),
        ({"a": 150, "b": 150}, False),
        ({"a": 10, "b": 10, "c": 9}, False),
        ({"a": 10, "b": 10, "c": 10}, True),
    ],
)
def test_never_from_one_persons_clicks(counts: dict[str, int], is_enough: bool) -> None:
    assert are_enough(said(**counts)) is is_enough


@pytest.mark.parametrize(
    "counts",
    [
        {"a": 300, "b": 4, "c": 5},
        {"a": 300, "b": 200, "c": 5, "d": 5, "e": 1},
        {"a": 1000, "b": 20, "c": 20, "d": 20, "e": 20, "f": 20, "g": 20},
        {"a": 9, "b": 9, "c": 9, "d": 9, "e": 9, "f": 9},
    ],
)
def test_no_voice_has_more_than_its_share(counts: dict[str, int]) -> None:
    found = said(**counts)
    weights = weights_of(found)
    assert all(0 < weight <= 1 for weight in weights)
    shares = {
        voice: sum(weight for decision, weight in zip(found, weights, strict=True) if decision.voice == voice)
        for voice in counts
    }
    most = max(0.20, 1 / len(counts))
    assert all(share <= most * sum(shares.values()) + 1e-9 for share in shares.values())


def test_what_is_not_too_loud_counts_whole() -> None:
    assert set(weights_of(said(a=9, b=9, c=9, d=9, e=9, f=9))) == {1.0}


def test_what_counts_as_a_judgement(session: Session) -> None:
    enterprise, institution = make_enterprise(session), make_institution(session)
    by_need = actor_for(session, make_account(session, enterprise_id=enterprise.id))
    colleague = actor_for(session, make_account(session, enterprise_id=enterprise.id))
    by_achievement = actor_for(session, make_account(session, Role.INSTITUTION, institution_id=institution.id))
    broker = actor_for(session, make_account(session, Role.BROKER, broker_id=make_broker(session).id))
    achievement = make_achievement(session, institution_name=institution.name)
    needs = [make_need(session, enterprise_name=enterprise.name) for _ in range(4)]
    session.flush()
    matches = [take_up(session, need, achievement, by=broker) for need in needs[:3]]
    for match in matches:
        introduce(session, match, by=broker)
    agreed, out_of_field, too_dear = matches
    accept(session, agreed, Side.NEED, by=by_need)
    accept(session, agreed, Side.ACHIEVEMENT, by=by_achievement)
    decline(session, out_of_field, Side.NEED, by=by_need, reason=DeclineReason.OUT_OF_FIELD)
    decline(session, too_dear, Side.NEED, by=by_need, reason=DeclineReason.TOO_EXPENSIVE)
    for by in (by_need, colleague):
        give_feedback(session, needs[3], achievement, Opinion(Relevance.NOT_RELEVANT), by=by)
    session.flush()
    enterprise_voice = f"enterprise:{enterprise.id}"
    assert {(one.need_id, one.is_good, one.voice) for one in decisions(session)} == {
        (needs[0].id, True, enterprise_voice),
        (needs[0].id, True, f"institution:{institution.id}"),
        (needs[1].id, False, enterprise_voice),
        # Colleagues speak once; that something is too dear says nothing about relevance.
        (needs[3].id, False, enterprise_voice),
    }
