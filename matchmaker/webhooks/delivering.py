"""The courier of webhooks: addresses what happened to those who may know of it, and sends what is due.

The same rules as for notices (`courier.py`): claimed in a transaction, handed over outside, marked in another. What may
have arrived is sent again with the same identity: programs, unlike people in a group, know a repetition by it.
"""

import json
import logging
import threading
from dataclasses import dataclass
from datetime import UTC, timedelta

from sqlalchemy import Engine
from sqlmodel import Session, col, or_, select

from matchmaker.accounts import actor_of
from matchmaker.brokerage import of_interest
from matchmaker.database import session_scope
from matchmaker.models.account import Account
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import DeliveryStatus
from matchmaker.models.webhook import Webhook, WebhookDelivery, WebhookEvent
from matchmaker.rights import Actor
from matchmaker.sending.base import RETRIES, Undelivered, Verdict
from matchmaker.sending.webhooks import SignedMessage, networks_of, post
from matchmaker.settings import Settings
from matchmaker.visibility import is_in_lists_of, is_own
from matchmaker.webhooks.registering import pause

log = logging.getLogger(__name__)

# Longer than a hand-over takes; after it whoever claimed a message is taken for dead.
_LEASE = timedelta(minutes=5)
# Happenings addressed in one transaction.
_CHUNK = 200
# Messages given up in a row, each after two days of attempts, before an address is left alone.
_MOST_FAILURES = 3


@dataclass(frozen=True)
class _Parcel:
    delivery_id: int
    webhook_id: int
    attempt: int
    url: str
    message: SignedMessage


class WebhookCourier:
    """Delivers what is due. Raises ValueError for settings that cannot be used."""

    def __init__(self, database: Engine, settings: Settings) -> None:
        self._database = database
        self._networks = networks_of(settings.webhook_networks)

    def deliver(self, stopping: threading.Event | None = None) -> int:
        """Everything that is due; returns how many messages were taken. An address that fails is left alone this round."""
        while self._address_some():
            pass
        failing: set[int] = set()
        sent = 0
        while not (stopping and stopping.is_set()) and (parcel := self._claim(failing)) is not None:
            try:
                post(parcel.url, parcel.message, self._networks)
            except Undelivered as problem:
                failing.add(parcel.webhook_id)
                self._failed(parcel, problem)
            else:
                self._finish(parcel, DeliveryStatus.SENT)
                sent += 1
        return sent

    def _address_some(self) -> bool:
        """Turn happenings into messages for those who may know of them; says whether there were any."""
        unaddressed = select(WebhookDelivery).where(col(WebhookDelivery.webhook_id).is_(None))
        with Session(self._database) as looking:
            # On SQLite announcing a writer would hold up others every few seconds for nothing.
            if looking.exec(unaddressed.limit(1)).first() is None:
                return False
        with session_scope(self._database) as session:
            some = unaddressed.order_by(col(WebhookDelivery.id)).limit(_CHUNK).with_for_update(skip_locked=True)
            happened = session.exec(some).all()
            actors = _listening(session)
            for one in happened:
                for webhook, actor in actors:
                    if one.event in webhook.events and _may_know(session, one, actor):
                        session.add(WebhookDelivery(webhook_id=webhook.id, event=one.event, data=one.data))
                session.delete(one)
            return bool(happened)

    def _claim(self, failing: set[int]) -> _Parcel | None:
        """The next message that is due, committed as being sent; what a dead courier left is due again."""
        due = (
            col(WebhookDelivery.webhook_id).is_not(None),
            col(WebhookDelivery.webhook_id).not_in(failing),
            or_(
                (col(WebhookDelivery.status) == DeliveryStatus.WAITING)
                & or_(col(WebhookDelivery.retry_at).is_(None), col(WebhookDelivery.retry_at) <= now()),
                (col(WebhookDelivery.status) == DeliveryStatus.SENDING) & (col(WebhookDelivery.retry_at) <= now()),
            ),
        )
        with Session(self._database) as looking:
            if looking.exec(select(WebhookDelivery.id).where(*due).limit(1)).first() is None:
                return None
        order = (col(WebhookDelivery.attempts), col(WebhookDelivery.id))
        wanted = select(WebhookDelivery).where(*due).order_by(*order).limit(1).with_for_update(skip_locked=True)
        with session_scope(self._database) as session:
            while (delivery := session.exec(wanted).first()) is not None:
                webhook = session.get_one(Webhook, delivery.webhook_id)
                account = session.get_one(Account, webhook.account_id)
                is_test = delivery.event is WebhookEvent.TEST
                if account.disabled_at is None and (webhook.paused_at is None or is_test):
                    delivery.status, delivery.attempts = DeliveryStatus.SENDING, delivery.attempts + 1
                    delivery.retry_at, delivery.problem = now() + _LEASE, ""
                    session.add(delivery)
                    return _parcel(delivery, webhook)
                delivery.status, delivery.problem = DeliveryStatus.FAILED, "推送地址或账号已停用"
                session.add(delivery)
                session.flush()
        return None

    def _failed(self, parcel: _Parcel, problem: Undelivered) -> None:
        ended = parcel.attempt > len(RETRIES) or problem.verdict is Verdict.NEVER
        log.warning("事件 %s 未送达（第 %s 次）：%s", parcel.delivery_id, parcel.attempt, problem)
        self._finish(parcel, DeliveryStatus.FAILED if ended else DeliveryStatus.WAITING, str(problem))

    def _finish(self, parcel: _Parcel, status: DeliveryStatus, problem: str = "") -> None:
        """Write down what became of it, unless another courier has taken it over or its webhook is gone."""
        with session_scope(self._database) as session:
            delivery = session.get(WebhookDelivery, parcel.delivery_id, with_for_update=True)
            if delivery is None or delivery.status is not DeliveryStatus.SENDING or delivery.attempts != parcel.attempt:
                return
            moment = now()
            delivery.status, delivery.problem = status, problem
            delivery.sent_at = moment if status is DeliveryStatus.SENT else None
            waits = status is DeliveryStatus.WAITING
            delivery.retry_at = moment + RETRIES[parcel.attempt - 1] if waits else None
            session.add(delivery)
            webhook = session.get_one(Webhook, parcel.webhook_id)
            if status is DeliveryStatus.SENT and webhook.failures:
                webhook.failures = 0
            elif status is DeliveryStatus.FAILED and delivery.event is not WebhookEvent.TEST:
                webhook.failures += 1
                if webhook.failures >= _MOST_FAILURES and webhook.paused_at is None:
                    pause(session, webhook)
            session.add(webhook)


