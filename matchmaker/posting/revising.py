"""Changing a record that has been submitted: freely while it waits, by a reviewed change once it is published."""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session, col, select

from matchmaker.achievements import revise_achievement
from matchmaker.audit import reason_for
from matchmaker.campaigns import check_postable
from matchmaker.contact_data import move_contacts
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, RecordLocked
from matchmaker.index_documents import kind_of
from matchmaker.models.achievement import ACHIEVEMENT_TEXTS, Achievement, AchievementUpdate
from matchmaker.models.base import now
from matchmaker.models.labels import AchievementStatus, NeedStatus
from matchmaker.models.need import NEED_TEXTS, NeedUpdate, TechnologyNeed
from matchmaker.models.posting import Revision, RevisionStatus
from matchmaker.needs import revise_need
from matchmaker.posting.posters import check_may_post
from matchmaker.posting.protection import PRIVATE, at_once
from matchmaker.posting.telling import tell_carriers, tell_officials
from matchmaker.records import check_version
from matchmaker.rights import Actor
from matchmaker.searched import records_of
from matchmaker.visibility import SearchedRecord, is_own, is_published

Update = NeedUpdate | AchievementUpdate

# Changed freely by their owner, and back among those that wait for a review afterwards.
EDITABLE = ("draft", "pending", "returned", "withdrawn", "expired")
WITHDRAWABLE = ("pending", "returned", "published")
# Who asks or offers, and by which way it came in: settled when it was posted, or a firm could speak in another's name.
_SETTLED = ("poster_type", "poster_name", "posting_channel", "owner_name")
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Revised:
    """What became of a change of a published record: what took effect at once, and what waits (if anything does)."""

    revision: Revision | None
    took_effect: tuple[str, ...]


def is_locked(record: SearchedRecord) -> bool:
    """Approved records are locked (“需求信息审核后不能修改”, domain.md §3.1): their changes are reviewed."""
    return is_published(record)


def may_edit(record: SearchedRecord) -> bool:
    """Is there a way to change it at all? Not once it has led to a contract or was closed."""
    return is_locked(record) or record.status in EDITABLE


def change_waiting(session: Session, record: SearchedRecord, change: Update, *, by: Actor) -> SearchedRecord:
    """Change a record that is not published; it waits for its review (again).

    Raises NotAllowed, RecordLocked, VersionConflict, MalformedRequest (budget, campaign).
    """
    _check_own(record, by)
    if is_locked(record) or record.status not in EDITABLE:
        raise _locked(record)
    _check_change(session, record, _differing(record, _given(change)), by)
    status: Any = NeedStatus.PENDING if isinstance(record, TechnologyNeed) else AchievementStatus.PENDING
    revise(session, record, type(change).model_validate({**_given(change), "status": status}))
    session.flush()
    tell_officials(session, record, by=by)
    return record


def change_by_program(session: Session, record: SearchedRecord, change: Update, *, by: Actor) -> SearchedRecord:
    """What the owner's program may change by itself: a record that waits, or taking one back (`status` withdrawn).

    Raises NotAllowed (somebody else's, or another status), RecordLocked, VersionConflict, MalformedRequest.
    """
    _check_own(record, by)
    check_version(record, change.version)
    wanted = change.status if "status" in change.model_fields_set else None
    if wanted == "withdrawn":
        if change.model_fields_set - {"version", "status"}:
            raise MalformedRequest("撤回时不能同时修改其他内容", "请只给出 version 和 status")
        return withdraw(session, record, by=by, reason="通过接口撤回")
    if wanted not in (None, "pending"):
        raise NotAllowed(f"状态“{change.status.label}”由审核或流程决定", "可填 pending（重新提交）或 withdrawn（撤回）")
    return change_waiting(session, record, change, by=by)


def revise_published(session: Session, record: SearchedRecord, change: Update, *, by: Actor, note: str = "") -> Revised:
    """Ask for a change of a published record, which stays as it is until an official approves.

    What only protects (hides more than before) and contacts take effect at once. A change that waits already is
    replaced. Raises NotAllowed, NotFound, RecordLocked (not published), VersionConflict, MalformedRequest (no change).
    """
    _check_own(record, by)
    if not is_locked(record):
        raise RecordLocked(f"这条记录的状态是“{record.status.label}”，不需要审核修改", "请直接修改这条记录")
    check_version(record, change.version)
    texts = NEED_TEXTS if isinstance(record, TechnologyNeed) else ACHIEVEMENT_TEXTS
    given = {name: value for name, value in _given(change).items() if name not in ("version", "status")}
    _check_change(session, record, _differing(record, given), by)
    # A telephone number in a text is nothing for the reviewer's page either.
    changed = _differing(record, move_contacts(given, texts, record.contact_phone))
    if not changed:
        raise MalformedRequest("与现有内容相同，没有需要审核的修改", "请先修改再提交")
    protected = at_once(record, changed)
    if protected:
        revise(session, record, type(change).model_validate({**protected, "version": record.version}))
        session.flush()
    # A protected field may be asked to open elsewhere: what is left is what still differs.
    waiting = _differing(record, {name: value for name, value in changed.items() if name not in PRIVATE})
    _replace_pending(session, record)
    if not waiting:
        return Revised(None, tuple(protected))
    shape = type(change).model_validate({**waiting, "version": record.version})
    revision = Revision(
        kind=kind_of(record),
        record_id=record.id or 0,
        base_version=record.version,
        values=shape.model_dump(mode="json", include=set(waiting)),
        note=note[:500],
        submitted_by_id=by.account_id or 0,
    )
    session.add(revision)
    session.flush()
    tell_officials(session, record, by=by, revision=revision)
    return Revised(revision, tuple(protected))


