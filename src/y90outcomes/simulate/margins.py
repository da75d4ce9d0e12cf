"""Printed summaries to distributions: a shifted log-normal where median, mean and SD are printed, logits for rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from y90outcomes.simulate.numerics import expit, normal_quantile, root

Array = npt.NDArray[np.float64]
Quantile = Callable[[Array], Array]
"""Normal scores to values."""

_MOST_SKEWED = 1.1


def shifted_log_normal(median: float, mean: float, sd: float) -> Quantile:
    """`median + s·E·(exp(s·σ·z) − 1)`, s the side of the skew, with exactly this median, mean and SD.

    Where the three allow no such curve below σ = 1.1, the median and the mean are kept.
    """
    side = 1.0 if mean >= median else -1.0
    gap = abs(mean - median) / sd

    def short(sigma: float) -> float:
        return float(-np.expm1(-sigma * sigma / 2) / np.sqrt(np.expm1(sigma * sigma)) - gap)

    sigma = root(short, 1e-6, _MOST_SKEWED) if short(1e-6) * short(_MOST_SKEWED) < 0 else _MOST_SKEWED
    spread = abs(mean - median) / np.expm1(sigma * sigma / 2)
    return lambda z: median + side * spread * np.expm1(side * sigma * z)


def from_extremes(median: float, low: float, high: float, n: int) -> Quantile:
    """The shifted log-normal whose typical extremes among `n` draws are `low` and `high` (Blom scores)."""
    z = float(normal_quantile((n - 0.375) / (n + 0.25)))
    up, down = high - median, median - low
    side = 1.0 if up >= down else -1.0
    sigma = np.log(max(up, down) / min(up, down)) / z
    if sigma < 1e-9:
        return lambda scores: median + up / z * scores
    spread = min(up, down) / -np.expm1(-sigma * z)
    return lambda scores: median + side * spread * np.expm1(side * sigma * scores)


def log_normal(median: float, mean: float) -> Quantile:
    """The log-normal with this median and mean."""
    sigma = np.sqrt(2 * np.log(mean / median))
    return lambda z: median * np.exp(sigma * z)


def of_margin(margin: Mapping[str, Any]) -> Quantile:
    """The curve of a margin with median, mean and SD."""
    return shifted_log_normal(float(margin["median"]), float(margin["mean"]), float(margin["sd"]))


def rate_line(shares: Mapping[int, float], stratum: npt.NDArray[np.int_], x: Array) -> tuple[float, float]:
    """Intercept and slope of a logistic line whose mean over each of two strata is the share printed for it.

    shares   stratum -> share; two strata
    stratum  stratum of each point; x its covariate
    """
    (first, p_first), (second, p_second) = shares.items()

    def intercept(slope: float) -> float:
        here = x[stratum == first]
        return float(root(lambda a: float(expit(a + slope * here).mean()) - p_first, -20, 20))

    def gap(slope: float) -> float:
        return float(expit(intercept(slope) + slope * x[stratum == second]).mean()) - p_second

    slope = float(root(gap, -3, 5))
    return intercept(slope), slope


def rate_and_ratio(share: float, log_ratio: float, x: Array) -> tuple[float, float]:
    """Intercept and slope of a logistic line with this overall rate, and this difference in mean x between those with
    and without the event."""

    def intercept(slope: float) -> float:
        return float(root(lambda a: float(expit(a + slope * x).mean()) - share, -20, 20))

    def gap(slope: float) -> float:
        p = expit(intercept(slope) + slope * x)
        return float((p * x).sum() / p.sum() - ((1 - p) * x).sum() / (1 - p).sum()) - log_ratio

    slope = float(root(gap, -3, 5))
    return intercept(slope), slope


def at_rate(share: float, offset: Array) -> float:
    """Intercept that gives a logistic line with this offset the overall rate `share`."""
    return float(root(lambda a: float(expit(a + offset).mean()) - share, -30, 30))
