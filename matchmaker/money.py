"""Money: integer fen in the database, 元 and 万元 for people. Rounded values are never summed."""

from decimal import ROUND_HALF_UP, Decimal

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000


def in_wan(fen: int) -> str:
    """An amount for people: `120 万元`, `3.5 万元`; below a thousand yuan in yuan."""
    if 0 < fen < 1000 * FEN_PER_YUAN:
        return f"{_plain(Decimal(fen) / FEN_PER_YUAN)} 元"
    return f"{_plain((Decimal(fen) / FEN_PER_WAN).quantize(Decimal('0.01'), ROUND_HALF_UP))} 万元"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():,f}"
