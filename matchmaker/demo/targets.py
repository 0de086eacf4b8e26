"""Targets, signings at an event, and achievements that the province registered, of the demo city.

The numbers are those of the report the city is modelled on: 2.44 亿元 against 1.8 亿元, 615 registrations, 23 signings.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session, col, select

from matchmaker.classification import classification
from matchmaker.demo.last_year import SOURCE, insert_alike, last_complete_year
from matchmaker.models.achievement import Achievement
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import (
    Caliber,
    ContractStatus,
    Qualifier,
    SigningType,
    TargetMetric,
    TargetTier,
)
from matchmaker.models.target import AchievementRegistration, Signing, Target
from matchmaker.money import FEN_PER_WAN
from matchmaker.visibility import today

REGISTERED_ACHIEVEMENTS, SIGNINGS = 615, 23
# A target of this year's registrations, and what a whole year would come to.
_ACHIEVEMENTS_TARGET, _ACHIEVEMENTS_EXPECTED = 800, 760
_EVENT = "大院大所合作科技成果对接会澄湖分会"
_PLATFORMS = (
    "电子信息联合创新研究中心",
    "技术转移中心工作站",
    "重金属污染防治分中心",
    "绿色食品中试基地",
    "产业合作创新基地",
)
_STRATEGIC = ("产学研战略合作", "科技人才战略合作", "再生资源产业战略合作", "智能制造战略合作")


def add_targets(session: Session) -> None:
    """What the province, the people's congress and the office itself want, and what the districts were given."""
    year = last_complete_year()
    value, technology, registered = (
        TargetMetric.CONTRACT_VALUE,
        TargetMetric.TECHNOLOGY_VALUE,
        TargetMetric.ACHIEVEMENTS_REGISTERED,
    )
    city = classification().city
    given = [
        (year - 1, value, TargetTier.ASSIGNED, 15_000 * FEN_PER_WAN, "技术合同成交额1.5亿元"),
        (year, value, TargetTier.ASSIGNED, 18_000 * FEN_PER_WAN, "技术合同成交额1.8亿元"),
        (year, value, TargetTier.COUNCIL, 20_000 * FEN_PER_WAN, "技术合同成交额达到2亿元"),
        (year, value, TargetTier.WORKING, 22_000 * FEN_PER_WAN, "技术合同成交额力争2.2亿元"),
        (year, registered, TargetTier.WORKING, 600, "登记科技成果600项"),
        (year + 1, value, TargetTier.ASSIGNED, 24_000 * FEN_PER_WAN, "技术合同成交额2.4亿元"),
        (year + 1, value, TargetTier.COUNCIL, 26_000 * FEN_PER_WAN, "技术合同成交额达到2.6亿元"),
        # Stated in another measure than everything it is compared with: that is how such reports are written.
        (year + 1, technology, TargetTier.WORKING, 28_000 * FEN_PER_WAN, "技术合同交易额突破2.8亿元"),
        (year + 1, registered, TargetTier.WORKING, _ACHIEVEMENTS_TARGET, "登记科技成果800项以上"),
    ]
    givers = {
        TargetTier.ASSIGNED: ("省科技厅", "省科技厅年度目标任务通知"),
        TargetTier.COUNCIL: ("市人民代表大会", "政府工作报告"),
        TargetTier.WORKING: ("市科技局", "市科技局年度工作计划"),
    }
    for number, (of_year, metric, tier, amount, stated_as) in enumerate(given, 1):
        giver, document = givers[tier]
        session.add(
            _target(
                f"target-{number:02}",
                year=of_year,
                metric=metric,
                tier=tier,
                region_code=city.code,
                value=amount,
                qualifier=_qualifier(stated_as),
                stated_as=stated_as,
                giver=giver,
                document=f"{of_year}年{document}（演示）",
            )
        )
    # Handed on to the districts: a little less than the whole, the rest is the city's own.
    shares = (18, 15, 14, 9, 9, 11, 6, 15)
    for of_year, whole in ((year, 18_000), (year + 1, 24_000)):
        for number, (district, share) in enumerate(zip(city.districts.entries, shares, strict=False), 1):
            session.add(
                _target(
                    f"target-{of_year}-{number}",
                    year=of_year,
                    metric=value,
                    tier=TargetTier.WORKING,
                    region_code=district.code,
                    value=whole * share // 100 * FEN_PER_WAN,
                    giver="市科技局",
                    document=f"{of_year}年县市区目标分解表（演示）",
                )
            )


