"""Matches of the demo city in every state of their life, each step taken by whoever would take it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import cycle

from sqlmodel import Session, col, select

from matchmaker import brokerage
from matchmaker.demo.contract_lives import draft_from, register, sign
from matchmaker.demo.people import People
from matchmaker.indexes import Indexes
from matchmaker.matching import match_need
from matchmaker.models.account import Role
from matchmaker.models.achievement import Achievement
from matchmaker.models.labels import NeedStatus
from matchmaker.models.match import DeclineReason, FollowUp, Match, MatchEvent, MatchMessage, Side
from matchmaker.models.need import TechnologyNeed
from matchmaker.records import ACTOR
from matchmaker.rights import Actor
from matchmaker.visibility import today

# So many of the brokers with an account carry matches; no divisor of the number of fates, so that each meets several.
_BUSY = 5


def best_pairs(session: Session, indexes: Indexes) -> list[tuple[int, int]]:
    """Need and achievement of the best match of every second need that an enterprise has published."""
    needs = session.exec(
        select(TechnologyNeed)
        .where(col(TechnologyNeed.is_demo), col(TechnologyNeed.enterprise_id).is_not(None))
        .where(col(TechnologyNeed.status) == NeedStatus.PUBLISHED)
        .order_by(col(TechnologyNeed.source_id))
    ).all()
    broker = Actor(role=Role.BROKER, is_certified=True)
    best = (match_need(session, indexes, need, limit=1, reader=broker) for need in needs[::2])
    return [(found[0].match.need_id, found[0].match.achievement_id) for found in best if found]


def carry_matches(session: Session, people: People, pairs: Sequence[tuple[int, int]]) -> None:
    """As far as real offices get: many introductions, some talks, a few contracts, with the reasons of those that failed."""
    for (need_id, achievement_id), broker, fate in zip(
        pairs, cycle(people.brokers[:_BUSY]), cycle(_FATES), strict=False
    ):
        need, achievement = session.get_one(TechnologyNeed, need_id), session.get_one(Achievement, achievement_id)
        _live(session, people, need, achievement, broker, fate)


@dataclass(frozen=True)
class _Fate:
    """How far a match gets, and how many days ago it began."""

    steps: tuple[str, ...]
    days_ago: int


_TALK = ("introduce", "need", "achievement")
_FATES = (
    _Fate((), 3),
    _Fate(("introduce",), 6),
    _Fate(("introduce", "need"), 12),
    _Fate(_TALK, 20),
    _Fate((*_TALK, "nda"), 25),
    _Fate((*_TALK, "negotiate"), 45),
    _Fate(("introduce", "need_declines"), 30),
    _Fate((*_TALK, "negotiate", "intent"), 70),
    _Fate((*_TALK, "negotiate", "intent", "sign"), 120),
    _Fate(("introduce", "need", "achievement_declines"), 40),
    _Fate((*_TALK, "negotiate", "sign", "register"), 160),
    _Fate((*_TALK, "negotiate", "close"), 90),
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
    steps.plan(fate)
    session.flush()
    _shift(session, match, fate.days_ago, len(fate.steps) + 1)


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
            "achievement": self._owner,
            "achievement_declines": self._owner,
            "register": self._city,
        }.get(step, broker)
        session.info[ACTOR] = acting
        match step:
            case "introduce":
                brokerage.introduce(session, self._match, by=broker, note="双方的材料和指标对得上，请先看推荐理由")
            case "need":
                brokerage.accept(session, match, Side.NEED, by=acting)
            case "achievement":
                brokerage.accept(session, match, Side.ACHIEVEMENT, by=acting, note=owner_note)
            case "need_declines":
                brokerage.decline(session, match, Side.NEED, by=acting, reason=DeclineReason.TOO_EXPENSIVE)
            case "achievement_declines":
                reason = DeclineReason.NO_CAPACITY
                brokerage.decline(session, match, Side.ACHIEVEMENT, by=acting, reason=reason, note=owner_note)
            case "nda":
                brokerage.request_nda(session, match, by=broker, note="企业要求先签保密协议再给图纸")
            case "negotiate":
                brokerage.negotiate(session, match, by=broker, note="首次视频会，确定试样方案")
                brokerage.write_message(session, match, by=broker, text="请贵方本周内寄两公斤试样，检测项目见纪要。")
            case "intent":
                brokerage.record_intent(session, match, by=broker, note="合作开发，费用分三期")
            case "sign":
                self._contract = sign(session, draft_from(session, match, by=broker), by=broker, on=on)
            case "register":
                register(session, self._contract, broker=broker, city=self._city, on=on)
            case "close":
                brokerage.close(session, match, by=broker, note="试样未达到企业指标，双方同意终止")
        session.info.pop(ACTOR, None)

    def plan(self, fate: _Fate) -> None:
        """What comes next."""
        if fate.steps[-1:] not in ((), ("introduce",), ("need",), ("negotiate",), ("intent",)):
            return
        brokerage.set_next_step(
            self._session,
            self._match,
            by=self._broker,
            text="电话了解双方进展，约定下次会面",
            due_on=today() + timedelta(days=5),
        )


def _shift(session: Session, match: Match, days: int, steps: int) -> None:
    """Spread what was just done over the time it would have taken."""
    began = timedelta(days=days)
    events = list(_events(session, match))
    for number, event in enumerate(events):
        event.at = event.at - began + timedelta(days=days * number // max(len(events), steps))
    first = events[0].at
    match.filed_at, match.updated_at = first, events[-1].at
    if match.need_accepted_at:
        match.need_accepted_at = first + timedelta(days=2)
    if match.achievement_accepted_at:
        match.achievement_accepted_at = first + timedelta(days=3)
    if match.due_on and days % 3 == 0:
        # Overdue, as in life.
        match.due_on -= timedelta(days=9)
    for message in session.exec(select(MatchMessage).where(col(MatchMessage.match_id) == match.id)):
        message.at -= timedelta(days=days // 2)
    signed = next((event.at for event in events if event.after.value == "signed"), None)
    if signed is None:
        return
    for follow_up in session.exec(select(FollowUp).where(col(FollowUp.match_id) == match.id)):
        follow_up.due_on = signed.date() + timedelta(days=follow_up.days)


def _events(session: Session, match: Match) -> Iterator[MatchEvent]:
    yield from session.exec(select(MatchEvent).where(col(MatchEvent.match_id) == match.id).order_by(col(MatchEvent.id)))
