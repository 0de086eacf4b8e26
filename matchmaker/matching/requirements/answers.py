"""What the other side answers to one requirement, judged as if its record had said so."""

import re

from matchmaker.matching.requirements.evidence import evidence_of
from matchmaker.matching.requirements.requirements import Requirement
from matchmaker.matching.requirements.verdicts import Judgement, judged
from matchmaker.models.achievement import AchievementFields
from matchmaker.models.match import Verdict

# How a short answer to “是否满足” begins. “不低于 30” and “无需…” say something else and are judged by the rules of texts.
_NO = re.compile(r"\s*(?:否|不(?:是|能|行|可以|满足|符合|具备|支持|达标)|没有|未(?:做|能|达)|达不到|做不到|暂无)")
_YES = re.compile(
    r"\s*(?:是的?|有|能|可以|满足|符合|具备|支持|达到|达标|已(?:经|通过|取得|具备)?)(?=[，,。；;、！!\s]|$)"
)


def judged_answer(requirement: Requirement, title: str, answer: str) -> Judgement:
    """The verdict on one requirement by the words of an answer; unknown where they do not decide it.

    A number is taken for that of the quantity asked for, also where the answer does not name it.
    """
    said = sentence_of(requirement, answer) if requirement.quantity is not None else answer
    found = judged(requirement, evidence_of(AchievementFields(title=title, summary=said)))
    verdict = found.verdict
    if verdict is Verdict.UNKNOWN and requirement.quantity is None:
        verdict = Verdict.UNMET if _NO.match(answer) else Verdict.MET if _YES.match(answer) else verdict
    sentence = found.sentence if verdict is Verdict.UNKNOWN else f"成果方答复：{answer}"
    question = found.question if verdict is Verdict.UNKNOWN else ""
    # The answer stands in the thread, not in a field: it has no place there.
    return Judgement(requirement, verdict, answer, None, sentence, question)


def sentence_of(requirement: Requirement, answer: str) -> str:
    """The answer as a sentence of its own, which says what it is about."""
    name = requirement.name.text if requirement.quantity is not None and requirement.name else requirement.text
    return answer if name in answer else f"{name}：{answer}"
