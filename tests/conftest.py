"""Real components for every test: a database with the real migrations, embedded engine, the `hash` embedder.

The database is an SQLite file, or with `--database postgresql` one of its own on a real PostgreSQL server.
"""

import logging
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import URL, Dialect, Engine, make_url
from sqlmodel import Session
from starlette.routing import BaseRoute

from indexing import Segmenter
from matchmaker.accounts import PASSWORDS
from matchmaker.app import Parts, assemble
from matchmaker.classification import use_city
from matchmaker.database import migrate, open_database, session_scope
from matchmaker.demo import load_demo_city, settle_people
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.logs import TALKATIVE
from matchmaker.models.account import Role
from matchmaker.settings import Settings
from tests import stages
from tests.elasticsearch_node import elasticsearch_cluster, elasticsearch_node, elasticsearch_url  # noqa: F401  fixtures
from tests.factories import key_of, make_account
from tests.postgres_server import TestDatabases, postgres_server
from tests.run_folder import one_at_a_time, run_folder  # noqa: F401  fixture

# Tests ask more often than people do; those of the limits set their own.
NO_LIMITS = {"requests_per_minute": 0, "account_requests_per_minute": 0, "logins_per_minute": 0}

# How passwords are kept outside tests, and how within them.
DEAR, CHEAP = PASSWORDS.current_hasher, Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1)

GIVEN_SERVER = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default=None, help="what the tests run on")
    parser.addoption("--quick", action="store_true", help="only the units: no app, no browser, no server")


def pytest_configure(config: pytest.Config) -> None:
    # What makes guessing dear (a fifth of a second) makes tests dear, too.
    PASSWORDS.hashers, PASSWORDS.current_hasher = (CHEAP,), CHEAP
    # Taken away from the processes that tests start: the given database itself is nobody's to write into.
    given = os.environ.pop("MATCHMAKER_DATABASE_URL", "")
    config.stash[GIVEN_SERVER] = given if given.startswith("postgres") else ""
    if config.option.database is None:
        config.option.database = "postgresql" if config.stash[GIVEN_SERVER] else "sqlite"
    if stages.is_complete_on_postgresql(config):
        stages.remember_senders()


def pytest_itemcollected(item: pytest.Item) -> None:
    stages.mark(item)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    stages.choose(config, items)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A command that runs in this process sends the log to its own stderr: no later test is to write there."""
    root, ours = logging.getLogger(), [logging.getLogger(name) for name in TALKATIVE]
    handlers, levels = list(root.handlers), [logger.level for logger in ours]
    yield
    for handler in set(root.handlers) - set(handlers):
        root.removeHandler(handler)
    for logger, level in zip(ours, levels, strict=True):
        logger.setLevel(level)


@pytest.fixture(scope="session")
def on_postgresql(request: pytest.FixtureRequest) -> bool:
    """Is this a run on PostgreSQL?"""
    return bool(request.config.option.database == "postgresql")


@pytest.fixture(scope="session")
def postgres_url(request: pytest.FixtureRequest) -> Iterator[URL]:
    """A PostgreSQL server on which databases may be made: the given one, else one that lives as long as the run."""
    if given := request.config.stash[GIVEN_SERVER]:
        yield make_url(given).set(drivername="postgresql+psycopg")
        return
    with postgres_server() as server:
        yield server.url


@pytest.fixture(scope="session")
def postgres(postgres_url: URL) -> Iterator[TestDatabases]:
    """Databases on that server, as many as a test likes; they are gone at the end of the run."""
    databases = TestDatabases(postgres_url)
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def new_database_url(request: pytest.FixtureRequest, on_postgresql: bool) -> Callable[..., str]:
    """Makes values of the setting `database_url` for installations of their own, for fixtures of a wider scope."""

    def made(*, migrated: bool = True, like: str = "") -> str:
        databases: TestDatabases = request.getfixturevalue("postgres")
        if like:
            return databases.copy_of(like)
        return databases.migrated() if migrated else databases.empty()

    return made if on_postgresql else lambda **_: ""


@pytest.fixture
def database_url(request: pytest.FixtureRequest, on_postgresql: bool) -> Iterator[str]:
    """The setting `database_url` of this test's installation; empty is SQLite in its data folder."""
    if not on_postgresql:
        yield ""
        return
    databases: TestDatabases = request.getfixturevalue("postgres")
    url = databases.migrated()
    yield url
    databases.drop(url)


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Settings of an installation of its own in `tmp_path`; nothing is read from the environment or `.env`."""
    return Settings(
        _env_file=None,
        data_dir=tmp_path / "var",
        database_url=database_url,
        engine_url="",
        embedder="hash",
        city_file=None,
        upload_limit_mb=1,
        **NO_LIMITS,
    )


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with all tables, to be copied: the migrations run once for the whole run."""
    file = tmp_path_factory.mktemp("migrated") / "matchmaker.sqlite"
    opened = open_database(f"sqlite:///{file}")
    migrate(opened)
    opened.dispose()
    return file


