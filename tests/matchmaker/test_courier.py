"""Messages on their way: never lost, never twice, on a real mail server and a real HTTP server."""

import json
import logging
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, col, select

from matchmaker.courier import Courier
from matchmaker.database import session_scope
from matchmaker.models.account import Account
from matchmaker.models.base import now
from matchmaker.models.notice import DeliveryStatus, Notice, NoticeDelivery, NoticeKind, Pace, Way
from matchmaker.notice_choices import Choice, choose, remove_robot, set_robot
from matchmaker.notices import NoticeText, notify, queue_digests
from matchmaker.sending import Senders, Undelivered
from matchmaker.sending.base import Message, Verdict
from matchmaker.sending.mail import MailServer
from matchmaker.sending.robots import RobotKey
from matchmaker.settings import Settings
from matchmaker.visibility import today
from tests.factories import actor_for, make_account
from tests.matchmaker.outside import Gateway, Mailbox, mail_server, robot_gateway

COURIER = """
import sys
from pathlib import Path
from matchmaker.courier import Courier
from matchmaker.database import open_database
from matchmaker.settings import Settings
settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]), database_url=sys.argv[2], mail_url=sys.argv[3])
Courier(open_database(settings.resolved_database_url()), settings).deliver()
"""
TOKEN, SECRET = "geheim4711token", "SECgeheim4711"
CLOSED = "127.0.0.1:1"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with robot_gateway() as opened:
        yield opened


@pytest.fixture
def installed(settings: Settings, mailbox: Mailbox, gateway: Gateway) -> Settings:
    """An installation that serves every way."""
    return settings.model_copy(
        update={
            "mail_url": mailbox.url,
            "public_url": "https://platform.example.org/",
            "wecom_url": gateway.url,
            "dingtalk_url": gateway.url,
            "feishu_url": gateway.url,
        }
    )


def tell(database: Engine, *ways: Way, times: int = 1, **values: str) -> int:
    """Somebody who wants `ways` at once is told something so many times; returns her account's number."""
    with session_scope(database) as session:
        account = make_account(session, **{"email": "anna@example.org", **values})
        by = actor_for(session, account)
        for way in set(ways) - {Way.MAIL}:
            set_robot(session, way, RobotKey(TOKEN, "" if way is Way.WECOM else SECRET), by=by)
        choose(session, {NoticeKind.MATCH: Choice(frozenset(ways), Pace.AT_ONCE)}, by=by)
        for number in range(times):
            text = NoticeText(NoticeKind.MATCH, f"match:{number}", f"对方已接受\n第 {number} 次", "请尽快联系。", "/x")
            notify(session, [account.id or 0], text)
        assert account.id is not None
        return account.id


def states(database: Engine) -> list[tuple[DeliveryStatus, int, str]]:
    with Session(database) as session:
        rows = session.exec(select(NoticeDelivery).order_by(col(NoticeDelivery.id)))
        return [(one.status, one.attempts, one.problem) for one in rows]


def waits(database: Engine) -> list[timedelta]:
    """How long each waiting message is put off, to the minute."""
    with Session(database) as session:
        rows = session.exec(select(NoticeDelivery.retry_at).where(col(NoticeDelivery.retry_at).is_not(None)))
        return [timedelta(minutes=round((one - now()).total_seconds() / 60)) for one in rows if one]


def pass_time(database: Engine) -> None:
    """Whatever was put off is due now."""
    with session_scope(database) as session:
        later = update(NoticeDelivery).where(col(NoticeDelivery.retry_at).is_not(None))
        session.exec(later.values(retry_at=now() - timedelta(seconds=1)))


def test_a_mail_arrives_as_it_should(database: Engine, installed: Settings, mailbox: Mailbox) -> None:
    tell(database, Way.MAIL)
    courier = Courier(database, installed)
    assert courier.deliver() == 1
    assert courier.deliver() == 0, "once"
    (mail,) = mailbox.mails
    assert mail["To"] == "anna@example.org"
    assert mail["Subject"] == f"[{installed.title}] 对接进展：对方已接受 第 0 次"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.org>")
    with Session(database) as session:
        notice = session.exec(select(Notice)).one()
        delivery = session.exec(select(NoticeDelivery)).one()
    content = mail.get_content()
    assert "请尽快联系。" in content
    assert f"https://platform.example.org/notices/{notice.id}" in content
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.SENT, 1)
    assert delivery.sent_at is not None


def test_without_an_address_of_the_platform_a_mail_has_no_link(
    database: Engine, installed: Settings, mailbox: Mailbox
) -> None:
    tell(database, Way.MAIL)
    Courier(database, installed.model_copy(update={"public_url": ""})).deliver()
    content = mailbox.mails[0].get_content()
    assert "http" not in content
    assert "请登录平台" in content


