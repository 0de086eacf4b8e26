"""The PostgreSQL server is restarted or crashes under a running app: 503 meanwhile, nothing acknowledged is lost."""

import threading
import time
from collections import Counter
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.app import Parts, assemble
from matchmaker.database import migrate, session_scope
from matchmaker.index_sync import Relay
from matchmaker.indexes import Indexes
from matchmaker.models import IndexOutbox, Role, TechnologyNeed
from matchmaker.settings import Settings
from tests.factories import key_of, make_account
from tests.postgres_server import PostgresServer, opened, postgres_server

V1 = "/api/v1"
WRITERS = 3
NEEDS_EACH = 40


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """A server of its own, which writes what it acknowledges to the disk."""
    with postgres_server(durable=True) as started:
        yield started


@pytest.fixture
def database(server: PostgresServer) -> Iterator[Engine]:
    with opened(server.url.render_as_string(hide_password=False)) as engine:
        migrate(engine)
        yield engine


@pytest.fixture
def client(settings: Settings, database: Engine, indexes: Indexes) -> Iterator[TestClient]:
    with TestClient(assemble(Parts(settings, database, indexes)), follow_redirects=False) as opened_client:
        yield opened_client


@pytest.mark.parametrize("crash", [False, True])
def test_the_request_after_a_restart_is_answered(client: TestClient, server: PostgresServer, crash: bool) -> None:
    paths = ("/", f"{V1}/enterprises")
    assert [client.get(path).status_code for path in paths] == [200, 200]
    server.kill() if crash else server.stop()
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 503
        assert "matchmaker doctor" in answer.text
    server.start()
    assert [client.get(path).status_code for path in paths] == [200, 200]
    # Also where nobody asked while it was away: the broken connections are noticed before they are used.
    server.kill() if crash else server.stop()
    server.start()
    assert [client.get(path).status_code for path in paths] == [200, 200]


def test_writers_through_crashes_lose_nothing_and_double_nothing(
    client: TestClient, server: PostgresServer, database: Engine, indexes: Indexes
) -> None:
    with session_scope(database) as session:
        headers = key_of(session, make_account(session, role=Role.ADMINISTRATOR))
    answers: Counter[int] = Counter()
    acknowledged: set[str] = set()

    def write(writer: int) -> None:
        for number in range(NEEDS_EACH):
            body = {
                "title": f"第 {number} 个难题",
                "problem": "x",
                "source": "outage",
                "source_id": f"{writer}-{number}",
            }
            # As a client does: what was not acknowledged is sent again; 409 says that it had arrived after all.
            status = 503
            while status == 503:
                status = client.post(f"{V1}/needs", json=body, headers=headers).status_code
                answers[status] += 1
                time.sleep(0.01)
            if status in (201, 409):
                acknowledged.add(body["source_id"])

    relay = Relay(database, indexes)
    relay.start()
    threads = [threading.Thread(target=write, args=(writer,)) for writer in range(WRITERS)]
    try:
        for thread in threads:
            thread.start()
        for enough in (20, 60):
            while answers[201] < enough:
                time.sleep(0.01)
            server.kill()
            while not answers[503]:
                time.sleep(0.01)
            server.start()
        for thread in threads:
            thread.join()
        with Session(database) as session:
            while session.exec(select(IndexOutbox.id)).first() is not None:
                session.rollback()
                time.sleep(0.05)
            stored = session.exec(select(TechnologyNeed)).all()
    finally:
        relay.stop()
    assert set(answers) <= {201, 409, 503}
    assert len(acknowledged) == WRITERS * NEEDS_EACH
    assert sorted(need.source_id for need in stored) == sorted(acknowledged)
    # What was written around the crashes has reached the index as well.
    assert indexes.needs.versions() == {str(need.id): need.version for need in stored}
