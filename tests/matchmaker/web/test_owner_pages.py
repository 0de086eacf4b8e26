"""What owners are told of their records, what histories show, and who stands in the menu of a page no route made."""

from threading import Event

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from matchmaker.brokerage import introduce
from matchmaker.models.account import Account, Role
from matchmaker.models.audit import FieldChange
from matchmaker.models.base import now
from matchmaker.models.labels import NeedStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Revision
from matchmaker.revisions import approve_revision
from matchmaker.validity import UNCONFIRMED_AFTER
from matchmaker.visibility import today
from matchmaker.web.goto import initials, spell_parties
from matchmaker.web.pages.audit_words import in_words
from matchmaker.web.pages.next_step import next_step
from tests.factories import actor_for, cookie_of, make_account, make_enterprise, make_institution, make_need
from tests.matchmaker.brokerage.world import make_people


def owned(session: Session, **values: object) -> tuple[TechnologyNeed, Account]:
    poster = make_account(session)
    need = make_need(session, region_code="990102", **values)
    session.flush()
    need.posted_by_id = poster.id
    session.flush()
    return need, poster


@pytest.mark.parametrize("status", NeedStatus)
def test_every_status_says_what_comes_next(status: NeedStatus) -> None:
    need = TechnologyNeed(title="降低能耗", status=status, published_at=now(), valid_until=today())
    assert next_step(need).startswith(f"{status.label}：")


def test_a_published_record_says_when_it_wants_to_be_confirmed() -> None:
    need = TechnologyNeed(title="降低能耗", status=NeedStatus.PUBLISHED, published_at=now(), valid_until=today())
    assert f"有效期至 {today()}，到期前" in next_step(need)
    need.valid_until = None
    assert "有效期" not in next_step(need)
    need.published_at = need.last_confirmed_at = now() - 2 * UNCONFIRMED_AFTER
    assert "很久没有确认" in next_step(need)
    need.valid_until = today().replace(year=today().year - 1, day=1)
    assert "已过期" in next_step(need)


def test_only_the_owner_reads_it(client: TestClient, session: Session) -> None:
    need, poster = owned(session)
    mine, other = cookie_of(session, poster), cookie_of(session, make_account(session))
    session.commit()
    for cookies, is_told in ((mine, True), (other, False), ({}, False)):
        client.cookies.clear()
        client.cookies.update(cookies)
        page = client.get(f"/needs/{need.id}")
        assert page.status_code == 200
        assert ("经纪人引荐时会通知您" in page.text) is is_told


def test_the_history_of_a_record_names_its_approved_versions(client: TestClient, session: Session) -> None:
    need, poster = owned(session, goal="成本下降一成")
    revision = Revision(
        kind=RecordKind.NEEDS,
        record_id=need.id or 0,
        base_version=need.version,
        values={"goal": "成本下降两成"},
        submitted_by_id=poster.id or 0,
    )
    session.add(revision)
    session.flush()
    client.cookies.update(cookie_of(session, poster))
    session.commit()
    assert "审核通过的版本" not in client.get(f"/history/needs/{need.id}").text
    official = make_account(session, role=Role.DISTRICT_OFFICIAL)
    approve_revision(session, revision, by=actor_for(session, official), version=need.version)
    session.commit()
    page = client.get(f"/history/needs/{need.id}").text
    versions = page[page.index("审核通过的版本") :]
    assert f"第 {need.version} 版" in versions
    assert official.name in versions
    assert poster.name in versions


def test_the_history_of_a_match_tells_its_life(client: TestClient, session: Session) -> None:
    people = make_people(session)
    match = people.match()
    introduce(session, match, by=people.actor("broker"), note="工况相近")
    client.cookies.update(cookie_of(session, people.accounts["broker"]))
    session.commit()
    page = client.get(f"/history/matches/{match.id}")
    assert page.status_code == 200
    assert "办理经过" in page.text
    assert "工况相近" in page.text


def test_an_unknown_address_keeps_the_menu_of_whoever_is_logged_in(client: TestClient, session: Session) -> None:
    client.cookies.update(cookie_of(session, make_account(session, name="张晓岚")))
    session.commit()
    page = client.get("/no/such/address")
    assert page.status_code == 404
    assert "张晓岚" in page.text
    assert "/my/needs" in page.text
    assert page.headers["cache-control"] == "no-store"
    client.cookies.clear()
    client.cookies["session"] = "nobody's"
    assert 'href="/login"' in client.get("/no/such/address").text


def test_it_is_shown_without_a_database_too(
    client: TestClient, session: Session, database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.cookies.update(cookie_of(session, make_account(session)))
    session.commit()
    session.close()
    broken = database.execution_options()
    monkeypatch.setattr(client.app.state, "database", broken)  # type: ignore[attr-defined]
    monkeypatch.setattr(broken, "connect", _refuse)
    page = client.get("/no/such/address")
    assert page.status_code == 404
    assert 'href="/login"' in page.text


def _refuse(*_args: object, **_options: object) -> None:
    raise OperationalError("SELECT 1", {}, Exception("gone"))


def test_names_are_spelled_in_advance(session: Session, database: Engine) -> None:
    make_enterprise(session, name="澄湖精密仪器厂")
    make_institution(session, name="江岳理工学院")
    session.commit()
    initials.cache_clear()
    stopped = Event()
    stopped.set()
    spell_parties(database, stopped)
    assert initials.cache_info().currsize == 0
    spell_parties(database, Event())
    spelled = initials.cache_info().currsize
    assert spelled >= 2
    initials("澄湖精密仪器厂")
    initials("江岳理工学院")
    assert initials.cache_info().currsize == spelled


@pytest.mark.parametrize(
    ("field", "stored", "read"),
    [
        ("filed_at", "2026-11-03T18:59:24+00:00", "2026-11-04 02:59"),
        ("reviewed_at", "", ""),
        ("budget_max_fen", "50000000", "50 万元"),
        ("reviewed_by_id", "7", "账号 7"),
        ("status", "已签约", "已签约"),
    ],
)
def test_histories_speak_to_people(field: str, stored: str, read: str) -> None:
    assert in_words(FieldChange(field=field, before=stored, after="")).before == read
