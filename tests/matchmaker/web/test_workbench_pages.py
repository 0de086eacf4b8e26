"""The pages of saved searches, shortlist, comparison, brokers and scorecards, as a browser without JavaScript uses them."""

from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models.account import Account, Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.broker import Broker, Brokerage
from matchmaker.models.labels import NeedStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.workbench import SavedSearch, ShortlistItem
from matchmaker.search import FACET_LABELS
from matchmaker.visibility import today
from matchmaker.web.pages.comparison import compared
from matchmaker.web.pages.view import public
from tests.factories import (
    cookie_of,
    make_account,
    make_achievement,
    make_broker,
    make_brokerage,
    make_need,
    make_registered,
)


@dataclass
class Person:
    account: Account
    client: TestClient

    def page(self, path: str, status: int = 200, **options: Any) -> str:
        answer = self.client.get(path, **options)
        assert answer.status_code == status, answer.text[:2000]
        return unescape(answer.text)

    def post(self, path: str, status: int = 303, **data: Any) -> str:
        """Where the form leads, or the page it answers with."""
        answer = self.client.post(path, data=data)
        assert answer.status_code == status, answer.text[:2000]
        return answer.headers.get("Location", unescape(answer.text))


Enters = Callable[..., Person]


@pytest.fixture
def person(app: FastAPI, database: Engine) -> Enters:
    """Somebody in her browser."""

    def enter(role: Role = Role.BROKER, **values: Any) -> Person:
        with session_scope(database) as session:
            account = make_account(session, role=role, **values)
            cookies = cookie_of(session, account)
        return Person(account, TestClient(app, follow_redirects=False, cookies=cookies))

    return enter


@pytest.fixture
def needs(database: Engine, indexes: Indexes) -> list[int]:
    """Three published needs, the third of another field, in the index."""
    with session_scope(database) as session:
        found = [
            make_need(
                session,
                title="秸秆板材甲醛释放量超标",
                key_indicators=[{"name": "甲醛释放量", "operator": "<=", "target": "0.05", "unit": "mg/m³"}],
                elements={"material": "秸秆"},
                budget_max_fen=50_000_000,
                technology_field="materials",
            ),
            make_need(
                session,
                title="秸秆纤维板强度不足",
                key_indicators=[
                    {"name": "静曲强度", "operator": ">=", "target": "30", "unit": "MPa"},
                    {"name": "甲醛释放", "operator": "<=", "target": "0.08", "unit": "mg/m³"},
                ],
                elements={"material": "秸秆"},
                technology_field="materials",
            ),
            make_need(session, title="轴承钢夹杂物控制", problem="钢中夹杂", technology_field="manufacturing"),
        ]
        session.flush()
        ids = [one.id or 0 for one in found]
    relay_all(database, indexes)
    return ids


def test_a_search_is_saved_from_the_list_opened_renamed_and_deleted(person: Enters, needs: list[int]) -> None:
    broker = person()
    listed = broker.page("/needs?q=秸秆&technology_field=materials")
    assert '<form action="/saved-searches" method="post">' in listed
    question = listed.partition('name="question" value="')[2].partition('"')[0]
    place = broker.post("/saved-searches", name="秸秆板材", kind="needs", question=question)
    page = broker.page(place)
    assert "检索词：秸秆；技术领域：新材料及其应用" in page
    assert "近 30 天新发布（2 条）" in page
    assert question in page
    broker.post(place, name="板材")
    overview = broker.page("/saved-searches")
    assert ("板材" in overview, "关闭" in overview) == (True, True)
    broker.post(f"{place}/delete")
    assert "还没有保存的检索" in broker.page("/saved-searches")


def test_a_name_that_is_taken_comes_back_with_what_was_typed(person: Enters, session: Session) -> None:
    broker = person()
    form = {"kind": "needs", "name": "秸秆", "question": "/needs?q=秸秆"}
    broker.post("/saved-searches", **form)
    again = broker.post("/saved-searches", 422, **form)
    assert 'role="alert"' in again
    assert "已有同名的保存检索" in again
    assert 'value="秸秆"' in again
    assert 'value="/needs?q=秸秆"' in again
    broker.post("/saved-searches", **{**form, "name": "另一个"})
    second = session.exec(select(SavedSearch.id).where(SavedSearch.name == "另一个")).one()
    assert "已有同名的保存检索" in broker.post(f"/saved-searches/{second}", 422, name="秸秆")


