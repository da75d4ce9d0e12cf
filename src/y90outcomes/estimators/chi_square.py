"""Pearson's χ² test of independence."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import as_counts, check_name
from y90outcomes.estimators.numbers import Floats, Ints, Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p


def chi_square(table: ArrayLike, *, correction: str = default("chi_square")) -> Test:
    """χ² test of an r × c table of counts, df = (r − 1)(c − 1).

    correction: "plain" (R stats::chisq.test, correct = FALSE); "yates" (stats::chisq.test; 2 × 2 only: a larger table
    is tested plain and `conventions` says so, as R and SciPy do); "n_minus_1", the plain statistic times (N − 1)/N,
    the asymptotic coin::chisq_test (Campbell, doi:10.1002/sim.2832). A table with fewer than two rows or columns, or
    one whose row or column is all zero, gives NaN with a reason.
    Raises ValueError for anything but whole counts.
    """
    check_name("chi_square", correction)
    counts = as_counts("table", table)
    n = int(counts.sum())
    done = "plain" if correction == "yates" and counts.shape != (2, 2) else correction
    conventions = {"chi_square": done}
    reason = _unusable(counts)
    if reason:
        return invalid_test("chi_square", reason, n=n, conventions=conventions)
    from scipy import stats

    statistic, p, df, _ = stats.chi2_contingency(counts, correction=done == "yates")
    if done == "n_minus_1":
        statistic *= (n - 1) / n
        p = chi_square_p(statistic, df)
    return Test("chi_square", float(statistic), float(df), float(p), n, conventions=conventions)


def expected_counts(table: ArrayLike) -> Floats:
    """Expected counts (r, c) under independence: row total × column total / N; all NaN when N = 0.

    Raises ValueError for anything but whole counts. Pearson, Philos Mag 1900;50:157; R stats::chisq.test,
    `expected`.
    """
    counts = as_counts("table", table).astype(np.float64)
    total = counts.sum()
    if total == 0.0:
        return np.full(counts.shape, np.nan)
    expected: Floats = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / total
    return expected


def _unusable(counts: Ints) -> str:
    if min(counts.shape) < 2:
        return "a table needs at least two rows and two columns"
    if (counts.sum(axis=0) == 0).any() or (counts.sum(axis=1) == 0).any():
        return "a row or a column of the table is empty"
    return ""
