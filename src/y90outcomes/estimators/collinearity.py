"""How far columns of a design are explained by one another: variance inflation factors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.estimators.arrays import as_matrix
from y90outcomes.estimators.numbers import NAN, Floats


def variance_inflation(design: ArrayLike, blocks: Sequence[Sequence[int]] | None = None) -> Floats:
    """One variance inflation factor per block of columns of design (n, k), every column its own block by default.

    det R(block) · det R(rest) / det R of the correlation matrix R, to the power 1/size of the block: for one column
    1 / (1 − R²) of its regression on the others (R's `diag(solve(cor(x)))`), for a factor the square of the
    GVIF^(1/(2 df)) of Fox and Monette, JASA 1992;87:178, 10.1080/01621459.1992.10475190 (`car::vif` of a linear model).
    The unit of a column is no matter. Infinite for a block of columns that others determine; NaN for a constant
    column and for fewer than two rows; 1 for a block alone. Raises ValueError for missing values.
    """
    columns = as_matrix("design", design)
    n, k = columns.shape
    chosen = [[j] for j in range(k)] if blocks is None else [list(block) for block in blocks]
    if n < 2:
        return np.full(len(chosen), NAN)
    largest = np.abs(columns).max(axis=0)
    largest[largest == 0.0] = 1.0
    shrunk = columns / largest
    constant = np.ptp(shrunk, axis=0) <= 1e-13
    centred = shrunk - shrunk.mean(axis=0)
    centred[:, constant] = 0.0
    length = np.sqrt((centred**2).sum(axis=0))
    length[constant] = 1.0
    unit = centred / length
    kept = [j for j in range(k) if not constant[j]]

    def volume(which: list[int]) -> float:
        """Log of the determinant of the correlations, by singular values: −∞ where one column is determined."""
        values = np.linalg.svd(unit[:, which], compute_uv=False)
        if len(values) < len(which) or (len(which) and values.min() <= 1e-9):
            return -np.inf
        return 2.0 * float(np.log(values).sum())

    made = np.full(len(chosen), NAN)
    for position, block in enumerate(chosen):
        if not block or constant[block].any():
            continue
        rest = [j for j in kept if j not in block]
        apart, whole = volume(block) + volume(rest), volume(kept)
        if apart == -np.inf:  # the others (or the block) determine one another: judged by what they span
            made[position] = np.inf if volume(block) == -np.inf else _spanned(unit, block, rest)
        else:
            made[position] = np.inf if whole == -np.inf else float(np.exp((apart - whole) / len(block)))
    return made


def _spanned(unit: Floats, block: list[int], rest: list[int]) -> float:
    """The factor of `block` against a basis of what the other columns span."""
    vectors, values, _ = np.linalg.svd(unit[:, rest], full_matrices=False)
    basis = vectors[:, values > 1e-9]
    left = np.linalg.svd(unit[:, block] - basis @ (basis.T @ unit[:, block]), compute_uv=False)
    before = np.linalg.svd(unit[:, block], compute_uv=False)
    if left.min() <= 1e-9:
        return float("inf")
    return float(np.exp(2.0 * (np.log(before).sum() - np.log(left).sum()) / len(block)))
