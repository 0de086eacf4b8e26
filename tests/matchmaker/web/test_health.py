"""Liveness, readiness and metrics, with database and search engine up and down."""

import re
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from matchmaker.app import Parts, assemble
from matchmaker.database import open_database, session_scope
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.models.base import now
from matchmaker.models.outbox import IndexOutbox, RecordKind
from matchmaker.settings import Settings
from tests.factories import make_achievement, make_need

pytestmark = pytest.mark.postgresql

SECRET = "geheim-4711"
CLOSED = "127.0.0.1:1"


def samples(client: TestClient) -> dict[tuple[str, ...], float]:
    """Name and label values → value."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        (one.name, *one.labels.values()): one.value
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
    }


@pytest.fixture
def filled(database: Engine, indexes: Indexes) -> int:
    """A published need and achievement in the index, a draft that is not; the need's number."""
    with session_scope(database) as session:
        need = make_need(session)
        make_achievement(session)
        make_need(session, status="draft")
    relay_all(database, indexes)
    indexes.warm_up()
    return need.id or 0


@pytest.fixture(params=["closed", "silent", "garbage"])
def broken(
    request: pytest.FixtureRequest, settings: Settings, indexes: Indexes, tmp_path: Path
) -> Iterator[TestClient]:
    """The app over a database that cannot be used: nobody listens, nobody answers, or the file is none."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (tmp_path / "garbage.sqlite").write_bytes(b"no database " * 1000)
        url = {
            "closed": f"postgresql://someone:{SECRET}@{CLOSED}/matchmaker",
            "silent": f"postgresql://someone:{SECRET}@127.0.0.1:{silent.getsockname()[1]}/x?connect_timeout=5",
            "garbage": f"sqlite:///{tmp_path / 'garbage.sqlite'}",
        }[request.param]
        database = open_database(url)
        with TestClient(assemble(Parts(settings, database, indexes))) as client:
            yield client
        database.dispose()


def test_ready(client: TestClient, filled: int) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "status": "ready",
            "database": {"status": "ok", "sentence": ""},
            "search": {"status": "ok", "sentence": ""},
            "queue": {"status": "ok", "waiting_words": 0, "waiting_meaning": 0, "refused": 0, "lag_seconds": 0.0},
        },
    )


def test_without_a_database_it_lives_and_is_not_ready(broken: TestClient) -> None:
    assert broken.get("/healthz").status_code == 200
    answer = broken.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"]["status"] == "down"
    assert "matchmaker doctor" in answer.json()["database"]["sentence"]
    assert answer.json()["queue"] == {"status": "unknown"}
    found = samples(broken)
    assert found["matchmaker_database_up",] == 0
    assert not [name for name, *_ in found if name.startswith(("matchmaker_index_queue", "matchmaker_records"))]
    for text in (answer.text, broken.get("/metrics").text):
        assert SECRET not in text
        assert "someone" not in text


def test_an_old_schema_is_not_ready(settings: Settings, indexes: Indexes, new_database_url: Callable[..., str]) -> None:
    database = open_database(new_database_url(migrated=False) or "sqlite://")
    with TestClient(assemble(Parts(settings, database, indexes))) as client:
        answer = client.get("/readyz")
    database.dispose()
    assert answer.status_code == 503
    assert "matchmaker migrate" in answer.json()["database"]["sentence"]


@pytest.mark.parametrize("opened", [True, False])
def test_without_search_it_is_ready_and_says_so(settings: Settings, database: Engine, opened: bool) -> None:
    indexes = open_indexes(settings.model_copy(update={"engine_url": f"http://{CLOSED}/"})) if opened else None
    problem = "" if opened else f"连不上 http://user:{SECRET}@{CLOSED}/"
    with TestClient(assemble(Parts(settings, database, indexes, problem))) as client:
        assert client.get("/healthz").status_code == 200
        answer = client.get("/readyz")
        found = samples(client)
    if indexes is not None:
        indexes.close()
    assert answer.status_code == 200
    assert answer.json()["search"]["status"] == "down"
    assert answer.json()["search"]["sentence"]
    assert SECRET not in answer.text
    assert found["matchmaker_engine_up",] == 0
    assert found["matchmaker_search", "down"] == 1
    assert not [name for name, *_ in found if name == "matchmaker_index_documents"]


def test_a_damaged_index_is_told(client: TestClient, filled: int, settings: Settings) -> None:
    for pointer in (settings.data_dir / "index").glob("*.published"):
        pointer.write_bytes(b"\xff\xfe")
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["search"]["status"] == "down"
    assert "matchmaker reindex" in answer.json()["search"]["sentence"]


def test_words_only_is_limited(database: Engine, settings: Settings, filled: int, indexes: Indexes) -> None:
    other = open_indexes(settings.model_copy(update={"embedder": "word2vec"}))
    vars(other)["_segmenter"] = vars(indexes)["_segmenter"]
    with TestClient(assemble(Parts(settings, database, other))) as client:
        search = client.get("/readyz").json()["search"]
        assert samples(client)["matchmaker_model", "off"] == 1
    other.close()
    assert search["status"] == "limited"
    assert "bundled" in search["sentence"]


def test_a_queue_that_nobody_empties(client: TestClient, filled: int, database: Engine) -> None:
    with session_scope(database) as session:
        session.add(IndexOutbox(kind=RecordKind.NEEDS, record_id=filled, enqueued_at=now() - timedelta(minutes=10)))
        session.add(IndexOutbox(kind=RecordKind.NEEDS, record_id=filled, problem="标题过长", attempts=1))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    queue = answer.json()["queue"]
    assert (queue["status"], queue["waiting_words"], queue["refused"]) == ("behind", 1, 1)
    found = samples(client)
    assert found["matchmaker_index_queue_rows", "words"] == 1
    assert found["matchmaker_index_queue_lag_seconds",] >= 600
    assert found["matchmaker_index_refused_records",] == 1


def test_metrics(client: TestClient, filled: int, settings: Settings) -> None:
    for _ in range(2):
        client.get(f"/api/v1/needs/{filled}")
    client.get("/api/v1/enterprises/987654")
    client.get("/nothing/987654")
    client.get("/static/nothing-987654.css")
    client.request("INVENTED", "/needs")
    found = samples(client)
    requests = {
        tuple(labels): value for (name, *labels), value in found.items() if name == "matchmaker_http_requests_total"
    }
    assert requests == {
        ("GET", "/api/v1/needs/{record_id}", "200"): 2,
        ("GET", "/api/v1/enterprises/{record_id}", "404"): 1,
        ("GET", "other", "404"): 1,
        ("GET", "/static", "404"): 1,
        ("other", "/needs", "405"): 1,
    }
    assert found["matchmaker_http_request_duration_seconds_count", "GET", "/api/v1/needs/{record_id}"] == 2
    assert found["matchmaker_records", "needs", "published"] == found["matchmaker_records", "needs", "draft"] == 1
    assert found["matchmaker_index_documents", "needs"] == found["matchmaker_index_documents", "achievements"] == 1
    assert found["matchmaker_database_up",] == found["matchmaker_engine_up",] == found["matchmaker_search", "ok"] == 1
    assert found["matchmaker_model", "ready"] == 1
    [build] = [key for key in found if key[0] == "matchmaker_build_info"]
    assert {"embedded", "hash"} <= set(build)
    text = client.get("/metrics").text
    assert "987654" not in text
    assert str(settings.data_dir) not in text


def test_every_route_is_counted_by_its_template(app: FastAPI, client: TestClient, filled: int) -> None:
    paths = [
        "/",
        f"/needs/{filled}",
        "/api/v1/openapi.json",
        "/api/v1/docs",
        "/healthz",
        f"/api/v1/needs/{filled}/matches",
    ]
    for path in paths:
        assert client.get(path).status_code == 200
    routes = {route for name, *labels in samples(client) if name.endswith("requests_total") for route in labels[1:2]}
    assert routes == {re.sub(r"/\d+", "/{record_id}", path) for path in paths}


def test_every_app_counts_for_itself(app: FastAPI, settings: Settings, database: Engine, indexes: Indexes) -> None:
    with TestClient(app) as one, TestClient(assemble(Parts(settings, database, indexes))) as other:
        one.get("/healthz")
        counted: list[Any] = [key for key in samples(other) if "/healthz" in key]
    assert counted == []


def test_the_index_state_is_described(client: TestClient) -> None:
    shape = client.get("/api/v1/openapi.json").json()["components"]["schemas"]["IndexState"]["properties"]
    assert shape.keys() >= {"refused", "lag_seconds"}
    assert all(one["description"] for one in shape.values())
