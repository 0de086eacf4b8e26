"""English as second language: every text of the public pages is in the catalogue, and none is left in Chinese."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from matchmaker.app import Parts, assemble
from matchmaker.brokerage import Step
from matchmaker.campaigns import CampaignState
from matchmaker.classification import classification
from matchmaker.database import migrate, open_database, session_scope
from matchmaker.index_documents import ACHIEVEMENT_TEXT_FIELDS, NEED_TEXT_FIELDS
from matchmaker.index_sync import relay_all
from matchmaker.indexes import open_indexes
from matchmaker.models.account import Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.broker import BrokerageMembership, CertificateLevel, LegalType
from matchmaker.models.labels import (
    MATURITY_LABELS,
    Labelled,
    NeedStatus,
    NeedType,
    PosterType,
    PriceMode,
    Stage,
    Urgency,
)
from matchmaker.models.match import Band, Gap, MatchStatus, Verdict
from matchmaker.models.posting import Campaign
from matchmaker.rights import Right
from matchmaker.search import FACET_LABELS, Order
from matchmaker.settings import Settings
from matchmaker.visibility import today
from matchmaker.web.errors import TITLES
from matchmaker.web.language import CATALOGUES, ENGLISH, catalogue
from matchmaker.web.navigation import PLACES
from matchmaker.web.pages.help import GLOSSARY, SHORTCUTS
from matchmaker.web.pages.tours import TOURS
from matchmaker.web.templating import WEB
from tests.factories import cookie_of, make_account, make_achievement, make_broker, make_brokerage, make_need
from tests.matchmaker.web.test_pages import ACHIEVEMENT, NEED, SUMMARY_NEED

# Templates of the pages anybody reads; all others are Chinese and say so.
TRANSLATED = """
layout home list list_part results suggestions rows filters match findings ways_on record error macros forms account/login review/parts
help/go help/go_found help/help help/steps help/tour campaigns/list campaigns/campaign
feedback/parts quality
brokers/list brokers/profile brokers/parts brokers/brokerages brokers/brokerage
"""
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
    enums: tuple[type[Labelled], ...] = (NeedType, PosterType, PriceMode, Stage, Urgency, Band, Verdict, Gap, Role)
    enums += (Order, NeedStatus, CampaignState, CertificateLevel, LegalType, Right, MatchStatus)
    found = {Step.WISH.label, Step.PAIR.label, Step.TAKE_UP.label, "已有经纪人承办"}
    found |= {member.label for enum in enums for member in enum}
    found |= {*NEED_TEXT_FIELDS.values(), *ACHIEVEMENT_TEXT_FIELDS.values()}
    found |= {label for labels in FACET_LABELS.values() for label in labels.values()}
    lists = classification()
    for vocabulary in (lists.technology_fields, lists.city.industries, lists.city.districts):
        found |= {entry.label for entry in vocabulary.entries}
    return found | {place.name for place in PLACES} | set(TITLES.values()) | {*MATURITY_LABELS.values()} | in_help()


def in_help() -> set[str]:
    """What the pages of help say that stands in no template."""
    found = {what for _key, what in SHORTCUTS} | {text for entry in GLOSSARY for text in entry}
    return found | {text for tour in TOURS.values() for step in tour for text in (step.title, step.text)}


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
    # Of the city, who sees more of the same pages: in English, and in Chinese.
    official: TestClient
    chinese: TestClient
    broker: str


def made_for_the_other_pages(session: Session) -> list[str]:
    """Calls, brokers and brokerages with everything their pages can show, and the paths of those pages."""
    start = today() - timedelta(days=9)
    calls = [
        Campaign(name="秋季征集", description="面向全市。", starts_on=start, ends_on=today() + timedelta(days=1)),
        Campaign(name="纺织专项", starts_on=start, ends_on=start, region_code="990102", city_industry="textiles"),
        *(Campaign(name=f"第 {number} 批", starts_on=start, ends_on=start) for number in range(20)),
    ]
    session.add_all(calls)
    make_need(session, **{**NEED, "campaign": "秋季征集"})
    make_need(session, **{**NEED, "campaign": "秋季征集", "region_code": None, "city_industry": None})
    brokerage = make_brokerage(
        session, legal_type="enterprise", region_code="990102", main_business="技术转移", introduction="成立十年。"
    )
    broker = make_broker(
        session,
        brokerage=brokerage,
        certificate_level="senior",
        certificate_issuer="省科技厅",
        certified_on=start,
        certificate_valid_until=start,
        technology_fields=["environment", "agriculture"],
        city_industries=["textiles", "machinery"],
        region_code="990121",
        introduction="从事技术转移十年。",
        is_demo=True,
    )
    free = make_broker(session, brokerage=brokerage, certificate_number=None)
    session.exec(select(BrokerageMembership).where(BrokerageMembership.broker_id == free.id)).one().left_on = today()
    empty = make_brokerage(session, is_demo=True)
    for _ in range(20):
        make_broker(session, brokerage=brokerage)
    session.flush()
    paths = ["/campaigns", "/campaigns?page=2", f"/campaigns/{calls[0].id}", f"/campaigns/{calls[1].id}"]
    paths += ["/campaigns/999999", f"/brokers/{broker.id}", f"/brokers/{free.id}", "/brokers", "/brokers?page=2"]
    paths += ["/brokers?name=无此人&field=environment&region=990121", "/brokers/999999", "/brokerages"]
    return [*paths, "/brokerages?name=无此机构", f"/brokerages/{brokerage.id}?page=2", f"/brokerages/{empty.id}"]


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
        others = made_for_the_other_pages(session)
        official = cookie_of(session, make_account(session, role=Role.CITY_OFFICIAL))
        session.flush()
        records = [f"/needs/{need.id}", f"/needs/{hidden.id}", f"/achievements/{achievement.id}"]
        records.append(f"/needs/{need.id}?with={achievement.id}")
    relay_all(parts.database, parts.indexes)
    app = assemble(parts)
    with TestClient(app, cookies={"lang": "en"}, follow_redirects=False) as client:
        lists = ["/", "/needs", "/achievements", "/needs?q=脱盐&need_type=testing&city_industry=textiles"]
        shell = ["/nowhere", "/needs/999999", "/login", "/go", "/go?q=x", "/help"]
        yield English(
            client,
            [*lists, "/needs?q=脱盐", *records, *shell, *(f"/help/tour/{role.value}" for role in Role), *others],
            TestClient(app, cookies={"lang": "en", **official}, follow_redirects=False),
            TestClient(app, cookies=official, follow_redirects=False),
            next(path for path in others if path.startswith("/brokers/")),
        )
    parts.close()


def left_in_chinese(page: str) -> list[str]:
    assert '<html lang="en"' in page
    assert '<main id="content" tabindex="-1">' in page
    reader = ChineseOutside()
    # The title holds the title of a record, in which no markup can stand.
    reader.feed(re.sub(r"<title>.*?</title>|<meta [^>]*>", "", page, flags=re.DOTALL))
    return [word for word in reader.found if word != "中文"]


def test_no_chinese_is_left_on_the_public_pages(english: English) -> None:
    left = {path: left_in_chinese(english.client.get(path).text) for path in english.paths}
    assert {path: words for path, words in left.items() if words} == {}


def test_what_officials_see_besides_on_these_pages_is_english_too(english: English) -> None:
    pages = {path: english.official.get(path) for path in english.paths if path not in ("/", "/login")}
    pages["contact"] = english.official.post(f"{english.broker}/contact")
    pages["refused"] = english.official.post(f"{english.broker}/leave", data={"on": "2000-01-01"})
    assert (pages["contact"].status_code, pages["refused"].status_code) == (200, 422)
    assert "Record the leaving" in pages[english.broker].text
    assert "Please correct 1 entry:" in pages["refused"].text
    left = {path: left_in_chinese(page.text) for path, page in pages.items()}
    assert {path: words for path, words in left.items() if words} == {}


def test_numbers_have_their_form(english: English) -> None:
    pages = [english.client.get(path).text for path in ("/campaigns", "/brokerages", english.broker)]
    assert "Open, 1 day left" in pages[0]
    assert "2 brokerages" in pages[1]
    assert re.findall(r"Technology brokers?", pages[2].partition("<main")[0]) == ["Technology broker"] * 2
    assert "<h1" in pages[2]
    assert ">Technology brokers</a>" in pages[2]


def test_amounts_are_in_yuan(english: English) -> None:
    assert "CNY 800,000" in english.client.get(english.paths[7]).text


@pytest.mark.parametrize("path", ["/registration-rules", "/campaigns/new", "/workplace", "/scorecards"])
def test_pages_without_english_say_that_they_are_chinese(english: English, path: str) -> None:
    """And are so throughout: what they share with translated pages is not English among Chinese."""
    page = english.official.get(path).text
    before, main, after = re.split(r"(<main .*</main>)", page, flags=re.DOTALL)
    assert main.startswith('<main id="content" tabindex="-1" lang="zh-CN">')
    assert main.replace(' lang="zh-CN"', "", 1) in english.chinese.get(path).text
    assert "Skip to content" in before
    assert "API documentation" in after


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
