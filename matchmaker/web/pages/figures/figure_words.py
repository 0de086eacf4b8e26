"""Exact ratios as people read them. Rounded here and nowhere before."""

from fractions import Fraction


def percent(ratio: Fraction | None) -> str:
    """`135.6%`; a dash where there is nothing to divide by."""
    return "—" if ratio is None else f"{float(ratio):.1%}"


def signed_percent(ratio: Fraction | None) -> str:
    """A growth: `+14.8%`, `-3.0%`; a dash where there is nothing to compare with."""
    return "—" if ratio is None else f"{float(ratio):+.1%}"
