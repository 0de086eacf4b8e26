"""The demo city's contracts give exactly the figures of the report it is modelled on, and leave with it."""

import io
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from docx import Document
from sqlalchemy import Engine
from sqlmodel import Session, SQLModel, col, func, select

from indexing import Segmenter
from matchmaker.classification import classification
from matchmaker.contracts import versions_of
from matchmaker.contracts.checks import check
from matchmaker.contracts.flows import calibers_of
from matchmaker.database import open_database
from matchmaker.demo import load_demo_city, remove_demo_city, settle_people
from matchmaker.demo.contracts import quiet_district
from matchmaker.demo.last_year import last_complete_year
from matchmaker.indexes import Indexes, open_indexes
from matchmaker.models import (
    Achievement,
    AchievementRegistration,
    ContractAmendment,
    ContractEvent,
    ContractFile,
    ContractReceipt,
    ContractVersion,
    Match,
    RegistryList,
    RegistryListRow,
    Signing,
    SnapshotLine,
    Target,
    TechnologyContract,
    TechnologyNeed,
    TurnoverSnapshot,
)
from matchmaker.models.contract_words import (
    AmendmentStatus,
    Caliber,
    ContractKind,
    ContractStatus,
    Measure,
    SigningType,
    TargetMetric,
    TargetTier,
)
from matchmaker.models.labels import AchievementStatus, NeedStatus, PosterType
from matchmaker.models.match import MatchStatus
from matchmaker.period import Period
from matchmaker.reconciliation import GroupKind, reconcile
from matchmaker.reports.facts import facts_of
from matchmaker.reports.word import render, shipped_template
from matchmaker.rights import PLATFORM
from matchmaker.settings import Settings
from matchmaker.snapshots import headline_of, is_intact
from matchmaker.visibility import today
from tests.factories import make_registered

TABLES: tuple[type[SQLModel], ...] = (
    TechnologyContract,
    ContractVersion,
    ContractAmendment,
    ContractEvent,
    ContractReceipt,
    ContractFile,
    Target,
    Signing,
    AchievementRegistration,
    TurnoverSnapshot,
    SnapshotLine,
    RegistryList,
    RegistryListRow,
    Match,
    TechnologyNeed,
    Achievement,
)


@pytest.fixture(scope="module")
def city(
    tmp_path_factory: pytest.TempPathFactory, copy_of_city: Callable[[Path], Settings], segmenter: Segmenter
) -> Iterator[tuple[Engine, Indexes]]:
    """One city for the whole file: only the last test takes it away."""
    settings = copy_of_city(tmp_path_factory.mktemp("demo") / "var")
    database, indexes = open_database(settings.resolved_database_url()), open_indexes(settings)
    vars(indexes)["_segmenter"] = segmenter
    yield database, indexes
    indexes.close()
    database.dispose()


@pytest.fixture
def session(city: tuple[Engine, Indexes]) -> Iterator[Session]:
    with Session(city[0]) as opened:
        yield opened


def registered_in(session: Session, year: int) -> list[TechnologyContract]:
    wanted = select(TechnologyContract).where(
        col(TechnologyContract.status) == ContractStatus.REGISTERED,
        col(TechnologyContract.registered_on).between(date(year, 1, 1), date(year, 12, 31)),
    )
    return list(session.exec(wanted))


def counted(session: Session) -> dict[str, int]:
    return {str(one.__tablename__): session.exec(select(func.count()).select_from(one)).one() for one in TABLES}


def test_the_last_complete_year_is_the_one_of_the_report(session: Session) -> None:
    year = last_complete_year()
    contracts = registered_in(session, year)
    turnover = sum(one.contract_value_fen for one in contracts)
    assert turnover == 244_000_000_00
    assert len(contracts) == 110
    assert all(calibers_of(one) for one in contracts), "every one touches the city: net is the sum of all"
    assigned = select(Target).where(
        col(Target.year) == year,
        col(Target.metric) == TargetMetric.CONTRACT_VALUE,
        col(Target.tier) == TargetTier.ASSIGNED,
    )
    target = session.exec(assigned).one()
    assert (target.value, target.giver, target.region_code) == (180_000_000_00, "省科技厅", "990100")
    assert round(turnover / target.value * 100, 1) == 135.6
    before = sum(one.contract_value_fen for one in registered_in(session, year - 1))
    assert 1.1 < turnover / before < 1.5
    registered = col(AchievementRegistration.registered_on).between(date(year, 1, 1), date(year, 12, 31))
    numbers = session.exec(select(AchievementRegistration.registered_number).where(registered)).all()
    assert (len(numbers), {len(one) for one in numbers}) == (615, {12})
    signings = session.exec(select(Signing)).all()
    assert len(signings) == 23
    assert {one.signing_type for one in signings} == set(SigningType)
    assert len({(one.event_name, one.signed_on) for one in signings}) == 1
    assert signings[0].signed_on.year == year
    assert any(one.contract_id for one in signings)


