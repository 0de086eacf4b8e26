"""Bulk imports from the page: the uploaded file, how its columns are read, how far it is, and how to undo it."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, LargeBinary
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.labels import Labelled


class BatchStatus(Labelled):
    CHECKING = "checking", "正在核对"
    UPLOADED = "uploaded", "待确认"
    WAITING = "waiting", "等待导入"
    RUNNING = "running", "正在导入"
    FINISHED = "finished", "已导入"
    FAILED = "failed", "未完成"
    UNDOING = "undoing", "正在撤销"
    UNDONE = "undone", "已撤销"


class WriteMode(Labelled):
    """What happens to rows whose record is there already, and to those whose record is not."""

    BOTH = "both", "新增并更新"
    INSERT_ONLY = "insert_only", "只新增，已有的不动"
    UPDATE_ONLY = "update_only", "只更新已有的，不新增"


class ImportBatch(SQLModel, table=True):
    """One uploaded file on its way into the platform."""

    __tablename__ = "import_batch"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    # An `ingest.ImportKind`.
    kind: str = Field(max_length=40)
    file_name: str = Field(max_length=200)
    content: bytes = Field(sa_type=LargeBinary)
    # Column heading of the file → field, where the reader of the file chose differently from us; empty: left out.
    mapping: dict[str, str] = Field(default_factory=dict, sa_type=json_column(dict[str, str]))
    # Cells corrected on the page: line number → heading → new text.
    corrections: dict[str, dict[str, str]] = Field(default_factory=dict, sa_type=json_column(dict[str, dict[str, str]]))
    # Numbers of the rows that are not to be imported.
    dropped: list[int] = Field(default_factory=list, sa_type=json_column(list[int]))
    mode: WriteMode = Field(default=WriteMode.BOTH, sa_type=enum_column(WriteMode))
    status: BatchStatus = Field(default=BatchStatus.CHECKING, sa_type=enum_column(BatchStatus))
    rows_total: int = Field(default=0)
    rows_done: int = Field(default=0)
    report: dict[str, Any] = Field(default_factory=dict, sa_type=json_column(dict[str, Any]))
    problem: str = Field(default="", max_length=500)
    undone_by_id: int | None = Field(default=None, foreign_key="account.id")
    created_at: datetime = Field(default_factory=now)
    updated_at: datetime = Field(default_factory=now)


class ImportedRecord(SQLModel, table=True):
    """What a batch did to one record: `before` is None for a record that it added."""

    __tablename__ = "imported_record"
    __table_args__ = (Index("ix_imported_record_batch", "batch_id"),)

    id: int | None = Field(default=None, primary_key=True)
    batch_id: int = Field(foreign_key="import_batch.id")
    table_name: str = Field(max_length=60)
    record_id: int
    # The version the batch left behind: only if it is still the record's, undoing takes nothing from others.
    version: int
    before: dict[str, Any] | None = Field(default=None, sa_type=json_column(dict[str, Any] | None))
    # Why it could not be undone; empty while nobody has tried.
    problem: str = Field(default="", max_length=200)
