"""Tombstones 撤下记录: that somebody can no longer see a record she could see before."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column
from matchmaker.models.labels import Confidentiality, Labelled


class HarvestKind(Labelled):
    """What programs collect by the time of its last change."""

    NEEDS = "needs", "技术需求"
    ACHIEVEMENTS = "achievements", "科技成果"
    CARRIED = "carried", "对接"


class Tombstone(SQLModel, table=True):
    """A record has left the lists: only its number and since when. `confidentiality` says in whose lists it was;
    a match has left those of one account only.
    """

    __tablename__ = "tombstone"
    __table_args__ = (Index("ix_tombstone_kind_at", "kind", "at", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: HarvestKind = Field(sa_type=enum_column(HarvestKind))
    record_id: int
    confidentiality: Confidentiality | None = Field(default=None, sa_type=enum_column(Confidentiality))
    account_id: int | None = Field(default=None, foreign_key="account.id")
    at: datetime = Field(default_factory=now)
