"""The pages and the API of matches that are carried: one match walked from recommendation to follow-up."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from openpyxl import load_workbook
from sqlmodel import Session, col, select

from matchmaker.brokerage import accept, decline, introduce
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models.audit import AuditAction, AuditEvent
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.labels import Confidentiality
from matchmaker.models.match import (
    DeclineReason,
    Explanation,
    Match,
    MatchStatus,
    RequirementVerdict,
    Side,
    Verdict,
)
from matchmaker.models.notice import NoticeKind
from matchmaker.notices import NoticeText, notify
from matchmaker.visibility import today
from tests.factories import cookie_of, key_of
from tests.matchmaker.brokerage.world import ACHIEVEMENT_PHONE, NEED_PHONE, People, make_people, told

V1 = "/api/v1/carried"


@pytest.fixture
def people(session: Session) -> People:
    found = make_people(session)
    session.commit()
    return found


@pytest.fixture
def browsers(app: FastAPI, people: People) -> Iterator[dict[str, TestClient]]:
    """A browser for each person."""
    opened = {}
    for name, account in people.accounts.items():
        cookies = cookie_of(people.session, account)
        opened[name] = TestClient(app, follow_redirects=False, cookies=cookies)
    people.session.commit()
    yield opened
    for one in opened.values():
        one.close()


def begun(people: People) -> Match:
    match = people.match()
    introduce(people.session, match, by=people.actor("broker"))
    people.session.commit()
    return match


def agreed(people: People) -> Match:
    match = begun(people)
    accept(people.session, match, Side.NEED, by=people.actor("enterprise"))
    accept(people.session, match, Side.ACHIEVEMENT, by=people.actor("institution"))
    people.session.commit()
    return match


def current(people: People, match: Match) -> Match:
    people.session.expire_all()
    found = people.session.get(Match, match.id)
    assert found is not None
    people.session.rollback()
    return found


def take(browser: TestClient, match: Match, step: str, **fields: str) -> int:
    data = {"version": f"{match.version}", **{f"{step}-{name}": value for name, value in fields.items()}}
    answer = browser.post(f"/carried/{match.id}/steps/{step}", data=data)
    if answer.status_code == 303:
        match.version += 1
    return answer.status_code


def test_a_match_is_walked_from_button_to_follow_up(people: People, browsers: dict[str, TestClient]) -> None:
    answer = browsers["broker"].post(f"/take-up/{people.need.id}/{people.achievement.id}")
    assert answer.status_code == 303
    path = answer.headers["Location"]
    match = people.session.exec(select(Match)).one()
    people.session.expunge(match)
    people.session.rollback()
    assert path == f"/carried/{match.id}"
    assert browsers["enterprise"].get(path).status_code == 404
    assert take(browsers["broker"], match, "introduce", note="双方指标吻合") == 303
    page = browsers["enterprise"].get(path).text
    assert "双方指标吻合" in page
    assert "同意对接" in page
    assert NEED_PHONE not in page
    assert ACHIEVEMENT_PHONE not in page
    assert take(browsers["enterprise"], match, "accept", side="need") == 303
    assert take(browsers["institution"], match, "accept", side="achievement") == 303
    assert take(browsers["institution"], match, "request_nda") == 303
    assert "待签保密协议" in browsers["broker"].get("/carried").text
    assert take(browsers["enterprise"], match, "sign_nda", side="need") == 303
    assert take(browsers["institution"], match, "sign_nda", side="achievement") == 303
    assert take(browsers["broker"], match, "negotiate", note="已约时间") == 303
    assert take(browsers["broker"], match, "plan", text="现场考察", on=f"{today()}") == 303
    assert take(browsers["broker"], match, "record_intent") == 303
    assert take(browsers["broker"], match, "sign", on=f"{today()}") == 303
    assert take(browsers["broker"], match, "follow_up", days="30", text="履行正常") == 303
    assert take(browsers["broker"], match, "register", note="已登记") == 303
    page = browsers["broker"].get(path).text
    for words in ("现场考察", "签约日期", "履行正常", "已登记"):
        assert words in page
    assert "履行正常" not in browsers["enterprise"].get(path).text
    assert current(people, match).status is MatchStatus.REGISTERED


def test_what_is_wrong_stands_beside_its_field(people: People, browsers: dict[str, TestClient]) -> None:
    match = begun(people)
    path = f"/carried/{match.id}/steps/decline"
    data = {"version": f"{match.version}", "decline-side": "need", "decline-note": "我们写了原因"}
    answer = browsers["enterprise"].post(path, data=data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'id="error-decline-reason"' in answer.text
    assert "我们写了原因" in answer.text
    wrong = browsers["enterprise"].post(path, data={**data, "decline-reason": "no_such_reason"})
    assert wrong.status_code == 422
    stale = browsers["enterprise"].post(path, data={**data, "version": "1"})
    assert (stale.status_code, "已有新进展" in stale.text) == (409, True)
    assert current(people, match).status is MatchStatus.INTRODUCED
    data["decline-reason"] = "too_expensive"
    assert browsers["enterprise"].post(path, data=data, headers={"HX-Request": "true"}).status_code == 204
    theirs = browsers["institution"].get(f"/carried/{match.id}").text
    assert "合作条件" in theirs
    assert "我们写了原因" not in theirs
    assert "成本或报价" not in theirs


def test_contacts_are_shown_on_request_and_recorded(people: People, browsers: dict[str, TestClient]) -> None:
    match = begun(people)
    path = f"/carried/{match.id}/contacts"
    assert browsers["enterprise"].post(path).status_code == 409
    people.session.rollback()
    agreed_match = people.session.get(Match, match.id)
    assert agreed_match is not None
    accept(people.session, agreed_match, Side.NEED, by=people.actor("enterprise"))
    accept(people.session, agreed_match, Side.ACHIEVEMENT, by=people.actor("institution"))
    people.session.commit()
    assert ACHIEVEMENT_PHONE not in browsers["enterprise"].get(f"/carried/{match.id}").text
    answer = browsers["enterprise"].post(path)
    assert answer.status_code == 200
    assert ACHIEVEMENT_PHONE in answer.text
    assert NEED_PHONE not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    both = browsers["broker"].post(path).text
    assert NEED_PHONE in both
    assert ACHIEVEMENT_PHONE in both
    assert browsers["brokerage"].post(path).status_code == 403
    assert browsers["other_broker"].post(path).status_code == 404
    people.session.rollback()
    looks = people.session.exec(select(AuditEvent).where(col(AuditEvent.action) == AuditAction.READ_CONTACT)).all()
    assert [one.account_id for one in looks].count(people.account_id("broker")) == 2


def test_messages_on_the_page(people: People, browsers: dict[str, TestClient]) -> None:
    match = begun(people)
    path = f"/carried/{match.id}"
    assert browsers["enterprise"].post(f"{path}/messages", data={"message": ""}).status_code == 422
    answer = browsers["enterprise"].post(f"{path}/messages", data={"message": "请打 13812345678"})
    assert answer.headers["Location"] == f"{path}#messages"
    assert "已略去" in browsers["enterprise"].get(path).text
    theirs = browsers["institution"].get(path).text
    assert "请打" in theirs
    assert "13812345678" not in theirs
    assert browsers["other_enterprise"].post(f"{path}/messages", data={"message": "你好"}).status_code == 404


def test_the_list_is_filtered_and_exported_without_contacts(people: People, browsers: dict[str, TestClient]) -> None:
    match = agreed(people)
    # Early in the morning in the city, still the day before in Greenwich.
    match.filed_at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    people.session.add(match)
    people.session.commit()
    listed = browsers["broker"].get("/carried").text
    assert people.need.title in listed
    assert people.need.title in browsers["broker"].get("/carried?status=accepted&page=x").text
    assert people.need.title not in browsers["broker"].get("/carried?status=signed").text
    assert people.need.title not in browsers["other_broker"].get("/carried").text
    for query in ("due=overdue", "due=soon", "waiting=my_answer", "waiting=broker", "page=2"):
        assert people.need.title not in browsers["enterprise"].get(f"/carried?{query}").text
    answer = browsers["broker"].post("/carried/export", data={"status": "accepted"})
    cells = [cell.value for row in load_workbook(BytesIO(answer.content)).active for cell in row]  # type: ignore[union-attr]
    assert people.need.title in cells
    assert "2026-03-02" in cells
    assert NEED_PHONE not in f"{cells}"
    people.session.rollback()
    exports = people.session.exec(select(AuditEvent).where(col(AuditEvent.action) == AuditAction.EXPORTED)).all()
    assert [one.reason for one in exports] == ["对接 1 项"]


def test_who_opens_a_match_has_read_what_she_was_told_of_it(people: People, browsers: dict[str, TestClient]) -> None:
    match = begun(people)
    elsewhere = NoticeText(NoticeKind.MATCH, "elsewhere", "另一项对接", link=f"/carried/{match.id}0")
    notify(people.session, [people.account_id("enterprise")], elsewhere)
    people.session.commit()
    assert browsers["enterprise"].get(f"/carried/{match.id}").status_code == 200
    people.session.expire_all()
    assert {one.link: one.read_at is not None for one in told(people, "enterprise")} == {
        f"/carried/{match.id}": True,
        elsewhere.link: False,
    }
    assert [one.read_at for one in told(people, "institution")] == [None]


def test_a_recommendation_offers_what_its_reader_may_do(
    people: People, browsers: dict[str, TestClient], client: TestClient, indexes: Indexes
) -> None:
    database = people.session.get_bind()
    relay_all(database, indexes)  # type: ignore[arg-type]
    page, button = f"/needs/{people.need.id}", f'action="/take-up/{people.need.id}/{people.achievement.id}"'
    assert "match" in client.get(page).text
    assert "/take-up/" not in client.get(page).text
    for name, words in (("broker", "承办对接"), ("enterprise", "希望对接"), ("district", "提出配对")):
        shown = browsers[name].get(page).text
        assert button in shown, name
        assert words in shown
    for name in ("other_enterprise", "uncertified", "other_district"):
        assert button not in browsers[name].get(page).text
    assert browsers["enterprise"].post(f"/take-up/{people.need.id}/{people.achievement.id}").status_code == 303
    assert "查看对接" in browsers["enterprise"].get(page).text
    assert browsers["broker"].post(f"/take-up/{people.need.id}/{people.achievement.id}").status_code == 303
    assert "已有经纪人承办" in browsers["other_broker"].get(page).text
    assert browsers["other_broker"].post(f"/take-up/{people.need.id}/{people.achievement.id}").status_code == 409


def test_a_recommendation_that_was_declined_says_so(
    people: People, browsers: dict[str, TestClient], client: TestClient, indexes: Indexes
) -> None:
    relay_all(people.session.get_bind(), indexes)  # type: ignore[arg-type]
    match = begun(people)
    decline(
        people.session, match, Side.ACHIEVEMENT, by=people.actor("institution"), reason=DeclineReason.BUDGET_TOO_LOW
    )
    people.session.commit()
    page = f"/needs/{people.need.id}"
    for name in ("other_broker", "broker", "enterprise"):
        shown = browsers[name].get(page).text
        assert '<span class="tag">已谢绝</span>' in shown, name
        assert "/take-up/" not in shown
        assert ("查看对接" in shown) == (name != "other_broker")
    for one in (client, browsers["other_enterprise"]):
        assert "已谢绝" not in one.get(page).text


def test_confidential_text_read_by_the_other_side_is_recorded(people: People, browsers: dict[str, TestClient]) -> None:
    people.need.disclosure = {"problem": Disclosure.PARTIES}
    people.need.problem = "只给对方看的难题"
    people.session.commit()
    match = begun(people)
    path = f"/carried/{match.id}"
    assert "只给对方看的难题" not in browsers["institution"].get(path).text
    assert "只给对方看的难题" not in browsers["broker"].get(path).text
    people.session.rollback()
    agreed_match = people.session.get(Match, match.id)
    assert agreed_match is not None
    accept(people.session, agreed_match, Side.NEED, by=people.actor("enterprise"))
    accept(people.session, agreed_match, Side.ACHIEVEMENT, by=people.actor("institution"))
    people.session.commit()
    assert "只给对方看的难题" in browsers["institution"].get(path).text
    people.session.rollback()
    reads = people.session.exec(select(AuditEvent).where(col(AuditEvent.action) == AuditAction.READ_CONFIDENTIAL)).all()
    assert [one.account_id for one in reads] == [people.account_id("institution")]


def test_the_api_carries_a_match(client: TestClient, people: People) -> None:
    keys = {name: key_of(people.session, account) for name, account in people.accounts.items()}
    people.session.commit()
    pair = {"need_id": people.need.id, "achievement_id": people.achievement.id}
    wished = client.post(V1, json={**pair, "note": "希望尽快"}, headers=keys["enterprise"])
    assert wished.status_code == 201
    path = wished.headers["Location"]
    taken = client.post(V1, json=pair, headers=keys["broker"]).json()
    assert client.post(V1, json=pair, headers=keys["other_broker"]).status_code == 409
    assert {"step": "introduce", "label": "向双方引荐", "sides": []} in taken["steps"]
    version = taken["version"]
    assert client.post(f"{path}/introduce", json={"version": 1}, headers=keys["broker"]).status_code == 409
    version = client.post(f"{path}/introduce", json={"version": version}, headers=keys["broker"]).json()["version"]
    assert client.get(f"{path}/contacts/need", headers=keys["institution"]).json()["code"] == "contact_not_open"
    for name in ("enterprise", "institution"):
        answer = client.post(f"{path}/accept", json={"version": version}, headers=keys[name])
        version = answer.json()["version"]
    assert client.get(f"{path}/contacts/need", headers=keys["institution"]).json()["phone"] == NEED_PHONE
    assert client.post(f"{path}/messages", json={"text": "您好"}, headers=keys["enterprise"]).status_code == 201
    shown = client.get(path, headers=keys["district"]).json()
    assert [one["text"] for one in shown["messages"]] == ["您好"]
    assert NEED_PHONE not in f"{shown}"
    listed = client.get(V1, headers=keys["institution"]).json()
    assert [one["id"] for one in listed["items"]] == [shown["id"]]
    assert client.get(path, headers=keys["other_enterprise"]).status_code == 404
    assert client.post(f"{path}/sign", json={"version": version}, headers=keys["broker"]).status_code == 422


def test_a_question_begins_a_match_and_is_answered_in_its_thread(
    people: People, browsers: dict[str, TestClient]
) -> None:
    question = "需求方要求“连续运行”，贵方成果是否满足？电话 13812345678"
    path = f"/take-up/{people.need.id}/{people.achievement.id}"
    there = browsers["enterprise"].post(path, data={"question": question}).headers["Location"]
    page = browsers["enterprise"].get(there).text
    assert "贵方成果是否满足" in page
    # Contacts stay out of questions as they stay out of all messages.
    assert "13812345678" not in page


def test_the_broker_asks_with_one_click_what_is_unknown(people: People, browsers: dict[str, TestClient]) -> None:
    match = begun(people)
    asked = RequirementVerdict(
        kind="must_have",
        requirement="连续运行",
        field="must_have",
        is_hard=True,
        verdict=Verdict.UNKNOWN,
        question="需求方要求“连续运行”，贵方成果是否满足？",
    )
    stored = people.session.get_one(Match, match.id)
    stored.explanation = Explanation(sentence="两边都涉及脱盐。", verdicts=[asked], reasons=[], words=[])
    people.session.commit()
    page = browsers["broker"].get(f"/carried/{match.id}").text
    assert "两边都涉及脱盐。" in page
    assert "1 项对方未说明" in page
    assert f'name="message" value="{asked.question}"' in page
    sent = browsers["broker"].post(f"/carried/{match.id}/messages", data={"message": asked.question})
    assert sent.status_code == 303
    other = browsers["institution"].get(f"/carried/{match.id}").text
    assert "1 项我方未说明" in other
    assert asked.question in other
    # Whoever could answer is not offered to ask herself.
    assert f'name="message" value="{asked.question}"' not in other


def asked_match(people: People) -> Match:
    """A match with one requirement that the achievement does not speak of."""
    match = begun(people)
    asked = RequirementVerdict(
        kind="must_have",
        requirement="须通过儿童家具认证",
        field="must_have",
        is_hard=True,
        verdict=Verdict.UNKNOWN,
        question="需求方要求“须通过儿童家具认证”，贵方成果是否满足？",
    )
    people.need.must_have = ["须通过儿童家具认证"]
    match.explanation = Explanation(reasons=[], words=[], verdicts=[asked])
    people.session.commit()
    return match


def test_a_question_is_answered_on_the_page(people: People, browsers: dict[str, TestClient]) -> None:
    match = asked_match(people)
    path = f"/carried/{match.id}"
    browser = browsers["institution"]
    assert f'action="{path}/answers"' in browser.get(path).text
    assert f'action="{path}/answers"' not in browsers["enterprise"].get(path).text
    typed = {"requirement": "须通过儿童家具认证", "answer": "长" * 301, "keep": "on"}
    refused = browser.post(f"{path}/answers", data=typed)
    assert refused.status_code == 422
    assert "答复须为 1 至 300 字" in refused.text
    assert "长" * 301 in refused.text
    done = browser.post(f"{path}/answers", data={**typed, "answer": "满足，有证书"})
    assert done.headers["Location"].startswith(path)
    assert "等待审核" in browser.get(done.headers["Location"]).text
    page = browsers["enterprise"].get(path).text
    assert "关于“须通过儿童家具认证”：满足，有证书" in page
    assert "须通过儿童家具认证" in page.split('id="why"')[1].split("judged-met")[1]


def test_a_program_answers_a_question(app: FastAPI, people: People) -> None:
    match = asked_match(people)
    with TestClient(app) as program:
        headers = key_of(people.session, people.accounts["institution"])
        people.session.commit()
        sent = {"requirement": "须通过儿童家具认证", "answer": "没有做过"}
        found = program.post(f"{V1}/{match.id}/answers", json=sent, headers=headers)
        assert found.status_code == 201
        assert found.json()["verdict"]["verdict"] == "unmet"
        assert found.json()["revision_id"]
        again = program.post(f"{V1}/{match.id}/answers", json=sent, headers=headers)
        assert again.status_code == 422


@pytest.mark.parametrize("kept", ["directed", "broker_only"])
def test_what_was_broken_off_shows_nothing_of_a_closed_record(
    app: FastAPI, people: People, browsers: dict[str, TestClient], kept: str
) -> None:
    match = asked_match(people)
    people.achievement.confidentiality = Confidentiality(kept)
    people.session.commit()
    path, title = f"/carried/{match.id}", people.achievement.title
    for name in ("enterprise", "broker", "brokerage", "district"):
        assert title in browsers[name].get(path).text
    decline(people.session, match, Side.NEED, by=people.actor("enterprise"), reason=DeclineReason.NEED_CHANGED)
    people.achievement.title, people.achievement.summary = "后来改过的名称", "后来写的简介"
    people.session.commit()
    closed = ("enterprise", "brokerage", "district") if kept == "directed" else ("enterprise", "district")
    for name in closed:
        for address in (path, "/carried"):
            page = browsers[name].get(address).text
            assert "未公开的成果" in page
            for words in (
                title,
                "后来改过的名称",
                "后来写的简介",
                "须通过儿童家具认证" if address == "/carried" else title,
            ):
                assert words not in page
        headers = key_of(people.session, people.accounts[name])
        people.session.commit()
        with TestClient(app) as program:
            for address in (f"{V1}/{match.id}", V1):
                answer = program.get(address, headers=headers).text
                assert "未公开的成果" in answer
                assert "后来" not in answer
    # Its owner and whoever carried it still read it.
    assert "后来改过的名称" in browsers["institution"].get(path).text
    assert "后来改过的名称" in browsers["broker"].get(path).text
