"""Drafts 草稿: a form as far as it has been filled in, kept for its author and for nobody else."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, delete, select

from matchmaker.errors import MalformedRequest, NotAllowed, NotFound
from matchmaker.models.account import Account
from matchmaker.models.base import now
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Draft, Revision, RevisionStatus
from matchmaker.posting.fields import BASE_VERSION, FIRST_OPERATOR, FORMS
from matchmaker.posting.posters import check_may_post, posts_for_others
from matchmaker.posting.typed import as_typed, typed_from
from matchmaker.records import record_by_id
from matchmaker.rights import Actor
from matchmaker.validity import usual_end
from matchmaker.visibility import SearchedRecord, is_own, today

# Under this name a draft keeps the page that saved it last; no form has a field of that name.
SAVED_BY = "saved_by"
# Nobody fills in as many forms at once; somebody's script might.
MOST_DRAFTS = 100


def first_values(session: Session, kind: RecordKind, *, by: Actor) -> dict[str, Any]:
    """What a new form begins with: valid as long as usual, and her own name as contact when she posts for her own."""
    begun: dict[str, Any] = {
        "valid_until": _usual_end(kind),
        "confidentiality": FORMS[kind].defaulted["confidentiality"],
    }
    if kind is RecordKind.NEEDS:
        begun["indicator_operator"] = [str(FIRST_OPERATOR)]
    account = session.get(Account, by.account_id)
    if account is not None and not posts_for_others(kind, by):
        begun |= {"contact_name": account.name, "contact_email": account.email}
    return begun


@dataclass(frozen=True)
class Showing:
    """One showing of a form on a page: a name of its own, and the state of the draft that it has shown."""

    page: str = ""
    seen: str = ""


# Of a program, or of a page that does not say.
UNKNOWN_SHOWING = Showing()


def state_of(draft: Draft) -> str:
    """The state a draft is in: another one after every save."""
    return f"{draft.updated_at.timestamp():.6f}"


def new_draft(
    session: Session,
    kind: RecordKind,
    pairs: Iterable[tuple[str, str]],
    *,
    by: Actor,
    showing: Showing = UNKNOWN_SHOWING,
) -> Draft:
    """A draft with what was typed; the one this page has made already, when its answer got lost on the way.

    Raises NotAllowed, MalformedRequest (too many drafts).
    """
    check_may_post(kind, by)
    for made in drafts_of(session, kind, by=by) if showing.page else ():
        if made.values.get(SAVED_BY) == showing.page:
            return save_draft(session, made, pairs, by=by, showing=showing)
    values = {**typed_from(kind, pairs), **_saved_by(showing)}
    return _stored(session, Draft(account_id=_account(by), kind=kind, values=values))


def own_draft(session: Session, draft_id: int, *, by: Actor) -> Draft:
    """Her draft. Raises NotFound, also for somebody else's."""
    draft = session.get(Draft, draft_id)
    if draft is None or draft.account_id != by.account_id:
        raise NotFound("没有这份草稿", "它可能已经提交或删除，请到“我的需求”“我的成果”查看")
    check_may_post(draft.kind, by)
    return draft


def save_draft(
    session: Session,
    draft: Draft,
    pairs: Iterable[tuple[str, str]],
    *,
    by: Actor,
    showing: Showing = UNKNOWN_SHOWING,
) -> Draft:
    """Keep what is typed now, whatever it is; the draft it is in afterwards.

    When another window has written the draft since this page showed it, that is a draft of its own: neither window
    takes away what was typed in the other. Raises MalformedRequest (too many drafts).
    """
    before = draft.values
    kept = {BASE_VERSION: before[BASE_VERSION]} if BASE_VERSION in before else {}
    typed = typed_from(draft.kind, pairs)
    values = {**typed, **kept, **_saved_by(showing)}
    if showing.page and state_of(draft) != showing.seen and before.get(SAVED_BY) != showing.page:
        if typed == {name: value for name, value in before.items() if name not in (BASE_VERSION, SAVED_BY)}:
            return draft
        apart = Draft(account_id=_account(by), kind=draft.kind, record_id=draft.record_id, values=values)
        return _stored(session, apart)
    draft.values = values
    draft.updated_at = now()
    return draft


def remove_draft(session: Session, draft: Draft) -> None:
    """Remove it. Raises NotFound when another request has already done so: what follows must happen once only."""
    session.flush()
    removed = session.exec(delete(Draft).where(col(Draft.id) == draft.id).execution_options(synchronize_session=False))
    session.expunge(draft)
    if removed.rowcount != 1:
        raise NotFound("没有这份草稿", "它可能已经提交或删除，请到“我的需求”“我的成果”查看")