def _parcel(delivery: WebhookDelivery, webhook: Webhook) -> _Parcel:
    assert delivery.id is not None and webhook.id is not None  # noqa: S101, PT018 — read from the database
    identity = f"evt_{webhook.id}_{delivery.id}"
    told = {
        "id": identity,
        "type": delivery.event.value,
        "created_at": delivery.created_at.astimezone(UTC).isoformat(),
        "data": delivery.data,
    }
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    message = SignedMessage(identity, body, webhook.secret_key)
    return _Parcel(delivery.id, webhook.id, delivery.attempts, webhook.url, message)


def _listening(session: Session) -> list[tuple[Webhook, Actor]]:
    """Webhooks that are told things, each with whom its account is now."""
    found = (
        select(Webhook, Account)
        .join(Account, col(Account.id) == col(Webhook.account_id))
        .where(col(Webhook.paused_at).is_(None), col(Account.disabled_at).is_(None))
    )
    return [(webhook, actor_of(session, account)) for webhook, account in session.exec(found)]


def _may_know(session: Session, happened: WebhookDelivery, actor: Actor) -> bool:
    """Is this account concerned, as far as it may read what it is about?"""
    data = happened.data
    match_id, need_id, achievement_id = (data.get(name) for name in ("match_id", "need_id", "achievement_id"))
    if happened.event in (WebhookEvent.NEED_CHANGED, WebhookEvent.ACHIEVEMENT_CHANGED):
        is_need = happened.event is WebhookEvent.NEED_CHANGED
        record = session.get(TechnologyNeed, need_id) if is_need else session.get(Achievement, achievement_id)
        return record is not None and (is_own(record, actor) or actor.oversees(record.region_code))
    need, achievement = session.get(TechnologyNeed, need_id), session.get(Achievement, achievement_id)
    if need is None or achievement is None:
        return False
    if happened.event is WebhookEvent.MATCH_RECOMMENDED:
        match = session.get(Match, match_id)
        if match is None or match.is_carried:
            # A broker's filing is her secret until she introduces the sides.
            return False
        sides = (need, achievement), (achievement, need)
        return any(is_own(own, actor) and is_in_lists_of(other, actor) for own, other in sides)
    hers = select(Match.id).where(col(Match.id) == match_id, of_interest(actor))
    return session.exec(hers).first() is not None
