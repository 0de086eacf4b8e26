"""The people of one match, for tests: both sides, brokers, officials, outsiders."""

from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from matchmaker.brokerage import accept, introduce, take_up
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.match import Match, Side
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import Notice
from matchmaker.rights import Actor
from tests.factories import (
    actor_for,
    make_account,
    make_achievement,
    make_broker,
    make_brokerage,
    make_enterprise,
    make_institution,
    make_need,
)

DISTRICT, OTHER_DISTRICT = "990102", "990103"
# Words that may reach nobody before both sides have agreed.
NEED_PHONE, ACHIEVEMENT_PHONE = "13800001111", "13900002222"


@dataclass
class People:
    """The need lies in DISTRICT and belongs to `enterprise`; the achievement belongs to `institution`."""

    session: Session
    need: TechnologyNeed
    achievement: Achievement
    accounts: dict[str, Account] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, name: str) -> Actor:
        """The same all along: what she may do does not change during a test."""
        if name not in self.actors:
            self.actors[name] = actor_for(self.session, self.accounts[name])
        return self.actors[name]

    def account_id(self, name: str) -> int:
        return self.accounts[name].id or 0

    def match(self) -> Match:
        return take_up(self.session, self.need, self.achievement, by=self.actor("broker"))


def make_people(session: Session, **need_values: object) -> People:
    """Everybody, and the two records with contacts."""
    enterprise = make_enterprise(session)
    institution = make_institution(session)
    brokerage = make_brokerage(session)
    need = make_need(
        session,
        **{
            "enterprise_name": enterprise.name,
            "region_code": DISTRICT,
            "contact_name": "王工",
            "contact_phone": NEED_PHONE,
            **need_values,
        },
    )
    achievement = make_achievement(
        session, institution_name=institution.name, contact_name="李教授", contact_phone=ACHIEVEMENT_PHONE
    )
    session.flush()
    people = People(session, need, achievement)
    for name, role, values in (
        ("enterprise", Role.ENTERPRISE, {"enterprise_id": enterprise.id}),
        ("institution", Role.INSTITUTION, {"institution_id": institution.id}),
        ("broker", Role.BROKER, {"broker_id": make_broker(session, brokerage=brokerage).id}),
        ("colleague", Role.BROKER, {"broker_id": make_broker(session, brokerage=brokerage).id}),
        ("other_broker", Role.BROKER, {}),
        ("uncertified", Role.BROKER, {"broker_id": make_broker(session, certificate_number=None).id}),
        ("brokerage", Role.BROKERAGE_ADMINISTRATOR, {"brokerage_id": brokerage.id}),
        ("district", Role.DISTRICT_OFFICIAL, {"region_code": DISTRICT}),
        ("other_district", Role.DISTRICT_OFFICIAL, {"region_code": OTHER_DISTRICT}),
        ("city", Role.CITY_OFFICIAL, {}),
        ("other_enterprise", Role.ENTERPRISE, {}),
    ):
        people.accounts[name] = make_account(session, role=role, **values)
    session.flush()
    return people


def introduced(people: People) -> Match:
    """Carried by the broker and introduced to both sides."""
    match = people.match()
    introduce(people.session, match, by=people.actor("broker"), note="双方指标吻合")
    return match


def agreed(people: People) -> Match:
    """Both sides have said yes."""
    match = introduced(people)
    accept(people.session, match, Side.NEED, by=people.actor("enterprise"))
    accept(people.session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    return match


def told(people: People, name: str) -> list[Notice]:
    """The notices of that person."""
    people.session.flush()
    return list(people.session.exec(select(Notice).where(col(Notice.account_id) == people.account_id(name))))
