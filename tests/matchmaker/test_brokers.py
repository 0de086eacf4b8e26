"""Brokers and brokerages: one membership at a time, who may change what, the directory, and the API over both."""

import threading
from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.accounts import actor_of
from matchmaker.accounts.people import certified_brokers
from matchmaker.broker_directory import DirectoryQuery, brokerage_directory, directory
from matchmaker.brokers import (
    change_brokerage,
    current_practice,
    join,
    leave,
    practices,
    revise_broker,
    upsert_broker,
)
from matchmaker.database import session_scope
from matchmaker.errors import AlreadyMember, MalformedRequest, NotAllowed, RecordAlreadyExists, VersionConflict
from matchmaker.models.account import Account, Role
from matchmaker.models.base import now
from matchmaker.models.broker import Broker, Brokerage, BrokerageMembership, BrokerageUpdate, BrokerCreate, BrokerUpdate
from matchmaker.records import Outcome
from matchmaker.rights import PLATFORM, Actor
from matchmaker.visibility import today
from tests.factories import make_account, make_broker, make_brokerage


def broker_without_brokerage(session: Session, **values: Any) -> Broker:
    broker, _ = upsert_broker(session, BrokerCreate.model_validate({"name": "李自由", **values}))
    return broker


def actor(session: Session, role: Role, **values: Any) -> Actor:
    return actor_of(session, make_account(session, role=role, **values))


def test_a_broker_practises_in_one_name_at_a_time_and_her_history_is_kept(session: Session) -> None:
    broker, first, second = broker_without_brokerage(session), make_brokerage(session), make_brokerage(session)
    joined = today() - timedelta(days=10)
    join(session, broker, first, joined)
    with pytest.raises(AlreadyMember) as caught:
        join(session, broker, second, today())
    assert first.name in caught.value.detail
    assert "离开" in caught.value.fix
    leave(session, broker, today(), by=PLATFORM)
    join(session, broker, second, today())
    assert [(one.brokerage.id, one.membership.left_on) for one in practices(session, broker)] == [
        (second.id, None),
        (first.id, today()),
    ]


def test_joining_again_where_one_is_changes_nothing(session: Session) -> None:
    broker, brokerage = broker_without_brokerage(session), make_brokerage(session)
    first = join(session, broker, brokerage, today())
    assert join(session, broker, brokerage, today()).id == first.id
    assert len(session.exec(select(BrokerageMembership)).all()) == 1


@pytest.mark.parametrize("on", [today() + timedelta(days=1), today() - timedelta(days=6)])
def test_stretches_of_practice_neither_overlap_nor_lie_ahead(session: Session, on: date) -> None:
    broker, brokerage = broker_without_brokerage(session), make_brokerage(session)
    join(session, broker, brokerage, today() - timedelta(days=9))
    leave(session, broker, today() - timedelta(days=5), by=PLATFORM)
    with pytest.raises(MalformedRequest):
        join(session, broker, brokerage, on)


def test_nobody_leaves_before_she_joined_or_without_having_joined(session: Session) -> None:
    broker, brokerage = broker_without_brokerage(session), make_brokerage(session)
    with pytest.raises(MalformedRequest):
        leave(session, broker, today(), by=PLATFORM)
    join(session, broker, brokerage, today())
    with pytest.raises(MalformedRequest):
        leave(session, broker, today() - timedelta(days=1), by=PLATFORM)


