"""The pages of posting, as a browser without JavaScript uses them."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, select

from matchmaker.database import session_scope
from matchmaker.index_sync import relay_all
from matchmaker.indexes import Indexes
from matchmaker.models.account import Account, Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import NeedStatus, PosterType, PostingChannel
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import Notice, NoticeKind
from matchmaker.models.posting import Campaign, Draft, Revision, RevisionStatus
from matchmaker.validity import usual_end
from matchmaker.visibility import today
from tests.factories import cookie_of, make_account, make_achievement, make_enterprise, make_need

NEED = {
    "title": "玉米秸秆托盘耐水性不足",
    "need_type": "process",
    "problem": "现用热压成型，托盘吸水率超过 20%，冷链运输中变形，退货率约 5%。",
    "goal": "吸水率 ≤ 8 %",
    "budget_min": "30",
    "budget_max": "80",
    "deadline": f"{today() + timedelta(days=200)}",
    "contact_name": "王工",
    "contact_phone": "13900000000",
    "valid_until": f"{today() + timedelta(days=365)}",
    "confidentiality": "public",
}
ACHIEVEMENT = {
    "title": "秸秆纤维耐水模塑成型技术",
    "summary": "以秸秆纤维为主料模压成型。",
    "contact_name": "李老师",
    "contact_email": "li@example.org",
    "confidentiality": "public",
}


@pytest.fixture
def people(database: Engine) -> dict[str, Any]:
    """An enterprise's member, a stranger, an institution's, officials and a broker, each with a cookie."""
    with session_scope(database) as session:
        enterprise = make_enterprise(session, name="澄湖包装示例公司", region_code="990102")
        found = {
            "enterprise": make_account(session, enterprise_id=enterprise.id),
            "stranger": make_account(session),
            "institution": make_account(session, role=Role.INSTITUTION),
            "district": make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="990102"),
            "city": make_account(session, role=Role.CITY_OFFICIAL),
            "broker": make_account(session, role=Role.BROKER),
            "commissioner": make_account(session, role=Role.COMMISSIONER),
        }
        return {name: (account.id, cookie_of(session, account)) for name, account in found.items()}


def become(client: TestClient, person: tuple[int, dict[str, str]]) -> TestClient:
    client.cookies.clear()
    client.cookies.update(person[1])
    return client


def look_anew(session: Session) -> None:
    """See what requests have written since this session last looked."""
    session.rollback()
    session.expire_all()


def posted(client: TestClient, values: dict[str, Any], kind: str = "needs", **submit: str) -> str:
    """Where one gets to who fills in the form, looks at it and submits it."""
    saved = client.post(f"/post/{kind}", data={**values, "step": "check"})
    assert saved.status_code == 303, saved.text
    page = client.get(saved.headers["Location"])
    assert page.status_code == 200, page.text
    sent = client.post(saved.headers["Location"].replace("/check", "/submit"), data=submit)
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"])


def test_an_enterprise_posts_a_need(
    client: TestClient, people: dict[str, Any], session: Session, indexes: Indexes
) -> None:
    become(client, people["enterprise"])
    form = client.get("/post/needs")
    assert form.status_code == 200
    assert "澄湖包装示例公司" in form.text
    assert posted(client, NEED) == "/my/needs"
    need = session.exec(select(TechnologyNeed)).one()
    assert (need.status, need.posting_channel, need.source) == (NeedStatus.PENDING, PostingChannel.SELF, "platform")
    assert (need.budget_min_fen, need.budget_max_fen) == (30_000_000, 80_000_000)
    assert (need.poster_name, need.region_code, need.posted_by_id) == (
        "澄湖包装示例公司",
        "990102",
        people["enterprise"][0],
    )
    assert not session.exec(select(Draft)).all()
    told = session.exec(select(Notice).where(Notice.kind == NoticeKind.TO_REVIEW)).all()
    assert [(one.account_id, one.link) for one in told] == [(people["district"][0], f"/review/needs/{need.id}")]
    assert NEED["title"] not in told[0].title + told[0].body
    page = client.get("/my/needs").text
    assert NEED["title"] in page
    assert "待审核" in page
    assert client.get(f"/needs/{need.id}").status_code == 200
    become(client, people["stranger"])
    assert client.get(f"/needs/{need.id}").status_code == 404
    assert NEED["title"] not in client.get("/my/needs").text


def test_an_institution_publishes_an_achievement(client: TestClient, people: dict[str, Any], session: Session) -> None:
    become(client, people["institution"])
    rows = {
        "indicator_name": ["吸水率", "", ""],
        "indicator_value": ["6", "", ""],
        "indicator_unit": ["%", "", ""],
        "indicator_best_existing": ["15 %", "", ""],
        "indicator_comparison": ["低六成", "", ""],
        "right_type": ["invention_patent", ""],
        "right_number": ["ZL1", ""],
        "right_status": ["granted", ""],
        "right_holder": ["", ""],
        "right_share": ["", ""],
        "price": "120.5",
    }
    assert posted(client, {**ACHIEVEMENT, **rows}, "achievements") == "/my/achievements"
    achievement = session.exec(select(Achievement)).one()
    assert achievement.status == "pending"
    assert achievement.institution_id is not None
    assert achievement.indicators[0].comparison == "低六成"
    assert achievement.intellectual_property[0].number == "ZL1"
    assert achievement.price_fen == 120_500_000
    assert client.get("/post/needs").status_code == 403


def test_what_is_wrong_stands_beside_the_field_and_nothing_is_lost(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    become(client, people["enterprise"])
    wrong = {**NEED, "title": "短", "budget_max": "800000", "deadline": "明年", "contact_phone": "", "step": "check"}
    answer = client.post("/post/needs", data=wrong)
    assert answer.status_code == 422
    for name in ("title", "budget_max", "deadline", "contact_phone"):
        assert f'id="error-{name}"' in answer.text, name
    assert 'role="alert"' in answer.text
    assert "请填 80" in answer.text
    draft = session.exec(select(Draft)).one()
    assert {name: draft.values[name] for name in wrong if name != "step"} == {
        name: value for name, value in wrong.items() if name != "step"
    }
    # The same draft, mended; the amount is confirmed in its own place.
    path = f"/drafts/{draft.id}"
    mended = {**NEED, "budget_max": "800000", "amount_confirmed": "1", "step": "check"}
    assert client.post(path, data=mended).headers["Location"] == f"{path}/check"
    assert client.post(f"{path}/submit").status_code == 303
    look_anew(session)
    assert session.exec(select(TechnologyNeed)).one().budget_max_fen == 800_000_000_000
    assert client.post(f"{path}/submit").status_code == 404


def test_the_script_saves_without_a_page(client: TestClient, people: dict[str, Any], session: Session) -> None:
    become(client, people["enterprise"])
    first = client.post("/post/needs", data={"title": "半"}, headers={"X-Autosave": "1"})
    assert first.status_code == 201
    path = first.headers["Location"]
    again = client.post(path, data={"title": "半句话"}, headers={"X-Autosave": "1"})
    assert (again.status_code, again.text) == (204, "")
    assert session.exec(select(Draft)).one().values == {"title": "半句话"}
    assert "半句话" in client.get(path).text
    assert "半句话" in client.get("/my/needs").text
    assert client.post(f"{path}/delete").headers["Location"] == "/my/needs"
    assert client.get(path).status_code == 404


def showing_of(page: str) -> dict[str, str]:
    """The hidden fields by which a showing of the form is known."""
    return dict(re.findall(r'<input type="hidden" name="(kind|page|seen)" value="([^"]*)"', page))


def test_two_windows_take_nothing_from_each_other(client: TestClient, people: dict[str, Any], session: Session) -> None:
    become(client, people["enterprise"])
    path = client.post("/post/needs", data=NEED).headers["Location"]
    first, second = (showing_of(client.get(path).text) for _ in range(2))
    # One window may save as often as it likes, even when an answer did not reach it.
    for goal in ("吸水率 ≤ 7 %", "吸水率 ≤ 6 %"):
        assert client.post(path, data={**NEED, **first, "goal": goal, "step": "save"}).headers["Location"] == path
    # The other one has not seen that.
    kept = client.post(path, data={**NEED, **second, "problem": "另一窗口写的问题", "step": "check"})
    apart = kept.headers["Location"]
    assert apart.startswith("/drafts/")
    assert apart != path
    assert "在另一个窗口中改动过" in client.get(apart).text
    # By itself likewise; and the window goes on in its own draft.
    saved = client.post(path, data={**NEED, **second, "problem": "又写"}, headers={"X-Autosave": "1"})
    assert saved.status_code == 201
    assert (
        client.post(saved.headers["Location"], data={**NEED, **second}, headers={"X-Autosave": "1"}).status_code == 204
    )
    drafts = {one.id: one.values for one in session.exec(select(Draft))}
    assert len(drafts) == 3
    assert drafts[int(path.rsplit("/", 1)[1])]["goal"] == "吸水率 ≤ 6 %"
    assert drafts[int(apart.rsplit("/", 1)[1])]["problem"] == "另一窗口写的问题"


def test_a_first_save_whose_answer_was_lost_makes_no_second_draft(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    become(client, people["enterprise"])
    showing = showing_of(client.get("/post/needs").text)
    first = client.post("/post/needs", data={**showing, "title": "半"}, headers={"X-Autosave": "1"})
    again = client.post("/post/needs", data={**showing, "title": "半句话", "step": "save"})
    assert again.headers["Location"] == first.headers["Location"]
    assert session.exec(select(Draft)).one().values["title"] == "半句话"


def test_what_is_typed_into_a_draft_that_is_gone_becomes_a_new_one(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    become(client, people["enterprise"])
    path = client.post("/post/needs", data=NEED).headers["Location"]
    showing = showing_of(client.get(path).text)
    assert client.post(f"{path}/submit").status_code == 303
    kept = client.post(path, data={**NEED, **showing, "goal": "仍在写", "step": "save"})
    assert kept.status_code == 303
    assert "仍在写" in client.get(kept.headers["Location"]).text
    assert session.exec(select(Draft)).one().record_id is None


def test_submitting_twice_leads_to_the_list(client: TestClient, people: dict[str, Any], session: Session) -> None:
    become(client, people["enterprise"])
    path = client.post("/post/needs", data=NEED).headers["Location"]
    kind = showing_of(client.get(f"{path}/check").text)
    assert kind == {"kind": "needs"}
    for _ in range(2):
        answer = client.post(f"{path}/submit", data=kind)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/my/needs")
    assert "已提交或已删除" in client.get("/my/needs").text
    assert len(session.exec(select(TechnologyNeed)).all()) == 1


def test_a_mistake_in_the_short_form_unfolds_nothing(client: TestClient, people: dict[str, Any]) -> None:
    become(client, people["enterprise"])
    folded, unfolded = '<details class="more" id="more">', '<details class="more" id="more" open>'
    assert folded in client.post("/post/needs", data={**NEED, "title": "", "step": "check"}).text
    assert unfolded in client.post("/post/needs", data={**NEED, "industry_code": "Z99", "step": "check"}).text


def test_a_draft_is_its_authors_only(client: TestClient, people: dict[str, Any], session: Session) -> None:
    become(client, people["enterprise"])
    path = client.post("/post/needs", data=NEED).headers["Location"]
    with_colleague = session.get(Account, people["enterprise"][0])
    assert with_colleague is not None
    colleague = make_account(session, enterprise_id=with_colleague.enterprise_id)
    cookies = cookie_of(session, colleague)
    session.commit()
    for person in ((colleague.id or 0, cookies), people["stranger"], people["city"]):
        become(client, person)
        for method, address in (
            ("GET", path),
            ("POST", path),
            ("GET", f"{path}/check"),
            ("POST", f"{path}/submit"),
            ("POST", f"{path}/delete"),
            ("GET", f"/preview{path}"),
        ):
            answer = client.request(method, address)
            assert answer.status_code == 404, (method, address)
            assert NEED["title"] not in answer.text
        assert NEED["title"] not in client.get("/my/needs").text


def test_the_coach_answers_while_somebody_types(client: TestClient, people: dict[str, Any], session: Session) -> None:
    become(client, people["enterprise"])
    poor = client.post("/post/needs/coach", data={"title": "求合作"}, headers={"HX-Request": "true"})
    rich = client.post("/post/needs/coach", data=NEED, headers={"HX-Request": "true"})
    score = [int(re.findall(r"<strong class=\"number\">(\d+)</strong>", one.text)[0]) for one in (poor, rich)]
    assert score[0] < score[1]
    assert "<html" not in rich.text
    assert not session.exec(select(Draft)).all()


def test_suggested_elements_are_taken_over_to_be_confirmed(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    become(client, people["enterprise"])
    typed = {
        "title": "托盘",
        "problem": "以玉米秸秆为原料制备托盘，用于冷链包装。",
        "element_product": "我写的",
        "step": "suggest",
    }
    client.post("/post/needs", data=typed)
    values = session.exec(select(Draft)).one().values
    assert (values["element_material"], values["element_application"]) == ("玉米秸秆", "冷链包装")
    assert values["element_product"] == "我写的"


def test_similar_records_and_counterparts_before_submitting(
    client: TestClient, people: dict[str, Any], session: Session, database: Engine, indexes: Indexes
) -> None:
    make_need(session, title="玉米秸秆托盘耐水性不足问题", source_id="seen")
    make_need(session, title="玉米秸秆托盘耐水性不足难题", confidentiality="directed", source_id="hidden")
    make_achievement(session, title="秸秆托盘耐水成型技术")
    session.commit()
    relay_all(database, indexes)
    become(client, people["enterprise"])
    page = client.get(client.post("/post/needs", data={**NEED, "step": "check"}).headers["Location"]).text
    assert "玉米秸秆托盘耐水性不足问题" in page
    assert "名称相近" in page
    assert "玉米秸秆托盘耐水性不足难题" not in page
    assert "秸秆托盘耐水成型技术" in page
    # The same matcher as on the page of the published need: a band, or folded as possibly related.
    assert "匹配度" in page or "供参考：可能相关" in page
    assert "发布后会推荐的科技成果" in page
    assert "暂无统计" in page


def test_the_step_works_with_the_engine_down(client: TestClient, people: dict[str, Any], app: Any) -> None:
    app.state.indexes = None
    become(client, people["enterprise"])
    page = client.get(client.post("/post/needs", data={**NEED, "step": "check"}).headers["Location"])
    assert page.status_code == 200
    assert "检索暂时不可用" in page.text
    assert "提交审核" in page.text


def test_three_circles_see_three_things(client: TestClient, people: dict[str, Any]) -> None:
    become(client, people["enterprise"])
    hidden = {**NEED, "disclosure_problem": "brokers", "disclosure_budget": "parties", "poster_hidden": "1"}
    path = "/preview" + client.post("/post/needs", data=hidden).headers["Location"]
    public, brokers, parties = (
        client.get(path, params={"seen_by": circle}).text for circle in ("public", "brokers", "parties")
    )
    for page in (public, brokers, parties):
        # Not published yet, so there is no such day.
        assert "发布日期" not in page
        assert "13900000000" not in page
        assert "王工" not in page
    assert ("热压成型" in public, "热压成型" in brokers) == (False, True)
    assert ("80 万元" in brokers, "80 万元" in parties) == (False, True)
    assert ("澄湖包装示例公司" in public, "澄湖包装示例公司" in brokers) == (False, True)


def test_a_published_need_is_changed_by_a_reviewed_revision(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    need = make_need(session, enterprise_name="澄湖包装示例公司", **_api(NEED))
    session.commit()
    become(client, people["enterprise"])
    draft = client.post(f"/my/needs/{need.id}/edit").headers["Location"]
    assert client.post(f"/my/needs/{need.id}/edit").headers["Location"] == draft
    changed = {
        **NEED,
        "goal": "吸水率 ≤ 5 %，电话 13911112222",
        "contact_name": "赵工",
        "disclosure_problem": "brokers",
    }
    assert client.post(draft, data={**changed, "step": "check"}).status_code == 303
    assert "审核通过后才生效" in client.get(f"{draft}/check").text
    assert client.post(f"{draft}/submit").status_code == 303
    look_anew(session)
    revision = session.exec(select(Revision)).one()
    assert revision.status is RevisionStatus.PENDING
    assert set(revision.values) == {"goal"}
    assert "13911112222" not in revision.values["goal"]
    stored = session.get_one(TechnologyNeed, need.id)
    # What protects, and whom to call, holds at once; the text waits.
    assert (stored.goal, stored.contact_name, stored.status) == (NEED["goal"], "赵工", NeedStatus.PUBLISHED)
    assert "13911112222" in stored.contact_phone
    assert stored.disclosure == {"problem": "brokers"}
    assert revision.base_version == stored.version
    told = session.exec(select(Notice).where(Notice.link == f"/review/revisions/{revision.id}")).all()
    assert [one.account_id for one in told] == [people["district"][0]]
    page = client.get("/my/needs").text
    assert "修改待审核" in page
    # Opening up again waits for a review.
    draft = client.post(f"/my/needs/{need.id}/edit").headers["Location"]
    assert "≤ 5 %" in client.get(draft).text
    client.post(draft, data={**changed, "disclosure_problem": "public"})
    assert client.post(f"{draft}/submit").status_code == 303
    look_anew(session)
    assert session.get_one(TechnologyNeed, need.id).disclosure == {"problem": "brokers"}
    waiting = session.exec(select(Revision).where(Revision.status == RevisionStatus.PENDING)).one()
    assert waiting.values["disclosure"] == {}
    assert client.post(f"/my/revisions/{waiting.id}/withdraw").status_code == 303
    assert "修改待审核" not in client.get("/my/needs").text


def test_a_returned_need_is_changed_and_waits_again(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    need = make_need(session, enterprise_name="澄湖包装示例公司", status="returned", **_api(NEED))
    need.review_note = "请补充指标"
    session.commit()
    become(client, people["enterprise"])
    assert "请补充指标" in client.get("/my/needs").text
    draft = client.post(f"/my/needs/{need.id}/edit").headers["Location"]
    client.post(draft, data={**NEED, "goal": "吸水率 ≤ 6 %"})
    assert client.post(f"{draft}/submit").status_code == 303
    look_anew(session)
    stored = session.get_one(TechnologyNeed, need.id)
    assert (stored.status, stored.goal, stored.version) == (NeedStatus.PENDING, "吸水率 ≤ 6 %", 2)
    assert not session.exec(select(Revision)).all()


def test_a_record_that_changed_meanwhile_is_not_written_over(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    need = make_need(session, enterprise_name="澄湖包装示例公司", status="pending", **_api(NEED))
    session.commit()
    become(client, people["enterprise"])
    draft = client.post(f"/my/needs/{need.id}/edit").headers["Location"]
    need.goal, need.version = "别人改的", need.version + 1
    session.commit()
    answer = client.post(f"{draft}/submit")
    assert answer.status_code == 409
    assert "仍在草稿里" in answer.text
    look_anew(session)
    assert session.get_one(TechnologyNeed, need.id).goal == "别人改的"
    assert client.get(draft).status_code == 200
    # Changed again from the list, it is the new version that is changed; what was written before stays to copy from.
    anew = client.post(f"/my/needs/{need.id}/edit").headers["Location"]
    assert anew != draft
    assert "别人改的" in client.get(anew).text
    assert client.post(anew, data={**NEED, "goal": "对照后再改"}).status_code == 303
    assert client.post(f"{anew}/submit").status_code == 303
    look_anew(session)
    assert session.get_one(TechnologyNeed, need.id).goal == "对照后再改"
    assert client.get(draft).status_code == 200


def test_days_that_have_passed_are_asked_for_again(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    become(client, people["enterprise"])
    past = f"{today() - timedelta(days=1)}"
    late = client.post("/post/needs", data={**NEED, "deadline": past, "valid_until": past, "step": "check"})
    assert late.status_code == 422
    assert "期望完成日期已过" in late.text
    assert "有效期应在今天之后" in late.text
    far = client.post("/post/needs", data={**NEED, "valid_until": "2999-01-01", "step": "check"})
    assert far.status_code == 422


def test_an_expired_need_is_submitted_again_to_be_valid_again(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    past = today() - timedelta(days=30)
    values = {**_api(NEED), "valid_until": past, "deadline": past}
    need = make_need(session, enterprise_name="澄湖包装示例公司", status="expired", **values)
    session.commit()
    become(client, people["enterprise"])
    draft = client.post(f"/my/needs/{need.id}/edit").headers["Location"]
    typed = session.get_one(Draft, int(draft.rsplit("/", 1)[1])).values
    session.rollback()
    # The day it is wished for has passed as well; that need not be changed for a change of something else.
    assert client.post(draft, data={**typed, "step": "check"}).status_code == 303
    assert client.post(f"{draft}/submit").status_code == 303
    look_anew(session)
    stored = session.get_one(TechnologyNeed, need.id)
    assert (stored.status, stored.valid_until) == (NeedStatus.PENDING, usual_end(TechnologyNeed))


def test_a_form_begins_valid_for_as_long_as_usual(client: TestClient, people: dict[str, Any]) -> None:
    for person, kind, table in (("enterprise", "needs", TechnologyNeed), ("institution", "achievements", Achievement)):
        become(client, people[person])
        assert f'name="valid_until" type="date" value="{usual_end(table)}"' in client.get(f"/post/{kind}").text


def test_copy_and_withdraw(client: TestClient, people: dict[str, Any], session: Session) -> None:
    need = make_need(session, enterprise_name="澄湖包装示例公司", **_api(NEED))
    session.commit()
    become(client, people["enterprise"])
    copied = client.post(f"/my/needs/{need.id}/copy").headers["Location"]
    assert session.get_one(Draft, int(copied.rsplit("/", 1)[1])).record_id is None
    path = f"/my/needs/{need.id}/withdraw"
    assert client.get(path).status_code == 200
    assert client.post(path, data={"reason": " "}).status_code == 422
    assert client.post(path, data={"reason": "已自行解决"}).status_code == 303
    look_anew(session)
    assert session.get_one(TechnologyNeed, need.id).status is NeedStatus.WITHDRAWN
    assert "修改后重新提交" in client.get("/my/needs").text
    become(client, people["stranger"])
    for action in ("edit", "copy", "withdraw"):
        assert client.post(f"/my/needs/{need.id}/{action}", data={"reason": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("person", "channel"),
    [
        ("commissioner", PostingChannel.COMMISSIONER),
        ("broker", PostingChannel.BROKER),
        ("district", PostingChannel.COLLECTED),
    ],
)
def test_others_post_for_an_enterprise(
    client: TestClient, people: dict[str, Any], session: Session, person: str, channel: PostingChannel
) -> None:
    become(client, people[person])
    unnamed = client.post("/post/needs", data={**NEED, "step": "check"}).headers["Location"]
    refused = client.post(unnamed.replace("/check", "/submit"))
    assert refused.status_code == 422
    assert "没有写明是哪家企业" in refused.text
    assert posted(client, {**NEED, "enterprise": "澄湖包装示例公司"}) == "/my/needs"
    need = session.exec(select(TechnologyNeed)).one()
    assert (need.posting_channel, need.poster_name) == (channel, "澄湖包装示例公司")
    told = session.exec(select(Notice).where(Notice.account_id == people["enterprise"][0])).all()
    assert [one.kind for one in told] == [NoticeKind.REVIEW]
    become(client, people["enterprise"])
    assert NEED["title"] in client.get("/my/needs").text


def test_officials_post_for_a_department_and_only_in_their_district(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    become(client, people["district"])
    posted(client, {**NEED, "poster_type": "government", "poster_name": "澄东区水务局"})
    need = session.exec(select(TechnologyNeed)).one()
    assert (need.poster_type, need.poster_name, need.enterprise_id) == (PosterType.GOVERNMENT, "澄东区水务局", None)
    assert need.region_code == "990102"
    path = client.post("/post/needs", data={**NEED, "enterprise": "外区企业", "region_code": "990103"}).headers[
        "Location"
    ]
    assert client.post(f"{path}/submit").status_code == 403
    assert client.get(path).status_code == 200


def test_publishing_without_review_is_for_those_who_may(
    client: TestClient, people: dict[str, Any], session: Session
) -> None:
    become(client, people["enterprise"])
    path = client.post("/post/needs", data=NEED).headers["Location"]
    assert "不经审核直接发布" not in client.get(f"{path}/check").text
    assert client.post(f"{path}/submit", data={"publish": "1"}).status_code == 403
    assert not session.exec(select(TechnologyNeed)).all()
    become(client, people["city"])
    posted(client, {**NEED, "enterprise": "澄湖包装示例公司"}, publish="1")
    look_anew(session)
    need = session.exec(select(TechnologyNeed)).one()
    assert (need.status, need.published_at is not None) == (NeedStatus.PUBLISHED, True)


def test_published_and_registered_are_different_facts(client: TestClient, people: dict[str, Any]) -> None:
    become(client, people["institution"])
    assert "不等于成果登记" in client.get("/post/achievements").text
    wrong = client.post("/post/achievements", data={**ACHIEVEMENT, "registered_number": "12345", "step": "check"})
    assert wrong.status_code == 422
    assert 'id="error-registered_number"' in wrong.text


def test_a_need_is_posted_to_a_campaign_that_runs(client: TestClient, people: dict[str, Any], session: Session) -> None:
    day = today()
    session.add_all(
        [
            Campaign(name="秋季征集", starts_on=day, ends_on=day),
            Campaign(name="去年征集", starts_on=day - timedelta(days=400), ends_on=day - timedelta(days=300)),
        ]
    )
    session.commit()
    become(client, people["enterprise"])
    assert '<option value="秋季征集" selected>' in client.get("/post/needs", params={"campaign": "秋季征集"}).text
    assert "去年征集" not in client.get("/post/needs", params={"campaign": "去年征集"}).text
    posted(client, {**NEED, "campaign": "秋季征集"})
    assert session.exec(select(TechnologyNeed)).one().campaign == "秋季征集"
    late = client.post("/post/needs", data={**NEED, "campaign": "去年征集"}).headers["Location"]
    refused = client.post(f"{late}/submit")
    assert refused.status_code == 422
    assert "不在征集期内" in refused.text


def test_typed_html_is_text(client: TestClient, people: dict[str, Any]) -> None:
    become(client, people["enterprise"])
    path = client.post("/post/needs", data={**NEED, "title": "<script>alert(1)</script>"}).headers["Location"]
    for address in (path, f"{path}/check", f"/preview{path}", "/my/needs"):
        assert "<script>alert" not in client.get(address).text


def _api(typed: dict[str, str]) -> dict[str, Any]:
    """The form's values as a Create shape takes them."""
    amounts = {"budget_min_fen": 30_000_000, "budget_max_fen": 80_000_000}
    return {name: value for name, value in typed.items() if not name.startswith("budget")} | amounts
