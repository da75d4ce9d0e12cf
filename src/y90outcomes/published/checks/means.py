"""Means, medians and standard deviations that cannot be: GRIM, GRIMMER, and what a range or plausible bounds allow.

GRIM: Brown and Heathers, doi:10.1177/1948550616673876. GRIMMER: Anaya, doi:10.7287/peerj.preprints.2400v1.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor, inf, isfinite, sqrt

from y90outcomes.published.checks.base import (
    MORE_DIGITS,
    Check,
    judge_exact,
    nearness,
    not_checkable,
    number_text,
    span_text,
    widened,
    worst,
)
from y90outcomes.published.rounding import Printed, Span

SE_NEAR = 0.2
"""How near, as a share, a ratio of spreads must be to √n for the remark that one of them may be a standard error."""


def grim(mean: Printed, n: int, granularity: Fraction | int = 1) -> Check:
    """Whether n values that are multiples of `granularity` (1: whole numbers; 1/k: means of k items) have such a mean.

    agrees, last_digit ("truncated" where truncation prints it, else one unit off), disagrees with the nearest possible
    means. Not checkable where every printed mean is possible (n / granularity at least one per printed unit), for
    n < 1 or a granularity that is not positive.
    """
    if n < 1 or granularity <= 0:
        return not_checkable("no values, or no granularity")
    step = Fraction(granularity) / n
    if step <= Fraction(mean.unit):
        return not_checkable(f"every mean at {mean.decimals} decimals is possible with n = {n}", "GRIM")
    low, high = floor(Fraction(mean.number) / step), ceil(Fraction(mean.number) / step)
    verdicts = [(judge_exact(mean, step * total), step * total) for total in (low, high)]
    text = " or ".join(dict.fromkeys(number_text(float(v), mean.decimals + MORE_DIGITS) for _, v in verdicts))
    for wanted in ("agrees", "last_digit"):
        for (verdict, rules), value in verdicts:
            if verdict == wanted:
                shown = number_text(float(value), mean.decimals + MORE_DIGITS)
                cut = "truncated" if wanted == "last_digit" and rules else ""
                return Check(verdict, shown, ("GRIM " + cut).strip(), f"mean {mean} of {n} values: {shown} is possible")
    return Check("disagrees", text, "GRIM", f"mean {mean} of {n} values cannot be; the nearest are {text}")


def grimmer(mean: Printed, sd: Printed, n: int, granularity: Fraction | int = 1) -> Check:
    """Whether n multiples of `granularity` can have both the mean and the SD (divisor n − 1, or n: `method_differs`).

    The sum T prints as the mean, the sum of squares Q as the SD, Q ≥ T²/n, and Q has the parity of T (a square has that
    of its root). Necessary, not sufficient: what passes may still be impossible. Fails with GRIM where no T exists.
    Not checkable for n < 2.
    """
    if n < 2 or granularity <= 0:
        return not_checkable("an SD needs two values")
    first = grim(mean, n, granularity)
    if first.verdict == "disagrees":
        return first
    unit = Fraction(granularity)
    for wide, verdict in ((False, "agrees"), (True, "last_digit")):
        for divisor, name in ((n - 1, "sample SD"), (n, "population SD")):
            if _squares_exist(mean, sd, n, unit, divisor, wide):
                if verdict == "agrees":
                    made = Check("agrees" if divisor < n else "method_differs", "", f"GRIMMER, {name}", "")
                else:
                    made = Check("last_digit", "", f"GRIMMER, {name}", "")
                sentence = f"mean {mean}, SD {sd} of {n} values: possible as a {name}"
                sentence += " one unit off" if wide else ""
                done = Check(made.verdict, made.recomputed, made.method, sentence)
                return done if first.verdict == "not_checkable" else worst([done, first])
    sentence = f"mean {mean}, SD {sd} of {n} values cannot be: no sum of squares of the right parity"
    return Check("disagrees", "", "GRIMMER", sentence)


def _squares_exist(mean: Printed, sd: Printed, n: int, unit: Fraction, divisor: int, wide: bool) -> bool:
    half_mean, half_sd = Fraction(mean.unit) / 2, Fraction(sd.unit) * (1 if wide else Fraction(1, 2))
    lows = (Fraction(mean.number) - half_mean) * n / unit
    highs = (Fraction(mean.number) + half_mean) * n / unit
    least = max(Fraction(sd.number) - half_sd, Fraction(0)) / unit
    most = (Fraction(sd.number) + half_sd) / unit
    totals = range(ceil(lows), floor(highs) + 1)
    # many totals: some of them always fits once the room for squares exceeds 2
    for total in totals[:2000]:
        centre = Fraction(total * total, n)
        room = (centre + divisor * least**2, centre + divisor * most**2)
        q = max(ceil(room[0]), _fewest_squares(total, n))
        q += (q - total) % 2
        if q <= room[1]:
            return True
    return len(totals) > 2000


def _fewest_squares(total: int, n: int) -> int:
    """The least sum of squares of n whole numbers with this sum: as equal as they can be."""
    each, rest = divmod(total, n)
    return (n - rest) * each * each + rest * (each + 1) ** 2


def sd_bounds(mean: Span, n: int | None, low: Span, high: Span, *, attained: bool = True) -> Span:
    """The least and greatest sample SD of n values within [low, high] with this mean, over all their roundings.

    Greatest: √((m − low)(high' − m) n/(n − 1)), high' = min(high, low + n (m − low)), as all but one value at the low
    end reach no further (Bhatia and Davis, doi:10.1080/00029890.2000.12005203). Least: 0, or with both ends `attained`
    (a printed range) the rest as equal as can be. n None: factor 2, no least. NaN bounds never: an empty set of means
    gives Span(inf, -inf). Infinite ends allowed.
    """
    factor = 2.0 if n is None else (n / (n - 1) if n > 1 else 1.0)
    a, b = low.low, high.high
    m_low, m_high = max(mean.low, a), min(mean.high, b)
    if m_low > m_high:
        return Span(inf, -inf)

    def most(m: float) -> float:
        above = b - m
        if n is not None and isfinite(a):
            above = min(above, (n - 1) * (m - a))
        below = m - a
        if n is not None and isfinite(b):
            below = min(below, (n - 1) * (b - m))
        return inf if inf in (above, below) else sqrt(max(below * above, 0.0) * factor)

    tries = {m_low, m_high}
    if isfinite(a) and isfinite(b):
        tries.add(min(max((a + b) / 2, m_low), m_high))
    greatest = max(most(m) for m in tries)
    if not attained or n is None or n < 2 or high.low <= low.high:
        return Span(0.0, greatest)
    a, b = low.high, high.low
    m = min(max((a + b) / 2, mean.low), mean.high)
    squares = (a - m) ** 2 + (b - m) ** 2 + ((2 * m - a - b) ** 2 / (n - 2) if n > 2 else 0.0)
    return Span(sqrt(squares / (n - 1)), greatest)


def mean_sd_in_range(mean: Printed, sd: Printed, n: int | None, low: Printed, high: Printed) -> Check:
    """A mean and SD against the printed least and greatest value. The mean must lie between them: with both attained,
    no nearer to an end than the other end's pull. Not checkable where n < 2."""
    if n is not None and n < 2:
        return not_checkable("an SD needs two values")
    within = value_in_range(mean, low, high, "mean")
    if within.verdict == "disagrees":
        return within
    allowed = sd_bounds(mean.span, n, low.span, high.span)
    return worst([within, _sd_within(mean, sd, allowed, f"within {low} to {high}", n)])


def sd_against_bounds(mean: Printed, sd: Printed, n: int | None, bounds: Span) -> Check:
    """A mean and SD against what the quantity can be at all (age 0 to 120, a percentage 0 to 100).

    disagrees where the SD exceeds √((mean − low)(high − mean) n/(n − 1)), or the mean lies outside. One infinite end
    still limits the SD through n (at most (mean − low) √n); without n, or with two, it is not checkable.
    """
    if not mean.span.meets(bounds):
        near = widened(mean).meets(bounds)
        sentence = f"mean {mean} lies outside {span_text(bounds, 0)}"
        return Check("last_digit" if near else "disagrees", "", "", sentence)
    ends = Span(bounds.low, bounds.low), Span(bounds.high, bounds.high)
    allowed = sd_bounds(mean.span, n, *ends, attained=False)
    if not isfinite(allowed.high):
        return not_checkable("the quantity has no bound that limits its SD")
    return _sd_within(mean, sd, allowed, f"within {span_text(bounds, 0)}", n)


def _sd_within(mean: Printed, sd: Printed, allowed: Span, where: str, n: int | None) -> Check:
    text = span_text(allowed, sd.decimals + MORE_DIGITS)
    who = "" if n is None else f" of {n} values"
    sentence = f"mean {mean}, SD {sd}{who} {where}: the SD can be {text}"
    return Check(nearness(sd, allowed), text, "", sentence)


def value_in_range(value: Printed, low: Printed, high: Printed, what: str = "median") -> Check:
    """A mean, median or quantile against the least and greatest value, or against a lower and an upper quantile."""
    said = f"{what} {value} ({low} to {high})"
    if low.span.low > high.span.high:
        near = widened(low).meets(widened(high))
        return Check("last_digit" if near else "disagrees", "", "", f"{said}: the lower end is above the upper one")
    inside = Span(low.span.low, high.span.high)
    verdict = nearness(value, inside)
    return Check(verdict, "", "", said if verdict == "agrees" else f"{said}: the {what} lies outside")


def mean_and_median(mean: Printed, median: Printed, sd: Printed, n: int | None = None) -> Check:
    """|mean − median| is at most the SD with divisor n (Hotelling and Solomons, doi:10.1214/aoms/1177732911)."""
    apart = mean.span - median.span
    least = max(0.0, apart.low, -apart.high)
    factor = 1.0 if n is None or n < 2 else sqrt((n - 1) / n)
    text = number_text(least, sd.decimals + MORE_DIGITS)
    sentence = f"mean {mean} and median {median} are at least {text} apart, SD {sd}"
    if Span(least, least).gap(Span(0.0, factor * sd.span.high)) == 0.0:
        return Check("agrees", text, "", sentence)
    near = Span(least, least).gap(Span(0.0, factor * widened(sd).high)) == 0.0
    return Check("last_digit" if near else "disagrees", text, "", f"{sentence}: never more than one SD")


def median_of_integers(median: Printed, n: int | None = None, granularity: Fraction | int = 1) -> Check:
    """The median of multiples of `granularity` is one itself (odd n) or half of one (even or unknown n).

    Not checkable where the printed decimals cannot show it."""
    step = Fraction(granularity) / (1 if n is not None and n % 2 == 1 else 2)
    if step <= Fraction(median.unit):
        return not_checkable(f"every median at {median.decimals} decimals is possible")
    ends = [step * f(Fraction(median.number) / step) for f in (floor, ceil)]
    judged = [judge_exact(median, value) for value in ends]
    text = " or ".join(dict.fromkeys(number_text(float(value), median.decimals) for value in ends))
    size = "" if n is None else f" {n}"
    if any(verdict == "agrees" for verdict, _ in judged):
        return Check("agrees", text, "", f"median {median} of{size} whole numbers")
    near = any(verdict == "last_digit" for verdict, _ in judged)
    sentence = f"median {median} of{size} whole numbers cannot be; the nearest are {text}"
    return Check("last_digit" if near else "disagrees", text, "", sentence)
