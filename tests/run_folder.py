"""What the processes of one test run share: a folder, and locks in it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this run; the same one for all processes among which its tests are divided."""
    own = tmp_path_factory.getbasetemp()
    # pytest-xdist gives each of its workers a folder in that of the run.
    folder = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "run"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def one_at_a_time(lock: Path) -> Iterator[None]:
    """Inside the block is only one process of those that name this file; one that dies lets the next one in."""
    with lock.open("w") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        yield
