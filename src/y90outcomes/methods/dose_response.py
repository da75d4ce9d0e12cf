"""Probability of a binary endpoint over dose: the curve, who it is drawn from, rates by stratum, numbers to cite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.conventions import words
from y90outcomes.estimators.intraclass import intraclass_correlation
from y90outcomes.estimators.inverse_prediction import inverse_prediction
from y90outcomes.estimators.numbers import Floats
from y90outcomes.estimators.probability_curve import ProbabilityCurve, observed_grid, probability_curve
from y90outcomes.estimators.proportions import proportion
from y90outcomes.estimators.restricted_cubic_spline import spline_columns
from y90outcomes.methods.common import ALL, Selection, effect, groups_of, plain, select, test_row
from y90outcomes.methods.dose_response_model import DoseModel, dose_model, odds_ratio, patients
from y90outcomes.methods.dose_response_notes import dose_notes
from y90outcomes.results import CurveRow, Curves, EffectRow, Effects, PointRow, Points, Result
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import DoseResponseAnalysis
from y90outcomes.study.meaning import Meaning
from y90outcomes.study.speaking import convention

LINE, SPLINE = "line", "spline"
"""Groups of the curve."""
RUG = "rug"
"""Series of the subjects behind it."""


def dose_response(cohort: Cohort, id: str, spec: DoseResponseAnalysis) -> list[Result]:
    """`<id>` the curves, fractions over the observed doses; `<id>.points` the rug; `<id>.strata` observed rates;
    `<id>.estimates` odds ratio, non-linearity and doses for the targets.

    Subjects whose endpoint or dose is missing are left out and counted in `missing`; on a logarithmic scale so is a
    dose that is not positive.
    """
    selection = select(cohort, spec)
    made = dose_model(selection, spec)
    shared: dict[str, Any] = {
        "population": selection.label,
        "n": len(made.event),
        "events": int(made.event.sum()),
        "missing": len(selection) - len(made.event),
    }
    known, outcome = selection.meaning(spec.dose), selection.outcome(spec.endpoint)[0]
    groups = {LINE: "Logistic regression"}
    if spec.knots:
        groups[SPLINE] = f"Restricted cubic spline, {spec.knots} knots"
    conventions = {"logistic_estimator": made.fit.estimator, "probability_band": "logit"}
    results: list[Result] = [
        Curves(
            id=id,
            title=spec.title,
            method="dose_response",
            conventions=conventions,
            notes=dose_notes(selection, spec, made),
            groups=groups,
            caption=spec.caption,
            figure=spec.figure or "",
            x_label=known.label,
            x_unit=known.unit,
            y_label=outcome.label,
            rows=tuple(_curves(spec, made)),
            layout={"grain": selection.grain, "targets": list(spec.targets)},
            **shared,
        ),
        Points(
            id=f"{id}.points",
            title=spec.title,
            method="points",
            x_label=known.label,
            x_unit=known.unit,
            y_label=outcome.label,
            rows=tuple(_rug(made)),
            layout={"grain": selection.grain},
            **shared,
        ),
    ]
    if spec.strata:
        results.append(_strata(f"{id}.strata", selection, spec, made, shared))
    results.append(_estimates(f"{id}.estimates", selection, spec, made, shared))
    return results


def _curves(spec: DoseResponseAnalysis, made: DoseModel) -> Iterator[CurveRow]:
    grid = observed_grid(made.dose)
    x = made.scale.x(grid)
    yield from _rows(LINE, grid, probability_curve(made.fit, x, level=spec.level))
    spline = made.spline
    if spline is None or not len(grid):
        return
    if spline.fit is None:
        ends = grid[[0, -1]] if len(grid) > 1 else grid
        yield from (CurveRow(SPLINE, float(at), None, None, None, None, None, None, spline.reason) for at in ends)
        return
    yield from _rows(SPLINE, grid, probability_curve(spline.fit, spline_columns(x, spline.knots), level=spec.level))


def _rows(group: str, grid: Floats, curve: ProbabilityCurve) -> Iterator[CurveRow]:
    """Every place of the grid; of a curve that does not exist its two ends, with the reason."""
    shown = range(len(grid)) if curve.valid else sorted({0, len(grid) - 1} & set(range(len(grid))))
    for i in shown:
        values = (plain(curve.estimate[i]), plain(curve.lower[i]), plain(curve.upper[i]))
        yield CurveRow(group, float(grid[i]), *values, None, None, None, curve.reason)


def _rug(made: DoseModel) -> list[PointRow]:
    """One entry per subject without its key, in order of outcome and dose, so no order of patients shows."""
    order = np.lexsort((made.dose, made.event))
    return [PointRow(RUG, "", float(made.dose[i]), int(made.event[i])) for i in order]


def _strata(
    id: str, selection: Selection, spec: DoseResponseAnalysis, made: DoseModel, shared: dict[str, Any]
) -> Effects:
    """Observed rate of each level with its interval, and its median dose, where the figure draws it."""
    interval = convention(selection.cohort.study, "proportion_interval")
    by = spec.strata or ""
    known, labels = selection.meaning(spec.dose), selection.meaning(by).levels
    rows = []
    for level, mask in groups_of(selection, by).items():
        inside = mask[made.design.whole]
        if level == ALL or not inside.any():
            continue
        events, n = int(made.event[inside].sum()), int(inside.sum())
        rate = proportion(events, n, interval=interval, level=spec.level)
        rows.append(effect("rate", level, rate, label=labels[level], unit="%", scale=100))
        middle = plain(np.median(made.dose[inside]))
        rows.append(EffectRow("median_dose", level, label=labels[level], unit=known.unit, estimate=middle, n=n))
    present = {row.term for row in rows}
    return Effects(
        id=id,
        title=spec.title,
        method="proportion",
        conventions={"proportion_interval": interval},
        groups={level: label for level, label in labels.items() if level in present},
        group_title=selection.meaning(by).label,
        rows=tuple(rows),
        **shared,
    )


def _estimates(
    id: str, selection: Selection, spec: DoseResponseAnalysis, made: DoseModel, shared: dict[str, Any]
) -> Effects:
    known = selection.meaning(spec.dose)
    rows = [odds_ratio(known, made, made.fit, spec)]
    if made.firth is not None:
        rows.append(odds_ratio(known, made, made.firth, spec, beside=True))
    conventions = {"logistic_estimator": made.fit.estimator, "logistic_inference": spec.inference}
    if made.spline is not None:
        label = f"Restricted cubic spline, {spec.knots} knots"
        rows.append(test_row("nonlinearity", spec.dose, made.spline.nonlinearity, label=label))
        conventions["nonlinearity_test"] = made.spline.conventions["nonlinearity_test"]
    if spec.targets:
        conventions["inverse_prediction_interval"] = spec.target_interval
    for target in spec.targets:
        for interval in (spec.target_interval, *spec.also_intervals):
            rows.append(_dose_for(known, made, spec, target, interval))
    clusters = patients(selection, made)
    if clusters is not None:
        alike = intraclass_correlation(made.event, clusters)
        row = effect("intraclass_correlation", spec.endpoint, alike, label="Intraclass correlation of the outcome")
        rows.append(replace(row, level=None, primary=False))
    return Effects(id=id, title=spec.title, method="dose_response", conventions=conventions, rows=tuple(rows), **shared)


def _dose_for(known: Meaning, made: DoseModel, spec: DoseResponseAnalysis, target: float, interval: str) -> EffectRow:
    """`dose_for/<p in per cent>`, a further interval as contrast."""
    first = interval == spec.target_interval
    beside = words("inverse_prediction_interval", interval).removesuffix(" for a dose")
    found = inverse_prediction(
        made.fit, made.event, made.x, target, interval=interval, level=spec.level, scale=made.scale
    )
    return effect(
        "dose_for",
        shortest(round(100.0 * target, 10)),
        found,
        contrast=None if first else interval,
        label=f"{100.0 * target:g}% probability" + ("" if first else f", {beside}"),
        unit=known.unit,
    )
