"""How good the matching is: judged pairs in, one set of figures out, through the same code the pages use."""

import csv
import math
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from sqlalchemy import Engine
from sqlmodel import Session, select

from indexing.engines.urls import beside, engine_name
from matchmaker.database import migrate, open_database
from matchmaker.errors import UnreadableFile
from matchmaker.evaluation_pairs import AnswerTally, PairTally
from matchmaker.figures import percentile
from matchmaker.index_rebuild import rebuild
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.ingest import ImportKind, IngestOptions, ingest_file
from matchmaker.matching import Comparison, compared_pairs, counterparts, matcher_version, ordered_ids
from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.query_evaluation import QueryEvaluation, evaluate_queries, read_queries
from matchmaker.rights import PLATFORM
from matchmaker.searched import records_of
from matchmaker.settings import Settings

# Levels of the judgments: 1 none, 2 weak, 3 fairly strong, 4 strong. From here on a pair counts as a match.
RELEVANT = 3
_NDCG_DEPTH = 10
_PRECISION_DEPTH = 5
_SOURCE = "evaluation"

Judgments = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class EvaluationFiles:
    """Needs and achievements (jsonl: id, title, body); what is measured on them: judgments (tab-separated: need_id,
    achievement_id, level), typed queries (`query_evaluation.py`)."""

    needs: Path
    achievements: Path
    judgments: Path | None = None
    queries: Path | None = None


@dataclass(frozen=True)
class Evaluation:
    """The figures promised in design §7, and per judged need its nDCG@10 and all achievements, best first."""

    figures: dict[str, object]
    ndcgs: Mapping[str, float]
    orders: Mapping[str, list[str]]
    queries: QueryEvaluation | None = None


def evaluate(files: EvaluationFiles, settings: Settings, progress: Callable[[str], None]) -> Evaluation:
    """Match every judged need and compare with the judgments; search for every typed query.

    Everything is built in a place of its own, also on a given engine, and thrown away; only the vector cache of
    `settings.data_dir` is used and grows. `index_docs_per_second` includes embedding what the cache did not hold.
    Raises UnreadableFile.
    """
    judgments = read_judgments(files.judgments) if files.judgments else None
    queries = read_queries(files.queries) if files.queries else None
    with built(files, settings, progress) as (database, indexes, indexed):
        found, typed = Evaluation({}, {}, {}), None
        if judgments is not None:
            progress("匹配并与人工判断比较")
            found = _matched(database, indexes, judgments)
        if queries is not None:
            progress("检索")
            with Session(database) as session:
                typed = evaluate_queries(session, indexes, queries)
        about = {
            "engine": indexed.pop("engine"),
            "embedder": indexes.meaning.name or "off",
            "matcher_version": matcher_version(indexes),
        }
        asked = typed.figures if typed else {}
        return Evaluation({**indexed, **found.figures, **asked, **about}, found.ndcgs, found.orders, typed)


@contextmanager
def built(
    files: EvaluationFiles, settings: Settings, progress: Callable[[str], None]
) -> Iterator[tuple[Engine, Indexes, dict[str, object]]]:
    """Database and indexes of the files' needs and achievements, and how fast they were built; gone afterwards.

    Raises UnreadableFile.
    """
    with tempfile.TemporaryDirectory(prefix="matchmaker-evaluation-") as folder:
        database = open_database(f"sqlite:///{folder}/evaluation.sqlite")
        migrate(database)
        engine_url = beside(settings.engine_url or f"embedded://{folder}/index", "evaluation")
        indexes = open_indexes(settings.model_copy(update={"engine_url": engine_url}))
        try:
            for kind, path in ((ImportKind.NEEDS, files.needs), (ImportKind.ACHIEVEMENTS, files.achievements)):
                progress(f"读入 {path.name}")
                report = ingest_file(database, kind, path, IngestOptions(source=_SOURCE))
                if report.rejected:
                    raise UnreadableFile(
                        f"{path.name} 有 {len(report.rejected)} 行无法读入",
                        "请先用 matchmaker ingest --dry-run 查看原因",
                    )
            progress("建立索引（首次运行需计算语义向量）")
            yield database, indexes, {**_build(database, indexes), "engine": engine_name(engine_url)}
        finally:
            database.dispose()
            try:
                indexes.remove()
            finally:
                indexes.close()


def compare(one: Evaluation, other: Evaluation) -> dict[str, object]:
    """How alike two evaluations of the same files answer: nDCG@10 of both and the mean overlap of the first ten."""
    overlaps = [
        len(set(order[:_NDCG_DEPTH]) & set(other.orders[need][:_NDCG_DEPTH])) / _NDCG_DEPTH
        for need, order in one.orders.items()
    ]
    return {
        "engines": [one.figures["engine"], other.figures["engine"]],
        "judged_needs": len(overlaps),
        "overlap_at_10": round(mean(overlaps), 4),
        "least_overlap_at_10": min(overlaps),
        "ndcg_at_10": [one.figures["ndcg_at_10"], other.figures["ndcg_at_10"]],
        "ndcg_difference": round(mean(other.ndcgs.values()) - mean(one.ndcgs.values()), 4),
        "largest_ndcg_difference": round(max(abs(other.ndcgs[need] - value) for need, value in one.ndcgs.items()), 4),
        "recall_at_100": [one.figures["recall_at_100"], other.figures["recall_at_100"]],
        "search_ms_p50": [one.figures["search_ms_p50"], other.figures["search_ms_p50"]],
    }


