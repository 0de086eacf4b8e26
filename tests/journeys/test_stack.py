"""The services of docker-compose.yml as real processes, with that file's settings, go all journeys of `scripts/stack`."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scripts.postgres_server import MISSING, program
from scripts.stack_processes.journeys import JOURNEYS
from scripts.stack_processes.stack import Stack
from tests.elasticsearch_node import built_or_skip


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    built_or_skip()
    if program("initdb") is None:
        if os.environ.get("MATCHMAKER_REQUIRE_SERVICES") == "1":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    with Stack(tmp_path_factory.mktemp("stack"), embedder="hash") as started:
        yield started


@pytest.fixture(scope="module")
def database_url() -> str:
    """The stack has a database of its own, whatever the other tests run on."""
    return ""


@pytest.fixture(scope="module")
def gone() -> list[str]:
    """The journeys that came to their end."""
    return []


@pytest.mark.slow
@pytest.mark.parametrize("journey", JOURNEYS, ids=lambda journey: journey.__name__)
def test_a_journey(stack: Stack, gone: list[str], journey: Callable[[Stack], None]) -> None:
    before = [one.__name__ for one in JOURNEYS[: JOURNEYS.index(journey)]]
    assert gone == before, "it goes on where another one did not come to its end; see there"
    journey(stack)
    gone.append(journey.__name__)


@pytest.mark.slow
def test_secrets_are_files_that_only_their_owner_reads(stack: Stack) -> None:
    environment = stack.environment("worker")
    folder = Path(environment["MATCHMAKER_SECRETS_DIR"])
    assert folder.stat().st_mode & 0o077 == 0
    password = (folder / "matchmaker_database_password").read_text("utf-8").strip()
    assert all(password not in value for value in environment.values())
    assert (folder / "matchmaker_database_password").stat().st_mode & 0o777 == 0o600
    for printed in (stack.service.program.printed, *(worker.printed for worker in stack.workers)):
        assert password not in printed
