"""What must not leave: contact data, text that was not made public, records the public may not know of."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from matchmaker.visibility import today
from tests.factories import make_achievement, make_enterprise, make_hidden, make_institution, make_need

V1 = "/api/v1"
SECRET = "泄密标记词"
CONTACT = {"contact_name": f"{SECRET}甲", "contact_phone": f"{SECRET}-000", "contact_email": f"{SECRET}@example.com"}


def public_paths(number: int) -> list[str]:
    """Every GET route that shows records, pages included, for the record of that number."""
    found = []
    for noun in ("needs", "achievements"):
        for query in ("", "?q=玉米秸秆", f"?q={SECRET}", "?limit=100"):
            found += [f"{V1}/{noun}{query}", f"/{noun}{query}"]
        found += [f"{V1}/{noun}/{number}", f"{V1}/{noun}/{number}/matches", f"/{noun}/{number}"]
        found.append(f"{V1}/matches?{noun[:-1]}_id={number}")
    for noun in ("enterprises", "institutions"):
        found += [f"{V1}/{noun}", f"{V1}/{noun}?name=澄湖", f"{V1}/{noun}/{number}"]
    return [*found, "/", f"{V1}/index", f"{V1}/openapi.json"]


def assert_nothing_leaks(client: TestClient, number: int, *, headers: dict[str, str] | None = None) -> None:
    for path in public_paths(number):
        answer = client.get(path, headers=headers or {})
        # A search page repeats what was asked, in its box and links; the answer itself must not have the word.
        text = answer.text.replace(f"q={SECRET}", "")
        if path.startswith("/") and not path.startswith("/api") and f"q={SECRET}" in path:
            assert "没有找到" in text or f"{SECRET}甲" not in text
            continue
        if f"q={SECRET}" in path:
            assert answer.json()["items"] == [], path
            continue
        assert SECRET not in text, path


def test_contact_and_hidden_text_never_leave(client: TestClient, session: Session, relay: Callable[[], None]) -> None:
    hidden = {"problem": SECRET, "description": SECRET, "key_indicators": [{"name": SECRET}], "must_have": [SECRET]}
    known = {"principle": SECRET, "problem_solved": SECRET, "indicators": [{"name": SECRET}], "applied_cases": SECRET}
    first = make_need(session, confidentiality="summary", **hidden, **CONTACT)
    make_achievement(session, confidentiality="summary", team=[SECRET], **known, **CONTACT)
    make_need(session, **CONTACT)
    make_achievement(session, team=[SECRET], **CONTACT)
    make_enterprise(session, address=SECRET, **CONTACT)
    make_institution(session, address=SECRET, **CONTACT)
    session.commit()
    relay()
    for number in (first.id or 0, (first.id or 0) + 1):
        assert_nothing_leaks(client, number)


def test_hidden_records_cannot_be_known_of(client: TestClient, session: Session, relay: Callable[[], None]) -> None:
    make_need(session)
    make_achievement(session)
    found = make_hidden(session, title=f"{SECRET}玉米秸秆", enterprise_name=f"{SECRET}公司")
    session.commit()
    relay()
    for record in found:
        assert record.id
        noun = "needs" if "need" in type(record).__name__.lower() else "achievements"
        assert client.get(f"{V1}/{noun}/{record.id}").status_code == 404
        assert client.get(f"{V1}/{noun}/{record.id}/matches").status_code == 404
        assert client.get(f"{V1}/enterprises/{record.enterprise_id}").status_code == 404
        assert_nothing_leaks(client, record.id)
    missing = client.get(f"{V1}/needs/9999").json()
    hidden = client.get(f"{V1}/needs/{found[0].id}").json()
    assert {**missing, "request_id": "", "detail": ""} == {**hidden, "request_id": "", "detail": ""}
    assert missing["detail"].replace("9999", "#") == hidden["detail"].replace(str(found[0].id), "#")


@pytest.mark.parametrize("change", ["withdrawn", "confidential", "expired"])
def test_a_hidden_record_is_gone_before_the_index_knows(
    client: TestClient, session: Session, relay: Callable[[], None], change: str
) -> None:
    """The relay may be late or the engine down: the database decides what the public sees, not the index."""
    need, achievement = (
        make_need(session, title=f"{SECRET}玉米秸秆制备"),
        make_achievement(session, title=f"{SECRET}秸秆"),
    )
    make_need(session)
    make_achievement(session)
    session.commit()
    relay()
    for record in (need, achievement):
        if change == "withdrawn":
            record.status = type(record.status)("withdrawn")
        elif change == "confidential":
            record.confidentiality = type(record.confidentiality)("broker_only")
        else:
            record.valid_until = today() - timedelta(days=1)
        session.add(record)
    session.commit()
    for number in (1, 2):
        assert_nothing_leaks(client, number)


def test_the_administrator_sees_contacts_of_one_record_only(
    client: TestClient, admin: dict[str, str], session: Session, relay: Callable[[], None]
) -> None:
    need = make_need(session, confidentiality="broker_only", **CONTACT)
    achievement = make_achievement(session, team=[SECRET], **CONTACT)
    enterprise = make_enterprise(session, address=SECRET)
    session.commit()
    relay()
    assert SECRET in client.get(f"{V1}/needs/{need.id}", headers=admin).text
    assert SECRET in client.get(f"{V1}/achievements/{achievement.id}", headers=admin).text
    assert SECRET in client.get(f"{V1}/enterprises/{enterprise.id}", headers=admin).text
    for path in ("/needs", "/achievements", "/enterprises", f"/needs/{need.id}/matches"):
        answer = client.get(V1 + path, headers=admin)
        assert answer.json()["items"], path
        assert SECRET not in answer.text, path


def test_errors_do_not_repeat_contacts(client: TestClient, admin: dict[str, str], records: Any) -> None:
    body: dict[str, Any] = {"version": 99, **CONTACT}
    answer = client.patch(f"{V1}/needs/{records.need}", json=body, headers=admin)
    assert answer.status_code == 409
    assert SECRET not in answer.text
