"""Contracts by the thousand: rows written at once, without the ledger's checks."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import count
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session

from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractCategory

_PLAIN: dict[str, Any] = {
    "source": "rows",
    "title": "技术开发合同",
    "category": "development",
    "status": "registered",
    "registered_on": date(2022, 3, 1),
    "signed_on": date(2022, 2, 1),
    "contract_value_fen": 1,
    "technology_value_fen": 0,
    "technology_income_fen": 0,
    "seller_region_code": None,
    "buyer_region_code": None,
}
_numbers = count(1)


def insert_contracts(session: Session, given: Iterable[dict[str, Any]]) -> None:
    """Write them; every row has to name the same fields."""
    defaults = _defaults()
    rows: Sequence[dict[str, Any]] = [{**defaults, **_PLAIN, **one, "source_id": str(next(_numbers))} for one in given]
    session.connection().execute(insert(TechnologyContract), rows)


def _defaults() -> dict[str, Any]:
    made = TechnologyContract(source="", source_id="", title="", category=ContractCategory.DEVELOPMENT)
    # What is not stated stays out of the statement: most of the columns, and most of the time.
    values = {name: getattr(made, name) for name in TechnologyContract.model_fields}
    return {name: value for name, value in values.items() if value is not None}


def spread(total_fen: int, number: int) -> list[int]:
    """So many positive amounts that sum to the total, to the fen."""
    each, rest = divmod(total_fen, number)
    return [each + (index < rest) for index in range(number)]
