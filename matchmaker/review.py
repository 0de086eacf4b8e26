"""Review 审核: officials publish what was submitted, return it with reasons, merge it into another, close and reopen.

Every verb checks right and row, grows the record's version, queues it for the index and tells its members. What is
told names a record by its title only where anyone may know that it exists: notices also travel by mail.
"""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from matchmaker.audit import reason_for
from matchmaker.errors import MalformedRequest, NotAllowed, NotFound, WrongStatus
from matchmaker.index_documents import kind_of
from matchmaker.models.base import now
from matchmaker.models.labels import Labelled
from matchmaker.models.match import Match, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import NoticeKind
from matchmaker.notices import NoticeText, members_of, notify
from matchmaker.records import enqueue, write_values
from matchmaker.rights import ANYONE, Actor, Right
from matchmaker.validity import mark_published, usual_end
from matchmaker.visibility import SearchedRecord, is_in_lists_of, is_listed, is_open, is_readable, today

NOTE_LENGTH = 500
# A match in one of these is over; any other that has been taken up is still somebody's work.
_OVER = (MatchStatus.DECLINED, MatchStatus.CLOSED, MatchStatus.REGISTERED)


class ReturnReason(Labelled):
    """Why a record goes back to its poster (domain.md §3.1: quantified indicators, clear decision, precise words)."""

    VAGUE = "vague", "内容空泛"
    NOT_MEASURABLE = "not_measurable", "指标不可衡量"
    TERMS_MISSING = "terms_missing", "预算或期限缺失"
    DUPLICATE = "duplicate", "疑似重复"
    SENSITIVE = "sensitive", "含联系方式或涉密内容"
    MISCLASSIFIED = "misclassified", "分类有误"
    OTHER = "other", "其他"


class CloseReason(Labelled):
    """Why an official closes a record. What found no answer may be put out to tender 揭榜挂帅."""

    UNSOLVED = "unsolved", "无解，转揭榜挂帅"
    INVALID = "invalid", "情况不实或已不存在"
    OTHER = "other", "其他"


def publish(session: Session, record: SearchedRecord, *, by: Actor, note: str = "") -> None:
    """Publish a submitted record; without a stated end, or with one that has passed, it holds as long as usual.

    Raises NotAllowed, NotFound, WrongStatus.
    """
    _check(record, by, ("pending",), "发布")
    if record.valid_until is not None and record.valid_until < today():
        # It has waited for its review for longer than it was to hold: published like that, nobody would find it.
        record.valid_until = None
    mark_published(record)
    _write(session, record, by, note, status="published", last_confirmed_at=now())
    _tell(session, record, "已发布", "已通过审核并发布，平台正在为它寻找对接对象", _page(record))


def return_for_changes(
    session: Session, record: SearchedRecord, *, by: Actor, reasons: Sequence[ReturnReason], note: str = ""
) -> None:
    """Give a submitted record back to its poster, who reads the reasons and may submit it again.

    Raises MalformedRequest (no reason, or 其他 without a note), NotAllowed, NotFound, WrongStatus.
    """
    _check(record, by, ("pending",), "退回")
    if not reasons:
        raise MalformedRequest("没有选择退回原因", "请至少选择一项，让填报人知道怎么改")
    _note_for_other(ReturnReason.OTHER in reasons, note)
    labels = "、".join(one.label for one in ReturnReason if one in reasons)
    _write(session, record, by, "。".join(filter(None, (labels, note))), status="returned")
    _tell(session, record, "需要修改", f"审核退回，原因：{labels}。请查看审核意见，修改后重新提交", _mine(record))


def merge_duplicate(
    session: Session, record: SearchedRecord, into: SearchedRecord, *, by: Actor, note: str = ""
) -> None:
    """Close a record for which another, open one stands; its poster is told which.

    Raises MalformedRequest (not two records of one kind), NotAllowed, NotFound, WrongStatus (also where the duplicate
    has matches in life: they would hang on a closed record).
    """
    _check(record, by, ("pending", "published"), "合并")
    if type(into) is not type(record) or into.id == record.id:
        raise MalformedRequest("只能并入同一类的另一条记录", "请核对要并入的记录编号")
    if not is_readable(session, into, by):
        raise unknown(into.id)
    if not is_open(into):
        raise WrongStatus(f"要并入的记录“{into.status.label}”，或已过有效期", "请选择一条已发布且有效的记录")
    if matches_in_life(session, record):
        raise WrongStatus("这条记录还有进行中的对接", "请先在“对接”中办结或终止，或者反过来把另一条并入本条")
    named = f"“{into.title}”" if is_in_lists_of(into, ANYONE) else ""
    reason = f"与编号 {into.id} 的记录重复"
    _write(session, record, by, "。".join(filter(None, (reason, note))), status="closed", duplicate_of_id=into.id)
    body = f"与已有记录{named}（编号 {into.id}）重复，已并入该记录，对接以该记录为准"
    _tell(session, record, "已合并", body, _page(into) if named else _mine(record))


