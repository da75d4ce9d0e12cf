"""The mean of one group and the difference of two means, with intervals by Student's t."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_vector, check_level, check_name
from y90outcomes.estimators.numbers import NAN, Estimate, Floats
from y90outcomes.estimators.p_values import student_p
from y90outcomes.estimators.summaries import mean_and_sd, power_of_two

ROUNDING = 10 * float(np.finfo(float).eps)
"""A standard error below this share of the larger mean is rounding, not spread: R's rule in t.test."""
NO_SPREAD = "the values do not vary within the groups"


def mean(x: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """Mean of x (n,) in x's unit, `se` sd/√n, and the t interval with n − 1 degrees of freedom.

    Equals R stats::t.test(x) (Student, doi:10.1093/biomet/6.1.1). One value, or values that do not vary, have a mean
    without interval, with a reason; none gives NaN with a reason. No test is made: `statistic` and `p` are NaN.
    Raises ValueError for missing or infinite x or a level outside (0, 1).
    """
    values, level = as_vector("x", x), check_level(level)
    n = len(values)
    if n == 0:
        return Estimate(level=level, valid=False, reason="no value in this group")
    center, sd = mean_and_sd(values)
    se = sd / math.sqrt(n)
    if n == 1:
        return Estimate(center, level=level, n=1, reason="one value has no interval")
    if se <= ROUNDING * abs(center):
        return Estimate(center, level=level, n=n, reason="the values do not vary")
    half = t_quantile(level, n - 1) * se
    return _in_range(Estimate(center, center - half, center + half, level, se, n=n))


def mean_difference(a: ArrayLike, b: ArrayLike, *, variance: str = default("t_test"), level: float = LEVEL) -> Estimate:
    """mean(a) − mean(b), a (n1,), b (n2,) in one unit, with `se`, t interval, t statistic and two-sided p.

    variance: "welch" (degrees of freedom after Satterthwaite, doi:10.1093/biomet/34.1-2.28) or "pooled" (Student).
    Equals R stats::t.test(a, b, var.equal = ). `n` counts both groups. Welch needs two values in each group, pooled one
    in each and three in all; fewer, or values that do not vary within the groups beyond rounding, leave the difference
    without se, interval and p, with a reason. An empty group gives NaN with a reason. A number too large for a double
    is NaN and named in `not_reached`.
    Raises ValueError for missing or infinite values, an unknown variance, or a level outside (0, 1).
    """
    first, second = as_vector("a", a), as_vector("b", b)
    conventions = {"t_test": check_name("t_test", variance)}
    level, (n1, n2) = check_level(level), (len(first), len(second))
    if n1 == 0 or n2 == 0:
        return Estimate(level=level, n=n1 + n2, valid=False, reason="a group is empty", conventions=conventions)
    made = compare_means(first, second, variance)
    shown = Estimate(made.difference * made.scale, level=level, n=n1 + n2, conventions=conventions)
    if math.isnan(made.p):
        return _in_range(replace(shown, reason=made.reason or f"too few values for an interval: {n1} and {n2}"))
    half = t_quantile(level, made.df) * made.error
    shown = replace(
        shown,
        lower=(made.difference - half) * made.scale,
        upper=(made.difference + half) * made.scale,
        se=made.error * made.scale,
        statistic=made.statistic,
        p=made.p,
    )
    return _in_range(shown)


@dataclass(frozen=True, slots=True)
class ComparedMeans:
    """Difference and its standard error in units of `scale`, t on `df`, p. Without p `reason` says that the values do
    not vary, and is empty where they are too few."""

    difference: float
    scale: float
    error: float = NAN
    df: float = NAN
    statistic: float = NAN
    p: float = NAN
    reason: str = ""


def compare_means(first: Floats, second: Floats, variance: str) -> ComparedMeans:
    """mean(first) − mean(second) of (n1,) and (n2,) checked values, neither empty: what t test and interval share."""
    n1, n2 = len(first), len(second)
    # One common factor keeps squares in range and cancels from t.
    scale = power_of_two(max(float(np.abs(first).max()), float(np.abs(second).max()))) or 1.0
    (mean1, sd1), (mean2, sd2) = mean_and_sd(first / scale), mean_and_sd(second / scale)
    error, df = _error(sd1, n1, sd2, n2, variance)
    if not error >= 0.0:
        return ComparedMeans(mean1 - mean2, scale)
    if error <= ROUNDING * max(abs(mean1), abs(mean2)):
        return ComparedMeans(mean1 - mean2, scale, reason=NO_SPREAD)
    statistic = (mean1 - mean2) / error
    return ComparedMeans(mean1 - mean2, scale, error, df, statistic, student_p(statistic, df))


def t_quantile(level: float, df: float) -> float:
    """The two-sided quantile of Student's t of a confidence level: 2.228139 for 0.95 and 10 degrees of freedom."""
    from scipy.special import stdtrit

    return float(-stdtrit(df, (1.0 - level) / 2.0))


def _in_range(made: Estimate) -> Estimate:
    """A number too large for a double as NaN, named in `not_reached`."""
    large = tuple(name for name in ("estimate", "lower", "upper") if math.isinf(getattr(made, name)))
    if not large:
        return made
    reason = "; ".join(filter(None, (made.reason, "too large to be written as a number")))
    se = made.se if math.isfinite(made.se) else NAN
    estimate, lower, upper = (NAN if math.isinf(v) else v for v in (made.estimate, made.lower, made.upper))
    return replace(made, estimate=estimate, lower=lower, upper=upper, se=se, not_reached=large, reason=reason)


def _error(sd1: float, n1: int, sd2: float, n2: int, variance: str) -> tuple[float, float]:
    """Standard error of a difference of means and its degrees of freedom; NaN with too few values."""
    if variance == "pooled":
        if n1 + n2 < 3:
            return NAN, NAN
        squares = sum((n - 1) * sd * sd for n, sd in ((n1, sd1), (n2, sd2)) if n > 1)
        return math.sqrt(squares / (n1 + n2 - 2) * (1 / n1 + 1 / n2)), float(n1 + n2 - 2)
    if min(n1, n2) < 2:
        return NAN, NAN
    error = math.hypot(sd1 / math.sqrt(n1), sd2 / math.sqrt(n2))
    if error == 0.0:
        return 0.0, NAN
    part1, part2 = (sd1 / error) ** 2 / n1, (sd2 / error) ** 2 / n2
    return error, 1.0 / (part1**2 / (n1 - 1) + part2**2 / (n2 - 1))
