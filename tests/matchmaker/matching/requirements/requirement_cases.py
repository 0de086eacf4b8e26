"""Our own cases: one requirement against one achievement text, with the right verdict (`tests/data/requirements`)."""

from dataclasses import dataclass
from pathlib import Path

from matchmaker.matching.requirements import (
    Judgement,
    RequirementKind,
    evidence_of,
    indicator_requirement,
    judged,
    line_requirement,
)
from matchmaker.models.achievement import AchievementFields
from matchmaker.models.labels import Operator
from matchmaker.models.match import Verdict
from matchmaker.models.parts import AchievedIndicator, Indicator

FOLDER = Path(__file__).parents[3] / "data" / "requirements"
SHARED = Path(__file__).parents[5] / "shared" / "cases" / "constraints"


@dataclass(frozen=True)
class Case:
    trap: str
    verdict: Verdict
    requirement: str
    field: str
    text: str
    indicators: str

    def judgement(self) -> Judgement:
        achievement = AchievementFields(title="技术成果", summary=self.text, indicators=list(self._rows()))
        if self.field == "-":
            requirement = line_requirement(self.requirement, RequirementKind.MUST_HAVE, "must_have")
        else:
            name, operator, target, unit = self.field.split(";")
            row = Indicator(name=name, operator=Operator.parse(operator), target=target, unit=unit)
            requirement = indicator_requirement(row, self.requirement)
        return judged(requirement, evidence_of(achievement))

    def _rows(self) -> list[AchievedIndicator]:
        if self.indicators == "-":
            return []
        rows = [row.strip().partition("=") for row in self.indicators.split(";")]
        return [
            AchievedIndicator(name=name, value=value.partition(" ")[0], unit=value.partition(" ")[2])
            for name, _, value in rows
        ]


def cases() -> list[Case]:
    """The cases of all files."""
    read = []
    for path in sorted(FOLDER.glob("*.txt")):
        for line in path.read_text("utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                trap, verdict, *others = (part.strip() for part in line.split("|"))
                read.append(Case(trap, Verdict.parse(verdict), *others))
    return read
