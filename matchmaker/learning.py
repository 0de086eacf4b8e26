"""Learning: coefficients refitted on judgments and decisions, and taken over only where held-back needs say they are better.

The split is by need, by a digest of its name: the same files give the same split. What is judged on held-back needs are
the probabilities as they are shown, with form fields and requirements; only the texts' coefficients are fitted.
"""

import hashlib
import json
import math
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.errors import MalformedRequest
from matchmaker.evaluation import RELEVANT, EvaluationFiles, built, judged_comparisons, ndcg, read_judgments
from matchmaker.evaluation_pairs import PairTally
from matchmaker.indexes import Indexes
from matchmaker.matching import Comparison, compared_pairs
from matchmaker.matching.coefficients import (
    WORDS,
    CoefficientFile,
    FittedModel,
    coefficients_of,
    learned_file,
    model_name,
    packaged,
)
from matchmaker.matching.comparison import shown_probability
from matchmaker.matching.decisions import Decision, are_enough, decisions, weights_of
from matchmaker.matching.fitting import fitted
from matchmaker.matching.probability import PAIR_FEATURES, Coefficients, pair_features
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.need import TechnologyNeed
from matchmaker.settings import Settings

# One need in so many is held back.
_HELD_BACK = 5
_LEAST_HELD_BACK = 5
# Better is a log loss lower by this (a hundredth of what the packaged coefficients gain on guessing), while order stays
# within what a handful of other needs would change.
_LEAST_GAIN, _MOST_LOST = 0.001, 0.003
_GOOD, _BAD = 4, 1
_COMMAND = "matchmaker learn"


@dataclass(frozen=True)
class LearningPair:
    """A pair and what was said of it: `level` 1..4 as in judgments, `need` names its group, `weight` counts it."""

    need: str
    features: Mapping[str, float]
    level: int
    form_log_odds: float
    is_violator: bool
    weight: float = 1.0

    @property
    def is_good(self) -> bool:
        return self.level >= RELEVANT

    def probability(self, coefficients: Coefficients) -> float:
        """What would be shown with these coefficients."""
        log_odds = coefficients.log_odds(self.features) + self.form_log_odds
        return shown_probability(log_odds, is_violator=self.is_violator)


@dataclass(frozen=True)
class Material:
    """What there is to learn from; `sources` says it in words."""

    pairs: list[LearningPair]
    embedder: str
    sources: list[str]
    decisions: int = 0
    voices: int = 0
    decisions_used: bool = False


@dataclass(frozen=True)
class Trial:
    """One model before and after, on the held-back needs; `model` is fitted on everything."""

    model: FittedModel
    before: dict[str, object]
    after: dict[str, object]
    is_better: bool
    # What the features in force do on needs that took no part in their fit: the figures of the packaged file.
    in_force: dict[str, object]


@dataclass(frozen=True)
class Judgments:
    """Files with judged pairs; each pair counts `times` (a small set that stands for many users more than once)."""

    files: EvaluationFiles
    times: float = 1.0


def gathered(
    judged_sets: Sequence[Judgments], database: Engine | None, settings: Settings, progress: Callable[[str], None]
) -> Material:
    """The judged pairs of the files and, with a database, what people decided there. Raises UnreadableFile."""
    pairs: list[LearningPair] = []
    sources: list[str] = []
    embedder = WORDS
    for number, judged in enumerate(judged_sets):
        with built(judged.files, settings, progress) as (judged_database, indexes, _):
            progress("比较人工判断过的供需对")
            found = _judged(judged_database, indexes, judged, number)
            embedder = model_name(indexes.meaning.name)
        pairs += found
        name = judged.files.judgments.name if judged.files.judgments else ""
        counted = "" if judged.times == 1 else f"，每对计 {judged.times:g} 次"
        sources.append(f"{len(found)} 对人工判断（{name}{counted}）")
    if database is None:
        return Material(pairs, embedder, sources)
    from matchmaker.indexes import open_indexes

    progress("读取本站的对接结果与评价")
    indexes = open_indexes(settings)
    try:
        embedder = model_name(indexes.meaning.name)
        with Session(database) as session:
            made = decisions(session)
            voices = len({decision.voice for decision in made})
            is_used = are_enough(made)
            if is_used:
                pairs += _decided(session, indexes, made)
                sources.append(f"{len(made)} 个对接结果与评价（{voices} 家单位或个人）")
    finally:
        indexes.close()
    return Material(pairs, embedder, sources, len(made), voices, is_used)


