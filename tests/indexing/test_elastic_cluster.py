"""Three nodes, one of which is killed or hangs: nothing acknowledged is lost, no search fails, nothing comes twice."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import pytest
from elasticsearch import Elasticsearch

from indexing.document import EngineDocument, FilterValue, Vector
from indexing.engines import SearchEngine, open_engine
from indexing.errors import EngineUnavailable
from indexing.query import Terms, WordsQuery
from scripts.es_node.node import Cluster, Node
from tests.elasticsearch_node import start_cluster
from tests.indexing.engine_samples import BOTH_FIELDS, DIMENSIONS, SCHEMA, G, doc, found, ids, unit, words

pytestmark = pytest.mark.slow

BATCH = 50


@pytest.fixture(scope="module")
def three_nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    started = start_cluster(tmp_path_factory.mktemp("cluster"), 3, heap="384m")
    yield started
    started.stop()


@pytest.fixture
def cluster(three_nodes: Cluster) -> Iterator[Cluster]:
    """All three nodes up, and no index on them."""
    yield three_nodes
    for node in three_nodes.nodes:
        node.resume()
    three_nodes.start()
    with Elasticsearch(three_nodes.urls) as client:
        client.indices.delete(index=list(client.indices.get(index="*")))


def opened(cluster: Cluster, parameters: str) -> SearchEngine:
    """An engine that knows all nodes, with an empty generation published."""
    hosts = ",".join(url.removeprefix("http://") for url in cluster.urls)
    engine = open_engine(f"http://{hosts}/city?{parameters}")
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.publish("needs", G)
    return engine


def master_of(cluster: Cluster) -> Node:
    with Elasticsearch(cluster.urls[0]) as client:
        rows: list[dict[str, str]] = client.cat.nodes(format="json", h=["master", "http"]).body  # type: ignore[assignment]
    address = next(row["http"] for row in rows if row["master"] == "*")
    return next(node for node in cluster.nodes if node.url.endswith(address))


def direction(n: int) -> Vector:
    return unit(1, n % 50, 1, 0)


def numbered(n: int) -> EngineDocument:
    filters: dict[str, FilterValue] = {"region": f"r{n % 7}", "amount": float(n)}
    return doc(f"{n:05d}", f"电池 w{n}", "膜", version=n + 1, vector=direction(n), filters=filters)


def written_while(engine: SearchEngine, batches: int, happens_at: dict[int, Callable[[], None]]) -> list[int]:
    """Writes batch after batch as the relay does: what could not be written just now is written again later."""
    acknowledged: list[int] = []
    for batch in range(batches):
        if batch in happens_at:
            happens_at[batch]()
        numbers = list(range(batch * BATCH, (batch + 1) * BATCH))
        for _ in range(30):
            try:
                engine.write(G, [numbered(n) for n in numbers])
                break
            except EngineUnavailable:
                time.sleep(1)
        else:
            pytest.fail(f"batch {batch} could not be written")
        acknowledged += numbers
    return acknowledged


class Searchers:
    """Threads that search without end; `failures` is what went wrong, `answers` how often it did not."""

    def __init__(self, engine: SearchEngine) -> None:
        self._engine = engine
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._search) for _ in range(2)]
        self.failures: list[BaseException] = []
        self.answers = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        for thread in self._threads:
            thread.start()
        try:
            yield
        finally:
            self._stop.set()
            for thread in self._threads:
                thread.join()

    def _search(self) -> None:
        while not self._stop.is_set():
            try:
                generation = self._engine.published("needs")
                assert generation == G
                questions: dict[str, WordsQuery | Vector] = {"words": words("电池"), "meaning": unit(1, 1, 1, 0)}
                rankings = self._engine.rankings(generation, questions, (), 100)
                for ranking in rankings.values():
                    assert len(set(ids(ranking))) == len(ranking)
                self.answers += 1
            except BaseException as error:
                self.failures.append(error)


def everything_is_there(engine: SearchEngine, numbers: list[int]) -> None:
    expected = {f"{n:05d}": n + 1 for n in numbers}
    assert engine.versions(G) == expected
    assert engine.count(G) == len(expected)
    assert engine.matching_ids(G, ()) == set(expected)
    everything = found(engine, "电池", limit=10_000)
    assert len(everything) == len(set(everything)) == len(expected)
    for n in numbers:
        id_ = f"{n:05d}"
        if n % 10 == 0:
            assert found(engine, f"w{n}", Terms("region", (f"r{n % 7}",))) == [id_]
    vectors = engine.vectors(G, expected)
    assert vectors.keys() == expected.keys()
    for n in numbers:
        np.testing.assert_allclose(vectors[f"{n:05d}"], direction(n), atol=1e-6)
    assert sum(engine.facet_counts(G, ["region"], ())["region"].values()) == len(expected)


def test_killing_the_master_in_the_middle_loses_nothing(cluster: Cluster) -> None:
    engine = opened(cluster, "shards=2&replicas=1")
    searchers = Searchers(engine)
    master = master_of(cluster)
    with searchers.running():
        numbers = written_while(engine, 24, {8: master.kill, 18: master.launch})
    assert searchers.failures == []
    assert searchers.answers > 0
    everything_is_there(engine, numbers)
    # Another one goes: by now the first is back with a copy of everything.
    cluster.start()
    with Elasticsearch(cluster.urls[0]) as client:
        client.cluster.health(wait_for_status="green", timeout="60s")
    assert engine.health().level == "green"
    next(node for node in cluster.nodes if node is not master).kill()
    everything_is_there(engine, numbers)
    engine.close()


def test_searches_go_on_while_a_node_hangs(cluster: Cluster) -> None:
    engine = opened(cluster, "shards=2&replicas=1")
    engine.write(G, [numbered(n) for n in range(200)])
    hanging = next(node for node in cluster.nodes if node is not master_of(cluster))
    hanging.pause()
    try:
        for _ in range(20):
            generation = engine.published("needs")
            assert generation is not None
            rankings = engine.rankings(generation, {"w": words("电池"), "v": unit(1, 1, 1, 0)}, (), 1000)
            assert [len(ranking) for ranking in rankings.values()] == [200, 200]
    finally:
        hanging.resume()
    engine.close()


def test_a_missing_shard_is_reported_and_the_others_are_written(cluster: Cluster) -> None:
    engine = opened(cluster, "shards=3&replicas=0")
    engine.write(G, [numbered(n) for n in range(100)])
    assert engine.health().level == "green"
    gone = next(node for node in cluster.nodes if node is not master_of(cluster))
    gone.kill()
    with pytest.raises(EngineUnavailable, match="red"):
        found(engine, "电池")
    with pytest.raises(EngineUnavailable):
        engine.write(G, [numbered(n) for n in range(100, 200)])
    health = engine.health()
    assert (health.level, f"city-{G}" in health.sentence) == ("red", True)
    gone.launch()
    cluster.start()
    with Elasticsearch(cluster.urls) as client:
        client.cluster.health(wait_for_status="green", timeout="60s")
    assert 100 < engine.count(G) < 200
    engine.write(G, [numbered(n) for n in range(200)])
    everything_is_there(engine, list(range(200)))
    engine.close()


def test_rarity_does_not_depend_on_the_shard(cluster: Cluster) -> None:
    engine = opened(cluster, "shards=3&replicas=0")
    engine.write(G, [doc(f"{n:03d}", "电池 膜", filters={"region": f"r{n}"}) for n in range(60)])
    ranking = engine.keyword_ranking(G, words("电池 膜", BOTH_FIELDS), (), 100)
    assert len({entry.score for entry in ranking}) == 1
    assert ids(ranking) == [f"{n:03d}" for n in range(60)]
    counts = engine.facet_counts(G, ["region"], ())["region"]
    assert counts == {f"r{n}": 1 for n in range(60)}
    # An estimate from one shard: about a third of the documents, three times.
    assert 20 <= engine.document_frequencies(G, ["电池"], ["title"])["电池"] <= 120
    engine.close()
