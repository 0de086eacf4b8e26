"""Where a contract counts: the flow follows from the regions of both parties and is never typed (domain rule V11)."""

from matchmaker.classification import classification, region_prefix
from matchmaker.models.contract import ContractFields, TechnologyContract
from matchmaker.models.contract_words import Caliber, ContractStatus


def is_in_city(region_code: str | None) -> bool:
    """Does the region lie in the city this installation serves?"""
    return bool(region_code) and str(region_code).startswith(region_prefix(classification().city.code))


def calibers_of(contract: ContractFields) -> tuple[Caliber, ...]:
    """The calibers of the city that count this contract once it is registered; none for one between outsiders."""
    sells, buys = is_in_city(contract.seller_region_code), is_in_city(contract.buyer_region_code)
    if sells and buys:
        return (Caliber.OUTFLOW, Caliber.INFLOW, Caliber.INNER)
    if sells:
        return (Caliber.OUTFLOW,)
    return (Caliber.INFLOW,) if buys else ()


def counted_in(contract: TechnologyContract) -> tuple[Caliber, ...]:
    """The calibers that count it now, by the day of registration: a registered contract of some value (V2)."""
    counts = contract.status is ContractStatus.REGISTERED and contract.contract_value_fen > 0
    return calibers_of(contract) if counts else ()
