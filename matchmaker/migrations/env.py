"""Alembic's entry: runs inside the connection that `matchmaker.database.migrate` hands over."""

from typing import Any, Literal

from alembic import context
from sqlmodel import SQLModel

import matchmaker.models  # noqa: F401  every table must be known
from matchmaker.models.columns import EnumText, Json


def plain_type(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Migrations name plain SQL types, so that an old one still runs after the models have moved on."""
    if kind == "type" and isinstance(item, EnumText):
        return "sa.String(length=40)"
    if kind == "type" and isinstance(item, Json):
        return "sa.JSON()"
    return False


connection = context.config.attributes["connection"]
# SQLite cannot alter most things in place: batch mode copies the table.
context.configure(
    connection=connection, target_metadata=SQLModel.metadata, render_as_batch=True, render_item=plain_type
)
with context.begin_transaction():
    context.run_migrations()
