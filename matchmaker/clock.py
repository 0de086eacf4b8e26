"""The machine's clock, looked at before anything is done by it: one that is wrong by years would close every record of a city.

The platform notes how late it is every few minutes. A day that lies far from that note waits until somebody says that the
clock is right: a machine that was off over the holidays, or whose clock was mended.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from matchmaker.database import session_scope
from matchmaker.models.audit import AuditEvent
from matchmaker.models.base import now
from matchmaker.models.notice import DutyRun
from matchmaker.visibility import CITY_TIME

_NOTE = "clock"
# A long weekend is shorter, and no duty is so urgent that it could not wait for a look at the clock.
FAR = timedelta(hours=48)
_NOTED_EVERY = timedelta(minutes=5)
_NEVER = date(1, 1, 1)
CONFIRM = "请核对系统时间；时间正确时运行 matchmaker duties --clock-is-right，此前不做每日任务"


def clock_problem(database: Engine) -> str:
    """What is doubtful about the clock, in a sentence; empty where nothing is."""
    moment, noted = now(), _noted(database)
    if noted is None or abs(moment - noted) <= FAR:
        return ""
    days = abs(moment - noted) / timedelta(days=1)
    direction = "快" if moment > noted else "慢"
    return f"系统时间 {_shown(moment)} 比平台上次运行的时间 {_shown(noted)} {direction}了 {days:.0f} 天"


def note_clock(database: Engine) -> None:
    """Remember how late it is, a few times an hour. Only where `clock_problem` finds nothing."""
    with Session(database) as session:
        run = session.get(DutyRun, _NOTE)
    if run is None or abs(now() - run.finished_at) > _NOTED_EVERY:
        _note(database)


def confirm_clock(database: Engine) -> None:
    """The clock is right: duties go on from today, also those that were done on a day that has not come yet."""
    _note(database)
    today = datetime.now(CITY_TIME).date()
    with session_scope(database) as session:
        for run in session.exec(select(DutyRun).where(col(DutyRun.last_day) > today)):
            run.last_day = today - timedelta(days=1)


def _noted(database: Engine) -> datetime | None:
    """How late it was when the platform last looked; before it ever did, the time of the newest event."""
    with Session(database) as session:
        run = session.get(DutyRun, _NOTE)
        return run.finished_at if run is not None else session.exec(select(func.max(AuditEvent.at))).one()


def _note(database: Engine) -> None:
    with session_scope(database) as session:
        session.merge(DutyRun(name=_NOTE, last_day=_NEVER, finished_at=now()))


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone(CITY_TIME):%Y-%m-%d %H:%M}"
