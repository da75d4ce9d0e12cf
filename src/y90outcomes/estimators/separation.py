"""Separation of a binary outcome by linear combinations of columns: the maximum likelihood does not exist."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from y90outcomes.estimators.logistic_likelihood import LogisticMaximum, maximise, with_intercept
from y90outcomes.estimators.numbers import Floats

_PLAIN = 15.0  # linear predictors that leave no residual below 3e-7
_TINY = 1e-7  # HiGHS's own tolerance: an overlap smaller than this against a margin of one is none


@dataclass(frozen=True, slots=True)
class Separation:
    """kind "none", "quasi" or "complete"; positions of the columns behind it; rows (n,) that are parted strictly."""

    kind: str
    columns: tuple[int, ...]
    parted: NDArray[np.bool_]


def separation(event: Floats, columns: Floats, *, plain: LogisticMaximum | None = None) -> Separation:
    """Whether some combination of an intercept and columns (n, k) parts events from non-events (event (n,), 0 or 1).

    A linear programme finds the largest set of rows that a direction d parts strictly while (2y − 1)x'd is nowhere
    negative: maximise Σ m with 0 ≤ m ≤ 1 and m ≤ (2y − 1)x'd. The maximum likelihood exists just when it is empty
    (Albert and Anderson, Biometrika 1984;71:1, 10.1093/biomet/71.1.1; Konis 2007). All rows parted is complete
    separation, some quasi-complete. R's `detectseparation::detect_separation`. Columns should be standardised.
    The programme is spared where Newton's method finds a maximum with linear predictors within ±15: then it exists;
    a caller that has that search (`plain_maximum`) passes it.
    Columns named: those that part rows alone, and a smallest set without whose members fewer rows would be parted.
    Raises nothing: arrays are checked before.
    """
    n, k = columns.shape
    nobody = np.zeros(n, dtype=bool)
    if n == 0 or k == 0:
        return Separation("none", (), nobody)
    if (plain or plain_maximum(event, with_intercept(columns))).converged:
        return Separation("none", (), nobody)
    parted = _parted(event, columns)
    if not parted.any():
        return Separation("none", (), nobody)
    needed = list(range(k))
    for position in reversed(range(k)):
        rest = [other for other in needed if other != position]
        if rest and _parted(event, columns[:, rest]).sum() == parted.sum():
            needed = rest
    behind = tuple(j for j in range(k) if j in needed or _alone(event, columns[:, j]))
    return Separation("complete" if parted.all() else "quasi", behind, parted)


def plain_maximum(event: Floats, design: Floats) -> LogisticMaximum:
    """The maximum of event (n,) on design (n, p), intercept included, where its linear predictors lie within ±15.

    The log-likelihood is concave, so a place with slope 0 and curvature is its maximum, and proves it exists (Albert
    and Anderson, Biometrika 1984;71:1, 10.1093/biomet/71.1.1). `converged` is False where none was found, which
    proves nothing. Columns should be standardised. R's `stats::glm.fit`. Raises nothing.
    """
    return maximise(event, design, spread=_PLAIN)


def _alone(event: Floats, column: Floats) -> bool:
    """One column parts events from non-events, its values touching at most at one point."""
    yes, no = column[event == 1.0], column[event == 0.0]
    if len(yes) == 0 or len(no) == 0 or np.ptp(column) == 0.0:
        return False
    return bool(no.max() <= yes.min() or yes.max() <= no.min())


def _parted(event: Floats, columns: Floats) -> NDArray[np.bool_]:
    """The rows (n,) that a direction can part strictly; by distinct rows, so that order and copies do not matter."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack

    sign = 2.0 * event - 1.0
    signed = np.column_stack([sign, columns * sign[:, np.newaxis]])
    distinct, index = np.unique(signed, axis=0, return_inverse=True)
    m, p = distinct.shape
    constraint = hstack([csr_array(-distinct), eye_array(m)]).tocsr()
    found = linprog(
        np.concatenate([np.zeros(p), -np.ones(m)]),
        A_ub=constraint,
        b_ub=np.zeros(m),
        bounds=[(None, None)] * p + [(0.0, 1.0)] * m,
        method="highs",
    )
    if found.x is None:
        return np.zeros(len(event), dtype=bool)
    margin = distinct @ found.x[:p]
    strict = margin > 0.5
    if not strict.any() or margin.min() < -10.0 * _TINY:
        return np.zeros(len(event), dtype=bool)
    parted: NDArray[np.bool_] = strict[index.reshape(-1)]
    return parted
