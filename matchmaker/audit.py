"""The audit trail: who did what to which record, when and why, sealed into a chain of hashes.

Every flush of a session leaves an event for each audited record it adds, changes or removes, in the same
transaction. Reading of confidential text, exports and logins are recorded by whoever lets them happen
(`record_event`). `seal` links the events into the chain shortly after; `examine_chain` says whether it still holds.
"""

import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import BaseModel
from sqlalchemy import Connection, Engine, Table, event, exists, insert, inspect, text
from sqlalchemy.orm import Session as AnySession
from sqlmodel import Session, SQLModel, col, func, select

from matchmaker.database import session_scope
from matchmaker.models.account import Account, ApiKey, Invitation
from matchmaker.models.achievement import Achievement
from matchmaker.models.audit import AuditAction, AuditEvent, AuditSeal, FieldChange
from matchmaker.models.base import now
from matchmaker.models.broker import Broker, Brokerage, BrokerageMembership
from matchmaker.models.contract import ContractAmendment, ContractReceipt, TechnologyContract
from matchmaker.models.labels import Labelled
from matchmaker.models.match import FollowUp, Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import NoticeRobot
from matchmaker.models.party import Enterprise, Institution
from matchmaker.models.posting import Campaign, Revision
from matchmaker.models.reporting import RegistryList, TurnoverSnapshot
from matchmaker.models.target import AchievementRegistration, Signing, Target
from matchmaker.models.webhook import Webhook
from matchmaker.plain_rows import line_of, plain_table
from matchmaker.records import ACTOR
from matchmaker.rights import PLATFORM, Actor

AUDITED: tuple[type[SQLModel], ...] = (
    TechnologyNeed,
    Achievement,
    Enterprise,
    Institution,
    Broker,
    Brokerage,
    BrokerageMembership,
    Match,
    FollowUp,
    Campaign,
    Revision,
    Account,
    ApiKey,
    Invitation,
    NoticeRobot,
    Webhook,
    TechnologyContract,
    ContractAmendment,
    ContractReceipt,
    Target,
    AchievementRegistration,
    Signing,
    TurnoverSnapshot,
    RegistryList,
)
# Of these only that they changed is recorded: the trail is read by more people than contacts and secrets are.
PRIVATE = frozenset(
    {
        "contact_name",
        "contact_phone",
        "contact_email",
        "address",
        "team",
        "email",
        "password_hash",
        "oidc_subject",
        "totp_secret",
        "token_hash",
        "secret_hash",
        "secret_key",
        "seller_details",
        "buyer_details",
        # Why officials overruled a warning that is theirs alone; the parties read the history of their contract.
        "overrides",
        # A proposed change holds whatever is to be changed, contacts among it.
        "values",
    }
)
# Bookkeeping that says nothing about what somebody did, and the matcher's text, which quotes whatever was public then.
_UNTOLD = frozenset(
    {
        "version",
        "updated_at",
        "failed_logins",
        "last_login_at",
        "last_used_at",
        "failures",
        "totp_last_step",
        "locked_until",
        "explanation",
    }
)
# Figures rest on these: every event says what the record held afterwards, so that a change behind the trail shows.
LEDGER: tuple[type[SQLModel], ...] = (
    TechnologyContract,
    ContractAmendment,
    ContractReceipt,
    Target,
    TurnoverSnapshot,
)
# Longer values are cut: the trail says what changed, it is no second copy of every text.
_LONGEST_VALUE = 2000
# Under this name a session keeps the reason for what is done inside `reason_for`.
_REASON = "audit_reason"

# No transaction stays open for a day: what is older and not sealed was put in by another way than this one.
_SEALED_WITHIN = timedelta(days=1)
_SEALING_LOCK = 0x73656C
_FIRST = "0" * 64


def record_event(
    session: Session,
    action: AuditAction,
    *,
    record: SQLModel | None = None,
    changes: Sequence[FieldChange] = (),
    reason: str = "",
) -> None:
    """Add an event to the transaction: by the session's actor, about the record if there is one."""
    row = _row(session, action, record, changes)
    session.add(AuditEvent(**{**row, "reason": reason or row["reason"]}))


