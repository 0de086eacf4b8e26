"""Parties in order of their names, page by page."""

import base64
import binascii
import json
import re
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import Session, col, func, select

from matchmaker.errors import MalformedRequest
from matchmaker.models.party import Enterprise, Institution
from matchmaker.rights import Actor
from matchmaker.web.api.shapes import LARGEST_ID
from matchmaker.web.readable import publicly_known

P = TypeVar("P", Enterprise, Institution)


@dataclass(frozen=True)
class NamePage(Generic[P]):
    records: list[P]
    total: int
    next_cursor: str | None


def name_page(
    session: Session, table: type[P], name: str, limit: int, cursor: str | None, reader: Actor
) -> NamePage[P]:
    """The parties whose name contains `name`, ordered by name, from behind `cursor` on.

    The cursor is the last (name, id) shown, so that a party added meanwhile neither repeats nor hides another.
    Raises MalformedRequest.
    """
    # `ilike`, because SQLite's LIKE takes a for A, PostgreSQL's does not.
    part = re.sub(r"([%_/])", r"/\1", name.strip())
    wanted: list[ColumnElement[bool]] = [col(table.name).ilike(f"%{part}%", escape="/")]
    if not reader.oversees_everything:
        wanted.append(publicly_known(table))
    total = session.exec(select(func.count()).select_from(table).where(*wanted)).one()
    if cursor is not None:
        wanted.append(tuple_(col(table.name), col(table.id)) > _place(cursor))
    rows = session.exec(select(table).where(*wanted).order_by(col(table.name), col(table.id)).limit(limit + 1)).all()
    records = list(rows[:limit])
    more = len(rows) > limit
    return NamePage(records, total, _cursor(records[-1].name, records[-1].id) if more else None)


def _cursor(name: str, record_id: int | None) -> str:
    return base64.urlsafe_b64encode(json.dumps([name, record_id]).encode()).decode()


def _place(cursor: str) -> tuple[str, int]:
    try:
        name, record_id = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))
        if isinstance(name, str) and isinstance(record_id, int) and 0 <= record_id <= LARGEST_ID:
            # A lone surrogate is a str that no database takes.
            name.encode()
            return name, record_id
    except (binascii.Error, ValueError, TypeError, RecursionError):
        pass
    raise MalformedRequest("cursor 无法识别", "请原样使用上一页答复中的 next_cursor，或去掉 cursor 从第一页开始")
