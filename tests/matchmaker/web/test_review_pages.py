"""The officials' pages: queue and decisions, oversight and its table, campaigns, the click that keeps a record alive."""

import re
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.brokerage import take_up
from matchmaker.classification import classification
from matchmaker.database import session_scope
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.base import now
from matchmaker.models.labels import NeedStatus, Urgency
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Campaign, Revision, RevisionStatus
from matchmaker.visibility import today
from tests.factories import actor_for, cookie_of, key_of, make_account, make_achievement, make_enterprise, make_need

DISTRICT, OTHER = "990102", "990103"
CONTACT = {"contact_name": "王示例", "contact_phone": "13812345678", "contact_email": "wang@example.cn"}

Browser = Callable[..., TestClient]


@pytest.fixture
def browser(app: FastAPI, database: Engine) -> Browser:
    """A browser in which somebody of that role is logged in."""

    def opened(role: Role = Role.DISTRICT_OFFICIAL, **values: Any) -> TestClient:
        with session_scope(database) as session:
            cookies = cookie_of(session, make_account(session, role=role, **values))
        return TestClient(app, follow_redirects=False, cookies=cookies)

    return opened


@pytest.fixture
def pending(database: Engine) -> Callable[..., int]:
    """Makes a submitted need of the district and gives its number."""

    def made(**values: Any) -> int:
        with session_scope(database) as session:
            need = make_need(session, **{"status": "pending", "region_code": DISTRICT, **CONTACT, **values})
        return need.id or 0

    return made


def need_of(database: Engine, need_id: int) -> TechnologyNeed:
    with Session(database) as session:
        return session.get_one(TechnologyNeed, need_id)


class TestQueue:
    def test_what_waits_is_listed_without_contacts(self, browser: Browser, pending: Callable[..., int]) -> None:
        own, other = pending(title="印染废水脱盐"), pending(title="别区的难题", region_code=OTHER)
        page = browser().get("/review")
        assert page.status_code == 200
        assert f"/review/needs/{own}" in page.text
        assert "印染废水脱盐" in page.text
        assert f"/review/needs/{other}" not in page.text
        assert CONTACT["contact_phone"] not in page.text

    def test_ticked_ones_are_published_but_not_what_has_changed(
        self, browser: Browser, pending: Callable[..., int], database: Engine
    ) -> None:
        seen, changed, elsewhere = pending(), pending(), pending(region_code=OTHER)
        ticked = [f"{seen}:1", f"{changed}:7", f"{elsewhere}:1", "x:1", f"{seen}"]
        answer = browser().post("/review", data={"kind": "needs", "ticked": ticked})
        assert (answer.status_code, answer.headers["Location"]) == (303, "/review?list=needs&left=4")
        states = [need_of(database, one).status for one in (seen, changed, elsewhere)]
        assert states == [NeedStatus.PUBLISHED, NeedStatus.PENDING, NeedStatus.PENDING]
        assert "有 4 条没有发布" in browser().get(answer.headers["Location"]).text

    def test_an_empty_queue_says_so(self, browser: Browser) -> None:
        assert "没有待审核的" in browser().get("/review?list=revisions").text


