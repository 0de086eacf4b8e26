"""The audit trail."""

from matchmaker.models.account import Role
from tests.matchmaker.web.route_rights import OFFICIALS, each, only

_OWNERS = dict.fromkeys((Role.DISTRICT_OFFICIAL, Role.CITY_OFFICIAL, Role.ADMINISTRATOR), 200)

ROWS = [
    only("GET /audit", OFFICIALS),
    each("GET /history/{kind}/{record_id:int}", {**_OWNERS, Role.ENTERPRISE: 200}, "/history/needs/{need}"),
    each(
        "GET /history/{kind}/{record_id:int}",
        {Role.CITY_OFFICIAL: 200, Role.ADMINISTRATOR: 200, Role.INSTITUTION: 200},
        "/history/achievements/{achievement}",
    ),
    each(
        "GET /history/{kind}/{record_id:int}",
        {
            # Not for the sides: each learns in gentle words why the other one declined.
            **_OWNERS,
            Role.BROKER: 200,
            Role.BROKERAGE_ADMINISTRATOR: 200,
        },
        "/history/matches/{match}",
    ),
]
