"""The probability a logistic model gives along one number, with its band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL
from y90outcomes.estimators.arrays import as_matrix, as_vector, check_level, normal_quantile
from y90outcomes.estimators.logistic import LogisticFit
from y90outcomes.estimators.numbers import NAN, Floats

GRID = 101
"""Points of a curve."""


@dataclass(frozen=True, slots=True, eq=False)
class ProbabilityCurve:
    """Arrays of one length (m,): probabilities 0–1 with their pointwise band, and the linear predictor with its se.

    All NaN with `reason` when `valid` is False.
    """

    estimate: Floats
    lower: Floats
    upper: Floats
    linear: Floats
    se: Floats
    level: float
    valid: bool = True
    reason: str = ""
    conventions: Mapping[str, str] = field(default_factory=dict)


def observed_grid(values: ArrayLike, points: int = GRID) -> Floats:
    """Equally spaced places (points,) from the smallest to the largest of values (n,), both exactly; never beyond.

    Nobody gives none, equal values give one, values a few doubles apart fewer. Raises ValueError for missing values.
    R base::seq(min(x), max(x), length.out = points), Becker, Chambers and Wilks, The New S Language, 1988.
    """
    x = as_vector("values", values)
    if not len(x):
        return np.empty(0)
    low, high = float(x.min()), float(x.max())
    if low == high:
        return np.array([low])
    share = np.linspace(0.0, 1.0, points)
    grid = low * (1.0 - share) + high * share  # no difference that could overflow
    return np.unique(np.clip(grid, low, high))


def probability_curve(fit: LogisticFit, design: ArrayLike, *, level: float = LEVEL) -> ProbabilityCurve:
    """Predicted probability at each row of design (m, k), the columns of the fit without the intercept.

    The band is normal on the linear predictor (variance d'Vd) and transformed back, so it stays within 0–1 and is
    pointwise, not simultaneous. Equals R's `predict.glm(type="link", se.fit=TRUE)` with `plogis`, for a spline
    `rms::Predict(fun=plogis, conf.type="individual")` of an `lrm` fit, for Firth's `predict` of `brglm`. A fit that is
    not valid gives NaN with its reason. Raises ValueError for missing values or another number of columns.
    Harrell, Regression Modeling Strategies, 2nd ed., 10.1007/978-3-319-19425-7, chapter 10.
    """
    from scipy.special import expit

    rows = as_matrix("design", design)
    check_level(level)
    reason = fit.reason
    with np.errstate(all="ignore"):
        size = np.sqrt(np.diag(fit.covariance))
    if fit.valid and not ((size > 0.0) & np.isfinite(size)).all():
        reason = "the variance per unit is beyond what a double holds; use a unit nearer the spread of the dose"
    if reason:
        nothing = np.full(len(rows), NAN)
        none = (nothing, nothing, nothing, nothing, nothing)
        return ProbabilityCurve(*none, level, False, reason, {"logistic_estimator": fit.estimator})
    if rows.shape[1] != len(fit.coefficients) - 1:
        raise ValueError(f"design must have {len(fit.coefficients) - 1} columns, got {rows.shape[1]}")
    whole = np.column_stack([np.ones(len(rows)), rows])
    linear = whole @ fit.coefficients
    # each column in its own standard error: products of tiny and huge units neither vanish nor overflow
    correlation = fit.covariance / size[:, np.newaxis] / size
    scaled = whole * size
    se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", scaled, correlation, scaled), 0.0))
    half = normal_quantile(level) * se
    return ProbabilityCurve(
        expit(linear), expit(linear - half), expit(linear + half), linear, se, level,
        conventions={"logistic_estimator": fit.estimator},
    )  # fmt: skip
