"""Charts as ECharts options. Pure: figures in, a dict out; pages draw it in the browser, reports without one.

No chart is the only place of a figure: the page has the table beside it. No meaning lies in a colour alone: series have
names, symbols and dashes, what is flagged has words. Amounts come in fen and are rounded here, for the eye only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from matchmaker.coverage import Coverage
from matchmaker.funnel import Funnel
from matchmaker.money import FEN_PER_WAN, FEN_PER_YI

Option = dict[str, Any]

FONT = '"PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "WenQuanYi Micro Hei", sans-serif'
# Blue, teal, amber, red, violet, grey: each at least 3 : 1 on white.
PALETTE = ("#0b4f8a", "#0b6b66", "#9a5b00", "#a01c1c", "#5b3a8c", "#51606f")
_INK, _LINE = "#1b2a38", "#d5dde6"
# More bars than this are not read any more; the table has all of them.
MOST_BARS = 15
NOTHING = "无"
# Names beside bars, in pixels: a Chinese sign of the axis' type, and ten of them, which leaves a phone room for the bars.
_SIGN, _WIDEST_LABEL = 12, 120


@dataclass(frozen=True)
class Unit:
    """What the axis counts in: `divisor` of the values' own unit make one."""

    label: str
    divisor: int

    def of(self, value: int) -> float:
        """The value on the axis, to two decimals."""
        return float((Decimal(value) / self.divisor).quantize(Decimal("0.01"), ROUND_HALF_UP))


YI, WAN, ITEMS = Unit("亿元", FEN_PER_YI), Unit("万元", FEN_PER_WAN), Unit("项", 1)


@dataclass(frozen=True)
class Bar:
    """One bar. `flag` is a word beside it, as “无活动” of a district that has nothing."""

    label: str
    value: int
    flag: str = ""


@dataclass(frozen=True)
class Course:
    """Cumulative values by month; shorter than a year where the year is not over."""

    label: str
    values: Sequence[int]
    is_target: bool = False


def unit_of(values: Sequence[int], *, is_amount: bool, large: int = FEN_PER_YI) -> Unit:
    """The unit that makes the largest of the values readable: 亿元 from `large` on."""
    if not is_amount:
        return ITEMS
    return YI if max(values, default=0) >= large else WAN


def cumulated(values: Sequence[int]) -> list[int]:
    """Running sums."""
    sums, total = [], 0
    for value in values:
        total += value
        sums.append(total)
    return sums


def by_month(title: str, monthly: Sequence[int], courses: Sequence[Course], *, is_amount: bool) -> Option:
    """Turnover by month as bars, against it cumulative lines: reached, the year before, what each target expects."""
    peak = max((value for course in courses for value in course.values), default=0)
    monthly_unit, unit = unit_of(monthly, is_amount=is_amount), unit_of([peak], is_amount=is_amount)
    bars = {
        "name": f"当月（{monthly_unit.label}）",
        "type": "bar",
        "data": [monthly_unit.of(value) for value in monthly],
        "barMaxWidth": 28,
    }
    lines = [
        {
            "name": course.label,
            "type": "line",
            "yAxisIndex": 1,
            "data": [unit.of(value) for value in course.values],
            "symbol": ("circle", "diamond", "triangle", "rect", "pin", "arrow")[index % 6],
            "symbolSize": 7,
            "lineStyle": {"type": "dashed" if course.is_target else "solid", "width": 2},
            "step": False,
        }
        for index, course in enumerate(courses)
    ]
    axes = [
        _values(f"当月（{monthly_unit.label}）"),
        {**_values(f"累计（{unit.label}）"), "splitLine": {"show": False}},
    ]
    return _chart(
        title,
        xAxis={"type": "category", "data": [f"{month}月" for month in range(1, 13)], "axisLabel": {"color": _INK}},
        yAxis=axes,
        legend={"top": 0, "type": "scroll", "textStyle": {"color": _INK}},
        grid={"top": 64, "bottom": 12, "left": 12, "right": 12},
        series=[bars, *lines],
    )


