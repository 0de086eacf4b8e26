"""One's own records with all that is going on around them, and how long a review takes."""

from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from sqlmodel import Session, col, func, select

from matchmaker.models.base import now
from matchmaker.models.match import Match, MatchStatus
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Revision, RevisionStatus
from matchmaker.posting.fields import FORMS
from matchmaker.posting.posters import check_may_post
from matchmaker.posting.revising import WITHDRAWABLE, is_locked, may_edit
from matchmaker.rights import Actor
from matchmaker.searched import records_of
from matchmaker.visibility import SearchedRecord, own

PAGE_SIZE = 20
# The window of the figure shown before submitting, and how many cases make one: of two a median tells nothing.
_WINDOW = timedelta(days=90)
_FEWEST_CASES = 3
# A match that is over is no longer something to look after.
_OVER = (MatchStatus.RECOMMENDED, MatchStatus.DECLINED, MatchStatus.CLOSED)


@dataclass(frozen=True)
class OwnRecord:
    """A record in its owner's list: how many matches are under way, a change that waits, and what may be done."""

    record: SearchedRecord
    matches: int
    revision: Revision | None

    @property
    def may_edit(self) -> bool:
        return may_edit(self.record)

    @property
    def edit_label(self) -> str:
        """What its button says: a returned or withdrawn record is submitted anew."""
        return "修改" if is_locked(self.record) or self.record.status in ("draft", "pending") else "修改后重新提交"

    @property
    def may_withdraw(self) -> bool:
        return self.record.status in WITHDRAWABLE


@dataclass(frozen=True)
class OwnRecords:
    """A page of them, the last changed first."""

    items: list[OwnRecord]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True)
class Waiting:
    """Median days from submitting to publishing, and of how many cases."""

    days: float
    cases: int


def own_records(session: Session, kind: RecordKind, *, by: Actor, page: int = 1) -> OwnRecords:
    """Her organisation's records and those she posted, in every status. Raises NotAllowed."""
    check_may_post(kind, by)
    table = FORMS[kind].table
    mine = own(table, by)
    total = session.exec(select(func.count()).select_from(table).where(mine)).one()
    page = min(page, max(1, -(-total // PAGE_SIZE)))
    order = (col(table.updated_at).desc(), col(table.id).desc())
    shown = select(col(table.id)).where(mine).order_by(*order).offset((page - 1) * PAGE_SIZE).limit(PAGE_SIZE)
    ids = [one for one in session.exec(shown) if one is not None]
    # Load into a dict, then walk the ordered ids: SQL returns the rows in any order.
    records = {record.id: record for record in records_of(session, kind, ids)}
    matches, revisions = _matches_of(session, kind, ids), _revisions_of(session, kind, ids)
    items = [OwnRecord(records[one], matches.get(one, 0), revisions.get(one)) for one in ids]
    return OwnRecords(items, total, page)


def waiting_time(session: Session, kind: RecordKind) -> Waiting | None:
    """How long reviewed records of the last 90 days took from submitting to publishing; None for too few cases."""
    table = FORMS[kind].table
    times = session.exec(
        select(table.created_at, table.published_at).where(
            col(table.published_at) >= now() - _WINDOW,
            col(table.reviewed_by_id).is_not(None),
            # What came by a file was not submitted by anybody who waited.
            col(table.posted_by_id).is_not(None),
        )
    ).all()
    days = [(published - created) / timedelta(days=1) for created, published in times if published is not None]
    return Waiting(round(median(days), 1), len(days)) if len(days) >= _FEWEST_CASES else None


def _matches_of(session: Session, kind: RecordKind, ids: list[int]) -> dict[int, int]:
    """Matches under way. Those not yet introduced are none of the owner's business."""
    key = Match.need_id if kind is RecordKind.NEEDS else Match.achievement_id
    counted = select(key, func.count()).where(col(key).in_(ids), col(Match.status).not_in(_OVER)).group_by(col(key))
    return dict(session.exec(counted).all())


def _revisions_of(session: Session, kind: RecordKind, ids: list[int]) -> dict[int, Revision]:
    """The last change of each that waits or was returned."""
    shown = (RevisionStatus.PENDING, RevisionStatus.RETURNED)
    latest = (
        select(func.max(Revision.id))
        .where(col(Revision.kind) == kind, col(Revision.record_id).in_(ids))
        .group_by(col(Revision.record_id))
    )
    found = select(Revision).where(col(Revision.id).in_(latest), col(Revision.status).in_(shown))
    return {one.record_id: one for one in session.exec(found)}
