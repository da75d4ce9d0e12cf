"""The dose at which a logistic line reaches a given probability, with its interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import as_vector, check_level, check_name, normal_quantile
from y90outcomes.estimators.logistic import LogisticFit
from y90outcomes.estimators.logistic_likelihood import LogisticMaximum, evaluate, maximise, standardise, with_intercept
from y90outcomes.estimators.numbers import NAN, Estimate, Floats

_SCAN = 65  # places looked at on each side where the profile may rise and fall again


@dataclass(frozen=True, slots=True)
class DoseScale:
    """How the model's x is made of the dose: kind "linear" dose / per, "log2" or "log" its logarithm; unit in words."""

    kind: str = "linear"
    per: float = 1.0
    unit: str = ""

    def x(self, dose: Floats) -> Floats:
        """The model's x of doses (n,), positive ones where it is a logarithm."""
        if self.kind == "linear":
            return dose / self.per
        return np.asarray(np.log2(dose) if self.kind == "log2" else np.log(dose), dtype=np.float64)

    def dose(self, x: float) -> float:
        """The dose of a model's x; infinite where it is beyond a double."""
        with np.errstate(over="ignore", under="ignore"):
            if self.kind == "linear":
                return float(np.float64(x) * self.per)
            return float(np.exp2(x) if self.kind == "log2" else np.exp(x))

    def slope(self, x: float) -> float:
        """Change of dose per unit of x, there."""
        factor = {"log2": math.log(2.0), "log": 1.0}
        return self.per if self.kind == "linear" else self.dose(x) * factor[self.kind]


def inverse_prediction(
    fit: LogisticFit,
    event: ArrayLike,
    x: ArrayLike,
    probability: float,
    *,
    interval: str = default("inverse_prediction_interval"),
    level: float = LEVEL,
    scale: DoseScale = DoseScale(),
) -> Estimate:
    """The dose for `probability` (0–1, exclusive): (logit p − a) / b of the line `fit` of event (n,) on x (n,).

    x is the model's number; `scale` turns it into the dose, and estimate and limits are doses. interval:
    "delta"    x̂ ± z·se, se by the delta method (R's `MASS::dose.p`); `se` is on the scale of the dose.
    "fieller"  all x with (a + bx − logit p)² ≤ z²·Var(a + bx) (Fieller, JRSS B 1954;16:175; Finney, Probit Analysis).
    "profile"  all x at which the model forced through p at x is not rejected by its likelihood ratio, penalised with
               the penalty of the whole design after Firth (Williams, Biometrics 1986;42:641, 10.2307/2531213).
    A dose outside the values observed is refused: NaN with a reason naming their range. A limit outside them is NaN
    and `not_reached`; so are both when the data cannot rule out any dose. Where the slope is not significant the set
    may be two separate ranges of observed doses: no interval, with the reason. A flat line and a fit that is not valid
    give NaN with a reason. Raises ValueError for missing values, unequal lengths, a probability outside (0, 1).
    """
    check_name("inverse_prediction_interval", interval)
    quantile = normal_quantile(check_level(level))
    if not 0.0 < probability < 1.0:
        raise ValueError(f"probability must lie between 0 and 1, got {probability}")
    values, outcome = as_vector("x", x), as_vector("event", event)
    if len(values) != len(outcome):
        raise ValueError(f"x and event differ in length: {len(values)} and {len(outcome)}")
    about = _About(level, len(values), int(outcome.sum()), interval, fit.estimator)
    if not fit.valid:
        return about.refuse(fit.reason)
    columns, size, centre = standardise(values[:, np.newaxis])
    line = _line(fit, outcome, columns[:, 0], float(size[0]), float(centre[0]), probability)
    low, high = float(values.min()), float(values.max())
    seen = f"what was observed ({f'{scale.dose(low):g} to {scale.dose(high):g} {scale.unit}'.strip()})"
    if line.slope == 0.0 or not math.isfinite(line.place):
        return about.refuse("the line is flat: no dose has this probability")
    place = line.x(line.place)
    if not low <= place <= high:
        return about.refuse(f"a probability of {probability:g} lies beyond {seen}; extrapolation is refused")
    found = _INTERVALS[interval](line, quantile)
    if found.reason:
        return Estimate(
            scale.dose(place), level=level, n=about.n, events=about.events, reason=found.reason,
            conventions=about.conventions,
        )  # fmt: skip
    limits = {"lower": line.x(found.lower), "upper": line.x(found.upper)}
    beyond = tuple(name for name, limit in limits.items() if not low <= limit <= high)
    within = {name: NAN if name in beyond else scale.dose(limit) for name, limit in limits.items()}
    return Estimate(
        scale.dose(place),
        within["lower"],
        within["upper"],
        level=level,
        se=found.se * line.size * scale.slope(place),
        n=about.n,
        events=about.events,
        reason=f"{' and '.join(beyond)} limit beyond {seen}" if beyond else "",
        not_reached=beyond,
        conventions=about.conventions,
    )


