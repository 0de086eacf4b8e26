"""Lists of contracts: what may be asked of the ledger, and a page of the answer with its count and sums."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, or_, select

from matchmaker.classification import region_prefix
from matchmaker.contracts.access import concerns
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractCategory, ContractStatus
from matchmaker.rights import Actor


@dataclass(frozen=True)
class ContractQuery:
    """Filters of the ledger, each narrowing it. `text` is part of a title, a party's name or a number."""

    text: str = ""
    statuses: tuple[ContractStatus, ...] = ()
    category: ContractCategory | None = None
    signed_from: date | None = None
    signed_to: date | None = None
    registered_from: date | None = None
    registered_to: date | None = None
    region_code: str = ""
    match_id: int | None = None
    overdue_before: date | None = None
    offset: int = 0
    limit: int = 20


@dataclass(frozen=True)
class ContractPage:
    """Some contracts, how many there are in all, and what all of them add up to."""

    contracts: Sequence[TechnologyContract]
    total: int
    contract_value_fen: int
    technology_value_fen: int


def contracts_page(session: Session, asked: ContractQuery, *, reader: Actor) -> ContractPage:
    """Those this reader may know of, the latest first."""
    conditions = [concerns(reader), *_conditions(asked)]
    table = TechnologyContract
    total, value, technology = session.exec(
        select(
            func.count(col(table.id)),
            func.coalesce(func.sum(table.contract_value_fen), 0),
            func.coalesce(func.sum(table.technology_value_fen), 0),
        ).where(*conditions)
    ).one()
    # What is still a draft has no day of signing and comes first, on every database.
    order = (col(table.signed_on).is_(None).desc(), col(table.signed_on).desc(), col(table.id).desc())
    found = session.exec(select(table).where(*conditions).order_by(*order).offset(asked.offset).limit(asked.limit))
    return ContractPage(found.all(), int(total), int(value), int(technology))


def _conditions(asked: ContractQuery) -> list[ColumnElement[bool]]:
    table = TechnologyContract
    found: list[ColumnElement[bool]] = []
    if asked.text:
        columns = (table.title, table.seller_name, table.buyer_name, table.registration_number)
        found.append(or_(*(col(one).icontains(asked.text, autoescape=True) for one in columns)))
    if asked.statuses:
        found.append(col(table.status).in_(asked.statuses))
    if asked.category is not None:
        found.append(col(table.category) == asked.category)
    if asked.region_code:
        begin = region_prefix(asked.region_code)
        regions = (table.seller_region_code, table.buyer_region_code)
        found.append(or_(*(col(one).startswith(begin, autoescape=True) for one in regions)))
    if asked.match_id is not None:
        found.append(col(table.match_id) == asked.match_id)
    if asked.overdue_before is not None:
        found.append(col(table.decide_by) < asked.overdue_before)
    days = (
        (asked.signed_from, col(table.signed_on), True),
        (asked.signed_to, col(table.signed_on), False),
        (asked.registered_from, col(table.registered_on), True),
        (asked.registered_to, col(table.registered_on), False),
    )
    for day, column, is_first in days:
        if day is not None:
            found.append(column >= day if is_first else column <= day)
    return found
