"""Suggestions: what the titles have, by characters, pinyin and initials; nothing of what the public may not read."""

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models import RecordKind
from matchmaker.search import suggestions
from tests.factories import make_achievement, make_hidden, make_need


@pytest.fixture
def achievements(database: Engine, session: Session, indexes: Indexes) -> Indexes:
    for title in ("一种激光熔覆方法", "激光熔覆粉末", "激光雷达点云配准"):
        make_achievement(session, title=title, owner_name="澄湖大学")
    session.commit()
    relay_all(database, indexes)
    return indexes


@pytest.mark.parametrize(
    ("typed", "first"),
    [("激光", "激光熔覆"), ("jigu", "激光熔覆"), ("jgr", "激光熔覆"), ("澄", "澄湖大学"), ("chd", "澄湖大学")],
)
def test_the_beginning_is_completed(session: Session, achievements: Indexes, typed: str, first: str) -> None:
    assert suggestions(session, achievements, RecordKind.ACHIEVEMENTS, typed)[0].text == first


def test_the_last_of_several_words_is_completed(session: Session, achievements: Indexes) -> None:
    texts = [one.text for one in suggestions(session, achievements, RecordKind.ACHIEVEMENTS, "轧辊 激光")]
    assert texts
    assert all(text.startswith("轧辊 激光") for text in texts)


def test_what_the_public_may_not_read_is_not_suggested(database: Engine, session: Session, indexes: Indexes) -> None:
    for record in make_hidden(session):
        record.title = f"秘密滤芯{record.title}"
    make_need(session, title="公开的滤芯", poster_name="秘密滤芯厂", poster_hidden=True)
    session.commit()
    for kind in RecordKind:
        assert suggestions(session, indexes, kind, "秘密") == []
    assert suggestions(session, indexes, RecordKind.NEEDS, "滤芯") or suggestions(
        session, indexes, RecordKind.NEEDS, "公开"
    )


def test_nothing_typed_suggests_nothing(session: Session, achievements: Indexes) -> None:
    assert suggestions(session, achievements, RecordKind.ACHIEVEMENTS, "  ") == []
