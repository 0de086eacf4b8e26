"""The public pages in a real Chromium, on a desk and on a phone, with and without JavaScript."""

import gzip
import re
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.watched import SMALL_TARGETS, WIDTHS, Watched

pytestmark = pytest.mark.browser

Visit = Callable[..., Watched]

QUESTION = "米糠 酸价"


def check_page(watched: Watched, width: int) -> None:
    """What holds on every page: nothing sticks out, nobody else is asked, nothing complains, thumbs hit."""
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
    assert watched.outside == []
    assert watched.complaints == []
    assert page.locator("h1").count() == 1
    if width == 375:
        assert page.evaluate(SMALL_TARGETS) == [], page.url


def first_need_path(watched: Watched) -> str:
    watched.open(f"/needs?q={QUESTION}")
    path = watched.page.locator(".rows h2 a").first.get_attribute("href")
    assert path is not None
    return path


@pytest.mark.parametrize("width", WIDTHS)
def test_from_a_question_to_the_reasons_to_the_achievement(visit: Visit, width: int) -> None:
    watched = visit(width)
    page: Page = watched.page
    watched.open("/")
    expect(page.get_by_text("演示数据").first).to_be_visible()
    check_page(watched, width)
    page.get_by_label("找技术需求").check()
    page.get_by_label("检索内容").fill(QUESTION)
    page.get_by_role("button", name="检索").click()

    expect(page.locator("#count")).to_contain_text("条技术需求")
    expect(page.locator(".rows mark").first).to_be_visible()
    check_page(watched, width)
    before = len(watched.requests)
    if width == 375:
        page.get_by_role("link", name="筛选").click()
    page.get_by_role("checkbox", name="绿色食品").check()
    expect(page).to_have_url(re.compile("city_industry=green_food"))
    expect(page.get_by_role("link", name="取消条件 产业：绿色食品")).to_have_count(1)
    expect(page.get_by_role("checkbox", name="绿色食品")).to_be_checked()
    # Chromium asks for the icon again when the address changes.
    asked = [url for url in watched.requests[before:] if "favicon" not in url]
    assert len(asked) == 1, "a filter loads the results, not the page"
    if width == 375:
        page.get_by_role("link", name="条结果").click()
    check_page(watched, width)
    if width == 375:
        # Back from the results to the filters, then to the question without them.
        page.go_back()
    page.go_back()
    expect(page.get_by_role("checkbox", name="绿色食品", include_hidden=True)).not_to_be_checked()

    page.locator(".rows h2 a").first.click()
    expect(page.get_by_role("heading", name="推荐成果")).to_be_visible()
    match = page.locator("article.match").first
    expect(match.locator(".judgements").first).to_be_visible()
    expect(match.locator(".verdict").first).to_be_visible()
    check_page(watched, width)
    match.get_by_text("两份原文对照").click()
    expect(match.locator(".sides mark").first).to_be_visible()
    check_page(watched, width)
    match.get_by_role("link", name="在本页正文中标出这些词").click()
    expect(page.get_by_text("已标出本页正文与")).to_be_visible()
    check_page(watched, width)

    page.locator("article.match h3 a").first.click()
    expect(page).to_have_url(re.compile(r"/achievements/\d+$"))
    expect(page.get_by_role("heading", name="推荐需求")).to_be_visible()
    check_page(watched, width)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_serious_barrier_on_any_page(visit: Visit, width: int) -> None:
    watched = visit(width)
    need = first_need_path(watched)
    with_match = page_with_chosen_match(watched, need)
    axe = Axe()
    nothing = "/needs?q=量子纠缠&city_industry=green_food&need_type=testing"
    for path in ("/", "/needs", "/achievements", f"/needs?q={QUESTION}", nothing, with_match, "/achievements/1", "/no"):
        watched.open(path)
        found = axe.run(watched.page).response["violations"]
        serious = [
            (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
            for one in found
            if one["impact"] in ("serious", "critical")
        ]
        assert serious == [], path


def page_with_chosen_match(watched: Watched, need: str) -> str:
    watched.open(need)
    identifier = watched.page.locator("article.match").first.get_attribute("id")
    assert identifier is not None
    return f"{need}?with={identifier.removeprefix('m')}"


def choose_large_letters(page: Page, width: int) -> None:
    """On a phone the choice is in the menu."""
    if width == 375:
        page.locator("details.phone summary").click()
    page.get_by_role("button", name="大字版").click()


@pytest.mark.parametrize("width", WIDTHS)
def test_large_letters_fit(visit: Visit, width: int) -> None:
    watched = visit(width)
    watched.open("/needs")
    choose_large_letters(watched.page, width)
    expect(watched.page.locator("html")).to_have_attribute("data-size", "large")
    for path in ("/", f"/needs?q={QUESTION}", "/needs/1", "/achievements/1"):
        watched.open(path)
        check_page(watched, width)


@pytest.mark.parametrize("width", WIDTHS)
def test_everything_works_without_javascript(visit: Visit, width: int) -> None:
    watched = visit(width, javascript=False)
    page: Page = watched.page
    watched.open("/")
    page.get_by_label("检索内容").fill("米糠")
    page.get_by_role("button", name="检索").click()
    expect(page).to_have_url(re.compile("/achievements\\?"))
    expect(page.locator(".rows mark").first).to_be_visible()
    if width == 375:
        page.get_by_role("link", name="筛选").click()
    page.get_by_role("checkbox", name="绿色食品").check()
    page.get_by_role("button", name="筛选").click()
    expect(page).to_have_url(re.compile("city_industry=green_food"))
    expect(page.get_by_role("link", name="取消条件 产业：绿色食品")).to_be_visible()

    watched.open("/achievements")
    first = page.locator(".rows h2").all_inner_texts()
    page.get_by_role("link", name="下一页").click()
    assert not set(first) & set(page.locator(".rows h2").all_inner_texts())
    page.locator(".rows h2 a").first.click()
    expect(page.get_by_role("heading", name="推荐需求")).to_be_visible()
    choose_large_letters(page, width)
    expect(page.locator("html")).to_have_attribute("data-size", "large")
    assert watched.outside == []


def test_slash_goes_to_the_search_box(visit: Visit) -> None:
    watched = visit(1280)
    watched.open("/needs")
    watched.page.keyboard.press("/")
    expect(watched.page.locator("#q")).to_be_focused()
    watched.page.keyboard.type("a/b")
    expect(watched.page.locator("#q")).to_have_value("a/b")


def test_the_skip_link_is_the_first_stop(visit: Visit) -> None:
    watched = visit(1280)
    watched.open("/needs")
    watched.page.keyboard.press("Tab")
    expect(watched.page.get_by_role("link", name="跳到正文")).to_be_focused()


def test_a_page_weighs_little(visit: Visit) -> None:
    """Everything a first visit loads, compressed, stays below 120 KB."""
    for path in ("/", "/achievements", "/needs/1"):
        watched = visit(1280)
        bodies: list[bytes] = []
        watched.page.on("response", lambda answer, bodies=bodies: bodies.append(answer.body()))
        watched.open(path)
        watched.page.wait_for_load_state("networkidle")
        assert len(bodies) >= 5
        assert sum(len(gzip.compress(body)) for body in bodies) <= 120 * 1024, path


def test_the_api_documentation_asks_nobody_else(visit: Visit) -> None:
    watched = visit(1280)
    watched.open("/api/v1/docs")
    expect(watched.page.locator(".opblock").first).to_be_visible()
    assert watched.outside == []
