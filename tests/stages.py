"""Which tests run where: the units of `--quick`, what also runs on PostgreSQL, and in what order.

`tests/README.md` says it in words. On PostgreSQL it is remembered which functions of the program sent it statements:
`tests/test_on_postgresql.py` wants all that do.
"""

import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

ROOT = Path(__file__).parents[1]
PROGRAM = ROOT / "matchmaker"
# Through these every statement goes: who sent it stands further up.
DOORS = (str(PROGRAM / "database.py"), str(PROGRAM / "migrations"))
# Who uses one of these is no unit: the app, a server, a browser, an installation for several tests.
NOT_OF_UNITS = {
    "app",
    "chromium",
    "copy_of_city",
    "either",
    "elasticsearch_cluster",
    "elasticsearch_node",
    "elasticsearch_url",
    "new_database_url",
    "postgres_url",
}
# Who uses one of these sends statements to the database of this run.
OF_DATABASES = {"database_url", "new_database_url"}
# Between these and the database lie modules with tests of their own: what is marked here is enough on PostgreSQL.
ABOVE_SQL = ("reports", "web")
LAST = "test_on_postgresql.py"

# Of the program, where a statement for PostgreSQL came from: file and line.
sent_from: set[tuple[str, int]] = set()


def is_unit(item: pytest.Item) -> bool:
    """Whether `--quick` runs it: a test of functions and a database file, within one process and in little time."""
    folder, *rest = item.path.relative_to(ROOT / "tests").parts
    return (
        (folder == "indexing" or (folder == "matchmaker" and rest[0] not in ABOVE_SQL))
        and not NOT_OF_UNITS & set(getattr(item, "fixturenames", ()))
        and not any(item.iter_markers("slow"))
    )


def mark(item: pytest.Item) -> None:
    """What tests the program below its pages is also run on PostgreSQL, where it uses a database and is not slow."""
    folder, *rest = item.path.relative_to(ROOT / "tests").parts
    if (
        folder == "matchmaker"
        and rest[0] not in ABOVE_SQL
        and OF_DATABASES & set(getattr(item, "fixturenames", ()))
        and not any(item.iter_markers("slow"))
    ):
        item.add_marker("postgresql")


def is_complete_on_postgresql(config: pytest.Config) -> bool:
    """Whether this is, in one process, the run on PostgreSQL that `scripts/test` makes."""
    return (
        config.option.database == "postgresql"
        and config.option.markexpr == "postgresql"
        and not config.option.keyword
        and config.args_source is pytest.Config.ArgsSource.TESTPATHS
        and not hasattr(config, "workerinput")
    )


def choose(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what this run is not for and put the rest in its order."""
    left_out = [
        item
        for item in items
        if (config.option.quick and not is_unit(item))
        or (item.path.name == LAST and "complete" in item.name and not is_complete_on_postgresql(config))
    ]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        gone = set(left_out)
        items[:] = [item for item in items if item not in gone]
    # Files with long tests begin first, so that at the end no worker is left alone with one.
    long = {item.path for item in items if any(item.iter_markers("slow")) or any(item.iter_markers("browser"))}
    items.sort(key=lambda item: (item.path.name == LAST, item.path not in long))


def remember_senders() -> None:
    """From now on `sent_from` learns where each statement for PostgreSQL comes from."""
    event.listen(Engine, "before_cursor_execute", _remember)


def _remember(connection: Any, *_: Any) -> None:
    if connection.dialect.name != "postgresql":
        return
    frame = sys._getframe(1)
    while frame is not None:
        file = frame.f_code.co_filename
        if file.startswith(str(PROGRAM)) and not file.startswith(DOORS):
            sent_from.add((file, frame.f_lineno))
            return
        frame = frame.f_back  # type: ignore[assignment]
