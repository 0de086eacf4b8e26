"""A year of the test city that comes to the figures of a bureau's report: 2.44 亿元 against 1.8, 615 registrations …"""

from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import (
    Caliber,
    DateBasis,
    Qualifier,
    SigningType,
    TargetMetric,
    TargetTier,
)
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.target import AchievementRegistration, Signing, Target
from matchmaker.period import midnight
from tests.factories import make_achievement, make_institution, make_need, make_registered

YEAR = 2025
CITY, EAST, WEST = "990100", "990102", "990103"
WAN = 1_000_000
EVENT = "院所合作成果对接会"
# Contract values in 万元: 24,400 together.
CONTRACTS = (9000, 6000, 4000, 3000, 1500, 900)
INSTITUTIONS = {"清华大学": 6, "上海交通大学": 5, "南京大学": 4, "安徽大学": 2}


def on(day: date) -> datetime:
    """A moment of that day in the city."""
    return midnight(day) + timedelta(hours=10)


def make_year(session: Session, *, needs: int = 126, achievements: int = 17, registrations: int = 615) -> None:
    """Everything the report of YEAR is about, and beside each kind something that is not part of it."""
    make_needs(session, needs)
    make_achievements(session, achievements)
    for number in range(registrations):
        day = date(YEAR, 1, 1) + timedelta(days=number % 365)
        session.add(_registration(f"{YEAR}Y{number:04}", day))
    session.add(_registration("2024Y9999", date(YEAR - 1, 12, 31)))
    make_contracts(session)
    # One of the needs led to one of the contracts.
    carried = session.exec(select(TechnologyContract).order_by(col(TechnologyContract.id))).first()
    assert carried is not None
    carried.need_id = session.exec(select(TechnologyNeed.id).order_by(col(TechnologyNeed.id))).first()
    make_signings(session)
    session.add_all(targets())
    session.flush()


def make_needs(session: Session, number: int) -> None:
    for index in range(number):
        poster = {"poster_type": "government", "poster_name": "市农业农村局"} if index < 20 else {}
        need = make_need(session, region_code=EAST if index % 2 else WEST, **poster)
        need.created_at = need.published_at = on(date(YEAR, 3, 1) + timedelta(days=index))
    make_need(session, status="draft").created_at = on(date(YEAR, 5, 1))
    make_need(session).created_at = on(date(YEAR - 1, 12, 31))
    session.flush()


def make_achievements(session: Session, number: int) -> None:
    names = [name for name, times in INSTITUTIONS.items() for _ in range(times)]
    for name in INSTITUTIONS:
        make_institution(session, name=name)
    for index in range(number):
        name = names[index % len(names)]
        make_achievement(session, institution_name=name).published_at = on(date(YEAR, 12, 31))
    make_achievement(session, confidentiality="directed").published_at = on(date(YEAR, 6, 1))
    make_achievement(session, institution_name="安徽大学").published_at = on(date(YEAR + 1, 1, 1))
    session.flush()


def make_contracts(session: Session) -> None:
    """Outflows of the city; one inflow and one of another year stand beside them."""
    categories = ("development", "transfer", "licence", "consulting", "service", "development")
    kinds = (
        "commissioned_development",
        "patent_transfer",
        "ordinary_licence",
        "feasibility",
        "general_service",
        "joint_development",
    )
    for index, value in enumerate(CONTRACTS):
        make_registered(
            session,
            category=categories[index],
            kind=kinds[index],
            contract_value_fen=value * WAN,
            technology_value_fen=value * WAN * 4 // 5,
            seller_region_code=EAST if index % 2 else WEST,
            buyer_region_code="340104" if index < 3 else EAST,
            registered_on=date(YEAR, 2 * index + 1, 15),
            signed_on=date(YEAR, 2 * index + 1, 1),
        )
    outside = {"signed_on": date(YEAR, 3, 1), "begins_on": None, "ends_on": None}
    make_registered(
        session,
        seller_region_code="340104",
        buyer_region_code=EAST,
        contract_value_fen=7 * WAN,
        technology_value_fen=7 * WAN,
        registered_on=date(YEAR, 4, 1),
        **outside,
    )
    make_registered(session, registered_on=date(YEAR - 1, 12, 31), **{**outside, "signed_on": date(YEAR - 1, 12, 1)})


def make_signings(session: Session) -> None:
    kinds = (SigningType.CONTRACT,) * 9 + (SigningType.PLATFORM,) * 8 + (SigningType.INTENT,) * 6
    for number, kind in enumerate(kinds):
        session.add(_signing(number, kind, date(YEAR, 9, 18)))
    session.add(_signing(99, SigningType.CONTRACT, date(YEAR - 1, 9, 18)))


def targets() -> list[Target]:
    """省下达 1.8 亿元 成交额 of the year; 2.8 亿元 stated as 交易额 and 800 registrations of the next."""
    return [
        _target(YEAR, TargetMetric.CONTRACT_VALUE, TargetTier.ASSIGNED, 18_000 * WAN, giver="省科技厅"),
        _target(
            YEAR + 1,
            TargetMetric.TECHNOLOGY_VALUE,
            TargetTier.WORKING,
            28_000 * WAN,
            qualifier=Qualifier.AT_LEAST,
            stated_as="技术合同交易额突破2.8亿元",
        ),
        _target(
            YEAR + 1,
            TargetMetric.ACHIEVEMENTS_REGISTERED,
            TargetTier.WORKING,
            800,
            qualifier=Qualifier.AT_LEAST,
        ),
    ]


def _target(year: int, metric: TargetMetric, tier: TargetTier, value: int, **values: object) -> Target:
    given = {"caliber": Caliber.OUTFLOW, "date_basis": DateBasis.REGISTERED, "region_code": CITY, **values}
    key = f"{year}-{metric}-{tier}"
    return Target(source="test", source_id=key, year=year, metric=metric, tier=tier, value=value, **given)


def _registration(number: str, day: date) -> AchievementRegistration:
    return AchievementRegistration(
        source="test", source_id=number, registered_number=number, title=f"登记成果 {number}", registered_on=day
    )


def _signing(number: int, kind: SigningType, day: date) -> Signing:
    return Signing(
        source="test",
        source_id=f"signing-{number}",
        title=f"{kind.label}签约项目{number}",
        event_name=EVENT,
        signed_on=day,
        signing_type=kind,
        first_party="澄湖示例企业",
        second_party="江南示例大学",
    )
