"""The audit trail: events about records, who caused them and why."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlmodel import Session, SQLModel

from matchmaker.models.audit import AuditAction, AuditEvent, FieldChange
from matchmaker.records import ACTOR
from matchmaker.rights import PLATFORM, Actor

# Under this name a session keeps the reason for what is done inside `reason_for`.
_REASON = "audit_reason"


def record_event(
    session: Session,
    action: AuditAction,
    *,
    record: SQLModel | None = None,
    changes: Sequence[FieldChange] = (),
    reason: str = "",
) -> None:
    """Add an event to the transaction: by the session's actor, about the record if there is one."""
    actor: Actor = session.info.get(ACTOR, PLATFORM)
    session.add(
        AuditEvent(
            action=action,
            account_id=actor.account_id,
            actor_name=actor.name,
            table_name=str(record.__tablename__) if record is not None else "",
            record_id=getattr(record, "id", None),
            record_version=getattr(record, "version", None),
            changes=list(changes),
            reason=reason or session.info.get(_REASON, ""),
            address=actor.address,
            request_id=actor.request_id,
        )
    )


@contextmanager
def reason_for(session: Session, reason: str) -> Iterator[None]:
    """Changes that are made inside the block carry this reason."""
    session.info[_REASON] = reason
    try:
        yield
        session.flush()
    finally:
        session.info.pop(_REASON, None)
