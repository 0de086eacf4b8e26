"""Each contract of a period as one line, for what has to be kept."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, select

from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractSide
from matchmaker.models.reporting import SnapshotLine
from matchmaker.turnover.asked import TurnoverQuery
from matchmaker.turnover.dimensions import Dimension
from matchmaker.turnover.expressions import SIDES, group_code, lies_in, region_of
from matchmaker.turnover.query import counted_conditions, counted_on, terms_of


def contract_lines(session: Session, asked: TurnoverQuery) -> Iterator[tuple[SnapshotLine, bool]]:
    """A line (of no snapshot yet) for every contract that any caliber counts, and whether it is demo data; by id."""
    table, terms = TechnologyContract, terms_of(asked)
    inside = [lies_in(region_of(side), terms.prefix) for side in SIDES]
    columns: dict[str, Any] = {
        "contract_id": table.id,
        "version_number": table.version_number,
        "registration_number": table.registration_number,
        "title": table.title,
        "counted_on": counted_on(asked.date_basis),
        "is_outflow": inside[0],
        "is_inflow": inside[1],
        "seller_district": group_code(Dimension.DISTRICT, ContractSide.SELLER, terms),
        "buyer_district": group_code(Dimension.DISTRICT, ContractSide.BUYER, terms),
        "category": group_code(Dimension.CATEGORY, ContractSide.SELLER, terms),
        "technology_field": group_code(Dimension.TECHNOLOGY_FIELD, ContractSide.SELLER, terms),
        "contract_value_fen": table.contract_value_fen,
        "technology_value_fen": table.technology_value_fen,
        "technology_income_fen": table.technology_income_fen,
    }
    wanted: Any = select(table.is_demo, *columns.values())
    conditions = [*counted_conditions(asked, asked.period), or_(*inside)]
    for is_demo, *values in session.exec(wanted.where(*conditions).order_by(col(table.id))):
        yield SnapshotLine(snapshot_id=0, **dict(zip(columns, values, strict=True))), bool(is_demo)
