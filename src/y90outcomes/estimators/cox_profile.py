"""Likelihood-ratio tests and profile-likelihood limits of single coefficients of a Cox fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from y90outcomes.estimators.cox_kernel import CoxKernel, block_likelihood_ratio
from y90outcomes.estimators.numbers import NAN
from y90outcomes.estimators.partial_likelihood import maximise

_FARTHEST = 200.0  # log hazards of two subjects further apart are no limit any data support
NOT_FOUND = "the profile likelihood could not be followed to its limits"
INFINITE = "no finite estimate: the likelihood keeps rising along {name} (monotone likelihood)"


@dataclass(frozen=True, slots=True)
class Profile:
    """coefficient and limits per unit of the column, NaN where infinite and then named in `not_reached`; the χ² with
    one df of the likelihood-ratio test; valid False with a reason where the likelihood could not be followed."""

    coefficient: float = NAN
    lower: float = NAN
    upper: float = NAN
    chi_square: float = NAN
    not_reached: tuple[str, ...] = ()
    valid: bool = True
    reason: str = ""


def profile(kernel: CoxKernel, column: int, level: float) -> Profile:
    """Likelihood-ratio test that one coefficient is 0, and the values not rejected by it at 1 − level.

    Where the coefficient of this column alone runs away (monotone likelihood) the estimate and the limit on that side
    are infinite, and the other limit is where twice the log-likelihood lies the χ² quantile below its supremum.
    """
    from scipy.special import chdtri

    if kernel.model is None or math.isnan(kernel.loglik):
        return Profile(valid=False, reason=kernel.reason)
    monotone = not kernel.valid
    if monotone and (not kernel.running[column] or int(kernel.running.sum()) != 1):
        return Profile(valid=False, reason=kernel.reason)
    chi_square = block_likelihood_ratio(kernel, [column])
    drop = _drop(kernel, column, float(chdtri(1, 1.0 - level)))
    reach = _FARTHEST / max(float(np.ptp(kernel.model.design[:, column])), 1e-300)
    size = float(kernel.size[column])
    if monotone:
        side = math.copysign(1.0, kernel.direction[column])
        limit = _from_infinity(drop, side, reach)
        if math.isnan(limit) or math.isnan(chi_square):
            return Profile(valid=False, reason=NOT_FOUND)
        reason = INFINITE.format(name=kernel.data.names[column])
        if math.isinf(limit):
            return Profile(chi_square=chi_square, not_reached=("estimate", "lower", "upper"), reason=reason)
        if side > 0:
            return Profile(NAN, limit / size, NAN, chi_square, ("estimate", "upper"), reason=reason)
        return Profile(NAN, NAN, limit / size, chi_square, ("estimate", "lower"), reason=reason)
    centre = float(kernel.scaled[column])
    half = 2.0 * math.sqrt(float(np.linalg.inv(kernel.scaled_information)[column, column]))
    lower, upper = (_limit(drop, centre, side * half, reach) for side in (-1.0, 1.0))
    if math.isnan(lower) or math.isnan(upper) or math.isnan(chi_square):
        return Profile(valid=False, reason=NOT_FOUND)
    lost = tuple(name for name, limit in (("lower", lower), ("upper", upper)) if math.isinf(limit))
    with np.errstate(all="ignore"):
        beta, low, high = (
            NAN if math.isinf(value) else float(np.float64(value) / size) for value in (centre, lower, upper)
        )
    reason = "the likelihood stays near its maximum however far the coefficient goes" if lost else ""
    return Profile(beta, low, high, chi_square, lost, reason=reason)


def _drop(kernel: CoxKernel, column: int, quantile: float) -> Callable[[float], float]:
    """How far twice the profile log-likelihood lies below its top, minus the quantile; NaN where it is not known."""
    if kernel.model is None:
        raise ValueError("a fit without events has no profile")
    model = kernel.model
    begin = [np.delete(np.nan_to_num(kernel.scaled), column)]

    def drop(value: float) -> float:
        found = maximise(model.fixing(column, value), begin[0])
        if not found.ended:
            return NAN
        if not found.running.any():
            begin[0] = found.beta
        return 2.0 * (kernel.loglik - found.loglik) - quantile

    return drop


def _limit(drop: Callable[[float], float], centre: float, step: float, reach: float) -> float:
    """Where the drop crosses 0 on the side of `step`; ±infinity beyond `reach`, NaN where it cannot be followed."""
    inside = centre
    while abs(inside - centre) < reach:
        outside = inside + step
        fall = drop(outside)
        if math.isnan(fall):
            return NAN
        if fall >= 0.0:
            return _root(drop, inside, outside)
        inside, step = outside, step * 2.0
    return math.copysign(math.inf, step)


def _from_infinity(drop: Callable[[float], float], side: float, reach: float) -> float:
    """The limit of a coefficient whose estimate is infinite on `side`."""
    if drop(0.0) < 0.0:
        return _limit(drop, 0.0, -side, reach)
    inside = side
    while abs(inside) < reach:
        fall = drop(inside)
        if math.isnan(fall):
            return NAN
        if fall < 0.0:
            return _root(drop, inside, 0.0)
        inside *= 2.0
    return NAN


def _root(drop: Callable[[float], float], inside: float, outside: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(drop, inside, outside, xtol=1e-13 * max(1.0, abs(outside)), rtol=1e-14, maxiter=200))
