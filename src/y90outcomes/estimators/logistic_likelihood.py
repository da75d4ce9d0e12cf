"""The logistic log-likelihood, plain or with Firth's penalty, and the search for its maximum."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from y90outcomes.estimators.firth import penalty
from y90outcomes.estimators.numbers import Floats

MAX_STEPS = 200
_DONE = 1e-18  # squared length of a Newton step in standard errors; the step that follows is below rounding
_NEAR = 1e-4  # squared distance in standard errors from a known maximum that a search is sure to end at
_LONGEST = 8.0  # no step moves a linear predictor by more
SPREAD = 500.0  # linear predictors further from 0: no data support them, and exponentials leave a double


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """The likelihood at one place: value, gradient (p,), expected information and minus second derivatives (p, p)."""

    beta: Floats
    value: float
    gradient: Floats
    information: Floats
    curvature: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LogisticMaximum:
    """Where a search stopped; `converged` is False where no finite maximum was found, `far` where it ran away."""

    point: Point
    converged: bool
    far: bool = False

    @property
    def beta(self) -> Floats:
        """Coefficients (p,)."""
        return self.point.beta

    @property
    def loglik(self) -> float:
        """The (penalised) log-likelihood there."""
        return self.point.value


def evaluate(event: Floats, design: Floats, beta: Floats, *, penalised: bool = False) -> Point:
    """The log-likelihood of event (n,) of 0 and 1 on design (n, p), intercept included, at beta (p,).

    `penalised` adds Firth's penalty, with the information of the whole design. The value never overflows; it is −∞
    where the penalty does not exist.
    """
    eta = design @ beta
    with np.errstate(under="ignore"):
        small = np.exp(-np.abs(eta))
        share = np.where(eta >= 0.0, 1.0, small) / (1.0 + small)
        weight = small / (1.0 + small) ** 2
    value = float(np.where(event == 1.0, np.minimum(eta, 0.0), -np.maximum(eta, 0.0)).sum() - np.log1p(small).sum())
    # y − π without cancellation: 1 − π of an event is the share of the mirrored predictor.
    residual = np.where(event == 1.0, np.where(eta >= 0.0, small, 1.0) / (1.0 + small), -share)
    gradient = design.T @ residual
    information = (design.T * weight) @ design
    curvature = information
    if penalised:
        skew = weight * (1.0 - 2.0 * share)
        extra, slope, bend = penalty(design, weight, skew, weight * (1.0 - 6.0 * weight))
        value, gradient, curvature = value + extra, gradient + slope, information - bend
    return Point(beta, value, gradient, information, curvature)


def maximise(
    event: Floats,
    design: Floats,
    *,
    penalised: bool = False,
    start: Floats | None = None,
    free: Sequence[int] | NDArray[np.int64] | None = None,
    spread: float = SPREAD,
    known: LogisticMaximum | None = None,
) -> LogisticMaximum:
    """Newton's method with step halving from `start` (zeros) over the `free` coefficients, the others held there.

    Held coefficients stay in the penalty, whose information is always that of the whole design. Columns should be of
    like size (see `standardise`). The search gives up where a linear predictor passes ±`spread`, and
    ends with `known`, a maximum with the same coefficients held, when it comes close to that.
    """
    p = design.shape[1]
    moving = np.arange(p) if free is None else np.asarray(free, dtype=np.int64)
    here = evaluate(event, design, np.zeros(p) if start is None else start.astype(np.float64), penalised=penalised)
    if len(moving) == 0 or not math.isfinite(here.value):
        return LogisticMaximum(here, math.isfinite(here.value))
    for _ in range(MAX_STEPS):
        step, length = _step(here, moving)
        if not np.isfinite(step).all():
            return LogisticMaximum(here, False)
        move = np.zeros(p)
        move[moving] = step
        farthest = float(np.abs(design @ move).max(initial=0.0))
        if length < _DONE:
            return LogisticMaximum(evaluate(event, design, here.beta + move, penalised=penalised), farthest < 1e-3)
        move *= min(1.0, _LONGEST / farthest) if farthest > 0.0 else 1.0
        for _ in range(60):
            there = evaluate(event, design, here.beta + move, penalised=penalised)
            if there.value >= here.value - 1e-12 * (1.0 + abs(here.value)):
                break
            move /= 2.0
        here = there
        if known is not None:
            apart = here.beta - known.beta
            if float(apart @ known.point.information @ apart) < _NEAR:
                return known
        if float(np.abs(design @ here.beta).max(initial=0.0)) > spread:
            return LogisticMaximum(here, False, True)
    return LogisticMaximum(here, False)


def fit(event: Floats, design: Floats) -> tuple[Floats, float, bool]:
    """The fast kernel: maximum-likelihood coefficients (p,), log-likelihood and whether the search converged.

    event (n,) of 0.0 and 1.0; design (n, p) with its intercept, columns of like size (see `standardise`). Nothing is
    checked and separation is not looked for: without a finite maximum `converged` is False. R's `stats::glm.fit`.
    """
    found = maximise(event, design)
    return found.beta, found.loglik, found.converged


def standardise(columns: Floats) -> tuple[Floats, Floats, Floats]:
    """Columns (n, k) centred and divided by their SD, with that SD and mean (k,); a constant column becomes zeros."""
    if columns.size == 0:
        return columns.copy(), np.ones(columns.shape[1]), np.zeros(columns.shape[1])
    largest = np.abs(columns).max(axis=0)
    largest[largest == 0.0] = 1.0
    shrunk = columns / largest
    mean = shrunk.mean(axis=0)
    centred = shrunk - mean
    constant = np.ptp(shrunk, axis=0) <= 1e-13
    centred[:, constant] = 0.0
    sd = np.sqrt((centred**2).mean(axis=0))
    sd[constant] = 1.0
    return centred / sd, np.where(constant, 1.0, sd * largest), mean * largest


def with_intercept(columns: Floats) -> Floats:
    """A column of ones before the others."""
    return np.column_stack([np.ones(len(columns)), columns])


def _step(here: Point, moving: NDArray[np.int64]) -> tuple[Floats, float]:
    """The Newton step of the moving coefficients and its squared length in standard errors.

    The exact curvature where it is positive definite, else the expected information.
    """
    block = np.ix_(moving, moving)
    gradient = here.gradient[moving]
    for matrix in (here.curvature[block], here.information[block]):
        try:
            root = np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            continue
        half = np.linalg.solve(root, gradient)
        return np.linalg.solve(root.T, half), float(half @ half)
    return np.full(len(moving), np.nan), math.nan
