"""English as second language: every text of the public pages is in the catalogue, and none is left in Chinese."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient

from matchmaker.app import Parts, assemble
from matchmaker.database import migrate, open_database, session_scope
from matchmaker.index_documents import ACHIEVEMENT_TEXT_FIELDS, NEED_TEXT_FIELDS
from matchmaker.index_sync import relay_all
from matchmaker.indexes import open_indexes
from matchmaker.models.account import Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import MATURITY_LABELS, Labelled, NeedType, PosterType, PriceMode, Stage, Urgency
from matchmaker.models.match import Band, Verdict
from matchmaker.search import FACET_LABELS
from matchmaker.settings import Settings
from matchmaker.web.errors import TITLES
from matchmaker.web.language import CATALOGUES, ENGLISH, catalogue
from matchmaker.web.navigation import PLACES
from matchmaker.web.templating import WEB
from tests.factories import make_achievement, make_need
from tests.matchmaker.web.test_pages import ACHIEVEMENT, NEED, SUMMARY_NEED

# Templates of the pages anybody reads; all others are Chinese and say so.
TRANSLATED = "layout home list list_part results rows filters match record error macros forms account/login help/go help/go_found"
HAN = re.compile(r"[\u3400-\u9fff]+")
FORMAT = re.compile(r"%\(\w+\)s|%s")


def in_templates() -> set[str]:
    """Every text the templates ask the catalogue for."""
    found: set[str] = set()
    for name in TRANSLATED.split():
        with (WEB / "templates" / f"{name}.html").open("rb") as file:
            keywords = {"_": None, "gettext": None, "ngettext": (1, 2)}
            for _line, text, _comments, _context in extract("jinja2.ext:babel_extract", file, keywords, options={}):
                found.update([text] if isinstance(text, str) else text)
    return found


def in_labels() -> set[str]:
    """Labels that reach those pages by name."""
    enums: tuple[type[Labelled], ...] = (NeedType, PosterType, PriceMode, Stage, Urgency, Band, Verdict, Role)
    found = {member.label for enum in enums for member in enum}
    found |= {*NEED_TEXT_FIELDS.values(), *ACHIEVEMENT_TEXT_FIELDS.values()}
    found |= {label for labels in FACET_LABELS.values() for label in labels.values()}
    return found | {place.name for place in PLACES} | set(TITLES.values()) | {*MATURITY_LABELS.values()}


def test_nothing_is_untranslated() -> None:
    wanted = in_templates()
    assert len(wanted) > 100
    assert sorted((wanted | in_labels()) - set(catalogue(ENGLISH))) == []


def test_the_translations_say_the_same_variables() -> None:
    with (CATALOGUES / ENGLISH / "LC_MESSAGES" / "messages.po").open("rb") as file:
        messages = [one for one in read_po(file, locale=ENGLISH) if one.id]
    assert len(messages) > 250
    for one in messages:
        assert sorted(FORMAT.findall(str(one.id))) == sorted(FORMAT.findall(str(one.string))), one.id
        assert one.string, one.id
        assert not HAN.search(str(one.string)), one.id
        assert not one.fuzzy, one.id


class ChineseOutside(HTMLParser):
    """Collects Chinese that is not marked as such: text, and attributes that are read aloud or shown."""

    EMPTY = ("meta", "link", "input", "br", "hr", "path", "circle", "img")
    SPOKEN = ("aria-label", "placeholder", "title", "alt", "data-label")

    def __init__(self) -> None:
        super().__init__()
        self.marked: list[bool] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        marked = (self.marked[-1] if self.marked else False) or given.get("lang") == "zh-CN"
        if not marked:
            self.found += [given[name] or "" for name in self.SPOKEN if HAN.search(given.get(name) or "")]
        if tag not in self.EMPTY:
            self.marked.append(marked)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.EMPTY:
            self.marked.pop()

    def handle_data(self, data: str) -> None:
        if HAN.search(data) and not (self.marked and self.marked[-1]):
            self.found.append(data.strip())


@dataclass(frozen=True)
class English:
    client: TestClient
    paths: list[str]


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory, new_database_url: Callable[..., str]) -> Iterator[English]:
    """An installation read by somebody who chose English."""
    folder: Path = tmp_path_factory.mktemp("english")
    settings = Settings(_env_file=None, data_dir=folder, database_url=new_database_url(), embedder="hash")
    parts = Parts(settings, open_database(settings.resolved_database_url()), open_indexes(settings))
    assert parts.indexes is not None
    migrate(parts.database)
    with session_scope(parts.database) as session:
        need = make_need(session, **NEED, disclosure={"budget": "brokers", "must_have": "parties"})
        need.is_demo = True
        hidden = make_need(session, **SUMMARY_NEED)
        achievement: Achievement = make_achievement(session, **ACHIEVEMENT)
        for number in range(21):
            make_achievement(session, title=f"第 {number} 号割台", city_industry="machinery")
        session.flush()
        records = [f"/needs/{need.id}", f"/needs/{hidden.id}", f"/achievements/{achievement.id}"]
        records.append(f"/needs/{need.id}?with={achievement.id}")
    relay_all(parts.database, parts.indexes)
    with TestClient(assemble(parts), cookies={"lang": "en"}, follow_redirects=False) as client:
        lists = ["/", "/needs", "/achievements", "/needs?q=脱盐&need_type=testing&city_industry=textiles"]
        yield English(
            client, [*lists, "/needs?q=脱盐", *records, "/nowhere", "/needs/999999", "/login", "/go", "/go?q=x"]
        )
    parts.close()


def test_no_chinese_is_left_on_the_public_pages(english: English) -> None:
    left = {}
    for path in english.paths:
        page = english.client.get(path).text
        assert '<html lang="en"' in page, path
        reader = ChineseOutside()
        # The title holds the title of a record, in which no markup can stand.
        reader.feed(re.sub(r"<title>.*?</title>|<meta [^>]*>", "", page, flags=re.DOTALL))
        if words := [word for word in reader.found if word != "中文"]:
            left[path] = words
    assert left == {}


def test_amounts_are_in_yuan(english: English) -> None:
    assert "CNY 800,000" in english.client.get(english.paths[7]).text


def test_pages_without_english_say_that_they_are_chinese(english: English) -> None:
    page = english.client.get("/help").text
    assert '<main id="content" tabindex="-1" lang="zh-CN">' in page


def test_the_choice_is_a_cookie_and_leads_back(client: TestClient) -> None:
    assert '<html lang="zh-CN"' in client.get("/").text
    chosen = client.post("/language", data={"language": "en", "next": "/needs?q=a"})
    assert (chosen.status_code, chosen.headers["location"]) == (303, "/needs?q=a")
    assert '<html lang="en"' in client.get("/").text
    assert client.post("/language", data={"language": "zh-CN", "next": "//example.com"}).headers["location"] == "/"
    assert '<html lang="zh-CN"' in client.get("/").text


def test_an_unknown_language_is_chinese(client: TestClient) -> None:
    client.cookies.set("lang", "../../etc")
    assert "技术需求" in client.get("/").text
