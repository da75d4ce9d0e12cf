"""Kruskal–Wallis test of k independent groups."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.estimators.arrays import as_vector
from y90outcomes.estimators.numbers import Test, invalid_test


def kruskal_wallis(groups: Sequence[ArrayLike]) -> Test:
    """Kruskal–Wallis H of k groups, each (n_i,), tie-corrected, p from χ² with k − 1 degrees of freedom.

    Equals R stats::kruskal.test; Kruskal and Wallis, doi:10.1080/01621459.1952.10483441. Values in one unit, whatever
    it is. Fewer than two groups, an empty group, or equal values throughout give NaN with a reason. Raises ValueError
    for missing or infinite values.
    """
    values = [as_vector(f"groups[{index}]", group) for index, group in enumerate(groups)]
    n, conventions = sum(len(group) for group in values), {"kruskal_wallis": "chi_square"}
    reason = ""
    if len(values) < 2:
        reason = "one group only: nothing to compare"
    elif any(len(group) == 0 for group in values):
        reason = "a group has no values"
    elif np.unique(np.concatenate(values)).size == 1:
        reason = "all values are equal"
    if reason:
        return invalid_test("kruskal_wallis", reason, n=n, conventions=conventions)
    from scipy import stats

    result = stats.kruskal(*values)
    p = float(result.pvalue)
    return Test("kruskal_wallis", float(result.statistic), len(values) - 1.0, p, n, conventions=conventions)
