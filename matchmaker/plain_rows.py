"""Rows as SQL has them, whatever the shape of today would make of them: for moving, comparing and sealing.

The same row gives the same line on SQLite and on PostgreSQL.
"""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import JSON, String, Table, TableClause, column
from sqlalchemy import table as table_clause
from sqlalchemy.types import TypeEngine

from matchmaker.models.columns import EnumText, Json


def plain_table(table: Table) -> TableClause:
    """The table with its columns' values as they are stored."""
    return table_clause(table.name, *(column(one.name, _plain(one.type)) for one in table.columns))


def line_of(row: dict[str, Any]) -> str:
    """The row as one line of JSON, its columns in order of their names."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, default=_written)


def _plain(of: TypeEngine[Any]) -> TypeEngine[Any]:
    if isinstance(of, Json):
        return JSON(none_as_null=True)
    return String() if isinstance(of, EnumText) else of


def _written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    raise TypeError(f"no line for {type(value).__name__}")
