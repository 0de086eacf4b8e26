"""A record that cannot be indexed holds up nobody else, is told, and is indexed once it can be."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session, select

from indexing import (
    CachedEmbedder,
    DocumentsRefused,
    EmbedderNotAvailable,
    EngineDocument,
    Meaning,
    SearchQuery,
    Segmenter,
)
from indexing.embedding import HashEmbedder
from indexing.engines.embedded import EmbeddedEngine
from matchmaker.index_rebuild import rebuild, request_rebuild
from matchmaker.index_state import queue_state
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.models import IndexOutbox, NeedUpdate, RecordKind
from matchmaker.models.base import now
from matchmaker.needs import revise_need
from matchmaker.settings import Settings
from tests.factories import make_need


class PickyEngine(EmbeddedEngine):
    """Refuses some documents, as a server does whose mapping does not fit them."""

    refused: frozenset[str] = frozenset()

    def write(self, generation: str, documents: Sequence[EngineDocument]) -> None:
        super().write(generation, [one for one in documents if one.id not in self.refused])
        if problems := {one.id: "does not fit" for one in documents if one.id in self.refused}:
            raise DocumentsRefused(problems)


@pytest.fixture
def engine(settings: Settings) -> PickyEngine:
    return PickyEngine(settings.data_dir / "index")


@pytest.fixture
def picky(settings: Settings, engine: PickyEngine, segmenter: Segmenter) -> Iterator[Indexes]:
    embedder = CachedEmbedder(HashEmbedder(), settings.data_dir / "vectors.sqlite")
    opened = Indexes(engine, Meaning(embedder), settings.data_dir)
    vars(opened)["_segmenter"] = segmenter
    yield opened
    opened.close()


def found(indexes: Indexes, text: str) -> list[str]:
    return [hit.id for hit in indexes.needs.search(SearchQuery(texts={text: 1.0})).hits]


def test_the_others_are_indexed_and_the_refused_one_is_told(
    database: Engine, session: Session, picky: Indexes, engine: PickyEngine
) -> None:
    needs = [make_need(session, title=f"高速轴承寿命提升 {number}") for number in range(5)]
    session.commit()
    engine.refused = frozenset({str(needs[1].id)})
    relay_all(database, picky)
    assert set(found(picky, "轴承")) == {str(need.id) for need in needs} - engine.refused
    session.rollback()
    state = queue_state(session)
    assert (state.waiting_words, state.waiting_meaning, state.refused) == (0, 0, 1)
    row = session.exec(select(IndexOutbox)).one()
    assert (row.record_id, row.attempts, row.problem) == (needs[1].id, 1, "does not fit")
    assert row.retry_at is not None
    assert row.retry_at > now()


def test_it_is_tried_again_later_and_less_and_less_often(
    database: Engine, session: Session, picky: Indexes, engine: PickyEngine
) -> None:
    need = make_need(session, title="高速轴承寿命提升")
    session.commit()
    engine.refused = frozenset({str(need.id)})
    waits = []
    for _ in range(14):
        relay_all(database, picky)
        row = session.exec(select(IndexOutbox).execution_options(populate_existing=True)).one()
        assert row.retry_at is not None
        waits.append(row.retry_at - now())
        session.exec(update(IndexOutbox).values(retry_at=now() - timedelta(seconds=1)))
        session.commit()
    assert waits == sorted(waits[:11]) + waits[11:]
    assert timedelta(hours=23) < waits[-1] <= timedelta(days=1)
    engine.refused = frozenset()
    relay_all(database, picky)
    session.rollback()
    assert found(picky, "轴承") == [str(need.id)]
    assert session.exec(select(IndexOutbox)).all() == []


def test_a_change_that_mends_it_is_indexed_at_once(
    database: Engine, session: Session, picky: Indexes, engine: PickyEngine
) -> None:
    need = make_need(session, title="高速轴承寿命提升")
    session.commit()
    engine.refused = frozenset({str(need.id)})
    relay_all(database, picky)
    engine.refused = frozenset()
    session.rollback()
    revise_need(session, need, NeedUpdate(version=need.version, title="低温电机启动"))
    session.commit()
    relay_all(database, picky)
    session.rollback()
    assert found(picky, "电机") == [str(need.id)]
    assert session.exec(select(IndexOutbox)).all() == []


def test_a_rebuild_goes_on_without_it(database: Engine, session: Session, picky: Indexes, engine: PickyEngine) -> None:
    needs = [make_need(session, title=f"高速轴承寿命提升 {number}") for number in range(5)]
    session.commit()
    engine.refused = frozenset({str(needs[0].id)})
    assert rebuild(database, picky, RecordKind.NEEDS) == 4
    assert set(found(picky, "轴承")) == {str(need.id) for need in needs[1:]}


def test_without_its_model_an_index_is_not_rebuilt_but_goes_on_by_words(
    database: Engine, session: Session, indexes: Indexes, settings: Settings
) -> None:
    make_need(session, title="高速轴承寿命提升")
    session.commit()
    relay_all(database, indexes)
    indexes.close()
    lacking = open_indexes(settings.model_copy(update={"embedder": "sentence-transformers:/no/such/folder"}))
    try:
        with pytest.raises(EmbedderNotAvailable, match="MATCHMAKER_EMBEDDER"):
            rebuild(database, lacking, RecordKind.NEEDS)
        request_rebuild(database)
        late = make_need(session, title="低温电机启动")
        session.commit()
        relay_all(database, lacking)
        assert found(lacking, "电机") == [str(late.id)]
        session.rollback()
        assert queue_state(session).refused == len(RecordKind)
    finally:
        lacking.close()