def record_apart(
    database: Engine, actor: Actor, action: AuditAction, record: SQLModel | None = None, *, reason: str = ""
) -> None:
    """The same in a transaction of its own, for requests that otherwise only read."""
    with session_scope(database) as session:
        session.info[ACTOR] = actor
        record_event(session, action, record=record, reason=reason)


@contextmanager
def reason_for(session: Session, reason: str) -> Iterator[None]:
    """Changes that are made inside the block carry this reason."""
    session.info[_REASON] = reason[:500]
    try:
        yield
        session.flush()
    finally:
        session.info.pop(_REASON, None)


@event.listens_for(AnySession, "after_flush")
def _record_changes(session: AnySession, _context: object) -> None:
    """What the flush wrote, while the session still knows what was there before."""
    rows = [_row(session, AuditAction.ADDED, one, ()) for one in session.new if _is_audited(one)]
    for one in session.dirty:
        if _is_audited(one) and (changes := _changes(one)):
            rows.append(_row(session, AuditAction.CHANGED, one, changes))
    _note_contents(session.connection(), rows)
    rows += [_row(session, AuditAction.REMOVED, one, ()) for one in session.deleted if _is_audited(one)]
    if rows:
        session.connection().execute(insert(AuditEvent), rows)


def record_removed(session: Session, table: type[SQLModel], ids: Sequence[int]) -> None:
    """Events of records that are removed by one statement, not one by one."""
    rows = [{**_row(session, AuditAction.REMOVED, None, ()), **_named(table, number)} for number in ids]
    if rows and issubclass(table, AUDITED):
        session.connection().execute(insert(AuditEvent), rows)


def content_hashes(connection: Connection, table: type[SQLModel], ids: Collection[int] | None = None) -> dict[int, str]:
    """Id → digest of what each of these records (or all) of a ledger table holds: contacts, bookkeeping and links that
    end with what they name are left out. The same on SQLite and PostgreSQL.
    """
    whole: Table = table.__table__  # type: ignore[attr-defined]
    plain = plain_table(whole)
    left_out = PRIVATE | _UNTOLD | {key.parent.name for key in whole.foreign_keys if key.ondelete == "SET NULL"}
    wanted = select(*(one for one in plain.c if one.name not in left_out))
    if ids is not None:
        wanted = wanted.where(plain.c.id.in_(list(ids)))
    rows = connection.execute(wanted, execution_options={"yield_per": 500}).mappings()
    return {row["id"]: hashlib.sha256(line_of(dict(row)).encode("utf-8", "surrogatepass")).hexdigest() for row in rows}


