"""The frozen numbers every estimator returns. A number not to be trusted is NaN with a reason, never plausible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from y90outcomes.conventions import LEVEL

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]

NAN = float("nan")
_NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Estimate:
    """One number with its interval.

    `valid` is False when `estimate` must not be shown as a number; then it is NaN and `reason` says why. A limit (or
    the estimate itself) that lies beyond the data is NaN and named in `not_reached` ("estimate", "lower", "upper");
    that is an answer, so `valid` stays True and `reason` says what was not reached. A valid estimate whose limits are
    NaN and not in `not_reached` has no interval; `reason` says why. `se` is on the scale of `estimate`; `conventions`
    maps item to name as in `y90outcomes.conventions`.
    """

    estimate: float = NAN
    lower: float = NAN
    upper: float = NAN
    level: float = LEVEL
    se: float = NAN
    statistic: float = NAN
    p: float = NAN
    n: int = 0
    events: int | None = None
    valid: bool = True
    reason: str = ""
    not_reached: tuple[str, ...] = ()
    conventions: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class Test:
    """One test. `df` is NaN for a test without degrees of freedom, `statistic` NaN for one without a statistic."""

    __test__ = False  # not a test class, whatever a test runner thinks of the name

    name: str
    statistic: float = NAN
    df: float = NAN
    p: float = NAN
    n: int = 0
    valid: bool = True
    reason: str = ""
    conventions: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True)
class Description:
    """One numeric variable. `n` counts the values described, `missing` the rest; numbers are NaN when n = 0."""

    n: int
    missing: int
    mean: float
    sd: float
    median: float
    q1: float
    q3: float
    low: float
    high: float
    conventions: Mapping[str, str] = field(default_factory=lambda: _NONE)


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A right-continuous step curve: one row at time 0 and one per distinct time, read-only arrays of one length.

    `at_risk` counts subjects just before `time`; `events` and `censored` happen at it; `survival` holds from `time`
    until the next row. The first row has at_risk = n and survival 1, unless events happen at time 0 itself. `se` is
    Greenwood's standard error of `survival`. `lower` and `upper` are NaN where the transform has no interval (as in R:
    at 0 always, at 1 for log-log, logit and arcsine). `follow_up_end` is the last time anybody was seen, NaN for n = 0.
    """

    time: Floats
    survival: Floats
    lower: Floats
    upper: Floats
    se: Floats
    at_risk: Ints
    events: Ints
    censored: Ints
    n: int
    total_events: int
    level: float
    interval: str
    follow_up_end: float
    conventions: Mapping[str, str] = field(default_factory=lambda: _NONE)


def invalid_test(name: str, reason: str, *, n: int = 0, conventions: Mapping[str, str] = _NONE) -> Test:
    """A test that gives no number, with the reason."""
    return Test(name, n=n, valid=False, reason=reason, conventions=conventions)
