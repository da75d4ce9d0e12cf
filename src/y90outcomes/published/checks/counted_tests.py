"""Printed p values of contingency tables and of log-rank tests against what counts allow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from math import inf

from y90outcomes.estimators.chi_square import chi_square
from y90outcomes.estimators.fisher import fisher
from y90outcomes.estimators.p_values import chi_square_p
from y90outcomes.estimators.tails import hypergeometric_probability, likelihood_ratio_of_table
from y90outcomes.published.checks.base import (
    MORE_DIGITS,
    Check,
    Verdict,
    names_text,
    not_checkable,
    number_text,
    p_span_text,
    p_text,
    p_verdict,
)
from y90outcomes.published.rounding import Printed, Span

MOST_STEPS = 100_000
"""Steps between risk sets one round of the search for the largest log-rank statistic takes at most (some 10 ms)."""

MOST_PATIENTS = 300
"""Patients of both groups together the search takes at the most."""

WIDEST = 1e5
"""The multiplier A/V is searched from 1/WIDEST to WIDEST; it is below the square of the number of patients."""

SAME = 1e-10
"""Lines of the envelope this close, relative to their terms, are one."""


def table_p_values(table: Sequence[Sequence[int]]) -> dict[str, float]:
    """p of an r × c table of counts by every named test that gives one; {} where none does.

    "chi-square", "Fisher"; for 2 × 2 also "chi-square with Yates' correction", "chi-square, N-1", "Fisher mid-P";
    "likelihood ratio" (G). Two-sided; Fisher sums the tables that are no likelier. Raises ValueError for anything but
    whole counts.
    """
    square = len(table) == 2 and len(table[0]) == 2
    found = {"chi-square": chi_square(table, correction="plain").p, "Fisher": fisher(table).p}
    if square:
        found["chi-square with Yates' correction"] = chi_square(table, correction="yates").p
        found["chi-square, N-1"] = chi_square(table, correction="n_minus_1").p
        found["Fisher mid-P"] = _fisher_mid_p(table)
    found["likelihood ratio"] = likelihood_ratio_of_table(table)
    return {name: p for name, p in found.items() if p == p}


def table_p(table: Sequence[Sequence[int]], p: Printed, relation: str = "=") -> Check:
    """A printed p against the tests of a table of counts.

    agrees with the names that print it; else last_digit or disagrees with the nearest. Not checkable where no test has
    a p. Raises ValueError for anything but whole counts, or an unknown relation.
    """
    values = table_p_values(table)
    if not values:
        return not_checkable("the table gives no p value")
    rows = " / ".join(" ".join(str(int(count)) for count in row) for row in table)
    digits = p.decimals + MORE_DIGITS
    every = "; ".join(f"{name} {number_text(value, digits)}" for name, value in values.items())
    sentence = f"table {rows}: {every}; printed {p_text(p, relation)}"
    verdicts = {name: p_verdict(p, relation, Span(value, value)) for name, value in values.items()}
    wanted: Verdict
    for wanted in ("agrees", "last_digit"):
        names = [name for name, verdict in verdicts.items() if verdict == wanted]
        if names:
            return Check(wanted, number_text(values[names[0]], digits), names_text(names), sentence)
    nearest = min(values, key=lambda name: abs(values[name] - p.value))
    return Check("disagrees", number_text(values[nearest], digits), nearest, sentence)


def log_rank_largest(
    n1: int, n2: int, events: int, events_in_1: int = 0, *, early_censoring: bool = True
) -> float | None:
    """The smallest two-sided p a log-rank test of two groups can give, from sizes and numbers of events alone.

    n1, n2           patients of the two groups
    events           events in both together
    events_in_1      those among them in group 1
    early_censoring  patients without an event may leave at any time; False: all stay until after the last event

    Every order of events, ties included, and every censoring pattern allowed is covered: a history is a path through
    the risk sets (at risk and events still to come, per group), on which A = Σ observed − expected and V = Σ variances
    add up. A²/V is the greatest value of 2λA − λ²V over λ, so the best path of all is the best one at its own λ = A/V.
    At a given λ a dynamic programme finds the best path; over λ the best values divided by λ are an envelope of
    straight lines 2A − λV, every one of which is found by intersecting neighbours (Eisner and Severance,
    doi:10.1145/321978.321982). None for no events, more than `MOST_PATIENTS`, or more than `MOST_STEPS` steps: there p
    can be tiny anyway.
    Raises ValueError for counts that cannot be.
    """
    events_in_2 = events - events_in_1
    if not (0 <= events_in_1 <= n1 and 0 <= events_in_2 <= n2):
        raise ValueError("events must be no more than the patients of each group")
    states = (n1 - events_in_1 + 1) * (n2 - events_in_2 + 1) if early_censoring else 1
    steps = states * ((events_in_1 + 1) * (events_in_2 + 1)) ** 2 // 4
    if events == 0 or n1 == 0 or n2 == 0 or n1 + n2 > MOST_PATIENTS or steps > MOST_STEPS:
        return None
    largest = 0.0
    for sign in (1.0, -1.0):
        largest = _largest(sign, (n1, n2), (events_in_1, events_in_2), early_censoring, largest)
    return chi_square_p(largest, 1)


def log_rank_possible(
    n1: int, n2: int, events: int, events_in_1: int, p: Printed, relation: str = "=", *, early_censoring: bool = True
) -> Check:
    """A printed log-rank p against the smallest that sizes and events allow: below it disagrees, else possible.

    Raises ValueError as `log_rank_largest`, or for an unknown relation."""
    smallest = log_rank_largest(n1, n2, events, events_in_1, early_censoring=early_censoring)
    if smallest is None:
        return not_checkable("no events, or too many patients to search")
    possible = Span(smallest, 1.0)
    text = p_span_text(Span(smallest, smallest), p.decimals + MORE_DIGITS)
    sentence = f"{events_in_1}/{n1} against {events - events_in_1}/{n2} events: the smallest log-rank p is {text}"
    return Check(p_verdict(p, relation, possible), text, "log-rank", f"{sentence}, printed {p_text(p, relation)}")


def _largest(sign: float, sizes: tuple[int, int], events: tuple[int, int], censoring: bool, least: float) -> float:
    """The greatest A²/V with A of this sign, or `least` where that is greater."""

    def line(multiplier: float) -> tuple[float, float]:
        excess, variance = _best_path(sign * multiplier, sizes, events, censoring)
        return sign * excess, variance

    ends = (1.0 / WIDEST, WIDEST)
    lines = [line(end) for end in ends]
    best = max([least, *(a * a / v for a, v in lines if v > 0.0 and a > 0.0)])
    open_spans = [(ends[0], lines[0], ends[1], lines[1])]
    while open_spans:
        left, (a1, v1), right, (a2, v2) = open_spans.pop()
        peak = _chord_peak(left, 2 * a1 - left * v1, right, 2 * a2 - right * v2)
        if v1 - v2 <= SAME * v1 or peak <= best * (1.0 + SAME):
            continue
        middle = 2.0 * (a1 - a2) / (v1 - v2)
        if not left * (1.0 + SAME) < middle < right * (1.0 - SAME):
            continue
        a, v = line(middle)
        if v > 0.0 and a > 0.0:
            best = max(best, a * a / v)
        if 2 * a - middle * v - (2 * a1 - middle * v1) <= SAME * (abs(2 * a1) + middle * v1):
            continue
        open_spans += [(left, (a1, v1), middle, (a, v)), (middle, (a, v), right, (a2, v2))]
    return best


def _chord_peak(left: float, at_left: float, right: float, at_right: float) -> float:
    """The greatest λ·chord(λ) on [left, right]: the envelope is convex, so 2λA − λ²V is nowhere above it."""
    slope = (at_right - at_left) / (right - left)
    start = at_left - slope * left
    tries = [left, right]
    if slope < 0.0:
        tries.append(min(max(-start / (2.0 * slope), left), right))
    return max(x * (start + slope * x) for x in tries)


def _best_path(
    multiplier: float, sizes: tuple[int, int], events: tuple[int, int], censoring: bool
) -> tuple[float, float]:
    """A and V of the path with the greatest 2λA − λ²V. At risk are c_g patients never to have an event and e_g events
    still to come, in each group."""

    @cache
    def best(c1: int, c2: int, e1: int, e2: int) -> tuple[float, float, float]:
        if e1 + e2 == 0:
            return 0.0, 0.0, 0.0
        found = (-inf, 0.0, 0.0)
        if censoring:
            if c1:
                found = max(found, best(c1 - 1, c2, e1, e2))
            if c2:
                found = max(found, best(c1, c2 - 1, e1, e2))
        r1, r2 = c1 + e1, c2 + e2
        total = r1 + r2
        for d1 in range(e1 + 1):
            for d2 in range(e2 + 1):
                d = d1 + d2
                if d == 0:
                    continue
                a = d2 - d * r2 / total
                v = d * r1 * r2 * (total - d) / (total * total * (total - 1)) if total > 1 else 0.0
                later = best(c1, c2, e1 - d1, e2 - d2)
                gain = 2.0 * multiplier * a - multiplier * multiplier * v + later[0]
                if gain > found[0]:
                    found = (gain, a + later[1], v + later[2])
        return found

    made = best(sizes[0] - events[0], sizes[1] - events[1], *events)
    return made[1], made[2]


def _fisher_mid_p(table: Sequence[Sequence[int]]) -> float:
    """Fisher's p less half the probability of the observed table."""
    (a, b), (c, d) = ((int(count) for count in row) for row in table)
    if 0 in (a + b, c + d, a + c, b + d):
        return float("nan")
    return float(fisher(table).p - hypergeometric_probability(a, a + b + c + d, a + b, a + c) / 2.0)
