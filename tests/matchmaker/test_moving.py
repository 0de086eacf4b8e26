"""Moving house: SQLite → PostgreSQL → SQLite leaves every value as it was, and a move that fails leaves nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel, select

from matchmaker.database import migrate, open_database, session_scope
from matchmaker.demo import load_demo_city
from matchmaker.errors import DatabaseNotReady, MatchmakerError, MoveRefused
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.matching import keep, match_need
from matchmaker.models import Achievement, Enterprise, Institution, Match, NeedUpdate, TechnologyNeed
from matchmaker.moving import move_database
from matchmaker.needs import revise_need
from matchmaker.visibility import today
from tests.factories import make_achievement, make_enterprise, make_institution, make_need
from tests.postgres_server import TestDatabases, opened

CREDIT_CODE = "91350100M000100Y43"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Engine]:
    """An SQLite installation to be moved."""
    with opened(f"sqlite:///{tmp_path / 'old.sqlite'}") as engine:
        migrate(engine)
        yield engine


@pytest.fixture
def new_house(postgres: TestDatabases) -> Iterator[Engine]:
    """An empty PostgreSQL database."""
    url = postgres.empty()
    with opened(url) as engine:
        yield engine
    postgres.drop(url)


def content(database: Engine) -> dict[str, list[Any]]:
    """All there is, as the program reads it."""
    with Session(database) as session:
        return {
            mapper.class_.__tablename__: [
                row.model_dump() for row in session.exec(select(mapper.class_).order_by(*mapper.primary_key))
            ]
            for mapper in SQLModel._sa_registry.mappers
        }


def furnish(database: Engine, indexes: Indexes) -> None:
    """Records with every kind of value: parts, enums, dates, amounts, nothing at all, rare characters, matches."""
    with session_scope(database) as session:
        make_enterprise(session, credit_code=CREDIT_CODE, qualifications=["高新技术企业"], contact_phone="0592-1234567")
        make_institution(session, name="“澄湖”𠮷研究院\\%s:名 😀\u2028")
        need = make_need(
            session,
            title="玉米秸秆制备可降解包装材料",
            key_indicators=[{"name": "强度", "operator": ">=", "target": "600", "unit": "MPa"}],
            must_have=["耐水", "可降解"],
            elements={"material": "秸秆"},
            cooperation_modes=["委托开发"],
            budget_min_fen=10**13 + 1,
            budget_max_fen=10**14,
            deadline=today(),
            urgency="紧急",
            enterprise_credit_code=CREDIT_CODE,
        )
        make_need(session, title="撤回的需求", status="withdrawn", confidentiality="summary")
        make_achievement(
            session, title="玉米秸秆可降解包装材料成型", maturity_level=9, team=["张三"], keywords=["秸秆"]
        )
        # The first names a later one: the order of numbers is not the order of dependence.
        first, second = make_need(session), make_need(session)
        first.duplicate_of_id = second.id
        session.delete(make_need(session))
    relay_all(database, indexes)
    with Session(database, expire_on_commit=False) as session:
        scored = match_need(session, indexes, session.get_one(TechnologyNeed, need.id))
    assert keep(database, scored)
    with session_scope(database) as session:
        make_achievement(session, title="队列里的一条")


def test_there_and_back_again(house: Engine, new_house: Engine, indexes: Indexes, tmp_path: Path) -> None:
    furnish(house, indexes)
    before = content(house)
    assert before["match"]
    assert before["index_outbox"]
    told: list[tuple[int, int]] = []
    counts = move_database(house, new_house, lambda done, total: told.append((done, total)))
    assert counts == {name: len(rows) for name, rows in before.items()}
    assert told[-1] == (sum(counts.values()), sum(counts.values()))
    assert content(new_house) == before
    with opened(f"sqlite:///{tmp_path / 'back.sqlite'}") as back:
        assert move_database(new_house, back) == counts
        assert content(back) == before


def test_the_demo_city_moves(house: Engine, new_house: Engine) -> None:
    load_demo_city(house, lambda _text: None)
    counts = move_database(house, new_house)
    assert counts["technology_need"] + counts["achievement"] > 500
    assert content(new_house) == content(house)
    # In its new home the city is recognised: loading it again changes nothing.
    reports = load_demo_city(new_house, lambda _text: None)
    assert sum(one.added + one.changed for one in reports) == 0


def test_life_goes_on_in_the_new_house(house: Engine, new_house: Engine, indexes: Indexes) -> None:
    furnish(house, indexes)
    move_database(house, new_house)
    with session_scope(new_house) as session:
        numbers = set(session.exec(select(TechnologyNeed.id)))
        fresh = [make_need(session), make_achievement(session), make_enterprise(session), make_institution(session)]
        assert fresh[0].id not in numbers
        assert fresh[0].id == max(one for one in numbers if one) + 1
        need = session.exec(select(TechnologyNeed).where(TechnologyNeed.duplicate_of_id != None)).one()  # noqa: E711
        revise_need(session, need, NeedUpdate(version=need.version, goal="搬家以后"))
    relay_all(new_house, indexes)
    with Session(new_house) as session:
        assert session.exec(select(Match)).all()


@pytest.mark.parametrize("table", [TechnologyNeed, Achievement, Enterprise, Institution])
def test_a_house_that_is_lived_in_is_left_alone(house: Engine, new_house: Engine, table: type[Any]) -> None:
    makers: dict[type[Any], Any] = {TechnologyNeed: make_need, Achievement: make_achievement}
    makers |= {Enterprise: make_enterprise, Institution: make_institution}
    migrate(new_house)
    with session_scope(new_house) as session:
        makers[table](session)
    with session_scope(house) as session:
        make_need(session)
    before = content(new_house)
    with pytest.raises(MoveRefused, match="已有记录"):
        move_database(house, new_house)
    assert content(new_house) == before


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE technology_need SET goal = 'a' || char(0) || 'b' WHERE id = 3", "编号 3 的 goal 含有空字符"),
        ("UPDATE technology_need SET source_id = printf('%300d', 1) WHERE id = 3", "编号 3 的 source_id 超过 200"),
        ("UPDATE technology_need SET maturity_min = 9999999999 WHERE id = 3", "technology_need 中编号"),
        ("UPDATE technology_need SET enterprise_id = 77 WHERE id = 3", "technology_need 中编号"),
    ],
)
def test_what_cannot_be_moved_is_named_and_nothing_stays(
    house: Engine, new_house: Engine, change: str, said: str
) -> None:
    with session_scope(house) as session:
        make_enterprise(session)
        for _ in range(4):
            make_need(session, contact_phone="13900000000")
    with house.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN")
        connection.execute(text(change.replace(":", "\\:")))
        connection.commit()
    with pytest.raises(MoveRefused, match=said) as refused:
        move_database(house, new_house)
    assert "13900000000" not in str(refused.value)
    assert not any(content(new_house).values())


def test_an_old_source_is_refused_before_the_target_is_touched(tmp_path: Path, new_house: Engine) -> None:
    empty = f"sqlite:///{tmp_path / 'none.sqlite'}"
    with opened(empty) as nothing, pytest.raises(DatabaseNotReady, match="matchmaker migrate"):
        move_database(nothing, new_house)
    with new_house.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar() == 0


def test_a_target_that_cannot_be_reached_is_a_sentence(house: Engine, new_house: Engine) -> None:
    nowhere = open_database(new_house.url.set(database="nobody_made_this").render_as_string(hide_password=False))
    with pytest.raises(MatchmakerError, match="createdb"):
        move_database(house, nowhere)
    nowhere.dispose()


def test_what_is_written_meanwhile_waits_for_nobody_and_is_not_half_moved(
    house: Engine, new_house: Engine, tmp_path: Path
) -> None:
    """The move sees one moment of the source, from PostgreSQL as from SQLite."""
    with session_scope(house) as session:
        for _ in range(3):
            make_need(session)
    for number, source in enumerate((house, new_house)):

        def write(_done: int, _total: int, source: Engine = source) -> None:
            with session_scope(source) as session:
                make_need(session)
                make_achievement(session)

        before = content(source)
        target = new_house if number == 0 else open_database(f"sqlite:///{tmp_path / 'moment.sqlite'}")
        move_database(source, target, write)
        assert content(target) == before
        assert content(source) != before
        target.dispose()
