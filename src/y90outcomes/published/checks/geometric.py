"""Geometric and arithmetic means with intervals or SDs, and the t test between two groups of them."""

from __future__ import annotations

from itertools import product
from math import exp, inf, log, sqrt

from y90outcomes.conventions import LEVEL
from y90outcomes.estimators.arrays import normal_quantile
from y90outcomes.estimators.means import t_quantile
from y90outcomes.estimators.p_values import normal_p, student_p
from y90outcomes.published.checks.base import (
    MORE_DIGITS,
    Check,
    names_text,
    not_checkable,
    p_span_text,
    p_text,
    p_verdict,
    span_text,
    widened,
)
from y90outcomes.published.checks.centred import limit_pairs, range_of
from y90outcomes.published.rounding import EVERYTHING, Printed, Span

QUANTILES = ("t", "z")
"""How an interval of a mean may be made: Student's t with n − 1 degrees of freedom, or the normal quantile."""

SMALLEST = 1e-12


def mean_interval(mean: Printed, low: Printed, high: Printed, *, scale: str = "log") -> Check:
    """Whether a mean is in the middle of its interval over all rounding: on the log scale (geometric) or as it is.

    scale: "log" or "plain". Limits out of order disagree; numbers not positive on the log scale are not checkable.
    Raises ValueError for another scale.
    """
    said = f"{mean} ({low} to {high})"
    if low.span.low > high.span.high:
        return Check("disagrees", "", "", f"{said}: the lower limit is above the upper one")
    spans = [_on(number.span, scale) for number in (mean, low, high)]
    if any(span is None for span in spans):
        return not_checkable(f"{said}: a geometric mean and its limits are positive")
    implied = _implied(low.span, high.span, scale)
    text = span_text(implied, mean.decimals + MORE_DIGITS)
    name = "symmetric on the log scale" if scale == "log" else "symmetric"
    sentence = f"{said}: the limits imply {text}"
    if mean.span.meets(implied):
        return Check("agrees", text, name, sentence)
    near = (
        widened(mean).meets(implied)
        or mean.span.meets(_implied(widened(low), high.span, scale))
        or mean.span.meets(_implied(low.span, widened(high), scale))
    )
    return Check("last_digit" if near else "disagrees", text, name, sentence)


def spread_from_interval(
    mean: Printed,
    low: Printed,
    high: Printed,
    n: int,
    *,
    quantile: str = "t",
    scale: str = "log",
    level: float = LEVEL,
) -> Span | None:
    """The SD (of logs on the log scale) an interval of a mean of n implies, over all joint roundings.

    SD = √n (high − low) / (2 q). None where the mean is not in the middle, or n < 2. Raises ValueError for an unknown
    quantile or scale.
    """
    joint = _joint(mean, low, high, scale)
    if n < 2 or not joint:
        return None
    q = _quantile(quantile, n, level)
    return range_of(lambda a, b: sqrt(n) * max(b - a, 0.0) / (2.0 * q), joint)


def t_test(
    first: tuple[Printed, Printed, Printed],
    n1: int,
    second: tuple[Printed, Printed, Printed],
    n2: int,
    p: Printed,
    relation: str = "=",
    *,
    scale: str = "log",
    level: float = LEVEL,
) -> Check:
    """A printed p of a two-sample t test from two means with their intervals, (mean, low, high) each.

    scale "log": geometric means, t test on logs; "plain": arithmetic. Tried: pooled and Welch, intervals by t and by
    the normal quantile, over all rounding; `method` names what prints p. A mean not in the middle of its interval is
    not checkable. Raises ValueError for an unknown scale or relation.
    """
    possible: dict[str, Span] = {}
    means = [_mean(*group, scale) for group in (first, second)]
    if means[0] is None or means[1] is None:
        return not_checkable("a mean is not in the middle of its interval")
    for quantile in QUANTILES:
        sds = [
            spread_from_interval(*group, n, quantile=quantile, scale=scale, level=level)
            for group, n in ((first, n1), (second, n2))
        ]
        if sds[0] is None or sds[1] is None:
            return not_checkable("a standard deviation needs two values in each group")
        for variance in ("pooled", "Welch"):
            name = variance if quantile == "t" else f"{variance} (intervals by the normal quantile)"
            possible[name] = _p_range(means[0], sds[0], n1, means[1], sds[1], n2, variance)
    return _named(p, relation, possible)


