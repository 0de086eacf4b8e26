"""What the administrator of the platform has to do and know: first steps, search, notices, safety of accounts."""

from datetime import datetime, time, timedelta
from typing import Any

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from matchmaker.classification import classification
from matchmaker.index_state import LATE_SECONDS, queue_state
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.base import now
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import DeliveryStatus, NoticeDelivery
from matchmaker.models.target import Target
from matchmaker.rights import Actor
from matchmaker.visibility import CITY_TIME, today
from matchmaker.worklist.base import SHOWN, WorkItem, WorkKind, WorkList

# A mail server that pauses is back within the hour; what waits longer needs somebody.
LATE_DELIVERY_HOURS = 1


def first_steps(session: Session, actor: Actor) -> WorkList:
    """What a new installation still lacks before others can work with it; each may be left for later."""
    items = []
    city = classification().city
    if city.is_invented and not _exists(session, select(Account.id).where(col(Account.is_demo))):
        repair = "运行 matchmaker city 城市名称，改好写出的文件，把 MATCHMAKER_CITY_FILE 设为它后重启"
        items.append(WorkItem(f"设定本市：现用的是虚构的{city.name}", repair))
    officials = select(Account.id).where(col(Account.role) == Role.CITY_OFFICIAL, col(Account.disabled_at).is_(None))
    if not _exists(session, officials):
        items.append(WorkItem("邀请市科技局", "审核、统计和目标由市科技局负责；邀请链接七天内有效", "/accounts"))
    if not _exists(session, select(Target.id).where(col(Target.year) >= today().year)):
        items.append(WorkItem("设定本年度目标", "有了目标，看板才有完成率和预测", "/targets/new"))
    if not _exists(session, select(TechnologyNeed.id)) and not _exists(session, select(Achievement.id)):
        items.append(WorkItem("导入已有的需求和成果", "征集表、成果表可直接上传；也可先下载模板", "/imports"))
    return WorkList(WorkKind.FIRST_STEPS, items, len(items), "开通步骤都已完成。")


def _exists(session: Session, wanted: SelectOfScalar[Any]) -> bool:
    return session.exec(wanted.limit(1)).first() is not None


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
