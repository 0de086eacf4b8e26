"""What is refused before a route does anything: forms of other sites, too many requests, an account that is not ready."""

import re
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from time import time
from urllib.parse import urlsplit

from fastapi import Request
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from modern_csrf.base import should_accept_request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matchmaker.accounts.sessions import Recognised
from matchmaker.errors import AccountNotReady, CrossSiteRequest, TooManyRequests
from matchmaker.rights import ANYONE, Actor
from matchmaker.settings import Settings
from matchmaker.web.errors import answer_for

# What somebody may still open whose password somebody else has made up.
_CHANGING_PASSWORD = ("/account/password", "/logout")
# And whose second factor is still missing: no keys, which would get around it.
_SETTING_UP = ("/account", "/account/second-factor", "/account/password", "/account/sessions", "/logout")
_INVITATION = re.compile(r"^/invitations/[^/]+")


class Guard:
    """ASGI middleware inside the envelope.

    Refuses what another site makes a browser send: by Sec-Fetch-Site and Origin, as the browser states them. Programs
    state neither. What somebody who is logged in has been shown is kept by no cache.
    """

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        own = urlsplit(settings.public_url)
        # Behind a proxy that does not pass the host on, the browser's origin is the only one that is right.
        self.own_origins = {f"{own.scheme}://{own.netloc}"} if own.netloc else set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_uncached(message: Message) -> None:
            if message["type"] == "http.response.start" and scope["state"].get("actor", ANYONE).is_known:
                MutableHeaders(scope=message).setdefault("Cache-Control", "no-store")
            await send(message)

        headers = Headers(scope=scope)
        # Only our own scheme says that a program asks: a browser adds a proxy's Basic by itself, beside its cookie.
        is_ours = headers.get("authorization", "").lower().startswith("bearer ") or should_accept_request(
            scope["method"],
            origin=headers.get("origin"),
            sec_fetch_site=headers.get("sec-fetch-site"),
            host=headers.get("host"),
            trusted_origins=self.own_origins,
        )
        if is_ours:
            await self.app(scope, receive, send_uncached)
            return
        refusal = CrossSiteRequest("这个请求来自其他网站，未予处理", "请在本平台的页面上重新操作")
        await answer_for(Request(scope), refusal)(scope, receive, send)


class Limits:
    """How many requests may still be made, counted in this process over a moving minute. 0 in the settings: no limit."""

    def __init__(self, settings: Settings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._allowed = {
            "address": settings.requests_per_minute,
            "account": settings.account_requests_per_minute,
            "login": settings.logins_per_minute,
            # Test messages: enough for setting a way up, too few to bother the owner of somebody else's address.
            "trial": 5,
        }

    def count(self, kind: str, who: str) -> None:
        """One more request. Raises TooManyRequests with the time to wait."""
        allowed = self._allowed[kind]
        if not allowed:
            return
        item = RateLimitItemPerMinute(allowed)
        if not self._limiter.hit(item, kind, who):
            wait = max(1, ceil(self._limiter.get_window_stats(item, kind, who).reset_time - time()))
            raise TooManyRequests("请求过于频繁", f"请 {wait} 秒后再试", wait)


def count_request(request: Request, actor: Actor) -> None:
    """Count against the account, or against the address of somebody unknown. Raises TooManyRequests."""
    limits: Limits = request.app.state.limits
    if actor.is_known:
        limits.count("account", str(actor.account_id))
    else:
        limits.count("address", _counted(actor.address))


def count_login(request: Request, actor: Actor) -> None:
    """Count an attempt at a password, code or invitation, likewise. Raises TooManyRequests."""
    limits: Limits = request.app.state.limits
    limits.count("login", str(actor.account_id) if actor.is_known else _counted(actor.address))


def check_ready(request: Request, found: Recognised) -> None:
    """Raise AccountNotReady for a person who must first change her password or set up a second factor.

    Not for programs: a key was made by somebody who had done that. Whoever has no password here logs in at an identity
    provider, whose matter the second factor is then.
    """
    if found.actor.scopes is not None:
        return
    path, account = request.url.path, found.account
    if account.must_change_password and path not in _CHANGING_PASSWORD:
        raise AccountNotReady("须先修改一次性密码", "请在“账号 → 修改密码”中设置自己的密码", "/account/password")
    settings: Settings = request.app.state.settings
    is_wanted = settings.require_second_factor and found.actor.is_official and account.password_hash
    if is_wanted and account.totp_enabled_at is None and path not in (*_SETTING_UP, *_CHANGING_PASSWORD):
        if path.startswith("/account/second-factor/"):
            return
        raise AccountNotReady("管理人员须先开启两步验证", "请在“账号 → 两步验证”中开启", "/account/second-factor")


def logged_path(path: str) -> str:
    """The path as it may stand in a log: the token of an invitation is a secret."""
    return _INVITATION.sub("/invitations/-", path)


def _counted(address: str) -> str:
    """The address, or its network: whoever has an IPv6 address has 2^64 of them."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address
