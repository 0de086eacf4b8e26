"""What the commands share: the Typer app, the consoles, opening database and indexes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import Engine
from sqlmodel import Session

from indexing import IndexingError, IndexLocked
from matchmaker import (
    audit,  # noqa: F401  from its import on every change leaves an event
    tombstones,  # noqa: F401  and what leaves the lists a tombstone
)
from matchmaker.backup import upgrade
from matchmaker.classification import use_city
from matchmaker.database import check_schema, open_database
from matchmaker.index_state import queue_state
from matchmaker.index_sync import relay_once
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.settings import Settings

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help="技术供需对接平台")
out = Console(highlight=False)
errors = Console(stderr=True, highlight=False)

JsonOption = Annotated[bool, typer.Option("--json", help="只输出一个 JSON 对象")]


@contextmanager
def opened_database(settings: Settings, *, create: bool = False) -> Iterator[Engine]:
    """The database with the city's code lists in force; a missing SQLite file is made, an old schema is refused."""
    use_city(settings.city_file)
    database = open_database(settings.resolved_database_url())
    try:
        if create or (not settings.database_url and not (settings.data_dir / "matchmaker.sqlite").exists()):
            upgrade(database, settings)
        check_schema(database)
        yield database
    finally:
        database.dispose()


@contextmanager
def opened_indexes(settings: Settings) -> Iterator[Indexes]:
    """The indexes, closed at the end."""
    indexes = open_indexes(settings)
    try:
        yield indexes
    finally:
        indexes.close()


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int | None], None]]:
    """A bar that is told (done, total)."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=errors, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def index_now(settings: Settings, database: Engine | None = None) -> None:
    """Bring the index up to date, unless a running service does that already."""
    if database is None:
        with opened_database(settings) as own:
            index_now(settings, own)
        return
    with opened_indexes(settings) as indexes:
        try:
            indexes.warm_up()
            with Session(database) as session:
                queue = queue_state(session)
            # Words, then their meaning. What others write meanwhile is for a running service or the next command:
            # on a busy installation the queue may never be empty.
            total = 2 * queue.waiting_words + queue.waiting_meaning + queue.waiting_rebuilds
            with progress_bar("建立索引") as progress:
                done = 0
                while (handled := relay_once(database, indexes)) and done < total:
                    done += handled
                    progress(done, total)
        except IndexLocked:
            out.print("服务正在运行，由它来建立索引")
        except IndexingError as error:
            out.print(f"记录已保存，索引暂未更新：{error}")
