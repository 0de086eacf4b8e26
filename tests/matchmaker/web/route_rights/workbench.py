"""Saved searches, shortlist, comparison, brokers and brokerages, scorecards."""

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.outbox import RecordKind
from matchmaker.models.workbench import SavedSearch, ShortlistItem
from tests.factories import make_broker, make_brokerage
from tests.matchmaker.web.route_rights import OFFICIALS, anyone, each, known, only
from tests.matchmaker.web.route_rights.world import World

CITY = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
# The broker of the world practises in the name of the brokerage of the world.
EDITORS = (Role.BROKER, Role.BROKERAGE_ADMINISTRATOR, *CITY)
MEASURED = (Role.BROKER, Role.BROKERAGE_ADMINISTRATOR, *OFFICIALS)
HOUSE = (Role.BROKERAGE_ADMINISTRATOR, *CITY)
BROKER = {"name": "经纪人权限测试"}
SAVED = {"name": "权限测试", "kind": "needs", "text": "秸秆"}


def prepare(session: Session, world: World) -> None:
    """The broker has a saved search and a shortlist; one broker practises nowhere."""
    account_id = world.accounts[Role.BROKER].id or 0
    saved = SavedSearch(account_id=account_id, name="秸秆", kind=RecordKind.NEEDS, text="秸秆")
    item = ShortlistItem(account_id=account_id, kind=RecordKind.NEEDS, record_id=world.ids["need"])
    session.add_all([saved, item])
    free = make_broker(session)
    session.flush()
    world.ids |= {"saved": saved.id or 0, "item": item.id or 0, "other_broker": free.id or 0}
    world.ids["other_brokerage"] = make_brokerage(session).id or 0


