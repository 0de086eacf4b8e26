"""The domain of posting: who may, what is forced, what takes effect at once, and how long it takes."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker.database import session_scope
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, RecordAlreadyExists, RecordLocked
from matchmaker.models.account import Role
from matchmaker.models.audit import AuditEvent
from matchmaker.models.base import now
from matchmaker.models.disclosure import Disclosure
from matchmaker.models.labels import Confidentiality, NeedStatus
from matchmaker.models.match import Band, Explanation, Match, MatchStatus
from matchmaker.models.need import NeedCreate, NeedUpdate, TechnologyNeed
from matchmaker.models.notice import Notice
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Draft, Revision, RevisionStatus
from matchmaker.posting.drafts import MOST_DRAFTS, new_draft, own_draft
from matchmaker.posting.own import own_records, waiting_time
from matchmaker.posting.posters import UnnamedPoster
from matchmaker.posting.protection import at_once, stricter
from matchmaker.posting.revising import change_by_program, change_waiting, revise_published, withdraw, withdraw_revision
from matchmaker.posting.similar import surroundings
from matchmaker.posting.submitting import post_by_program, submit_draft
from matchmaker.rights import Actor
from tests.factories import actor_for, key_of, make_account, make_achievement, make_need

COMPLETE = [("title", "托盘耐水性不足"), ("problem", "吸水变形"), ("contact_name", "王工"), ("contact_phone", "0000")]
V1 = "/api/v1"


@pytest.fixture
def member(session: Session) -> Actor:
    """An enterprise's member."""
    return actor_for(session, make_account(session))


def need_of(session: Session, by: Actor, **values: object) -> TechnologyNeed:
    need = make_need(session, **values)
    need.enterprise_id = by.enterprise_id
    session.flush()
    return need


def test_a_draft_is_submitted_once(database: Engine) -> None:
    with session_scope(database) as session:
        by = actor_for(session, make_account(session))
        draft_id = new_draft(session, RecordKind.NEEDS, COMPLETE, by=by).id or 0
    with session_scope(database) as first:
        seen = own_draft(first, draft_id, by=by)
        first.expunge(seen)
        submit_draft(first, own_draft(first, draft_id, by=by), by=by)
    # A second request that had read the draft before the first one was done.
    with session_scope(database) as second:
        second.add(seen)
        with pytest.raises(NotFound, match="可能已经提交"):
            submit_draft(second, seen, by=by)
    with Session(database) as session:
        assert len(session.exec(select(TechnologyNeed)).all()) == 1


def test_drafts_have_a_limit(session: Session, member: Actor) -> None:
    session.add_all(Draft(account_id=member.account_id or 0, kind=RecordKind.NEEDS) for _ in range(MOST_DRAFTS))
    session.flush()
    with pytest.raises(MalformedRequest, match="草稿已有"):
        new_draft(session, RecordKind.NEEDS, COMPLETE, by=member)


def test_an_account_without_organisation_posts_nothing(session: Session) -> None:
    by = actor_for(session, make_account(session, enterprise_id=None))
    with pytest.raises(NotAllowed, match="没有所属单位"):
        submit_draft(session, new_draft(session, RecordKind.NEEDS, COMPLETE, by=by), by=by)


def test_a_program_posts_in_its_own_name_only(session: Session, member: Actor) -> None:
    foreign = make_need(session, source="platform", source_id="42", title="别人的需求")
    create = NeedCreate(
        source="platform",
        source_id="42",
        title="低温脱氮工艺",
        problem="冬季效率低",
        status=NeedStatus.PUBLISHED,
        enterprise_name="别的企业",
        poster_name="别的企业",
        posting_channel=None,
    )
    need = post_by_program(session, create, by=member)
    assert isinstance(need, TechnologyNeed)
    assert (need.enterprise_id, need.status) == (member.enterprise_id, NeedStatus.PENDING)
    assert need.poster_name != "别的企业"
    assert foreign.title == "别人的需求"
    with pytest.raises(RecordAlreadyExists):
        post_by_program(session, create, by=member)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"poster_name": "别的企业"}, NotAllowed),
        ({"poster_type": "government"}, NotAllowed),
        ({"posting_channel": "collected"}, NotAllowed),
        ({"campaign": "没有这个批次"}, MalformedRequest),
    ],
)
@pytest.mark.parametrize("status", ["pending", "published"])
def test_no_change_speaks_in_anothers_name(
    session: Session, member: Actor, change: dict[str, str], error: type[Exception], status: str
) -> None:
    need = need_of(session, member, status=status)
    verb = revise_published if status == "published" else change_waiting
    with pytest.raises(error):
        verb(session, need, NeedUpdate.model_validate({"version": need.version, **change}), by=member)


