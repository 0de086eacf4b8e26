"""A hundred thousand contracts: every breakdown under every caliber sums to the total, and is what plain Python counts."""

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from matchmaker.classification import use_city
from matchmaker.database import migrate, open_database
from matchmaker.models.contract_words import Caliber, ContractIp, ContractKind, ContractStatus, DateBasis, Measure
from matchmaker.period import Period
from matchmaker.settings import Settings
from matchmaker.turnover import Dimension, TurnoverQuery, contracts_behind, turnover_reports
from tests.factories import make_broker, make_institution
from tests.matchmaker.turnover.rows import insert_contracts

NUMBER = 100_000
CITY, DISTRICT = "990100", "990102"
YEAR = Period.of_year(2025)
DAYS = Period(date(2025, 3, 1), date(2025, 3, 14))
INSIDE = ("990102", "990103", "990121", "990102001", "990100")
OUTSIDE = ("110108", "310115", "340104", "341282", "320106", "990203", None)
KINDS = list(ContractKind)
MEASURES = ("count", "contract_value_fen", "technology_value_fen", "technology_income_fen")


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, new_database_url: Callable[..., str]) -> Iterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("turnover")
    use_city(None)
    settings = Settings(_env_file=None, data_dir=folder, database_url=new_database_url(), embedder="hash")
    opened = open_database(settings.resolved_database_url())
    migrate(opened)
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def rows(database: Engine) -> list[dict[str, Any]]:
    choose = random.Random(20260123)
    with Session(database) as session:
        brokers = [make_broker(session).id for _ in range(3)]
        institutions = [make_institution(session).id for _ in range(3)]
        made = [contract(choose, brokers, institutions) for _ in range(NUMBER)]
        insert_contracts(session, made)
        session.commit()
    return made


def contract(choose: random.Random, brokers: list[int | None], institutions: list[int | None]) -> dict[str, Any]:
    value = 0 if choose.random() < 0.02 else choose.randrange(1, 10**10)
    technology = choose.randrange(value + 1)
    signed = date(2024, 6, 1) + timedelta(days=choose.randrange(800))
    made: dict[str, Any] = {
        "status": choose.choices((ContractStatus.REGISTERED, *ContractStatus), (12, *([1] * len(ContractStatus))))[0],
        "signed_on": signed,
        "registered_on": signed + timedelta(days=choose.randrange(60)),
        "contract_value_fen": value,
        "technology_value_fen": technology,
        "technology_income_fen": choose.randrange(technology + 1),
        "category": choose.choice(("development", "transfer", "licence", "consulting", "service")),
        "kind": choose.choice((None, *KINDS)),
        "technology_field": choose.choice((None, "", "electronics", "materials", "withdrawn_code")),
        "industry_code": choose.choice((None, "C2614", "C27", "A01", "I")),
        "city_industry": choose.choice((None, "green_food", "recycling", "machinery", "new_energy")),
        "ip_type": choose.choice((None, *ContractIp)),
        "plan_source": choose.choice((None, "national", "none")),
        "is_related_party": choose.choice((None, True, False)),
        "broker_id": choose.choice((None, *brokers)),
        "brokerage_id": None,
    }
    for side in ("seller", "buyer"):
        region = choose.choice(INSIDE if choose.random() < 0.6 else OUTSIDE)
        abroad = region is None and choose.random() < 0.5
        made |= {
            f"{side}_region_code": region,
            f"{side}_country": "US" if abroad else "CN",
            f"{side}_park": choose.choice((None, "", "澄湖高新区")) if region in INSIDE else None,
            f"{side}_nature": choose.choice((None, "021", "022", "110", "150", "999")),
            f"{side}_institution_id": choose.choice((None, *institutions)),
        }
    return made


TIERS = {"green_food": "支柱产业", "recycling": "支柱产业", "machinery": "主导产业", "new_energy": "先导产业"}
NATURES = {"021": "research", "022": "university", "110": "enterprise", "150": "enterprise"}


