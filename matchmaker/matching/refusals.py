"""What people said of a recommendation: the pairs that nobody is to be shown again."""

from sqlmodel import Session, col, select

from matchmaker.matching.feedback import called_not_relevant
from matchmaker.models.match import DeclineReason, Match, MatchStatus
from matchmaker.models.need import TechnologyNeed
from matchmaker.visibility import SearchedRecord


def refused_counterparts(session: Session, record: SearchedRecord) -> set[int]:
    """The ids of the counterparts that one of the two sides declined as out of its field, in either direction, and of
    those that the record's owner called not relevant.

    Every other reason is no judgement on relevance (domain.md §5.3): such a pair stays in the lists.
    """
    own, other = Match.need_id, Match.achievement_id
    if not isinstance(record, TechnologyNeed):
        own, other = other, own
    refused = (
        col(own) == record.id,
        col(Match.status) == MatchStatus.DECLINED,
        col(Match.decline_reason) == DeclineReason.OUT_OF_FIELD,
    )
    return set(session.exec(select(other).where(*refused))) | called_not_relevant(session, record)
