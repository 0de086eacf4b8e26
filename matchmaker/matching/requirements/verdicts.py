"""One requirement against what an achievement states: met, unmet or unknown, with the deciding words.

Nothing is guessed: where the text does not say it, the verdict is unknown and comes with a question to ask.
"""

from dataclasses import dataclass

from matchmaker.matching.requirements.evidence import Evidence
from matchmaker.matching.requirements.names import Similarity
from matchmaker.matching.requirements.numeric import judged_by_number
from matchmaker.matching.requirements.requirements import Requirement, RequirementKind
from matchmaker.matching.requirements.wording import judged_by_words
from matchmaker.models.labels import MATURITY_LABELS, PriceMode
from matchmaker.models.match import Span, Verdict
from matchmaker.money import in_wan


@dataclass(frozen=True)
class Judgement:
    """What one achievement says on one requirement.

    `words` are the deciding words of the achievement and `span` their place (None where nothing is said or the value
    stands in a form field of its own); `sentence` tells it to a reader; `question` asks the other side where unknown.
    """

    requirement: Requirement
    verdict: Verdict
    words: str
    span: Span | None
    sentence: str
    question: str = ""


def judged(requirement: Requirement, evidence: Evidence, similarity: Similarity | None = None) -> Judgement:
    """The verdict on one requirement. `similarity` (two names → 0..1) recognises other names of a quantity by meaning."""
    match requirement.kind:
        case RequirementKind.BUDGET:
            return _budget(requirement, evidence)
        case RequirementKind.MATURITY:
            return _maturity(requirement, evidence)
        case RequirementKind.DEADLINE:
            return _unknown(requirement, f"贵方能否在 {requirement.text}？")
    verdict, span, words = Verdict.UNKNOWN, None, ""
    if requirement.quantity is not None:
        verdict, span, words = judged_by_number(requirement, evidence, similarity)
    elif requirement.name is None or requirement.kind is not RequirementKind.INDICATOR:
        verdict, span, words = judged_by_words(requirement, evidence)
    if verdict is Verdict.UNKNOWN:
        return _unknown(requirement, _question(requirement))
    sign = "符合" if verdict is Verdict.MET else "不符合"
    return Judgement(requirement, verdict, words, span, f"{sign}“{requirement.text}”：{words}")


def judgements(
    requirements: tuple[Requirement, ...], evidence: Evidence, similarity: Similarity | None = None
) -> list[Judgement]:
    """Every requirement of a need judged against one achievement, in order."""
    return [judged(requirement, evidence, similarity) for requirement in requirements]


def _unknown(requirement: Requirement, question: str) -> Judgement:
    return Judgement(requirement, Verdict.UNKNOWN, "", None, f"成果未说明“{requirement.text}”", question)


def _question(requirement: Requirement) -> str:
    text = requirement.text.strip("。；; ")
    if requirement.quantity is not None:
        name = requirement.name.text if requirement.name and requirement.kind is RequirementKind.INDICATOR else ""
        return f"需求方要求“{text}”，贵方{name or '这一项'}实际能达到多少？在什么条件下测得？"
    return f"需求方要求“{text}”，贵方成果是否满足？有无证明材料？"


def _budget(requirement: Requirement, evidence: Evidence) -> Judgement:
    limit, price = requirement.limit, evidence.price_fen
    if price is None or limit is None or evidence.price_mode is PriceMode.NEGOTIABLE:
        return _unknown(requirement, f"需求方{requirement.text}，贵方报价大约是多少？")
    words = f"报价 {in_wan(price)}"
    if price <= limit:
        return Judgement(requirement, Verdict.MET, words, None, f"报价 {in_wan(price)}，在预算 {in_wan(limit)} 之内")
    return Judgement(requirement, Verdict.UNMET, words, None, f"报价 {in_wan(price)}，高于预算 {in_wan(limit)}")


def _maturity(requirement: Requirement, evidence: Evidence) -> Judgement:
    level, least = evidence.maturity_level, requirement.limit
    if level is None or least is None:
        return _unknown(requirement, f"需求方要求{requirement.text}，贵方技术目前到哪一步？")
    words = f"成熟度 {level} 级（{MATURITY_LABELS[level]}）"
    if level >= least:
        return Judgement(requirement, Verdict.MET, words, None, f"{words}，达到要求的 {least} 级")
    return Judgement(requirement, Verdict.UNMET, words, None, f"{words}，低于要求的 {least} 级")
