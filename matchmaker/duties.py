"""What the platform does unasked: messages and the audit chain every few seconds, and the duties of the day.

Any number of processes may run this. Each daily duty is one transaction that holds its row of `duty_run`, so that one
process does it and the others find it done. A day on which nothing ran is made up for once, by the next run.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as time_of_day

from sqlalchemy import ColumnElement, Engine, delete
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlmodel import Session, SQLModel, col, select

from matchmaker.audit import seal
from matchmaker.audit_heads import note_head
from matchmaker.audit_key import audit_key
from matchmaker.backup import back_up
from matchmaker.brokerage.follow_ups import remind
from matchmaker.campaigns import announce_campaigns
from matchmaker.clock import CONFIRM, clock_problem, note_clock
from matchmaker.contracts.reminders import contract_reminders, remind_contracts
from matchmaker.courier import Courier
from matchmaker.database import session_scope
from matchmaker.errors import SearchNotAvailable
from matchmaker.freshness import remind_and_close, reminders
from matchmaker.idempotency import forget_old_keys
from matchmaker.indexes import Indexes
from matchmaker.matching import match_new
from matchmaker.models.account import Invitation, LoginSession
from matchmaker.models.base import now
from matchmaker.models.notice import DeliveryStatus, DutyRun, Notice, NoticeDelivery
from matchmaker.models.webhook import WebhookDelivery
from matchmaker.notices import queue_digests
from matchmaker.records import ACTOR
from matchmaker.rights import PLATFORM
from matchmaker.settings import Settings
from matchmaker.tombstones import bury_expired
from matchmaker.uploads import forget_old_batches
from matchmaker.visibility import CITY_TIME
from matchmaker.webhooks import WebhookCourier
from matchmaker.workbench import new_answers, tell_answers

log = logging.getLogger(__name__)

# A notice that is to go out at once does so within some ten seconds.
_ROUND_SECONDS = 10.0
# A duty that failed is tried again, by this process, after an hour.
_RETRY_SECONDS = 3600.0

_YEAR = timedelta(days=365)
_QUARTER = timedelta(days=90)


@dataclass(frozen=True)
class Duty:
    """One thing done once a day, as soon as the clock in the city shows `at`."""

    name: str
    label: str
    at: time_of_day
    # Everything that takes long and only reads, before the transaction: on SQLite it would keep all writers waiting.
    # What is returned writes.
    prepare: Callable[[Engine, Indexes | None, date], Callable[[Session], object]]


def at_once(
    run: Callable[[Session, date], object],
) -> Callable[[Engine, Indexes | None, date], Callable[[Session], object]]:
    """For a duty that needs no preparation."""
    return lambda _database, _indexes, day: lambda session: run(session, day)


def tidy_up(session: Session) -> None:
    """Remove what nobody needs any more: read notices and messages after a year, dead sessions and invitations,
    uploaded files, idempotency keys.

    An unread notice stays, and so does an invitation that was accepted: it says where an account came from.
    """
    moment = now()
    ended = col(NoticeDelivery.status).in_([DeliveryStatus.SENT, DeliveryStatus.FAILED])
    told = col(WebhookDelivery.status).in_([DeliveryStatus.SENT, DeliveryStatus.FAILED])
    old: list[tuple[type[SQLModel], tuple[ColumnElement[bool], ...]]] = [
        (Notice, (col(Notice.read_at) < moment - _YEAR,)),
        (NoticeDelivery, (ended, col(NoticeDelivery.created_at) < moment - _YEAR)),
        (WebhookDelivery, (told, col(WebhookDelivery.created_at) < moment - _QUARTER)),
        (LoginSession, (col(LoginSession.expires_at) < moment - _QUARTER,)),
        (Invitation, (col(Invitation.accepted_at).is_(None), col(Invitation.expires_at) < moment - _QUARTER)),
    ]
    for table, conditions in old:
        session.exec(delete(table).where(*conditions))
    forget_old_batches(session)
    forget_old_keys(session)


def _freshness(database: Engine, _indexes: Indexes | None, day: date) -> Callable[[Session], object]:
    with Session(database) as session:
        due = reminders(session, day)
    return lambda session: remind_and_close(session, day, due)


def _contracts(database: Engine, _indexes: Indexes | None, day: date) -> Callable[[Session], object]:
    with Session(database) as session:
        due = contract_reminders(session, day)
    return lambda session: remind_contracts(session, day, due)


def _alerts(database: Engine, indexes: Indexes | None, day: date) -> Callable[[Session], object]:
    if indexes is None:
        raise SearchNotAvailable("检索索引未能打开", "修复后会自动补做")
    with Session(database) as session:
        found = new_answers(session, indexes, day)
    return lambda session: tell_answers(session, found)


def _recommendations(database: Engine, indexes: Indexes | None, day: date) -> Callable[[Session], object]:
    if indexes is None:
        raise SearchNotAvailable("检索索引未能打开", "修复后会自动补做")
    match_new(database, indexes)
    return lambda _session: None


# In this order: what is told by one is part of the digest, which comes last.
DUTIES: tuple[Duty, ...] = (
    Duty("tombstones", "到期记录的撤下", time_of_day(0, 0), at_once(bury_expired)),
    Duty("tidy_up", "清理过期数据", time_of_day(3, 0), at_once(lambda session, _: tidy_up(session))),
    Duty("freshness", "有效期提醒与到期关闭", time_of_day(6, 0), _freshness),
    Duty("campaigns", "征集批次通知", time_of_day(8, 0), at_once(lambda session, _: announce_campaigns(session))),
    Duty("follow_ups", "跟进提醒", time_of_day(6, 0), at_once(remind)),
    Duty("contracts", "技术合同提醒", time_of_day(6, 0), _contracts),
    Duty("recommendations", "新记录的推荐", time_of_day(6, 0), _recommendations),
    Duty("alerts", "检索订阅", time_of_day(6, 0), _alerts),
    Duty("digest", "每日汇总", time_of_day(8, 30), at_once(queue_digests)),
)


def duties_of(settings: Settings) -> tuple[Duty, ...]:
    """The duties of this installation: with the end of the audit chain noted every night, and a backup where they are kept."""

    def backup(database: Engine, _indexes: Indexes | None, _day: date) -> Callable[[Session], object]:
        back_up(database, settings)
        return lambda _session: None

    def head(database: Engine, _indexes: Indexes | None, _day: date) -> Callable[[Session], object]:
        note_head(database, settings)
        return lambda _session: None

    nightly = (Duty("backup", "每日备份", time_of_day(2, 0), backup),) if settings.backups_kept else ()
    return (Duty("audit_head", "操作记录链尾", time_of_day(1, 0), head), *nightly, *DUTIES)


def run_duty(database: Engine, indexes: Indexes | None, duty: Duty) -> bool:
    """Do it if it is due today and nobody has done it or is doing it; says whether it was done here.

    Raises what the duty raises; then nothing of it has happened.
    """
    moment = datetime.now(CITY_TIME)
    today = moment.date()
    if moment.time() < duty.at or _is_done(database, duty, today):
        return False
    write = duty.prepare(database, indexes, today)
    with session_scope(database) as session:
        session.info[ACTOR] = PLATFORM
        run = _held(session, duty.name, today)
        if run is None or run.last_day >= today:
            return False
        write(session)
        run.last_day, run.finished_at = today, now()
        session.add(run)
    return True


def _is_done(database: Engine, duty: Duty, today: date) -> bool:
    """Looked up without announcing a writer: nearly always the answer is yes."""
    with Session(database) as session:
        run = session.get(DutyRun, duty.name)
        return run is not None and run.last_day >= today


def _held(session: Session, name: str, today: date) -> DutyRun | None:
    """The duty's row, locked until the transaction ends; None while another process holds it."""
    wanted = select(DutyRun).where(col(DutyRun.name) == name).with_for_update(skip_locked=True)
    if session.get(DutyRun, name) is None:
        try:
            with session.begin_nested():
                session.add(DutyRun(name=name, last_day=today - timedelta(days=1)))
        except IntegrityError:
            # Another process is at its first day too, and has finished by now: its row says so.
            session.expire_all()
    return session.exec(wanted).first()


