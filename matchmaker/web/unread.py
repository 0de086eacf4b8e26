"""How many notices wait to be read: the number beside the bell on every page."""

from fastapi import Request
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from matchmaker.notices import unread_count
from matchmaker.rights import Actor


def unread(request: Request, actor: Actor) -> int:
    """The person's unread notices; 0 when nobody is logged in, and when the database fails: errors have a header too."""
    if actor.account_id is None:
        return 0
    try:
        with Session(request.app.state.database) as session:
            return unread_count(session, actor.account_id)
    except DatabaseError:
        return 0
