"""The embedded engine keeps the contract, and what only an engine of files has to promise."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexing.document import EngineDocument
from indexing.engines import SearchEngine, embedded, open_engine
from indexing.engines.embedded import EmbeddedEngine
from indexing.errors import EngineUnavailable, IndexingError, IndexLocked, IndexNotBuilt, InvalidQuery, UnknownEngine
from indexing.query import Range, Terms, WordsQuery
from tests.indexing.engine_contract import EngineContract
from tests.indexing.engine_samples import (
    BOTH_FIELDS,
    DIMENSIONS,
    SCHEMA,
    G,
    Reopened,
    doc,
    found,
    nearest,
    unit,
    words,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "索引 index"


@pytest.fixture
def engine(directory: Path) -> Iterator[SearchEngine]:
    opened = EmbeddedEngine(directory)
    yield opened
    opened.close()


@pytest.fixture
def reopened(directory: Path) -> Iterator[Reopened]:
    opened: list[SearchEngine] = []

    def close_and_open(engine: SearchEngine) -> SearchEngine:
        engine.close()
        opened.append(EmbeddedEngine(directory))
        return opened[-1]

    yield close_and_open
    for one in opened:
        one.close()


class TestEmbeddedEngine(EngineContract):
    longest_token = 65_530


def started(code: str, *arguments: str) -> "subprocess.Popen[str]":
    """Another process that runs `code`, with the names of engine_samples at hand."""
    head = f"import sys; sys.path[:0] = [{str(ROOT)!r}]\nfrom tests.indexing.engine_samples import *\n"
    head += "from indexing.engines import open_engine\nfrom indexing.errors import *\n"
    return subprocess.Popen(
        [sys.executable, "-c", head + code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def answer(process: "subprocess.Popen[str]", question: str = "") -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(question + "\n")
    process.stdin.flush()
    return process.stdout.readline().strip()


# Two processes

WRITE_ONE = """
engine = open_engine("embedded:" + sys.argv[1])
try:
    engine.write(G, [doc("other", "电池")])
    print("written", flush=True)
except IndexLocked as error:
    print(error, flush=True)
"""


def test_a_second_process_may_not_write(engine: SearchEngine, directory: Path) -> None:
    engine.create(G, SCHEMA, DIMENSIONS, {})
    output, _ = started(WRITE_ONE, str(directory)).communicate(timeout=60)
    assert f"（{os.getpid()}）" in output
    assert "请先停止它" in output
    engine.close()
    output, _ = started(WRITE_ONE, str(directory)).communicate(timeout=60)
    assert output.strip() == "written"


def test_a_second_engine_in_the_process_may_not_write_but_reads(engine: SearchEngine, directory: Path) -> None:
    engine.create(G, SCHEMA, DIMENSIONS, {})
    other = EmbeddedEngine(directory)
    with pytest.raises(IndexLocked):
        other.write(G, [doc("1", "电池")])
    assert other.count(G) == 0
    engine.write(G, [doc("1", "电池")])
    assert found(other, "电池") == ["1"]
    other.close()


READ_ON_DEMAND = """
engine = open_engine("embedded:" + sys.argv[1])
for _ in sys.stdin:
    generation = engine.published("needs")
    by_words = ids(engine.keyword_ranking(generation, words("电池"), (), 10))
    by_vector = ids(engine.vector_ranking(generation, unit(1, 0, 0, 0), (), 10))
    print(generation, by_words, by_vector, sorted(engine.matching_ids(generation, ())), flush=True)
