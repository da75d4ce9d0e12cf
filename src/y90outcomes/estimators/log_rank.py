"""Log-rank test of k groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.estimators.arrays import as_groups, as_survival
from y90outcomes.estimators.numbers import Floats, Ints, Test, invalid_test


@dataclass(frozen=True, slots=True, eq=False)
class LogRank:
    """The test, and for each of `groups` (sorted labels) subjects, observed and expected events; `variance` (k, k)."""

    test: Test
    groups: tuple[Any, ...]
    n: Ints
    observed: Ints
    expected: Floats
    variance: Floats


def log_rank(time: ArrayLike, event: ArrayLike, group: Sequence[Any] | NDArray[Any]) -> LogRank:
    """Log-rank test of time (n,) ≥ 0, event (n,) and group labels (n,).

    Observed minus expected events with the hypergeometric variance; R's `survdiff`. Degrees of freedom are the groups
    with an expected count above 0, less one: a group followed to no event time says nothing. Mantel, Cancer Chemother
    Rep 1966;50:163; Kalbfleisch and Prentice 2002, §1.5. Fewer than two such groups or no event give NaN with a reason.
    Raises ValueError for missing values, negative times, events beyond 0 and 1 or unequal lengths.
    """
    times, died = as_survival(time, event)
    labels, index = as_groups(group, len(times))
    k, n = len(labels), len(times)
    grid, row = np.unique(times, return_inverse=True)
    row = row.reshape(-1)
    leaving = _by_time_and_group(row, index, len(grid), k)
    deaths = _by_time_and_group(row[died], index[died], len(grid), k)
    at_risk = leaving[::-1].cumsum(axis=0)[::-1]
    hit = deaths.sum(axis=1) > 0
    deaths, at_risk = deaths[hit], at_risk[hit]
    d, r = deaths.sum(axis=1), at_risk.sum(axis=1)
    share = at_risk / r[:, np.newaxis]
    expected = (d[:, np.newaxis] * share).sum(axis=0)
    # Σ d (r − d)/(r − 1) (diag(share) − share share'); the last one at risk alone adds nothing.
    weight = d * (r - d) / np.maximum(r - 1, 1)
    variance = np.diag((weight[:, np.newaxis] * share).sum(axis=0)) - (share * weight[:, np.newaxis]).T @ share
    observed = deaths.sum(axis=0).astype(np.int64)
    counts = np.bincount(index, minlength=k).astype(np.int64)
    test = _test(observed, expected, variance, n)
    return LogRank(test, labels, counts, observed, expected, variance)


def _test(observed: Ints, expected: Floats, variance: Floats, n: int) -> Test:
    conventions = {"log_rank_variance": "hypergeometric"}
    informative = np.flatnonzero(expected > 0.0)
    reason = ""
    if observed.sum() == 0:
        reason = "no events"
    elif len(observed) < 2:
        reason = "one group only: nothing to compare"
    elif len(informative) < 2:
        reason = "only one group has anybody at risk when events happen"
    else:
        kept = informative[1:]
        difference, matrix = (observed - expected)[kept], variance[np.ix_(kept, kept)]
        if np.linalg.matrix_rank(matrix, hermitian=True) < len(kept):
            reason = "the groups are never at risk together when events happen"
    if reason:
        return invalid_test("log_rank", reason, n=n, conventions=conventions)
    from scipy.special import chdtrc

    statistic, df = float(difference @ np.linalg.solve(matrix, difference)), len(kept)
    return Test("log_rank", statistic, float(df), float(chdtrc(df, statistic)), n, conventions=conventions)


def _by_time_and_group(row: Ints, index: Ints, rows: int, groups: int) -> Ints:
    counts: Ints = np.bincount(row * groups + index, minlength=rows * groups).reshape(rows, groups)
    return counts
