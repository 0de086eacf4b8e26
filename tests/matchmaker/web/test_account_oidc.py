"""Logging in by an identity provider: a small real one, over HTTP."""

import json
import threading
import time
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.accounts.invitations import invite
from matchmaker.accounts.seats import seat_of
from matchmaker.app import Parts
from matchmaker.database import session_scope
from matchmaker.indexes import Indexes
from matchmaker.models.account import Account
from matchmaker.models.base import now
from matchmaker.settings import Settings
from tests.factories import actor_for, make_account

pytestmark = pytest.mark.postgresql

CLIENT, SECRET = "matchmaker", "client-secret"


@dataclass
class IdentityProvider:
    """Knows one person. `claims` and `key` may be spoiled by a test; `codes` are what it has given out."""

    issuer: str
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    published: RSAKey | None = None
    person: dict[str, Any] = field(
        default_factory=lambda: {"sub": "4711", "name": "王五", "preferred_username": "Wang"}
    )
    claims: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        paths = {"authorization_endpoint": "/authorize", "token_endpoint": "/token", "jwks_uri": "/keys"}
        return {
            "issuer": self.issuer,
            **{name: self.issuer + path for name, path in paths.items()},
            **self.metadata,
        }

    def log_in(self, address: str) -> str:
        """What the person's browser does at the authorization endpoint: where it is sent back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        asked = self.codes.pop(form.get("code", ""), None)
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).decode().rstrip("=")
        client = b64decode(authorization.removeprefix("Basic ")).decode()
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if client != f"{CLIENT}:{SECRET}":
            return 401, {"error": "invalid_client"}
        moment = int(time.time())
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": moment, "exp": moment + 300, "nonce": asked["nonce"]}
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, {**claims, **self.person, **self.claims}, self.key)
        return 200, {"access_token": "x", "token_type": "Bearer", "expires_in": 300, "id_token": signed}


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            keys = {"keys": [(known.published or known.key).as_dict(private=False)]}
            described = self.path.endswith("/.well-known/openid-configuration")
            self.answer(200, known.describe() if described else keys)

        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            once = {name: values[0] for name, values in form.items()}
            self.answer(*known.token(once, self.headers.get("Authorization", "")))

        def answer(self, status: int, content: dict[str, Any]) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known = IdentityProvider(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield known
    server.shutdown()
    server.server_close()


@pytest.fixture
def client(
    provider: IdentityProvider,
    settings: Settings,
    database: Engine,
    indexes: Indexes,
    assembled: Callable[[Parts], FastAPI],
) -> Iterator[TestClient]:
    """A browser at a platform that knows the provider."""
    given = {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SecretStr(SECRET),
        "oidc_label": "政务统一身份",
    }
    app = assembled(Parts(settings.model_copy(update=given), database, indexes))
    with TestClient(app, follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def account_id(provider: IdentityProvider, database: Engine) -> int:
    """An account of the person the provider knows; it has no password."""
    with session_scope(database) as session:
        return make_account(session, oidc_subject=f"{provider.issuer}#4711").id or 0


def begin(client: TestClient, **asked: str) -> str:
    answer = client.get("/login/oidc", params=asked)
    assert answer.status_code == 303
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    return str(answer.headers["Location"])


def test_a_known_person_comes_in(client: TestClient, provider: IdentityProvider, account_id: int) -> None:
    assert "政务统一身份" in client.get("/login?next=/needs").text
    back = provider.log_in(begin(client, next="/needs"))
    answer = client.get(back)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/needs")
    assert client.get("/api/v1/account").json()["id"] == account_id
    # The way back works once.
    again = client.get(back)
    assert again.status_code == 422
    assert "登录已超时" in again.text


def test_the_way_back_leads_nowhere_else(client: TestClient, provider: IdentityProvider, account_id: int) -> None:
    back = provider.log_in(begin(client))
    kept = json.loads(urlsafe_b64decode(client.cookies["oidc"])) | {"path": "//evil.example"}
    client.cookies.clear()
    client.cookies["oidc"] = urlsafe_b64encode(json.dumps(kept).encode()).decode()
    assert client.get(back).headers["Location"] == "/workplace"


def test_somebody_unknown_is_told_whom_to_ask(client: TestClient, provider: IdentityProvider) -> None:
    answer = client.get(provider.log_in(begin(client)))
    assert answer.status_code == 422
    assert "请联系管理员开通" in answer.text
    assert client.get("/account").status_code == 303


def test_a_disabled_account_stays_out(
    client: TestClient, provider: IdentityProvider, account_id: int, session: Session
) -> None:
    account = session.get(Account, account_id)
    assert account is not None
    account.disabled_at = now()
    session.add(account)
    session.commit()
    answer = client.get(provider.log_in(begin(client)))
    assert answer.status_code == 422
    assert "已停用" in answer.text


def test_an_invitation_makes_an_account_for_the_identity(
    client: TestClient, provider: IdentityProvider, session: Session
) -> None:
    inviter = make_account(session)
    taken = make_account(session, login_name="wang")
    token = invite(session, seat_of(inviter), by=actor_for(session, inviter))
    session.commit()
    assert "用政务统一身份开通" in client.get(f"/invitations/{token}").text
    assert client.get(provider.log_in(begin(client, invitation=token))).status_code == 303
    made = session.exec(select(Account).where(col(Account.oidc_subject).is_not(None))).one()
    assert (made.name, made.enterprise_id, made.password_hash) == ("王五", inviter.enterprise_id, "")
    assert made.login_name != taken.login_name
    client.cookies.clear()
    # Next time without an invitation.
    assert client.get(provider.log_in(begin(client))).headers["Location"] == "/workplace"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://other.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"exp": 1_000_000},
        {"nonce": "of another login"},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_login_is_refused(
    client: TestClient, provider: IdentityProvider, account_id: int, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    answer = client.get(provider.log_in(begin(client)))
    assert answer.status_code == 422
    assert "统一身份认证没有成功" in answer.text
    assert "session" not in client.cookies


def test_a_token_signed_by_somebody_else_is_refused(
    client: TestClient, provider: IdentityProvider, account_id: int
) -> None:
    provider.published = RSAKey.generate_key(2048, {"kid": "1"})
    assert client.get(provider.log_in(begin(client))).status_code == 422


def test_another_browser_cannot_finish_a_login(client: TestClient, provider: IdentityProvider, account_id: int) -> None:
    back = provider.log_in(begin(client))
    kept = client.cookies["oidc"]
    client.cookies.clear()
    assert client.get(back).status_code == 422
    begin(client)
    # Her own login is under way, but the code is of somebody else's.
    assert client.cookies["oidc"] != kept
    assert client.get(back).status_code == 422


@pytest.mark.parametrize("cookie", ["", "x", "eyJ9", "\u00e9"])
def test_a_spoiled_cookie_is_a_login_that_took_too_long(client: TestClient, cookie: str) -> None:
    answer = client.get("/login/oidc/callback?code=1&state=2", headers={"Cookie": f"oidc={cookie}".encode("latin-1")})
    assert answer.status_code == 422
    assert "登录已超时" in answer.text


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "http://other.example"},
        {"authorization_endpoint": None},
        {"token_endpoint": "http://127.0.0.1:1/token"},
        {"jwks_uri": "nonsense"},
    ],
    ids=str,
)
def test_a_provider_that_does_not_work_is_one_sentence(
    client: TestClient, provider: IdentityProvider, account_id: int, metadata: dict[str, Any]
) -> None:
    begun = begin(client)
    provider.metadata = metadata
    answer = client.get(provider.log_in(begun))
    assert answer.status_code == 422
    assert "统一身份认证没有成功" in answer.text


def test_a_provider_that_is_not_reached_is_one_sentence(client: TestClient, provider: IdentityProvider) -> None:
    provider.metadata = {"issuer": "http://other.example"}
    answer = client.get("/login/oidc")
    assert answer.status_code == 422
    assert "请用密码登录" in answer.text
