"""Everything breaks while people write: what was acknowledged is there at the end, whole, once, and can be found.

`MATCHMAKER_ENDURANCE_SECONDS=600` runs the same for ten minutes.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import httpx2
import pytest
from sqlmodel import Session, select

from indexing import SearchQuery, Segmenter
from matchmaker.database import open_database
from matchmaker.index_state import queue_state
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.models import RecordKind, TechnologyNeed
from matchmaker.models.labels import NeedStatus
from matchmaker.searched import published_versions
from matchmaker.settings import Settings
from scripts.es_node.node import Node
from tests.conftest import NO_LIMITS
from tests.journeys.installation import Installation, Service
from tests.postgres_server import PostgresServer, TestDatabases, postgres_server

pytestmark = pytest.mark.slow

SECONDS = float(os.environ.get("MATCHMAKER_ENDURANCE_SECONDS", "60"))
# Long: a busy machine may catch up slowly. Nothing waits as long as this where all is well.
CATCH_UP_SECONDS = 300


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server(durable=True) as started:
        yield started


@pytest.fixture
def installation(server: PostgresServer, elasticsearch_node: Node, tmp_path: Path) -> Iterator[Installation]:
    databases = TestDatabases(server.url)
    own = Installation(
        tmp_path / "installation",
        database_url=databases.migrated(),
        engine_url=f"{elasticsearch_node.url}/outages?replicas=0",
        # On a fast machine the writers and the reader ask more often than any person may.
        **{name: str(value) for name, value in NO_LIMITS.items()},
    )
    with own:
        yield own
    databases.close()


def opened(installation: Installation, segmenter: Segmenter) -> Indexes:
    """The installation's indexes, to look into."""
    settings = Settings(
        _env_file=None,
        data_dir=installation.folder / "looking",
        engine_url=installation.environment["MATCHMAKER_ENGINE_URL"],
        embedder="hash",
    )
    indexes = open_indexes(settings)
    vars(indexes)["_segmenter"] = segmenter
    indexes.warm_up()
    return indexes


def caught_up(installation: Installation) -> None:
    """Wait until the workers have nothing left to do."""
    database = open_database(installation.environment["MATCHMAKER_DATABASE_URL"])
    until = time.monotonic() + CATCH_UP_SECONDS
    try:
        while True:
            with Session(database) as session:
                queue = queue_state(session)
            if not (queue.waiting_words or queue.waiting_meaning or queue.waiting_rebuilds):
                assert queue.refused == 0
                return
            assert time.monotonic() < until, f"still waiting: {queue}"
            time.sleep(0.2)
    finally:
        database.dispose()


class Writer(threading.Thread):
    """Somebody who adds, changes and withdraws needs as fast as the service takes them, and remembers every yes."""

    def __init__(self, service: Service, number: int) -> None:
        super().__init__(daemon=True)
        self._http = service.writer
        self._chance = random.Random(number)
        self._name = f"zq{number}n"
        self._made = 0
        self.stopping = threading.Event()
        self.refused: Counter[int] = Counter()
        # id → version and word that were acknowledged; no word: withdrawn.
        self.acknowledged: dict[int, tuple[int, str]] = {}

    def run(self) -> None:
        while not self.stopping.wait(0.02):
            with suppress(httpx2.TransportError):
                self._add() if self._chance.random() < 0.5 or not self.acknowledged else self._change()

    def _word(self) -> str:
        self._made += 1
        return f"{self._name}{self._made}"

    def _add(self) -> None:
        word = self._word()
        answer = self._http.post(
            "/needs", json={"source_id": word, "source": "outage", "title": f"高速轴承 {word}", "problem": "寿命短"}
        )
        if answer.status_code == 201:
            self.acknowledged[answer.json()["id"]] = (answer.json()["version"], word)
        else:
            self.refused[answer.status_code] += 1

    def _change(self) -> None:
        record = self._chance.choice(list(self.acknowledged))
        withdrawn = self._chance.random() < 0.2
        word = "" if withdrawn else self._word()
        version, _ = self.acknowledged[record]
        update = {"version": version, "title": f"低温电机 {word}"}
        update |= {"status": "withdrawn" if withdrawn else "published"}
        answer = self._http.patch(f"/needs/{record}", json=update)
        if answer.status_code == 409:
            # A change whose answer was lost has been made all the same.
            answer = self._http.get(f"/needs/{record}")
            word = answer.json().get("title", "").rpartition(" ")[2] if answer.status_code == 200 else ""
            withdrawn = answer.status_code == 200 and answer.json()["status"] == "withdrawn"
        if answer.status_code == 200:
            self.acknowledged[record] = (answer.json()["version"], "" if withdrawn else word)
        else:
            self.refused[answer.status_code] += 1


