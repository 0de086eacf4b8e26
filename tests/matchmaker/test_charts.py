"""Charts: plain options, drawn by the very script the pages load."""

import json
from fractions import Fraction
from typing import Any

import pytest

from matchmaker.charts import (
    ITEMS,
    MOST_BARS,
    WAN,
    YI,
    Bar,
    Course,
    Option,
    bars,
    by_month,
    coverage_map,
    cumulated,
    funnel_chart,
    unit_of,
)
from matchmaker.coverage import Coverage
from matchmaker.funnel import Counting, Funnel, Stage, Step
from matchmaker.money import FEN_PER_WAN, FEN_PER_YI
from matchmaker.period import Period
from matchmaker.reports.chart_images import svg

YEAR = Period.of_year(2026)
MONTHS = [FEN_PER_WAN * 100] * 11
ROWS = [
    Coverage("green_food", "绿色食品", "支柱产业", 12, 5, 30),
    Coverage("textiles", "纺织服装", "主导产业", 0, 0, 0),
]
STEPS = tuple(Step(stage, 100 - 15 * index, Fraction(100 - 15 * index, 100)) for index, stage in enumerate(Stage))
CHARTS: dict[str, tuple[Option, list[str]]] = {
    "by_month": (
        by_month(
            "按月",
            MONTHS,
            [Course("2026 年累计", cumulated(MONTHS)), Course("省下达目标", [FEN_PER_YI] * 12, is_target=True)],
            is_amount=True,
        ),
        ["12月", "省下达目标", "累计（亿元）", "当月（万元）"],
    ),
    "bars": (
        bars("按县市区", [Bar("澄东区", 3 * FEN_PER_YI), Bar("平沙县", 0, "无活动")], is_amount=True),
        ["澄东区", "30,000", "平沙县", "无活动", "万元"],
    ),
    "coverage": (coverage_map("覆盖", ROWS), ["支柱产业 · 绿色食品", "开放成果", "30"]),
    "funnel": (
        funnel_chart("漏斗", Funnel(Counting.COHORT, YEAR, STEPS)),
        ["发布需求 100（100%）", "到款 25（25%）"],
    ),
}


@pytest.mark.parametrize("name", CHARTS)
def test_drawn_with_its_words(name: str) -> None:
    option, words = CHARTS[name]
    drawn = svg(option, 900, 420)
    assert [word for word in words if word not in drawn] == []


@pytest.mark.parametrize("name", CHARTS)
def test_every_chart_is_read_aloud_and_needs_no_html(name: str) -> None:
    option = json.loads(json.dumps(CHARTS[name][0]))
    assert option["aria"]["enabled"] is True
    assert "表格" in option["aria"]["label"]["description"]
    assert option["tooltip"]["renderMode"] == "richText"


def test_series_differ_by_more_than_colour() -> None:
    option = CHARTS["by_month"][0]
    lines = [one for one in option["series"] if one["type"] == "line"]
    assert [one["lineStyle"]["type"] for one in lines] == ["solid", "dashed"]
    assert len({one["symbol"] for one in lines}) == len(lines)


def test_no_chart_of_nothing_fails() -> None:
    empty: list[Option] = [
        by_month("按月", [0] * 12, [], is_amount=True),
        bars("无", [], is_amount=False),
        coverage_map("无", []),
        funnel_chart("无", Funnel(Counting.ACTIVITY, YEAR, tuple(Step(one, 0, None) for one in Stage))),
    ]
    assert all(svg(one, 400, 300).startswith("<svg") for one in empty)


def test_values_are_rounded_for_the_eye_only() -> None:
    assert YI.of(24_399_999_999) == 2.44
    assert WAN.of(1_005_000) == 1.01
    assert unit_of([FEN_PER_YI], is_amount=True) is YI
    assert unit_of([FEN_PER_YI - 1], is_amount=True) is WAN
    assert unit_of([FEN_PER_YI], is_amount=True, large=10 * FEN_PER_YI) is WAN
    assert unit_of([10**12], is_amount=False) is ITEMS


def test_names_beside_bars_are_whole() -> None:
    for names, width in ((["项"], 12), (["澄东区", "湖滨区"], 36), (["环境保护与资源综合利用"], 120), ([], 0)):
        axis = bars("名称", [Bar(name, 1) for name in names], is_amount=False)["yAxis"]["axisLabel"]
        assert (axis["width"], axis["overflow"]) == (width, "break")


def test_long_lists_are_cut_in_the_picture() -> None:
    option: dict[str, Any] = bars("长", [Bar(str(number), number) for number in range(40)], is_amount=False)
    assert len(option["series"][0]["data"]) == len(option["yAxis"]["data"]) == MOST_BARS
