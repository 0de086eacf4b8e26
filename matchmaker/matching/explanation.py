"""Why a pair is shown, in a reader's words: the words that met and where, what is met, broken and unknown."""

import re
from collections.abc import Mapping, Sequence

from indexing import Index
from matchmaker.matching.background import is_evidence
from matchmaker.matching.profile import Profile
from matchmaker.matching.requirements import Judgement, Requirement, judged_answer, requirements_of
from matchmaker.models.match import RequirementVerdict, SharedWord, Span, Verdict
from matchmaker.models.need import NeedPublic

# As many words as a person takes in at a glance.
_MOST_WORDS = 12
# Rarity of a word (`matching.background`) that stands in every twelfth technology text: below, it explains nothing.
_LEAST_RARITY = 2.5
# A bare number (95, 0.35, 1-2) says nothing without its unit; names with digits (q235, 7075-t6) do.
_NUMBER = re.compile(r"[\d.,%‰℃°~+-]+")
Places = Mapping[str, Sequence[Span]]


def words_by_place(profile: Profile, index: Index) -> dict[str, list[Span]]:
    """The words of every public text field with their places, field by field."""
    places: dict[str, list[Span]] = {}
    for field, text in profile.texts.items():
        for word, start, end in index.tokens(text):
            places.setdefault(word, []).append(Span(field=field, start=start, end=end))
    return places


def shared_words(need: Places, achievement: Places, rarity: Mapping[str, float]) -> list[SharedWord]:
    """The telling words that both texts have, rarest first, with their places; a word inside a longer shared one is left out."""
    shared = [
        word
        for word in need.keys() & achievement.keys()
        # One character of Chinese is too little to be evidence, and so is a bare number.
        if len(word) > 1
        and rarity.get(word, 0.0) >= _LEAST_RARITY
        and is_evidence(word)
        and not _NUMBER.fullmatch(word)
    ]
    shared.sort(key=lambda word: (-len(word), word))
    kept: list[str] = []
    for word in shared:
        if not any(word in longer for longer in kept):
            kept.append(word)
    kept.sort(key=lambda word: (-rarity[word], word))
    return [
        SharedWord(
            word=word, weight=round(rarity[word], 3), in_need=list(need[word]), in_achievement=list(achievement[word])
        )
        for word in kept[:_MOST_WORDS]
    ]


def verdict_of(judgement: Judgement) -> RequirementVerdict:
    """A judgement as it is stored and shown."""
    requirement = judgement.requirement
    return RequirementVerdict(
        kind=requirement.kind,
        requirement=requirement.text,
        field=requirement.field,
        is_hard=requirement.is_hard,
        verdict=judgement.verdict,
        words=judgement.words,
        span=judgement.span,
        sentence=judgement.sentence,
        question=judgement.question,
    )


def requirement_of(need: NeedPublic, verdict: RequirementVerdict) -> Requirement | None:
    """The requirement that was judged; None where the need no longer asks for it."""
    return next(
        (one for one in requirements_of(need) if (one.kind, one.text) == (verdict.kind, verdict.requirement)), None
    )


def answered(requirement: Requirement, title: str, answer: str) -> RequirementVerdict:
    """The verdict on a requirement by what the side of the achievement with this title answers, whose words it keeps."""
    return verdict_of(judged_answer(requirement, title, answer))


def why(need: Profile, achievement: Profile, verdicts: Sequence[RequirementVerdict], words: Sequence[str]) -> str:
    """One sentence why the pair is shown; what is broken comes first."""
    broken = [one for one in verdicts if one.verdict is Verdict.UNMET and one.is_hard]
    met = [one for one in verdicts if one.verdict is Verdict.MET]
    unknown = [one for one in verdicts if one.verdict is Verdict.UNKNOWN]
    about = f"都涉及{'、'.join(words[:3])}" if words else "说的是相近的问题"
    if broken:
        first = f"有 {len(broken)} 项硬性要求不符合（{_short(broken[0].requirement)}），请先核实"
        return f"{first}；两边{about}。"
    told = f"，{len(verdicts)} 项要求中 {len(met)} 项符合" if met else ""
    left = f"，{len(unknown)} 项待对方说明" if unknown and verdicts else ""
    return f"两边{about}{told}{left}。"


def _short(text: str) -> str:
    """A requirement in a sentence: its beginning is enough, the whole stands in the table below."""
    return text if len(text) <= 24 else f"{text[:23]}…"
