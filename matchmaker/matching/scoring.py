"""The policy: what moves the odds of a pair beside its texts, and from which probability on it is recommended."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matchmaker.matching import features
from matchmaker.matching.features import Feature
from matchmaker.matching.requirements import Judgement, RequirementKind
from matchmaker.models.match import Band, Reason, Verdict

# Grows with every change of retrieval, features, weights or limits: stored with each match, so that an audit
# can tell which policy proposed it.
MATCHER_VERSION = "2026.12.1"


@dataclass(frozen=True)
class Weighted:
    """A feature, its label, and by how much it can move the log odds of a pair (0.4: odds of 1:1 become 3:2)."""

    code: str
    label: str
    feature: Feature
    weight: float


# The texts decide; what is written in the form's fields moves neighbours past each other, no more: half of the
# records leave those fields empty, and an empty field must not cost a place. There are no judgments of filled-in
# forms to fit these on: they keep the proportions of the policy before.
POLICY: tuple[Weighted, ...] = (
    Weighted("indicators", "主要指标", features.indicators, 0.0),
    Weighted("technology_field", "技术领域", features.technology_field, 0.40),
    Weighted("maturity", "技术成熟度", features.maturity, 0.30),
    Weighted("industry", "应用行业", features.industry, 0.25),
    Weighted("budget", "预算与报价", features.budget, 0.25),
    Weighted("cooperation", "合作方式", features.cooperation, 0.12),
)
# What a judged requirement moves: a must-have that is broken outweighs whatever the texts share.
_MET, _UNMET_WISH, _UNMET_HARD = 0.35, -0.3, -1.5
# Three that are met say what ten would.
_MOST_MET = 1.05

# A pair that breaks a hard requirement is never called 匹配度高 or 匹配度中 (issue: “a promise the platform keeps”).
# From RELATED on a pair is shown at all, folded (供参考); from LOW on it is recommended. Bands are ranges of the
# probability: of pairs at HIGH more than half are good ones.
RELATED, LOW, MEDIUM, HIGH = 0.06, 0.23, 0.36, 0.50
# What is shown below the bands is called.
RELATED_LABEL = "可能相关"


def log_odds_of_form(reasons: Iterable[Reason], judgements: Sequence[Judgement]) -> float:
    """What form fields and requirements add to the log odds of the texts; unknown adds nothing."""
    moved = sum(reason.weight * reason.score for reason in reasons if reason.score is not None)
    # Budget and maturity have been counted as fields of the form.
    told = [one for one in judgements if one.requirement.kind not in (RequirementKind.BUDGET, RequirementKind.MATURITY)]
    met = sum(_MET for one in told if one.verdict is Verdict.MET)
    broken = sum(
        _UNMET_HARD if judgement.requirement.is_hard else _UNMET_WISH
        for judgement in judgements
        if judgement.verdict is Verdict.UNMET
    )
    return moved + min(met, _MOST_MET) + broken


def violations(judgements: Iterable[Judgement]) -> int:
    """How many hard requirements the achievement breaks, in its own words."""
    return sum(judgement.verdict is Verdict.UNMET and judgement.requirement.is_hard for judgement in judgements)


def band_of(probability: float) -> Band | None:
    """The band of a probability; None when the pair is not recommended."""
    if probability >= HIGH:
        return Band.HIGH
    if probability >= MEDIUM:
        return Band.MEDIUM
    return Band.LOW if probability >= LOW else None
