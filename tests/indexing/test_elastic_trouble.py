"""What the Elasticsearch engine does when the server is away, full, locked, overloaded or half broken: real nodes."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from indexing.document import EngineDocument
from indexing.engines import SearchEngine, elastic_connection, elastic_layout, open_engine
from indexing.errors import (
    DocumentsRefused,
    EngineReadOnly,
    EngineUnavailable,
    IndexingError,
    IndexNotBuilt,
    IndexOutdated,
)
from indexing.query import Terms
from scripts.es_node.node import Node
from tests.elasticsearch_node import start_node
from tests.indexing.engine_samples import DIMENSIONS, REGIONAL, SCHEMA, G, doc, found, nearest, unit

INDEX = f"matchmaker-{G}"
# Small enough that a test can go beyond: what one request may hold, and what all requests under way may hold.
LARGEST_REQUEST, REQUESTS_UNDER_WAY = 100_000, 250_000


@pytest.fixture(scope="module")
def small_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A node for this module that takes little at a time and would make an index for any name written to."""
    settings = {
        "http.max_content_length": f"{LARGEST_REQUEST}b",
        "indexing_pressure.memory.limit": f"{REQUESTS_UNDER_WAY}b",
        "action.auto_create_index": "true",
    }
    node = start_node(tmp_path_factory.mktemp("small"), settings=settings)
    yield node
    node.resume()
    node.stop()


@pytest.fixture
def server(small_node: Node) -> Iterator[Elasticsearch]:
    """The node itself; left empty at the end."""
    with Elasticsearch(small_node.url) as client:
        yield client
        names = list(client.indices.get(index="*", expand_wildcards="all"))
        if names:
            client.indices.delete(index=names)


@pytest.fixture
def engine(small_node: Node, server: Elasticsearch) -> Iterator[SearchEngine]:
    """With REGIONAL published."""
    opened = open_engine(small_node.url)
    opened.create(G, SCHEMA, DIMENSIONS, {})
    opened.write(G, REGIONAL)
    opened.publish("needs", G)
    yield opened
    opened.close()


def calls(engine: SearchEngine) -> list[Callable[[], object]]:
    return [
        lambda: engine.published("needs"),
        lambda: found(engine, "材料"),
        lambda: engine.versions(G),
        lambda: engine.vectors(G, ["a"]),
        lambda: engine.write(G, [doc("1", "材料")]),
        lambda: engine.delete(G, ["a"]),
        lambda: engine.create("needs-2", SCHEMA, DIMENSIONS, {}),
    ]


# Away


def test_a_killed_node_is_reported_and_the_same_engine_goes_on_when_it_is_back(
    engine: SearchEngine, small_node: Node
) -> None:
    small_node.kill()
    for call in calls(engine):
        with pytest.raises(EngineUnavailable, match=f"连不上 Elasticsearch（{small_node.url}）"):
            call()
    assert engine.health().level == "red"
    small_node.start()
    until_it_is_back(engine)
    assert (found(engine, "材料"), engine.count(G)) == (list("abcdef"), 6)
    engine.write(G, [doc("g", "材料")])
    assert engine.count(G) == 7
    assert engine.health().level == "green"


def test_a_node_that_hangs_is_reported(engine: SearchEngine, small_node: Node) -> None:
    small_node.pause()
    with pytest.raises(EngineUnavailable, match="没有按时应答"):
        found(engine, "材料")
    # At once, without asking again: this would otherwise take longer than the pause that the engine makes.
    for call in calls(engine):
        with pytest.raises(EngineUnavailable, match="没有按时应答"):
            call()
    small_node.resume()
    until_it_is_back(engine)
    assert found(engine, "材料") == list("abcdef")


def until_it_is_back(engine: SearchEngine) -> None:
    for _ in range(100):
        try:
            engine.published("needs")
            return
        except EngineUnavailable:
            time.sleep(0.1)
    pytest.fail("the engine does not come back")


def test_nobody_there() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        engine = open_engine(f"http://127.0.0.1:{unused.getsockname()[1]},127.0.0.1:1/x")
        for call in calls(engine):
            with pytest.raises(EngineUnavailable, match="连不上"):
                call()
        engine.close()
        with pytest.raises(EngineUnavailable, match="已关闭"):
            engine.published("needs")


