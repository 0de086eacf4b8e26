"""Real components for every test: SQLite file with the real migrations, embedded engine, the `hash` embedder."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from indexing import Segmenter
from matchmaker.accounts import create_administrator_token
from matchmaker.app import Parts, assemble
from matchmaker.classification import use_city
from matchmaker.database import migrate, open_database, session_scope
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an installation of its own in `tmp_path`; nothing is read from the environment or `.env`."""
    return Settings(
        _env_file=None,
        data_dir=tmp_path / "var",
        database_url="",
        engine_url="",
        embedder="hash",
        city_file=None,
        upload_limit_mb=1,
    )


@pytest.fixture
def database(settings: Settings) -> Iterator[Engine]:
    """A migrated, empty SQLite file."""
    use_city(settings.city_file)
    opened = open_database(settings.resolved_database_url())
    migrate(opened)
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


@pytest.fixture
def app(settings: Settings, database: Engine, indexes: Indexes) -> FastAPI:
    """The app over the fixtures above. No relay runs: tests call `relay_all` where the index must be current."""
    return assemble(Parts(settings, database, indexes))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """An anonymous client."""
    with TestClient(app, follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def admin(database: Engine) -> dict[str, str]:
    """Headers of the administrator."""
    with session_scope(database) as session:
        secret = create_administrator_token(session)
    return {"Authorization": f"Bearer {secret}"}
