"""Every page of the rights table in a real Chromium, for those who may open it, on a desk and on a phone."""

import gzip
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Response

from matchmaker.models.account import Role
from tests.browser.conftest import Served
from tests.browser.watched import SMALL_TARGETS, WIDTHS, Watched
from tests.matchmaker.web.route_rights import ANONYMOUS, EVERYBODY
from tests.matchmaker.web.test_route_rights import TABLE

pytestmark = pytest.mark.browser

Visit = Callable[..., Watched]

# The words of the page as the server sends it, which is what a browser without JavaScript shows, and as scripts leave it.
WORDS = """html => [new DOMParser().parseFromString(html, 'text/html'), document]
  .map(one => one.querySelector('main').textContent.replace(/\\s/g, ''))"""
HEAVIEST = 120 * 1024
# ECharts alone weighs 360 KB; only pages that show charts may load it.
HEAVIEST_WITH_CHARTS = 500 * 1024
# Pages that show every role something else; all others are looked at once, by the first role that may open them.
EACH_ROLE = ("/workplace", "/needs/{need}")
# The tour opens by itself once; it has a test of its own.
TOUR_SEEN = "for (const role of %s) localStorage.setItem('tour-' + role, 'seen')" % [role.value for role in Role]


def pages_of(role: str) -> list[str]:
    """The pages this role looks at."""
    found = []
    for row in TABLE:
        method, route = row.route.split(" ", 1)
        path = row.path or route
        is_page = not route.startswith(("/api/", "/healthz", "/readyz", "/metrics")) and "." not in path
        # Papers and the files of a report are downloads.
        is_page = is_page and "/files/" not in path and "{file" not in route
        # What a typed letter brings is a piece of a page; its own test looks at it in its place.
        is_page = is_page and not route.endswith("/suggestions")
        openers = [one for one in EVERYBODY if row.statuses.get(one) == 200]
        if method == "GET" and is_page and role in openers and (openers[0] == role or path in EACH_ROLE):
            found.append(path)
    return list(dict.fromkeys(found))


def serious(page: Page) -> list[tuple[str, list[str]]]:
    """What axe finds serious or critical."""
    found = Axe().run(page).response["violations"]
    return [
        (one["id"], [node["html"][:160] for node in one["nodes"][:3]])
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def says_the_same_without_scripts(page: Page) -> bool:
    """Does the page as it is sent say what it says once its scripts have run?

    What moves on by itself between the two (the audit trail is sealed seconds after its events) is worth a second look.
    """
    without_scripts, with_scripts = page.evaluate(WORDS, page.request.get(page.url).text())
    return bool(without_scripts == with_scripts)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("role", EVERYBODY)
def test_page(visit: Visit, served: Served, role: str, width: int) -> None:
    """No barrier, nothing sticks out, thumbs hit, nobody else is asked, nothing complains, little to load."""
    watched = visit(width, role=role)
    page = watched.page
    page.add_init_script(TOUR_SEEN)
    weights: dict[str, int] = {}

    def weigh(answer: Response) -> None:
        if answer.ok and answer.url not in weights:
            weights[answer.url] = len(gzip.compress(answer.body()))

    page.on("response", weigh)
    found: dict[str, list[object]] = {}
    for template in pages_of(role):
        path = template.format(**served.world.ids)
        watched.complaints.clear()
        watched.open(path)
        wrong: list[object] = [*serious(page), *watched.outside, *watched.complaints]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append("sticks out")
        if page.locator("h1").count() != 1:
            wrong.append("not one h1")
        if width == 375:
            wrong += page.evaluate(SMALL_TARGETS)
        else:
            if not says_the_same_without_scripts(page) and not (page.reload() and says_the_same_without_scripts(page)):
                wrong.append("other words without JavaScript")
        loaded = {page.url, *page.evaluate("performance.getEntriesByType('resource').map(one => one.name)")}
        assert loaded & weights.keys()
        weight = sum(weights.get(url, 0) for url in loaded)
        if weight > (HEAVIEST_WITH_CHARTS if page.locator("figure.chart").count() else HEAVIEST):
            wrong.append(f"weighs {weight} bytes")
        if wrong:
            found[path] = wrong
    assert found == {}


@pytest.mark.parametrize("role", [one for one in EVERYBODY if one != ANONYMOUS])
def test_the_menu_leads_nowhere_in_vain(visit: Visit, role: str) -> None:
    watched = visit(1280, role=role)
    watched.open("/workplace")
    hrefs = {
        href
        for link in watched.page.locator("header a, main .work-actions a, main .work-counts a").all()
        if (href := link.get_attribute("href"))
    }
    assert len(hrefs) > 5
    refused = {path: status for path in sorted(hrefs) if (status := watched.status(path)) != 200}
    assert refused == {}