"""


def test_a_reader_in_another_process_sees_every_write_at_its_next_call(engine: SearchEngine, directory: Path) -> None:
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.publish("needs", G)
    reader = started(READ_ON_DEMAND, str(directory))
    try:
        assert answer(reader) == f"{G} [] [] []"
        engine.write(G, [doc("1", "电池", vector=unit(1, 0, 0, 0))])
        assert answer(reader) == f"{G} ['1'] ['1'] ['1']"
        engine.write(G, [doc("2", "电池"), doc("1", "电机", version=2, vector=unit(0, 1, 0, 0))])
        assert answer(reader) == f"{G} ['2'] ['1'] ['1', '2']"
        engine.delete(G, ["1"])
        assert answer(reader) == f"{G} ['2'] [] ['2']"
        # The generation it has open is dropped under it.
        engine.create("needs-2", SCHEMA, DIMENSIONS, {})
        engine.write("needs-2", [doc("3", "电池", vector=unit(1, 0, 0, 0))])
        engine.publish("needs", "needs-2")
        assert answer(reader) == "needs-2 ['3'] ['3'] ['3']"
        # A name that was used before comes back with other content.
        engine.create(G, SCHEMA, DIMENSIONS, {})
        engine.write(G, [doc("4", "电池")])
        engine.publish("needs", G)
        assert answer(reader) == f"{G} ['4'] [] ['4']"
    finally:
        reader.communicate(timeout=60)
    engine.write(G, [doc("5", "电池")])
    assert found(engine, "电池") == ["4", "5"]


def test_a_dropped_generation_answers_a_little_longer_where_it_is_open(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search that looked the name up just before `publish` can finish; the memory is given back afterwards."""
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc("1", "电池", vector=unit(1, 0, 0, 0))])
    engine.publish("needs", G)
    assert found(engine, "电池") == ["1"]
    engine.create("needs-2", SCHEMA, DIMENSIONS, {})
    engine.publish("needs", "needs-2")
    assert (found(engine, "电池"), nearest(engine, unit(1, 0, 0, 0))) == (["1"], ["1"])
    with pytest.raises(IndexNotBuilt):
        engine.write(G, [doc("2", "电池")])
    monkeypatch.setattr(embedded, "_DROPPED_STILL_ANSWERS_SECONDS", 0.0)
    with pytest.raises(IndexNotBuilt):
        engine.count(G)


def test_closing_a_reader_of_an_earlier_generation_leaves_the_new_one_of_its_name_whole(
    engine: SearchEngine, directory: Path
) -> None:
    reader = EmbeddedEngine(directory)
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc("old", "电池")])
    assert reader.count(G) == 1
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc("new", "电池")])
    before = sorted(path.name for path in (directory / G).iterdir())
    reader.close()
    assert sorted(path.name for path in (directory / G).iterdir()) == before
    late = EmbeddedEngine(directory)
    assert (late.versions(G), found(late, "电池")) == ({"new": 1}, ["new"])
    late.close()


# Killed while writing

WRITE_UNTIL_KILLED = """
engine = open_engine("embedded:" + sys.argv[1])
for batch in range(int(sys.argv[2]), 10_000):
    engine.write(G, [batch_document(batch, n) for n in range(20)])
    if batch % 5 == 4:
        engine.delete(G, [f"{batch - 1}-{n}" for n in range(20)])
    print(batch, flush=True)
"""

BATCH_DOCUMENT = """
def batch_document(batch, n):
    return doc(f"{batch}-{n}", "电池", f"b{batch}", vector=unit(batch + 1, n, 0, 0), filters={"region": f"b{batch}"})
"""


def batch_document(batch: int, n: int) -> EngineDocument:
    return doc(f"{batch}-{n}", "电池", f"b{batch}", vector=unit(batch + 1, n, 0, 0), filters={"region": f"b{batch}"})


