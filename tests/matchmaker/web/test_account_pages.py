"""Login, own account, members and accounts, as a browser sees them."""

import html
import logging
import re
from collections.abc import Callable

import pyotp
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.accounts.login import FREE_FAILURES
from matchmaker.database import session_scope
from matchmaker.models.account import Account, LoginSession, Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.base import now
from matchmaker.models.notice import Notice
from tests.factories import cookie_of, make_account

PASSWORD = "correct-horse-battery"
NEW_PASSWORD = "quite another password"

Person = Callable[..., TestClient]


@pytest.fixture
def person(app: FastAPI, database: Engine) -> Person:
    """Makes an account and the browser in which it is logged in."""

    def made(role: Role = Role.ENTERPRISE, **values: object) -> TestClient:
        with session_scope(database) as session:
            account = make_account(session, role=role, password=PASSWORD, **values)
            return TestClient(app, follow_redirects=False, cookies=cookie_of(session, account))

    return made


def log_in(client: TestClient, login_name: str, password: str = PASSWORD, **more: str) -> Response:
    return client.post("/login", data={"login_name": login_name, "password": password, **more})


def secret_on(answer: Response) -> str:
    """The secret that a page shows once."""
    found = re.search(r"<code>([^<]+)</code>", answer.text)
    assert found is not None
    return html.unescape(found.group(1))


def test_login_leads_to_the_page_that_was_wanted(client: TestClient, database: Engine) -> None:
    with session_scope(database) as session:
        make_account(session, login_name="wang", password=PASSWORD)
    assert client.get("/account/keys").headers["Location"] == "/login?next=%2Faccount%2Fkeys"
    assert 'name="next" value="/account/keys"' in client.get("/login?next=/account/keys").text
    answer = log_in(client, "wang", next="/account/keys")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/account/keys")
    cookie, known = answer.headers.get_list("Set-Cookie")
    assert "Path=/login" in known
    assert all(part in cookie for part in ("session=", "HttpOnly", "Path=/", "SameSite=lax"))
    # It ends with the browser.
    assert "Max-Age" not in cookie
    page = client.get("/account/keys")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert client.get("/login").headers["Location"] == "/workplace"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example", "evil", "/a\tb"])
def test_login_leads_nowhere_else(client: TestClient, database: Engine, target: str) -> None:
    with session_scope(database) as session:
        make_account(session, login_name="wang", password=PASSWORD)
    assert log_in(client, "wang", next=target).headers["Location"] == "/workplace"


def test_over_tls_the_cookie_is_bound_to_the_host(app: FastAPI, database: Engine) -> None:
    with session_scope(database) as session:
        make_account(session, login_name="wang", password=PASSWORD)
    with TestClient(app, base_url="https://testserver", follow_redirects=False) as client:
        cookie = log_in(client, "wang").headers["Set-Cookie"]
        assert cookie.startswith("__Host-session=")
        assert "Secure" in cookie
        assert client.get("/account").status_code == 200
        gone = client.post("/logout").headers["Set-Cookie"]
        assert gone.startswith('__Host-session="";')
        assert "Secure" in gone


def test_a_wrong_login_keeps_the_name_and_is_written_down(client: TestClient, database: Engine) -> None:
    with session_scope(database) as session:
        account_id = make_account(session, login_name="wang", password=PASSWORD).id
    wrong, unknown = log_in(client, "wang", "wrong"), log_in(client, "nobody", "wrong")
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert 'role="alert"' in wrong.text
    assert 'value="wang"' in wrong.text
    assert 'value="wrong"' not in wrong.text
    said = [re.findall(r'role="alert".*?</div>', answer.text, re.DOTALL) for answer in (wrong, unknown)]
    assert said[0] == said[1] != []
    with Session(database) as session:
        account = session.get(Account, account_id)
        assert account is not None
        assert account.failed_logins == 1
        failed = session.exec(select(AuditEvent).where(col(AuditEvent.action) == AuditAction.LOGIN_FAILED)).all()
        assert [(one.record_id, one.address) for one in failed] == [(account_id, "testclient")]


def test_logging_in_again_ends_the_session_before(client: TestClient, database: Engine) -> None:
    with session_scope(database) as session:
        make_account(session, login_name="wang", password=PASSWORD)
    log_in(client, "wang")
    before = client.cookies["session"]
    log_in(client, "wang")
    assert client.cookies["session"] != before
    assert client.get("/account").status_code == 200
    assert client.get("/account", headers={"Cookie": f"session={before}"}).status_code in (200, 303)
    with Session(database) as session:
        revoked = [one.revoked_at is not None for one in session.exec(select(LoginSession).order_by("id"))]
    assert revoked == [True, False]