def _note_contents(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Say in each event of a ledger table what its record holds now."""
    for table in LEDGER:
        told = [row for row in rows if row["table_name"] == table.__tablename__]
        if told:
            hashes = content_hashes(connection, table, {row["record_id"] for row in told})
            for row in told:
                row["content_hash"] = hashes[row["record_id"]]


def _named(table: type[SQLModel], number: int) -> dict[str, Any]:
    return {"table_name": str(table.__tablename__), "record_id": number}


def _is_audited(record: object) -> bool:
    if not isinstance(record, AUDITED):
        return False
    # What nobody has taken up is the matcher's, and computed anew at every look.
    return not isinstance(record, Match) or record.is_carried


def _row(
    session: AnySession, action: AuditAction, record: SQLModel | None, changes: Sequence[FieldChange]
) -> dict[str, Any]:
    actor: Actor = session.info.get(ACTOR, PLATFORM)
    return {
        "at": now(),
        "action": action,
        "account_id": actor.account_id,
        "actor_name": actor.name[:80],
        "table_name": str(record.__tablename__) if record is not None else "",
        "record_id": getattr(record, "id", None),
        "record_version": getattr(record, "version", None),
        "changes": list(changes),
        "content_hash": None,
        "reason": session.info.get(_REASON, ""),
        "address": actor.address[:60],
        "request_id": actor.request_id,
    }


def _changes(record: SQLModel) -> list[FieldChange]:
    found = []
    for attribute in inspect(record).attrs:
        history = attribute.history
        if attribute.key in _UNTOLD or not history.has_changes():
            continue
        before, after = (_told(part[0]) if part else "" for part in (history.deleted, history.added))
        if before == after:
            continue
        if attribute.key in PRIVATE:
            found.append(FieldChange(field=attribute.key, is_private=True))
        else:
            found.append(FieldChange(field=attribute.key, before=before, after=after))
    return found


def _told(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, Labelled):
        return value.label
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list | tuple | dict | BaseModel):
        return json.dumps(value, ensure_ascii=False, default=_plain)[:_LONGEST_VALUE]
    return str(value)[:_LONGEST_VALUE]


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", exclude_defaults=True) if isinstance(value, BaseModel) else str(value)


def seal(database: Engine, key: bytes = b"", *, limit: int = 1000) -> int:
    """Link up to `limit` events that are not yet in the chain, in the order of their numbers; returns how many.

    With a key (`audit_key.py`) nobody without it can make such links. One process at a time; another one that is at it makes this one return 0.
    """
    with session_scope(database) as session:
        if database.dialect.name == "postgresql":
            taken = session.execute(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _SEALING_LOCK})
            if not taken.scalar_one():
                return 0
        last = session.exec(select(AuditSeal).order_by(col(AuditSeal.sequence).desc()).limit(1)).first()
        sequence, previous = (last.sequence, last.hash) if last else (0, _FIRST)
        waiting = session.exec(
            select(AuditEvent)
            .where(
                col(AuditEvent.at) > now() - _SEALED_WITHIN,
                ~exists().where(col(AuditSeal.event_id) == col(AuditEvent.id)),
            )
            .order_by(col(AuditEvent.id))
            .limit(limit)
        ).all()
        links = []
        for one in waiting:
            sequence += 1
            link = _hash(one, previous, key)
            links.append(
                {
                    "sequence": sequence,
                    "event_id": one.id,
                    "previous_hash": previous,
                    "hash": link,
                    "keyed": bool(key),
                }
            )
            previous = link
        if links:
            session.execute(insert(AuditSeal), [{**link, "sealed_at": now()} for link in links])
        return len(links)


@dataclass(frozen=True)
class Chain:
    """What `examine_chain` found. `head` is the last link's hash: noted elsewhere, it also proves that none is missing."""

    links: int
    head: str
    broken_at: int | None
    unsealed: int

    @property
    def holds(self) -> bool:
        return self.broken_at is None and self.unsealed == 0


def examine_chain(session: Session, key: bytes = b"", *, is_keyless: bool = False) -> Chain:
    """Compute every link anew. `broken_at` is the first link that does not fit its event or the link before, or that has
    no key behind one that has.

    `is_keyless`: the key is not at hand; links that have one are only followed. `unsealed` counts events that should long be in the chain and are not: rows put in behind its back.
    """
    sequence, previous, keyed = 0, _FIRST, False
    while True:
        links = session.exec(
            select(AuditSeal, AuditEvent)
            .join(AuditEvent, col(AuditEvent.id) == col(AuditSeal.event_id), isouter=True)
            .where(col(AuditSeal.sequence) > sequence)
            .order_by(col(AuditSeal.sequence))
            .limit(1000)
        ).all()
        for link, told in links:
            sequence += 1
            fits = told is not None and link.previous_hash == previous and link.keyed >= keyed
            if fits and told is not None and not (link.keyed and is_keyless):
                fits = hmac.compare_digest(link.hash, _hash(told, previous, key if link.keyed else b""))
            keyed = link.keyed
            if link.sequence != sequence or not fits:
                return Chain(sequence - 1, previous, broken_at=sequence, unsealed=0)
            previous = link.hash
        session.expunge_all()
        if not links:
            break
    late = select(func.count()).where(
        col(AuditEvent.at) <= now() - _SEALED_WITHIN, ~exists().where(col(AuditSeal.event_id) == col(AuditEvent.id))
    )
    return Chain(sequence, previous, broken_at=None, unsealed=session.exec(late).one())


def _hash(told: AuditEvent, previous: str, key: bytes) -> str:
    # Links that were made before events said what a record holds were made without that word.
    left_out = {"at"} if told.content_hash else {"at", "content_hash"}
    content = told.model_dump(mode="json", exclude=left_out) | {"at": told.at.isoformat()}
    line = (previous + json.dumps(content, ensure_ascii=False, sort_keys=True)).encode("utf-8", "surrogatepass")
    return hmac.new(key, line, hashlib.sha256).hexdigest() if key else hashlib.sha256(line).hexdigest()
