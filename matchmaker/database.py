"""The database, SQLite or PostgreSQL: connecting, one transaction per unit of work, schema migration."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, Engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, IntegrityError, OperationalError, ProgrammingError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, create_engine

from matchmaker.errors import DatabaseNotReady

# A writer waits this long for another one before it gives up: longer than any batch of the ingest takes.
BUSY_SECONDS = 30
# The service answers forty requests at once and a request may need a second connection to store matches. With one
# more than forty somebody always has both, so that no two wait for each other; the rest is for the relay.
_POOL = {"pool_size": 10, "max_overflow": 35, "pool_timeout": BUSY_SECONDS}
# What a PostgreSQL connection is told unless its URL says otherwise: an unreachable server is given up after ten
# seconds, a peer that vanished without a word after about a minute. No limit on a statement: a migration or a
# rebuild may rightly take long.
_POSTGRESQL = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
    "application_name": "matchmaker",
    "options": f"-c timezone=UTC -c lock_timeout={BUSY_SECONDS}s",
}
# Any number, the same in every process: who holds this lock changes the schema.
_MIGRATION_LOCK = 0x6D617463


def open_database(url: str) -> Engine:
    """An engine for the URL, not connected yet. `postgres://` and `postgresql://` are taken as psycopg 3.

    SQLite gets WAL (readers never wait for the writer) and enforced foreign keys. Raises DatabaseNotReady when the
    URL cannot be understood; it is never repeated, because it may contain a password.
    """
    parsed = _parsed(url)
    # `hide_parameters`: an error in a log must not carry the values of a row, contact data among them.
    if parsed.get_backend_name() == "postgresql":
        told = {name: value for name, value in _POSTGRESQL.items() if name not in parsed.query}
        return create_engine(parsed, pool_pre_ping=True, hide_parameters=True, connect_args=told, **_POOL)
    in_memory = parsed.database in (None, "", ":memory:")
    if not in_memory:
        # A folder of ours holds contacts: nobody else of this machine looks into it.
        Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    connecting = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    database = create_engine(parsed, hide_parameters=True, connect_args=connecting, **({} if in_memory else _POOL))

    @event.listens_for(database, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # SQLAlchemy, not the driver, opens transactions: see `begin` below.
        connection.isolation_level = None
        cursor = connection.cursor()
        _use_wal(cursor)
        # What was acknowledged is on the disk: with NORMAL a power cut takes back the last commits.
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(database, "begin")
    def begin(connection: Any) -> None:
        # A transaction that reads first and writes later fails at once if somebody else wrote in between;
        # one that announces its writing waits for its turn.
        writing = connection.get_execution_options().get("writing", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return database


def _use_wal(cursor: sqlite3.Cursor) -> None:
    """Only the first connection to a new file changes it; SQLite does not wait by itself for another one at that."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    if parsed is not None and parsed.get_backend_name() in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed is None or parsed.get_backend_name() != "sqlite":
        # Without the cause: it quotes what it stumbled over, often a piece of an unescaped password.
        raise DatabaseNotReady(
            "数据库地址 MATCHMAKER_DATABASE_URL 无法识别",
            "请写成 postgresql://用户:密码@主机:5432/库名 或 sqlite:////绝对路径；密码中的 @ : / # % 等字符"
            "须写成百分号编码，如 @ 写作 %40",
        ) from None
    return parsed


@contextmanager
def session_scope(database: Engine) -> Iterator[Session]:
    """A session for writing that commits once at the end, or rolls back when the block raises."""
    with Session(writing(database), expire_on_commit=False) as session:
        yield session
        session.commit()


def writing(database: Engine) -> Engine:
    """The same database, for transactions that are going to write: on SQLite they wait for their turn.

    On PostgreSQL writers work side by side; one that would overwrite another's change is refused by the record's
    version (see `models.base.Record`).
    """
    return database.execution_options(writing=True)


def collided(error: Exception) -> bool:
    """Did another writer get there first in the same moment, so that looking again and doing it again may succeed?"""
    if isinstance(error, IntegrityError | StaleDataError):
        return True
    # PostgreSQL's deadlock and serialization failure; SQLite lets one writer in at a time and knows neither.
    return isinstance(error, OperationalError) and getattr(error.orig, "sqlstate", None) in ("40P01", "40001")