def add_to_summary(session: Session, achievement: Achievement, sentence: str, *, by: Actor) -> Revised:
    """Ask for one sentence more in the summary of a published achievement, on top of a change that waits already.

    Raises as `revise_published`; MalformedRequest where the summary has no room for it.
    """
    before: dict[str, Any] = {}
    if (waiting := _pending(session, achievement)) is not None:
        before = {name: value for name, value in waiting.values.items() if name not in ("version", "status")}
    summary = f"{before.get('summary', achievement.summary)}\n{sentence}".strip()
    values = {**before, "summary": summary, "version": achievement.version}
    try:
        change = AchievementUpdate.model_validate(values)
    except ValidationError:
        raise MalformedRequest("成果简介已写满，答复无法写入", "请只留言答复，或先在“我的成果”中精简简介") from None
    return revise_published(session, achievement, change, by=by, note=waiting.note if waiting else "答复对接中的问题")


def withdraw_revision(session: Session, revision_id: int, *, by: Actor) -> Revision:
    """Take back a change that waits for its review. Raises NotFound (no such change of hers), RecordLocked."""
    revision = session.get(Revision, revision_id)
    found = records_of(session, revision.kind, [revision.record_id]) if revision is not None else []
    if revision is None or not found or not is_own(found[0], by):
        raise NotFound("没有这项修改", "请从列表重新进入")
    # Read anew and locked: an official may just have approved it.
    session.refresh(revision, with_for_update=True)
    if revision.status is not RevisionStatus.PENDING:
        raise RecordLocked(f"这项修改的状态是“{revision.status.label}”", "只有待审核的修改可以撤回")
    revision.status = RevisionStatus.WITHDRAWN
    return revision


def withdraw(session: Session, record: SearchedRecord, *, by: Actor, reason: str) -> SearchedRecord:
    """Take a record back, at once and from every list; whoever carries a match of it is told.

    Raises NotAllowed, MalformedRequest (no reason), RecordLocked (a status from which there is no way back).
    """
    _check_own(record, by)
    if not reason.strip():
        raise MalformedRequest("没有写明撤回原因", "请简单说明，如“已自行解决”")
    if record.status not in WITHDRAWABLE:
        raise RecordLocked(f"这条记录的状态是“{record.status.label}”，不能撤回", "如有疑问，请联系科技局")
    status: Any = NeedStatus.WITHDRAWN if isinstance(record, TechnologyNeed) else AchievementStatus.WITHDRAWN
    shape = NeedUpdate if isinstance(record, TechnologyNeed) else AchievementUpdate
    with reason_for(session, reason.strip()[:_LONGEST_REASON]):
        revise(session, record, shape.model_validate({"status": status, "version": record.version}))
    _replace_pending(session, record)
    tell_carriers(session, record)
    return record


def revise(session: Session, record: SearchedRecord, change: Update) -> SearchedRecord:
    """`revise_need` or `revise_achievement`."""
    if isinstance(record, TechnologyNeed) and isinstance(change, NeedUpdate):
        return revise_need(session, record, change)
    if isinstance(record, Achievement) and isinstance(change, AchievementUpdate):
        return revise_achievement(session, record, change)
    raise TypeError("the change is one of the other kind of record")


def _check_own(record: SearchedRecord, by: Actor) -> None:
    check_may_post(kind_of(record), by)
    if not is_own(record, by):
        raise NotAllowed("只能修改本单位的记录", "如内容有误，请联系发布方或科技局")


def _check_change(session: Session, record: SearchedRecord, changed: dict[str, Any], by: Actor) -> None:
    """What posting checks, of what is changed. Raises NotAllowed, MalformedRequest (a campaign that is not running)."""
    if any(name in changed for name in _SETTLED):
        raise NotAllowed("发布单位和来源渠道不能修改", "去掉这几项后重试；确有错误请联系科技局")
    region = changed.get("region_code", record.region_code)
    if "region_code" in changed and by.is_official and not by.oversees(region):
        raise NotAllowed("只能填报本县市区的需求", "请核对所在地区；其他县市区的请转给当地科技局")
    if changed.get("campaign"):
        check_postable(session, changed["campaign"], region)


def _locked(record: SearchedRecord) -> RecordLocked:
    kind = kind_of(record)
    if is_locked(record):
        return RecordLocked(
            "已发布的记录不能直接修改", f"请提交修改申请：POST /api/v1/{kind}/{record.id}/revisions，审核通过后生效"
        )
    return RecordLocked(f"这条记录的状态是“{record.status.label}”，不能再修改", "请复制为新的记录后修改")


def _given(change: Update) -> dict[str, Any]:
    return {name: getattr(change, name) for name in change.model_fields_set}


def _differing(record: SearchedRecord, values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if getattr(record, name) != value}


def _pending(session: Session, record: SearchedRecord) -> Revision | None:
    """The change that waits, locked: an official may just decide on it."""
    waiting = select(Revision).where(
        col(Revision.kind) == kind_of(record),
        col(Revision.record_id) == record.id,
        col(Revision.status) == RevisionStatus.PENDING,
    )
    return session.exec(waiting.with_for_update()).first()


def _replace_pending(session: Session, record: SearchedRecord) -> None:
    # One by one: the audit trail is written of what the session changes.
    while (waiting := _pending(session, record)) is not None:
        waiting.status, waiting.reviewed_at = RevisionStatus.WITHDRAWN, now()
        session.flush()
