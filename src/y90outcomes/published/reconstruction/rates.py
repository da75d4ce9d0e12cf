"""What a paper prints about one group's Kaplan–Meier curve, as numbers an event history must reproduce."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

import numpy as np

from y90outcomes.conventions import LEVEL
from y90outcomes.errors import Fault, InputError
from y90outcomes.estimators.arrays import check_level, check_name
from y90outcomes.estimators.kaplan_meier import band
from y90outcomes.published.rounding import Printed

ROUNDINGS = ("half", "truncated", "either")
"""half: half up or half to even, whichever prints it; truncated: digits cut off; either: any of the three."""

NEVER = "not reached"
"""How a page prints a median or a limit that the curve does not come down to."""

CURVES = ("survival", "lower", "upper")

DIGITS = 12
"""Digits at which a number is read before it is rounded: 16.15 stored as 16.149999999999999 still is 16.15."""


@dataclass(frozen=True, slots=True)
class Span:
    """The numbers that print as one printed number: from `low`, included, to `high`, included where `closed`."""

    low: float
    high: float
    closed: bool = True

    def holds(self, value: float) -> bool:
        """Whether `value` prints so; NaN does not."""
        read = float(f"{value:.{DIGITS}g}")
        return self.low <= read < self.high or (self.closed and read == self.high)


@dataclass(frozen=True, slots=True)
class Rate:
    """Survival at `time` in per cent with the limits of its interval; a part that is not printed is None."""

    id: str
    time: float
    survival: Span | None = None
    lower: Span | None = None
    upper: Span | None = None


@dataclass(frozen=True, slots=True)
class Crossing:
    """When `curve` (survival, or a limit of its band) comes down to one half. `span` None: it never does.

    rule: a name of conventions `median_rule`; it matters for the survival curve alone.
    interval: transform of the band, "" that of the group's rates.
    """

    id: str
    curve: str
    span: Span | None
    rule: str = "first"
    interval: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """One group as printed.

    n           patients
    interval    transform of the band: a name of conventions `kaplan_meier_interval`
    rates       in order of time
    crossings   medians and the limits of their intervals
    events      fewest and most events, None where unknown
    known       spans of event times known one by one (a patient table), in order of time
    last        nobody was seen after this time; None: unknown
    seen        nobody left before this time but by the event (0: not known)
    """

    id: str
    n: int
    interval: str
    rates: tuple[Rate, ...] = ()
    crossings: tuple[Crossing, ...] = ()
    events: tuple[int, int] | None = None
    known: tuple[Span, ...] = ()
    last: float | None = None
    seen: float = 0.0
    level: float = LEVEL


def printed_span(printed: Printed, rounding: str = "half") -> Span:
    """The numbers that print as `printed` (≥ 0) under a name of `ROUNDINGS`.

    Half to even takes the upper half-way point only where the last digit is even. Raises ValueError for another name
    or a negative number.
    """
    if rounding not in ROUNDINGS or printed.number < 0:
        raise ValueError(f"rounding is one of {', '.join(ROUNDINGS)} of a number from 0, got {rounding!r}, {printed}")
    number, unit = printed.number, printed.unit
    below, above, closed = number, number + unit, False
    if rounding != "truncated":
        below = number - unit / 2
    if rounding == "half":
        above, closed = number + unit / 2, int(number / unit) % 2 == 0
    return Span(float(max(below, Decimal(0))), float(above), closed)


def check_group(group: Group) -> Group:
    """`group` itself, or InputError: no patients, rates or known times out of order, unknown names."""
    times = [rate.time for rate in group.rates]
    faults = []
    if group.n < 1:
        faults.append(Fault(group.id, f"{group.n} patients", "a whole number from 1"))
    if any(b <= a for a, b in zip([0.0, *times], times, strict=False)):
        faults.append(Fault(group.id, "times of rates not in order", "each later than the one before, from above 0"))
    marks = sorted([(t, t) for t in times] + [(span.low, span.high) for span in group.known])
    if any(b[0] < a[1] for a, b in itertools.pairwise(marks)):
        faults.append(
            Fault(
                group.id,
                "a known event time cannot be told from another, or from the time of a rate, at its printed digits",
                action="give it with more decimals",
            )
        )
    if faults:
        raise InputError(faults)
    check_name("kaplan_meier_interval", group.interval)
    check_level(group.level)
    for crossing in group.crossings:
        check_name("median_rule", crossing.rule)
        check_name("kaplan_meier_interval", crossing.interval or group.interval)
    return group


@lru_cache(maxsize=200_000)
def limits(interval: str, level: float, survival: float, variance: float) -> tuple[float, float]:
    """Lower and upper limit of the band at S and Var log S, as `estimators.kaplan_meier.band` gives them."""
    lower, upper = band(np.array([survival]), np.sqrt(np.array([variance])), interval, level)
    return float(lower[0]), float(upper[0])


def parts(group: Group) -> Iterator[tuple[str, str]]:
    """(statistic, part) of every printed number of the group; known times are none."""
    for rate in group.rates:
        for curve in CURVES:
            if getattr(rate, curve) is not None:
                yield rate.id, curve
    for crossing in group.crossings:
        yield crossing.id, crossing.curve


def without(group: Group, dropped: Sequence[tuple[str, str]]) -> Group:
    """The group as if the (statistic, part)s in `dropped` had not been printed."""
    gone = set(dropped)
    rates = []
    for rate in group.rates:
        fields: dict[str, Any] = {curve: None for curve in CURVES if (rate.id, curve) in gone}
        rates.append(dataclasses.replace(rate, **fields))
    kept = tuple(c for c in group.crossings if (c.id, c.curve) not in gone)
    return dataclasses.replace(group, rates=tuple(rates), crossings=kept)


def prints(group: Group, rate: Rate, at_risk: int, survival: float, variance: float) -> bool:
    """Whether the curve prints as `rate` says, each part that is printed; a curve nobody is on any more prints none."""
    if rate.survival is rate.lower is rate.upper is None:
        return True
    if not at_risk and survival > 0.0:
        return False
    if rate.survival is not None and not rate.survival.holds(100.0 * survival):
        return False
    if rate.lower is None and rate.upper is None:
        return True
    lower, upper = limits(group.interval, group.level, survival, variance)
    return (rate.lower is None or rate.lower.holds(100.0 * lower)) and (
        rate.upper is None or rate.upper.holds(100.0 * upper)
    )


def bounds(group: Group, rate: Rate | None) -> tuple[float, float, float]:
    """The (least S, most S, most Var log S) that can print as `rate`, somewhat widened; no rate allows all.

    Var log S by a grid over S: at each height a limit moves away as the variance grows.
    """
    if rate is None or rate.survival is None:
        return 0.0, 1.0, math.inf
    low, high, most = rate.survival.low / 100.0, rate.survival.high / 100.0, math.inf
    heights = np.linspace(max(low, 1e-6), min(high, 1.0 - 1e-9), 33)
    errors = np.geomspace(1e-3, 20.0, 4000)
    for place, name in enumerate(("lower", "upper")):
        span: Span | None = getattr(rate, name)
        if span is None or (name == "upper" and span.high >= 100.0) or (name == "lower" and span.low <= 0.0):
            continue
        reach = 0.0
        for height in heights:
            limit = 100.0 * band(np.full(len(errors), height), errors, group.interval, group.level)[place]
            inside = limit >= span.low if name == "lower" else limit <= span.high
            reach = max(reach, float(errors[inside].max(initial=0.0)))
        most = min(most, (reach * 1.01) ** 2)
    return low * (1.0 - 1e-9), high * (1.0 + 1e-9), most
