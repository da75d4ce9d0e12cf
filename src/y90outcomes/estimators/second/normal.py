"""Intervals and p values from a library's estimate and standard error, by SciPy's distributions."""

from __future__ import annotations

import math


def two_sided(estimate: float, se: float, level: float, df: float = math.inf) -> dict[str, float]:
    """Limits, statistic and p of an estimate: normal, or Student's t with `df`."""
    from scipy.stats import norm, t

    by = norm if math.isinf(df) else t(df)
    half, statistic = float(by.ppf((1.0 + level) / 2.0)) * se, estimate / se
    return {"lower": estimate - half, "upper": estimate + half, "statistic": statistic,
            "p": float(2.0 * by.sf(abs(statistic)))}  # fmt: skip


def likelihood_ratio(large: float, small: float, df: int) -> dict[str, float]:
    """Twice the gain of a model, χ²."""
    from scipy.stats import chi2

    statistic = max(2.0 * (large - small), 0.0)
    return {"statistic": statistic, "p": float(chi2.sf(statistic, df)), "df": float(df)}


def exponential(x: float) -> float:
    """e to the x; NaN beyond what a double holds."""
    return math.exp(x) if x < 709.0 else math.nan