def test_a_digest_lists_what_is_new(database: Engine, installed: Settings, mailbox: Mailbox) -> None:
    with session_scope(database) as session:
        account = make_account(session, email="anna@example.org")
        for number in range(25):
            notify(session, [account.id or 0], NoticeText(NoticeKind.SAVED_SEARCH, f"{number}", f"新成果 {number}"))
        queue_digests(session, today())
    Courier(database, installed).deliver()
    (mail,) = mailbox.mails
    assert "25 条未读通知" in mail["Subject"]
    content = mail.get_content()
    assert content.count("新成果") == 20
    assert "另有 5 条" in content


def test_eight_attempts_in_two_days(database: Engine, installed: Settings) -> None:
    tell(database, Way.MAIL)
    courier = Courier(database, installed.model_copy(update={"mail_url": f"smtp://{CLOSED}?from=a@example.org"}))
    put_off = []
    for attempt in range(1, 9):
        assert courier.deliver() == 0
        status, attempts, problem = states(database)[0]
        assert (attempts, problem) == (attempt, "邮件服务器连接不上")
        assert status is (DeliveryStatus.WAITING if attempt < 8 else DeliveryStatus.FAILED)
        put_off += waits(database)
        assert courier.deliver() == 0
        assert states(database)[0][1] == attempt, "not before its time"
        pass_time(database)
    assert put_off == [timedelta(minutes=one) for one in (1, 5, 30, 120, 360, 720, 1440)]
    assert courier.deliver() == 0


def test_it_arrives_when_the_server_is_back(database: Engine, installed: Settings, mailbox: Mailbox) -> None:
    tell(database, Way.MAIL)
    mailbox.answer = "451 later"
    courier = Courier(database, installed)
    assert courier.deliver() == 0
    assert states(database) == [(DeliveryStatus.WAITING, 1, "邮件服务器退回了邮件（451）")]
    mailbox.answer = "250 OK"
    pass_time(database)
    assert courier.deliver() == 1
    assert len(mailbox.mails) == 1


def test_a_server_that_is_away_costs_one_attempt_a_round_and_robots_go_on(
    database: Engine, installed: Settings, gateway: Gateway
) -> None:
    tell(database, Way.MAIL, Way.WECOM, times=3)
    away = installed.model_copy(update={"mail_url": f"smtp://{CLOSED}?from=a@example.org"})
    assert Courier(database, away).deliver() == 3
    assert len(gateway.requests) == 3
    assert sorted(attempts for _, attempts, _ in states(database)) == [0, 0, 1, 1, 1, 1]


def test_a_refused_address_is_given_up_and_does_not_stop_the_others(
    database: Engine, installed: Settings, mailbox: Mailbox
) -> None:
    tell(database, Way.MAIL)
    mailbox.refuse = "550 no such user anna@example.org"
    courier = Courier(database, installed)
    courier.deliver()
    assert states(database) == [(DeliveryStatus.FAILED, 1, "邮件服务器不接收这个收件地址（550）")]
    mailbox.refuse = "450 greylisted"
    tell(database, Way.MAIL, email="berta@example.org", times=2)
    courier.deliver()
    assert [one[:2] for one in states(database)[1:]] == [(DeliveryStatus.WAITING, 1)] * 2