class Reader(threading.Thread):
    """Somebody who reads pages all the time."""

    def __init__(self, service: Service) -> None:
        super().__init__(daemon=True)
        self._http = service.http
        self.stopping = threading.Event()
        self.answers: Counter[tuple[str, int]] = Counter()
        self.limited = 0

    def run(self) -> None:
        while not self.stopping.wait(0.1):
            for page in ("/", "/needs", "/needs?q=轴承"):
                with suppress(httpx2.TransportError):
                    answer = self._http.get(page)
                    self.answers[page, answer.status_code] += 1
                    self.limited += "检索服务暂时不可用" in answer.text


def test_nothing_acknowledged_is_lost(
    installation: Installation, server: PostgresServer, elasticsearch_node: Node, segmenter: Segmenter
) -> None:
    service = installation.serve("--without-worker")
    workers = [installation.worker(f"worker-{number}") for number in range(2)]
    writers = [Writer(service, number) for number in range(2)]
    reader = Reader(service)
    for thread in (*writers, reader):
        thread.start()
    kills = 0

    def kill_a_worker() -> None:
        nonlocal kills
        kills += 1
        workers[kills % 2].kill()
        workers[kills % 2] = installation.worker(f"worker-{kills % 2}")

    def restart_database() -> None:
        server.stop()
        server.start()

    events: list[tuple[float, Callable[[], object]]] = [
        (0.08, kill_a_worker),
        (0.15, elasticsearch_node.kill),
        (0.25, kill_a_worker),
        (0.35, elasticsearch_node.start),
        (0.45, kill_a_worker),
        (0.55, elasticsearch_node.stop),
        (0.62, elasticsearch_node.start),
        (0.68, kill_a_worker),
        (0.75, restart_database),
        (0.88, kill_a_worker),
        (1.0, lambda: None),
    ]
    began = time.monotonic()
    for share, event in events:
        time.sleep(max(0.0, began + share * SECONDS - time.monotonic()))
        event()
    for thread in (*writers, reader):
        thread.stopping.set()
        thread.join()
    assert kills == 5
    acknowledged = {record: known for writer in writers for record, known in writer.acknowledged.items()}
    assert len(acknowledged) > 50
    caught_up(installation)

    database = open_database(installation.environment["MATCHMAKER_DATABASE_URL"])
    indexes = opened(installation, segmenter)
    try:
        with Session(database) as session:
            current = published_versions(session, RecordKind.NEEDS)
            for record, (version, word) in acknowledged.items():
                stored = session.get(TechnologyNeed, record)
                assert stored is not None
                # A change whose answer was lost may have come after.
                assert stored.version >= version
                if stored.version == version:
                    assert (stored.status is NeedStatus.WITHDRAWN) == (word == "")
                    assert word in stored.title
            titles = session.exec(select(TechnologyNeed.id, TechnologyNeed.title))
            words = {str(record): title.rpartition(" ")[2] for record, title in titles}
        assert indexes.needs.versions() == current
        assert indexes.needs.count() == len(current)
        assert indexes.needs.without_meaning() == set()
        # The content too: the word of its newest title leads to each record, and to no other.
        for record in current:
            assert [hit.id for hit in indexes.needs.search(SearchQuery({words[record]: 1.0})).hits] == [record]
    finally:
        indexes.remove()
        indexes.close()
        database.dispose()
    # Pages stayed up: 503 is the answer while the database is away, and no other error ever came.
    wrong = {key: count for key, count in reader.answers.items() if key[1] not in (200, 503)}
    assert wrong == {}
    assert reader.limited > 0
    print(f"{len(acknowledged)} acknowledged, {sum(reader.answers.values())} pages, {reader.limited} limited")
