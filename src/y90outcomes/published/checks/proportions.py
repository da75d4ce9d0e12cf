"""Printed percentages against counts, their intervals against named methods, and the counts a percentage allows."""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

from y90outcomes.conventions import LEVEL
from y90outcomes.published.checks.base import (
    MORE_DIGITS,
    Check,
    Verdict,
    judge_exact,
    names_text,
    nearness,
    not_checkable,
    number_text,
    units_apart,
    worst,
)
from y90outcomes.published.checks.proportion_methods import LIMITS, UNCUT
from y90outcomes.published.rounding import Printed, Span


def percent_of_counts(percent: Printed, numerator: int, denominator: int) -> Check:
    """A printed percentage against numerator / denominator, in exact fractions.

    agrees by half up or half to even; last_digit within one unit, "truncated" in `method` where truncation prints it;
    else disagrees, with the counts out of this denominator (or of this numerator) that would print it. A denominator
    of 0 is not checkable; more than the denominator, or a negative count, disagrees.
    """
    if denominator <= 0:
        return not_checkable(f"{numerator}/{denominator} has no percentage")
    exact = Fraction(100 * numerator, denominator)
    recomputed = number_text(float(exact), percent.decimals + MORE_DIGITS)
    if not 0 <= numerator <= denominator:
        return Check("disagrees", recomputed, "", f"{numerator} is not a part of {denominator}")
    verdict, rules = judge_exact(percent, exact)
    said = f"{numerator}/{denominator} is {recomputed} %, printed {percent} %"
    if verdict == "agrees":
        return Check(verdict, recomputed, "", said)
    if rules:
        return Check(verdict, recomputed, rules, f"{said}: truncated, not rounded")
    return Check(verdict, recomputed, "", f"{said}; {_what_would_print(percent, numerator, denominator)}")


def proportion_interval(
    percent: Printed | None, low: Printed, high: Printed, numerator: int, denominator: int, level: float = LEVEL
) -> Check:
    """A printed interval of numerator / denominator, in percent: which named methods print both limits.

    agrees with the names in `method`; last_digit with the nearest method when it is within one unit at both limits;
    else disagrees. The worse of this and the percentage itself, where it is given. Wald limits may be printed beyond
    0 and 100. A denominator of 0 is not checkable.
    Raises ValueError for a level outside (0, 1).
    """
    if denominator <= 0:
        return not_checkable(f"{numerator}/{denominator} has no interval")
    if not 0 <= numerator <= denominator:
        return Check("disagrees", "", "", f"{numerator} is not a part of {denominator}")
    digits = max(low.decimals, high.decimals) + MORE_DIGITS
    found: dict[str, tuple[Verdict, float, str]] = {}
    for name, limits in (LIMITS | UNCUT).items():
        below, above = limits(numerator, denominator, level)
        both = [(low, 100.0 * below), (high, 100.0 * above)]
        verdicts = [nearness(end, Span(value, value)) for end, value in both]
        apart = max(units_apart(end, Span(value, value)) for end, value in both)
        verdict: Verdict = next((v for v in ("disagrees", "last_digit") if v in verdicts), "agrees")
        found[name] = verdict, apart, " to ".join(number_text(value, digits) for _, value in both)
    hits = [name for name, (verdict, _, _) in found.items() if verdict == "agrees"]
    names = [name for name in hits if name in LIMITS] or hits
    nearest = names[0] if names else min(found, key=lambda name: found[name][1])
    verdict, apart, limits_text = found[nearest]
    said = f"{numerator}/{denominator}: printed {low} to {high}, {nearest} {limits_text}"
    if names:
        made = Check("agrees", limits_text, names_text(names), said)
    else:
        made = Check(verdict, limits_text, nearest, f"{said}; no method prints both, this one is the nearest")
    return made if percent is None else worst([made, percent_of_counts(percent, numerator, denominator)])


def counts_from_percent(percent: Printed, denominator: int, *, cut: bool = False) -> tuple[int, ...]:
    """Every whole count out of `denominator` that prints so (half up or half to even; `cut` takes truncation too)."""
    if denominator <= 0:
        return ()
    half = Fraction(percent.unit) / 2
    low, high = Fraction(percent.number) - half, Fraction(percent.number) + half
    if cut:
        high += half
    first, last = ceil(low * denominator / 100), floor(high * denominator / 100)
    counts = range(max(first, 0), min(last, denominator) + 1)
    if not cut:
        return tuple(counts)
    # truncation excludes its upper end, which rounding up would not print either
    return tuple(c for c in counts if judge_exact(percent, Fraction(100 * c, denominator))[1])


def _what_would_print(percent: Printed, numerator: int, denominator: int) -> str:
    counts = counts_from_percent(percent, denominator)
    if counts:
        return f"{percent} % is {' or '.join(map(str, counts[:3]))} of {denominator}"
    others = [n for n in range(max(numerator, 1), 2 * denominator + 2) if numerator in counts_from_percent(percent, n)]
    if others:
        return f"no count out of {denominator} prints {percent} %; {numerator}/{others[0]} does"
    return f"no count out of {denominator} prints {percent} %"
