"""Amounts that were probably typed in the wrong unit (domain rule V16): asked about, never changed by themselves."""

from matchmaker.money import FEN_PER_YUAN

# A technology contract below 1,000 yuan is as good as none, and one above a billion is larger than any the city has
# registered: in both cases it is likely that 万元 and 元 were mixed up.
SMALLEST_FEN = 1_000 * FEN_PER_YUAN
LARGEST_FEN = 1_000_000_000 * FEN_PER_YUAN
_WAN = 10_000


def suggested_fen(fen: int) -> int | None:
    """What was probably meant, for an amount that is hardly meant as it stands; None for a plausible one and for zero."""
    if 0 < fen < SMALLEST_FEN:
        return fen * _WAN
    return fen // _WAN if fen > LARGEST_FEN else None
