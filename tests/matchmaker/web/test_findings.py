"""The contents of a card: broken before met, hard before soft, the deciding words in their text, the unknown in one line."""

from typing import Any

from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.base import now
from matchmaker.models.match import Explanation, Gap, Reason, RequirementVerdict, Span, Verdict
from matchmaker.web.pages.findings import findings

SUMMARY = "本装置采用水性体系，脱盐率可达 96%，已在两家印染厂连续运行一年，运行费用较低。"


def achievement(**values: Any) -> AchievementPublic:
    stored = {"id": 1, "version": 1, "status": "published", "is_demo": False, "created_at": now(), "updated_at": now()}
    return AchievementPublic.model_validate({"title": "电渗析", "summary": SUMMARY, **stored, **values})


def verdict(requirement: str, found: Verdict, *, is_hard: bool = True, **values: Any) -> RequirementVerdict:
    kind = values.pop("kind", "must_have")
    return RequirementVerdict(
        kind=kind, requirement=requirement, field="must_have", is_hard=is_hard, verdict=found, **values
    )


def reason(code: str, found: Verdict, **values: Any) -> Reason:
    return Reason(code=code, label=code, verdict=found, score=None, weight=0.1, sentence=f"说明 {code}", **values)


def explanation(*verdicts: RequirementVerdict, reasons: tuple[Reason, ...] = ()) -> Explanation:
    return Explanation(sentence="为什么", verdicts=list(verdicts), reasons=list(reasons), words=[])


def test_what_is_broken_comes_first_and_hard_before_soft() -> None:
    found = findings(
        explanation(
            verdict("甲", Verdict.MET, is_hard=False),
            verdict("乙", Verdict.MET),
            verdict("丙", Verdict.UNMET, is_hard=False),
            verdict("丁", Verdict.UNKNOWN, question="丁？"),
            verdict("戊", Verdict.UNMET),
        ),
        achievement(),
    )
    assert [one.requirement for one in found.first] == ["戊", "丙", "乙", "甲"]
    assert found.unknown_in_short == "丁"
    assert found.counts == [(Verdict.UNMET, 2), (Verdict.MET, 2), (Verdict.UNKNOWN, 1)]


def test_the_deciding_words_stand_in_their_text() -> None:
    start = SUMMARY.index("脱盐率")
    span = Span(field="summary", start=start, end=start + len("脱盐率可达 96%"))
    found = findings(
        explanation(verdict("脱盐率 ≥ 95 %", Verdict.MET, words="脱盐率可达 96%", span=span)), achievement()
    )
    (judged,) = found.first
    assert [piece.text for piece in judged.quote if piece.hit] == ["脱盐率可达 96%"]
    assert "水性体系" in judged.quote[0].text
    assert judged.source == "成果简介"


def test_a_place_that_is_not_in_this_readers_text_shows_the_words_alone() -> None:
    span = Span(field="principle", start=5, end=9)
    found = findings(explanation(verdict("甲", Verdict.MET, words="达到", span=span)), achievement())
    assert [(piece.text, piece.hit) for piece in found.first[0].quote] == [("达到", False)]


def test_empty_fields_are_one_line_by_why_and_texts_no_rows() -> None:
    reasons = (
        reason("words", Verdict.MET),
        reason("meaning", Verdict.PARTLY),
        reason("industry", Verdict.MET, need_value="a", achievement_value="a"),
        reason("maturity", Verdict.UNKNOWN, need_value="不低于 5 级", gap=Gap.NOT_STATED),
        reason("cooperation", Verdict.UNKNOWN, gap=Gap.NOT_STATED),
        reason("budget", Verdict.UNKNOWN, need_value="5 万元", gap=Gap.NOT_DISCLOSED),
    )
    found = findings(explanation(reasons=reasons), achievement())
    assert [one.code for one in found.compared] == ["industry"]
    assert found.gaps == [
        (Gap.NOT_STATED, "maturity（成果方）、cooperation（双方）"),
        (Gap.NOT_DISCLOSED, "budget（成果方）"),
    ]
    # A field that a requirement was judged by is not told twice.
    judged = findings(explanation(verdict("预算", Verdict.MET, kind="budget"), reasons=reasons), achievement())
    assert [gap for gap, _ in judged.gaps] == [Gap.NOT_STATED]


def test_what_the_achievement_keeps_back_is_not_called_unsaid() -> None:
    assert not findings(explanation(), achievement()).hides_evidence
    assert findings(explanation(), achievement(hidden_fields=["indicators"])).hides_evidence
