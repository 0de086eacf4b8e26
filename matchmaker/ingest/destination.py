"""Where an import writes: the database, or for a dry run a place whose content is thrown away."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Connection, Engine, delete, false
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from matchmaker.database import open_database, session_scope
from matchmaker.errors import DatabaseNotReady
from matchmaker.models.outbox import IndexOutbox
from matchmaker.records import ACTOR
from matchmaker.rights import Actor

Scope = Callable[[], AbstractContextManager[Session]]


@contextmanager
def destination(database: Engine, *, dry_run: bool, by: Actor | None = None) -> Iterator[Scope]:
    """A maker of transactions that can write. With `dry_run` the database itself never sees any of them.

    What they write is done `by` this person; without one by the platform itself, or by whom the watcher names.
    A dry run on an SQLite file works on a copy: in a transaction of its own it would lock every other writer out for
    as long as it takes. Other databases roll one transaction back at the end.
    """
    if not dry_run:
        yield lambda: _writing(session_scope(database), by)
    elif database.dialect.name == "sqlite" and database.url.database not in (None, "", ":memory:"):
        with TemporaryDirectory(prefix="matchmaker-") as folder:
            copy = _copy(database, Path(folder) / "copy.sqlite")
            try:
                yield lambda: _writing(session_scope(copy), by)
            finally:
                copy.dispose()
    else:
        with database.connect() as connection:
            transaction = connection.begin()
            try:
                yield lambda: _writing(_part_of(connection), by)
            finally:
                transaction.rollback()


@contextmanager
def _writing(scope: AbstractContextManager[Session], by: Actor | None) -> Iterator[Session]:
    """The scope, with the right to write asked for first. Raises DatabaseNotReady when another writer keeps it.

    SQLite lets a transaction wait for another writer only until it has read something; one that reads first is
    refused at its first write if anybody has written meanwhile.
    """
    with scope as session:
        if by is not None:
            session.info[ACTOR] = by
        try:
            session.execute(delete(IndexOutbox).where(false()))
        except OperationalError as error:
            raise DatabaseNotReady(
                "数据库正被另一个程序写入，等不到写入的机会", "请稍后重新运行：已导入的行不会重复"
            ) from error
        yield session


def _copy(database: Engine, path: Path) -> Engine:
    with database.connect() as connection:
        original: Any = connection.connection.driver_connection
        target = sqlite3.connect(path)
        try:
            original.backup(target)
        finally:
            target.close()
    return open_database(f"sqlite:///{path}")


@contextmanager
def _part_of(connection: Connection) -> Iterator[Session]:
    with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
        yield session
        session.commit()
