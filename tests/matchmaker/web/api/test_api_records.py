"""Needs, achievements and parties over the API: add, read, revise, search, match, page through."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import IndexOutbox, RecordKind
from matchmaker.search import FACET_LABELS
from matchmaker.web.api import examples
from matchmaker.web.api.queries import AchievementQuery, NeedQuery, SearchQuery
from tests.factories import make_achievement, make_enterprise, make_institution, make_need

pytestmark = pytest.mark.postgresql

V1 = "/api/v1"
CREDIT_CODE = "91110000600037341L"
NOUNS = {
    "needs": (examples.NEW_NEEDS, examples.NEED_CHANGES),
    "achievements": (examples.NEW_ACHIEVEMENTS, examples.ACHIEVEMENT_CHANGES),
    "enterprises": (examples.NEW_ENTERPRISES, examples.ENTERPRISE_CHANGES),
    "institutions": (examples.NEW_INSTITUTIONS, examples.INSTITUTION_CHANGES),
}


@pytest.mark.parametrize("noun", NOUNS)
def test_examples_of_the_documentation_run(client: TestClient, admin: dict[str, str], noun: str) -> None:
    new, changes = NOUNS[noun]
    for example in new.values():
        added = client.post(f"{V1}/{noun}", json=example["value"], headers=admin)
        assert added.status_code == 201, added.text
        assert added.headers["Location"] == f"{V1}/{noun}/{added.json()['id']}"
        full = client.get(added.headers["Location"], headers=admin).json()
        assert full == added.json()
        for change in changes.values():
            body = {
                **change["value"],
                "version": client.get(added.headers["Location"], headers=admin).json()["version"],
            }
            assert client.patch(added.headers["Location"], json=body, headers=admin).status_code == 200
        again = client.post(f"{V1}/{noun}", json=example["value"], headers=admin)
        assert again.status_code == 409
        assert f"{V1}/{noun}/{full['id']}" in again.json()["fix"]


def test_a_refused_post_changes_nothing(client: TestClient, admin: dict[str, str]) -> None:
    need = {"source": "a", "source_id": "1", "title": "低温脱氮", "problem": "冬季效率低"}
    added = client.post(f"{V1}/needs", json=need, headers=admin).json()
    assert client.post(f"{V1}/needs", json={**need, "title": "另一个题目"}, headers=admin).status_code == 409
    assert client.get(f"{V1}/needs/{added['id']}").json()["title"] == "低温脱氮"


def test_patch_changes_only_what_is_given(client: TestClient, admin: dict[str, str], records: Any) -> None:
    before = client.get(f"{V1}/needs/{records.need}", headers=admin).json()
    body = {"version": before["version"], "status": "已撤回"}
    after = client.patch(f"{V1}/needs/{records.need}", json=body, headers=admin).json()
    assert after["status"] == "withdrawn"
    assert after["version"] == before["version"] + 1
    same = before.keys() - {"status", "version", "updated_at"}
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert client.get(f"{V1}/needs/{records.need}").status_code == 404


def test_a_mentioned_enterprise_is_completed_by_post(
    client: TestClient, admin: dict[str, str], session: Session
) -> None:
    need = make_need(session, enterprise_name="澄湖提及示例公司")
    session.commit()
    body = {"name": "澄湖提及示例公司", "credit_code": CREDIT_CODE, "contact_phone": "0000"}
    added = client.post(f"{V1}/enterprises", json=body, headers=admin)
    assert added.status_code == 201, added.text
    assert added.json()["id"] == need.enterprise_id
    assert client.post(f"{V1}/enterprises", json=body, headers=admin).status_code == 409
    other = {"name": "另一家示例公司", "credit_code": CREDIT_CODE}
    assert client.post(f"{V1}/enterprises", json=other, headers=admin).status_code == 409


def test_search_finds_marks_and_counts(client: TestClient, session: Session, relay: Callable[[], None]) -> None:
    make_need(session, title="高盐废水零排放处理", technology_field=None, need_type="process")
    make_need(session, title="注塑件翘曲控制", problem="薄壁件翘曲大。", need_type="product")
    session.commit()
    relay()
    found = client.get(f"{V1}/needs", params={"q": "高盐废水"}).json()
    assert found["items"][0]["title"] == "高盐废水零排放处理"
    title = found["items"][0]["highlights"]["title"]
    assert "".join(piece["text"] for piece in title) == "高盐废水零排放处理"
    assert any(piece["hit"] for piece in title)
    assert found["words"]
    everything = client.get(f"{V1}/needs").json()
    assert everything["total"] == 2
    facet = next(one for one in everything["facets"] if one["field"] == "need_type")
    assert {value["value"]: value["count"] for value in facet["values"]} == {"process": 1, "product": 1}
    filtered = client.get(f"{V1}/needs", params={"need_type": ["工艺改进", "other"]}).json()
    assert [item["need_type"] for item in filtered["items"]] == ["process"]


def test_every_facet_is_a_parameter() -> None:
    for kind, query in ((RecordKind.NEEDS, NeedQuery), (RecordKind.ACHIEVEMENTS, AchievementQuery)):
        assert issubclass(query, SearchQuery)
        assert query.model_fields.keys() - SearchQuery.NO_FILTERS == FACET_LABELS[kind].keys()


def test_matches_in_both_directions(client: TestClient, records: Any) -> None:
    [for_need] = client.get(f"{V1}/needs/{records.need}/matches").json()["items"]
    [for_achievement] = client.get(f"{V1}/achievements/{records.achievement}/matches").json()["items"]
    assert for_need["achievement"]["id"] == records.achievement
    assert for_achievement["need"]["id"] == records.need
    for match in (for_need, for_achievement):
        assert match["explanation"]["reasons"]
        assert match["band_label"]
        assert match["matcher_version"]
    by_need = client.get(f"{V1}/matches", params={"need_id": records.need}).json()
    by_achievement = client.get(f"{V1}/matches", params={"achievement_id": records.achievement}).json()
    assert by_need["items"][0]["achievement"]["id"] == records.achievement
    assert by_achievement["items"][0]["need"]["id"] == records.need


def test_only_open_records_are_matched(client: TestClient, admin: dict[str, str], session: Session) -> None:
    draft = make_need(session, status="pending")
    session.commit()
    assert client.get(f"{V1}/needs/{draft.id}/matches").status_code == 404
    assert client.get(f"{V1}/needs/{draft.id}/matches", headers=admin).json()["code"] == "record_not_matchable"


def all_pages(client: TestClient, path: str, **params: Any) -> list[int]:
    """The numbers on all pages, after checking that every page counts the same."""
    found: list[int] = []
    totals: set[int] = set()
    cursor: str | None = None
    while True:
        page = client.get(V1 + path, params={**params, **({"cursor": cursor} if cursor else {})}).json()
        found += [item["id"] for item in page["items"]]
        totals.add(page["total"])
        cursor = page["next_cursor"]
        if cursor is None:
            assert totals == {len(found)}
            return found


def test_paging_gives_every_record_once(client: TestClient, session: Session, relay: Callable[[], None]) -> None:
    makers = {
        "needs": make_need,
        "achievements": make_achievement,
        "enterprises": make_enterprise,
        "institutions": make_institution,
    }
    wanted = {noun: [make(session).id for _ in range(7)] for noun, make in makers.items()}
    session.commit()
    relay()
    for noun, numbers in wanted.items():
        assert sorted(all_pages(client, f"/{noun}", limit=3)) == numbers, noun
    found = all_pages(client, "/needs", limit=2, q="秸秆")
    assert len(set(found)) == len(found) > 2


def test_namesakes_are_paged_through(client: TestClient, session: Session) -> None:
    """The name alone does not say where a page ended."""
    for _ in range(7):
        make_enterprise(session).name = "同名示例公司"
    session.commit()
    found = all_pages(client, "/enterprises", limit=2, name="同名")
    assert len(set(found)) == 7


@pytest.mark.parametrize("pattern", ["%", "_", "\\", "100%_"])
def test_names_are_looked_up_literally(client: TestClient, session: Session, pattern: str) -> None:
    make_enterprise(session)
    session.commit()
    assert client.get(f"{V1}/enterprises", params={"name": pattern}).json()["total"] == 0


def test_a_failing_commit_is_a_500(client: TestClient, admin: dict[str, str], database: Engine) -> None:
    """The commit happens before the answer: with FastAPI's default scope the client would have its 201 by then."""

    def fail(_session: Session) -> None:
        raise RuntimeError("disk full")

    body = {"title": "低温脱氮", "problem": "冬季效率低"}
    event.listen(Session, "before_commit", fail)
    try:
        answer = client.post(f"{V1}/needs", json=body, headers=admin)
    finally:
        event.remove(Session, "before_commit", fail)
    assert answer.status_code == 500
    with Session(database) as session:
        assert not session.exec(select(TechnologyNeed)).all()
        assert not session.exec(select(IndexOutbox)).all()


