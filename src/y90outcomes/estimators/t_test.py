"""Two-sample t test of means."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import as_vector, check_name
from y90outcomes.estimators.numbers import Test, invalid_test
from y90outcomes.estimators.summaries import mean_and_sd


def t_test(a: ArrayLike, b: ArrayLike, *, variance: str = default("t_test")) -> Test:
    """Two-sided t test of mean(a) − mean(b), a (n1,), b (n2,) in one unit.

    Equals R stats::t.test(a, b, var.equal = ). variance: "welch" (doi:10.1093/biomet/34.1-2.28, degrees of freedom
    after Satterthwaite) or "pooled" (Student, doi:10.1093/biomet/6.1.1).
    Welch needs two values in each group, pooled one in each and three in all; fewer, or values that do not vary beyond
    rounding (R's rule: standard error below 10 ε times the larger mean), give NaN with a reason.
    Raises ValueError for missing or infinite values or an unknown variance.
    """
    first, second = as_vector("a", a), as_vector("b", b)
    conventions = {"t_test": check_name("t_test", variance)}
    n1, n2 = len(first), len(second)
    needed = min(n1, n2) >= 2 if variance == "welch" else min(n1, n2) >= 1 and n1 + n2 >= 3
    if not needed:
        return invalid_test("t_test", f"too few values: {n1} and {n2}", n=n1 + n2, conventions=conventions)
    # One common factor keeps squares in range and cancels from t.
    scale = max(float(np.abs(first).max()), float(np.abs(second).max())) or 1.0
    (mean1, sd1), (mean2, sd2) = mean_and_sd(first / scale), mean_and_sd(second / scale)
    sd1, sd2 = (sd1 if n1 > 1 else 0.0), (sd2 if n2 > 1 else 0.0)
    if variance == "welch":
        error = math.hypot(sd1 / math.sqrt(n1), sd2 / math.sqrt(n2))
    else:
        pooled = ((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2)
        error = math.sqrt(pooled * (1 / n1 + 1 / n2))
    if error <= 10 * np.finfo(float).eps * max(abs(mean1), abs(mean2)):
        reason = "the values do not vary within the groups"
        return invalid_test("t_test", reason, n=n1 + n2, conventions=conventions)
    from scipy import stats

    result = stats.ttest_ind_from_stats(mean1, sd1, n1, mean2, sd2, n2, equal_var=variance == "pooled")
    df = float(n1 + n2 - 2)
    if variance == "welch":
        part1, part2 = (sd1 / error) ** 2 / n1, (sd2 / error) ** 2 / n2
        df = 1.0 / (part1**2 / (n1 - 1) + part2**2 / (n2 - 1))
    return Test("t_test", float(result.statistic), df, float(result.pvalue), n1 + n2, conventions=conventions)
