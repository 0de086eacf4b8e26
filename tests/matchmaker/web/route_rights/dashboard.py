"""The official's dashboard and the targets."""

from typing import Any

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.target import AchievementRegistration, TargetCreate
from matchmaker.rights import PLATFORM
from matchmaker.targets import add_target
from matchmaker.visibility import today
from tests.factories import make_registered
from tests.matchmaker.web.route_rights import OFFICIALS, Row, only
from tests.matchmaker.web.route_rights.world import DISTRICT, OTHER_DISTRICT, World

SETTERS = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
CITY = "990100"


def _target(region_code: str, **values: Any) -> TargetCreate:
    given = {"year": today().year, "metric": "contract_value", "tier": "assigned", "value": 18_000_000_000}
    return TargetCreate.model_validate({**given, "region_code": region_code, **values})


def prepare(session: Session, world: World) -> None:
    """The city has targets of every kind, one district has its own; contracts are registered, one in each of two months."""
    city = add_target(session, _target(CITY, stated_as="成交额达到1.8亿元"), by=PLATFORM)
    add_target(session, _target(CITY, metric="technology_value", tier="working"), by=PLATFORM)
    add_target(session, _target(CITY, metric="achievements_registered", value=800), by=PLATFORM)
    add_target(session, _target(DISTRICT, value=3_000_000_000), by=PLATFORM)
    add_target(session, _target(CITY, year=today().year - 1, metric="technology_value"), by=PLATFORM)
    own = add_target(session, _target(OTHER_DISTRICT, value=1_000_000_000), by=PLATFORM)
    make_registered(session, city_industry="green_food", seller_region_code=DISTRICT, buyer_region_code="110105")
    new_year = today().replace(month=1, day=1)
    make_registered(session, registered_on=new_year, signed_on=new_year)
    session.add(
        AchievementRegistration(
            source="test",
            source_id="registration-of-world",
            registered_number="2026-0001",
            title="秸秆纤维模塑成型技术",
            registered_on=today(),
            region_code=DISTRICT,
        )
    )
    session.flush()
    world.ids |= {"target": city.id or 0, "other_target": own.id or 0}


FORM = {
    "year": str(today().year),
    "metric": "contract_value",
    "tier": "council",
    "region_code": CITY,
    "caliber": "outflow",
    "date_basis": "registered",
    "amount": "2.8",
    "unit": "亿元",
    "reason": "人大报告",
}

ROWS: list[Row] = [
    only("GET /dashboard", OFFICIALS),
    only("GET /dashboard", SETTERS, "/dashboard?region=990103&measure=count&caliber=both&basis=signed&quarter=1"),
    only("GET /dashboard/funnel", OFFICIALS, "/dashboard/funnel?counting=cohort&stage=needs"),
    only("GET /dashboard/registrations", OFFICIALS),
    only("GET /targets", OFFICIALS),
    only("GET /targets/new", SETTERS),
    only("POST /targets/new", SETTERS, status=303, data=FORM),
    only("GET /targets/{target_id:int}/edit", SETTERS, "/targets/{target}/edit"),
    only(
        "POST /targets/{target_id:int}/edit",
        SETTERS,
        "/targets/{target}/edit?version=1",
        status=303,
        data={**FORM, "reason": "省厅调整"},
    ),
    only(
        "POST /targets/{target_id:int}/remove",
        SETTERS,
        "/targets/{target}/remove?version=1",
        status=303,
        data={"reason": "录错"},
    ),
]