def _alembic(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(database: Engine) -> None:
    """Bring the schema to the newest version; on a current database nothing happens.

    Several processes may do this at once: one migrates, the others wait and find nothing left to do. Raises
    DatabaseNotReady with the repair when the server cannot be reached or refuses.
    """
    config = _alembic("sqlite://")  # Never used to connect: the migrations run inside this connection.
    with explained(database), writing(database).begin() as connection:
        if connection.dialect.name == "postgresql":
            hold_migration_lock(connection)
            _check_encoding(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def needs_upgrade(database: Engine) -> bool:
    """Has it tables, and of an older schema than this program's?"""
    newest = ScriptDirectory.from_config(_alembic("sqlite://")).get_current_head()
    with explained(database), database.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current is not None and current != newest


def hold_migration_lock(connection: Connection) -> None:
    """Until the transaction ends no other process changes the schema of this PostgreSQL database, or starts serving."""
    # Another one's migration of a large table may take minutes.
    connection.execute(text("SET LOCAL lock_timeout = '10min'"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})


def _check_encoding(connection: Connection) -> None:
    encoding = connection.execute(text("SHOW server_encoding")).scalar_one()
    if encoding != "UTF8":
        raise DatabaseNotReady(
            f"数据库的编码是 {encoding}，存不下全部汉字",
            "请新建数据库：createdb --encoding=UTF8 --template=template0 库名",
        )


def check_schema(database: Engine) -> None:
    """Raise DatabaseNotReady when the database cannot be reached or its schema is not the one this program needs."""
    newest = ScriptDirectory.from_config(_alembic("sqlite://")).get_current_head()
    with explained(database), database.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    if current == newest:
        return
    # Nobody goes on working with it.
    database.dispose()
    known = {one.revision for one in ScriptDirectory.from_config(_alembic("sqlite://")).walk_revisions()}
    raise DatabaseNotReady(
        f"数据库结构版本为 {current or '空'}，程序需要 {newest}",
        "请先运行 matchmaker migrate"
        if current is None or current in known
        else "数据库已由更新版本的程序使用：请升级本程序，或恢复升级前的备份",
    )


@contextmanager
def explained(database: Engine) -> Iterator[None]:
    """Inside the block, trouble with a PostgreSQL server becomes DatabaseNotReady: one sentence that names the repair."""
    try:
        yield
    except (OperationalError, ProgrammingError) as error:
        if database.dialect.name != "postgresql":
            raise
        url, said = database.url, " ".join(str(error.orig).split())
        where = f"{url.username or ''}@{url.host or '本机'}:{url.port or 5432}/{url.database or ''}"
        # libpq's text names host, user and database, never the password; SQLAlchemy's repeats the statement.
        raise DatabaseNotReady(f"数据库 {where} 无法使用（{said}）", _repair(said)) from error


# Part of the server's sentence → repair. A server that speaks another language gets the general one.
_REPAIRS = {
    "password authentication failed": "请核对 MATCHMAKER_DATABASE_URL 中的用户名和密码；密码中的特殊字符须写成百分号编码",
    "no pg_hba.conf entry": "请让数据库管理员在 pg_hba.conf 中允许本机用这个用户连接",
    "does not exist": "请核对 MATCHMAKER_DATABASE_URL，或先建好：createuser --pwprompt 用户名，createdb --owner=用户名 --encoding=UTF8 库名",
    "resolve host": "请核对 MATCHMAKER_DATABASE_URL 中的主机名和本机的域名解析",
    "permission denied": "请让数据库管理员执行 ALTER DATABASE 库名 OWNER TO 用户名，使这个用户可以建表",
    "too many clients": "请调大 PostgreSQL 的 max_connections，或减少同时运行的进程",
    "lock timeout": "另一个程序正在升级或写入数据库，请稍后重试",
    "Connection refused": "请确认 PostgreSQL 已启动，主机和端口与 MATCHMAKER_DATABASE_URL 一致",
    "timeout expired": "请确认 PostgreSQL 已启动，网络和防火墙允许连接",
}


def _repair(said: str) -> str:
    general = "请确认 PostgreSQL 正在运行，并核对 MATCHMAKER_DATABASE_URL"
    return next((repair for part, repair in _REPAIRS.items() if part in said), general)
