"""Recommendations that are kept: what the platform proposes on its own stands in the database until somebody takes it up."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from matchmaker.database import session_scope
from matchmaker.errors import SearchNotAvailable
from matchmaker.indexes import Indexes
from matchmaker.matching.matcher import ScoredMatch, recommended_to_all, scored_pair
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.match import Match
from matchmaker.models.need import TechnologyNeed
from matchmaker.visibility import SearchedRecord, openly

# A day that was missed is made up for by the next run.
RECENT = timedelta(days=3)
# An import of thousands is not matched in one go: the next runs go on.
MOST = 200
# After a single record was written; an import is left to the morning.
_LATEST = 10
_BROUGHT_UP_TO_DATE = ("need_version", "achievement_version", "score", "band", "explanation", "matcher_version")


def match_new(database: Engine, indexes: Indexes, *, most: int = MOST) -> int:
    """Match the open needs and achievements of the last days that have no match yet; how many records were asked for.

    What is found is kept, for the public's circle only; it shows among the recommendations of both owners. Nobody who
    writes waits while it is looked for. Raises SearchNotAvailable.
    """
    with Session(database) as session:
        needs = _unmatched(session, TechnologyNeed, most)
        achievements = _unmatched(session, Achievement, most)[: most - len(needs)]
        found = [recommended_to_all(session, indexes, records) for records in (needs, achievements)]
        scored = [match for matches in chain(*found) for match in matches]
    keep(database, scored)
    return len(needs) + len(achievements)


def match_latest(database: Engine, indexes: Indexes) -> int:
    """What was published a moment ago, as `match_new`: its owner need not wait until morning."""
    return match_new(database, indexes, most=_LATEST)


def proposed(session: Session, indexes: Indexes | None, need: TechnologyNeed, achievement: Achievement) -> Match | None:
    """The row of a pair that somebody chooses, as the platform sees it now; None where it cannot be compared just now."""
    if indexes is None:
        return None
    try:
        return scored_pair(session, indexes, need, achievement).row()
    except SearchNotAvailable:
        return None


def keep(database: Engine, scored: Iterable[ScoredMatch]) -> list[Match]:
    """Store these pairs, in their order; what says the same as the row that is there, or is carried, is left alone."""
    rows = [match.row() for match in scored]
    if not rows:
        return []
    kept: dict[tuple[int, int], Match] = {}
    with session_scope(database) as session:
        # In one order for everybody: two that each wait for the other's row would never end.
        for row in sorted(rows, key=_pair):
            kept[_pair(row)] = kept_row(session, row)
    return [kept[_pair(row)] for row in rows]


def kept_row(session: Session, row: Match) -> Match:
    """The stored match of the row's pair, brought up to date; the row itself where there is none yet."""
    stored = _known(session, row) or _added(session, row)
    # Once somebody carries a match, the reasons it was taken up for stay on record.
    if stored is not row and not stored.is_carried and _differs(stored, row):
        for name in _BROUGHT_UP_TO_DATE:
            setattr(stored, name, getattr(row, name))
        stored.updated_at = now()
    return stored


def _known(session: Session, row: Match) -> Match | None:
    pair = (Match.need_id == row.need_id, Match.achievement_id == row.achievement_id)
    return session.exec(select(Match).where(*pair)).first()


def _added(session: Session, row: Match) -> Match:
    """The row, or the one that somebody who asked in the same moment has added."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        if (stored := _known(session, row)) is None:
            raise
        return stored
    return row


def _pair(row: Match) -> tuple[int, int]:
    return row.need_id, row.achievement_id


def _differs(stored: Match, row: Match) -> bool:
    before, after = stored.explanation.model_dump(), row.explanation.model_dump()
    return (stored.score, stored.band, stored.matcher_version, before) != (
        row.score,
        row.band,
        row.matcher_version,
        after,
    )


def _unmatched(session: Session, table: type[SearchedRecord], most: int) -> Sequence[SearchedRecord]:
    key = Match.need_id if table is TechnologyNeed else Match.achievement_id
    either: type[Any] = table
    wanted = select(either).where(
        *openly(table),
        col(table.published_at) >= now() - RECENT,
        ~select(Match.id).where(col(key) == col(table.id)).exists(),
    )
    return list(session.exec(wanted.order_by(col(table.published_at).desc(), col(table.id)).limit(most)))
