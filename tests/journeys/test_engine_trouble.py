"""The engine is full, hangs, loses its index or is rebuilt: writes are taken, pages stay up, all is found afterwards."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from sqlmodel import Session, select

from indexing import Segmenter
from matchmaker.database import open_database
from matchmaker.index_rebuild import request_rebuild
from matchmaker.models import RecordKind, TechnologyNeed
from matchmaker.searched import published_versions
from scripts.es_node.node import Node
from tests.elasticsearch_node import start_node
from tests.journeys.installation import Installation, Program, Service
from tests.journeys.test_outages import caught_up, opened
from tests.postgres_server import TestDatabases

pytestmark = pytest.mark.slow

LIMITED = "检索服务暂时不可用"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    started = start_node(tmp_path_factory.mktemp("elasticsearch"))
    yield started
    started.stop()


@pytest.fixture
def installation(postgres: TestDatabases, node: Node, tmp_path: Path) -> Iterator[Installation]:
    engine = f"{node.url}/{tmp_path.name.replace('_', '-')[:40].strip('-').lower()}?replicas=0"
    with Installation(tmp_path / "installation", database_url=postgres.migrated(), engine_url=engine) as own:
        yield own


@pytest.fixture
def admin_client(node: Node) -> Iterator[Elasticsearch]:
    with Elasticsearch(node.url, request_timeout=60) as client:
        yield client


def own_indexes(client: Elasticsearch, installation: Installation, which: str = "*") -> list[str]:
    prefix = installation.environment["MATCHMAKER_ENGINE_URL"].partition("?")[0].rpartition("/")[2]
    return sorted(str(name) for name in client.indices.get(index=f"{prefix}-{which}", expand_wildcards="all"))


def add(service: Service, word: str) -> int:
    need = {"source_id": word, "source": "trouble", "title": f"高速轴承 {word}", "problem": "寿命短"}
    answer = service.writer.post("/needs", json=need)
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def first(service: Service, word: str) -> int | None:
    answer = service.writer.get("/needs", params={"q": word})
    items = answer.json()["items"] if answer.status_code == 200 else []
    return int(items[0]["id"]) if items else None


def comes_true(condition: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_full_disk_queues_writes_and_leaves_searching_alone(
    installation: Installation, admin_client: Elasticsearch
) -> None:
    service, worker = installation.serve("--without-worker"), installation.worker("worker")
    before = add(service, "zqbefore")
    comes_true(lambda: first(service, "zqbefore") == before)
    # What Elasticsearch does to every index when the disk passes the flood stage.
    names = ",".join(own_indexes(admin_client, installation))
    admin_client.indices.put_settings(index=names, settings={"index.blocks.read_only_allow_delete": True})
    during = add(service, "zqduring")
    worker.wait_for("磁盘")
    assert first(service, "zqbefore") == before
    assert first(service, "zqduring") != during
    admin_client.indices.put_settings(index=names, settings={"index.blocks.read_only_allow_delete": None})
    comes_true(lambda: first(service, "zqduring") == during)
    # Told once, not at every attempt.
    assert worker.printed.count("磁盘") <= 2
    worker.stop()


def test_an_engine_that_hangs_does_not_hang_the_pages(installation: Installation, node: Node) -> None:
    service, _ = installation.serve("--without-worker"), installation.worker("worker")
    before = add(service, "zqbefore")
    comes_true(lambda: first(service, "zqbefore") == before)
    node.pause()
    try:
        during = add(service, "zqduring")
        page = service.http.get("/needs", params={"q": "轴承"})
        assert page.status_code == 200
        assert LIMITED in page.text
        assert "zqduring" in page.text
        assert service.http.get(f"/needs/{during}").status_code == 200
        assert service.http.get("/").status_code == 200
        answer = service.writer.get("/needs", params={"q": "轴承"})
        assert answer.status_code == 503
        assert answer.json()["fix"]
    finally:
        node.resume()
    comes_true(lambda: first(service, "zqduring") == during)


def test_a_lost_index_comes_back_by_itself(installation: Installation, admin_client: Elasticsearch) -> None:
    service, _ = installation.serve("--without-worker"), installation.worker("worker")
    records = {word: add(service, word) for word in ("zqa", "zqb", "zqc")}
    comes_true(lambda: all(first(service, word) == one for word, one in records.items()))
    for name in own_indexes(admin_client, installation):
        admin_client.indices.delete(index=name)
    assert LIMITED in service.http.get("/needs", params={"q": "轴承"}).text
    comes_true(lambda: all(first(service, word) == one for word, one in records.items()))


def test_a_rebuild_that_is_killed_changes_nothing_and_leaves_nothing(
    installation: Installation, admin_client: Elasticsearch, segmenter: Segmenter
) -> None:
    service, _ = installation.serve("--without-worker"), installation.worker("worker")
    for number in range(300):
        add(service, f"zq{number}")
    caught_up(installation)
    there = len(own_indexes(admin_client, installation))
    for kills in range(2):
        kill_in_the_middle(installation.start("reindex"), lambda: len(own_indexes(admin_client, installation)) > there)
        # Searched and written as if nothing had happened.
        still_works(service, f"zqlate{kills}")
    code, printed = installation.run("reindex")
    assert code == 0, printed
    caught_up(installation)
    same_as_the_database(installation, segmenter)
    # The half-built copies of the killed ones are gone with the next rebuild but one: they are a minute old by then.
    assert len(own_indexes(admin_client, installation)) <= there + 2


def test_a_node_that_dies_during_a_rebuild_is_waited_for(
    installation: Installation, admin_client: Elasticsearch, node: Node, segmenter: Segmenter
) -> None:
    """A rebuild asked of the workers begins again by itself; one of a command says what is wrong and can be repeated."""
    service, _ = installation.serve("--without-worker"), installation.worker("worker")
    for number in range(300):
        add(service, f"zq{number}")
    caught_up(installation)
    there = own_indexes(admin_client, installation)
    database = open_database(installation.environment["MATCHMAKER_DATABASE_URL"])
    request_rebuild(database)
    database.dispose()
    comes_true(lambda: own_indexes(admin_client, installation) != there)
    node.kill()
    late = add(service, "zqlate")
    assert "zqlate" in service.http.get("/needs").text
    code, printed = installation.run("reindex")
    assert code == 1
    assert "Traceback" not in printed
    node.start()
    comes_true(lambda: first(service, "zqlate") == late)
    caught_up(installation)
    # The replaced ones answer a little longer; nobody is led to them any more.
    assert set(own_indexes(admin_client, installation, "*-published")).isdisjoint(there)
    same_as_the_database(installation, segmenter)


def test_a_rebuild_while_people_write_misses_nothing(installation: Installation, segmenter: Segmenter) -> None:
    service = installation.serve("--without-worker")
    for number in range(2):
        installation.worker(f"worker-{number}")
    records = [add(service, f"zq{number}") for number in range(100)]
    caught_up(installation)
    rebuilding = installation.start("reindex")
    written = 0
    while not rebuilding.ended or written < 60:
        written += 1
        add(service, f"zqmore{written}")
        update = {"version": 1, "title": f"低温电机 zqother{written}"}
        update |= {"status": "withdrawn"} if written % 3 == 0 else {}
        if written <= len(records):
            assert service.writer.patch(f"/needs/{records[written - 1]}", json=update).status_code == 200
    assert rebuilding.wait() == 0, rebuilding.printed
    caught_up(installation)
    same_as_the_database(installation, segmenter)


def test_moving_to_elasticsearch_while_the_service_runs(
    postgres: TestDatabases, node: Node, tmp_path: Path, segmenter: Segmenter
) -> None:
    """Embedded first; `reindex --to` builds beside it; what is written meanwhile is made up for after the switch."""
    database_url, target = postgres.migrated(), f"{node.url}/moving?replicas=0"
    with Installation(tmp_path / "installation", database_url=database_url) as small:
        service = small.serve()
        key = service.key
        records = {f"zq{number}": add(service, f"zq{number}") for number in range(30)}
        comes_true(lambda: first(service, "zq29") == records["zq29"])
        code, printed = small.run("reindex", "--to", target)
        assert code == 0, printed
        assert "MATCHMAKER_ENGINE_URL" in printed
        records["zqlate"] = add(service, "zqlate")
        assert service.writer.patch(f"/needs/{records['zq0']}", json={"version": 1, "status": "withdrawn"}).is_success
        comes_true(lambda: first(service, "zqlate") == records["zqlate"])
        service.program.stop()
    with Installation(tmp_path / "installation", database_url=database_url, engine_url=target) as large:
        service, _ = large.serve("--without-worker"), large.worker("worker")
        service.use_key(key)
        comes_true(lambda: first(service, "zqlate") == records["zqlate"])
        assert first(service, "zq5") == records["zq5"]
        caught_up(large)
        same_as_the_database(large, segmenter)


def kill_in_the_middle(rebuilding: Program, has_begun: Callable[[], bool]) -> None:
    comes_true(lambda: has_begun() or rebuilding.ended)
    rebuilding.kill()


def still_works(service: Service, word: str) -> None:
    record = add(service, word)
    comes_true(lambda: first(service, word) == record)


def same_as_the_database(installation: Installation, segmenter: Segmenter) -> None:
    database = open_database(installation.environment["MATCHMAKER_DATABASE_URL"])
    indexes = opened(installation, segmenter)
    try:
        with Session(database) as session:
            current = published_versions(session, RecordKind.NEEDS)
            assert session.exec(select(TechnologyNeed)).first() is not None
        assert indexes.needs.versions() == current
        assert indexes.needs.count() == len(current)
        assert indexes.needs.without_meaning() == set()
    finally:
        indexes.close()
        database.dispose()
