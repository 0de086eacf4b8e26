"""`updated_since`: what the lists of needs, achievements and matches answer to programs that keep a copy."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from matchmaker.harvest import Harvest

SINCE_TEXT = (
    "收集自这一时刻（含）以来的变化，须带时区：按更新时间从早到晚列出，`removed` 为此后不再公开的记录；"
    "逐页读到 `next_cursor` 为 null，下次从 `next_updated_since` 开始"
)
REMOVED_TEXT = "已删除、撤回、到期或不再向您公开的记录；仅用 updated_since 时有内容"
NEXT_SINCE_TEXT = (
    "下次收集的 updated_since；与这次略有重叠，重复的记录版本号相同，可以忽略。没有用 updated_since 时为 null"
)


class RemovedRecord(BaseModel):
    """A record that is to be dropped from a copy."""

    id: int
    removed_at: datetime = Field(description="何时起看不到")


def harvested(harvest: Harvest[Any]) -> dict[str, Any]:
    """What pages of changes share."""
    return {
        "total": harvest.total,
        "next_cursor": harvest.next_cursor,
        "removed": [RemovedRecord(id=one.record_id, removed_at=one.at) for one in harvest.removed],
        "next_updated_since": harvest.since_next,
    }
