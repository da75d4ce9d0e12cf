"""Fisher's exact test of a contingency table."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.estimators.arrays import as_counts
from y90outcomes.estimators.numbers import Floats, Ints, Test, invalid_test

MAX_TABLES = 2_000_000
"""Tables beyond 2 × 2 are enumerated up to this many; more give NaN with a reason."""

_EQUAL = 1.0 + 1e-7  # as likely as the observed table, rounding apart: R's tolerance


def fisher(table: ArrayLike) -> Test:
    """Fisher's exact test of an r × c table of counts: p sums every table of the same margins that is no likelier.

    Two-sided in the minimum-likelihood sense (R stats::fisher.test, SAS, SciPy; not twice the smaller tail). Freeman
    and Halton, doi:10.1093/biomet/38.1-2.141. There is no statistic and no df. A table whose margins allow only itself
    has p = 1. An empty table, fewer than two rows or columns, or more than `MAX_TABLES` tables of these margins give
    NaN with a reason.
    Raises ValueError for anything but whole counts.
    """
    counts = as_counts("table", table)
    n, conventions = int(counts.sum()), {"fisher": "min_likelihood"}
    if min(counts.shape) < 2:
        reason = "a table needs at least two rows and two columns"
        return invalid_test("fisher", reason, n=n, conventions=conventions)
    if n == 0:
        return invalid_test("fisher", "the table is empty", n=0, conventions=conventions)
    filled = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    if filled.shape[0] == 1 or filled.shape[1] == 1:
        return Test("fisher", p=1.0, n=n, conventions=conventions)
    if filled.shape == (2, 2):
        from scipy import stats

        return Test("fisher", p=float(stats.fisher_exact(filled)[1]), n=n, conventions=conventions)
    p = _enumerate(filled if filled.shape[0] <= filled.shape[1] else filled.T)
    if p is None:
        reason = "too many tables share these margins to enumerate"
        return invalid_test("fisher", reason, n=n, conventions=conventions)
    return Test("fisher", p=p, n=n, conventions=conventions)


def _enumerate(counts: Ints) -> float | None:
    """Sum over all tables, column by column: what each partial table leaves of the row totals, and its log weight.

    A table's probability is ∏ rows! ∏ columns! / (N! ∏ cells!); the last column is what the others leave. None when the
    tables are more than `MAX_TABLES`.
    """
    from scipy.special import gammaln

    rows, columns = counts.sum(axis=1), np.sort(counts.sum(axis=0))
    fixed = gammaln(rows + 1.0).sum() + gammaln(columns + 1.0).sum() - gammaln(counts.sum() + 1.0)
    observed = float(fixed - gammaln(counts + 1.0).sum())
    left, weight = rows[np.newaxis, :].copy(), np.full(1, float(fixed))
    for column in columns[:-1]:
        step = _fill_column(left, weight, int(column))
        if step is None:
            return None
        left, weight = step
    weight = weight - gammaln(left + 1.0).sum(axis=1)
    probability = np.exp(weight)
    return min(1.0, math.fsum(probability[weight <= observed + math.log(_EQUAL)]) / math.fsum(probability))


def _fill_column(left: Ints, weight: Floats, total: int) -> tuple[Ints, Floats] | None:
    """Every way to spread `total` over the rows of every partial table without exceeding what a row has left."""
    from scipy.special import gammaln

    spread = np.full(len(left), total, dtype=np.int64)
    for row in range(left.shape[1]):
        later = left[:, row + 1 :].sum(axis=1)
        low, high = np.maximum(0, spread - later), np.minimum(left[:, row], spread)
        width = high - low + 1
        if int(width.sum()) > MAX_TABLES:
            return None
        source = np.repeat(np.arange(len(left)), width)
        cell = np.arange(len(source)) - np.repeat(np.cumsum(width) - width, width) + low[source]
        left, spread, weight = left[source], spread[source] - cell, weight[source] - gammaln(cell + 1.0)
        left[:, row] -= cell
    return left, weight