def add_signings(session: Session) -> None:
    """Signed at one event of the last complete year: most of it is no technology contract."""
    year = last_complete_year()
    on = date(year, 9, 18)
    contracts = session.exec(
        select(TechnologyContract)
        .where(col(TechnologyContract.is_demo), col(TechnologyContract.status) == ContractStatus.REGISTERED)
        .where(col(TechnologyContract.registered_on).between(on, date(year, 12, 31)))
        .order_by(col(TechnologyContract.registered_on), col(TechnologyContract.id))
        .limit(8)
    ).all()
    offered = _published(session)
    districts = classification().city.districts.entries
    found = [
        Signing(
            title=one.title,
            signing_type=SigningType.CONTRACT,
            first_party=one.seller_name,
            second_party=one.buyer_name,
            region_code=one.buyer_region_code if str(one.buyer_region_code).startswith("9901") else None,
            contract_id=one.id,
            **_event(on),
        )
        for one in contracts
    ]
    for number in range(SIGNINGS - len(found)):
        achievement, district = offered[number * 29 % len(offered)], districts[number % len(districts)]
        kind = (SigningType.PLATFORM, SigningType.INTENT, SigningType.STRATEGIC)[number % 3]
        titles = {
            SigningType.PLATFORM: f"共建{_PLATFORMS[number // 3 % len(_PLATFORMS)]}",
            SigningType.INTENT: f"{achievement.title}合作意向",
            SigningType.STRATEGIC: f"{_STRATEGIC[number // 3 % len(_STRATEGIC)]}协议",
        }
        found.append(
            Signing(
                title=titles[kind],
                signing_type=kind,
                first_party=achievement.owner_name,
                second_party=f"{district.label}人民政府",
                region_code=district.code,
                **_event(on),
            )
        )
    for number, one in enumerate(found, 1):
        one.source, one.source_id, one.is_demo = SOURCE, f"signing-{number:02}", True
        session.add(one)


def add_registrations(session: Session) -> None:
    """What the province registered: exactly 615 in the last complete year, and this year's so far."""
    year, offered = last_complete_year(), _published(session)
    passed = today().timetuple().tm_yday / 365
    found: list[dict[str, Any]] = []
    for of_year, number_of, last in (
        (year, REGISTERED_ACHIEVEMENTS, date(year, 12, 31)),
        (year + 1, max(1, round(_ACHIEVEMENTS_EXPECTED * passed)), today()),
    ):
        first = date(of_year, 1, 1)
        for number in range(number_of):
            achievement = offered[number * 7 % len(offered)]
            # Every fourth of this year is on offer here too; the rest never came to the platform.
            is_published = of_year > year and number % 4 == 0 and number * 7 < len(offered) * 4
            suffix = "" if is_published else ("装备", "工艺", "系统")[number % 3] + "研究"
            found.append(
                {
                    "source_id": f"registered-{of_year}-{number + 1:03}",
                    "registered_number": f"{of_year}9901{number + 1:04}",
                    "title": f"{achievement.title}{suffix}",
                    "owner_name": achievement.owner_name,
                    "registered_on": first + timedelta(days=(last - first).days * (number + 1) // number_of),
                    "region_code": _district(number),
                    "technology_field": achievement.technology_field,
                    "achievement_id": achievement.id if is_published else None,
                }
            )
    insert_alike(session, AchievementRegistration, found)


def _target(source_id: str, **values: object) -> Target:
    return Target.model_validate(
        {"source": SOURCE, "source_id": source_id, "is_demo": True, "caliber": Caliber.NET, **values}
    )


def _qualifier(stated_as: str) -> Qualifier:
    return Qualifier.AT_LEAST if "突破" in stated_as or "以上" in stated_as else Qualifier.EXACT


def _event(on: date) -> dict[str, Any]:
    return {"event_name": _EVENT, "signed_on": on, "note": "现场签约"}


def _district(number: int) -> str:
    districts = classification().city.districts.entries
    return districts[number % len(districts)].code


def _published(session: Session) -> Sequence[Achievement]:
    wanted = select(Achievement).where(col(Achievement.is_demo), col(Achievement.status) == "published")
    return session.exec(wanted.order_by(col(Achievement.id))).all()
