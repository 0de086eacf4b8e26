"""Published figures: the province's bulletin of the first half of 2022 (domain.md §2.7), and the seed report's ratios."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

from sqlmodel import Session

from matchmaker.completion import completions
from matchmaker.models.contract_words import Caliber, Measure, TargetMetric, TargetTier
from matchmaker.models.target import Target
from matchmaker.period import Period
from matchmaker.turnover import TurnoverQuery, completion, growth, share, turnover_report, turnover_reports
from matchmaker.web.pages.figures.figure_words import percent, signed_percent
from tests.matchmaker.turnover.rows import insert_contracts, spread

# The bulletin states 亿元 to one decimal.
TENTH_OF_YI = 10**9
ANHUI, HEFEI, FUYANG, NANJING = "340000", "340104", "341282", "320106"


def of(number: int, tenths: int, seller: str, buyer: str) -> list[dict[str, object]]:
    return [
        {"contract_value_fen": fen, "seller_region_code": seller, "buyer_region_code": buyer}
        for fen in spread(tenths * TENTH_OF_YI, number)
    ]


def test_the_half_year_of_the_province_comes_out_as_published(session: Session) -> None:
    insert_contracts(session, of(6233, 2077, HEFEI, FUYANG))
    insert_contracts(session, of(8024 - 6233, 4284 - 2077, NANJING, HEFEI))
    insert_contracts(session, of(8512 - 6233, 3218 - 2077, FUYANG, NANJING))
    asked = TurnoverQuery(Period(date(2022, 1, 1), date(2022, 6, 30)), region_code=ANHUI)
    found = {caliber: one.total for caliber, one in turnover_reports(session, asked).items()}
    assert {caliber: (one.count, one.contract_value_fen) for caliber, one in found.items()} == {
        Caliber.INFLOW: (8024, 4284 * TENTH_OF_YI),
        Caliber.OUTFLOW: (8512, 3218 * TENTH_OF_YI),
        Caliber.INNER: (6233, 2077 * TENTH_OF_YI),
        Caliber.BOTH: (16536, 7502 * TENTH_OF_YI),
        Caliber.NET: (10303, 5425 * TENTH_OF_YI),
    }
    inflow, outflow, inner = (found[one] for one in (Caliber.INFLOW, Caliber.OUTFLOW, Caliber.INNER))
    shares = [
        share(whole.value(measure) - inner.value(measure) if is_outside else inner.value(measure), whole.value(measure))
        for whole, is_outside in ((inflow, True), (outflow, False))
        for measure in (Measure.COUNT, Measure.CONTRACT_VALUE)
    ]
    assert [percent(one) for one in shares] == ["22.3%", "51.5%", "73.2%", "64.5%"]


def test_a_published_growth_is_a_ratio_and_no_per_cent() -> None:
    # 阜阳: 3.973 times as much again as the year before.
    assert growth(4973, 1000) == Fraction(3973, 1000)
    assert signed_percent(growth(4973, 1000)) == "+397.3%"


def test_the_city_of_the_bulletin_comes_out_with_its_ratio(session: Session) -> None:
    # 阜阳: 705 contracts, 36.7 亿, 3.973 times as much again as the year before.
    insert_contracts(session, of(705, 367, NANJING, FUYANG))
    before = [{**one, "registered_on": date(2021, 6, 30)} for one in of(160, 0, NANJING, FUYANG)]
    for one, fen in zip(before, spread(round(367 * TENTH_OF_YI / 4.973), 160), strict=True):
        one["contract_value_fen"] = fen
    insert_contracts(session, before)
    # Neither the day before nor the day after the half year counts.
    outside = ((date(2021, 7, 1), 1), (date(2020, 12, 31), 1), (date(2022, 7, 1), 1), (date(2021, 12, 31), 1))
    insert_contracts(
        session,
        (
            {
                "contract_value_fen": fen,
                "registered_on": day,
                "seller_region_code": NANJING,
                "buyer_region_code": FUYANG,
            }
            for day, fen in outside
        ),
    )
    period = Period(date(2022, 1, 1), date(2022, 6, 30))
    report = turnover_report(session, TurnoverQuery(period, caliber=Caliber.INFLOW, region_code="341200"))
    assert (report.total.count, report.value) == (705, 367 * TENTH_OF_YI)
    assert signed_percent(report.growth) == "+397.3%"


def test_the_year_of_the_seed_report_as_contracts(session: Session) -> None:
    hundredth = TENTH_OF_YI // 10
    seller_and_buyer = {"seller_region_code": HEFEI, "buyer_region_code": FUYANG}
    insert_contracts(session, [{"contract_value_fen": fen, **seller_and_buyer} for fen in spread(244 * hundredth, 120)])
    year = TurnoverQuery(Period.of_year(2022), region_code=ANHUI)
    seed: dict[str, Any] = {
        "metric": TargetMetric.CONTRACT_VALUE,
        "tier": TargetTier.ASSIGNED,
        "region_code": ANHUI,
        "source": "t",
    }
    targets = [Target(source_id="1", year=2022, value=180 * hundredth, **seed)]
    (one,) = completions(turnover_report(session, year), targets)
    assert percent(one.ratio) == "135.6%"
    asked = Target(source_id="2", year=2023, value=280 * hundredth, **seed)
    before = turnover_report(session, replace(year, period=Period.of_year(2023))).previous
    assert signed_percent(growth(asked.value, before.contract_value_fen)) == "+14.8%"


def test_the_ratios_of_the_seed_report() -> None:
    assert percent(completion(244, 180)) == "135.6%"
    assert signed_percent(growth(280, 244)) == "+14.8%"


def test_nothing_before_and_no_target_have_no_ratio() -> None:
    assert (growth(5, 0), completion(5, 0), share(0, 0)) == (None, None, None)
