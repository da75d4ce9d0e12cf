"""Cox's log partial likelihood, vectorised over subjects and event times, and the search for its maximum."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from y90outcomes.estimators.numbers import Booleans, Floats, Ints
from y90outcomes.estimators.risk_sets import RiskSets

MAX_STEPS = 100
_LAST_GAIN = 1e-11  # a Newton step expected to raise the log-likelihood by less is the last one
_SMALL_GAIN = 1e-8  # if it raises it by less than this and yet moves a log hazard by more than
_STRIDE = 0.1  # this, a coefficient runs away; a finite estimate so flat would have an error of hundreds of SDs
_FIRST_STRIDE, _LONGEST_STRIDE = 4.0, 50.0  # a leap from afar can land where all is flat to the last digit
_SPREAD = 200.0  # log hazards further apart: no data support it, and exponentials soon leave the range of a double


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What risk sets sum to at one vector of coefficients.

    hazard     (m,) exp of the linear predictor, over the largest of its stratum
    predictor  (m,) that linear predictor
    weight     (E,) one per event: the sum of hazards at risk, Efron's share of the tied events taken off
    mean       (E, k) mean of the columns over the same
    """

    predictor: Floats
    hazard: Floats
    weight: Floats
    mean: Floats


@dataclass(slots=True, eq=False)
class PartialLikelihood:
    """The log partial likelihood of one data set, its gradient (k,) and information (k, k).

    risk    who is at risk when; design (m, k) of its rows, best centred within strata and of unit SD
    offset  (m,) added to every linear predictor
    Efron, JASA 1977;72:557, 10.1080/01621459.1977.10480613; Breslow, Biometrics 1974;30:89. The derivatives use that
    Σ over risk sets of r x xᵀ/W is Σ over subjects of r x xᵀ times the cumulative 1/W each lived through.
    """

    risk: RiskSets
    design: Floats
    offset: Floats
    _at: bytes = field(default=b"-", repr=False)
    _sums: Sums | None = field(default=None, repr=False)

    def sums(self, beta: Floats) -> Sums:
        """The sums at `beta`; those of the last vector asked are kept."""
        key = beta.tobytes()
        if self._sums is None or key != self._at:
            self._at, self._sums = key, self._sum(beta)
        return self._sums

    def _sum(self, beta: Floats) -> Sums:
        risk = self.risk
        predictor = self.offset + self.design @ beta
        largest = np.full(int(risk.strata.max()) + 1, -np.inf)
        np.maximum.at(largest, risk.strata, predictor)
        predictor = predictor - largest[risk.strata]
        hazard = np.exp(predictor)
        weighted = np.column_stack((hazard, hazard[:, np.newaxis] * self.design))
        found = risk.total(weighted)[risk.at]
        if risk.fraction.any():
            found -= risk.fraction[:, np.newaxis] * risk.over_deaths(weighted[risk.dead])[risk.at]
        with np.errstate(all="ignore"):
            return Sums(predictor, hazard, found[:, 0], found[:, 1:] / found[:, :1])

    def value(self, beta: Floats) -> float:
        """The log partial likelihood at `beta`; −∞ where it overflows."""
        sums = self.sums(beta)
        with np.errstate(all="ignore"):
            value = float((sums.predictor[self.risk.dead] - np.log(sums.weight)).sum())
        return value if math.isfinite(value) else -math.inf

    def gradient(self, beta: Floats) -> Floats:
        """Its first derivatives (the score), one per column of the design."""
        gradient: Floats = (self.design[self.risk.dead] - self.sums(beta).mean).sum(axis=0)
        return gradient

    def information(self, beta: Floats, by_time: Floats | None = None) -> Floats:
        """Minus its second derivatives (the observed information), exactly symmetric.

        by_time (P,) weighs the part of each event position, as a function of time does in a test of hazards.
        """
        sums = self.sums(beta)
        part = np.ones(len(sums.weight)) if by_time is None else by_time[self.risk.at]
        lived = self.lived(sums, part[:, np.newaxis])[:, 0]
        design = self.design
        information: Floats = (design * (sums.hazard * lived)[:, np.newaxis]).T @ design
        information -= (sums.mean * part[:, np.newaxis]).T @ sums.mean
        return (information + information.T) / 2.0

    def lived(self, sums: Sums, values: Floats) -> Floats:
        """Per row (m, c): Σ of values (E, c) over weight, over the events it was at risk at, each tied event of Efron
        counting an event's own row only in part. Ones give the cumulative baseline hazard a row lived through."""
        risk = self.risk
        with np.errstate(all="ignore"):
            share = values / sums.weight[:, np.newaxis]
        found = risk.lived(risk.over_deaths(share))
        if risk.fraction.any():
            found[risk.dead] -= risk.over_deaths(share * risk.fraction[:, np.newaxis])[risk.at]
        return found

    def fixing(self, column: int, value: float) -> PartialLikelihood:
        """The likelihood of the other columns with one coefficient held."""
        others = np.delete(self.design, column, axis=1)
        return PartialLikelihood(self.risk, others, self.offset + value * self.design[:, column])

    def spread(self, beta: Floats) -> float:
        """How far apart the log hazards of two subjects of one stratum are at most."""
        return float(self._ranges((self.design @ beta)[:, np.newaxis]).max())

    def columns_behind(self, beta: Floats) -> Booleans:
        """The columns that contribute to that spread: at least a tenth of the largest contribution."""
        share = np.abs(beta) * self._ranges(self.design).max(axis=0)
        behind: Booleans = share >= 0.1 * share.max()
        return behind

    def _ranges(self, values: Floats) -> Floats:
        """Largest minus smallest of values (m, c) per stratum (S, c)."""
        return ranges(values, self.risk.strata)


