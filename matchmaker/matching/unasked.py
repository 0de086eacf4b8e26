"""Recommendations nobody has asked for: what was published lately is matched before its owner opens its page."""

from datetime import timedelta
from typing import Any

from sqlmodel import Session, col, select

from matchmaker.indexes import Indexes
from matchmaker.matching.matcher import match_achievement, match_need
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.visibility import SearchedRecord, openly

# A day that was missed is made up for by the next run.
RECENT = timedelta(days=3)
# An import of thousands is not matched in one go: its owners' pages do it when they are opened.
MOST = 200


def match_new(session: Session, indexes: Indexes) -> int:
    """Match the open needs and achievements of the last days that have no match yet; how many records were asked for.

    What is found is stored as the pages store it, for the public's circle only; it shows among the recommendations of
    both owners. Raises SearchNotAvailable.
    """
    found = [*_unmatched(session, TechnologyNeed), *_unmatched(session, Achievement)][:MOST]
    for record in found:
        if isinstance(record, TechnologyNeed):
            match_need(session, indexes, record)
        else:
            match_achievement(session, indexes, record)
    return len(found)


def _unmatched(session: Session, table: type[SearchedRecord]) -> list[SearchedRecord]:
    key = Match.need_id if table is TechnologyNeed else Match.achievement_id
    either: type[Any] = table
    wanted = select(either).where(
        *openly(table),
        col(table.published_at) >= now() - RECENT,
        ~select(Match.id).where(col(key) == col(table.id)).exists(),
    )
    return list(session.exec(wanted.order_by(col(table.published_at).desc(), col(table.id)).limit(MOST)))
