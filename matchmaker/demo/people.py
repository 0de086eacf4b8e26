"""The people of the demo city: brokers, and accounts in every role."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import Engine
from sqlmodel import Session, col, select, update

from matchmaker.accounts import PASSWORDS, actor_of, create_account, one_time_password
from matchmaker.brokers import upsert_broker
from matchmaker.classification import classification
from matchmaker.database import session_scope
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.broker import Broker, BrokerageMembership, BrokerCreate, CertificateLevel
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.party import Enterprise, Institution
from matchmaker.rights import Actor

P = TypeVar("P", Enterprise, Institution)

SOURCE = "demo"

# The broker names are put together from these: nobody in particular is meant.
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
_GIVEN = (
    "书澜",
    "知远",
    "雨衡",
    "景川",
    "若溪",
    "明屿",
    "思砚",
    "亦舟",
    "闻笛",
    "清和",
    "望舒",
    "怀瑾",
    "予安",
    "牧之",
    "听雪",
)
_BROKERAGES = (
    "澄湖市技术转移中心",
    "澄湖高新区科技服务公司",
    "澄湖理工成果转化公司",
    "湖滨知识产权运营公司",
    "南渡循环经济技术服务中心",
    "望川农业科技服务社",
    "石桥制造业创新服务站",
    "平沙能源技术服务公司",
    "青禾科技中介服务所",
    "澄西生物医药转化平台",
    "沪江大学澄湖技术转移分中心",
    "庐州大学澄湖产业研究院",
)
# The seed of every demo city's figures: a city with some three hundred brokers.
_BROKERS = 300
_ISSUER = "省技术转移人才培养基地（演示）"


def districts_without_parks() -> list[str]:
    """Codes of the city's districts in which no park lies, in order."""
    city = classification().city
    parks = set(city.parks.values())
    return [entry.code for entry in city.districts.entries if entry.code not in parks]


@dataclass(frozen=True)
class DemoAccount:
    """An account to show the platform with."""

    login_name: str
    name: str
    role: Role


def new_demo_password(database: Engine) -> tuple[str, list[DemoAccount]]:
    """A new random password for all demo accounts, to be shown once, and the accounts worth trying, one per role."""
    password = one_time_password()
    # One hash for all of them: sixty would take as many seconds, and they share the password anyway.
    password_hash = PASSWORDS.hash(password)
    with session_scope(database) as session:
        of_demo = col(Account.is_demo)
        # Not through the records one by one: a hundred new passwords at every start would fill the audit trail.
        session.exec(
            update(Account).where(of_demo).values(password_hash=password_hash, locked_until=None, failed_logins=0)
        )
        shown: dict[Role, DemoAccount] = {}
        for account in session.exec(select(Account).where(of_demo).order_by(col(Account.id))):
            shown.setdefault(account.role, DemoAccount(account.login_name, account.name, account.role))
    return password, [shown[role] for role in Role if role in shown]


def add_brokers(session: Session) -> None:
    """Some three hundred brokers in a dozen brokerages, most of them certified."""
    lists = classification()
    fields = [entry.code for entry in lists.technology_fields.entries]
    industries = [entry.code for entry in lists.city.industries.entries]
    districts = [entry.code for entry in lists.city.districts.entries]
    levels = (CertificateLevel.JUNIOR, CertificateLevel.JUNIOR, CertificateLevel.MIDDLE, CertificateLevel.SENIOR)
    for number in range(_BROKERS):
        # Every tenth has finished the course and waits for the certificate.
        is_certified = number % 10 != 9
        create = BrokerCreate(
            source=SOURCE,
            source_id=f"B{number + 1:03}",
            name=_SURNAMES[number % len(_SURNAMES)] + _GIVEN[number // len(_SURNAMES)],
            certificate_number=f"演示-2025-{number + 1:04}" if is_certified else None,
            certificate_level=levels[number % len(levels)] if is_certified else None,
            certificate_issuer=_ISSUER if is_certified else "",
            certified_on=date(2025, 1 + number % 12, 15) if is_certified else None,
            technology_fields=sorted({fields[number % len(fields)], fields[(number // 7 + 6) % len(fields)]}),
            city_industries=[industries[number % len(industries)]],
            region_code=districts[number % len(districts)],
            brokerage_name=_BROKERAGES[number % len(_BROKERAGES)],
        )
        upsert_broker(session, create, is_demo=True)


class People:
    """The accounts, and who of them acts where."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.brokers: list[Actor] = []
        self.districts: dict[str, Actor] = {}
        self.of_enterprise: dict[int, Actor] = {}
        self.of_institution: dict[int, Actor] = {}

    def make(self) -> None:
        """One account of every role first: these are shown at the start."""
        session = self._session
        enterprises = _of_records(session, Enterprise, select(TechnologyNeed.enterprise_id))
        institutions = _of_records(session, Institution, select(Achievement.institution_id))
        for number, one in enumerate(enterprises, 1):
            actor = self._add(f"qiye{number:02}", f"{one.name[-6:-4]}技术部", Role.ENTERPRISE, enterprise_id=one.id)
            self.of_enterprise[one.id or 0] = actor
        for number, school in enumerate(institutions, 1):
            name = f"{school.name}成果转化办"
            self.of_institution[school.id or 0] = self._add(
                f"gaoxiao{number:02}", name, Role.INSTITUTION, institution_id=school.id
            )
        self._add("tepaiyuan01", "驻望川科技特派员", Role.COMMISSIONER)
        certified = session.exec(
            select(Broker)
            .where(col(Broker.is_demo), col(Broker.certificate_number).is_not(None))
            .order_by(col(Broker.id))
        ).all()
        self.brokers = [
            self._add(f"jingjiren{number:02}", one.name, Role.BROKER, broker_id=one.id)
            for number, one in enumerate(certified[:12], 1)
        ]
        first = session.exec(
            select(BrokerageMembership).where(col(BrokerageMembership.broker_id) == self.brokers[0].broker_id)
        ).one()
        self._add("jigou01", "经纪机构负责人", Role.BROKERAGE_ADMINISTRATOR, brokerage_id=first.brokerage_id)
        for number, district in enumerate(classification().city.districts.entries, 1):
            self.districts[district.code] = self._add(
                f"quxian{number:02}", f"{district.label}科技局", Role.DISTRICT_OFFICIAL, region_code=district.code
            )
        self.city = self._add("shiju01", "市科技局成果科", Role.CITY_OFFICIAL)

    def _add(self, login_name: str, name: str, role: Role, **belongs: Any) -> Actor:
        account = create_account(
            self._session,
            Account(
                login_name=login_name,
                name=name,
                role=role,
                # A domain that is nobody's: what the two sides of a match see of each other.
                email=f"{login_name}@demo.invalid",
                is_demo=True,
                **belongs,
            ),
        )
        self._session.flush()
        return actor_of(self._session, account)


def _of_records(session: Session, table: type[P], named: Any) -> Sequence[P]:
    """The demo parties that records name."""
    found = select(table).where(col(table.is_demo), col(table.id).in_(named)).order_by(col(table.id))
    return session.exec(found).all()
