"""Review: who may decide what, what a decision does to the record, and who is told of it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, WrongStatus
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.base import now
from matchmaker.models.labels import AchievementStatus, NeedStatus
from matchmaker.models.match import Band, Explanation, Match, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import Notice
from matchmaker.models.outbox import IndexOutbox
from matchmaker.review import CloseReason, ReturnReason, close, merge_duplicate, publish, reopen, return_for_changes
from matchmaker.review_queue import ReviewKind, counts, likely_duplicates, next_after, waiting
from matchmaker.rights import Actor
from matchmaker.validity import usual_end
from matchmaker.visibility import today
from tests.factories import actor_for, make_account, make_achievement, make_enterprise, make_need

DISTRICT, OTHER = "990102", "990103"


def official(session: Session, role: Role = Role.DISTRICT_OFFICIAL) -> Actor:
    return actor_for(session, make_account(session, role=role))


def pending(session: Session, **values: Any) -> TechnologyNeed:
    need = make_need(session, **{"status": "pending", "region_code": DISTRICT, **values})
    session.flush()
    return need


def titles(session: Session, account_id: int | None) -> list[str]:
    session.flush()
    return [one.title for one in session.exec(select(Notice).where(Notice.account_id == account_id))]


def take_up(session: Session, need: TechnologyNeed, status: MatchStatus, broker_id: int | None = None) -> Match:
    match = Match(
        need_id=need.id or 0,
        achievement_id=make_achievement(session).id or 0,
        need_version=1,
        achievement_version=1,
        score=0.5,
        band=Band.MEDIUM,
        explanation=Explanation(reasons=[], words=[]),
        matcher_version="test",
        status=status,
        broker_account_id=broker_id,
    )
    session.add(match)
    session.flush()
    return match


class TestPublishing:
    def test_published_record_has_an_end_and_is_queued_and_its_poster_told(self, session: Session) -> None:
        by = official(session)
        enterprise = make_enterprise(session, name="澄湖制药示例公司")
        poster = make_account(session, enterprise_id=enterprise.id)
        need = pending(session, enterprise_name=enterprise.name)
        before, queued = need.version, len(session.exec(select(IndexOutbox)).all())
        publish(session, need, by=by, note="内容完整")
        session.flush()
        assert need.status is NeedStatus.PUBLISHED
        assert need.valid_until == usual_end(TechnologyNeed)
        assert (need.reviewed_by_id, need.review_note) == (by.account_id, "内容完整")
        assert need.version == before + 1
        assert len(session.exec(select(IndexOutbox)).all()) == queued + 1
        assert titles(session, poster.id) == [f"技术需求“{need.title}”已发布"]

    def test_the_stated_end_is_kept(self, session: Session) -> None:
        need = pending(session, valid_until=today())
        publish(session, need, by=official(session))
        assert need.valid_until == today()

    def test_an_end_that_passed_while_it_waited_is_the_usual_one(self, session: Session) -> None:
        need = pending(session, valid_until=today() - timedelta(days=1))
        publish(session, need, by=official(session))
        assert need.valid_until == usual_end(TechnologyNeed)

    def test_the_note_is_the_reason_in_the_history(self, session: Session) -> None:
        need = pending(session)
        session.commit()
        publish(session, need, by=official(session), note="内容完整")
        session.commit()
        changed = select(AuditEvent).where(AuditEvent.action == AuditAction.CHANGED, AuditEvent.record_id == need.id)
        assert "内容完整" in [one.reason for one in session.exec(changed)]

    def test_the_title_of_a_hidden_record_stays_out_of_the_notice(self, session: Session) -> None:
        poster = make_account(session)
        need = pending(session, confidentiality="directed", title="绝密配方")
        need.posted_by_id = poster.id
        publish(session, need, by=official(session))
        told = titles(session, poster.id)
        assert told
        assert not any("绝密" in one for one in told)

    @pytest.mark.parametrize("status", ["published", "returned", "closed", "withdrawn"])
    def test_only_what_waits_can_be_published(self, session: Session, status: str) -> None:
        need = pending(session, status=status)
        with pytest.raises(WrongStatus, match=need.status.label):
            publish(session, need, by=official(session))

    def test_another_district_does_not_know_of_it(self, session: Session) -> None:
        with pytest.raises(NotFound):
            publish(session, pending(session, region_code=OTHER), by=official(session))

    def test_a_record_without_a_district_is_the_city_s(self, session: Session) -> None:
        need = pending(session, region_code=None)
        with pytest.raises(NotFound):
            publish(session, need, by=official(session))
        publish(session, need, by=official(session, Role.CITY_OFFICIAL))
        assert need.status is NeedStatus.PUBLISHED

    def test_what_others_may_read_they_still_may_not_decide_on(self, session: Session) -> None:
        need = pending(session, status="published", region_code=OTHER)
        with pytest.raises(NotAllowed):
            close(session, need, by=official(session), reason=CloseReason.UNSOLVED)

    @pytest.mark.parametrize("role", [one for one in Role if one.value not in ("city_official", "administrator")])
    def test_the_right_is_needed(self, session: Session, role: Role) -> None:
        need = pending(session, region_code=OTHER)
        with pytest.raises((NotAllowed, NotFound)):
            publish(session, need, by=official(session, role))


class TestReturning:
    def test_the_poster_reads_the_reasons(self, session: Session) -> None:
        poster = make_account(session)
        need = pending(session)
        need.posted_by_id = poster.id
        reasons = [ReturnReason.TERMS_MISSING, ReturnReason.VAGUE]
        return_for_changes(session, need, by=official(session), reasons=reasons, note="请写明预算")
        assert need.status is NeedStatus.RETURNED
        assert need.review_note == "内容空泛、预算或期限缺失。请写明预算"
        assert titles(session, poster.id) == [f"技术需求“{need.title}”需要修改"]

    @pytest.mark.parametrize(("reasons", "note"), [([], "说明"), ([ReturnReason.OTHER], "")])
    def test_a_reason_is_asked_for(self, session: Session, reasons: list[ReturnReason], note: str) -> None:
        need = pending(session)
        with pytest.raises(MalformedRequest):
            return_for_changes(session, need, by=official(session), reasons=reasons, note=note)
        assert need.status is NeedStatus.PENDING


class TestMerging:
    def test_the_poster_is_told_which_record_stands_for_it(self, session: Session) -> None:
        poster = make_account(session)
        need, into = pending(session), pending(session, status="published")
        need.posted_by_id = poster.id
        merge_duplicate(session, need, into, by=official(session))
        session.flush()
        assert (need.status, need.duplicate_of_id) == (NeedStatus.CLOSED, into.id)
        notice = session.exec(select(Notice).where(Notice.account_id == poster.id)).one()
        assert into.title in notice.body
        assert notice.link == f"/needs/{into.id}"

    def test_a_hidden_record_is_not_named(self, session: Session) -> None:
        poster = make_account(session)
        need, into = pending(session), pending(session, status="published", confidentiality="broker_only", title="暗标")
        need.posted_by_id = poster.id
        merge_duplicate(session, need, into, by=official(session))
        session.flush()
        assert "暗标" not in session.exec(select(Notice).where(Notice.account_id == poster.id)).one().body

    def test_not_while_somebody_works_on_a_match_of_it(self, session: Session) -> None:
        need, into = pending(session, status="published"), pending(session, status="published")
        match = take_up(session, need, MatchStatus.NEGOTIATING)
        with pytest.raises(WrongStatus, match="进行中的对接"):
            merge_duplicate(session, need, into, by=official(session))
        match.status = MatchStatus.CLOSED
        merge_duplicate(session, need, into, by=official(session))
        assert need.status is NeedStatus.CLOSED

    def test_only_into_another_open_record_of_the_same_kind(self, session: Session) -> None:
        by, need = official(session), pending(session)
        achievement = make_achievement(session)
        session.flush()
        for into, error in ((need, MalformedRequest), (achievement, MalformedRequest), (pending(session), WrongStatus)):
            with pytest.raises(error):
                merge_duplicate(session, need, into, by=by)

    def test_not_into_what_the_official_may_not_know_of(self, session: Session) -> None:
        into = pending(session, status="published", region_code=OTHER, confidentiality="directed")
        with pytest.raises(NotFound):
            merge_duplicate(session, pending(session), into, by=official(session))


class TestClosing:
    def test_closed_and_reopened(self, session: Session) -> None:
        by, need = official(session), pending(session, status="published")
        broker = make_account(session, role=Role.BROKER)
        take_up(session, need, MatchStatus.INTRODUCED, broker.id)
        close(session, need, by=by, reason=CloseReason.UNSOLVED)
        assert (need.status, need.review_note) == (NeedStatus.CLOSED, CloseReason.UNSOLVED.label)
        assert titles(session, broker.id) == [f"技术需求“{need.title}”已关闭"]
        need.valid_until = today().replace(year=today().year - 1)
        reopen(session, need, by=by)
        assert (need.status, need.valid_until) == (NeedStatus.PUBLISHED, usual_end(TechnologyNeed))

    def test_a_tender_is_for_needs_only_and_other_wants_a_note(self, session: Session) -> None:
        by = official(session, Role.CITY_OFFICIAL)
        achievement = make_achievement(session)
        for reason in (CloseReason.UNSOLVED, CloseReason.OTHER):
            with pytest.raises(MalformedRequest):
                close(session, achievement, by=by, reason=reason)
        close(session, achievement, by=by, reason=CloseReason.OTHER, note="重复登记")
        assert achievement.status is AchievementStatus.CLOSED

    def test_what_its_owner_withdrew_stays_withdrawn(self, session: Session) -> None:
        with pytest.raises(WrongStatus):
            reopen(session, pending(session, status="withdrawn"), by=official(session))


class TestQueue:
    def test_the_longest_waiting_first_and_only_of_the_district(self, session: Session) -> None:
        late, early = pending(session), pending(session)
        early.updated_at = now().replace(year=2025)
        pending(session, region_code=OTHER)
        session.flush()
        by = official(session)
        entries = waiting(session, ReviewKind.NEEDS, by)
        assert [one.item_id for one in entries] == [early.id, late.id]
        assert counts(session, by)[ReviewKind.NEEDS] == 2
        assert counts(session, official(session, Role.CITY_OFFICIAL))[ReviewKind.NEEDS] == 3
        following = next_after(session, entries[0], by)
        assert following is not None
        assert following.item_id == late.id
        # Behind the last one the first comes again; behind the only one nothing.
        first_again = next_after(session, entries[1], by)
        assert first_again is not None
        assert first_again.item_id == early.id
        publish(session, late, by=by)
        session.flush()
        assert next_after(session, entries[0], by) is None

    def test_likely_duplicates_are_those_with_a_title_alike(self, session: Session) -> None:
        enterprise = make_enterprise(session, name="澄湖印染示例公司")
        need = pending(session, title="印染高盐废水脱盐回用技术", enterprise_name=enterprise.name)
        reworded = pending(session, title="印染高盐废水的脱盐与回用技术", status="published", region_code=OTHER)
        own = pending(session, title="高盐废水脱盐工艺改进", enterprise_name=enterprise.name)
        unlike = pending(session, title="注塑件翘曲变形控制", status="published")
        hidden = pending(session, title="印染高盐废水脱盐回用技术二", status="pending", region_code=OTHER)
        session.flush()
        found = likely_duplicates(session, need, official(session))
        ids = [one.record.id for one in found]
        assert ids[0] == reworded.id
        assert unlike.id not in ids
        assert hidden.id not in ids
        assert need.id not in ids
        assert all(one.is_same_owner for one in found if one.record.id == own.id)


def test_refused_decisions_change_nothing(session: Session) -> None:
    need = pending(session)
    by, before = official(session), need.model_dump()
    with pytest.raises(MalformedRequest):
        return_for_changes(session, need, by=by, reasons=[])
    with pytest.raises(WrongStatus):
        reopen(session, need, by=by)
    with pytest.raises(WrongStatus):
        close(session, need, by=by, reason=CloseReason.UNSOLVED)
    assert need.model_dump() == before
