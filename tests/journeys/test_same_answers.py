"""Both engines give the same answers: same segmentation, same vectors, same fusion, only another store."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from indexing.engines.urls import beside
from matchmaker.demo import load_demo_city
from matchmaker.evaluation import Evaluation, EvaluationFiles, compare, evaluate
from matchmaker.index_rebuild import rebuild
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.matching import match_achievement, match_need
from matchmaker.models import Achievement, TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.search import SearchRequest, search_records
from matchmaker.settings import Settings

DATA = Path(__file__).parents[3] / "shared" / "data"


@pytest.mark.skipif(not DATA.exists(), reason="the judged data lies beside the project, not in it")
def test_the_judged_needs_are_answered_alike(settings: Settings, elasticsearch_url: str, tmp_path: Path) -> None:
    """Every fifth need among all 12,251 achievements, with the made-up vectors of `hash`: it is the engines that are
    compared, not a model. `scripts/compare_engines` does it with all needs and a real one."""
    needs = tmp_path / "needs.jsonl"
    needs.write_text("".join((DATA / "needs.jsonl").read_text("utf-8").splitlines(keepends=True)[::5]), "utf-8")
    files = EvaluationFiles(needs, DATA / "achievements.jsonl", DATA / "judgments.tsv")

    def evaluated(engine_url: str) -> Evaluation:
        return evaluate(files, settings.model_copy(update={"engine_url": engine_url}), lambda _: None)

    embedded, distributed = evaluated(""), evaluated(elasticsearch_url)
    found = compare(embedded, distributed)
    ours, theirs = found["ndcg_at_10"]  # type: ignore[misc]
    assert theirs >= ours * 0.98
    assert abs(theirs - ours) <= ours * 0.02
    assert found["overlap_at_10"] >= 0.95  # type: ignore[operator]
    assert distributed.figures["achievements"] == embedded.figures["achievements"]


def test_the_demo_city_is_answered_alike(
    database: Engine, settings: Settings, indexes: Indexes, elasticsearch_url: str
) -> None:
    load_demo_city(database, lambda _: None)
    url = beside(elasticsearch_url, "same-answers")
    elsewhere = open_indexes(settings.model_copy(update={"engine_url": url}))
    vars(elsewhere)["_segmenter"] = vars(indexes)["_segmenter"]
    both = (indexes, elsewhere)
    try:
        for place in both:
            for kind in RecordKind:
                rebuild(database, place, kind, embed=True)
        with Session(database) as session:
            for need in session.exec(select(TechnologyNeed)).all()[::4]:
                ours, theirs = (
                    {one.record.id: one.explanation for one in match_need(session, place, need, limit=5)}
                    for place in both
                )
                # Two that are as good as each other may change places; what is said of a pair is the same.
                common = ours.keys() & theirs.keys()
                assert len(common) >= len(ours) - 1
                assert all(ours[one].words == theirs[one].words for one in common)
            achievement = session.exec(select(Achievement)).first()
            assert achievement is not None
            assert len({match_achievement(session, place, achievement)[0].record.id for place in both}) == 1
            for text in ("", "电池", "废水处理", "新能源汽车 电机"):
                request = SearchRequest(text=text)
                ours, theirs = (search_records(session, place, RecordKind.ACHIEVEMENTS, request) for place in both)
                assert ours.total == theirs.total
                assert [one.record.id for one in ours.entries] == [one.record.id for one in theirs.entries]
                assert ours.facets == theirs.facets
    finally:
        elsewhere.remove()
        elsewhere.close()
