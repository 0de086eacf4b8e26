"""A day that cannot be today is not believed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from typer.testing import CliRunner

from matchmaker import clock
from matchmaker.cli import app as commands
from matchmaker.clock import clock_problem, confirm_clock, note_clock
from matchmaker.database import session_scope
from matchmaker.doctor import installation
from matchmaker.doctor.base import Patient
from matchmaker.models.labels import NeedStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import DutyRun
from matchmaker.settings import Settings
from tests.factories import make_need


def at(monkeypatch: pytest.MonkeyPatch, **later: float) -> None:
    """The machine's clock shows another time from now on."""
    moment = datetime.now(UTC) + timedelta(**later)
    monkeypatch.setattr(clock, "now", lambda: moment)


@pytest.mark.parametrize(
    ("hours", "word"), [(47, ""), (49, "快了 2 天"), (24 * 1500, "快了 1500 天"), (-49, "慢了 2 天")]
)
def test_a_far_day_is_doubted(database: Engine, monkeypatch: pytest.MonkeyPatch, hours: float, word: str) -> None:
    assert clock_problem(database) == ""
    note_clock(database)
    at(monkeypatch, hours=hours)
    problem = clock_problem(database)
    assert (word in problem) if word else (problem == "")


def test_before_it_was_ever_noted_the_newest_event_counts(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    with session_scope(database) as session:
        make_need(session)
    at(monkeypatch, days=30)
    assert "快了 30 天" in clock_problem(database)


def test_noting_goes_on_day_by_day(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    for day in range(6):
        at(monkeypatch, days=day)
        assert clock_problem(database) == ""
        note_clock(database)


def test_confirmed_it_goes_on_also_from_a_day_that_has_not_come(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    ahead = datetime.now(UTC).date() + timedelta(days=1500)
    with session_scope(database) as session:
        session.add(DutyRun(name="freshness", last_day=ahead))
    at(monkeypatch, days=1500)
    note_clock(database)
    monkeypatch.undo()
    assert "慢了 1500 天" in clock_problem(database)
    confirm_clock(database)
    assert clock_problem(database) == ""
    with Session(database) as session:
        assert session.get_one(DutyRun, "freshness").last_day < datetime.now(UTC).date() + timedelta(days=1)


def test_no_record_is_closed_by_a_wrong_clock(
    settings: Settings, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with session_scope(database) as session:
        make_need(session)
    for name, value in {
        "DATA_DIR": str(settings.data_dir),
        "DATABASE_URL": settings.database_url,
        "EMBEDDER": "hash",
        "BACKUPS_KEPT": "0",
    }.items():
        monkeypatch.setenv(f"MATCHMAKER_{name}", value)
    assert "有效期提醒与到期关闭：已完成" in CliRunner().invoke(commands, ["duties"]).output
    at(monkeypatch, days=1500)
    with pytest.raises(Exception, match="--clock-is-right"):
        CliRunner().invoke(commands, ["duties"], catch_exceptions=False)
    assert [finding.level for finding in installation.clock(Patient(settings, database))] == ["red"]
    with Session(database) as session:
        assert session.exec(select(TechnologyNeed.status)).all() == [NeedStatus.PUBLISHED]
    assert "已发送通知" in CliRunner().invoke(commands, ["duties", "--clock-is-right"]).output
    assert [finding.level for finding in installation.clock(Patient(settings, database))] == ["green"]
