"""What a report says, as plain data: stored with the document, shown on its page, given to the template."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from matchmaker.models.contract_words import Caliber, Measure

# `behind` of figures that come from contracts of the snapshot.
CONTRACTS = "contracts"
FORM = ConfigDict(frozen=True, extra="forbid")


class Fact(BaseModel):
    """One statement of the report.

    `name` is what stands in a template (`{{ 成交额 }}`), `text` the exact wording, `rounded` the office's round words
    (`{{ 需求数约 }}`, counts only), `value` the number itself: a count, fen, or tenths of a per cent (`unit`).
    `caliber` says in words what was counted how; `behind` names the rows that make it up (`behind.py`).
    """

    model_config = FORM

    key: str
    name: str
    text: str
    rounded: str = ""
    value: int | None = None
    unit: Literal["", "count", "fen", "permille"] = ""
    caliber: str
    behind: str = ""


class Line(BaseModel):
    """One line of a table: a group with its contracts, fen and count."""

    model_config = FORM

    label: str
    count: int
    contract_value_fen: int
    technology_value_fen: int


class Breakdown(BaseModel):
    """The turnover by one dimension; the lines sum to the total, to the fen."""

    model_config = FORM

    key: str
    title: str
    head: str
    lines: tuple[Line, ...]
    total: Line
    caliber: str


class Stage(BaseModel):
    """One stage of the way from a need to the payment."""

    model_config = FORM

    label: str
    count: int


class SnapshotReference(BaseModel):
    """Which frozen figures the report rests on."""

    model_config = FORM

    id: int
    name: str
    taken_at: datetime
    date_basis: str
    digest: str


class ReportFacts(BaseModel):
    """Everything a report is written from. `notices` are warnings that have to be read with the figures."""

    model_config = FORM

    year: int
    region_code: str
    region_name: str
    measure: Measure
    caliber: Caliber
    snapshot: SnapshotReference
    facts: tuple[Fact, ...]
    breakdowns: tuple[Breakdown, ...]
    funnel: tuple[Stage, ...]
    notices: tuple[str, ...]
    # What the year's figure is compared with, in fen; 0 without one, or where it is a number of contracts.
    target_fen: int = 0
    # The last day its figures reach to, and the day the records that are not contracts were counted; None in reports
    # made before these were kept.
    until: date | None = None
    counted_on: date | None = None

    @property
    def is_over(self) -> bool:
        """Do the figures reach to the end of the year?"""
        return self.until is None or self.until >= date(self.year, 12, 31)

    def fact(self, key: str) -> Fact:
        """The fact of that key. Raises KeyError."""
        return {one.key: one for one in self.facts}[key]

    def breakdown(self, key: str) -> Breakdown:
        """The breakdown of that key. Raises KeyError."""
        return {one.key: one for one in self.breakdowns}[key]