def test_logging_out_ends_the_session(person: Person) -> None:
    browser = person()
    cookie = browser.cookies["session"]
    assert browser.post("/logout").headers["Location"] == "/"
    browser.cookies.set("session", cookie)
    assert browser.get("/account").status_code == 303


def test_a_one_time_password_must_be_changed_first(client: TestClient, database: Engine) -> None:
    with session_scope(database) as session:
        make_account(session, login_name="wang", password=PASSWORD, must_change_password=True)
    log_in(client, "wang")
    for path in ("/", "/account", "/account/keys", "/needs"):
        assert client.get(path).headers["Location"] == "/account/password"
    problem = client.get("/api/v1/account")
    assert (problem.status_code, problem.json()["code"]) == (403, "account_not_ready")
    page = client.get("/account/password")
    assert "一次性密码" in page.text
    data = {"old": PASSWORD, "new": NEW_PASSWORD, "again": NEW_PASSWORD}
    assert client.post("/account/password", data=data).headers["Location"] == "/workplace"
    page = client.get("/workplace")
    assert (page.status_code, "密码已修改" in page.text) == (200, True)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"old": "wrong", "new": NEW_PASSWORD, "again": NEW_PASSWORD}, "old"),
        ({"old": PASSWORD, "new": "kurz-9", "again": "kurz-9"}, "new"),
        ({"old": PASSWORD, "new": NEW_PASSWORD, "again": "something else"}, "again"),
    ],
)
def test_what_is_wrong_with_a_password_stands_at_its_field(person: Person, data: dict[str, str], field: str) -> None:
    answer = person().post("/account/password", data=data)
    assert answer.status_code == 422
    assert f'id="error-{field}"' in answer.text
    assert not any(value in answer.text for value in data.values())


def test_name_and_mail_are_changed_by_oneself(person: Person) -> None:
    browser = person()
    wrong = browser.post("/account", data={"name": "", "email": "nonsense"})
    assert wrong.status_code == 422
    assert 'id="error-name"' in wrong.text
    assert 'id="error-email"' in wrong.text
    assert 'value="nonsense"' in wrong.text
    assert browser.post("/account", data={"name": "王小二", "email": "wang@example.com"}).status_code == 303
    assert "王小二" in browser.get("/account").text


def test_other_sessions_are_seen_and_ended(app: FastAPI, database: Engine) -> None:
    with session_scope(database) as session:
        account = make_account(session)
        here, there, third = (cookie_of(session, account) for _ in range(3))
    browser, other, more = (TestClient(app, follow_redirects=False, cookies=one) for one in (here, there, third))
    ends = re.findall(r'action="(/account/sessions/\d+/end)"', browser.get("/account/sessions").text)
    assert len(ends) == 2
    assert browser.post(ends[0]).status_code == 303
    assert sorted([other.get("/account").status_code, more.get("/account").status_code]) == [200, 303]
    assert browser.post("/account/sessions/end-others").status_code == 303
    assert [one.get("/account").status_code for one in (browser, other, more)] == [200, 303, 303]


def test_a_key_is_shown_once_and_works_until_revoked(person: Person, client: TestClient, database: Engine) -> None:
    browser = person()
    wrong = browser.post("/account/keys", data={"name": "导入", "last_day": "yesterday"})
    assert wrong.status_code == 422
    assert 'id="error-scopes"' in wrong.text
    assert 'id="error-last_day"' in wrong.text
    made = browser.post("/account/keys", data={"name": "导入", "scopes": ["read", "import"]})
    secret = secret_on(made)
    assert made.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/account", headers=headers).json()["rights"] == ["import"]
    with Session(database) as session:
        told = session.exec(select(Notice)).one()
    assert "已生成接口密钥“导入”" in told.title
    assert secret not in told.model_dump_json()
    page = browser.get("/account/keys").text
    assert secret not in page
    # Its use has been noted.
    assert "尚未使用" not in page
    revoke = re.findall(r'action="(/account/keys/\d+/revoke)"', page)
    assert browser.post(revoke[0]).status_code == 303
    assert client.get("/api/v1/account", headers=headers).status_code == 401


@pytest.mark.parametrize("day", ["9999-12-31", "9999-12-30", "2200-01-01"])
def test_no_key_lasts_until_the_end_of_time(person: Person, day: str) -> None:
    browser = person()
    refused = browser.post("/account/keys", data={"name": "导入", "scopes": "read", "last_day": day})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.text
    assert browser.get("/account/keys").status_code == 200


