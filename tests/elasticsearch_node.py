"""Real Elasticsearch nodes for tests, the ones `scripts/es-node` starts; every node ends with the test run."""

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from scripts.es_node.build import Built, CannotBuild, build
from scripts.es_node.node import Cluster, Node, NodeOptions, cluster_of, single_node
from tests.run_folder import one_at_a_time

# A node idles at 0.3 GB; this holds what a test writes and lets a cluster of three run on a small machine.
HEAP = "512m"


def start_node(home: Path, *, heap: str = HEAP, settings: Mapping[str, str] | None = None) -> Node:
    """A running node with its data in `home`. Skips the test, or fails it in CI, where no node can be built."""
    node = single_node(built_or_skip(), home, NodeOptions(heap, settings or {}, quick=True))
    node.start()
    return node


def start_cluster(home: Path, count: int, *, heap: str = HEAP, settings: Mapping[str, str] | None = None) -> Cluster:
    """A running cluster of `count` nodes under `home`. Skips the test, or fails it in CI, where none can be built."""
    cluster = cluster_of(built_or_skip(), home, count, NodeOptions(heap, settings or {}, quick=True))
    cluster.start()
    return cluster


@pytest.fixture(scope="session")
def elasticsearch_url(run_folder: Path) -> Iterator[str]:
    """One node for the whole test run, started at first use; `MATCHMAKER_TEST_ELASTICSEARCH_URL` names one that runs.

    Shared, also with the other processes of the run: use index names of your own and leave the node alone.
    """
    if running := os.environ.get("MATCHMAKER_TEST_ELASTICSEARCH_URL"):
        yield running
        return
    place = run_folder / "elasticsearch"
    place.mkdir(exist_ok=True)
    known = place / "node"
    node, held = None, None
    with one_at_a_time(place / "lock"):
        if known.exists():
            url, pid = known.read_text("utf-8").split()
            # The node lives as long as anybody holds the other end of its standard input: now we do too.
            held = os.open(f"/proc/{pid}/fd/0", os.O_WRONLY)
        else:
            node = single_node(built_or_skip(), place, NodeOptions("1g"))
            node.start()
            url = node.url
            known.write_text(f"{url} {node.pid}", "utf-8")
    yield url
    if held is not None:
        os.close(held)
    if node is not None:
        with one_at_a_time(place / "lock"):
            # Whoever comes from now on could find it ending.
            known.unlink()
        node.leave()


@pytest.fixture
def elasticsearch_node(tmp_path: Path) -> Iterator[Node]:
    """An own node that the test may kill, pause, stop and start."""
    node = start_node(tmp_path / "elasticsearch")
    yield node
    node.stop()


@pytest.fixture
def elasticsearch_cluster(tmp_path: Path) -> Iterator[Cluster]:
    """Three nodes of an own cluster; each may be killed, paused, stopped and started."""
    cluster = start_cluster(tmp_path / "elasticsearch", 3, heap="384m")
    yield cluster
    cluster.stop()


def built_or_skip() -> Built:
    """What a node needs. Skips the test, or fails it in CI, with the sentence that names the repair."""
    built = _build_once()
    if isinstance(built, Built):
        return built
    if os.environ.get("MATCHMAKER_REQUIRE_SERVICES") == "1":
        pytest.fail(f"no Elasticsearch node: {built}")
    pytest.skip(f"no Elasticsearch node: {built}")


@cache
def _build_once() -> Built | CannotBuild:
    """A failure is kept too: a missing network is not tried again by every test."""
    try:
        return build()
    except CannotBuild as failed:
        return failed
