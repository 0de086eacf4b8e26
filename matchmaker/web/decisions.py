"""What an official decides about a record or a change, as the page's form and the API both send it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from matchmaker.errors import MalformedRequest
from matchmaker.index_documents import kind_of
from matchmaker.models.labels import Labelled
from matchmaker.models.parts import labelled
from matchmaker.models.posting import Revision
from matchmaker.records import check_version
from matchmaker.review import (
    NOTE_LENGTH,
    CloseReason,
    ReturnReason,
    check_overseen,
    close,
    merge_duplicate,
    publish,
    reopen,
    return_for_changes,
    unknown,
)
from matchmaker.review_queue import record_of
from matchmaker.revisions import approve_revision, return_revision
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord

# The largest key of an INTEGER column on every database we run on.
_LARGEST_ID = 2**31 - 1


class Decision(Labelled):
    """What can be decided; which of them a record's status allows says `review.py`."""

    PUBLISH = "publish", "通过并发布"
    RETURN = "return", "退回修改"
    MERGE = "merge", "并入已有记录"
    CLOSE = "close", "关闭"
    REOPEN = "reopen", "重新发布"


class GivenDecision(BaseModel):
    """A decision on what was read as `version`; a record that has changed since is not decided on."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    decision: Annotated[Decision, labelled(Decision)] = Field(description="修改申请只用 publish 与 return")
    version: int = Field(ge=1, le=_LARGEST_ID, description="所看到的记录版本号")
    reasons: list[Annotated[ReturnReason, labelled(ReturnReason)]] = Field(default=[], description="退回原因，可多选")
    close_reason: Annotated[CloseReason | None, labelled(CloseReason)] = Field(default=None, description="关闭原因")
    into_id: int | None = Field(default=None, ge=1, le=_LARGEST_ID, description="并入哪一条记录")
    note: str = Field(default="", max_length=NOTE_LENGTH, description="审核意见，填报人可见")


def decide(session: Session, record: SearchedRecord, given: GivenDecision, *, by: Actor) -> None:
    """Carry the decision out. Raises MalformedRequest, NotAllowed, NotFound, VersionConflict, WrongStatus."""
    check_overseen(record, by)
    check_version(record, given.version)
    if given.decision is Decision.PUBLISH:
        publish(session, record, by=by, note=given.note)
    elif given.decision is Decision.RETURN:
        return_for_changes(session, record, by=by, reasons=given.reasons, note=given.note)
    elif given.decision is Decision.MERGE:
        if given.into_id is None:
            raise MalformedRequest("没有填写要并入的记录编号", "请从“可能重复”中选择，或填写编号")
        into = record_of(session, kind_of(record), given.into_id)
        if into is None:
            raise unknown(given.into_id)
        merge_duplicate(session, record, into, by=by, note=given.note)
    elif given.decision is Decision.CLOSE:
        if given.close_reason is None:
            raise MalformedRequest("没有选择关闭原因", "请选择一项")
        close(session, record, by=by, reason=given.close_reason, note=given.note)
    else:
        reopen(session, record, by=by, note=given.note)


def decide_revision(session: Session, revision: Revision, given: GivenDecision, *, by: Actor) -> None:
    """Approve or return a change. Raises MalformedRequest, NotAllowed, NotFound, VersionConflict, WrongStatus."""
    if given.decision is Decision.PUBLISH:
        approve_revision(session, revision, by=by, version=given.version, note=given.note)
    elif given.decision is Decision.RETURN:
        reasons = "、".join(one.label for one in ReturnReason if one in given.reasons)
        return_revision(session, revision, by=by, reason="。".join(filter(None, (reasons, given.note)))[:NOTE_LENGTH])
    else:
        raise MalformedRequest(f"修改申请不能“{given.decision.label}”", "只能通过或退回")