def trials(material: Material, in_force: CoefficientFile) -> list[Trial]:
    """The model of the embedder and the one for words, each compared with what is in force.

    Raises MalformedRequest where there is too little to hold anything back.
    """
    found = []
    for name in dict.fromkeys((material.embedder, WORDS)):
        features = [feature for feature in PAIR_FEATURES if name != WORDS or feature != "meaning"]
        pairs = [pair for pair in material.pairs if set(features) <= set(pair.features)]
        found.append(_trial(name, features, pairs, material.sources, in_force))
    return found


def take_over(found: Sequence[Trial], data_dir: Path) -> CoefficientFile:
    """Write the better ones into the data folder, beside what was learned before; what is in force then."""
    path = learned_file(data_dir)
    known = {} if not path.exists() else coefficients_of(data_dir).models
    models = {name: model for name, model in known.items() if packaged().models.get(name) != model}
    models |= {trial.model.embedder: trial.model for trial in found if trial.is_better}
    if models:
        data_dir.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".toml.part")
        partial.write_text(as_toml(list(models.values())), "utf-8")
        os.replace(partial, path)
    return coefficients_of(data_dir)


def as_toml(models: Sequence[FittedModel]) -> str:
    """The models as a coefficients file."""
    lines = ["# Learned by `matchmaker learn`; without this file the packaged coefficients are in force."]
    for model in models:
        lines += ["", "[[model]]", f"embedder = {_text(model.embedder)}", f"fitted_on = {_text(model.fitted_on)}"]
        lines += [f"fitted_at = {_text(model.fitted_at)}", f"intercept = {model.coefficients.intercept:.6f}"]
        lines += ["", "[model.weights]"]
        lines += [f"{name} = {weight:.6f}" for name, weight in model.coefficients.weights.items()]
        lines += _table("model.judged", model.judged)
    return "\n".join(lines) + "\n"


def _table(name: str, values: Mapping[str, object]) -> list[str]:
    lines = ["", f"[{name}]"]
    inner: list[str] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            inner += _table(f"{name}.{key}", value)
        elif value is not None:
            lines.append(f"{key} = {_text(value) if isinstance(value, str) else value}")
    return lines + inner


def _text(value: object) -> str:
    # A JSON string is a TOML string.
    return json.dumps(value, ensure_ascii=False)


def _judged(database: Engine, indexes: Indexes, judged: Judgments, number: int) -> list[LearningPair]:
    files = judged.files
    if files.judgments is None:
        raise MalformedRequest("缺少人工判断文件", "请为每组文件给出 --judgments")
    return [
        _pair(f"{number}:{need_id}", comparison, level, judged.times)
        for need_id, comparison, level in judged_comparisons(database, indexes, read_judgments(files.judgments))
    ]


def _decided(session: Session, indexes: Indexes, made: Sequence[Decision]) -> list[LearningPair]:
    by_need: dict[int, list[tuple[Decision, float]]] = defaultdict(list)
    for decision, weight in zip(made, weights_of(made), strict=True):
        by_need[decision.need_id].append((decision, weight))
    pairs = []
    for need_id, weighted in sorted(by_need.items()):
        need = session.get(TechnologyNeed, need_id)
        wanted = sorted({decision.achievement_id for decision, _ in weighted})
        achievements = list(session.exec(select(Achievement).where(col(Achievement.id).in_(wanted))))
        if need is None or not achievements:
            continue
        compared = dict(zip([one.id for one in achievements], compared_pairs(indexes, need, achievements), strict=True))
        pairs += [
            _pair(f"here:{need_id}", compared[decision.achievement_id], _GOOD if decision.is_good else _BAD, weight)
            for decision, weight in weighted
            if decision.achievement_id in compared
        ]
    return pairs


def _pair(need: str, comparison: Comparison, level: int, weight: float) -> LearningPair:
    features = pair_features(comparison.need, comparison.achievement)
    return LearningPair(need, features, level, comparison.form_log_odds, comparison.violations > 0, weight)


