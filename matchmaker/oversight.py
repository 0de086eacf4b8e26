"""What officials oversee: all records of the district or the city in every status, by filters, counted and paged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, exists
from sqlmodel import Session, and_, col, func, select

from matchmaker.models.base import now
from matchmaker.models.labels import AchievementStatus, Labelled, NeedStatus
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.review_queue import table_of
from matchmaker.rights import Actor
from matchmaker.searched import records_of
from matchmaker.validity import unconfirmed
from matchmaker.visibility import SearchedRecord, openly, overseen, taken_up, today

PAGE_SIZE = 30
ENDING_SOON = timedelta(days=30)
ALONE_AFTER = timedelta(days=14)


class Freshness(Labelled):
    """What can be asked about the age of a record."""

    UNCONFIRMED = "unconfirmed", "待确认"
    ENDING = "ending", "30 天内到期"
    OVERDUE = "overdue", "已过有效期"


class Carrying(Labelled):
    """What can be asked about who carries a need."""

    ALONE = "alone", "发布超过 14 天仍无人承办"


@dataclass(frozen=True)
class Wanted:
    """The filters of a list; what is empty filters nothing. `district` is the code the region's code begins with."""

    kind: RecordKind
    status: str = ""
    district: str = ""
    industry: str = ""
    campaign: str = ""
    freshness: Freshness | None = None
    carrying: Carrying | None = None
    text: str = ""


@dataclass(frozen=True)
class Overseen:
    """A page of records, how many there are of them, and how many of each status under the other filters."""

    records: Sequence[SearchedRecord]
    total: int
    statuses: dict[NeedStatus | AchievementStatus, int]


def overseen_records(
    session: Session, wanted: Wanted, by: Actor, *, offset: int = 0, limit: int = PAGE_SIZE
) -> Overseen:
    """The records this official answers for, the last changed first."""
    table = table_of(wanted.kind)
    conditions = [overseen(table, by), *_asked(wanted)]
    status = col(table.status)
    rows = session.exec(select(status, func.count()).where(*conditions).group_by(status))
    statuses = dict(rows.all())
    if wanted.status:
        conditions.append(status == wanted.status)
    newest = select(col(table.id)).where(*conditions).order_by(col(table.updated_at).desc(), col(table.id).desc())
    ids = [one or 0 for one in session.exec(newest.offset(offset).limit(limit))]
    by_id = {one.id: one for one in records_of(session, wanted.kind, ids)}
    total = sum(number for one, number in statuses.items() if not wanted.status or one == wanted.status)
    return Overseen([by_id[one] for one in ids if one in by_id], total, statuses)


def campaigns_of(session: Session, by: Actor) -> Sequence[str]:
    """The names of campaigns that needs of hers belong to, for the filter."""
    name = col(TechnologyNeed.campaign)
    return session.exec(select(name).where(overseen(TechnologyNeed, by), name != "").distinct().order_by(name)).all()


def _asked(wanted: Wanted) -> list[ColumnElement[bool]]:
    table = table_of(wanted.kind)
    # What its author has not submitted yet is nobody else's to look at.
    asked: list[ColumnElement[bool]] = [col(table.status) != "draft"]
    if wanted.district:
        asked.append(col(table.region_code).startswith(wanted.district, autoescape=True))
    if wanted.industry:
        asked.append(col(table.city_industry) == wanted.industry)
    if wanted.campaign and wanted.kind is RecordKind.NEEDS:
        asked.append(col(TechnologyNeed.campaign) == wanted.campaign)
    if wanted.text:
        asked.append(col(table.title).icontains(wanted.text, autoescape=True))
    if wanted.freshness is not None:
        asked.append(_of_freshness(table, wanted.freshness))
    if wanted.carrying is not None and wanted.kind is RecordKind.NEEDS:
        asked += alone()
    return asked


def alone() -> tuple[ColumnElement[bool], ...]:
    """SQL conditions: open needs nobody has taken up `ALONE_AFTER` their publication."""
    carried = exists().where(col(Match.need_id) == col(TechnologyNeed.id), taken_up())
    return (*openly(TechnologyNeed), col(TechnologyNeed.published_at) < now() - ALONE_AFTER, ~carried)


def _of_freshness(table: type[SearchedRecord], freshness: Freshness) -> ColumnElement[bool]:
    published, end = col(table.status) == "published", col(table.valid_until)
    if freshness is Freshness.UNCONFIRMED:
        return and_(published, unconfirmed(table))
    if freshness is Freshness.ENDING:
        return and_(published, end.between(today(), today() + ENDING_SOON))
    return and_(col(table.status).in_(("published", "expired")), end < today())
