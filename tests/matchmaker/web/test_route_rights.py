"""Who may do what: every route × every role → status, from the tables of `route_rights/`."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from sqlmodel import Session

from indexing import Segmenter
from matchmaker.records import ACTOR
from matchmaker.settings import Settings
from matchmaker.web.dependencies import ActorDep, DatabaseDep, session_of_request
from tests.conftest import NO_LIMITS
from tests.matchmaker.web import route_rights
from tests.matchmaker.web.route_rights import EVERYBODY, Row
from tests.matchmaker.web.route_rights.serving import served_world
from tests.matchmaker.web.route_rights.world import World

pytestmark = pytest.mark.postgresql

MODULES = [
    importlib.import_module(f"{route_rights.__name__}.{one.name}")
    for one in pkgutil.iter_modules(route_rights.__path__)
    if one.name not in ("serving", "world")
]
TABLE: list[Row] = [row for module in MODULES for row in module.ROWS]
# What the areas add to the world.
PREPARATIONS = [module.prepare for module in MODULES if hasattr(module, "prepare")]


def undone(database: DatabaseDep, actor: ActorDep) -> Iterator[Session]:
    """The session of a request whose changes are thrown away, so that every row finds the world as it was."""
    with Session(database, expire_on_commit=False) as session:
        session.info[ACTOR] = actor
        yield session
        session.flush()
        session.rollback()


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, new_database_url: Callable[..., str], segmenter: Segmenter
) -> Iterator[tuple[FastAPI, World]]:
    """One app over one world for the whole table."""
    folder: Path = tmp_path_factory.mktemp("rights")
    settings = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=new_database_url(),
        embedder="hash",
        upload_limit_mb=1,
        **NO_LIMITS,
    )
    with served_world(settings, segmenter, PREPARATIONS) as served:
        served.app.dependency_overrides[session_of_request] = undone
        yield served.app, served.world


@pytest.fixture(scope="module")
def browser(served: tuple[FastAPI, World]) -> Iterator[TestClient]:
    """Who asks for everybody: its event loop is started once. Each request gives it the cookies of its own."""
    with TestClient(served[0], follow_redirects=False) as client:
        yield client


def routes_of(app: FastAPI) -> set[str]:
    """Every route as `METHOD /path`, whatever router it came in by; static files are no routes of their own."""
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or ())
        if method != "HEAD"
    }


def filled(sent: Any, ids: dict[str, int]) -> Any:
    """What is sent, with the world's ids in place of their names."""
    if isinstance(sent, dict):
        return {name: filled(value, ids) for name, value in sent.items()}
    named = isinstance(sent, str) and sent.startswith("{") and ids.get(sent.strip("{}"))
    return named or sent


def test_every_route_has_a_row(served: tuple[FastAPI, World]) -> None:
    assert routes_of(served[0]) == {row.route for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.route} {row.path}".strip())
def test_status(row: Row, served: tuple[FastAPI, World], browser: TestClient) -> None:
    _, world = served
    method, route = row.route.split(" ", 1)
    path = (row.path or route).format(**world.ids)
    got = {}
    for role in EVERYBODY:
        in_api = path.startswith("/api/")
        sent = filled(row.send, world.ids)
        headers = (world.headers.get(role, {}) if in_api else {}) | sent.pop("headers", {})
        # Nothing is left of what the one before was given.
        browser.cookies = {} if in_api else world.cookies.get(role, {})
        answer = browser.request(method, path, headers=headers, **sent)
        got[role] = answer.status_code
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        if role == "anonymous" and answer.status_code == 303 and row.statuses["enterprise"] != 303:
            assert answer.headers["Location"].startswith("/login")
    assert got == dict(row.statuses)


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic eA==", "Bearer wrong", "Bearer \u00e9"])
def test_what_is_no_key_is_no_key(served: tuple[FastAPI, World], value: str) -> None:
    with TestClient(served[0]) as client:
        answer = client.post("/api/v1/needs", json={}, headers={"Authorization": value.encode("latin-1")})
    assert answer.status_code == 401
