"""`matchmaker report` writes the files; `matchmaker doctor` says what they need."""

from pathlib import Path

import pytest
from sqlmodel import Session
from typer.testing import CliRunner

from matchmaker.cli import app
from matchmaker.doctor.base import Patient
from matchmaker.doctor.reports import drawing
from matchmaker.errors import MalformedRequest
from matchmaker.reports import fonts
from matchmaker.settings import Settings
from tests.matchmaker.reports.year import EAST, YEAR, make_year


@pytest.fixture
def installation(session: Session, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A command line over the year of `year.py`."""
    make_year(session, achievements=1, registrations=1)
    session.commit()
    monkeypatch.setenv("MATCHMAKER_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("MATCHMAKER_DATABASE_URL", settings.database_url)
    return CliRunner()


def test_the_command_writes_three_files(installation: CliRunner, tmp_path: Path) -> None:
    folder = tmp_path / "报告" / "城市"
    done = installation.invoke(app, ["report", "--year", str(YEAR), "--to", str(folder)], catch_exceptions=False)
    assert done.exit_code == 0
    assert sorted(one.name for one in folder.iterdir()) == [
        f"澄湖市{YEAR}年技术转移工作情况.{suffix}" for suffix in ("docx", "pdf", "xlsx")
    ]
    assert "统计快照第 1 号" in done.output


def test_a_district_and_a_snapshot_that_was_taken(installation: CliRunner, tmp_path: Path) -> None:
    asked = ["report", "--year", str(YEAR), "--region", EAST, "--to", str(tmp_path / "out")]
    installation.invoke(app, asked, catch_exceptions=False)
    again = installation.invoke(app, [*asked, "--snapshot", "1"], catch_exceptions=False)
    assert "报告第 2 号，依据统计快照第 1 号" in again.output
    assert (tmp_path / "out" / f"澄东区{YEAR}年技术转移工作情况.docx").is_file()


def test_a_region_elsewhere_is_refused(installation: CliRunner, tmp_path: Path) -> None:
    with pytest.raises(MalformedRequest, match="不是本市"):
        installation.invoke(
            app,
            ["report", "--year", str(YEAR), "--region", "340100", "--to", str(tmp_path)],
            catch_exceptions=False,
        )


def test_the_doctor_draws_one(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    (well,) = drawing(Patient(settings))
    assert well.level == "green"
    monkeypatch.setattr(fonts, "_FAMILIES", ("No Such Family",))
    fonts.chinese_font.cache_clear()
    try:
        (ill,) = drawing(Patient(settings))
    finally:
        fonts.chinese_font.cache_clear()
    assert (ill.level, "apt-get install" in ill.repair) == ("yellow", True)
