"""Check of what reports need beyond the program: the chart component and a Chinese font."""

from collections.abc import Iterable
from functools import partial

from matchmaker.doctor.base import Finding, Patient
from matchmaker.errors import ToolNotInstalled
from matchmaker.reports.chart_images import check_drawing
from matchmaker.reports.fonts import chinese_font


def drawing(_patient: Patient) -> Iterable[Finding]:
    """Can charts and PDF be drawn, with Chinese words in them. Without them reports keep their text and tables."""
    line = partial(Finding, "reports", "报告图表")
    try:
        check_drawing()
    except ToolNotInstalled as error:
        return [line("yellow", error.detail, error.fix)]
    return [line("green", f"图表和 PDF 可以生成，字体 {chinese_font()}")]
