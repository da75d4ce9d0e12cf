"""p values adjusted for multiplicity within one family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import check_name
from y90outcomes.estimators.numbers import Floats


@dataclass(frozen=True, slots=True, eq=False)
class AdjustedP:
    """p        adjusted p values (m,) in the order given, read-only; NaN where no p was given
    counted  how many p values make the family
    left_out how many were NaN and are not counted
    """

    p: Floats
    counted: int
    left_out: int
    conventions: Mapping[str, str]


def adjust(p: ArrayLike, *, method: str = default("adjustment")) -> AdjustedP:
    """p values (m,) adjusted within their family; NaN is a p that could not be had: it stays NaN and does not count.

    method: "holm" (Holm, Scand J Stat 1979;6:65), "benjamini_hochberg" (doi:10.1111/j.2517-6161.1995.tb02031.x),
    "bonferroni", or "none", which returns p as given. Adjusted values never exceed 1 and keep the order of p. Equals R
    stats::p.adjust ("holm", "BH", "bonferroni", "none"). An empty family gives an empty array.
    Raises ValueError for a p outside [0, 1], more than one dimension, or an unknown method.
    """
    conventions = {"adjustment": check_name("adjustment", method)}
    given = np.array(p, dtype=np.float64)
    if given.ndim != 1:
        raise ValueError(f"p must have one dimension, got {given.ndim}")
    known = ~np.isnan(given)
    if ((given[known] < 0.0) | (given[known] > 1.0)).any():
        raise ValueError("p must lie between 0 and 1")
    made = np.full(len(given), np.nan)
    made[known] = _adjusted(given[known], method)
    made.flags.writeable = False
    counted = int(known.sum())
    return AdjustedP(made, counted, len(given) - counted, conventions)


def _adjusted(p: Floats, method: str) -> Floats:
    m = len(p)
    if method == "none" or m == 0:
        return p
    if method == "bonferroni":
        return np.minimum(1.0, p * m)
    order = np.argsort(p, kind="stable")
    rank = np.arange(1, m + 1)
    if method == "holm":
        steps = np.maximum.accumulate((m - rank + 1) * p[order])
    else:
        steps = np.minimum.accumulate((m / rank * p[order])[::-1])[::-1]
    made = np.empty(m)
    made[order] = np.minimum(1.0, steps)
    return made
