"""Telling people: once, in the transaction of what is told, by the ways they chose."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from matchmaker.database import session_scope
from matchmaker.errors import MalformedRequest, NotFound, NotLoggedIn
from matchmaker.models.account import Account
from matchmaker.models.base import now
from matchmaker.models.notice import DeliveryStatus, Notice, NoticeDelivery, NoticeKind, NoticeRobot, Pace, Way
from matchmaker.notice_choices import Choice, choices_of, choose, remove_robot, robots_of, set_robot, ways_for
from matchmaker.notices import (
    NoticeText,
    mark_all_read,
    mark_read,
    notices_of,
    notify,
    queue_digests,
    send_again,
    unread_count,
)
from matchmaker.rights import ANYONE
from matchmaker.sending.robots import RobotKey
from matchmaker.visibility import today
from tests.factories import actor_for, make_account

MATCH = NoticeText(NoticeKind.MATCH, "match:1", "对接有新进展", "对方已接受。", "/carried/1")
FRESH = NoticeText(NoticeKind.FRESHNESS, "fresh:1", "需求即将到期")
KEY = RobotKey("0123456789abcdef")


def number(account: Account) -> int:
    assert account.id is not None
    return account.id


def queued(session: Session) -> list[tuple[Way, str, list[int]]]:
    rows = session.exec(select(NoticeDelivery).order_by(col(NoticeDelivery.id)))
    return [(one.way, one.key, one.notice_ids) for one in rows]


def test_the_same_is_told_once(session: Session) -> None:
    first, second = (make_account(session, email=f"{name}@example.org") for name in "ab")
    notify(session, [number(first), number(first)], MATCH)
    notify(session, [number(first), number(second)], MATCH)
    told = session.exec(select(Notice.account_id).order_by(col(Notice.account_id))).all()
    assert told == [first.id, second.id]
    assert [way for way, _, _ in queued(session)] == [Way.MAIL, Way.MAIL]


def test_what_is_rolled_back_was_never_told(session: Session) -> None:
    account = make_account(session, email="a@example.org")
    session.commit()
    notify(session, [number(account)], MATCH)
    session.rollback()
    assert session.exec(select(Notice)).all() == []
    assert queued(session) == []


def test_two_who_tell_the_same_at_once_tell_it_once(database: Engine) -> None:
    with session_scope(database) as session:
        accounts = [number(make_account(session, email=f"{one}@example.org")) for one in range(3)]
    start = threading.Barrier(4)
    problems: list[Exception] = []

    def tell() -> None:
        start.wait()
        try:
            with session_scope(database) as own:
                notify(own, accounts, MATCH)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=tell) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    with Session(database) as session:
        assert session.exec(select(func.count()).select_from(Notice)).one() == 3
        assert session.exec(select(func.count()).select_from(NoticeDelivery)).one() == 3


@pytest.mark.parametrize("values", [{}, {"email": "made-up@example.org", "is_demo": True}])
def test_without_an_address_a_notice_stays_in_the_platform(session: Session, values: dict[str, Any]) -> None:
    account = make_account(session, **values)
    notify(session, [number(account)], MATCH)
    assert queued(session) == []
    assert unread_count(session, number(account)) == 1


@pytest.mark.parametrize("kind", NoticeKind)
def test_what_goes_out_at_once_unless_somebody_chooses(session: Session, kind: NoticeKind) -> None:
    account = make_account(session, email="a@example.org")
    notify(session, [number(account)], NoticeText(kind, "key", "标题"))
    waits_for_a_person = {
        NoticeKind.REVIEW,
        NoticeKind.MATCH,
        NoticeKind.ASSIGNMENT,
        NoticeKind.CONTRACT,
        NoticeKind.ACCOUNT,
    }
    assert len(queued(session)) == (1 if kind in waits_for_a_person else 0)


@pytest.mark.parametrize(
    ("ways", "pace", "expected"),
    [
        ({Way.MAIL, Way.WECOM}, Pace.AT_ONCE, [Way.MAIL, Way.WECOM]),
        ({Way.WECOM, Way.FEISHU}, Pace.AT_ONCE, [Way.WECOM]),
        ({Way.MAIL}, Pace.NEVER, []),
        ({Way.MAIL}, Pace.DAILY, []),
        (set(), Pace.AT_ONCE, []),
    ],
)
def test_the_chosen_ways_and_pace(session: Session, ways: set[Way], pace: Pace, expected: list[Way]) -> None:
    account = make_account(session, email="a@example.org")
    by = actor_for(session, account)
    set_robot(session, Way.WECOM, KEY, by=by)
    choose(session, {NoticeKind.MATCH: Choice(frozenset({Way.DINGTALK}), Pace.AT_ONCE)}, by=by)
    choose(session, {NoticeKind.MATCH: Choice(frozenset(ways), pace)}, by=by)
    notify(session, [number(account)], MATCH)
    assert [way for way, _, _ in queued(session)] == expected
    assert choices_of(session, number(account))[NoticeKind.MATCH] == Choice(frozenset(ways), pace)


def test_a_group_never_reads_about_the_security_of_an_account(session: Session) -> None:
    account = make_account(session)
    assert ways_for(NoticeKind.ACCOUNT) == (Way.MAIL,)
    with pytest.raises(MalformedRequest):
        choose(
            session,
            {NoticeKind.ACCOUNT: Choice(frozenset({Way.WECOM}), Pace.AT_ONCE)},
            by=actor_for(session, account),
        )


def test_choices_and_robots_are_somebodys(session: Session) -> None:
    mine, other = make_account(session), make_account(session)
    by = actor_for(session, mine)
    set_robot(session, Way.FEISHU, KEY, by=by)
    set_robot(session, Way.FEISHU, RobotKey("fedcba9876543210", "geheim4711"), by=by)
    session.flush()
    assert session.exec(select(NoticeRobot.secret_key)).all() == ["fedcba9876543210 geheim4711"]
    assert robots_of(session, number(other)) == {}
    remove_robot(session, Way.FEISHU, by=actor_for(session, other))
    assert list(robots_of(session, number(mine))) == [Way.FEISHU]
    remove_robot(session, Way.FEISHU, by=by)
    assert robots_of(session, number(mine)) == {}
    with pytest.raises(NotFound):
        set_robot(session, Way.MAIL, KEY, by=by)
    with pytest.raises(NotLoggedIn):
        choose(session, {}, by=ANYONE)


def test_the_digest_has_what_nothing_else_has_carried(session: Session) -> None:
    account = make_account(session, email="a@example.org")
    by = actor_for(session, account)
    notify(session, [number(account)], MATCH)
    keys = ("read", "unread", "old")
    for key in keys:
        notify(session, [number(account)], NoticeText(NoticeKind.FRESHNESS, key, key))
    notices = {one.key: one for one in session.exec(select(Notice))}
    mark_read(session, notices["read"].id or 0, by=by)
    notices["old"].created_at = now() - timedelta(days=11)
    # What has gone out already stays out, even if its kind is told once a day from now on.
    choose(session, {NoticeKind.MATCH: Choice(frozenset({Way.MAIL}), Pace.DAILY)}, by=by)
    session.flush()
    assert queue_digests(session, today()) == 1
    digest = (Way.MAIL, f"digest:{today().isoformat()}", [notices["unread"].id])
    assert queued(session)[1:] == [digest]
    notify(session, [number(account)], NoticeText(NoticeKind.FRESHNESS, "later", "later"))
    assert queue_digests(session, today()) == 0, "one a day"
    tomorrow = today() + timedelta(days=1)
    assert queue_digests(session, tomorrow) == 1
    assert queued(session)[2][1] == f"digest:{tomorrow.isoformat()}"
    assert len(queued(session)[2][2]) == 1
    assert queue_digests(session, tomorrow + timedelta(days=1)) == 0, "nothing new"


def test_a_digest_goes_each_chosen_way(session: Session) -> None:
    account = make_account(session, email="a@example.org")
    by = actor_for(session, account)
    set_robot(session, Way.DINGTALK, KEY, by=by)
    choose(session, {NoticeKind.FRESHNESS: Choice(frozenset({Way.MAIL, Way.DINGTALK, Way.WECOM}), Pace.DAILY)}, by=by)
    notify(session, [number(account)], FRESH)
    session.flush()
    assert queue_digests(session, today()) == 2
    assert {way for way, _, _ in queued(session)} == {Way.MAIL, Way.DINGTALK}


def test_reading(session: Session) -> None:
    account, other = make_account(session), make_account(session)
    by = actor_for(session, account)
    for index in range(3):
        notify(session, [number(account)], NoticeText(NoticeKind.MATCH, f"{index}", f"第 {index} 条"))
    notify(session, [number(account), number(other)], FRESH)
    page = notices_of(session, by, limit=2)
    assert (page.total, [one.title for one in page.notices]) == (4, ["需求即将到期", "第 2 条"])
    read = mark_read(session, page.notices[0].id or 0, by=by)
    moment = read.read_at
    assert mark_read(session, read.id or 0, by=by).read_at == moment, "the first time counts"
    session.flush()
    assert [one.title for one in notices_of(session, by).notices][-1] == "需求即将到期", "unread ones come first"
    assert notices_of(session, by, kind=NoticeKind.FRESHNESS).total == 1
    assert unread_count(session, number(account)) == 3
    mark_all_read(session, by=by, kind=NoticeKind.FRESHNESS)
    assert unread_count(session, number(account)) == 3
    mark_all_read(session, by=by)
    assert (unread_count(session, number(account)), unread_count(session, number(other))) == (0, 1)
    with pytest.raises(NotFound):
        mark_read(session, read.id or 0, by=actor_for(session, other))


def test_only_ones_own_undelivered_message_is_sent_again(session: Session) -> None:
    account, other = make_account(session, email="a@example.org"), make_account(session)
    notify(session, [number(account)], MATCH)
    session.flush()
    delivery = session.exec(select(NoticeDelivery)).one()
    delivery_id = delivery.id or 0
    with pytest.raises(NotFound):
        send_again(session, delivery_id, by=actor_for(session, account))
    delivery.status, delivery.attempts, delivery.problem = DeliveryStatus.FAILED, 8, "邮件服务器连接不上"
    session.flush()
    with pytest.raises(NotFound):
        send_again(session, delivery_id, by=actor_for(session, other))
    send_again(session, delivery_id, by=actor_for(session, account))
    assert (delivery.status, delivery.attempts, delivery.problem) == (DeliveryStatus.WAITING, 0, "")
