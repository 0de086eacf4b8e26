"""How fast this machine builds and searches an index of N documents: figures with their meaning, nothing hidden."""

import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.resources import files
from itertools import islice, pairwise

import numpy as np

from indexing import (
    EngineDocument,
    IndexDocument,
    IndexSchema,
    SearchEngine,
    Segmenter,
    Vector,
    WordsQuery,
    open_engine,
)
from matchmaker.figures import percentile
from matchmaker.settings import Settings

# As the bundled model's vectors: a query's time depends on the size, not on what the numbers mean.
_DIMENSIONS = 384
_BATCH = 1000
_QUERIES = 100
_QUERY_WORDS = 50
_DEPTH = 200
# A city collects about this many needs a year (seed report): all of them matched against the whole index.
_NEEDS = 120
_SCHEMA = IndexSchema(
    text_fields=("title", "body", "title_pairs"), meaning_fields=("title", "body"), keyword_fields=("audience",)
)
_FIELDS = {"title": 3.0, "body": 1.0}
_SEED = 20260123


def benchmark(documents: int, settings: Settings, progress: Callable[[str], None]) -> dict[str, object]:
    """Build an index of made-up documents and search it; the figures promised in design §7.

    The documents are cut from the demo city's texts (title and about 100 characters), the vectors are random:
    no model runs. `build_docs_per_second` is the engine's part (ready tokens and vectors to searchable), on
    one thread; `segment_docs_per_second` is making the tokens. `hybrid_search_ms` is words (50-word query),
    character pairs and exact vectors, 200 deep each, one after the other, without embedding the query.
    """
    with tempfile.TemporaryDirectory(prefix="matchmaker-benchmark-") as folder:
        engine = open_engine(settings.engine_url or f"embedded://{folder}/index")
        try:
            segmenter = Segmenter(settings.data_dir / "jieba")
            return _measured(engine, segmenter, documents, progress)
        finally:
            engine.close()


def _measured(
    engine: SearchEngine, segmenter: Segmenter, documents: int, progress: Callable[[str], None]
) -> dict[str, object]:
    generation = "benchmark-1"
    engine.create(generation, _SCHEMA, _DIMENSIONS, {})
    progress(f"生成并写入 {documents} 条")
    segmenting = writing = tokens = 0.0
    made = _documents(documents)
    numbers = np.random.default_rng(_SEED)
    segmenter.words("预热")
    while batch := list(islice(made, _BATCH)):
        started = time.perf_counter()
        cut = [_tokens(segmenter, document) for document in batch]
        segmenting += time.perf_counter() - started
        tokens += sum(len(words) for one in cut for words in one.values())
        ready = [
            EngineDocument(document.id, 1, words, vector, {"audience": "public"})
            for document, words, vector in zip(batch, cut, _vectors(numbers, len(batch)), strict=True)
        ]
        started = time.perf_counter()
        engine.write(generation, ready)
        writing += time.perf_counter() - started
    started = time.perf_counter()
    engine.publish("benchmark", generation)
    writing += time.perf_counter() - started
    progress("检索")
    timed = _searches(engine, segmenter, generation, numbers)
    progress(f"{_NEEDS} 条需求与全部文档匹配")
    started = time.perf_counter()
    for query in islice(_documents(_NEEDS, seed=_SEED + 1), _NEEDS):
        _search(engine, segmenter, generation, query, _vectors(numbers, 1)[0])
    all_pairs = time.perf_counter() - started
    return {
        "documents": documents,
        "tokens_per_document": round(tokens / documents, 1),
        "build_docs_per_second": round(documents / writing),
        "segment_docs_per_second": round(documents / segmenting),
        **{
            f"{name}_ms_{label}": round(percentile(values, percent), 2)
            for name, values in timed.items()
            for label, percent in (("p50", 50), ("p95", 95))
        },
        "all_pairs_needs": _NEEDS,
        "all_pairs_seconds": round(all_pairs, 2),
        # Linux counts ru_maxrss in KiB.
        "memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def _searches(
    engine: SearchEngine, segmenter: Segmenter, generation: str, numbers: np.random.Generator
) -> dict[str, list[float]]:
    timed: dict[str, list[float]] = {"words": [], "pairs": [], "vectors": [], "hybrid_search": []}
    for query in islice(_documents(_QUERIES + 5, seed=_SEED + 2), _QUERIES + 5):
        parts = _search(engine, segmenter, generation, query, _vectors(numbers, 1)[0])
        for name, milliseconds in parts.items():
            timed[name].append(milliseconds)
    # The first few read the files for the first time.
    return {name: values[5:] for name, values in timed.items()}


def _search(
    engine: SearchEngine, segmenter: Segmenter, generation: str, query: IndexDocument, vector: Vector
) -> dict[str, float]:
    words = segmenter.words(query.texts["title"] + query.texts["body"])[:_QUERY_WORDS]
    pairs = segmenter.pairs(query.texts["title"])
    times = [time.perf_counter()]
    engine.keyword_ranking(generation, WordsQuery(dict.fromkeys(words, 1.0), _FIELDS), (), _DEPTH)
    times.append(time.perf_counter())
    engine.keyword_ranking(generation, WordsQuery(dict.fromkeys(pairs, 1.0), {"title_pairs": 1.0}), (), _DEPTH)
    times.append(time.perf_counter())
    engine.vector_ranking(generation, vector, (), _DEPTH)
    times.append(time.perf_counter())
    steps = [(later - earlier) * 1000 for earlier, later in pairwise(times)]
    return dict(zip(("words", "pairs", "vectors"), steps, strict=True)) | {"hybrid_search": sum(steps)}


def _tokens(segmenter: Segmenter, document: IndexDocument) -> dict[str, tuple[str, ...]]:
    return {
        "title": tuple(segmenter.words(document.texts["title"])),
        "body": tuple(segmenter.words(document.texts["body"])),
        "title_pairs": tuple(segmenter.pairs(document.texts["title"])),
    }


def _documents(count: int, seed: int = _SEED) -> Iterator[IndexDocument]:
    """Titles and sentences of the demo city, mixed anew: words as often and as rare as in real texts."""
    titles, sentences = _demo_texts()
    choose = random.Random(seed)  # noqa: S311  no secret
    for number in range(count):
        # Cut at any place: whole sentences would come again and again, and nothing would have to be segmented twice.
        body = "，".join(_slice(choose, choose.choice(sentences), 20) for _ in range(5))
        title = choose.choice(titles)[:12] + choose.choice(titles)[-10:]
        yield IndexDocument(str(number), 1, {"title": title, "body": body})


def _slice(choose: random.Random, text: str, length: int) -> str:
    start = choose.randrange(max(1, len(text) - length))
    return text[start : start + length]


def _demo_texts() -> tuple[list[str], list[str]]:
    titles: list[str] = []
    sentences: list[str] = []
    for folder in ("needs", "achievements"):
        for file in sorted(files("matchmaker").joinpath("demo", folder).iterdir(), key=lambda one: one.name):
            for line in file.read_text("utf-8").splitlines():
                record = json.loads(line)
                titles.append(record["title"])
                text = record.get("problem") or record.get("summary") or record["title"]
                sentences.extend(part for part in text.split("。") if len(part) > 10)
    return titles, sentences


def _vectors(numbers: np.random.Generator, count: int) -> list[Vector]:
    made = numbers.standard_normal((count, _DIMENSIONS), dtype=np.float32)
    return list(made / np.linalg.norm(made, axis=1, keepdims=True))
