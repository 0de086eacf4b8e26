"""How long a record holds: until when it is published, and from when on nobody has confirmed it for too long.

The rules only; reminding, confirming and closing stand in `freshness.py`.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func
from sqlmodel import col

from matchmaker.models.base import now
from matchmaker.models.need import TechnologyNeed
from matchmaker.visibility import SearchedRecord, today

# A need is solved or dropped within a year or so; an achievement stays on offer for longer.
NEED_HOLDS, ACHIEVEMENT_HOLDS = timedelta(days=365), timedelta(days=730)
# Nobody can say what will hold in five years.
LONGEST = timedelta(days=5 * 365)
# Half a year without a sign of life: from here on a broker's telephone call is more often in vain than not.
UNCONFIRMED_AFTER = timedelta(days=180)


def usual_end(table: type[SearchedRecord], start: date | None = None) -> date:
    """Until when a record of that table holds that is published or confirmed on `start` (today)."""
    return (start or today()) + (NEED_HOLDS if table is TechnologyNeed else ACHIEVEMENT_HOLDS)


def mark_published(record: SearchedRecord) -> None:
    """The record has just been published: since when, and, where nothing is stated, until when."""
    record.published_at = record.published_at or now()
    record.valid_until = record.valid_until or usual_end(type(record))


def may_be_confirmed(record: SearchedRecord) -> bool:
    """Is there anything to confirm? Of what is published, or has expired for want of a confirmation."""
    return record.status in ("published", "expired")


def is_unconfirmed(record: SearchedRecord) -> bool:
    """Has nobody confirmed the record for so long that it sinks in lists and in the matching?"""
    return (record.last_confirmed_at or record.published_at or record.created_at) < now() - UNCONFIRMED_AFTER


def unconfirmed(table: type[SearchedRecord]) -> ColumnElement[bool]:
    """`is_unconfirmed` as an SQL condition."""
    confirmed = func.coalesce(col(table.last_confirmed_at), col(table.published_at), col(table.created_at))
    return confirmed < now() - UNCONFIRMED_AFTER


def freshest_first(table: type[SearchedRecord]) -> tuple[ColumnElement[Any], ...]:
    """SQL order of lists: what is unconfirmed comes last, otherwise the most recently published first."""
    return case((unconfirmed(table), 1), else_=0), col(table.published_at).desc(), col(table.id).desc()