def drafts_of(session: Session, kind: RecordKind, *, by: Actor) -> list[Draft]:
    """Her drafts of this kind, the last changed first."""
    mine = select(Draft).where(col(Draft.account_id) == by.account_id, col(Draft.kind) == kind)
    return list(session.exec(mine.order_by(col(Draft.updated_at).desc(), col(Draft.id).desc())))


def draft_of(session: Session, kind: RecordKind, record_id: int, *, by: Actor) -> Draft:
    """The draft in which she changes her record: the one begun earlier on this version, else one with all it says.

    A change that waits for its review is gone on from. Raises NotFound, NotAllowed.
    """
    record = own_record(session, kind, record_id, by=by)
    for begun in drafts_of(session, kind, by=by):
        # One that was made from an older version can be read and copied from, but not be submitted any more.
        if begun.record_id == record_id and base_version(begun) == record.version:
            return begun
    values = {**_typed_with_revision(session, kind, record), BASE_VERSION: str(record.version)}
    if record.valid_until is not None and record.valid_until < today():
        # What has expired is submitted again to be valid again.
        values["valid_until"] = _usual_end(kind)
    return _stored(session, Draft(account_id=_account(by), kind=kind, record_id=record_id, values=values))


def copy_of(session: Session, kind: RecordKind, record_id: int, *, by: Actor) -> Draft:
    """A draft of a new record that says the same as one of hers, valid as long as usual. Raises NotFound, NotAllowed."""
    record = own_record(session, kind, record_id, by=by)
    values = {**as_typed(kind, record), "valid_until": _usual_end(kind)}
    if kind is RecordKind.ACHIEVEMENTS:
        # One achievement is registered once.
        values |= {"registered_number": "", "registered_on": ""}
    return _stored(session, Draft(account_id=_account(by), kind=kind, values=values))


def own_record(session: Session, kind: RecordKind, record_id: int, *, by: Actor) -> SearchedRecord:
    """Her organisation's record, or one she posted. Raises NotFound for any other, NotAllowed without the right."""
    check_may_post(kind, by)
    record: SearchedRecord = record_by_id(session, FORMS[kind].table, record_id)
    if not is_own(record, by):
        raise NotFound(f"没有编号为 {record_id} 的记录", "这里只有本单位的记录，请从列表重新进入")
    return record


def pending_revision(session: Session, kind: RecordKind, record_id: int) -> Revision | None:
    """The change of this record that waits for its review, if there is one."""
    waiting = select(Revision).where(col(Revision.kind) == kind, col(Revision.record_id) == record_id)
    return session.exec(waiting.where(col(Revision.status) == RevisionStatus.PENDING)).first()


def base_version(draft: Draft) -> int:
    """The version of the record that the draft was made from."""
    return int(draft.values.get(BASE_VERSION, 0))


def title_of(draft: Draft) -> str:
    """What the draft is called in a list."""
    return str(draft.values.get("title", "")).strip()[:200] or f"未命名的{draft.kind.label}"


def _typed_with_revision(session: Session, kind: RecordKind, record: SearchedRecord) -> dict[str, Any]:
    revision = pending_revision(session, kind, record.id or 0)
    if revision is None:
        return as_typed(kind, record)
    form = FORMS[kind]
    said = {name: getattr(record, name) for name in form.values}
    changed = {name: value for name, value in revision.values.items() if name in form.values}
    return as_typed(kind, form.update.model_validate({**said, **changed, "version": record.version}))


def _stored(session: Session, draft: Draft) -> Draft:
    mine = session.exec(select(Draft.id).where(col(Draft.account_id) == draft.account_id).limit(MOST_DRAFTS)).all()
    if len(mine) == MOST_DRAFTS:
        raise MalformedRequest(f"草稿已有 {MOST_DRAFTS} 份", "请先提交或删除一些")
    session.add(draft)
    session.flush()
    return draft


def _saved_by(showing: Showing) -> dict[str, str]:
    return {SAVED_BY: showing.page} if showing.page else {}


def _account(by: Actor) -> int:
    if by.account_id is None:
        raise NotAllowed("请先登录", "登录后再填报")
    return by.account_id


def _usual_end(kind: RecordKind) -> str:
    return usual_end(FORMS[kind].table).isoformat()
