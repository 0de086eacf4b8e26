"""Fitting the coefficients of `matching.probability` on judged pairs: ridge logistic regression, deterministic."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matchmaker.matching.probability import Coefficients

# Strength of the ridge on standardised features: flat between 0.3 and 10 on the development judgments.
_RIDGE = 3.0
_STEPS = 50

Numbers = NDArray[np.float64]


def fitted(
    features: Sequence[Mapping[str, float]], labels: Sequence[bool], names: Sequence[str], weights: Sequence[float] = ()
) -> Coefficients:
    """The coefficients that make these labels likeliest. `weights` says how much each pair counts (default: one).

    No weight is negative: that two texts share more must never speak against them, which a fit on records that are
    titles only would say. A feature that would get one is left out, the most negative first.

    Raises ValueError where all labels are the same.
    """
    kept = list(names)
    while True:
        found = _unbounded(features, labels, kept, weights)
        if not found.weights:
            # Nothing here speaks for a pair.
            return found
        least = min(found.weights, key=lambda name: found.weights[name])
        if found.weights[least] >= 0:
            return found
        kept.remove(least)


def _unbounded(
    features: Sequence[Mapping[str, float]], labels: Sequence[bool], names: Sequence[str], weights: Sequence[float]
) -> Coefficients:
    wanted = np.asarray(labels, float)
    if not 0 < wanted.mean() < 1:
        raise ValueError("good and bad pairs are both needed")
    values = np.array([[pair[name] for name in names] for pair in features], float)
    counts = np.asarray(weights or np.ones(len(wanted)), float)
    mean, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1.0
    standard = np.column_stack([np.ones(len(values)), (values - mean) / spread])
    ridge = np.full(standard.shape[1], _RIDGE)
    ridge[0] = 0.0
    parameters: Numbers = np.zeros(standard.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-standard @ parameters))
        gradient = standard.T @ (counts * (chance - wanted)) + ridge * parameters
        curvature = (standard * (counts * chance * (1 - chance))[:, np.newaxis]).T @ standard + np.diag(ridge)
        step = np.linalg.solve(curvature + 1e-9 * np.eye(len(ridge)), gradient)
        parameters = parameters - step
        if np.abs(step).max() < 1e-8:
            break
    slopes = parameters[1:] / spread
    return Coefficients(
        float(parameters[0] - slopes @ mean), {name: float(slope) for name, slope in zip(names, slopes, strict=True)}
    )
