"""The audit trail: who did what to which record, when and why; sealed into a chain of hashes."""

from datetime import datetime

from pydantic import BaseModel
from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.labels import Labelled


class AuditAction(Labelled):
    ADDED = "added", "新增"
    CHANGED = "changed", "修改"
    REMOVED = "removed", "删除"
    READ_CONFIDENTIAL = "read_confidential", "查阅未公开内容"
    READ_CONTACT = "read_contact", "查阅联系方式"
    EXPORTED = "exported", "导出"
    LOGGED_IN = "logged_in", "登录"
    LOGIN_FAILED = "login_failed", "登录失败"
    LOGGED_OUT = "logged_out", "退出"


class FieldChange(BaseModel):
    """One field before and after, as text. Of private fields (contacts, secrets) only that they changed."""

    field: str
    before: str = ""
    after: str = ""
    is_private: bool = False


class AuditEvent(SQLModel, table=True):
    """One event. Written in the transaction of what it tells of; never changed, never removed."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_record", "table_name", "record_id"),)

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(default_factory=now, index=True)
    action: AuditAction = Field(sa_type=enum_column(AuditAction))
    # Nobody for what the platform does by itself.
    account_id: int | None = Field(default=None, index=True)
    actor_name: str = Field(default="", max_length=80)
    table_name: str = Field(default="", max_length=60)
    record_id: int | None = Field(default=None)
    record_version: int | None = Field(default=None)
    changes: list[FieldChange] = Field(default_factory=list, sa_type=json_column(list[FieldChange]))
    # What the record held afterwards (`audit.content_of`), of the records that figures rest on.
    content_hash: str | None = Field(default=None, max_length=64)
    reason: str = Field(default="", max_length=500)
    address: str = Field(default="", max_length=60)
    request_id: str = Field(default="", max_length=64)


class AuditSeal(SQLModel, table=True):
    """A link of the chain: the hash of an event together with the hash of the link before.

    Sealed in order of `sequence` by one process at a time, shortly after the event was committed: sealing inside
    the event's own transaction would make all writers wait for each other.
    """

    __tablename__ = "audit_seal"

    sequence: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    event_id: int = Field(foreign_key="audit_event.id", unique=True)
    previous_hash: str = Field(max_length=64)
    hash: str = Field(max_length=64)
    # Made with the installation's key: whoever can only write into the database cannot make such a link.
    keyed: bool = Field(default=False)
    sealed_at: datetime = Field(default_factory=now)