def test_kill_at_any_point_loses_nothing_acknowledged_and_doubles_nothing(directory: Path) -> None:
    chance = random.Random(20240501)
    engine = EmbeddedEngine(directory)
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.publish("needs", G)
    engine.close()
    next_batch = 0
    for _ in range(6):
        writer = started(BATCH_DOCUMENT + WRITE_UNTIL_KILLED, str(directory), str(next_batch))
        assert writer.stdout is not None
        acknowledged = [int(writer.stdout.readline()) for _ in range(chance.randint(1, 6))]
        time.sleep(chance.uniform(0, 0.03))
        writer.send_signal(signal.SIGKILL)
        acknowledged += [int(line) for line in writer.communicate(timeout=60)[0].splitlines() if line.strip()]
        last = acknowledged[-1]
        expected = {f"{b}-{n}" for b in range(last + 1) for n in range(20) if b % 5 != 3 or b == last}

        engine = EmbeddedEngine(directory)
        everything = found(engine, "电池", limit=100_000)
        # The batch after the last acknowledged one may be there whole, and it may have deleted the one before.
        gone = {f"{last}-{n}" for n in range(20)} if last % 5 == 3 else set[str]()
        assert expected - gone <= set(everything) <= expected | {f"{last + 1}-{n}" for n in range(20)}
        assert len(everything) == len(set(everything))
        assert set(everything) == engine.matching_ids(G, ()) == set(nearest(engine, unit(1, 0, 0, 0), limit=100_000))
        assert len(engine.versions(G)) == engine.count(G) == len(everything)

        # The writer replays what was not acknowledged: everything is there once.
        engine.write(G, [batch_document(last + 1, n) for n in range(20)])
        for batch in (last, last + 1):
            there = found(engine, f"b{batch}", Terms("region", (f"b{batch}",)))
            assert len(there) == len(set(there))
        assert len(found(engine, f"b{last + 1}")) == 20
        if (last + 1) % 5 == 4:
            engine.delete(G, [f"{last}-{n}" for n in range(20)])
        engine.close()
        next_batch = last + 2


def test_words_without_record_are_passed_over_and_replaced(engine: SearchEngine, directory: Path) -> None:
    """The state a process leaves that is killed between the commit of the words and that of the records."""
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc("1", "电池")])
    engine.write(G, [doc(f"lost{n}", "电池") for n in range(300)])
    engine.close()
    with sqlite3.connect(directory / G / "records.sqlite") as database:
        database.execute("DELETE FROM records WHERE id LIKE 'lost%'")
    database.close()

    again = EmbeddedEngine(directory)
    assert found(again, "电池", limit=10) == ["1"]
    again.write(G, [doc("lost0", "电池"), doc("new", "电池")])
    assert found(again, "电池") == ["1", "lost0", "new"]
    again.delete(G, ["lost1", "lost0"])
    again.write(G, [doc("lost1", "电机")])
    assert found(again, "电池") == ["1", "new"]
    again.close()


# Damage


@pytest.mark.parametrize("file", ["meta.json", "records.sqlite", "words/meta.json", "words/*.term", "words/*.idx"])
@pytest.mark.parametrize("damage", ["cut", "garbage", "gone"])
def test_a_damaged_directory_says_rebuild(engine: SearchEngine, directory: Path, file: str, damage: str) -> None:
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc(f"{n}", "电池 膜 网", vector=unit(1, n, 0, 0)) for n in range(200)])
    engine.publish("needs", G)
    engine.close()
    for path in (directory / G).glob(file):
        if damage == "gone":
            path.unlink()
        else:
            path.write_bytes(path.read_bytes()[:10] if damage == "cut" else b"\x07garbage" * 500)

    again = EmbeddedEngine(directory)
    with pytest.raises(IndexingError, match="matchmaker reindex"):
        found(again, "电池")
    again.create("needs-2", SCHEMA, DIMENSIONS, {})
    again.write("needs-2", [doc("1", "电池")])
    again.publish("needs", "needs-2")
    assert found(again, "电池", generation="needs-2") == ["1"]
    assert not (directory / G).exists()
    again.close()


def test_a_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    engine = EmbeddedEngine(tmp_path / "file")
    assert engine.published("needs") is None
    with pytest.raises(EngineUnavailable):
        engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.close()


def test_reading_makes_no_files(directory: Path) -> None:
    engine = EmbeddedEngine(directory)
    assert engine.published("needs") is None
    engine.close()
    assert not directory.exists()

    # What is refused


