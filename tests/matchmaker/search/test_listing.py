"""Searching: order, cut-off, snippets, facets and cursors, on the real engine."""

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.errors import MalformedRequest, SearchNotAvailable
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models import RecordKind
from matchmaker.search import SearchPage, SearchRequest, search_records
from tests.factories import make_need


def search(session: Session, indexes: Indexes, text: str = "", **options: Any) -> SearchPage:
    return search_records(session, indexes, RecordKind.NEEDS, SearchRequest(text=text, **options))


def titles(page: SearchPage) -> list[str]:
    return [entry.record.title for entry in page.entries]


@pytest.fixture
def needs(database: Engine, session: Session, indexes: Indexes) -> Indexes:
    rows: list[dict[str, Any]] = [
        {
            "title": "电池托盘焊接变形",
            "problem": "铝托盘焊后漏气",
            "technology_field": "manufacturing",
            "region_code": "990102",
        },
        {"title": "铅膏脱硫后含硫偏高", "problem": "废铅蓄电池铅膏脱硫不彻底", "technology_field": "environment"},
        {"title": "面条酥条", "problem": "废料多", "technology_field": "agriculture", "region_code": "990103"},
    ]
    for row in rows:
        make_need(session, **row)
    session.commit()
    relay_all(database, indexes)
    return indexes


def test_all_of_the_asked_words_beat_one_of_them_in_the_title(session: Session, needs: Indexes) -> None:
    assert titles(search(session, needs, "废铅蓄电池"))[0] == "铅膏脱硫后含硫偏高"


def test_a_commonplace_of_the_question_is_no_result(session: Session, needs: Indexes) -> None:
    assert "面条酥条" not in titles(search(session, needs, "废铅蓄电池"))


def test_what_was_understood_is_told_without_the_words_inside_words(session: Session, needs: Indexes) -> None:
    assert search(session, needs, "废铅蓄电池").words == ["废", "铅", "蓄电池"]


def test_the_snippet_shows_where_the_words_stand(session: Session, needs: Indexes) -> None:
    entry = search(session, needs, "脱硫").entries[0]
    assert [piece.text for piece in entry.title if piece.hit] == ["脱硫"]
    assert "脱硫" in [piece.text for piece in entry.snippet if piece.hit]
    assert "".join(piece.text for piece in entry.title) == entry.record.title


def test_without_text_the_newest_come_first(session: Session, needs: Indexes) -> None:
    assert titles(search(session, needs)) == ["面条酥条", "铅膏脱硫后含硫偏高", "电池托盘焊接变形"]


def test_a_facet_counts_its_alternatives_as_if_nothing_were_ticked(session: Session, needs: Indexes) -> None:
    page = search(session, needs, chosen={"technology_field": ("environment",)})
    assert titles(page) == ["铅膏脱硫后含硫偏高"]
    fields = {facet.field: facet for facet in page.facets}
    counted = {value.value: (value.count, value.chosen) for value in fields["technology_field"].values}
    assert counted == {"environment": (1, True), "manufacturing": (1, False), "agriculture": (1, False)}
    assert {value.label for value in fields["region"].values} == set()


def test_a_region_is_offered_by_district(session: Session, needs: Indexes) -> None:
    regions = next(facet for facet in search(session, needs).facets if facet.field == "region")
    assert [(value.label, value.count) for value in regions.values] == [("澄东区", 1), ("澄西区", 1)]


def test_an_unknown_filter_is_named(session: Session, needs: Indexes) -> None:
    with pytest.raises(MalformedRequest, match="colour"):
        search(session, needs, chosen={"colour": ("red",)})


def test_a_cursor_belongs_to_its_question(session: Session, needs: Indexes) -> None:
    first = search(session, needs, limit=2)
    assert first.next_cursor
    assert titles(search(session, needs, limit=2, cursor=first.next_cursor)) == ["电池托盘焊接变形"]
    for text, cursor in (("脱硫", first.next_cursor), ("", "not-a-cursor"), ("", "")):
        with pytest.raises(MalformedRequest, match="第一页"):
            search(session, needs, text, cursor=cursor)


def test_without_an_index_the_repair_is_named(session: Session, indexes: Indexes) -> None:
    with pytest.raises(SearchNotAvailable, match="matchmaker reindex"):
        search(session, indexes, "脱硫")
