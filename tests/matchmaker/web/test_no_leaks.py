"""No path leads to what a role must not know: every GET route × every role × records of every confidentiality.

Each field of the marked records holds a word of its own. What each role may know of them is said here a second time,
independently of the program, and every answer is searched for every word it must not have.
"""

import json
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlmodel import Session, select

from indexing import Segmenter
from matchmaker.brokerage import accept, introduce, take_up
from matchmaker.database import session_scope
from matchmaker.models import Notice, NoticeDelivery
from matchmaker.models.account import Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.match import Explanation, Reason, Side, Verdict
from matchmaker.models.need import TechnologyNeed
from matchmaker.settings import Settings
from matchmaker.web.api.imports import XLSX
from tests.factories import actor_for, make_achievement, make_need
from tests.matchmaker.web.route_rights import ANONYMOUS, EVERYBODY, Row
from tests.matchmaker.web.route_rights.serving import served_world
from tests.matchmaker.web.route_rights.world import DISTRICT, OTHER_DISTRICT, World
from tests.matchmaker.web.test_route_rights import PREPARATIONS, TABLE

pytestmark = pytest.mark.slow

# How far into a record somebody gets, from the public to those whose business it is.
PUBLIC, BROKERS, INSIDERS = 0, 1, 2
LEVELS = {"public": PUBLIC, "brokers": BROKERS, "parties": INSIDERS}
CONFIDENTIALITIES = ("public", "summary", "broker_only", "directed")
NEED_FIELDS = ("problem", "key_technology", "goal", "description", "constraints")
ACHIEVEMENT_FIELDS = ("problem_solved", "principle", "economic_comparison", "applied_cases")
_number = count(1)
ANY_ID = re.compile(r"\b[0-9a-f]{16}\b")


@dataclass
class Marked:
    """A record whose words are marked: word → the level somebody must have reached to read it."""

    record: TechnologyNeed | Achievement
    district: str
    owner: Role | None
    words: dict[str, int] = field(default_factory=dict)
    # Those of them that no disclosure opens: contacts, and the people of a team.
    private: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        return "need" if isinstance(self.record, TechnologyNeed) else "achievement"

    def forbidden(self, role: str) -> set[str]:
        """What this role must not find anywhere."""
        reached = PUBLIC
        if role in (Role.BROKER, Role.BROKERAGE_ADMINISTRATOR):
            reached = BROKERS
        insiders = {Role.CITY_OFFICIAL, Role.ADMINISTRATOR, self.owner}
        if self.district == DISTRICT:
            insiders.add(Role.DISTRICT_OFFICIAL)
        if role in insiders:
            reached = INSIDERS
        return {word for word, level in self.words.items() if level > reached}


def is_in(wanted: str, text: str) -> bool:
    """Is the word there? An amount as a number of its own: its digits may also stand in the middle of a measured time."""
    return wanted in text and (not wanted[0].isdigit() or re.search(rf"(?<![\d.]){wanted}", text) is not None)


def word() -> str:
    return f"zqx{next(_number):05}w"