@pytest.mark.parametrize(
    ("status", "body", "sentence"),
    [
        (200, b"{}", "不是 Elasticsearch"),
        (200, b"<html>", "不是 Elasticsearch"),
        (400, b'{"error": {"type": "media_type_header_exception", "reason": "x"}, "status": 400}', "需要 9.x"),
        (401, b'{"error": {"type": "security_exception", "reason": "x"}, "status": 401}', "ENGINE_API_KEY"),
        (403, b'{"error": {"type": "security_exception", "reason": "x"}, "status": 403}', "权限不够"),
        (500, b'{"error": {"type": "some_exception", "reason": "x"}, "status": 500}', "some_exception"),
    ],
)
def test_something_else_answers(status: int, body: bytes, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elastic_connection, "_FIRST_PAUSE_SECONDS", 20.0)  # longer than anybody waits: no second try

    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    monkeypatch.setattr(elastic_connection, "_LONGEST_PAUSE_SECONDS", 20.0)
    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as other:
        threading.Thread(target=other.serve_forever).start()
        engine = open_engine(f"http://127.0.0.1:{other.server_port}")
        try:
            with pytest.raises(EngineUnavailable, match=sentence):
                engine.published("needs")
            assert engine.health().level == "red"
        finally:
            engine.close()
            other.shutdown()


# Locked


@pytest.mark.parametrize(
    ("lock", "sentence"),
    [("read_only_allow_delete", "磁盘将满"), ("read_only", "被设为只读"), ("write", "被设为只读")],
)
def test_an_index_that_takes_no_writes_is_still_searched(
    engine: SearchEngine, server: Elasticsearch, lock: str, sentence: str
) -> None:
    server.indices.put_settings(index=INDEX, settings={f"index.blocks.{lock}": True})
    changes: list[Callable[[], None]] = [
        lambda: engine.write(G, [doc("1", "材料")]),
        lambda: engine.delete(G, ["a"]),
    ]
    for change in changes:
        with pytest.raises(EngineReadOnly, match=sentence):
            change()
    assert (found(engine, "材料"), nearest(engine, unit(1, 0, 0, 0), limit=1)) == (list("abcdef"), ["a"])
    assert engine.facet_counts(G, ["region"], ())["region"]["宝鸡"] == 2
    health = engine.health()
    assert (health.level, INDEX in health.sentence) == ("red", True)

    server.indices.put_settings(index=INDEX, settings={f"index.blocks.{lock}": None})
    engine.write(G, [doc("1", "材料")])
    assert engine.count(G) == 7
    assert engine.health().level == "green"


def test_a_cluster_that_takes_no_writes(engine: SearchEngine, server: Elasticsearch) -> None:
    server.cluster.put_settings(persistent={"cluster.blocks.read_only": True})
    try:
        changes: list[Callable[[], None]] = [
            lambda: engine.write(G, [doc("1", "材料")]),
            lambda: engine.prepare("needs", G),
        ]
        for change in changes:
            with pytest.raises(EngineReadOnly, match="只读"):
                change()
        assert found(engine, "材料") == list("abcdef")
        assert "cluster.blocks" in engine.health().sentence
    finally:
        server.cluster.put_settings(persistent={"cluster.blocks.read_only": None})
    engine.write(G, [doc("1", "材料")])


def test_a_closed_index(engine: SearchEngine, server: Elasticsearch) -> None:
    server.indices.close(index=INDEX)
    for call in calls(engine)[1:-1]:
        with pytest.raises(EngineUnavailable, match="_open"):
            call()
    assert (engine.health().level, INDEX in engine.health().sentence) == ("red", True)
    server.indices.open(index=INDEX, wait_for_active_shards=1)
    assert found(engine, "材料") == list("abcdef")


# Overloaded


def large(id_: str, tokens: int, version: int = 1) -> EngineDocument:
    """About ten bytes a token, all different."""
    return doc(id_, "材料", " ".join(f"{id_}x{n:06d}" for n in range(tokens)), version=version)


def test_a_request_that_is_too_large_is_divided(engine: SearchEngine) -> None:
    documents = [large(f"{n:03d}", 1000) for n in range(40)]
    with pytest.raises(DocumentsRefused, match="too-large") as refused:
        engine.write(G, [*documents[:20], large("too-large", 20_000), *documents[20:]])
    assert list(refused.value.problems) == ["too-large"]
    assert len(found(engine, "材料")) == 46
    assert engine.count(G) == 46


def test_what_an_overloaded_node_turns_away_is_sent_again(
    engine: SearchEngine, server: Elasticsearch, small_node: Node
) -> None:
    failures: list[BaseException] = []

    def write(name: str) -> None:
        try:
            for n in range(5):
                engine.write(G, [large(f"{name}{n}{m}", 1000) for m in range(8)])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(name,)) for name in "ABCDEFGH"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert engine.count(G) == 6 + 8 * 5 * 8
    nodes = server.nodes.stats(metric="indexing_pressure")["nodes"].values()
    assert sum(node["indexing_pressure"]["memory"]["total"]["coordinating_rejections"] for node in nodes) > 0