def test_a_second_factor_is_set_up_used_and_turned_off(person: Person, client: TestClient, database: Engine) -> None:
    browser = person(Role.CITY_OFFICIAL, login_name="li")
    assert "建议开启两步验证" in browser.get("/account").text
    assert browser.post("/account/second-factor/begin").status_code == 303
    page = browser.get("/account/second-factor")
    assert 'src="data:image/svg+xml' in page.text
    totp = pyotp.TOTP(secret_on(page).replace(" ", ""))
    step = totp.timecode(now())
    assert browser.post("/account/second-factor", data={"code": "000000"}).status_code == 422
    assert browser.post("/account/second-factor", data={"code": totp.generate_otp(step - 1)}).status_code == 303
    on = browser.get("/account/second-factor").text
    assert "已开启" in on
    assert totp.secret not in on.replace(" ", "")
    asked = log_in(client, "li")
    assert asked.status_code == 422
    assert '<details class="field" open>' in asked.text
    assert log_in(client, "li", code=totp.generate_otp(step)).status_code == 303
    off = {"password": PASSWORD, "code": totp.generate_otp(step)}
    assert browser.post("/account/second-factor/off", data=off).status_code == 422
    off["code"] = totp.generate_otp(step + 1)
    assert browser.post("/account/second-factor/off", data=off).status_code == 303
    client.cookies.clear()
    assert log_in(client, "li").status_code == 303


def test_officials_set_up_a_second_factor_first_where_it_is_required(person: Person, app: FastAPI) -> None:
    app.state.settings = app.state.settings.model_copy(update={"require_second_factor": True})
    official, firm = person(Role.DISTRICT_OFFICIAL), person()
    assert firm.get("/account/keys").status_code == 200
    # No keys either: they would get around it.
    for path in ("/needs", "/account/keys", "/members"):
        assert official.get(path).headers["Location"] == "/account/second-factor"
    assert official.get("/account").status_code == 200
    official.post("/account/second-factor/begin")
    totp = pyotp.TOTP(secret_on(official.get("/account/second-factor")).replace(" ", ""))
    assert official.post("/account/second-factor", data={"code": totp.now()}).status_code == 303
    assert official.get("/needs").status_code == 200


