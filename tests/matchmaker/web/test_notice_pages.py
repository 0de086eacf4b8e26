"""The pages and the API of notices: reading them, choosing the ways, trying them out."""

import re
from collections.abc import Callable, Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.app import Parts
from matchmaker.database import session_scope
from matchmaker.indexes import Indexes
from matchmaker.models.account import Account, Scope
from matchmaker.models.notice import DeliveryStatus, Notice, NoticeDelivery, NoticeKind, Pace, Way
from matchmaker.notice_choices import Choice, choices_of, robots_of
from matchmaker.notices import NoticeText, notify
from matchmaker.settings import Settings
from tests.factories import cookie_of, key_of, make_account
from tests.matchmaker.outside import Gateway, Mailbox, mail_server, robot_gateway

TOKEN, SECRET = "geheim4711token", "SECgeheim4711"
ALL_DAILY = {f"{kind.value}-pace": Pace.DAILY.value for kind in NoticeKind}


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with robot_gateway() as opened:
        yield opened


@pytest.fixture
def anna(database: Engine) -> Account:
    with session_scope(database) as session:
        return make_account(session, email="anna@example.org")


@pytest.fixture
def browser(
    database: Engine,
    indexes: Indexes,
    settings: Settings,
    anna: Account,
    mailbox: Mailbox,
    gateway: Gateway,
    assembled: Callable[[Parts], FastAPI],
) -> Iterator[TestClient]:
    """Anna's browser, on an installation with mail and WeCom."""
    urls = {"mail_url": mailbox.url, "wecom_url": gateway.url, "dingtalk_url": gateway.url, "feishu_url": ""}
    app = assembled(Parts(settings.model_copy(update=urls), database, indexes))
    with session_scope(database) as session:
        cookies = cookie_of(session, anna)
    with TestClient(app, follow_redirects=False, cookies=cookies) as opened:
        yield opened


@pytest.fixture
def tell(database: Engine, anna: Account) -> Callable[..., int]:
    """Tells Anna something; returns the number of the notice."""

    def told(key: str, kind: NoticeKind = NoticeKind.MATCH, link: str = "/carried/1") -> int:
        with session_scope(database) as session:
            notify(session, [anna.id or 0], NoticeText(kind, key, f"标题 {key}", "说明<b>", link))
            session.flush()
            return session.exec(select(Notice.id).where(Notice.key == key)).one() or 0

    return told


def titles(page: str) -> list[str]:
    return re.findall(r"<h2><a [^>]*>([^<]*)</a>", page)


def test_the_list_says_what_is_unread_and_leads_on(browser: TestClient, tell: Callable[..., int]) -> None:
    first, second = tell("甲"), tell("乙", NoticeKind.REVIEW)
    page = browser.get("/notices").text
    assert titles(page) == ["标题 乙", "标题 甲"]
    assert "2 条未读" in page
    assert "说明&lt;b&gt;" in page
    opened = browser.get(f"/notices/{second}")
    assert (opened.status_code, opened.headers["Location"]) == (303, "/carried/1")
    page = browser.get("/notices").text
    assert titles(page) == ["标题 甲", "标题 乙"]
    assert "1 条未读" in page
    assert titles(browser.get("/notices?kind=review").text) == ["标题 乙"]
    assert titles(browser.get("/notices?kind=nothing").text) == ["标题 甲", "标题 乙"]
    assert browser.post(f"/notices/{first}/read").headers["Location"] == "/notices"
    assert "没有未读通知" in browser.get("/notices").text


@pytest.mark.parametrize("link", ["", "https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere"])
def test_a_notice_never_leads_out_of_the_platform(browser: TestClient, tell: Callable[..., int], link: str) -> None:
    assert browser.get(f"/notices/{tell('甲', link=link)}").headers["Location"] == "/notices"


def test_all_of_a_kind_are_read_at_once(browser: TestClient, tell: Callable[..., int]) -> None:
    tell("甲")
    tell("乙", NoticeKind.REVIEW)
    assert browser.post("/notices/read", data={"kind": "review"}).headers["Location"] == "/notices?kind=review"
    assert "1 条未读" in browser.get("/notices").text
    browser.post("/notices/read", data={"kind": ""})
    assert "没有未读通知" in browser.get("/notices").text


def test_the_list_is_paged(browser: TestClient, tell: Callable[..., int]) -> None:
    for number in range(31):
        tell(f"{number}")
    first = browser.get("/notices").text
    assert len(titles(first)) == 30
    assert 'href="/notices?page=2"' in first
    second = browser.get("/notices?page=2").text
    assert titles(second) == ["标题 0"]
    assert 'href="/notices"' in second
    assert browser.get("/notices?page=0").status_code == 422


def test_choices_are_kept(browser: TestClient, session: Session, anna: Account) -> None:
    data: dict[str, str | list[str]] = {**ALL_DAILY, "match-ways": ["mail"], "match-pace": "at_once"}
    assert browser.post("/account/notices", data=data).status_code == 303
    chosen = choices_of(session, anna.id or 0)
    assert chosen[NoticeKind.MATCH] == Choice(frozenset({Way.MAIL}), Pace.AT_ONCE)
    assert chosen[NoticeKind.REVIEW] == Choice(frozenset(), Pace.DAILY)
    page = browser.get("/account/notices").text
    assert len(re.findall(r'name="match-ways" value="mail" checked', page)) == 1
    assert "review-ways" in page
    assert re.search(r'name="review-ways" value="mail" checked', page) is None


