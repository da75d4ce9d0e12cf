"""Two-sample t test of means."""

from __future__ import annotations

import math

from numpy.typing import ArrayLike

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import as_vector, check_name
from y90outcomes.estimators.means import compare_means
from y90outcomes.estimators.numbers import Test, invalid_test


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
    made = compare_means(first, second, variance) if n1 and n2 else None
    if made is None or math.isnan(made.p):
        reason = made.reason if made and made.reason else f"too few values: {n1} and {n2}"
        return invalid_test("t_test", reason, n=n1 + n2, conventions=conventions)
    return Test("t_test", made.statistic, made.df, made.p, n1 + n2, conventions=conventions)
