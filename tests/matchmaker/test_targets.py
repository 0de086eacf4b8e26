"""Targets: kept with what they are about, compared with nothing else, and how far they have been reached."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session, col, select

from matchmaker.errors import (
    MalformedRequest,
    MetricMismatch,
    NotAllowed,
    NotFound,
    RecordAlreadyExists,
    VersionConflict,
)
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditEvent
from matchmaker.models.contract_words import Caliber, DateBasis, Qualifier, TargetMetric, TargetTier
from matchmaker.models.target import AchievementRegistration, Target, TargetCreate
from matchmaker.money import FEN_PER_YI
from matchmaker.rights import PLATFORM, Actor
from matchmaker.target_progress import Actuals, Light, expected_by, expected_by_month, progress
from matchmaker.targets import (
    About,
    about,
    add_target,
    distributions,
    doubts,
    in_words,
    quarters_of,
    registered_by_day,
    remove_target,
    revise_target,
    target_by_id,
    targets_of,
    years_with_targets,
)

CITY, DISTRICT, OTHER = "990100", "990102", "990103"
OFFICIAL = Actor(account_id=None, role=Role.CITY_OFFICIAL)
OF_DISTRICT = Actor(account_id=1, role=Role.DISTRICT_OFFICIAL, region_code=DISTRICT)
SEED = 18_000_000_000  # 1.8 亿元
REACHED = 24_400_000_000  # 2.44 亿元


def wanted(**values: Any) -> TargetCreate:
    given: dict[str, Any] = {
        "year": 2026,
        "metric": "contract_value",
        "tier": "assigned",
        "region_code": CITY,
        "value": SEED,
        **values,
    }
    return TargetCreate.model_validate(given)


def actuals(by_day: dict[date, int], before: dict[date, int] | None = None, **values: Any) -> Actuals:
    return Actuals(about(wanted(**values)), by_day, before or {})


class TestKeeping:
    def test_the_city_sets_and_changes_and_removes_with_a_reason(self, session: Session) -> None:
        target = add_target(session, wanted(), by=OFFICIAL, reason="省厅下达")
        revise_target(session, target, wanted(value=2 * SEED), by=OFFICIAL, reason="省厅调整")
        assert (target.value, target.version) == (2 * SEED, 2)
        remove_target(session, target, by=OFFICIAL, reason="录错")
        session.flush()
        assert targets_of(session, 2026, reader=OFFICIAL) == []
        reasons = session.exec(
            select(AuditEvent.reason).where(AuditEvent.table_name == "target").order_by(col(AuditEvent.id))
        ).all()
        assert reasons == ["省厅下达", "省厅调整", "录错"]

    def test_a_change_without_a_reason_is_refused(self, session: Session) -> None:
        target = add_target(session, wanted(), by=OFFICIAL)
        with pytest.raises(MalformedRequest, match="原因"):
            revise_target(session, target, wanted(value=1), by=OFFICIAL, reason=" ")
        with pytest.raises(MalformedRequest, match="原因"):
            remove_target(session, target, by=OFFICIAL, reason="")

    @pytest.mark.parametrize("role", [Role.DISTRICT_OFFICIAL, Role.BROKER, Role.ENTERPRISE])
    def test_only_the_city_sets(self, session: Session, role: Role) -> None:
        with pytest.raises(NotAllowed):
            add_target(session, wanted(), by=Actor(account_id=1, role=role, region_code=DISTRICT))

    def test_the_same_target_twice_is_refused_and_another_tier_is_not(self, session: Session) -> None:
        add_target(session, wanted(), by=OFFICIAL)
        other = add_target(session, wanted(tier="working"), by=OFFICIAL)
        with pytest.raises(RecordAlreadyExists):
            add_target(session, wanted(), by=OFFICIAL)
        with pytest.raises(RecordAlreadyExists):
            revise_target(session, other, wanted(), by=OFFICIAL, reason="改")

    def test_achievements_know_no_caliber(self, session: Session) -> None:
        values = {"metric": "achievements_registered", "value": 800}
        target = add_target(session, wanted(**values, caliber="both", date_basis="signed"), by=OFFICIAL)
        assert (target.caliber, target.date_basis) == (Caliber.OUTFLOW, DateBasis.REGISTERED)
        with pytest.raises(RecordAlreadyExists):
            add_target(session, wanted(**values), by=OFFICIAL)

    def test_regions_of_other_cities_are_refused(self, session: Session) -> None:
        with pytest.raises(MalformedRequest, match="县市区"):
            add_target(session, wanted(region_code="110000"), by=OFFICIAL)

    @pytest.mark.parametrize("quarters", [[1, 2], [SEED, 0, 0, 1], [SEED + 5, -5, 0, 0]])
    def test_quarters_sum_to_the_value(self, session: Session, quarters: list[int]) -> None:
        with pytest.raises(MalformedRequest):
            add_target(session, wanted(quarters=quarters), by=OFFICIAL)

    def test_a_district_reads_its_own(self, session: Session) -> None:
        city = add_target(session, wanted(), by=OFFICIAL)
        own = add_target(session, wanted(region_code=DISTRICT), by=OFFICIAL)
        add_target(session, wanted(region_code=OTHER, year=2025), by=OFFICIAL)
        session.flush()
        assert targets_of(session, reader=OF_DISTRICT) == [own]
        assert years_with_targets(session, reader=OF_DISTRICT) == [2026]
        assert years_with_targets(session, reader=PLATFORM) == [2026, 2025]
        assert targets_of(session, reader=Actor(account_id=1, role=Role.BROKER)) == []
        with pytest.raises(NotFound):
            target_by_id(session, city.id or 0, reader=OF_DISTRICT)
        with pytest.raises(VersionConflict):
            target_by_id(session, own.id or 0, reader=OF_DISTRICT, version=7)

    def test_the_words_of_the_document_keep_their_qualifier(self, session: Session) -> None:
        target = add_target(session, wanted(stated_as="成交额突破1.8亿元"), by=OFFICIAL)
        assert (target.qualifier, target.stated_as) == (Qualifier.AT_LEAST, "成交额突破1.8亿元")


class TestMetricMismatch:
    def test_words_against_metric_are_asked_about(self, session: Session) -> None:
        create = wanted(stated_as="技术合同交易额突破2.8亿元", value=28_000_000_000)
        with pytest.raises(MetricMismatch, match="技术交易额"):
            add_target(session, create, by=OFFICIAL)
        assert add_target(session, create, by=OFFICIAL, confirmed=True).metric is TargetMetric.CONTRACT_VALUE

    def test_the_reverse_too(self) -> None:
        assert doubts(wanted(metric="technology_value", stated_as="成交额达到1.8亿元"))
        assert not doubts(wanted(metric="technology_value", stated_as="交易额达到1.8亿元"))

    def test_words_against_value_are_asked_about(self) -> None:
        assert "2.8 亿元" in doubts(wanted(stated_as="成交额突破2.8亿元"))[0]
        assert "2.8 亿元" in doubts(wanted(stated_as="成交额突破2.8亿"))[0]
        assert not doubts(wanted(stated_as="成交额突破1.8亿"))
        assert not doubts(wanted(stated_as="成交额列第 3 类"))

    @pytest.mark.parametrize("other", [{"metric": "technology_value"}, {"caliber": "both"}, {"date_basis": "signed"}])
    def test_figures_of_another_kind_are_never_compared(self, other: dict[str, Any]) -> None:
        with pytest.raises(MetricMismatch, match="不作比较"):
            progress(wanted(), actuals({}, **other), date(2026, 6, 1))


class TestProgress:
    def test_the_seed(self) -> None:
        """2.44 亿元 of 1.8 亿元 is 135.6 %; to 2.8 亿元 it takes +14.8 %."""
        year = progress(wanted(), actuals({date(2026, 12, 1): REACHED}), date(2026, 12, 31))
        assert (f"{float(year.completion):.1%}", year.light) == ("135.6%", Light.REACHED)
        to_come = progress(
            wanted(year=2027, value=28_000_000_000),
            actuals({}, {date(2026, 12, 1): REACHED}, year=2027),
            date(2026, 12, 31),
        )
        assert to_come.growth_needed is not None
        assert f"{float(to_come.growth_needed):+.1%}" == "+14.8%"
        assert (to_come.light, to_come.expected, to_come.forecast) == (Light.NOT_BEGUN, 0, None)
        assert to_come.months_left == 12

    def test_expected_is_pro_rata_within_the_quarter(self) -> None:
        target = wanted(value=1000, quarters=[100, 200, 300, 400])
        assert expected_by(target, date(2026, 3, 31)) == 100
        assert expected_by(target, date(2026, 5, 15)) == 100 + 200 * 45 // 91
        assert expected_by_month(target)[2::3] == [100, 300, 600, 1000]

    @given(st.integers(1, 10**12), st.integers(0, 364))
    def test_expected_grows_to_the_value(self, value: int, days: int) -> None:
        target = wanted(value=value)
        day = date(2026, 1, 1) + timedelta(days=days)
        assert sum(quarters_of(target)) == value
        assert 0 <= expected_by(target, day) <= expected_by(target, date(2026, 12, 31)) == value

    @pytest.mark.parametrize(
        ("reached", "light"),
        [(500, Light.AHEAD), (495, Light.ON_TRACK), (460, Light.SLIGHTLY_BEHIND), (100, Light.BEHIND)],
    )
    def test_lights(self, reached: int, light: Light) -> None:
        target = wanted(value=1000, quarters=[250, 245, 255, 250])
        now = progress(target, actuals({date(2026, 2, 1): reached}), date(2026, 6, 30))
        assert (now.light, now.ahead) == (light, reached - 495)

    def test_a_past_year_is_missed_and_its_forecast_is_its_result(self) -> None:
        done = progress(wanted(value=100), actuals({date(2026, 2, 1): 99}), date(2027, 1, 1))
        assert done.light is Light.MISSED
        assert done.forecast is not None
        assert (done.forecast.value, done.months_left, done.needed_per_month) == (99, 0, None)

    def test_the_forecast_follows_the_season_of_the_year_before(self) -> None:
        before = {date(2025, 5, 1): 250, date(2025, 12, 1): 750}
        now = progress(wanted(value=4000), actuals({date(2026, 5, 1): 500}, before), date(2026, 6, 30))
        assert now.forecast is not None
        assert now.forecast.value == 2000
        assert "25.0%" in now.forecast.method
        assert (now.growth, now.growth_needed) == (Fraction(1), Fraction(3))

    def test_the_season_does_not_speak_before_it_began(self) -> None:
        before = {date(2025, 2, 1): 1, date(2025, 12, 1): 999}
        now = progress(wanted(value=4000), actuals({date(2026, 2, 1): 300}, before), date(2026, 3, 31))
        assert now.forecast is not None
        assert now.forecast.value == 300 + 150 * 9

    def test_without_a_year_before_the_last_months_are_carried_on(self) -> None:
        by_day = {date(2026, month, 1): 100 for month in range(1, 7)}
        now = progress(wanted(value=4000), actuals(by_day), date(2026, 6, 30))
        assert now.forecast is not None
        assert (now.forecast.value, now.forecast.method) == (1200, "按近 3 个月的月均数推算至年底")
        assert now.needed_per_month == -(-3400 // 7)

    def test_january_and_a_year_without_anything_have_no_forecast(self) -> None:
        assert progress(wanted(), actuals({date(2026, 1, 5): 100}), date(2026, 1, 31)).forecast is None
        assert progress(wanted(), actuals({}), date(2026, 8, 1)).forecast is None

    def test_the_29th_of_february_has_a_year_before(self) -> None:
        before = {date(2027, 2, 28): 10}
        now = progress(wanted(year=2028), actuals({date(2028, 2, 29): 20}, before, year=2028), date(2028, 2, 29))
        assert now.growth == 1


class TestDistricts:
    def test_the_sum_against_the_city(self, session: Session) -> None:
        city = add_target(session, wanted(), by=OFFICIAL)
        one = add_target(session, wanted(region_code=DISTRICT, value=100), by=OFFICIAL)
        add_target(session, wanted(region_code=DISTRICT, value=999, tier="working"), by=OFFICIAL)
        two = add_target(session, wanted(region_code=OTHER, value=50, tier="working"), by=OFFICIAL)
        add_target(session, wanted(region_code=OTHER, value=7, caliber="inflow"), by=OFFICIAL)
        session.flush()
        (found,) = distributions(targets_of(session, 2026, reader=OFFICIAL))
        assert (found.city, list(found.districts)) == (city, [one, two])
        assert (found.total, found.gap) == (150, SEED - 150)


def test_achievements_registered_are_counted_by_day_and_region(session: Session) -> None:
    for number, (day, region) in enumerate(
        [(date(2026, 3, 1), DISTRICT), (date(2026, 3, 1), None), (date(2026, 3, 2), OTHER), (date(2025, 3, 1), OTHER)]
    ):
        session.add(
            AchievementRegistration(
                source="test",
                source_id=str(number),
                registered_number=f"2026-{number:04}",
                title="成果",
                registered_on=day,
                region_code=region,
            )
        )
    session.flush()
    assert registered_by_day(session, 2026, CITY) == {date(2026, 3, 1): 2, date(2026, 3, 2): 1}
    assert registered_by_day(session, 2026, DISTRICT) == {date(2026, 3, 1): 1}


def test_words_of_figures() -> None:
    assert in_words(TargetMetric.CONTRACT_VALUE, int(2.44 * FEN_PER_YI)) == "2.44 亿元"
    assert in_words(TargetMetric.ACHIEVEMENTS_REGISTERED, 1615) == "1,615 项"
    assert About(TargetMetric.CONTRACT_VALUE).label == "技术合同成交额（输出，按登记日期）"
    assert about(Target(**wanted(metric="achievements_registered").model_dump())).label == "科技成果登记数"
    assert list(TargetTier)
