"""The courier: takes queued messages about notices outside. Never lost, never twice.

A message is claimed (committed as 发送中), handed over, and only then marked 已发送. What failed waits and is tried again
at growing distances; after the last attempt it is 未送达, which its owner sees among the notices and `doctor` counts.

Between handing over and marking, a process may die: nobody can know then whether the message has arrived. Mail is sent
again with the same Message-ID, so that a mailbox recognises it; a second copy of a robot's message would be seen by a
whole group, so it becomes 未送达 with “可能已送达”, its owner may send it again by a click, and the notice itself has been
in the platform all the time. Several couriers work side by side: one message is claimed by one.
"""

import hashlib
import logging
import threading
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, or_, select

from matchmaker.database import session_scope
from matchmaker.models.account import Account
from matchmaker.models.base import now
from matchmaker.models.notice import DeliveryStatus, Notice, NoticeDelivery, Way
from matchmaker.notice_choices import recipient
from matchmaker.sending import Message, Senders, Undelivered
from matchmaker.sending.base import RETRIES, Verdict
from matchmaker.settings import Settings

log = logging.getLogger(__name__)

# Longer than the slowest hand-over takes; after it whoever claimed a message is taken for dead.
_LEASE = timedelta(minutes=10)
# A message for a way that this installation does not serve waits this long for somebody to set it up.
_UNSERVED = timedelta(days=2)
# More would not be read in one message; the rest is in the platform.
_DIGEST_LINES = 20
_NOT_SERVED = "本平台没有开通这种发送方式"


@dataclass(frozen=True)
class _Parcel:
    """A claimed message with all that is needed outside a transaction."""

    delivery_id: int
    attempt: int
    way: Way
    to: str
    message: Message


