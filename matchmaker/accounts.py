"""Accounts: making them, knowing a password, sessions of browsers, keys of programs, and who an account acts for."""

import hashlib
import secrets
from datetime import datetime, timedelta

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from matchmaker.errors import RecordAlreadyExists
from matchmaker.models.account import Account, ApiKey, LoginSession, Role, Scope
from matchmaker.models.base import now
from matchmaker.models.broker import Broker, BrokerageMembership
from matchmaker.rights import Actor
from matchmaker.visibility import today

# argon2id with the library's parameters (those of RFC 9106 for little memory).
PASSWORDS = PasswordHash((Argon2Hasher(),))
FIRST_ADMINISTRATOR = "admin"
# A working day; a browser that is used goes on, one that is left alone is logged out after the second.
SESSION_LENGTH = timedelta(hours=12)
SESSION_IDLE = timedelta(hours=2)


def create_account(session: Session, account: Account, *, password: str = "") -> Account:
    """Store a new account with the hash of its password. Raises RecordAlreadyExists (login name taken)."""
    if password:
        account.password_hash = PASSWORDS.hash(password)
    try:
        with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        raise RecordAlreadyExists(f"登录名“{account.login_name}”已被使用", "请换一个登录名") from error
    return account


def create_first_administrator(session: Session) -> tuple[str, str] | None:
    """Login name and one-time password of the first administrator, to be shown once; None where there is one already."""
    known = session.exec(select(Account.id).where(col(Account.role) == Role.ADMINISTRATOR).limit(1)).first()
    if known is not None:
        return None
    password = one_time_password()
    account = Account(
        login_name=FIRST_ADMINISTRATOR, name="系统管理员", role=Role.ADMINISTRATOR, must_change_password=True
    )
    try:
        create_account(session, account, password=password)
    except RecordAlreadyExists:
        # Two services were started at once, and the other one shows its password.
        return None
    return account.login_name, password


def one_time_password() -> str:
    """A random password of 80 bits without letters that look alike."""
    return "-".join("".join(secrets.choice("abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4)) for _ in range(4))


def digest(secret: str) -> str:
    """What is stored of a random secret. A plain hash is enough: 256 random bits cannot be guessed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def start_session(session: Session, account: Account, *, address: str = "", user_agent: str = "") -> str:
    """The value of the cookie of a new session; only its hash is stored."""
    assert account.id is not None  # noqa: S101 — stored by the caller
    secret = secrets.token_urlsafe(32)
    started = LoginSession(
        token_hash=digest(secret),
        account_id=account.id,
        expires_at=now() + SESSION_LENGTH,
        address=address[:60],
        user_agent=user_agent[:200],
    )
    session.add(started)
    account.last_login_at = now()
    return secret


def create_key(
    session: Session, account: Account, name: str, scopes: list[Scope], *, expires_at: datetime | None = None
) -> str:
    """A new API key of the account, to be shown once."""
    assert account.id is not None  # noqa: S101 — stored by the caller
    secret = f"mk_{secrets.token_urlsafe(32)}"
    session.add(
        ApiKey(account_id=account.id, name=name, secret_hash=digest(secret), scopes=scopes, expires_at=expires_at)
    )
    return secret


def actor_of_session(session: Session, secret: str) -> Actor | None:
    """Who the cookie belongs to; None for one that is unknown, expired, revoked, idle too long, or disabled."""
    found = session.exec(select(LoginSession).where(col(LoginSession.token_hash) == digest(secret))).first()
    moment = now()
    if found is None or found.revoked_at is not None or found.expires_at <= moment:
        return None
    if found.last_seen_at + SESSION_IDLE <= moment:
        return None
    account = session.get(Account, found.account_id)
    if account is None or account.disabled_at is not None:
        return None
    return actor_of(session, account, session_id=found.id)


def actor_of_key(session: Session, secret: str) -> Actor | None:
    """Whose key it is, limited to the key's scopes; None for one that is unknown, expired, revoked, or disabled."""
    found = session.exec(select(ApiKey).where(col(ApiKey.secret_hash) == digest(secret))).first()
    if found is None or found.revoked_at is not None or (found.expires_at is not None and found.expires_at <= now()):
        return None
    account = session.get(Account, found.account_id)
    if account is None or account.disabled_at is not None:
        return None
    return actor_of(session, account, scopes=frozenset({*found.scopes, Scope.READ}))


def actor_of(
    session: Session, account: Account, *, session_id: int | None = None, scopes: frozenset[Scope] | None = None
) -> Actor:
    """The account as somebody who acts."""
    return Actor(
        account_id=account.id,
        name=account.name,
        role=account.role,
        enterprise_id=account.enterprise_id,
        institution_id=account.institution_id,
        brokerage_id=account.brokerage_id,
        broker_id=account.broker_id,
        region_code=account.region_code,
        is_certified=_is_certified(session, account),
        must_change_password=account.must_change_password,
        session_id=session_id,
        scopes=scopes,
    )


def _is_certified(session: Session, account: Account) -> bool:
    """A certificate that is still valid, and a brokerage in whose name the broker practises."""
    if account.role is not Role.BROKER or account.broker_id is None:
        return False
    broker = session.get(Broker, account.broker_id)
    if broker is None or not broker.certificate_number:
        return False
    if broker.certificate_valid_until is not None and broker.certificate_valid_until < today():
        return False
    active = select(BrokerageMembership.id).where(
        col(BrokerageMembership.broker_id) == broker.id, col(BrokerageMembership.left_on).is_(None)
    )
    return session.exec(active).first() is not None
