"""The demo city is believable, complete, marked as invented, and leaves when asked."""

import json
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

import matchmaker.demo
from matchmaker.classification import classification
from matchmaker.demo import load_demo_city, remove_demo_city
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.matching import match_need
from matchmaker.models import Achievement, Enterprise, Institution, Match, TechnologyNeed
from matchmaker.models.base import checked_credit_code
from tests.factories import make_need

FOLDER = Path(matchmaker.demo.__file__).parent


def records(kind: str) -> list[dict[str, object]]:
    files = sorted((FOLDER / kind).glob("*.jsonl"))
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]


@pytest.fixture
def city(database: Engine) -> Engine:
    for report in load_demo_city(database, lambda _text: None):
        assert not report.rejected, report.to_text()
    return database


def test_the_city_is_large_enough_and_covers_every_industry_and_district(city: Engine) -> None:
    with Session(city) as session:
        needs = session.exec(select(TechnologyNeed)).all()
        achievements = session.exec(select(Achievement)).all()
        assert len(needs) >= 120
        assert len(achievements) >= 400
        industries = {entry.code for entry in classification().city.industries.entries}
        assert {one.city_industry for one in needs} == {one.city_industry for one in achievements} == industries
        assert len(industries) == 13
        districts = {entry.code for entry in classification().city.districts.entries}
        assert {one.region_code for one in needs} >= districts
        for table in (TechnologyNeed, Achievement, Enterprise, Institution):
            assert session.exec(select(func.count()).select_from(table).where(~table.is_demo)).one() == 0  # type: ignore[arg-type]


def test_every_text_is_its_own() -> None:
    for kind, field in (("needs", "problem"), ("achievements", "summary")):
        found = records(kind)
        assert max(Counter(one["title"] for one in found).values()) == 1
        assert max(Counter(one[field] for one in found).values()) == 1


def test_the_credit_codes_are_well_formed_and_nobodys() -> None:
    """Digits three to eight are those of the registering authority's region: no region of the country begins with 99."""
    codes = [str(one["credit_code"]) for kind in ("enterprises", "institutions") for one in records(kind)]
    assert [checked_credit_code(one) for one in codes] == codes
    assert len(set(codes)) == len(codes)
    assert {one[2:4] for one in codes} == {"99"}


def test_nobody_can_be_called() -> None:
    for kind in ("needs", "achievements", "enterprises"):
        assert not any("contact_phone" in one or "contact_email" in one for one in records(kind))


def test_loading_twice_changes_nothing(city: Engine) -> None:
    reports = load_demo_city(city, lambda _text: None)
    assert sum(one.added + one.changed for one in reports) == 0
    assert sum(one.unchanged for one in reports) == sum(one.rows_read for one in reports)


def test_removing_the_city_leaves_real_records_alone(city: Engine, session: Session, indexes: Indexes) -> None:
    name = session.exec(select(Enterprise.name)).first()
    mine = make_need(session, enterprise_name=name)
    session.commit()
    relay_all(city, indexes)
    # Matches that were proposed for demo records go with them.
    invented = session.exec(select(TechnologyNeed).where(TechnologyNeed.is_demo)).first()
    assert invented is not None
    assert match_need(session, indexes, invented)
    session.rollback()
    assert remove_demo_city(city) > 600
    assert session.exec(select(Match)).all() == []
    session.rollback()
    relay_all(city, indexes)
    assert indexes.needs.versions() == {str(mine.id): mine.version}
    assert indexes.achievements.versions() == {}
    session.rollback()
    assert session.exec(select(Enterprise.name)).all() == [name]
