"""The policy: which features count how much, and from which score on a match is worth a broker's time."""

from dataclasses import dataclass

from matchmaker.matching import features
from matchmaker.matching.features import Feature
from matchmaker.models.match import Band

# Grows with every change of retrieval, features, weights or limits: stored with each match, so that an audit
# can tell which policy proposed it.
MATCHER_VERSION = "2026.11.2"


@dataclass(frozen=True)
class Weighted:
    """A feature, its label, and by how much it can raise or lower the score of the texts (0.1 = ten per cent)."""

    code: str
    label: str
    feature: Feature
    weight: float


# The texts decide; what is written in the form's fields moves neighbours past each other, no more: half of the
# records leave those fields empty, and an empty field must not cost a place.
POLICY: tuple[Weighted, ...] = (
    Weighted("indicators", "主要指标", features.indicators, 0.12),
    Weighted("technology_field", "技术领域", features.technology_field, 0.10),
    Weighted("maturity", "技术成熟度", features.maturity, 0.08),
    Weighted("industry", "应用行业", features.industry, 0.06),
    Weighted("budget", "预算与报价", features.budget, 0.06),
    Weighted("cooperation", "合作方式", features.cooperation, 0.03),
)

# Cosine (after calibration and centring) at which two texts are about the same thing.
SAME_MEANING = 0.60
# Below LOW a match is not shown. Set on the demo city, where it is known which needs have an answer: the best hits of
# needs without one reach 0.13–0.27, true answers 0.29–0.60.
LOW, MEDIUM, HIGH = 0.26, 0.34, 0.45


def evidence(coverage: float, cosine: float | None) -> float:
    """How much there is to show for a match on its own, 0..1: the words that met and the nearness of meaning."""
    if cosine is None:
        return coverage
    return (coverage + min(1.0, max(0.0, cosine / SAME_MEANING))) / 2


def band_of(score: float) -> Band | None:
    """The band of a score; None when the match is too weak to be proposed."""
    if score >= HIGH:
        return Band.HIGH
    if score >= MEDIUM:
        return Band.MEDIUM
    return Band.LOW if score >= LOW else None
