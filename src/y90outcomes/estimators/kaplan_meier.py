"""Kaplan–Meier estimate of survival, its value at a time, its median and other quantiles."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import (
    TIME_TOLERANCE,
    as_survival,
    as_vector,
    check_level,
    check_name,
    normal_quantile,
)
from y90outcomes.estimators.numbers import NAN, Booleans, Curve, Estimate, Floats, Ints

T = TypeVar("T", bound=np.generic)

STEP_TOLERANCE = float(np.sqrt(np.finfo(float).eps))
"""S(t) within this of the wanted height counts as there: rounding must not move a median by an event."""


def kaplan_meier(
    time: ArrayLike, event: ArrayLike, *, interval: str = default("kaplan_meier_interval"), level: float = LEVEL
) -> Curve:
    """Product-limit estimate from time (n,) ≥ 0, any unit, and event (n,), 1 event or 0 censored.

    Events come before censorings at the same time; times equal up to 1e-9 relative are one time. interval: "log-log",
    "log", "plain", "logit" or "arcsine", on Greenwood's variance, limits within [0, 1] and NaN where R's
    `survfit(conf.type=)` has none. Kaplan and Meier, JASA 1958;53:457 (10.1080/01621459.1958.10501452); Kalbfleisch
    and Prentice 2002, §1.4.
    n = 0 gives one row whose survival is NaN. Raises ValueError for missing or negative times or events beyond 0 and 1.
    Equals R's survival::survfit.
    """
    times, died = as_survival(time, event)
    grid, deaths, censored, at_risk = life_table(times, died)
    return product_limit(grid, at_risk, deaths, censored, len(times), interval=interval, level=level)


def life_table(times: Floats, died: Booleans) -> tuple[Floats, Ints, Ints, Ints]:
    """Per distinct time, time 0 added: the time, events, censorings, number at risk just before; four arrays (m,)."""
    grid, index = np.unique(np.concatenate(([0.0], times)), return_inverse=True)
    index = index.reshape(-1)[1:]
    deaths = np.bincount(index[died], minlength=len(grid))
    censored = np.bincount(index[~died], minlength=len(grid))
    leaving = deaths + censored
    at_risk = len(times) - np.cumsum(leaving) + leaving
    return grid, deaths, censored, at_risk


def product_limit(
    grid: Floats, at_risk: Ints, events: Ints, censored: Ints, n: int, *, interval: str, level: float,
    conventions: dict[str, str] | None = None,
) -> Curve:  # fmt: skip
    """The curve of a life table: S = ∏(1 − d/r), Var log S = Σ d/(r(r − d)), interval by `band`.

    Own arithmetic: lifelines and statsmodels exponentiate a sum of logarithms, which loses the last digits a plateau at
    one half depends on, and keep no row for censorings. Tested equal to both and to R.
    """
    check_name("kaplan_meier_interval", interval)
    check_level(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        keep = np.where(events > 0, (at_risk - events) / at_risk, 1.0)
        added = np.where(events > 0, events / (at_risk * (at_risk - events).astype(np.float64)), 0.0)
    survival: Floats = np.cumprod(keep, dtype=np.float64) if n else np.full(1, NAN)
    log_se: Floats = np.sqrt(np.cumsum(added, dtype=np.float64))
    lower, upper = band(survival, log_se, interval, level)
    with np.errstate(invalid="ignore"):
        se: Floats = np.where(survival > 0.0, survival * log_se, 0.0) if n else np.full(1, NAN)
    return Curve(
        time=_frozen(grid),
        survival=_frozen(survival),
        lower=_frozen(lower),
        upper=_frozen(upper),
        se=_frozen(se),
        at_risk=_frozen(at_risk.astype(np.int64)),
        events=_frozen(events.astype(np.int64)),
        censored=_frozen(censored.astype(np.int64)),
        n=n,
        total_events=int(events.sum()),
        level=level,
        interval=interval,
        follow_up_end=float(grid[-1]) if n else NAN,
        conventions={"kaplan_meier_interval": interval, **(conventions or {})},
    )


def _frozen(array: NDArray[T]) -> NDArray[T]:
    array.flags.writeable = False
    return array


def band(survival: Floats, log_se: Floats, interval: str, level: float) -> tuple[Floats, Floats]:
    """Pointwise limits from S (m,) and the standard error of log S (m,): R's survfit formulas, its NA as NaN.

    With z the normal quantile and se that of log S: plain S ± z·S·se; log S·exp(± z·se); log-log
    S^exp(± z·se/log S); logit on log(S/(1−S)) with se/(1−S); arcsine on asin √S with ½·se·√(S/(1−S)).
    """
    z = normal_quantile(level)
    with np.errstate(all="ignore"):
        s = np.where(survival > 0.0, survival, np.nan)
        if interval == "plain":
            return np.maximum(s - z * s * log_se, 0.0), np.minimum(s + z * s * log_se, 1.0)
        if interval == "log":
            return s * np.exp(-z * log_se), np.minimum(s * np.exp(z * log_se), 1.0)
        s = np.where(s < 1.0, s, np.nan)
        if interval == "log-log":
            centre, half = np.log(-np.log(s)), z * log_se / -np.log(s)
            return np.exp(-np.exp(centre + half)), np.exp(-np.exp(centre - half))
        if interval == "logit":
            centre, half = np.log(s / (1.0 - s)), z * log_se / (1.0 - s)
            return 1.0 / (1.0 + np.exp(half - centre)), 1.0 / (1.0 + np.exp(-half - centre))
        centre, half = np.arcsin(np.sqrt(s)), 0.5 * z * log_se * np.sqrt(s / (1.0 - s))
        lower: Floats = np.sin(np.maximum(centre - half, 0.0)) ** 2
        upper: Floats = np.sin(np.minimum(centre + half, np.pi / 2.0)) ** 2
        return lower, upper


def survival_at(curve: Curve, times: ArrayLike) -> list[Estimate]:
    """The step value of the curve at each of `times`, its interval and standard error; n is the number at risk just
    before, events those up to and including the time.

    Past the last time anybody was seen the value is NaN with a reason, unless the curve has reached 0 and stays there.
    Raises ValueError for missing or negative times.
    times (m,) in the curve's unit. Kaplan and Meier, JASA 1958;53:457, 10.1080/01621459.1958.10501452; R's
    summary(survival::survfit, times=).
    """
    wanted = as_vector("times", np.atleast_1d(np.asarray(times, dtype=np.float64)))
    if (wanted < 0.0).any():
        raise ValueError("times must not be negative")
    slack = TIME_TOLERANCE * np.maximum(wanted, curve.time.mean())
    rows = np.searchsorted(curve.time, wanted + slack, side="right") - 1
    before = np.searchsorted(curve.time, wanted - slack, side="left")
    at_risk = np.append(curve.at_risk, 0)[before]
    happened = np.cumsum(curve.events)
    return [
        _value_at(curve, int(row), int(risk), int(happened[row]), past=bool(beyond))
        for row, risk, beyond in zip(rows, at_risk, wanted - slack > curve.follow_up_end, strict=True)
    ]


def _value_at(curve: Curve, row: int, at_risk: int, events: int, *, past: bool) -> Estimate:
    survival = float(curve.survival[row])
    reason = ""
    if curve.n == 0:
        reason = "nobody in the group"
    elif past and survival > 0.0:
        reason = "past the last time anybody was seen"
    if reason:
        return Estimate(
            level=curve.level, n=at_risk, events=events, valid=False, reason=reason, conventions=curve.conventions
        )
    lower, upper = float(curve.lower[row]), float(curve.upper[row])
    if np.isnan(lower):
        reason = f"the {curve.interval} interval does not exist where the curve is at {survival:g}"
    return Estimate(
        survival, lower, upper, curve.level, float(curve.se[row]), n=at_risk, events=events, reason=reason,
        conventions=curve.conventions,
    )  # fmt: skip


def median_survival(curve: Curve, rule: str = default("median_rule")) -> Estimate:
    """`survival_quantile` at one half: the median, in the curve's unit of time.

    The curve's arrays are (m,). R's survival::survfit, `print`. Sources as `survival_quantile`; raises
    ValueError for an unknown rule.
    """
    return survival_quantile(curve, 0.5, rule)


def survival_quantile(curve: Curve, p: float, rule: str = default("median_rule")) -> Estimate:
    """The time by which a share `p` has had the event, with its interval by inverting the curve's pointwise band.

    rule "first": the first time with S(t) ≤ 1 − p. rule "midpoint": when S stands at 1 − p, halfway from there to the
    next drop, or the first time when no drop follows; R's `print(survfit)`, which treats the limits alike. Heights are
    compared within √ε. The lower limit is where the band's lower limit comes down to 1 − p, the upper one where its
    upper limit does (Brookmeyer and Crowley, Biometrics 1982;38:29, 10.2307/2530286). What is never reached is NaN, in
    `not_reached`.
    n = 0 gives NaN with a reason. Raises ValueError for p outside (0, 1) or an unknown rule.
    The curve's arrays are (m,). R's quantile of a survival::survfit for "midpoint".
    """
    check_name("median_rule", rule)
    if not 0.0 < p < 1.0:
        raise ValueError(f"p must lie between 0 and 1, got {p}")
    conventions = {**curve.conventions, "median_rule": rule}
    if curve.n == 0:
        return Estimate(
            level=curve.level, n=0, events=0, valid=False, reason="nobody in the group", conventions=conventions
        )
    found = {
        name: _crossing(curve.time, heights, 1.0 - p, midpoint=rule == "midpoint")
        for name, heights in (("estimate", curve.survival), ("lower", curve.lower), ("upper", curve.upper))
    }
    missed = tuple(name for name, time in found.items() if np.isnan(time))
    reason = ""
    if "estimate" in missed:
        reason = f"not reached: the curve stays above {1.0 - p:g}"
    elif missed:
        reason = " and ".join(missed) + f" limit not reached: the band stays above {1.0 - p:g}"
    return Estimate(
        found["estimate"], found["lower"], found["upper"], level=curve.level, n=curve.n,
        events=curve.total_events, reason=reason, not_reached=missed, conventions=conventions,
    )  # fmt: skip


def _crossing(time: Floats, heights: Floats, target: float, *, midpoint: bool) -> float:
    """First time with height ≤ target, or midway to the next lower height if it stands at target; NaN if never."""
    known = ~np.isnan(heights)
    below = np.flatnonzero(known & (heights < target + STEP_TOLERANCE))
    if below.size == 0:
        return NAN
    first = float(time[below[0]])
    if not midpoint or abs(heights[below[0]] - target) >= STEP_TOLERANCE:
        return first
    lower = below[heights[below] < heights[below[0]]]
    return (first + float(time[lower[0]])) / 2.0 if lower.size else first
