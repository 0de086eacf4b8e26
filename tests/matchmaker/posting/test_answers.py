"""Answers to what a need requires and an achievement does not say: told, judged, and kept in the achievement."""

import pytest
from sqlmodel import Session, col, select

from matchmaker.brokerage import introduce, messages_of
from matchmaker.disclosure import shown_achievement, shown_need
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound
from matchmaker.matching.explanation import verdict_of
from matchmaker.matching.requirements import evidence_of, judged_answer, judgements, line_requirement, requirements_of
from matchmaker.matching.requirements.requirements import RequirementKind
from matchmaker.models.achievement import AchievementUpdate
from matchmaker.models.labels import NeedStatus
from matchmaker.models.match import Explanation, Match, Verdict
from matchmaker.models.posting import Revision, RevisionStatus
from matchmaker.posting.answers import Answered, answer_question
from matchmaker.posting.revising import revise_published, withdraw
from matchmaker.revisions import approve_revision
from tests.matchmaker.brokerage.world import People, make_people, told

MUST = "须通过儿童家具认证"
INDICATOR = {"name": "VOC 含量", "operator": "不高于", "target": "30", "unit": "g/L"}


def verdicts_now(people: People) -> Explanation:
    """What the matcher would say of the two records as they are."""
    evidence = evidence_of(shown_achievement(people.achievement))
    found = judgements(requirements_of(shown_need(people.need)), evidence)
    return Explanation(reasons=[], words=[], verdicts=[verdict_of(one) for one in found])


@pytest.fixture
def people(session: Session) -> People:
    return make_people(session, must_have=[MUST], key_indicators=[INDICATOR])


@pytest.fixture
def match(people: People) -> Match:
    """Carried and introduced, with two requirements that the achievement does not speak of."""
    match = people.match()
    match.explanation = verdicts_now(people)
    introduce(people.session, match, by=people.actor("broker"))
    assert {one.verdict for one in match.explanation.verdicts} == {Verdict.UNKNOWN}
    return match


def requirement(match: Match, words: str) -> str:
    return next(one.requirement for one in match.explanation.verdicts if words in one.requirement)


def answer(people: People, match: Match, words: str, text: str, *, keep: bool = True) -> Answered:
    wanted = requirement(match, words)
    return answer_question(people.session, match, wanted, text, keep=keep, by=people.actor("institution"))


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("实测 25 g/L，有检测报告", Verdict.MET),
        ("120 g/L", Verdict.UNMET),
        ("还没有测过", Verdict.UNKNOWN),
    ],
)
def test_an_answer_with_a_number_is_judged(people: People, match: Match, text: str, verdict: Verdict) -> None:
    assert answer(people, match, "VOC", text).verdict.verdict is verdict
    stored = {one.requirement: one for one in match.explanation.verdicts}
    assert stored[requirement(match, "VOC")].words == text
    assert stored[MUST].verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("满足，有证书", Verdict.MET),
        ("已通过", Verdict.MET),
        ("是", Verdict.MET),
        ("不满足", Verdict.UNMET),
        ("没有做过这项认证", Verdict.UNMET),
        ("未做", Verdict.UNMET),
        ("正在向检测机构了解", Verdict.UNKNOWN),
        ("能否请经纪人再问一下对方的要求", Verdict.UNKNOWN),
        ("有待确认", Verdict.UNKNOWN),
    ],
)
def test_an_answer_in_words_is_judged(text: str, verdict: Verdict) -> None:
    asked = line_requirement(MUST, RequirementKind.MUST_HAVE, "must_have")
    found = judged_answer(asked, "水性木器涂料", text)
    assert found.verdict is verdict
    assert bool(found.question) is (verdict is Verdict.UNKNOWN)


