"""What a reader of a dose–response curve must know: who is left out, few events, separation, lesions, the shape."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from y90outcomes.estimators.intraclass import intraclass_correlation
from y90outcomes.methods.common import Selection, missing_by
from y90outcomes.methods.dose_response_model import DoseModel, odds_ratio, patients, rarer
from y90outcomes.methods.notes import few_events, no_estimate, small_unit
from y90outcomes.methods.proportion import not_evaluable
from y90outcomes.results import Note
from y90outcomes.study.analyses import DoseResponseAnalysis


def dose_notes(selection: Selection, spec: DoseResponseAnalysis, made: DoseModel) -> tuple[Note, ...]:
    """Every note of the curve, in the order a reader needs them."""
    n, total = len(made.event), len(selection)
    notes = [*not_evaluable(selection, spec.endpoint)[1], *missing_by(selection, spec.strata)]
    label = selection.meaning(spec.dose).label
    if made.design.dropped:
        what = "missing" if spec.scale == "linear" else "missing or not above 0, which has no logarithm,"
        lost = made.design.dropped
        notes.append(Note("complete_case", f"{label} is {what} for {lost} of {total}; they are left out.", "caution"))
    if not made.fit.valid:
        notes.append(no_estimate(made.fit.reason))
        return tuple(notes)
    beside = "Firth's odds ratio stands beside." if made.firth is not None else ""
    counted = "events" if 2 * made.event.sum() <= n else "subjects without the event"
    notes += few_events(rarer(made.event), 1 if made.spline is None else spec.knots - 1, what=counted, but=beside)
    notes += _estimator(spec, made)
    unit = [odds_ratio(selection.meaning(spec.dose), made, made.fit, spec)]
    if spec.scale == "linear":
        notes += small_unit(selection, unit, made.design, {spec.dose: spec.per}, ratio="odds_ratio")
    notes += _dependent(selection, made)
    notes += _shape(selection, spec, made)
    return tuple(notes)


def _estimator(spec: DoseResponseAnalysis, made: DoseModel) -> list[Note]:
    """Separation, which made the estimator Firth's."""
    if spec.estimator != "auto" or made.fit.estimator != "firth":
        return []
    message = (
        f"The dose separates those with the event from those without ({made.fit.separation} separation): maximum "
        "likelihood has no finite estimate, so every number of the line is Firth's."
    )
    return [Note("separation", message, "caution")]


def _dependent(selection: Selection, made: DoseModel) -> list[Note]:
    """Lesions of one patient taken as independent, with their intraclass correlation."""
    codes = patients(selection, made)
    if codes is None:
        return []
    alike = intraclass_correlation(made.event, codes)
    said = f" (intraclass correlation {alike.estimate:.2f})" if alike.valid else ""
    message = (
        f"{len(codes)} lesions of {len(np.unique(codes))} patients are taken as independent{said}: where lesions of a "
        "patient are alike, bands and intervals are too narrow."
    )
    return [Note("lesions_independent", message, "caution")]


def _shape(selection: Selection, spec: DoseResponseAnalysis, made: DoseModel) -> list[Note]:
    """Range, slope and departure from the line."""
    notes, doubt = [], 1.0 - spec.level
    unit = selection.meaning(spec.dose).unit
    low, high = float(made.dose.min()), float(made.dose.max())
    seen = f"{low:g} to {high:g} {unit}".strip()
    if spec.targets:
        within = f"The curve and doses for a probability stay within what was observed ({seen})."
        notes.append(Note("no_extrapolation", within))
    term = made.fit.terms[0]
    if spec.targets and not term.p < doubt:
        words = "The slope is not significant, so the data hardly say at which dose a probability is reached."
        notes.append(Note("weak_slope", words, "caution"))
    if term.coefficient < 0.0:
        notes.append(Note("falling", "The probability falls as the dose rises.", "caution"))
    if made.spline is not None and made.spline.valid:
        places: Sequence[float] = [made.scale.dose(float(place)) for place in made.spline.knots]
        listed = ", ".join(f"{place:.4g}" for place in places)
        notes.append(Note("knots", f"Knots of the spline at {listed} {unit}".strip() + "."))
        if made.spline.conventions["logistic_estimator"] != made.fit.estimator:
            words = "The spline's columns separate the outcomes, so the spline alone is fitted by Firth's method."
            notes.append(Note("separation", words, "caution"))
        if made.spline.nonlinearity.p < doubt and spec.targets:
            words = "The spline departs from the line, from which the doses for a probability are read."
            notes.append(Note("non_linear", words, "caution"))
    elif made.spline is not None:
        notes.append(Note("no_spline", f"No spline: {made.spline.reason}.", "caution"))
    return notes
