"""Who may write before accounts exist: one administrator's token."""

import hashlib
import hmac
import secrets

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from matchmaker.models.access import AccessToken

ADMINISTRATOR = "administrator"


def create_administrator_token(session: Session) -> str | None:
    """A new random secret of 256 bits, to be shown once; None if there is one already. Only its SHA-256 is stored."""
    if _administrator_token(session) is not None:
        return None
    secret = secrets.token_urlsafe(32)
    try:
        with session.begin_nested():
            session.add(AccessToken(name=ADMINISTRATOR, secret_hash=_digest(secret)))
    except IntegrityError:
        # Two services were started at once, and the other one shows its token.
        return None
    return secret


def is_administrator(session: Session, secret: str) -> bool:
    """Is this the administrator's secret? Compared in constant time."""
    token = _administrator_token(session)
    return token is not None and hmac.compare_digest(token.secret_hash, _digest(secret))


def _administrator_token(session: Session) -> AccessToken | None:
    return session.exec(select(AccessToken).where(col(AccessToken.name) == ADMINISTRATOR)).first()


def _digest(secret: str) -> str:
    # A plain hash is enough: the secret is 256 random bits, not a password that could be guessed.
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
