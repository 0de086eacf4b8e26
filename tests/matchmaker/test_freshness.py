"""Freshness: reminders, sinking, closing, and the click that keeps a record alive."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, WrongStatus
from matchmaker.freshness import Staleness, Swept, confirm, confirmed_recently, remind_and_close, reminders, staleness
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.matching import match_achievement, match_need
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.labels import Confidentiality, NeedStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import Notice
from matchmaker.models.outbox import IndexOutbox, RecordKind
from matchmaker.rights import ANYONE
from matchmaker.searched import closing_of, newest_of, open_ids
from matchmaker.validity import UNCONFIRMED_AFTER, usual_end
from matchmaker.visibility import SearchedRecord, today
from tests.factories import actor_for, make_account, make_achievement, make_need

TODAY = today()
LONG_AGO = UNCONFIRMED_AFTER + timedelta(days=1)


def owned(session: Session, **values: Any) -> tuple[TechnologyNeed, Account]:
    account = make_account(session)
    need = make_need(session, region_code="990102", **values)
    session.flush()
    need.posted_by_id = account.id
    session.flush()
    return need, account


def age(session: Session, record: SearchedRecord) -> None:
    record.last_confirmed_at = record.published_at = record.created_at = now() - LONG_AGO
    session.flush()


def notices(session: Session, account: Account) -> list[str]:
    session.flush()
    told = session.exec(select(Notice).where(Notice.account_id == account.id).order_by(col(Notice.id)))
    return [one.title for one in told]


class TestReminding:
    def test_at_30_7_and_1_days_each_told_once(self, session: Session) -> None:
        end = TODAY + timedelta(days=40)
        _, account = owned(session, valid_until=end)
        told = {}
        for days in (31, 30, 29, 8, 7, 6, 2, 1, 0):
            for _ in range(2):
                remind_and_close(session, end - timedelta(days=days))
            told[days] = len(notices(session, account))
        assert told == {31: 0, 30: 1, 29: 1, 8: 1, 7: 2, 6: 2, 2: 2, 1: 3, 0: 3}

    def test_a_missed_day_is_made_up_for(self, session: Session) -> None:
        _, account = owned(session, valid_until=TODAY + timedelta(days=5))
        remind_and_close(session, TODAY)
        assert len(notices(session, account)) == 1

    def test_a_moved_end_is_reminded_of_anew(self, session: Session) -> None:
        need, account = owned(session, valid_until=TODAY + timedelta(days=1))
        remind_and_close(session, TODAY)
        need.valid_until = TODAY + timedelta(days=7)
        session.flush()
        remind_and_close(session, TODAY)
        assert len(notices(session, account)) == 2

    def test_unconfirmed_for_180_days(self, session: Session) -> None:
        need, account = owned(session)
        assert remind_and_close(session, TODAY) == Swept()
        age(session, need)
        assert remind_and_close(session, TODAY) == Swept(reminded=1)
        remind_and_close(session, TODAY + timedelta(days=1))
        assert notices(session, account) == [f"技术需求“{need.title}”待确认"]

    def test_what_has_been_told_leaves_nothing_to_write_until_a_colleague_joins(self, session: Session) -> None:
        need, account = owned(session, enterprise_name="澄湖示例企业")
        age(session, need)
        assert [(*members,) for members, _ in reminders(session, TODAY).untold] == [(account.id,)]
        remind_and_close(session, TODAY)
        assert (reminders(session, TODAY).records, reminders(session, TODAY).untold) == (1, [])
        colleague = make_account(session, enterprise_id=need.enterprise_id)
        remind_and_close(session, TODAY)
        assert len(notices(session, colleague)) == len(notices(session, account)) == 1

    def test_what_was_looked_up_before_is_told_and_nothing_else(self, session: Session) -> None:
        need, account = owned(session)
        before = reminders(session, TODAY)
        age(session, need)
        assert remind_and_close(session, TODAY, before) == Swept()
        due = reminders(session, TODAY)
        assert remind_and_close(session, TODAY, due) == Swept(reminded=1)
        assert len(notices(session, account)) == 1

    def test_no_title_of_what_is_not_listed(self, session: Session) -> None:
        _, account = owned(session, title="绝密配方", confidentiality="directed", valid_until=TODAY)
        remind_and_close(session, TODAY)
        told = notices(session, account)
        assert told
        assert not any("绝密" in one for one in told)


class TestClosing:
    @pytest.mark.parametrize(("days", "status"), [(14, NeedStatus.PUBLISHED), (15, NeedStatus.EXPIRED)])
    def test_a_fortnight_of_grace(self, session: Session, days: int, status: NeedStatus) -> None:
        need, _ = owned(session, valid_until=TODAY - timedelta(days=days))
        remind_and_close(session, TODAY)
        assert need.status is status

    def test_expired_is_told_and_queued_once(self, session: Session) -> None:
        need, account = owned(session, valid_until=TODAY - timedelta(days=20))
        queued = len(session.exec(select(IndexOutbox)).all())
        assert remind_and_close(session, TODAY) == Swept(expired=1)
        assert remind_and_close(session, TODAY) == Swept()
        assert len(session.exec(select(IndexOutbox)).all()) == queued + 1
        assert notices(session, account) == [f"技术需求“{need.title}”已过期"]

    def test_without_an_owner_it_closes_all_the_same(self, session: Session) -> None:
        achievement = make_achievement(session, valid_until=TODAY - timedelta(days=20))
        assert remind_and_close(session, TODAY).expired == 1
        assert achievement.status == "expired"


class TestConfirming:
    def test_the_owner_brings_an_expired_record_back(self, session: Session) -> None:
        need, account = owned(session, valid_until=TODAY - timedelta(days=20))
        remind_and_close(session, TODAY)
        before = need.version
        end = confirm(session, need, by=actor_for(session, account))
        assert (need.status, need.valid_until) == (NeedStatus.PUBLISHED, end)
        assert end == usual_end(TechnologyNeed)
        assert need.version == before + 1

    def test_never_shorter_than_before_unless_asked(self, session: Session) -> None:
        far = TODAY + timedelta(days=900)
        need, account = owned(session, valid_until=far)
        by = actor_for(session, account)
        assert confirm(session, need, by=by) == far
        assert confirm(session, need, by=by, until=TODAY + timedelta(days=9)) == TODAY + timedelta(days=9)

    @pytest.mark.parametrize("until", [TODAY - timedelta(days=1), TODAY + timedelta(days=5 * 366), date(9999, 1, 1)])
    def test_ends_that_make_no_sense(self, session: Session, until: date) -> None:
        need, account = owned(session)
        with pytest.raises(MalformedRequest):
            confirm(session, need, by=actor_for(session, account), until=until)

    def test_who_may(self, session: Session) -> None:
        need, _ = owned(session)
        stranger = actor_for(session, make_account(session))
        with pytest.raises(NotAllowed):
            confirm(session, need, by=stranger)
        need.confidentiality = Confidentiality.DIRECTED
        with pytest.raises(NotFound):
            confirm(session, need, by=stranger)
        confirm(session, need, by=actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL)))

    def test_only_what_is_or_was_published(self, session: Session) -> None:
        need, account = owned(session, status="pending")
        with pytest.raises(WrongStatus):
            confirm(session, need, by=actor_for(session, account))


class TestSinking:
    def test_unconfirmed_records_come_last_in_lists(self, session: Session) -> None:
        old, new = make_need(session), make_need(session)
        newest = make_need(session)
        session.flush()
        new.published_at, old.published_at = now() - timedelta(days=2), now() - timedelta(days=3)
        age(session, newest)
        ids, total = open_ids(session, RecordKind.NEEDS, ANYONE, 0, 10)
        assert (ids, total) == ([new.id, old.id, newest.id], 3)
        assert newest_of(session, RecordKind.NEEDS, {one.id or 0 for one in (old, new, newest)}) == ids

    def test_and_sink_among_their_equals_in_the_matching(
        self, session: Session, database: Engine, indexes: Indexes
    ) -> None:
        need, achievement = make_need(session), make_achievement(session)
        make_achievement(session, title="注塑件翘曲变形控制", summary="模具温度场优化。")
        session.commit()
        relay_all(database, indexes)
        fresh = next(one for one in match_need(session, indexes, need) if one.record.id == achievement.id)
        assert "freshness" not in {one.code for one in fresh.explanation.reasons}
        # Matches are stored by a transaction of their own: nothing may be open here.
        session.commit()
        age(session, achievement)
        session.commit()
        stale = next(one for one in match_need(session, indexes, need) if one.record.id == achievement.id)
        reason = next(one for one in stale.explanation.reasons if one.code == "freshness")
        assert (reason.label, reason.sentence) == ("时效", "超过 180 天未确认有效")
        assert stale.probability == fresh.probability, "whether it fits is another question"
        equal = make_achievement(session, title=achievement.title, summary=achievement.summary)
        session.commit()
        relay_all(database, indexes)
        order = [one.record.id for one in match_need(session, indexes, need)]
        assert order.index(equal.id) < order.index(achievement.id)
        # What counts is the record that is proposed, not the one that asks.
        asked = match_achievement(session, indexes, achievement)
        assert all(reason.code != "freshness" for one in asked for reason in one.explanation.reasons)


def test_counts(session: Session) -> None:
    by = actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL))
    need, _ = owned(session)
    owned(session, status="expired")
    elsewhere = make_need(session, region_code="990103", status="expired")
    make_need(session, confidentiality="directed")
    session.flush()
    assert elsewhere.id
    assert confirmed_recently(session, RecordKind.NEEDS) == 1
    age(session, need)
    assert confirmed_recently(session, RecordKind.NEEDS) == 0
    assert staleness(session, RecordKind.NEEDS, by) == Staleness(unconfirmed=1, expired=1)
    assert staleness(session, RecordKind.ACHIEVEMENTS, by) == Staleness(unconfirmed=0, expired=0)
    assert usual_end(Achievement) > usual_end(TechnologyNeed)


def test_what_closes_first_comes_first(session: Session) -> None:
    late, soon = (make_need(session, valid_until=today() + timedelta(days=days)) for days in (90, 10))
    session.flush()
    assert closing_of(session, RecordKind.NEEDS, {late.id or 0, soon.id or 0}) == [soon.id, late.id]
