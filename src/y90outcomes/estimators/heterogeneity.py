"""How far the effects of several centres differ: Cochran's Q, I², τ², and the effects pooled."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL
from y90outcomes.estimators.arrays import as_vector, check_level, normal_quantile
from y90outcomes.estimators.numbers import Estimate, Floats, Test, invalid_test
from y90outcomes.estimators.p_values import chi_square_p, normal_p


@dataclass(frozen=True, slots=True)
class Heterogeneity:
    """q is Cochran's test, i2 a share from 0 to 1 with interval, tau2 on the squared scale of the effects, without
    interval; fixed and random are the pooled effects on the scale given, z and p against 0; k is the number of effects.
    """

    q: Test
    i2: Estimate
    tau2: Estimate
    fixed: Estimate
    random: Estimate
    k: int
    conventions: Mapping[str, str] = field(default_factory=dict)


def heterogeneity(effects: ArrayLike, errors: ArrayLike, *, level: float = LEVEL) -> Heterogeneity:
    """Heterogeneity of `effects` (k,), as log hazard or odds ratios, with standard `errors` (k,) above 0.

    Weights are 1/se². Q on k − 1 df (Cochran 1954, 10.2307/3001666); I² = max(0, 1 − (k − 1)/Q) with the test-based
    interval of Higgins and Thompson (2002, 10.1002/sim.1186); τ² of DerSimonian and Laird (1986,
    10.1016/0197-2456(86)90046-2), whose weights 1/(se² + τ²) give `random`. Equals metafor::rma.uni(method = "FE") and
    (method = "DL"), and the interval of meta::metagen. The unit of the effects is no matter.
    One effect: it is both pooled effects, the rest is NaN with a reason; none: all is NaN. Two effects with Q ≤ 2 give
    I² without interval, which the formula lacks there. Raises ValueError for missing values, lengths, errors ≤ 0.
    """
    y, s = as_vector("effects", effects), as_vector("errors", errors)
    if len(y) != len(s):
        raise ValueError(f"effects and errors differ in length: {len(y)} and {len(s)}")
    if (s <= 0.0).any():
        raise ValueError("errors must lie above 0")
    check_level(level)
    k, size = len(y), float(s.min()) if len(s) else 1.0
    with np.errstate(over="ignore"):
        y, s = y / size, s / size  # the smallest error is the unit, so that no square leaves the range of a double
        largest = float(np.abs(y).max(initial=0.0) ** 2 + s.max(initial=0.0) ** 2)
    if not math.isfinite(largest):
        reason = "effects and errors lie further apart than doubles hold"
        nothing = Estimate(n=k, level=level, valid=False, reason=reason)
        return Heterogeneity(invalid_test("q", reason, n=k), nothing, nothing, nothing, nothing, k)
    if k < 2:
        reason = "no effect to compare" if k == 0 else "one effect only: nothing to compare"
        nothing = Estimate(n=k, level=level, valid=False, reason=reason)
        pooled = _pooled(y, s, 0.0, level, size) if k else nothing
        return Heterogeneity(invalid_test("q", reason, n=k), nothing, nothing, pooled, pooled, k)
    weights = 1.0 / s**2
    q = float((weights * (y - (weights @ y) / weights.sum()) ** 2).sum())
    freedom = k - 1
    spread = float(weights.sum() - (weights**2).sum() / weights.sum())
    tau2 = max(0.0, (q - freedom) / spread)
    return Heterogeneity(
        Test("q", q, float(freedom), chi_square_p(q, freedom), k),
        _i2(q, k, level),
        Estimate(tau2 * size * size, n=k, level=level, reason="DerSimonian and Laird's τ² comes without an interval"),
        _pooled(y, s, 0.0, level, size),
        _pooled(y, s, tau2, level, size),
        k,
    )


def _i2(q: float, k: int, level: float) -> Estimate:
    freedom = k - 1
    share = max(0.0, 1.0 - freedom / q) if q > 0.0 else 0.0
    if q > k:
        se = 0.5 * (math.log(q) - math.log(freedom)) / (math.sqrt(2.0 * q) - math.sqrt(2.0 * k - 3.0))
    elif k > 2:
        se = math.sqrt((1.0 - 1.0 / (3.0 * (k - 2) ** 2)) / (2.0 * (k - 2)))
    else:
        reason = "two effects that agree give I² no interval"
        return Estimate(share, n=k, level=level, reason=reason)
    log_h = max(0.0, 0.5 * math.log(q / freedom)) if q > 0.0 else 0.0
    limits = [1.0 - math.exp(-2.0 * max(0.0, log_h + side * normal_quantile(level) * se)) for side in (-1.0, 1.0)]
    return Estimate(share, limits[0], limits[1], level, n=k)


def _pooled(y: Floats, s: Floats, tau2: float, level: float, size: float) -> Estimate:
    weights = 1.0 / (s**2 + tau2)
    centre, se = float(weights @ y / weights.sum()), float(1.0 / math.sqrt(weights.sum()))
    half, z = normal_quantile(level) * se, centre / se
    numbers = [centre * size, (centre - half) * size, (centre + half) * size]
    if not all(math.isfinite(number) for number in numbers):
        return Estimate(n=len(y), level=level, valid=False, reason="the pooled effect is beyond what a double holds")
    p = normal_p(z)
    return Estimate(numbers[0], numbers[1], numbers[2], level, se * size, z, p, len(y))
