"""Log-rank tests of k groups: plain or stratified, for any difference or for a trend over ordered groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.estimators.arrays import as_groups, as_survival, as_vector
from y90outcomes.estimators.numbers import Floats, Ints, Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p

Labels = Sequence[Any] | NDArray[Any]


def _conventions(name: str) -> dict[str, str]:
    return {f"{name}_variance": "hypergeometric"}


@dataclass(frozen=True, slots=True, eq=False)
class LogRank:
    """The test, and for each of `groups` (sorted labels) subjects, observed and expected events; `variance` (k, k).

    Of a stratified test these are summed over the strata.
    """

    test: Test
    groups: tuple[Any, ...]
    n: Ints
    observed: Ints
    expected: Floats
    variance: Floats


def log_rank(time: ArrayLike, event: ArrayLike, group: Labels, strata: Labels | None = None) -> LogRank:
    """Log-rank test of time (n,) ≥ 0, event (n,) and group labels (n,), within `strata` (n,) where given.

    Observed minus expected events with the hypergeometric variance, each summed over the strata; R's
    `survival::survdiff`, with `strata()`. Degrees of freedom are the groups with an expected count above 0, less one: a
    group followed to no event time says nothing. Mantel, Cancer Chemother Rep 1966;50:163; Kalbfleisch and Prentice
    2002, §1.5. Fewer than two such groups, groups never at risk together or no event give NaN with a reason.
    Raises ValueError for missing values, negative times, events beyond 0 and 1 or unequal lengths.
    """
    made = _sums(time, event, group, strata)
    name = "log_rank" if strata is None else "stratified_log_rank"
    return LogRank(_test(name, made), made.groups, made.n, made.observed, made.expected, made.variance)


def log_rank_trend(
    time: ArrayLike, event: ArrayLike, group: Labels, scores: ArrayLike | None = None, strata: Labels | None = None
) -> Test:
    """Log-rank test for trend over groups with `scores` (k,), one per sorted label; 1, 2, …, k when not given.

    χ² = (Σ c (O − E))² / c′Vc with 1 degree of freedom, the O, E and V of `log_rank`. Tarone, Biometrika 1975;62:679
    (10.1093/biomet/62.3.679). R has it only by hand from `survival::survdiff`; it is the score test of a Cox model on
    the scores where no two events fall on one time. Groups with equal scores, fewer than two groups or no event give
    NaN with a reason. Raises ValueError as `log_rank` does, and for scores of another length.
    """
    made = _sums(time, event, group, strata)
    k = len(made.groups)
    c = np.arange(1.0, k + 1.0) if scores is None else as_vector("scores", scores)
    if len(c) != k:
        raise ValueError(f"scores must be one per group: {k} groups, {len(c)} scores")
    reason = _nothing_to_compare(made)
    size = float(np.ptp(c)) if k else 0.0
    if not reason and size == 0.0:
        reason = "every group has the same score"
    if not reason:
        c = (c - c.min()) / size  # neither origin nor unit of the scores can change the answer
        spread = float(c @ made.variance @ c)
        if not spread > 1e-12 * float(np.trace(made.variance)):
            reason = "groups with different scores are never at risk together when events happen"
    if reason:
        return invalid_test("log_rank_trend", reason, n=int(made.n.sum()), conventions=_conventions("log_rank_trend"))
    statistic = float(c @ (made.observed - made.expected)) ** 2 / spread
    return Test(
        "log_rank_trend",
        statistic,
        1.0,
        chi_square_p(statistic, 1),
        int(made.n.sum()),
        conventions=_conventions("log_rank_trend"),
    )


def pairwise_log_rank(
    time: ArrayLike, event: ArrayLike, group: Labels, strata: Labels | None = None
) -> list[tuple[Any, Any, Test]]:
    """(a, b, `log_rank` of a and b alone) for every two sorted labels, p not adjusted.

    R's `survminer::pairwise_survdiff(p.adjust.method="none")`. Raises ValueError as `log_rank` does.
    Arrays (n,) as there. Mantel, Cancer Chemother Rep 1966;50:163.
    """
    times, died = as_survival(time, event)
    labels, index = as_groups(group, len(times))
    blocks = None if strata is None else as_groups(strata, len(times))[1]
    found = []
    for a, b in combinations(range(len(labels)), 2):
        pair = (index == a) | (index == b)
        made = log_rank(times[pair], died[pair], index[pair], None if blocks is None else blocks[pair])
        found.append((labels[a], labels[b], made.test))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    groups: tuple[Any, ...]
    n: Ints
    observed: Ints
    expected: Floats
    variance: Floats


def _sums(time: ArrayLike, event: ArrayLike, group: Labels, strata: Labels | None) -> _Sums:
    """Observed and expected events and the variance matrix. A stratum and a time make one line of the sums."""
    times, died = as_survival(time, event)
    labels, index = as_groups(group, len(times))
    k, n = len(labels), len(times)
    grid, row = np.unique(times, return_inverse=True)
    block = np.zeros(n, dtype=np.int64) if strata is None else as_groups(strata, n)[1]
    lines, line = np.unique(block * len(grid) + row.reshape(-1), return_inverse=True)
    cell, size = line.reshape(-1) * k + index, len(lines) * k
    leaving = np.bincount(cell, minlength=size).reshape(len(lines), k)
    deaths = np.bincount(cell[died], minlength=size).reshape(len(lines), k)
    later = np.vstack((leaving[::-1].cumsum(axis=0)[::-1], np.zeros((1, k), dtype=np.int64)))
    stratum = lines // max(len(grid), 1)
    at_risk = later[:-1] - later[np.searchsorted(stratum, stratum, side="right")]  # less those of later strata
    hit = deaths.sum(axis=1) > 0
    deaths, at_risk = deaths[hit], at_risk[hit]
    d, r = deaths.sum(axis=1), at_risk.sum(axis=1)
    share = at_risk / r[:, np.newaxis]
    expected: Floats = (d[:, np.newaxis] * share).sum(axis=0)
    # Σ d (r − d)/(r − 1) (diag(share) − share share'); the last one at risk alone adds nothing.
    weight = d * (r - d) / np.maximum(r - 1, 1)
    variance: Floats = np.diag((weight[:, np.newaxis] * share).sum(axis=0)) - (share * weight[:, np.newaxis]).T @ share
    counts = np.bincount(index, minlength=k).astype(np.int64)
    return _Sums(labels, counts, deaths.sum(axis=0).astype(np.int64), expected, variance)


def _nothing_to_compare(made: _Sums) -> str:
    if made.observed.sum() == 0:
        return "no events"
    if len(made.observed) < 2:
        return "one group only: nothing to compare"
    if (made.expected > 0.0).sum() < 2:
        return "only one group has anybody at risk when events happen"
    return ""


def _test(name: str, made: _Sums) -> Test:
    reason = _nothing_to_compare(made)
    if not reason:
        kept = np.flatnonzero(made.expected > 0.0)[1:]
        difference, matrix = (made.observed - made.expected)[kept], made.variance[np.ix_(kept, kept)]
        if np.linalg.matrix_rank(matrix, hermitian=True) < len(kept):
            reason = "the groups are never at risk together when events happen"
    if reason:
        return invalid_test(name, reason, n=int(made.n.sum()), conventions=_conventions(name))
    statistic, df = float(difference @ np.linalg.solve(matrix, difference)), len(kept)
    return Test(
        name, statistic, float(df), chi_square_p(statistic, df), int(made.n.sum()), conventions=_conventions(name)
    )