def test_the_other_side_and_the_broker_hear_of_it(people: People, match: Match) -> None:
    answer(people, match, "儿童家具", "满足，有证书", keep=False)
    thread = messages_of(people.session, match, reader=people.actor("broker"))
    assert [message.text for message in thread] == [f"关于“{MUST}”：满足，有证书"]
    assert any("新留言" in notice.title for notice in told(people, "broker"))
    assert any("新留言" in notice.title for notice in told(people, "enterprise"))


def test_what_is_kept_is_reviewed_and_judges_the_next_match(people: People, match: Match) -> None:
    found = answer(people, match, "VOC", "实测 25 g/L")
    assert found.revised is not None
    revision = found.revised.revision
    assert revision is not None
    # Nobody reads it before an official has.
    assert "25" not in people.achievement.summary
    approve_revision(people.session, revision, by=people.actor("city"), version=people.achievement.version)
    assert people.achievement.summary.endswith("VOC 含量：实测 25 g/L")
    verdicts = {one.requirement: one.verdict for one in verdicts_now(people).verdicts}
    assert verdicts[requirement(match, "VOC")] is Verdict.MET


def test_a_change_that_waits_is_not_lost(people: People, match: Match) -> None:
    change = AchievementUpdate(title="另一个名称的成果", summary="新的简介", version=people.achievement.version)
    revise_published(people.session, people.achievement, change, by=people.actor("institution"))
    answer(people, match, "VOC", "实测 25 g/L")
    answer(people, match, "儿童家具", "满足，有证书")
    waiting = people.session.exec(select(Revision).where(col(Revision.status) == RevisionStatus.PENDING)).one()
    assert waiting.values == {
        "title": "另一个名称的成果",
        "summary": f"新的简介\nVOC 含量：实测 25 g/L\n{MUST}：满足，有证书",
    }


def test_without_keeping_nothing_is_changed(people: People, match: Match) -> None:
    assert answer(people, match, "VOC", "实测 25 g/L", keep=False).revised is None
    assert people.session.exec(select(Revision)).all() == []


def test_contacts_are_no_answer(people: People, match: Match) -> None:
    found = answer(people, match, "儿童家具", "请打 13812345678 问我")
    assert found.contacts_hidden
    assert "138" not in found.verdict.words
    assert found.revised is not None
    assert found.revised.revision is not None
    assert "138" not in f"{found.revised.revision.values}"


def test_only_the_side_that_is_asked_answers(people: People, match: Match) -> None:
    for name in ("enterprise", "broker", "city"):
        with pytest.raises(NotAllowed):
            answer_question(people.session, match, MUST, "满足", keep=True, by=people.actor(name))
    with pytest.raises(NotFound):
        answer_question(people.session, match, MUST, "满足", keep=True, by=people.actor("other_enterprise"))


def test_what_cannot_be_answered_is_said(people: People, match: Match) -> None:
    for text in ("", "  ", "长" * 301):
        with pytest.raises(MalformedRequest):
            answer(people, match, "VOC", text)
    answer(people, match, "VOC", "25 g/L")
    with pytest.raises(MalformedRequest, match="已有结论"):
        answer(people, match, "VOC", "26 g/L")


def test_a_summary_that_is_full_says_so(people: People, match: Match) -> None:
    people.achievement.summary = "长" * 4995
    with pytest.raises(MalformedRequest, match="写满"):
        answer(people, match, "VOC", "实测 25 g/L")


def test_a_need_that_asks_no_longer_leaves_the_answer_to_people(people: People, match: Match) -> None:
    people.need.key_indicators = []
    found = answer(people, match, "VOC", "实测 25 g/L")
    assert (found.verdict.verdict, found.verdict.words) == (Verdict.UNKNOWN, "实测 25 g/L")


def test_an_achievement_that_was_taken_back_keeps_its_text(people: People, match: Match) -> None:
    withdraw(people.session, people.achievement, by=people.actor("institution"), reason="暂不转让")
    assert people.need.status is NeedStatus.PUBLISHED
    assert answer(people, match, "VOC", "实测 25 g/L").revised is None