def test_a_colleague_comes_by_an_invitation(
    person: Person, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    browser = person(login_name="boss")
    with caplog.at_level(logging.INFO):
        link = secret_on(browser.post("/members/invitations", data={"seat": "own", "note": "小李"}))
        assert link.startswith("http://testserver/invitations/")
        path = link.removeprefix("http://testserver")
        assert "小李" in browser.get("/members").text
        page = client.get(path)
        assert page.headers["Cache-Control"] == "no-store"
        wrong = client.post(path, data={"login_name": "boss", "name": "", "password": "x", "again": "y"})
        assert all(f'id="error-{name}"' in wrong.text for name in ("name", "password", "again"))
        data = {"login_name": "boss", "name": "小李", "password": PASSWORD, "again": PASSWORD}
        assert "已被使用" in client.post(path, data=data).text
        assert client.post(path, data={**data, "login_name": "li"}).headers["Location"] == "/workplace"
        assert client.get("/account").status_code == 200
        assert client.get(path).status_code == 404
    assert "小李" in browser.get("/members").text
    # The link is a secret: it never stands in a log of ours.
    logged = [one.getMessage() for one in caplog.records if one.name.startswith("matchmaker")]
    assert not any(path.rsplit("/", 1)[1] in line for line in logged)
    assert any("/invitations/-" in line for line in logged)


def test_a_brokerage_invites_its_broker(person: Person, client: TestClient, database: Engine) -> None:
    from tests.factories import make_broker, make_brokerage

    with session_scope(database) as session:
        brokerage = make_brokerage(session)
        broker, stranger = make_broker(session, brokerage=brokerage, name="孙经纪"), make_broker(session)
        ids = brokerage.id, broker.id, stranger.id
    head = person(Role.BROKERAGE_ADMINISTRATOR, brokerage_id=ids[0])
    assert "孙经纪" in head.get("/members").text
    assert head.post("/members/invitations", data={"seat": f"broker-{ids[2]}"}).status_code == 403
    link = secret_on(head.post("/members/invitations", data={"seat": f"broker-{ids[1]}"}))
    data = {"login_name": "sun", "name": "孙经纪", "password": PASSWORD, "again": PASSWORD}
    assert client.post(link, data=data).status_code == 303
    with Session(database) as session:
        made = session.exec(select(Account).where(col(Account.login_name) == "sun")).one()
        assert (made.role, made.broker_id) == (Role.BROKER, ids[1])
    assert head.post("/members/invitations", data={"seat": f"broker-{ids[1]}"}).status_code == 422


def test_an_official_invites_a_firm_that_is_not_known_yet(person: Person, client: TestClient) -> None:
    city = person(Role.CITY_OFFICIAL)
    data = {"role": "enterprise", "organisation": "澄湖新来的企业"}
    wrong = city.post("/accounts/invitations", data=data)
    assert wrong.status_code == 422
    assert 'id="error-organisation"' in wrong.text
    link = secret_on(city.post("/accounts/invitations", data={**data, "add_unknown": "yes"}))
    assert "澄湖新来的企业" in client.get(link).text
    revoke = re.findall(r'action="(/members/invitations/\d+/revoke)"', city.get("/accounts").text)
    back = city.post(revoke[0], headers={"Referer": "http://testserver/accounts?q="})
    assert back.headers["Location"] == "/accounts"
    assert client.get(link).status_code == 404
    assert city.post("/accounts/invitations", data={"role": "administrator"}).status_code == 403
    assert city.post("/accounts/invitations", data={"role": "king"}).status_code == 422


def test_an_official_finds_resets_and_disables_an_account(person: Person, client: TestClient, database: Engine) -> None:
    city, firm = person(Role.CITY_OFFICIAL), person(login_name="zhao", name="赵六")
    listed = city.get("/accounts?q=ZHAO").text
    path = re.findall(r'href="(/accounts/\d+)"', listed)[0]
    assert city.get("/accounts?q=nobody&page=7").status_code == 200
    reset = city.post(f"{path}/password")
    assert firm.get("/account").status_code == 303
    assert log_in(client, "zhao", secret_on(reset)).status_code == 303
    assert client.get("/account").headers["Location"] == "/account/password"
    assert city.post(f"{path}/log-out").status_code == 303
    assert client.get("/account/password").status_code == 303
    city.post(f"{path}/disable")
    assert log_in(client, "zhao", secret_on(reset)).status_code == 422
    city.post(f"{path}/enable")
    assert log_in(client, "zhao", secret_on(reset)).status_code == 303


def test_htmx_is_told_where_to_go(person: Person) -> None:
    answer = person().post("/account", data={"name": "王五"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/account")


def test_htmx_is_told_of_an_address_in_chinese(person: Person) -> None:
    answer = person().get("/login", params={"next": "/needs?q=脱氮&page=2"}, headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, "/needs?q=%E8%84%B1%E6%B0%AE&page=2")
    answer = person().get("/login", params={"next": "/needs?q=%E8%84%B1"}, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/needs?q=%E8%84%B1"


def test_whoever_changes_her_password_hears_of_her_keys(person: Person, database: Engine) -> None:
    browser = person()
    browser.post("/account/keys", data={"name": "导入", "scopes": ["read"]})
    new = NEW_PASSWORD
    answer = browser.post("/account/password", data={"old": PASSWORD, "new": new, "again": new})
    assert answer.status_code == 303
    with Session(database) as session:
        bodies = [one.body for one in session.exec(select(Notice).where(Notice.title == "您的密码已修改"))]
    assert len(bodies) == 1
    assert "1 个接口密钥仍然有效" in bodies[0]


def test_being_seen_is_noted_once_a_minute(app: FastAPI, database: Engine) -> None:
    from datetime import timedelta

    with session_scope(database) as session:
        browser = TestClient(app, cookies=cookie_of(session, make_account(session)))
        session.flush()
        began = session.exec(select(LoginSession)).one()
        began.last_seen_at = long_ago = now() - timedelta(minutes=30)

    def seen() -> object:
        with Session(database) as looking:
            return looking.exec(select(LoginSession.last_seen_at)).one()

    browser.get("/account")
    first = seen()
    assert first > long_ago  # type: ignore[operator]
    browser.get("/account")
    assert seen() == first


def test_guesses_from_elsewhere_do_not_keep_the_owner_out(person: Person, app: FastAPI) -> None:
    browser = person(login_name="boss")
    browser.post("/logout")
    log_in(browser, "boss")
    with TestClient(app, follow_redirects=False) as stranger:
        for _ in range(FREE_FAILURES + 2):
            stranger.post("/login", data={"login_name": "boss", "password": "a wrong guess"})
        # Everybody else waits, also with the right password.
        assert stranger.post("/login", data={"login_name": "boss", "password": PASSWORD}).status_code == 422
    browser.post("/logout")
    again = browser.post("/login", data={"login_name": "boss", "password": PASSWORD})
    assert again.status_code == 303
    # Her own browser guesses no more often than any other.
    browser.post("/logout")
    with TestClient(app, follow_redirects=False) as stranger:
        for _ in range(FREE_FAILURES + 1):
            stranger.post("/login", data={"login_name": "boss", "password": "a wrong guess"})
    for _ in range(FREE_FAILURES):
        browser.post("/login", data={"login_name": "boss", "password": "a wrong guess"})
    assert browser.post("/login", data={"login_name": "boss", "password": PASSWORD}).status_code == 422
