"""What a match says to its reader: one sentence, what is met and broken with the deciding words, what is unknown in a line."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from matchmaker.index_documents import ACHIEVEMENT_TEXT_FIELDS, field_text
from matchmaker.matching.highlight import Piece
from matchmaker.models.achievement import AchievementPublic
from matchmaker.models.match import Explanation, Gap, Reason, RequirementVerdict, Verdict
from matchmaker.web.pages.sections import UNSEARCHED_ACHIEVEMENT_FIELDS

# What the texts have in common is told in the sentence and marked in the texts; it is no row of its own.
_OF_TEXTS = frozenset({"words", "meaning"})
# A field of the form that a judged requirement speaks of already.
_JUDGED_AS = {"budget": "budget", "maturity": "maturity", "indicator": "indicators"}
# As much of the text around the deciding words as makes them readable.
_AROUND = 18
# More than these are folded: nobody reads twenty rows to see that nothing is wrong.
_AT_ONCE = 6
# Where an achievement states what requirements are judged by.
_EVIDENCE = frozenset({"summary", "principle", "problem_solved", "indicators", "economic_comparison", "applied_cases"})


@dataclass(frozen=True)
class Judged:
    """A requirement that is met or broken: `quote` are the deciding words in their text, `source` the name of the field."""

    requirement: str
    verdict: Verdict
    is_hard: bool
    quote: list[Piece]
    source: str


@dataclass(frozen=True)
class Findings:
    """The contents of a card. `first` and `further` are judged requirements, the broken ones before all others.

    `unknown` waits for the other side; `compared` are fields of the form that could be compared, `gaps` the rest by why.
    `explanation` is what engineers ask for.
    """

    sentence: str
    first: Sequence[Judged]
    further: Sequence[Judged]
    unknown: Sequence[RequirementVerdict]
    compared: Sequence[Reason]
    gaps: Sequence[tuple[Gap, str]]
    open_points: Sequence[str]
    hides_evidence: bool
    words: Sequence[str]
    explanation: Explanation
    counts: Sequence[tuple[Verdict, int]] = field(default_factory=list)

    @property
    def unknown_in_short(self) -> str:
        """What the other side does not say, in one line."""
        return "；".join(_short(verdict.requirement) for verdict in self.unknown)


def findings(explanation: Explanation, achievement: AchievementPublic) -> Findings:
    """The explanation as a reader takes it in; `achievement` as far as this reader may read it."""
    judged = sorted((one for one in explanation.verdicts if one.verdict is not Verdict.UNKNOWN), key=_place)
    unknown = sorted((one for one in explanation.verdicts if one.verdict is Verdict.UNKNOWN), key=_place)
    told = {_JUDGED_AS.get(verdict.kind, "") for verdict in explanation.verdicts}
    fields = [reason for reason in explanation.reasons if reason.code not in _OF_TEXTS | told]
    shown = [_judged(verdict, achievement) for verdict in judged]
    return Findings(
        sentence=explanation.sentence,
        first=shown[:_AT_ONCE],
        further=shown[_AT_ONCE:],
        unknown=unknown,
        compared=sorted(
            (one for one in fields if one.verdict is not Verdict.UNKNOWN), key=lambda one: one.score or 0.0
        ),
        gaps=_gaps(fields),
        open_points=[one.sentence for one in fields if one.verdict is Verdict.UNKNOWN and one.gap is None],
        hides_evidence=not _EVIDENCE.isdisjoint(achievement.hidden_fields),
        words=[word.word for word in explanation.words],
        explanation=explanation,
        counts=_counts(judged, unknown),
    )


def _counts(
    judged: Collection[RequirementVerdict], unknown: Collection[RequirementVerdict]
) -> list[tuple[Verdict, int]]:
    """How many of the need's requirements are broken, met and open, the broken ones first."""
    verdicts = [one.verdict for one in judged]
    counted = [(one, verdicts.count(one)) for one in (Verdict.UNMET, Verdict.MET)]
    return [(one, number) for one, number in [*counted, (Verdict.UNKNOWN, len(unknown))] if number]


def _place(verdict: RequirementVerdict) -> tuple[bool, bool]:
    return verdict.verdict is not Verdict.UNMET, not verdict.is_hard


def _judged(verdict: RequirementVerdict, achievement: AchievementPublic) -> Judged:
    span = verdict.span
    text = field_text(achievement, span.field) if span and hasattr(achievement, span.field) else ""
    if span is None or not 0 <= span.start < span.end <= len(text):
        words = [Piece(verdict.words, hit=False)] if verdict.words else []
        return Judged(verdict.requirement, verdict.verdict, verdict.is_hard, words, "")
    begin, end = max(0, span.start - _AROUND), min(len(text), span.end + _AROUND)
    before, after = text[begin : span.start], text[span.end : end]
    quote = [
        Piece(f"{'…' if begin else ''}{before}", hit=False),
        Piece(text[span.start : span.end], hit=True),
        Piece(f"{after}{'…' if end < len(text) else ''}", hit=False),
    ]
    labels = ACHIEVEMENT_TEXT_FIELDS | UNSEARCHED_ACHIEVEMENT_FIELDS
    kept = [piece for piece in quote if piece.text]
    return Judged(verdict.requirement, verdict.verdict, verdict.is_hard, kept, labels.get(span.field, ""))


def _gaps(fields: Collection[Reason]) -> list[tuple[Gap, str]]:
    """The fields that could not be compared, by why, each with the side that says nothing."""
    named: dict[Gap, list[str]] = {}
    for reason in fields:
        if reason.gap is not None:
            silent = [
                side
                for side, value in (("需求方", reason.need_value), ("成果方", reason.achievement_value))
                if not value
            ]
            side = "双方" if len(silent) == 2 else "".join(silent)
            named.setdefault(reason.gap, []).append(f"{reason.label}（{side}）")
    return [(gap, "、".join(named[gap])) for gap in Gap if gap in named]


def _short(text: str) -> str:
    return text if len(text) <= 20 else f"{text[:19]}…"
