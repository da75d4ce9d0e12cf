"""Cutoffs chosen from a ROC curve by a named rule, all optima listed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from y90outcomes.conventions import default
from y90outcomes.estimators.arrays import check_name
from y90outcomes.estimators.numbers import NAN, Floats
from y90outcomes.estimators.roc import Roc

RULES = ("youden", "closest_topleft", "sensitivity", "specificity")
TIE = 1e-12
"""Criteria closer than this are equal: all their cutoffs are optima."""


@dataclass(frozen=True, slots=True)
class Cutpoint:
    """One cutoff: a subject is positive when its value is `rule` (≥, ≤, > or <) `value`, with the counts it makes.

    `observed` is the least extreme value that is positive; `criterion` what the rule optimised (Youden's index, the
    squared distance, or the other of sensitivity and specificity).
    """

    value: float
    rule: str
    observed: float
    tp: int
    fp: int
    fn: int
    tn: int
    criterion: float


@dataclass(frozen=True, slots=True)
class Cutpoints:
    """Every optimum of one rule, the strictest cutoff first; empty with a `reason` where none is worth the name."""

    found: tuple[Cutpoint, ...]
    reason: str = ""


def cutpoints(
    curve: Roc, rule: str, *, at: float | None = None, cutoff_value: str = default("cutoff_value")
) -> Cutpoints:
    """The optima of `rule` on a curve (see `roc.roc`), ties within 1e-12 all listed, strictest first.

    rule          "youden": sensitivity + specificity greatest (Youden, Cancer 1950;3:32); "closest_topleft":
                  (1 − sensitivity)² + (1 − specificity)² least; "sensitivity" (or "specificity"): of the cutoffs with
                  at least `at`, that of greatest specificity (sensitivity), and of equal ones that of greatest
                  sensitivity (specificity): one cutoff.
    cutoff_value  "observed": an observed value with ≥; "midpoint": halfway to the next value on the other side (pROC);
                  "medcalc": that next value itself with >. In direction "lower" ≤ and <. The counts are the same.
    The cutoffs that call nobody or everybody positive are no candidates; where they would do as well, none is given.
    pROC::coords(x = "best", best.method = …), cutpointr::cutpointr(tol_metric = 1e-12). A curve without events or
    non-events gives none. Raises ValueError for an unknown rule or name, and for `at` missing, superfluous or outside
    (0, 1].
    """
    check_name("cutoff_value", cutoff_value)
    if rule not in RULES:
        raise ValueError(f"rule: {rule!r} is not one of {', '.join(RULES)}")
    if (rule in ("sensitivity", "specificity")) != (at is not None):
        raise ValueError(f"rule {rule!r} {'takes no' if at is not None else 'needs'} `at`")
    if at is not None and not 0.0 < at <= 1.0:
        raise ValueError(f"at must lie above 0 and up to 1, got {at}")
    if not curve.events or not curve.nonevents:
        return Cutpoints((), f"no cutoff: no {'subject without the event' if curve.events else 'event'}")
    if len(curve.cutoff) < 3:
        return Cutpoints((), "no cutoff: every value is the same")
    sensitivity, specificity = curve.sensitivity, curve.specificity
    inside = np.arange(1, len(curve.cutoff) - 1)
    if rule in ("youden", "closest_topleft"):
        criterion = (
            sensitivity + specificity - 1.0 if rule == "youden" else (1.0 - sensitivity) ** 2 + (1.0 - specificity) ** 2
        )
        gain = criterion if rule == "youden" else 1.0 - criterion  # calling everybody or nobody positive gains 0
        best = float(gain[inside].max())
        if best <= TIE:
            return Cutpoints((), "no cutoff does better than calling everybody or nobody positive")
        chosen = inside[gain[inside] >= best - TIE]
    else:
        held, other = (sensitivity, specificity) if rule == "sensitivity" else (specificity, sensitivity)
        reached = inside[held[inside] >= float(at or 0.0) - TIE]
        if not len(reached):
            return Cutpoints((), f"no cutoff reaches a {rule} of {at} without calling everybody or nobody positive")
        criterion = other
        reached = reached[other[reached] >= other[reached].max() - TIE]
        chosen = reached[held[reached] >= held[reached].max() - TIE][:1]
    return Cutpoints(tuple(_cutpoint(curve, int(i), float(criterion[i]), cutoff_value) for i in chosen))


def fixed_cutpoint(curve: Roc, value: float) -> Cutpoint:
    """A cutoff chosen beforehand: ≥ `value` is positive (≤ in direction "lower"). ValueError for a value not finite.

    The curve is of score (n,). R: pROC::coords(x = value). Fawcett, Pattern Recognit Lett 2006;27:861,
    10.1016/j.patrec.2005.10.010.
    """
    if not np.isfinite(value):
        raise ValueError(f"value must be finite, got {value}")
    higher = curve.direction == "higher"
    strict = curve.cutoff if higher else -curve.cutoff
    i = int((strict >= (value if higher else -value)).sum()) - 1
    tp, fp = int(curve.tp[i]), int(curve.fp[i])
    observed = float(curve.cutoff[i]) if i else NAN
    rule = "≥" if higher else "≤"
    return Cutpoint(float(value), rule, observed, tp, fp, curve.events - tp, curve.nonevents - fp, NAN)


def _cutpoint(curve: Roc, i: int, criterion: float, cutoff_value: str) -> Cutpoint:
    tp, fp = int(curve.tp[i]), int(curve.fp[i])
    value, rule = _value(curve.cutoff, i, cutoff_value), "≥" if curve.direction == "higher" else "≤"
    if cutoff_value == "medcalc":
        rule = ">" if curve.direction == "higher" else "<"
    observed = float(curve.cutoff[i])
    return Cutpoint(value, rule, observed, tp, fp, curve.events - tp, curve.nonevents - fp, criterion)


def _value(cutoff: Floats, i: int, cutoff_value: str) -> float:
    observed, following = float(cutoff[i]), float(cutoff[i + 1])
    if cutoff_value == "observed":
        return observed
    if cutoff_value == "medcalc":
        return following
    middle = observed / 2.0 + following / 2.0
    return observed if middle == following else middle  # two values next to each other have nothing in between
