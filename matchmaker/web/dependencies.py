"""What a route may ask for: session, indexes, settings, and who is asking."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.accounts import is_administrator
from matchmaker.database import session_scope
from matchmaker.errors import SearchNotAvailable, TokenMissing
from matchmaker.indexes import Indexes
from matchmaker.settings import Settings


def database_in_use(request: Request) -> Engine:
    database: Engine = request.app.state.database
    return database


DatabaseDep = Annotated[Engine, Depends(database_in_use)]


def session_of_request(request: Request, database: DatabaseDep) -> Iterator[Session]:
    """One request, one transaction: committed after the route and before the answer, rolled back if it raises.

    A request that by its method only reads never waits for a writer.
    """
    if request.method in ("GET", "HEAD"):
        with Session(database, expire_on_commit=False) as session:
            yield session
    else:
        with session_scope(database) as session:
            yield session


# With FastAPI's default scope the commit would run after the client has its 200.
SessionDep = Annotated[Session, Depends(session_of_request, scope="function")]


def settings_in_force(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(settings_in_force)]


def open_indexes_of_app(request: Request) -> Indexes:
    """The search indexes. Raises SearchNotAvailable, with the repair, when they could not be opened at start."""
    indexes: Indexes | None = request.app.state.indexes
    if indexes is None:
        raise SearchNotAvailable("检索索引未能打开", request.app.state.search_problem)
    return indexes


IndexesDep = Annotated[Indexes, Depends(open_indexes_of_app)]

bearer = HTTPBearer(
    auto_error=False,
    scheme_name="管理员令牌",
    description="首次启动时显示一次的管理员令牌：`Authorization: Bearer <令牌>`",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def asked_by_administrator(database: DatabaseDep, credentials: Credentials) -> bool:
    """Does the request carry the administrator's token? Reads in a session of its own, so that no transaction of
    the token check stays open while an import writes.
    """
    if credentials is None:
        return False
    with Session(database) as session:
        return is_administrator(session, credentials.credentials)


IsAdministrator = Annotated[bool, Depends(asked_by_administrator)]


def require_administrator(is_administrator: IsAdministrator) -> None:
    """Raise TokenMissing unless the administrator asks."""
    if not is_administrator:
        raise TokenMissing("此操作需要管理员令牌", "请在请求头加上 Authorization: Bearer <首次启动时显示的令牌>")


# Listed in a route's `dependencies`: the route itself has no use for the value.
Administrator = Depends(require_administrator)
