"""Cohen's kappa: agreement of two readings beyond chance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_counts, check_level, check_name, normal_quantile
from y90outcomes.estimators.numbers import Estimate, Floats
from y90outcomes.estimators.p_values import normal_p


def kappa(table: ArrayLike, *, weights: str = default("kappa_weights"), level: float = LEVEL) -> Estimate:
    """Kappa of a square table of counts, one reading in rows, the other in columns, levels in the same order.

    weights: "unweighted" (Cohen, Educ Psychol Meas 1960;20:37), "linear" and "quadratic" (agreement 1 − d/(k−1) and 1
    − (d/(k−1))² for d steps apart; Cohen, Psychol Bull 1968;70:213). Standard error, interval and the test against 0
    are asymptotic (Fleiss, Cohen and Everitt, doi:10.1037/h0028106); limits are clipped to [−1, 1]. Value and `se`
    equal R vcd::Kappa, "linear" its "Equal-Spacing" and "quadratic" its "Fleiss-Cohen" weights; vcd tests with that
    `se`, here the test takes the one under chance agreement. `events` is the number that agree. An empty table, and
    one in which chance alone agrees always (both readings use one level), give NaN with a reason. Raises ValueError
    for a table that is not square or not of whole counts.
    """
    check_name("kappa_weights", weights)
    check_level(level)
    counts = as_counts("table", table)
    if counts.shape[0] != counts.shape[1]:
        raise ValueError("a table of agreement must be square")
    n, agree = int(counts.sum()), int(np.trace(counts))
    conventions = {"kappa_weights": weights}
    if n == 0:
        reason = "nobody has both readings"
        return Estimate(level=level, n=0, events=0, valid=False, reason=reason, conventions=conventions)
    share = counts / n
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    credit = agreement_weights(len(counts), weights)
    observed, chance = float((credit * share).sum()), float(rows @ credit @ columns)
    if math.isclose(chance, 1.0, rel_tol=0.0, abs_tol=1e-12):
        reason = "both readings use one level only"
        return Estimate(level=level, n=n, events=agree, valid=False, reason=reason, conventions=conventions)
    value = (observed - chance) / (1.0 - chance)
    expected = (credit @ columns)[:, np.newaxis] + (rows @ credit)[np.newaxis, :]
    spread = float((share * (credit * (1.0 - chance) - expected * (1.0 - observed)) ** 2).sum())
    spread -= (observed * chance - 2.0 * chance + observed) ** 2
    se = math.sqrt(max(spread, 0.0) / n) / (1.0 - chance) ** 2
    null = float((np.outer(rows, columns) * (credit - expected) ** 2).sum()) - chance**2
    se_null = math.sqrt(max(null, 0.0) / n) / (1.0 - chance)
    statistic = value / se_null if se_null > 0 else math.nan
    half = normal_quantile(level) * se
    return Estimate(
        estimate=value, lower=max(value - half, -1.0), upper=min(value + half, 1.0), level=level, se=se,
        statistic=statistic, p=normal_p(statistic), n=n, events=agree, conventions=conventions,
    )  # fmt: skip


def agreement_weights(levels: int, weights: str) -> Floats:
    """levels × levels credit for a pair of readings: 1 on the diagonal, 0 for the farthest pair."""
    if weights == "unweighted":
        return np.eye(levels)
    steps = np.abs(np.subtract.outer(np.arange(levels), np.arange(levels))) / max(levels - 1, 1)
    return np.asarray(1.0 - (steps if weights == "linear" else steps**2), dtype=np.float64)
