"""Idempotency keys: a request that creates something, sent again under the same key, creates nothing more.

The key goes into the transaction of what is created: both are there, or neither. What is kept of an answer is which
record it was about, never its text: sent again, it is read again, by the rules of who may read it then.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Engine, delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from matchmaker.database import session_scope
from matchmaker.errors import KeyInUse, KeyReused
from matchmaker.models.base import now
from matchmaker.models.reporting import IdempotencyKey

# What has begun and not ended by then was broken off, with the process most likely: an import of a large file takes a
# few minutes.
_UNDER_WAY = timedelta(minutes=30)
_BEGUN = 0
# A program that has no answer after a week does not send the same request any more: it asks what is there.
KEPT = timedelta(days=7)


@dataclass(frozen=True)
class Asked:
    """One request under a key: whose it is and what it says."""

    account_id: int
    key: str
    # Method and address, and the content in one fixed form.
    address: str
    content: bytes

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.address.encode() + b"\n" + self.content).hexdigest()


def claim(session: Session, asked: Asked) -> IdempotencyKey:
    """The row of this key: answered before (`status` is set), or new and the caller's to `settle` in this transaction.

    Of two requests in the same moment the second waits for the first to end. Raises KeyReused where the key stands for
    another request.
    """
    row = _known(session, asked)
    if row is None:
        row = IdempotencyKey(account_id=asked.account_id, key=asked.key, request_sha256=asked.digest, status=0, body="")
        try:
            with session.begin_nested():
                session.add(row)
            return row
        except IntegrityError:
            # PostgreSQL waited at the index until the other request was done; SQLite lets one writer in at a time.
            row = _known(session, asked)
            if row is None:
                raise
    if row.request_sha256 != asked.digest:
        raise KeyReused(
            "这个 Idempotency-Key 已用于另一个内容不同的请求", "新的请求请换一个新的键；重发请原样发送原来的内容"
        )
    if row.status == _BEGUN:
        if row.created_at > now() - _UNDER_WAY:
            raise KeyInUse("同样的请求正在办理", "请稍后原样重发，届时得到它的结果")
        row.created_at = now()
    return row


def once_apart(database: Engine, asked: Asked, make: Callable[[], str]) -> tuple[str, bool]:
    """For what takes transactions of its own: what `make` returns, and whether an earlier request has made it.

    The key is there from the beginning; it is taken back when `make` raises. Raises as `claim`.
    """
    with session_scope(database) as session:
        row = claim(session, asked)
        if row.status != _BEGUN:
            return row.body, True
        session.add(row)
    try:
        body = make()
    except BaseException:
        with session_scope(database) as session:
            session.delete(session.get_one(IdempotencyKey, row.id))
        raise
    with session_scope(database) as session:
        settle(session, session.get_one(IdempotencyKey, row.id), status=201, location="", body=body)
    return body, False


def settle(session: Session, row: IdempotencyKey, *, status: int, location: str, body: str) -> None:
    """Keep what the request was answered with, to be found under its key from the commit on."""
    row.status, row.location, row.body = status, location, body
    session.add(row)


def forget_old_keys(session: Session) -> None:
    """Remove the keys nobody sends any more; a duty."""
    session.exec(delete(IdempotencyKey).where(col(IdempotencyKey.created_at) < now() - KEPT))


def _known(session: Session, asked: Asked) -> IdempotencyKey | None:
    wanted = select(IdempotencyKey).where(
        col(IdempotencyKey.account_id) == asked.account_id, col(IdempotencyKey.key) == asked.key
    )
    return session.exec(wanted).first()
