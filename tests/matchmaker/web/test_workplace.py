"""The first page of each role, help and tours, over the real app."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.broker import Broker
from matchmaker.rights import Actor
from matchmaker.visibility import today
from matchmaker.web.navigation import PLACES
from matchmaker.web.pages.tours import TOURS
from tests.factories import cookie_of, make_account, make_broker, make_enterprise, make_need

pytestmark = pytest.mark.postgresql

LogIn = Callable[..., None]


@pytest.fixture
def log_in(client: TestClient, database: Engine) -> LogIn:
    """`log_in(role, **values)`: the client is this person from here on."""

    def log_in(role: Role, **values: object) -> None:
        with session_scope(database) as session:
            client.cookies.clear()
            client.cookies.update(cookie_of(session, make_account(session, role=role, **values)))

    return log_in


@pytest.mark.parametrize("role", list(Role))
def test_each_role_has_a_first_page(client: TestClient, log_in: LogIn, role: Role) -> None:
    log_in(role, name="王先生")
    page = client.get("/workplace")
    assert page.status_code == 200
    assert f"王先生，{role.label}" in page.text
    assert page.text.count("<h1") == 1
    assert 'id="tour"' in page.text


def test_who_is_not_logged_in_is_asked_to(client: TestClient) -> None:
    answer = client.get("/workplace")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login?next=%2Fworkplace")


def test_urgent_lists_come_before_empty_ones_and_lateness_is_said(
    client: TestClient, database: Engine, log_in: LogIn
) -> None:
    with session_scope(database) as session:
        enterprise = make_enterprise(session)
        make_need(
            session,
            title="<i>过期</i>的需求",
            valid_until=today() - timedelta(days=1),
            enterprise_name=enterprise.name,
        )
        number = enterprise.id
    log_in(Role.ENTERPRISE, enterprise_id=number)
    page = client.get("/workplace").text
    assert page.index("list-expiring") < page.index("list-returned")
    assert "已逾期" in page
    assert "&lt;i&gt;过期" in page
    assert "发布一条需求" in page


def test_an_uncertified_broker_learns_why(client: TestClient, database: Engine, log_in: LogIn) -> None:
    with session_scope(database) as session:
        broker: Broker = make_broker(session, certificate_number=None)
        number = broker.id
    log_in(Role.BROKER, broker_id=number)
    assert "尚未登记经纪人证书" in client.get("/workplace").text


def test_help_and_tours_are_for_anybody(client: TestClient) -> None:
    page = client.get("/help").text
    for role in Role:
        assert f'href="/help/tour/{role.value}"' in page
        assert len(TOURS[role]) == 5
        tour = client.get(f"/help/tour/{role.value}").text
        assert [step.title for step in TOURS[role] if step.title not in tour] == []
        assert [step.title for step in TOURS[role] if step.place and not _may(role, step.place.path)] == []


def _may(role: Role, path: str) -> bool:
    place = next(one for one in PLACES if one.path == path)
    return place.is_for(Actor(account_id=1, role=role))


def test_a_record_names_what_it_keeps_back_and_for_whom(client: TestClient, database: Engine, log_in: LogIn) -> None:
    with session_scope(database) as session:
        need = make_need(
            session,
            title="逐项公开的需求",
            goal="目标只给经纪人",
            constraints="限制只给双方",
            budget_max_fen=5_000_000,
            disclosure={"goal": "brokers", "constraints": "parties", "budget": "brokers", "must_have": "parties"},
            region_code="990102",
        )
        session.flush()
        path = f"/needs/{need.id}"
    anybody = client.get(path).text
    for label, words in (("预期目标", "该项仅认证经纪人可见"), ("限制条件", "该项仅对接双方可见")):
        assert f'<h3>{label}</h3><p class="kept-back">{words}</p>' in anybody
    assert "目标只给经纪人" not in anybody
    assert "不超过 5 万元" not in anybody
    assert "<dt>预算</dt><dd" in anybody
    assert "必须满足" not in anybody, "an empty field is not said to be kept back"
    log_in(Role.BROKER)
    broker = client.get(path).text
    assert "目标只给经纪人" in broker
    assert "不超过 5 万元" in broker
    assert "限制只给双方" not in broker
    assert "该项仅对接双方可见" in broker
    log_in(Role.DISTRICT_OFFICIAL, region_code="990102")
    assert "限制只给双方" in client.get(path).text


def readings(database: Engine) -> list[tuple[str, int | None]]:
    with Session(database) as session:
        wanted = select(AuditEvent).where(AuditEvent.action == AuditAction.READ_CONFIDENTIAL)
        return [(one.actor_name, one.record_id) for one in session.exec(wanted)]


def test_reading_what_is_not_public_is_put_on_record(client: TestClient, database: Engine, log_in: LogIn) -> None:
    with session_scope(database) as session:
        enterprise = make_enterprise(session)
        partly = make_need(session, enterprise_name=enterprise.name, disclosure={"problem": "brokers"})
        public = make_need(session, enterprise_name=enterprise.name)
        directed = make_need(session, enterprise_name=enterprise.name, confidentiality="directed")
        session.flush()
        numbers = [partly.id, public.id, directed.id]
        own = enterprise.id

    def read_all() -> list[int]:
        return [client.get(f"/needs/{number}").status_code for number in numbers]

    assert read_all() == [200, 200, 404]
    log_in(Role.ENTERPRISE, enterprise_id=own)
    assert read_all() == [200, 200, 200]
    log_in(Role.INSTITUTION)
    assert read_all() == [200, 200, 404]
    assert readings(database) == []
    log_in(Role.BROKER, name="经纪人甲")
    assert read_all() == [200, 200, 404]
    assert readings(database) == [("经纪人甲", numbers[0])]
    log_in(Role.CITY_OFFICIAL, name="科长乙")
    assert read_all() == [200, 200, 200]
    assert readings(database)[1:] == [("科长乙", numbers[0]), ("科长乙", numbers[2])]


def test_actions_are_for_those_who_may(client: TestClient, database: Engine, log_in: LogIn) -> None:
    with session_scope(database) as session:
        enterprise = make_enterprise(session)
        need = make_need(session, enterprise_name=enterprise.name, region_code="990102")
        session.flush()
        path, own = f"/needs/{need.id}", enterprise.id
    confirm, history = f'action="/confirm{path}"', f'href="/history{path}"'
    assert "record-actions" not in client.get(path).text
    for role, values, may in (
        (Role.BROKER, {}, False),
        (Role.ENTERPRISE, {}, False),
        (Role.ENTERPRISE, {"enterprise_id": own}, True),
        (Role.DISTRICT_OFFICIAL, {"region_code": "990102"}, True),
        (Role.DISTRICT_OFFICIAL, {"region_code": "990103"}, False),
    ):
        log_in(role, **values)
        page = client.get(path).text
        assert 'action="/shortlist"' in page
        assert (confirm in page, history in page) == (may, may), role


def test_the_reviewers_remark_is_for_the_owner(client: TestClient, database: Engine, log_in: LogIn) -> None:
    with session_scope(database) as session:
        enterprise = make_enterprise(session)
        need = make_need(session, enterprise_name=enterprise.name, status="returned")
        need.review_note = "请补充指标的现状值"
        session.flush()
        path, own = f"/needs/{need.id}", enterprise.id
    log_in(Role.ENTERPRISE, enterprise_id=own)
    page = client.get(path).text
    assert "审核意见：请补充指标的现状值" in page
    assert "已退回" in page
    log_in(Role.BROKER)
    assert client.get(path).status_code == 404
