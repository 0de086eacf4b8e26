"""Contacts in running text are moved to where contacts belong, before anybody can read or search them."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session

from indexing import SearchQuery
from matchmaker.achievements import revise_achievement
from matchmaker.contact_data import HIDDEN, move_contacts
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models import AchievementUpdate, NeedUpdate
from matchmaker.needs import revise_need
from tests.factories import make_achievement, make_enterprise, make_need


@pytest.mark.parametrize(
    "contact",
    [
        "13812345678",
        "138-1234-5678",
        "+86 138 1234 5678",
        "0558-2345678",
        "（0558）2345678",
        "a.b@example.com",
        "微信：abc_12345",
        "QQ:12345678",
    ],
)
def test_a_contact_is_moved(contact: str) -> None:
    moved = move_contacts({"problem": f"寿命短，详询{contact}。", "contact_phone": ""}, ("problem",), "")
    assert moved["problem"] == f"寿命短，详询{HIDDEN}。"
    assert moved["contact_phone"] == contact


@pytest.mark.parametrize(
    "text",
    [
        "年产量 13800000 件",
        "精度 0.13812345678",
        "GB/T 2260-2007",
        "转速 12000 r/min",
        "专利 ZL201810123456.7",
        "成本 0.5-12345678 元",
    ],
)
def test_figures_are_not_contacts(text: str) -> None:
    assert move_contacts({"problem": text}, ("problem",), "") == {"problem": text}


def test_a_contact_is_not_noted_twice() -> None:
    moved = move_contacts({"problem": "13812345678", "contact_phone": "13812345678"}, ("problem",), "")
    assert moved["contact_phone"] == "13812345678"


def test_a_contact_in_a_text_is_neither_shown_nor_found(database: Engine, session: Session, indexes: Indexes) -> None:
    need = make_need(session, problem="电机异响，联系王工13812345678")
    achievement = make_achievement(session)
    revise_achievement(session, achievement, AchievementUpdate(version=1, summary="请打0558-2345678"))
    session.commit()
    relay_all(database, indexes)
    assert "13812345678" not in need.problem
    assert need.contact_phone == "13812345678"
    assert "2345678" not in achievement.summary
    assert indexes.needs.search(SearchQuery(texts={"13812345678": 1.0})).hits == []


def test_loading_the_same_row_again_changes_nothing(session: Session) -> None:
    row = {"source_id": "same", "problem": "电机异响，联系13812345678"}
    first = make_need(session, **row, title="电机异响")
    assert make_need(session, **row, title="电机异响").version == first.version == 1


def test_a_contact_that_was_there_is_kept(session: Session) -> None:
    need = make_need(session, source_id="kept", contact_phone="0558-1234567", problem="电机异响")
    revise_need(session, need, NeedUpdate(version=need.version, problem="电机异响，请打13812345678"))
    assert need.contact_phone == "0558-1234567、13812345678"
    make_need(session, source_id="kept", title=need.title, problem="电机异响，请打13912345678")
    assert need.contact_phone == "0558-1234567、13812345678、13912345678"


def test_many_contacts_are_all_kept(session: Session) -> None:
    numbers = [f"138{number:08d}" for number in range(40)]
    need = make_need(session, problem="请打" + "或".join(numbers))
    assert need.contact_phone.split("、") == numbers


def test_loading_a_table_again_leaves_a_mended_region_alone(session: Session) -> None:
    make_enterprise(session, name="澄湖电机厂", region_code="990102")
    row = {"source_id": "region", "title": "电机异响", "problem": "启动时异响", "enterprise_name": "澄湖电机厂"}
    need = make_need(session, **row)
    revise_need(session, need, NeedUpdate(version=need.version, region_code="990103"))
    assert make_need(session, **row).region_code == "990103"


def test_a_full_text_stays_readable(client: TestClient, admin: dict[str, str]) -> None:
    numbers = "".join(f"，{number}@b.c" for number in range(300))
    body = {"title": "电机异响", "problem": ("电" * 2000 + numbers)[-2000:]}
    made = client.post("/api/v1/needs", json=body, headers=admin)
    assert made.status_code == 201
    assert len(made.json()["contact_phone"]) > 60
    address = f"/api/v1/needs/{made.json()['id']}"
    assert client.get(address).status_code == client.get(address, headers=admin).status_code == 200
    assert "@b.c" not in client.get(address).text
