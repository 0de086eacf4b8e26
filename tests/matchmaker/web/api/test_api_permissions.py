"""Who may do what: every route × {anonymous, wrong token, administrator} → status. A route without a row fails."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient

NEED = {"title": "低温污水脱氮工艺", "problem": "冬季总氮去除率下降。"}
ACHIEVEMENT = {"title": "耐低温反硝化菌剂"}
PARTY = {"name": "澄湖权限测试单位"}
FILE = {
    "files": {"file": ("needs.csv", "需求名称,主要问题\n低温污水脱氮工艺,冬季总氮去除率下降\n".encode())},
    "data": {"kind": "needs"},
}


@dataclass(frozen=True)
class Row:
    """Expected statuses of one route; `path` takes the number of a record by its kind."""

    route: str
    anonymous: int
    wrong: int
    administrator: int
    path: str = ""
    send: dict[str, Any] = field(default_factory=dict)


def read(route: str, path: str = "") -> Row:
    """A route that anyone may read."""
    return Row(route, 200, 200, 200, path)


def write(route: str, status: int, path: str = "", **send: Any) -> Row:
    """A route for the administrator."""
    return Row(route, 401, 401, status, path, send)


V1 = "/api/v1"
TABLE = [
    read("GET /healthz"),
    read("GET /readyz"),
    read("GET /metrics"),
    read(f"GET {V1}/openapi.json"),
    read(f"GET {V1}/docs"),
    read(f"GET {V1}/vocabularies"),
    read(f"GET {V1}/index"),
    read(f"GET {V1}/needs"),
    read(f"GET {V1}/needs/{{record_id}}", f"{V1}/needs/{{need}}"),
    read(f"GET {V1}/needs/{{record_id}}/matches", f"{V1}/needs/{{need}}/matches"),
    write(f"POST {V1}/needs", 201, json=NEED),
    write(f"PATCH {V1}/needs/{{record_id}}", 200, f"{V1}/needs/{{need}}", json={"version": 1, "urgency": "high"}),
    read(f"GET {V1}/achievements"),
    read(f"GET {V1}/achievements/{{record_id}}", f"{V1}/achievements/{{achievement}}"),
    read(f"GET {V1}/achievements/{{record_id}}/matches", f"{V1}/achievements/{{achievement}}/matches"),
    write(f"POST {V1}/achievements", 201, json=ACHIEVEMENT),
    write(
        f"PATCH {V1}/achievements/{{record_id}}",
        200,
        f"{V1}/achievements/{{achievement}}",
        json={"version": 1, "stage": "pilot"},
    ),
    read(f"GET {V1}/matches", f"{V1}/matches?need_id={{need}}"),
    read(f"GET {V1}/enterprises"),
    read(f"GET {V1}/enterprises/{{record_id}}", f"{V1}/enterprises/{{enterprise}}"),
    write(f"POST {V1}/enterprises", 201, json=PARTY),
    write(
        f"PATCH {V1}/enterprises/{{record_id}}",
        200,
        f"{V1}/enterprises/{{enterprise}}",
        json={"version": 1, "introduction": "新简介"},
    ),
    read(f"GET {V1}/institutions"),
    read(f"GET {V1}/institutions/{{record_id}}", f"{V1}/institutions/{{institution}}"),
    write(f"POST {V1}/institutions", 201, json=PARTY),
    write(
        f"PATCH {V1}/institutions/{{record_id}}",
        200,
        f"{V1}/institutions/{{institution}}",
        json={"version": 1, "introduction": "新简介"},
    ),
    write(f"POST {V1}/imports", 200, **FILE),
    # The administrator may fetch it; there is none of that number.
    write(f"GET {V1}/imports/{{import_id}}/rejected.xlsx", 404, f"{V1}/imports/{'0' * 32}/rejected.xlsx"),
    read(f"GET {V1}/imports/template/{{kind}}", f"{V1}/imports/template/needs"),
    # Pages: the token changes nothing.
    read("GET /"),
    Row("GET /search", 303, 303, 303),
    read("GET /needs"),
    read("GET /needs/{record_id:int}", "/needs/{need}"),
    read("GET /achievements"),
    read("GET /achievements/{record_id:int}", "/achievements/{achievement}"),
    Row("POST /text-size", 303, 303, 303, send={"data": {"size": "large", "next": "/"}}),
]


def routes_of(app: FastAPI) -> set[str]:
    """Every route as `METHOD /path`, whatever router it came in by; static files are no routes of their own."""
    return {
        f"{method} {route.path}"
        for route in iter_route_contexts(app.routes)
        for method in (route.methods or ())
        if method != "HEAD"
    }


def test_every_route_has_a_row(app: FastAPI) -> None:
    assert routes_of(app) == {row.route for row in TABLE}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.route)
def test_status(row: Row, client: TestClient, admin: dict[str, str], records: Any) -> None:
    method, route = row.route.split(" ", 1)
    path = (row.path or route).format(**vars(records))
    # The administrator last: what the others are refused must not have happened before.
    roles = {"anonymous": {}, "wrong": {"Authorization": "Bearer wrong"}, "administrator": admin}
    for role, headers in roles.items():
        answer = client.request(method, path, headers=headers, **row.send)
        assert answer.status_code == getattr(row, role), (role, answer.text)
        if answer.status_code == 401:
            assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic eA==", "Bearer \u00e9"])
def test_what_is_no_token_is_no_token(client: TestClient, admin: dict[str, str], value: str) -> None:
    answer = client.post(f"{V1}/needs", json=NEED, headers={"Authorization": value.encode("latin-1")})
    assert answer.status_code == 401
