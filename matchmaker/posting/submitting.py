"""Submitting: a checked form becomes a record that waits for its review, and the officials are told."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlmodel import Session

from matchmaker.achievements import upsert_achievement
from matchmaker.campaigns import check_postable
from matchmaker.errors import NotAllowed, RecordAlreadyExists, VersionConflict
from matchmaker.models.achievement import AchievementCreate
from matchmaker.models.labels import AchievementStatus, NeedStatus
from matchmaker.models.need import NeedCreate
from matchmaker.models.outbox import RecordKind
from matchmaker.models.party import Enterprise
from matchmaker.models.posting import Draft
from matchmaker.needs import upsert_need
from matchmaker.posting.checked import Checked, checked
from matchmaker.posting.drafts import base_version, own_record, remove_draft
from matchmaker.posting.posters import Poster, channel_of, check_may_post, poster_of
from matchmaker.posting.revising import Revised, change_waiting, is_locked, revise_published
from matchmaker.posting.telling import tell_members, tell_officials
from matchmaker.records import Outcome
from matchmaker.rights import Actor, Right
from matchmaker.visibility import SearchedRecord

# The source of what is typed in here. Its keys are made here too: nobody can write over somebody else's record.
PLATFORM_SOURCE = "platform"


@dataclass(frozen=True)
class Submitted:
    """What became of a draft: a record that waits (or is published), or a change of a published one."""

    record: SearchedRecord
    revised: Revised | None = None


class IncompleteForm(ValueError):
    """The form cannot be submitted as it is; `checked.problems` says why, field by field."""

    def __init__(self, found: Checked) -> None:
        super().__init__("表单还有需要修改的地方")
        self.checked = found


def submit_draft(session: Session, draft: Draft, *, by: Actor, publish: bool = False) -> Submitted:
    """Make the draft a record, or a change of the record it was made from; the draft is gone afterwards.

    `publish` leaves the review out, for those who may. Raises IncompleteForm, NotAllowed, UnnamedPoster,
    NotFound (submitted already), VersionConflict (the record has changed since the draft was begun).
    """
    found = checked(draft.kind, draft.values)
    if found.create is None:
        raise IncompleteForm(found)
    if draft.record_id is None:
        poster = poster_of(session, draft.kind, draft.values, by=by)
        remove_draft(session, draft)
        return Submitted(post_record(session, found.create, poster, by=by, publish=publish))
    record = own_record(session, draft.kind, draft.record_id, by=by)
    if record.version != base_version(draft):
        raise VersionConflict(
            "您修改期间，这条记录有了新的变化", "您填写的内容仍在草稿里；请在列表中重新点“修改”，对照后再提交"
        )
    update = found.update_of(record)
    remove_draft(session, draft)
    if is_locked(record):
        return Submitted(record, revise_published(session, record, update, by=by))
    return Submitted(change_waiting(session, record, update, by=by))


def post_record(
    session: Session,
    create: NeedCreate | AchievementCreate,
    poster: Poster,
    *,
    by: Actor,
    publish: bool = False,
) -> SearchedRecord:
    """The new record in the poster's name: pending and its officials told, or published by those who may.

    What the shape says about poster, channel, origin and status is replaced. A source id given by a program is kept
    as a key of its own account. Raises NotAllowed (right, or another district's), RecordAlreadyExists,
    MalformedRequest (a campaign that is not running).
    """
    check_may_post(_kind_of(create), by)
    if publish and not by.may(Right.PUBLISH_DIRECTLY):
        raise NotAllowed("您没有“不经审核直接入库”的权限", "请改为提交审核")
    region = create.region_code or poster.region_code or by.region_code
    if by.is_official and not by.oversees(region):
        raise NotAllowed("只能填报本县市区的需求", "请核对所在地区；其他县市区的请转给当地科技局")
    forced: dict[str, Any] = {
        "source": PLATFORM_SOURCE,
        "source_id": f"{by.account_id}:{create.source_id}"[:200] if create.source_id else uuid4().hex,
        "region_code": region,
    }
    record: SearchedRecord
    if isinstance(create, NeedCreate):
        if create.campaign:
            check_postable(session, create.campaign, region)
        forced |= {"poster_type": poster.type, "poster_name": poster.name, "posting_channel": channel_of(by)}
        forced["status"] = NeedStatus.PUBLISHED if publish else NeedStatus.PENDING
        enterprise = poster.organisation if isinstance(poster.organisation, Enterprise) else None
        unnamed = {"enterprise_name": None, "enterprise_credit_code": None}
        record, outcome = upsert_need(
            session,
            create.model_copy(update={**forced, **unnamed}),
            poster=enterprise,
            posted_by_id=by.account_id,
        )
    else:
        forced["owner_name"] = poster.name
        forced["status"] = AchievementStatus.PUBLISHED if publish else AchievementStatus.PENDING
        record, outcome = upsert_achievement(
            session,
            create.model_copy(update=forced),
            owner=poster.organisation,
            posted_by_id=by.account_id,
        )
    if outcome is not Outcome.ADDED:
        # Raising rolls the change back.
        raise RecordAlreadyExists(f"这条记录已存在，编号 {record.id}", "要修改它，请在“我的需求”“我的成果”中点“修改”")
    session.flush()
    if not publish:
        tell_officials(session, record, by=by)
    tell_members(session, record, by=by)
    return record


def post_by_program(session: Session, create: NeedCreate | AchievementCreate, *, by: Actor) -> SearchedRecord:
    """The record a program sends: for her own organisation, else for the one that the shape names; it waits.

    Raises as `post_record`, and UnnamedPoster.
    """
    return post_record(session, create, poster_of(session, _kind_of(create), _named_by(create), by=by), by=by)


def _kind_of(create: NeedCreate | AchievementCreate) -> RecordKind:
    return RecordKind.NEEDS if isinstance(create, NeedCreate) else RecordKind.ACHIEVEMENTS


def _named_by(create: NeedCreate | AchievementCreate) -> dict[str, Any]:
    """What the shape says about the poster, by the names of the form."""
    if isinstance(create, NeedCreate):
        return {
            "enterprise": create.enterprise_name,
            "enterprise_credit_code": create.enterprise_credit_code,
            "poster_type": create.poster_type,
            "poster_name": create.poster_name,
        }
    if create.enterprise_name or create.enterprise_credit_code:
        return {
            "owner": create.enterprise_name,
            "owner_credit_code": create.enterprise_credit_code,
            "owner_type": "enterprise",
        }
    name = create.institution_name or create.owner_name
    return {"owner": name, "owner_credit_code": create.institution_credit_code}
