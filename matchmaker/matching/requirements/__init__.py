"""Must-haves and numbers, judged one by one: requirements of a need, evidence of an achievement, verdicts.

Pure: no database, no HTTP, no model. `requirements_of(need)` and `evidence_of(achievement)` are computed once per
record (pass records reduced to what may be shown); `judged(requirement, evidence)` compares a pair.
"""

from matchmaker.matching.requirements.answers import judged_answer, sentence_of
from matchmaker.matching.requirements.evidence import Evidence, Measurement, evidence_of
from matchmaker.matching.requirements.requirements import (
    Requirement,
    RequirementKind,
    indicator_requirement,
    line_requirement,
    requirements_of,
)
from matchmaker.matching.requirements.verdicts import Judgement, judged, judgements

__all__ = [
    "Evidence",
    "Judgement",
    "Measurement",
    "Requirement",
    "RequirementKind",
    "evidence_of",
    "indicator_requirement",
    "judged",
    "judged_answer",
    "judgements",
    "line_requirement",
    "requirements_of",
    "sentence_of",
]
