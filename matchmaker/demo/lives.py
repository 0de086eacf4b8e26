"""Matches of the demo city in every state of their life, each step taken by whoever would take it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import cycle

from sqlalchemy import Engine
from sqlmodel import Session, col, select

from matchmaker import brokerage
from matchmaker.brokerage.life import Step, side_of, step_of, told
from matchmaker.demo.contract_lives import draft_from, register, sign
from matchmaker.demo.people import People, districts_without_parks
from matchmaker.indexes import Indexes
from matchmaker.matching import keep, match_need
from matchmaker.models.account import Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.labels import NeedStatus
from matchmaker.models.match import DeclineReason, FollowUp, Match, MatchEvent, MatchMessage, Side
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.notice import Notice
from matchmaker.records import ACTOR
from matchmaker.rights import Actor
from matchmaker.visibility import CITY_TIME, today

# So many of the brokers with an account carry matches; no divisor of the number of fates, so that each meets several.
_BUSY = 5
# What was told within these days is still unread.
_UNREAD = timedelta(days=4)


def best_pairs(session: Session, indexes: Indexes) -> list[tuple[int, int]]:
    """Need and achievement of the best match of every second need that an enterprise has published."""
    return _best(session, indexes, _needs(session)[::2])


def other_pairs(session: Session, indexes: Indexes) -> list[tuple[int, int]]:
    """The same of a few of the needs between them."""
    return _best(session, indexes, _needs(session)[1::2][-6:])


def _needs(session: Session) -> Sequence[TechnologyNeed]:
    return session.exec(
        select(TechnologyNeed)
        .where(col(TechnologyNeed.is_demo), col(TechnologyNeed.enterprise_id).is_not(None))
        .where(col(TechnologyNeed.status) == NeedStatus.PUBLISHED)
        # One district stays without a signed contract this year: its page is looked at, too.
        .where(~col(TechnologyNeed.region_code).startswith(districts_without_parks()[-1]))
        .order_by(col(TechnologyNeed.source_id))
    ).all()


def _best(session: Session, indexes: Indexes, needs: Sequence[TechnologyNeed]) -> list[tuple[int, int]]:
    broker = Actor(role=Role.BROKER, is_certified=True)
    # The runners-up stay recommendations.
    best = [match_need(session, indexes, need, limit=3, reader=broker) for need in needs]
    keep(_engine(session), (scored for recommended in best for scored in recommended))
    return [recommended[0].pair for recommended in best if recommended]


def _engine(session: Session) -> Engine:
    bound = session.get_bind()
    return bound if isinstance(bound, Engine) else bound.engine


def carry_matches(session: Session, people: People, pairs: Sequence[tuple[int, int]]) -> None:
    """As far as real offices get: many introductions, some talks, a few contracts, with the reasons of those that failed."""
    for (need_id, achievement_id), broker, fate in zip(
        pairs, cycle(people.brokers[:_BUSY]), cycle(_FATES), strict=False
    ):
        need, achievement = session.get_one(TechnologyNeed, need_id), session.get_one(Achievement, achievement_id)
        _live(session, people, need, achievement, broker, fate)


@dataclass(frozen=True)
class _Fate:
    """How far a match gets, how many days ago it began and for how many it has rested; what comes next, in so many
    days from today.
    """

    steps: tuple[str, ...]
    days_ago: int
    rest: int = 0
    next_step: str = ""
    due_in: int = 0


_TALK = ("introduce", "need", "achievement")
_ROUND = (
    _Fate((), 3, next_step="与企业核对指标后引荐双方", due_in=2),
    _Fate(("introduce",), 6, next_step="电话提醒双方答复", due_in=-2),
    _Fate(("introduce", "need"), 12, next_step="请成果方项目负责人答复", due_in=1),
    _Fate(_TALK, 20),
    _Fate((*_TALK, "nda", "need_signs"), 25, next_step="收齐双方盖章的保密协议", due_in=3),
    _Fate((*_TALK, "negotiate", "reply"), 45, next_step="汇总试样检测结果，约第二次技术交流", due_in=-4),
    _Fate(("introduce", "need_declines"), 30),
    _Fate((*_TALK, "negotiate", "intent"), 70, next_step="合同草案送双方法务审阅", due_in=5),
    _Fate((*_TALK, "negotiate", "intent", "sign"), 120),
    _Fate(("introduce", "need", "achievement_declines"), 40),
    _Fate((*_TALK, "negotiate", "sign", "register"), 160),
    _Fate((*_TALK, "negotiate", "close"), 90),
)
# The second time around: an agreement nobody has signed yet, and talks in which nothing has happened for weeks.
_FATES = (
    *_ROUND,
    *_ROUND[:4],
    _Fate((*_TALK, "nda"), 25, next_step="收齐双方盖章的保密协议", due_in=3),
    _Fate((*_TALK, "negotiate"), 90, rest=40),
    *_ROUND[6:],
)


def _live(
    session: Session, people: People, need: TechnologyNeed, achievement: Achievement, broker: Actor, fate: _Fate
) -> None:
    match = brokerage.take_up(session, need, achievement, by=broker)
    match.is_demo = True
    steps = _Steps(session, people, need, achievement, broker, match)
    for number, step in enumerate(fate.steps, 1):
        steps.take(step, today() - timedelta(days=fate.days_ago - fate.days_ago * number // (len(fate.steps) + 1)))
    if fate.steps[-1:] == ("intent",):
        draft_from(session, match, by=broker)
    if fate.next_step:
        brokerage.set_next_step(session, match, by=broker, text=fate.next_step, due_on=today())
    session.flush()
    date_back(session, match, fate.days_ago, fate.rest)
    if fate.next_step:
        _due(session, match, fate.due_in)


class _Steps:
    """The steps of one match, each by whoever would take it."""

    def __init__(
        self,
        session: Session,
        people: People,
        need: TechnologyNeed,
        achievement: Achievement,
        broker: Actor,
        match: Match,
    ) -> None:
        self._session, self._match, self._broker = session, match, broker
        self._asker = people.of_enterprise[need.enterprise_id or 0]
        owner = people.of_institution.get(achievement.institution_id or 0)
        self._owner = owner or people.of_enterprise.get(achievement.enterprise_id or 0, people.city)
        self._city = people.city

    def take(self, step: str, on: date) -> None:
        session, match, broker = self._session, self._match, self._broker
        owner_note = "已电话征得完成单位同意" if self._owner is self._city else ""
        acting = {
            "need": self._asker,
            "need_declines": self._asker,
            "need_signs": self._asker,
            "reply": self._asker,
            "achievement": self._owner,
            "achievement_declines": self._owner,
            "register": self._city,
        }.get(step, broker)
        session.info[ACTOR] = acting
        match step:
            case "introduce":
                brokerage.introduce(session, self._match, by=broker, note="双方的材料和指标对得上，请先看推荐理由")
            case "need" | "achievement":
                side, note = (Side.NEED, "") if step == "need" else (Side.ACHIEVEMENT, owner_note)
                brokerage.accept(session, match, side, by=acting, note=note)
            case "need_declines":
                brokerage.decline(session, match, Side.NEED, by=acting, reason=DeclineReason.TOO_EXPENSIVE)
            case "achievement_declines":
                reason = DeclineReason.NO_CAPACITY
                brokerage.decline(session, match, Side.ACHIEVEMENT, by=acting, reason=reason, note=owner_note)
            case "need_signs":
                brokerage.sign_nda(session, match, Side.NEED, by=acting, note="已盖章寄出")
            case "nda":
                brokerage.request_nda(session, match, by=broker, note="企业要求先签保密协议再给图纸")
            case "negotiate":
                brokerage.negotiate(session, match, by=broker, note="首次视频会，确定试样方案")
                brokerage.write_message(session, match, by=broker, text="请贵方本周内寄两公斤试样，检测项目见纪要。")
            case "reply":
                brokerage.write_message(session, match, by=acting, text="试样已寄出，请问检测结果大约几天能出来？")
            case "intent":
                brokerage.record_intent(session, match, by=broker, note="合作开发，费用分三期")
            case "sign":
                self._contract = sign(session, draft_from(session, match, by=broker), by=broker, on=on)
            case "register":
                register(session, self._contract, broker=broker, city=self._city, on=on)
            case "close":
                brokerage.close(session, match, by=broker, note="试样未达到企业指标，双方同意终止")
        session.info.pop(ACTOR, None)


def date_back(session: Session, match: Match, days: int, rest: int = 0) -> None:
    """Spread what was just done over so many days, at hours when offices work, up to `rest` days ago."""
    events = session.exec(
        select(MatchEvent).where(col(MatchEvent.match_id) == match.id).order_by(col(MatchEvent.id))
    ).all()
    spread = days - rest
    for number, event in enumerate(events):
        event.at = _at_work(today() - timedelta(days=days - spread * number // len(events)), number)
    at = {told(step_of(event), side_of(event)): event.at for event in events}
    match.filed_at, match.updated_at = events[0].at if match.filed_at else None, events[-1].at
    match.need_accepted_at = at.get(told(Step.ACCEPT, Side.NEED)) if match.need_accepted_at else None
    match.achievement_accepted_at = (
        at.get(told(Step.ACCEPT, Side.ACHIEVEMENT)) if match.achievement_accepted_at else None
    )
    messages = session.exec(
        select(MatchMessage).where(col(MatchMessage.match_id) == match.id).order_by(col(MatchMessage.id))
    ).all()
    for number, message in enumerate(messages):
        # The first one with the talks; the answer has just come.
        message.at = (
            at[Step.NEGOTIATE] + timedelta(hours=1) if number == 0 else _at_work(today() - timedelta(days=1), 2)
        )
    _date_notices(session, match, events, messages)
    if Step.SIGN in at:
        for follow_up in session.exec(select(FollowUp).where(col(FollowUp.match_id) == match.id)):
            follow_up.due_on = at[Step.SIGN].date() + timedelta(days=follow_up.days)


def _date_notices(
    session: Session, match: Match, events: Sequence[MatchEvent], messages: Sequence[MatchMessage]
) -> None:
    """Told when it happened; what is older than some days has been read."""
    # A key ends with the version of the match after the event, or it names the event or the message.
    at = {f"{number}": event.at for number, event in enumerate(events, 2)}
    named = {event.what: event.at for event in events} | {f"message:{one.id}": one.at for one in messages}
    about = f"match:{match.id}:"
    for notice in session.exec(select(Notice).where(col(Notice.key).startswith(about))):
        key = notice.key.removeprefix(about)
        notice.created_at = named.get(key) or at.get(key.rpartition(":")[2]) or notice.created_at
        if notice.created_at < now() - _UNREAD:
            notice.read_at = notice.created_at + timedelta(hours=2)


def _due(session: Session, match: Match, days: int) -> None:
    """The day of the next step, moved off the weekend; it may have passed."""
    match.due_on = _on_weekday(today() + timedelta(days=days))
    planned = select(MatchEvent).where(col(MatchEvent.match_id) == match.id, col(MatchEvent.what) == Step.PLAN)
    session.exec(planned).one().note = f"{match.next_step}（{match.due_on.isoformat()} 前）"


def _at_work(day: date, number: int) -> datetime:
    return datetime.combine(_on_weekday(day), time(9 + number % 8, number * 17 % 60), CITY_TIME).astimezone(UTC)


def _on_weekday(day: date) -> date:
    return day - timedelta(days=max(day.weekday() - 4, 0))
