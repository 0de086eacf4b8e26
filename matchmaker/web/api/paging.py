"""Pages by offset: the cursor of lists whose order is that of a date or a name, and which are read by few at a time."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field

from matchmaker.errors import MalformedRequest

Limit = Annotated[int, Query(ge=1, le=100, description="每页条数")]
Cursor = Annotated[str | None, Query(max_length=20000, description="上一页答复中的 next_cursor")]
# The way before there were cursors.
Offset = Annotated[
    int, Query(ge=0, le=1_000_000, deprecated=True, description="旧的翻页方式：跳过前多少条；请改用 cursor")
]
NEXT_CURSOR_TEXT = "下一页的 cursor；没有下一页时为 null"
WHOLE_TEXT = "总为 null：一次答复全部，没有下一页"


class Whole(BaseModel):
    """A list that is always answered whole, in the form of all lists."""

    next_cursor: str | None = Field(default=None, description=WHOLE_TEXT)


def begin_of(cursor: str | None, offset: int) -> int:
    """Where the page begins for whoever names it by cursor, or in the old way."""
    return offset_of(cursor) if cursor is not None else offset


def offset_of(cursor: str | None) -> int:
    """Where the page begins. Raises MalformedRequest for what is no `next_cursor` of ours."""
    if cursor is None:
        return 0
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 9):
        raise MalformedRequest("cursor 无法识别", "请原样使用上一页答复中的 next_cursor，或去掉 cursor 从第一页开始")
    return int(cursor)


def next_cursor(offset: int, total: int) -> str | None:
    """The cursor of the page that begins at `offset`; None behind the last."""
    return str(offset) if offset < total else None