# By kind of database: how its statements are written, and those that are.
_dialects: dict[str, Dialect] = {}
_statements: dict[Any, Any] = {}


def knowing_statements(opened: Engine) -> Engine:
    """The engine, in possession of all statements that the engines of this run before it have compiled.

    A service compiles a statement once in its life, in its one engine; to compile all of them anew for every test was
    a quarter of the suite's work. The dialect is part of a compiled statement's key, so it goes along.
    """
    if opened.dialect.name not in _dialects:
        # A dialect asks its server at the first connection what it is like.
        opened.connect().close()
        _dialects[opened.dialect.name] = opened.dialect
    opened.dialect = opened.pool._dialect = _dialects[opened.dialect.name]
    opened._compiled_cache = _statements
    return opened


@pytest.fixture
def database(settings: Settings, migrated_file: Path) -> Iterator[Engine]:
    """A migrated, empty database."""
    use_city(settings.city_file)
    url = settings.resolved_database_url()
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(migrated_file, str(make_url(url).database))
    opened = knowing_statements(open_database(url))
    yield opened
    opened.dispose()


@pytest.fixture
def session(database: Engine) -> Iterator[Session]:
    """A session for preparing and looking up; commit to let others see what was added."""
    with Session(database, expire_on_commit=False) as opened:
        yield opened


@pytest.fixture(scope="session")
def segmenter(tmp_path_factory: pytest.TempPathFactory) -> Segmenter:
    """The one segmenter of the test run: immutable, and two seconds to build."""
    return Segmenter(tmp_path_factory.mktemp("jieba"))


@pytest.fixture
def indexes(settings: Settings, segmenter: Segmenter) -> Iterator[Indexes]:
    """Empty indexes of the embedded engine; `relay_all(database, indexes)` fills them."""
    opened = open_indexes(settings)
    # What the cached property would build at its first use, once for the whole run.
    vars(opened)["_segmenter"] = segmenter
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def copy_of_city(
    run_folder: Path,  # noqa: F811
    tmp_path_factory: pytest.TempPathFactory,
    new_database_url: Callable[..., str],
    segmenter: Segmenter,
) -> Callable[[Path], Settings]:
    """Settings of an installation in that new folder, with the demo city and its people in database and index.

    The city is made once for the whole run, a quarter of a minute's work; everybody gets a copy of her own.
    """
    database_url = new_database_url()
    folder = tmp_path_factory.mktemp("city") / "var"
    made = Settings(_env_file=None, data_dir=folder, database_url=database_url, embedder="hash", city_file=None)
    if database_url:
        # A server and its databases belong to one process of the run.
        _make_city(made, segmenter)
    else:
        common = run_folder / "city"
        with one_at_a_time(run_folder / "city.lock"):
            if not common.exists():
                _make_city(made, segmenter)
                folder.rename(common)
        folder = common

    def copied(to: Path) -> Settings:
        use_city(None)
        shutil.copytree(folder, to)
        url = new_database_url(like=made.database_url) if made.database_url else ""
        return made.model_copy(update={"data_dir": to, "database_url": url})

    return copied


def _make_city(made: Settings, segmenter: Segmenter) -> None:
    use_city(None)
    city, city_indexes = open_database(made.resolved_database_url()), open_indexes(made)
    vars(city_indexes)["_segmenter"] = segmenter
    migrate(city)
    load_demo_city(city, lambda _text: None)
    relay_all(city, city_indexes)
    settle_people(city, city_indexes, lambda _text: None)
    relay_all(city, city_indexes)
    city_indexes.close()
    city.dispose()


@pytest.fixture(scope="session")
def assembled() -> Callable[[Parts], FastAPI]:
    """Puts an app together from its parts, as the program does.

    FastAPI prepares an app's routes at its first request, half a second for all of ours. They hold nothing of their
    app, so the apps after the first one go on with what is prepared.
    """
    prepared: list[BaseRoute] = []

    def assembled(parts: Parts) -> FastAPI:
        made = assemble(parts)
        if not prepared:
            prepared.extend(made.router.routes)
        made.router.routes[:] = prepared
        return made

    return assembled


@pytest.fixture
def app(settings: Settings, database: Engine, indexes: Indexes, assembled: Callable[[Parts], FastAPI]) -> FastAPI:
    """The app over the fixtures above. No relay runs: tests call `relay_all` where the index must be current."""
    return assembled(Parts(settings, database, indexes))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """An anonymous client."""
    with TestClient(app, follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def admin(database: Engine) -> dict[str, str]:
    """Headers of the administrator's key."""
    with session_scope(database) as session:
        return key_of(session, make_account(session, role=Role.ADMINISTRATOR))
