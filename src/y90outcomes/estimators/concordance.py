"""Harrell's concordance of a score with survival times, with its standard error."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.conventions import LEVEL
from y90outcomes.estimators.arrays import as_groups, as_vector, check_level, normal_quantile
from y90outcomes.estimators.cox_kernel import CoxData, CoxKernel, cox_data
from y90outcomes.estimators.numbers import Estimate, Floats, Ints

_NO_PAIR = "no pair of subjects can be compared: none was at risk when another had the event"


@dataclass(frozen=True, slots=True)
class Concordance:
    """The estimate, and its pairs: concordant, discordant, tied on the score."""

    estimate: Estimate
    concordant: int
    discordant: int
    tied: int


def concordance(
    time: ArrayLike,
    event: ArrayLike,
    score: ArrayLike,
    *,
    start: ArrayLike | None = None,
    strata: Sequence[Any] | NDArray[Any] | None = None,
    cluster: Sequence[Any] | NDArray[Any] | None = None,
    level: float = LEVEL,
) -> Concordance:
    """How often the one with the higher score (n,) has the event first, pairs tied on the score counting one half.

    A pair is a row with an event and a row of its stratum at risk then that does not have it then; `start`, `strata`
    and `cluster` as in `cox`. se by the infinitesimal jackknife (summed within clusters); the interval is normal, cut
    at 0 and 1. Equals R's survival::concordance (reverse = TRUE). Harrell, JAMA 1982;247:2543,
    10.1001/jama.1982.03320430047030; Therneau & Watson 2017. Time O(n log n).
    No comparable pair gives NaN with a reason. Raises ValueError as `cox`.
    """
    data = cox_data(time, event, np.zeros((len(np.atleast_1d(np.asarray(time))), 0)), start=start, strata=strata)
    values = as_vector("score", score)
    if len(values) != data.n:
        raise ValueError(f"score and time differ in length: {len(values)} and {data.n}")
    groups = None if cluster is None else as_groups(cluster, data.n)[1]
    return _concordance(data, values, groups, level)


def concordance_of(
    kernel: CoxKernel, *, cluster: Sequence[Any] | NDArray[Any] | None = None, level: float = LEVEL
) -> Concordance:
    """Concordance of a Cox fit with its own data: the score is its linear predictor. Equals R's
    survival::concordance(coxph). NaN with the reason of a fit without estimates.
    `cluster` (n,) labels of its rows. Source as `concordance`. Raises ValueError for a cluster of another length.
    """
    data = kernel.data
    if not kernel.valid or kernel.model is None:
        lost = Estimate(n=data.n, events=data.events, level=level, valid=False, reason=kernel.reason)
        return Concordance(lost, 0, 0, 0)
    score = np.zeros(data.n)  # rows at risk at no event are in no pair
    predictor = kernel.model.design @ kernel.scaled
    scale = float(np.ptp(predictor)) or 1.0
    score[kernel.model.risk.rows] = np.round(predictor / scale, 12)  # equal covariates, equal score
    groups = None if cluster is None else as_groups(cluster, data.n)[1]
    return _concordance(data, score, groups, level)


def _concordance(data: CoxData, score: Floats, groups: Ints | None, level: float) -> Concordance:
    conventions = {"concordance": "jackknife"}
    check_level(level)
    above, below, tied = _pairs(data, score)
    won, lost, even = (int(part[data.died].sum()) for part in (above[0], below[0], tied[0]))
    total = won + lost + even
    if not total:
        empty = Estimate(
            n=data.n, events=data.events, level=level, valid=False, reason=_NO_PAIR, conventions=conventions
        )
        return Concordance(empty, 0, 0, 0)
    c = (won + even / 2.0) / total
    for_it = above.sum(axis=0) + tied.sum(axis=0) / 2.0
    influence = (for_it - c * (above + below + tied).sum(axis=0)) / total
    if groups is not None:
        influence = np.bincount(groups, weights=influence)
    se = math.sqrt(float((influence**2).sum()))
    half = normal_quantile(level) * se
    made = Estimate(
        c, max(c - half, 0.0), min(c + half, 1.0), level, se, n=data.n, events=data.events, conventions=conventions
    )
    return Concordance(made, won, lost, even)


def _pairs(data: CoxData, score: Floats) -> tuple[Ints, Ints, Ints]:
    """Concordant, discordant and tied pairs of each row, (2, n) each: as the one with the event, and as the other."""
    n, died = data.n, data.died
    distinct, whole = np.unique(data.times, return_inverse=True)
    _, rank = np.unique(score, return_inverse=True)
    width = np.int64(2 * len(distinct) + 2)
    when = 2 * whole.reshape(-1).astype(np.int64) + 1
    stop = data.strata * width + when + ~died  # those censored at a time outlast the events at it
    end = (data.strata + 1) * width
    rank = rank.reshape(-1).astype(np.int64)
    events = np.flatnonzero(died)
    key = stop[events]
    order = np.argsort(stop, kind="stable")
    later = _ranges(
        rank[order], np.searchsorted(stop[order], key, "right"), np.searchsorted(stop[order], end[events]), rank[events]
    )
    from_start = np.full(n, -1, dtype=np.int64)
    if data.start is not None:
        begin = 2 * np.searchsorted(distinct, data.start, side="left")  # just before the first time not below the start
        begin = np.where(np.isin(data.start, distinct), begin + 1, begin)
        from_start = begin
        entered = data.strata * width + begin
        order = np.argsort(entered, kind="stable")
        later = later - _ranges(
            rank[order],
            np.searchsorted(entered[order], key),
            np.searchsorted(entered[order], end[events]),
            rank[events],
        )  # those who come in at the time of the event or later
    order = events[np.argsort(stop[events], kind="stable")]
    when_of = stop[order]
    low = np.searchsorted(when_of, data.strata * width + from_start, "right")
    high = np.searchsorted(when_of, stop)  # events of the same time do not count, nor does the row itself
    earlier = _ranges(rank[order], low, high, rank)
    above, below, tied = (np.zeros((2, n), dtype=np.int64) for _ in range(3))
    above[0, events], below[0, events], tied[0, events] = later[0], later[2], later[1]
    above[1], below[1], tied[1] = earlier[2], earlier[0], earlier[1]
    return above, below, tied


def _ranges(values: Ints, low: Ints, high: Ints, limit: Ints) -> Ints:
    """How many values in positions [low, high) are below, equal to and above the limit: (3, q)."""
    high = np.maximum(low, high)
    under, upto = _below(values, low, high, limit), _below(values, low, high, limit + 1)
    return np.stack((under, upto - under, high - low - upto))


def _below(values: Ints, low: Ints, high: Ints, limit: Ints) -> Ints:
    """How many values (m,) ≥ 0 in positions [low, high) are below the limit (q,), bit by bit over all queries at once:
    at each bit values are parted, zeros first, and positions follow (a wavelet matrix)."""
    count = np.zeros(len(limit), dtype=np.int64)
    top = max(int(values.max(initial=0)), int(limit.max(initial=0)))
    for bit in reversed(range(top.bit_length())):
        ones = (values >> bit) & 1
        zeros = np.concatenate(([0], np.cumsum(1 - ones)))
        low_zero, high_zero = zeros[low], zeros[high]
        one = ((limit >> bit) & 1) == 1
        count += np.where(one, high_zero - low_zero, 0)
        low = np.where(one, zeros[-1] + low - low_zero, low_zero)
        high = np.where(one, zeros[-1] + high - high_zero, high_zero)
        values = np.concatenate((values[ones == 0], values[ones == 1]))
    return count