def code_of(row: dict[str, Any], dimension: Dimension, side: str, day: date, prefix: str) -> str:
    """The group of a contract, by the words of the task and not by the code under test."""
    other = "buyer" if side == "seller" else "seller"
    region = row[f"{other}_region_code"] or ""
    if dimension is Dimension.MONTH:
        return f"{day.year}-{day.month:02}"
    if dimension is Dimension.QUARTER:
        return f"{day.year}Q{(day.month + 2) // 3}"
    if dimension is Dimension.INDUSTRY:
        return (row["industry_code"] or "")[:1]
    if dimension is Dimension.INDUSTRY_TIER:
        return TIERS.get(row["city_industry"], "")
    if dimension is Dimension.DISTRICT:
        return (row[f"{side}_region_code"] or "")[:6]
    if dimension is Dimension.PARK:
        return row[f"{side}_park"] or ""
    if dimension in (Dimension.SELLER_KIND, Dimension.BUYER_KIND):
        nature = row[f"{dimension.value.removesuffix('_kind')}_nature"]
        return NATURES.get(nature, nature or "")
    if dimension in (Dimension.BROKER, Dimension.BROKERAGE):
        return str(row[f"{dimension.value}_id"] or "")
    if dimension is Dimension.PARTNER_INSTITUTION:
        return str(row[f"{other}_institution_id"] or "")
    if dimension is Dimension.PARTNER_REGION:
        if row[f"{other}_country"] != "CN":
            return str(row[f"{other}_country"])
        return region[:2] if region[:2] in ("11", "31") else region[:4]
    if dimension is Dimension.FLOW:
        return flow(row, side, other, prefix)
    if dimension is Dimension.RELATED_PARTY:
        return {None: "", True: "yes", False: "no"}[row["is_related_party"]]
    if dimension is Dimension.SIZE:
        return "large" if row["technology_value_fen"] >= 500_000_000 else "small"
    return str(row[dimension.value] or "")


def flow(row: dict[str, Any], side: str, other: str, prefix: str) -> str:
    region = row[f"{other}_region_code"] or ""
    if region.startswith(prefix) and (row[f"{side}_region_code"] or "").startswith(prefix):
        return "inner"
    way = "out" if side == "seller" else "in"
    if row[f"{other}_country"] != "CN":
        return f"{way}_abroad"
    if not region:
        return f"{way}_unknown"
    if region.startswith("9901"):
        return f"{way}_city"
    return f"{way}_province" if region.startswith("99") else f"{way}_country"


def counted_sides(row: dict[str, Any], caliber: Caliber, prefix: str) -> list[str]:
    sells, buys = ((row[f"{side}_region_code"] or "").startswith(prefix) for side in ("seller", "buyer"))
    return {
        Caliber.OUTFLOW: ["seller"] * sells,
        Caliber.INFLOW: ["buyer"] * buys,
        Caliber.INNER: ["seller"] * (sells and buys),
        Caliber.NET: ["seller"] if sells else ["buyer"] * buys,
        Caliber.BOTH: ["seller"] * sells + ["buyer"] * buys,
    }[caliber]


UNENDED = {"signed", "submitted", "returned", "accepted", "second_review", "registered"}


def counted(rows: list[dict[str, Any]], basis: DateBasis) -> list[tuple[dict[str, Any], date]]:
    field, statuses = ("registered_on", {"registered"}) if basis is DateBasis.REGISTERED else ("signed_on", UNENDED)
    return [
        (row, row[field])
        for row in rows
        if row["status"] in statuses and row[field].year == 2025 and row["contract_value_fen"] > 0
    ]