def run_due(
    database: Engine, indexes: Indexes | None, duties: Iterable[Duty] | None = None, *, without: Collection[str] = ()
) -> dict[str, Exception | None]:
    """Every duty that is due, each by itself: one that fails is logged, and the others go on.

    Returns the names of those that were done here, each with its exception if it failed. `without` leaves some out.
    """
    ended: dict[str, Exception | None] = {}
    for duty in DUTIES if duties is None else duties:
        if duty.name in without:
            continue
        try:
            if run_duty(database, indexes, duty):
                ended[duty.name] = None
        except Exception as error:
            log.exception("每日任务“%s”未完成，稍后重试", duty.label)
            ended[duty.name] = error
    return ended


class Duties:
    """The background thread of `serve` and `worker`. Raises ValueError for settings of mail that cannot be used."""

    def __init__(self, database: Engine, indexes: Indexes | None, settings: Settings) -> None:
        self._database = database
        self._indexes = indexes
        self._duties = duties_of(settings)
        self._key = audit_key(settings, make=True)
        self._courier = Courier(database, settings)
        self._webhooks = WebhookCourier(database, settings)
        self._doubt = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="duties", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the message or the duty in hand and end."""
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        told = ""
        rest_until: dict[str, float] = {}
        while not self._stopping.wait(_ROUND_SECONDS):
            try:
                self._courier.deliver(self._stopping)
                self._webhooks.deliver(self._stopping)
                while not self._stopping.is_set() and seal(self._database, self._key):
                    pass
                told = ""
            except Exception as error:
                # The database is away, most likely. The same trouble is told once, not every ten seconds.
                if type(error).__name__ != told:
                    log.exception("通知暂时无法发送、操作记录暂时无法入链；都已排队，将继续重试")
                told = type(error).__name__
            if self._stopping.is_set():
                return
            if not self._clock_is_right():
                continue
            moment = time.monotonic()
            resting = {name for name, until in rest_until.items() if until > moment}
            failed = run_due(self._database, self._indexes, self._duties, without=resting)
            rest_until |= {name: moment + _RETRY_SECONDS for name, error in failed.items() if error is not None}

    def _clock_is_right(self) -> bool:
        """Nothing is done on a day that cannot be today; that is said once."""
        try:
            problem = clock_problem(self._database)
            if not problem:
                note_clock(self._database)
        except SQLAlchemyError as error:
            problem = f"时间无法核对（{type(error).__name__}）"
        if problem != self._doubt:
            self._doubt = problem
            if problem:
                log.error("%s。%s", problem, CONFIRM)
        return not problem
