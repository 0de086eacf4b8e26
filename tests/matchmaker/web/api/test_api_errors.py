"""One shape for every error: RFC 9457 under /api, a page with the same words elsewhere."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session

from matchmaker.app import Parts, assemble, create_app
from matchmaker.database import open_database, session_scope
from matchmaker.errors import DatabaseNotReady
from matchmaker.settings import Settings
from tests.factories import make_need

pytestmark = pytest.mark.postgresql

V1 = "/api/v1"
SHAPE = {"type", "title", "status", "detail", "code", "fix", "request_id"}


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The body of an API error, after checking its shape."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body.keys() - {"errors"} == SHAPE
    assert (body["status"], body["code"], body["type"]) == (status, code, f"urn:matchmaker:{code}")
    assert body["request_id"] == answer.headers["X-Request-ID"]
    assert body["title"]
    assert body["detail"]
    assert body["fix"]
    return body


def test_reasons_are_chinese_to_the_end(client: TestClient, admin: dict[str, str]) -> None:
    answer = client.get(f"{V1}/reports/1/files/exe", headers=admin)
    [found] = problem(answer, 422, "malformed_request")["errors"]
    assert found == {"field": "name", "reason": "不在可选范围内，可填：word、annex、pdf"}
    answer = client.post(f"{V1}/needs", content="{", headers={**admin, "Content-Type": "application/json"})
    [found] = problem(answer, 422, "malformed_request")["errors"]
    assert found == {"field": "", "reason": "不是合法的 JSON"}
    sent = {"name": "看板", "scopes": ["read"], "expires_at": "tomorrow"}
    answer = client.post(f"{V1}/account/keys", json=sent, headers=admin)
    [found] = problem(answer, 422, "malformed_request")["errors"]
    assert found["reason"].startswith("应为时间")


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/needs/999", 404, "not_found"),
        ("GET", "/nothing-here", 404, "not_found"),
        ("GET", "/needs/999/matches", 404, "not_found"),
        ("GET", "/enterprises/999", 404, "not_found"),
        ("DELETE", "/needs/1", 405, "method_not_allowed"),
        ("POST", "/needs", 401, "not_logged_in"),
        ("GET", "/needs?limit=0", 422, "malformed_request"),
        ("GET", "/needs?colour=red", 422, "malformed_request"),
        ("GET", "/needs?need_type=nonsense", 422, "malformed_request"),
        ("GET", "/needs?technology_field=nonsense", 422, "malformed_request"),
        ("GET", "/needs?cursor=nonsense", 422, "malformed_request"),
        ("GET", "/enterprises?cursor=nonsense", 422, "malformed_request"),
        ("GET", "/needs/99999999999999999999", 422, "malformed_request"),
        ("GET", "/matches", 422, "malformed_request"),
        ("GET", "/matches?need_id=1&achievement_id=1", 422, "malformed_request"),
    ],
)
def test_api_errors_have_one_shape(client: TestClient, method: str, path: str, status: int, code: str) -> None:
    problem(client.request(method, V1 + path, json={"title": "x"} if method == "POST" else None), status, code)


def test_page_errors_are_pages(client: TestClient) -> None:
    for path, status in (("/needs/999", 404), ("/nothing-here", 404), ("/static/none.css", 404)):
        answer = client.get(path)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["X-Request-ID"] in answer.text


def test_validation_names_field_and_reason_in_chinese(client: TestClient, admin: dict[str, str]) -> None:
    body = {"title": "短", "extra": 1, "deadline": "soon", "maturity_min": 12, "need_type": "魔法"}
    found = problem(client.post(f"{V1}/needs", json=body, headers=admin), 422, "malformed_request")["errors"]
    reasons = {one["field"]: one["reason"] for one in found}
    assert reasons["title"] == "至少 2 个字符"
    assert reasons["extra"] == "没有这个字段，请核对字段名或删除"
    assert reasons["deadline"] == "应为日期，如 2026-12-31"
    assert reasons["maturity_min"] == "不能大于 9"
    assert "技术攻关" in reasons["need_type"]


def test_validation_never_repeats_contact_values(client: TestClient, admin: dict[str, str]) -> None:
    secret = "13900001234" * 20
    body = {"title": "低温脱氮", "problem": "效率低", "contact_phone": secret, "contact_email": [secret], "tel": secret}
    answer = client.post(f"{V1}/needs", json=body, headers=admin)
    assert problem(answer, 422, "malformed_request")
    assert "13900001234" not in answer.text


@pytest.mark.parametrize("content", [b"{", b"[]", b"null", b'"x"', b'{"title": NaN}', b"\xff\xfe", b'{"\\ud800": 1}'])
def test_malformed_bodies_are_refused(client: TestClient, admin: dict[str, str], content: bytes) -> None:
    headers = {**admin, "Content-Type": "application/json"}
    answer = client.post(f"{V1}/needs", content=content, headers=headers)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_too_large_bodies_are_refused(client: TestClient, admin: dict[str, str]) -> None:
    answer = client.post(f"{V1}/needs", json={"title": "x" * 3_000_000}, headers=admin)
    problem(answer, 413, "too_large")
    # Sent in chunks, without a length that could be looked at beforehand.
    chunks = (b" " * 100_000 for _ in range(30))
    headers = {**admin, "Content-Type": "application/json"}
    problem(client.post(f"{V1}/needs", content=chunks, headers=headers), 413, "too_large")


def test_version_conflict(client: TestClient, admin: dict[str, str], session: Session) -> None:
    need = make_need(session)
    session.commit()
    answer = client.patch(f"{V1}/needs/{need.id}", json={"version": 7, "urgency": "high"}, headers=admin)
    problem(answer, 409, "version_conflict")


def test_request_id_is_taken_over_if_harmless(client: TestClient) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": "abc-1.2_3"}).headers["X-Request-ID"] == "abc-1.2_3"
    for bad in ("<script>", "x" * 65, "a b", ""):
        assert client.get("/healthz", headers={"X-Request-ID": bad}).headers["X-Request-ID"] != bad


def test_security_headers_on_every_kind_of_answer(client: TestClient) -> None:
    for path in ("/", "/healthz", "/nothing", f"{V1}/needs/999", "/static/app.js", f"{V1}/openapi.json"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"


def test_unexpected_exceptions_show_nothing(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise RuntimeError("secret 13900001234")

    app.get(f"{V1}/fail", include_in_schema=False)(fail)
    app.get("/fail", include_in_schema=False)(fail)
    with TestClient(app) as client, caplog.at_level(logging.INFO, "matchmaker.web"):
        body = problem(client.get(f"{V1}/fail"), 500, "unexpected")
        page = client.get("/fail")
    assert page.status_code == 500
    assert page.headers["Content-Security-Policy"]
    for text in (json.dumps(body), page.text, caplog.text):
        assert "13900001234" not in text
    assert body["request_id"] in caplog.text
    assert "RuntimeError" in caplog.text
    assert "Traceback" not in page.text


def test_log_line_has_no_query_text(client: TestClient, caplog: pytest.LogCaptureFixture, records: Any) -> None:
    with caplog.at_level(logging.INFO, "matchmaker.web"):
        client.get(f"{V1}/needs", params={"q": "绝密项目"}, headers={"X-Request-ID": "line-1"})
    [line] = [vars(one) for one in caplog.records if one.name == "matchmaker.web" and one.levelname == "INFO"]
    assert (line["method"], line["path"], line["status"]) == ("GET", f"{V1}/needs", 200)
    assert line["message"].startswith(f"GET {V1}/needs 200 ")
    assert "绝密项目" not in caplog.text


def test_without_an_index_only_searches_fail(settings: Settings, database: Any) -> None:
    with session_scope(database) as session:
        need = make_need(session)
    app = assemble(Parts(settings, database, None, "索引正被另一个进程占用，请先停止它"))
    with TestClient(app) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/").status_code == 200
        assert client.get(f"/needs/{need.id}").status_code == 200
        assert client.get(f"{V1}/needs/{need.id}").status_code == 200
        assert client.get(f"{V1}/enterprises").status_code == 200
        for path in ("/needs", "/achievements", f"/needs/{need.id}/matches", f"/matches?need_id={need.id}", "/index"):
            body = problem(client.get(V1 + path), 503, "search_not_available")
            assert "请先停止它" in body["fix"]


def test_a_locked_index_does_not_stop_the_app(settings: Settings, database: Any, indexes: Any) -> None:
    indexes.needs.warm_up()
    app = create_app(settings)
    with TestClient(app) as client:
        assert client.get("/healthz").status_code == 200


def test_an_old_schema_stops_the_app_with_the_repair(settings: Settings, new_database_url: Callable[..., str]) -> None:
    settings = settings.model_copy(update={"database_url": new_database_url(migrated=False)})
    open_database(settings.resolved_database_url()).dispose()
    with pytest.raises(DatabaseNotReady, match="matchmaker migrate"):
        create_app(settings)


def test_the_app_relays_while_it_runs(settings: Settings, database: Any, admin: dict[str, str], tmp_path: Path) -> None:
    from matchmaker.index_state import wait_until_idle

    with TestClient(create_app(settings)) as client:
        new = {"title": "低温污水脱氮工艺", "problem": "冬季总氮去除率下降。"}
        assert client.post(f"{V1}/needs", json=new, headers=admin).status_code == 201
        assert wait_until_idle(database, seconds=60)
        assert client.get(f"{V1}/needs", params={"q": "污水脱氮"}).json()["total"] == 1
