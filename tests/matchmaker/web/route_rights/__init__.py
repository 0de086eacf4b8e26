"""The table route × role → status, one module per area. A route without a row fails (`test_route_rights.py`)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from matchmaker.models.account import Role

ANONYMOUS = "anonymous"
EVERYBODY = (ANONYMOUS, *(role.value for role in Role))
OFFICIALS = (Role.DISTRICT_OFFICIAL, Role.CITY_OFFICIAL, Role.ADMINISTRATOR)


@dataclass(frozen=True)
class Row:
    """What each role gets of one route. `path` and `send` take ids of the world by name: `/needs/{need}`."""

    route: str
    statuses: Mapping[str, int]
    path: str = ""
    send: dict[str, Any] = field(default_factory=dict)


def anyone(route: str, path: str = "", status: int = 200, **send: Any) -> Row:
    """The same for everybody."""
    return Row(route, dict.fromkeys(EVERYBODY, status), path, send)


def refused(route: str) -> int:
    """What somebody who is not logged in gets: 401 of the API, the way to the login of a page."""
    return 401 if "/api/" in route else 303


def known(route: str, path: str = "", status: int = 200, **send: Any) -> Row:
    """The same for everybody who is logged in."""
    statuses = {**dict.fromkeys(EVERYBODY, status), ANONYMOUS: refused(route)}
    return Row(route, statuses, path, send)


def only(route: str, roles: tuple[Role, ...], path: str = "", status: int = 200, others: int = 403, **send: Any) -> Row:
    """For some roles; the others who are logged in get `others`."""
    allowed = {role.value: status for role in roles}
    statuses = {**dict.fromkeys(EVERYBODY, others), ANONYMOUS: refused(route), **allowed}
    return Row(route, statuses, path, send)


def each(route: str, statuses: Mapping[str, int], path: str = "", others: int = 404, **send: Any) -> Row:
    """Role by role where the rows decide: `{Role.BROKER: 200, ANONYMOUS: 303}`; the rest gets `others`."""
    given = {str(role): status for role, status in statuses.items()}
    return Row(route, {**dict.fromkeys(EVERYBODY, others), ANONYMOUS: refused(route), **given}, path, send)
