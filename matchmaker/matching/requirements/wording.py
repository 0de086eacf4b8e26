"""A requirement of words against the clauses of an achievement: the same thing asserted, denied, or not said."""

from matchmaker.matching.requirements.evidence import Evidence
from matchmaker.matching.requirements.requirements import Requirement
from matchmaker.models.match import Span, Verdict


def judged_by_words(requirement: Requirement, evidence: Evidence) -> tuple[Verdict, Span | None, str]:
    """The verdict, the place of the deciding clause, and its words."""
    del requirement, evidence
    return Verdict.UNKNOWN, None, ""
