"""The Elasticsearch engine keeps the contract on a real node, and what only an engine on a server has to promise."""

import time
import traceback
import uuid
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from elasticsearch import Elasticsearch

from indexing.engines import SearchEngine, elastic_generations, elastic_questions, elastic_searches, open_engine
from indexing.errors import EngineUnavailable, IndexingError, IndexNotBuilt
from indexing.query import Range, WordsQuery
from tests.indexing.engine_contract import EngineContract
from tests.indexing.engine_samples import DIMENSIONS, SCHEMA, G, Reopened, doc, found, ids, nearest, unit
from tests.indexing.tls_proxy import TlsProxy, certificate


@pytest.fixture(scope="session")
def server(elasticsearch_url: str) -> Iterator[Elasticsearch]:
    """The node itself, for looking behind the engine's back."""
    with Elasticsearch(elasticsearch_url) as client:
        yield client


@pytest.fixture
def prefix(server: Elasticsearch) -> Iterator[str]:
    """What the test's indexes are called: its own, and gone at its end."""
    prefix = f"t{uuid.uuid4().hex[:10]}"
    yield prefix
    if names := list(server.indices.get(index=f"{prefix}-*", features="aliases")):
        server.indices.delete(index=names)


@pytest.fixture
def url(elasticsearch_url: str, prefix: str) -> str:
    return f"{elasticsearch_url}/{prefix}"


@pytest.fixture
def engine(url: str) -> Iterator[SearchEngine]:
    opened = open_engine(url)
    yield opened
    opened.close()


@pytest.fixture
def reopened(url: str) -> Iterator[Reopened]:
    opened: list[SearchEngine] = []

    def close_and_open(engine: SearchEngine) -> SearchEngine:
        engine.close()
        opened.append(open_engine(url))
        return opened[-1]

    yield close_and_open
    for one in opened:
        one.close()


class TestElasticEngine(EngineContract):
    longest_token = 8_000


# Several objects and processes


def test_what_one_writes_another_sees_at_its_next_call(engine: SearchEngine, url: str) -> None:
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.publish("needs", G)
    other = open_engine(url)
    engine.write(G, [doc("1", "电池", vector=unit(1, 0, 0, 0))])
    assert (found(other, "电池"), nearest(other, unit(1, 0, 0, 0)), other.count(G)) == (["1"], ["1"], 1)
    other.write(G, [doc("2", "电池")])
    assert found(engine, "电池") == ["1", "2"]
    engine.delete(G, ["1"])
    assert (found(other, "电池"), other.versions(G)) == (["2"], {"2": 1})
    other.close()


def test_a_generation_can_be_built_by_one_and_published_by_another(engine: SearchEngine, url: str) -> None:
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc("1", "电池")])
    other = open_engine(url)
    other.publish("needs", G)
    assert found(other, "电池") == ["1"]
    engine.write(G, [doc("2", "电池")])
    assert found(other, "电池") == ["1", "2"]
    other.close()


