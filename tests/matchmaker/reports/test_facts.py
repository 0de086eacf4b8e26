"""The facts of a year, from real rows: what is counted and what is not, and what the report says of it."""

from datetime import date

import pytest
from sqlmodel import Session, select

from matchmaker.errors import MalformedRequest
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import Caliber, DateBasis, SigningType, TargetMetric
from matchmaker.models.reporting import TurnoverSnapshot
from matchmaker.models.target import Signing, Target
from matchmaker.period import Period
from matchmaker.reports.counting import Behind, Scope, rows_behind
from matchmaker.reports.facts import facts_of
from matchmaker.reports.frozen import counted, groupings
from matchmaker.reports.shapes import ReportFacts
from matchmaker.rights import PLATFORM
from matchmaker.snapshots import figure_at, take_snapshot
from tests.factories import make_need, make_registered
from tests.matchmaker.reports.year import CITY, CONTRACTS, EAST, EVENT, WAN, YEAR, make_year, on


def snapshot_of(session: Session, region: str = CITY, year: int = YEAR) -> TurnoverSnapshot:
    return take_snapshot(
        session,
        name=f"{year}年度",
        period=Period.of_year(year),
        region_code=region,
        date_basis=DateBasis.REGISTERED,
        by=PLATFORM,
    )


def facts(session: Session, region: str = CITY) -> ReportFacts:
    return facts_of(session, year=YEAR, region_code=region, snapshot=snapshot_of(session, region))


@pytest.fixture
def year(session: Session) -> Session:
    """The session, with the year of `year.py` in it."""
    make_year(session)
    return session


def test_what_section_five_states(year: Session) -> None:
    found = {one.key: one for one in facts(year).facts}
    assert found["needs"].rounded == "120多"
    assert found["posters"].text == "企业和政府部门"
    assert (found["needs_enterprise"].value, found["needs_government"].value) == (106, 20)
    assert found["institutions"].text == "清华大学、上海交通大学、南京大学等高校院所"
    assert found["achievements"].value == 17
    assert found["registrations"].value == 615
    assert found["turnover"].text == "2.44亿元"
    assert found["compared"].text == "超额完成省科技厅下达的1.8亿元目标任务，完成率135.6%"
    assert found["signings"].value == 23
    assert found["signing_types"].text == "技术合同9项、共建平台8项、意向协议6项"
    assert found["plans"].text == "技术合同交易额突破2.8亿元、科技成果登记数800项以上"


def test_the_metric_mismatch_is_told(year: Session) -> None:
    (notice,) = facts(year).notices
    assert "“技术合同成交额”" in notice
    assert "“技术交易额”" in notice
    assert "14.8%" in notice


def test_a_target_by_other_dates_is_not_compared(year: Session) -> None:
    target = year.exec(select(Target).where(Target.year == YEAR)).one()
    target.date_basis = DateBasis.SIGNED
    year.flush()
    found = facts(year)
    assert found.fact("compared").text == ""
    assert found.fact("target").value is None
    assert any("日期依据不同" in one for one in found.notices)


def test_every_table_sums_to_the_turnover(year: Session) -> None:
    found = facts(year)
    for one in found.breakdowns:
        assert sum(line.contract_value_fen for line in one.lines) == sum(CONTRACTS) * WAN, one.key
        assert sum(line.count for line in one.lines) == one.total.count == len(CONTRACTS)
    assert found.fact("turnover").value == sum(CONTRACTS) * WAN
    districts = {line.label: line.count for line in found.breakdown("district").lines}
    assert districts["望川县"] == 0
    partners = {line.label: line.count for line in found.breakdown("partner_region").lines}
    assert partners == {"安徽省合肥市": 3, "本市": 3}