def added_up(
    rows: list[dict[str, Any]], region: str, basis: DateBasis
) -> dict[tuple[Dimension, Caliber, str], list[int]]:
    """Count and amounts of every group of every dimension under every caliber, row by row."""
    prefix = region[:4] if region == CITY else region
    sums: dict[tuple[Dimension, Caliber, str], list[int]] = defaultdict(lambda: [0] * 4)
    for row, day in counted(rows, basis):
        sides = [(caliber, side) for caliber in Caliber for side in counted_sides(row, caliber, prefix)]
        value, technology, income = (row[name] for name in MEASURES[1:])
        for dimension in Dimension:
            codes = {side: code_of(row, dimension, side, day, prefix) for side in ("seller", "buyer")}
            for caliber, side in sides:
                group = sums[dimension, caliber, codes[side]]
                group[0] += 1
                group[1] += value
                group[2] += technology
                group[3] += income
    return sums


@pytest.mark.parametrize(
    ("region", "basis"), [(CITY, DateBasis.REGISTERED), (CITY, DateBasis.SIGNED), (DISTRICT, DateBasis.REGISTERED)]
)
def test_every_breakdown_sums_to_the_total(
    database: Engine, rows: list[dict[str, Any]], region: str, basis: DateBasis
) -> None:
    assert len(counted(rows, basis)) > 15_000
    expected = added_up(rows, region, basis)
    found: dict[tuple[Dimension, Caliber, str], list[int]] = {}
    with Session(database) as session:
        for dimension in Dimension:
            asked = TurnoverQuery(YEAR, date_basis=basis, region_code=region, group_by=dimension)
            for caliber, report in turnover_reports(session, asked).items():
                for one in report.groups:
                    if one.count:
                        found[dimension, caliber, one.code] = [getattr(one, name) for name in MEASURES]
                for measure in Measure:
                    assert sum(one.value(measure) for one in report.groups) == report.total.value(measure) > 0
                    before = sum(one.previous.value(measure) for one in report.groups)
                    assert before == report.previous.value(measure)
    assert found == expected


@pytest.mark.parametrize("caliber", Caliber)
def test_the_contracts_behind_a_figure_sum_to_it(
    database: Engine, rows: list[dict[str, Any]], caliber: Caliber
) -> None:
    with Session(database) as session:
        for dimension in (Dimension.DISTRICT, Dimension.FLOW, Dimension.SELLER_KIND):
            asked = TurnoverQuery(YEAR, caliber=caliber, region_code=CITY, group_by=dimension)
            report = turnover_reports(session, asked)[caliber]
            assert contracts_behind(session, asked, limit=1).figures == report.total
            counted = [one for one in report.groups if one.count]
            for group in counted:
                assert contracts_behind(session, asked, group.code, limit=1).figures.as_values() == group.as_values()
        # Row by row, those that 安徽口径 counts twice among them.
        behind = contracts_behind(session, replace(asked, period=DAYS), limit=NUMBER)
        assert sum(one.times for one in behind.contracts) == behind.figures.count > 200
        summed = sum(one.contract.contract_value_fen * one.times for one in behind.contracts)
        assert (len(behind.contracts), summed) == (behind.total, behind.figures.contract_value_fen)
        assert {one.times for one in behind.contracts} == ({1, 2} if caliber is Caliber.BOTH else {1})


@pytest.mark.parametrize("caliber", Caliber)
def test_a_filter_gives_what_the_group_gave(database: Engine, rows: list[dict[str, Any]], caliber: Caliber) -> None:
    with Session(database) as session:
        for dimension in (Dimension.DISTRICT, Dimension.PARTNER_REGION, Dimension.TECHNOLOGY_FIELD, Dimension.QUARTER):
            whole = TurnoverQuery(YEAR, caliber=caliber, region_code=CITY, group_by=dimension)
            for group in turnover_reports(session, whole)[caliber].groups[:2]:
                narrow = TurnoverQuery(
                    YEAR, caliber=caliber, region_code=CITY, group_by=Dimension.SIZE, filters={dimension: group.code}
                )
                found = turnover_reports(session, narrow)[caliber]
                assert found.total.as_values() == group.as_values()
                assert contracts_behind(session, narrow).figures == found.total
