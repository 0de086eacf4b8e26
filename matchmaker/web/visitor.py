"""The cookie of a login, and who sent it when no route has asked."""

from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from matchmaker.accounts.sessions import actor_of_session
from matchmaker.rights import ANYONE, Actor

# With the prefix a browser takes the cookie from this host over TLS only; plain HTTP does not allow it.
SECURE_COOKIE, PLAIN_COOKIE = "__Host-session", "session"


def session_cookie(request: Request) -> str:
    """Name of the cookie of a login on this connection."""
    return SECURE_COOKIE if request.url.scheme == "https" else PLAIN_COOKIE


def visitor(request: Request) -> Actor:
    """Whose menu a page shows that no route made, as that of an unknown address; the public's when nobody can say."""
    cookie = request.cookies.get(session_cookie(request))
    if not cookie:
        return ANYONE
    try:
        with Session(request.app.state.database) as session:
            return actor_of_session(session, cookie) or ANYONE
    except SQLAlchemyError:
        return ANYONE