def test_a_line_cut_after_the_mail_sends_the_same_mail_again(
    database: Engine, installed: Settings, mailbox: Mailbox
) -> None:
    tell(database, Way.MAIL)
    mailbox.drop = True
    courier = Courier(database, installed)
    assert courier.deliver() == 0
    assert states(database) == [(DeliveryStatus.WAITING, 1, "发送邮件时连接中断")]
    mailbox.drop = False
    pass_time(database)
    assert courier.deliver() == 1
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_a_courier_that_dies_after_handing_over(
    database: Engine, installed: Settings, mailbox: Mailbox, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(database, Way.MAIL, Way.WECOM)
    dying = Courier(database, installed)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(dying, "_finish", killed)
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            dying.deliver()
    assert [status for status, _, _ in states(database)] == [DeliveryStatus.SENDING] * 2
    successor = Courier(database, installed)
    assert successor.deliver() == 0, "it may still be alive"
    pass_time(database)
    assert successor.deliver() == 1
    assert [mail["Message-ID"] for mail in mailbox.mails] == [mailbox.mails[0]["Message-ID"]] * 2
    assert len(gateway.requests) == 1, "a group must not read it twice"
    by_status = {status: problem for status, _, problem in states(database)}
    assert by_status[DeliveryStatus.SENT] == ""
    assert "可能已送达" in by_status[DeliveryStatus.FAILED]


def test_a_killed_process_loses_no_mail(database: Engine, installed: Settings, mailbox: Mailbox) -> None:
    tell(database, Way.MAIL)
    mailbox.hang = True
    arguments = [str(installed.data_dir), installed.database_url, mailbox.url]
    with subprocess.Popen([sys.executable, "-c", COURIER, *arguments]) as process:
        until = time.monotonic() + 60
        while not mailbox.mails:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    mailbox.hang = False
    assert states(database) == [(DeliveryStatus.SENDING, 1, "")]
    pass_time(database)
    assert Courier(database, installed).deliver() == 1
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_a_courier_taken_for_dead_changes_nothing_any_more(
    database: Engine, installed: Settings, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(database, Way.MAIL)
    slow, quick = Courier(database, installed), Courier(database, installed)
    send = MailServer.send

    def meanwhile(server: MailServer, to: str, message: Message) -> None:
        monkeypatch.setattr(MailServer, "send", send)
        pass_time(database)
        quick.deliver()
        raise Undelivered("太慢", Verdict.LATER)

    monkeypatch.setattr(MailServer, "send", meanwhile)
    slow.deliver()
    assert states(database) == [(DeliveryStatus.SENT, 2, "")]
    assert len(mailbox.mails) == 1


def test_couriers_side_by_side_send_each_message_once(
    database: Engine, installed: Settings, mailbox: Mailbox, gateway: Gateway
) -> None:
    tell(database, Way.MAIL, Way.FEISHU, times=8)
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(Courier(database, installed).deliver())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # One that found everything locked by the others has nothing to do.
    Courier(database, installed).deliver()
    assert sorted(status for status, _, _ in states(database)) == [DeliveryStatus.SENT] * 16
    assert len({mail["Message-ID"] for mail in mailbox.mails}) == len(mailbox.mails) == 8
    assert len(gateway.requests) == 8


def test_it_stops_between_two_messages(database: Engine, installed: Settings, mailbox: Mailbox) -> None:
    tell(database, Way.MAIL, times=2)
    stopping = threading.Event()
    stopping.set()
    assert Courier(database, installed).deliver(stopping) == 0
    assert mailbox.mails == []


def test_who_is_gone_gets_nothing(database: Engine, installed: Settings, mailbox: Mailbox, gateway: Gateway) -> None:
    account_id = tell(database, Way.MAIL, Way.WECOM)
    with session_scope(database) as session:
        account = session.get(Account, account_id)
        assert account is not None
        remove_robot(session, Way.WECOM, by=actor_for(session, account))
        account.email = ""
    Courier(database, installed).deliver()
    assert {problem for _, _, problem in states(database)} == {"账号没有填写电子邮箱", "机器人已删除"}
    disabled = tell(database, Way.MAIL, email="berta@example.org")
    with session_scope(database) as session:
        session.exec(update(Account).where(col(Account.id) == disabled).values(disabled_at=now()))
    Courier(database, installed).deliver()
    assert states(database)[-1][2] == "账号已停用"
    assert mailbox.mails == gateway.requests == []


def test_a_way_that_is_not_served_waits_two_days(database: Engine, installed: Settings, mailbox: Mailbox) -> None:
    tell(database, Way.MAIL, times=2)
    without = Courier(database, installed.model_copy(update={"mail_url": ""}))
    without.deliver()
    assert [status for status, _, _ in states(database)] == [DeliveryStatus.WAITING] * 2
    with session_scope(database) as session:
        first = session.exec(select(NoticeDelivery).order_by(col(NoticeDelivery.id))).first()
        assert first is not None
        first.created_at -= timedelta(days=2)
    without.deliver()
    assert [status for status, _, _ in states(database)] == [DeliveryStatus.FAILED, DeliveryStatus.WAITING]
    assert Courier(database, installed).deliver() == 1


def test_no_secret_and_no_address_gets_into_logs_or_reasons(
    database: Engine, installed: Settings, mailbox: Mailbox, gateway: Gateway, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    tell(database, Way.MAIL, Way.WECOM, Way.DINGTALK, Way.FEISHU)
    mailbox.refuse = "550 no such user anna@example.org"
    gateway.answer = json.dumps({"errcode": 1, "code": 1, "errmsg": TOKEN})
    Courier(database, installed).deliver()
    # The mail server in this process writes a log as well; that one is not ours.
    logged = [one.getMessage() for one in caplog.records if one.name != "mail.log"]
    said = "".join(logged) + repr(states(database)) + repr(Senders.of(installed)) + repr(RobotKey(TOKEN, SECRET))
    assert len(logged) >= 4
    for private in (TOKEN, SECRET, "anna@", "对方已接受"):
        assert private not in said


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('{"errcode": 45009}', (DeliveryStatus.WAITING, 1, "企业微信机器人暂时不接收（45009）")),
        ('{"errcode": 93000}', (DeliveryStatus.FAILED, 1, "企业微信不认这个机器人密钥，请重新填写")),
        ("<html>", (DeliveryStatus.FAILED, 1, "企业微信机器人没有答复，可能已送达")),
    ],
)
def test_what_a_robot_answers_counts(
    database: Engine, installed: Settings, gateway: Gateway, answer: str, expected: tuple[DeliveryStatus, int, str]
) -> None:
    tell(database, Way.WECOM)
    gateway.answer = answer
    assert Courier(database, installed).deliver() == 0
    assert states(database) == [expected]
