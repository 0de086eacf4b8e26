"""What every request and answer carries: request id, security headers, a size limit, one log line, one count."""

import logging
import re
import secrets
import time
from collections.abc import Callable

from fastapi import Request, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matchmaker import logs
from matchmaker.web.forms import FLASH_COOKIE
from matchmaker.web.guard import logged_path
from matchmaker.web.language import speak_to
from matchmaker.web.metrics import Metrics

log = logging.getLogger("matchmaker.web")

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'self'; form-action 'self'"
)

# The longest record is some 50,000 characters, 150 kB; ten times that leaves room for JSON escapes.
LARGEST_PLAIN_BODY = 2 * 1024 * 1024
# The boundaries and other fields around an uploaded file.
MULTIPART_OVERHEAD = 64 * 1024

OWN_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Envelope:
    """ASGI middleware around the whole app.

    An exception that no handler knows becomes the answer of `unexpected`, with the headers of every other answer,
    and is logged with its stack. The log line of a request has no query string: what people search for is theirs.
    Every other line that is logged while a request is answered carries its id.
    """

    def __init__(
        self,
        app: ASGIApp,
        unexpected: Callable[[Request, Exception], Response],
        upload_limit: int,
        metrics: Metrics,
    ) -> None:
        self.app = app
        self.unexpected = unexpected
        self.upload_limit = upload_limit
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = time.monotonic()
        request_id = _request_id(Headers(scope=scope).get("x-request-id"))
        scope.setdefault("state", {})["request_id"] = request_id
        # Every request is a task with a context of its own. Not taken back at the end: what the server itself says
        # about a request that failed comes later.
        logs.request_id.set(request_id)
        speak_to(scope)
        status: int | None = None

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                _add_headers(headers, scope["path"], request_id)
                if scope["scheme"] == "https":
                    # Half a year without a way back to an open line, for this name only.
                    headers.setdefault("Strict-Transport-Security", "max-age=15552000")
                if scope["state"].get("flash_shown"):
                    headers.append("Set-Cookie", f"{FLASH_COOKIE}=; Path=/; Max-Age=0; HttpOnly; SameSite=lax")
            await send(message)

        try:
            await self.app(scope, self._limited(scope, receive), send_with_headers)
        except Exception as error:
            log.error("request %s failed with %s", request_id, logs.where(error))
            if status is not None:
                # The answer has begun and cannot be taken back: the server cuts the connection.
                raise
            answer = self.unexpected(Request(scope), error)
            await answer(scope, receive, send_with_headers)
        finally:
            seconds = time.monotonic() - started
            self.metrics.count(scope, status, seconds)
            line = {
                "method": scope["method"],
                "path": logged_path(scope["path"]),
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
            }
            log.info("%(method)s %(path)s %(status)s %(milliseconds)s ms", line, extra=line)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        """`receive` that stops with 413 as soon as the body is announced, or has grown, too large."""
        headers = Headers(scope=scope)
        multipart = headers.get("content-type", "").lower().startswith("multipart/form-data")
        limit = self.upload_limit + MULTIPART_OVERHEAD if multipart else LARGEST_PLAIN_BODY
        announced = headers.get("content-length", "")
        taken = 0

        async def receive_limited() -> Message:
            nonlocal taken
            if announced.isdecimal() and int(announced) > limit:
                raise _too_large(limit)
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _too_large(limit)
            return message

        return receive_limited


def _too_large(limit: int) -> HTTPException:
    return HTTPException(413, f"请求内容超过上限 {limit // (1024 * 1024)} MB")


def _request_id(given: str | None) -> str:
    """The caller's id if it is a harmless one (it goes into logs and pages), else a new one."""
    return given if given and OWN_REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


def _add_headers(headers: MutableHeaders, path: str, request_id: str) -> None:
    headers["X-Request-ID"] = request_id
    headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    headers.setdefault("X-Content-Type-Options", "nosniff")
    headers.setdefault("Referrer-Policy", "same-origin")
    if path.startswith("/api/"):
        # An administrator's answer must not stay in the cache of a shared office computer.
        headers.setdefault("Cache-Control", "no-store")
