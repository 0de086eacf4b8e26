"""What a match says to a reader at a glance, and what of its records she reads that the public does not."""

from sqlmodel import Session

from matchmaker.brokerage.life import OPEN
from matchmaker.brokerage.people import Pair
from matchmaker.disclosure import hidden_fields, reached, reads_more, shown_achievement, shown_need
from matchmaker.matching import compared
from matchmaker.models.match import (
    Explanation,
    Match,
    MatchStatus,
    NdaStatus,
    Reason,
    RequirementVerdict,
    SharedWord,
    Side,
)
from matchmaker.rights import Actor
from matchmaker.visibility import SearchedRecord, is_own, is_readable, today

# What a requirement of the form is decided by in the achievement, where no place in a text is named.
_DECIDED_BY = {"budget": "price_fen", "maturity": "maturity_level", "indicator": "indicators"}


def waits_for(pair: Pair) -> str:
    """Whose turn it is, in words; empty where nobody in particular is waited for."""
    match = pair.match
    if match.status is MatchStatus.RECOMMENDED:
        return "待经纪人引荐" if match.broker_account_id is not None else "待经纪人承办"
    if match.status is MatchStatus.INTRODUCED:
        given = {Side.NEED: match.need_accepted_at, Side.ACHIEVEMENT: match.achievement_accepted_at}
        return "待" + "、".join(side.label for side, at in given.items() if at is None) + "答复"
    return NdaStatus.REQUESTED.label if match.status in OPEN and match.nda is NdaStatus.REQUESTED else ""


def is_overdue(match: Match) -> bool:
    """Should the next step have been done by now?"""
    return match.due_on is not None and match.due_on < today() and match.status in OPEN | {MatchStatus.SIGNED}


def confidential_read(session: Session, pair: Pair, reader: Actor) -> list[SearchedRecord]:
    """The records of which this reader, who is not the owner, is shown more than the public is."""
    found = []
    for side in Side:
        record = pair.record(side)
        if is_own(record, reader) or not is_readable(session, record, reader):
            continue
        if reads_more(record, reached(session, record, reader)):
            found.append(record)
    return found


def shown_explanation(session: Session, pair: Pair, reader: Actor) -> Explanation:
    """Why the match was recommended, without what either record has since closed to this reader.

    The explanation of a match that is carried stays as it was: it may quote a field that was public then. Where one of
    the records is closed to this reader altogether, as after a match was broken off, nothing of it is left.
    """
    stored = pair.match.explanation
    if not all(is_readable(session, pair.record(side), reader) for side in Side):
        return Explanation(reasons=[], words=[])
    records = {side: pair.record(side) for side in Side}
    hidden = {side: hidden_fields(record, reached(session, record, reader)) for side, record in records.items()}
    if not any(hidden.values()):
        return stored
    current = {one.code: one for one in compared(shown_need(pair.need), shown_achievement(pair.achievement))}
    words = [one for one in stored.words if _is_shown(one, hidden)]
    dropped = {one.word for one in stored.words} - {one.word for one in words}
    reasons = [current.get(one.code, one) for one in stored.reasons]
    verdicts = [verdict for verdict in stored.verdicts if _is_readable(verdict, hidden)]
    update = {
        "words": words,
        "verdicts": verdicts,
        "reasons": [_without(one, words) if dropped else one for one in reasons],
    }
    # The sentence quotes words and requirements: where any is closed, the rest has to say it.
    if dropped or len(verdicts) < len(stored.verdicts):
        update["sentence"] = ""
    return stored.model_copy(update=update)


def _is_readable(verdict: RequirementVerdict, hidden: dict[Side, set[str]]) -> bool:
    """May this reader read the requirement, and what it was decided by?"""
    by = verdict.span.field if verdict.span else _DECIDED_BY.get(verdict.kind, "")
    return verdict.field not in hidden[Side.NEED] and by not in hidden[Side.ACHIEVEMENT]


def _is_shown(word: SharedWord, hidden: dict[Side, set[str]]) -> bool:
    """Does the word still stand on both sides in a field that this reader reads?"""
    in_need = any(span.field not in hidden[Side.NEED] for span in word.in_need)
    return in_need and any(span.field not in hidden[Side.ACHIEVEMENT] for span in word.in_achievement)


def _without(reason: Reason, words: list[SharedWord]) -> Reason:
    """The finding about words, naming only these."""
    if reason.code != "words":
        return reason
    listed = "、".join(one.word for one in words)
    return reason.model_copy(update={"sentence": f"共同出现：{listed}" if listed else "共同的关键词未公开"})
