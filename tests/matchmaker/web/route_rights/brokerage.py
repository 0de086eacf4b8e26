"""Matches that are carried: the world's match is introduced, carried by the broker, in the district."""

from collections.abc import Mapping

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.base import now
from matchmaker.models.broker import Brokerage
from matchmaker.models.match import Band, Explanation, FollowUp, Match, MatchEvent, MatchStatus, NdaStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.visibility import today
from tests.factories import make_account, make_achievement, make_broker, make_need
from tests.matchmaker.web.route_rights import Row, each, known
from tests.matchmaker.web.route_rights.world import World

V1 = "/api/v1"
CITY = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
OVERSEERS = (Role.DISTRICT_OFFICIAL, *CITY)
SIDES = (Role.ENTERPRISE, Role.INSTITUTION)
# Whose business the match is; the brokerage's administrator reads, and may give it to another of her brokers.
CONCERNED = (*SIDES, Role.BROKER, Role.BROKERAGE_ADMINISTRATOR, *OVERSEERS)
# A side that did not ask for it learns of a match when it is introduced.
NOT_INTRODUCED = {Role.INSTITUTION: 404}


def prepare(session: Session, world: World) -> None:
    """A match of each kind that a route needs: recommended and carried, agreed, negotiating, signed; a free pair."""
    broker = world.accounts[Role.BROKER].id
    enterprise, institution = world.accounts[Role.ENTERPRISE], world.accounts[Role.INSTITUTION]
    need = session.get(TechnologyNeed, world.ids["need"])
    assert need is not None
    free = make_achievement(session, title="可以承办的成果")
    free.institution_id = institution.institution_id
    for name, status in (
        ("begun_match", MatchStatus.RECOMMENDED),
        ("wished_match", MatchStatus.RECOMMENDED),
        ("confidential_match", MatchStatus.INTRODUCED),
        ("agreed_match", MatchStatus.ACCEPTED),
        ("negotiating_match", MatchStatus.NEGOTIATING),
        ("signed_match", MatchStatus.SIGNED),
        ("closed_match", MatchStatus.CLOSED),
    ):
        other = make_need(session, title=f"权限表的需求 {name}", region_code=need.region_code)
        other.enterprise_id = enterprise.enterprise_id
        session.flush()
        both = now() if status not in (MatchStatus.RECOMMENDED, MatchStatus.INTRODUCED) else None
        match = Match(
            need_id=other.id or 0,
            achievement_id=free.id or 0,
            need_version=1,
            achievement_version=1,
            score=0.5,
            band=Band.MEDIUM,
            explanation=Explanation(reasons=[], words=[]),
            matcher_version="test",
            status=status,
            broker_account_id=None if name == "wished_match" else broker,
            brokerage_id=None if name == "wished_match" else world.ids["brokerage"],
            filed_at=now(),
            need_accepted_at=both,
            achievement_accepted_at=both,
            nda=NdaStatus.REQUESTED if name == "confidential_match" else NdaStatus.NOT_NEEDED,
        )
        session.add(match)
        session.flush()
        world.ids[name] = match.id or 0
    stays = MatchStatus.RECOMMENDED
    session.add(MatchEvent(match_id=world.ids["wished_match"], before=stays, after=stays, what="wish:need"))
    session.add(FollowUp(match_id=world.ids["signed_match"], days=30, due_on=today()))
    brokerage = session.get_one(Brokerage, world.ids["brokerage"])
    colleague = make_account(session, role=Role.BROKER, broker_id=make_broker(session, brokerage=brokerage).id)
    session.flush()
    world.ids["free_achievement"] = free.id or 0
    world.ids["colleague_account"] = colleague.id or 0


def step(name: str, statuses: Mapping[str, int], match: str = "match", **fields: str) -> list[Row]:
    """The step on the page and in the API: 303 and 200 for those who may take it, 404 for outsiders."""
    form = {"version": "1", **{f"{name}-{field}": value for field, value in fields.items()}}
    concerned: dict[str, int] = dict.fromkeys(CONCERNED, 403)
    in_api = {str(role): 200 if status == 303 else status for role, status in statuses.items()}
    return [
        each(
            "POST /carried/{match_id:int}/steps/{step}",
            {**concerned, **statuses},
            f"/carried/{{{match}}}/steps/{name}",
            data=form,
        ),
        each(
            f"POST {V1}/carried/{{record_id}}/{{step}}",
            {**concerned, **in_api},
            f"{V1}/carried/{{{match}}}/{name}",
            json={"version": 1, **fields},
        ),
    ]


