"""Intraclass correlation: how alike the members of a cluster are."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.estimators.arrays import as_groups, as_vector
from y90outcomes.estimators.numbers import Estimate


def intraclass_correlation(values: ArrayLike, clusters: NDArray[np.generic]) -> Estimate:
    """The analysis-of-variance estimator of the intraclass correlation of values (n,), binary or not, in clusters (n,).

    (MSB − MSW) / (MSB + (n₀ − 1) MSW) with n₀ = (n − Σ m²/n)/(G − 1); negative where members differ more within a
    cluster than between. Donner, Int Stat Rev 1986;54:67, 10.2307/1403259; for binary values Ridout, Demétrio and
    Firth, Biometrics 1999;55:137, 10.1111/j.0006-341X.1999.00137.x. R: from the mean squares of `stats::anova`.
    No interval. `n` counts values. No values, one cluster, clusters of one member only or equal values throughout give
    NaN with a reason. Raises ValueError for missing values and unequal lengths.
    """
    array = as_vector("values", values)
    labels, index = as_groups(clusters, len(array))
    n, groups = len(array), len(labels)
    conventions = {"intraclass_correlation": "anova"}
    reason = ""
    if n == 0:
        reason = "no values"
    elif groups < 2:
        reason = "one cluster only"
    elif groups == n:
        reason = "no cluster has two members"
    elif (array == array[0]).all():
        reason = "the values do not vary"
    if reason:
        return Estimate(n=n, valid=False, reason=reason, conventions=conventions)
    size = np.bincount(index, minlength=groups).astype(np.float64)
    scaled = array / np.abs(array).max()
    centred = scaled - scaled.mean()
    mean = np.bincount(index, weights=centred, minlength=groups) / size
    between = float((size * mean**2).sum()) / (groups - 1)
    within = float(((centred - mean[index]) ** 2).sum()) / (n - groups)
    usual = (n - float((size**2).sum()) / n) / (groups - 1)
    estimate = (between - within) / (between + (usual - 1.0) * within)
    return Estimate(estimate=estimate, n=n, reason="no interval is given", conventions=conventions)
