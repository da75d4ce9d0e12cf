"""Printed Kaplan–Meier medians against the rates printed at fixed times of the same group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from y90outcomes.published.checks.base import Check, not_checkable, widened, worst
from y90outcomes.published.rounding import Printed, Span

HALF = 50.0

MIDPOINT = "middle of a flat at 0.5 (R)"


@dataclass(frozen=True, slots=True)
class RateAt:
    """A printed rate in percent at a time in the median's unit, with its limits where they are printed."""

    time: float
    rate: Printed
    low: Printed | None = None
    high: Printed | None = None


def median_and_rates(
    median: Printed | None, limits: tuple[Printed | None, Printed | None] | None, rates: Sequence[RateAt]
) -> Check:
    """A printed median (None: not reached) with its interval against rates at fixed times.

    A rate above 50 % puts the median later, one below puts it earlier or there. A rate printed as 50.0 (to a decimal)
    with a later median is `method_differs`: the first time with S ≤ 0.5 is no later than that, R's middle of a flat at
    0.5 is, and so is a rate that lies just above.
    The median in its interval, and each limit against the band at the printed rates: the median's interval by inversion
    of the band ends where the band's limits cross 50 %, so a limit on the wrong side is `method_differs`, never worse
    (other intervals of a median exist). limits: None for no interval, (low, None) for an upper limit not reached.
    """
    checks = [_one(median, at) for at in rates]
    if limits is not None:
        checks.append(_inside(median, *limits))
        checks += [check for at in rates for check in _band(limits, at)]
    return worst(checks) if checks else not_checkable("no rate and no interval to hold the median against")


def _one(median: Printed | None, at: RateAt) -> Check:
    said = f"rate {at.rate} % at {at.time:g}, median {'not reached' if median is None else median}"
    span = at.rate.span
    if at.rate.value == HALF or span.low == HALF or span.high == HALF:
        if median is not None and median.span.low > at.time and at.rate.decimals > 0:
            sentence = (
                f"{said}: the first time at or below 50 % is no later than {at.time:g}; the middle of the flat at "
                "50 % may be, or the rate lies just above 50 %"
            )
            return Check("method_differs", "", MIDPOINT, sentence)
        return Check("agrees", "", "", said)
    if span.low > HALF:
        if median is None or median.span.high >= at.time:
            return Check("agrees", "", "", said)
        near = widened(median).high >= at.time or widened(at.rate).low <= HALF
        return Check("last_digit" if near else "disagrees", "", "", f"{said}: the median must be later")
    if median is not None and median.span.low <= at.time:
        return Check("agrees", "", "", said)
    near = widened(at.rate).high >= HALF or (median is not None and widened(median).low <= at.time)
    return Check("last_digit" if near else "disagrees", "", "", f"{said}: the median must be no later")


def _inside(median: Printed | None, low: Printed | None, high: Printed | None) -> Check:
    ends = f"{low if low is not None else 'not reached'} to {high if high is not None else 'not reached'}"
    said = f"median {'not reached' if median is None else median} ({ends})"
    if low is None and median is not None:
        return Check("disagrees", "", "", f"{said}: a lower limit not reached needs a median not reached")
    if median is None and high is not None:
        return Check("disagrees", "", "", f"{said}: a median not reached has no upper limit")
    for below, above in ((low, median), (median, high), (low, high)):
        if below is not None and above is not None and below.span.low > above.span.high:
            near = widened(below).meets(widened(above))
            return Check("last_digit" if near else "disagrees", "", "", f"{said}: {below} is above {above}")
    return Check("agrees", "", "", said)


def _band(limits: tuple[Printed | None, Printed | None], at: RateAt) -> list[Check]:
    """The band's limits at one time against the median's limits, only where both are clear of rounding."""
    found = []
    for name, end, rate_end in (("lower", limits[0], at.low), ("upper", limits[1], at.high)):
        if rate_end is None or end is None:
            continue
        late, early = end.span.low > at.time, end.span.high < at.time
        below, above = rate_end.span.high < HALF, rate_end.span.low > HALF
        if (late and below) or (early and above):
            sentence = (
                f"the {name} limit of the rate at {at.time:g} is {rate_end} %, so the median's {name} limit by "
                f"inversion is {'no later' if below else 'later'}; printed {end}"
            )
            found.append(Check("method_differs", "", "another interval of the median", sentence))
    return found


def median_between(rates: Sequence[RateAt]) -> Span:
    """Where the rates alone put the median: after the last time clearly above 50 %, no later than the first clearly
    below; 0 and infinity where no rate tells."""
    above = [at.time for at in rates if at.rate.span.low > HALF]
    below = [at.time for at in rates if at.rate.span.high < HALF]
    return Span(max(above, default=0.0), min(below, default=float("inf")))
