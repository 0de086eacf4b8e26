"""登记对账: officials; a district official the lists of her district only."""

from datetime import date

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.reporting import RegistryList, RegistryListRow
from tests.factories import make_registered
from tests.matchmaker.web.route_rights import OFFICIALS, Row, each, only
from tests.matchmaker.web.route_rights.world import DISTRICT, OTHER_DISTRICT, World

ONE = "/reconciliation/{list_id:int}"
CITY = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
# Have no right to any list; the district official learns nothing of that of another district.
OTHERS: dict[str, int] = {role: 403 for role in Role if role not in OFFICIALS}


def prepare(session: Session, world: World) -> None:
    """A list of the world's district with one contract of each kind, and one of another district."""
    for name, region in (("registry_list", DISTRICT), ("other_registry_list", OTHER_DISTRICT)):
        registry_list = RegistryList(
            name=f"登记名单 {region}",
            first=date(2024, 1, 1),
            last=date(2024, 12, 31),
            region_code=region,
            sha256="0" * 64,
            problems=[
                {
                    "row": 5,
                    "column": "合同登记编号",
                    "value": "3.4E+15",
                    "reason": "末位已经丢失",
                    "repair": "请设为文本",
                }
            ],
        )
        session.add(registry_list)
        session.flush()
        world.ids[name] = registry_list.id or 0
    same, _ = (
        make_registered(
            session,
            title=f"对账的合同 {number}",
            registration_number=f"202499010000000{number}",
            signed_on=date(2024, 3, 1),
            begins_on=None,
            registered_on=date(2024, 3, number),
            seller_region_code=DISTRICT,
        )
        for number in (1, 2)
    )
    for number, amount in ((1, same.contract_value_fen + 1), (3, 50_000_000)):
        row = RegistryListRow(
            list_id=world.ids["registry_list"],
            row_number=number + 1,
            registration_number=f"202499010000000{number}",
            title=f"对账的合同 {number}",
            contract_value_fen=amount,
            obstacle="“合同签订日期”：没有填写" if number == 3 else "",
        )
        session.add(row)
        session.flush()
        world.ids[f"registry_row_{number}"] = row.id or 0


def one(route: str, status: int = 200, **send: object) -> Row:
    """For the officials who answer for the list's district."""
    path = route.partition(" ")[2].replace("{list_id:int}", "{registry_list}")
    return each(route, {**OTHERS, **dict.fromkeys(OFFICIALS, status)}, path, **send)


ROWS = [
    only("GET /reconciliation", OFFICIALS),
    only("POST /reconciliation", OFFICIALS, status=422, data={"name": "名单"}),
    one(f"GET {ONE}"),
    each(f"GET {ONE}", {**OTHERS, **dict.fromkeys(CITY, 200)}, "/reconciliation/{other_registry_list}"),
    one(f"GET {ONE}/result.xlsx"),
    one(f"POST {ONE}/enter", 422, data={}),
    one(f"POST {ONE}/delete", 303),
]
