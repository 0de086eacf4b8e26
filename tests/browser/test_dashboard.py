"""The dashboard in a real Chromium: its charts really draw, its tables stand without JavaScript, and on paper."""

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from matchmaker.models.account import Role
from tests.browser.watched import WIDTHS, Watched

pytestmark = pytest.mark.browser

Visit = Callable[..., Watched]

# How many pixels of each chart are not blank.
INKED = """() => [...document.querySelectorAll('figure.chart')].map(figure => {
  const canvas = figure.querySelector('canvas');
  if (!canvas) return 0;
  const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let inked = 0;
  for (let at = 3; at < pixels.length; at += 4) if (pixels[at]) inked++;
  return inked;
})"""


# Where each layer of a chart lies, and how large it is.
LAYERS = """() => [...document.querySelectorAll('figure.chart')].map(figure =>
  [...figure.querySelectorAll('canvas')].map(one => {
    const box = one.getBoundingClientRect();
    return [box.x, box.y, box.width, box.height].map(Math.round).join(' ');
  }))"""


@pytest.mark.parametrize("width", WIDTHS)
def test_charts_draw(visit: Visit, width: int) -> None:
    watched = visit(width, role=Role.CITY_OFFICIAL)
    watched.open("/dashboard")
    page = watched.page
    inked = page.evaluate(INKED)
    assert len(inked) >= 8
    assert [number for number in inked if number < 500] == []
    assert (watched.complaints, watched.outside) == ([], [])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("figure.chart [aria-label*='数据见图下的表格']").count() == len(inked)
    # Folded under its chart, one step away; unfolded for paper.
    table = page.locator("figure.chart details").first
    expect(table).not_to_have_attribute("open", "")
    table.locator("summary").click()
    expect(table.locator("table")).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("figure.chart details[open]").count() == len(inked)


def test_on_paper_the_layers_of_a_chart_lie_on_each_other(visit: Visit) -> None:
    watched = visit(1280, role=Role.CITY_OFFICIAL)
    watched.open("/dashboard")
    watched.page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    watched.page.emulate_media(media="print")
    layers = watched.page.evaluate(LAYERS)
    assert max(len(boxes) for boxes in layers) > 1
    assert [boxes for boxes in layers if len(set(boxes)) > 1] == []
    assert all(float(box.split()[2]) > 100 for boxes in layers for box in boxes)


@pytest.mark.parametrize("width", WIDTHS)
def test_without_javascript_the_tables_stand(visit: Visit, width: int) -> None:
    watched = visit(width, javascript=False, role=Role.CITY_OFFICIAL)
    watched.open("/dashboard")
    tables = watched.page.locator("figure.chart table")
    assert tables.count() >= 8
    for table in tables.all():
        expect(table).to_be_visible()
    watched.page.get_by_label("指标", exact=True).select_option("count")
    watched.page.get_by_role("button", name="查看").click()
    expect(watched.page.get_by_role("heading", name="技术合同登记项数（输出，按登记日期）")).to_be_visible()


def test_a_target_is_set_without_javascript(visit: Visit) -> None:
    watched = visit(1280, javascript=False, role=Role.CITY_OFFICIAL)
    watched.open("/targets/new?year=2024")
    page = watched.page
    page.get_by_label("目标层级").select_option("council")
    page.get_by_label("指标").select_option("contract_value")
    page.get_by_label("目标值").fill("2.8")
    page.get_by_label("文件原文").fill("技术合同交易额突破2.8亿元")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert")).to_contain_text("口径不同")
    page.get_by_label("已核对文件原文").check()
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("heading", name="2024 年目标")).to_be_visible()
    expect(page.get_by_text("原文：技术合同交易额突破2.8亿元")).to_be_visible()
