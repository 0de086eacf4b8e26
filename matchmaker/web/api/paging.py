"""Pages by offset: the cursor of lists whose order is that of a date or a name, and which are read by few at a time."""

from matchmaker.errors import MalformedRequest


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
