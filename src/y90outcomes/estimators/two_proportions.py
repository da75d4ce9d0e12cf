"""Two independent proportions: their difference and their ratio, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import check_level, check_name, normal_quantile
from y90outcomes.estimators.numbers import NAN, Estimate
from y90outcomes.estimators.proportions import check_counts, score_limits

NOBODY = "a group is empty"
_ONE_SIDED = "each group has one outcome only: this interval would have no width"


def proportion_difference(
    events1: int,
    n1: int,
    events2: int,
    n2: int,
    *,
    interval: str = default("proportion_difference_interval"),
    level: float = LEVEL,
) -> Estimate:
    """events1 / n1 − events2 / n2, −1..1, with a two-sided interval clipped to [−1, 1].

    interval: "newcombe" and "newcombe_cc", the hybrid of two Wilson intervals without and with continuity correction
    (methods 10 and 11 of Newcombe, Stat Med 1998;17:873, doi:10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>
    3.0.CO;2-I); "wald" and "wald_cc" (R stats::prop.test, correct = FALSE and TRUE); "agresti_caffo" (one event and one
    non-event added to each group for the interval only, doi:10.1080/00031305.2000.10474560). `se` is the unpooled
    standard error of the difference. `n` and `events` count both groups.
    An empty group gives NaN with a reason. Where each group has one outcome only, the standard error is 0 and the Wald
    forms have no interval, with a reason (R prints one of no width).
    Raises ValueError for counts that are not whole or not 0 ≤ events ≤ n, an unknown interval or level.
    """
    check_name("proportion_difference_interval", interval)
    check_level(level)
    (x1, n1), (x2, n2) = check_counts(events1, n1), check_counts(events2, n2)
    conventions = {"proportion_difference_interval": interval}
    counted = Estimate(level=level, n=n1 + n2, events=x1 + x2, conventions=conventions)
    if n1 == 0 or n2 == 0:
        return replace(counted, valid=False, reason=NOBODY)
    lower, upper = _DIFFERENCE[interval](x1, n1, x2, n2, level)
    return replace(
        counted,
        estimate=_difference(x1, n1, x2, n2),
        lower=max(lower, -1.0) if lower == lower else NAN,
        upper=min(upper, 1.0) if upper == upper else NAN,
        se=_se(x1, n1, x2, n2),
        reason="" if lower == lower else _ONE_SIDED,
    )


def proportion_ratio(
    events1: int,
    n1: int,
    events2: int,
    n2: int,
    *,
    interval: str = default("proportion_ratio_interval"),
    level: float = LEVEL,
) -> Estimate:
    """(events1 / n1) / (events2 / n2), the risk ratio, with a two-sided interval. No half is ever added to a cell.

    interval: "log" (Katz, Biometrics 1978;34:469, doi:10.2307/2530610; R epiR::epi.2by2, RR.strata.wald), or "score"
    (Koopman, Biometrics 1984;40:513, doi:10.2307/2531405: the ratios that the score test does not reject). `se` is of
    the ratio itself by the delta method, the ratio times the standard error of its logarithm. `n` and `events` count
    both groups.
    No event in the first group: the ratio is 0; in the second: it is infinite, NaN and named in `not_reached`. The log
    form then has no limits, with a reason; the score form has the finite one, and 0 or "upper" in `not_reached`.
    No event in either group, or an empty group: NaN with a reason. Everybody an event: no log interval, with a reason.
    Raises ValueError for counts that are not whole or not 0 ≤ events ≤ n, an unknown interval or level.
    """
    check_name("proportion_ratio_interval", interval)
    check_level(level)
    (x1, n1), (x2, n2) = check_counts(events1, n1), check_counts(events2, n2)
    conventions = {"proportion_ratio_interval": interval}
    counted = Estimate(level=level, n=n1 + n2, events=x1 + x2, conventions=conventions)
    if n1 == 0 or n2 == 0:
        return replace(counted, valid=False, reason=NOBODY)
    if x1 == 0 and x2 == 0:
        return replace(counted, valid=False, reason="no event in either group")
    infinite: tuple[str, ...] = ("estimate",) if x2 == 0 else ()
    reasons = ["no event in the second group: the ratio is infinite"] if x2 == 0 else []
    ratio = x1 * n2 / (n1 * x2) if x2 else NAN
    log_se = math.sqrt((n1 - x1) / (n1 * x1) + (n2 - x2) / (n2 * x2)) if x1 and x2 else NAN
    if interval == "log":
        half = normal_quantile(level) * log_se if log_se > 0.0 else NAN
        lower, upper = ratio * math.exp(-half), ratio * math.exp(half)
        if log_se == 0.0:
            reasons.append(_ONE_SIDED)
        elif not x1 or not x2:
            reasons.append("a group without event has no log interval")
    else:
        lower = _score_limit(x1, n1, x2, n2, level, -1) if x1 else 0.0
        upper = _score_limit(x1, n1, x2, n2, level, 1) if x2 else NAN
        infinite += ("upper",) if x2 == 0 else ()
    se = ratio * log_se if log_se > 0.0 else NAN
    made = replace(counted, estimate=ratio, lower=lower, upper=upper, se=se)
    return replace(made, not_reached=infinite, reason="; ".join(reasons))


def _difference(x1: int, n1: int, x2: int, n2: int) -> float:
    """In whole numbers until the one division, so that equal shares differ by exactly 0."""
    return (x1 * n2 - x2 * n1) / (n1 * n2)


def _se(x1: int, n1: int, x2: int, n2: int) -> float:
    return math.sqrt(x1 * (n1 - x1) / n1**3 + x2 * (n2 - x2) / n2**3)


def _newcombe(x1: int, n1: int, x2: int, n2: int, level: float, correction: float = 0.0) -> tuple[float, float]:
    (low1, high1), (low2, high2) = score_limits(x1, n1, level, correction), score_limits(x2, n2, level, correction)
    p1, p2, difference = x1 / n1, x2 / n2, _difference(x1, n1, x2, n2)
    return difference - math.hypot(p1 - low1, high2 - p2), difference + math.hypot(high1 - p1, p2 - low2)


def _newcombe_cc(x1: int, n1: int, x2: int, n2: int, level: float) -> tuple[float, float]:
    return _newcombe(x1, n1, x2, n2, level, 0.5)


def _wald(x1: int, n1: int, x2: int, n2: int, level: float, correction: float = 0.0) -> tuple[float, float]:
    difference, se = _difference(x1, n1, x2, n2), _se(x1, n1, x2, n2)
    if se == 0.0:
        return NAN, NAN
    half = normal_quantile(level) * se + correction
    return difference - half, difference + half


def _wald_cc(x1: int, n1: int, x2: int, n2: int, level: float) -> tuple[float, float]:
    # R's prop.test: half a count in each group, but never more than the difference itself.
    return _wald(x1, n1, x2, n2, level, min(0.5 * (1 / n1 + 1 / n2), abs(_difference(x1, n1, x2, n2))))


def _agresti_caffo(x1: int, n1: int, x2: int, n2: int, level: float) -> tuple[float, float]:
    return _wald(x1 + 1, n1 + 2, x2 + 1, n2 + 2, level)


_DIFFERENCE: Mapping[str, Callable[[int, int, int, int, float], tuple[float, float]]] = {
    "newcombe": _newcombe,
    "newcombe_cc": _newcombe_cc,
    "wald": _wald,
    "wald_cc": _wald_cc,
    "agresti_caffo": _agresti_caffo,
}


def _score_limit(x1: int, n1: int, x2: int, n2: int, level: float, side: int) -> float:
    """The ratio on one `side` of the estimate where the score statistic reaches the normal quantile squared."""
    from scipy.optimize import brentq

    critical = normal_quantile(level) ** 2

    def excess(log_ratio: float) -> float:
        return _score(x1, n1, x2, n2, math.exp(log_ratio)) - critical

    inner = math.log(x1 / n1) - math.log(x2 / n2) if x1 and x2 else _inside(excess, -side)
    step = 1.0
    while excess(inner + side * step) < 0.0:
        step *= 2.0
    return math.exp(float(brentq(excess, inner, inner + side * step, xtol=1e-14, rtol=1e-14, maxiter=500)))


def _inside(excess: Callable[[float], float], direction: int) -> float:
    """A log ratio towards the estimate, at 0 or infinity, that the test does not reject."""
    place = 0.0
    while excess(place) >= 0.0:
        place += direction
    return place


def _score(x1: int, n1: int, x2: int, n2: int, ratio: float) -> float:
    """Koopman's statistic of "the ratio is `ratio`", both shares at their maximum likelihood under it."""
    linear = ratio * (n1 + x2) + x1 + n2
    root = math.sqrt(max(linear * linear - 4.0 * (n1 + n2) * ratio * (x1 + x2), 0.0))
    q2 = 2.0 * (x1 + x2) / (linear + root)
    q1 = min(ratio * q2, 1.0)
    q2 = min(q2, 1.0)
    distance = x1 / n1 - ratio * x2 / n2
    variance = q1 * (1.0 - q1) / n1 + ratio * ratio * q2 * (1.0 - q2) / n2
    return distance * distance / variance if variance > 0.0 else 0.0 if distance == 0.0 else math.inf
