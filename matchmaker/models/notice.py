"""Notices 通知: what somebody is told in the platform, and its way by mail or robot."""

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from matchmaker.models.base import now
from matchmaker.models.columns import enum_column, json_column
from matchmaker.models.labels import Labelled


class NoticeKind(Labelled):
    """What a notice is about; a person chooses the ways for each kind."""

    REVIEW = "review", "审核结果"
    TO_REVIEW = "to_review", "待审核"
    MATCH = "match", "对接进展"
    MESSAGE = "message", "对接留言"
    FOLLOW_UP = "follow_up", "跟进到期"
    FRESHNESS = "freshness", "有效期提醒"
    CAMPAIGN = "campaign", "需求征集"
    IMPORT = "import", "批量导入"
    SAVED_SEARCH = "saved_search", "检索订阅"
    ASSIGNMENT = "assignment", "任务分派"
    CONTRACT = "contract", "技术合同"
    ACCOUNT = "account", "账号安全"


class Way(Labelled):
    """How a notice reaches somebody outside the platform; inside it always does."""

    MAIL = "mail", "电子邮件"
    WECOM = "wecom", "企业微信机器人"
    DINGTALK = "dingtalk", "钉钉机器人"
    FEISHU = "feishu", "飞书机器人"


class Pace(Labelled):
    """When a kind of notice is sent on: at once, once a day, or not at all (then it is only in the platform)."""

    AT_ONCE = "at_once", "立即发送"
    DAILY = "daily", "每日汇总"
    NEVER = "never", "只在平台内"


class Notice(SQLModel, table=True):
    """One thing one person is told. `key` says what it is about: the same thing is told once."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("account_id", "key"), Index("ix_notice_account_read", "account_id", "read_at"))

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    kind: NoticeKind = Field(sa_type=enum_column(NoticeKind))
    key: str = Field(max_length=200)
    title: str = Field(max_length=200)
    body: str = Field(default="", max_length=1000)
    # Where it leads: a path of this platform.
    link: str = Field(default="", max_length=300)
    created_at: datetime = Field(default_factory=now)
    read_at: datetime | None = Field(default=None)


class DeliveryStatus(Labelled):
    WAITING = "waiting", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发送"
    FAILED = "failed", "未送达"


class NoticeDelivery(SQLModel, table=True):
    """One message on its way outside: a notice at once, or the digest of a day (`notice_ids`). The outbox of notices."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        UniqueConstraint("account_id", "way", "key"),
        Index("ix_notice_delivery_status", "status", "retry_at"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id")
    way: Way = Field(sa_type=enum_column(Way))
    # The notice's number or the digest's day: one message of a kind goes out once.
    key: str = Field(max_length=200)
    notice_ids: list[int] = Field(default_factory=list, sa_type=json_column(list[int]))
    status: DeliveryStatus = Field(default=DeliveryStatus.WAITING, sa_type=enum_column(DeliveryStatus))
    attempts: int = Field(default=0)
    retry_at: datetime | None = Field(default=None)
    problem: str = Field(default="", max_length=300)
    created_at: datetime = Field(default_factory=now)
    sent_at: datetime | None = Field(default=None)


class NoticePreference(SQLModel, table=True):
    """What somebody chose for one kind of notice; without a row the defaults of `notices.py` hold."""

    __tablename__ = "notice_preference"
    __table_args__ = (UniqueConstraint("account_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    kind: NoticeKind = Field(sa_type=enum_column(NoticeKind))
    ways: list[Way] = Field(default_factory=list, sa_type=json_column(list[Way]))
    pace: Pace = Field(default=Pace.AT_ONCE, sa_type=enum_column(Pace))


class NoticeRobot(SQLModel, table=True):
    """A group robot of somebody. Its key is a secret: never shown again, never logged."""

    __tablename__ = "notice_robot"
    __table_args__ = (UniqueConstraint("account_id", "way"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="account.id", index=True)
    way: Way = Field(sa_type=enum_column(Way))
    secret_key: str = Field(max_length=300)
    created_at: datetime = Field(default_factory=now)


class DutyRun(SQLModel, table=True):
    """The last day on which a daily duty was done, so that several workers do it once."""

    __tablename__ = "duty_run"

    name: str = Field(primary_key=True, max_length=60)
    last_day: date
    finished_at: datetime = Field(default_factory=now)