def test_an_overload_that_lasts_is_reported(engine: SearchEngine, server: Elasticsearch) -> None:
    """No search of this kind may take any memory: it would never succeed, however often it is repeated."""
    server.cluster.put_settings(persistent={"indices.breaker.request.limit": "1b"})
    try:
        with pytest.raises(EngineUnavailable, match="忙不过来"):
            engine.facet_counts(G, ["region"], ())
    finally:
        server.cluster.put_settings(persistent={"indices.breaker.request.limit": None})
    assert engine.facet_counts(G, ["region"], ())["region"]["宝鸡"] == 2


# Refused


def test_documents_the_server_refuses_are_named_without_their_text_and_the_others_are_written(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of a bulk: our own check is switched off, so that the server has to refuse."""
    monkeypatch.setattr(elastic_layout, "MAX_TERM_BYTES", 1_000_000)
    again = open_engine(engine_url(engine))
    secret = "秘密" * 20_000
    documents = [doc(f"{n:02d}", "材料", filters={"region": secret if n % 2 else "西安"}) for n in range(20)]
    with pytest.raises(DocumentsRefused) as refused:
        again.write(G, documents)
    assert sorted(refused.value.problems) == [f"{n:02d}" for n in range(1, 20, 2)]
    assert "秘密" not in str(refused.value)
    assert set(found(again, "材料", Terms("region", ("西安",)))) == {"a", "b", *(f"{n:02d}" for n in range(0, 20, 2))}
    again.close()


def engine_url(engine: SearchEngine) -> str:
    return str(vars(engine)["_address"].hosts[0])


@pytest.mark.parametrize(
    "bad",
    [doc("", "x"), doc("i" * 513, "x"), doc("版" * 171, "x"), doc("bad", "x", version=-1), doc("old", version=2**63)],
    ids=["empty id", "long id", "long id in bytes", "negative version", "enormous version"],
)
def test_what_would_make_the_server_refuse_a_whole_bulk(engine: SearchEngine, bad: EngineDocument) -> None:
    with pytest.raises(DocumentsRefused) as refused:
        engine.write(G, [doc("good", "材料"), bad])
    assert list(refused.value.problems) == [bad.id]
    assert engine.count(G) == 7
    engine.delete(G, [bad.id, "good"])
    assert (engine.count(G), engine.vectors(G, [bad.id])) == (6, {})


# Gone


def test_writing_to_an_index_that_was_deleted_makes_no_new_one(
    engine: SearchEngine, small_node: Node, server: Elasticsearch
) -> None:
    """The node would make one for any name; the engine has just looked the generation up."""
    assert engine.published("needs") == G
    server.indices.delete(index=INDEX)
    with pytest.raises(IndexNotBuilt, match="matchmaker reindex"):
        engine.write(G, [doc("1", "材料", vector=unit(1, 0, 0, 0))])
    with pytest.raises(IndexNotBuilt):
        engine.delete(G, ["1"])
    with pytest.raises(IndexNotBuilt):
        found(engine, "材料")
    assert list(server.indices.get(index="*")) == []
    server.index(index="made", document={})  # such a node it is
    assert engine.published("needs") is None


def test_an_index_of_another_version_of_the_program(small_node: Node, server: Elasticsearch) -> None:
    notes = {"format": 999, "prefix": "matchmaker"}
    server.indices.create(index=INDEX, mappings={"_meta": notes}, aliases={"matchmaker-needs-published": {}})
    engine = open_engine(small_node.url)
    assert engine.published("needs") == G
    with pytest.raises(IndexOutdated, match="matchmaker reindex"):
        found(engine, "材料")
    engine.create("needs-2", SCHEMA, DIMENSIONS, {})
    engine.publish("needs", "needs-2")
    assert engine.published("needs") == "needs-2"
    engine.close()
    assert list(server.indices.get(index="*")) == ["matchmaker-needs-2"]


def test_indexes_of_others_are_left_alone(small_node: Node, server: Elasticsearch) -> None:
    server.indices.create(index=INDEX)
    engine = open_engine(small_node.url)
    with pytest.raises(IndexingError, match="前缀"):
        engine.create(G, SCHEMA, DIMENSIONS, {})
    with pytest.raises(IndexNotBuilt):
        engine.write(G, [doc("1", "材料")])
    engine.close()
    assert list(server.indices.get(index="*")) == [INDEX]


def test_a_certificate_file_that_is_not_there(tmp_path: Path) -> None:
    for file in (tmp_path / "none.pem", tmp_path, Path(__file__)):
        engine = open_engine("https://127.0.0.1:1/x", ca_file=file)
        with pytest.raises(EngineUnavailable, match="MATCHMAKER_ENGINE_CA_FILE"):
            engine.published("needs")
        engine.close()
