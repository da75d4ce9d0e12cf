"""Digitised points made into a curve: once each, inside the axes, from (0, 1), never rising."""

from __future__ import annotations

import numpy as np

from y90outcomes.estimators.numbers import Floats
from y90outcomes.published.reconstruction.curve_types import TYPICAL, Cleaning, DigitisedCurve, frozen

EQUAL = 1e-9
"""Times closer than this share of the time followed are one time."""


def clean(curve: DigitisedCurve) -> tuple[Floats, Floats, Cleaning]:
    """Times and heights (m,), rising and never rising, from (0, 1), and what was done to the points for it.

    Repeated points are used once; points a little outside the axes go to their limit; heights become the nearest
    falling ones by isotonic least squares, each point of weight 1, as R's isoreg on the curve upside down. Points at
    one time keep the order of their heights. `curve` as `curve_faults` wants it. Barlow et al. 1972. Raises nothing.
    """
    read = np.unique(np.column_stack((curve.times, -curve.survival)), axis=0)
    inside = np.column_stack((np.maximum(read[:, 0], 0.0), np.clip(-read[:, 1], 0.0, 1.0)))
    clipped = int((inside != read * (1.0, -1.0)).any(axis=1).sum())
    order = np.lexsort((-inside[:, 1], inside[:, 0]))
    times, heights = inside[order, 0], inside[order, 1]
    heights[(times == 0.0) & (heights >= 1.0 - TYPICAL)] = 1.0
    started = not (times[0] == 0.0 and heights[0] == 1.0)
    if started:
        times, heights = np.append(0.0, times), np.append(1.0, heights)
    fixed = falling(heights)
    change = np.abs(fixed - heights)
    extended = float(curve.risk_times[-1]) > float(times[-1])
    if extended:
        times, fixed = np.append(times, curve.risk_times[-1]), np.append(fixed, fixed[-1])
    done = Cleaning(
        len(curve.times), len(curve.times) - len(read), clipped, int((change > EQUAL).sum()), float(change.max()),
        started, extended,
    )  # fmt: skip
    return frozen(times), frozen(fixed), done


def falling(heights: Floats) -> Floats:
    """The never rising heights (m,) nearest to `heights` (m,) in squared distance: neighbours that rise are averaged.

    Pool adjacent violators; Barlow, Bartholomew, Bremner and Brunk 1972. R's isoreg, with the sign turned. m = 0 gives
    none. Raises nothing.
    """
    means: list[float] = []
    sizes: list[int] = []
    for height in heights.tolist():
        mean, size = height, 1
        while means and means[-1] < mean:
            mean = (means[-1] * sizes[-1] + mean * size) / (sizes[-1] + size)
            size += sizes.pop()
            means.pop()
        means.append(mean)
        sizes.append(size)
    return np.repeat(np.array(means, dtype=np.float64), sizes)
