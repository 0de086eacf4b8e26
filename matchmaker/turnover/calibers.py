"""The formulas of the calibers 统计口径 (domain.md §2.7): for which of its two sides a contract is counted.

A contract counted for the seller's side belongs to the seller's district and park, one counted for the buyer's side to
the buyer's. Inner ones stand with the seller under INNER and NET; 安徽口径 counts them once for each side.
"""

from sqlalchemy import ColumnElement, and_, false, not_

from matchmaker.models.contract_words import Caliber, ContractSide


def sides(caliber: Caliber, *, sells: bool, buys: bool) -> tuple[ContractSide, ...]:
    """The sides a contract is counted for, given whether its seller and its buyer lie in the region."""
    seller, buyer = (ContractSide.SELLER,) * sells, (ContractSide.BUYER,) * buys
    match caliber:
        case Caliber.OUTFLOW:
            return seller
        case Caliber.INFLOW:
            return buyer
        case Caliber.INNER:
            return seller if buys else ()
        case Caliber.NET:
            return seller or buyer
        case Caliber.BOTH:
            return seller + buyer


def side_conditions(
    caliber: Caliber, sells: ColumnElement[bool], buys: ColumnElement[bool]
) -> dict[ContractSide, ColumnElement[bool]]:
    """`sides` as SQL: for each side, when a contract is counted for it. Neither condition may be NULL."""
    found: tuple[ColumnElement[bool], ColumnElement[bool]]
    match caliber:
        case Caliber.OUTFLOW:
            found = sells, false()
        case Caliber.INFLOW:
            found = false(), buys
        case Caliber.INNER:
            found = and_(sells, buys), false()
        case Caliber.NET:
            found = sells, and_(buys, not_(sells))
        case Caliber.BOTH:
            found = sells, buys
    return dict(zip((ContractSide.SELLER, ContractSide.BUYER), found, strict=True))
