"""What waits for an official: submitted records and changes, the longest waiting first; and what may be a duplicate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rapidfuzz import fuzz, process
from sqlalchemy import ColumnElement, exists
from sqlalchemy.orm import Mapped
from sqlmodel import Session, and_, col, func, or_, select, tuple_

from matchmaker.index_documents import kind_of
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import Labelled
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.models.posting import Revision, RevisionStatus
from matchmaker.rights import Actor
from matchmaker.searched import records_of
from matchmaker.visibility import SearchedRecord, in_lists_of, overseen

# Two titles of so much in common (0–100) are worth a look; of one organisation less is enough. Tried on the demo city:
# real pairs of different topics stay below 60, rewordings of one title lie above 75.
ALIKE, ALIKE_OF_ONE_OWNER = 72.0, 55.0
SHOWN_DUPLICATES = 5


class ReviewKind(Labelled):
    """The lists of the review queue; also part of their addresses."""

    NEEDS = "needs", "技术需求"
    ACHIEVEMENTS = "achievements", "科技成果"
    REVISIONS = "revisions", "修改申请"


@dataclass(frozen=True)
class Waiting:
    """One entry of the queue. `item_id` is the record's number, or the revision's."""

    kind: ReviewKind
    item_id: int
    record: SearchedRecord
    since: datetime


@dataclass(frozen=True)
class Duplicate:
    """A record that may be the same as the one under review. `likeness`: of the titles, 0–100."""

    record: SearchedRecord
    likeness: int
    is_same_owner: bool


def table_of(kind: RecordKind | ReviewKind) -> type[SearchedRecord]:
    """The table of needs or of achievements."""
    return TechnologyNeed if kind == RecordKind.NEEDS else Achievement


def record_of(session: Session, kind: RecordKind | ReviewKind, record_id: int) -> SearchedRecord | None:
    """The record of that number, if there is one; who may know of it is for the caller to ask."""
    return session.get(TechnologyNeed, record_id) if kind == RecordKind.NEEDS else session.get(Achievement, record_id)


def counts(session: Session, by: Actor) -> dict[ReviewKind, int]:
    """How many entries wait in each list that this official sees."""
    return {
        kind: session.exec(select(func.count()).select_from(_table(kind)).where(_pending(kind, by))).one()
        for kind in ReviewKind
    }


def waiting(session: Session, kind: ReviewKind, by: Actor, *, offset: int = 0, limit: int = 20) -> list[Waiting]:
    """A page of one list, the longest waiting first."""
    return _entries(session, kind, [_pending(kind, by)], offset, limit)


def next_after(session: Session, entry: Waiting, by: Actor) -> Waiting | None:
    """The entry behind this one, else the first of the list; None when it is the last one of all."""
    table, since = _table(entry.kind), _since(entry.kind)
    behind = tuple_(since, col(table.id)) > tuple_(entry.since, entry.item_id)
    others = [_pending(entry.kind, by), col(table.id) != entry.item_id]
    found = _entries(session, entry.kind, [*others, behind], 0, 1) or _entries(session, entry.kind, others, 0, 1)
    return found[0] if found else None


def likely_duplicates(session: Session, record: SearchedRecord, by: Actor) -> list[Duplicate]:
    """Published and submitted records with a title alike, or nearly so of the same organisation, most alike first.

    Only those this official may know of.
    """
    table = type(record)
    known = or_(overseen(table, by), and_(*in_lists_of(table, by)))
    rows = session.exec(
        select(table.id, table.title).where(
            known, col(table.status).in_(("published", "pending")), table.id != record.id
        )
    )
    titles = {record_id: title for record_id, title in rows if record_id is not None}
    alike = process.extract(record.title, titles, scorer=fuzz.ratio, score_cutoff=ALIKE_OF_ONE_OWNER, limit=50)
    likeness = {record_id: round(score) for _, score, record_id in alike}
    found = [
        Duplicate(one, likeness[one.id or 0], _owner(one) is not None and _owner(one) == _owner(record))
        for one in records_of(session, kind_of(record), list(likeness))
    ]
    worth = [one for one in found if one.is_same_owner or one.likeness >= ALIKE]
    return sorted(worth, key=lambda one: (-one.likeness, one.record.id or 0))[:SHOWN_DUPLICATES]


def _owner(record: SearchedRecord) -> tuple[str, int] | None:
    institution_id = record.institution_id if isinstance(record, Achievement) else None
    if institution_id is not None:
        return "institution", institution_id
    return None if record.enterprise_id is None else ("enterprise", record.enterprise_id)


def _table(kind: ReviewKind) -> type[SearchedRecord] | type[Revision]:
    return Revision if kind is ReviewKind.REVISIONS else table_of(kind)


def _since(kind: ReviewKind) -> Mapped[datetime]:
    # Submitting (again) is the last thing that happened to a pending record.
    return col(Revision.submitted_at) if kind is ReviewKind.REVISIONS else col(table_of(kind).updated_at)


def _pending(kind: ReviewKind, by: Actor) -> ColumnElement[bool]:
    if kind is not ReviewKind.REVISIONS:
        table = table_of(kind)
        return and_(col(table.status) == "pending", overseen(table, by))
    of_hers = [
        and_(
            col(Revision.kind) == one,
            exists().where(col(table_of(one).id) == col(Revision.record_id), overseen(table_of(one), by)),
        )
        for one in RecordKind
    ]
    return and_(col(Revision.status) == RevisionStatus.PENDING, or_(*of_hers))


def _entries(
    session: Session, kind: ReviewKind, conditions: Sequence[ColumnElement[bool]], offset: int, limit: int
) -> list[Waiting]:
    table, since = _table(kind), _since(kind)
    page = select(col(table.id), since).where(*conditions).order_by(since, col(table.id)).offset(offset).limit(limit)
    entries = []
    for found_id, submitted in session.exec(page).all():
        item_id = found_id or 0
        revision = session.get(Revision, item_id) if kind is ReviewKind.REVISIONS else None
        of_kind, record_id = (revision.kind, revision.record_id) if revision else (kind, item_id)
        record = record_of(session, of_kind, record_id)
        if record is not None:
            entries.append(Waiting(kind, item_id, record, submitted))
    return entries
