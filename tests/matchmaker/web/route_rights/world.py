"""A small world in which every role has something of its own and something that is not."""

from dataclasses import dataclass, field

from sqlmodel import Session

from matchmaker.models.account import Account, Role
from matchmaker.models.base import now
from matchmaker.models.match import Band, Explanation, Match, MatchStatus
from tests.factories import (
    cookie_of,
    key_of,
    make_account,
    make_achievement,
    make_broker,
    make_brokerage,
    make_enterprise,
    make_institution,
    make_need,
)

DISTRICT, OTHER_DISTRICT = "990102", "990103"


@dataclass
class World:
    """`ids` names what paths may ask for; modules of the table add theirs (`prepare(session, world)`)."""

    ids: dict[str, int] = field(default_factory=dict)
    accounts: dict[Role, Account] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)


def make_world(session: Session) -> World:
    """The enterprise's need and the institution's achievement lie in DISTRICT; the broker carries their match."""
    enterprise = make_enterprise(
        session, name="澄湖制药示例公司", region_code=DISTRICT, source_id="enterprise-of-world"
    )
    institution = make_institution(session, name="江南示例大学", source_id="institution-of-world")
    brokerage = make_brokerage(session)
    broker = make_broker(session, brokerage=brokerage)
    own = {
        Role.ENTERPRISE: {"enterprise_id": enterprise.id},
        Role.INSTITUTION: {"institution_id": institution.id},
        Role.BROKER: {"broker_id": broker.id},
        Role.BROKERAGE_ADMINISTRATOR: {"brokerage_id": brokerage.id},
        Role.DISTRICT_OFFICIAL: {"region_code": DISTRICT},
    }
    world = World()
    for role in Role:
        account = make_account(session, role=role, **own.get(role, {}))
        world.accounts[role] = account
        world.headers[role] = key_of(session, account)
        world.cookies[role] = cookie_of(session, account)
    need = make_need(session, title="玉米秸秆制备可降解包装材料", enterprise_name=enterprise.name, region_code=DISTRICT)
    achievement = make_achievement(session, title="秸秆纤维模塑成型技术", institution_name=institution.name)
    hidden = make_need(session, title="未公开的难题", confidentiality="directed", region_code=OTHER_DISTRICT)
    session.flush()
    match = Match(
        need_id=need.id or 0,
        achievement_id=achievement.id or 0,
        need_version=1,
        achievement_version=1,
        score=0.5,
        band=Band.MEDIUM,
        explanation=Explanation(reasons=[], words=[]),
        matcher_version="test",
        status=MatchStatus.INTRODUCED,
        broker_account_id=world.accounts[Role.BROKER].id,
        brokerage_id=brokerage.id,
        filed_at=now(),
    )
    session.add(match)
    session.flush()
    world.ids = {
        "need": need.id or 0,
        "achievement": achievement.id or 0,
        "hidden_need": hidden.id or 0,
        "match": match.id or 0,
        "enterprise": enterprise.id or 0,
        "institution": institution.id or 0,
        "brokerage": brokerage.id or 0,
        "broker": broker.id or 0,
        **{f"{role.value}_account": account.id or 0 for role, account in world.accounts.items()},
    }
    return world
