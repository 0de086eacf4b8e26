"""Checks of the ways out: the mail server, and messages that wait or were given up."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from sqlmodel import Session, col, func, or_, select

from matchmaker.doctor.base import Finding, Patient
from matchmaker.models.base import now
from matchmaker.models.notice import DeliveryStatus, NoticeDelivery, Way
from matchmaker.sending import Senders, Undelivered
from matchmaker.sending.mail import MailServer

# A courier looks every ten seconds, but may be busy with a slow mail server.
_LATE = timedelta(minutes=15)
_SHOWN_DAYS = 7


def mail(patient: Patient) -> Iterable[Finding]:
    """Can the platform log in at the mail server. Nothing is sent."""
    line = partial(Finding, "mail", "邮件服务器")
    try:
        senders = Senders.of(patient.settings)
    except ValueError as error:
        return [line("red", "通知的发送地址无法使用", f"请改正：{error}")]
    server = senders.by_way.get(Way.MAIL)
    if not isinstance(server, MailServer):
        return [line("yellow", "没有设置，通知只在平台内和群机器人中", "需要邮件通知时，请设 MATCHMAKER_MAIL_URL")]
    try:
        server.check()
    except Undelivered as problem:
        return [line("red", str(problem), "请核对 MATCHMAKER_MAIL_URL 和 MATCHMAKER_MAIL_PASSWORD，并检查网络")]
    if not patient.settings.public_url:
        return [line("yellow", "可以发信，但邮件中没有链接", "请设 MATCHMAKER_PUBLIC_URL 为平台的访问地址")]
    return [line("green", f"{server.host}:{server.port} 可以发信")]


def deliveries(patient: Patient) -> Iterable[Finding]:
    """Messages that nobody takes on, and those given up lately."""
    if patient.database is None:
        return []
    line = partial(Finding, "notices", "通知发送")
    moment = now()
    due = or_(col(NoticeDelivery.retry_at).is_(None), col(NoticeDelivery.retry_at) <= moment)
    waiting = col(NoticeDelivery.status) == DeliveryStatus.WAITING
    late = waiting & due & (col(NoticeDelivery.created_at) <= moment - _LATE)
    late &= col(NoticeDelivery.way).in_(_served(patient))
    recent = col(NoticeDelivery.created_at) >= moment - timedelta(days=_SHOWN_DAYS)
    failed = (col(NoticeDelivery.status) == DeliveryStatus.FAILED) & recent
    count = select(func.count()).select_from(NoticeDelivery)
    with Session(patient.database) as session:
        waiting_count, late_count, failed_count = (
            session.exec(count.where(one)).one() for one in (waiting, late, failed)
        )
        reasons = session.exec(select(NoticeDelivery.problem).where(failed).distinct().limit(3)).all()
    sentence = f"排队 {waiting_count} 条，近 {_SHOWN_DAYS} 天未送达 {failed_count} 条"
    if late_count:
        repair = "请启动 matchmaker serve 或 matchmaker worker；已启动的请看它的日志"
        return [line("red", f"{sentence}；{late_count} 条到时未发", repair)]
    if failed_count:
        return [line("yellow", f"{sentence}（{'；'.join(reasons)}）", "请按原因处理；收件人可在通知设置页面再发一次")]
    return [line("green", sentence)]


def _served(patient: Patient) -> set[Way]:
    try:
        return set(Senders.of(patient.settings).by_way)
    except ValueError:
        return set()
