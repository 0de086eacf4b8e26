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
*) echo "tests on SQLite"; sleep "$SQLITE_TAKES"; exit "$SQLITE_ENDS" ;;
esac
"""
NOTHING = "prepare_venv() { :; }\ntest_extras() { :; }\ninstall_debian_packages() { :; }\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the real script and nothing to install or to check."""
    for name, text in {"scripts/environment": NOTHING, "scripts/es-node": "", "scripts/check": ""}.items():
        made = tmp_path / name
        made.parent.mkdir(exist_ok=True)
        made.write_text("#!/bin/sh\n" + text)
        made.chmod(0o755)
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(PYTHON)
    python.chmod(0o755)
    shutil.copy(ROOT / "scripts" / "test", tmp_path / "scripts" / "test")
    return tmp_path


@pytest.mark.parametrize("takes", ["0", "1"])
@pytest.mark.parametrize(("sqlite", "postgresql", "answer"), [(0, 0, 0), (3, 0, 3), (0, 4, 4), (3, 4, 4)])
def test_it_fails_if_and_only_if_a_run_fails(
    project: Path, takes: str, sqlite: int, postgresql: int, answer: int
) -> None:
    ends = {"SQLITE_ENDS": str(sqlite), "POSTGRESQL_ENDS": str(postgresql), "SQLITE_TAKES": takes}
    temporary = project / "tmp"
    temporary.mkdir()
    done = subprocess.run(
        [project / "scripts" / "test"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | ends | {"TMPDIR": str(temporary)},
    )
    assert done.returncode == answer, done.stderr
    assert done.stdout == "tests on SQLite\n\nOn PostgreSQL:\ntests on PostgreSQL\n"
    assert not list(temporary.iterdir())