def test_an_official_moves_no_need_into_another_district(session: Session) -> None:
    account = make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="990102")
    need = make_need(session, status="pending", region_code="990102")
    need.posted_by_id = account.id
    session.flush()
    with pytest.raises(NotAllowed):
        change_waiting(session, need, NeedUpdate(version=1, region_code="990103"), by=actor_for(session, account))


def test_a_broker_names_the_enterprise(session: Session) -> None:
    by = actor_for(session, make_account(session, role=Role.BROKER))
    create = NeedCreate(title="低温脱氮工艺", problem="冬季效率低")
    with pytest.raises(UnnamedPoster):
        post_by_program(session, create, by=by)


def test_stricter_protects_and_looser_waits() -> None:
    need = TechnologyNeed(
        source="t",
        source_id="1",
        title="x",
        confidentiality=Confidentiality.SUMMARY,
        disclosure={"goal": Disclosure.PARTIES, "problem": Disclosure.BROKERS},
    )
    changed = {
        "confidentiality": Confidentiality.DIRECTED,
        "disclosure": {"problem": Disclosure.PARTIES},
        "poster_hidden": True,
        "contact_name": "新联系人",
        "title": "y",
    }
    found = at_once(need, changed)
    assert found.keys() == {"confidentiality", "disclosure", "poster_hidden", "contact_name"}
    assert found["disclosure"] == {"goal": Disclosure.PARTIES, "problem": Disclosure.PARTIES}
    assert at_once(need, {"confidentiality": Confidentiality.PUBLIC, "disclosure": {}, "poster_hidden": False}) == {}
    assert stricter({}, {"goal": Disclosure.PUBLIC}) == {}


def test_only_protection_needs_no_review(session: Session, member: Actor) -> None:
    need = need_of(session, member)
    revised = revise_published(
        session, need, NeedUpdate(version=1, confidentiality=Confidentiality.BROKER_ONLY), by=member
    )
    assert (revised.revision, revised.took_effect) == (None, ("confidentiality",))
    assert need.confidentiality is Confidentiality.BROKER_ONLY
    with pytest.raises(MalformedRequest, match="相同"):
        revise_published(session, need, NeedUpdate(version=need.version, title=need.title), by=member)


def test_a_later_change_replaces_the_one_that_waits(session: Session, member: Actor) -> None:
    need = need_of(session, member)
    first = revise_published(session, need, NeedUpdate(version=1, goal="吸水率 ≤ 8 %"), by=member).revision
    second = revise_published(session, need, NeedUpdate(version=1, goal="吸水率 ≤ 6 %"), by=member).revision
    assert first is not None
    assert second is not None
    session.refresh(first)
    assert (first.status.value, second.status.value) == ("withdrawn", "pending")
    of_first = (col(AuditEvent.table_name) == "revision", col(AuditEvent.record_id) == first.id)
    told = [one.changes for one in session.exec(select(AuditEvent).where(*of_first).order_by(col(AuditEvent.id)))]
    assert [(one.before, one.after) for one in told[-1] if one.field == "status"] == [("待审核", "已撤回")]


@pytest.mark.parametrize("status", ["contracted", "fulfilled", "closed"])
def test_what_has_ended_is_not_changed_any_more(session: Session, member: Actor, status: str) -> None:
    need = need_of(session, member, status=status)
    with pytest.raises(RecordLocked):
        change_by_program(session, need, NeedUpdate(version=1, goal="x"), by=member)
    with pytest.raises(RecordLocked):
        withdraw(session, need, by=member, reason="不需要了")


def test_what_has_just_been_approved_is_not_taken_back(session: Session, member: Actor, database: Engine) -> None:
    need = need_of(session, member)
    revision = revise_published(session, need, NeedUpdate(version=1, title="另一个名称"), by=member).revision
    assert revision is not None
    session.commit()
    with session_scope(database) as other:
        other.get_one(Revision, revision.id).status = RevisionStatus.APPROVED
    with pytest.raises(RecordLocked):
        withdraw_revision(session, revision.id or 0, by=member)


def test_whoever_carries_a_match_learns_of_a_withdrawal(session: Session, member: Actor) -> None:
    need, achievement = need_of(session, member), make_achievement(session)
    broker = make_account(session, role=Role.BROKER)
    session.add(
        Match(
            need_id=need.id or 0,
            achievement_id=achievement.id or 0,
            need_version=1,
            achievement_version=1,
            score=0.5,
            band=Band.MEDIUM,
            explanation=Explanation(reasons=[], words=[]),
            matcher_version="test",
            status=MatchStatus.INTRODUCED,
            broker_account_id=broker.id,
        )
    )
    session.flush()
    assert [one.matches for one in own_records(session, RecordKind.NEEDS, by=member).items] == [1]
    withdraw(session, need, by=member, reason="已自行解决")
    [told] = session.exec(select(Notice).where(Notice.account_id == broker.id)).all()
    assert need.title not in told.title + told.body


