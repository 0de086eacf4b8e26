"""The turnover page, its drill-down and its file; the pages of the snapshots."""

import re
from datetime import date
from html import unescape
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import Caliber, ContractCategory, TargetMetric, TargetTier
from matchmaker.models.reporting import TurnoverSnapshot
from matchmaker.models.target import Target
from tests.factories import cookie_of, make_account, make_registered
from tests.matchmaker.turnover.rows import insert_contracts

EAST, WEST = "990102", "990103"
WAN = 1_000_000
YEAR = "/turnover?year=2025"


def registered(session: Session, title: str, wan: int, seller: str, buyer: str, year: int = 2025) -> TechnologyContract:
    day = date(year, 5, 6)
    return make_registered(
        session,
        title=title,
        contract_value_fen=wan * WAN,
        technology_value_fen=wan * WAN,
        registered_on=day,
        signed_on=day,
        begins_on=day,
        ends_on=date(2027, 1, 1),
        seller_region_code=seller,
        buyer_region_code=buyer,
    )


@pytest.fixture
def official(session: Session, client: TestClient) -> TestClient:
    """A city official's browser, over an inner contract, an outflow, an inflow, and an outflow of the year before."""
    registered(session, "市内合同", 120, EAST, WEST)
    registered(session, "=输出合同", 80, EAST, "340104")
    registered(session, "吸纳合同", 50, "310115", WEST)
    registered(session, "上年合同", 100, EAST, "340104", 2024)
    client.cookies.update(cookie_of(session, make_account(session, role=Role.CITY_OFFICIAL)))
    session.commit()
    return client


def links(page: str, start: str) -> list[str]:
    return [unescape(one) for one in re.findall(rf'href="({re.escape(start)}[^"]*)"', page)]


def test_the_page_opens_with_the_year_by_districts(official: TestClient) -> None:
    page = official.get("/turnover").text
    assert "合同成交额（输出，按登记日期）" in page
    assert page.count("本期为零") == 8


def test_the_page_opens_in_the_kind_of_the_target(official: TestClient, session: Session) -> None:
    kind: dict[str, Any] = {"metric": TargetMetric.CONTRACT_VALUE, "caliber": Caliber.NET, "tier": TargetTier.ASSIGNED}
    session.add(Target(source="test", source_id="1", year=2025, value=250 * WAN, region_code="990100", **kind))
    session.commit()
    page = official.get(YEAR).text
    assert "合同成交额（去重合计，按登记日期）" in page
    assert "100.0%" in page
    assert "合同成交额（输出，按登记日期）" in official.get(f"{YEAR}&caliber=outflow").text
    assert "合同项数（输出，按登记日期）" in official.get(f"{YEAR}&measure=count").text


def test_the_headline_compares_with_the_year_before(official: TestClient) -> None:
    page = official.get(YEAR).text
    assert "200 万元" in page
    assert "+100.0%" in page
    assert page.count("本期为零") == 7


def test_all_five_calibers_stand_side_by_side(official: TestClient) -> None:
    page = official.get(YEAR).text
    table = page[page.index("五种口径对照") : page.index("数字怎么来的")]
    assert re.findall(r">([\d,]+ 万元)<", table) == ["200 万元", "170 万元", "120 万元", "250 万元", "370 万元"]


def test_every_figure_leads_to_contracts_that_sum_to_it(official: TestClient) -> None:
    page = official.get(f"{YEAR}&by=district&caliber=both").text
    found = set(links(page, "/turnover/contracts"))
    assert len(found) >= 7
    east = official.get(next(one for one in found if one.endswith(f"group={EAST}") and "2025-01-01" in one)).text
    assert "计入的合同（2 份）" in east
    assert "200 万元" in east
    assert "吸纳合同" not in east
    whole = next(one for one in found if "group=" not in one and "caliber=both" in one and "2025-01-01" in one)
    text = official.get(whole).text
    assert "计入的合同（3 份）" in text
    assert "370 万元" in text
    assert "计两次" in text


def test_the_year_before_leads_to_its_contracts(official: TestClient) -> None:
    for by in ("district", "month", "quarter", "category"):
        page = official.get(f"{YEAR}&by={by}").text
        before = [one for one in links(page, "/turnover/contracts") if "2024-01-01" in one and "group=" in one]
        assert len(before) == 1, by
        text = official.get(before[0]).text
        assert "上年合同" in text
        assert "计入的合同（1 份）" in text


