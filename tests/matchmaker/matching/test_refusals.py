"""A pair that a side declined as out of its field is recommended to nobody again; other reasons are no judgement."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.matching import keep, match_achievement, match_need, ordered_ids
from matchmaker.models.match import DeclineReason, Match, MatchStatus, Side
from matchmaker.rights import PLATFORM
from tests.factories import make_achievement, make_need

TITLE = "再生铅熔炼烟气中铅尘深度净化"


@pytest.mark.parametrize(
    ("status", "reason", "is_shown"),
    [
        (MatchStatus.DECLINED, DeclineReason.OUT_OF_FIELD, False),
        *((MatchStatus.DECLINED, one, True) for one in DeclineReason if one is not DeclineReason.OUT_OF_FIELD),
        # Reopened since.
        (MatchStatus.RECOMMENDED, None, True),
    ],
)
def test_only_out_of_field_leaves_a_pair_out_both_ways(
    database: Engine,
    session: Session,
    indexes: Indexes,
    status: MatchStatus,
    reason: DeclineReason | None,
    is_shown: bool,
) -> None:
    need = make_need(session, title=TITLE)
    first, second = (make_achievement(session, title=f"{TITLE}装备{which}型") for which in "甲乙")
    session.commit()
    relay_all(database, indexes)
    scored = match_need(session, indexes, need)
    before = {one.record.id: one.probability for one in scored}
    assert set(before) == {first.id, second.id}
    rows = {row.achievement_id: row.id for row in keep(database, scored)}
    # The matches were stored by a transaction of their own.
    session.rollback()
    ranked = ordered_ids(session, indexes, need, limit=10)
    refused = session.get_one(Match, rows[first.id or 0])
    refused.status, refused.decline_reason = status, reason
    refused.declined_by = Side.NEED if reason else None
    session.commit()
    found = {one.record.id: one.probability for one in match_need(session, indexes, need, reader=PLATFORM)}
    assert set(found) == ({first.id, second.id} if is_shown else {second.id})
    assert found[second.id] == before[second.id], "the others stay where they were"
    assert [one.record.id for one in match_achievement(session, indexes, first)] == ([need.id] if is_shown else [])
    assert [one.record.id for one in match_achievement(session, indexes, second)] == [need.id]
    # What is measured is the ranking, not what people said of it.
    assert ordered_ids(session, indexes, need, limit=10) == ranked
