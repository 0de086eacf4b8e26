"""Review, oversight, campaigns, confirming that a record still holds."""

from datetime import timedelta

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Campaign, Revision
from matchmaker.visibility import today
from tests.factories import make_need
from tests.matchmaker.web.route_rights import OFFICIALS, anyone, each, known, only
from tests.matchmaker.web.route_rights.world import DISTRICT, OTHER_DISTRICT, World

CITY = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
V1 = "/api/v1"
FIRST, LAST = today(), today() + timedelta(days=30)
CAMPAIGN = {"name": "澄湖第三批技术需求征集", "starts_on": FIRST.isoformat(), "ends_on": LAST.isoformat()}
PUBLISH = {"decision": "publish", "version": 1}
# Anybody may ask about it, its owner and its officials may say yes.
CONFIRMING: dict[str, int] = {Role.ENTERPRISE: 303, **dict.fromkeys(OFFICIALS, 303)}

# Of another district's business a district official is not even told that it exists.
ELSEWHERE: dict[str, int] = {Role.DISTRICT_OFFICIAL: 404, **dict.fromkeys(CITY, 200)}


def prepare(session: Session, world: World) -> None:
    pending = make_need(session, title="待审核的难题", status="pending", region_code=DISTRICT)
    elsewhere = make_need(session, title="别处待审核的难题", status="pending", region_code=OTHER_DISTRICT)
    campaigns = [
        Campaign(name=f"澄湖征集 {region}", starts_on=FIRST, ends_on=LAST, region_code=region)
        for region in (DISTRICT, OTHER_DISTRICT)
    ]
    revision = Revision(
        kind=RecordKind.NEEDS,
        record_id=world.ids["need"],
        base_version=1,
        values={"goal": "成本不高于塑料托盘"},
        submitted_by_id=world.ids["enterprise_account"],
    )
    session.add_all([*campaigns, revision])
    session.flush()
    world.ids |= {
        "pending_need": pending.id or 0,
        "pending_elsewhere": elsewhere.id or 0,
        "campaign": campaigns[0].id or 0,
        "campaign_elsewhere": campaigns[1].id or 0,
        "revision": revision.id or 0,
    }


ROWS = [
    only("GET /review", OFFICIALS),
    only("POST /review", OFFICIALS, status=303, data={"kind": "needs", "ticked": "1:1"}),
    only("GET /review/{kind}/{record_id:int}", OFFICIALS, "/review/needs/{pending_need}"),
    each("GET /review/{kind}/{record_id:int}", ELSEWHERE, "/review/needs/{pending_elsewhere}", others=403),
    only("POST /review/{kind}/{record_id:int}", OFFICIALS, "/review/needs/{pending_need}", status=303, data=PUBLISH),
    only("GET /review/revisions/{revision_id:int}", OFFICIALS, "/review/revisions/{revision}"),
    only(
        "POST /review/revisions/{revision_id:int}",
        OFFICIALS,
        "/review/revisions/{revision}",
        status=303,
        data={"decision": "return", "version": 1, "note": "请补充指标"},
    ),
    only(f"GET {V1}/reviews", OFFICIALS, f"{V1}/reviews?kind=needs"),
    only(f"POST {V1}/reviews/{{kind}}/{{record_id}}", OFFICIALS, f"{V1}/reviews/needs/{{pending_need}}", json=PUBLISH),
    each(
        f"POST {V1}/reviews/{{kind}}/{{record_id}}",
        ELSEWHERE,
        f"{V1}/reviews/needs/{{pending_elsewhere}}",
        others=403,
        json=PUBLISH,
    ),
    only(
        f"POST {V1}/reviews/revisions/{{revision_id}}",
        OFFICIALS,
        f"{V1}/reviews/revisions/{{revision}}",
        json=PUBLISH,
    ),
    only("GET /oversight/needs", OFFICIALS),
    only("GET /oversight/achievements", OFFICIALS),
    only("POST /oversight/needs/export", OFFICIALS),
    only("POST /oversight/achievements/export", OFFICIALS),
    known("GET /confirm/{kind}/{record_id:int}", "/confirm/needs/{need}"),
    each("POST /confirm/{kind}/{record_id:int}", CONFIRMING, "/confirm/needs/{need}", others=403),
    each("POST /confirm/{kind}/{record_id:int}", {str(role): 303 for role in CITY}, "/confirm/needs/{hidden_need}"),
    anyone("GET /campaigns"),
    anyone("GET /campaigns/{campaign_id:int}", "/campaigns/{campaign}"),
    only("GET /campaigns/new", OFFICIALS),
    only("POST /campaigns/new", OFFICIALS, status=303, data=CAMPAIGN),
    only("GET /campaigns/{campaign_id:int}/edit", OFFICIALS, "/campaigns/{campaign}/edit"),
    only("GET /campaigns/{campaign_id:int}/edit", CITY, "/campaigns/{campaign_elsewhere}/edit"),
    only("POST /campaigns/{campaign_id:int}/edit", OFFICIALS, "/campaigns/{campaign}/edit", status=303, data=CAMPAIGN),
    only(
        "POST /campaigns/{campaign_id:int}/edit",
        CITY,
        "/campaigns/{campaign_elsewhere}/edit",
        status=303,
        data=CAMPAIGN,
    ),
    only("POST /campaigns/{campaign_id:int}/close", OFFICIALS, "/campaigns/{campaign}/close", status=303),
    only("POST /campaigns/{campaign_id:int}/close", CITY, "/campaigns/{campaign_elsewhere}/close", status=303),
    anyone(f"GET {V1}/campaigns"),
    anyone(f"GET {V1}/campaigns/{{campaign_id}}", f"{V1}/campaigns/{{campaign}}"),
    only(f"POST {V1}/campaigns", OFFICIALS, status=201, json=CAMPAIGN),
    only(f"PUT {V1}/campaigns/{{campaign_id}}", OFFICIALS, f"{V1}/campaigns/{{campaign}}", json=CAMPAIGN),
    only(f"PUT {V1}/campaigns/{{campaign_id}}", CITY, f"{V1}/campaigns/{{campaign_elsewhere}}", json=CAMPAIGN),
    only(f"POST {V1}/campaigns/{{campaign_id}}/close", OFFICIALS, f"{V1}/campaigns/{{campaign}}/close"),
]
