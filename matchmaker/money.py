"""Money: integer fen in the database, 元 and 万元 for people. Rounded values are never summed."""

import re
from decimal import ROUND_HALF_UP, Decimal

FEN_PER_YUAN = 100
FEN_PER_WAN = 1_000_000
# Thousands are separated everywhere or nowhere: 12,34 was meant to be something else.
_YUAN = re.compile(r"([0-9]{1,13}|[0-9]{1,3}(,[0-9]{3}){1,4})(\.[0-9]{1,2})?", re.ASCII)
FEN_PER_YI = 10_000 * FEN_PER_WAN


def in_wan(fen: int) -> str:
    """An amount for people: `120 万元`, `3.5 万元`; below a thousand yuan in yuan."""
    if 0 < fen < 1000 * FEN_PER_YUAN:
        return f"{_plain(Decimal(fen) / FEN_PER_YUAN)} 元"
    return f"{_plain((Decimal(fen) / FEN_PER_WAN).quantize(Decimal('0.01'), ROUND_HALF_UP))} 万元"


def in_yi(fen: int) -> str:
    """A large amount for people: `2.44 亿元`."""
    return f"{_plain((Decimal(fen) / FEN_PER_YI).quantize(Decimal('0.01'), ROUND_HALF_UP))} 亿元"


def yuan_text(fen: int) -> str:
    """The exact amount in yuan with two decimals, for files and programs: `1234560` → `"12345.60"`."""
    return f"{Decimal(fen) / FEN_PER_YUAN:.2f}"


def yuan_shown(fen: int) -> str:
    """The exact amount in yuan for people: `1234560` → `"12,345.60"`."""
    return f"{Decimal(fen) / FEN_PER_YUAN:,.2f}"


def fen_of_yuan(text: str) -> int:
    """The amount of such a text in fen; a comma between thousands is taken. Raises ValueError, which names the repair."""
    written = text.strip()
    if not _YUAN.fullmatch(written):
        raise ValueError("金额应为元，最多两位小数，如 12345.60，不带“万”“元”等字样")
    return int(Decimal(written.replace(",", "")) * FEN_PER_YUAN)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():,f}"