@dataclass(frozen=True, slots=True)
class _About:
    level: float
    n: int
    events: int
    interval: str
    estimator: str

    @property
    def conventions(self) -> Mapping[str, str]:
        return {"inverse_prediction_interval": self.interval, "logistic_estimator": self.estimator}

    def refuse(self, reason: str) -> Estimate:
        return Estimate(
            level=self.level, n=self.n, events=self.events, valid=False, reason=reason, conventions=self.conventions
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Line:
    """The fit on u = (x − centre) / size, so that no unit matters: event (n,), u (n,), coefficients, covariance."""

    event: Floats
    u: Floats
    size: float
    centre: float
    top: LogisticMaximum
    covariance: Floats
    logit: float
    penalised: bool

    @property
    def slope(self) -> float:
        return float(self.top.beta[1])

    @property
    def place(self) -> float:
        with np.errstate(all="ignore"):
            return float(np.float64(self.logit - self.top.beta[0]) / self.slope)

    def x(self, u: float) -> float:
        """Back from u; infinity stays."""
        return self.centre + self.size * u

    def rise(self, place: float) -> float:
        """Twice the fall of the (penalised) log-likelihood when the line is forced through the logit at u = place."""
        shifted = with_intercept((self.u - place)[:, np.newaxis])
        start = np.array([self.logit, self.slope])
        found = maximise(self.event, shifted, penalised=self.penalised, start=start, free=[1])
        return 2.0 * (self.top.loglik - found.loglik) if found.converged else NAN


@dataclass(frozen=True, slots=True)
class _Limits:
    """Limits of u, infinite where there is none; `reason` where the set is no interval."""

    lower: float = -math.inf
    upper: float = math.inf
    se: float = NAN
    reason: str = ""


_DISJOINT = "no interval: the slope is not significant and the doses not ruled out are two separate ranges"


def _line(fit: LogisticFit, event: Floats, u: Floats, size: float, centre: float, probability: float) -> _Line:
    design = with_intercept(u[:, np.newaxis])
    penalised = fit.estimator == "firth"
    start = np.array([fit.coefficients[0] + fit.coefficients[1] * centre, fit.coefficients[1] * size])
    found = maximise(event, design, penalised=penalised, start=start)
    top = found if found.converged else LogisticMaximum(evaluate(event, design, start, penalised=penalised), False)
    covariance = np.asarray(np.linalg.inv(top.point.information), dtype=np.float64)
    return _Line(event, u, size, centre, top, covariance, math.log(probability / (1.0 - probability)), penalised)


def _delta(line: _Line, quantile: float) -> _Limits:
    place = line.place
    v = line.covariance
    with np.errstate(all="ignore"):
        se = math.sqrt(max(v[0, 0] + 2.0 * place * v[0, 1] + place * place * v[1, 1], 0.0)) / abs(line.slope)
    return _Limits(place - quantile * se, place + quantile * se, se)


def _fieller(line: _Line, quantile: float) -> _Limits:
    # The set is a·u² + 2b·u + c ≤ 0; a > 0 just when the slope is significant by Wald's test.
    v, z2 = line.covariance, quantile * quantile
    distance = float(line.top.beta[0]) - line.logit
    a = line.slope**2 - z2 * v[1, 1]
    b = distance * line.slope - z2 * v[0, 1]
    c = distance**2 - z2 * v[0, 0]
    root = b * b - a * c
    if a == 0.0 or root <= 0.0:
        if a == 0.0 and b != 0.0:
            return _Limits(upper=-c / (2.0 * b)) if b > 0.0 else _Limits(lower=-c / (2.0 * b))
        return _Limits()
    q = -(b + math.copysign(math.sqrt(root), b))  # the roots without cancellation
    roots = sorted((q / a, c / q)) if q != 0.0 else [0.0, 0.0]
    if a > 0.0:
        return _Limits(roots[0], roots[1])
    return _outside_gap(line, roots[0], roots[1])


def _outside_gap(line: _Line, first: float, second: float) -> _Limits:
    """All of the line but (first, second): an interval only when one part holds no observed dose."""
    if first < float(line.u.min()) and second > float(line.u.max()):  # pragma: no cover - the estimate is observed
        return _Limits()
    if line.place <= first:
        return _Limits(upper=first, reason=_DISJOINT if second <= float(line.u.max()) else "")
    return _Limits(lower=second, reason=_DISJOINT if first >= float(line.u.min()) else "")


def _profile(line: _Line, quantile: float) -> _Limits:
    """The two places around the estimate where the rise of −2 log L reaches quantile².

    Forced through (u, logit), the line turns about a point of the plane of coefficients; the set not rejected is one
    arc of such lines. A significant slope leaves out u = ±∞, and each side has one root; else a gap may lie on a side.
    """
    flat = maximise(line.event, with_intercept(line.u[:, np.newaxis]), penalised=line.penalised, free=[0])
    significant = 2.0 * (line.top.loglik - flat.loglik) > quantile**2
    sides = {"lower": float(line.u.min()), "upper": float(line.u.max())}
    limits = {}
    for name, end in sides.items():
        found = _one_side(line, end, quantile, significant)
        if found.reason:
            return found
        limits[name] = found.upper if name == "upper" else -found.upper
    return _Limits(limits["lower"], limits["upper"])


def _one_side(line: _Line, end: float, quantile: float, significant: bool) -> _Limits:
    """The root between the estimate and `end`, as `upper` with the sign of the side; infinite where there is none."""
    from scipy.optimize import brentq

    side = math.copysign(1.0, end - line.place) if end != line.place else 1.0
    target = quantile**2

    def over(distance: float) -> float:
        return line.rise(line.place + side * distance) - target

    far = abs(end - line.place)
    reach, rejoins = (far, False) if significant else _summit(over, far)
    height = over(reach) if reach > 0.0 else -target
    if math.isnan(height):
        return _Limits(reason="no interval: the search for the profile likelihood did not end")
    if height <= 0.0:
        return _Limits()
    if rejoins:
        return _Limits(reason=_DISJOINT)
    found = line.place + side * float(brentq(over, 0.0, reach, xtol=1e-14, rtol=1e-14))
    return _Limits(upper=side * found)


def _summit(over: Callable[[float], float], far: float) -> tuple[float, bool]:
    """Where the profile is highest within `far`, and whether it has come down below its limit again at `far`."""
    from scipy.optimize import minimize_scalar

    places = np.linspace(0.0, far, _SCAN)
    heights = [over(place) for place in places]
    best = int(np.nanargmax(heights))
    around = (places[max(best - 1, 0)], places[min(best + 1, _SCAN - 1)])
    if around[1] > around[0] and heights[best] < 0.0:
        refined = minimize_scalar(lambda place: -over(place), bounds=around, method="bounded")
        if over(float(refined.x)) > heights[best]:
            return float(refined.x), heights[-1] <= 0.0
    return float(places[best]), heights[-1] <= 0.0


_INTERVALS: Mapping[str, Callable[[_Line, float], _Limits]] = {
    "profile": _profile,
    "fieller": _fieller,
    "delta": _delta,
}
