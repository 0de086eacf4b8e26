"""The one query of the turnover. It reads each contract of the period once, whatever is asked of it.

The database adds up the contracts by where their parties lie and by group; the few sums it answers with are what all
calibers, the total, the groups and the year before are made of, so these cannot disagree.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, literal, true
from sqlmodel import Session, col, func, select

from matchmaker.contracts import IN_FORCE
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import Caliber, ContractSide, ContractStatus, DateBasis
from matchmaker.period import Period
from matchmaker.turnover.asked import TurnoverQuery
from matchmaker.turnover.calibers import sides
from matchmaker.turnover.comparison import growth, year_before
from matchmaker.turnover.dimensions import Dimension, group_labels, standing_codes
from matchmaker.turnover.expressions import OF_A_SIDE, SIDES, Terms, group_code, lies_in, region_of
from matchmaker.turnover.figures import Figures, Group


@dataclass(frozen=True)
class TurnoverReport:
    """The answer: the total, the groups that sum to it, and the same of the year before."""

    asked: TurnoverQuery
    total: Figures
    previous: Figures
    groups: tuple[Group, ...]

    @property
    def value(self) -> int:
        """The headline by the measure that was asked for."""
        return self.total.value(self.asked.measure)

    @property
    def mean(self) -> Fraction | None:
        return self.total.mean(self.asked.measure)

    @property
    def growth(self) -> Fraction | None:
        return growth(self.value, self.previous.value(self.asked.measure))


@dataclass(frozen=True)
class _Cell:
    """What the database added up: where both parties lie, whether each side passes the filters, each side's group."""

    regions: tuple[bool, bool]
    passes: tuple[bool, bool]
    codes: tuple[str, str]
    figures: Figures

    def counted(self, caliber: Caliber) -> list[tuple[str, Figures]]:
        """Group and figures for each side the caliber counts."""
        sells, buys = self.regions
        found = [SIDES.index(one) for one in sides(caliber, sells=sells, buys=buys)]
        return [(self.codes[one], self.figures) for one in found if self.passes[one]]


def turnover_report(session: Session, asked: TurnoverQuery) -> TurnoverReport:
    """The turnover as asked. Who may ask is said by `asked.for_reader`. Raises MalformedRequest."""
    return turnover_reports(session, asked, grouped=(asked.caliber,))[asked.caliber]


def turnover_reports(
    session: Session, asked: TurnoverQuery, *, grouped: Collection[Caliber] = tuple(Caliber)
) -> dict[Caliber, TurnoverReport]:
    """The same question under every caliber, from one reading; only those of `grouped` with their groups."""
    now, before = _cells(session, asked, asked.period), _cells(session, asked, year_before(asked.period))
    codes = {code for cell in (*now, *before) for code in cell.codes}
    labels: dict[str, str] = {}
    standing: Sequence[str] = ()
    if asked.group_by is not None:
        standing = standing_codes(asked.group_by, asked.period, asked.region_code)
        codes |= set(standing)
        codes |= {_a_year_on(asked.group_by, code) for code in codes}
        labels = group_labels(session, asked.group_by, codes)
    return {
        caliber: _grouped(asked, caliber, now, before, labels, standing)
        if asked.group_by is not None and caliber in grouped
        else TurnoverReport(asked, _total(now, caliber), _total(before, caliber), ())
        for caliber in Caliber
    }


def _total(cells: Sequence[_Cell], caliber: Caliber) -> Figures:
    return Figures.sum(figures for cell in cells for _, figures in cell.counted(caliber))


def _grouped(
    asked: TurnoverQuery,
    caliber: Caliber,
    now: Sequence[_Cell],
    before: Sequence[_Cell],
    labels: dict[str, str],
    standing: Sequence[str],
) -> TurnoverReport:
    this = _summed([one for cell in now for one in cell.counted(caliber)])
    then = _summed(
        [(_a_year_on(asked.group_by, code), figures) for cell in before for code, figures in cell.counted(caliber)]
    )
    total, previous = Figures.sum(this.values()), Figures.sum(then.values())
    places = {code: number for number, code in enumerate(standing)}
    groups = [
        Group(
            **this.get(code, Figures()).as_values(),
            code=code,
            label=labels[code],
            previous=then.get(code, Figures()),
        )
        for code in {*this, *then, *(code for code in standing if _passes(asked, code))}
    ]
    groups.sort(
        key=lambda one: (
            not one.code,
            places.get(one.code, len(places)),
            -one.value(asked.measure),
            one.label,
            one.code,
        )
    )
    return TurnoverReport(asked, total, previous, tuple(groups))


