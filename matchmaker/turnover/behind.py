"""The contracts behind a figure: the very ones it counts, and how often."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Integer, and_, case, or_
from sqlmodel import Session, col, func, select

from matchmaker.models.contract import TechnologyContract
from matchmaker.turnover.asked import TurnoverQuery
from matchmaker.turnover.calibers import side_conditions
from matchmaker.turnover.expressions import SIDES, group_code, lies_in, region_of
from matchmaker.turnover.figures import Figures
from matchmaker.turnover.query import counted_conditions, counted_on, passes, terms_of


@dataclass(frozen=True)
class CountedContract:
    """A contract and how often it is counted: twice if 安徽口径 counts it for both sides."""

    contract: TechnologyContract
    times: int


@dataclass(frozen=True)
class Behind:
    """A page of the contracts behind a figure, how many there are, and the figure they sum to."""

    contracts: Sequence[CountedContract]
    total: int
    figures: Figures


def contracts_behind(
    session: Session, asked: TurnoverQuery, group: str | None = None, *, offset: int = 0, limit: int = 20
) -> Behind:
    """Those of one group of `asked.group_by` (by its code, empty for what is not stated), or of the whole figure.

    The latest first. Who may ask is said by `asked.for_reader`.
    """
    table = TechnologyContract
    times, conditions = counting(asked, group)
    amounts = [
        func.coalesce(func.sum(getattr(table, name) * times), 0)
        for name in ("contract_value_fen", "technology_value_fen", "technology_income_fen")
    ]
    summed: Any = select(func.count(), func.coalesce(func.sum(times), 0), *amounts).where(*conditions)
    total, count, *sums = session.exec(summed).one()
    rows = session.exec(
        select(table, times)
        .where(*conditions)
        .order_by(counted_on(asked.date_basis).desc(), col(table.id).desc())
        .offset(offset)
        .limit(limit)
    )
    found = [CountedContract(contract, number) for contract, number in rows]
    return Behind(found, total, Figures(int(count), *(int(one) for one in sums)))


def counting(asked: TurnoverQuery, group: str | None) -> tuple[ColumnElement[int], list[ColumnElement[bool]]]:
    """How often a contract is counted, and the conditions under which it is at all."""
    terms = terms_of(asked)
    inside = (lies_in(region_of(side), terms.prefix) for side in SIDES)
    counted: list[ColumnElement[bool]] = []
    for side, condition in side_conditions(asked.caliber, *inside).items():
        parts: list[Any] = [condition, passes(asked, side)]
        if asked.group_by is not None and group is not None:
            parts.append(group_code(asked.group_by, side, terms) == group)
        counted.append(and_(*parts))
    seller, buyer = (case((one, 1), else_=0).cast(Integer) for one in counted)
    return seller + buyer, [*counted_conditions(asked, asked.period), or_(*counted)]
