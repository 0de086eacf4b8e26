"""How database, search and queue are just now: asked for readiness and metrics, each with a limit of time."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import Engine, func, text
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from indexing import IndexingError, MeaningState
from matchmaker.bounded import Bounded
from matchmaker.database import check_schema
from matchmaker.errors import DatabaseNotReady
from matchmaker.index_state import QueueState, queue_state
from matchmaker.indexes import Indexes
from matchmaker.logs import where, without_secrets
from matchmaker.models.achievement import Achievement
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind

log = logging.getLogger("matchmaker.web")

SearchStatus = Literal["ok", "limited", "down"]

# The reason names host and user, which is nothing for everybody: the operator asks `doctor`.
_NO_DATABASE = "数据库无法连接或没有回答：请运行 matchmaker doctor 查看原因"


@dataclass(frozen=True)
class DatabaseState:
    """`queue` is None exactly when `problem` says why nothing can be read."""

    queue: QueueState | None
    problem: str = ""


@dataclass(frozen=True)
class SearchState:
    """`limited`: searches answer, but by words only or without what changed lately. `documents`: kind → number."""

    status: SearchStatus
    sentence: str
    engine_up: bool = False
    documents: Mapping[str, int] = field(default_factory=dict)
    meaning: MeaningState = "off"


class Vitals:
    """The questions of one app. No answer raises: what cannot be asked is the answer."""

    def __init__(self, database: Engine, indexes: Indexes | None, search_problem: str) -> None:
        self._engine = database
        self._indexes = indexes
        self._search_problem = search_problem
        self._database: Bounded[DatabaseState] = Bounded(self._look_at_database)
        self._search: Bounded[SearchState] = Bounded(self._look_at_search)
        self._records: Bounded[dict[tuple[str, str], int]] = Bounded(self._count_records)

    async def database(self, *, seconds: float) -> DatabaseState:
        """Does it answer, is the schema ours, what waits in the queue."""
        try:
            return await self._database.answer_soon(seconds=seconds)
        except (TimeoutError, SQLAlchemyError):
            return DatabaseState(None, _NO_DATABASE)

    async def search(self, *, seconds: float) -> SearchState:
        """Can it be searched, and how well."""
        try:
            return await self._search.answer_soon(seconds=seconds)
        except TimeoutError:
            return SearchState("down", "检索引擎没有及时回答：请运行 matchmaker doctor 查看原因")
        except Exception as error:
            # An index on a damaged disk may fail in ways nobody has thought of; the probe has to answer all the same.
            log.error("looking at the search engine failed with %s", where(error))
            return SearchState("down", "检索引擎出现意外错误，已记录：请运行 matchmaker doctor 查看原因")

    async def records(self, *, seconds: float) -> Mapping[tuple[str, str], int]:
        """(kind, status) → number of records; empty when the database does not answer."""
        try:
            return await self._records.answer_soon(seconds=seconds)
        except (TimeoutError, SQLAlchemyError):
            return {}

    def _look_at_database(self) -> DatabaseState:
        with Session(self._engine) as session:
            session.execute(text("SELECT 1"))
        try:
            check_schema(self._engine)
        except DatabaseNotReady as error:
            return DatabaseState(None, str(error))
        with Session(self._engine) as session:
            return DatabaseState(queue_state(session))

    def _look_at_search(self) -> SearchState:
        if self._indexes is None:
            return SearchState("down", without_secrets(self._search_problem))
        meaning = self._indexes.meaning
        health = self._indexes.needs.health()
        engine_up = health.level != "red"
        try:
            documents = {kind.value: self._indexes.of(kind).count() for kind in RecordKind}
        except IndexingError as error:
            return SearchState("down", without_secrets(str(error)), engine_up, meaning=meaning.state)
        status: SearchStatus = "ok"
        sentence = "" if health.level == "green" else health.sentence
        if health.level == "red":
            status = "limited"
        elif meaning.state == "loading":
            status, sentence = "limited", "语义模型正在载入，暂时只按词检索"
        elif meaning.problem:
            status, sentence = "limited", meaning.problem
        return SearchState(status, without_secrets(sentence), engine_up, documents, meaning.state)

    def _count_records(self) -> dict[tuple[str, str], int]:
        counted: dict[tuple[str, str], int] = {}
        with Session(self._engine) as session:
            for kind, table in ((RecordKind.NEEDS, TechnologyNeed), (RecordKind.ACHIEVEMENTS, Achievement)):
                for status, number in session.exec(select(table.status, func.count()).group_by(col(table.status))):
                    counted[kind.value, str(status)] = number
        return counted
