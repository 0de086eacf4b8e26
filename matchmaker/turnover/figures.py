"""What is known of some contracts together: how many, and their three amounts in fen. Exact, and summed exactly."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from matchmaker.models.contract_words import Measure


@dataclass(frozen=True)
class Figures:
    """Count and amounts of some contracts; amounts are fen."""

    count: int = 0
    contract_value_fen: int = 0
    technology_value_fen: int = 0
    technology_income_fen: int = 0

    def value(self, measure: Measure) -> int:
        """The figure by this measure: fen, or for COUNT a number."""
        return self.count if measure is Measure.COUNT else int(getattr(self, f"{measure.value}_fen"))

    def mean(self, measure: Measure) -> Fraction | None:
        """均值: value / count; None without contracts, and for a count, which has no mean."""
        return Fraction(self.value(measure), self.count) if self.count and measure is not Measure.COUNT else None

    def as_values(self) -> dict[str, int]:
        """As JSON keeps them."""
        return {
            "count": self.count,
            "contract_value_fen": self.contract_value_fen,
            "technology_value_fen": self.technology_value_fen,
            "technology_income_fen": self.technology_income_fen,
        }

    @classmethod
    def sum(cls, of: Iterable["Figures"]) -> Self:
        """All of them together."""
        count = value = technology = income = 0
        for one in of:
            count += one.count
            value += one.contract_value_fen
            technology += one.technology_value_fen
            income += one.technology_income_fen
        return cls(count, value, technology, income)


@dataclass(frozen=True)
class Group(Figures):
    """The figures of one group; `code` is what a filter takes, empty for what is not stated."""

    code: str = ""
    label: str = ""
    previous: Figures = Figures()
