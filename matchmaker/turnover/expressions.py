"""Each dimension as an SQL expression of the contract.

Every contract falls into exactly one group of a dimension, for the side it is counted for; what is not stated is a
group of its own, with the empty code. So the groups sum to the total.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, or_
from sqlmodel import col

from matchmaker.classification import classification
from matchmaker.models.contract import TechnologyContract
from matchmaker.models.contract_words import ContractSide
from matchmaker.registration_rules import rules
from matchmaker.turnover.dimensions import MUNICIPALITIES, Dimension

SIDES = (ContractSide.SELLER, ContractSide.BUYER)
# These groups depend on the side a contract is counted for.
OF_A_SIDE = frozenset(
    {Dimension.DISTRICT, Dimension.PARK, Dimension.PARTNER_INSTITUTION, Dimension.PARTNER_REGION, Dimension.FLOW}
)
# Codes of regions: two digits of the province, four of the city, six of the district.
_CITY_DIGITS, _DISTRICT_DIGITS = 4, 6
_QUARTERS = {f"{month:02}": f"Q{(month + 2) // 3}" for month in range(1, 13)}


@dataclass(frozen=True)
class Terms:
    """What expressions are made for: the column of the date that counts, and how the region's codes begin."""

    counted_on: ColumnElement[date | None]
    prefix: str


_Expression = Callable[[ContractSide, Terms], ColumnElement[Any]]


def lies_in(column: ColumnElement[Any], prefix: str) -> ColumnElement[bool]:
    """Does the region of a party begin so? Never NULL."""
    return func.coalesce(func.substr(column, 1, len(prefix)), "") == prefix


def region_of(side: ContractSide) -> ColumnElement[Any]:
    """The column of a side's region."""
    return _of(side, "region_code")


def group_code(dimension: Dimension, side: ContractSide, terms: Terms) -> ColumnElement[str]:
    """The code of the group a contract is in when it is counted for this side; empty for what is not stated."""
    return func.coalesce(_EXPRESSIONS[dimension](side, terms), "")


def _of(side: ContractSide, name: str) -> ColumnElement[Any]:
    column: ColumnElement[Any] = getattr(TechnologyContract, f"{side.value}_{name}")
    return column


def _other(side: ContractSide) -> ContractSide:
    return ContractSide.BUYER if side is ContractSide.SELLER else ContractSide.SELLER


def _plain(name: str) -> _Expression:
    # Cast: an enum's column would take the empty code for one of its members.
    return lambda _side, _terms: cast(col(getattr(TechnologyContract, name)), String)


def _month(_side: ContractSide, terms: Terms) -> ColumnElement[Any]:
    return func.substr(cast(terms.counted_on, String), 1, 7)


def _quarter(_side: ContractSide, terms: Terms) -> ColumnElement[Any]:
    day = cast(terms.counted_on, String)
    return func.substr(day, 1, 4, type_=String).concat(case(_QUARTERS, value=func.substr(day, 6, 2)))


def _industry(_side: ContractSide, _terms: Terms) -> ColumnElement[Any]:
    return func.substr(col(TechnologyContract.industry_code), 1, 1)


def _tier(_side: ContractSide, _terms: Terms) -> ColumnElement[Any]:
    tiers = {one.code: one.group for one in classification().city.industries.entries}
    return case(tiers, value=col(TechnologyContract.city_industry), else_="") if tiers else literal("")


def _district(side: ContractSide, _terms: Terms) -> ColumnElement[Any]:
    return func.substr(region_of(side), 1, _DISTRICT_DIGITS)


def _nature(of: ContractSide) -> _Expression:
    def expression(_side: ContractSide, _terms: Terms) -> ColumnElement[Any]:
        groups = {one.code: one.group for one in rules().natures.entries}
        return case(groups, value=_of(of, "nature"), else_=_of(of, "nature"))

    return expression


def _institution(side: ContractSide, _terms: Terms) -> ColumnElement[Any]:
    return cast(_of(_other(side), "institution_id"), String)


def _partner_region(side: ContractSide, _terms: Terms) -> ColumnElement[Any]:
    country, region = _of(_other(side), "country"), region_of(_other(side))
    province = func.substr(region, 1, 2)
    return case(
        (country != "CN", country),
        (province.in_(MUNICIPALITIES), province),
        else_=func.substr(region, 1, _CITY_DIGITS),
    )


def _flow(side: ContractSide, terms: Terms) -> ColumnElement[Any]:
    way = "out" if side is ContractSide.SELLER else "in"
    other = region_of(_other(side))
    seller, buyer = (lies_in(region_of(one), terms.prefix) for one in SIDES)
    steps: list[tuple[ColumnElement[bool], str]] = [
        (and_(seller, buyer), "inner"),
        (_of(_other(side), "country") != "CN", f"{way}_abroad"),
        (func.coalesce(other, "") == "", f"{way}_unknown"),
    ]
    # Seen from a district the rest of its city comes first, seen from a city the rest of its province.
    for digits, name in ((_CITY_DIGITS, "city"), (2, "province")):
        if len(terms.prefix) > digits:
            steps.append((lies_in(other, terms.prefix[:digits]), f"{way}_{name}"))
    return case(*steps, else_=f"{way}_country")


def _related(_side: ContractSide, _terms: Terms) -> ColumnElement[Any]:
    column = col(TechnologyContract.is_related_party)
    return case((column.is_(True), "yes"), (column.is_(False), "no"), else_="")


def _size(_side: ContractSide, terms: Terms) -> ColumnElement[Any]:
    """Large is what the province's experts review, by the limit in force on the day; before the first, the first."""
    limits = rules().limits["large_technology_value_fen"]
    large: list[ColumnElement[bool]] = []
    for index, one in enumerate(limits):
        parts = [col(TechnologyContract.technology_value_fen) >= one.value]
        if index > 0:
            parts.append(terms.counted_on >= one.effective_from)
        if index + 1 < len(limits):
            parts.append(terms.counted_on < limits[index + 1].effective_from)
        large.append(and_(*parts))
    return case((or_(*large), "large"), else_="small")


_EXPRESSIONS: dict[Dimension, _Expression] = {
    Dimension.MONTH: _month,
    Dimension.QUARTER: _quarter,
    Dimension.CATEGORY: _plain("category"),
    Dimension.KIND: _plain("kind"),
    Dimension.TECHNOLOGY_FIELD: _plain("technology_field"),
    Dimension.INDUSTRY: _industry,
    Dimension.CITY_INDUSTRY: _plain("city_industry"),
    Dimension.INDUSTRY_TIER: _tier,
    Dimension.DISTRICT: _district,
    Dimension.PARK: lambda side, _terms: _of(side, "park"),
    Dimension.SELLER_KIND: _nature(ContractSide.SELLER),
    Dimension.BUYER_KIND: _nature(ContractSide.BUYER),
    Dimension.IP_TYPE: _plain("ip_type"),
    Dimension.PLAN_SOURCE: _plain("plan_source"),
    Dimension.BROKER: _plain("broker_id"),
    Dimension.BROKERAGE: _plain("brokerage_id"),
    Dimension.PARTNER_INSTITUTION: _institution,
    Dimension.PARTNER_REGION: _partner_region,
    Dimension.FLOW: _flow,
    Dimension.RELATED_PARTY: _related,
    Dimension.SIZE: _size,
}