def test_a_number_that_is_none_counts_as_missing(engine: SearchEngine) -> None:
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc("1", "电池", filters={"amount": float("nan")}), doc("2", "电池", filters={"amount": -0.0})])
    for bounds in (Range("amount"), Range("amount", 0.0, None), Range("amount", None, 0.0)):
        assert engine.matching_ids(G, [bounds]) == set(found(engine, "电池", bounds)) == {"2"}
    with pytest.raises(InvalidQuery):
        engine.matching_ids(G, [Range("amount", float("nan"))])


def test_weights(engine: SearchEngine) -> None:
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [doc("1", "电池"), doc("2", "电机")])
    ranking = engine.keyword_ranking(G, WordsQuery({"电池": 1.0, "电机": 0.0}, BOTH_FIELDS), (), 10)
    assert [entry.id for entry in ranking] == ["1"]
    with pytest.raises(InvalidQuery):
        engine.keyword_ranking(G, WordsQuery({"电池": -1.0}, BOTH_FIELDS), (), 10)
    with pytest.raises(InvalidQuery):
        engine.keyword_ranking(G, words("\ud800"), (), 10)


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "writer.lock", "x.published", "中文"])
def test_names_that_cannot_be_directories(engine: SearchEngine, name: str) -> None:
    with pytest.raises(IndexingError):
        engine.create(name, SCHEMA, DIMENSIONS, {})


# open_engine


def test_engine_urls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url in (f"embedded://{tmp_path}/data/index", "embedded:data/index"):
        engine = open_engine(url)
        engine.create(G, SCHEMA, DIMENSIONS, {})
        engine.close()
        assert (tmp_path / "data/index" / G / "meta.json").exists()


@pytest.mark.parametrize(
    "url", ["", "embedded", "embedded:", "embedded://", "embedded://data/index", "solr://x", "/data"]
)
def test_unknown_engine_urls(url: str) -> None:
    with pytest.raises(UnknownEngine, match="embedded:///"):
        open_engine(url)


def test_a_deletion_cut_in_half_leaves_nothing_half_found(
    engine: SearchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The words of the deleted document are still there when the process dies; nothing finds it all the same."""
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.write(G, [batch_document(0, n) for n in range(3)])

    def dies(_writer: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patched:
        patched.setattr("indexing.engines.embedded_words.WordsWriter.commit", dies)
        with pytest.raises(RuntimeError, match="power cut"):
            engine.delete(G, ["0-1"])
    left = {"0-0", "0-2"}
    assert set(found(engine, "电池")) == engine.matching_ids(G, ()) == set(nearest(engine, unit(1, 0, 0, 0))) == left
    engine.delete(G, ["0-1"])
    assert set(found(engine, "电池")) == left


def test_what_is_prepared_is_found_by_its_builder_and_whole_when_it_is_published(
    engine: SearchEngine, directory: Path
) -> None:
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.prepare("needs", G)
    for n in range(12):
        engine.write(G, [doc(f"{n}", "电池", vector=unit(1, n, 0, 0))])
    assert len(found(engine, "电池")) == len(engine.versions(G)) == 12
    engine.delete(G, ["3"])
    engine.write(G, [doc("4", "电机", version=2), doc("12", "电池")])
    engine.publish("needs", G)
    engine.close()
    again = EmbeddedEngine(directory)
    assert sorted(found(again, "电池"), key=int) == [str(n) for n in range(13) if n not in {3, 4}]
    assert found(again, "电机") == ["4"]
    again.close()


def test_a_preparation_that_lost_words_is_not_published(engine: SearchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.create(G, SCHEMA, DIMENSIONS, {})
    engine.prepare("needs", G)
    engine.write(G, [doc("1", "电池")])
    with monkeypatch.context() as broken:
        broken.setattr("indexing.engines.embedded_words.WordsWriter.put", disk_is_full)
        with pytest.raises(EngineUnavailable):
            engine.write(G, [doc("2", "电池")])
    with pytest.raises(EngineUnavailable, match="reindex"):
        engine.write(G, [doc("3", "电池")])
    with pytest.raises(EngineUnavailable, match="reindex"):
        engine.publish("needs", G)
    assert engine.published("needs") is None


def disk_is_full(*_arguments: object, **_named: object) -> None:
    raise OSError("No space left on device")
