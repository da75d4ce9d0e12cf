"""Geometric means and their ratio: Student's t on logarithms, then back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_vector, check_name
from y90outcomes.estimators.means import mean, mean_difference
from y90outcomes.estimators.numbers import NAN, Estimate

_LARGEST = math.log(np.finfo(float).max)


def geometric_mean(x: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """Geometric mean of x (n,) > 0 in x's unit: exp of the mean logarithm, and of its t interval.

    Equals exp of R stats::t.test(log(x)). `se` is of the geometric mean by the delta method: itself times the standard
    error of the mean logarithm. One value, or values that do not vary, have no interval, with a reason. No value, or
    any value of 0 or below, gives NaN with a reason that counts them. A limit too large for a double is NaN and named
    in `not_reached`. Raises ValueError for missing or infinite x or a level outside (0, 1).
    Bland and Altman, BMJ 1996;312:1079, 10.1136/bmj.312.7038.1079.
    """
    values = as_vector("x", x)
    low = int((values <= 0.0).sum())
    if low:
        return Estimate(level=level, n=len(values), valid=False, reason=_not_positive(low, len(values)))
    return _back(mean(np.log(values), level=level))


def geometric_mean_ratio(
    a: ArrayLike, b: ArrayLike, *, variance: str = default("t_test"), level: float = LEVEL
) -> Estimate:
    """Geometric mean of a (n1,) over that of b (n2,), both > 0 in one unit, with t interval, t statistic and p.

    variance: "welch" or "pooled", of the logarithms. Equals exp of R stats::t.test(log(a), log(b), var.equal = ); the
    base and the unit do not matter. `se` is of the ratio by the delta method. Too few values, or values that do not
    vary, leave the ratio without interval, with a reason; an empty group, or any value of 0 or below, gives NaN with a
    reason that counts them. A number too large for a double is NaN and named in `not_reached`.
    Raises ValueError for missing or infinite values, an unknown variance, or a level outside (0, 1).
    Bland and Altman, BMJ 1996;312:1153, 10.1136/bmj.312.7039.1153.
    """
    first, second = as_vector("a", a), as_vector("b", b)
    n, conventions = len(first) + len(second), {"t_test": check_name("t_test", variance)}
    low = int((first <= 0.0).sum() + (second <= 0.0).sum())
    if low:
        return Estimate(level=level, n=n, valid=False, reason=_not_positive(low, n), conventions=conventions)
    # Divided by one common factor first: logarithms near 0 keep the digits of the difference.
    middle = math.exp(float(np.log(np.concatenate((first, second))).mean())) if n else 1.0
    return _back(mean_difference(np.log(first / middle), np.log(second / middle), variance=variance, level=level))


def _not_positive(low: int, n: int) -> str:
    return f"no geometric mean: {low} of {n} values {'is' if low == 1 else 'are'} 0 or below"


def _back(logs: Estimate) -> Estimate:
    """An estimate of logarithms on the scale of the values."""
    if not logs.valid:
        return logs
    names = ("estimate", "lower", "upper")
    large = tuple(name for name in names if getattr(logs, name) > _LARGEST)
    estimate, lower, upper = (NAN if name in large else math.exp(getattr(logs, name)) for name in names)
    reason = "; ".join(filter(None, (logs.reason, "too large to be written as a number" if large else "")))
    se = estimate * logs.se
    return replace(
        logs,
        estimate=estimate,
        lower=lower,
        upper=upper,
        se=se if math.isfinite(se) else NAN,
        not_reached=large,
        reason=reason,
    )
