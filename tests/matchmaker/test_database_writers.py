"""Many writers at once, on both databases: nobody's change is lost, nothing is there twice, nobody is refused for it."""

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Session, func, select

from matchmaker.accounts import create_first_administrator
from matchmaker.app import Parts, assemble
from matchmaker.database import migrate, session_scope
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.matching import counterparts, keep
from matchmaker.models import Enterprise, IndexOutbox, Match, NeedUpdate, Role, TechnologyNeed
from matchmaker.needs import revise_need
from matchmaker.settings import Settings
from matchmaker.visibility import SearchedRecord
from tests.factories import key_of, make_account, make_achievement, make_enterprise, make_need
from tests.postgres_server import TestDatabases, opened

T = TypeVar("T")

ROOT = Path(__file__).parents[2]
V1 = "/api/v1"
CREDIT_CODE = "91350100M000100Y43"
IMPORT = """
import sys
from pathlib import Path
from matchmaker.database import open_database
from matchmaker.ingest import ImportKind, IngestOptions, ingest_file
print("ready", flush=True)
sys.stdin.readline()
report = ingest_file(open_database(sys.argv[1]), ImportKind.NEEDS, Path(sys.argv[2]), IngestOptions(batch_size=50))
print(report.added, report.changed, report.unchanged, len(report.rejected), flush=True)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A migrated database of either kind, whatever the run is on."""
    if request.param == "sqlite":
        with opened(f"sqlite:///{tmp_path / 'either.sqlite'}") as database:
            migrate(database)
            yield database
        return
    databases: TestDatabases = request.getfixturevalue("postgres")
    url = databases.migrated()
    with opened(url) as database:
        yield database
    databases.drop(url)


@pytest.fixture
def served(either: Engine, settings: Settings, indexes: Indexes) -> Iterator[tuple[TestClient, dict[str, str]]]:
    """The app on it, and the administrator's headers."""
    with session_scope(either) as session:
        headers = key_of(session, make_account(session, role=Role.ADMINISTRATOR))
    with TestClient(assemble(Parts(settings, either, indexes))) as client:
        yield client, headers