def test_a_figure_stands_beside_the_target_of_its_kind(official: TestClient, session: Session) -> None:
    whole = [40 * WAN, 100 * WAN, 10 * WAN, 10 * WAN]
    for tier, region, value, quarters in (
        (TargetTier.ASSIGNED, "990100", 160, whole),
        (TargetTier.WORKING, EAST, 400, []),
    ):
        given: dict[str, Any] = {
            "metric": TargetMetric.CONTRACT_VALUE,
            "tier": tier,
            "region_code": region,
            "quarters": quarters,
        }
        session.add(Target(source="test", source_id=region, year=2025, value=value * WAN, **given))
    session.commit()
    page = official.get(YEAR).text
    assert "125.0%" in page
    assert "省下达目标 160 万元" in page
    assert "50.0%" in page
    assert "工作目标 400 万元" in page
    assert "200.0%" in official.get(f"{YEAR}&by=quarter").text
    for other in ("measure=technology_value", "caliber=inflow", "basis=signed", "filter=category:development"):
        assert "省下达目标" not in official.get(f"{YEAR}&{other}").text, other
    book = openpyxl.load_workbook(BytesIO(official.post("/turnover/export?year=2025&by=district").content))
    rows = {row[0]: row[8:] for row in book["统计表"].iter_rows(values_only=True)}
    assert rows["合计"] == ("省下达目标 160 万元", 1.25)
    assert rows["澄东区"] == ("工作目标 400 万元", 0.5)
    assert ("完成率", "省下达目标 160 万元：125.0%") in list(book["口径说明"].iter_rows(values_only=True))


def test_days_of_the_form_give_way_to_a_year_chosen_now(official: TestClient) -> None:
    days = "from=2025-01-01&to=2025-12-31"
    page = official.get(f"/turnover?{days}").text
    assert "2025-01-01 至 2025-12-31" in page
    assert 'name="shown" value="2025-01-01/2025-12-31"' in page
    for chosen in ("year=2024", "year=2024&quarter=2"):
        page = official.get(f"/turnover?{days}&shown=2025-01-01/2025-12-31&{chosen}").text
        assert "100 万元" in page
        assert 'name="shown"' not in page
        assert 'value="2025-01-01"' not in page
    typed = official.get(f"/turnover?{days}&shown=2024-01-01/2024-12-31&year=2024").text
    assert "2025-01-01 至 2025-12-31" in typed


def test_of_very_many_groups_the_rest_is_one_line(official: TestClient, session: Session) -> None:
    # 340101 gets 1 wan, 340201 gets 2 wan …: the ten smallest of sixty cities are 1 to 10 wan, 55 together.
    insert_contracts(
        session,
        (
            {
                "contract_value_fen": number * WAN,
                "registered_on": date(2023, 5, 6),
                "seller_region_code": EAST,
                "buyer_region_code": f"34{number:02}01",
            }
            for number in range(1, 61)
        ),
    )
    session.commit()
    asked = "year=2023&by=partner_region"
    page = official.get(f"/turnover?{asked}").text
    table = page[page.index("各行之和等于合计") : page.index("五种口径对照")]
    assert "只列合同成交额最大的 50 个" in table
    assert table.count("只看此项") == 50
    assert re.findall(r"其余 (\d+) 个.*?(\d+)</td>.*?>([\d,]+ 万元)</td>", table, re.DOTALL) == [
        ("10", "10", "55 万元")
    ]
    book = openpyxl.load_workbook(BytesIO(official.post(f"/turnover/export?{asked}").content))
    assert book["统计表"].max_row == 1 + 60 + 1


def test_of_many_months_none_is_left_out(official: TestClient) -> None:
    page = official.get("/turnover?from=2020-01-01&to=2025-12-31&by=month").text
    assert page.count('data-label="月份"') == 72 + 1


def test_large_is_what_the_rules_say(official: TestClient) -> None:
    page = official.get(f"{YEAR}&by=size").text
    assert "其他" in page
    assert "大额（技术交易额 500 万元以上）" in official.get(f"{YEAR}&by=category&filter=size:large").text


def test_narrowing_keeps_the_question_and_can_be_undone(official: TestClient) -> None:
    page = official.get(f"{YEAR}&by=flow&filter=district:{EAST}").text
    assert "县市区：澄东区" in page
    assert "输出到外省" in page
    narrowed = official.get(links(page, "/turnover?")[-1]).text
    assert "成交额统计" in narrowed


def test_a_wrong_question_is_refused_in_words(official: TestClient) -> None:
    for query in ("by=colour", "filter=district", "from=2025-01-01", "from=2025-02-01&to=2025-01-01", "region=abc"):
        answer = official.get(f"/turnover?{query}", headers={"Accept": "text/html"})
        assert answer.status_code in (400, 422), query