def test_a_replaced_generation_answers_a_little_longer_everywhere(
    engine: SearchEngine, url: str, server: Elasticsearch, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that looked the name up just before `publish`, in whatever process, can finish."""
    monkeypatch.setattr(elastic_generations, "_REPLACED_STILL_ANSWERS_SECONDS", 3.0)
    reader = open_engine(url)
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc("1", "电池")])
    engine.publish("needs", G)
    assert reader.published("needs") == G
    engine.create("needs-2", SCHEMA, DIMENSIONS, {})
    engine.publish("needs", "needs-2")
    assert found(reader, "电池") == ["1"]
    for one in (engine, reader):
        with pytest.raises(IndexNotBuilt):
            one.write(G, [doc("2", "电池")])
    for _ in range(600):
        if not server.indices.exists(index=f"{prefix}-{G}"):
            break
        time.sleep(0.1)
    with pytest.raises(IndexNotBuilt):
        found(reader, "电池")
    reader.close()


def test_what_a_killed_process_left_is_cleared_away_later(
    engine: SearchEngine, url: str, server: Elasticsearch, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("needs", "achievements"):
        engine.create(f"{kind}-left", SCHEMA, DIMENSIONS, {})
        engine.create(f"{kind}-1", SCHEMA, DIMENSIONS, {})
        engine.publish(kind, f"{kind}-1")
    server.indices.create(index=f"{prefix}-needs-of-somebody-else")
    assert "needs-left" in generations(server, prefix)
    monkeypatch.setattr(elastic_generations, "_LEFTOVER_AFTER_SECONDS", -60.0)
    engine.create("needs-2", SCHEMA, DIMENSIONS, {})
    engine.prepare("needs", "needs-2")
    others = {"achievements-left", "achievements-1", "needs-of-somebody-else"}
    assert generations(server, prefix) == {"needs-1", "needs-2", *others}


def generations(server: Elasticsearch, prefix: str) -> set[str]:
    return {name.removeprefix(f"{prefix}-") for name in server.indices.get(index=f"{prefix}-*")}


def test_a_name_is_used_again_while_its_first_bearer_waits_to_be_deleted(engine: SearchEngine, url: str) -> None:
    for name in (G, "needs-2", G):
        engine.create(name, SCHEMA, DIMENSIONS, {"name": name})
        engine.publish("needs", name)
    engine.write(G, [doc("1", "电池")])
    engine.close()
    again = open_engine(url)
    assert (again.published("needs"), found(again, "电池")) == (G, ["1"])
    again.close()


# What the server alone decides


def test_more_documents_than_one_page(engine: SearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (elastic_searches, elastic_questions):
        monkeypatch.setattr(module, "MOST_HITS", 7)
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc(f"{n:02d}", "电池", version=n + 1, filters={"amount": n}) for n in range(50)])
    assert engine.versions(G) == {f"{n:02d}": n + 1 for n in range(50)}
    assert engine.matching_ids(G, [Range("amount", 10, 30)]) == {f"{n}" for n in range(10, 31)}
    assert engine.without_vector(G) == {f"{n:02d}" for n in range(50)}
    assert found(engine, "电池") == [f"{n:02d}" for n in range(7)]


def test_the_graph_finds_nearly_what_an_exact_scan_finds(engine: SearchEngine) -> None:
    """Enough documents for a graph; below 150 in a segment Elasticsearch looks at each."""
    chance = np.random.default_rng(20240501)
    matrix = chance.standard_normal((2000, 64)).astype(np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    engine.create(G, SCHEMA, 64, {})
    rows = [doc(f"{n:04d}", "x", vector=row, filters={"amount": n % 10}) for n, row in enumerate(matrix)]
    engine.write(G, rows)
    recalls = []
    for asked in matrix[:20]:
        for filters, among in (((), range(2000)), ((Range("amount", 3, 3),), range(3, 2000, 10))):
            cosines = {f"{n:04d}": float(matrix[n] @ asked) for n in among}
            exact = sorted(cosines, key=lambda id_: -cosines[id_])[:100]
            ranking = engine.vector_ranking(G, asked, filters, 100)
            assert [one.score for one in ranking] == pytest.approx([cosines[one.id] for one in ranking], abs=1e-5)
            recalls.append(len(set(exact) & {one.id for one in ranking}) / 100)
    assert sum(recalls) / len(recalls) > 0.95


def test_tokens_around_the_length_the_analyzer_cuts_at(engine: SearchEngine) -> None:
    """It counts UTF-16 units; what is longer is found whole all the same."""
    engine.create(G, SCHEMA, DIMENSIONS, {})
    tokens = ["x" * n for n in (254, 255, 256, 257, 510)] + ["𠀀" * n for n in (127, 128, 129)]
    engine.write(G, [doc(f"{n}", f"{token} 电池") for n, token in enumerate(tokens)])
    assert [found(engine, token) for token in tokens] == [[f"{n}"] for n in range(len(tokens))]
    assert engine.document_frequencies(G, tokens, ["title"]) == dict.fromkeys(tokens, 1)


def test_a_question_of_more_words_than_the_server_takes(engine: SearchEngine) -> None:
    """The lightest are left out: 20,000 words in two fields are far beyond what its memory allows."""
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc("heavy", "w19999"), doc("light", "w0")])
    question = WordsQuery({f"w{n}": 1.0 + n for n in range(20_000)}, {"title": 1.0, "body": 1.0})
    assert ids(engine.keyword_ranking(G, question, (), 10)) == ["heavy"]


def test_numbers_without_end(engine: SearchEngine) -> None:
    """JSON and Elasticsearch know none; the largest number stands for them."""
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc("1", "电池", filters={"amount": float("inf")}), doc("2", "电池")])
    assert engine.matching_ids(G, [Range("amount", float("inf"), None)]) == {"1"}
    assert engine.matching_ids(G, [Range("amount", None, 1e9)]) == set()
    assert engine.matching_ids(G, [Range("amount", float("-inf"), float("inf"))]) == {"1"}


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "Upper", "x-published", "x-write", "中文", "x" * 300])
def test_names_that_cannot_be_indexes(engine: SearchEngine, name: str) -> None:
    with pytest.raises(IndexingError):
        engine.create(name, SCHEMA, DIMENSIONS, {})
    with pytest.raises(IndexNotBuilt):
        engine.count(name)
    with pytest.raises(IndexingError):
        engine.publish(name, "x" if name else "")


def test_replicas_and_shards_as_the_url_says(url: str, server: Elasticsearch, prefix: str) -> None:
    for parameters, expected in (
        ("", ("1", "0", "0-1")),
        ("?shards=2&replicas=0", ("2", "0", None)),
        ("?replicas=1", ("1", "1", None)),
    ):
        engine = open_engine(url + parameters)
        engine.create(G, SCHEMA, DIMENSIONS, {})
        of_index = server.indices.get_settings(index=f"{prefix}-{G}")[f"{prefix}-{G}"]["settings"]["index"]
        settings = (of_index["number_of_shards"], of_index["number_of_replicas"], of_index.get("auto_expand_replicas"))
        assert settings == expected
        engine.close()
    health = open_engine(url).health()
    assert (health.level, "replicas" in health.sentence) == ("yellow", True)


# TLS and API key


def everything_said(error: BaseException, log: pytest.LogCaptureFixture) -> str:
    return "".join(traceback.format_exception(error)) + log.text


def test_tls_and_api_key(elasticsearch_url: str, prefix: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    ours, others = certificate(tmp_path, "ours"), certificate(tmp_path, "others")
    right, wrong = "cmlnaHQ6c2VjcmV0", "d3Jvbmc6c2VjcmV0"
    with TlsProxy(elasticsearch_url, ours, right).serving() as proxy:
        url = f"{proxy.url}/{prefix}"
        engine = open_engine(url, api_key=f"{right}\n", ca_file=ours[0])
        engine.create(G, SCHEMA, DIMENSIONS, {})
        engine.publish("needs", G)
        engine.write(G, [doc("1", "电池", vector=unit(1, 0, 0, 0))])
        assert (found(engine, "电池"), nearest(engine, unit(1, 0, 0, 0))) == (["1"], ["1"])
        assert engine.health().level == "green"
        engine.close()
        # Nor does the library log requests and answers, which are made of texts.
        assert "电池" not in caplog.text
        assert proxy.authorizations == {f"ApiKey {right}"}

        for ca_file, key, sentence in (
            (others[0], right, "MATCHMAKER_ENGINE_CA_FILE"),
            (None, right, "MATCHMAKER_ENGINE_CA_FILE"),
            (ours[0], wrong, "MATCHMAKER_ENGINE_API_KEY"),
            (ours[0], None, "MATCHMAKER_ENGINE_API_KEY"),
        ):
            engine = open_engine(url, api_key=key, ca_file=ca_file)
            with pytest.raises(EngineUnavailable, match=sentence) as refused:
                engine.published("needs")
            assert sentence in engine.health().sentence
            for secret in (right, wrong, "ApiKey", "Authorization"):
                assert secret not in everything_said(refused.value, caplog)
            engine.close()
        assert proxy.authorizations == {f"ApiKey {right}", f"ApiKey {wrong}", None}

    engine = open_engine(elasticsearch_url.replace("http:", "https:"), ca_file=ours[0])
    with pytest.raises(EngineUnavailable, match="MATCHMAKER_ENGINE_CA_FILE"):
        engine.published("needs")
    engine.close()
