"""Matching as a product for programs: pages, compact records, texts that are not stored, whole files."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from matchmaker.database import session_scope
from matchmaker.models.account import Role
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import IndexOutbox
from matchmaker.web.api import batches
from tests.factories import key_of, make_account, make_achievement
from tests.matchmaker.web.api.conftest import Ids

V1 = "/api/v1"
TITLE = "玉米秸秆制备可降解包装材料"
NEED = {"title": TITLE, "problem": "秸秆综合利用率低，现用塑料托盘难以降解。"}


@pytest.fixture
def key(session: Session) -> dict[str, str]:
    headers = key_of(session, make_account(session, Role.BROKER))
    session.commit()
    return headers


@pytest.fixture
def several(database: Engine, records: Ids, relay: Callable[[], None]) -> Ids:
    """Beside the one achievement that matches, more of its kind."""
    with session_scope(database) as session:
        for number in range(4):
            make_achievement(session, title=f"玉米秸秆可降解包装材料制备技术 {number}")
    relay()
    return records


def counts(session: Session) -> list[int]:
    return [
        session.exec(select(func.count()).select_from(table)).one() for table in (TechnologyNeed, Match, IndexOutbox)
    ]


def test_a_match_says_what_it_is_worth_and_why(client: TestClient, records: Ids) -> None:
    answer = client.get(f"{V1}/needs/{records.need}/matches", params={"fields": "title"}).json()
    [match] = answer["items"] + answer["related"]
    assert (match["need_id"], match["achievement_id"]) == (records.need, records.achievement)
    assert 0 < match["probability"] <= 1
    assert match["achievement"] == {"id": records.achievement, "title": "秸秆纤维模塑成型技术"}
    assert {"verdicts", "reasons", "sentence"} <= match["explanation"].keys()
    # The other way round it is the same pair.
    back = client.get(f"{V1}/achievements/{records.achievement}/matches", params={"fields": "status"}).json()
    [same] = back["items"] + back["related"]
    assert (same["probability"], same["band"]) == (match["probability"], match["band"])
    assert same["need"] == {"id": records.need, "status": "published"}


def test_matches_come_page_by_page(client: TestClient, several: Ids) -> None:
    address = f"{V1}/needs/{several.need}/matches"
    whole = client.get(address, params={"limit": 50}).json()
    assert len(whole["items"]) >= 3
    assert whole["next_cursor"] is None
    found: list[Any] = []
    asked: dict[str, Any] = {"limit": 2}
    while True:
        page = client.get(address, params=asked).json()
        assert "cursor" not in asked or page["related"] == []
        found += page["items"]
        if page["next_cursor"] is None:
            break
        asked["cursor"] = page["next_cursor"]
    assert [one["achievement_id"] for one in found] == [one["achievement_id"] for one in whole["items"]]
    assert client.get(address, params={"limit": 100, "cursor": "150"}).status_code == 422


def test_a_text_is_matched_without_being_stored(
    client: TestClient, session: Session, several: Ids, key: dict[str, str]
) -> None:
    before = counts(session)
    by_fields = client.post(f"{V1}/matches", json={"need": NEED}, headers=key)
    assert by_fields.status_code == 200, by_fields.text
    stored = client.get(f"{V1}/needs/{several.need}/matches").json()
    # The same words have the same probability, stored or not.
    probabilities = {one["achievement_id"]: one["probability"] for one in stored["items"]}
    answered = {one["achievement_id"]: one["probability"] for one in by_fields.json()["items"]}
    assert answered == probabilities
    assert {one["need_id"] for one in by_fields.json()["items"]} == {0}
    said = client.post(f"{V1}/matches", params={"fields": "title"}, json={"text": TITLE}, headers=key).json()
    assert said["items"]
    assert counts(session) == before
    assert client.post(f"{V1}/matches", json={"text": TITLE}).status_code == 401
    for wrong in ({}, {"text": "x"}, {"text": TITLE, "need": NEED}, {"need": {"title": TITLE}}):
        assert client.post(f"{V1}/matches", json=wrong, headers=key).status_code == 422, wrong


def lines(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in answer.text.splitlines()]


def batch(client: TestClient, key: dict[str, str], content: str, name: str = "needs.csv", **asked: Any) -> Any:
    return client.post(f"{V1}/matches/batch", params=asked, files={"file": (name, content.encode())}, headers=key)


CSV = f"""编号,需求名称,主要问题,预算上限（万元）,联系电话
A-1,{TITLE},现用塑料托盘难以降解,80,13900001234
A-2,,薄壁件翘曲大,60,13900001234
A-3,秸秆餐盒,秸秆综合利用率低,20,
"""


def test_all_needs_of_a_file_are_answered_line_by_line(
    client: TestClient, session: Session, several: Ids, key: dict[str, str]
) -> None:
    before = counts(session)
    answer = batch(client, key, CSV, fields="title", limit=2)
    first, wrong, third, last = lines(answer)
    assert (first["title"], len(first["matches"])) == (TITLE, 2)
    assert first["matches"][0]["achievement"].keys() == {"id", "title"}
    assert "需求名称" in wrong["problems"][0]["column"]
    assert wrong["problems"][0]["repair"]
    assert third["row"] > wrong["row"] > first["row"]
    assert last == {"row": 0, "done": True}
    assert "13900001234" not in answer.text
    assert counts(session) == before
    rows = [json.dumps({"title": TITLE, "problem": "难以降解"}, ensure_ascii=False) for _ in range(3)]
    assert len(lines(batch(client, key, "\n".join(rows), "needs.jsonl"))) == 4


def test_a_long_file_is_answered_in_parts(
    client: TestClient, records: Ids, key: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_ROWS", 2)
    content = "需求名称,主要问题\n" + "".join(f"秸秆利用课题{number},现用托盘难降解\n" for number in range(5))
    titles: list[str] = []
    start = 0
    for _ in range(3):
        *found, last = lines(batch(client, key, content, start=start))
        titles += [one["title"] for one in found]
        start = last.get("next_row", 0)
    assert titles == [f"秸秆利用课题{number}" for number in range(5)]
    assert start == 0


def test_what_is_no_file_of_needs_is_refused_before_the_first_line(
    client: TestClient, records: Ids, key: dict[str, str]
) -> None:
    for content, name in (("", "a.csv"), ("\x00\x01", "a.csv"), ("[1, 2]", "a.jsonl"), ("一,二\n1,2\n", "a.csv")):
        answer = batch(client, key, content, name)
        assert answer.status_code in (400, 422), (name, answer.text)
        assert answer.json()["fix"]
    assert client.post(f"{V1}/matches/batch", headers=key).status_code == 422
    assert client.post(f"{V1}/matches/batch", files={"file": ("a.csv", CSV)}).status_code == 401
