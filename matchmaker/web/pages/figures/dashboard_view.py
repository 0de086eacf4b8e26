"""The dashboard's figures as charts with their tables: every number with a link to what stands behind it."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from matchmaker.charts import Bar, Course, Option, bars, by_month, coverage_map, cumulated, funnel_chart
from matchmaker.coverage import Coverage
from matchmaker.dashboard import MONTHS, Asked, Breakdown, Dashboard
from matchmaker.funnel import Counting, Funnel
from matchmaker.models.contract_words import Measure
from matchmaker.period import Period
from matchmaker.targets import METRIC_OF, in_words
from matchmaker.turnover import Dimension
from matchmaker.turnover.comparison import share
from matchmaker.web.pages.figures.figure_words import percent, signed_percent
from matchmaker.web.pages.figures.turnover_asked import behind

# Shades of the heat map: the share of the largest number that each begins at.
_SHADES = (0.75, 0.5, 0.25)
ZERO = "无活动"


@dataclass(frozen=True)
class Cell:
    """One cell of a table: `flag` is a word in front that makes it stand out, `shade` 0–4 that of a heat map."""

    text: str
    link: str = ""
    flag: str = ""
    shade: int | None = None
    is_number: bool = True


@dataclass(frozen=True)
class Figure:
    """A chart, what it is about in words, and the table under it."""

    key: str
    title: str
    about: str
    option: Option
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    is_wide: bool = False
    # The height of the picture: `short`, `tall`, or empty for the usual one.
    size: str = ""


_TITLES = {
    Dimension.DISTRICT: "各县市区",
    Dimension.CATEGORY: "合同类别",
    Dimension.TECHNOLOGY_FIELD: "技术领域",
    Dimension.PARTNER_REGION: "技术来源地区",
    Dimension.PARTNER_INSTITUTION: "技术来源高校院所",
}


def figures_of(shown: Dashboard) -> list[Figure]:
    """In the order of the page."""
    found = [months(shown), *(_breakdown(one) for one in shown.breakdowns)]
    # Two stand beside each other; of an odd number the last, which has the most lines, has the width of both.
    if len(shown.breakdowns) % 2:
        found[-1] = replace(found[-1], is_wide=True)
    found += [_funnel(shown, one) for one in shown.funnels]
    found.append(_coverage("industries", "产业供需覆盖", "产业", shown.industries, shown.asked))
    found.append(_coverage("fields", "技术领域供需覆盖", "技术领域", shown.fields, shown.asked))
    return found


def value_words(measure: Measure, value: int) -> str:
    """`2.44 亿元` or `186 项`."""
    return in_words(METRIC_OF[measure], value)


def months(shown: Dashboard) -> Figure:
    """Turnover by month, running sums, the year before, and what each target expects."""
    asked, measure = shown.asked, shown.asked.measure
    reached, before = cumulated(shown.monthly)[: shown.months_begun], cumulated(shown.monthly_before)
    courses = [Course(f"{asked.year} 年累计", reached), Course(f"{asked.year - 1} 年累计", before)]
    courses += [Course(line.target.tier.label, values, is_target=True) for line, values in shown.expected]
    title = f"{asked.year} 年按月与目标"
    rows = []
    for index in range(MONTHS):
        period = _month(asked.year, index + 1)
        has_begun = index < shown.months_begun
        row = [Cell(f"{index + 1} 月", is_number=False)]
        row.append(_counted(asked, shown.monthly[index], period) if has_begun else Cell("—"))
        row.append(_counted(asked, reached[index], _until_month(asked.year, index + 1)) if has_begun else Cell("—"))
        row.append(_counted(asked, shown.monthly_before[index], _month(asked.year - 1, index + 1)))
        row.append(_counted(asked, before[index], _until_month(asked.year - 1, index + 1)))
        row += [Cell(value_words(measure, values[index])) for _, values in shown.expected]
        rows.append(row)
    columns = ["月份", "当月", "累计", "上年当月", "上年累计"]
    columns += [f"{line.target.tier.label}应累计" for line, _ in shown.expected]
    option = by_month(title, shown.monthly, courses, is_amount=measure is not Measure.COUNT)
    return Figure("months", title, asked.about.label, option, columns, rows, is_wide=True)


def _breakdown(one: Breakdown) -> Figure:
    asked, measure = one.asked, one.asked.measure
    title = _TITLES[one.dimension]
    flags = one.dimension is Dimension.DISTRICT
    rows, drawn = [], []
    for group in one.groups:
        value = group.value(measure)
        flag = ZERO if flags and not group.count else ""
        drawn.append(Bar(group.label, value, flag))
        link = behind(asked.query(group_by=one.dimension), group.code) if group.count else ""
        rows.append(
            [
                Cell(group.label, is_number=False, flag=flag),
                Cell(value_words(measure, value), link),
                Cell(f"{group.count:,}", link),
                Cell(percent(share(value, one.total))),
            ]
        )
    option = bars(title, drawn, is_amount=measure is not Measure.COUNT)
    columns = (title, measure.label, "合同项数", "占比")
    return Figure(one.dimension.value, title, asked.about.label, option, columns, rows, size=_size(len(rows)))


def _funnel(shown: Dashboard, one: Funnel) -> Figure:
    asked = shown.asked
    title = f"从需求到到款（{one.counting.label}）"
    days = {"year": asked.year, "quarter": asked.quarter or "", "region": asked.region_code}
    rows = [
        [
            Cell(step.stage.label, is_number=False),
            Cell(
                f"{step.number:,}",
                f"/dashboard/funnel?{urlencode({'counting': one.counting, 'stage': step.stage, **days})}"
                if step.number
                else "",
            ),
            Cell(percent(step.share) if step.share is not None else "不计算"),
        ]
        for step in one.steps
    ]
    columns = ("环节", "数量", "占发布需求")
    # Steps that are not parts of one another make no funnel.
    option = (
        funnel_chart(title, one)
        if one.counting is Counting.COHORT
        else bars(title, [Bar(step.stage.label, step.number) for step in one.steps], is_amount=False)
    )
    return Figure(f"funnel-{one.counting}", title, one.counting.definition, option, columns, rows)


def _coverage(key: str, title: str, head: str, lines: Sequence[Coverage], asked: Asked) -> Figure:
    parameter = "city_industry" if key == "industries" else "technology_field"
    most = max((max(one.needs, one.achievements) for one in lines), default=0)
    rows = []
    for one in lines:
        address = urlencode({parameter: one.code})
        # The public list shows a district official other needs than those she answers for.
        needs = f"/needs?{address}" if asked.is_city and one.needs else ""
        achievements = f"/achievements?{address}" if asked.is_city and one.achievements else ""
        label = f"{one.tier} · {one.label}" if one.tier else one.label
        rows.append(
            [
                Cell(label, is_number=False),
                Cell(f"{one.needs:,}", needs, shade=_shade(one.needs, most)),
                Cell(f"{one.matched:,}", shade=_shade(one.matched, most)),
                Cell(f"{one.achievements:,}", achievements, shade=_shade(one.achievements, most)),
                Cell(one.verdict, is_number=False),
            ]
        )
    about = "目前开放的需求与成果，不分期间；“有推荐”指已有未谢绝的匹配结果"
    columns = (head, "开放需求", "其中有推荐", "开放成果", "供需情况")
    return Figure(key, title, about, coverage_map(title, lines), columns, rows, size="tall")


def growth_words(shown: Dashboard) -> str:
    """The growth, and what it is compared with."""
    before = value_words(shown.asked.measure, shown.value_before)
    return f"同比 {signed_percent(shown.growth)}（上年同期 {before}）"


def zero_districts(shown: Dashboard) -> list[str]:
    """The districts that nothing was counted for, by name."""
    of_districts = next((one for one in shown.breakdowns if one.dimension is Dimension.DISTRICT), None)
    return [one.label for one in of_districts.groups if not one.count] if of_districts else []


def _counted(asked: Asked, value: int, period: Period) -> Cell:
    link = behind(asked.query(period)) if value else ""
    return Cell(value_words(asked.measure, value), link)


def _month(year: int, month: int) -> Period:
    return Period(date(year, month, 1), date(year, month, monthrange(year, month)[1]))


def _until_month(year: int, month: int) -> Period:
    return Period(date(year, 1, 1), _month(year, month).last)


def _size(bars_shown: int) -> str:
    """A few bars need little room, many need more."""
    return "short" if bars_shown <= 4 else "tall" if bars_shown > 10 else ""


def _shade(number: int, most: int) -> int:
    if not number or not most:
        return 0
    return 4 - next((index for index, begin in enumerate(_SHADES) if number / most >= begin), len(_SHADES))
