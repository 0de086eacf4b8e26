"""`updated_since` and `fields`: what programs that keep a copy of the records ask for."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.brokerage import SentStep, Step, do, take_up
from matchmaker.database import session_scope
from matchmaker.models.account import Role, Scope
from matchmaker.models.base import now
from matchmaker.models.labels import Confidentiality, NeedStatus
from matchmaker.models.match import Match
from matchmaker.models.need import NeedUpdate, TechnologyNeed
from matchmaker.models.tombstone import Tombstone
from matchmaker.needs import revise_need
from matchmaker.tombstones import bury_expired
from matchmaker.visibility import today
from tests.factories import actor_for, key_of, make_account, make_achievement, make_enterprise, make_need
from tests.matchmaker.web.api.conftest import Ids

pytestmark = pytest.mark.postgresql

V1 = "/api/v1"
LONG_AGO = "2020-01-01T00:00:00Z"

Harvested = tuple[list[int], list[int], str]


def harvest(client: TestClient, noun: str, since: str = LONG_AGO, limit: int = 100, **headers: Any) -> Harvested:
    """Numbers of changed and of removed records, page by page, and where to begin the next time."""
    changed: list[int] = []
    removed: list[int] = []
    asked: dict[str, Any] = {"updated_since": since, "limit": limit}
    while True:
        answer = client.get(f"{V1}/{noun}", params=asked, **headers)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["items"]) + len(page["removed"]) <= limit
        changed += [one["id"] for one in page["items"]]
        removed += [one["id"] for one in page["removed"]]
        if page["next_cursor"] is None:
            return changed, removed, page["next_updated_since"]
        asked["cursor"] = page["next_cursor"]


@pytest.fixture
def needs(database: Engine) -> list[int]:
    with session_scope(database) as session:
        made = [make_need(session) for _ in range(7)]
        session.flush()
        # Several of one moment, as an import leaves them.
        for number, need in enumerate(made):
            need.updated_at = now() - timedelta(hours=1) + timedelta(minutes=number // 3)
        return [need.id or 0 for need in made]


def change(database: Engine, need_id: int, **values: Any) -> None:
    with session_scope(database) as session:
        need = session.get_one(TechnologyNeed, need_id)
        revise_need(session, need, NeedUpdate.model_validate({"version": need.version, **values}))


def test_changes_come_by_time_on_pages_of_any_size(client: TestClient, needs: list[int]) -> None:
    for limit in (1, 2, 3, 7, 100):
        assert harvest(client, "needs", limit=limit)[:2] == (needs, [])


def test_only_what_changed_since_then_comes(client: TestClient, database: Engine, needs: list[int]) -> None:
    _, _, since = harvest(client, "needs")
    # Collecting overlaps by some minutes: a transaction may end after its change was dated.
    assert now() - datetime.fromisoformat(since) < timedelta(minutes=6)
    assert harvest(client, "needs", since)[0] == []
    change(database, needs[2], title="低温污水脱氮工艺改造")
    assert harvest(client, "needs", since)[:2] == ([needs[2]], [])


def test_a_record_that_changes_between_two_pages_is_found_again(
    client: TestClient, database: Engine, needs: list[int]
) -> None:
    asked: dict[str, Any] = {"updated_since": LONG_AGO, "limit": 3}
    first = client.get(f"{V1}/needs", params=asked).json()
    change(database, needs[0], title="低温污水脱氮工艺改造")
    change(database, needs[5], title="低温污水脱氮工艺改造二期")
    asked = {**asked, "cursor": first["next_cursor"], "limit": 100}
    rest = client.get(f"{V1}/needs", params=asked).json()
    assert [one["id"] for one in rest["items"]] == [needs[3], needs[4], needs[6], needs[0], needs[5]]


@pytest.mark.parametrize(
    "values",
    [
        {"status": NeedStatus.WITHDRAWN},
        {"confidentiality": Confidentiality.DIRECTED},
        {"confidentiality": Confidentiality.BROKER_ONLY},
        {"valid_until": "2020-01-01"},
    ],
    ids=["withdrawn", "directed", "brokers only", "no longer valid"],
)
def test_what_leaves_the_lists_leaves_a_tombstone(
    client: TestClient, database: Engine, needs: list[int], values: dict[str, Any]
) -> None:
    change(database, needs[1], **values)
    for limit in (1, 100):
        changed, removed, _ = harvest(client, "needs", limit=limit)
        assert (changed, removed) == ([one for one in needs if one != needs[1]], [needs[1]])
    answer = client.get(f"{V1}/needs", params={"updated_since": LONG_AGO}).json()
    assert answer["removed"][0].keys() == {"id", "removed_at"}


def test_what_comes_back_is_a_record_again(client: TestClient, database: Engine, needs: list[int]) -> None:
    change(database, needs[1], status=NeedStatus.WITHDRAWN)
    change(database, needs[1], status=NeedStatus.PUBLISHED)
    changed, removed, _ = harvest(client, "needs")
    assert (sorted(changed), removed) == (needs, [])


def test_a_deleted_record_leaves_a_tombstone(client: TestClient, database: Engine, needs: list[int]) -> None:
    with session_scope(database) as session:
        session.delete(session.get_one(TechnologyNeed, needs[0]))
    assert harvest(client, "needs")[:2] == (needs[1:], [needs[0]])


def test_nobody_learns_of_what_she_never_saw(client: TestClient, database: Engine, session: Session) -> None:
    hidden = make_need(session, confidentiality="directed")
    for_brokers = make_need(session, confidentiality="broker_only")
    waiting = make_need(session, status="pending")
    broker = key_of(session, make_account(session, Role.BROKER))
    session.commit()
    numbers = [one.id or 0 for one in (hidden, for_brokers, waiting)]
    for number in numbers:
        change(database, number, status=NeedStatus.CLOSED)
    assert harvest(client, "needs")[:2] == ([], [])
    # The broker could see one of them.
    assert harvest(client, "needs", headers=broker)[:2] == ([], [numbers[1]])


def test_what_expires_by_itself_leaves_a_tombstone_once(client: TestClient, database: Engine, needs: list[int]) -> None:
    with session_scope(database) as session:
        need = session.get_one(TechnologyNeed, needs[3])
        need.valid_until = today()
        need.updated_at = now() - timedelta(days=3)
    tomorrow = today() + timedelta(days=1)
    for _ in range(2):
        with session_scope(database) as session:
            bury_expired(session, tomorrow)
    with Session(database) as session:
        assert [one.record_id for one in session.exec(select(Tombstone))] == [needs[3]]


def test_hidden_fields_and_contacts_stay_hidden(client: TestClient, session: Session) -> None:
    make_need(session, confidentiality="summary", problem="秘密的问题", contact_phone="0000-1234567")
    session.commit()
    text = client.get(f"{V1}/needs", params={"updated_since": LONG_AGO}).text
    assert "秘密的问题" not in text
    assert "1234567" not in text


def test_a_search_and_a_harvest_are_two_things(client: TestClient) -> None:
    answer = client.get(f"{V1}/needs", params={"updated_since": LONG_AGO, "q": "秸秆"})
    assert answer.status_code == 422
    assert "updated_since" in answer.json()["detail"]
    for wrong in ({"updated_since": "gestern"}, {"updated_since": "2026-01-01T00:00:00"}):
        assert client.get(f"{V1}/needs", params=wrong).status_code == 422
    for cursor in ("x", "20", "W10=", "WzEsMiwzLDRd"):
        answer = client.get(f"{V1}/needs", params={"updated_since": LONG_AGO, "cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request"), cursor


def test_fields_make_records_compact(client: TestClient, records: Ids) -> None:
    [need] = client.get(f"{V1}/needs", params={"q": "秸秆", "fields": "title, status"}).json()["items"]
    assert need == {"id": records.need, "title": "玉米秸秆制备可降解包装材料", "status": "published"}
    [achievement] = client.get(f"{V1}/achievements", params={"updated_since": LONG_AGO, "fields": "price"}).json()[
        "items"
    ]
    assert achievement == {"id": records.achievement, "price": None}
    assert client.get(f"{V1}/needs/{records.need}", params={"fields": "id"}).json() == {"id": records.need}
    refused = client.get(f"{V1}/needs", params={"fields": "id,contact_phone"})
    assert refused.status_code == 422
    assert "contact_phone" in refused.json()["detail"]
    assert "title" in refused.json()["fix"]


@pytest.fixture
def carried(session: Session) -> tuple[Match, dict[str, str], Any]:
    need, achievement = make_need(session), make_achievement(session)
    broker = make_account(session, Role.BROKER)
    session.flush()
    match = take_up(session, need, achievement, by=actor_for(session, broker))
    headers = key_of(session, broker, Scope.READ)
    session.commit()
    return match, headers, broker


def test_matches_are_harvested_by_those_whose_business_they_are(
    client: TestClient, session: Session, carried: tuple[Match, dict[str, str], Any]
) -> None:
    match, headers, broker = carried
    assert harvest(client, "carried", headers=headers)[:2] == ([match.id], [])
    since = now().isoformat()
    assert harvest(client, "carried", since, headers=headers)[0] == []
    session.refresh(match)
    do(session, match, Step.INTRODUCE, SentStep(version=match.version), by=actor_for(session, broker))
    session.commit()
    page = client.get(f"{V1}/carried", params={"updated_since": since, "fields": "status"}, headers=headers).json()
    assert page["items"] == [{"id": match.id, "status": "introduced"}]
    stranger = key_of(session, make_account(session, Role.BROKER), Scope.READ)
    session.commit()
    assert harvest(client, "carried", headers=stranger)[:2] == ([], [])


def test_who_no_longer_carries_a_match_is_told_so(
    client: TestClient, database: Engine, session: Session, carried: tuple[Match, dict[str, str], Any]
) -> None:
    match, headers, _ = carried
    other = make_account(session, Role.BROKER)
    session.commit()
    with session_scope(database) as changing:
        changing.get_one(Match, match.id).broker_account_id = other.id
    assert harvest(client, "carried", headers=headers)[:2] == ([], [match.id])


def test_lists_are_paged_in_one_way(
    client: TestClient, session: Session, admin: dict[str, str], relay: Callable[[], None]
) -> None:
    for _ in range(3):
        make_need(session, status="pending")
    session.commit()
    asked: dict[str, Any] = {"kind": "needs", "limit": 2}
    first = client.get(f"{V1}/reviews", params=asked, headers=admin).json()
    second = client.get(f"{V1}/reviews", params={**asked, "cursor": first["next_cursor"]}, headers=admin).json()
    old = client.get(f"{V1}/reviews", params={**asked, "offset": 2}, headers=admin).json()
    assert second == old
    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (2, 1, None)


def test_every_list_has_the_same_two_fields_for_paging(client: TestClient) -> None:
    document = client.get(f"{V1}/openapi.json").json()
    shapes = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        content = methods.get("get", {}).get("responses", {}).get("200", {}).get("content", {}).get("application/json")
        name = (content or {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        if "items" not in shapes.get(name, {}).get("properties", {}):
            continue
        assert "next_cursor" in shapes[name]["properties"], path
        if shapes[name]["properties"]["next_cursor"]["description"].startswith("总为 null"):
            continue
        parameters = {one["name"] for one in methods["get"]["parameters"] if not one.get("deprecated")}
        assert {"limit", "cursor"} <= parameters, path
        # Searches also have numbered pages, as their page has.
        assert not ({"page", "offset"} & parameters) - ({"page"} if "q" in parameters else set()), path


def test_recommendations_for_own_records_are_harvested(client: TestClient, database: Engine, session: Session) -> None:
    enterprise = make_enterprise(session)
    owner = key_of(session, make_account(session, Role.ENTERPRISE, enterprise_id=enterprise.id), Scope.READ)
    stranger = key_of(session, make_account(session, Role.ENTERPRISE), Scope.READ)
    need = make_need(session, enterprise_name=enterprise.name)
    seen, hidden = make_achievement(session), make_achievement(session, confidentiality="directed")
    session.flush()
    for achievement in (seen, hidden):
        made = {"need_id": need.id, "achievement_id": achievement.id, "need_version": 1, "achievement_version": 1}
        said = {"score": 0.5, "band": "high", "explanation": {"reasons": [], "words": []}, "matcher_version": "test"}
        session.add(Match.model_validate({**made, **said}))
    session.commit()
    asked = {"updated_since": LONG_AGO, "fields": "achievement_id,status"}
    [item] = client.get(f"{V1}/matches", params=asked, headers=owner).json()["items"]
    assert item == {"id": item["id"], "achievement_id": seen.id, "status": "recommended"}
    assert client.get(f"{V1}/matches", params=asked, headers=stranger).json()["items"] == []
    assert client.get(f"{V1}/matches", params=asked).status_code == 401
    assert client.get(f"{V1}/matches", params={**asked, "need_id": need.id}, headers=owner).status_code == 422
