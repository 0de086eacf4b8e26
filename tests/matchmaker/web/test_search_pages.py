"""Searching on pages and over the API: suggestions, order, ways out, what was mended; the administrator's dictionary."""

from html import unescape

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models.account import Role
from matchmaker.models.dictionary import WordGroup
from tests.factories import cookie_of, make_account, make_achievement

pytestmark = pytest.mark.postgresql

LINE = "跌倒 = 摔倒 = 倒地 = 摔跤 = 跌落"


@pytest.fixture
def client(app: FastAPI, database: Engine, indexes: Indexes) -> TestClient:
    with session_scope(database) as session:
        for title in ("老人跌倒检测手环", "一种激光熔覆方法", "岩棉板切割机"):
            make_achievement(session, title=title, owner_name="澄湖大学", stage="pilot")
        session.commit()
    relay_all(database, indexes)
    return TestClient(app, follow_redirects=False)


@pytest.fixture
def administrator(client: TestClient, app: FastAPI, database: Engine) -> TestClient:
    with session_scope(database) as session:
        cookie = cookie_of(session, make_account(session, Role.ADMINISTRATOR))
        session.commit()
    return TestClient(app, cookies=cookie, follow_redirects=False, headers={"Origin": "http://testserver"})


def test_suggestions_are_links_that_need_no_script(client: TestClient) -> None:
    part = client.get("/search/suggestions?kind=achievements&q=jiguang").text
    assert "/achievements?q=%E6%BF%80%E5%85%89" in part
    assert client.get("/search/suggestions?kind=achievements&q=").text.strip() == ""
    items = client.get("/api/v1/achievements/suggestions?q=澄湖").json()["items"]
    assert items[0] == {"text": "澄湖大学", "kind": "owner", "count": 3}


def test_what_was_mended_is_told_with_the_way_back(client: TestClient) -> None:
    page = unescape(client.get("/achievements?q=岩绵").text)
    assert "“岩绵”按“岩棉”检索" in page
    assert "literal=1" in page
    assert "按“岩棉”检索" not in client.get("/achievements?q=岩绵&literal=1").text
    answer = client.get("/api/v1/achievements?q=岩绵").json()
    assert answer["takes"] == [{"typed": "岩绵", "taken_for": "岩棉"}]
    assert client.get("/api/v1/achievements?q=岩绵&literal=true").json()["takes"] == []


def test_the_filter_that_empties_the_list_goes_with_one_tap(client: TestClient) -> None:
    page = unescape(client.get("/achievements?q=激光&owner=别的单位").text)
    assert "去掉“完成单位：别的单位”，有 1 条" in page
    answer = client.get("/api/v1/achievements?q=激光&owner=别的单位").json()
    assert answer["relaxations"] == [{"field": "owner", "label": "完成单位", "count": 1}]


def test_the_list_is_sorted_by_what_is_asked(client: TestClient) -> None:
    newest = client.get("/api/v1/achievements?sort=newest&limit=1").json()
    assert newest["items"][0]["title"] == "岩棉板切割机"
    assert (newest["page"], newest["pages"]) == (1, 3)
    assert (
        client.get("/api/v1/achievements?sort=newest&limit=1&page=3").json()["items"][0]["title"] == "老人跌倒检测手环"
    )
    assert client.get("/api/v1/achievements?sort=price").status_code == 422
    assert 'aria-current="true">最新发布' in client.get("/achievements?q=手环&sort=newest").text


def test_a_group_of_the_administrator_counts_at_once_and_can_be_forgotten(
    administrator: TestClient, client: TestClient, database: Engine
) -> None:
    assert client.get("/api/v1/achievements?q=硬膏壳").json()["total"] == 0
    assert administrator.post("/dictionary/groups", data={"words": "硬膏壳 = 岩棉"}).status_code == 303
    assert [item["title"] for item in client.get("/api/v1/achievements?q=硬膏壳").json()["items"]] == ["岩棉板切割机"]
    with Session(database) as session:
        number = session.exec(select(WordGroup.id)).one()
    assert administrator.post(f"/dictionary/groups/{number}", data={"remove": "1"}).status_code == 303
    assert client.get("/api/v1/achievements?q=硬膏壳").json()["total"] == 0


@pytest.mark.parametrize("words", ["只有一个", "", "甲" * 61 + " = 乙", "= = ="])
def test_what_is_no_group_is_answered_with_the_repair(administrator: TestClient, words: str) -> None:
    refused = administrator.post("/dictionary/groups", data={"words": words})
    assert refused.status_code == 422
    assert "跌倒 = 摔倒 = 倒地" in refused.text


def test_a_bundled_line_is_switched_off_and_restored(administrator: TestClient, client: TestClient) -> None:
    def found() -> int:
        return int(client.get("/api/v1/achievements?q=摔倒").json()["total"])

    assert found() == 1
    assert administrator.post("/dictionary/lines", data={"key": LINE, "off": "1"}).status_code == 303
    assert found() == 0
    assert "已停用" in administrator.get("/dictionary?q=跌落").text
    assert administrator.post("/dictionary/lines", data={"key": LINE, "as_bundled": "1"}).status_code == 303
    assert found() == 1
    assert administrator.post("/dictionary/lines", data={"key": "没有 = 这行", "off": "1"}).status_code == 404
