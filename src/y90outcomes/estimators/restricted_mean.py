"""Restricted mean survival time up to a horizon, and its difference and ratio between two groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from y90outcomes.estimators.arrays import TIME_TOLERANCE, normal_quantile
from y90outcomes.estimators.numbers import NAN, Curve, Estimate
from y90outcomes.estimators.p_values import normal_p

_INSIDE = "the horizon lies past the last time anybody in the group was seen"
_NO_SPREAD = "no interval: without an event before the horizon the standard error is 0"


@dataclass(frozen=True, slots=True)
class RestrictedMeans:
    """Two groups: `difference` first less second, `ratio` first over second (its `se` that of the logarithm)."""

    difference: Estimate
    ratio: Estimate


def smallest_last_time(curves: Sequence[Curve]) -> float:
    """The smallest over the groups of the last time anybody was seen: the default horizon of R's `survRM2::rmst2`.

    NaN without a group or with a group nobody is in.
    The curves' arrays are (m,), in one unit of time. Uno et al., J Clin Oncol 2014;32:2380. Raises nothing.
    """
    ends = [curve.follow_up_end for curve in curves]
    return min(ends) if ends and not any(math.isnan(end) for end in ends) else NAN


def restricted_mean(curve: Curve, horizon: float) -> Estimate:
    """Area under a Kaplan–Meier curve from 0 to `horizon` (> 0), in the curve's unit of time.

    se² = Σ A(t)² d/(r(r − d)) over event times t up to the horizon, A(t) the area from t to it; interval ± z·se.
    R's `survRM2::rmst2` and `summary(survival::survfit, rmean=)`. Uno et al., J Clin Oncol 2014;32:2380
    (10.1200/JCO.2014.55.2208). A horizon past the last time anybody was seen is NaN with a reason, unless the curve has
    reached 0 (R carries the last height forward). Without an event before the horizon the mean is the horizon and the
    interval NaN with a reason. `events` are those up to the horizon. Raises ValueError for a horizon not above 0.
    The curve's arrays are (m,).
    """
    if not horizon > 0.0 or not math.isfinite(horizon):
        raise ValueError(f"the horizon must be above 0, got {horizon}")
    conventions = {"restricted_mean_interval": "plain"}
    slack = TIME_TOLERANCE * max(horizon, float(curve.time.mean()))
    reason = ""
    if curve.n == 0:
        reason = "nobody in the group"
    elif horizon - slack > curve.follow_up_end and curve.survival[-1] > 0.0:
        reason = _INSIDE
    if reason:
        return Estimate(level=curve.level, n=curve.n, valid=False, reason=reason, conventions=conventions)
    inside = curve.time <= horizon + slack
    time, survival = np.minimum(curve.time[inside], horizon), curve.survival[inside]
    rectangles = np.diff(np.append(time, horizon)) * survival
    area = np.cumsum(rectangles[::-1])[::-1]  # from each time to the horizon
    d, r = curve.events[inside], curve.at_risk[inside].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        weight = np.where((d > 0) & (r > d), d / (r * (r - d)), 0.0)
    mean, se, events = float(area[0]), horizon * math.sqrt(float(((area / horizon) ** 2 * weight).sum())), int(d.sum())
    half = normal_quantile(curve.level) * se if se > 0.0 else NAN
    return Estimate(
        mean, mean - half, mean + half, curve.level, se, n=curve.n, events=events,
        reason="" if se > 0.0 else _NO_SPREAD, conventions=conventions,
    )  # fmt: skip


def compare_restricted_means(first: Estimate, second: Estimate) -> RestrictedMeans:
    """Difference and ratio of two `restricted_mean`s to one horizon, first against second, with z test.

    Difference: ± z·√(se₁² + se₂²). Ratio: exp(log ratio ± z·√(se₁²/m₁² + se₂²/m₂²)). R's `survRM2::rmst2`. A mean that
    is NaN makes both NaN with its reason; a mean with standard error 0 leaves the numbers without interval and p, with
    a reason. n and events are of both groups.
    Uno et al., J Clin Oncol 2014;32:2380, 10.1200/JCO.2014.55.2208. The means are of curves (m,). Raises nothing.
    """
    broken = next((made.reason for made in (first, second) if not made.valid), "")
    if broken:
        nothing = Estimate(
            level=first.level, n=first.n + second.n, valid=False, reason=f"in a group, {broken}",
            conventions=first.conventions,
        )  # fmt: skip
        return RestrictedMeans(nothing, nothing)
    difference = _against(first, second, first.estimate - second.estimate, math.hypot(first.se, second.se))
    if not (first.estimate > 0.0 and second.estimate > 0.0):
        ratio = Estimate(
            level=first.level, n=difference.n, events=difference.events, valid=False,
            reason="no ratio: a group has a restricted mean of 0", conventions=first.conventions,
        )  # fmt: skip
        return RestrictedMeans(difference, ratio)
    log = _against(
        first, second, math.log(first.estimate / second.estimate),
        math.hypot(first.se / first.estimate, second.se / second.estimate),
    )  # fmt: skip
    ratio = Estimate(
        first.estimate / second.estimate, math.exp(log.lower), math.exp(log.upper), log.level, log.se, log.statistic,
        log.p, log.n, log.events, reason=log.reason, conventions=log.conventions,
    )  # fmt: skip
    return RestrictedMeans(difference, ratio)


def _against(first: Estimate, second: Estimate, value: float, se: float) -> Estimate:
    known = first.se > 0.0 and second.se > 0.0
    z = value / se if known else NAN
    half = normal_quantile(first.level) * se if known else NAN
    return Estimate(
        value, value - half, value + half, first.level, se, z, normal_p(z), first.n + second.n,
        (first.events or 0) + (second.events or 0), reason="" if known else f"in a group, {_NO_SPREAD}",
        conventions=first.conventions,
    )  # fmt: skip