def test_two_who_enter_her_at_once_leave_one_membership(database: Engine) -> None:
    with session_scope(database) as session:
        broker_id = broker_without_brokerage(session).id
        ids = [make_brokerage(session).id for _ in range(2)]
    start, told = threading.Barrier(2), list[str]()

    def enter(brokerage_id: int | None) -> None:
        start.wait()
        try:
            with session_scope(database) as own:
                broker, brokerage = own.get(Broker, broker_id), own.get(Brokerage, brokerage_id)
                assert broker is not None
                assert brokerage is not None
                join(own, broker, brokerage, today())
            told.append("joined")
        except AlreadyMember as error:
            told.append(error.code)

    threads = [threading.Thread(target=enter, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["already_member", "joined"]
    with Session(database) as session:
        assert len(session.exec(select(BrokerageMembership)).all()) == 1


def test_who_may_enter_and_dismiss_a_broker(session: Session) -> None:
    broker, brokerage = broker_without_brokerage(session), make_brokerage(session)
    house = actor(session, Role.BROKERAGE_ADMINISTRATOR, brokerage_id=brokerage.id)
    stranger = actor(session, Role.BROKERAGE_ADMINISTRATOR)
    herself = actor(session, Role.BROKER, broker_id=broker.id)
    for who in (stranger, herself, actor(session, Role.DISTRICT_OFFICIAL)):
        with pytest.raises(NotAllowed):
            join(session, broker, brokerage, today(), by=who)
    join(session, broker, brokerage, today(), by=house)
    with pytest.raises(NotAllowed):
        leave(session, broker, today(), by=stranger)
    leave(session, broker, today(), by=herself)
    assert current_practice(session, broker) is None


def test_a_broker_writes_her_profile_but_not_her_certificate(session: Session) -> None:
    broker = make_broker(session)
    herself = actor(session, Role.BROKER, broker_id=broker.id)
    update = BrokerUpdate.model_validate(
        {"version": 1, "introduction": "十年新材料成果转化", "technology_fields": ["新材料"]}
    )
    revise_broker(session, broker, update, by=herself)
    assert (broker.technology_fields, broker.version) == (["materials"], 2)
    with pytest.raises(VersionConflict):
        revise_broker(session, broker, update, by=herself)
    for change in ({"certificate_number": "JS-新"}, {"certificate_valid_until": "2099-01-01"}, {"name": "王改名"}):
        with pytest.raises(NotAllowed):
            revise_broker(session, broker, BrokerUpdate.model_validate({"version": 2, **change}), by=herself)
    keeper = actor(session, Role.CITY_OFFICIAL)
    revise_broker(session, broker, BrokerUpdate.model_validate({"version": 2, "name": "王改名"}), by=keeper)
    assert broker.name == "王改名"


def test_a_certificate_belongs_to_one_broker(session: Session) -> None:
    held, other = make_broker(session, certificate_number="JS-1"), make_broker(session)
    with pytest.raises(RecordAlreadyExists) as caught:
        revise_broker(
            session, other, BrokerUpdate.model_validate({"version": 1, "certificate_number": "JS-1"}), by=PLATFORM
        )
    assert held.name in caught.value.detail


def test_no_identity_number_is_taken_for_a_certificate_and_no_telephone_is_published(session: Session) -> None:
    with pytest.raises(ValueError, match="身份证号"):
        BrokerCreate.model_validate({"name": "李某", "certificate_number": "11010519491231002X"})
    broker = broker_without_brokerage(session, introduction="联系我 13800000001", contact_phone="0558-1")
    assert "13800000001" not in broker.introduction
    assert broker.contact_phone == "0558-1、13800000001"


def test_a_file_never_moves_a_broker(session: Session) -> None:
    row = {"name": "赵六", "certificate_number": "JS-9", "brokerage_name": "澄湖甲转移中心"}
    broker, outcome = upsert_broker(session, BrokerCreate.model_validate(row))
    assert outcome is Outcome.ADDED
    assert upsert_broker(session, BrokerCreate.model_validate(row))[1] is Outcome.UNCHANGED
    with pytest.raises(AlreadyMember, match="澄湖甲转移中心"):
        upsert_broker(session, BrokerCreate.model_validate({**row, "brokerage_name": "澄湖乙转移中心"}))
    assert len(practices(session, broker)) == 1


def test_a_brokerages_administrator_changes_its_profile_but_not_its_name(session: Session) -> None:
    brokerage = make_brokerage(session)
    house = actor(session, Role.BROKERAGE_ADMINISTRATOR, brokerage_id=brokerage.id)
    change_brokerage(session, brokerage, BrokerageUpdate(version=1, main_business="成果推介"), by=house)
    assert brokerage.main_business == "成果推介"
    with pytest.raises(NotAllowed):
        change_brokerage(session, brokerage, BrokerageUpdate(version=2, name="另一个名称"), by=house)
    with pytest.raises(NotAllowed):
        change_brokerage(
            session, brokerage, BrokerageUpdate(version=2), by=actor(session, Role.BROKERAGE_ADMINISTRATOR)
        )


@pytest.fixture
def three(session: Session) -> dict[str, Broker]:
    brokerage = make_brokerage(session, name="澄湖甲转移中心")
    people: dict[str, dict[str, Any]] = {
        "chen": {"name": "陈一", "technology_fields": ["materials"], "region_code": "990102"},
        "wang": {"name": "王二", "technology_fields": ["materials", "energy"], "city_industries": ["textiles"]},
        "zhao": {"name": "赵_三", "certificate_level": "senior", "region_code": "990121"},
    }
    return {key: make_broker(session, brokerage=brokerage, **values) for key, values in people.items()}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"chen", "wang", "zhao"}),
        ({"name": "一"}, {"chen"}),
        ({"name": "_"}, {"zhao"}),
        ({"technology_field": "materials"}, {"chen", "wang"}),
        ({"technology_field": "energy"}, {"wang"}),
        ({"technology_field": "material"}, set()),
        ({"city_industry": "textiles"}, {"wang"}),
        ({"region_code": "990102"}, {"chen"}),
        ({"region_code": "990100"}, {"chen", "zhao"}),
        ({"level": "senior"}, {"zhao"}),
        ({"brokerage_id": 10**6}, set()),
    ],
)
def test_the_directory_finds(
    session: Session, three: dict[str, Broker], query: dict[str, Any], found: set[str]
) -> None:
    page = directory(session, DirectoryQuery(**query))
    assert {one.id for one in page.brokers} == {three[key].id for key in found}
    assert page.total == len(found)


