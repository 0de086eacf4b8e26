"""After signing: a look at what became of the contract, and the daily reminders of what is due."""

from datetime import date, datetime, time, timedelta

from sqlmodel import Session, col, func, select

from matchmaker.brokerage.life import ENDED, Step, told
from matchmaker.brokerage.moving_on import Said, check_acting, put_on_record
from matchmaker.brokerage.people import Pair, pair_of
from matchmaker.brokerage.telling import named, tell, without_contacts
from matchmaker.errors import MalformedRequest, NotFound, WrongStatus
from matchmaker.models.base import now
from matchmaker.models.match import FollowUp, Match, MatchEvent, MatchStatus, Side
from matchmaker.models.notice import NoticeKind
from matchmaker.rights import Actor
from matchmaker.visibility import CITY_TIME

# 跟踪服务 at three times, because signing is not performance (domain.md §5.1).
DAYS = (30, 90, 180)
LONGEST_OUTCOME = 1000
# A firm has asked whom it has to ask by then; a broker who waits longer loses the other side.
ANSWER_DAYS = 7


def plan_follow_ups(session: Session, match: Match, signed_on: date) -> None:
    """The three looks at a match that was signed on that day."""
    assert match.id is not None  # noqa: S101 — stored
    for days in DAYS:
        session.add(FollowUp(match_id=match.id, days=days, due_on=signed_on + timedelta(days=days)))


def follow_ups_of(session: Session, match: Match) -> list[FollowUp]:
    """The match's follow-ups, the earliest first."""
    wanted = select(FollowUp).where(col(FollowUp.match_id) == match.id).order_by(col(FollowUp.days))
    return list(session.exec(wanted))


def day_of_signing(session: Session, match: Match) -> date | None:
    """The day the match was signed, from which its follow-ups count; None before."""
    first = next(iter(follow_ups_of(session, match)), None)
    return first.due_on - timedelta(days=first.days) if first else None


def due_follow_ups(session: Session, today: date) -> list[tuple[FollowUp, Match]]:
    """Follow-ups that should have been done by today and are not, the longest overdue first."""
    wanted = (
        select(FollowUp, Match)
        .join(Match, col(Match.id) == col(FollowUp.match_id))
        .where(
            col(FollowUp.done_at).is_(None),
            col(FollowUp.due_on) <= today,
            col(Match.status).in_((MatchStatus.SIGNED, MatchStatus.REGISTERED)),
        )
        .order_by(col(FollowUp.due_on), col(FollowUp.id))
    )
    return [(follow_up, match) for follow_up, match in session.exec(wanted)]


def record_follow_up(session: Session, match: Match, days: int, *, by: Actor, outcome: str) -> FollowUp:
    """What the look after so many days showed; read by the broker and officials.

    Raises NotFound, NotAllowed, WrongStatus (done already), MalformedRequest (nothing said).
    """
    pair = pair_of(session, match)
    check_acting(pair, Step.FOLLOW_UP, by)
    found = next((one for one in follow_ups_of(session, match) if one.days == days), None)
    if found is None:
        raise NotFound(f"这项对接没有 {days} 天的回访", f"回访在签约后第 {'、'.join(map(str, DAYS))} 天进行")
    if found.done_at is not None:
        raise WrongStatus(f"{days} 天的回访已经记录", "如有新情况，请记在下一次回访中")
    if not outcome:
        raise MalformedRequest("请写明回访结果", "例如：合同履行正常，已付首笔款")
    found.done_at, found.done_by_id = now(), by.account_id
    found.outcome = without_contacts(outcome)[:LONGEST_OUTCOME]
    session.add(found)
    put_on_record(pair, Step.FOLLOW_UP, by, Said(note=f"{days} 天：{found.outcome}"))
    return found


def remind(session: Session, today: date) -> None:
    """Tell whoever carries a match of follow-ups and next steps that are due, and sides of introductions they have not
    answered for a week: a daily duty, each told once.
    """
    for follow_up, match in due_follow_ups(session, today):
        pair = pair_of(session, match)
        _remind(pair, f"签约后 {follow_up.days} 天的回访已到期", f"follow_up:{follow_up.days}")
    wanted = select(Match).where(
        col(Match.due_on).is_not(None), col(Match.due_on) <= today, col(Match.status).not_in(ENDED)
    )
    for match in session.exec(wanted):
        _remind(pair_of(session, match), "下一步已到期", f"next_step:{match.due_on}")
    for event, match in _unanswered(session, today):
        pair, answered = pair_of(session, match), (match.need_accepted_at, match.achievement_accepted_at)
        for side in (side for side, at in zip(Side, answered, strict=True) if at is None):
            sentence = f"您的{named(pair, side)}有一项引荐已等待 {ANSWER_DAYS} 天，请答复"
            tell(pair, pair.to_tell(side), sentence, key=f"unanswered:{side}:{event.id}", but=None)


def _unanswered(session: Session, today: date) -> list[tuple[MatchEvent, Match]]:
    """Introductions that have waited for an answer for `ANSWER_DAYS`, each with the event that made it."""
    introduced = col(MatchEvent.what) == told(Step.INTRODUCE)
    latest = select(func.max(MatchEvent.id)).where(introduced).group_by(col(MatchEvent.match_id))
    since = datetime.combine(today - timedelta(days=ANSWER_DAYS - 1), time.min, CITY_TIME)
    wanted = (
        select(MatchEvent, Match)
        .join(Match, col(Match.id) == col(MatchEvent.match_id))
        .where(col(Match.status) == MatchStatus.INTRODUCED, col(MatchEvent.id).in_(latest), col(MatchEvent.at) < since)
        .order_by(col(MatchEvent.id))
    )
    return [(event, match) for event, match in session.exec(wanted)]


def _remind(pair: Pair, what: str, key: str) -> None:
    sentence = f"{named(pair, Side.NEED)}的对接：{what}"
    tell(pair, pair.staff(), sentence, key=key, kind=NoticeKind.FOLLOW_UP, but=None)
