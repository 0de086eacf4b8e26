"""Backups: everything as of one moment while others write, and back into either kind of database."""

import json
import os
import threading
from collections.abc import Callable
from datetime import time
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, col, func, select

from matchmaker.backup import back_up, backups, checked, made_at, restore, upgrade
from matchmaker.database import migrate, open_database, session_scope
from matchmaker.doctor import installation
from matchmaker.doctor.base import Patient
from matchmaker.duties import duties_of, run_duty
from matchmaker.errors import BackupRefused, MoveRefused
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import IndexOutbox, IndexStep
from matchmaker.settings import Settings
from tests.factories import make_need


def elsewhere(settings: Settings, to: Path, **values: object) -> Settings:
    """Another installation on SQLite, in that folder."""
    return settings.model_copy(update={"data_dir": to, "database_url": "", **values})


def titles(settings: Settings) -> set[str]:
    opened = open_database(settings.resolved_database_url())
    try:
        with Session(opened) as session:
            return set(session.exec(select(TechnologyNeed.title)))
    finally:
        opened.dispose()


@pytest.fixture
def needs(database: Engine) -> set[str]:
    with session_scope(database) as session:
        return {make_need(session, title=f"第 {number} 项节能改造需求").title for number in range(60)}


def test_everything_comes_back(settings: Settings, database: Engine, needs: set[str], tmp_path: Path) -> None:
    backup = back_up(database, settings)
    other = elsewhere(settings, tmp_path / "other")
    restored = restore(backup, other)
    assert titles(other) == needs
    assert restored.set_aside is None
    assert restored.manifest.rows["technology_need"] == 60
    # Nobody else of this machine reads it: it holds contacts.
    assert os.stat(backup).st_mode & 0o077 == 0
    opened = open_database(other.resolved_database_url())
    with Session(opened) as session:
        waiting = session.exec(select(IndexOutbox).where(col(IndexOutbox.step) == IndexStep.REBUILD)).all()
    opened.dispose()
    assert len(waiting) == 2


def test_what_was_acknowledged_before_is_in_it_whoever_writes(
    settings: Settings, database: Engine, tmp_path: Path
) -> None:
    acknowledged: list[str] = []
    stopping = threading.Event()

    def write() -> None:
        while not stopping.is_set():
            with session_scope(database) as session:
                title = make_need(session, title=f"写入中的需求 {len(acknowledged)}").title
            acknowledged.append(title)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for round_number in range(5):
            while len(acknowledged) < 12 * (round_number + 1):
                stopping.wait(0.01)
            before = set(acknowledged)
            other = elsewhere(settings, tmp_path / f"round-{round_number}")
            restore(back_up(database, settings, why=f"round-{round_number}"), other)
            assert before <= titles(other)
    finally:
        stopping.set()
        writer.join()


def test_city_and_coefficients_come_along(
    settings: Settings, database: Engine, needs: set[str], tmp_path: Path
) -> None:
    city = tmp_path / "mine.toml"
    city.write_text("name = '某市'", "utf-8")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / "coefficients.toml").write_text("# learned", "utf-8")
    other = elsewhere(settings, tmp_path / "other")
    restored = restore(back_up(database, settings.model_copy(update={"city_file": city})), other)
    assert restored.city_file == other.data_dir / "city.toml"
    assert restored.city_file.read_text("utf-8") == "name = '某市'"
    assert (other.data_dir / "coefficients.toml").read_text("utf-8") == "# learned"


def test_what_is_there_is_never_lost(settings: Settings, database: Engine, needs: set[str], tmp_path: Path) -> None:
    backup = back_up(database, settings)
    other = elsewhere(settings, tmp_path / "other")
    present = open_database(other.resolved_database_url())
    migrate(present)
    with session_scope(present) as session:
        make_need(session, title="恢复前就有的需求")
    with pytest.raises(BackupRefused, match="--replace"):
        restore(backup, other)
    with present.connect() as connection:
        connection.execute(text("SELECT 1"))
        with pytest.raises(BackupRefused, match="正在使用"):
            restore(backup, other, replace=True)
    present.dispose()
    assert titles(other) == {"恢复前就有的需求"}
    restored = restore(backup, other, replace=True)
    assert titles(other) == needs
    assert restored.set_aside is not None
    kept = elsewhere(settings, tmp_path, database_url=f"sqlite:///{restored.set_aside}")
    assert titles(kept) == {"恢复前就有的需求"}


def test_a_damaged_database_is_set_aside_too(
    settings: Settings, database: Engine, needs: set[str], tmp_path: Path
) -> None:
    other = elsewhere(settings, tmp_path / "other")
    other.data_dir.mkdir()
    (other.data_dir / "matchmaker.sqlite").write_bytes(b"no database at all" * 500)
    assert restore(back_up(database, settings), other, replace=True).set_aside
    assert titles(other) == needs


