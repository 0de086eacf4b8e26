"""匹配质量: what is counted as answered, accepted and not relevant; no shares of a few; what was judged, and by what."""

from collections.abc import Callable
from datetime import UTC, datetime

from fastapi.testclient import TestClient
from sqlmodel import Session

from matchmaker.matching.coefficients import packaged
from matchmaker.matching.decisions import BY_HAND
from matchmaker.matching_quality import LEAST_ANSWERS, matching_quality
from matchmaker.models.account import Role
from matchmaker.models.feedback import MatchFeedback, Relevance
from matchmaker.models.match import Band, DeclineReason, Explanation, Match, MatchStatus
from tests.factories import make_account, make_achievement, make_need

WHEN = datetime(2026, 3, 2, tzinfo=UTC)


def maker(session: Session) -> Callable[..., Match]:
    achievement = make_achievement(session)
    session.flush()

    def made(band: Band, status: MatchStatus, **values: object) -> Match:
        need = make_need(session)
        session.flush()
        given = {
            "need_id": need.id or 0,
            "achievement_id": achievement.id or 0,
            "need_version": 1,
            "achievement_version": 1,
            "score": 0.5,
            "explanation": Explanation(reasons=[], words=[]),
            "matcher_version": "test",
            **values,
        }
        match = Match(band=band, status=status, **given)
        session.add(match)
        session.flush()
        return match

    return made


def test_what_is_counted(session: Session) -> None:
    made = maker(session)
    both = {"need_accepted_at": WHEN, "achievement_accepted_at": WHEN}
    for _ in range(6):
        made(Band.HIGH, MatchStatus.NEGOTIATING, **both)
    made(Band.HIGH, MatchStatus.CLOSED, **both)
    made(Band.HIGH, MatchStatus.INTRODUCED, need_accepted_at=WHEN)
    made(Band.HIGH, MatchStatus.DECLINED, decline_reason=DeclineReason.TOO_EXPENSIVE)
    made(Band.HIGH, MatchStatus.DECLINED, decline_reason=DeclineReason.OUT_OF_FIELD)
    # Nobody has answered these, and nobody recommended the last one.
    for _ in range(20):
        made(Band.HIGH, MatchStatus.RECOMMENDED)
    made(Band.HIGH, MatchStatus.SIGNED, matcher_version=BY_HAND, **both)
    called = made(Band.HIGH, MatchStatus.RECOMMENDED)
    account = make_account(session, Role.CITY_OFFICIAL)
    for pair, probability in ((called, 0.61), (made(Band.LOW, MatchStatus.RECOMMENDED), 0.02)):
        session.add(
            MatchFeedback(
                need_id=pair.need_id,
                achievement_id=pair.achievement_id,
                account_id=account.id or 0,
                role=account.role,
                verdict=Relevance.NOT_RELEVANT,
                probability=probability,
            )
        )
    made(Band.MEDIUM, MatchStatus.SIGNED, is_demo=True)
    session.flush()
    quality = matching_quality(session, packaged(), None)
    high, medium, low = quality.here
    assert (high.answered, high.accepted, high.accepted_share, high.not_relevant) == (11, 7, 0.636, 2)
    assert (medium.answered, medium.accepted, medium.accepted_share, medium.not_relevant) == (1, None, None, None)
    assert medium.is_too_few
    assert low.answered == 0, "what was not recommended is no recommendation"
    assert quality.has_demo
    assert LEAST_ANSWERS == 10


def test_the_packaged_figures_name_their_source_and_fall_from_band_to_band() -> None:
    for model in packaged().models.values():
        judged = model.judged
        assert judged["source"]
        assert judged["command"].startswith("matchmaker learn")
        precisions = [judged["bands"][band.value]["precision"] for band in Band]
        assert precisions == sorted(precisions, reverse=True)
        assert judged["pairs"] >= 1000
        assert judged["auc"] > 0.65


def test_page_and_api_say_the_same(client: TestClient) -> None:
    page = client.get("/matching-quality")
    assert page.status_code == 200
    assert "数据太少" in page.text
    shown = client.get("/api/v1/matching-quality").json()
    assert [line["band"] for line in shown["here"]] == ["high", "medium", "low"]
    assert shown["matcher_version"] in page.text
    assert shown["fitted_on"] in page.text
    assert shown["judged"]["source"] in page.text
    assert '<a href="/matching-quality">' in client.get("/").text
    client.cookies.set("lang", "en")
    assert "Too few data" in client.get("/matching-quality").text
