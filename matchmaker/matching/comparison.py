"""Two profiles compared: probability, band, verdicts and reasons. Pure, and the same from both sides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from indexing import Index
from matchmaker.matching.explanation import shared_words, verdict_of, why, words_by_place
from matchmaker.matching.probability import PairModel, meaning_of, probability, share
from matchmaker.matching.profile import Profile
from matchmaker.matching.requirements import Judgement, judgements
from matchmaker.matching.scoring import HIGH, POLICY, band_of, log_odds_of_form, violations
from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.match import Band, Explanation, Reason, Verdict
from matchmaker.models.need import NeedPublic

# A cosine between calibrated vectors that is more than chance.
_NEAR = 0.1
# Just below HIGH: what breaks a hard requirement is never called 匹配度高, whatever the texts share.
_MOST_OF_A_VIOLATOR = HIGH - 0.01


@dataclass(frozen=True)
class Comparison:
    """A need and an achievement compared by the coefficients of `model`."""

    need: Profile
    achievement: Profile
    model: PairModel

    @cached_property
    def judgements(self) -> list[Judgement]:
        """Every requirement of the need, judged."""
        return judgements(self.need.requirements, self.achievement.evidence)

    @cached_property
    def reasons(self) -> list[Reason]:
        """What the fields of the two forms say about each other."""
        return compared(self.need.shown, self.achievement.shown)

    @cached_property
    def violations(self) -> int:
        """Hard requirements that are broken."""
        return violations(self.judgements)

    @cached_property
    def text_log_odds(self) -> float:
        """Log odds by the texts alone: cheap, for the first order of many."""
        return self.model.log_odds(self.need, self.achievement)

    @cached_property
    def form_log_odds(self) -> float:
        """What form fields and requirements add to them."""
        return log_odds_of_form(self.reasons, self.judgements)

    @cached_property
    def probability(self) -> float:
        """P(an expert would call it a good match), 0..1, to four digits."""
        return shown_probability(self.text_log_odds + self.form_log_odds, is_violator=self.violations > 0)

    @property
    def shares_something(self) -> bool:
        """Is there anything at all that speaks for the pair: a telling word of both, or a nearness of meaning?"""
        cosine = meaning_of(self.need, self.achievement)
        return share(self.need.words, self.achievement.words) > 0 or (cosine or 0.0) >= _NEAR

    @property
    def band(self) -> Band | None:
        """None where the pair is not recommended."""
        return band_of(self.probability)

    def explanation(self, index: Index, ranks: Mapping[str, int], notes: Sequence[Reason] = ()) -> Explanation:
        """Why, for people: one sentence, the verdicts, the fields, the words that met. `notes` are reasons beside the pair."""
        words = shared_words(words_by_place(self.need, index), words_by_place(self.achievement, index), self.need.words)
        cosine = meaning_of(self.need, self.achievement)
        verdicts = [verdict_of(judgement) for judgement in self.judgements]
        texts = [_words_reason(self, [word.word for word in words]), _meaning_reason(cosine)]
        return Explanation(
            sentence=why(self.need, self.achievement, verdicts, [word.word for word in words]),
            verdicts=verdicts,
            reasons=[*texts, *self.reasons, *notes],
            words=words,
            cosine=None if cosine is None else round(cosine, 4),
            ranks=dict(ranks),
        )


def shown_probability(log_odds: float, *, is_violator: bool) -> float:
    """The probability that is shown for these log odds, to four digits; a violator stays out of 匹配度高."""
    found = probability(log_odds)
    return round(min(found, _MOST_OF_A_VIOLATOR) if is_violator else found, 4)


def compared(need: NeedPublic | AchievementPublic, achievement: NeedPublic | AchievementPublic) -> list[Reason]:
    """What the fields of two public shapes say about each other; of hidden fields only that they are not public."""
    if not isinstance(need, NeedPublic) or not isinstance(achievement, AchievementPublic):
        raise TypeError("a comparison joins a need and an achievement")
    reasons = []
    for weighted in POLICY:
        finding = weighted.feature(need, achievement)
        reasons.append(
            Reason(
                code=weighted.code,
                label=weighted.label,
                verdict=finding.verdict,
                score=finding.score,
                weight=weighted.weight,
                need_value=finding.need_value,
                achievement_value=finding.achievement_value,
                sentence=finding.sentence,
                gap=finding.gap,
            )
        )
    return reasons


def _words_reason(comparison: Comparison, words: Iterable[str]) -> Reason:
    covered = share(comparison.need.title_words, comparison.achievement.words)
    listed = "、".join(list(words)[:6])
    verdict = Verdict.MET if covered >= 0.5 else Verdict.PARTLY if listed else Verdict.UNMET
    sentence = f"都提到：{listed}" if listed else "两段文字没有共同的关键词"
    return Reason(code="words", label="关键词", verdict=verdict, score=round(covered, 4), weight=0.0, sentence=sentence)


def _meaning_reason(cosine: float | None) -> Reason:
    if cosine is None:
        sentence, verdict = "语义尚未计算", Verdict.UNKNOWN
    elif cosine >= 0.45:
        sentence, verdict = "两段文字说的是同一类问题", Verdict.MET
    elif cosine >= 0.25:
        sentence, verdict = "两段文字说的是相近的问题", Verdict.PARTLY
    else:
        sentence, verdict = "两段文字的意思相距较远", Verdict.UNMET
    return Reason(
        code="meaning",
        label="语义",
        verdict=verdict,
        score=None if cosine is None else round(cosine, 4),
        weight=0.0,
        sentence=sentence,
    )
