"""The dashboard and the target pages: the figures, their links, the forms, and who may see what."""

import json
import re
from datetime import date, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from matchmaker.models.account import Role
from matchmaker.models.target import AchievementRegistration, Target, TargetCreate
from matchmaker.period import Period
from matchmaker.rights import PLATFORM
from matchmaker.targets import add_target
from matchmaker.turnover import year_before
from matchmaker.visibility import today
from tests.factories import cookie_of, make_account, make_need, make_registered

CITY, DISTRICT, OTHER = "990100", "990102", "990103"
YEAR = today().year
FORM = {
    "year": str(YEAR),
    "metric": "contract_value",
    "tier": "assigned",
    "region_code": CITY,
    "caliber": "outflow",
    "date_basis": "registered",
    "amount": "1.8",
    "unit": "亿元",
    "giver": "省科技厅",
}


def wanted(**values: Any) -> TargetCreate:
    given = {"year": YEAR, "metric": "contract_value", "tier": "assigned", "region_code": CITY, "value": 18_000_000_000}
    return TargetCreate.model_validate({**given, **values})


@pytest.fixture
def official(client: TestClient, session: Session) -> TestClient:
    client.cookies.update(cookie_of(session, make_account(session, role=Role.CITY_OFFICIAL)))
    session.commit()
    return client


@pytest.fixture
def of_district(client: TestClient, session: Session) -> TestClient:
    client.cookies.update(cookie_of(session, make_account(session, role=Role.DISTRICT_OFFICIAL)))
    session.commit()
    return client


@pytest.fixture
def registered(session: Session) -> None:
    """2.44 亿元 this year from one district, 1 亿元 the year before; one buyer elsewhere."""
    for number, fen in enumerate((20_000_000_000, 4_400_000_000)):
        make_registered(
            session,
            contract_value_fen=fen,
            technology_value_fen=fen // 2,
            signed_on=date(YEAR, 1, 1),
            registered_on=date(YEAR, 1, 1) + timedelta(days=number),
            buyer_region_code="110105",
            technology_field="electronics",
        )
    make_registered(
        session,
        contract_value_fen=10_000_000_000,
        technology_value_fen=10_000_000_000,
        signed_on=date(YEAR - 1, 1, 1),
        registered_on=date(YEAR - 1, 1, 1),
    )
    session.commit()