class TestRecord:
    def test_every_view_of_the_contacts_is_logged(
        self, browser: Browser, pending: Callable[..., int], database: Engine
    ) -> None:
        number = pending(confidentiality="broker_only")
        official = browser()
        for _ in range(2):
            page = official.get(f"/review/needs/{number}")
            assert CONTACT["contact_phone"] in page.text
        with Session(database) as session:
            logged = select(AuditEvent.action).where(
                AuditEvent.record_id == number, col(AuditEvent.action).in_(("read_contact", "read_confidential"))
            )
            read = sorted(session.exec(logged))
        assert read == [AuditAction.READ_CONFIDENTIAL] * 2 + [AuditAction.READ_CONTACT] * 2

    def test_after_a_decision_the_next_one_comes(
        self, browser: Browser, pending: Callable[..., int], database: Engine
    ) -> None:
        first, second = pending(), pending()
        official = browser()
        answer = official.post(f"/review/needs/{first}", data={"decision": "publish", "version": 1})
        assert answer.headers["Location"] == f"/review/needs/{second}"
        given = {"decision": "return", "version": 1, "reasons": ["vague", "not_measurable"], "note": "请写明指标"}
        assert official.post(f"/review/needs/{second}", data=given).headers["Location"] == "/review?list=needs"
        assert need_of(database, second).review_note == "内容空泛、指标不可衡量。请写明指标"

    def test_a_wrong_form_comes_back_as_it_was_filled_in(
        self, browser: Browser, pending: Callable[..., int], database: Engine
    ) -> None:
        number = pending()
        given = {"decision": "return", "version": 1, "reasons": ["other"], "note": ""}
        answer = browser().post(f"/review/needs/{number}", data=given)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert 'value="other" checked' in answer.text
        merged = browser().post(f"/review/needs/{number}", data={"decision": "merge", "version": 1, "note": "同一件事"})
        assert merged.status_code == 422
        assert "同一件事" in merged.text
        too_old = browser().post(f"/review/needs/{number}", data={"decision": "publish", "version": 3})
        assert (too_old.status_code, need_of(database, number).version) == (409, 1)

    def test_script_in_a_title_stays_text(self, browser: Browser, pending: Callable[..., int]) -> None:
        page = browser().get(f"/review/needs/{pending(title='<script>alert(1)</script>难题')}")
        assert "<script>alert(1)" not in page.text

    def test_duplicates_are_offered(self, browser: Browser, pending: Callable[..., int], database: Engine) -> None:
        first = pending(title="印染高盐废水脱盐回用技术", status="published")
        second = pending(title="印染高盐废水的脱盐回用技术")
        official = browser()
        assert f"编号 {first}" in official.get(f"/review/needs/{second}").text
        official.post(f"/review/needs/{second}", data={"decision": "merge", "version": 1, "into_id": first})
        assert need_of(database, second).duplicate_of_id == first


class TestRevision:
    def test_field_by_field_and_only_over_what_was_seen(
        self, browser: Browser, pending: Callable[..., int], database: Engine
    ) -> None:
        number = pending(status="published", goal="成本下降一成")
        with session_scope(database) as session:
            revision = Revision(
                kind=RecordKind.NEEDS,
                record_id=number,
                base_version=1,
                values={
                    "goal": "成本下降两成",
                    "budget_max_fen": 50_000_000,
                    "key_indicators": [{"name": "脱盐率", "operator": ">=", "target": "98", "unit": "%"}],
                    "city_industry": "green_food",
                    "disclosure": {"problem": "brokers"},
                },
                submitted_by_id=make_account(session).id or 0,
            )
            session.add(revision)
            session.flush()
            # Somebody else changes the record in the meantime.
            need = session.get_one(TechnologyNeed, number)
            need.version, need.urgency = 2, Urgency.HIGH
        official, path = browser(), f"/review/revisions/{revision.id}"
        page = official.get(path).text
        for words in ("成本下降一成", "成本下降两成", "50 万元", "脱盐率 ≥ 98 %", "主要问题：仅认证经纪人", "第 2 版"):
            assert words in page
        assert official.post(path, data={"decision": "publish", "version": 1}).status_code == 409
        assert need_of(database, number).goal == "成本下降一成"
        assert official.post(path, data={"decision": "return", "version": 2}).status_code == 422

    def test_approved(self, browser: Browser, pending: Callable[..., int], database: Engine) -> None:
        number = pending(status="published")
        with session_scope(database) as session:
            revision = Revision(
                kind=RecordKind.NEEDS,
                record_id=number,
                base_version=1,
                values={"goal": "成本下降两成"},
                submitted_by_id=make_account(session).id or 0,
            )
            session.add(revision)
        path = f"/review/revisions/{revision.id}"
        answer = browser().post(path, data={"decision": "publish", "version": 1})
        assert (answer.status_code, need_of(database, number).goal) == (303, "成本下降两成")
        assert RevisionStatus.APPROVED.label in browser().get(path).text


