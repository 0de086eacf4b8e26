"""What the administrator of the platform has to know: search, delivery of notices, safety of accounts."""

from datetime import datetime, time, timedelta

from sqlmodel import Session, col, func, select

from matchmaker.index_state import LATE_SECONDS, queue_state
from matchmaker.models.account import Account, Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.base import now
from matchmaker.models.notice import DeliveryStatus, NoticeDelivery
from matchmaker.rights import Actor
from matchmaker.visibility import CITY_TIME, today
from matchmaker.worklist.base import SHOWN, WorkItem, WorkKind, WorkList

# A mail server that pauses is back within the hour; what waits longer needs somebody.
LATE_DELIVERY_HOURS = 1


def search(session: Session, actor: Actor) -> WorkList:
    """The queue of the search index: what waits too long or was refused."""
    queue = queue_state(session)
    items = []
    if queue.refused:
        items.append(WorkItem("索引不接受的记录", "运行 matchmaker doctor 查看原因", count=queue.refused))
    if queue.lag_seconds > LATE_SECONDS:
        minutes = int(queue.lag_seconds // 60)
        items.append(WorkItem("等待写入索引的记录", f"最早一条已等待 {minutes} 分钟", count=queue.waiting_words))
    return WorkList(WorkKind.SEARCH, items, len(items), f"检索正常，{queue.waiting_words} 条变更正在写入索引。")


def deliveries(session: Session, actor: Actor) -> WorkList:
    """Messages that could not be delivered, or have waited too long."""
    late = now() - timedelta(hours=LATE_DELIVERY_HOURS)
    failed = session.exec(
        select(func.count()).select_from(NoticeDelivery).where(col(NoticeDelivery.status) == DeliveryStatus.FAILED)
    ).one()
    waiting = session.exec(
        select(func.count())
        .select_from(NoticeDelivery)
        .where(col(NoticeDelivery.status) == DeliveryStatus.WAITING, col(NoticeDelivery.created_at) < late)
    ).one()
    items = []
    if failed:
        items.append(WorkItem("未送达的通知", "请核对邮件服务和机器人设置", count=failed))
    if waiting:
        items.append(WorkItem("等待超过 1 小时的通知", "请确认后台任务正在运行", count=waiting))
    return WorkList(WorkKind.DELIVERIES, items, len(items), "通知都已送达。")


def second_factors(session: Session, actor: Actor) -> WorkList:
    """Officials and administrators who log in with a password only."""
    roles = (Role.DISTRICT_OFFICIAL, Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
    wanted = (
        select(Account)
        .where(col(Account.role).in_(roles), col(Account.disabled_at).is_(None), col(Account.totp_enabled_at).is_(None))
        .order_by(col(Account.name), col(Account.id))
    )
    items = [WorkItem(one.name, one.role.label, "/accounts") for one in session.exec(wanted)]
    return WorkList(WorkKind.SECOND_FACTORS, items[:SHOWN], len(items), "管理账号都已启用两步验证。", link="/accounts")


def failed_logins(session: Session, actor: Actor) -> WorkList:
    """Logins that failed since midnight in the city, by address."""
    midnight = datetime.combine(today(), time.min, CITY_TIME)
    rows = session.exec(
        select(AuditEvent.address, func.count())
        .where(col(AuditEvent.action) == AuditAction.LOGIN_FAILED, col(AuditEvent.at) >= midnight)
        .group_by(col(AuditEvent.address))
        .order_by(func.count().desc())
    ).all()
    items = [WorkItem(address or "未知地址", "登录失败", "/audit", count=count) for address, count in rows[:SHOWN]]
    return WorkList(WorkKind.FAILED_LOGINS, items, sum(count for _, count in rows), "今天没有登录失败。", link="/audit")
