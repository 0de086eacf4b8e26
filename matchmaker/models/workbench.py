"""What a person keeps beside the records: saved searches and a shortlist."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.outbox import RecordKind


class SavedSearch(SQLModel, table=True):
    """A question with its filters; with `alerts` its owner is told of newly published records that answer it."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("account_id", "name"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    name: str = Field(max_length=60)
    kind: RecordKind = Field(sa_type=enum_column(RecordKind))
    text: str = Field(default="", max_length=500)
    filters: dict[str, list[str]] = Field(default_factory=dict, sa_type=json_column(dict[str, list[str]]))
    alerts: bool = Field(default=True)
    # Records published up to here have been looked at.
    seen_until: datetime = Field(default_factory=now)
    created_at: datetime = Field(default_factory=now)


class ShortlistItem(SQLModel, table=True):
    """A record somebody keeps at hand, with her own note."""

    __tablename__ = "shortlist_item"
    __table_args__ = (UniqueConstraint("account_id", "kind", "record_id"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    kind: RecordKind = Field(sa_type=enum_column(RecordKind))
    record_id: int
    note: str = Field(default="", max_length=500)
    created_at: datetime = Field(default_factory=now)
