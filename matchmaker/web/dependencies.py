"""What a route may ask for: who is asking, session, indexes, settings."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Annotated

from fastapi import BackgroundTasks, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from matchmaker.accounts.sessions import note_use, recognise_key, recognise_session
from matchmaker.database import session_scope
from matchmaker.errors import NotAllowed, NotLoggedIn, SearchNotAvailable
from matchmaker.indexes import Indexes
from matchmaker.models.account import ApiKey, LoginSession
from matchmaker.records import ACTOR
from matchmaker.rights import ANYONE, Actor, Right
from matchmaker.settings import Settings
from matchmaker.web.guard import check_ready, count_request
from matchmaker.web.visitor import session_cookie

log = logging.getLogger("matchmaker.web")


def database_in_use(request: Request) -> Engine:
    database: Engine = request.app.state.database
    return database


DatabaseDep = Annotated[Engine, Depends(database_in_use)]


bearer = HTTPBearer(
    auto_error=False,
    scheme_name="api_key",
    description="账号页面生成的接口密钥：`Authorization: Bearer <密钥>`",
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def acting(request: Request, database: DatabaseDep, credentials: Credentials, afterwards: BackgroundTasks) -> Actor:
    """Who asks: by API key, else by the session's cookie, else the public.

    Reads in a session of its own, so that no transaction of this check stays open while an import writes. That the key or
    session was used is noted after the answer: nobody waits for a writer only because she is logged in.
    Raises NotLoggedIn for a key that is not (or no longer) valid: a program must not go on as the public. Raises
    TooManyRequests, and AccountNotReady for somebody who must first change her password or set up a second factor.
    """
    found = None
    with Session(database) as session:
        if credentials is not None:
            found = recognise_key(session, credentials.credentials)
        elif cookie := request.cookies.get(session_cookie(request)):
            found = recognise_session(session, cookie)
    address = request.client.host if request.client else ""
    actor = replace(found.actor if found else ANYONE, address=address, request_id=str(request.state.request_id))
    request.state.actor = actor
    count_request(request, actor)
    if found is not None:
        if found.is_to_be_noted:
            afterwards.add_task(_note_use, database, found.used)
        check_ready(request, found)
    elif credentials is not None:
        raise NotLoggedIn("接口密钥无效或已停用", "请在“账号 → 接口密钥”中重新生成")
    return actor


def _note_use(database: Engine, used: LoginSession | ApiKey) -> None:
    try:
        with session_scope(database) as session:
            note_use(session, used)
    except DatabaseError as error:
        # The answer has been given; the next request tries again.
        log.warning("the use of a session or key was not noted: %s", type(error).__name__)


ActorDep = Annotated[Actor, Depends(acting)]


def reading_session(database: DatabaseDep, actor: ActorDep) -> Iterator[Session]:
    """A session that only reads, for a POST that takes records away: no writer waits while the file is made."""
    with Session(database, expire_on_commit=False) as session:
        session.info[ACTOR] = actor
        yield session


ReadingDep = Annotated[Session, Depends(reading_session, scope="function")]


def session_of_request(request: Request, database: DatabaseDep, actor: ActorDep) -> Iterator[Session]:
    """One request, one transaction: committed after the route and before the answer, rolled back if it raises.

    A request that by its method only reads never waits for a writer. The audit trail learns from the session who acts.
    """
    if request.method in ("GET", "HEAD"):
        yield from reading_session(database, actor)
    else:
        with session_scope(database) as session:
            session.info[ACTOR] = actor
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


def indexes_when_asked(request: Request) -> Callable[[], Indexes]:
    """The same for routes that search only sometimes: raises SearchNotAvailable when it is called."""
    return lambda: open_indexes_of_app(request)


IndexesWhenAskedDep = Annotated[Callable[[], Indexes], Depends(indexes_when_asked)]


def known(request: Request, actor: ActorDep) -> Actor:
    """Whoever is logged in. Raises NotLoggedIn; NotAllowed for a program that sends the form of a page.

    What needs no right (one's own profile, second factor, sessions) has no scope that a key could lack.
    """
    if not actor.is_known:
        raise NotLoggedIn("请先登录", "登录后再进行此操作；程序请在请求头加上 Authorization: Bearer <接口密钥>")
    is_form = request.method not in ("GET", "HEAD") and not request.url.path.startswith("/api/")
    if is_form and actor.scopes is not None:
        raise NotAllowed("接口密钥不能用来提交网页上的表单", "程序请使用 /api/v1 下的接口；本人请登录后办理")
    return actor


# The person who is logged in, whatever her role.
KnownActor = Annotated[Actor, Depends(known)]


class Requires:
    """Dependency: the person who acts, if she has one of the rights. Raises NotLoggedIn, NotAllowed."""

    def __init__(self, *rights: Right) -> None:
        self.rights = rights

    def __call__(self, actor: KnownActor) -> Actor:
        if not any(actor.may(right) for right in self.rights):
            wanted = "、".join(right.label for right in self.rights)
            raise NotAllowed(f"您没有“{wanted}”的权限", "如确需办理，请联系本单位管理员或市科技局")
        return actor
