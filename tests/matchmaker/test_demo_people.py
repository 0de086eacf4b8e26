"""The demo city has people in every role and matches in every state, and they leave with it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from matchmaker.accounts import PASSWORDS
from matchmaker.database import open_database, session_scope
from matchmaker.demo import remove_demo_city, settle_people
from matchmaker.demo.people import new_demo_password
from matchmaker.indexes import Indexes
from matchmaker.models import Account, Broker, Brokerage, Campaign, Match, MatchEvent, Notice, TechnologyNeed
from matchmaker.models.account import Role
from matchmaker.models.labels import NeedStatus
from matchmaker.models.match import MatchStatus
from matchmaker.settings import Settings
from tests.factories import make_account, make_broker, make_need


@pytest.fixture
def settings(tmp_path: Path, copy_of_city: Callable[[Path], Settings]) -> Settings:
    return copy_of_city(tmp_path / "var")


@pytest.fixture
def city(settings: Settings) -> Iterator[Engine]:
    opened = open_database(settings.resolved_database_url())
    yield opened
    opened.dispose()


def counted(session: Session) -> dict[str, int]:
    tables = (Account, Broker, Brokerage, Campaign, Match, MatchEvent, Notice)
    return {one.__tablename__: session.exec(select(func.count()).select_from(one)).one() for one in tables}


def test_every_role_every_state_and_every_broker_is_there(city: Engine, indexes: Indexes) -> None:
    with Session(city) as session:
        roles = set(session.exec(select(Account.role).where(col(Account.is_demo))))
        assert roles == set(Role) - {Role.ADMINISTRATOR}, "the administrator is the installation's own"
        carried = select(Match.status).where(col(Match.broker_account_id).is_not(None))
        assert set(session.exec(carried)) == set(MatchStatus)
        assert session.exec(select(func.count()).select_from(Broker)).one() == 300
        statuses = set(session.exec(select(TechnologyNeed.status)))
        assert {NeedStatus.PENDING, NeedStatus.RETURNED, NeedStatus.PUBLISHED, NeedStatus.CONTRACTED} <= statuses
        before = counted(session)
    settle_people(city, indexes, lambda _text: None)
    with Session(city) as session:
        assert counted(session) == before


def test_the_password_is_new_at_every_start_and_opens_every_demo_account(city: Engine) -> None:
    with session_scope(city) as session:
        real = make_account(session, password="a real person's password")
    first, shown = new_demo_password(city)
    second, _ = new_demo_password(city)
    assert first != second
    assert {one.role for one in shown} == set(Role) - {Role.ADMINISTRATOR}
    with Session(city) as session:
        for account in session.exec(select(Account).where(col(Account.is_demo)).limit(3)):
            assert PASSWORDS.verify(second, account.password_hash)
            assert not PASSWORDS.verify(first, account.password_hash)
        assert PASSWORDS.verify("a real person's password", session.get_one(Account, real.id).password_hash)


def test_the_people_leave_and_real_ones_stay(city: Engine) -> None:
    with session_scope(city) as session:
        mine = make_account(session, role=Role.BROKER, broker_id=make_broker(session).id)
        demo = session.exec(select(Account).where(col(Account.login_name) == "tepaiyuan01")).one()
        need = make_need(session)
        need.posted_by_id = demo.id
    remove_demo_city(city)
    with Session(city) as session:
        left = session.exec(select(Account)).all()
        assert {one.id for one in left} == {mine.id, demo.id}
        assert session.get_one(Account, demo.id).disabled_at is not None, "a real record names her"
        assert session.exec(select(func.count()).select_from(Broker)).one() == 1
        assert session.exec(select(Match)).all() == []
        assert session.exec(select(Campaign)).all() == []
