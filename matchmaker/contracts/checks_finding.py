"""What a check says: one finding, and how serious it is."""

from dataclasses import dataclass

from matchmaker.models.labels import Labelled
from matchmaker.registration_rules import rules

OFFICIALS_ONLY = "-official"


class Level(Labelled):
    """ERROR: the registry would refuse it. WARN: look at it, and say why it is right. INFO: good to know."""

    ERROR = "error", "须改正"
    WARN = "warn", "须确认"
    INFO = "info", "提示"


@dataclass(frozen=True)
class Finding:
    """One thing found: the rule's number, plain words, what to do, the rule's source, the field it is about."""

    rule: str
    level: Level
    sentence: str
    repair: str = ""
    source: str = ""
    field: str = ""
    officials_only: bool = False

    @property
    def confirmed_as(self) -> str:
        """Under what its reason is kept: nobody confirms, or reads the reason of, what only officials are told."""
        return f"{self.rule}{OFFICIALS_ONLY}" if self.officials_only else self.rule


def found(rule: str, level: Level, sentence: str, repair: str = "", field: str = "") -> Finding:
    """A finding with the source of its rule."""
    return Finding(rule, level, sentence, repair, rules().check(rule).source, field)
