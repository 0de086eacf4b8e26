"""前往: pages by name and initials, records by number and title, parties by name and initials — of what one may know."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.database import session_scope
from matchmaker.models.account import Role
from matchmaker.models.base import now
from matchmaker.models.notice import Notice, NoticeKind
from matchmaker.parties import MENTIONED
from matchmaker.rights import ANYONE, Actor
from matchmaker.web.goto import SHOWN, find, initials
from matchmaker.web.navigation import PLACES, menu
from tests.factories import (
    actor_for,
    cookie_of,
    make_account,
    make_achievement,
    make_enterprise,
    make_hidden,
    make_institution,
    make_need,
)


def names(session: Session, question: str, actor: Actor = ANYONE) -> dict[str, list[str]]:
    return {group.label: [one.name for one in group.targets] for group in find(session, question, actor)}


def test_initials() -> None:
    assert initials("经纪人业绩") == "jjryj"
    assert initials("重庆ABC制药 2") == "cqabczy2"


def test_a_name_is_escaped_in_its_address(session: Session) -> None:
    make_enterprise(session, name="甲#乙&丙示例公司")
    session.flush()
    (found,) = (group for group in find(session, "甲#乙", ANYONE) if group.label == "企业")
    assert found.targets[0].path == "/needs?q=%E7%94%B2%23%E4%B9%99%26%E4%B8%99%E7%A4%BA%E4%BE%8B%E5%85%AC%E5%8F%B8"


@pytest.mark.parametrize("question", ["jjryj", "JJRYJ", "经纪人业绩", "业绩", "jj ry"])
def test_pages_by_name_and_initials(session: Session, question: str) -> None:
    official = actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL))
    assert "经纪人业绩" in names(session, question, official)["页面"]
    assert "经纪人业绩" not in names(session, question).get("页面", [])


def test_without_a_question_there_are_the_pages(session: Session) -> None:
    assert list(names(session, " ")) == ["页面"]
    assert "首页" in names(session, "")["页面"]


def test_records_by_number_and_title(session: Session) -> None:
    need, achievement = make_need(session, title="浓水脱盐"), make_achievement(session, title="脱盐装置")
    assert "浓水脱盐" in names(session, f"#{need.id}")["技术需求"]
    assert "脱盐装置" in names(session, str(achievement.id))["科技成果"]
    assert names(session, "脱盐") == {"技术需求": ["浓水脱盐"], "科技成果": ["脱盐装置"]}
    for question in ("%", "_", "\\", "'", "9" * 30, "0", "x" * 500):
        find(session, question, ANYONE)
    assert names(session, "%") == {}


def test_what_is_not_known_is_not_found(session: Session) -> None:
    official = actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="990102"))
    for record in make_hidden(session, title="保密难题", region_code="990103"):
        assert "保密难题" not in str(find(session, str(record.id), ANYONE))
        assert "保密难题" not in str(find(session, str(record.id), official))
    assert names(session, "保密难题", official) == {}
    broker = actor_for(session, make_account(session, role=Role.BROKER))
    assert names(session, "保密难题", broker) == {"技术需求": ["保密难题"], "科技成果": ["保密难题"]}


def test_own_and_overseen_records_are_found(session: Session) -> None:
    enterprise = make_enterprise(session)
    mine = actor_for(session, make_account(session, enterprise_id=enterprise.id))
    official = actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="990102"))
    make_need(session, title="待审难题", status="pending", enterprise_name=enterprise.name, region_code="990102")
    for reader, found in ((mine, True), (official, True), (ANYONE, False)):
        assert bool(names(session, "待审难题", reader)) is found


def test_parties_by_name_and_initials_as_far_as_they_are_known(session: Session) -> None:
    make_enterprise(session, name="望川制药有限公司")
    make_institution(session, name="江岳大学")
    make_need(session, title="甲甲", confidentiality="directed", enterprise_name="保密制药有限公司")
    for question in ("望川", "wczy", "制药"):
        assert names(session, question)["企业"] == ["望川制药有限公司"]
    assert names(session, "jydx") == {"高校院所": ["江岳大学"]}
    assert "企业" not in names(session, "bmzy")
    city = actor_for(session, make_account(session, role=Role.CITY_OFFICIAL))
    assert names(session, "bmzy", city) == {"企业": ["保密制药有限公司"]}
    own = make_enterprise(session, name="保密化工有限公司", source=MENTIONED)
    mine = actor_for(session, make_account(session, enterprise_id=own.id))
    assert names(session, "bmhg", mine) == {"企业": ["保密化工有限公司"]}
    assert names(session, "bmhg") == {}


def test_a_long_answer_is_cut(session: Session) -> None:
    for number in range(SHOWN + 2):
        make_enterprise(session, name=f"望川第{number}制药厂")
    assert len(names(session, "wcd")["企业"]) == SHOWN
    assert len(names(session, "望川")["企业"]) == SHOWN


def test_page_and_fragment(client: TestClient, database: Engine) -> None:
    with session_scope(database) as session:
        make_need(session, title="<b>浓水脱盐</b>")
    page = client.get("/go", params={"q": "浓水脱盐"})
    part = client.get("/go", params={"q": "浓水脱盐"}, headers={"HX-Request": "true"})
    assert "<html" in page.text
    assert "<html" not in part.text
    for answer in (page, part):
        assert "&lt;b&gt;浓水脱盐" in answer.text
        assert "HX-Request" in answer.headers["vary"]
    assert "没有找到" in client.get("/go?q=没有这种东西").text


@pytest.mark.parametrize("role", [None, *Role])
def test_the_menu_has_nothing_she_may_not_open(session: Session, role: Role | None) -> None:
    actor = actor_for(session, make_account(session, role=role)) if role else ANYONE
    found = menu(actor, "/needs/12")
    places = [entry.place for entry in (*found.bar, *found.more)]
    assert all(place.is_for(actor) for place in places)
    assert len(places) == len(set(places))
    assert set(places) <= set(PLACES)
    assert [entry.place.name for entry in (*found.bar, *found.more) if entry.current] == ["技术需求"]
    assert places[0].path == ("/workplace" if role else "/")


def test_the_header_counts_unread_notices(
    client: TestClient, database: Engine, make_reader: Callable[[], dict[str, str]]
) -> None:
    assert "条未读" not in client.get("/").text
    client.cookies.update(make_reader())
    assert "2<span" in client.get("/").text


@pytest.fixture
def make_reader(database: Engine) -> Callable[[], dict[str, str]]:
    """Somebody with two unread notices and one that was read; gives her cookie."""

    def made() -> dict[str, str]:
        with session_scope(database) as session:
            account = make_account(session)
            for key, read_at in (("a", None), ("b", None), ("c", now())):
                session.add(
                    Notice(account_id=account.id or 0, kind=NoticeKind.MATCH, key=key, title="通知", read_at=read_at)
                )
            other = make_account(session)
            session.add(Notice(account_id=other.id or 0, kind=NoticeKind.MATCH, key="a", title="别人的"))
            return cookie_of(session, account)

    return made