class TestOversight:
    def test_every_status_by_filters(self, browser: Browser, pending: Callable[..., int]) -> None:
        waiting, expired = pending(title="待审的难题"), pending(title="过期的难题", status="expired")
        pending(title="别区的难题", region_code=OTHER)
        pending(title="没提交的难题", status="draft")
        official = browser()
        page = official.get("/oversight/needs").text
        assert "待审的难题" in page
        assert "过期的难题" in page
        assert "别区的难题" not in page
        assert "没提交的难题" not in page
        assert CONTACT["contact_phone"] not in page
        only = official.get("/oversight/needs?status=expired").text
        assert f"/review/needs/{expired}" in only
        assert f"/review/needs/{waiting}" not in only
        assert "没有符合条件的" in official.get("/oversight/needs?text=100%25").text
        for odd in ("status=nonsense", "district=xx", "freshness=no", "page=x", "page=99999", "page=-1", "page=١"):
            assert official.get(f"/oversight/needs?{odd}").status_code == 200

    def test_needs_nobody_carries(self, browser: Browser, pending: Callable[..., int], database: Engine) -> None:
        ages = {"等了很久的需求": 15, "刚发布的需求": 13, "有人承办的需求": 15}
        numbers = {title: pending(title=title, status="published") for title in ages}
        with session_scope(database) as session:
            for title, days in ages.items():
                session.get_one(TechnologyNeed, numbers[title]).published_at = now() - timedelta(days=days)
            need = session.get_one(TechnologyNeed, numbers["有人承办的需求"])
            broker = make_account(session, role=Role.BROKER)
            take_up(session, need, make_achievement(session), by=actor_for(session, broker))
        page = browser().get("/oversight/needs?carrying=alone").text
        assert [title for title in ages if title in page] == ["等了很久的需求"]

    def test_the_table_has_what_is_on_the_page_and_no_contacts(
        self, browser: Browser, pending: Callable[..., int], database: Engine
    ) -> None:
        pending(title="=1+1 废水脱盐", campaign="第一批")
        pending(title="注塑件翘曲", campaign="第二批")
        answer = browser().post("/oversight/needs/export", data={"campaign": "第一批"})
        sheet = load_workbook(BytesIO(answer.content)).active
        assert sheet is not None
        rows = [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]
        assert [row[1] for row in rows] == ["名称", "=1+1 废水脱盐"]
        assert not any(CONTACT["contact_phone"] in cell for row in rows for cell in row)
        with Session(database) as session:
            event = session.exec(select(AuditEvent).where(AuditEvent.action == AuditAction.EXPORTED)).one()
        assert "1 条" in event.reason
        assert event.account_id


class TestConfirming:
    def test_from_the_link_in_the_notice(self, browser: Browser, database: Engine) -> None:
        with session_scope(database) as session:
            enterprise = make_enterprise(session)
            need = make_need(session, enterprise_name=enterprise.name, valid_until=today() + timedelta(days=3))
        owner, path = browser(Role.ENTERPRISE, enterprise_id=need.enterprise_id), f"/confirm/needs/{need.id}"
        page = owner.get(path).text
        assert (today() + timedelta(days=365)).isoformat() in page
        wrong = owner.post(path, data={"until": "2020-01-01"})
        assert (wrong.status_code, 'value="2020-01-01"' in wrong.text) == (422, True)
        assert owner.post(path, data={"until": "soon"}).status_code == 422
        assert owner.post(path).headers["Location"] == "/my/needs"
        assert need_of(database, need.id or 0).valid_until == today() + timedelta(days=365)

    def test_a_stranger_sees_what_is_public_and_no_button(self, browser: Browser, pending: Callable[..., int]) -> None:
        number = pending(status="published")
        page = browser(Role.INSTITUTION).get(f"/confirm/needs/{number}").text
        assert "仍然有效" not in page