def page_of(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[-2000:]
    return answer.text


class TestDashboard:
    @pytest.mark.usefixtures("registered")
    def test_the_headline_against_the_target(self, official: TestClient, session: Session) -> None:
        add_target(session, wanted(), by=PLATFORM)
        session.commit()
        page = page_of(official, "/dashboard")
        for words in (
            "2.44 亿元",
            "135.6%",
            "省下达目标 1.8 亿元",
            "同比 +144.0%",
            "技术合同成交额（输出，按登记日期）",
        ):
            assert words in page

    @pytest.mark.usefixtures("registered")
    def test_a_target_of_another_metric_is_not_compared(self, official: TestClient, session: Session) -> None:
        add_target(session, wanted(metric="technology_value"), by=PLATFORM)
        session.commit()
        page = page_of(official, "/dashboard")
        assert "不作比较" in page
        assert "135.6%" not in page
        assert "67.8%" in page_of(official, "/dashboard?measure=technology_value")

    @pytest.mark.usefixtures("registered")
    def test_every_chart_has_an_option_and_a_table(self, official: TestClient) -> None:
        page = page_of(official, "/dashboard")
        options = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
        assert len(options) == page.count('<details class="chart-table" open>') >= 8
        for option in options:
            assert json.loads(option)["aria"]["enabled"] is True

    @pytest.mark.usefixtures("registered")
    def test_figures_lead_to_the_contracts_behind_them(self, official: TestClient) -> None:
        page = page_of(official, "/dashboard")
        links = {unescape(link) for link in re.findall(r'href="(/turnover/contracts\?[^"]+)"', page)}
        assert links
        for link in sorted(links):
            assert official.get(link).status_code == 200, link
            assert parse_qs(urlsplit(link).query)

    @pytest.mark.usefixtures("registered")
    def test_districts_without_anything_are_flagged(self, official: TestClient) -> None:
        page = page_of(official, "/dashboard")
        assert page.count("无活动</strong>") == 7
        assert f"{YEAR} 年无活动的县市区：澄西区、" in page
        assert "无活动的县市区：" not in page_of(official, f"/dashboard?region={DISTRICT}")
        assert "无活动的县市区：" not in page_of(official, "/dashboard?year=2015")

    @pytest.mark.usefixtures("registered")
    def test_what_brought_something_last_year_only_is_no_line(self, official: TestClient) -> None:
        page = page_of(official, "/dashboard?caliber=outflow")
        fields = page[page.index('id="figure-technology_field"') :]
        fields = fields[: fields.index("</section>")]
        assert "电子信息" in fields
        assert "未填写" not in fields

    @pytest.mark.usefixtures("registered")
    def test_running_sums_and_the_year_before_lead_to_their_contracts(self, official: TestClient) -> None:
        page = page_of(official, "/dashboard")
        links = {unescape(link) for link in re.findall(r'href="(/turnover/contracts\?[^"]+)"', page)}
        until = f"from={YEAR}-01-01&to={YEAR}-01-31&"
        assert any(until in link for link in links)
        same_days = f"from={YEAR - 1}-01-01&to={year_before(Period(today(), today())).last}&"
        before = page_of(official, next(link for link in links if same_days in link))
        assert "10,000 万元" in before
        whole = f"from={YEAR - 1}-01-01&to={YEAR - 1}-12-31&"
        assert "计入的合同（1 份）" in page_of(official, next(link for link in links if whole in link))

    @pytest.mark.usefixtures("registered")
    def test_a_district_sees_itself_only(self, of_district: TestClient) -> None:
        assert "澄东区" in page_of(of_district, "/dashboard")
        assert of_district.get(f"/dashboard?region={OTHER}").status_code == 403
        assert of_district.get(f"/dashboard?region={CITY}").status_code == 403
        assert page_of(of_district, "/dashboard").count("无活动</strong>") == 0

    def test_unknown_regions_and_years_are_refused(self, official: TestClient) -> None:
        assert official.get("/dashboard?region=110000").status_code == 422
        assert official.get("/dashboard?year=1800").status_code == 422
        assert official.get("/dashboard?measure=gdp").status_code == 422

    def test_an_empty_year_is_a_page_too(self, official: TestClient) -> None:
        page = page_of(official, "/dashboard?year=2015&quarter=2&measure=count&caliber=both&basis=signed&region=")
        assert "没有与当前指标、口径相同的目标" in page

    def test_the_funnel_leads_to_its_rows(self, official: TestClient, session: Session) -> None:
        need = make_need(session, title="高盐废水零排放处理")
        session.commit()
        page = page_of(official, "/dashboard")
        link = unescape(re.findall(r'href="(/dashboard/funnel\?[^"]+)"', page)[0])
        assert need.title in page_of(official, link)

    def test_registrations_behind_their_target(self, official: TestClient, session: Session) -> None:
        session.add(
            AchievementRegistration(
                source="t", source_id="1", registered_number="2026-77", title="登记的成果", registered_on=today()
            )
        )
        add_target(session, wanted(metric="achievements_registered", value=800), by=PLATFORM)
        session.commit()
        assert "/dashboard/registrations?" in page_of(official, "/targets")
        assert "登记的成果" in page_of(official, "/dashboard/registrations")

    def test_the_work_list_says_how_the_year_stands(self, official: TestClient, session: Session) -> None:
        make_registered(session, contract_value_fen=9_000_000_000, technology_value_fen=1)
        add_target(session, wanted(), by=PLATFORM)
        session.commit()
        page = page_of(official, "/workplace")
        assert "今年成交额" in page
        assert "完成 50.0%" in page


class TestTargets:
    def test_added_by_form(self, official: TestClient, session: Session) -> None:
        quarters = {"quarter_1": "0.3", "quarter_2": "0.4", "quarter_3": "0.5", "quarter_4": "0.6"}
        answer = official.post("/targets/new", data={**FORM, **quarters, "stated_as": "成交额1.8亿元以上"})
        assert (answer.status_code, answer.headers["location"]) == (303, f"/targets?year={YEAR}")
        target = session.exec(select(Target)).one()
        assert target.value == 18_000_000_000
        assert target.quarters == [3_000_000_000, 4_000_000_000, 5_000_000_000, 6_000_000_000]
        page = page_of(official, "/targets")
        assert "1.8 亿元" in page
        assert "原文：成交额1.8亿元以上" in page
        assert 'value="0.3"' in page_of(official, f"/targets/{target.id}/edit")

    @pytest.mark.parametrize(
        ("change", "field"),
        [
            ({"amount": ""}, "amount"),
            ({"amount": "很多"}, "amount"),
            ({"amount": "NaN"}, "amount"),
            ({"amount": "-1"}, "amount"),
            ({"amount": "0"}, "amount"),
            ({"amount": "1.234", "unit": "元"}, "amount"),
            ({"unit": "项"}, "unit"),
            ({"metric": "contracts"}, "unit"),
            ({"quarter_1": "1"}, "quarter_2"),
            ({"metric": ""}, "unit"),
            ({"tier": "nobody"}, "tier"),
            ({"year": "1"}, "year"),
        ],
    )
    def test_mistakes_are_shown_at_their_field(self, official: TestClient, change: dict[str, str], field: str) -> None:
        answer = official.post("/targets/new", data={**FORM, **change})
        assert answer.status_code == 422
        assert f'href="#field-{field}"' in answer.text
        assert 'value="省科技厅"' in answer.text

    def test_quarters_that_do_not_sum_up_are_refused(self, official: TestClient) -> None:
        quarters = {f"quarter_{number}": "0.3" for number in (1, 2, 3, 4)}
        answer = official.post("/targets/new", data={**FORM, **quarters})
        assert answer.status_code == 422
        assert "合计 1.2 亿元" in answer.text

    def test_words_of_another_metric_are_asked_about(self, official: TestClient, session: Session) -> None:
        form = {**FORM, "stated_as": "技术合同交易额突破1.8亿元"}
        answer = official.post("/targets/new", data=form)
        assert answer.status_code == 422
        assert 'name="confirmed"' in answer.text
        assert session.exec(select(Target)).all() == []
        assert official.post("/targets/new", data={**form, "confirmed": "1"}).status_code == 303

    def test_changed_and_removed_with_a_reason(self, official: TestClient, session: Session) -> None:
        target = add_target(session, wanted(), by=PLATFORM)
        session.commit()
        path = f"/targets/{target.id}"
        assert official.post(f"{path}/edit?version=1", data={**FORM, "amount": "2"}).status_code == 422
        changed = official.post(f"{path}/edit?version=1", data={**FORM, "amount": "2", "reason": "调整"})
        assert changed.status_code == 303
        again = official.post(f"{path}/edit?version=1", data={**FORM, "amount": "3", "reason": "调整"})
        assert again.status_code == 409
        assert official.post(f"{path}/remove?version=2", data={}).status_code == 422
        assert official.post(f"{path}/remove?version=2", data={"reason": "录错"}).status_code == 303
        assert session.exec(select(Target)).all() == []

    def test_a_changed_metric_is_said_beside_the_target(self, official: TestClient, session: Session) -> None:
        add_target(session, wanted(year=YEAR - 1), by=PLATFORM)
        add_target(session, wanted(metric="technology_value"), by=PLATFORM)
        session.commit()
        page = page_of(official, "/targets")
        assert "不作比较" in page
        assert f"{YEAR - 1} 年按技术合同成交额考核" in page

    def test_districts_against_the_city(self, official: TestClient, session: Session) -> None:
        add_target(session, wanted(), by=PLATFORM)
        add_target(session, wanted(region_code=DISTRICT, value=8_000_000_000), by=PLATFORM)
        session.commit()
        assert "还差 1 亿元 未分解" in page_of(official, "/targets")

    def test_a_district_reads_its_own(self, of_district: TestClient, session: Session) -> None:
        add_target(session, wanted(), by=PLATFORM)
        own = add_target(session, wanted(region_code=DISTRICT, value=8_000_000_000), by=PLATFORM)
        session.commit()
        page = page_of(of_district, "/targets")
        assert "8,000 万元" in page
        assert "1.8 亿元" not in page
        assert of_district.get(f"/targets/{own.id}/edit").status_code == 403