V1 = "/api/v1"
ROWS = [
    known("GET /saved-searches"),
    known(
        "POST /saved-searches",
        status=303,
        data={"kind": "needs", "name": "新的检索", "question": "/needs?q=%E6%B1%A1%E6%B0%B4"},
    ),
    each("GET /saved-searches/{search_id:int}", {Role.BROKER: 200}, "/saved-searches/{saved}"),
    each("POST /saved-searches/{search_id:int}", {Role.BROKER: 303}, "/saved-searches/{saved}", data={"name": "改名"}),
    each("POST /saved-searches/{search_id:int}/delete", {Role.BROKER: 303}, "/saved-searches/{saved}/delete"),
    known("GET /shortlist"),
    known("POST /shortlist", status=422, data={"kind": "needs"}),
    each("POST /shortlist/{item_id:int}", {Role.BROKER: 303}, "/shortlist/{item}", data={"note": "联系过"}),
    each("POST /shortlist/{item_id:int}/remove", {Role.BROKER: 303}, "/shortlist/{item}/remove"),
    known("GET /compare/needs", "/compare/needs?id={need}&id={hidden_need}"),
    known("GET /compare/achievements", "/compare/achievements?id={achievement}"),
    anyone("GET /brokers"),
    only("GET /brokers/new", CITY),
    only("POST /brokers", CITY, status=303, data=BROKER),
    anyone("GET /brokers/{broker_id:int}", "/brokers/{broker}"),
    only("POST /brokers/{broker_id:int}/contact", (*EDITORS, Role.DISTRICT_OFFICIAL), "/brokers/{broker}/contact"),
    only("GET /brokers/{broker_id:int}/edit", EDITORS, "/brokers/{broker}/edit"),
    only(
        "POST /brokers/{broker_id:int}",
        EDITORS,
        "/brokers/{broker}",
        status=303,
        data={"version": "1", "introduction": "新简介"},
    ),
    # This broker practises elsewhere: who may act for the brokerage (the first one) is told so, the others are refused.
    only(
        "POST /brokers/{broker_id:int}/join",
        HOUSE,
        "/brokers/{other_broker}/join",
        status=422,
        data={"brokerage_id": "1"},
    ),
    only("POST /brokers/{broker_id:int}/leave", EDITORS, "/brokers/{broker}/leave", status=303),
    anyone("GET /brokerages"),
    only("GET /brokerages/new", CITY),
    only("POST /brokerages", CITY, status=303, data={"name": "澄湖权限测试机构"}),
    anyone("GET /brokerages/{brokerage_id:int}", "/brokerages/{brokerage}"),
    only("GET /brokerages/{brokerage_id:int}/edit", HOUSE, "/brokerages/{brokerage}/edit"),
    only(
        "POST /brokerages/{brokerage_id:int}",
        HOUSE,
        "/brokerages/{brokerage}",
        status=303,
        data={"version": "1", "introduction": "新简介"},
    ),
    only("GET /scorecards", MEASURED),
    # The broker of the world has no region, so she is no district's.
    each(
        "GET /scorecards/{broker_id:int}/{figure}",
        {**dict.fromkeys(MEASURED, 200), Role.DISTRICT_OFFICIAL: 404},
        "/scorecards/{broker}/filed",
        others=403,
    ),
    each(
        "GET /scorecards/{broker_id:int}/contracts",
        {**dict.fromkeys(MEASURED, 200), Role.DISTRICT_OFFICIAL: 404},
        "/scorecards/{broker}/contracts",
        others=403,
    ),
    # A broker sees herself only; the brokerage of the world has no region either.
    each(
        "GET /scorecards/brokerages/{brokerage_id:int}/contracts",
        {**dict.fromkeys(HOUSE, 200), Role.DISTRICT_OFFICIAL: 404, Role.BROKER: 404},
        "/scorecards/brokerages/{brokerage}/contracts",
        others=403,
    ),
    only("POST /scorecards/export", MEASURED, data={"year": "2026"}),
    anyone(f"GET {V1}/brokers"),
    anyone(f"GET {V1}/brokers/{{record_id}}", f"{V1}/brokers/{{broker}}"),
    only(f"POST {V1}/brokers", CITY, status=201, json=BROKER),
    only(f"PATCH {V1}/brokers/{{record_id}}", CITY, f"{V1}/brokers/{{broker}}", json={"version": 1, "name": "张新名"}),
    only(
        f"POST {V1}/brokers/{{record_id}}/join",
        CITY,
        f"{V1}/brokers/{{broker}}/join",
        status=404,
        json={"brokerage_id": 2**31 - 1},
    ),
    only(f"POST {V1}/brokers/{{record_id}}/leave", CITY, f"{V1}/brokers/{{broker}}/leave", json={}),
    anyone(f"GET {V1}/brokerages"),
    anyone(f"GET {V1}/brokerages/{{record_id}}", f"{V1}/brokerages/{{brokerage}}"),
    only(f"POST {V1}/brokerages", CITY, status=201, json={"name": "澄湖权限测试机构"}),
    only(
        f"PATCH {V1}/brokerages/{{record_id}}",
        CITY,
        f"{V1}/brokerages/{{brokerage}}",
        json={"version": 1, "introduction": "新简介"},
    ),
    known(f"GET {V1}/saved-searches"),
    known(f"POST {V1}/saved-searches", status=201, json=SAVED),
    each(
        f"PATCH {V1}/saved-searches/{{record_id}}",
        {Role.BROKER: 200},
        f"{V1}/saved-searches/{{saved}}",
        json={"name": "改名", "alerts": False},
    ),
    each(f"DELETE {V1}/saved-searches/{{record_id}}", {Role.BROKER: 204}, f"{V1}/saved-searches/{{saved}}"),
    known(f"GET {V1}/shortlist", f"{V1}/shortlist?kind=needs"),
    known(f"POST {V1}/shortlist", status=404, json={"kind": "needs", "record_id": 2**31 - 1}),
    each(f"DELETE {V1}/shortlist/{{record_id}}", {Role.BROKER: 204}, f"{V1}/shortlist/{{item}}"),
]
