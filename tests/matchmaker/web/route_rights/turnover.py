"""Turnover and snapshots: for officials; a district's official reads and keeps her own district's."""

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.contract_words import DateBasis
from matchmaker.period import Period
from matchmaker.rights import PLATFORM
from matchmaker.snapshots import take_snapshot
from matchmaker.visibility import today
from tests.matchmaker.web.route_rights import OFFICIALS, Row, only
from tests.matchmaker.web.route_rights.world import DISTRICT, OTHER_DISTRICT, World

CITY = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
ONE = "/snapshots/{snapshot_id:int}"


def prepare(session: Session, world: World) -> None:
    """A snapshot of the world's district and one of the city."""
    for name, region in (("district_snapshot", DISTRICT), ("city_snapshot", "990100")):
        made = take_snapshot(
            session,
            name=f"权限表的快照 {region}",
            period=Period.of_year(today().year),
            region_code=region,
            date_basis=DateBasis.REGISTERED,
            by=PLATFORM,
        )
        world.ids[name] = made.id or 0


def of_city(route: str, path: str, status: int = 200, refused: int = 403, **send: object) -> Row:
    """For the city's; a district official gets `refused`."""
    row = only(route, CITY, path, status, **send)
    return Row(route, {**row.statuses, Role.DISTRICT_OFFICIAL: refused}, path, row.send)


_TAKEN = {"name": "年报", "year": str(today().year), "basis": "registered"}

ROWS = [
    only("GET /turnover", OFFICIALS),
    only("GET /turnover", OFFICIALS, f"/turnover?region={DISTRICT}&by=flow&caliber=both"),
    of_city("GET /turnover", f"/turnover?region={OTHER_DISTRICT}"),
    only("GET /turnover/contracts", OFFICIALS),
    of_city("GET /turnover/contracts", "/turnover/contracts?region=990100"),
    only("POST /turnover/export", OFFICIALS),
    of_city("POST /turnover/export", "/turnover/export?region=990100"),
    only("GET /snapshots", OFFICIALS),
    only("POST /snapshots", OFFICIALS, status=303, data={**_TAKEN, "region": DISTRICT}),
    of_city("POST /snapshots", "", 303, 422, data={**_TAKEN, "region": OTHER_DISTRICT}),
    only(f"GET {ONE}", OFFICIALS, "/snapshots/{district_snapshot}"),
    of_city(f"GET {ONE}", "/snapshots/{city_snapshot}", refused=404),
    only(f"GET {ONE}/contracts", OFFICIALS, "/snapshots/{district_snapshot}/contracts?caliber=both"),
    of_city(f"GET {ONE}/contracts", "/snapshots/{city_snapshot}/contracts", refused=404),
    only(f"POST {ONE}/correct", OFFICIALS, "/snapshots/{district_snapshot}/correct", 303, data={"note": "更正"}),
    of_city(f"POST {ONE}/correct", "/snapshots/{city_snapshot}/correct", 303, 404, data={"note": "更正"}),
]
