"""ROC analyses again, by scikit-learn, intervals of shares by statsmodels and SciPy."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Booleans, Floats
from y90outcomes.estimators.second import groups as shares
from y90outcomes.estimators.second import roc as second
from y90outcomes.estimators.second.trial import Declined
from y90outcomes.methods.common import select
from y90outcomes.methods.verification.sheet import Sheet
from y90outcomes.results import Result
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import CutoffRule, RocAnalysis

CELLS = {
    "sensitivity": ("tp", "fn"), "specificity": ("tn", "fp"), "ppv": ("tp", "fp"), "npv": ("tn", "fn"),
}  # fmt: skip
"""share -> its numerator, and what completes its denominator."""
NO_VARIANCE = "scikit-learn has no variance of an area (DeLong's, Obuchowski's)"


def roc(cohort: Cohort, id: str, spec: RocAnalysis, _: Sequence[Result]) -> Sheet:
    """Areas, the points of the curves, cutoffs by rule and fixed ones, shares at each."""
    sheet, selection = Sheet(id), select(cohort, spec)
    names = (spec.variable, *spec.against)
    state = selection.outcome(spec.endpoint)[2].to_numpy(dtype=float)
    values = np.column_stack([selection.values(name).to_numpy(dtype=float) for name in names])
    whole = ~np.isnan(state) & ~np.isnan(values).any(axis=1)
    event = state[whole] == 1.0
    signs = [-1.0 if (spec.direction == "lower") != (name in spec.opposite) else 1.0 for name in names]
    scores = {name: values[whole, j] * sign for j, (name, sign) in enumerate(zip(names, signs, strict=True))}
    if not 0 < event.sum() < len(event):
        return sheet
    counts = {"n": len(event), "events": int(event.sum())}
    areas = {name: second.area(score, event) for name, score in scores.items()}
    for name, score in scores.items():
        for quantity in ("auc", "auc_independent", "auc_clustered"):
            tail = (quantity, name)
            sheet.put("estimates", tail, second.SKLEARN, {"estimate": areas[name], **counts})
            sheet.refuse("estimates", tail, NO_VARIANCE, "lower", "upper", "se", "statistic", "p")
        _points(sheet, name, score, event)
    for name in spec.against:
        tail = ("auc_difference", f"{name}_vs_{spec.variable}")
        sheet.put("estimates", tail, second.SKLEARN, {"estimate": areas[name] - areas[spec.variable], **counts})
        sheet.refuse("estimates", tail, NO_VARIANCE, "lower", "upper", "se", "statistic", "p")
    sheet.refuse("estimates", ("auc_equality", "areas"), NO_VARIANCE)
    for rule in spec.cutoffs:
        _cutoff(sheet, spec, rule, scores[spec.variable], signs[0], event)
    return sheet


def _points(sheet: Sheet, name: str, score: Floats, event: Booleans) -> None:
    """The top of every vertical of the curve, with the counts of its step."""
    made, others, hits = second.curve(score, event), int((~event).sum()), int(event.sum())
    before = 0
    for x in np.unique(made["fpr"]):
        at = made["fpr"] == x
        top, low = float(made["tpr"][at].max()), float(made["tpr"][at].min())
        negatives = round(float(x) * others)
        row: dict[str, float] = {"estimate": top, "at_risk": others - before, "events": round((top - low) * hits),
               "censored": negatives - before}  # fmt: skip
        sheet.put("", (name, shortest(float(x))), second.SKLEARN, row)
        before = negatives


def _cutoff(sheet: Sheet, spec: RocAnalysis, rule: CutoffRule, score: Floats, sign: float, event: Booleans) -> None:
    term = rule.rule if rule.at is None else f"{rule.rule}_{shortest(rule.at)}"
    made = sheet.attempt("cutoffs", ("cutoff", term), lambda: _thresholds(spec, rule, score, sign, event))
    if made is None:
        why = sheet.declined[sheet.address("cutoffs", ("cutoff", term))]
        for contrast in (None, *map(str, range(2, len(event) + 2))):
            for name in ("cutoff", *CELLS, "accuracy", "lr_positive", "lr_negative"):
                sheet.refuse("cutoffs", (name, term, contrast), why)
    for number, (limit, shown) in enumerate(made or [], start=1):
        contrast = str(number) if number > 1 else None
        counts = {"n": len(event), "events": int(event.sum())}
        sheet.put("cutoffs", ("cutoff", term, contrast), second.SKLEARN, counts)
        if shown is None:
            sheet.refuse("cutoffs", ("cutoff", term, contrast), "scikit-learn's thresholds are observed values")
        else:
            sheet.put("cutoffs", ("cutoff", term, contrast), second.SKLEARN, {"estimate": shown})
        found = second.at_cutoff(score >= limit, event)
        _shares(sheet, spec, term, contrast, found)


def _thresholds(
    spec: RocAnalysis, rule: CutoffRule, score: Floats, sign: float, event: Booleans
) -> list[tuple[float, float | None]]:
    """Thresholds on the score, and as printed (None where the printed one is no observed value)."""
    if rule.rule == "fixed":
        return [(sign * float(rule.at or 0.0), float(rule.at or 0.0))]
    if rule.rule not in ("youden", "closest_topleft"):
        raise Declined("a rule of choosing a cutoff that no library has")
    curve = second.curve(score, event)
    inside = np.isfinite(curve["threshold"])
    tpr, fpr, limit = curve["tpr"][inside], curve["fpr"][inside], curve["threshold"][inside]
    merit = tpr - fpr if rule.rule == "youden" else -((1.0 - tpr) ** 2 + fpr**2)
    best = limit[merit >= merit.max() - 1e-12]
    if len(best) > 1:
        raise Declined("several optima: their order is ours")
    return [(float(best[0]), sign * float(best[0]) if spec.cutoff_value == "observed" else None)]


def _shares(sheet: Sheet, spec: RocAnalysis, term: str, contrast: str | None, found: dict[str, float]) -> None:
    total = int(found["tn"] + found["fp"] + found["fn"] + found["tp"])
    cells = {name: (int(found[top]), int(found[top] + found[rest])) for name, (top, rest) in CELLS.items()}
    cells["accuracy"] = (int(found["tp"] + found["tn"]), total)
    for name, (top, of) in cells.items():
        tail = (name, term, contrast)
        if spec.prevalence is not None and name in ("ppv", "npv"):
            sheet.refuse("cutoffs", tail, "no library has predictive values at a given prevalence")
            continue
        sheet.put("cutoffs", tail, second.SKLEARN, {"estimate": float(found[name])}, scale=100.0)
        sheet.put("cutoffs", tail, second.SKLEARN, {"n": of, "events": top})
        if spec.cluster:
            sheet.refuse("cutoffs", tail, "no library has the ratio estimator's variance of clustered shares",
                         "lower", "upper", "se")  # fmt: skip
        elif of:
            for engine, made in shares.proportion(top, of, spec.accuracy_interval, spec.level).items():
                sheet.put("cutoffs", tail, engine, made, scale=100.0)
    for name, places in (("lr_positive", ("tp", "fp")), ("lr_negative", ("fn", "tn"))):
        tail = (name, term, contrast)
        if name in found:
            sheet.put("cutoffs", tail, second.SKLEARN, {"estimate": found[name]})
        else:
            sheet.refuse("cutoffs", tail, "scikit-learn has no likelihood ratio with an empty cell", "estimate")
        hits, others = int(found["tp"] + found["fn"]), int(found["fp"] + found["tn"])
        pair = (int(found[places[0]]), hits, int(found[places[1]]), others)
        if spec.cluster:
            sheet.refuse("cutoffs", tail, "no library has the variance of clustered likelihood ratios",
                         "lower", "upper", "se")  # fmt: skip
            continue
        made = sheet.attempt("cutoffs", tail, lambda: shares.two_proportions(pair, "ratio", "log", spec.level))  # noqa: B023
        sheet.put("cutoffs", tail, shares.STATSMODELS, {k: v for k, v in (made or {}).items() if k != "estimate"})