def test_every_filter_of_the_list_can_be_saved(person: Enters, session: Session) -> None:
    broker = person()
    for kind, labels in FACET_LABELS.items():
        question = f"/{kind.value}?" + "&".join(f"{name}=x&{name}=y" for name in labels)
        broker.post("/saved-searches", name=kind.label, kind=kind.value, question=f"{question}&cursor=abc")
    saved = session.exec(select(SavedSearch)).all()
    assert {one.kind: one.filters for one in saved} == {
        kind: {name: ["x", "y"] for name in labels} for kind, labels in FACET_LABELS.items()
    }


def test_the_public_sees_neither_boxes_nor_forms_of_the_workbench(client: TestClient, needs: list[int]) -> None:
    page = client.get("/needs?q=秸秆").text
    assert "秸秆" in page
    assert "/saved-searches" not in page
    assert "picked" not in page


def test_a_list_without_results_can_be_saved_too(person: Enters, needs: list[int]) -> None:
    assert "保存此检索" in person().page("/needs?q=量子纠错芯片")


def test_ticked_rows_are_kept_and_marked(person: Enters, needs: list[int], session: Session) -> None:
    broker = person()
    assert broker.post("/shortlist", kind="needs", id=needs[:2], next="/needs?urgency=high") == "/needs?urgency=high"
    assert broker.post("/shortlist", kind="needs", id=needs[0], next="//elsewhere.example") == "/shortlist"
    assert broker.page("/needs?q=秸秆").count("已收藏") == 2
    item = session.exec(select(ShortlistItem.id).where(ShortlistItem.record_id == needs[0])).one()
    broker.post(f"/shortlist/{item}", note="约下周见面 <b>")
    page = broker.page("/shortlist")
    assert "约下周见面 <b>" in page
    assert NeedStatus.PUBLISHED.label in page
    broker.post(f"/shortlist/{item}/remove")
    assert "秸秆板材甲醛释放量超标" not in broker.page("/shortlist")


def test_a_record_that_is_withdrawn_leaves_no_title_behind(person: Enters, needs: list[int], database: Engine) -> None:
    broker = person()
    broker.post("/shortlist", kind="needs", id=needs[0])
    with session_scope(database) as session:
        need = session.get(TechnologyNeed, needs[0])
        assert need is not None
        need.status = NeedStatus.WITHDRAWN
    for path in ("/shortlist", f"/compare/needs?id={needs[0]}&id={needs[1]}"):
        page = broker.page(path)
        assert "已不可查看" in page
        assert "甲醛" not in page


def test_nothing_ticked_is_said(person: Enters) -> None:
    assert "先勾选" in person().post("/shortlist", 422, kind="needs")


def test_records_side_by_side(person: Enters, needs: list[int]) -> None:
    page = person().page(f"/compare/needs?id={needs[0]}&id={needs[1]}")
    assert page.count("甲醛释放量</th>") == 1, "indicators of similar name share a line"
    assert "≤ 0.05 mg/m³" in page
    assert "甲醛释放 ≤ 0.08 mg/m³" in page
    for words in ("相同", "不同", "资料不全"):
        assert words in page


def test_a_comparison_takes_two_to_four(person: Enters, needs: list[int], database: Engine) -> None:
    with session_scope(database) as session:
        more = [make_need(session) for _ in range(2)]
        session.flush()
        ids = [*needs, *(one.id for one in more)]
    broker = person()
    assert "请在" in broker.page("/compare/needs")
    assert "请在" in broker.page(f"/compare/needs?id={ids[0]}&id={ids[0]}")
    page = broker.page("/compare/needs?" + "&".join(f"id={one}" for one in ids))
    assert "只列出前 4 条" in page
    assert f'href="/needs/{ids[4]}"' not in page


def test_a_comparison_shows_each_reader_what_she_may_read(person: Enters, database: Engine) -> None:
    with session_scope(database) as session:
        values: dict[str, Any] = {"problem": "保密配方甲乙丙", "confidentiality": "summary"}
        make_need(session, **values)
        make_need(session, problem="人人可读的问题")
        hidden = make_need(session, title="定向的难题", confidentiality="directed")
        session.flush()
        ids = [one.id for one in session.exec(select(TechnologyNeed).order_by(TechnologyNeed.id))]
    query = "&".join(f"id={one}" for one in ids)
    public_view = person(Role.ENTERPRISE).page(f"/compare/needs?{query}")
    assert "保密配方" not in public_view
    assert "未公开" in public_view
    assert hidden.title not in public_view
    assert "保密配方" in person(Role.BROKER).page(f"/compare/needs?{query}")