def close(session: Session, record: SearchedRecord, *, by: Actor, reason: CloseReason, note: str = "") -> None:
    """Take a published or expired record out for good; who carries a match of it is told as well.

    Raises MalformedRequest (其他 without a note, 揭榜 of an achievement), NotAllowed, NotFound, WrongStatus.
    """
    _check(record, by, ("published", "expired"), "关闭")
    if reason is CloseReason.UNSOLVED and not isinstance(record, TechnologyNeed):
        raise MalformedRequest(f"“{reason.label}”只用于技术需求", "请选择其他原因")
    _note_for_other(reason is CloseReason.OTHER, note)
    carrying = [one.broker_account_id for one in matches_in_life(session, record)]
    _write(session, record, by, "。".join(filter(None, (reason.label, note))), status="closed")
    _tell(session, record, "已关闭", f"主管部门关闭了这条记录，原因：{reason.label}", _mine(record))
    text = _text(record, "已关闭", "您承办的对接涉及这条记录，请与双方确认后续安排", "/carried", NoticeKind.MATCH)
    notify(session, [one for one in carrying if one is not None], text)


def reopen(session: Session, record: SearchedRecord, *, by: Actor, note: str = "") -> None:
    """Publish a closed or expired record again; where its time has run out, for as long as usual.

    Raises NotAllowed, NotFound, WrongStatus.
    """
    _check(record, by, ("closed", "expired"), "重新发布")
    if record.valid_until is None or record.valid_until < today():
        record.valid_until = usual_end(type(record))
    mark_published(record)
    _write(session, record, by, note, status="published", duplicate_of_id=None)
    _tell(session, record, "重新发布", "主管部门已重新发布这条记录", _page(record))


def matches_in_life(session: Session, record: SearchedRecord) -> Sequence[Match]:
    """The record's matches that somebody has taken up and that are not over."""
    key = Match.need_id if isinstance(record, TechnologyNeed) else Match.achievement_id
    found = session.exec(select(Match).where(col(key) == record.id, col(Match.status).not_in(_OVER)))
    return [one for one in found if one.is_carried]


def check_overseen(record: SearchedRecord, by: Actor, right: Right = Right.REVIEW) -> None:
    """Raise NotAllowed without the right, or for another district's record; NotFound where she may not know of it."""
    if not by.may(right):
        raise NotAllowed(f"您没有“{right.label}”的权限", "如确需办理，请联系市科技局")
    if by.oversees(record.region_code):
        return
    if is_in_lists_of(record, by):
        raise NotAllowed("这条记录不属于您的辖区", "请联系该县市区科技局或市科技局办理")
    raise unknown(record.id)


def unknown(record_id: int | None) -> NotFound:
    """What somebody is told of a record she may not know of: the same as of one that does not exist."""
    return NotFound(f"没有编号为 {record_id} 的记录，或它不归您审核", "请从审核列表重新进入")


def called(record: SearchedRecord) -> str:
    """The record in a notice: by title if anyone may know of it, else by number."""
    return (
        f"{kind_of(record).label}“{record.title}”" if is_listed(record) else f"{kind_of(record).label} {record.id} 号"
    )


def _check(record: SearchedRecord, by: Actor, allowed: tuple[str, ...], verb: str) -> None:
    check_overseen(record, by)
    if record.status not in allowed:
        raise WrongStatus(f"记录的状态是“{record.status.label}”，不能{verb}", "请刷新后核对，可能已由他人处理")


def _note_for_other(is_other: bool, note: str) -> None:
    if is_other and not note:
        raise MalformedRequest("选择“其他”时需要说明", "请写明具体原因")


def _write(session: Session, record: SearchedRecord, by: Actor, note: str, *, status: str, **values: object) -> None:
    if len(note) > NOTE_LENGTH:
        raise MalformedRequest(f"审核意见超过 {NOTE_LENGTH} 字", "请缩短后重试")
    reviewed = {"reviewed_by_id": by.account_id, "reviewed_at": now(), "review_note": note}
    with reason_for(session, note):
        write_values(record, {**values, **reviewed, "status": type(record.status).parse(status)})
        enqueue(session, kind_of(record), record)


def _tell(session: Session, record: SearchedRecord, what: str, body: str, link: str) -> None:
    notify(session, members_of(session, record), _text(record, what, body, link, NoticeKind.REVIEW))


def _text(record: SearchedRecord, what: str, body: str, link: str, kind: NoticeKind) -> NoticeText:
    key = f"decided:{kind}:{kind_of(record)}:{record.id}:{record.version}"
    return NoticeText(kind, key, f"{called(record)}{what}", body, link)


def _page(record: SearchedRecord) -> str:
    return f"/{kind_of(record)}/{record.id}"


def _mine(record: SearchedRecord) -> str:
    return f"/my/{kind_of(record)}"
