"""What a logistic model's arrays must be, and why some cannot be fitted by any estimator."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.estimators.arrays import as_matrix, as_vector, check_names, listed
from y90outcomes.estimators.numbers import Floats

FLAT = 1e-9  # smallest singular value, against the largest, of columns that do not determine each other


def check_logistic(event: ArrayLike, design: ArrayLike, names: Sequence[str]) -> tuple[Floats, Floats]:
    """event (n,) and design (n, k) as floats. ValueError for missing values, lengths, names, events beyond 0 and 1."""
    y, columns = as_vector("event", event), as_matrix("design", design)
    if len(columns) != len(y):
        raise ValueError(f"design and event differ in length: {len(columns)} and {len(y)}")
    if not np.isin(y, (0.0, 1.0)).all():
        raise ValueError("event must hold 0 (no event) and 1 (event) only")
    check_names(columns, names)
    return y, columns


def why_not(names: tuple[str, ...], event: Floats, scaled: Floats) -> str:
    """Why no estimator can fit event (n,) on standardised columns (n, k), naming the columns; "" when one can."""
    n, events, k = len(event), int(event.sum()), len(names)
    if n == 0:
        return "nobody to estimate from"
    if events in (0, n):
        return "no events" if events == 0 else "nobody without the event"
    constant: NDArray[np.bool_] = ~np.any(scaled, axis=0, keepdims=True)[0]
    if constant.any():
        return f"no variation: {listed(names, constant)}"
    if n <= k:
        return f"{n} subjects are too few for {k} columns"
    if k == 0:
        return ""
    _, values, vectors = np.linalg.svd(scaled, full_matrices=False)
    flat = values <= FLAT * values[0]
    if flat.any():
        involved: NDArray[np.bool_] = (np.abs(vectors[flat]) > 1e-4).any(axis=0)
        return f"columns that determine each other: {listed(names, involved)}"
    return ""