def test_the_file_holds_the_table_and_the_contracts(official: TestClient, session: Session) -> None:
    answer = official.post("/turnover/export?year=2025&by=category")
    book = openpyxl.load_workbook(BytesIO(answer.content))
    table, contracts = book["统计表"], book["合同明细"]
    total = [one.value for one in table[table.max_row]]
    assert total[:3] == ["合计", 2, 2_000_000]
    titles = {row[1].value for row in contracts.iter_rows(min_row=2)}
    assert titles == {"市内合同", "=输出合同"}
    assert all(row[1].data_type == "s" for row in contracts.iter_rows(min_row=2))
    event = session.exec(select(AuditEvent).where(col(AuditEvent.action) == AuditAction.EXPORTED)).one()
    assert "成交额统计" in event.reason


def test_of_too_many_contracts_the_table_comes_alone_and_says_so(
    official: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matchmaker.web.pages.figures.turnover.LARGEST_EXPORT", 1)
    book = openpyxl.load_workbook(BytesIO(official.post("/turnover/export?year=2025&by=category").content))
    table = book["统计表"]
    assert table.cell(table.max_row, 2).value == 2
    assert book["合同明细"].max_row == 1
    assert "共 2 份，超过一次导出的上限 1 份" in str([row[1].value for row in book["口径说明"].iter_rows()])


def test_a_district_official_begins_with_her_own(session: Session, official: TestClient) -> None:
    official.cookies.clear()
    account = make_account(session, role=Role.DISTRICT_OFFICIAL, region_code=WEST)
    official.cookies.update(cookie_of(session, account))
    session.commit()
    page = official.get(f"{YEAR}&caliber=inflow").text
    assert "170 万元" in page
    assert "澄西区，2025-01-01" in page
    assert official.get(f"{YEAR}&region={EAST}").status_code == 403


def test_a_snapshot_is_taken_read_and_corrected(session: Session, official: TestClient) -> None:
    sent = {"name": "2025 年度", "year": "2025", "quarter": "", "region": "990100", "basis": "registered", "note": ""}
    answer = official.post("/snapshots", data=sent)
    assert answer.status_code == 303
    address = answer.headers["location"]
    page = official.get(address).text
    assert "数字和合同与固定时一致" in page
    assert "没有变化" in page
    behind = official.get(next(one for one in links(page, address) if "by=district" in one)).text
    assert "市内合同" in behind
    contract = session.exec(select(TechnologyContract).where(TechnologyContract.title == "市内合同")).one()
    contract.contract_value_fen += WAN
    contract.version += 1
    session.commit()
    assert "有变更 1 份" in official.get(address).text
    assert official.post(f"{address}/correct", data={"note": ""}).status_code == 422
    corrected = official.post(f"{address}/correct", data={"note": "金额有误"})
    assert "201 万元" in official.get(corrected.headers["location"]).text
    assert "200 万元" in official.get(address).text
    assert "已被更正" in official.get(address).text
    assert official.get("/snapshots").text.count("2025 年度") >= 2


def test_what_changed_since_a_snapshot_is_said(session: Session, official: TestClient) -> None:
    sent = {"name": "上半年", "year": "2025", "quarter": "1-2", "region": "990100", "basis": "registered", "note": ""}
    address = official.post("/snapshots", data=sent).headers["location"]
    assert "2025-01-01 至 2025-06-30" in official.get(address).text
    contract = session.exec(select(TechnologyContract).where(TechnologyContract.title == "市内合同")).one()
    contract.technology_income_fen = 20 * WAN
    contract.seller_region_code = WEST
    contract.category = ContractCategory.SERVICE
    session.commit()
    page = official.get(address).text
    for words in ("技术性收入 0 万元 → 20 万元", "卖方所在地 澄东区 → 澄西区", "合同类别 技术开发 → 技术服务"):
        assert words in page
    assert "合同成交额 120" not in page
    assert (
        "计入的合同（3 份）"
        in official.get(next(one for one in links(page, "/turnover/contracts") if "net" in one)).text
    )
    shown = official.get("/snapshots").text
    assert "计入的合同（2 份）" in official.get(links(shown, f"{address}/contracts")[0]).text


@pytest.mark.parametrize(
    ("part", "first", "last"),
    [("", "01-01", "12-31"), ("1", "01-01", "03-31"), ("4", "10-01", "12-31"), ("1-2", "01-01", "06-30")],
)
def test_parts_of_a_year(official: TestClient, part: str, first: str, last: str) -> None:
    page = official.get(f"/turnover?year=2024&quarter={part}").text
    assert f"2024-{first} 至 2024-{last}" in page
    assert official.get("/turnover?year=2024&quarter=1-4").status_code == 422


def test_a_snapshot_without_a_name_says_so(session: Session, official: TestClient) -> None:
    answer = official.post("/snapshots", data={"year": "x", "region": "990199", "basis": "none", "quarter": "9"})
    assert answer.status_code == 422
    for name in ("name", "year", "region", "basis", "quarter"):
        assert f'id="error-{name}"' in answer.text
    assert session.exec(select(TurnoverSnapshot)).all() == []
