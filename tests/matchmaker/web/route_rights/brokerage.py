"""Matches that are carried: the world's match is introduced, carried by the broker, in the district."""

from collections.abc import Mapping

from sqlmodel import Session

from matchmaker.models.account import Role
from matchmaker.models.base import now
from matchmaker.models.match import Band, Explanation, Match, MatchStatus
from matchmaker.models.need import TechnologyNeed
from tests.factories import make_achievement, make_need
from tests.matchmaker.web.route_rights import Row, each, known
from tests.matchmaker.web.route_rights.world import World

V1 = "/api/v1"
CITY = (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)
OVERSEERS = (Role.DISTRICT_OFFICIAL, *CITY)
SIDES = (Role.ENTERPRISE, Role.INSTITUTION)
# Whose business the match is; the brokerage's administrator reads, and may give it to another of her brokers.
CONCERNED = (*SIDES, Role.BROKER, Role.BROKERAGE_ADMINISTRATOR, *OVERSEERS)


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
        ("agreed_match", MatchStatus.ACCEPTED),
        ("negotiating_match", MatchStatus.NEGOTIATING),
        ("signed_match", MatchStatus.SIGNED),
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
            broker_account_id=broker,
            filed_at=now(),
            need_accepted_at=both,
            achievement_accepted_at=both,
        )
        session.add(match)
        session.flush()
        world.ids[name] = match.id or 0
    world.ids["free_achievement"] = free.id or 0


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
    # The broker takes up; the sides and the officials propose; others have no part in it.
    each(
        "POST /take-up/{need_id:int}/{achievement_id:int}",
        dict.fromkeys((*SIDES, Role.BROKER, *OVERSEERS), 303),
        "/take-up/{need}/{free_achievement}",
        others=403,
    ),
    each("POST /take-up/{need_id:int}/{achievement_id:int}", {}, "/take-up/999999/{free_achievement}"),
    each(f"POST {V1}/carried", {}, json={"need_id": 999999, "achievement_id": 999999}),
    *step("accept", {Role.ENTERPRISE: 303}, side="need"),
    *step("accept", {Role.INSTITUTION: 303}, side="achievement"),
    *step("decline", {Role.INSTITUTION: 303}, side="achievement", reason="no_capacity"),
    *step("request_nda", {Role.ENTERPRISE: 303, Role.INSTITUTION: 303, Role.BROKER: 303}),
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
]
