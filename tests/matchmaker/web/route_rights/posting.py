"""Posting: forms, drafts, one's own records, and the same over the API."""

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Draft, Revision
from tests.matchmaker.web.route_rights import OFFICIALS, Row, each, only
from tests.matchmaker.web.route_rights.world import World

V1 = "/api/v1"
CITY = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
OF_NEEDS = (Role.ENTERPRISE, Role.COMMISSIONER, Role.BROKER, *OFFICIALS)
OF_ACHIEVEMENTS = (Role.ENTERPRISE, Role.INSTITUTION, *CITY)
EVERY_POSTER = (*OF_NEEDS, Role.INSTITUTION)

# Whoever posts for others names the enterprise; for its own member the name is replaced.
NEED = {"title": "低温污水脱氮工艺", "problem": "冬季总氮去除率下降。", "enterprise_name": "澄湖制药示例公司"}
ACHIEVEMENT = {"title": "耐低温反硝化菌剂", "institution_name": "江南示例大学"}
TYPED = {
    "title": "低温污水脱氮工艺",
    "problem": "冬季总氮去除率下降。",
    "contact_name": "王工",
    "contact_phone": "0000",
    "confidentiality": "public",
}


def prepare(session: Session, world: World) -> None:
    """A complete draft of the enterprise's member, and a change of its need that waits."""
    account = world.accounts[Role.ENTERPRISE].id or 0
    draft = Draft(account_id=account, kind=RecordKind.NEEDS, values=TYPED)
    revision = Revision(
        kind=RecordKind.NEEDS,
        record_id=world.ids["need"],
        base_version=1,
        values={"goal": "总氮 ≤ 10 mg/L"},
        submitted_by_id=account,
    )
    session.add_all([draft, revision])
    session.flush()
    world.ids |= {"draft": draft.id or 0, "posted_revision": revision.id or 0}


def own_draft(method: str, tail: str = "", status: int = 200) -> Row:
    """Its author's, and nobody else may know of it."""
    route = f"{method} /drafts/{{draft_id:int}}{tail}"
    return each(route, {Role.ENTERPRISE: status}, f"/drafts/{{draft}}{tail}", data=TYPED)


def own_need(route: str, path: str, status: int) -> Row:
    """Its enterprise's; other posters of needs do not learn whether it exists, the rest posts no needs."""
    others = {Role.INSTITUTION: 403, Role.BROKERAGE_ADMINISTRATOR: 403}
    return each(route, {Role.ENTERPRISE: status, **others}, path, data={"reason": "已解决"})


ROWS = [
    only(f"POST {V1}/needs", OF_NEEDS, status=201, json=NEED),
    each(
        f"PATCH {V1}/needs/{{record_id}}",
        {Role.ENTERPRISE: 409, **dict.fromkeys(CITY, 200)},
        f"{V1}/needs/{{need}}",
        others=403,
        json={"version": 1, "urgency": "high"},
    ),
    each(
        f"POST {V1}/needs/{{record_id}}/revisions",
        {Role.ENTERPRISE: 201, Role.INSTITUTION: 403, Role.BROKERAGE_ADMINISTRATOR: 403},
        f"{V1}/needs/{{need}}/revisions",
        json={"version": 1, "urgency": "high"},
    ),
    only(f"POST {V1}/achievements", OF_ACHIEVEMENTS, status=201, json=ACHIEVEMENT),
    each(
        f"PATCH {V1}/achievements/{{record_id}}",
        {Role.INSTITUTION: 409, **dict.fromkeys(CITY, 200)},
        f"{V1}/achievements/{{achievement}}",
        others=403,
        json={"version": 1, "stage": "pilot"},
    ),
    each(
        f"POST {V1}/achievements/{{record_id}}/revisions",
        {Role.INSTITUTION: 201, Role.ENTERPRISE: 404, **dict.fromkeys(CITY, 404)},
        f"{V1}/achievements/{{achievement}}/revisions",
        others=403,
        json={"version": 1, "stage": "pilot"},
    ),
    only("GET /post", EVERY_POSTER),
    only("GET /post/{kind}", OF_NEEDS, "/post/needs"),
    only("GET /post/{kind}", OF_ACHIEVEMENTS, "/post/achievements"),
    only("POST /post/{kind}", OF_NEEDS, "/post/needs", status=303, data=TYPED),
    only("POST /post/{kind}/coach", OF_NEEDS, "/post/needs/coach", data=TYPED),
    own_draft("GET"),
    own_draft("POST", status=303),
    own_draft("GET", "/check"),
    own_draft("POST", "/submit", status=303),
    own_draft("POST", "/delete", status=303),
    each("GET /preview/drafts/{draft_id:int}", {Role.ENTERPRISE: 200}, "/preview/drafts/{draft}"),
    own_need("GET /preview/{kind}/{record_id:int}", "/preview/needs/{need}", 200),
    only("GET /my/{kind}", OF_NEEDS, "/my/needs"),
    only("GET /my/{kind}", OF_ACHIEVEMENTS, "/my/achievements"),
    own_need("POST /my/{kind}/{record_id:int}/edit", "/my/needs/{need}/edit", 303),
    own_need("POST /my/{kind}/{record_id:int}/copy", "/my/needs/{need}/copy", 303),
    own_need("GET /my/{kind}/{record_id:int}/withdraw", "/my/needs/{need}/withdraw", 200),
    own_need("POST /my/{kind}/{record_id:int}/withdraw", "/my/needs/{need}/withdraw", 303),
    each(
        "POST /my/revisions/{revision_id:int}/withdraw",
        {Role.ENTERPRISE: 303},
        "/my/revisions/{posted_revision}/withdraw",
    ),
]
