"""The odds ratio of two groups: of the sample with Woolf's interval, or conditional with an exact one."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import check_level, check_name, normal_quantile
from y90outcomes.estimators.numbers import NAN, Estimate, Floats
from y90outcomes.estimators.proportions import check_counts
from y90outcomes.estimators.two_proportions import NOBODY

MAX_TABLES = 200_000
"""The conditional form sums over every table of the same margins: up to this many, then NaN with a reason."""


def odds_ratio(
    events1: int, n1: int, events2: int, n2: int, *, kind: str = default("odds_ratio"), level: float = LEVEL
) -> Estimate:
    """Odds of an event in group 1 over those in group 2, with a two-sided interval. No half is ever added to a cell.

    kind: "sample", ad / bc with the interval of Woolf (doi:10.1111/j.1469-1809.1955.tb01348.x; R epiR::epi.2by2,
    OR.strata.wald), `se` of the odds ratio by the delta method; or "conditional", the maximum of the likelihood given
    both margins, with the exact interval whose tails are each half of 1 − level (R stats::fisher.test, whose
    root search is loose: up to about 1 % off; Cornfield, doi:10.1093/jnci/11.6.1269), without `se`.
    `n` and `events` count both groups.
    An odds ratio of 0 is 0; an infinite one is NaN and named in `not_reached`. The sample form then has no limits, with
    a reason; the conditional form has the finite one, and 0 or "upper" in `not_reached`. An empty group, no event, or
    everybody an event: NaN with a reason. Fisher's p sums likely tables and this interval cuts two tails, so on the
    border the two may disagree, as they do in R.
    Raises ValueError for counts that are not whole or not 0 ≤ events ≤ n, an unknown kind or level.
    """
    check_name("odds_ratio", kind)
    check_level(level)
    (x1, n1), (x2, n2) = check_counts(events1, n1), check_counts(events2, n2)
    counted = Estimate(level=level, n=n1 + n2, events=x1 + x2, conventions={"odds_ratio": kind})
    if n1 == 0 or n2 == 0:
        return replace(counted, valid=False, reason=NOBODY)
    if x1 + x2 in (0, n1 + n2):
        reason = "no event in either group" if x1 + x2 == 0 else "everybody has the event"
        return replace(counted, valid=False, reason=reason)
    infinite = x1 == n1 or x2 == 0
    made = _sample(x1, n1, x2, n2, level) if kind == "sample" else _conditional(x1, n1, x2, n2, level)
    if made is None:
        return replace(counted, valid=False, reason="too many tables share these margins to sum over")
    estimate, lower, upper, se = made
    not_reached = ("estimate", "upper") if infinite and kind == "conditional" else ("estimate",) if infinite else ()
    reasons = ["the odds ratio is infinite"] if infinite else []
    if kind == "sample" and 0 in (x1, n1 - x1, x2, n2 - x2):
        reasons.append("a table with an empty cell has no Woolf interval")
    found = replace(counted, estimate=estimate, lower=lower, upper=upper, se=se)
    return replace(found, not_reached=not_reached, reason="; ".join(reasons))


def _sample(x1: int, n1: int, x2: int, n2: int, level: float) -> tuple[float, float, float, float]:
    up, down = x1 * (n2 - x2), (n1 - x1) * x2
    if down == 0:
        return NAN, NAN, NAN, NAN
    if up == 0:
        return 0.0, NAN, NAN, NAN
    odds = up / down
    log_se = math.sqrt(1 / x1 + 1 / (n1 - x1) + 1 / x2 + 1 / (n2 - x2))
    factor = math.exp(normal_quantile(level) * log_se)
    return odds, odds / factor, odds * factor, odds * log_se


def _conditional(x1: int, n1: int, x2: int, n2: int, level: float) -> tuple[float, float, float, float] | None:
    """events1 given the margins is noncentral hypergeometric: its mean and its tails are monotone in the odds ratio."""
    from scipy.special import gammaln

    events = x1 + x2
    low, high = max(0, events - n2), min(n1, events)
    if high - low >= MAX_TABLES:
        return None
    counts = np.arange(low, high + 1, dtype=np.float64)
    weight: Floats = -(gammaln(counts + 1) + gammaln(n1 - counts + 1))
    weight -= gammaln(events - counts + 1) + gammaln(n2 - events + counts + 1)
    tail = (1.0 - level) / 2.0

    def shares(log_odds: float) -> Floats:
        tilted = weight + counts * log_odds
        made = np.exp(tilted - tilted.max())
        return np.asarray(made / made.sum(), dtype=np.float64)

    def at_most(log_odds: float) -> float:
        return float(shares(log_odds)[counts <= x1].sum()) - tail

    def at_least(log_odds: float) -> float:
        return float(shares(log_odds)[counts >= x1].sum()) - tail

    def mean(log_odds: float) -> float:
        return float(shares(log_odds) @ (counts - x1))

    estimate = NAN if x1 == high else 0.0 if x1 == low else math.exp(_root(mean))
    lower = 0.0 if x1 == low else math.exp(_root(at_least))
    upper = NAN if x1 == high else math.exp(_root(at_most))
    return estimate, lower, upper, NAN


def _root(function: Callable[[float], float]) -> float:
    """Where a monotone function of the log odds ratio crosses 0, from one side to the other of the whole line."""
    from scipy.optimize import brentq

    width = 1.0
    while (function(-width) < 0.0) == (function(width) < 0.0):
        width *= 2.0
    return float(brentq(function, -width, width, xtol=1e-14, rtol=1e-14, maxiter=500))
