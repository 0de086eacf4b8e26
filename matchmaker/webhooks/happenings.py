"""What programs are told of: noted by the flush that does it, so that no verb can forget it."""

from typing import Any

from sqlalchemy import Connection, event, insert, inspect, select
from sqlalchemy.orm import Session as AnySession
from sqlmodel import col

from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import DeliveryStatus
from matchmaker.models.webhook import Webhook, WebhookDelivery, WebhookEvent

Data = dict[str, int | str | None]


@event.listens_for(AnySession, "after_flush")
def _note_changes(session: AnySession, _context: object) -> None:
    found: list[tuple[WebhookEvent, Data]] = []
    for record in session.dirty:
        if isinstance(record, Match):
            attributes = inspect(record).attrs
            if attributes.status.history.has_changes() or attributes.broker_account_id.history.has_changes():
                found.append((WebhookEvent.MATCH_CHANGED, match_data(record, _former_status(record))))
        elif isinstance(record, TechnologyNeed | Achievement) and inspect(record).attrs.status.history.has_changes():
            found.append(_record_changed(record, _former_status(record)))
    for record in session.new:
        if isinstance(record, Match):
            kind = WebhookEvent.MATCH_CHANGED if record.is_carried else WebhookEvent.MATCH_RECOMMENDED
            found.append((kind, match_data(record, None)))
        elif isinstance(record, TechnologyNeed | Achievement):
            found.append(_record_changed(record, None))
    if found:
        note(session.connection(), found)


def recommended(connection: Connection, matches: list[Data]) -> None:
    """Note new recommendations that were written without a session's flush."""
    note(connection, [(WebhookEvent.MATCH_RECOMMENDED, data) for data in matches])


def note(connection: Connection, happened: list[tuple[WebhookEvent, Data]]) -> None:
    """Queue what happened, in the caller's transaction; nothing where nobody wants to be told of anything."""
    if connection.execute(select(col(Webhook.id)).where(col(Webhook.paused_at).is_(None)).limit(1)).first() is None:
        return
    # All values are stated: an insert without the ORM knows no defaults.
    rows = [
        {
            "webhook_id": None,
            "event": kind,
            "data": data,
            "status": DeliveryStatus.WAITING,
            "attempts": 0,
            "problem": "",
            "created_at": now(),
        }
        for kind, data in happened
    ]
    connection.execute(insert(WebhookDelivery), rows)


def match_data(match: Match, before: str | None) -> Data:
    """What is told of a match: numbers and codes."""
    return {
        "match_id": match.id,
        "need_id": match.need_id,
        "achievement_id": match.achievement_id,
        "band": str(match.band),
        "status": str(match.status),
        "previous_status": before,
        "version": match.version,
    }


def _record_changed(record: TechnologyNeed | Achievement, before: str | None) -> tuple[WebhookEvent, Data]:
    is_need = isinstance(record, TechnologyNeed)
    kind = WebhookEvent.NEED_CHANGED if is_need else WebhookEvent.ACHIEVEMENT_CHANGED
    return kind, {
        "need_id" if is_need else "achievement_id": record.id,
        "status": str(record.status),
        "previous_status": before,
        "version": record.version,
    }


def _former_status(record: Any) -> str | None:
    former = inspect(record).attrs.status.history.deleted
    return str(former[0] if former else record.status)
