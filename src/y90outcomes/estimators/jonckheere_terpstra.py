"""Jonckheere–Terpstra test of a trend over ordered groups, exact with ties or by normal approximation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import as_vector, check_name
from y90outcomes.estimators.numbers import Floats, Ints, Test, invalid_test
from y90outcomes.estimators.p_values import normal_p

EXACT_SPLITS = 10**7
"""`auto` is exact up to this number of ways to share the values out among the groups, as for Mann–Whitney."""

EXACT_WORK = 2 * 10**9
"""Additions the exact count may take when asked for by name."""

_STEPS = 10**6


def jonckheere_terpstra(groups: Sequence[ArrayLike], *, method: str = default("jonckheere_terpstra")) -> Test:
    """Two-sided test that values rise or fall over k groups given in order, each (n_i,), in one unit.

    The statistic is J, the number of pairs from two groups in which the later group has the higher value, ties ½; with
    two groups it is the second's Mann–Whitney U. method: "normal" (tie-corrected variance, no continuity correction;
    the z of R stats::cor.test(values, group, method = "kendall", exact = FALSE)); "exact" (permutation distribution of
    the data as they are, ties included: p = P(|J − mean| ≥ |j − mean|)); "auto": exact when the ways to share the
    values out are at most 10⁷, else normal; `conventions` names which. Jonckheere, Biometrika 1954;41:133,
    doi:10.1093/biomet/41.1-2.133; variance under ties: Hollander, Wolfe and Chicken, Nonparametric Statistical Methods,
    2014, §6.2, doi:10.1002/9781119196037. Fewer than two groups, an empty group, equal values throughout, or an exact
    count beyond `EXACT_WORK` give NaN with a reason. Raises ValueError for missing or infinite values or an unknown
    method.
    """
    check_name("jonckheere_terpstra", method)
    values = [as_vector(f"groups[{index}]", group) for index, group in enumerate(groups)]
    sizes = [len(group) for group in values]
    n, used = sum(sizes), method
    if method == "auto":
        used = "exact" if _log_splits(sizes) < 20.0 and _splits(sizes) <= EXACT_SPLITS else "normal"
    conventions = {"jonckheere_terpstra": used}
    reason = ""
    if len(values) < 2:
        reason = "one group only: nothing to compare"
    elif min(sizes) == 0:
        reason = "a group has no values"
    elif np.unique(np.concatenate(values)).size == 1:
        reason = "all values are equal"
    elif used == "exact" and not _countable(values):
        reason = "the exact distribution is too long to count; use the normal approximation"
    if reason:
        return invalid_test("jonckheere_terpstra", reason, n=n, conventions=conventions)
    table = _by_value(values)
    doubled = _doubled_j(table)
    # Twice J less twice its mean, a whole number times one half: kept whole as four times.
    distance = abs(2 * doubled - (n * n - sum(size * size for size in sizes)))
    if used == "exact":
        p = _exact_p(table, distance)
    else:
        p = normal_p(distance / 4.0 / math.sqrt(_variance(sizes, table.sum(axis=1))))
    return Test("jonckheere_terpstra", doubled / 2.0, p=p, n=n, conventions=conventions)


def _by_value(values: Sequence[Floats]) -> Ints:
    """How often each distinct value (rows, ascending) stands in each group (columns)."""
    _, index = np.unique(np.concatenate(values), return_inverse=True)
    group = np.repeat(np.arange(len(values)), [len(sample) for sample in values])
    table = np.zeros((int(index.max()) + 1, len(values)), dtype=np.int64)
    np.add.at(table, (index.reshape(-1), group), 1)
    return table


def _doubled_j(table: Ints) -> int:
    below = np.cumsum(table, axis=0) - table
    earlier = np.cumsum(2 * below + table, axis=1) - (2 * below + table)
    return int((table * earlier).sum())


def _variance(sizes: Sequence[int], ties: Ints) -> float:
    def sums(counts: Sequence[int]) -> tuple[int, int, int]:
        return (
            sum(c * (c - 1) * (2 * c + 5) for c in counts),
            sum(c * (c - 1) * (c - 2) for c in counts),
            sum(c * (c - 1) for c in counts),
        )

    n = sum(sizes)
    in_groups, in_ties = sums(sizes), sums(ties.tolist())
    found = (n * (n - 1) * (2 * n + 5) - in_groups[0] - in_ties[0]) / 72
    if n > 2:
        found += in_groups[1] * in_ties[1] / (36 * n * (n - 1) * (n - 2))
    return found + in_groups[2] * in_ties[2] / (8 * n * (n - 1))


def _splits(sizes: Sequence[int]) -> int:
    found, left = 1, sum(sizes)
    for size in sizes:
        found *= math.comb(left, size)
        left -= size
    return found


def _log_splits(sizes: Sequence[int]) -> float:
    return math.lgamma(sum(sizes) + 1) - sum(math.lgamma(size + 1) for size in sizes)


def _countable(values: Sequence[Floats]) -> bool:
    """Whether the states, times the ways to share out the largest tied set, times the length of J fit `EXACT_WORK`."""
    sizes = [len(sample) for sample in values]
    if min(sizes, default=0) == 0:
        return False
    largest = int(np.unique(np.concatenate(values), return_counts=True)[1].max())
    steps = math.prod(size + 1 for size in sizes) * math.comb(largest + len(sizes) - 1, len(sizes) - 1)
    length = sum(sizes) ** 2 - sum(size * size for size in sizes) + 1
    return steps <= _STEPS and steps * length <= EXACT_WORK and _log_splits(sizes) < 690.0


def _exact_p(table: Ints, distance: int) -> float:
    """Values enter from the lowest, tied ones together. A state is how many each group has; counts[s] is the number of
    ways to reach it with twice J equal to s. Counts are whole in floating point up to 2⁵³, then keep their precision.
    """
    sizes = table.sum(axis=0).tolist()
    n = sum(sizes)
    twice_mean_doubled = n * n - sum(size * size for size in sizes)
    start = np.zeros(twice_mean_doubled + 1)
    start[0] = 1.0
    states: dict[tuple[int, ...], Floats] = {(0,) * len(sizes): start}
    for tied in table.sum(axis=1).tolist():
        reached: dict[tuple[int, ...], Floats] = {}
        for held, counts in states.items():
            for share in _shares(tied, [size - have for size, have in zip(sizes, held, strict=True)]):
                ways = float(_splits(share))
                before = (0, *itertools.accumulate(2 * have + new for have, new in zip(held, share, strict=True)))
                gain = sum(new * low for new, low in zip(share, before, strict=False))
                after = tuple(have + new for have, new in zip(held, share, strict=True))
                total = reached.setdefault(after, np.zeros_like(start))
                total[gain:] += ways * counts[: len(counts) - gain]
        states = reached
    final = states[tuple(sizes)]
    extreme = np.abs(2 * np.arange(len(final)) - twice_mean_doubled) >= distance
    return min(1.0, float(final[extreme].sum() / final.sum()))


def _shares(total: int, room: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Every way to share `total` out among groups with so much room each."""
    if len(room) == 1:
        if total <= room[0]:
            yield (total,)
        return
    rest = sum(room[1:])
    for first in range(max(0, total - rest), min(total, room[0]) + 1):
        for others in _shares(total - first, room[1:]):
            yield (first, *others)
