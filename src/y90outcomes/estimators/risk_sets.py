"""Who is at risk at each event time: sums over risk sets, and what each subject lives through, without loops over time.

An event position is one distinct event time of one stratum. A row is at risk over a range of positions, those of its
stratum with start < time ≤ stop. Everything is added, nothing subtracted, so that a subject of enormous hazard who has
left the risk set leaves no rounding error behind.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from y90outcomes.estimators.numbers import Booleans, Floats, Ints

Mask = Booleans


@dataclass(frozen=True, slots=True, eq=False)
class RiskSets:
    """Risk sets of m rows, sorted by the last position each is at risk at, over P event positions in S strata.

    rows      (m,) positions in the caller's arrays of the rows at risk at some event; the others say nothing
    last      (m,) last position at risk; `first` (m,) the first; strata (m,) 0 to S − 1
    dead      (E,) which of the m rows have events, `at` (E,) their positions, `tied` (P,) events at each
    fraction  (E,) Efron's l/d of the l-th of d tied events, zeros for Breslow
    time      (P,) the event time of each position; stratum (P,) its stratum
    """

    rows: Ints
    first: Ints
    last: Ints
    strata: Ints
    dead: Ints
    at: Ints
    tied: Ints
    fraction: Floats
    time: Floats
    stratum: Ints
    _bins: Ints = field(repr=False)
    _deaths: Ints = field(repr=False)
    _edges: Ints = field(repr=False)
    _tree: tuple[Any, Any] | None = field(repr=False)

    def total(self, values: Floats) -> Floats:
        """Sums (P, c) of values (m, c) over the rows at risk at each position."""
        if self._tree is not None:
            found: Floats = self._tree[0] @ (self._tree[1] @ values)
            return found
        binned = np.add.reduceat(values, self._bins, axis=0)
        for begin, end in zip(self._edges[:-1], self._edges[1:], strict=True):
            binned[begin:end] = np.cumsum(binned[begin:end][::-1], axis=0)[::-1]
        return binned

    def lived(self, increments: Floats) -> Floats:
        """Sums (m, c) of increments (P, c) over the positions each row is at risk at."""
        if self._tree is not None:
            found: Floats = self._tree[1].T @ (self._tree[0].T @ increments)
            return found
        summed = np.empty_like(increments)
        for begin, end in zip(self._edges[:-1], self._edges[1:], strict=True):
            np.cumsum(increments[begin:end], axis=0, out=summed[begin:end])
        return summed[self.last]

    def over_deaths(self, values: Floats) -> Floats:
        """Sums (P, c) of values (E, c), one per event, over the events of each position."""
        summed: Floats = np.add.reduceat(values, self._deaths, axis=0)
        return summed


def risk_sets(times: Floats, died: Mask, strata: Ints, start: Floats | None, ties: str) -> RiskSets:
    """Risk sets of times (n,), died (n,), strata (n,) coded 0, 1, …, start (n,) or None; at least one event."""
    distinct, whole = np.unique(times, return_inverse=True)
    code = strata * np.int64(len(distinct)) + whole.reshape(-1)
    positions = np.unique(code[died])
    stratum, time = positions // len(distinct), distinct[positions % len(distinct)]
    begins = np.searchsorted(stratum, np.arange(int(strata.max()) + 2))
    first = begins[strata]
    if start is not None:
        after = strata * np.int64(len(distinct)) + np.searchsorted(distinct, start, side="right")
        first = np.maximum(first, np.searchsorted(positions, after))
    stop = np.searchsorted(positions, code, side="right")
    informative = np.flatnonzero(first < stop)
    rows = informative[np.argsort(stop[informative], kind="stable")]
    first, last = first[rows], stop[rows] - 1
    dead = np.flatnonzero(died[rows])
    at = last[dead]
    bins, deaths = np.searchsorted(last, np.arange(len(positions))), np.searchsorted(at, np.arange(len(positions)))
    tied = np.bincount(at, minlength=len(positions))
    place = np.arange(len(dead)) - deaths[at]
    fraction = place / tied[at] if ties == "efron" else np.zeros(len(dead))
    late = start is not None and bool((first > begins[strata[rows]]).any())
    return RiskSets(
        rows=rows,
        first=first,
        last=last,
        strata=strata[rows],
        dead=dead,
        at=at,
        tied=tied,
        fraction=fraction,
        time=time,
        stratum=stratum,
        _bins=bins,
        _deaths=deaths,
        _edges=np.unique(np.append(begins, len(positions))),
        _tree=_tree(first, last + 1, len(positions)) if late else None,
    )


def _tree(first: Ints, stop: Ints, count: int) -> tuple[Any, Any]:
    """Ranges [first, stop) as sums of nodes of a binary tree over the positions: (P, nodes) and (nodes, m), sparse."""
    from scipy.sparse import csr_array

    height = max(int(count - 1).bit_length(), 0)
    size = 1 << height
    low, high, row = first + size, stop + size, np.arange(len(first))
    nodes, owners = [], []
    while len(row):
        odd = (low & 1) == 1
        nodes.append(low[odd])
        owners.append(row[odd])
        low = (low + 1) >> 1
        odd = (high & 1) == 1
        nodes.append(high[odd] - 1)
        owners.append(row[odd])
        high = high >> 1
        going = low < high
        low, high, row = low[going], high[going], row[going]
    node, owner = np.concatenate(nodes), np.concatenate(owners)
    inside = csr_array((np.ones(len(node)), (node, owner)), shape=(2 * size, len(first)))
    leaves = np.repeat(np.arange(count), height + 1)
    above = (leaves + size) >> np.tile(np.arange(height + 1), count)
    return csr_array((np.ones(len(leaves)), (leaves, above)), shape=(count, 2 * size)), inside
