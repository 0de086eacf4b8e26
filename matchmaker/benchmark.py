"""How fast this machine builds and searches an index of N documents: figures with their meaning, nothing hidden."""

import json
import random
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
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
)
from indexing.engines.urls import beside, engine_name
from matchmaker.figures import percentile
from matchmaker.indexes import engine_of
from matchmaker.settings import Settings

# As the bundled model's vectors: of so many numbers, each further direction saying so much less that the first 96 hold
# 76 % (7,000 real titles). A first pass over few directions would be of no use among wholly aimless vectors.
_DIMENSIONS = 512
_FADING = 40
_BATCH = 1000
_QUERIES = 100
_QUERY_WORDS = 50
_DEPTH = 200
# All needs of some years, matched against the whole index each morning.
_NEEDS = 1000
_SCHEMA = IndexSchema(
    text_fields=("title", "body", "title_pairs"), meaning_fields=("title", "body"), keyword_fields=("audience",)
)
_FIELDS = {"title": 3.0, "body": 1.0}
_SEED = 20260123
_KIND = "benchmark"
_COMPARED = ("build_docs_per_second", "hybrid_search_ms_p50", "hybrid_search_ms_p95", "all_pairs_seconds")


def benchmark(documents: int, settings: Settings, progress: Callable[[str], None]) -> dict[str, object]:
    """Build an index of made-up documents and search it; the figures promised in design §7.

    The documents are cut from the demo city's texts (title and about 100 characters), the vectors are random:
    no model runs. `build_docs_per_second` is the engine's part (ready tokens and vectors to searchable), on
    one thread; `segment_docs_per_second` is making the tokens. `hybrid_search_ms` is one search as pages do it:
    words (50-word query), character pairs and vectors, 200 deep each, without embedding the query; the parts
    are timed again one by one. On a given engine a place of its own is used and removed.
    """
    with tempfile.TemporaryDirectory(prefix="matchmaker-benchmark-") as folder:
        url = beside(settings.engine_url or f"embedded://{folder}/index", "benchmark")
        engine = engine_of(settings.model_copy(update={"engine_url": url}))
        try:
            segmenter = Segmenter(settings.data_dir / "jieba")
            return {"engine": engine_name(url)} | _measured(engine, segmenter, documents, progress)
        finally:
            engine.remove(_KIND)
            engine.close()


def benchmark_several(
    documents: int, settings: Settings, urls: Sequence[str], progress: Callable[[str], None]
) -> dict[str, object]:
    """The same on several engines, one after the other in one run; `ratios`: each later one's figures by the first's."""
    measured = []
    for url in urls:
        progress(engine_name(url) if url else "embedded")
        measured.append(benchmark(documents, settings.model_copy(update={"engine_url": url}), progress))
    first = measured[0]
    ratios = [
        {
            name: round(value / base, 2)
            for name, value in one.items()
            if name in _COMPARED and isinstance(value, int | float) and isinstance(base := first[name], int | float)
        }
        for one in measured[1:]
    ]
    return {"engines": measured, "ratios": ratios}


def _measured(
    engine: SearchEngine, segmenter: Segmenter, documents: int, progress: Callable[[str], None]
) -> dict[str, object]:
    generation = f"{_KIND}-1"
    engine.remove(_KIND)
    engine.create(generation, _SCHEMA, _DIMENSIONS, {})
    engine.prepare(_KIND, generation)
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
    engine.publish(_KIND, generation)
    writing += time.perf_counter() - started
    progress("检索")
    timed = _searches(engine, segmenter, generation, numbers)
    progress(f"{_NEEDS} 条需求与全部文档匹配")
    needs = list(_documents(_NEEDS, seed=_SEED + 1))
    vectors = _vectors(numbers, _NEEDS)
    started = time.perf_counter()
    searches = [_questions(segmenter, need, vector) for need, vector in zip(needs, vectors, strict=True)]
    engine.many_rankings(generation, searches, (), _DEPTH)
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
    timed: dict[str, list[float]] = {"hybrid_search": [], "words": [], "pairs": [], "vectors": []}
    for query in islice(_documents(_QUERIES + 5, seed=_SEED + 2), _QUERIES + 5):
        took = _search(engine, segmenter, generation, query, _vectors(numbers, 1)[0], parts=True)
        for name, milliseconds in took.items():
            timed[name].append(milliseconds)
    # The first few read the files for the first time.
    return {name: values[5:] for name, values in timed.items()}


def _search(
    engine: SearchEngine,
    segmenter: Segmenter,
    generation: str,
    query: IndexDocument,
    vector: Vector,
    *,
    parts: bool = False,
) -> dict[str, float]:
    questions = _questions(segmenter, query, vector)
    times = [time.perf_counter()]
    engine.rankings(generation, questions, (), _DEPTH)
    times.append(time.perf_counter())
    if parts:
        for name, question in questions.items():
            engine.rankings(generation, {name: question}, (), _DEPTH)
            times.append(time.perf_counter())
    steps = [(later - earlier) * 1000 for earlier, later in pairwise(times)]
    return dict(zip(("hybrid_search", *questions), steps, strict=False))


def _questions(segmenter: Segmenter, query: IndexDocument, vector: Vector) -> dict[str, WordsQuery | Vector]:
    words = segmenter.words(query.texts["title"] + query.texts["body"])[:_QUERY_WORDS]
    pairs = segmenter.pairs(query.texts["title"])
    return {
        "words": WordsQuery(dict.fromkeys(words, 1.0), _FIELDS),
        "pairs": WordsQuery(dict.fromkeys(pairs, 1.0), {"title_pairs": 1.0}),
        "vectors": vector,
    }


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
    made /= 1 + np.arange(_DIMENSIONS, dtype=np.float32) / _FADING
    return list(made / np.linalg.norm(made, axis=1, keepdims=True))
