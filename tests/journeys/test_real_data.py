"""The needs of a real market and real patents, ingested and matched: read in place, skipped where they are not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from matchmaker.index_documents import field_text
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.ingest import ImportKind, IngestOptions, ingest_file
from matchmaker.matching import match_need
from matchmaker.models import Achievement, Match, TechnologyNeed
from matchmaker.settings import Settings

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.exists(), reason="the real data lies beside the project, not in it")


@pytest.fixture
def market(database: Engine, settings: Settings, indexes: Indexes) -> Iterator[Indexes]:
    """All needs and patents, searched by words: what the texts share decides, no model."""
    words = open_indexes(settings.model_copy(update={"embedder": "off"}))
    vars(words)["_segmenter"] = vars(indexes)["_segmenter"]
    for kind, name in ((ImportKind.NEEDS, "needs.jsonl"), (ImportKind.ACHIEVEMENTS, "patents.jsonl")):
        report = ingest_file(database, kind, DATA / name, IngestOptions(source=name))
        assert not report.rejected
        assert report.added == sum(1 for _ in (DATA / name).read_text("utf-8").splitlines())
    relay_all(database, words)
    yield words
    words.close()


def test_every_need_is_matched_and_every_reason_can_be_checked(market: Indexes, database: Engine) -> None:
    with Session(database) as session:
        needs = session.exec(select(TechnologyNeed)).all()
        matched = 0
        for need in needs:
            found = match_need(session, market, need, limit=3)
            matched += bool(found)
            for one in found:
                assert isinstance(one.record, Achievement)
                for shared in one.explanation.words:
                    for record, spans in ((need, shared.in_need), (one.record, shared.in_achievement)):
                        assert all(span.end <= len(field_text(record, span.field)) for span in spans)
        stored = session.exec(select(func.count()).select_from(Match)).one()
    # Patents of thirty-six topics cannot answer every need of a province; they answer some, and never all.
    assert 0 < matched < len(needs)
    assert stored == 0, "looking stores nothing"
