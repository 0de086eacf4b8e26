"""`scripts/stack up` and `scripts/stack check`."""

import argparse
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CalledProcessError

from scripts.es_node.build import CannotBuild, cache_folder
from scripts.es_node.node import NodeDidNotStart
from scripts.stack_processes.journeys import JOURNEYS
from scripts.stack_processes.stack import Stack, embedder_of_compose, remove

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Exit code: 0 when the stack ran until it was told to stop, or when every journey came to its end."""
    parser = argparse.ArgumentParser(
        prog="scripts/stack",
        description="The services of docker-compose.yml as processes: PostgreSQL, Elasticsearch, service, two workers."
        " Data lies in a temporary folder and is gone at the end.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="run until Ctrl-C, SIGTERM or the end of the parent process")
    up.add_argument("--port", type=int, default=8000, metavar="P", help="port of the pages (8000); 0 is any free one")
    up.add_argument("--demo", action="store_true", help="load the invented demo city")
    check = commands.add_parser("check", help="start everything, go all journeys, stop; the exit code tells")
    for one in (up, check):
        one.add_argument("--embedder", default="", help="instead of the one of docker-compose.yml")
    given = parser.parse_args()
    for number in SIGNALS:
        signal.signal(number, _stop)
    try:
        with _started(given.embedder, given.port if given.command == "up" else 0) as stack:
            return _up(stack, demo=given.demo) if given.command == "up" else _check(stack)
    except KeyboardInterrupt:
        return 0 if given.command == "up" else 1
    except (AssertionError, CannotBuild, CalledProcessError, FileNotFoundError, NodeDidNotStart) as failed:
        print(f"stack: {failed}", file=sys.stderr)
        return 1


@contextmanager
def _started(embedder: str, port: int) -> Iterator[Stack]:
    embedder = embedder or embedder_of_compose(cache_folder().parent)
    print(f"model      {embedder}", flush=True)
    folder = Path(tempfile.mkdtemp(prefix="matchmaker-stack-"))
    try:
        with Stack(folder, embedder=embedder, port=port) as stack:
            seen = stack.environment("app")
            for name in ("MATCHMAKER_DATABASE_URL", "MATCHMAKER_ENGINE_URL"):
                print(f"{name.split('_')[1].lower():<11}{seen[name]}")
            print(f"folder     {folder}", flush=True)
            try:
                yield stack
            finally:
                # Told once is enough: nothing interrupts the clearing up.
                for number in SIGNALS:
                    signal.signal(number, signal.SIG_IGN)
    finally:
        remove(folder)


def _up(stack: Stack, *, demo: bool) -> int:
    if demo:
        _load_demo_city(stack)
    print(f"key        {stack.key}\nopen       {stack.service.address}/", flush=True)
    parent = os.getppid()
    while os.getppid() == parent:
        for program in (stack.service.program, *stack.workers):
            if program.ended:
                print(f"stack: a process ended by itself:\n{program.printed[-2000:]}", file=sys.stderr)
                return 1
        time.sleep(0.5)
    return 0


def _check(stack: Stack) -> int:
    for journey in JOURNEYS:
        began = time.monotonic()
        journey(stack)
        print(f"ok  {time.monotonic() - began:5.1f} s  {journey.__name__.replace('_', ' ')}", flush=True)
    return 0


def _load_demo_city(stack: Stack) -> None:
    from matchmaker.classification import use_city
    from matchmaker.database import open_database
    from matchmaker.demo import load_demo_city
    from matchmaker.settings import Settings

    os.environ["MATCHMAKER_SECRETS_DIR"] = stack.environment("app")["MATCHMAKER_SECRETS_DIR"]
    settings = Settings(_env_file=None, database_url=stack.environment("app")["MATCHMAKER_DATABASE_URL"])
    use_city(None)
    database = open_database(settings.resolved_database_url())
    records = sum(report.rows_read for report in load_demo_city(database, lambda _: None))
    database.dispose()
    print(f"demo       {records} records, all invented")


def _stop(number: int, frame: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
