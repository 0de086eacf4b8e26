"""The shapes of a work list, and what its readers share."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, select

from matchmaker.models.base import now
from matchmaker.models.labels import Labelled
from matchmaker.visibility import SearchedRecord

# A first page is read at one glance: the rest of a list is behind its link.
SHOWN = 6


class WorkKind(Labelled):
    """The lists of the first pages, each with its heading."""

    RETURNED = "returned", "被退回，待修改"
    PENDING = "pending", "等待审核"
    EXPIRING = "expiring", "即将到期，请确认是否有效"
    DRAFTS = "drafts", "未提交的草稿"
    LIKELY = "likely", "可能对接的新推荐"
    TO_ANSWER = "to_answer", "等您答复的引荐"
    TO_AGREE = "to_agree", "待确认的保密协议"
    MESSAGES = "messages", "待回复的留言"
    DUE = "due", "下一步到期"
    WISHED = "wished", "有人希望对接，待经纪人承办"
    TO_INTRODUCE = "to_introduce", "已承办，待引荐"
    UNPLANNED = "unplanned", "双方已同意，没有安排下一步"
    AWAITING = "awaiting", "等待对方答复"
    FOLLOW_UPS = "follow_ups", "到期的跟进"
    NEW_NEEDS = "new_needs", "近 14 天我熟悉领域的新需求"
    OPEN_OF_MEMBERS = "open_of_members", "本机构经纪人的在办对接"
    UNCERTIFIED = "uncertified", "缺少有效证书的经纪人"
    TO_REVIEW = "to_review", "待审核"
    WITHOUT_BROKER = "without_broker", "发布超过 14 天仍无人承办"
    ON_BEHALF = "on_behalf", "没有账号的单位，待代为答复"
    STUCK = "stuck", "超过 30 天没有进展的对接"
    UNCONFIRMED = "unconfirmed", "有效期情况"
    CAMPAIGNS = "campaigns", "进行中的征集批次"
    SILENT_DISTRICTS = "silent_districts", "近 90 天没有新需求的县市区"
    CONTRACTS_TO_SUBMIT = "contracts_to_submit", "已签订，待预检和申请登记"
    CONTRACTS_RETURNED = "contracts_returned", "登记被退回或不予登记"
    CONTRACTS_ENDING = "contracts_ending", "有效期将届满而未登记的合同"
    CONTRACTS_REPORTED = "contracts_reported", "当事人报告已登记，待核对记录"
    CONTRACTS_OVERDUE = "contracts_overdue", "登记决定已逾期"
    CONTRACTS_CHANGING = "contracts_changing", "变更登记待记录结果"
    CONTRACTS_UNREGISTERED = "contracts_unregistered", "已签未登记的合同"
    FIRST_STEPS = "first_steps", "开通步骤"
    SEARCH = "search", "检索索引"
    DELIVERIES = "deliveries", "通知发送"
    SECOND_FACTORS = "second_factors", "未启用两步验证的管理账号"
    FAILED_LOGINS = "failed_logins", "今日登录失败"


@dataclass(frozen=True)
class WorkItem:
    """One thing to do or to know. `due` is the day it has to be done by."""

    title: str
    detail: str = ""
    link: str = ""
    due: date | None = None
    count: int | None = None


@dataclass(frozen=True)
class WorkList:
    """One list: its first items, how many there are in all, where the rest is, what an empty one advises."""

    kind: WorkKind
    items: list[WorkItem]
    total: int
    empty: str
    link: str = ""
    # Where `empty` leads to.
    next_link: str = ""
    next_label: str = ""


@dataclass(frozen=True)
class Figure:
    """A number above the lists, or a short line with one, and the page that shows what it counts."""

    label: str
    value: int | str
    link: str = ""


@dataclass(frozen=True)
class Counted:
    """The first rows of a query together with the number of all."""

    items: list[WorkItem] = field(default_factory=list)
    total: int = 0


def days_since(moment: datetime | None) -> int:
    """Whole days that have passed since; 0 for what has no date."""
    return (now() - moment).days if moment else 0


def waiting(moment: datetime | None) -> str:
    """`已等待 3 天`, or that it came today."""
    days = days_since(moment)
    return f"已等待 {days} 天" if days else "今天收到"


def touched(moment: datetime | None) -> str:
    """`3 天前更新`, or that it was today."""
    days = days_since(moment)
    return f"{days} 天前更新" if days else "今天更新"


def published(moment: datetime | None) -> str:
    """`3 天前发布`, or that it was today."""
    days = days_since(moment)
    return f"{days} 天前发布" if days else "今天发布"


def records(
    session: Session,
    table: type[SearchedRecord],
    wanted: tuple[ColumnElement[bool], ...],
    *,
    order: Any,
    limit: int | None = None,
) -> Sequence[SearchedRecord]:
    """The records of a table that meet all conditions, in this order."""
    either: type[Any] = table
    return session.exec(select(either).where(*wanted).order_by(order).limit(limit)).all()
