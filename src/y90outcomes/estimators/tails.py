"""Tails and quantiles of distributions of counts, and a root: SciPy for those who are not estimators themselves."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np


def binomial_at_most(x: int, n: int, p: float) -> float:
    """Probability of at most x of n; 0 for x < 0."""
    from scipy.special import bdtr

    return float(bdtr(x, n, p)) if x >= 0 else 0.0


def binomial_above(x: int, n: int, p: float) -> float:
    """Probability of more than x of n; 1 for x < 0, 0 for x ≥ n."""
    from scipy.special import bdtrc

    return 1.0 if x < 0 else 0.0 if x >= n else float(bdtrc(x, n, p))


def binomial_log_likelihood(x: int, n: int, p: float) -> float:
    """x log p + (n − x) log(1 − p), 0 log 0 being 0."""
    from scipy.special import xlogy

    return float(xlogy(x, p) + xlogy(n - x, 1.0 - p))


def beta_quantile(a: float, b: float, share: float) -> float:
    """The quantile of a beta distribution."""
    from scipy.special import betaincinv

    return float(betaincinv(a, b, share))


def hypergeometric_probability(a: int, total: int, drawn: int, marked: int) -> float:
    """Probability of `a` marked among `drawn` of `total` that hold `marked`."""
    from scipy.stats import hypergeom

    return float(hypergeom(total, drawn, marked).pmf(a))


def likelihood_ratio_of_table(table: Sequence[Sequence[int]]) -> float:
    """p of the likelihood-ratio χ² (G) of a table of counts; NaN with an empty row or column, or fewer than two."""
    from scipy.stats import chi2_contingency

    counts = np.asarray(table)
    if (counts.sum(axis=0) == 0).any() or (counts.sum(axis=1) == 0).any() or min(counts.shape) < 2:
        return math.nan
    return float(chi2_contingency(counts, correction=False, lambda_="log-likelihood")[1])


def bracketed_root(function: Callable[[float], float], low: float, high: float) -> float:
    """Where a continuous function between two ends of different sign is 0, to 1e-14."""
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-14))
