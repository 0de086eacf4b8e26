"""How far the search index is behind the database, and what is wrong with it."""

import time
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field
from sqlalchemy import Engine, func
from sqlmodel import Session, col, select

from indexing import IndexingError, MeaningState
from matchmaker.indexes import Indexes
from matchmaker.models.base import now
from matchmaker.models.outbox import IndexOutbox, IndexStep, RecordKind

_LOOK_AGAIN_SECONDS = 0.5
# A change is found within a second and a large import within minutes: whoever waits longer waits for nobody.
LATE_SECONDS = 300.0


@dataclass(frozen=True)
class QueueState:
    """The outbox in numbers. `lag_seconds`: how long the oldest change has waited to be found by its words.

    `refused` records are left out of the other numbers: they wait for a repair, not for their turn.
    """

    waiting_words: int
    waiting_meaning: int
    waiting_rebuilds: int
    refused: int
    lag_seconds: float


@dataclass(frozen=True)
class IndexState:
    """What waits, whether meaning is ready, and what is wrong, in words for people."""

    waiting_words: Annotated[int, Field(description="已保存、还不能按词检索到的记录数")]
    waiting_meaning: Annotated[int, Field(description="还没有语义向量、暂时只能按词检索到的记录数")]
    refused: Annotated[int, Field(description="引擎不接受、须修改后才能检索到的记录数；不计入其他各数")]
    lag_seconds: Annotated[float, Field(description="最早一条未写入的变更已等待的秒数；没有等待的为 0")]
    meaning: Annotated[MeaningState, Field(description="语义检索：ready 可用，loading 正在载入，off 只按词检索")]
    problem: Annotated[str | None, Field(description="检索不正常时的原因与修复办法，正常时为 null")]


def queue_state(session: Session) -> QueueState:
    """The outbox, without asking the engine."""
    rows = session.exec(
        select(
            IndexOutbox.step, col(IndexOutbox.problem).is_not(None), func.count(), func.min(IndexOutbox.enqueued_at)
        ).group_by(col(IndexOutbox.step), col(IndexOutbox.problem).is_not(None))
    ).all()
    waiting = {step: (count, oldest) for step, is_refused, count, oldest in rows if not is_refused}
    words, oldest = waiting.get(IndexStep.WORDS, (0, None))
    return QueueState(
        waiting_words=words,
        waiting_meaning=waiting.get(IndexStep.MEANING, (0, None))[0],
        waiting_rebuilds=waiting.get(IndexStep.REBUILD, (0, None))[0],
        refused=sum(count for _, is_refused, count, _ in rows if is_refused),
        lag_seconds=max(0.0, (now() - oldest).total_seconds()) if oldest else 0.0,
    )


def index_state(session: Session, indexes: Indexes) -> IndexState:
    """What waits, whether meaning is ready, and what to do if something is wrong."""
    queue = queue_state(session)
    problem = indexes.meaning.problem
    try:
        for kind in RecordKind:
            indexes.of(kind).generation()
    except IndexingError as error:
        problem = str(error)
    return IndexState(
        waiting_words=queue.waiting_words,
        waiting_meaning=queue.waiting_meaning,
        refused=queue.refused,
        lag_seconds=queue.lag_seconds,
        meaning=indexes.meaning.state,
        problem=problem,
    )


def wait_until_idle(database: Engine, *, seconds: float) -> bool:
    """Wait for the running service to empty the outbox of words; False when it has not within the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with Session(database) as session:
            queue = queue_state(session)
        if not queue.waiting_words and not queue.waiting_rebuilds:
            return True
        time.sleep(_LOOK_AGAIN_SECONDS)
    return False
