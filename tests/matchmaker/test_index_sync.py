"""From the database to the index: nothing lost, nothing twice, whatever dies in between."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, delete, func, select

from indexing import IndexOutdated, SearchQuery
from matchmaker.database import session_scope
from matchmaker.index_rebuild import enqueue_stale, rebuild, rebuild_if_outdated, request_rebuild
from matchmaker.index_state import index_state
from matchmaker.index_sync import Relay, relay_all, relay_once
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.models import Achievement, IndexOutbox, IndexStep, NeedUpdate, RecordKind, TechnologyNeed
from matchmaker.models.labels import NeedStatus
from matchmaker.needs import revise_need
from matchmaker.settings import Settings
from tests.factories import make_achievement, make_need

RELAY = """
import sys
from pathlib import Path
from matchmaker.database import open_database
from matchmaker.index_sync import relay_all
from matchmaker.indexes import open_indexes
from matchmaker.settings import Settings
settings = Settings(_env_file=None, data_dir=Path(sys.argv[1]), database_url=sys.argv[2], embedder="hash")
print("ready", flush=True)
relay_all(open_database(settings.resolved_database_url()), open_indexes(settings))
"""


def found(indexes: Indexes, text: str) -> list[str]:
    return [hit.id for hit in indexes.needs.search(SearchQuery(texts={text: 1.0})).hits]


def waiting(session: Session) -> int:
    return session.exec(select(func.count()).select_from(IndexOutbox)).one()


def test_a_change_reaches_the_index(database: Engine, session: Session, indexes: Indexes) -> None:
    need = make_need(session, title="高速轴承寿命提升")
    session.commit()
    relay_all(database, indexes)
    assert found(indexes, "轴承") == [str(need.id)]
    revise_need(session, need, NeedUpdate(version=need.version, title="低温电机启动"))
    session.commit()
    relay_all(database, indexes)
    assert found(indexes, "轴承") == []
    assert found(indexes, "电机") == [str(need.id)]
    session.rollback()
    assert waiting(session) == 0


def test_a_change_that_was_rolled_back_does_not(database: Engine, session: Session, indexes: Indexes) -> None:
    make_need(session, title="高速轴承寿命提升")
    session.rollback()
    assert relay_once(database, indexes) == 0


def test_words_come_before_meaning(database: Engine, session: Session, indexes: Indexes) -> None:
    need = make_need(session, title="高速轴承寿命提升")
    session.commit()
    relay_once(database, indexes)
    assert found(indexes, "轴承") == [str(need.id)]
    state = index_state(session, indexes)
    assert (state.waiting_words, state.waiting_meaning) == (0, 1)
    relay_all(database, indexes)
    session.rollback()
    assert index_state(session, indexes).waiting_meaning == 0
    assert indexes.needs.without_meaning() == set()


@pytest.mark.parametrize("status", [status for status in NeedStatus if status is not NeedStatus.PUBLISHED])
def test_what_is_not_published_leaves_the_index(
    database: Engine, session: Session, indexes: Indexes, status: NeedStatus
) -> None:
    need = make_need(session, title="高速轴承寿命提升")
    session.commit()
    relay_all(database, indexes)
    revise_need(session, need, NeedUpdate(version=need.version, status=status))
    session.commit()
    relay_all(database, indexes)
    assert found(indexes, "轴承") == []


def test_what_a_summary_hides_cannot_be_searched(database: Engine, session: Session, indexes: Indexes) -> None:
    make_need(session, title="高速轴承寿命提升", problem="秘密配方石墨烯润滑脂", confidentiality="summary")
    session.commit()
    relay_all(database, indexes)
    assert found(indexes, "石墨烯") == []
    assert found(indexes, "轴承") != []


def test_a_rebuild_has_everything(database: Engine, session: Session, indexes: Indexes) -> None:
    for number in range(5):
        make_need(session, title=f"高速轴承寿命提升 {number}")
    make_achievement(session)
    session.commit()
    assert rebuild(database, indexes, RecordKind.NEEDS) == 5
    relay_all(database, indexes)
    assert len(found(indexes, "轴承")) == 5
    assert indexes.needs.without_meaning() == set()


def test_a_running_service_rebuilds_when_asked(database: Engine, session: Session, indexes: Indexes) -> None:
    make_need(session, title="高速轴承寿命提升")
    session.exec(delete(IndexOutbox))
    session.commit()
    request_rebuild(database)
    relay_all(database, indexes)
    assert len(found(indexes, "轴承")) == 1


def test_what_differs_from_the_database_is_found_and_repaired(
    database: Engine, session: Session, indexes: Indexes
) -> None:
    kept = make_need(session, title="高速轴承寿命提升")
    gone = make_need(session, title="低温电机启动")
    session.commit()
    relay_all(database, indexes)
    assert enqueue_stale(database, indexes) == 0
    # Behind the outbox's back, as a restored backup would.
    with session_scope(database) as own:
        own.exec(delete(TechnologyNeed).where(col(TechnologyNeed.id) == gone.id))
        changed = own.get(TechnologyNeed, kept.id)
        assert changed is not None
        changed.title, changed.version = "石墨烯散热膜", changed.version + 1
    assert enqueue_stale(database, indexes) == 2
    relay_all(database, indexes)
    assert found(indexes, "石墨烯") == [str(kept.id)]
    assert found(indexes, "电机") == []


def test_another_model_is_noticed_and_changes_wait(
    database: Engine, session: Session, indexes: Indexes, settings: Settings
) -> None:
    make_need(session)
    session.commit()
    relay_all(database, indexes)
    other = open_indexes(settings.model_copy(update={"embedder": "off"}))
    vars(other)["_segmenter"] = vars(indexes)["_segmenter"]
    make_need(session)
    session.commit()
    with pytest.raises(IndexOutdated, match="matchmaker reindex"):
        relay_once(database, other)
    assert waiting(session) == 1
    problem = index_state(session, other).problem
    assert problem is not None
    assert "matchmaker reindex" in problem
    # The old process ends, the new one asks for the rebuild and does it.
    indexes.close()
    rebuild_if_outdated(database, other)
    relay_all(database, other)
    session.rollback()
    assert waiting(session) == 0
    assert len(other.needs.versions()) == 2
    assert index_state(session, other).problem is None
    other.close()


def test_the_background_relay_survives_trouble_and_catches_up(
    database: Engine, session: Session, indexes: Indexes
) -> None:
    relay = Relay(database, indexes)
    relay.start()
    try:
        need = make_need(session, title="高速轴承寿命提升")
        session.commit()
        until = time.monotonic() + 30
        while time.monotonic() < until and waiting(session):
            session.rollback()
            time.sleep(0.05)
    finally:
        relay.stop()
    assert found(indexes, "轴承") == [str(need.id)]


@pytest.mark.postgresql
@pytest.mark.slow
def test_a_relay_that_is_killed_again_and_again_loses_nothing(
    database: Engine, session: Session, settings: Settings, tmp_path: Path
) -> None:
    chance = random.Random(20260123)
    numbers = 400
    for number in range(numbers):
        make_need(session, title=f"高速轴承寿命提升{number}")
        make_achievement(session, title=f"低温电机启动{number}")
    session.commit()
    for _ in range(6):
        relay = subprocess.Popen(
            [sys.executable, "-c", RELAY, str(settings.data_dir), settings.database_url],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert relay.stdout is not None
        relay.stdout.readline()
        time.sleep(chance.uniform(0.0, 2.5))
        relay.send_signal(signal.SIGKILL)
        relay.communicate()
        # Records go on changing between the crashes.
        need = session.exec(select(TechnologyNeed).order_by(func.random()).limit(1)).one()
        revise_need(session, need, NeedUpdate(version=need.version, goal=f"第{need.version}次修改"))
        session.commit()
    survivor = open_indexes(settings)
    try:
        relay_all(database, survivor)
        for kind, table in ((RecordKind.NEEDS, TechnologyNeed), (RecordKind.ACHIEVEMENTS, Achievement)):
            current = {str(one): version for one, version in session.exec(select(table.id, table.version))}
            assert survivor.of(kind).versions() == current
            assert survivor.of(kind).without_meaning() == set()
        hits = survivor.needs.search(SearchQuery(texts={"轴承": 1.0}, limit=2 * numbers)).hits
        assert len(hits) == len({hit.id for hit in hits}) == numbers
        session.rollback()
        assert session.exec(select(func.count()).select_from(IndexOutbox)).one() == 0
    finally:
        survivor.close()


def test_steps_are_done_in_their_order(database: Engine, session: Session, indexes: Indexes) -> None:
    need = make_need(session)
    session.add(IndexOutbox(kind=RecordKind.NEEDS, record_id=need.id or 0, step=IndexStep.MEANING))
    session.commit()
    relay_once(database, indexes)
    session.rollback()
    assert {row.step for row in session.exec(select(IndexOutbox))} == {IndexStep.MEANING}
