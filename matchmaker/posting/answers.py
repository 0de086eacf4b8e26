"""Answering what a need requires and the achievement does not say: told the other side, judged, and kept in the achievement."""

from dataclasses import dataclass

from sqlmodel import Session

from matchmaker.brokerage import Pair, Part, acting_parts, pair_of, shown_explanation, without_contacts, write_message
from matchmaker.disclosure import shown_need
from matchmaker.errors import MalformedRequest, NotAllowed
from matchmaker.matching import answered, requirement_of
from matchmaker.matching.requirements import sentence_of
from matchmaker.models.match import Match, RequirementVerdict, Verdict
from matchmaker.posting.revising import Revised, add_to_summary, is_locked
from matchmaker.rights import Actor

LONGEST_ANSWER = 300


@dataclass(frozen=True)
class Answered:
    """What became of an answer: the verdict by it, the change of the achievement that waits for its review, if any."""

    verdict: RequirementVerdict
    revised: Revised | None
    contacts_hidden: bool


def answer_question(
    session: Session, match: Match, requirement: str, answer: str, *, keep: bool, by: Actor
) -> Answered:
    """Answer one open requirement of a match for the achievement's side.

    The answer becomes a message of the thread, and the match's verdict on the requirement is the one it gives; the other
    reasons stay as they were. With `keep` a sentence is added to the achievement, which an official reviews like every
    change; all later matches are judged by it. Raises NotFound, NotAllowed, WrongStatus, MalformedRequest.
    """
    pair = pair_of(session, match)
    if Part.ACHIEVEMENT_SIDE not in acting_parts(pair, by):
        raise NotAllowed("只有成果方可以答复这些问题", "请由成果方答复，或留言询问")
    given = answer.strip()
    if not given or len(given) > LONGEST_ANSWER:
        raise MalformedRequest(f"答复须为 1 至 {LONGEST_ANSWER} 字", "请填写或缩短答复")
    if requirement not in {one.requirement for one in open_questions(session, pair, by)}:
        raise MalformedRequest("这一项要求已有结论，或不在这项对接的要求之中", "请刷新页面后再答复")
    contacts_hidden = write_message(session, match, by=by, text=f"关于“{requirement}”：{given}")
    # A telephone number is no answer, and the verdict is shown before contacts are.
    said = without_contacts(given)
    stored = next(one for one in match.explanation.verdicts if one.requirement == requirement)
    asked = requirement_of(shown_need(pair.need), stored)
    if asked is None:
        # The need has changed since: whoever reads the answer judges it.
        verdict, sentence = stored.model_copy(update={"words": said}), f"{requirement}：{said}"
    else:
        verdict, sentence = answered(asked, pair.achievement.title, said), sentence_of(asked, said)
    verdicts = [verdict if one.requirement == requirement else one for one in match.explanation.verdicts]
    # A new value: a change within the old one would not be stored.
    match.explanation = match.explanation.model_copy(update={"verdicts": verdicts})
    session.flush()
    revised = None
    if keep and is_locked(pair.achievement):
        revised = add_to_summary(session, pair.achievement, sentence, by=by)
    return Answered(verdict, revised, contacts_hidden)


def open_questions(session: Session, pair: Pair, reader: Actor) -> list[RequirementVerdict]:
    """The requirements that this reader may read and that nothing decides yet."""
    explanation = shown_explanation(session, pair, reader)
    return [one for one in explanation.verdicts if one.verdict is Verdict.UNKNOWN]
