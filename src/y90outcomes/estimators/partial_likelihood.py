"""Cox's log partial likelihood and the search for its maximum."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from y90outcomes.estimators.numbers import Floats

MAX_STEPS = 100
_LAST_GAIN = 1e-11  # a Newton step expected to raise the log-likelihood by less is the last one
_SMALL_GAIN = 1e-8  # if it raises it by less than this and yet moves a log hazard by more than
_STRIDE = 0.1  # this, a coefficient runs away; a finite estimate so flat would have an error of hundreds of SDs
_FIRST_STRIDE, _LONGEST_STRIDE = 4.0, 50.0  # a leap from afar can land where all is flat to the last digit
_SPREAD = 200.0  # log hazards further apart: no data support it, and exponentials soon leave the range of a double


class PartialLikelihood:
    """The log partial likelihood of one data set, its gradient (k,) and information (k, k), by statsmodels.

    times (n,), died (n,), design (n, k) centred and of unit SD, ties "efron" or "breslow".
    """

    def __init__(self, times: Floats, died: NDArray[np.bool_], design: Floats, ties: str) -> None:
        from statsmodels.duration.hazard_regression import PHReg

        order = np.lexsort((~died, times))
        self.design = design[order]
        self._model: Any = PHReg(
            times[order], self.design, status=died[order].astype(np.float64), ties=ties, missing="none"
        )

    def value(self, beta: Floats) -> float:
        """The log partial likelihood at `beta`; −∞ where it overflows."""
        with np.errstate(all="ignore"):
            value = float(self._model.loglike(beta))
        return value if math.isfinite(value) else -math.inf

    def gradient(self, beta: Floats) -> Floats:
        """Its first derivatives (the score), one per column of the design."""
        with np.errstate(all="ignore"):
            gradient: Floats = np.asarray(self._model.score(beta), dtype=np.float64)
        return gradient

    def information(self, beta: Floats) -> Floats:
        """Minus its second derivatives (the observed information), made exactly symmetric."""
        with np.errstate(all="ignore"):
            information: Floats = -np.asarray(self._model.hessian(beta), dtype=np.float64)
        return (information + information.T) / 2.0

    def spread(self, beta: Floats) -> float:
        """How far apart the log hazards of two subjects are at most."""
        return float(np.ptp(self.design @ beta))

    def columns_behind(self, beta: Floats) -> NDArray[np.bool_]:
        """The columns that contribute to that spread: at least a tenth of the largest contribution."""
        share = np.abs(beta) * np.ptp(self.design, axis=0)
        behind: NDArray[np.bool_] = share >= 0.1 * share.max()
        return behind


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where the search stopped. `running` marks columns whose coefficients run away; `ended` is False where
    `loglik` had not yet come within about 1e-8 of its maximum or supremum."""

    beta: Floats
    loglik: float
    running: NDArray[np.bool_]
    ended: bool = True


def maximise(model: PartialLikelihood) -> Maximum:
    """Newton's method from 0, with step halving and strides that may double.

    At a maximum the expected gain and the step both vanish. Along a monotone likelihood slope and curvature die away
    together: the gain vanishes while every step still moves some log hazard by about one.
    """
    k = model.design.shape[1]
    beta, still, stride = np.zeros(k), np.zeros(k, dtype=bool), _FIRST_STRIDE
    loglik = model.value(beta)
    ridge = np.eye(k) * 1e-14 * model.information(beta).trace()  # below rounding; keeps a flat direction solvable
    for _ in range(MAX_STEPS):
        gradient = model.gradient(beta)
        step = np.linalg.solve(model.information(beta) + ridge, gradient)
        gain, moved = abs(float(gradient @ step)) / 2.0, model.spread(step)
        if gain < _SMALL_GAIN and moved > _STRIDE:
            return Maximum(beta, loglik, model.columns_behind(step))
        if gain < _LAST_GAIN:
            return Maximum(beta + step, model.value(beta + step), still)
        step = step * min(1.0, stride / moved)
        for _ in range(40):
            value = model.value(beta + step)
            if value >= loglik - 1e-12 * abs(loglik):
                break
            step, stride = step / 2.0, stride / 2.0
        beta, loglik, stride = beta + step, value, min(2.0 * stride, _LONGEST_STRIDE)
        if model.spread(beta) > _SPREAD:
            return Maximum(beta, loglik, model.columns_behind(beta), ended=False)
    return Maximum(beta, loglik, still, ended=False)