@pytest.mark.parametrize(
    "wrong", [{"match-pace": "hourly"}, {"match-pace": ""}, {"match-ways": "pigeon"}, {"account-ways": "wecom"}]
)
def test_what_the_form_does_not_offer_is_refused(browser: TestClient, wrong: dict[str, str]) -> None:
    assert browser.post("/account/notices", data={**ALL_DAILY, **wrong}).status_code == 422


def test_a_robots_key_is_taken_and_never_shown(
    browser: TestClient, session: Session, anna: Account, gateway: Gateway
) -> None:
    page = browser.get("/account/notices").text
    assert "match-ways" in page
    assert "飞书" not in page, "not offered here"
    wrong = browser.post("/account/notices/robots/dingtalk", data={"webhook": f"bad {TOKEN}", "secret": SECRET})
    assert wrong.status_code == 422
    assert "请粘贴机器人页面上的完整 Webhook 地址" in wrong.text
    assert 'href="#field-webhook-dingtalk"' in wrong.text
    data = {"webhook": f"https://oapi.example.org/robot/send?access_token={TOKEN}", "secret": SECRET}
    assert browser.post("/account/notices/robots/dingtalk", data=data).status_code == 303
    assert robots_of(session, anna.id or 0)[Way.DINGTALK].secret_key == f"{TOKEN} {SECRET}"
    page = browser.get("/account/notices").text
    assert 'name="match-ways" value="dingtalk"' in page
    assert 'name="account-ways" value="dingtalk"' not in page
    for shown in (page, wrong.text):
        assert TOKEN not in shown
        assert SECRET not in shown
    assert "测试消息已发出" in browser.post("/account/notices/test/dingtalk").text
    assert TOKEN in gateway.requests[0][0]
    gateway.answer = '{"errcode": 310000}'
    assert "加签密钥" in browser.post("/account/notices/test/dingtalk").text
    assert browser.post("/account/notices/robots/dingtalk/delete").status_code == 303
    assert 'value="dingtalk"' not in browser.get("/account/notices").text


def test_a_test_mail(browser: TestClient, mailbox: Mailbox, session: Session, anna: Account) -> None:
    assert "测试消息已发出" in browser.post("/account/notices/test/mail").text
    assert mailbox.mails[0]["To"] == "anna@example.org"
    mailbox.refuse = "550 no"
    assert "不接收这个收件地址" in browser.post("/account/notices/test/mail").text
    session.add(anna)
    anna.email = ""
    session.commit()
    assert "还没有设置好" in browser.post("/account/notices/test/mail").text
    assert "还没有填写电子邮箱" in browser.get("/account/notices").text
    assert [browser.post("/account/notices/test/mail").status_code for _ in range(3)] == [200, 200, 429]


@pytest.mark.parametrize(
    "path", ["test/pigeon", "robots/mail", "robots/pigeon", "robots/mail/delete", "deliveries/4711/again"]
)
def test_what_does_not_exist(browser: TestClient, path: str) -> None:
    assert browser.post(f"/account/notices/{path}", data={"webhook": TOKEN}).status_code == 404


def test_what_was_not_delivered_is_shown_and_sent_again(
    browser: TestClient, session: Session, tell: Callable[..., int]
) -> None:
    tell("甲")
    delivery = session.exec(select(NoticeDelivery)).one()
    delivery.status, delivery.problem = DeliveryStatus.FAILED, "邮件服务器连接不上"
    session.add(delivery)
    session.commit()
    assert "邮件服务器连接不上" in browser.get("/account/notices").text
    assert browser.post(f"/account/notices/deliveries/{delivery.id}/again").status_code == 303
    page = browser.get("/account/notices").text
    assert "已排队" in page
    assert "邮件服务器连接不上" not in page


def test_the_api(client: TestClient, database: Engine, anna: Account, tell: Callable[..., int]) -> None:
    first = tell("甲")
    tell("乙", NoticeKind.REVIEW)
    with session_scope(database) as session:
        headers = key_of(session, anna)
        reads_only = key_of(session, anna, Scope.READ)
        others = key_of(session, make_account(session))
    body = client.get("/api/v1/notices", headers=headers).json()
    assert (body["total"], body["unread"], [one["title"] for one in body["items"]]) == (2, 2, ["标题 乙", "标题 甲"])
    assert client.get("/api/v1/notices?kind=review", headers=headers).json()["total"] == 1
    assert client.get("/api/v1/notices?limit=1&offset=1", headers=headers).json()["items"][0]["id"] == first
    assert client.post(f"/api/v1/notices/{first}/read", headers=reads_only).status_code == 403
    read = client.post(f"/api/v1/notices/{first}/read", headers=headers).json()
    assert read["read_at"]
    assert client.post(f"/api/v1/notices/{first}/read", headers=headers).json() == read
    assert client.get("/api/v1/notices", headers=headers).json()["unread"] == 1
    assert client.get("/api/v1/notices", headers=others).json()["items"] == []
    assert client.post(f"/api/v1/notices/{first}/read", headers=others).status_code == 404
    assert client.get("/api/v1/notices").status_code == 401