def at_once(calls: list[Callable[[], T]]) -> list[T]:
    """The results of calls that begin in the same moment."""
    start = threading.Barrier(len(calls))
    results: list[T] = []

    def one(call: Callable[[], T]) -> None:
        start.wait()
        results.append(call())

    threads = [threading.Thread(target=one, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == len(calls)
    return results


def test_of_changes_made_from_one_version_the_first_counts(
    either: Engine, served: tuple[TestClient, dict[str, str]]
) -> None:
    client, admin = served
    with session_scope(either) as session:
        need = make_need(session)

    def change(number: int) -> Callable[[], int]:
        body = {"version": 1, "goal": f"第 {number} 人的修改"}
        return lambda: client.patch(f"{V1}/needs/{need.id}", json=body, headers=admin).status_code

    assert Counter(at_once([change(number) for number in range(8)])) == {200: 1, 409: 7}
    assert client.get(f"{V1}/needs/{need.id}").json()["version"] == 2
    with Session(either) as session:
        assert session.exec(select(func.count()).select_from(IndexOutbox)).one() == 2


def test_a_change_over_another_ones_is_refused_at_the_latest_when_written(either: Engine) -> None:
    with session_scope(either) as session:
        need_id = make_need(session).id
    with Session(either) as slow:
        mine = slow.get_one(TechnologyNeed, need_id)
        with session_scope(either) as quick:
            revise_need(quick, quick.get_one(TechnologyNeed, need_id), NeedUpdate(version=1, goal="先写的"))
        # SQLite by itself lets nobody write who has read before the last change.
        with pytest.raises((StaleDataError, OperationalError)):
            revise_need(slow, mine, NeedUpdate(version=1, goal="后写的"))
    with Session(either) as session:
        assert session.get_one(TechnologyNeed, need_id).goal == "先写的"


@pytest.mark.parametrize("code", [None, CREDIT_CODE])
def test_needs_of_one_new_enterprise_name_one_enterprise(
    either: Engine, served: tuple[TestClient, dict[str, str]], code: str | None
) -> None:
    client, admin = served

    def add(number: int) -> Callable[[], int]:
        body = {"title": f"并发写入 {number}", "problem": "同时提交", "enterprise_name": "并发示例公司"}
        body |= {"enterprise_credit_code": code} if code else {}
        return lambda: client.post(f"{V1}/needs", json=body, headers=admin).status_code

    assert at_once([add(number) for number in range(8)]) == [201] * 8
    with Session(either) as session:
        enterprise = session.exec(select(Enterprise)).one()
        assert {need.enterprise_id for need in session.exec(select(TechnologyNeed))} == {enterprise.id}
        assert enterprise.credit_code == code


def test_one_credit_code_for_a_known_enterprise_from_many(
    either: Engine, served: tuple[TestClient, dict[str, str]]
) -> None:
    client, admin = served
    with session_scope(either) as session:
        make_enterprise(session, name="并发示例公司")

    def add(number: int) -> Callable[[], int]:
        named = {"enterprise_name": "并发示例公司", "enterprise_credit_code": CREDIT_CODE}
        body = {"title": f"并发写入 {number}", "problem": "同时提交", **named}
        return lambda: client.post(f"{V1}/needs", json=body, headers=admin).status_code

    assert at_once([add(number) for number in range(8)]) == [201] * 8
    with Session(either) as session:
        assert session.exec(select(Enterprise)).one().credit_code == CREDIT_CODE


def test_the_same_need_sent_by_many_is_added_once(either: Engine, served: tuple[TestClient, dict[str, str]]) -> None:
    client, admin = served
    body = {"title": "并发写入", "problem": "同时提交", "source": "office", "source_id": "1"}
    sent = [lambda: client.post(f"{V1}/needs", json=body, headers=admin).status_code for _ in range(8)]
    assert Counter(at_once(sent)) == {201: 1, 409: 7}


def test_matches_kept_by_many_are_stored_once(either: Engine, indexes: Indexes) -> None:
    with session_scope(either) as session:
        need = make_need(session, title="玉米秸秆制备可降解包装材料")
        achievements = [make_achievement(session, title="秸秆可降解包装材料成型技术") for _ in range(6)]
    relay_all(either, indexes)
    asking: list[SearchedRecord] = [*[need] * 4, *achievements]

    def keeping(record: SearchedRecord) -> Callable[[], int]:
        def keep_what_is_recommended() -> int:
            with Session(either) as session:
                scored = counterparts(session, indexes, session.get_one(type(record), record.id)).recommended
            return len(keep(either, scored))

        return keep_what_is_recommended

    assert Counter(at_once([keeping(record) for record in asking])) == {len(achievements): 4, 1: len(achievements)}
    with Session(either) as session:
        pairs = session.exec(select(Match.need_id, Match.achievement_id)).all()
    assert len(pairs) == len(set(pairs)) == len(achievements)


@pytest.mark.postgresql
def test_of_services_started_at_once_one_shows_the_password(either: Engine) -> None:
    def create() -> tuple[str, str] | None:
        with session_scope(either) as session:
            return create_first_administrator(session)

    assert sum(secret is not None for secret in at_once([create] * 6)) == 1


def test_one_file_imported_by_several_at_once_is_there_once(either: Engine, tmp_path: Path) -> None:
    rows = 400
    path = tmp_path / "需求.jsonl"
    lines = [
        {
            "id": f"X{number}",
            "title": f"第{number}个难题怎样解决",
            "body": "损耗高",
            "企业名称": f"{number % 40}号有限公司",
        }
        for number in range(rows)
    ]
    path.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    # The second file is another edition of the first, in another order: where they meet they change the same rows.
    other = tmp_path / "修订.jsonl"
    changed = [line | {"body": "损耗更高"} for line in reversed(lines)]
    other.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in changed), "utf-8")
    url = either.url.render_as_string(hide_password=False)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", IMPORT, url, str(file)],
            cwd=ROOT,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for file in (path, other, path)
    ]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    said = [process.communicate("\n") for process in started]
    for done, trouble in said:
        assert trouble == ""
        added, changed_rows, unchanged, rejected = map(int, done.split())
        assert (added + changed_rows + unchanged, rejected) == (rows, 0)
    assert sum(int(done.split()[0]) for done, _ in said) == rows
    with Session(either) as session:
        needs = session.exec(select(TechnologyNeed)).all()
        enterprises = session.exec(select(Enterprise)).all()
    assert len(needs) == len({need.source_id for need in needs}) == rows
    assert len(enterprises) == len({enterprise.name for enterprise in enterprises}) == 40
    assert {need.enterprise_id for need in needs} == {enterprise.id for enterprise in enterprises}
