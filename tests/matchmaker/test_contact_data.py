"""Contacts in running text are moved to where contacts belong, before anybody can read or search them."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from indexing import SearchQuery
from matchmaker.achievements import revise_achievement
from matchmaker.contact_data import HIDDEN, move_contacts
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models import AchievementUpdate
from tests.factories import make_achievement, make_need


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
    moved = move_contacts({"problem": f"寿命短，详询{contact}。", "contact_phone": ""}, ("problem",))
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
    assert move_contacts({"problem": text}, ("problem",)) == {"problem": text}


def test_a_contact_is_not_noted_twice() -> None:
    moved = move_contacts({"problem": "13812345678", "contact_phone": "13812345678"}, ("problem",))
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
