"""What `scripts/test` answers: every real part but the tests themselves, which a stub plays."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Stands where the interpreter of .venv stands: ends as the variable of its run says.
PYTHON = """#!/bin/sh
case "$*" in
*"--database postgresql"*) echo "tests on PostgreSQL"; exit "$POSTGRESQL_ENDS" ;;
*--quick*) echo "units: $*"; exit "$SQLITE_ENDS" ;;
*"-m pytest -n"*) echo "tests on SQLite"; sleep "$SQLITE_TAKES"; exit "$SQLITE_ENDS" ;;
*) echo "tests: $*"; exit "$SQLITE_ENDS" ;;
esac
"""
NOTHING = "make_venv() { :; }\nprepare_venv() { :; }\ntest_extras() { :; }\ninstall_debian_packages() { :; }\n"
CHECK = 'echo "checks of the source"\nexit "$CHECK_ENDS"\n'
WELL = {"SQLITE_ENDS": "0", "POSTGRESQL_ENDS": "0", "CHECK_ENDS": "0", "SQLITE_TAKES": "0"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the real script and nothing to install, to check or to test."""
    for name, text in {"scripts/environment": NOTHING, "scripts/es-node": "", "scripts/check": CHECK}.items():
        made = tmp_path / name
        made.parent.mkdir(exist_ok=True)
        made.write_text("#!/bin/sh\n" + text)
        made.chmod(0o755)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON)
    python.chmod(0o755)
    shutil.copy(ROOT / "scripts" / "test", tmp_path / "scripts" / "test")
    (tmp_path / "tmp").mkdir()
    return tmp_path


def run(project: Path, *arguments: str, **ends: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [project / "scripts" / "test", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | WELL | ends | {"TMPDIR": str(project / "tmp")},
    )


@pytest.mark.parametrize("takes", ["0", "1"])
@pytest.mark.parametrize(
    ("sqlite", "check", "postgresql", "answer"),
    [(0, 0, 0, 0), (3, 0, 0, 3), (0, 0, 4, 4), (3, 0, 4, 4), (0, 2, 0, 2), (3, 2, 0, 2), (3, 2, 4, 4)],
)
def test_it_fails_if_and_only_if_a_part_fails(
    project: Path, takes: str, sqlite: int, check: int, postgresql: int, answer: int
) -> None:
    done = run(
        project,
        SQLITE_ENDS=str(sqlite),
        CHECK_ENDS=str(check),
        POSTGRESQL_ENDS=str(postgresql),
        SQLITE_TAKES=takes,
    )
    assert done.returncode == answer, done.stderr
    assert done.stdout == (
        "tests on SQLite\n"
        "\nFormat, lint, types, import rules:\nchecks of the source\n"
        "\nOn PostgreSQL:\ntests on PostgreSQL\n"
    )
    assert not list((project / "tmp").iterdir())


@pytest.mark.parametrize("ends", [0, 3])
def test_the_units_alone(project: Path, ends: int) -> None:
    done = run(project, "--quick", "-x", SQLITE_ENDS=str(ends), CHECK_ENDS="2")
    assert done.returncode == ends
    assert done.stdout.startswith("units: -m pytest --quick -n logical ")
    assert done.stdout.endswith(" -x\n")


@pytest.mark.parametrize(("check", "tests", "answer"), [(0, 0, 0), (0, 3, 3), (2, 0, 2)])
def test_chosen_tests_after_the_checks(project: Path, check: int, tests: int, answer: int) -> None:
    done = run(project, "tests/test_documents.py", CHECK_ENDS=str(check), SQLITE_ENDS=str(tests))
    assert done.returncode == answer
    begun = "" if check else "tests: -m pytest tests/test_documents.py\n"
    assert done.stdout == "checks of the source\n" + begun