@pytest.mark.parametrize("caliber", list(Caliber))
def test_tables_sum_under_every_caliber(year: Session, caliber: Caliber) -> None:
    year.exec(select(Target).where(Target.year == YEAR)).one().caliber = caliber
    year.flush()
    found = facts(year)
    expected = {Caliber.OUTFLOW: 6, Caliber.INFLOW: 4, Caliber.INNER: 3, Caliber.NET: 7, Caliber.BOTH: 10}
    assert found.breakdowns[0].total.count == expected[caliber]
    for one in found.breakdowns:
        assert sum(line.contract_value_fen for line in one.lines) == found.fact("turnover").value


@pytest.mark.parametrize("caliber", list(Caliber))
def test_the_report_says_what_the_snapshot_says(year: Session, caliber: Caliber) -> None:
    year.exec(select(Target).where(Target.year == YEAR)).one().caliber = caliber
    year.flush()
    snapshot = snapshot_of(year)
    found = facts_of(year, year=YEAR, region_code=CITY, snapshot=snapshot)
    assert found.fact("turnover").value == figure_at(snapshot, f"{caliber}.contract_value")
    assert found.fact("contracts").value == figure_at(snapshot, f"{caliber}.count")
    frozen = snapshot.figures["breakdowns"]
    for key in ("district", "category", "technology_field"):
        there = {one["label"]: one["contract_value_fen"] for one in frozen[key][caliber] if one["count"]}
        here = {line.label: line.contract_value_fen for line in found.breakdown(key).lines if line.count}
        assert here == there, key


def test_the_contracts_behind_a_line_are_those_it_counts(year: Session) -> None:
    snapshot = snapshot_of(year)
    found = facts_of(year, year=YEAR, region_code=CITY, snapshot=snapshot)
    entries = counted(year, snapshot, found.caliber)
    for key, grouping in groupings(entries, Scope(YEAR, CITY)).items():
        for line in found.breakdown(key).lines:
            behind = [one.line for one in entries if grouping.group(one) == line.label]
            assert sum(one.contract_value_fen for one in behind) == line.contract_value_fen
            assert len(behind) == line.count


def test_a_snapshot_stays_what_it_was(year: Session) -> None:
    snapshot = snapshot_of(year)
    before = facts_of(year, year=YEAR, region_code=CITY, snapshot=snapshot)
    contract = year.exec(select(TechnologyContract).where(TechnologyContract.contract_value_fen == 9000 * WAN)).one()
    contract.contract_value_fen = 1 * WAN
    make_registered(year, registered_on=date(YEAR, 12, 1), signed_on=date(YEAR, 11, 1))
    year.flush()
    after = facts_of(year, year=YEAR, region_code=CITY, snapshot=snapshot)
    assert after.fact("turnover") == before.fact("turnover")
    assert after.breakdowns == before.breakdowns


def test_figures_reach_to_the_day_they_were_taken(year: Session) -> None:
    snapshot = snapshot_of(year)
    snapshot.taken_at = on(date(YEAR, 6, 30))
    found = facts_of(year, year=YEAR, region_code=CITY, snapshot=snapshot)
    assert found.until == date(YEAR, 6, 30)
    assert not found.is_over
    # One need a day from the first of March on, one registration a day from the first of January on, twice in some.
    assert found.fact("needs").value == 122
    assert found.fact("registrations").value == 2 * 181
    assert found.fact("achievements").value == found.fact("signings").value == 0
    assert [line.label for line in found.breakdown("month").lines][:6] == [f"{month}月" for month in range(1, 7)]
    assert found.notices[0] == "本报告各项数据统计至2025年6月30日，不是全年数"
    assert found.fact("compared").text.startswith("已超额完成")
    assert rows_behind(year, Behind.NEEDS, Scope(YEAR, CITY, found.until)).total == 122


