"""Which fields an amount goes to, by the column it stands in."""

from matchmaker.ingest.money import Amount, CellError
from matchmaker.ingest.values import Several
from matchmaker.models.labels import PriceMode

# Amounts of contracts: one number each.
_EXACT = frozenset({"contract_value", "technology_value", "new_investment", "new_output"})


def money_values(name: str, said: Amount) -> Several:
    """The fields of the Create shape. Raises CellError: one number was expected."""
    low, high = said.low, said.high
    if name in _EXACT:
        if low is None or low != high:
            raise CellError("应为一个确定的数", "请照合同文本填一个数")
        return Several({f"{name}_fen": low})
    if name == "price":
        if said.negotiable:
            return Several(price_mode=PriceMode.NEGOTIABLE)
        if low is None or low != high:
            raise CellError("价格应为一个数", "请填一个数，或填“面议”", as_text=True)
        if low == 0:
            return Several()
        return Several(price_fen=low)
    if said.negotiable:
        return Several(budget_negotiable=True)
    if low == 0 and high == 0:
        # People and programs write 0 where nothing is decided yet.
        return Several()
    if low == high:
        # One number: the end its heading names; a total is the most they will spend.
        return Several(budget_min_fen=low) if name == "budget_min" else Several(budget_max_fen=high)
    ends = {"budget_min_fen": low, "budget_max_fen": high}
    return Several({end: fen for end, fen in ends.items() if fen is not None})
