"""The charts of a report: its tables as pictures, drawn as on the officials' dashboard."""

from matchmaker.charts import MOST_BARS, Bar, Course, bars, by_month, cumulated
from matchmaker.models.contract_words import Measure
from matchmaker.reports.chart_images import png
from matchmaker.reports.shapes import Breakdown, ReportFacts

# In pixels, for 150 mm of paper; a bar needs its label's height.
_WIDTH, _HEIGHT, _BAR_HEIGHT, _AROUND = 640, 300, 26, 70


def pictures_of(facts: ReportFacts) -> dict[str, bytes]:
    """Key of a breakdown → its chart as PNG; a table of zeros gets none. Raises ToolNotInstalled."""
    charts = {}
    for one in facts.breakdowns:
        if not one.total.contract_value_fen:
            continue
        if one.key == "month":
            charts[one.key] = _months(facts, one)
        else:
            lines = [Bar(line.label, line.contract_value_fen) for line in one.lines if line.contract_value_fen]
            lines.sort(key=lambda bar: -bar.value)
            height = _AROUND + _BAR_HEIGHT * min(max(3, len(lines)), MOST_BARS)
            charts[one.key] = png(bars(one.title, lines, is_amount=True), _WIDTH, height)
    return charts


def _months(facts: ReportFacts, one: Breakdown) -> bytes:
    """Each month's amount as bars, what has come together since January as a line, and the target it is compared with."""
    monthly = [line.contract_value_fen for line in one.lines]
    # What lies ahead has no sum yet, and is no month without contracts.
    courses = [Course("累计", cumulated(monthly))]
    monthly += [0] * (12 - len(monthly))
    if facts.target_fen and facts.measure is Measure.CONTRACT_VALUE:
        courses.append(Course("全年目标", [facts.target_fen] * len(monthly), is_target=True))
    return png(by_month(one.title, monthly, courses, is_amount=True), _WIDTH, _HEIGHT)
