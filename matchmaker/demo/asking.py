"""What the people of the demo city wish for and keep at hand: introductions nobody carries yet, saved searches, a shortlist."""

from collections.abc import Sequence
from datetime import timedelta

from sqlmodel import Session

from matchmaker import brokerage, workbench
from matchmaker.demo.lives import date_back
from matchmaker.demo.people import People
from matchmaker.models.achievement import Achievement
from matchmaker.models.base import now
from matchmaker.models.need import TechnologyNeed
from matchmaker.models.outbox import RecordKind
from matchmaker.records import ACTOR
from matchmaker.rights import Actor
from matchmaker.visibility import is_readable

# Who asks for it, and how many days ago.
_WISHES = (
    ("need", 1, "我们对这项成果感兴趣，想先了解能否寄样试验"),
    ("achievement", 4, "课题组做过同类工况"),
    ("city", 9, ""),
)
_SEARCHES = (
    ("工业废水难题", RecordKind.NEEDS, "废水"),
    ("电池材料成果", RecordKind.ACHIEVEMENTS, "电池 材料"),
)
_KEPT = ("已有中试线，可约参观", "问清是否已有独占许可", "")


def ask(session: Session, people: People, pairs: Sequence[tuple[int, int]]) -> None:
    """A few of these pairs are wished for: by the firm, by the institute, and proposed by the bureau."""
    open_pairs = iter(pairs)
    for who, days, note in _WISHES:
        need, achievement, asking = next(
            found for pair in open_pairs if (found := _wish_of(session, people, pair, who)) is not None
        )
        session.info[ACTOR] = asking
        match = brokerage.wish(session, need, achievement, by=asking, note=note)
        match.is_demo = True
        session.flush()
        date_back(session, match, days)
        session.info.pop(ACTOR)


def _wish_of(
    session: Session, people: People, pair: tuple[int, int], who: str
) -> tuple[TechnologyNeed, Achievement, Actor] | None:
    """Both records and who asks; None where she may not read both (an institute knows no need of the brokers' circle)."""
    need, achievement = session.get_one(TechnologyNeed, pair[0]), session.get_one(Achievement, pair[1])
    asking = {
        "need": people.of_enterprise.get(need.enterprise_id or 0),
        "achievement": people.of_institution.get(achievement.institution_id or 0),
    }.get(who) or people.city
    readable = is_readable(session, need, asking) and is_readable(session, achievement, asking)
    return (need, achievement, asking) if readable else None


def keep_at_hand(session: Session, people: People, pairs: Sequence[tuple[int, int]]) -> None:
    """The first broker has worked with the platform for a while."""
    broker = people.brokers[0]
    session.info[ACTOR] = broker
    for name, kind, text in _SEARCHES:
        saved = workbench.save_search(session, name, kind, text, {}, by=broker)
        # What was published since then is the first alert.
        saved.seen_until = now() - timedelta(days=14)
    for (_, achievement_id), note in zip(pairs[len(_WISHES) :], _KEPT, strict=False):
        workbench.keep(session, RecordKind.ACHIEVEMENTS, achievement_id, note, by=broker)
    session.info.pop(ACTOR)