def test_a_snapshot_of_half_a_year_makes_no_whole_one(year: Session) -> None:
    half = take_snapshot(
        year,
        name="上半年",
        period=Period(date(YEAR, 1, 1), date(YEAR, 6, 30)),
        region_code=CITY,
        date_basis=DateBasis.REGISTERED,
        by=PLATFORM,
    )
    found = facts_of(year, year=YEAR, region_code=CITY, snapshot=half)
    assert (found.until, found.is_over) == (date(YEAR, 6, 30), False)
    assert found.fact("turnover").value == sum(CONTRACTS[:3]) * WAN
    assert [line.label for line in found.breakdown("month").lines] == [f"{month}月" for month in range(1, 7)]


def test_signings_are_told_with_who_signed_and_where(year: Session) -> None:
    found = facts(year)
    examples = found.fact("signing_examples").text.split("、")
    assert examples[0] == "澄湖示例企业与江南示例大学共建平台签约项目9"
    assert examples[1] == "澄湖示例企业与江南示例大学的技术合同签约项目0"
    assert found.fact("signing_events").text == EVENT
    first, second = year.exec(select(Signing).where(Signing.signing_type == SigningType.INTENT).limit(2)).all()
    first.event_name, first.signing_type, first.title = "产业链对接会", SigningType.STRATEGIC, "江南示例大学\n入驻协议"
    year.flush()
    found = facts(year)
    assert found.fact("signing_events").text == f"{EVENT}等2场活动"
    assert found.fact("signing_examples").text.split("、")[2] == "江南示例大学 入驻协议"
    second.event_name = ""
    year.flush()
    assert facts(year).fact("signing_events").text == f"{EVENT}等活动"


def test_a_district_counts_its_own(year: Session) -> None:
    found = facts(year, EAST)
    assert found.region_name == "澄东区"
    assert found.fact("needs").value == 63
    assert found.fact("turnover").value == (6000 + 3000 + 900) * WAN
    assert [line.label for line in found.breakdown("district").lines] == ["澄东区"]
    assert found.fact("compared").text == ""


def test_a_snapshot_of_another_year_or_region_is_refused(year: Session) -> None:
    with pytest.raises(MalformedRequest, match="不是澄湖市2025年的"):
        facts_of(year, year=YEAR, region_code=CITY, snapshot=snapshot_of(year, year=YEAR - 1))
    with pytest.raises(MalformedRequest):
        facts_of(year, year=YEAR, region_code=CITY, snapshot=snapshot_of(year, EAST))


def test_a_year_without_anything_says_so(session: Session) -> None:
    found = facts(session)
    assert found.fact("needs").text == "0"
    assert found.fact("turnover").text == "0万元"
    assert found.fact("compared").text == ""
    assert found.fact("plans").text == ""
    assert found.notices == ()


def test_rows_behind_are_as_many_as_the_number_and_keep_secrets(session: Session) -> None:
    make_year(session, registrations=3)
    make_need(session, title="不能让人知道的难题", confidentiality="directed").created_at = on(date(YEAR, 5, 5))
    session.flush()
    found, scope = facts(session), Scope(YEAR, CITY)
    for what in Behind:
        rows = rows_behind(session, what, scope)
        assert rows.total == len(rows.rows) == found.fact(what.value).value
        assert all(len(row) == len(rows.columns) for row in rows.rows)
    told = " ".join(" ".join(row) for row in rows_behind(session, Behind.NEEDS, scope).rows)
    assert "不能让人知道的难题" not in told
    page = rows_behind(session, Behind.NEEDS, scope, offset=120, limit=50)
    assert (len(page.rows), page.total) == (7, 127)


def test_facts_survive_being_stored(year: Session) -> None:
    found = facts(year)
    assert ReportFacts.model_validate(found.model_dump(mode="json")) == found


def test_a_registration_target_of_the_year_is_compared(year: Session) -> None:
    following = year.exec(select(Target).where(Target.metric == TargetMetric.ACHIEVEMENTS_REGISTERED)).one()
    following.year = YEAR
    year.flush()
    assert facts(year).fact("registrations_compared").text == "未完成年度工作计划确定的800项以上的目标任务，完成率76.9%"
