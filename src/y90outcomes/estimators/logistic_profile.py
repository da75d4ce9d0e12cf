"""Profile likelihood of one coefficient of a logistic model: likelihood-ratio statistic and limits."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from y90outcomes.estimators.logistic_likelihood import SPREAD, LogisticMaximum, Point, evaluate, maximise
from y90outcomes.estimators.numbers import NAN, Floats

_ROUNDS = 100
_CLOSE = 1e-12  # a limit is found when its last move is this many standard errors,
_ROUNDING = 2e-15  # or what rounding of a log-likelihood of this many times its size allows
_JOINT_STEPS = 25
_JOINT_DONE = 1e-16  # squared length in standard errors of a joint step; the step that follows is below rounding
_ROWS = 10  # rows per coefficient above which a penalised likelihood may be trusted to have one crossing a side
_SAME = 1e-12  # maxima whose log-likelihoods differ by less of their size are one


@dataclass(frozen=True, slots=True)
class Profile:
    """LR statistic of coefficient = 0 and limits of the coefficient; an infinite limit is ±∞, an unknown one NaN."""

    statistic: float
    lower: float
    upper: float


def profile(
    event: Floats, design: Floats, top: LogisticMaximum, position: int, quantile: float, *, penalised: bool = False
) -> Profile:
    """The profile of coefficient `position` about the maximum `top` of event (n,) on design (n, p).

    Limits are the two roots of 2(l̂ − l(b)) = quantile², each l(b) maximised over the other coefficients; found by
    Newton's steps on that equation and the other slopes together (Venzon and Moolgavkar, Appl Stat 1988;37:87,
    10.2307/2347496), which a concave likelihood has one solution of on each side. Where these fail, end below a
    higher maximum of a penalised likelihood, or where rows are too few for one crossing to be sure, limits are
    found on the signed square root of the profile, which is nearly a straight line, by Newton's steps within a
    bracket. R's `confint` of
    `stats::glm` (which interpolates a spline) and `logistf::logistf` (the penalty keeps the information of the whole
    design; Heinze and Schemper 2002; it follows one branch where the penalised profile has several, here the highest
    counts). ∞ where the profile has not fallen that far when predictors pass ±500.
    """
    se = _standard_error(top, position)
    others = np.array([j for j in range(design.shape[1]) if j != position], dtype=np.int64)

    def at(value: float, near: LogisticMaximum) -> LogisticMaximum:
        return _held(event, design, position, others, value, near, top, penalised)

    null = at(0.0, top)
    statistic = max(2.0 * (top.loglik - null.loglik), 0.0) if null.converged else NAN
    reach = SPREAD / max(float(np.abs(design[:, position]).max(initial=0.0)), 1e-300)
    limits = []
    plain = not penalised or (position > 0 and len(event) > _ROWS * design.shape[1])
    for sign in (-1.0, 1.0):
        found = _joint(event, design, top, position, others, sign, quantile, penalised) if plain else None
        limit = NAN if found is None else float(found.beta[position])
        if found is None or sign * limit > reach or (penalised and _higher(at(limit, found), found)):
            limit = _limit(at, top, position, sign, se, quantile, reach)
        limits.append(limit)
    return Profile(statistic, limits[0], limits[1])


def _joint(
    event: Floats,
    design: Floats,
    top: LogisticMaximum,
    position: int,
    others: NDArray[np.int64],
    sign: float,
    quantile: float,
    penalised: bool,
) -> LogisticMaximum | None:
    """Where the log-likelihood has fallen by quantile² / 2 on one side and the other slopes are 0; None if not found.

    Each step solves the quadratic in the held coefficient that a profile of the local parabola gives, and moves the
    others to that parabola's ridge.
    """
    here, target = top.point, top.loglik - quantile**2 / 2.0
    for _ in range(_JOINT_STEPS):
        step = _joint_step(here, position, others, sign, target)
        if step is None:
            return None
        move, length = step
        here = evaluate(event, design, here.beta + move, penalised=penalised)
        if not math.isfinite(here.value) or float(np.abs(design @ here.beta).max(initial=0.0)) > SPREAD:
            return None
        if length < _JOINT_DONE:
            aside = sign * float(here.beta[position] - top.beta[position]) > 0.0
            return LogisticMaximum(here, True) if aside and _definite(here.curvature, others) else None
    return None


def _joint_step(
    here: Point, position: int, others: NDArray[np.int64], sign: float, target: float
) -> tuple[Floats, float] | None:
    """The joint step (p,) and its squared length in standard errors; None where the parabola has no such place."""
    matrix = here.curvature
    if not np.isfinite(matrix).all() or not _definite(matrix, np.arange(len(matrix))):
        matrix = here.information
    gradient, cross = here.gradient[others], matrix[others, position]
    try:
        ridge, along = np.linalg.solve(matrix[np.ix_(others, others)], np.column_stack([gradient, cross])).T
    except np.linalg.LinAlgError:
        return None
    over = here.value + 0.5 * float(gradient @ ridge) - target
    slope = float(here.gradient[position] - cross @ ridge)
    bend = float(matrix[position, position] - cross @ along)
    inner = slope**2 + 2.0 * bend * over
    # The root on the side asked for, without cancellation: there the slope has the other sign.
    below = slope - sign * math.sqrt(inner) if inner >= 0.0 else 0.0
    if not bend > 0.0 or below == 0.0:
        return None
    move = np.zeros(len(here.beta))
    move[position] = -2.0 * over / below
    move[others] = ridge - along * move[position]
    length = float(move @ matrix @ move)
    return (move, length) if math.isfinite(length) else None


def _definite(matrix: Floats, chosen: NDArray[np.int64]) -> bool:
    """The block of `chosen` is positive definite."""
    try:
        np.linalg.cholesky(matrix[np.ix_(chosen, chosen)])
    except np.linalg.LinAlgError:
        return False
    return True


def _higher(best: LogisticMaximum, found: LogisticMaximum) -> bool:
    """Another maximum beside `found` is higher, or the search for one did not end."""
    return not best.converged or best.loglik > found.loglik + _SAME * (1.0 + abs(found.loglik))


def _limit(
    at: Callable[[float, LogisticMaximum], LogisticMaximum],
    top: LogisticMaximum,
    position: int,
    sign: float,
    se: float,
    quantile: float,
    reach: float,
) -> float:
    """One limit: `inside` always holds a value whose root is below the quantile, `outside` one above it."""
    centre = float(top.beta[position])
    inside, outside, near = 0.0, math.inf, top
    farthest = max(reach - sign * centre, 0.0)
    distance = quantile * se
    close = _CLOSE + _ROUNDING * abs(top.loglik)
    for _ in range(_ROUNDS):
        if inside >= farthest:
            return sign * math.inf
        distance = min(distance, farthest)
        found = at(centre + sign * distance, near)
        if not found.converged:
            if not found.far:
                return NAN
            if math.isinf(outside) and inside == 0.0 and distance > 0.1 * se:
                distance = distance / 4.0  # the standard error promised too much
                continue
            return sign * math.inf
        near = found
        root = math.sqrt(max(2.0 * (top.loglik - found.loglik), 0.0))
        if root < quantile:
            inside = distance
        else:
            outside = distance
        slope = -sign * float(found.point.gradient[position]) / root if root > 0.0 else 0.0
        move = (quantile - root) / slope if slope > 0.0 else distance
        following = distance + min(move, 2.0 * distance)
        if not inside < following < outside and abs(move) > close * se:
            following = (inside + outside) / 2.0 if math.isfinite(outside) else 2.0 * distance
        if abs(following - distance) <= close * max(se, distance):
            return centre + sign * following
        distance = following
    return NAN


def _held(
    event: Floats,
    design: Floats,
    position: int,
    others: NDArray[np.int64],
    value: float,
    near: LogisticMaximum,
    top: LogisticMaximum,
    penalised: bool,
) -> LogisticMaximum:
    """The maximum with one coefficient held at `value`, from a maximum `near`: at once, else in smaller strides.

    The penalised likelihood may have several maxima then (small samples): two more starts are tried, the highest taken.
    """
    found = _followed(event, design, position, others, value, near, penalised)
    if penalised:
        for rest in (np.zeros(design.shape[1]), top.beta):
            start = rest.copy()
            start[position] = value
            known = found if found.converged else None
            other = maximise(event, design, penalised=True, start=start, free=others, known=known)
            if other.converged and not (found.converged and found.loglik >= other.loglik):
                found = other
    return found


def _followed(
    event: Floats,
    design: Floats,
    position: int,
    others: NDArray[np.int64],
    value: float,
    near: LogisticMaximum,
    penalised: bool,
) -> LogisticMaximum:
    found = near
    for strides in (1, 4, 16, 64):
        here = near
        for at in np.linspace(float(near.beta[position]), value, strides + 1)[1:].tolist():
            found = maximise(event, design, penalised=penalised, start=_moved(here, position, others, at), free=others)
            if not found.converged:
                break
            here = found
        if found.converged or found.far:
            return found
    return found


def _moved(here: LogisticMaximum, position: int, others: NDArray[np.int64], value: float) -> Floats:
    """The coefficients of a maximum with one moved to `value`, the others moving along as the information says."""
    start = here.beta.copy()
    matrix = here.point.information
    try:
        along = np.linalg.solve(matrix[np.ix_(others, others)], matrix[others, position])
    except np.linalg.LinAlgError:
        along = np.zeros(len(others))
    start[others] -= along * (value - start[position])
    start[position] = value
    return start


def _standard_error(top: LogisticMaximum, position: int) -> float:
    unit = np.zeros(len(top.beta))
    unit[position] = 1.0
    return math.sqrt(float(np.linalg.solve(top.point.information, unit)[position]))