class TestCampaigns:
    def test_made_shown_edited_ended(self, browser: Browser, database: Engine) -> None:
        official = browser(Role.CITY_OFFICIAL)
        given = {
            "name": "2026 年第一批&征集",
            "starts_on": today().isoformat(),
            "ends_on": (today() + timedelta(days=9)).isoformat(),
            "description": "面向全市企业",
        }
        made = official.post("/campaigns/new", data=given)
        assert made.status_code == 303
        path = made.headers["Location"]
        page = browser(Role.ENTERPRISE).get(path).text
        assert "/post/needs?campaign=2026+%E5%B9%B4%E7%AC%AC%E4%B8%80%E6%89%B9%26%E5%BE%81%E9%9B%86" in page
        assert "面向全市企业" in page
        assert "提前截止" not in page
        again = official.post("/campaigns/new", data=given)
        assert (again.status_code, "已有名为" in again.text, "面向全市企业" in again.text) == (422, True, True)
        wrong = official.post(f"{path}/edit", data={**given, "ends_on": "2020-01-01"})
        assert (wrong.status_code, "截止日期早于开始日期" in wrong.text) == (422, True)
        assert official.post(f"{path}/close").status_code == 303
        assert "在此批次填报" not in official.get(path).text
        with Session(database) as session:
            assert session.exec(select(Campaign)).one().ends_on == today() - timedelta(days=1)

    def test_the_public_sees_running_ones_and_published_counts(
        self, client: TestClient, database: Engine, pending: Callable[..., int]
    ) -> None:
        with session_scope(database) as session:
            campaign = Campaign(name="第一批", starts_on=today(), ends_on=today())
            session.add(campaign)
        assert "还没有可以查看的需求" in client.get(f"/campaigns/{campaign.id}").text
        pending(campaign="第一批")
        assert "还没有可以查看的需求" in client.get(f"/campaigns/{campaign.id}").text
        pending(campaign="第一批", status="published")
        page = client.get(f"/campaigns/{campaign.id}").text
        assert "共 1 项需求" in page
        assert NeedStatus.PENDING.label not in page
        assert "第一批" in client.get("/campaigns").text

    def test_the_city_sees_which_districts_have_sent_nothing(
        self, browser: Browser, database: Engine, pending: Callable[..., int]
    ) -> None:
        with session_scope(database) as session:
            campaign = Campaign(name="第一批", starts_on=today(), ends_on=today())
            session.add(campaign)
        pending(campaign="第一批", region_code="990103", status="published")
        names = {one.code: one.label for one in classification().city.districts.entries}
        told = browser(Role.CITY_OFFICIAL).get(f"/campaigns/{campaign.id}").text
        found = re.search(r"尚无需求的县市区：([^<]+)<", told)
        assert found is not None
        assert set(found[1].split("、")) == {name for code, name in names.items() if code != "990103"}
        for role in (Role.DISTRICT_OFFICIAL, Role.ENTERPRISE):
            assert "尚无需求的县市区" not in browser(role).get(f"/campaigns/{campaign.id}").text

    def test_a_need_names_a_campaign_that_runs(self, client: TestClient, database: Engine) -> None:
        with session_scope(database) as session:
            headers = key_of(session, make_account(session))
            session.add(Campaign(name="正在征集", starts_on=today(), ends_on=today()))
        for name, status in (("没有这个批次", 422), ("正在征集", 201)):
            given = {"title": "印染废水脱盐回用", "problem": "盐分高，难以回用。", "campaign": name}
            assert client.post("/api/v1/needs", json=given, headers=headers).status_code == status


class TestApi:
    def test_list_and_decide(self, client: TestClient, database: Engine, pending: Callable[..., int]) -> None:
        first, second = pending(title="印染废水脱盐"), pending(title="注塑件翘曲")
        with session_scope(database) as session:
            headers = key_of(session, make_account(session, role=Role.DISTRICT_OFFICIAL))
        listed = client.get("/api/v1/reviews?kind=needs&limit=1", headers=headers)
        assert listed.json()["total"] == 2
        assert [one["id"] for one in listed.json()["items"]] == [first]
        assert CONTACT["contact_phone"] not in listed.text
        path = f"/api/v1/reviews/needs/{first}"
        too_old = client.post(path, json={"decision": "publish", "version": 9}, headers=headers)
        assert (too_old.status_code, too_old.json()["code"]) == (409, "version_conflict")
        done = client.post(path, json={"decision": "publish", "version": 1}, headers=headers).json()
        assert (done["status"], done["status_label"], done["version"]) == ("published", "已发布", 2)
        again = client.post(path, json={"decision": "publish", "version": 2}, headers=headers)
        assert (again.status_code, again.json()["code"]) == (409, "wrong_status")
        assert "已发布" in again.json()["detail"]
        merging = {"decision": "merge", "version": 1, "into_id": first}
        merged = client.post(f"/api/v1/reviews/needs/{second}", json=merging, headers=headers)
        assert merged.json()["status"] == "closed"

    def test_campaigns(self, client: TestClient, admin: dict[str, str], pending: Callable[..., int]) -> None:
        given = {"name": "第一批", "starts_on": today().isoformat(), "ends_on": today().isoformat()}
        made = client.post("/api/v1/campaigns", json=given, headers=admin)
        path = made.headers["Location"]
        pending(campaign="第一批", status="published")
        pending(campaign="第一批")
        assert client.get(path).json()["by_district"] == {DISTRICT: {"published": 1}}
        assert client.get(path, headers=admin).json()["needs"] == 2
        renamed = client.put(path, json={**given, "name": "第二批"}, headers=admin)
        assert (renamed.status_code, renamed.json()["code"]) == (409, "wrong_status")
        assert client.post(f"{path}/close", headers=admin).json()["state"] == "over"
        assert client.get("/api/v1/campaigns").json()["total"] == 1
