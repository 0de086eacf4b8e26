"""What stands around a need or an achievement until it is published: drafts, changes under review, campaigns."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, Text
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.labels import Labelled
from matchmaker.models.outbox import RecordKind


class Draft(SQLModel, table=True):
    """A form that is being filled in: whatever was typed, unchecked, of its author only."""

    __tablename__ = "draft"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    kind: RecordKind = Field(sa_type=enum_column(RecordKind))
    # The returned or published record that is being changed, if it is one.
    record_id: int | None = Field(default=None)
    values: dict[str, Any] = Field(default_factory=dict, sa_type=json_column(dict[str, Any]))
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class RevisionStatus(Labelled):
    PENDING = "pending", "待审核"
    APPROVED = "approved", "已通过"
    RETURNED = "returned", "已退回"
    WITHDRAWN = "withdrawn", "已撤回"


class Revision(SQLModel, table=True):
    """A change to an approved record: the record stays as it is until an official approves the change."""

    __tablename__ = "revision"
    __table_args__ = (Index("ix_revision_kind_record", "kind", "record_id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: RecordKind = Field(sa_type=enum_column(RecordKind))
    record_id: int
    # The record's version the change was made from, and the one it became.
    base_version: int
    approved_version: int | None = Field(default=None)
    values: dict[str, Any] = Field(default_factory=dict, sa_type=json_column(dict[str, Any]))
    note: str = Field(default="", max_length=500)
    status: RevisionStatus = Field(default=RevisionStatus.PENDING, sa_type=enum_column(RevisionStatus))
    submitted_by_id: int = Field(foreign_key="account.id")
    submitted_at: datetime = Field(default_factory=now)
    reviewed_by_id: int | None = Field(default=None, foreign_key="account.id")
    reviewed_at: datetime | None = Field(default=None)
    review_note: str = Field(default="", max_length=500)


class Campaign(SQLModel, table=True):
    """A round of collecting needs 征集批次. Needs belong to it by its name (`TechnologyNeed.campaign`)."""

    __tablename__ = "campaign"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=100, unique=True)
    description: str = Field(default="", max_length=5000, sa_type=Text)
    starts_on: date
    ends_on: date
    # A district's campaign is for its own district only.
    region_code: str | None = Field(default=None, max_length=12)
    city_industry: str | None = Field(default=None, max_length=40)
    is_demo: bool = Field(default=False, index=True)
    created_by_id: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime = Field(default_factory=now)