def mark(
    session: Session, world: World, *, kind: str, confidentiality: str, disclosure: dict[str, str], **more: Any
) -> Marked:
    """A new record with a marked word in every field."""
    listed = {"public": PUBLIC, "summary": PUBLIC, "broker_only": BROKERS, "directed": INSIDERS}[confidentiality]
    status, district = more.get("status", "published"), more.get("region_code", DISTRICT)
    listed = listed if status == "published" else INSIDERS
    title, contact, mail, phone = word(), word(), word(), word()
    words = {title: listed, contact: INSIDERS, mail: INSIDERS, phone: INSIDERS}
    private = {contact, mail, phone}
    values: dict[str, Any] = {
        "title": f"玉米秸秆制备可降解包装材料 {title}",
        "confidentiality": confidentiality,
        "disclosure": disclosure,
        "contact_name": contact,
        "contact_email": f"{mail}@example.cn",
        "contact_phone": phone,
        "status": status,
        "region_code": district,
    }
    for name in NEED_FIELDS if kind == "need" else ACHIEVEMENT_FIELDS:
        values[name] = word()
        hidden = max(listed, LEVELS[disclosure.get(name, "public")])
        words[values[name]] = max(hidden, BROKERS) if confidentiality == "summary" else hidden
    if kind == "need":
        amount = 7_000_000 + next(_number)
        values["budget_max_fen"] = amount * 1_000_000
        words[str(amount)] = words[f"{amount:,}"] = max(listed, LEVELS[disclosure.get("budget", "public")])
        if more.get("poster_hidden"):
            values["poster_hidden"], values["enterprise_name"] = True, word()
            words[values["enterprise_name"]] = max(listed, BROKERS)
        elif more.get("owned"):
            values["enterprise_name"] = "澄湖制药示例公司"
        record: TechnologyNeed | Achievement = make_need(session, **values)
    else:
        team = word()
        words[team] = INSIDERS
        private.add(team)
        if more.get("owned"):
            values["institution_name"] = "江南示例大学"
        record = make_achievement(session, team=[team], **values)
    owner = {"need": Role.ENTERPRISE, "achievement": Role.INSTITUTION}[kind] if more.get("owned") else None
    return Marked(record, district, owner, words, private)


# A field for brokers and one for the parties, of each kind.
HIDING = {
    "need": {"problem": "brokers", "goal": "parties"},
    "achievement": {"principle": "brokers", "applied_cases": "parties"},
}


def marked_records(session: Session, world: World) -> list[Marked]:
    """One of each confidentiality, kind and ownership, and some with single fields hidden."""
    found = []
    for kind, disclosure in HIDING.items():
        for confidentiality in CONFIDENTIALITIES:
            found.append(mark(session, world, kind=kind, confidentiality=confidentiality, disclosure=disclosure))
            other = {"region_code": OTHER_DISTRICT, "owned": True}
            found.append(mark(session, world, kind=kind, confidentiality=confidentiality, disclosure={}, **other))
        pending = {"status": "pending", "region_code": OTHER_DISTRICT}
        found.append(mark(session, world, kind=kind, confidentiality="public", disclosure={}, **pending))
    disclosure = {"budget": "parties"}
    found.append(mark(session, world, kind="need", confidentiality="public", disclosure=disclosure, poster_hidden=True))
    return found


@dataclass
class Place:
    """`client` asks for everybody: an app takes longer to start than to answer."""

    client: TestClient
    world: World
    marked: list[Marked]
    database: Engine


@pytest.fixture(scope="module")
def place(
    tmp_path_factory: pytest.TempPathFactory, new_database_url: Callable[..., str], segmenter: Segmenter
) -> Iterator[Place]:
    """The world of the rights table, and the marked records in it, indexed by words: a meaning lies near any question."""
    folder: Path = tmp_path_factory.mktemp("leaks")
    settings_ = Settings(
        _env_file=None,
        data_dir=folder,
        database_url=new_database_url(),
        embedder="off",
        requests_per_minute=0,
        account_requests_per_minute=0,
    )
    with (
        served_world(settings_, segmenter, [*PREPARATIONS, marked_records]) as served,
        TestClient(served.app, follow_redirects=False) as client,
    ):
        yield Place(client, served.world, served.prepared[-1], served.database)


READING = [row for row in TABLE if row.route.startswith("GET ")]


def paths(row: Row, place: Place) -> set[str]:
    """The row's address as it stands, and for every marked record where it takes one."""
    template = row.path or row.route.split(" ", 1)[1]
    found = {template.format(**place.world.ids)}
    for one in place.marked:
        if f"{{{one.name}}}" in template:
            found.add(template.format(**{**place.world.ids, one.name: one.record.id}))
    return found


def answers(place: Place, role: str, wanted: set[str], *, headers: bool = True) -> Iterator[tuple[str, str]]:
    """Path and answer, by default with its headers, cookies among them."""
    for path in sorted(wanted):
        in_api = path.startswith("/api/")
        place.client.cookies = {} if in_api else place.world.cookies.get(role, {})
        answer = place.client.get(path, headers=place.world.headers.get(role, {}) if in_api else {})
        text = answer.text if "json" not in answer.headers.get("content-type", "") else told(answer.json())
        yield path, text + (str(dict(answer.headers)) if headers else "")


