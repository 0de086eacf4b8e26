"""The header `Idempotency-Key`: what a route that creates something asks for to be safe against a repeated request."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.idempotency import Asked, claim, once_apart, settle
from matchmaker.web.dependencies import KnownActor

# Said of an answer that was given before.
REPLAYED = "Idempotent-Replayed"

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=100,
        pattern="^[!-~]+$",
        description=(
            "由您生成的唯一键（如 UUID）：网络中断后原样重发，得到同一条记录（答复带 `Idempotent-Replayed: true`），"
            "不会重复新建；同一键用于不同内容为 409（`key_reused`）。保留 7 天"
        ),
    ),
]


class Numbered(Protocol):
    """A record that has a number once it is written."""

    @property
    def id(self) -> int | None: ...


R = TypeVar("R", bound=Numbered)


@dataclass(frozen=True)
class Once:
    """Creates what is asked for, once per key. Without a key every request creates."""

    account_id: int
    key: str | None
    method: str
    path: str
    response: Response

    def create(
        self,
        session: Session,
        sent: BaseModel | bytes,
        make: Callable[[], R],
        find: Callable[[int], R],
        below: str | None = None,
    ) -> R:
        """What `make` creates, or, for a request that was answered before, what `find` reads of it now.

        Sets `Location` to the record's address `below` the request's or the given one. Raises KeyReused and what the two
        raise.
        """
        if self.key is None:
            return self._located(session, make(), below)
        row = claim(session, self._asked(sent))
        if row.status:
            self.response.headers[REPLAYED] = "true"
            self.response.headers["Location"] = row.location
            return find(int(row.body))
        made = self._located(session, make(), below)
        settle(session, row, status=201, location=self.response.headers["Location"], body=str(made.id))
        return made

    def create_apart(self, database: Engine, sent: BaseModel | bytes, make: Callable[[], str]) -> str:
        """The same for what is made in transactions of its own: what `make` returns, now or then. Sets no `Location`.

        Raises KeyReused, and KeyInUse while the first request is under way.
        """
        if self.key is None:
            return make()
        made, was_made_before = once_apart(database, self._asked(sent), make)
        if was_made_before:
            self.response.headers[REPLAYED] = "true"
        return made

    def _located(self, session: Session, made: R, below: str | None) -> R:
        session.flush()
        self.response.headers["Location"] = f"{below or self.path}/{made.id}"
        return made

    def _asked(self, sent: BaseModel | bytes) -> Asked:
        content = sent if isinstance(sent, bytes) else sent.model_dump_json(exclude_unset=True).encode()
        return Asked(self.account_id, self.key or "", f"{self.method} {self.path}", content)


def creating(request: Request, response: Response, by: KnownActor, key: Key = None) -> Once:
    """For routes that create. Raises NotLoggedIn."""
    return Once(by.account_id or 0, key, request.method, request.url.path, response)


OnceDep = Annotated[Once, Depends(creating)]

REPEATABLE: dict[int | str, dict[str, Any]] = {
    201: {
        "headers": {
            "Location": {"schema": {"type": "string"}, "description": "新记录的地址"},
            "ETag": {"schema": {"type": "string"}, "description": '版本，如 `"v1"`'},
            REPLAYED: {"schema": {"type": "string"}, "description": "`true`：重发的请求，没有再次新建"},
        }
    }
}
