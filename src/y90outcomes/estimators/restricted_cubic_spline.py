"""Restricted cubic spline of one number, and the test that it is not a straight line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_vector, check_name
from y90outcomes.estimators.logistic import LogisticFit, logistic, term_test
from y90outcomes.estimators.logistic_likelihood import standardise, with_intercept
from y90outcomes.estimators.numbers import Floats, Test, invalid_test

KNOTS = (3, 4, 5)
"""Numbers of knots there are."""
_END = {3: 0.10, 4: 0.05, 5: 0.05}  # quantile of the first knot; the last mirrors it
_HEAPED = 0.05  # share of all values at which one outermost value is a heap of its own
_SMALL, _RANK = 100, 5  # below so many values the outer knots are the fifth value from each end


@dataclass(frozen=True, slots=True, eq=False)
class Knots:
    """Places of knots, increasing, in the unit of the values; empty with a `reason` when `valid` is False."""

    places: Floats
    valid: bool = True
    reason: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class SplineFit:
    """A logistic fit on a spline's columns and its test against the straight line.

    `knots` are the places; `fit` has the coefficients of intercept, x and each further column; `nonlinearity` has
    knots − 2 degrees of freedom. When `valid` is False `reason` says why and `fit` may be None.
    """

    knots: Floats
    fit: LogisticFit | None
    nonlinearity: Test
    valid: bool = True
    reason: str = ""
    conventions: Mapping[str, str] = field(default_factory=dict)


def default_knots(values: ArrayLike, knots: int) -> Knots:
    """Harrell's default places of 3, 4 or 5 knots for values (n,).

    Equally spaced quantiles (type 7) from 0.10 to 0.90 (3 knots) or 0.05 to 0.95 (4, 5). Below 100 values the outer
    ones are the fifth value from each end. An end value that at least 5 % share, while no inner value has as many,
    pulls the knot to its neighbour. Equals R's `Hmisc::rcspline.eval(x, nk=, knots.only=TRUE)` where that places what
    was asked; fewer than 6 values, at most knots + 2 distinct values, or knots that coincide are refused with a
    reason (R places other or fewer knots there and warns). Harrell, Regression Modeling Strategies, 2nd ed., 2.4.6,
    10.1007/978-3-319-19425-7.
    Raises ValueError for missing values and for another number of knots.
    """
    if knots not in KNOTS:
        raise ValueError(f"knots must be one of {', '.join(map(str, KNOTS))}, got {knots}")
    x = np.sort(as_vector("values", values))
    distinct, counts = np.unique(x, return_counts=True)
    if len(x) < 6:
        return _no_knots(f"a spline needs at least 6 values, there are {len(x)}")
    if len(distinct) - 2 <= knots:
        return _no_knots(f"{knots} knots need more than {knots + 2} distinct values, there are {len(distinct)}")
    ends: list[float] = []
    inner, left = x, knots
    first = last = False
    if counts[1:-1].max() / len(x) < _HEAPED:
        if counts[0] / len(x) >= _HEAPED:
            first, left = True, left - 1
            ends.append(float(distinct[1]))
            inner = inner[inner > distinct[1]]
        if counts[-1] / len(x) >= _HEAPED:
            last, left = True, left - 1
            ends.append(float(inner[inner < distinct[-1]].max()))
            inner = inner[inner < ends[-1]]
    places = _quantiles(inner, left, _END[knots])
    if len(inner) < _SMALL and left > 1:
        if len(inner) < _RANK:
            return _no_knots("too few values between the outermost ones for the knots")
        if not first:
            places[0] = inner[_RANK - 1]
        if not last:
            places[-1] = inner[-_RANK]
    found = np.concatenate((ends[:1] if first else [], places, ends[-1:] if last else []))
    if len(found) != knots or (np.diff(found) <= 0.0).any():
        return _no_knots(f"too few distinct values in the middle of the data to place {knots} knots")
    return Knots(found)


def spline_columns(values: ArrayLike, places: ArrayLike) -> Floats:
    """The columns (n, k − 1) of values (n,) for knots (k,): the value itself, then k − 2 cubic terms.

    A cubic between knots, straight outside them; cubic terms are divided by the squared distance of the outer knots,
    so every column is in the unit of the values; a term beyond what a double holds is infinite. Equals R's
    `Hmisc::rcspline.eval(x, knots, inclx=TRUE, norm=2)`, which `rms::rcs` uses. Stone and Koo, Proc Stat Comp Section
    ASA 1985; Harrell, Regression Modeling Strategies, 2nd ed., 2.4.5, 10.1007/978-3-319-19425-7. Raises ValueError for
    missing values or knots that do not increase.
    """
    x, knots = as_vector("values", values), as_vector("places", places)
    if len(knots) < 3 or (np.diff(knots) <= 0.0).any():
        raise ValueError("places must be at least three increasing knots")
    reach = knots[-1] - knots[0]
    t, k = (x - knots[0]) / reach, (knots - knots[0]) / reach  # from 0 to 1, so that no cube overflows
    beyond = np.maximum(t - 1.0, 0.0)[:, np.newaxis]
    cube = np.maximum(np.minimum(t, 1.0)[:, np.newaxis] - k, 0.0) ** 3
    gap = k[-1] - k[-2]
    inner = k[:-2]
    cubic = cube[:, :-2] + ((k[-2] - inner) * cube[:, -1:] - (k[-1] - inner) * cube[:, -2:-1]) / gap
    straight = 3.0 * (1.0 - inner) * (k[-2] - inner)  # the slope past the last knot
    with np.errstate(over="ignore"):
        return np.column_stack([x, (cubic + straight * beyond) * reach])


def spline_fit(
    event: ArrayLike,
    x: ArrayLike,
    knots: int,
    *,
    estimator: str = default("logistic_estimator"),
    inference: str = default("logistic_inference"),
    level: float = LEVEL,
) -> SplineFit:
    """Logistic regression of event (n,) 0/1 on a restricted cubic spline of x (n,), tested against the straight line.

    estimator as in `logistic`. inference "profile": likelihood-ratio test that every cubic term is zero (R's
    `lmtest::lrtest` of line and spline; after Firth the penalised ratio with the penalty of the whole design,
    `logistf::logistftest`); "wald": Wald test of the same (R's `rms::anova`, row Nonlinear). Too few distinct values,
    separation under maximum likelihood or a collinear spline give NaN with a reason. Raises ValueError as
    `default_knots` and `logistic` do.
    Harrell, Regression Modeling Strategies, 2nd ed., 2.4, 10.1007/978-3-319-19425-7.
    """
    check_name("logistic_inference", inference)
    kind = "wald" if inference == "wald" else "likelihood_ratio"
    values = as_vector("x", x)
    placed = default_knots(values, knots)
    if not placed.valid:
        conventions = {"logistic_estimator": estimator, "nonlinearity_test": kind}
        test = invalid_test("nonlinearity", placed.reason, n=len(values), conventions=conventions)
        return SplineFit(placed.places, None, test, False, placed.reason, conventions)
    columns = spline_columns(values, placed.places)
    names = [f"x{power}" for power in range(columns.shape[1])]
    fit = logistic(event, columns, names, estimator=estimator, inference="wald", level=level, only=())
    conventions = {"logistic_estimator": fit.estimator, "nonlinearity_test": kind}
    if not fit.valid:
        test = invalid_test("nonlinearity", fit.reason, n=len(values), conventions=conventions)
        return SplineFit(placed.places, fit, test, False, fit.reason, conventions)
    made = term_test(event, _apart(columns), names, range(1, len(names)), estimator=fit.estimator, inference=inference)
    made = replace(made, name="nonlinearity", conventions=conventions)
    return SplineFit(placed.places, fit, made, conventions=conventions)


def _apart(columns: Floats) -> Floats:
    """The columns (n, k) with each freed of those before it: the same spans, so the same tests, but no collinearity."""
    basis, _ = np.linalg.qr(with_intercept(standardise(columns)[0]))
    return np.asarray(basis[:, 1:] * np.sqrt(len(columns)), dtype=np.float64)


def _quantiles(x: Floats, knots: int, end: float) -> Floats:
    if knots == 1:
        return np.array([np.median(x)])
    shares = np.linspace(0.5 if knots == 2 else end, 1.0 - end, knots)
    return np.asarray(np.quantile(x, shares), dtype=np.float64)


def _no_knots(reason: str) -> Knots:
    return Knots(np.empty(0), False, reason)