def told(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# A city's officials and the administrator answer for every record: nothing is hidden from them.
KEPT_OUT = [role for role in EVERYBODY if role not in (Role.CITY_OFFICIAL, Role.ADMINISTRATOR)]


@pytest.mark.parametrize("role", KEPT_OUT)
def test_no_route_shows_what_this_role_must_not_know(place: Place, role: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="matchmaker")
    forbidden = {one for marked in place.marked for one in marked.forbidden(role)}
    assert len(forbidden) > 20, "there is something to hide from everybody"
    wanted = {path for row in READING for path in paths(row, place)}
    found = {
        path: seen for path, text in answers(place, role, wanted) if (seen := {w for w in forbidden if is_in(w, text)})
    }
    assert found == {}
    assert not {one for one in forbidden if one in caplog.text}


def test_the_words_are_found_where_they_may_be(place: Place) -> None:
    """The sweep above would pass on empty pages: this one does not."""
    for one in place.marked:
        path = f"/{'needs' if one.name == 'need' else 'achievements'}/{one.record.id}"
        for role in EVERYBODY:
            text = dict(answers(place, role, {path}))[path]
            title = next(iter(one.words))
            assert title in one.forbidden(role) or title in text, (role, path)


@pytest.mark.parametrize("role", [ANONYMOUS, Role.ENTERPRISE.value, Role.BROKER.value, Role.DISTRICT_OFFICIAL.value])
def test_no_search_finds_a_record_by_what_is_hidden(place: Place, role: str) -> None:
    """Neither hits, nor counts, nor suggestions betray that a hidden word exists: all answers are those of no word."""
    for one in place.marked:
        for hidden in (w for w in one.forbidden(role) if w.startswith("zqx")):
            nothing = f"zqy{hidden[3:]}"
            for template in (
                "/api/v1/needs?q={}",
                "/api/v1/achievements?q={}",
                "/needs?q={}",
                "/achievements?q={}",
                "/go?q={}",
                "/api/v1/enterprises?name={}",
            ):
                asked, empty = template.format(hidden), template.format(nothing)
                got = dict(answers(place, role, {asked, empty}, headers=False))
                assert ANY_ID.sub("", got[asked].replace(hidden, "?")) == ANY_ID.sub(
                    "", got[empty].replace(nothing, "?")
                ), asked


def test_no_notice_carries_contacts_or_hidden_text(place: Place) -> None:
    with Session(place.database) as session:
        written = [one.model_dump_json() for one in session.exec(select(Notice))]
        written += [one.model_dump_json() for one in session.exec(select(NoticeDelivery))]
    secret = {w for one in place.marked for w, level in one.words.items() if level > PUBLIC}
    assert not {w for w in secret for text in written if w in text}


# Where a match and its records are shown; the last three answer forms: the file, the page again, the part for htmx.
OF_MATCH = (
    "GET /carried",
    "GET /carried/{match}",
    "GET /history/matches/{match}",
    "GET /history/needs/{need}",
    "GET /history/achievements/{achievement}",
    "GET /needs/{need}",
    "GET /needs/{need}?with={achievement}",
    "GET /achievements/{achievement}",
    "GET /api/v1/carried",
    "GET /api/v1/carried/{match}",
    "GET /api/v1/needs/{need}",
    "GET /api/v1/achievements/{achievement}",
    "POST /carried/export",
    "POST /carried/{match}/messages",
    "POST /carried/{match}/steps/plan",
)
SIDES = {"need": Role.ENTERPRISE, "achievement": Role.INSTITUTION}


def answer_of(place: Place, role: str, route: str) -> str:
    """What the role is answered, whatever the status; of a file the cells."""
    method, path = route.split(" ", 1)
    in_api = path.startswith("/api/")
    place.client.cookies = {} if in_api else place.world.cookies.get(role, {})
    headers = place.world.headers.get(role, {}) if in_api else {"HX-Request": "true"}
    answer = place.client.request(method, path, headers=headers, data={"version": "0"} if method == "POST" else None)
    if answer.headers.get("content-type") != XLSX:
        return told(answer.json()) if "json" in answer.headers.get("content-type", "") else answer.text
    rows = load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows(values_only=True)
    return "".join(str(cell) for row in rows for cell in row)


@pytest.mark.parametrize("agreed", [False, True], ids=["introduced", "agreed"])
def test_a_match_opens_each_record_as_far_as_its_reader_has_got(place: Place, agreed: bool) -> None:
    """Both sides, the broker, her brokerage and the officials: before both have said yes, and afterwards."""
    world = place.world
    with session_scope(place.database) as session:
        need = mark(session, world, kind="need", confidentiality="public", owned=True, disclosure=HIDING["need"])
        achievement = mark(
            session,
            world,
            kind="achievement",
            confidentiality="public",
            owned=True,
            disclosure=HIDING["achievement"],
            region_code=OTHER_DISTRICT,
        )
        broker = actor_for(session, world.accounts[Role.BROKER])
        match = take_up(session, need.record, achievement.record, by=broker)
        introduce(session, match, by=broker)
        for side, role in zip(Side, SIDES.values(), strict=True):
            if agreed:
                accept(session, match, side, by=actor_for(session, world.accounts[role]))
        ids = {"match": match.id, "need": need.record.id, "achievement": achievement.record.id}
        # Before the record was made stricter the explanation could quote it.
        hidden = need.record.goal
        quoted = Reason(
            code="budget", label="x", verdict=Verdict.MET, score=1.0, weight=0.1, need_value=hidden, sentence=""
        )
        match.explanation = Explanation(reasons=[quoted], words=[])
        secret = {w for one in (need, achievement) for w, level in one.words.items() if level > PUBLIC}
    concerned = {Role.ENTERPRISE, Role.INSTITUTION, Role.BROKER, Role.BROKERAGE_ADMINISTRATOR, Role.DISTRICT_OFFICIAL}
    found = {}
    for role in KEPT_OUT:
        forbidden = set()
        for one in (need, achievement):
            # Contacts and the team stay with the owner and the officials, however far a match has come.
            private = {w for w in one.forbidden(role) if w in one.private}
            forbidden |= private if agreed and role in concerned else one.forbidden(role)
        for route in OF_MATCH:
            text = answer_of(place, role, route.format(**ids))
            if seen := {w for w in forbidden if is_in(w, text)}:
                found[role, route] = seen
    assert found == {}
    # The sweep above would pass on empty pages.
    page = {role: answer_of(place, role, f"GET /carried/{ids['match']}") for role in concerned}
    assert all(next(iter(one.words)) in text for one in (need, achievement) for text in page.values())
    assert (hidden in page[Role.INSTITUTION]) is agreed
    with Session(place.database) as session:
        link = f"/carried/{ids['match']}"
        written = "".join(one.model_dump_json() for one in session.exec(select(Notice).where(Notice.link == link)))
    assert written
    assert not {w for w in secret if w in written}


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_hidden_stays_hidden(place: Place, data: st.DataObject) -> None:
    """Random records, read by every role through page and API."""
    kind = data.draw(st.sampled_from(["need", "achievement"]))
    names = (*NEED_FIELDS, "budget") if kind == "need" else ACHIEVEMENT_FIELDS
    with session_scope(place.database) as session:
        one = mark(
            session,
            place.world,
            kind=kind,
            confidentiality=data.draw(st.sampled_from(CONFIDENTIALITIES)),
            disclosure=data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from(sorted(LEVELS)))),
            status=data.draw(st.sampled_from(["published", "pending", "returned", "withdrawn"])),
            region_code=data.draw(st.sampled_from([DISTRICT, OTHER_DISTRICT])),
            owned=data.draw(st.booleans()),
        )
    noun = "needs" if kind == "need" else "achievements"
    wanted = {f"/{noun}/{one.record.id}", f"/api/v1/{noun}/{one.record.id}", f"/{noun}", f"/api/v1/{noun}?limit=100"}
    for role in EVERYBODY:
        forbidden = one.forbidden(role)
        for path, text in answers(place, role, wanted):
            assert not {w for w in forbidden if is_in(w, text)}, (role, path)
