"""Charts without a browser: the vendored script draws them, and a page with a strict content policy may show them."""

import asyncio
import builtins
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from matchmaker.charts import Bar, Course, bars, by_month
from matchmaker.errors import ToolNotInstalled
from matchmaker.reports import chart_images, fonts
from matchmaker.reports.chart_images import png, svg

OPTION: dict[str, Any] = {
    "xAxis": {"type": "category", "data": ["一月", "二月\"'<b>&"]},
    "yAxis": {"type": "value", "name": "万元"},
    "series": [{"type": "bar", "data": [1, 2]}],
}


def test_a_chart_is_well_formed_and_says_what_the_option_says() -> None:
    drawn = ET.fromstring(svg(OPTION, 600, 300))
    texts = [one.text for one in drawn.iter("{http://www.w3.org/2000/svg}text")]
    assert {"一月", "二月\"'<b>&", "万元"} <= set(texts)
    assert (drawn.get("width"), drawn.get("height")) == ("600", "300")


def test_it_needs_no_style_and_fetches_nothing() -> None:
    drawn = svg(by_month("成交额", [10**9] * 12, [Course("累计", [10**9] * 12)], is_amount=True), 640, 300)
    assert "style=" not in drawn
    assert "<style" not in drawn
    assert "<script" not in drawn
    assert "font-family=" in drawn
    assert not re.search(r'(?:href|src)="(?!#|data:)', drawn)


def test_the_charts_of_the_dashboard_can_be_drawn_as_pictures() -> None:
    drawn = png(bars("区县", [Bar("澄东区", 10**9), Bar("澄西区", 0, "无活动")], is_amount=True), 640, 160)
    assert drawn.startswith(b"\x89PNG")
    # Width and height of the image's header: twice as many pixels as asked for.
    assert (int.from_bytes(drawn[16:20]), int.from_bytes(drawn[20:24])) == (1280, 320)


def test_words_leave_marks_on_the_picture() -> None:
    def shown(words: str) -> bytes:
        return png({"title": {"text": words}, "series": []}, 300, 80)

    empty, one, other = shown(""), shown("技术合同成交额"), shown("技术合同交易额")
    assert len({empty, one, other}) == 3


def test_several_at_once_do_not_meet() -> None:
    with ThreadPoolExecutor(4) as several:
        drawn = list(several.map(lambda width: svg(OPTION, width, 200), range(300, 308)))
    assert [f'width="{width}"' in one for width, one in zip(range(300, 308), drawn, strict=True)] == [True] * 8


def test_an_option_that_is_none_is_said_to_be_none() -> None:
    with pytest.raises(ValueError, match="cannot be drawn"):
        svg({"xAxis": 5, "series": [{"type": "bar"}]}, 100, 100)
    assert "<svg" in svg(OPTION, 100, 100)


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes a package look as if it were not installed."""
    real = builtins.__import__

    def hide(name: str) -> None:
        def refusing(wanted: str, *rest: Any, **more: Any) -> Any:
            if wanted == name:
                raise ImportError(name)
            return real(wanted, *rest, **more)

        monkeypatch.setattr(builtins, "__import__", refusing)

    return hide


def test_without_the_extra_the_repair_is_named(without: Callable[[str], None]) -> None:
    without("resvg_py")
    with pytest.raises(ToolNotInstalled, match=r"matchmaker\[report\]"):
        png(OPTION, 100, 100)


def test_without_a_chinese_font_the_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_FAMILIES", ("No Such Family",))
    fonts.chinese_font.cache_clear()
    try:
        with pytest.raises(ToolNotInstalled, match="fonts-wqy-microhei"):
            chart_images.check_drawing()
    finally:
        fonts.chinese_font.cache_clear()


def test_a_caller_may_run_an_event_loop() -> None:
    async def asking() -> str:
        return svg(OPTION, 100, 60)

    # A thread of its own: after browser tests, this one has Playwright's loop running.
    with ThreadPoolExecutor(1) as one:
        assert one.submit(asyncio.run, asking()).result().startswith("<svg")
