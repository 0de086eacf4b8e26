"""Does the achievement that meets every requirement come first, and one that breaks them never?

Whole needs with their achievements go into a database and an index of their own and through the matcher of the pages.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine
from sqlmodel import Session, select

from indexing.engines.urls import beside
from matchmaker.achievements import upsert_achievement
from matchmaker.database import migrate, open_database, session_scope
from matchmaker.errors import UnreadableFile
from matchmaker.evaluation_requirements import achievement_values, indicator_of, lines_of
from matchmaker.index_rebuild import rebuild
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.matching import match_need, ordered_ids
from matchmaker.models.achievement import Achievement, AchievementCreate
from matchmaker.models.match import Band
from matchmaker.models.need import NeedCreate, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.money import FEN_PER_YUAN
from matchmaker.needs import upsert_need
from matchmaker.settings import Settings

_SOURCE = "evaluation"
_REPAIR = "每行应为一个 JSON 对象，含 id、need、achievements、first、must_not_be_first"
# Deep enough that every achievement of a ranking is among the matches.
_DEPTH = 60


@dataclass(frozen=True)
class Ranking:
    """A need's achievements by their keys: the one that must come first, those that must not, those that break it."""

    key: str
    achievements: tuple[str, ...]
    first: str
    forbidden: frozenset[str]
    violators: frozenset[str]


def ranking_figures(path: Path, settings: Settings, progress: Callable[[str], None]) -> dict[str, object]:
    """Rank every need of the file (jsonl) among its own achievements, all of the file being in the catalogue.

    `right_first`: share of needs whose right achievement comes before its others; `forbidden_first`: share where one
    that must not comes first; `violator_high`: share where one that breaks a requirement is shown as 匹配度高.
    Raises UnreadableFile naming the line.
    """
    with tempfile.TemporaryDirectory(prefix="matchmaker-rankings-") as folder:
        database = open_database(f"sqlite:///{folder}/rankings.sqlite")
        migrate(database)
        engine_url = beside(settings.engine_url or f"embedded://{folder}/index", "rankings")
        indexes = open_indexes(settings.model_copy(update={"engine_url": engine_url}))
        try:
            progress(f"读入 {path.name}")
            rankings = _loaded(database, path)
            progress("建立索引")
            for kind in RecordKind:
                rebuild(database, indexes, kind, embed=True)
            progress("排序并与应有结果比较")
            return _compared(database, indexes, rankings)
        finally:
            database.dispose()
            try:
                indexes.remove()
            finally:
                indexes.close()


def _loaded(database: Engine, path: Path) -> list[Ranking]:
    rankings: list[Ranking] = []
    with session_scope(database) as session:
        for number, case in lines_of(path, _REPAIR):
            try:
                ranking = _ranking(case)
                upsert_need(session, _need(case["need"], ranking.key))
                for achievement, key in zip(case["achievements"], ranking.achievements, strict=True):
                    values = achievement_values(achievement)
                    upsert_achievement(session, AchievementCreate(source=_SOURCE, source_id=key, **values))
            except (KeyError, TypeError, ValueError, ValidationError) as error:
                raise UnreadableFile(f"{path.name} 第 {number} 行无法理解", _REPAIR) from error
            rankings.append(ranking)
    if not rankings:
        raise UnreadableFile(f"{path.name} 中没有用例", _REPAIR)
    return rankings


def _ranking(case: Mapping[str, Any]) -> Ranking:
    key = str(case["id"])
    roles: Mapping[str, str] = case.get("roles") or {}
    forbidden = frozenset(f"{key}/{name}" for name in case["must_not_be_first"])
    violators = frozenset(f"{key}/{name}" for name, role in roles.items() if role.startswith("violates"))
    return Ranking(
        key,
        tuple(f"{key}/{achievement['id']}" for achievement in case["achievements"]),
        f"{key}/{case['first']}",
        forbidden,
        violators or forbidden,
    )


def _need(case: Mapping[str, Any], key: str) -> NeedCreate:
    texts = ("title", "problem", "goal", "description", "key_technology", "constraints")
    values: dict[str, Any] = {name: case[name] for name in texts if case.get(name)}
    if case.get("body"):
        values.setdefault("description", case["body"])
    for name in ("must_have", "nice_to_have", "maturity_min", "deadline"):
        if case.get(name) is not None:
            values[name] = case[name]
    values["key_indicators"] = [indicator_of(field) for field in case.get("key_indicators") or ()]
    if case.get("budget_max_yuan") is not None:
        values["budget_max_fen"] = round(case["budget_max_yuan"] * FEN_PER_YUAN)
    return NeedCreate(source=_SOURCE, source_id=key, **values)


def _compared(database: Engine, indexes: Indexes, rankings: list[Ranking]) -> dict[str, object]:
    right = forbidden = high = 0
    with Session(database) as session:
        needs = {need.source_id: need for need in session.exec(select(TechnologyNeed))}
        keys = {str(record_id): key for record_id, key in session.exec(select(Achievement.id, Achievement.source_id))}
        for ranking in rankings:
            need = needs[ranking.key]
            order = [keys[name] for name in ordered_ids(session, indexes, need, limit=len(keys))]
            own = [key for key in order if key in ranking.achievements]
            best = own[0] if own else None
            right += best == ranking.first
            forbidden += best in ranking.forbidden
            shown = {
                keys[str(match.record.id)]
                for match in match_need(session, indexes, need, limit=_DEPTH)
                if match.band is Band.HIGH
            }
            high += bool(shown & ranking.violators)
    count = len(rankings)
    return {
        "rankings": count,
        "right_first": round(right / count, 4),
        "forbidden_first": round(forbidden / count, 4),
        "violator_high": round(high / count, 4),
    }