def t_test_of_sds(
    mean1: Printed, sd1: Printed, n1: int, mean2: Printed, sd2: Printed, n2: int, p: Printed, relation: str = "="
) -> Check:
    """A printed p of a two-sample t test from two means and SDs: pooled or Welch, or a normal test, over all rounding.

    Fewer than two values in a group are not checkable. Raises ValueError for an unknown relation.
    """
    if min(n1, n2) < 2:
        return not_checkable("a standard deviation needs two values in each group")
    spreads = [Span(max(sd.span.low, 0.0), sd.span.high) for sd in (sd1, sd2)]
    possible = {
        name: _p_range(mean1.span, spreads[0], n1, mean2.span, spreads[1], n2, name)
        for name in ("pooled", "Welch", "normal")
    }
    return _named(p, relation, possible)


def _named(p: Printed, relation: str, possible: dict[str, Span]) -> Check:
    verdicts = {name: p_verdict(p, relation, span) for name, span in possible.items()}
    every = "; ".join(f"{name} {p_span_text(span, p.decimals + MORE_DIGITS)}" for name, span in possible.items())
    sentence = f"printed {p_text(p, relation)}; possible: {every}"
    for wanted in ("agrees", "last_digit"):
        names = [name for name, verdict in verdicts.items() if verdict == wanted]
        if names:
            text = p_span_text(possible[names[0]], p.decimals + MORE_DIGITS)
            return Check(verdicts[names[0]], text, names_text(names), sentence)
    first = next(iter(possible.values()))
    return Check("disagrees", p_span_text(first, p.decimals + MORE_DIGITS), "", sentence)


def _p_range(mean1: Span, sd1: Span, n1: int, mean2: Span, sd2: Span, n2: int, variance: str) -> Span:
    """p over all roundings. |t| is largest with both SDs least; the degrees of freedom range is taken apart from it, so
    the range of p is never too narrow."""
    apart = mean1 - mean2
    most = max(abs(apart.low), abs(apart.high))
    least = max(0.0, apart.low, -apart.high)
    errors = [_error(s1, n1, s2, n2, variance) for s1, s2 in product((sd1.low, sd1.high), (sd2.low, sd2.high))]
    se = Span(min(e for e, _ in errors), max(e for e, _ in errors))
    df = Span(min(d for _, d in errors), max(d for _, d in errors))
    if variance == "Welch" and sd1.high * sd2.high > 0:
        # between the corners df peaks at n1 + n2 − 2, where s1²/(n1(n1−1)) = s2²/(n2(n2−1))
        peak = sqrt(n1 * (n1 - 1) / (n2 * (n2 - 1)))
        if sd1.low <= peak * sd2.high and sd1.high >= peak * sd2.low:
            df = Span(df.low, float(n1 + n2 - 2))
    largest, smallest = (most / se.low if se.low > 0 else inf), (least / se.high if se.high > 0 else inf)
    if variance == "normal":
        return Span(normal_p(largest), normal_p(smallest))
    return Span(student_p(largest, df.high), student_p(smallest, max(df.low, 1.0)))


def _error(sd1: float, n1: int, sd2: float, n2: int, variance: str) -> tuple[float, float]:
    """Standard error of the difference and its degrees of freedom (infinite for the normal test)."""
    if variance == "pooled":
        df = n1 + n2 - 2
        pooled = ((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / df
        return sqrt(pooled * (1 / n1 + 1 / n2)), float(df)
    first, second = sd1**2 / n1, sd2**2 / n2
    total = first + second
    if variance == "normal" or total == 0:
        return sqrt(total), float(n1 + n2 - 2)
    return sqrt(total), total**2 / (first**2 / (n1 - 1) + second**2 / (n2 - 1))


def _quantile(name: str, n: int, level: float) -> float:
    if name not in QUANTILES:
        raise ValueError("quantile must be t or z")
    return t_quantile(level, n - 1) if name == "t" else normal_quantile(level)


def _on(span: Span, scale: str) -> Span | None:
    if scale not in {"log", "plain"}:
        raise ValueError("scale must be log or plain")
    if scale == "plain":
        return span
    return None if span.high <= 0 else Span(log(max(span.low, SMALLEST)), log(span.high))


def _implied(low: Span, high: Span, scale: str) -> Span:
    a, b = _on(low, scale), _on(high, scale)
    if a is None or b is None:
        return EVERYTHING
    middle = Span((a.low + b.low) / 2, (a.high + b.high) / 2)
    return middle.mapped(exp) if scale == "log" else middle


def _joint(mean: Printed, low: Printed, high: Printed, scale: str) -> list[tuple[float, float]]:
    spans = [_on(number.span, scale) for number in (mean, low, high)]
    middle, a, b = spans
    if middle is None or a is None or b is None:
        return []
    return limit_pairs(middle, a, b)


def _mean(mean: Printed, low: Printed, high: Printed, scale: str) -> Span | None:
    """The values of the mean that its limits leave, on the scale."""
    joint = _joint(mean, low, high, scale)
    return range_of(lambda a, b: (a + b) / 2.0, joint) if joint else None