class Courier:
    """Delivers what is due. Raises ValueError for settings that cannot be used."""

    def __init__(self, database: Engine, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._senders = Senders.of(settings)

    def deliver(self, stopping: threading.Event | None = None) -> int:
        """Everything that is due, until nothing is left or `stopping` is set; returns how many were handed over.

        A way on which nothing gets through is left alone for the rest of this round.
        """
        self._put_right()
        open_ways, sent = set(self._senders.by_way), 0
        while open_ways and not (stopping and stopping.is_set()):
            parcel = self._claim(open_ways)
            if parcel is None:
                break
            try:
                self._senders.by_way[parcel.way].send(parcel.to, parcel.message)
            except Undelivered as problem:
                self._failed(parcel, problem)
                if problem.verdict is Verdict.WAY_BLOCKED:
                    open_ways.discard(parcel.way)
            else:
                self._finish(parcel, DeliveryStatus.SENT)
                sent += 1
        return sent

    def _put_right(self) -> None:
        """Messages whose courier died, and those for which there is no way out."""
        moment = now()
        left_behind = (
            col(NoticeDelivery.status) == DeliveryStatus.SENDING,
            col(NoticeDelivery.retry_at) <= moment,
        )
        unserved = (
            col(NoticeDelivery.status) == DeliveryStatus.WAITING,
            col(NoticeDelivery.way).not_in(set(self._senders.by_way)),
            col(NoticeDelivery.created_at) <= moment - _UNSERVED,
        )
        with Session(self._database) as looking:
            found = [
                looking.exec(select(NoticeDelivery.id).where(*one).limit(1)).first() for one in (left_behind, unserved)
            ]
        if found == [None, None]:
            return
        with session_scope(self._database) as session:
            for delivery in session.exec(select(NoticeDelivery).where(*left_behind).with_for_update(skip_locked=True)):
                sender = self._senders.by_way.get(delivery.way)
                delivery.retry_at = None
                if sender is not None and sender.resends:
                    delivery.status = DeliveryStatus.WAITING
                else:
                    delivery.status = DeliveryStatus.FAILED
                    delivery.problem = "发送时平台中断，可能已送达，为免重复没有再发"
                session.add(delivery)
            for delivery in session.exec(select(NoticeDelivery).where(*unserved).with_for_update(skip_locked=True)):
                delivery.status, delivery.problem = DeliveryStatus.FAILED, _NOT_SERVED
                session.add(delivery)

    def _claim(self, ways: set[Way]) -> _Parcel | None:
        """The next message that can be sent, committed as being sent; those that cannot are marked on the way."""
        due = (
            col(NoticeDelivery.status) == DeliveryStatus.WAITING,
            col(NoticeDelivery.way).in_(ways),
            or_(col(NoticeDelivery.retry_at).is_(None), col(NoticeDelivery.retry_at) <= now()),
        )
        with Session(self._database) as looking:
            # On SQLite announcing a writer would hold up others every few seconds for nothing.
            if looking.exec(select(NoticeDelivery.id).where(*due).limit(1)).first() is None:
                return None
        # New ones before those that have failed before.
        order = (col(NoticeDelivery.attempts), col(NoticeDelivery.id))
        wanted = select(NoticeDelivery).where(*due).order_by(*order).limit(1).with_for_update(skip_locked=True)
        with session_scope(self._database) as session:
            while (delivery := session.exec(wanted).first()) is not None:
                parcel = self._parcel(session, delivery)
                if isinstance(parcel, _Parcel):
                    delivery.status, delivery.attempts = DeliveryStatus.SENDING, parcel.attempt
                    delivery.retry_at, delivery.problem = now() + _LEASE, ""
                    session.add(delivery)
                    return parcel
                delivery.status, delivery.problem = DeliveryStatus.FAILED, parcel
                session.add(delivery)
                session.flush()
        return None

    def _parcel(self, session: Session, delivery: NoticeDelivery) -> _Parcel | str:
        """What is to be handed over; a sentence where there is nothing, or nobody to hand it to."""
        account = session.get(Account, delivery.account_id)
        if account is None or account.disabled_at is not None:
            return "账号已停用"
        to = recipient(session, account, delivery.way)
        if not to:
            return "账号没有填写电子邮箱" if delivery.way is Way.MAIL else "机器人已删除"
        found = select(Notice).where(col(Notice.id).in_(delivery.notice_ids)).order_by(col(Notice.id))
        notices = session.exec(found).all()
        if not notices or delivery.id is None:
            return "通知已清理"
        return _Parcel(delivery.id, delivery.attempts + 1, delivery.way, to, self._message(delivery, list(notices)))

    def _message(self, delivery: NoticeDelivery, notices: list[Notice]) -> Message:
        """The message's text. Its identity follows from the delivery, whoever sends it and how often."""
        written = f"{delivery.id} {delivery.key} {delivery.created_at.isoformat()}"
        identity = hashlib.sha256(written.encode()).hexdigest()[:32]
        base = self._settings.public_url.rstrip("/")
        hint = () if base else ("请登录平台，在“通知”中查看。",)
        if delivery.key.startswith("digest:"):
            lines = [f"· {one.kind.label}：{one.title}" for one in notices[:_DIGEST_LINES]]
            if len(notices) > _DIGEST_LINES:
                lines.append(f"另有 {len(notices) - _DIGEST_LINES} 条，请在平台查看。")
            subject = f"每日汇总：{len(notices)} 条未读通知"
            return Message(identity, subject, (*lines, *hint), f"{base}/notices" if base else "")
        only = notices[0]
        link = f"{base}/notices/{only.id}" if base else ""
        return Message(identity, f"{only.kind.label}：{only.title}", (*only.body.splitlines(), *hint), link)

    def _failed(self, parcel: _Parcel, problem: Undelivered) -> None:
        ended = parcel.attempt > len(RETRIES) or problem.verdict in (Verdict.NEVER, Verdict.UNKNOWN)
        log.warning("通知 %s 未送达（%s，第 %s 次）：%s", parcel.delivery_id, parcel.way.label, parcel.attempt, problem)
        self._finish(parcel, DeliveryStatus.FAILED if ended else DeliveryStatus.WAITING, str(problem))

    def _finish(self, parcel: _Parcel, status: DeliveryStatus, problem: str = "") -> None:
        """Write down what became of it, unless it took so long that another courier has taken it over."""
        with session_scope(self._database) as session:
            delivery = session.get(NoticeDelivery, parcel.delivery_id, with_for_update=True)
            if delivery is None or delivery.status is not DeliveryStatus.SENDING or delivery.attempts != parcel.attempt:
                return
            moment = now()
            delivery.status, delivery.problem = status, problem
            delivery.sent_at = moment if status is DeliveryStatus.SENT else None
            waits = status is DeliveryStatus.WAITING
            delivery.retry_at = moment + RETRIES[parcel.attempt - 1] if waits else None
            session.add(delivery)


def trial_message(title: str, account_id: int) -> Message:
    """What the button “发送测试” sends: recognisable, and about nothing."""
    identity = hashlib.sha256(f"test {account_id} {now().isoformat()}".encode()).hexdigest()[:32]
    return Message(identity, "测试通知", (f"这是{title}发出的测试通知。收到即表示设置正确，无需回复。",))
