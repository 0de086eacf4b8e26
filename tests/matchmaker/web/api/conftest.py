"""What the API's tests share: records in every state, in database and index."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from sqlalchemy import Engine

from matchmaker.database import session_scope
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from tests.factories import make_achievement, make_enterprise, make_institution, make_need


@dataclass(frozen=True)
class Ids:
    """Numbers of the records that `records` makes."""

    need: int
    achievement: int
    enterprise: int
    institution: int


@pytest.fixture
def relay(database: Engine, indexes: Indexes) -> Callable[[], None]:
    """Bring the index up to date."""
    return lambda: relay_all(database, indexes)


@pytest.fixture
def records(database: Engine, relay: Callable[[], None]) -> Ids:
    """One public, indexed record of each kind; need and achievement match."""
    with session_scope(database) as session:
        enterprise, institution = make_enterprise(session), make_institution(session)
        # Titles without the running number: it would move the score, in some orders of tests below the lowest band.
        need = make_need(session, title="玉米秸秆制备可降解包装材料")
        achievement = make_achievement(session, title="秸秆纤维模塑成型技术")
    relay()
    return Ids(need.id or 0, achievement.id or 0, enterprise.id or 0, institution.id or 0)
