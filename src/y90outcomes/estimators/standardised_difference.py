"""Standardised mean differences between two groups: of a number, of a category."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_vector, check_level, check_name, normal_quantile
from y90outcomes.estimators.means import ROUNDING
from y90outcomes.estimators.numbers import Estimate, Floats
from y90outcomes.estimators.summaries import mean_and_sd, power_of_two


def standardised_difference(
    a: ArrayLike, b: ArrayLike, *, variance: str = default("smd_variance"), level: float = LEVEL
) -> Estimate:
    """(mean(a) − mean(b)) / sd, a (n1,), b (n2,) in one unit; the result has none.

    variance: "average", the root of the mean of both variances (R tableone::ExtractSmd, whose sign is dropped; Austin,
    doi:10.1080/03610910902859574), or "pooled", Cohen's d (R effectsize::cohens_d). `se` and the normal interval are
    the large-sample ones, √((n1 + n2)/(n1 n2) + d²/(2(n1 + n2))) (Hedges and Olkin 1985,
    doi:10.1016/C2009-0-03396-0). `n` counts both groups. Fewer than two values in a group, or values that do not vary
    within the groups, give NaN with a reason.
    Raises ValueError for missing or infinite values, an unknown variance, or a level outside (0, 1).
    """
    first, second = as_vector("a", a), as_vector("b", b)
    conventions, level = {"smd_variance": check_name("smd_variance", variance)}, check_level(level)
    n1, n2 = len(first), len(second)
    if min(n1, n2) < 2:
        reason = f"too few values: {n1} and {n2}"
        return Estimate(level=level, n=n1 + n2, valid=False, reason=reason, conventions=conventions)
    scale = power_of_two(max(float(np.abs(first).max()), float(np.abs(second).max()))) or 1.0
    (mean1, sd1), (mean2, sd2) = mean_and_sd(first / scale), mean_and_sd(second / scale)
    if variance == "average":
        sd = math.sqrt((sd1 * sd1 + sd2 * sd2) / 2.0)
    else:
        sd = math.sqrt(((n1 - 1) * sd1 * sd1 + (n2 - 1) * sd2 * sd2) / (n1 + n2 - 2))
    if sd <= ROUNDING * max(abs(mean1), abs(mean2)):
        reason = "the values do not vary within the groups"
        return Estimate(level=level, n=n1 + n2, valid=False, reason=reason, conventions=conventions)
    return _with_interval((mean1 - mean2) / sd, n1, n2, level, conventions)


def standardised_difference_of_levels(a: ArrayLike, b: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """How far two groups differ in a category: counts a (k,) and b (k,) of its levels; no unit.

    Two levels that somebody has: (p_a − p_b) / √((p_a(1 − p_a) + p_b(1 − p_b))/2) of the second, with its sign.
    More: the Mahalanobis distance of the shares under the mean of both multinomial covariances, never negative (Yang
    and Dalton, SAS Global Forum, 2012, paper 335; R tableone::ExtractSmd). Levels nobody has do not count; the order of
    the levels only gives the sign. `se` and interval as in `standardised_difference`; with more than two levels the
    lower limit is cut at 0. `n` counts both groups.
    An empty group, one level only, or groups that share no level (an infinite distance) give NaN with a reason.
    Raises ValueError for counts that are not whole or below 0, unequal lengths, or a level outside (0, 1).
    """
    first, second, level = as_vector("a", a), as_vector("b", b), check_level(level)
    if len(first) != len(second):
        raise ValueError(f"a and b differ in length: {len(first)} and {len(second)}")
    for name, counts in (("a", first), ("b", second)):
        if (counts < 0).any() or (counts != np.floor(counts)).any():
            raise ValueError(f"{name} must hold whole numbers not below 0")
    n1, n2 = int(first.sum()), int(second.sum())
    conventions = {"smd_variance": "average"}
    held = first + second > 0
    reason = ""
    if not n1 or not n2:
        reason = "a group is empty"
    elif held.sum() < 2:
        reason = "everybody has the same level"
    elif not ((first > 0) & (second > 0)).any():
        reason = "the groups share no level: the difference is infinite"
    if reason:
        return Estimate(level=level, n=n1 + n2, valid=False, reason=reason, conventions=conventions)
    share1, share2 = first[held] / n1, second[held] / n2
    apart = (share1 - share2)[1:]
    # Groups that share a level leave the covariance without the first level invertible.
    covariance = (_covariance(share1[1:]) + _covariance(share2[1:])) / 2.0
    squared = float(apart @ np.linalg.solve(covariance, apart))
    distance = math.sqrt(max(squared, 0.0))
    if len(apart) == 1:
        return _with_interval(math.copysign(distance, float(apart[0])), n1, n2, level, conventions)
    return _with_interval(distance, n1, n2, level, conventions, lowest=0.0)


def _covariance(share: Floats) -> Floats:
    made: Floats = np.diag(share) - np.outer(share, share)
    return made


def _with_interval(
    d: float, n1: int, n2: int, level: float, conventions: dict[str, str], lowest: float = -math.inf
) -> Estimate:
    se = math.sqrt((n1 + n2) / (n1 * n2) + d * d / (2.0 * (n1 + n2)))
    half = normal_quantile(level) * se
    return Estimate(d, max(d - half, lowest), d + half, level, se, n=n1 + n2, conventions=conventions)
