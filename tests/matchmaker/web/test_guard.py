"""What is refused before a route does anything."""

from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from matchmaker.app import Parts
from matchmaker.database import session_scope
from matchmaker.indexes import Indexes
from matchmaker.models.account import Scope
from matchmaker.settings import Settings
from matchmaker.web.guard import Limits, logged_path
from tests.factories import cookie_of, key_of, make_account


@pytest.fixture
def browser(app: FastAPI, database: Engine) -> Iterator[TestClient]:
    """Somebody who is logged in."""
    with session_scope(database) as session:
        cookies = cookie_of(session, make_account(session))
    with TestClient(app, follow_redirects=False, cookies=cookies) as opened:
        yield opened


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://testserver"},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": b"http://\xe9.example"},
        {"Origin": "http://testserver.evil.example"},
        {"Origin": "http://evil.example", "Authorization": "Basic eA=="},
    ],
)
def test_forms_of_other_sites_are_refused(browser: TestClient, headers: dict[str, str]) -> None:
    page = browser.post("/account", data={"name": "被改的名字"}, headers=headers)
    assert page.status_code == 403
    assert "其他网站" in page.text
    assert page.headers["X-Request-ID"] in page.text
    problem = browser.post("/api/v1/account/keys", json={"name": "x", "scopes": ["read"]}, headers=headers)
    assert (problem.status_code, problem.json()["code"]) == (403, "cross_site_request")
    assert "被改的名字" not in browser.get("/account", headers=headers).text


@pytest.mark.parametrize(
    "headers", [{}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://testserver"}]
)
def test_own_forms_and_programs_pass(browser: TestClient, headers: dict[str, str]) -> None:
    assert browser.post("/account", data={"name": "新名字"}, headers=headers).status_code == 303


def test_a_program_with_a_key_passes_wherever_it_runs(client: TestClient, admin: dict[str, str]) -> None:
    headers = {**admin, "Origin": "http://other.example"}
    assert client.post("/api/v1/enterprises", json={"name": "甲公司"}, headers=headers).status_code == 201


@pytest.mark.parametrize("scopes", [[Scope.READ], list(Scope)])
@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/account", {"name": "被改的名字"}),
        ("/account/sessions/end-others", {}),
        ("/account/second-factor/begin", {}),
        ("/notices/read", {}),
        ("/account/notices", {}),
        ("/saved-searches", {"name": "甲", "kind": "needs", "q": "包装"}),
    ],
)
def test_a_key_sends_no_forms(
    client: TestClient, database: Engine, scopes: list[Scope], path: str, data: dict[str, str]
) -> None:
    with session_scope(database) as session:
        headers = key_of(session, make_account(session), *scopes)
    assert client.post(path, data=data, headers=headers).status_code == 403


def test_half_a_character_is_no_text(browser: TestClient) -> None:
    """Python decodes these charsets into lone surrogates, which no database takes."""
    body = b'--X\r\nContent-Disposition: form-data; name="name"\r\n\r\na\\ud800b\r\n--X--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=X; charset=unicode_escape"}
    assert browser.post("/account", content=body, headers=headers).status_code == 422


def test_the_public_address_is_our_own_behind_a_proxy(
    settings: Settings, database: Engine, indexes: Indexes, assembled: Callable[[Parts], FastAPI]
) -> None:
    known = settings.model_copy(update={"public_url": "https://match.example/"})
    with TestClient(assembled(Parts(known, database, indexes))) as client:
        assert client.post("/text-size", headers={"Origin": "https://match.example"}).status_code == 200
        assert client.post("/text-size", headers={"Origin": "https://evil.example"}).status_code == 403


@pytest.fixture
def limited(settings: Settings, database: Engine, indexes: Indexes, assembled: Callable[[Parts], FastAPI]) -> FastAPI:
    """An app that allows little."""
    few = {"requests_per_minute": 3, "account_requests_per_minute": 5, "logins_per_minute": 2}
    return assembled(Parts(settings.model_copy(update=few), database, indexes))


def test_an_address_that_asks_too_often_waits(limited: FastAPI) -> None:
    with TestClient(limited) as client:
        assert [client.get("/api/v1/index").status_code for _ in range(4)] == [200, 200, 200, 429]
        answer = client.get("/api/v1/index")
        assert answer.json()["code"] == "too_many_requests"
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        page = client.get("/")
        assert page.status_code == 429
        assert "请求过于频繁" in page.text
        # What keeps the page and the service going is not counted.
        assert client.get("/healthz").status_code == 200
        assert client.get("/static/theme.css").status_code == 200
        # A wrong key is somebody unknown, too.
        assert client.get("/api/v1/index", headers={"Authorization": "Bearer wrong"}).status_code == 429


def test_an_account_is_counted_wherever_it_asks_from(limited: FastAPI, database: Engine) -> None:
    with session_scope(database) as session:
        account, colleague = make_account(session), make_account(session)
        cookies, headers = cookie_of(session, account), key_of(session, account)
        other = key_of(session, colleague)
    with TestClient(limited, cookies=cookies) as browser, TestClient(limited) as program:
        asked = [browser.get("/account").status_code for _ in range(3)]
        asked += [program.get("/api/v1/account", headers=headers).status_code for _ in range(3)]
        assert asked == [200, 200, 200, 200, 200, 429]
        assert program.get("/api/v1/account", headers=other).status_code == 200


def test_logins_are_counted_apart(limited: FastAPI) -> None:
    with TestClient(limited) as client:
        data = {"login_name": "nobody", "password": "wrong"}
        assert [client.post("/login", data=data).status_code for _ in range(3)] == [422, 422, 429]


def test_an_ipv6_network_is_one_address(limited: FastAPI) -> None:
    for number in range(3):
        with TestClient(limited, client=(f"2001:db8::{number + 1}", 5000)) as client:
            assert client.get("/api/v1/index").status_code == 200
    with TestClient(limited, client=("2001:db8::ffff", 5000)) as client:
        assert client.get("/api/v1/index").status_code == 429
    with TestClient(limited, client=("2001:db8:0:1::1", 5000)) as client:
        assert client.get("/api/v1/index").status_code == 200


def test_no_limit_is_no_limit(settings: Settings) -> None:
    unlimited = Limits(settings)
    for _ in range(1000):
        unlimited.count("login", "somebody")


def test_pages_for_nobody_in_particular_may_be_kept(client: TestClient, browser: TestClient) -> None:
    assert "Cache-Control" not in client.get("/").headers
    assert browser.get("/").headers["Cache-Control"] == "no-store"


def test_the_token_of_an_invitation_is_not_logged() -> None:
    assert logged_path("/invitations/abc-DEF_1/x") == "/invitations/-/x"
    assert logged_path("/needs/1") == "/needs/1"


def test_over_tls_browsers_are_told_to_stay_there(app: FastAPI) -> None:
    with TestClient(app, base_url="https://testserver") as encrypted, TestClient(app) as plain:
        assert "max-age=" in encrypted.get("/login").headers["Strict-Transport-Security"]
        assert "Strict-Transport-Security" not in plain.get("/login").headers