def ranges(values: Floats, strata: Ints) -> Floats:
    """Largest minus smallest of values (m, c) in each stratum that occurs; rows of a stratum lie together."""
    begins = np.flatnonzero(np.append(True, strata[1:] != strata[:-1]))
    found: Floats = np.maximum.reduceat(values, begins, axis=0) - np.minimum.reduceat(values, begins, axis=0)
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Maximum:
    """Where the search stopped. `running` marks columns whose coefficients run away, in `direction`; `ended` is False
    where `loglik` had not yet come within about 1e-8 of its maximum or supremum."""

    beta: Floats
    loglik: float
    running: Booleans
    direction: Floats
    ended: bool = True


def _newton(information: Floats, gradient: Floats) -> Floats:
    """The step to where the quadratic is flat; none along a direction without any information."""
    try:
        return np.asarray(np.linalg.solve(information, gradient), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(information, gradient, rcond=None)[0], dtype=np.float64)


def maximise(model: PartialLikelihood, start: Floats | None = None) -> Maximum:
    """Newton's method from 0 (or `start`), with step halving and strides that may double.

    At a maximum the expected gain and the step both vanish. Along a monotone likelihood slope and curvature die away
    together: the gain vanishes while every step still moves some log hazard by about one.
    """
    k = model.design.shape[1]
    none = np.zeros(k)
    beta, still, stride = none if start is None else start, np.zeros(k, dtype=bool), _FIRST_STRIDE
    loglik = model.value(beta)
    if k == 0:
        return Maximum(beta, loglik, still, none)
    ridge = np.eye(k) * 1e-14 * model.information(beta).trace()  # below rounding; keeps a flat direction solvable
    for _ in range(MAX_STEPS):
        gradient = model.gradient(beta)
        step = _newton(model.information(beta) + ridge, gradient)
        gain, moved = abs(float(gradient @ step)) / 2.0, model.spread(step)
        if gain < _SMALL_GAIN and moved > _STRIDE:
            return Maximum(beta, loglik, model.columns_behind(step), step)
        if gain < _LAST_GAIN:
            return Maximum(beta + step, model.value(beta + step), still, none)
        step = step * min(1.0, stride / moved)
        for _ in range(40):
            value = model.value(beta + step)
            if value >= loglik - 1e-12 * abs(loglik):
                break
            step, stride = step / 2.0, stride / 2.0
        beta, loglik, stride = beta + step, value, min(2.0 * stride, _LONGEST_STRIDE)
        if model.spread(beta) > _SPREAD:
            return Maximum(beta, loglik, model.columns_behind(beta), beta, ended=False)
    return Maximum(beta, loglik, still, none, ended=False)