def test_achievements_are_compared_by_their_own_indicators(session: Session) -> None:
    first = make_achievement(session, indicators=[{"name": "拉伸强度", "value": "40", "unit": "MPa"}], maturity_level=6)
    second = make_achievement(
        session, indicators=[{"name": "抗拉强度", "value": "55", "unit": "MPa"}], maturity_level=6
    )
    third = make_achievement(session, indicators=[{"name": "回用率", "value": "80", "unit": "%"}])
    session.flush()
    parts = {part.heading: part.lines for part in compared([public(one) for one in (first, second, third)])}
    assert [(line.label, line.values) for line in parts["技术指标"]] == [
        ("拉伸强度", ["40 MPa", "抗拉强度 55 MPa", ""]),
        ("回用率", ["", "", "80 %"]),
    ]


def test_the_directory_of_brokers_is_for_everybody(client: TestClient, database: Engine) -> None:
    with session_scope(database) as session:
        brokerage = make_brokerage(session, name="澄湖甲转移中心")
        broker = make_broker(
            session, brokerage=brokerage, name="陈一", technology_fields=["materials"], contact_phone="13800000001"
        )
        for _ in range(21):
            make_broker(session, brokerage=brokerage)
        path = f"/brokers/{broker.id}"
    page = client.get("/brokers?field=materials").text
    assert "陈一" in page
    assert "共 1 人" in page
    assert 'href="/brokers?page=2"' in client.get("/brokers").text
    assert "共 22 人" in client.get("/brokers?page=2").text
    assert client.get("/brokers?brokerage=x&level=x&field=%25").status_code == 200
    profile = client.get(path).text
    assert "澄湖甲转移中心" in profile
    assert "13800000001" not in page + profile + client.get(f"/brokerages/{brokerage.id}").text
    assert "澄湖甲转移中心" in client.get("/brokerages?name=甲转移").text
    assert client.get("/brokers/999999").status_code == 404


def test_contacts_are_shown_to_officials_and_put_on_record(person: Enters, database: Engine, session: Session) -> None:
    with session_scope(database) as writing:
        broker_id = make_broker(writing, contact_phone="13800000001").id
    official = person(Role.DISTRICT_OFFICIAL)
    assert "13800000001" not in official.page(f"/brokers/{broker_id}")
    assert "13800000001" in official.post(f"/brokers/{broker_id}/contact", 200)
    events = session.exec(select(AuditEvent).where(AuditEvent.action == AuditAction.READ_CONTACT)).all()
    assert [(one.account_id, one.table_name, one.record_id) for one in events] == [
        (official.account.id, "broker", broker_id)
    ]


def test_a_broker_edits_her_profile(person: Enters, session: Session) -> None:
    broker = person()
    path = f"/brokers/{broker.account.broker_id}"
    form = broker.page(f"{path}/edit")
    assert 'name="certificate_number"' not in form
    values = {"version": "1", "introduction": "专注新材料", "technology_fields": "materials", "contact_phone": "0558-1"}
    assert broker.post(path, **values) == path
    found = session.get(Broker, broker.account.broker_id)
    assert found is not None
    assert (found.introduction, found.technology_fields, found.contact_phone) == ("专注新材料", ["materials"], "0558-1")
    assert found.certificate_number
    assert "他人修改" in broker.post(path, 422, **values)
    assert "专注新材料" in broker.page(path)


def test_whoever_keeps_the_register_does_not_wipe_contacts_by_saving(person: Enters, database: Engine) -> None:
    with session_scope(database) as session:
        broker_id = make_broker(session, contact_phone="13800000001", certificate_level="junior").id
    keeper = person(Role.CITY_OFFICIAL)
    assert "13800000001" not in keeper.page(f"/brokers/{broker_id}/edit")
    values = {
        "version": "1",
        "name": "新姓名",
        "certificate_number": "JS-1",
        "certificate_level": "",
        "contact_phone": "",
    }
    keeper.post(f"/brokers/{broker_id}", **values)
    with Session(database) as session:
        found = session.get(Broker, broker_id)
        assert found is not None
        assert (found.name, found.certificate_level, found.contact_phone) == ("新姓名", None, "13800000001")


