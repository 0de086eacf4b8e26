"""Matching both ways: better before worse, nothing that may not be shown, explanations that can be checked."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from indexing.segmentation import fold
from matchmaker.achievements import revise_achievement
from matchmaker.errors import RecordNotMatchable, SearchNotAvailable
from matchmaker.index_documents import field_text
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.matching import MATCHER_VERSION, counterparts, keep, match_achievement, match_need, scored_pair
from matchmaker.models import Achievement, AchievementUpdate, Match, TechnologyNeed
from matchmaker.models.account import Role
from matchmaker.models.match import Band, Verdict
from matchmaker.models.need import NeedCreate
from matchmaker.rights import ANYONE, PLATFORM, Actor
from matchmaker.visibility import today
from tests.factories import make_achievement, make_enterprise, make_need

NEED: dict[str, Any] = {
    "title": "再生铅熔炼烟气中铅尘深度净化",
    "problem": "熔炼炉烟气温度高、含铅粉尘细，布袋除尘后排放浓度仍偏高。",
    "key_indicators": [{"name": "铅尘排放浓度", "operator": "<=", "target": "0.5", "unit": "mg/m³"}],
    "technology_field": "environment",
    "city_industry": "recycling",
    "maturity_min": 6,
    "budget_max_fen": 200_000_000,
    "cooperation_modes": ["licence"],
}
ACHIEVEMENT: dict[str, Any] = {
    "title": "再生铅熔炼烟气覆膜滤筒深度净化装备",
    "summary": "用于再生铅熔炼烟气的高温覆膜滤筒除尘装备。",
    "indicators": [{"name": "铅尘排放浓度", "value": "0.3", "unit": "mg/m³"}],
    "technology_field": "environment",
    "city_industry": "recycling",
    "maturity_level": 8,
    "price_mode": "fixed",
    "price_fen": 150_000_000,
    "cooperation_modes": ["licence"],
}
# Each pair: what makes the better one better than the worse one for NEED.
PAIRS = [
    ("texts", {}, {"title": "玉米秸秆制备可降解包装材料", "summary": "以秸秆为原料。", "indicators": []}),
    ("indicator reached", {}, {"indicators": [{"name": "铅尘排放浓度", "value": "0.9", "unit": "mg/m³"}]}),
    ("maturity", {}, {"maturity_level": 3}),
    ("technology field", {}, {"technology_field": "agriculture"}),
    ("industry", {}, {"city_industry": "textiles"}),
    ("price", {}, {"price_fen": 900_000_000}),
    ("cooperation", {}, {"cooperation_modes": ["equity"]}),
    ("unknown beats unmet", {"maturity_level": None}, {"maturity_level": 2}),
    ("met beats unknown", {}, {"maturity_level": None}),
]


@pytest.mark.parametrize(("reason", "better", "worse"), PAIRS, ids=[pair[0] for pair in PAIRS])
def test_the_better_comes_before_the_worse(
    database: Engine, session: Session, indexes: Indexes, reason: str, better: dict[str, Any], worse: dict[str, Any]
) -> None:
    need = make_need(session, **NEED)
    # The worse one first: order of entry must not decide.
    second = make_achievement(session, **{**ACHIEVEMENT, **worse})
    first = make_achievement(session, **{**ACHIEVEMENT, **better})
    session.commit()
    relay_all(database, indexes)
    found = [one.record.id for one in match_need(session, indexes, need)]
    assert found[0] == first.id
    assert second.id not in found or found.index(second.id) > 0


def _pair(session: Session, database: Engine, indexes: Indexes, **values: Any) -> tuple[TechnologyNeed, Achievement]:
    need = make_need(session, **NEED)
    achievement = make_achievement(session, **{**ACHIEVEMENT, **values})
    session.commit()
    relay_all(database, indexes)
    return need, achievement


def test_both_directions_find_each_other(database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement = _pair(session, database, indexes)
    assert [one.record for one in match_need(session, indexes, need)] == [achievement]
    assert [one.record for one in match_achievement(session, indexes, achievement)] == [need]


def test_both_directions_give_one_probability(database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement = _pair(session, database, indexes)
    for number in range(6):
        make_achievement(session, title=f"再生铅烟气除尘装备{number}型", summary="布袋除尘。" * number)
        make_need(session, title=f"再生铅熔炼余热回收{number}", problem="余热没有用起来。" * (number + 1))
    session.commit()
    relay_all(database, indexes)
    there = {scored.pair: scored for scored in match_need(session, indexes, need, limit=20)}
    back = {scored.pair: scored for scored in match_achievement(session, indexes, achievement, limit=20)}
    assert there[need.id, achievement.id].probability == back[need.id, achievement.id].probability
    assert there[need.id, achievement.id].band is back[need.id, achievement.id].band


def test_unrelated_records_change_no_probability(database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement = _pair(session, database, indexes)
    before = {scored.pair: scored.probability for scored in match_need(session, indexes, need)}
    for number in range(60):
        make_achievement(session, title=f"玉米秸秆制备可降解包装材料{number}", summary="以秸秆为原料，热压成型。")
        make_need(session, title=f"水产冷链温度监测{number}", problem="冷库温度波动大。")
    session.commit()
    relay_all(database, indexes)
    after = {scored.pair: scored.probability for scored in match_need(session, indexes, need)}
    assert after[need.id, achievement.id] == before[need.id, achievement.id]


def test_an_unsaved_need_is_compared_as_the_stored_one(database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement = _pair(session, database, indexes)
    unsaved = TechnologyNeed(**NeedCreate(**NEED, source="typed", source_id="1").model_dump(), id=0)
    answered = match_need(session, indexes, unsaved)
    assert [scored.record.id for scored in answered] == [achievement.id]
    assert answered[0].probability == match_need(session, indexes, need)[0].probability
    assert answered[0].pair == (0, achievement.id)


def test_looking_stores_nothing_and_waits_for_no_writer(database: Engine, session: Session, indexes: Indexes) -> None:
    need, _ = _pair(session, database, indexes)
    with Session(database) as writer:
        writer.add(make_need(writer, title="正在写入的需求"))
        writer.flush()
        assert match_need(session, indexes, need)
    assert session.exec(select(Match)).all() == []


# What each changes in the achievement, and what is then broken.
VIOLATIONS = [
    ({"indicators": [{"name": "铅尘排放浓度", "value": "0.9", "unit": "mg/m³"}]}, "indicator"),
    ({"price_fen": 900_000_000}, "budget"),
    ({"maturity_level": 3}, "maturity"),
]


@pytest.mark.parametrize(("changes", "kind"), VIOLATIONS, ids=[kind for _, kind in VIOLATIONS])
def test_who_breaks_a_requirement_stands_below_who_breaks_none(
    database: Engine, session: Session, indexes: Indexes, changes: dict[str, Any], kind: str
) -> None:
    need = make_need(session, **NEED)
    violator = make_achievement(session, **{**ACHIEVEMENT, **changes, "title": NEED["title"]})
    silent = make_achievement(session, title="再生铅烟气净化", summary="熔炼烟气铅尘的深度净化。")
    session.commit()
    relay_all(database, indexes)
    found = counterparts(session, indexes, need)
    order = [scored.record.id for scored in (*found.recommended, *found.related)]
    assert order.index(silent.id) < order.index(violator.id) or violator.id not in order
    broken = scored_pair(session, indexes, need, violator)
    assert broken.band is not Band.HIGH
    assert [one.kind for one in broken.explanation.verdicts if one.verdict is Verdict.UNMET] == [kind]
    assert broken.explanation.sentence.startswith("有 1 项硬性要求不符合")


def test_the_words_stand_where_the_explanation_says(database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement = _pair(session, database, indexes)
    explanation = match_need(session, indexes, need)[0].explanation
    assert "熔炼" in "".join(word.word for word in explanation.words)
    for shared in explanation.words:
        for record, spans in ((need, shared.in_need), (achievement, shared.in_achievement)):
            assert spans
            for span in spans:
                assert fold(field_text(record, span.field)[span.start : span.end])[0] == shared.word


def test_the_explanation_is_the_same_from_both_sides(database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement = _pair(session, database, indexes)
    one = match_need(session, indexes, need)[0].explanation
    other = match_achievement(session, indexes, achievement)[0].explanation
    named = {reason.code: reason for reason in other.reasons}
    assert [word.word for word in one.words] == [word.word for word in other.words]
    assert all(reason == named[reason.code] for reason in one.reasons if reason.code not in ("words", "meaning"))


def test_what_is_missing_is_unknown(database: Engine, session: Session, indexes: Indexes) -> None:
    need, _ = _pair(session, database, indexes, maturity_level=None, technology_field=None, indicators=[])
    reasons = {reason.code: reason for reason in match_need(session, indexes, need)[0].explanation.reasons}
    assert reasons["maturity"].verdict is reasons["technology_field"].verdict is Verdict.UNKNOWN
    assert reasons["indicators"].score is None


def test_a_match_is_stored_once_and_brought_up_to_date(database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement = _pair(session, database, indexes)
    first = keep(database, match_need(session, indexes, need))[0]
    again = keep(database, match_need(session, indexes, need))[0]
    assert (first.id, first.updated_at) == (again.id, again.updated_at)
    assert first.matcher_version == MATCHER_VERSION
    session.rollback()
    shown = match_need(session, indexes, need)[0].match
    assert shown is not None
    assert shown.id == first.id
    session.rollback()
    revise_achievement(session, achievement, AchievementUpdate(version=achievement.version, maturity_level=3))
    session.commit()
    relay_all(database, indexes)
    changed = keep(database, [scored_pair(session, indexes, need, achievement)])[0]
    assert changed.id == first.id
    assert {one.code: one.verdict for one in changed.explanation.reasons}["maturity"] is Verdict.UNMET
    assert changed.achievement_version == achievement.version


@pytest.mark.parametrize(
    "hidden",
    [
        {"exclusive_licence_given": True},
        {"status": "withdrawn"},
        {"valid_until": today() - timedelta(days=1)},
        {"confidentiality": "broker_only"},
        {"confidentiality": "directed"},
    ],
    ids=lambda hidden: next(iter(hidden)),
)
def test_hard_filters_hold_whatever_the_texts_say(
    database: Engine, session: Session, indexes: Indexes, hidden: dict[str, Any]
) -> None:
    need, _ = _pair(session, database, indexes, **hidden)
    assert match_need(session, indexes, need) == []


def test_whom_unlisted_counterparts_are_shown_to(database: Engine, session: Session, indexes: Indexes) -> None:
    need, achievement = _pair(session, database, indexes, confidentiality="broker_only")
    broker = Actor(account_id=1, role=Role.BROKER, is_certified=True)
    uncertified = Actor(account_id=1, role=Role.BROKER)
    for reader, expected in ((PLATFORM, [achievement]), (broker, [achievement]), (uncertified, []), (ANYONE, [])):
        assert [one.record for one in match_need(session, indexes, need, reader=reader)] == expected


def test_an_organisation_is_not_matched_with_itself(database: Engine, session: Session, indexes: Indexes) -> None:
    enterprise = make_enterprise(session)
    need = make_need(session, **NEED, enterprise_name=enterprise.name)
    make_achievement(session, **ACHIEVEMENT, enterprise_name=enterprise.name)
    other = make_achievement(session, **ACHIEVEMENT)
    session.commit()
    relay_all(database, indexes)
    assert [one.record for one in match_need(session, indexes, need)] == [other]


def test_nothing_adequate_is_said_by_an_empty_list(database: Engine, session: Session, indexes: Indexes) -> None:
    need = make_need(session, **NEED)
    make_achievement(session, title="abcd efgh", summary="ijkl mnop")
    session.commit()
    relay_all(database, indexes)
    found = counterparts(session, indexes, need)
    assert (found.recommended, found.related) == ([], [])


def test_the_text_a_summary_hides_is_in_no_explanation(database: Engine, session: Session, indexes: Indexes) -> None:
    hidden = {
        "principle": "含铅粉尘专用秘方",
        "indicators": [{"name": "铅尘排放浓度", "value": "0.27531", "unit": "mg/m³"}],
    }
    need, _ = _pair(session, database, indexes, confidentiality="summary", **hidden)
    for reader in (ANYONE, PLATFORM):
        explanation = match_need(session, indexes, need, reader=reader)[0].explanation
        assert "秘方" not in explanation.model_dump_json()
        assert "0.27531" not in explanation.model_dump_json()
    assert all(span.field != "principle" for word in explanation.words for span in word.in_achievement)


def test_an_unpublished_need_is_refused_with_the_repair(session: Session, indexes: Indexes) -> None:
    need = make_need(session, **NEED, status="draft")
    session.commit()
    with pytest.raises(RecordNotMatchable, match="发布"):
        match_need(session, indexes, need)


def test_without_an_index_the_repair_is_named(session: Session, indexes: Indexes) -> None:
    need = make_need(session, **NEED)
    session.commit()
    with pytest.raises(SearchNotAvailable, match="matchmaker reindex"):
        match_need(session, indexes, need)