def test_change_and_outbox_row_are_one_transaction(client: TestClient, admin: dict[str, str], database: Engine) -> None:
    answer = client.post(f"{V1}/needs", json={"title": "低温脱氮", "problem": "冬季效率低"}, headers=admin)
    with Session(database) as session:
        [row] = session.exec(select(IndexOutbox)).all()
        assert (row.kind, row.record_id) == (RecordKind.NEEDS, answer.json()["id"])


def test_writers_wait_for_each_other(client: TestClient, admin: dict[str, str], database: Engine) -> None:
    """Read first, write later: on SQLite such a transaction fails at once unless it announced its writing."""
    statuses: list[int] = []

    def add(number: int) -> None:
        body = {"title": f"并发写入 {number}", "problem": "同时提交", "enterprise_name": "并发示例公司"}
        statuses.append(client.post(f"{V1}/needs", json=body, headers=admin).status_code)

    threads = [threading.Thread(target=add, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [201] * 8
    with session_scope(database) as session:
        assert len({need.enterprise_id for need in session.exec(select(TechnologyNeed))}) == 1


def test_vocabularies_say_edition_and_date(client: TestClient) -> None:
    lists = {one["name"]: one for one in client.get(f"{V1}/vocabularies").json()["items"]}
    assert lists["industry_code"]["edition"] == "GB/T 4754-2017"
    for name in ("technology_field", "region_code", "city_industry", "district", "park"):
        assert lists[name]["edition"]
        assert lists[name]["source"]
        assert lists[name]["effective_from"]
        assert lists[name]["entries"]
    assert {"code": "withdrawn", "label": "已撤回"}.items() <= lists["need_status"]["entries"][-2].items()


def test_index_state(client: TestClient, admin: dict[str, str], records: Any) -> None:
    assert client.get(f"{V1}/index").json()["waiting_words"] == 0
    client.post(f"{V1}/needs", json={"title": "低温脱氮", "problem": "冬季效率低"}, headers=admin)
    assert client.get(f"{V1}/index").json()["waiting_words"] == 1


@pytest.mark.parametrize(("noun", "amount"), [("needs", "budget_max"), ("achievements", "price")])
def test_amounts_are_strings_in_yuan_and_fen_is_still_taken(
    client: TestClient, admin: dict[str, str], noun: str, amount: str
) -> None:
    record = dict(NOUNS[noun][0]["minimal"]["value"])
    told = client.post(f"{V1}/{noun}", json={**record, amount: "1234.50"}, headers=admin).json()
    assert (told[amount], told[f"{amount}_fen"]) == ("1234.50", 123_450)
    both = {**record, amount: "1234.50", f"{amount}_fen": 123_400}
    refused = client.post(f"{V1}/{noun}", json=both, headers=admin)
    assert refused.status_code == 422
    assert f"请只写 {amount}" in refused.text
    assert client.post(f"{V1}/{noun}", json={**record, amount: 1234.5}, headers=admin).status_code == 422
    change = {"version": told["version"], f"{amount}_fen": 99}
    assert client.patch(f"{V1}/{noun}/{told['id']}", json=change, headers=admin).json()[amount] == "0.99"
    change = {"version": told["version"] + 1, amount: None}
    cleared = client.patch(f"{V1}/{noun}/{told['id']}", json=change, headers=admin).json()
    assert (cleared[amount], cleared[f"{amount}_fen"]) == (None, None)


def test_a_budget_in_yuan_is_compared_like_one_in_fen(client: TestClient, admin: dict[str, str]) -> None:
    need = {**NOUNS["needs"][0]["minimal"]["value"], "budget_min": "2.00", "budget_max": "1.00"}
    refused = client.post(f"{V1}/needs", json=need, headers=admin)
    assert refused.status_code == 422
    assert "预算下限高于上限" in refused.text


def test_endless_lists_are_refused(client: TestClient, admin: dict[str, str]) -> None:
    need = {"title": "高盐废水脱盐技术", "problem": "盐分高，膜堵得快", "keywords": ["膜"] * 101}
    refused = client.post(f"{V1}/needs", json=need, headers=admin)
    assert refused.status_code == 422
    assert "有 101 项，最多 100 项" in refused.text
    assert client.post(f"{V1}/needs", json={**need, "keywords": ["膜"] * 100}, headers=admin).status_code != 422