def test_the_directory_has_pages_and_names_the_brokerage(session: Session, three: dict[str, Broker]) -> None:
    pages = [directory(session, DirectoryQuery(offset=offset, limit=2)) for offset in (0, 2)]
    assert [len(page.brokers) for page in pages] == [2, 1]
    assert len({one.id for page in pages for one in page.brokers}) == pages[0].total == 3
    assert {one.brokerage_name for one in pages[0].brokers} == {"澄湖甲转移中心"}
    leave(session, three["chen"], today(), by=PLATFORM)
    assert [count for _, count in brokerage_directory(session, name="甲转移").brokerages] == [2]


def test_the_api_registers_moves_and_never_tells_contacts(
    client: TestClient, admin: dict[str, str], database: Engine
) -> None:
    body = {
        "name": "周七",
        "certificate_number": "JS-7",
        "brokerage_name": "澄湖甲转移中心",
        "contact_phone": "13800000007",
    }
    added = client.post("/api/v1/brokers", json=body, headers=admin)
    assert added.status_code == 201
    assert client.post("/api/v1/brokers", json=body, headers=admin).status_code == 409
    broker = added.json()
    assert broker["brokerage_name"] == "澄湖甲转移中心"
    second = client.post("/api/v1/brokerages", json={"name": "澄湖乙转移中心"}, headers=admin).json()
    path = f"/api/v1/brokers/{broker['id']}"
    refused = client.post(f"{path}/join", json={"brokerage_id": second["id"]}, headers=admin)
    assert (refused.status_code, refused.json()["code"]) == (409, "already_member")
    assert client.post(f"{path}/leave", json={}, headers=admin).json()["left_on"] == today().isoformat()
    assert client.post(f"{path}/join", json={"brokerage_id": second["id"]}, headers=admin).status_code == 200
    assert client.patch(path, json={"version": 9, "introduction": "旧"}, headers=admin).status_code == 409
    listed = client.get("/api/v1/brokers", params={"limit": 1})
    assert listed.json()["total"] == 1
    with Session(database) as session:
        assert session.exec(select(Broker.contact_phone)).one() == "13800000007"
    assert "13800000007" not in added.text + listed.text + client.get(path).text


def test_the_api_turns_pages(client: TestClient, database: Engine) -> None:
    with session_scope(database) as session:
        brokerage = make_brokerage(session)
        for _ in range(3):
            make_broker(session, brokerage=brokerage)
    first = client.get("/api/v1/brokers?limit=2").json()
    second = client.get(f"/api/v1/brokers?limit=2&cursor={first['next_cursor']}").json()
    assert len({one["id"] for one in first["items"] + second["items"]}) == 3
    assert second["next_cursor"] is None
    assert client.get("/api/v1/brokers?cursor=x").status_code == 422


def test_an_account_becomes_certified_by_membership(session: Session) -> None:
    broker = broker_without_brokerage(session, certificate_number="JS-5")
    account = make_account(session, role=Role.BROKER, broker_id=broker.id)
    assert not actor_of(session, session.get(Account, account.id) or account).is_certified
    join(session, broker, make_brokerage(session), today())
    assert actor_of(session, account).is_certified


def test_the_certified_are_chosen_by_the_database_as_one_by_one(session: Session) -> None:
    """Those whose accounts are open, whatever there is to tell certified brokers from others."""
    ends = (None, today(), today() - timedelta(days=1))
    for end, has_number, practises in product(ends, (True, False), (True, False)):
        number = {} if has_number else {"certificate_number": None}
        broker = make_broker(session, certificate_valid_until=end, **number)
        if not practises:
            leave(session, broker, today(), by=PLATFORM)
        make_account(session, role=Role.BROKER, broker_id=broker.id)
    nameless = make_broker(session, certificate_number="")
    make_account(session, role=Role.BROKER, broker_id=nameless.id)
    make_account(session, role=Role.BROKER, broker_id=make_broker(session).id, disabled_at=now())
    accounts = session.exec(select(Account).where(col(Account.disabled_at).is_(None))).all()
    one_by_one = {one.id for one in accounts if actor_of(session, one).is_certified}
    assert len(one_by_one) == 2
    assert {account.id for account, _ in session.exec(certified_brokers())} == one_by_one