def _passes(asked: TurnoverQuery, code: str) -> bool:
    """Of a dimension that is also filtered by, only that one group is shown."""
    return asked.group_by is None or asked.filters.get(asked.group_by, code) == code


def _summed(counted: list[tuple[str, Figures]]) -> dict[str, Figures]:
    counted.sort(key=lambda one: one[0])
    return {
        code: Figures.sum(figures for _, figures in entries)
        for code, entries in groupby(counted, key=lambda one: one[0])
    }


def a_year_earlier(dimension: Dimension | None, code: str) -> str:
    """The group of the year before that a group is compared with: of months and quarters, a year earlier."""
    return _years_on(dimension, code, -1)


def _a_year_on(dimension: Dimension | None, code: str) -> str:
    """The group a group of the year before is compared with: of months and quarters, a year later."""
    return _years_on(dimension, code, 1)


def _years_on(dimension: Dimension | None, code: str, years: int) -> str:
    if dimension in (Dimension.MONTH, Dimension.QUARTER) and code:
        return f"{int(code[:4]) + years}{code[4:]}"
    return code


def _cells(session: Session, asked: TurnoverQuery, period: Period) -> list[_Cell]:
    terms = terms_of(asked)
    by, table = asked.group_by, TechnologyContract
    inside = [lies_in(region_of(side), terms.prefix) for side in SIDES]
    # What is true of a contract as one number: to group by four columns takes half as long again.
    truths = [*inside, *(passes(asked, side) for side in SIDES)]
    place: ColumnElement[int] = sum(
        (case((truth, 1 << bit), else_=0) for bit, truth in enumerate(truths)), literal(0, Integer)
    )
    columns: list[ColumnElement[Any]] = [place.label("place")]
    if by in OF_A_SIDE:
        # A side outside is never counted: without its thousands of places there are few groups to add up.
        codes = [case((lies, group_code(by, side, terms)), else_="") for side, lies in zip(SIDES, inside, strict=True)]
        columns += [one.label(f"{side}_code") for side, one in zip(SIDES, codes, strict=True)]
    elif by is not None:
        columns.append(group_code(by, ContractSide.SELLER, terms).label("code"))
    # Named in a query of its own: PostgreSQL does not see that two expressions with parameters are the same.
    rows = (
        select(  # type: ignore[call-overload]
            *columns,
            col(table.contract_value_fen),
            col(table.technology_value_fen),
            col(table.technology_income_fen),
        )
        .where(*counted_conditions(asked, period))
        .subquery()
    )
    keys = [rows.c[one.name] for one in columns]
    sums = [func.sum(rows.c[name]) for name in ("contract_value_fen", "technology_value_fen", "technology_income_fen")]
    summed: Any = select(func.count(), *sums, *keys)
    return [_cell(row) for row in session.exec(summed.group_by(*keys))]


def _cell(row: Sequence[Any]) -> _Cell:
    count, value, technology, income, place, *codes = row
    # A sum of PostgreSQL is a Decimal.
    figures = Figures(int(count), int(value), int(technology), int(income))
    sells, buys, sells_passes, buys_passes = (bool(place >> bit & 1) for bit in range(4))
    # One code is that of both sides; without groups all are in the same one.
    sold, bought = codes[0] if codes else "", codes[-1] if codes else ""
    return _Cell((sells, buys), (sells_passes, buys_passes), (sold, bought), figures)


def terms_of(asked: TurnoverQuery) -> Terms:
    """What the groups of this question are worked out from."""
    return Terms(counted_on(asked.date_basis), asked.region_prefix)


def counted_on(basis: DateBasis) -> ColumnElement[Any]:
    """The date that puts a contract into a period."""
    name = "registered_on" if basis is DateBasis.REGISTERED else "signed_on"
    column: ColumnElement[Any] = getattr(TechnologyContract, name)
    return column


def counted_conditions(asked: TurnoverQuery, period: Period) -> list[ColumnElement[bool]]:
    """Which contracts the basis counts in a period. Those of no value are no turnover (V2)."""
    table, day = TechnologyContract, counted_on(asked.date_basis)
    is_registered = asked.date_basis is DateBasis.REGISTERED
    statuses = [ContractStatus.REGISTERED] if is_registered else sorted(IN_FORCE)
    return [
        col(table.status).in_(statuses),
        day >= period.first,
        day <= period.last,
        col(table.contract_value_fen) > 0,
    ]


def passes(asked: TurnoverQuery, side: ContractSide) -> ColumnElement[bool]:
    """Does a contract that is counted for this side pass the filters? Never NULL."""
    terms = terms_of(asked)
    return and_(true(), *(group_code(by, side, terms) == code for by, code in asked.filters.items()))