def test_the_report_says_what_the_report_it_is_modelled_on_says(session: Session) -> None:
    year, city = last_complete_year(), classification().city.code
    snapshot = session.exec(select(TurnoverSnapshot)).one()
    facts = facts_of(session, year=year, region_code=city, snapshot=snapshot)
    written = Document(io.BytesIO(render(shipped_template(), facts, {})))
    told = "".join(one.text for one in written.paragraphs)
    for sentence in (
        "澄湖市先后征集到企业和政府部门的技术需求120多项",
        "大学等高校院所先进科技成果千余项。",
        "全年累计登记省科技成果615项",
        "技术合同成交额达到2.44亿元，超额完成省科技厅下达的1.8亿元目标任务，完成率135.6%。",
        "在大院大所合作科技成果对接会澄湖分会上，",
        "共建电子信息联合创新研究中心、",
        "等合计23个项目进行了现场签约",
        f"{year + 1}年目标：",
        "技术合同交易额突破2.8亿元、登记科技成果800项以上",
        "如该目标实指技术合同成交额，则比本年实绩增长14.8%",
    ):
        assert sentence in told


def test_needs_and_achievements_of_the_year_are_those_of_the_report(session: Session) -> None:
    year = Period.of_year(last_complete_year())
    needs = session.exec(
        select(TechnologyNeed).where(
            col(TechnologyNeed.published_at) >= year.begin, col(TechnologyNeed.published_at) < year.end
        )
    ).all()
    assert 121 <= len(needs) <= 129
    assert {one.poster_type for one in needs} >= {PosterType.ENTERPRISE, PosterType.GOVERNMENT}
    published = select(func.count()).where(
        col(Achievement.published_at) >= year.begin, col(Achievement.published_at) < year.end
    )
    assert session.exec(published).one() == 1036
    # What is over is neither searched nor embedded, and no two are the same.
    over = [one for one in needs if one.source_id.startswith("last-year")]
    assert {one.status for one in over} <= {NeedStatus.FULFILLED, NeedStatus.EXPIRED, NeedStatus.CLOSED}
    titles = session.exec(select(Achievement.title)).all()
    assert len(titles) == len(set(titles))
    open_ones = select(func.count()).where(col(Achievement.status) == AchievementStatus.PUBLISHED)
    assert session.exec(open_ones).one() == 416


def test_next_years_target_is_stated_in_another_measure(session: Session) -> None:
    targets = session.exec(select(Target).where(col(Target.year) == last_complete_year() + 1)).all()
    (stated,) = [one for one in targets if one.metric is TargetMetric.TECHNOLOGY_VALUE]
    assert (stated.value, stated.tier, stated.stated_as) == (
        280_000_000_00,
        TargetTier.WORKING,
        "技术合同交易额突破2.8亿元",
    )
    assert {one.tier for one in targets} == set(TargetTier)
    achievements = next(one for one in targets if one.metric is TargetMetric.ACHIEVEMENTS_REGISTERED)
    assert achievements.value == 800
    whole = next(one for one in targets if one.tier is TargetTier.ASSIGNED)
    handed_on = sum(one.value for one in targets if one.region_code != "990100")
    assert 0.9 * whole.value < handed_on < whole.value