ROWS = [
    known("GET /carried"),
    known("POST /carried/export"),
    known(f"GET {V1}/carried"),
    each("GET /carried/{match_id:int}", dict.fromkeys(CONCERNED, 200), "/carried/{match}"),
    each(f"GET {V1}/carried/{{record_id}}", dict.fromkeys(CONCERNED, 200), f"{V1}/carried/{{match}}"),
    # Before it is introduced neither side knows of it.
    each(
        "GET /carried/{match_id:int}",
        dict.fromkeys((Role.BROKER, Role.BROKERAGE_ADMINISTRATOR, *OVERSEERS), 200),
        "/carried/{begun_match}",
    ),
    # Not all have agreed: whose business contacts will be is told so, the brokerage may never see them.
    each(
        "POST /carried/{match_id:int}/contacts",
        {**dict.fromkeys(CONCERNED, 409), Role.BROKERAGE_ADMINISTRATOR: 403},
        "/carried/{match}/contacts",
    ),
    each(
        "POST /carried/{match_id:int}/contacts",
        {**dict.fromkeys(CONCERNED, 200), Role.BROKERAGE_ADMINISTRATOR: 403},
        "/carried/{agreed_match}/contacts",
    ),
    each(
        f"GET {V1}/carried/{{record_id}}/contacts/{{side}}",
        {**dict.fromkeys(CONCERNED, 409), Role.BROKERAGE_ADMINISTRATOR: 403},
        f"{V1}/carried/{{match}}/contacts/need",
    ),
    each(
        f"GET {V1}/carried/{{record_id}}/contacts/{{side}}",
        {**dict.fromkeys(CONCERNED, 200), Role.BROKERAGE_ADMINISTRATOR: 403},
        f"{V1}/carried/{{agreed_match}}/contacts/need",
    ),
    each(
        "POST /carried/{match_id:int}/messages",
        {**dict.fromkeys(CONCERNED, 403), **dict.fromkeys((*SIDES, Role.BROKER), 303)},
        "/carried/{match}/messages",
        data={"message": "您好"},
    ),
    each(
        f"POST {V1}/carried/{{record_id}}/messages",
        {**dict.fromkeys(CONCERNED, 403), **dict.fromkeys((*SIDES, Role.BROKER), 201)},
        f"{V1}/carried/{{match}}/messages",
        json={"text": "您好"},
    ),
    # Only the side that is asked; this match has no open question, which is said to her alone.
    each(
        "POST /carried/{match_id:int}/answers",
        {**dict.fromkeys(CONCERNED, 403), Role.INSTITUTION: 422},
        "/carried/{match}/answers",
        data={"requirement": "水性", "answer": "满足"},
    ),
    each(
        f"POST {V1}/carried/{{record_id}}/answers",
        {**dict.fromkeys(CONCERNED, 403), Role.INSTITUTION: 422},
        f"{V1}/carried/{{match}}/answers",
        json={"requirement": "水性", "answer": "满足"},
    ),
    # The broker takes up; the sides and the officials propose; others have no part in it.
    each(
        "POST /take-up/{need_id:int}/{achievement_id:int}",
        dict.fromkeys((*SIDES, Role.BROKER, *OVERSEERS), 303),
        "/take-up/{need}/{free_achievement}",
        others=403,
    ),
    each("POST /take-up/{need_id:int}/{achievement_id:int}", {}, "/take-up/999999/{free_achievement}"),
    each(f"POST {V1}/carried", {}, json={"need_id": 999999, "achievement_id": 999999}),
    each(
        f"POST {V1}/carried",
        dict.fromkeys((*SIDES, Role.BROKER, *OVERSEERS), 201),
        others=403,
        json={"need_id": "{need}", "achievement_id": "{free_achievement}"},
    ),
    # One that the need's side wished for: to be taken up, and for an official to propose as well.
    *step("take_up", {**NOT_INTRODUCED, Role.BROKER: 303}, "wished_match"),
    *step("wish", {**NOT_INTRODUCED, Role.ENTERPRISE: 409, **dict.fromkeys(OVERSEERS, 303)}, "wished_match"),
    *step("pair", {**NOT_INTRODUCED, Role.ENTERPRISE: 409, **dict.fromkeys(OVERSEERS, 303)}, "wished_match"),
    *step(
        "assign",
        dict.fromkeys((Role.BROKERAGE_ADMINISTRATOR, *OVERSEERS), 303),
        broker_account_id="{colleague_account}",
        note="专业对口",
    ),
    *step("introduce", {**NOT_INTRODUCED, Role.ENTERPRISE: 404, Role.BROKER: 303}, "begun_match", note="指标吻合"),
    *step("accept", {Role.ENTERPRISE: 303}, side="need"),
    *step("accept", {Role.INSTITUTION: 303}, side="achievement"),
    *step("decline", {Role.INSTITUTION: 303}, side="achievement", reason="no_capacity"),
    *step("request_nda", {Role.ENTERPRISE: 303, Role.INSTITUTION: 303, Role.BROKER: 303}),
    *step("sign_nda", {Role.ENTERPRISE: 303}, "confidential_match", side="need"),
    *step("sign_nda", {Role.INSTITUTION: 303}, "confidential_match", side="achievement"),
    *step("plan", {Role.BROKER: 303}, text="电话沟通"),
    *step("negotiate", {Role.ENTERPRISE: 303, Role.INSTITUTION: 303, Role.BROKER: 303}, "agreed_match"),
    *step(
        "close",
        {**dict.fromkeys((*SIDES, Role.BROKER, *OVERSEERS), 303)},
        "agreed_match",
        note="双方商定不再推进",
    ),
    *step("record_intent", dict.fromkeys((Role.BROKER, *OVERSEERS), 303), "negotiating_match"),
    *step("sign", dict.fromkeys((Role.BROKER, *OVERSEERS), 303), "negotiating_match", on="2026-01-05"),
    *step("register", dict.fromkeys((Role.BROKER, *OVERSEERS), 303), "signed_match"),
    *step("follow_up", dict.fromkeys((Role.BROKER, *OVERSEERS), 303), "signed_match", days="30", text="履行正常"),
    *step("reopen", dict.fromkeys((Role.BROKER, *OVERSEERS), 303), "closed_match", note="项目恢复"),
]
