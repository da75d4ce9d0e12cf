"""Difference of two Kaplan–Meier rates at a time."""

from __future__ import annotations

import math

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import check_name, normal_quantile
from y90outcomes.estimators.kaplan_meier import survival_at
from y90outcomes.estimators.numbers import NAN, Curve, Estimate, Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p, normal_p

_NO_SPREAD = "no interval: a rate of 0 or 1 has no standard error to trust"


def rate_difference(
    first: Curve, second: Curve, time: float, interval: str = default("rate_difference_interval")
) -> Estimate:
    """S₁(t) − S₂(t) at `time` ≥ 0 from two independent curves; n and events of both, n those still at risk.

    interval "wald": ± z·√(se₁² + se₂²) with Greenwood's variances, and the z test of the same. "hybrid": the limits
    of the two curves' own intervals put together by squaring and adding (Zou and Donner, Stat Med 2008;27:1693,
    10.1002/sim.3095), which stay within ±1 and have no p. A rate that is NaN makes the difference NaN with its
    reason; a rate of 0 or 1, whose standard error is 0, leaves the difference without interval and p, with a reason.
    Wald's form is that of R's `survival::survfit` rates by hand; Klein et al., Stat Med 2007;26:4505
    (10.1002/sim.2864).
    Raises ValueError for a negative time or an unknown interval.
    The curves' arrays are (m,), each its own.
    """
    check_name("rate_difference_interval", interval)
    one, other = survival_at(first, [time])[0], survival_at(second, [time])[0]
    conventions = {"rate_difference_interval": interval}
    n, events = one.n + other.n, (one.events or 0) + (other.events or 0)
    broken = next((made.reason for made in (one, other) if not made.valid), "")
    if broken:
        return Estimate(
            level=first.level, n=n, events=events, valid=False, reason=f"in a group, {broken}", conventions=conventions
        )
    value, se = one.estimate - other.estimate, math.hypot(one.se, other.se)
    lower = upper = z = NAN
    limits = (one.lower, one.upper, other.lower, other.upper)
    if interval == "wald" and one.se > 0.0 and other.se > 0.0:
        half, z = normal_quantile(first.level) * se, value / se
        lower, upper = value - half, value + half
    elif interval == "hybrid" and not any(map(math.isnan, limits)):
        lower = value - math.hypot(one.estimate - one.lower, other.upper - other.estimate)
        upper = value + math.hypot(one.upper - one.estimate, other.estimate - other.lower)
    return Estimate(
        value, lower, upper, first.level, se, z, normal_p(z), n, events,
        reason=_NO_SPREAD if math.isnan(lower) else "", conventions=conventions,
    )  # fmt: skip


def rate_test(first: Curve, second: Curve, time: float) -> Test:
    """Test that two curves have one rate at `time`, on the log(−log S) scale, χ² with 1 degree of freedom.

    (log(−log S₁) − log(−log S₂))² over σ₁²/log² S₁ + σ₂²/log² S₂, σ² Greenwood's variance of log S; the form of Klein
    et al. 2007 (10.1002/sim.2864) that keeps its size best, R's `ComparisonSurv::Fixpoint.test`. A rate that is NaN, 0
    or 1 gives NaN with a reason. Raises ValueError for a negative time.
    The curves' arrays are (m,), each its own.
    """
    made = (survival_at(first, [time])[0], survival_at(second, [time])[0])
    n = made[0].n + made[1].n
    reason = next((f"in a group, {one.reason}" for one in made if not one.valid), "")
    if not reason and any(not 0.0 < one.estimate < 1.0 for one in made):
        reason = "a rate of 0 or 1 has no log(−log) form"
    if reason:
        return invalid_test("rate_test", reason, n=n, conventions={"rate_test": "log-log"})
    heights = [math.log(-math.log(one.estimate)) for one in made]
    variance = sum((one.se / (one.estimate * math.log(one.estimate))) ** 2 for one in made)
    statistic = (heights[0] - heights[1]) ** 2 / variance
    p = chi_square_p(statistic, 1)
    return Test("rate_test", statistic, 1.0, p, n, conventions={"rate_test": "log-log"})