def test_it_comes_back_into_the_kind_it_came_from(
    settings: Settings, database: Engine, needs: set[str], tmp_path: Path, new_database_url: Callable[..., str]
) -> None:
    url = new_database_url(migrated=False)
    other = elsewhere(settings, tmp_path / "other", database_url=url)
    backup = back_up(database, settings)
    restore(backup, other)
    assert titles(other) == needs
    with pytest.raises((BackupRefused, MoveRefused)):
        restore(backup, other)
    assert titles(other) == needs
    # The next record has a number of its own.
    opened = open_database(other.resolved_database_url())
    with session_scope(opened) as session:
        make_need(session)
        session.flush()
        assert session.exec(select(func.count()).select_from(TechnologyNeed)).one() == 61
    opened.dispose()


def rewritten(backup: Path, to: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """The backup with members written anew, or left out."""
    with ZipFile(backup) as source, ZipFile(to, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            if (content := change(name, source.read(name))) is not None:
                target.writestr(name, content)
    return to


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda name, content: content[:-7] + b"changed" if name.endswith("sqlite") else content, "不符"),
        (lambda name, content: None if name.endswith("sqlite") else content, "不是完整的备份"),
        (lambda name, content: None if name.endswith("json") else content, "不是完整的备份"),
        (lambda name, content: b"{}" if name.endswith("json") else content, "不是完整的备份"),
        (
            lambda name, content: (
                json.dumps({**json.loads(content), "format": 9}).encode() if name.endswith("json") else content
            ),
            "更新的版本",
        ),
        (
            lambda name, content: (
                json.dumps({**json.loads(content), "rows": {"account": 5}}).encode()
                if name.endswith("json")
                else content
            ),
            "行数",
        ),
    ],
)
def test_a_backup_that_is_not_whole_changes_nothing(
    settings: Settings,
    database: Engine,
    needs: set[str],
    tmp_path: Path,
    change: Callable[[str, bytes], bytes | None],
    said: str,
) -> None:
    other = elsewhere(settings, tmp_path / "other")
    wrong = rewritten(back_up(database, settings), tmp_path / "wrong.zip", change)
    with pytest.raises(BackupRefused, match=said):
        restore(wrong, other)
    assert not (other.data_dir / "matchmaker.sqlite").exists()


def test_what_is_no_backup_is_said(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "letter.zip").write_text("您好")
    for path in (tmp_path / "letter.zip", tmp_path / "none.zip", tmp_path):
        with pytest.raises(BackupRefused):
            checked(path)


def test_the_oldest_go(settings: Settings, database: Engine) -> None:
    few = settings.model_copy(update={"backups_kept": 2})
    made = [back_up(database, few, why=f"{number}") for number in range(4)]
    assert backups(few) == sorted(made, reverse=True)[:2]
    assert made_at(made[0]).tzinfo is not None


def test_a_folder_without_right_is_named(settings: Settings, database: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BackupRefused, match="MATCHMAKER_BACKUP_DIR"):
        back_up(database, settings.model_copy(update={"backup_dir": tmp_path / "file" / "inside"}))


def test_one_is_made_every_night_and_the_doctor_says_so(settings: Settings, database: Engine) -> None:
    names = [duty.name for duty in duties_of(settings.model_copy(update={"backups_kept": 0}))]
    assert "backup" not in names
    patient = Patient(settings, database)
    assert [finding.level for finding in installation.backup(patient)] == ["yellow"]
    nightly = next(duty for duty in duties_of(settings) if duty.name == "backup")
    duty = type(nightly)(nightly.name, nightly.label, time(0, 0), nightly.prepare)
    assert run_duty(database, None, duty)
    assert not run_duty(database, None, duty)
    assert len(backups(settings)) == 1
    assert [finding.level for finding in installation.backup(patient)] == ["green"]
    for days, level in (("20260101", "red"),):
        newest = backups(settings)[0]
        newest.rename(newest.with_name(f"matchmaker-{days}-020000.backup.zip"))
        assert [finding.level for finding in installation.backup(patient)] == [level]


def test_an_upgrade_is_preceded_by_one(
    settings: Settings, database: Engine, needs: set[str], on_postgresql: bool
) -> None:
    upgrade(database, settings)
    assert backups(settings) == []
    with database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    if on_postgresql:
        # Its own tools take it: the copy needs today's columns.
        return
    with pytest.raises(OperationalError):
        upgrade(database, settings)
    assert [backup.name.endswith("-before-upgrade.backup.zip") for backup in backups(settings)] == [True]
