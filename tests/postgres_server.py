"""A real PostgreSQL for tests: a private server of this run, or the one of MATCHMAKER_DATABASE_URL.

Nothing is left behind: the private server dies with the test run, however that ends.
"""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.pool import NullPool

from matchmaker.database import migrate, open_database
from scripts.postgres_server import MISSING, PASSWORD, PostgresServer, program

__all__ = ["PASSWORD", "PostgresServer", "TestDatabases", "opened", "postgres_server"]


class TestDatabases:
    """Databases made for tests on one server: each a copy of one that was migrated once."""

    __test__ = False

    def __init__(self, server: URL) -> None:
        self._server = server
        self._engine = create_engine(server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        self._prefix = f"matchmaker_test_{uuid.uuid4().hex[:8]}"
        self._number = 0
        self._template = ""
        self._made: list[str] = []

    def empty(self) -> str:
        """The URL of a new database without any table."""
        return self._create("template1")

    def migrated(self) -> str:
        """The URL of a new database with all tables, as fast as a server copies files."""
        if not self._template:
            url = self.empty()
            engine = open_database(url)
            migrate(engine)
            engine.dispose()
            self._template = make_url(url).database or ""
        return self._create(self._template)

    def copy_of(self, url: str) -> str:
        """The URL of a new database with everything that is in that one, to which nobody may be connected."""
        return self._create(make_url(url).database or "")

    def drop(self, url: str) -> None:
        """Remove it, also from under connections that a killed process left."""
        name = make_url(url).database or ""
        self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._made.remove(name)

    def close(self) -> None:
        """Remove all that are left."""
        for name in self._made:
            self._run(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self._engine.dispose()

    def _create(self, template: str) -> str:
        self._number += 1
        name = f"{self._prefix}_{self._number}"
        self._run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self._made.append(name)
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _run(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """A started server; where there is none the test is skipped, or fails where services are required."""
    if program("initdb") is None:
        if os.environ.get("MATCHMAKER_REQUIRE_SERVICES") == "1":
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    server = PostgresServer(durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.close()


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    """The database, closed at the end."""
    engine = open_database(url)
    try:
        yield engine
    finally:
        engine.dispose()
