"""Figures of evaluation and benchmark: percentiles, and how a person reads them."""

import json
from collections.abc import Mapping, Sequence
from statistics import quantiles


def percentile(values: Sequence[float], percent: int) -> float:
    """The percentile, interpolated; of a single value, that value."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def as_text(figures: Mapping[str, object]) -> str:
    """The figures as a person reads them, one a line."""
    return "\n".join(f"{name:24} {json.dumps(value, ensure_ascii=False)}" for name, value in figures.items())