def test_own_lists_hold_ones_own_in_every_status(session: Session, member: Actor) -> None:
    mine = {need_of(session, member, status=status).id for status in ("draft", "pending", "returned", "published")}
    make_need(session)
    assert {one.record.id for one in own_records(session, RecordKind.NEEDS, by=member).items} == mine
    assert own_records(session, RecordKind.NEEDS, by=member, page=99).page == 1


def test_the_waiting_time_is_a_median_of_reviewed_cases(session: Session, member: Actor) -> None:
    reviewer = make_account(session, role=Role.CITY_OFFICIAL)
    for days in (1, 2, 9):
        need = need_of(session, member)
        assert waiting_time(session, RecordKind.NEEDS) is None
        need.posted_by_id, need.reviewed_by_id = member.account_id, reviewer.id
        need.created_at, need.published_at = now() - timedelta(days=10), now() - timedelta(days=10 - days)
        session.flush()
    # Neither old cases nor what was never reviewed counts.
    old, direct = need_of(session, member), need_of(session, member)
    old.posted_by_id, old.reviewed_by_id = member.account_id, reviewer.id
    old.created_at, old.published_at = now() - timedelta(days=300), now() - timedelta(days=91)
    direct.posted_by_id = member.account_id
    session.flush()
    found = waiting_time(session, RecordKind.NEEDS)
    assert found is not None
    assert (found.days, found.cases) == (2.0, 3)


def test_similar_titles_of_ones_own_are_seen_whatever_their_status(session: Session, member: Actor) -> None:
    need_of(session, member, title="玉米秸秆托盘耐水性不足", status="pending")
    make_need(session, title="玉米秸秆托盘耐水性不足", status="pending")
    make_need(session, title="玉米秸秆托盘耐水性不足", confidentiality="broker_only")
    wanted = TechnologyNeed(source="d", source_id="d", title="玉米秸秆托盘耐水性不好")
    found = surroundings(session, None, wanted, by=member)
    assert found.is_search_down
    assert [(one.is_own, one.reason) for one in found.similar] == [(True, "名称相近（91%）")]


def test_unknown_names_of_disclosure_are_named(client: TestClient, admin: dict[str, str]) -> None:
    body = {"title": "低温脱氮", "problem": "冬季效率低", "disclosure": {"probelm": "brokers"}}
    answer = client.post(f"{V1}/needs", json=body, headers=admin)
    assert answer.status_code == 422
    assert "problem" in answer.json()["errors"][0]["reason"]
    body["disclosure"] = {"problem": "brokers", "goal": "public"}
    added = client.post(f"{V1}/needs", json=body, headers=admin)
    assert added.json()["disclosure"] == {"problem": "brokers"}
    bad = {"title": "成果", "disclosure": {"team": "brokers"}}
    assert client.post(f"{V1}/achievements", json=bad, headers=admin).status_code == 422


def test_the_api_from_posting_to_a_revision(client: TestClient, session: Session) -> None:
    account = make_account(session)
    headers = key_of(session, account)
    session.commit()
    need = {"title": "低温污水脱氮工艺", "problem": "冬季总氮去除率下降。", "source_id": "erp-7"}
    added = client.post(f"{V1}/needs", json=need, headers=headers)
    assert (added.status_code, added.json()["status"]) == (201, "pending")
    path = added.headers["Location"]
    assert client.post(f"{V1}/needs", json=need, headers=headers).status_code == 409
    changed = client.patch(path, json={"version": 1, "goal": "总氮 ≤ 10 mg/L"}, headers=headers)
    assert (changed.status_code, changed.json()["status"]) == (200, "pending")
    refused = client.patch(path, json={"version": 2, "status": "published"}, headers=headers)
    assert refused.status_code == 403
    assert client.post(f"{path}/revisions", json={"version": 2, "goal": "x"}, headers=headers).status_code == 409
    stored = session.exec(select(TechnologyNeed)).one()
    stored.status, stored.version = NeedStatus.PUBLISHED, 3
    session.commit()
    locked = client.patch(path, json={"version": 3, "goal": "x"}, headers=headers)
    assert (locked.status_code, locked.json()["code"]) == (409, "record_locked")
    assert f"POST {path}/revisions" in locked.json()["fix"]
    body = {"version": 3, "goal": "总氮 ≤ 8 mg/L", "contact_phone": "0000"}
    asked = client.post(f"{path}/revisions", json=body, headers=headers)
    assert asked.status_code == 201
    assert (asked.json()["fields"], asked.json()["took_effect"]) == (["goal"], ["contact_phone"])
    assert client.get(path).json()["goal"] == "总氮 ≤ 10 mg/L"
    taken_back = client.patch(path, json={"version": 4, "status": "withdrawn"}, headers=headers)
    assert (taken_back.status_code, taken_back.json()["status"]) == (200, "withdrawn")
