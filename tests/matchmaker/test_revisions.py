"""Changes to published records: applied only by an official, over the version that was looked at."""

from typing import Any

import pytest
from sqlmodel import Session, select

from matchmaker.errors import MalformedRequest, NotFound, VersionConflict, WrongStatus
from matchmaker.models.account import Role
from matchmaker.models.labels import Confidentiality, NeedStatus
from matchmaker.models.need import NeedUpdate, TechnologyNeed
from matchmaker.models.notice import Notice
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Revision, RevisionStatus
from matchmaker.needs import revise_need
from matchmaker.review_queue import ReviewKind, waiting
from matchmaker.revisions import approve_revision, return_revision, revision_by_id, versions_of
from matchmaker.rights import Actor
from tests.factories import actor_for, make_account, make_need


def asked(session: Session, **values: Any) -> tuple[TechnologyNeed, Revision, Actor]:
    """A published need with a change of it, and the official of its district."""
    poster = make_account(session)
    need = make_need(session, region_code="990102", goal="成本下降一成")
    session.flush()
    need.posted_by_id = poster.id
    revision = Revision(
        kind=RecordKind.NEEDS,
        record_id=need.id or 0,
        base_version=need.version,
        values=values or {"goal": "成本下降两成", "budget_max_fen": 50_000_000},
        submitted_by_id=poster.id or 0,
    )
    session.add(revision)
    session.flush()
    return need, revision, actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL))


def test_approved_it_becomes_the_record(session: Session) -> None:
    need, revision, by = asked(session)
    assert [one.item_id for one in waiting(session, ReviewKind.REVISIONS, by)] == [revision.id]
    before = need.version
    approve_revision(session, revision, by=by, version=need.version, note="同意")
    session.flush()
    assert (need.goal, need.budget_max_fen, need.version) == ("成本下降两成", 50_000_000, before + 1)
    assert (revision.status, revision.approved_version) == (RevisionStatus.APPROVED, need.version)
    assert [(one.revision.id, one.approved_by) for one in versions_of(session, need)] == [(revision.id, by.name)]
    notice = session.exec(select(Notice).where(Notice.account_id == revision.submitted_by_id)).one()
    assert "修改已通过" in notice.title
    assert waiting(session, ReviewKind.REVISIONS, by) == []


def test_where_the_record_has_moved_the_official_must_have_seen_it(session: Session) -> None:
    need, revision, by = asked(session)
    revise_need(session, need, NeedUpdate.model_validate({"version": need.version, "urgency": "high"}))
    session.flush()
    with pytest.raises(VersionConflict, match="第 2 版"):
        approve_revision(session, revision, by=by, version=revision.base_version)
    assert need.goal == "成本下降一成"
    approve_revision(session, revision, by=by, version=need.version)
    assert need.goal == "成本下降两成"
    assert need.urgency == "high"


def test_returned_the_record_stays(session: Session) -> None:
    need, revision, by = asked(session)
    with pytest.raises(MalformedRequest):
        return_revision(session, revision, by=by, reason="")
    return_revision(session, revision, by=by, reason="指标不可衡量")
    assert (revision.status, need.goal) == (RevisionStatus.RETURNED, "成本下降一成")
    session.flush()
    with pytest.raises(WrongStatus, match="已退回"):
        approve_revision(session, revision, by=by, version=need.version)


@pytest.mark.parametrize(
    "values", [{"status": "closed"}, {"version": 9}, {"title": ""}, {"no_such_field": 1}, {"city_industry": "gone"}]
)
def test_what_does_not_hold_is_not_applied(session: Session, values: dict[str, Any]) -> None:
    need, revision, by = asked(session, **values)
    before = need.version
    with pytest.raises(MalformedRequest):
        approve_revision(session, revision, by=by, version=need.version)
    assert (need.version, need.status) == (before, NeedStatus.PUBLISHED)


def test_a_withdrawn_record_takes_no_change(session: Session) -> None:
    need, revision, by = asked(session)
    need.status = NeedStatus.WITHDRAWN
    with pytest.raises(WrongStatus, match="已撤回"):
        approve_revision(session, revision, by=by, version=need.version)


def test_another_district_does_not_know_of_it(session: Session) -> None:
    need, revision, _ = asked(session)
    other = actor_for(session, make_account(session, role=Role.DISTRICT_OFFICIAL, region_code="990103"))
    need.confidentiality = Confidentiality.DIRECTED
    assert waiting(session, ReviewKind.REVISIONS, other) == []
    with pytest.raises(NotFound):
        approve_revision(session, revision, by=other, version=need.version)
    with pytest.raises(NotFound):
        revision_by_id(session, 10_000)
