"""Changes to published records: they stand beside the record until an official approves them and they become it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select

from matchmaker.achievements import revise_achievement
from matchmaker.audit import reason_for
from matchmaker.errors import MalformedRequest, NotFound, VersionConflict, WrongStatus
from matchmaker.models.account import Account
from matchmaker.models.achievement import AchievementUpdate
from matchmaker.models.base import now
from matchmaker.models.need import NeedUpdate, TechnologyNeed
from matchmaker.models.notice import NoticeKind
from matchmaker.models.posting import Revision, RevisionStatus
from matchmaker.needs import revise_need
from matchmaker.notices import NoticeText, members_of, notify
from matchmaker.review import called, check_overseen
from matchmaker.review_queue import record_of
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord

# What a change may not touch: the life of a record has verbs of its own.
_NOT_CHANGED = {"status", "version"}


@dataclass(frozen=True)
class Version:
    """An approved change of a record: the version it made, and who asked for and who approved it."""

    revision: Revision
    submitted_by: str
    approved_by: str


def revision_by_id(session: Session, revision_id: int) -> tuple[Revision, SearchedRecord]:
    """The revision and the record it would change. Raises NotFound."""
    revision = session.get(Revision, revision_id)
    record = record_of(session, revision.kind, revision.record_id) if revision else None
    if revision is None or record is None:
        raise unknown_revision(revision_id)
    return revision, record


def approve_revision(
    session: Session, revision: Revision, *, by: Actor, version: int, note: str = ""
) -> SearchedRecord:
    """The record with the change applied, as a version of its own.

    `version` is the record's version the official decided on: where the record has moved since the change was made,
    giving its current version says that she has seen both. Raises MalformedRequest (values that no longer hold),
    NotAllowed, NotFound, VersionConflict, WrongStatus.
    """
    record = _pending(session, revision, by)
    if record.status not in ("published", "expired"):
        raise WrongStatus(f"记录的状态是“{record.status.label}”，不能再应用修改", "请退回这份修改申请并说明原因")
    if version != record.version:
        raise VersionConflict(
            f"修改是针对第 {revision.base_version} 版提出的，记录现在是第 {record.version} 版",
            "请核对记录此后的改动，确认后再通过",
        )
    with reason_for(session, f"修改申请 {revision.id} 通过" + (f"：{note}" if note else "")):
        _apply(session, record, revision.values)
        # Whoever changes a record has looked at it.
        record.last_confirmed_at = now()
    _decided(revision, RevisionStatus.APPROVED, by, note)
    revision.approved_version = record.version
    _tell(session, record, revision, "的修改已通过", "修改已生效，公众看到的是新内容")
    return record


def return_revision(session: Session, revision: Revision, *, by: Actor, reason: str) -> None:
    """Refuse the change; the record stays as it is and the poster reads why.

    Raises MalformedRequest (no reason), NotAllowed, NotFound, WrongStatus.
    """
    record = _pending(session, revision, by)
    if not reason:
        raise MalformedRequest("没有填写退回原因", "请写明需要怎样修改")
    _decided(revision, RevisionStatus.RETURNED, by, reason)
    _tell(session, record, revision, "的修改被退回", "记录保持原样；请查看审核意见，修改后重新提交")


def versions_of(session: Session, record: SearchedRecord) -> list[Version]:
    """The approved changes of a record, the newest first."""
    kind = "needs" if isinstance(record, TechnologyNeed) else "achievements"
    approved: Sequence[Revision] = session.exec(
        select(Revision)
        .where(
            col(Revision.kind) == kind,
            col(Revision.record_id) == record.id,
            col(Revision.status) == RevisionStatus.APPROVED,
        )
        .order_by(col(Revision.approved_version).desc())
    ).all()
    people = {one.submitted_by_id for one in approved} | {one.reviewed_by_id for one in approved}
    rows = session.exec(select(Account.id, Account.name).where(col(Account.id).in_(people)))
    names = dict(rows.all())
    return [Version(one, names.get(one.submitted_by_id, ""), names.get(one.reviewed_by_id, "")) for one in approved]


def unknown_revision(revision_id: int | None) -> NotFound:
    """What somebody is told of a revision that is none of her business: the same as of one that does not exist."""
    return NotFound(f"没有编号为 {revision_id} 的修改申请，或它不归您办理", "请从审核列表重新进入")


def _pending(session: Session, revision: Revision, by: Actor) -> SearchedRecord:
    """The record of a revision that this official may decide on now."""
    record = record_of(session, revision.kind, revision.record_id)
    if record is None:
        raise unknown_revision(revision.id)
    try:
        check_overseen(record, by)
    except NotFound:
        raise unknown_revision(revision.id) from None
    _check_pending(session, revision)
    return record


def _check_pending(session: Session, revision: Revision) -> None:
    # Locked, so that of two decisions made in the same moment the second finds the first.
    session.refresh(revision, with_for_update=True)
    if revision.status is not RevisionStatus.PENDING:
        raise WrongStatus(f"这份修改申请“{revision.status.label}”，不能再处理", "请刷新后核对，可能已由他人处理")


def _apply(session: Session, record: SearchedRecord, values: dict[str, Any]) -> None:
    shape = NeedUpdate if isinstance(record, TechnologyNeed) else AchievementUpdate
    try:
        if _NOT_CHANGED & values.keys():
            raise MalformedRequest("修改含有不能这样修改的项", "请退回，由填报人重新提交")
        update = shape.model_validate({**values, "version": record.version})
    except ValidationError as error:
        fields = "、".join(sorted({str(one["loc"][0]) for one in error.errors() if one["loc"]}))
        raise MalformedRequest(f"修改中的内容已不符合要求（{fields}）", "请退回，由填报人修改后重新提交") from None
    if isinstance(record, TechnologyNeed) and isinstance(update, NeedUpdate):
        revise_need(session, record, update)
    elif not isinstance(record, TechnologyNeed) and isinstance(update, AchievementUpdate):
        revise_achievement(session, record, update)


def _decided(revision: Revision, status: RevisionStatus, by: Actor, note: str) -> None:
    revision.status = status
    revision.reviewed_by_id = by.account_id
    revision.reviewed_at = now()
    revision.review_note = note[:500]


def _tell(session: Session, record: SearchedRecord, revision: Revision, what: str, body: str) -> None:
    key = f"revision:{revision.id}:{revision.status}"
    text = NoticeText(NoticeKind.REVIEW, key, called(record) + what, body, f"/my/{revision.kind}")
    notify(session, {*members_of(session, record), revision.submitted_by_id}, text)
