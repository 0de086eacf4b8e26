"""What an administrator adds to the dictionary that widens searches, or changes in it."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import json_column


class WordGroup(SQLModel, table=True):
    """Names of one thing. With `bundled`, the line of the bundled dictionary it stands in place of: without words,
    that line is switched off."""

    __tablename__ = "word_group"

    id: int | None = Field(default=None, primary_key=True)
    words: list[str] = Field(default_factory=list, sa_type=json_column(list[str]))
    bundled: str | None = Field(default=None, max_length=500, unique=True)
    changed_by_id: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)
