"""“这条不相关”: the owner's word takes a pair out of her record's recommendations, and back in when she takes it back."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.errors import NotAllowed, NotFound
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.matching import (
    Opinion,
    feedback_on,
    give_feedback,
    match_achievement,
    match_need,
    own_feedback,
    proposed,
    withdraw_feedback,
)
from matchmaker.models.account import Role, Scope
from matchmaker.models.feedback import MatchFeedback, Relevance
from matchmaker.models.match import Side
from matchmaker.rights import ANYONE
from tests.factories import actor_for, make_account, make_achievement, make_broker, make_enterprise, make_need

TITLE = "再生铅熔炼烟气中铅尘深度净化"
NOT_RELEVANT = Opinion(Relevance.NOT_RELEVANT)


def test_the_owners_word_leaves_the_pair_out_of_her_records_list_until_it_is_taken_back(
    database: Engine, session: Session, indexes: Indexes
) -> None:
    enterprise = make_enterprise(session, name="澄湖再生资源示例公司")
    need = make_need(session, title=TITLE, enterprise_name=enterprise.name)
    first, second = (make_achievement(session, title=f"{TITLE}装备{which}型") for which in "甲乙")
    owner, colleague = (actor_for(session, make_account(session, enterprise_id=enterprise.id)) for _ in range(2))
    session.commit()
    relay_all(database, indexes)
    before = {scored.record.id: scored.probability for scored in match_need(session, indexes, need)}
    assert set(before) == {first.id, second.id}

    said = give_feedback(
        session,
        need,
        first,
        Opinion(Relevance.NOT_RELEVANT, "用途不同", proposed(session, indexes, need, first)),
        by=owner,
    )
    assert (said.side, said.role, said.probability) == (Side.NEED, Role.ENTERPRISE, before[first.id])
    assert said.matcher_version
    found = {scored.record.id: scored.probability for scored in match_need(session, indexes, need)}
    assert found == {second.id: before[second.id]}, "the others stay where they were"
    # It is her record's list that she speaks for.
    assert [scored.record.id for scored in match_achievement(session, indexes, first)] == [need.id]

    assert [row.id for row in own_feedback(session, colleague, limit=10)] == [said.id]
    withdraw_feedback(session, said.id or 0, by=colleague)
    assert {scored.record.id for scored in match_need(session, indexes, need)} == set(before)
    with pytest.raises(NotFound):
        withdraw_feedback(session, said.id or 0, by=owner)


def test_said_again_it_is_one_row_and_another_word_replaces_it(session: Session) -> None:
    enterprise = make_enterprise(session)
    need = make_need(session, enterprise_name=enterprise.name)
    achievement = make_achievement(session)
    session.flush()
    owner = actor_for(session, make_account(session, enterprise_id=enterprise.id))
    first = give_feedback(session, need, achievement, NOT_RELEVANT, by=owner)
    at = first.at
    again = give_feedback(session, need, achievement, NOT_RELEVANT, by=owner)
    assert (again.id, again.at) == (first.id, at)
    changed = give_feedback(session, need, achievement, Opinion(Relevance.USEFUL), by=owner)
    assert changed.id == first.id
    assert [row.verdict for row in session.exec(select(MatchFeedback))] == [Relevance.USEFUL]
    assert feedback_on(session, need, [achievement.id], owner) == {achievement.id: Relevance.USEFUL}
    assert feedback_on(session, achievement, [need.id], owner) == {need.id: Relevance.USEFUL}
    assert feedback_on(session, need, [achievement.id], ANYONE) == {}


def test_a_brokers_word_is_kept_and_leaves_nothing_out(database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement = make_need(session, title=TITLE), make_achievement(session, title=f"{TITLE}装备")
    broker = actor_for(session, make_account(session, Role.BROKER, broker_id=make_broker(session).id))
    session.commit()
    relay_all(database, indexes)
    said = give_feedback(session, need, achievement, NOT_RELEVANT, by=broker)
    assert said.side is None
    assert [scored.record.id for scored in match_need(session, indexes, need)] == [achievement.id]


def test_who_may_not_judge(session: Session) -> None:
    need, achievement = make_need(session), make_achievement(session)
    session.flush()
    stranger = actor_for(session, make_account(session, enterprise_id=make_enterprise(session).id))
    broker = actor_for(session, make_account(session, Role.BROKER, broker_id=make_broker(session).id))
    reading_program = replace(broker, scopes=frozenset({Scope.READ}))
    for by in (ANYONE, stranger, reading_program, replace(broker, is_certified=False)):
        with pytest.raises(NotAllowed):
            give_feedback(session, need, achievement, NOT_RELEVANT, by=by)
