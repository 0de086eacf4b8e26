"""The matches of a record as cards: the reasons, the words that met, both texts side by side."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session

from indexing.errors import IndexingError
from matchmaker.brokerage import ENDED, Pair, Step, may_write, offered, parts_of
from matchmaker.disclosure import shown_achievement, shown_need
from matchmaker.errors import RecordNotMatchable, SearchNotAvailable
from matchmaker.index_state import index_state
from matchmaker.indexes import Indexes
from matchmaker.matching import ScoredMatch, counterparts, feedback_on, matcher_version
from matchmaker.models.achievement import Achievement
from matchmaker.models.match import Band
from matchmaker.models.need import TechnologyNeed
from matchmaker.posting.revising import may_edit
from matchmaker.rights import Actor
from matchmaker.visibility import is_own
from matchmaker.web.pages.feedback import FeedbackForm, feedback_form
from matchmaker.web.pages.findings import Findings, findings
from matchmaker.web.pages.sections import Marks, Section, original_texts
from matchmaker.web.pages.view import Row, public, row

log = logging.getLogger("matchmaker.web")

NOT_AVAILABLE = "匹配服务暂时不可用，请稍后刷新本页；记录内容不受影响。"

# The reasons of the first matches are open; those further down are one click away and keep the page short.
OPEN_REASONS = 3


@dataclass(frozen=True)
class Begin:
    """What this reader may do with a recommendation: a button (`step`), or the way to the match under way (`path`).

    `ask` is where a question to the other side is sent, empty where she cannot ask.
    """

    path: str = ""
    step: Step | None = None
    status: str = ""
    ask: str = ""


@dataclass(frozen=True)
class MatchCard:
    """One proposed match, seen from the record whose page this is."""

    record_id: int
    row: Row
    band: Band | None
    findings: Findings
    achievement_id: int
    is_asked: bool
    may_edit: bool
    need_texts: list[Section]
    achievement_texts: list[Section]
    is_chosen: bool
    is_open: bool
    begin: Begin
    feedback: FeedbackForm | None = None


@dataclass(frozen=True)
class Matches:
    """The block below a record: cards, or a sentence why there are none (`notice`) or not all yet (`pending`)."""

    cards: list[MatchCard]
    related: list[MatchCard]
    notice: str
    pending: str
    matcher_version: str
    records: Sequence[TechnologyNeed | Achievement] = ()

    @property
    def only_weak(self) -> bool:
        return bool(self.cards) and all(card.band is Band.LOW for card in self.cards)

    @property
    def high(self) -> int:
        """How many are 匹配度高."""
        return sum(card.band is Band.HIGH for card in self.cards)

    @property
    def is_answered(self) -> bool:
        """Is anything recommended, or is it too early to say that nothing is?"""
        return bool(self.cards or self.notice)

    @property
    def chosen(self) -> MatchCard | None:
        return next((card for card in (*self.cards, *self.related) if card.is_chosen), None)


def matches_of(
    session: Session,
    indexes: Indexes | None,
    record: TechnologyNeed | Achievement,
    reader: Actor,
    chosen_id: int | None,
) -> Matches:
    """The matches, or why there are none just now: the record itself is shown either way."""
    if indexes is None:
        return _none(NOT_AVAILABLE)
    try:
        found = counterparts(session, indexes, record, reader=reader)
    except RecordNotMatchable as error:
        return _none(f"{error.detail}，不再推荐。")
    except (SearchNotAvailable, IndexingError) as error:
        log.warning("matches of %r are not available: %s", record, type(error).__name__)
        return _none(NOT_AVAILABLE)
    said = feedback_on(session, record, [one.id for one in found.records], reader)

    def card(scored: ScoredMatch, position: int) -> MatchCard:
        shown = _card(session, scored, record, reader, chosen_id, position)
        return replace(shown, feedback=feedback_form(scored, reader, said))

    cards = [card(scored, position) for position, scored in enumerate(found.recommended)]
    related = [card(scored, OPEN_REASONS) for scored in found.related]
    return Matches(
        cards,
        related=related,
        notice="",
        pending=_pending(session, indexes),
        matcher_version=matcher_version(indexes),
        records=found.records,
    )


def _none(notice: str) -> Matches:
    return Matches([], [], notice=notice, pending="", matcher_version="")


def _pending(session: Session, indexes: Indexes) -> str:
    """Matches made while records are still on their way into the index are not the last word."""
    state = index_state(session, indexes)
    waiting = state.waiting_words + state.waiting_meaning
    return f"还有 {waiting} 条记录正在建立索引，推荐会逐步补全，请稍后刷新。" if waiting else ""


def _begin(session: Session, scored: ScoredMatch, reader: Actor) -> Begin:
    """The public sees none of it: that somebody carries a match is the business of those who may carry it."""
    if not reader.is_known:
        return Begin()
    match, need, achievement = scored.match or scored.row(), scored.need, scored.achievement
    pair = Pair(session, match, need, achievement)
    if parts := parts_of(pair, reader):
        here = f"/carried/{match.id}"
        may_ask = may_write(match.status, parts) and not is_own(achievement, reader)
        return Begin(path=here, status=match.status.label, ask=f"{here}/messages" if may_ask else "")
    if step := offered(pair, reader):
        here = f"/take-up/{need.id}/{achievement.id}"
        # Who only proposes a pair is no part of it and writes no messages.
        may_ask = step is not Step.PAIR and not is_own(achievement, reader)
        return Begin(path=here, step=step, ask=here if may_ask else "")
    if not (pair.is_taken_up and reader.reads_as_broker):
        return Begin()
    return Begin(status=match.status.label if match.status in ENDED else "已有经纪人承办")


def _card(
    session: Session,
    scored: ScoredMatch,
    record: TechnologyNeed | Achievement,
    reader: Actor,
    chosen_id: int | None,
    position: int,
) -> MatchCard:
    explanation = scored.explanation
    need, achievement = shown_need(scored.need), shown_achievement(scored.achievement)
    other = public(scored.record)
    is_chosen = other.id == chosen_id
    return MatchCard(
        record_id=other.id,
        row=row(scored.record),
        band=scored.band,
        findings=findings(explanation, achievement),
        achievement_id=achievement.id,
        is_asked=reader.is_known and is_own(scored.achievement, reader),
        may_edit=may_edit(scored.achievement),
        need_texts=original_texts(need, Marks.of_need(explanation)),
        achievement_texts=original_texts(achievement, Marks.of_achievement(explanation)),
        is_chosen=is_chosen,
        is_open=is_chosen or position < OPEN_REASONS,
        begin=_begin(session, scored, reader),
    )


def marks_of_chosen(matches: Matches, record: Any) -> Marks:
    """What to highlight in the record's own text: the words of the match the reader chose."""
    card = matches.chosen
    if card is None:
        return Marks()
    explanation = card.findings.explanation
    is_need = isinstance(record, TechnologyNeed)
    return Marks.of_need(explanation) if is_need else Marks.of_achievement(explanation)
