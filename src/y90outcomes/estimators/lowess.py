"""A smooth line through points: locally weighted regression."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.estimators.arrays import as_vector
from y90outcomes.estimators.numbers import Floats

FRACTION = 2.0 / 3.0
"""Share of the points that takes part in each local line."""
FEWEST = 6
"""Distinct x below which no line is drawn."""


def lowess(x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
    """x sorted and distinct (m,) and the smooth y there (m,), from x (n,) and y (n,); empty with too few distinct x.

    Equals R's stats::lowess(x, y, f = 2/3, iter = 3, delta = 0); statsmodels computes it. Cleveland, JASA 1979;74:829,
    10.1080/01621459.1979.10481038. Raises ValueError for missing or infinite values or unequal lengths.
    """
    first, second = as_vector("x", x), as_vector("y", y)
    if len(first) != len(second):
        raise ValueError(f"x and y differ in length: {len(first)} and {len(second)}")
    if len(np.unique(first)) < FEWEST:
        return np.zeros(0), np.zeros(0)
    from statsmodels.nonparametric.smoothers_lowess import lowess as smooth

    with np.errstate(all="ignore"):
        made = np.asarray(smooth(second, first, frac=FRACTION, it=3, delta=0.0), dtype=np.float64)
    made = made[np.isfinite(made[:, 1])]
    _, place = np.unique(made[:, 0], return_index=True)
    return made[place, 0], made[place, 1]
