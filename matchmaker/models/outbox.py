"""The index outbox: which records the search index has yet to see. Written in the transaction of the change."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column
from matchmaker.models.labels import Labelled


class RecordKind(Labelled):
    """The kinds of record that are searched; also the names of the two indexes."""

    NEEDS = "needs", "技术需求"
    ACHIEVEMENTS = "achievements", "科技成果"


class IndexStep(Labelled):
    """Words first, so that a change is found within a second; the slower meaning follows."""

    WORDS = "words", "词"
    MEANING = "meaning", "语义"
    # Asks whoever holds the writer's place to build the whole index anew; its record id is 0.
    REBUILD = "rebuild", "重建"


class IndexOutbox(SQLModel, table=True):
    """One record that must be (re)written to the index, or removed from it if it is gone from the database."""

    __tablename__ = "index_outbox"
    __table_args__ = (Index("ix_index_outbox_step_id", "step", "id"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: RecordKind = Field(sa_type=enum_column(RecordKind))
    record_id: int
    step: IndexStep = Field(default=IndexStep.WORDS, sa_type=enum_column(IndexStep))
    enqueued_at: datetime = Field(default_factory=now)
    # A record that the engine refuses must not hold up the others: it is tried again later and later.
    attempts: int = Field(default=0)
    retry_at: datetime | None = Field(default=None)
    problem: str | None = Field(default=None, max_length=500)
