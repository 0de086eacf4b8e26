"""What people decided about recommended pairs, as judgements on relevance for learning and for the page of quality.

Accepted by both sides, or signed: good. Declined as out of field, or called 不相关: bad. Every other reason for saying no
(budget, capacity, maturity …) is no judgement on relevance (domain.md §5.3) and is left out.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from matchmaker.models.account import Account
from matchmaker.models.feedback import MatchFeedback, Relevance
from matchmaker.models.match import DeclineReason, Match, MatchEvent, MatchStatus

# Decisions count only when so many people who do not work together have made so many: nobody teaches the matcher alone.
LEAST_VOICES = 3
LEAST_DECISIONS = 30
# No voice has more than this share of the decisions' weight; of fewer than five voices, none more than another.
MOST_OF_ONE = 0.20
# In place of a matcher's version: nobody computed this pair, somebody chose it.
BY_HAND = "manual"
AGREED = (MatchStatus.SIGNED, MatchStatus.REGISTERED)
# Steps of the life (`brokerage.life.Step`) by which somebody says yes: `accept:need`, `sign`.
_YES = ("accept", "sign", "register")


@dataclass(frozen=True)
class Decision:
    """One voice on one pair. `voice` is an organisation where the account has one: colleagues speak once."""

    need_id: int
    achievement_id: int
    is_good: bool
    voice: str


def is_agreed(match: Match) -> bool:
    """Have both sides said yes, whatever became of it?"""
    both = match.need_accepted_at is not None and match.achievement_accepted_at is not None
    return both or match.status in AGREED


def decisions(session: Session) -> list[Decision]:
    """What people here decided, without demo data; the same voice on the same pair once, its tap before its steps."""
    accounts = {account.id: account for account in session.exec(select(Account))}
    found: dict[tuple[int, int, str], Decision] = {}

    def note(need_id: int, achievement_id: int, is_good: bool, account_id: int | None) -> None:
        account = accounts.get(account_id)
        if account is not None and not account.is_demo:
            voice = voice_of(account)
            found[need_id, achievement_id, voice] = Decision(need_id, achievement_id, is_good, voice)

    for match, event in session.exec(
        select(Match, MatchEvent)
        .join(MatchEvent, col(MatchEvent.match_id) == col(Match.id))
        .where(~col(Match.is_demo), _decided())
        .order_by(col(MatchEvent.id))
    ):
        if is_agreed(match):
            if event.what.partition(":")[0] in _YES:
                note(match.need_id, match.achievement_id, True, event.account_id)
        elif match.status is MatchStatus.DECLINED and event.reason is DeclineReason.OUT_OF_FIELD:
            note(match.need_id, match.achievement_id, False, event.account_id)
    for row in session.exec(select(MatchFeedback).order_by(col(MatchFeedback.id))):
        note(row.need_id, row.achievement_id, row.verdict is Relevance.USEFUL, row.account_id)
    return list(found.values())


def voice_of(account: Account) -> str:
    """Who speaks when this account does."""
    for kind in ("enterprise", "institution", "brokerage"):
        if (number := getattr(account, f"{kind}_id")) is not None:
            return f"{kind}:{number}"
    return f"account:{account.id}"


def are_enough(found: Sequence[Decision]) -> bool:
    """Do these come from enough people to be learned from?"""
    return len(found) >= LEAST_DECISIONS and len({decision.voice for decision in found}) >= LEAST_VOICES


def weights_of(found: Sequence[Decision]) -> list[float]:
    """How much each decision counts, at most 1: what is above a voice's share is spread over all it said."""
    counts = Counter(decision.voice for decision in found)
    most = _most(sorted(counts.values(), reverse=True))
    return [min(1.0, most / counts[decision.voice]) for decision in found]


def _most(counts: Sequence[int]) -> float:
    """The largest weight of one voice that is at most its share of all weights, these counts being cut at it."""
    share = max(MOST_OF_ONE, 1 / len(counts)) if counts else 1.0
    for cut in range(len(counts)):
        # The `cut` loudest voices have the most: most = share × (cut × most + the rest).
        left = 1 - share * cut
        if left <= 1e-9:
            break
        most = share * sum(counts[cut:]) / left
        if most >= counts[cut]:
            return most
    return float(counts[-1]) if counts else 0.0


def _decided() -> ColumnElement[bool]:
    both = col(Match.need_accepted_at).is_not(None) & col(Match.achievement_accepted_at).is_not(None)
    return or_(both, col(Match.status).in_((*AGREED, MatchStatus.DECLINED)))
