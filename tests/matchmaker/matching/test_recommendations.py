"""What was published lately is matched before anybody opens its page."""

from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.duties import DUTIES, run_duty
from matchmaker.errors import SearchNotAvailable
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.matching import counterparts, match_new
from matchmaker.matching.matcher import recommended_to_all
from matchmaker.models import Match
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.need import TechnologyNeed
from matchmaker.worklist import WorkKind, work_lists
from tests.factories import actor_for, make_account, make_achievement, make_enterprise, make_need
from tests.matchmaker.matching.test_matcher import ACHIEVEMENT, NEED

# Due at any hour of a test.
DUTY = replace(next(one for one in DUTIES if one.name == "recommendations"), at=time(0, 0))


def test_a_new_need_has_its_recommendations_in_the_morning(database: Engine, indexes: Indexes) -> None:
    with session_scope(database) as session:
        enterprise = make_enterprise(session)
        owner = make_account(session, role=Role.ENTERPRISE, enterprise_id=enterprise.id)
        need = make_need(session, enterprise_name=enterprise.name, **NEED)
        achievement = make_achievement(session, **ACHIEVEMENT)
        need.published_at = now() - timedelta(days=2)
        achievement.published_at = now() - timedelta(days=100)
        make_achievement(session, title="不公开的除尘装备", confidentiality="directed", summary=ACHIEVEMENT["summary"])
        session.flush()
        account_id, title = owner.id, achievement.title
    relay_all(database, indexes)
    assert run_duty(database, indexes, DUTY)
    with Session(database) as session:
        owner = session.get_one(Account, account_id)
        likely = next(one for one in work_lists(session, actor_for(session, owner)) if one.kind is WorkKind.LIKELY)
        assert [item.title for item in likely.items] == [title]
        assert match_new(database, indexes) == 0, "once is enough"


def test_what_is_old_or_not_open_is_left_alone(database: Engine, indexes: Indexes) -> None:
    with session_scope(database) as session:
        old = make_need(session, **NEED)
        make_need(session, **{**NEED, "title": "还是草稿的除尘需求", "status": "draft"})
        achievement = make_achievement(session, **ACHIEVEMENT)
        for record in (old, achievement):
            record.published_at = now() - timedelta(days=4)
    relay_all(database, indexes)
    with Session(database) as session:
        assert match_new(database, indexes) == 0
        assert session.exec(select(Match)).all() == []


def test_without_an_index_it_is_done_later(database: Engine) -> None:
    with pytest.raises(SearchNotAvailable):
        run_duty(database, None, DUTY)


def test_asked_for_together_each_gets_what_it_gets_alone(database: Engine, indexes: Indexes) -> None:
    with session_scope(database) as session:
        own = make_enterprise(session)
        needs = [
            make_need(session, **{**NEED, "title": f"{NEED['title']}（{number} 号窑）"}, enterprise_name=name)
            for number, name in enumerate((own.name, "另一家企业", "第三家企业"))
        ]
        achievements = [
            make_achievement(session, **{**ACHIEVEMENT, "title": f"{ACHIEVEMENT['title']} {number} 型"})
            for number in range(3)
        ]
        # Hers is for others, not for herself.
        achievements[0].enterprise_id, achievements[0].institution_id = own.id, None
        session.flush()
        numbers = [need.id for need in needs], [achievement.id for achievement in achievements]
    relay_all(database, indexes)
    with Session(database) as session:
        for table, ids in zip((TechnologyNeed, Achievement), numbers, strict=True):
            records = [session.get_one(table, number) for number in ids]
            alone = [counterparts(session, indexes, record).recommended for record in records]
            assert all(alone)
            assert len(alone[0]) < len(alone[1])
            assert list(recommended_to_all(session, indexes, records)) == alone
        assert list(recommended_to_all(session, indexes, [])) == []