def bars(title: str, lines: Sequence[Bar], *, is_amount: bool) -> Option:
    """Horizontal bars, in the given order from the top; flagged ones carry their word beside the bar."""
    shown = lines[:MOST_BARS]
    # Charts that stand beside one another are read in one unit: a city's districts, categories and fields in 万元.
    unit = unit_of([one.value for one in shown], is_amount=is_amount, large=10 * FEN_PER_YI)
    return _chart(
        title,
        xAxis=_values(unit.label),
        yAxis={
            "type": "category",
            "inverse": True,
            "data": [one.label for one in shown],
            "axisLabel": {"color": _INK, "width": _label_width(shown), "overflow": "break", "lineHeight": 14},
            "axisTick": {"show": False},
        },
        grid={"top": 28, "bottom": 12, "left": 12, "right": 76},
        series=[
            {
                "name": unit.label,
                "type": "bar",
                "barMaxWidth": 22,
                "data": [
                    {
                        "value": unit.of(one.value),
                        "label": {
                            "show": True,
                            "position": "right",
                            "color": _INK,
                            "formatter": one.flag or f"{unit.of(one.value):,g}",
                        },
                    }
                    for one in shown
                ],
            }
        ],
    )


def _label_width(lines: Sequence[Bar]) -> int:
    """As wide as the longest name, in pixels; what is longer than the widest goes on in a second line."""
    return min(_WIDEST_LABEL, max((len(one.label) for one in lines), default=0) * _SIGN)


def coverage_map(title: str, rows: Sequence[Coverage]) -> Option:
    """Open needs, those with a recommendation, and open achievements as a heat map; every cell has its number."""
    columns = ("开放需求", "其中有推荐", "开放成果")
    labels = [f"{one.tier} · {one.label}" if one.tier else one.label for one in rows]
    cells: list[list[int]] = []
    for y, one in enumerate(rows):
        cells += [[x, y, value] for x, value in enumerate((one.needs, one.matched, one.achievements))]
    return _chart(
        title,
        xAxis={"type": "category", "data": columns, "position": "top", "axisLabel": {"color": _INK}},
        yAxis={"type": "category", "data": labels, "inverse": True, "axisLabel": {"color": _INK}},
        grid={"top": 28, "bottom": 56, "left": 12, "right": 12},
        visualMap={
            "min": 0,
            "max": max((cell[2] for cell in cells), default=0) or 1,
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "text": ["多", "少"],
            "calculable": False,
            "inRange": {"color": ["#ffffff", "#cfe1f0", "#8fb9db"]},
        },
        series=[
            {
                "name": "数量",
                "type": "heatmap",
                "data": cells,
                "label": {"show": True, "color": _INK},
                "itemStyle": {"borderColor": _LINE, "borderWidth": 1},
            }
        ],
    )


def funnel_chart(title: str, shown: Funnel) -> Option:
    """The steps in their order; the width is the number, and number and share stand in the label."""
    data = [
        {
            "name": f"{one.stage.label} {one.number:,}{f'（{float(one.share):.0%}）' if one.share is not None else ''}",
            "value": one.number,
        }
        for one in shown.steps
    ]
    return _chart(
        title,
        series=[
            {
                "type": "funnel",
                "sort": "none",
                "top": 8,
                "bottom": 8,
                "left": "4%",
                "width": "46%",
                "min": 0,
                "max": max((one.number for one in shown.steps), default=0) or 1,
                "minSize": "2%",
                "gap": 3,
                "itemStyle": {"color": PALETTE[0]},
                "label": {"show": True, "position": "right", "color": _INK},
                "labelLine": {"show": True, "length": 12},
                "data": data,
            }
        ],
    )


def _values(name: str) -> Option:
    return {
        "type": "value",
        "name": name,
        "nameTextStyle": {"color": _INK},
        # On a phone there is room for every second number.
        "axisLabel": {"color": _INK, "hideOverlap": True},
        "splitLine": {"lineStyle": {"color": _LINE}},
    }


def _chart(title: str, **parts: Any) -> Option:
    """What all charts share. The title is read aloud; on the page the heading above the chart shows it."""
    return {
        "animation": False,
        "color": list(PALETTE),
        "textStyle": {"fontFamily": FONT, "color": _INK},
        "aria": {
            "enabled": True,
            "label": {"description": f"{title}。数据见图下的表格。"},
        },
        # Drawn into the canvas: the pages' content policy allows no style attributes, which a tooltip in HTML is made of.
        "tooltip": {"trigger": "item", "renderMode": "richText", "confine": True},
        **parts,
    }
