"""Printed diagnostic accuracy: 2 × 2 measures against their table, and areas under the curve against points and p."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from math import inf, sqrt

from y90outcomes.estimators.p_values import normal_p
from y90outcomes.published.checks.base import (
    MORE_DIGITS,
    Check,
    nearness,
    not_checkable,
    p_span_text,
    p_text,
    p_verdict,
    span_text,
)
from y90outcomes.published.checks.proportions import counts_from_percent, percent_of_counts
from y90outcomes.published.rounding import Printed, Span

Table = tuple[int, int, int, int]
"""True positives, false positives, false negatives, true negatives."""

MEASURES = ("sensitivity", "specificity", "ppv", "npv", "accuracy", "prevalence")
"""Measures of a 2 × 2 table, each printed in percent."""

MOST_CELLS = 4_000_000
"""Tables tried at the most."""

DELONG_NEAR = 0.35
"""How far, as a share, the standard error of an area may lie from Hanley and McNeil's for a p to be DeLong's
(`method_differs`).

Measured on 2,787 simulated sets (5-99 per group, areas 0.55-0.97, normal, log-normal, rounded): median -1 %, 5 to 95 %
-26 to +23 %, 2.5 to 97.5 % -33 to +33 %."""


def shares(table: Table) -> dict[str, tuple[int, int]]:
    """Numerator and denominator of each measure of `MEASURES`."""
    tp, fp, fn, tn = table
    return {
        "sensitivity": (tp, tp + fn),
        "specificity": (tn, fp + tn),
        "ppv": (tp, tp + fp),
        "npv": (tn, fn + tn),
        "accuracy": (tp + tn, tp + fp + fn + tn),
        "prevalence": (tp + fn, tp + fp + fn + tn),
    }


def tables_printing(
    measures: Mapping[str, Printed],
    positives: int | None = None,
    negatives: int | None = None,
    total: int | None = None,
) -> tuple[Table, ...]:
    """Every table that prints all measures, given how many have the condition and how many have not, or their sum.

    Half up or half to even. () where there is none. Raises ValueError for an unknown measure, or without either both
    group sizes or a total, or for more tables than can be tried.
    """
    _check(measures)
    found = []
    for sick, well in _groups(positives, negatives, total):
        hits = counts_from_percent(measures["sensitivity"], sick) if "sensitivity" in measures else range(sick + 1)
        clears = counts_from_percent(measures["specificity"], well) if "specificity" in measures else range(well + 1)
        for tp in hits:
            for tn in clears:
                table = (tp, well - tn, sick - tp, tn)
                if _prints(measures, table):
                    found.append(table)
    return tuple(found)


def accuracy_set(
    measures: Mapping[str, Printed],
    positives: int | None = None,
    negatives: int | None = None,
    total: int | None = None,
) -> Check:
    """Whether one integer table prints all measures together.

    agrees with the table (or how many there are); else the measure which, left out, leaves the others a table is
    named: last_digit when it is within one unit of that table's value, disagrees otherwise. Not checkable with fewer
    than two measures. Raises as `tables_printing`.
    """
    if len(measures) < 2:
        return not_checkable("fewer than two measures always fit")
    tables = tables_printing(measures, positives, negatives, total)
    if tables:
        one = f"{len(tables)} tables print all" if len(tables) > 1 else f"only {_table_text(tables[0])} prints all"
        return Check("agrees", _table_text(tables[0]) if len(tables) == 1 else "", "", one)
    suspects: list[Check] = []
    for name, number in measures.items():
        rest = {other: value for other, value in measures.items() if other != name}
        for table in tables_printing(rest, positives, negatives, total):
            check = percent_of_counts(number, *shares(table)[name])
            sentence = f"all but the {name} fit {_table_text(table)}, which gives {check.recomputed} %, not {number} %"
            if check.verdict != "not_checkable":
                suspects.append(Check(check.verdict, check.recomputed, check.method, sentence))
    if not suspects:
        return Check("disagrees", "", "", "no table prints them, even with one measure left out")
    near = [check for check in suspects if check.verdict == "last_digit"]
    return near[0] if near else suspects[0]


def auc_bounds(sensitivity: Span, specificity: Span, *, best: bool = False) -> Span:
    """The least and greatest area under a curve that passes through a point; shares 0..1.

    Least: sensitivity · specificity; greatest: 1 − (1 − sensitivity)(1 − specificity), as the curve never falls. With
    `best` the point has the greatest Youden index J, so the curve stays below J over the diagonal: at most
    1 − (1 − J)²/2.
    """
    high = 1.0 - (1.0 - sensitivity.high) * (1.0 - specificity.high)
    if best:
        youden = min(max(sensitivity.high + specificity.high - 1.0, 0.0), 1.0)
        high = min(high, 1.0 - (1.0 - youden) ** 2 / 2.0)
    return Span(max(sensitivity.low, 0.0) * max(specificity.low, 0.0), min(high, 1.0))


def auc_and_point(auc: Printed, sensitivity: Printed, specificity: Printed, *, best: bool = False) -> Check:
    """A printed area (0..1) against a point of its curve in percent; `best` where that is the Youden cutoff."""
    bounds = auc_bounds(_share(sensitivity), _share(specificity), best=best)
    text = span_text(bounds, auc.decimals + MORE_DIGITS)
    sentence = f"AUC {auc}; a curve through sensitivity {sensitivity} % and specificity {specificity} % has {text}"
    return Check(nearness(auc, bounds), text, "", sentence)


def auc_interval(auc: Printed, low: Printed, high: Printed) -> Check:
    """An area inside its interval, both within 0..1."""
    said = f"AUC {auc} ({low} to {high})"
    if low.span.low > high.span.high or nearness(auc, Span(low.span.low, high.span.high)) != "agrees":
        return Check("disagrees", "", "", f"{said}: the estimate lies outside, or the limits are out of order")
    if auc.span.low > 1.0 or high.span.low > 1.0 or high.span.high < 0.0:
        return Check("disagrees", "", "", f"{said}: an area lies within 0 and 1")
    return Check("agrees", "", "", said)


def auc_p(auc: Printed, positives: int, negatives: int, p: Printed, relation: str = "=") -> Check:
    """A printed p of an area against 0.5, from the area and the two group sizes.

    agrees          by Hanley and McNeil's standard error (doi:10.1148/radiology.143.1.7063747) or by the null one of
                    the Mann–Whitney test, √((m + n + 1)/(12 m n))
    method_differs  within `DELONG_NEAR` of Hanley and McNeil's: DeLong's depends on the data
    disagrees       beyond both
    A group without members is not checkable. Raises ValueError for an unknown relation.
    """
    if positives < 1 or negatives < 1:
        return not_checkable("an area needs both groups")
    area = Span(min(max(auc.span.low, 0.0), 1.0), min(max(auc.span.high, 0.0), 1.0))
    null = sqrt((positives + negatives + 1) / (12.0 * positives * negatives))
    possible = {
        "Hanley-McNeil": _p_of_z(area, lambda a: hanley_mcneil(a, positives, negatives)),
        "Mann-Whitney (normal)": _p_of_z(area, lambda a: null),
    }
    every = "; ".join(f"{name} {p_span_text(span, p.decimals + MORE_DIGITS)}" for name, span in possible.items())
    sentence = f"AUC {auc} of {positives} and {negatives}: {every}; printed {p_text(p, relation)}"
    verdicts = {name: p_verdict(p, relation, span) for name, span in possible.items()}
    for wanted in ("agrees", "last_digit"):
        names = [name for name, verdict in verdicts.items() if verdict == wanted]
        if names:
            text = p_span_text(possible[names[0]], p.decimals + MORE_DIGITS)
            return Check(verdicts[names[0]], text, ", ".join(names), sentence)
    wide = Span(
        _p_of_z(area, lambda a: (1 - DELONG_NEAR) * hanley_mcneil(a, positives, negatives)).low,
        _p_of_z(area, lambda a: (1 + DELONG_NEAR) * hanley_mcneil(a, positives, negatives)).high,
    )
    text = p_span_text(possible["Hanley-McNeil"], p.decimals + MORE_DIGITS)
    if p_verdict(p, relation, wide) == "agrees":
        return Check("method_differs", text, "DeLong (possible)", sentence)
    return Check("disagrees", text, "", sentence)


def hanley_mcneil(area: float, positives: int, negatives: int) -> float:
    """Standard error of an area from its value and the group sizes (doi:10.1148/radiology.143.1.7063747)."""
    q1, q2 = area / (2.0 - area), 2.0 * area * area / (1.0 + area)
    squares = (positives - 1) * (q1 - area * area) + (negatives - 1) * (q2 - area * area)
    return sqrt(max(area * (1.0 - area) + squares, 0.0) / (positives * negatives))


def _p_of_z(area: Span, se: Callable[[float], float]) -> Span:
    points = [area.low, area.middle, area.high] + ([0.5] if area.low < 0.5 < area.high else [])
    found = []
    for a in points:
        error = se(a)
        z = abs(a - 0.5) / error if error > 0 else inf
        found.append(normal_p(z))
    return Span(min(found), max(found))


def _share(percent: Printed) -> Span:
    return Span(max(percent.span.low / 100.0, 0.0), min(percent.span.high / 100.0, 1.0))


def _check(measures: Mapping[str, Printed]) -> None:
    unknown = [name for name in measures if name not in MEASURES]
    if unknown:
        raise ValueError(f"unknown measure {unknown[0]!r}: one of {', '.join(MEASURES)}")


def _groups(positives: int | None, negatives: int | None, total: int | None) -> Iterator[tuple[int, int]]:
    if positives is not None and negatives is not None:
        if (positives + 1) * (negatives + 1) > MOST_CELLS:
            raise ValueError("too many tables to try")
        yield positives, negatives
        return
    if total is None and (positives is None) == (negatives is None):
        raise ValueError("give both group sizes, or a total")
    if total is None:
        raise ValueError("give the other group size, or a total")
    if positives is not None or negatives is not None:
        sick = positives if positives is not None else total - (negatives or 0)
        yield from _groups(sick, total - sick, None)
        return
    if total > 300:
        raise ValueError("too many tables to try without the group sizes")
    for sick in range(total + 1):
        yield sick, total - sick


def _prints(measures: Mapping[str, Printed], table: Table) -> bool:
    of = shares(table)
    for name, number in measures.items():
        top, bottom = of[name]
        half = Fraction(number.unit) / 2
        if bottom == 0 or abs(Fraction(100 * top, bottom) - Fraction(number.number)) > half:
            return False
    return True


def _table_text(table: Table) -> str:
    return "TP {}, FP {}, FN {}, TN {}".format(*table)