def test_registering_a_broker_and_her_membership(person: Enters, session: Session, database: Engine) -> None:
    keeper = person(Role.CITY_OFFICIAL)
    wrong = keeper.post("/brokers", 422, name="李", certificate_number="11010519491231002X", introduction="原样保留")
    assert "身份证号" in wrong
    assert "原样保留" in wrong
    path = keeper.post("/brokers", name="李四", certificate_number="JS-4", certificate_level="middle")
    with session_scope(database) as writing:
        first, second = make_brokerage(writing).id, make_brokerage(writing).id
    keeper.post(f"{path}/join", brokerage_id=first)
    assert "请先办理离开原机构" in keeper.post(f"{path}/join", 422, brokerage_id=second)
    keeper.post(f"{path}/leave")
    keeper.post(f"{path}/join", brokerage_id=second)
    page = keeper.page(path)
    for brokerage_id in (first, second):
        brokerage = session.get(Brokerage, brokerage_id)
        assert brokerage is not None
        assert brokerage.name in page


def test_a_brokerages_administrator_keeps_its_page_and_takes_in_brokers(person: Enters, database: Engine) -> None:
    house = person(Role.BROKERAGE_ADMINISTRATOR)
    path = f"/brokerages/{house.account.brokerage_id}"
    assert 'name="credit_code"' not in house.page(f"{path}/edit")
    house.post(path, version="1", main_business="成果推介")
    assert "成果推介" in house.page(path)
    assert "他人修改" in house.post(path, 422, version="1", main_business="晚了")
    with session_scope(database) as session:
        free = Broker(source="test", source_id="free", name="自由人")
        session.add(free)
        session.flush()
        broker = f"/brokers/{free.id}"
    assert "加入“" in house.page(broker)
    house.post(f"{broker}/join", brokerage_id=house.account.brokerage_id)
    assert "自由人" in house.page(path)


def test_a_brokerage_is_registered_once(person: Enters) -> None:
    keeper = person(Role.CITY_OFFICIAL)
    path = keeper.post("/brokerages", name="澄湖甲转移中心", legal_type="enterprise")
    assert "企业法人" in keeper.page(path)
    assert "至少" in keeper.post("/brokerages", 422, name="甲")
    assert keeper.client.post("/brokerages", data={"name": "澄湖甲转移中心"}).status_code == 409


def test_the_figures_of_contracts_lead_to_the_contracts(person: Enters, session: Session) -> None:
    broker, official = person(), person(Role.DISTRICT_OFFICIAL)
    own = session.get_one(Broker, broker.account.broker_id)
    own.region_code = official.account.region_code
    here = make_registered(session, title="本县合同", contract_value_fen=120_000_00, technology_value_fen=110_000_00)
    there = make_registered(session, title="外地合同", seller_region_code="340100", buyer_region_code="340100")
    for one in (here, there):
        one.broker_id = own.id
    session.commit()
    page = broker.page("/scorecards")
    assert "42 万元" in page, "12 and 30: the factory's contract is of 300,000 yuan"
    link = f"/scorecards/{own.id}/contracts?from={today().year}-01-01&to={today().year}-12-31"
    assert link in page
    behind = broker.page(f"/scorecards/{own.id}/contracts?year={today().year}")
    assert "本县合同" in behind
    assert "外地合同" in behind
    behind = official.page(f"/scorecards/{own.id}/contracts?year={today().year}")
    assert "本县合同" in behind
    assert "外地合同" not in behind
    assert "另有 1 项" in behind
    assert "42 万元" in behind


def test_scorecards_by_year_quarter_and_days_and_as_a_file(person: Enters, session: Session) -> None:
    broker = person()
    for query, words in (
        ("", "01-01 至"),
        ("year=2025&quarter=2", "2025-04-01 至 2025-06-30"),
        ("from=2025-02-01&to=2025-02-03", "2025-02-01 至 2025-02-03"),
    ):
        assert words in broker.page(f"/scorecards?{query}")
    for query in ("from=2025-02-01", "from=x&to=y", "from=2025-02-02&to=2025-02-01", "year=1999"):
        broker.page(f"/scorecards?{query}", 422)
    answer = broker.client.post("/scorecards/export", data={"year": "2025"})
    book = openpyxl.load_workbook(BytesIO(answer.content))
    assert book["经纪人"].max_row == 2
    exported = session.exec(select(AuditEvent).where(AuditEvent.action == AuditAction.EXPORTED)).one()
    assert exported.account_id == broker.account.id
