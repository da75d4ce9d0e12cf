"""Printed Kaplan–Meier rates: their intervals, the patients they imply, their order in time, and the median."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from y90outcomes.conventions import LEVEL
from y90outcomes.estimators.arrays import normal_quantile
from y90outcomes.published.checks.base import (
    MORE_DIGITS,
    Check,
    names_text,
    not_checkable,
    number_text,
    span_text,
    widened,
)
from y90outcomes.published.checks.km_scales import (
    PERCENT,
    SCALES,
    Scale,
    effective_size,
    implied_rate,
    joint_limits,
    limits_of,
    prints,
)
from y90outcomes.published.checks.proportions import counts_from_percent
from y90outcomes.published.rounding import Printed, Span

RateWithLimits = tuple[Printed, Printed, Printed]
"""Rate, lower and upper limit, in percent."""


def rate_interval(rate: Printed, low: Printed, high: Printed, n: int | None = None, level: float = LEVEL) -> Check:
    """Which transform prints a Kaplan–Meier rate with both its limits, in percent.

    On its own scale every one of them is symmetric, so the limits' middle must be the rate over all joint rounding.
    Greenwood's variance is never below that of n patients without censoring, because at most n·S(t−) are at risk: with
    `n`, a narrower interval than that disagrees.

    agrees         the transforms in `method`
    last_digit     one of the three numbers one unit off heals it
    disagrees      no transform; the sentence says which rate the limits imply under each
    not_checkable  a rate of 0 or 100 %, which has no such interval
    """
    said = f"{rate} % ({low} to {high})"
    if rate.value <= 0 or rate.value >= PERCENT:
        return not_checkable(f"{said}: a rate of 0 or 100 % has no interval of this kind")
    digits = rate.decimals + MORE_DIGITS
    if low.span.low > high.span.high:
        return Check("disagrees", "", "", f"{said}: the lower limit is above the upper one")
    fitting = [name for name, scale in SCALES.items() if joint_limits(scale, rate.span, low.span, high.span)]
    implied = {name: span_text(implied_rate(scale, low.span, high.span), digits) for name, scale in SCALES.items()}
    if fitting:
        return _against_n(rate, low, high, fitting, implied[fitting[0]], n, level)
    near = [name for name, scale in SCALES.items() if _a_unit_heals(scale, rate, low, high)]
    if near:
        sentence = f"{said}: one unit of a last digit from {near[0]}, whose limits imply {implied[near[0]]} %"
        return Check("last_digit", implied[near[0]], names_text(near), sentence)
    nearest = min(SCALES, key=lambda name: rate.span.gap(implied_rate(SCALES[name], low.span, high.span)))
    every = "; ".join(f"{name} {text} %" for name, text in implied.items())
    return Check("disagrees", implied[nearest], nearest, f"{said}: no transform prints it; the limits imply {every}")


def effective_n(
    rate: Printed, low: Printed, high: Printed, transform: str = "log-log", level: float = LEVEL
) -> Span | None:
    """The range of the effective number of patients, (1 − S) / (S se(log S)²), over all joint roundings.

    Without censoring before that time it is the number of patients; with censoring it is less. None where the rate is
    not in the middle of its limits on this transform, or is 0 or 100 %.
    Raises ValueError for an unknown transform.
    """
    if rate.value <= 0 or rate.value >= PERCENT:
        return None
    return effective_size(_scale(transform), rate.span, low.span, high.span, normal_quantile(level))


def uncensored_counts(
    rate: Printed,
    low: Printed | None,
    high: Printed | None,
    most: int,
    transform: str = "log-log",
    level: float = LEVEL,
) -> tuple[tuple[int, int], ...]:
    """Every (alive, n) with n ≤ `most` whose rate alive/n prints so, with its limits where both are given.

    Nobody censored before that time: S = alive/n, se(log S)² = (1 − S)/(n S) (Greenwood). Raises ValueError for an
    unknown transform.
    """
    scale, z = _scale(transform), normal_quantile(level)
    found = []
    for n in range(1, most + 1):
        first = max(0, int(rate.span.low * n / PERCENT) - 1)
        for alive in range(first, min(n, int(rate.span.high * n / PERCENT) + 1) + 1):
            if not prints(rate, PERCENT * alive / n):
                continue
            if low is not None and high is not None:
                s = alive / n
                if not 0.0 < s < 1.0:
                    continue
                ends = limits_of(scale, s, ((1.0 - s) / (n * s)) ** 0.5, z)
                if not (prints(low, ends[0]) and prints(high, ends[1])):
                    continue
            found.append((alive, n))
    return tuple(found)


def rates_in_order(rates: Sequence[tuple[float, Printed]], *, rising: bool = False) -> Check:
    """Whether rates by time never rise (survival) or never fall (`rising`: cumulative incidence). Order of rows does
    not matter. One rate alone is not checkable; equal times must print the same rate within rounding."""
    if len(rates) < 2:
        return not_checkable("one rate has no order")
    by_time = sorted(rates, key=lambda pair: pair[0])
    for (before, first), (after, second) in pairwise(by_time):
        down = (first, second) if not rising else (second, first)
        same_time = before == after
        if down[0].span.high < down[1].span.low or (same_time and not first.span.meets(second.span)):
            verb = "differ at" if same_time else ("fall" if rising else "rise") + " between"
            when = f"{before:g}" if same_time else f"{before:g} and {after:g}"
            near = widened(down[0]).meets(widened(down[1]))
            sentence = f"rates {verb} {when}: {first} % and {second} %"
            return Check("last_digit" if near else "disagrees", "", "", sentence)
    return Check("agrees", "", "", f"rates never {'fall' if rising else 'rise'} over {len(rates)} times")


def _scale(transform: str) -> Scale:
    if transform not in SCALES:
        raise ValueError(f"transform must be one of {', '.join(SCALES)}")
    return SCALES[transform]


def _against_n(
    rate: Printed, low: Printed, high: Printed, fitting: list[str], text: str, n: int | None, level: float
) -> Check:
    said, z = f"{rate} % ({low} to {high})", normal_quantile(level)
    sizes = {name: effective_size(SCALES[name], rate.span, low.span, high.span, z) for name in fitting}
    if n is None:
        return Check("agrees", text, names_text(fitting), f"{said}: {names_text(fitting)}")
    possible = [name for name, size in sizes.items() if size is None or Span(size.low, size.low).gap(Span(0, n)) == 0.0]
    if possible:
        size = sizes[possible[0]]
        shown = "" if size is None else f", effective number {span_text(size, 1)} of {n} patients"
        if size is not None and size.holds(float(n)):
            shown += _truncated_count(rate, n)
        return Check("agrees", text, names_text(possible), f"{said}: {names_text(possible)}{shown}")
    size = sizes[fitting[0]]
    needed = "" if size is None else number_text(size.low, 1)
    wide = [name for name in fitting if _wide_enough(SCALES[name], rate, low, high, n, z)]
    sentence = f"{said}: narrower than {n} patients can give; {fitting[0]} needs at least {needed}"
    return Check("last_digit" if wide else "disagrees", text, names_text(wide or fitting), sentence)


def _truncated_count(rate: Printed, n: int) -> str:
    """A remark where, nobody censored, only truncation prints the rate as a count of n."""
    counts = counts_from_percent(rate, n, cut=True)
    rounded = counts_from_percent(rate, n)
    if rounded or not counts:
        return ""
    text = number_text(PERCENT * counts[0] / n, rate.decimals + MORE_DIGITS)
    return f"; without censoring {counts[0]}/{n} is {text} %, which prints so only truncated"


def _wide_enough(scale: Scale, rate: Printed, low: Printed, high: Printed, n: int, z: float) -> bool:
    size = effective_size(scale, widened(rate), widened(low), widened(high), z)
    return size is not None and size.low <= n


def _a_unit_heals(scale: Scale, rate: Printed, low: Printed, high: Printed) -> bool:
    three = (rate, low, high)
    return any(
        joint_limits(scale, *(widened(number) if place == moved else number.span for place, number in enumerate(three)))
        for moved in range(3)
    )
