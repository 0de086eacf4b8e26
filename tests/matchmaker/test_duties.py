"""The duties of the day: each once, whoever runs them; one that fails does not stop the others."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from datetime import time as time_of_day

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from typer.testing import CliRunner

from matchmaker import duties
from matchmaker.cli import app as commands
from matchmaker.database import session_scope
from matchmaker.duties import DUTIES, Duties, Duty, at_once, run_due, run_duty, tidy_up
from matchmaker.indexes import Indexes
from matchmaker.models.account import Account, Invitation, LoginSession, Role
from matchmaker.models.base import now
from matchmaker.models.notice import DeliveryStatus, DutyRun, Notice, NoticeDelivery, NoticeKind, Way
from matchmaker.notices import NoticeText, notify
from matchmaker.records import ACTOR
from matchmaker.rights import PLATFORM
from matchmaker.settings import Settings
from matchmaker.visibility import today
from tests.factories import make_account
from tests.matchmaker.outside import mail_server

MIDNIGHT = time_of_day(0, 0)


def counting(name: str = "count") -> tuple[Duty, list[date]]:
    """A duty that is due all day, and the days it was done."""
    days: list[date] = []

    def run(session: Session, day: date) -> None:
        assert session.info[ACTOR] is PLATFORM
        days.append(day)

    return Duty(name, "计数", MIDNIGHT, at_once(run)), days


def last_days(database: Engine) -> dict[str, date]:
    with Session(database) as session:
        return {one.name: one.last_day for one in session.exec(select(DutyRun))}


def wait_for(condition: Callable[[], object]) -> None:
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_duty_is_done_once_a_day(database: Engine) -> None:
    duty, days = counting()
    assert [run_duty(database, None, duty) for _ in range(3)] == [True, False, False]
    assert days == [today()]
    assert last_days(database) == {"count": today()}


def test_missed_days_are_made_up_for_once(database: Engine) -> None:
    duty, days = counting()
    with session_scope(database) as session:
        session.add(DutyRun(name="count", last_day=today() - timedelta(days=5)))
    assert [run_duty(database, None, duty) for _ in range(2)] == [True, False]
    assert days == [today()]


def test_a_duty_waits_for_its_hour(database: Engine) -> None:
    duty, days = counting()
    # The last moment of the day: due only while it is this very second.
    assert run_duty(database, None, replace(duty, at=time_of_day(23, 59, 59, 999_999))) is False
    assert (days, last_days(database)) == ([], {})


def test_workers_side_by_side_do_it_once(database: Engine) -> None:
    duty, days = counting()
    start, problems = threading.Barrier(4), list[Exception]()

    def work() -> None:
        start.wait()
        try:
            run_duty(database, None, duty)
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (problems, days) == ([], [today()])


def test_others_may_write_while_it_looks_things_up(database: Engine) -> None:
    def prepare(_database: Engine, _indexes: Indexes | None, _day: date) -> Callable[[Session], object]:
        with session_scope(database) as other:
            make_account(other, login_name="meanwhile")
        return lambda session: make_account(session, login_name="afterwards")

    assert run_duty(database, None, Duty("slow", "检索", MIDNIGHT, prepare))
    with Session(database) as session:
        assert set(session.exec(select(Account.login_name))) == {"meanwhile", "afterwards"}


def test_one_that_fails_leaves_no_trace_and_the_others_go_on(
    database: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    broken = ["geheim"]

    def failing(session: Session, _day: date) -> None:
        make_account(session, login_name="halfway")
        if broken:
            raise RuntimeError(*broken)

    duty, days = counting()
    monkeypatch.setattr(duties, "DUTIES", (Duty("failing", "出错的任务", MIDNIGHT, at_once(failing)), duty))
    ended = run_due(database, None)
    assert isinstance(ended["failing"], RuntimeError)
    assert (ended["count"], days) == (None, [today()])
    assert "出错的任务" in caplog.messages[0]
    with Session(database) as session:
        assert session.exec(select(Account)).all() == []
    assert run_due(database, None, without=["failing"]) == {}
    broken.clear()
    assert run_due(database, None) == {"failing": None}


def test_the_real_duties_run_on_an_empty_city(
    database: Engine, indexes: Indexes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duties, "DUTIES", tuple(replace(one, at=MIDNIGHT) for one in DUTIES))
    assert run_due(database, indexes) == {one.name: None for one in DUTIES}
    assert DUTIES[-1].name == "digest", "it gathers what the others tell"
    assert len({one.name for one in DUTIES}) == len(DUTIES)


def test_without_an_index_only_what_searches_waits(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duties, "DUTIES", tuple(replace(one, at=MIDNIGHT) for one in DUTIES))
    ended = run_due(database, None)
    assert {name for name, error in ended.items() if error} == {"alerts", "recommendations"}
    assert not {"alerts", "recommendations"} & set(last_days(database))


def test_tidying_up_removes_what_nobody_needs(session: Session) -> None:
    moment, year = now(), timedelta(days=366)
    account = make_account(session, role=Role.CITY_OFFICIAL)
    number = account.id or 0
    for key, read_at in (("old", moment - year), ("recent", moment), ("unread", None)):
        created = moment - year
        session.add(
            Notice(account_id=number, kind=NoticeKind.MATCH, key=key, title=key, created_at=created, read_at=read_at)
        )
    for key, status in (("sent", DeliveryStatus.SENT), ("waiting", DeliveryStatus.WAITING)):
        session.add(NoticeDelivery(account_id=number, way=Way.MAIL, key=key, status=status, created_at=moment - year))
    for key, expires in (("dead", moment - year), ("alive", moment)):
        session.add(LoginSession(token_hash=key, account_id=number, expires_at=expires))
        session.add(Invitation(token_hash=key, role=Role.BROKER, invited_by_id=number, expires_at=expires))
    accepted = Invitation(
        token_hash="accepted",
        role=Role.BROKER,
        invited_by_id=number,
        expires_at=moment - year,
        accepted_at=moment - year,
    )
    session.add(accepted)
    session.flush()
    tidy_up(session)
    assert set(session.exec(select(Notice.key))) == {"recent", "unread"}
    assert set(session.exec(select(NoticeDelivery.key))) == {"waiting"}
    assert set(session.exec(select(LoginSession.token_hash))) == {"alive"}
    assert set(session.exec(select(Invitation.token_hash))) == {"alive", "accepted"}


def told_at_once(database: Engine) -> None:
    with session_scope(database) as session:
        account = make_account(session, email="anna@example.org")
        notify(session, [account.id or 0], NoticeText(NoticeKind.MATCH, "one", "对接有新进展"))


def test_the_thread_delivers_and_does_the_duties_until_it_is_stopped(
    database: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    duty, days = counting()
    monkeypatch.setattr(duties, "_ROUND_SECONDS", 0.02)
    monkeypatch.setattr(duties, "DUTIES", (duty,))
    told_at_once(database)
    with mail_server() as box:
        thread = Duties(database, None, settings.model_copy(update={"mail_url": box.url}))
        thread.start()
        wait_for(lambda: box.mails and days)
        thread.stop()
    assert len(box.mails) == 1


def test_the_thread_outlives_trouble_and_lets_a_failed_duty_rest(
    database: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tries: list[str] = []

    def failing(*_: object) -> None:
        tries.append("duty")
        raise RuntimeError

    def broken(*_: object) -> int:
        tries.append("delivery")
        raise OSError

    monkeypatch.setattr(duties, "_ROUND_SECONDS", 0.02)
    monkeypatch.setattr(duties, "DUTIES", (Duty("failing", "出错的任务", MIDNIGHT, at_once(failing)),))
    monkeypatch.setattr("matchmaker.courier.Courier.deliver", broken)
    thread = Duties(database, None, settings)
    thread.start()
    wait_for(lambda: tries.count("delivery") >= 3)
    thread.stop()
    assert tries.count("duty") == 1
    assert len(caplog.messages) == 2, "each trouble is told once"


def test_the_command_does_what_is_due(
    database: Engine, settings: Settings, tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_at_once(database)
    monkeypatch.setattr(duties, "DUTIES", (replace(DUTIES[0], at=MIDNIGHT),))
    monkeypatch.setenv("MATCHMAKER_BACKUPS_KEPT", "0")
    with mail_server() as box:
        for name, value in {
            "DATA_DIR": str(settings.data_dir),
            "DATABASE_URL": settings.database_url,
            "EMBEDDER": "hash",
            "MAIL_URL": box.url,
        }.items():
            monkeypatch.setenv(f"MATCHMAKER_{name}", value)
        result = CliRunner().invoke(commands, ["duties"])
        assert (result.exit_code, len(box.mails)) == (0, 1)
    with Session(database) as session:
        assert session.exec(select(NoticeDelivery.status)).all() == [DeliveryStatus.SENT]
        assert set(session.exec(select(DutyRun.name))) == {DUTIES[0].name, "audit_head", "clock"}
