"""The nodes that the tests of the Elasticsearch engine stand on: real ones, that survive what is done to them."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from elasticsearch import ConnectionError, ConnectionTimeout, Elasticsearch

from scripts.es_node.build import Built, CannotBuild, build, cache_folder
from scripts.es_node.node import Cluster, Node, NodeDidNotStart, NodeOptions, cluster_of
from tests.elasticsearch_node import built_or_skip, start_node

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "es-node"
# Kills itself once its node stands still: nothing is left that could tidy up.
KILLED_TEST_RUN = """
import os, signal, sys
from pathlib import Path
from tests.elasticsearch_node import start_node
node = start_node(Path(sys.argv[1]))
node.pause() if sys.argv[2] == "paused" else None
print(node.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@contextmanager
def connected(*urls: str) -> Iterator[Elasticsearch]:
    """The official client, made to ask another node when one does not answer."""
    client = Elasticsearch(list(urls), retry_on_timeout=True, request_timeout=60)
    try:
        yield client
    finally:
        client.close()


def await_end(pid: int) -> None:
    """Return when the process has ended, also where nobody takes its exit status."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], 60)[0], f"process {pid} still runs"
    finally:
        os.close(handle)


@pytest.fixture(scope="module")
def built() -> Built:
    """For tests that start no node by themselves, or as a process that would fail where others skip."""
    return built_or_skip()


def test_node_is_a_real_elasticsearch_of_the_pinned_version(elasticsearch_url: str) -> None:
    with connected(elasticsearch_url) as client:
        assert client.cluster.health()["status"] in {"green", "yellow"}
        assert {node["version"] for node in client.nodes.info()["nodes"].values()} == {"9.5.2"}
        assert client.ping()
        assert client.info()["version"]["number"] == "9.5.2"


def test_node_keeps_its_data_through_a_power_cut_and_an_orderly_stop(elasticsearch_node: Node) -> None:
    with connected(elasticsearch_node.url) as client:
        client.indices.create(index="kept", settings={"number_of_replicas": 0})
        for number, end in enumerate([elasticsearch_node.kill, elasticsearch_node.stop]):
            client.index(index="kept", id=str(number), document={"title": "需求"})
            pid = elasticsearch_node.pid
            end()
            assert not elasticsearch_node.running
            elasticsearch_node.start()
            assert elasticsearch_node.pid != pid
            client.indices.refresh(index="kept")
            assert client.count(index="kept")["count"] == number + 1


def test_paused_node_does_not_answer_until_it_is_resumed(elasticsearch_node: Node) -> None:
    with Elasticsearch(elasticsearch_node.url, max_retries=0) as client:
        elasticsearch_node.pause()
        with pytest.raises(ConnectionTimeout):
            client.options(request_timeout=1).cluster.health()
        elasticsearch_node.resume()
        assert client.options(request_timeout=60).cluster.health()["status"] == "green"
        elasticsearch_node.pause()
        elasticsearch_node.stop()
        with pytest.raises(ConnectionError):
            client.cluster.health()


@pytest.mark.slow
def test_three_nodes_are_one_cluster_and_outlive_one_of_them(elasticsearch_cluster: Cluster) -> None:
    first, second, third = elasticsearch_cluster.nodes
    with connected(*elasticsearch_cluster.urls) as client:
        assert client.cluster.health()["number_of_nodes"] == 3
        client.indices.create(index="kept", settings={"number_of_replicas": 2})
        client.cluster.health(wait_for_status="green", timeout="60s")
        client.index(index="kept", id="1", document={"title": "成果"}, wait_for_active_shards=3)
        for node in (first, second, third):
            node.kill()
            assert client.get(index="kept", id="1")["_source"] == {"title": "成果"}
            node.start()
            health = client.cluster.health(wait_for_status="green", wait_for_nodes="3", timeout="60s")
            assert not health["timed_out"]
        elasticsearch_cluster.stop()
        elasticsearch_cluster.start()
        assert client.get(index="kept", id="1")["_source"] == {"title": "成果"}


def test_settings_reach_the_node(tmp_path: Path) -> None:
    node = start_node(tmp_path, settings={"action.auto_create_index": "true", "node.attr.rack": "a"})
    try:
        with connected(node.url) as client:
            client.index(index="unforeseen", document={})
            (info,) = client.nodes.info()["nodes"].values()
            assert info["attributes"]["rack"] == "a"
    finally:
        node.stop()


def test_node_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(NodeDidNotStart, match=r"unknown setting \[no\.such\.setting\]"):
        start_node(tmp_path, settings={"no.such.setting": "1"})
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(NodeDidNotStart, match="choose another --port"):
        start_node(tmp_path, settings={"http.port": str(taken.getsockname()[1])})


def test_home_of_another_number_of_nodes_is_refused(tmp_path: Path, built: Built) -> None:
    cluster_of(built, tmp_path, 3, NodeOptions())
    with pytest.raises(ValueError, match="start it with --nodes 3"):
        cluster_of(built, tmp_path, 1, NodeOptions())


@pytest.mark.parametrize("state", ["running", "paused"])
def test_node_ends_with_a_test_run_that_is_killed(tmp_path: Path, built: Built, state: str) -> None:
    run = subprocess.run(
        [sys.executable, "-c", KILLED_TEST_RUN, str(tmp_path), state], cwd=ROOT, stdout=subprocess.PIPE, check=False
    )
    assert run.returncode == -signal.SIGKILL
    await_end(int(run.stdout))


def test_command_starts_a_node_keeps_its_home_and_stops_when_told(tmp_path: Path, built: Built) -> None:
    for number in range(2):
        command = [str(SCRIPT), "start", "--home", str(tmp_path), "--heap", "512m", "--setting", "node.attr.rack=a"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as started:
            assert started.stdout
            url = started.stdout.readline().strip()
            with connected(url) as client:
                if number == 0:
                    client.indices.create(index="kept", settings={"number_of_replicas": 0})
                assert client.indices.exists(index="kept")
                (info,) = client.nodes.info()["nodes"].values()
            started.terminate()
            assert started.wait() == 0
        await_end(info["process"]["id"])


def test_command_stops_when_its_parent_dies(tmp_path: Path, built: Built) -> None:
    shell = subprocess.Popen(
        ["sh", "-c", f"'{SCRIPT}' start --home '{tmp_path}' --heap 512m & echo $!; wait"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert shell.stdout
    command, url = int(shell.stdout.readline()), shell.stdout.readline().strip()
    with connected(url) as client:
        (info,) = client.nodes.info()["nodes"].values()
    shell.kill()
    await_end(command)
    await_end(info["process"]["id"])
    shell.communicate()


def test_building_again_changes_nothing(built: Built) -> None:
    def stamps() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in cache_folder().rglob("*") if path.name != "lock"}

    before = stamps()
    assert build() == built
    assert stamps() == before


def test_build_finishes_what_a_killed_one_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: Built) -> None:
    jars = cache_folder() / "lib"
    monkeypatch.setenv("JAVA_HOME", str(built.java.home))
    monkeypatch.setenv("MATCHMAKER_ES_NODE_CACHE", str(tmp_path))
    half_made = cache_folder() / "classes.killed"
    half_made.mkdir(parents=True)
    (cache_folder() / "lib").symlink_to(jars)
    build()
    assert {path.name for path in (cache_folder() / "classes").iterdir()} == {"log4j2.properties", "matchmaker", "org"}
    assert not half_made.exists()


def test_build_without_maven_names_the_repair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, built: Built) -> None:
    monkeypatch.setenv("JAVA_HOME", str(built.java.home))
    monkeypatch.setenv("MATCHMAKER_ES_NODE_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CannotBuild, match="apt-get install maven"):
        build()
