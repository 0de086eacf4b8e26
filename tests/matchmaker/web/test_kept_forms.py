"""A login that ends while somebody fills in a form: what she has typed is still there once she is logged in again."""

import html
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.models.posting import Draft
from tests.factories import make_account, make_enterprise

PASSWORD = "correct-horse-battery"
# What tells a browser from a program.
BROWSER = {"Origin": "http://testserver", "Referer": "http://testserver/post/needs?campaign=x"}
TYPED = {"title": '托盘"耐水<性>', "problem": "\n第一行\n第二行", "disclosure_problem": "brokers", "step": "save"}


@pytest.fixture
def account(database: Engine) -> str:
    """An enterprise's member who is not logged in."""
    with session_scope(database) as session:
        enterprise = make_enterprise(session, name="澄湖包装示例公司", region_code="990102")
        return make_account(session, enterprise_id=enterprise.id, password=PASSWORD).login_name


def hidden(page: str) -> dict[str, str]:
    """The fields a page carries along, as a browser reads them: it drops one line end at the beginning."""
    found = re.findall(r'<textarea name="([^"]+)" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    return {html.unescape(name): html.unescape(value) for name, value in found}


def test_a_form_is_sent_after_logging_in_again(client: TestClient, account: str, session: Session) -> None:
    login = client.post("/post/needs", data=TYPED, headers=BROWSER)
    assert login.status_code == 401
    assert "您刚才填写的内容还在" in login.text
    assert 'name="next" value="/post/needs?campaign=x"' in login.text
    kept = hidden(login.text)
    refused = client.post("/login", data={**kept, "login_name": account, "password": "wrong"})
    assert refused.status_code == 422
    assert hidden(refused.text) == kept
    answer = client.post("/login", data={**kept, "login_name": account, "password": PASSWORD})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'action="/post/needs"' in answer.text
    # Nothing is sent before she says so.
    assert not session.exec(select(Draft)).all()
    session.rollback()
    sent = client.post("/post/needs", data=hidden(answer.text), headers=BROWSER)
    assert sent.status_code == 303
    draft = session.exec(select(Draft)).one()
    assert draft.values == {name: value for name, value in TYPED.items() if name != "step"}


@pytest.mark.parametrize(
    ("path", "data", "headers"),
    [
        ("/post/needs", TYPED, {}),
        ("/post/needs", {"title": " "}, BROWSER),
        ("/post/needs", {f"field-{number}": "x" for number in range(390)}, BROWSER),
        ("/post/needs", {"title": "x" * (2 * 1024 * 1024)}, BROWSER),
        ("/account/password", {"password": "old one", "new_password": "a new one"}, BROWSER),
    ],
)
def test_programs_blanks_secrets_and_floods_are_not_kept(
    client: TestClient, path: str, data: dict[str, str], headers: dict[str, str]
) -> None:
    answer = client.post(path, data=data, headers=headers)
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login")
    assert not hidden(answer.text)


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example", ""])
def test_what_is_kept_is_sent_to_no_other_site(client: TestClient, account: str, path: str) -> None:
    kept = {"kept_path": path, "kept:title": "x"}
    answer = client.post("/login", data={**kept, "login_name": account, "password": PASSWORD})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/workplace")


@pytest.mark.parametrize(
    ("path", "headers"), [("/post/needs", {"X-Autosave": "1"}), ("/post/needs/coach", {"HX-Request": "true"})]
)
def test_a_script_that_asks_by_itself_never_leads_away_from_the_page(
    client: TestClient, path: str, headers: dict[str, Any]
) -> None:
    answer = client.post(path, data=TYPED, headers={**BROWSER, **headers})
    assert answer.status_code == 401
    assert "HX-Redirect" not in answer.headers
    assert "<html" not in answer.text
    assert "重新登录" in answer.text


def test_a_button_pressed_too_late_leads_back_to_its_page(client: TestClient) -> None:
    answer = client.post("/my/needs/1/copy", headers={**BROWSER, "Referer": "http://testserver/my/needs?page=2"})
    assert answer.headers["Location"] == "/login?next=%2Fmy%2Fneeds%3Fpage%3D2"
    for referer in ("http://evil.example/my", "http://[", "//testserver//evil.example", ""):
        elsewhere = client.post("/my/needs/1/copy", headers={**BROWSER, "Referer": referer})
        assert elsewhere.headers["Location"] == "/login", referer
