"""Mann–Whitney test of two independent groups, exact with ties or by normal approximation."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import as_vector, check_name, doubled_midranks
from y90outcomes.estimators.numbers import Ints, Test, invalid_test
from y90outcomes.estimators.p_values import normal_p

EXACT_SPLITS = 10**7
"""`auto` is exact up to this number of ways to choose the first group: 12 against 13 is, 13 against 13 is not."""

MOST_BALANCED = 12
"""A smaller group above this has more than `EXACT_SPLITS` ways, whatever the other."""

EXACT_WORK = 4 * 10**9
"""Additions the exact count may take when asked for by name (about 100 against 100)."""


def mann_whitney(a: ArrayLike, b: ArrayLike, *, method: str = default("mann_whitney")) -> Test:
    """Two-sided Mann–Whitney test of a (n1,) against b (n2,); the statistic is U of a, ties counting one half.

    "exact": the permutation distribution of a's sum of midranks over all C(n1 + n2, n1) splits of the data as they
    are, ties included; p = P(|U − n1·n2/2| ≥ |u − n1·n2/2|). Without ties this is R's
    stats::wilcox.test(exact = TRUE); with ties coin::wilcox_test(distribution = "exact").
    "normal": tie-corrected variance, no continuity correction (R stats::wilcox.test, exact = FALSE, correct = FALSE);
    "normal_cc": with one of ½ towards the mean (exact = FALSE).
    "auto": exact when C(n1 + n2, n1) ≤ 10⁷, else normal. "exact_below_50": R's own rule, exact with both groups
    below 50 and no ties, else normal_cc; "exact_to_8": SciPy's, exact with a group of at most 8 and no ties, else
    normal_cc. `conventions` names which was used. Mann and Whitney, Ann Math Stat 1947;18:50; Lehmann, Nonparametrics,
    1975, §1.4.
    An empty group, all values equal (normal), or an exact count beyond `EXACT_WORK` give NaN with a reason.
    Raises ValueError for missing or infinite values or an unknown method.
    """
    check_name("mann_whitney", method)
    first, second = as_vector("a", a), as_vector("b", b)
    n1, n2 = len(first), len(second)
    n = n1 + n2
    doubled, tie_sizes = doubled_midranks(np.concatenate((first, second)))
    used = _rule(method, n1, n2, tied=len(tie_sizes) < n)
    conventions = {"mann_whitney": used}
    if min(n1, n2) == 0:
        return invalid_test("mann_whitney", "a group has no values", n=n, conventions=conventions)
    u = (float(doubled[:n1].sum()) - n1 * (n1 + 1)) / 2.0
    if used == "exact":
        if not _countable(n, min(n1, n2)):
            reason = f"the exact distribution of {n1} against {n2} is too long to count; use the normal approximation"
            return invalid_test("mann_whitney", reason, n=n, conventions=conventions)
        p = _exact_p(doubled, n1)
        return Test("mann_whitney", u, p=p, n=n, conventions=conventions)
    ties = float((tie_sizes.astype(np.float64) ** 3 - tie_sizes).sum())
    variance = n1 * n2 / 12.0 * ((n + 1.0) - ties / (n * (n - 1.0)))
    if len(tie_sizes) == 1:
        return invalid_test("mann_whitney", "all values are equal", n=n, conventions=conventions)
    distance = abs(u - n1 * n2 / 2.0)
    if used == "normal_cc":
        distance = max(distance - 0.5, 0.0)
    p = normal_p(distance / math.sqrt(variance))
    return Test("mann_whitney", u, p=p, n=n, conventions=conventions)


def _rule(method: str, n1: int, n2: int, *, tied: bool) -> str:
    """What a rule comes to: exact, normal or normal_cc."""
    if method == "auto":
        few = min(n1, n2) <= MOST_BALANCED
        return "exact" if few and math.comb(n1 + n2, n1) <= EXACT_SPLITS else "normal"
    if method == "exact_below_50":
        return "exact" if max(n1, n2) < 50 and not tied else "normal_cc"
    if method == "exact_to_8":
        return "exact" if min(n1, n2) <= 8 and not tied else "normal_cc"
    return method


def _countable(n: int, smaller: int) -> bool:
    return smaller == 1 or (2 * smaller * smaller * n * n <= EXACT_WORK and math.comb(n, smaller) < 1e300)


def _exact_p(doubled: Ints, n1: int) -> float:
    """P(|W − mean| ≥ |w − mean|) over all choices of n1 of the doubled midranks; the mean, n1(n + 1), is whole.

    Counted for the smaller group (its distance from the mean is the other's). counts[k, s] is the number of ways to
    choose k subjects whose ranks, each less the smallest, sum to s; subjects enter one by one. Counts are whole in
    floating point up to 2⁵³, beyond which sums of positive terms keep their relative precision.
    """
    n, m = len(doubled), min(n1, len(doubled) - n1)
    chosen = doubled[:n1] if n1 == m else doubled[n1:]
    distance = abs(int(chosen.sum()) - m * (n + 1))
    if m == 1:
        return float(np.mean(np.abs(doubled - (n + 1)) >= distance))
    base = int(doubled.min())
    ranks = np.sort(doubled - base)
    size = int(ranks[-m:].sum()) + 1
    counts = np.zeros((m + 1, size))
    counts[0, 0] = 1.0
    for rank in ranks.tolist():
        before = counts[:-1, : size - rank].copy()
        counts[1:, rank:] += before
    sums = np.arange(size) + m * base
    extreme = np.abs(sums - m * (n + 1)) >= distance
    return min(1.0, float(counts[m, extreme].sum() / counts[m].sum()))