def _trial(
    name: str, features: list[str], pairs: Sequence[LearningPair], sources: Sequence[str], in_force: CoefficientFile
) -> Trial:
    held_back = [pair for pair in pairs if is_held_back(pair.need)]
    rest = [pair for pair in pairs if not is_held_back(pair.need)]
    if len({pair.need for pair in held_back}) < _LEAST_HELD_BACK or not all(
        0 < sum(pair.is_good for pair in part) < len(part) for part in (held_back, rest)
    ):
        raise MalformedRequest(
            "可供学习的判断太少，无法留出一部分来比较新旧系数",
            f"请给出更多人工判断（留出的需求至少 {_LEAST_HELD_BACK} 条，好坏都要有）",
        )
    known, tried = in_force.of(name).coefficients, _fitted(rest, features)
    before = _figures([(pair, pair.probability(known)) for pair in held_back])
    after = _figures([(pair, pair.probability(tried)) for pair in held_back])
    learned = _fitted(pairs, features)
    source, at = "；".join(sources), now().isoformat("T", "seconds")
    judged = {**out_of_fold(pairs, list(learned.weights)), "source": source, "command": _COMMAND, "at": at}
    model = FittedModel(name, learned, source, at, judged)
    return Trial(model, before, after, _is_better(before, after), out_of_fold(pairs, list(known.weights)))


def out_of_fold(pairs: Sequence[LearningPair], features: list[str]) -> dict[str, object]:
    """The figures of all pairs, each compared by a fit of these features in which its need took no part."""
    names = [name for name in features if all(name in pair.features for pair in pairs)]
    found = []
    for fold in range(_HELD_BACK):
        rest = [pair for pair in pairs if _fold(pair.need) != fold]
        if not 0 < sum(pair.is_good for pair in rest) < len(rest):
            continue
        coefficients = _fitted(rest, names)
        found += [(pair, pair.probability(coefficients)) for pair in pairs if _fold(pair.need) == fold]
    return _figures(found)


def is_held_back(need: str) -> bool:
    """Does this need only judge, never teach, while old and new are compared?"""
    return _fold(need) == 0


def _fold(need: str) -> int:
    return int.from_bytes(hashlib.sha256(need.encode()).digest()[:4], "big") % _HELD_BACK


def _fitted(pairs: Sequence[LearningPair], features: list[str]) -> Coefficients:
    return fitted(
        [pair.features for pair in pairs],
        [pair.is_good for pair in pairs],
        features,
        [pair.weight for pair in pairs],
    )


def _figures(pairs: Sequence[tuple[LearningPair, float]]) -> dict[str, object]:
    """Needs, pairs, log loss (nats per pair, by weight), AUC, nDCG@10 and the bands, of pairs with their probability."""
    tally, by_need = PairTally(), defaultdict(list)
    lost = 0.0
    for pair, probability in pairs:
        tally.add(probability, is_good=pair.is_good)
        by_need[pair.need].append((probability, pair.level))
        # Shown to four digits: nothing is ever certain.
        chance = min(max(probability, 1e-4), 1 - 1e-4)
        lost -= pair.weight * math.log(chance if pair.is_good else 1 - chance)
    ndcgs = [
        ndcg([level for _, level in sorted(judged, key=lambda one: -one[0])])
        for judged in by_need.values()
        if any(level >= RELEVANT for _, level in judged)
    ]
    figures = tally.figures()
    return {
        "needs": len(by_need),
        "pairs": len(pairs),
        "log_loss": round(lost / sum(pair.weight for pair, _ in pairs), 4),
        "auc": figures["auc"],
        "ndcg_at_10": round(mean(ndcgs), 4) if ndcgs else None,
        "bands": figures["bands"],
    }


def _is_better(before: Mapping[str, object], after: Mapping[str, object]) -> bool:
    def gained(name: str) -> float:
        old, new = before[name], after[name]
        return new - old if isinstance(old, float) and isinstance(new, float) else 0.0

    keeps_order = gained("auc") >= -_MOST_LOST and gained("ndcg_at_10") >= -_MOST_LOST
    return gained("log_loss") <= -_LEAST_GAIN and keeps_order
