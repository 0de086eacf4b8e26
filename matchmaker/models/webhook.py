"""Webhooks 事件推送: addresses of programs that want to be told, and what is on its way to them."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.labels import Labelled
from matchmaker.models.notice import DeliveryStatus


class WebhookEvent(Labelled):
    """What may be told. The names are part of the API."""

    MATCH_RECOMMENDED = "match.recommended", "新的推荐"
    MATCH_CHANGED = "match.changed", "对接状态变化"
    NEED_CHANGED = "need.changed", "需求状态变化"
    ACHIEVEMENT_CHANGED = "achievement.changed", "成果状态变化"
    TEST = "test", "测试"


class Webhook(SQLModel, table=True):
    """One address, told what its account may know. The secret signs what is sent; it is shown once."""

    __tablename__ = "webhook"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    url: str = Field(max_length=500)
    events: list[WebhookEvent] = Field(default_factory=list, sa_type=json_column(list[WebhookEvent]))
    # Needed whole for every signature, so it cannot be stored as a digest.
    secret_key: str = Field(max_length=80)
    created_at: datetime = Field(default_factory=now)
    # Messages that were given up since the last that arrived, and since when nothing is sent any more because of them.
    failures: int = Field(default=0)
    paused_at: datetime | None = Field(default=None)

    def __repr__(self) -> str:
        # The default prints every field, the secret among them.
        return f"Webhook(id={self.id})"


class WebhookDelivery(SQLModel, table=True):
    """One message for one address. What happened is kept as numbers and codes: no text of any record."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (Index("ix_webhook_delivery_status", "status", "retry_at"),)

    id: int | None = Field(default=None, primary_key=True)
    # None: it has happened, and nobody has looked yet whom it concerns.
    webhook_id: int | None = Field(default=None, foreign_key="webhook.id", index=True, ondelete="CASCADE")
    event: WebhookEvent = Field(sa_type=enum_column(WebhookEvent))
    data: dict[str, int | str | None] = Field(default_factory=dict, sa_type=json_column(dict[str, int | str | None]))
    status: DeliveryStatus = Field(default=DeliveryStatus.WAITING, sa_type=enum_column(DeliveryStatus))
    attempts: int = Field(default=0)
    retry_at: datetime | None = Field(default=None)
    problem: str = Field(default="", max_length=300)
    created_at: datetime = Field(default_factory=now)
    sent_at: datetime | None = Field(default=None)