def test_every_status_kind_and_district_is_there(session: Session) -> None:
    contracts = session.exec(select(TechnologyContract)).all()
    assert all(one.is_demo for one in contracts)
    assert {one.status for one in contracts} == set(ContractStatus)
    year = last_complete_year()
    assert {one.kind for one in registered_in(session, year)} == set(ContractKind)
    assert any(one.contract_value_fen >= 5_000_000_00 for one in contracts)
    assert any(one.deductions for one in contracts)
    assert {"CNY", "EUR", "JPY"} <= {one.currency for one in contracts}
    assert any(one.is_related_party for one in contracts)
    assert all(
        one.technology_value_fen == one.contract_value_fen - sum(d.amount_fen for d in one.deductions)
        for one in registered_in(session, year)
    )
    carried = [one for one in contracts if one.broker_id]
    assert len(carried) > len(contracts) // 4
    assert all(one.brokerage_id for one in carried)
    assert set(session.exec(select(ContractAmendment.status))) >= {
        AmendmentStatus.PENDING,
        AmendmentStatus.RECORDED,
        AmendmentStatus.REFUSED,
    }
    districts = {one.code for one in classification().city.districts.entries}

    def seen(found: list[TechnologyContract]) -> set[str]:
        regions = {region for one in found for region in (one.seller_region_code, one.buyer_region_code)}
        return {str(region)[:6] for region in regions} & districts

    assert seen(registered_in(session, year)) == districts
    quiet = districts - seen(registered_in(session, year + 1))
    if today().timetuple().tm_yday > 100:
        assert quiet == {quiet_district(session)}
    assert quiet_district(session) in quiet


def test_every_history_is_in_order_and_ends_where_the_contract_is(session: Session) -> None:
    events: dict[int, list[ContractEvent]] = {}
    for event in session.exec(select(ContractEvent).order_by(col(ContractEvent.id))):
        events.setdefault(event.contract_id, []).append(event)
    for contract in session.exec(select(TechnologyContract)):
        told = events[contract.id or 0]
        assert told[-1].after is contract.status
        assert [one.at for one in told] == sorted(one.at for one in told)
        assert len(versions_of(session, contract)) == contract.version_number
        assert contract.technology_income_fen <= contract.technology_value_fen <= contract.contract_value_fen


def test_the_check_finds_what_was_entered_twice_and_what_was_split(session: Session) -> None:
    def rules_found(title: str) -> set[str]:
        named = select(TechnologyContract).where(col(TechnologyContract.title).startswith(title))
        return {found.rule for contract in session.exec(named) for found in check(session, contract)}

    assert "V5" in rules_found("焦化废水膜法分离中试")
    assert "V6" in rules_found("循环流化床锅炉低氮改造")
    assert not {"V5", "V6"} & rules_found("养殖粪污资源化利用")


def test_a_match_leads_to_its_contract_and_the_payment(session: Session) -> None:
    for status in (MatchStatus.SIGNED, MatchStatus.REGISTERED):
        for match in session.exec(select(Match).where(col(Match.status) == status)):
            contract = session.exec(
                select(TechnologyContract).where(col(TechnologyContract.match_id) == match.id)
            ).one()
            assert contract.status.value == status.value
            assert (contract.need_id, contract.achievement_id) == (match.need_id, match.achievement_id)
            assert bool(contract.received_fen) is (status is MatchStatus.REGISTERED)


def test_the_reported_year_is_frozen_with_its_contracts(session: Session) -> None:
    snapshot = session.exec(select(TurnoverSnapshot)).one()
    lines = session.exec(select(SnapshotLine).where(col(SnapshotLine.snapshot_id) == snapshot.id)).all()
    assert (len(lines), sum(one.contract_value_fen for one in lines)) == (110, 244_000_000_00)
    assert headline_of(snapshot, Caliber.NET).value(Measure.CONTRACT_VALUE) == 244_000_000_00
    assert headline_of(snapshot, Caliber.OUTFLOW).value(Measure.CONTRACT_VALUE) < 180_000_000_00, "the caliber decides"
    assert is_intact(session, snapshot)
    assert snapshot.is_demo


def test_the_registrys_list_differs_in_the_three_ways_such_lists_differ(session: Session) -> None:
    (listed,) = session.exec(select(RegistryList)).all()
    found = {kind: len(group.lines) for kind, group in reconcile(session, listed, reader=PLATFORM).groups.items()}
    same = found.pop(GroupKind.SAME)
    assert found == {GroupKind.MISSING_HERE: 1, GroupKind.MISSING_THERE: 1, GroupKind.DIFFERENT: 1}
    assert same > 3


def test_loading_again_changes_nothing_and_removal_leaves_nothing(city: tuple[Engine, Indexes]) -> None:
    database, indexes = city
    with Session(database) as session:
        before = counted(session)
    load_demo_city(database, lambda _text: None)
    settle_people(database, indexes, lambda _text: None)
    with Session(database) as session:
        assert counted(session) == before
        make_registered(session)
        session.commit()
    remove_demo_city(database)
    with Session(database) as session:
        left = {name: number for name, number in counted(session).items() if number}
    assert left == {"technology_contract": 1, "contract_version": 1, "contract_event": 2}
