"""Measuring typed searches: which list is asked, what counts as found, and what a file that is no such list is told."""

from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.errors import UnreadableFile
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models import RecordKind
from matchmaker.query_evaluation import evaluate_queries, read_queries
from tests.factories import make_achievement, make_need

HEADER = "kind\tcollection\tquery\ttitle_contains\n"


def test_each_query_is_asked_in_its_collection(
    database: Engine, session: Session, indexes: Indexes, tmp_path: Path
) -> None:
    make_need(session, title="隧道渗水堵漏")
    make_achievement(session, title="光伏板清洗机器人")
    session.commit()
    relay_all(database, indexes)
    file = tmp_path / "queries.tsv"
    file.write_text(
        HEADER
        + "plain\tneeds(needs.jsonl)\t隧道\t隧道渗水\n"
        + 'plain\tachievements(patents.jsonl)\t"光伏"\t光伏板\n'
        + "missing\tachievements\t隧道\t隧道渗水\n",
        "utf-8",
    )
    queries = read_queries(file)
    assert [query.collection for query in queries] == [
        RecordKind.NEEDS,
        RecordKind.ACHIEVEMENTS,
        RecordKind.ACHIEVEMENTS,
    ]
    evaluation = evaluate_queries(session, indexes, queries)
    assert evaluation.figures == {
        "queries": 3,
        "found_in_first_5": 0.6667,
        "queries_by_kind": {
            "plain": {"queries": 2, "found_in_first_5": 1.0},
            "missing": {"queries": 1, "found_in_first_5": 0.0},
        },
    }
    assert "[missing] 隧道 → 隧道渗水" in evaluation.as_table()


@pytest.mark.parametrize(
    "content",
    ["", HEADER, "query\ttitle\na\tb\n", HEADER + "plain\tpatents\t甲\t乙\n", HEADER + "plain\tneeds\t\t乙\n"],
)
def test_a_file_that_is_no_list_of_queries_is_told_what_is_expected(tmp_path: Path, content: str) -> None:
    file = tmp_path / "queries.tsv"
    file.write_text(content, "utf-8")
    with pytest.raises(UnreadableFile, match=r"表头|检索词|无法"):
        read_queries(file)
