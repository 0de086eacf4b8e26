"""The database: connecting, one transaction per unit of work, schema migration."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event, make_url
from sqlmodel import Session, create_engine

from matchmaker.errors import DatabaseNotReady

# A writer waits this long for another one before it gives up: longer than any batch of the ingest takes.
SQLITE_BUSY_SECONDS = 30


def open_database(url: str) -> Engine:
    """An engine for the URL. SQLite gets WAL (readers never wait for the writer) and enforced foreign keys."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, hide_parameters=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    # `hide_parameters`: an error in a log must not carry the values of a row, contact data among them.
    database = create_engine(
        url, hide_parameters=True, connect_args={"timeout": SQLITE_BUSY_SECONDS, "check_same_thread": False}
    )

    @event.listens_for(database, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # SQLAlchemy, not the driver, opens transactions: see `begin` below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(database, "begin")
    def begin(connection: Any) -> None:
        # A transaction that reads first and writes later fails at once if somebody else wrote in between;
        # one that announces its writing waits for its turn.
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return database


@contextmanager
def session_scope(database: Engine) -> Iterator[Session]:
    """A session for writing that commits once at the end, or rolls back when the block raises."""
    with Session(writing(database), expire_on_commit=False) as session:
        yield session
        session.commit()


def writing(database: Engine) -> Engine:
    """The same database, for transactions that are going to write: on SQLite they wait for their turn."""
    return database.execution_options(writing=True)


def _alembic(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(database: Engine) -> None:
    """Bring the schema to the newest version; on a current database nothing happens."""
    config = _alembic(database.url.render_as_string(hide_password=False))
    with database.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def check_schema(database: Engine) -> None:
    """Raise DatabaseNotReady when the schema is not the one this program needs."""
    newest = ScriptDirectory.from_config(_alembic("sqlite://")).get_current_head()
    with database.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current != newest:
        raise DatabaseNotReady(f"数据库结构版本为 {current or '空'}，程序需要 {newest}", "请先运行 matchmaker migrate")