def read_judgments(path: Path) -> Judgments:
    """need id → achievement id → level. Raises UnreadableFile naming the line."""
    judgments: dict[str, dict[str, int]] = defaultdict(dict)
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            try:
                judgments[row["need_id"]][row["achievement_id"]] = int(row["level"])
            except (KeyError, TypeError, ValueError) as error:
                raise UnreadableFile(
                    f"{path.name} 中有一行无法理解", "应为制表符分隔的三列：need_id、achievement_id、level（1–4）"
                ) from error
    return judgments


def judged_comparisons(
    database: Engine, indexes: Indexes, judgments: Judgments
) -> Iterator[tuple[str, Comparison, int]]:
    """Every judged pair that is there, compared: need id of the file, comparison, level."""
    with Session(database) as session:
        needs = {need.source_id: need for need in session.exec(select(TechnologyNeed))}
        ids = dict(session.exec(select(Achievement.source_id, Achievement.id)).all())
        for need_id, levels in sorted(judgments.items()):
            if need_id not in needs:
                continue
            by_id = {ids[key]: level for key, level in levels.items() if key in ids}
            achievements = records_of(session, RecordKind.ACHIEVEMENTS, [key for key in by_id if key is not None])
            compared = compared_pairs(indexes, needs[need_id], achievements)
            for achievement, comparison in zip(achievements, compared, strict=True):
                yield need_id, comparison, by_id[achievement.id]


def ndcg(levels_in_order: Sequence[int]) -> float:
    """nDCG@10 of judged documents in ranked order; gain 2^(level−1)−1, ideal order over the same documents."""
    gains = [2 ** (level - 1) - 1 for level in levels_in_order]
    ideal = _discounted(sorted(gains, reverse=True))
    return _discounted(gains) / ideal if ideal else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(place + 2) for place, gain in enumerate(gains[:_NDCG_DEPTH]))


def _build(database: Engine, indexes: Indexes) -> dict[str, object]:
    started = time.perf_counter()
    count = sum(rebuild(database, indexes, kind, embed=True) for kind in RecordKind)
    return {"index_docs_per_second": round(count / (time.perf_counter() - started), 1)}


def _matched(database: Engine, indexes: Indexes, judgments: Judgments) -> Evaluation:
    ndcgs: dict[str, float] = {}
    orders: dict[str, list[str]] = {}
    recalls: dict[int, list[float]] = {50: [], 100: []}
    precisions: list[float] = []
    milliseconds: list[float] = []
    pairs, answers = PairTally(), AnswerTally()
    with Session(database) as session:
        needs = {one.source_id: one for one in session.exec(select(TechnologyNeed))}
        names = {
            str(record_id): source_id
            for record_id, source_id in session.exec(select(Achievement.id, Achievement.source_id))
        }
        numbers = {source_id: int(record_id) for record_id, source_id in names.items()}
        for need_id, levels in sorted(judgments.items()):
            if need_id not in needs:
                continue
            need = needs[need_id]
            relevant = {one for one, level in levels.items() if level >= RELEVANT}
            judged_pairs = [one for one in levels if one in numbers]
            records = records_of(session, RecordKind.ACHIEVEMENTS, [numbers[one] for one in judged_pairs])
            for comparison in compared_pairs(indexes, need, records):
                is_good = levels[names[comparison.achievement.document.id]] >= RELEVANT
                pairs.add(comparison.probability, is_good=is_good)
            # Timed apart from the ranking below: a page asks for ten matches, not for the whole file.
            started = time.perf_counter()
            found = counterparts(session, indexes, need, reader=PLATFORM)
            milliseconds.append((time.perf_counter() - started) * 1000)
            if not relevant:
                answers.unanswerable(has_recommendation=bool(found.recommended))
                continue
            order = [names[one] for one in ordered_ids(session, indexes, need, limit=len(names))]
            shown = {names[str(record.id)] for record in found.records}
            answers.answerable(in_first_five=bool(relevant & set(order[:5])), is_shown=bool(relevant & shown))
            judged = [levels[one] for one in order if one in levels]
            orders[need_id], ndcgs[need_id] = order, ndcg(judged)
            best = judged[:_PRECISION_DEPTH]
            precisions.append(sum(level >= RELEVANT for level in best) / _PRECISION_DEPTH)
            for depth, deep in recalls.items():
                deep.append(len(relevant & set(order[:depth])) / len(relevant))
    if not ndcgs:
        raise UnreadableFile("判断文件与需求、成果文件没有共同的编号", "请核对三份文件是否来自同一批数据")
    figures: dict[str, object] = {
        "needs": len(needs),
        "achievements": len(names),
        "judged_needs": len(ndcgs),
        "ndcg_at_10": round(mean(ndcgs.values()), 4),
        "recall_at_50": round(mean(recalls[50]), 4),
        "recall_at_100": round(mean(recalls[100]), 4),
        "precision_at_5": round(mean(precisions), 4),
        **pairs.figures(),
        **answers.figures(),
        "search_ms_p50": round(percentile(milliseconds, 50), 1),
        "search_ms_p95": round(percentile(milliseconds, 95), 1),
    }
    return Evaluation(figures, ndcgs, orders)
