"""The scales Kaplan–Meier intervals are symmetric on, and what a printed rate with its limits says on each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from y90outcomes.published.checks.centred import Point, along_edges, limit_pairs, range_of
from y90outcomes.published.rounding import Printed, Span

PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Scale:
    """One transform of survival S in (0, 1).

    to, back   S to the scale, rising, and back
    spread     standard error on the scale per standard error of log S, as a function of S (R's survfit formulas)
    cut_low    a lower limit printed as 0 may stand for one beyond the scale, cut there
    cut_high   the same of an upper limit printed as 100 %
    """

    to: Callable[[float], float]
    back: Callable[[float], float]
    spread: Callable[[float], float]
    cut_low: bool
    cut_high: bool


def _log(s: float) -> float:
    return math.log(s) if s > 0 else -math.inf


def _log_log(s: float) -> float:
    return -math.inf if s <= 0 else math.inf if s >= 1 else -math.log(-math.log(s))


def _logit(s: float) -> float:
    return -math.inf if s <= 0 else math.inf if s >= 1 else math.log(s / (1.0 - s))


def _arcsine(s: float) -> float:
    return math.asin(math.sqrt(min(max(s, 0.0), 1.0)))


SCALES: dict[str, Scale] = {
    "log-log": Scale(_log_log, lambda y: math.exp(-math.exp(-y)), lambda s: 1.0 / -math.log(s), False, False),
    "log": Scale(_log, math.exp, lambda s: 1.0, False, True),
    "plain": Scale(lambda s: s, lambda y: y, lambda s: s, True, True),
    "logit": Scale(_logit, lambda y: 1.0 / (1.0 + math.exp(-y)), lambda s: 1.0 / (1.0 - s), False, False),
    "arcsine": Scale(
        _arcsine,
        lambda y: math.sin(min(max(y, 0.0), math.pi / 2.0)) ** 2,
        lambda s: 0.5 * math.sqrt(s / (1.0 - s)),
        True,
        True,
    ),
}
"""The transforms by the names of `estimators.kaplan_meier.band`, the default first."""

TINY = 1e-9
"""How near 0 and 1 a share is taken on scales that have no value there."""

FAR = 60.0
"""Where a limit cut at 0 or 100 % ends, beyond the scale: no rate with a finite standard error reaches it."""


def share(span: Span) -> Span:
    """A span in percent as a share, kept off 0 and 1."""
    low, high = span.low / PERCENT, span.high / PERCENT
    return Span(min(max(low, TINY), 1.0 - TINY), min(max(high, TINY), 1.0 - TINY))


def ends_on(scale: Scale, low: Span, high: Span, *, cut: bool = True) -> tuple[Span, Span]:
    """The two limits on a scale; `low` and `high` in percent. With `cut`, a limit that prints as 0 or 100 % may lie
    beyond where the transform allows it."""
    a, b = share(low), share(high)
    below, above = Span(scale.to(a.low), scale.to(a.high)), Span(scale.to(b.low), scale.to(b.high))
    if cut and scale.cut_low and low.low <= 0.0:
        below = Span(-FAR, below.high)
    if cut and scale.cut_high and high.high >= PERCENT:
        above = Span(above.low, FAR)
    return below, above


def implied_rate(scale: Scale, low: Span, high: Span) -> Span:
    """The rates, in percent, that lie in the middle of the limits on this scale; capped at 0 and 100."""
    below, above = ends_on(scale, low, high)
    least, most = (below.low + above.low) / 2, (below.high + above.high) / 2
    ends = [min(max(scale.back(min(y, FAR)), 0.0), 1.0) if y < FAR else 1.0 for y in (least, most)]
    return Span(PERCENT * ends[0], PERCENT * ends[1])


def joint_limits(scale: Scale, rate: Span, low: Span, high: Span) -> list[Point]:
    """Corners of the pairs of limits on the scale whose middle is the rate; [] when there is none."""
    middle = share(rate)
    below, above = ends_on(scale, low, high)
    return limit_pairs(Span(scale.to(middle.low), scale.to(middle.high)), below, above)


def effective_size(scale: Scale, rate: Span, low: Span, high: Span, quantile: float) -> Span | None:
    """The range of the effective number of patients (1 − S) / (S se²), se the standard error of log S.

    None where no pair of limits fits the rate. Searched along the edges of the polygon of limits.
    """
    corners = joint_limits(scale, rate, low, high)
    if not corners:
        return None

    def size(a: float, b: float) -> float:
        s = scale.back((a + b) / 2.0)
        if not 0.0 < s < 1.0 or b <= a:
            return math.nan
        se = (b - a) / (2.0 * quantile) / scale.spread(s)
        return (1.0 - s) / (s * se * se)

    return range_of(size, along_edges(corners))


def limits_of(scale: Scale, s: float, log_se: float, quantile: float) -> tuple[float, float]:
    """Limits in percent from S and the standard error of log S, cut to 0..100."""
    centre, half = scale.to(s), quantile * scale.spread(s) * log_se
    low, high = scale.back(centre - half), scale.back(centre + half)
    return PERCENT * max(low, 0.0), PERCENT * min(high, 1.0)


def prints(number: Printed, value: float) -> bool:
    """Whether a value prints so."""
    return number.span.holds(value)
