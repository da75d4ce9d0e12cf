"""Aalen–Johansen cumulative incidence of competing events, with its value at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from y90outcomes.conventions import LEVEL, default
from y90outcomes.estimators.arrays import TIME_TOLERANCE, as_vector, check_level, check_name, tie_times
from y90outcomes.estimators.kaplan_meier import band
from y90outcomes.estimators.numbers import NAN, Estimate, Floats, Ints

_ROUNDING = 1e-13
"""A variance below this share of the terms it is summed from is nought: what is left of them is rounding."""


@dataclass(frozen=True, slots=True, eq=False)
class CumulativeIncidence:
    """Right-continuous step curves of k causes: a row at time 0 and one per distinct time, read-only arrays.

    time (m,); incidence, se, lower, upper and events (m, k), a column per cause 1 … k; at_risk (m,) just before the
    time and censored (m,) at it; `survival` (m,) is the share without any event, 1 − the sum of `incidence`. Limits are
    NaN where the transform has none (at 0 always, at 1 for log-log). `follow_up_end` is the last time anybody was seen,
    NaN for n = 0.
    """

    time: Floats
    incidence: Floats
    lower: Floats
    upper: Floats
    se: Floats
    survival: Floats
    at_risk: Ints
    events: Ints
    censored: Ints
    n: int
    level: float
    interval: str
    follow_up_end: float
    conventions: Mapping[str, str] = field(default_factory=dict)


def aalen_johansen(
    time: ArrayLike,
    state: ArrayLike,
    *,
    causes: int = 2,
    interval: str = default("cumulative_incidence_interval"),
    level: float = LEVEL,
) -> CumulativeIncidence:
    """Cumulative incidence from time (n,) ≥ 0, any unit, and state (n,): 0 censored, 1 … `causes` the event that came.

    F_j(t) = Σ S(s−) d_j(s)/r(s), events of all causes before censorings at one time, ties exact (lifelines moves tied
    times at random). Variance by the delta method with multinomial counts at each time: Σ S(s−)² d_j(r − d_j)/r³
    + Σ (F_j(t) − F_j(s))² d/(r(r − d)) − 2 Σ (F_j(t) − F_j(s)) S(s−) d_j/r², which is R's `survival::survfit` of a
    multi-state `Surv` (its infinitesimal jackknife) and, with one cause, Greenwood's. interval: "log-log", "log" or
    "plain" on F itself, as `survfit(conf.type=)`; NaN where it does not exist and where F is still 0. Aalen and
    Johansen, Scand J Stat 1978;5:141; Dinse and Larson, Biometrika 1986;73:379 (10.1093/biomet/73.2.379).
    n = 0 gives one row of NaN. Raises ValueError for missing or negative times, another state or causes < 1.
    """
    check_name("cumulative_incidence_interval", interval)
    times, states = _checked(time, state, causes)
    grid, row = np.unique(np.concatenate(([0.0], times)), return_inverse=True)
    row = row.reshape(-1)[1:]
    counts = np.bincount(row * (causes + 1) + states, minlength=len(grid) * (causes + 1)).reshape(-1, causes + 1)
    censored, events = counts[:, 0], counts[:, 1:]
    leaving = counts.sum(axis=1)
    at_risk = len(times) - np.cumsum(leaving) + leaving
    if len(times):
        incidence, variance, survival = _steps(events, at_risk)
    else:
        incidence, variance, survival = np.full((1, causes), NAN), np.full((1, causes), NAN), np.full(1, NAN)
    se = np.sqrt(variance)
    with np.errstate(all="ignore"):
        lower, upper = band(incidence, np.where(incidence > 0.0, se / incidence, 0.0), interval, check_level(level))
    for array in (grid, incidence, lower, upper, se, survival, at_risk, events, censored):
        array.flags.writeable = False
    return CumulativeIncidence(
        time=grid,
        incidence=incidence,
        lower=lower,
        upper=upper,
        se=se,
        survival=survival,
        at_risk=at_risk.astype(np.int64),
        events=events.astype(np.int64),
        censored=censored.astype(np.int64),
        n=len(times),
        level=level,
        interval=interval,
        follow_up_end=float(grid[-1]) if len(times) else NAN,
        conventions={"cumulative_incidence_interval": interval},
    )


def _checked(time: ArrayLike, state: ArrayLike, causes: int) -> tuple[Floats, Ints]:
    times, states = as_vector("time", time), as_vector("state", state)
    if causes < 1:
        raise ValueError(f"causes must be at least 1, got {causes}")
    if len(times) != len(states):
        raise ValueError(f"time and state differ in length: {len(times)} and {len(states)}")
    if (times < 0.0).any():
        raise ValueError(f"time holds {int((times < 0.0).sum())} negative values")
    if not np.isin(states, np.arange(causes + 1)).all():
        raise ValueError(f"state must hold 0 (censored) and 1 to {causes} only")
    return tie_times(times), states.astype(np.int64)


def _steps(events: Ints, at_risk: Ints) -> tuple[Floats, Floats, Floats]:
    """F (m, k), its variance (m, k) and S (m,). The sums over (F(t) − F(s))² are opened up, so that one pass does."""
    d: Ints = events.sum(axis=1)
    r: Floats = at_risk.astype(np.float64)
    happened = d > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        survival: Floats = np.cumprod(np.where(happened, (at_risk - d) / r, 1.0), dtype=np.float64)
        before = np.concatenate(([1.0], survival[:-1]))
        steps = np.where(happened[:, np.newaxis], before[:, np.newaxis] * events / r[:, np.newaxis], 0.0)
        # where everybody left has an event, F does not move any more: d/(r(r − d)) stands with a nought
        all_causes: Floats = np.where(happened & (at_risk > d), d / (r * (r - d)), 0.0)[:, np.newaxis]
        own = np.where(
            happened[:, np.newaxis],
            (before**2)[:, np.newaxis] * events * (r[:, np.newaxis] - events) / (r**3)[:, np.newaxis],
            0.0,
        )
        mixed = np.where(happened[:, np.newaxis], before[:, np.newaxis] * events / (r**2)[:, np.newaxis], 0.0)
    incidence: Floats = np.cumsum(steps, axis=0)
    first, second, third = (np.cumsum(all_causes * incidence**power, axis=0) for power in (0, 1, 2))
    plus = np.cumsum(own, axis=0) + incidence**2 * first + third + 2.0 * np.cumsum(incidence * mixed, axis=0)
    minus = 2.0 * incidence * (second + np.cumsum(mixed, axis=0))
    variance: Floats = np.where(plus - minus > _ROUNDING * plus, plus - minus, 0.0)
    return incidence, variance, survival


def incidence_at(curve: CumulativeIncidence, times: ArrayLike, cause: int = 1) -> list[Estimate]:
    """Cumulative incidence of `cause` (1 … k) at each of `times`, its interval and standard error; n is the number at
    risk just before, events those of the cause up to and including the time.

    Past the last time anybody was seen it is NaN with a reason, unless everybody has had an event. R's
    `summary(survfit, times=)`. Raises ValueError for missing or negative times or an unknown cause.
    times (m,) in the curve's unit. Aalen and Johansen, Scand J Stat 1978;5:141; `survival::survfit`.
    """
    wanted = as_vector("times", np.atleast_1d(np.asarray(times, dtype=np.float64)))
    if (wanted < 0.0).any():
        raise ValueError("times must not be negative")
    if not 1 <= cause <= curve.incidence.shape[1]:
        raise ValueError(f"cause must be 1 to {curve.incidence.shape[1]}, got {cause}")
    slack = TIME_TOLERANCE * np.maximum(wanted, curve.time.mean())
    rows = np.searchsorted(curve.time, wanted + slack, side="right") - 1
    before = np.searchsorted(curve.time, wanted - slack, side="left")
    at_risk = np.append(curve.at_risk, 0)[before]
    happened = np.cumsum(curve.events[:, cause - 1])
    past = wanted - slack > curve.follow_up_end
    return [
        _value(curve, cause - 1, int(row), int(risk), int(happened[row]), past=bool(beyond))
        for row, risk, beyond in zip(rows, at_risk, past, strict=True)
    ]


def _value(curve: CumulativeIncidence, cause: int, row: int, at_risk: int, events: int, *, past: bool) -> Estimate:
    reason = ""
    if curve.n == 0:
        reason = "nobody in the group"
    elif past and curve.at_risk[-1] > curve.events[-1].sum():
        reason = "past the last time anybody was seen"
    if reason:
        return Estimate(
            level=curve.level, n=at_risk, events=events, valid=False, reason=reason, conventions=curve.conventions
        )
    value, lower, upper = (float(array[row, cause]) for array in (curve.incidence, curve.lower, curve.upper))
    if np.isnan(lower):
        reason = f"the {curve.interval} interval does not exist where the curve is at {value:g}"
    return Estimate(
        value, lower, upper, curve.level, float(curve.se[row, cause]), n=at_risk, events=events, reason=reason,
        conventions=curve.conventions,
    )  # fmt: skip
