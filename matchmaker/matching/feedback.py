"""“这条不相关” and “有用”: what owners, brokers and officials say of a recommended pair with one tap.

Everybody's word is kept for learning (`matchmaker.learning`); that of a record's owner also takes the pair out of her
record's recommendations (`refusals.py`) until she takes it back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select

from matchmaker.errors import NotAllowed, NotFound
from matchmaker.models.account import Account
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.feedback import MatchFeedback, Relevance
from matchmaker.models.match import Match, Side
from matchmaker.models.need import TechnologyNeed
from matchmaker.rights import Actor, Right
from matchmaker.visibility import SearchedRecord, is_own


@dataclass(frozen=True)
class Opinion:
    """What is said of a pair; `seen` is the pair as the matcher sees it now (`matching.proposed`)."""

    verdict: Relevance
    reason: str = ""
    seen: Match | None = None


@dataclass(frozen=True)
class Speaker:
    """Somebody who may judge a pair, and for which side; None: for neither."""

    side: Side | None


def speaker(need: TechnologyNeed, achievement: Achievement, by: Actor) -> Speaker | None:
    """For whom she may judge the pair: owner of one side, certified broker or official; None if she may not."""
    if is_own(need, by) and by.may(Right.POST_NEEDS):
        return Speaker(Side.NEED)
    if is_own(achievement, by) and by.may(Right.PUBLISH_ACHIEVEMENTS):
        return Speaker(Side.ACHIEVEMENT)
    is_broker = by.may(Right.CARRY_MATCHES) and by.reads_as_broker
    return Speaker(None) if is_broker or (by.is_official and by.may(Right.ASSIGN_BROKERS)) else None


def give_feedback(
    session: Session, need: TechnologyNeed, achievement: Achievement, opinion: Opinion, *, by: Actor
) -> MatchFeedback:
    """Her word on the pair from now on; the same said again changes nothing. Raises NotAllowed."""
    who = speaker(need, achievement, by)
    if who is None or by.account_id is None or by.role is None:
        raise NotAllowed("只有需求方、成果方、有效的技术经纪人和主管部门可以评价推荐", "请从本单位的需求或成果页面评价")
    row = _known(session, need, achievement, by.account_id)
    if row is None:
        row = _added(session, need, achievement, opinion.verdict, by)
    elif (row.verdict, row.reason, row.side) == (opinion.verdict, opinion.reason, who.side):
        return row
    row.verdict, row.reason, row.side, row.role, row.at = opinion.verdict, opinion.reason, who.side, by.role, now()
    seen = opinion.seen
    row.probability, row.matcher_version = (seen.score, seen.matcher_version) if seen else (None, "")
    session.flush()
    return row


def withdraw_feedback(session: Session, feedback_id: int, *, by: Actor) -> MatchFeedback:
    """Take back what she or a colleague of her organisation said; what it was. Raises NotFound."""
    row = session.exec(select(MatchFeedback).where(col(MatchFeedback.id) == feedback_id, _hers(by))).first()
    if row is None:
        raise NotFound("没有这条评价，或它已经撤销", "请从“我的评价”重新进入")
    session.delete(row)
    session.flush()
    return row


def own_feedback(session: Session, by: Actor, *, limit: int, offset: int = 0) -> list[MatchFeedback]:
    """What she and the colleagues of her organisation have said, newest first. Nothing for the public."""
    wanted = select(MatchFeedback).where(_hers(by))
    wanted = wanted.order_by(col(MatchFeedback.at).desc(), col(MatchFeedback.id).desc())
    return list(session.exec(wanted.limit(limit).offset(offset)))


def feedback_on(
    session: Session, record: SearchedRecord, counterparts: Sequence[int | None], by: Actor
) -> dict[int, Relevance]:
    """What she has said of these pairs of the record, by the counterpart's id."""
    if not by.is_known or not record.id:
        return {}
    own, other = MatchFeedback.need_id, MatchFeedback.achievement_id
    if not isinstance(record, TechnologyNeed):
        own, other = other, own
    hers = (col(MatchFeedback.account_id) == by.account_id, col(own) == record.id, col(other).in_(counterparts))
    return {
        row.achievement_id if isinstance(record, TechnologyNeed) else row.need_id: row.verdict
        for row in session.exec(select(MatchFeedback).where(*hers))
    }


def called_not_relevant(session: Session, record: SearchedRecord) -> set[int]:
    """The ids of the counterparts that the record's owner has called not relevant."""
    own, other, side = MatchFeedback.need_id, MatchFeedback.achievement_id, Side.NEED
    if not isinstance(record, TechnologyNeed):
        own, other, side = other, own, Side.ACHIEVEMENT
    said = (col(MatchFeedback.side) == side, col(MatchFeedback.verdict) == Relevance.NOT_RELEVANT)
    return set(session.exec(select(other).where(col(own) == record.id, *said)))


def _hers(by: Actor) -> ColumnElement[bool]:
    said = [col(MatchFeedback.account_id) == by.account_id]
    for key, number in (("enterprise_id", by.enterprise_id), ("institution_id", by.institution_id)):
        if number is not None:
            colleagues = select(Account.id).where(col(getattr(Account, key)) == number)
            said.append(col(MatchFeedback.account_id).in_(colleagues))
    return or_(*said)


def _known(session: Session, need: TechnologyNeed, achievement: Achievement, account_id: int) -> MatchFeedback | None:
    return session.exec(
        select(MatchFeedback).where(
            col(MatchFeedback.need_id) == need.id,
            col(MatchFeedback.achievement_id) == achievement.id,
            col(MatchFeedback.account_id) == account_id,
        )
    ).first()


def _added(
    session: Session, need: TechnologyNeed, achievement: Achievement, verdict: Relevance, by: Actor
) -> MatchFeedback:
    """A row for her word, or the one that the same tap, sent twice, has added in this moment."""
    assert need.id and achievement.id and by.account_id and by.role  # noqa: S101, PT018 — stored, and known
    row = MatchFeedback(
        need_id=need.id, achievement_id=achievement.id, account_id=by.account_id, role=by.role, verdict=verdict
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        stored = _known(session, need, achievement, by.account_id)
        if stored is None:
            raise
        return stored
    return row
