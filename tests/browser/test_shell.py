"""What every page has around it: keys, go-to dialog, menus, tour, language."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.test_every_page import serious
from tests.browser.watched import SMALL_TARGETS, WIDTHS, Watched

pytestmark = pytest.mark.browser

Visit = Callable[..., Watched]


def test_ctrl_k_goes_anywhere_by_initials(visit: Visit) -> None:
    watched = visit(1280, role="district_official")
    page = watched.page
    watched.open("/needs")
    page.keyboard.press("Control+k")
    box = page.get_by_role("dialog").get_by_role("searchbox")
    expect(box).to_be_focused()
    box.press_sequentially("jjryj")
    expect(page.locator("#go-found a").first).to_have_text("经纪人业绩")
    assert serious(page) == []
    page.keyboard.press("ArrowDown")
    expect(page.locator("#go-found a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/scorecards$"))
    assert watched.outside == []


def test_go_to_is_a_page_without_javascript(visit: Visit) -> None:
    watched = visit(375, javascript=False)
    page = watched.page
    watched.open("/")
    page.locator("a.go-link").click()
    page.locator("main").get_by_role("searchbox").fill("jsxq")
    page.locator("main").get_by_role("button", name="前往").click()
    page.get_by_role("link", name="技术需求", exact=True).last.click()
    expect(page).to_have_url(re.compile("/needs$"))


def test_question_mark_opens_help_but_not_while_writing(visit: Visit) -> None:
    watched = visit(1280)
    watched.open("/needs")
    watched.page.locator("#q").press("?")
    expect(watched.page).to_have_url(re.compile("/needs$"))
    watched.page.locator("h1").click()
    watched.page.keyboard.press("?")
    expect(watched.page).to_have_url(re.compile("/help$"))


@pytest.mark.parametrize("javascript", [True, False])
def test_the_menu_of_a_phone(visit: Visit, javascript: bool) -> None:
    watched = visit(375, role="broker", javascript=javascript)
    page = watched.page
    watched.open("/help")
    menu = page.get_by_role("navigation", name="菜单")
    expect(menu).to_be_hidden()
    page.locator("details.phone summary").click()
    expect(menu.get_by_role("link", name="工作台")).to_be_visible()
    if javascript:
        assert page.evaluate(SMALL_TARGETS) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
        assert serious(page) == []
    menu.get_by_role("button", name="大字版").click()
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    expect(page).to_have_url(re.compile("/help$"))


def test_the_menus_of_a_desk_close_again(visit: Visit) -> None:
    watched = visit(1280, role="city_official")
    page = watched.page
    watched.open("/help")
    more = page.locator(".bar details summary")
    more.click()
    link = page.get_by_role("navigation", name="主导航").get_by_role("link", name="操作记录")
    expect(link).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    more.click()
    page.locator("h1").click()
    expect(link).to_be_hidden()


# Pairs of things in the bar that lie upon each other.
OVERLAPS = """() => {
  const seen = [...document.querySelectorAll("header .bar > *, header .tools > *, header .brand")]
    .filter(one => one.getClientRects().length).map(one => [one.innerText.trim(), one.getBoundingClientRect()]);
  return seen.flatMap(([name, a], at) => seen.slice(at + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
    .map(([other]) => `${name} / ${other}`));
}"""


@pytest.mark.parametrize("role", ["broker", "city_official"])
def test_nothing_in_the_bar_lies_upon_another(visit: Visit, role: str) -> None:
    watched = visit(1100, role=role)
    page = watched.page
    watched.open("/help")
    assert page.evaluate(OVERLAPS) == []
    page.get_by_role("button", name="大字版").click()
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    for width in (1100, 1280, 1920):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(OVERLAPS) == [], width
    assert serious(page) == []


def test_the_slash_opens_go_to_where_nothing_else_can_be_searched(visit: Visit) -> None:
    watched = visit(1280, role="enterprise")
    watched.open("/help")
    watched.page.keyboard.press("/")
    expect(watched.page.get_by_role("dialog").get_by_role("searchbox")).to_be_focused()


def test_who_follows_a_link_of_the_tour_is_not_shown_it_again(visit: Visit) -> None:
    watched = visit(1280, role="broker")
    page = watched.page
    watched.open("/workplace")
    tour = page.get_by_role("dialog", name="使用导览")
    expect(tour.get_by_role("button", name="下一步")).to_be_focused()
    page.keyboard.press("Enter")
    tour.locator("li:visible a").click()
    expect(page).to_have_url(re.compile("/saved-searches$"))
    watched.open("/workplace")
    expect(tour).to_be_hidden()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_tour_opens_once_and_again_on_request(visit: Visit, width: int) -> None:
    watched = visit(width, role="enterprise")
    page = watched.page
    watched.open("/workplace")
    tour = page.get_by_role("dialog", name="使用导览")
    expect(tour).to_be_visible()
    assert serious(page) == []
    expect(tour.locator("li:visible")).to_have_count(1)
    for _ in range(4):
        tour.get_by_role("button", name="下一步").click()
    tour.get_by_role("button", name="完成").click()
    expect(tour).to_be_hidden()
    watched.open("/workplace")
    expect(tour).to_be_hidden()
    page.get_by_role("link", name="使用导览").click()
    expect(tour).to_be_visible()
    expect(tour.get_by_role("heading", name="先看工作台")).to_be_visible()
    assert watched.complaints == []


def test_english_stays_until_it_is_changed_back(visit: Visit) -> None:
    watched = visit(1280)
    page = watched.page
    watched.open("/needs?q=米糠")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Technology needs", exact=True)).to_be_visible()
    expect(page.locator("#q")).to_have_value("米糠")
    watched.open("/")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert serious(page) == []
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
