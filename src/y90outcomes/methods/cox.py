"""Cox regression of a time-to-event endpoint on the protocol's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.concordance import concordance_of
from y90outcomes.estimators.proportional_hazards import ProportionalHazards, proportional_hazards
from y90outcomes.methods.common import Selection, about_endpoint, effect, select, test_row
from y90outcomes.methods.cox_model import Fitted, fitted, rows_of
from y90outcomes.methods.cox_residual_points import residual_points
from y90outcomes.methods.design import complete_case
from y90outcomes.methods.kaplan_meier import complete, left_out
from y90outcomes.methods.late import (
    Late,
    at_landmark,
    immortal_time,
    landmark_time,
    late_terms,
    said,
    switched,
    without_day,
)
from y90outcomes.methods.notes import (
    collinearity,
    few_events,
    lesions_independent,
    no_estimate,
    not_proportional,
    small_unit,
)
from y90outcomes.results import Effects, Note, Result
from y90outcomes.study.analyses import CoxAnalysis


def cox(cohort: Cohort, id: str, spec: CoxAnalysis) -> list[Result]:
    """Hazard ratios of complete cases, and companions.

    `<id>`         hazard_ratio/<term>[/<level>_vs_<first level>], term_test/<term> of a factor with more than two
                   levels, the test of the model (likelihood_ratio/model; wald/model with clusters)
    `<id>.checks`  ph_test/<term>, ph_test/global, concordance/model
    `<id>.schoenfeld`, `<id>.martingale`: residuals, where the page asks for them
    `<id>.landmark`, `<id>.time_dependent`: the same model where a term is known only after time begins
    """
    selection = select(cohort, spec)
    outcome, time, state = selection.outcome(spec.endpoint)
    if time is None:  # the protocol's check refuses this before any data are read
        raise ValueError(f"{spec.endpoint!r} has no times")
    usable = complete(time, state)
    made = fitted(selection, spec, time.to_numpy(dtype=float), state.to_numpy(dtype=float), usable)
    rows = rows_of(made, spec.level)
    missing = int((~usable).sum())
    late = late_terms(selection, spec.terms, spec.endpoint)
    beside, versions = _versions(selection, id, spec, late)
    tested = _proportional(made, spec)
    notes = left_out(missing, len(selection)) + about_endpoint(selection, spec.endpoint)
    notes += _about_model(made, selection, spec) + few_events(made.fit.events, len(made.design.columns))
    notes += collinearity(selection, made.design)
    notes += small_unit(selection, rows, made.design, spec.per, ratio="hazard_ratio")
    notes += _not_proportional(tested, made) + immortal_time(late, beside)
    shared = _shared(made, selection, spec, f"Cox regression of {outcome.label}")
    return [
        Effects(id=id, title=spec.title, missing=missing + made.lost, notes=notes, rows=rows, **shared),
        *_checks(made, id, spec, tested, shared),
        *residual_points(made, id, spec, outcome.unit, shared),
        *versions,
    ]


def _shared(made: Fitted, selection: Selection, spec: CoxAnalysis, method: str) -> dict[str, Any]:
    strata = ", ".join(selection.meaning(name).label for name in spec.strata)
    return {
        "population": selection.label,
        "n": made.subjects,
        "events": made.fit.events,
        "method": f"{method}, stratified by {strata}" if strata else method,
        "conventions": made.fit.conventions,
        "caption": spec.caption,
    }


def _about_model(made: Fitted, selection: Selection, spec: CoxAnalysis) -> tuple[Note, ...]:
    """Complete cases, strata, clusters or lesions taken as independent, no estimate."""
    notes = complete_case(made.design)
    if made.no_stratum:
        notes += (Note("missing_stratum", f"{made.no_stratum} belong to no stratum and are left out.", "caution"),)
    if spec.strata:
        labels = ", ".join(selection.meaning(name).label for name in spec.strata)
        notes += (Note("strata", f"{made.fit.strata} baseline hazards, one per stratum of {labels}."),)
    if spec.cluster is not None:
        unit = {"patient": "patients", "centre": "centres"}[spec.cluster]
        message = f"Standard errors, intervals and p are robust over {made.fit.clusters} {unit} (Lin and Wei)."
        notes += (Note("clusters", message),)
    elif len(made.fit.kernel.data.died) == made.subjects:  # one row per lesion
        event = np.full(len(made.design.whole), np.nan)
        event[made.design.whole] = made.fit.kernel.data.died
        notes += lesions_independent(selection, event, made.design.whole, " of the event")
    if not made.fit.valid:
        notes += (no_estimate(made.fit.reason),)
    return notes


def _proportional(made: Fitted, spec: CoxAnalysis) -> ProportionalHazards | None:
    if spec.proportional_hazards is None:
        return None
    return proportional_hazards(made.fit.kernel, made.design.blocks(), transform=spec.proportional_hazards)


def _not_proportional(tested: ProportionalHazards | None, made: Fitted) -> tuple[Note, ...]:
    if tested is None:
        return ()
    return not_proportional({term: made.selection.meaning(term).label for term in tested.tests}, tested)


def _checks(
    made: Fitted, id: str, spec: CoxAnalysis, tested: ProportionalHazards | None, shared: Mapping[str, Any]
) -> list[Result]:
    rows = []
    if tested is not None:
        for term, test in tested.tests.items():
            label = made.selection.meaning(term).label
            rows.append(test_row("ph_test", term, test, label=label, events=made.fit.events))
        overall = test_row("ph_test", "global", tested.overall, label="All terms together", events=made.fit.events)
        rows.append(overall)
    found = concordance_of(made.fit.kernel, cluster=made.clusters, level=spec.level)
    rows.append(effect("concordance", "model", found.estimate, label="Concordance (Harrell's C)"))
    conventions = {"cox_ties": spec.ties, "concordance": "jackknife"}
    if tested is not None:
        conventions["proportional_hazards"] = tested.transform
    about = {**shared, "conventions": conventions, "caption": ""}
    return [Effects(id=f"{id}.checks", title=f"{spec.title}: checks of the model", rows=tuple(rows), **about)]


def _versions(selection: Selection, id: str, spec: CoxAnalysis, late: tuple[Late, ...]) -> tuple[str, list[Result]]:
    """What the warning says of better versions, and those versions."""
    if not late:
        return "", []
    words, made = [], []
    at = landmark_time(selection, spec.endpoint, late, spec.landmark)
    lost = without_day(late, landmark=True)
    if at is not None and not lost:
        made.append(_landmark(selection, id, spec, late, at))
        words.append("a landmark version")
    if not without_day(late, landmark=False):
        made.append(_time_dependent(selection, id, spec, late))
        words.append("a time-dependent version")
    sentences = [f"Beside it: {' and '.join(words)}."] if words else []
    if lost:
        sentences.append(f"No landmark version: the protocol names no day by which {', '.join(lost)} is known.")
    elif at is None:
        sentences.append("No landmark version: nobody's term switches while under observation.")
    if "a time-dependent version" not in words:
        lost = without_day(late, landmark=False)
        sentences.append(f"No time-dependent version: no day is recorded on which {', '.join(lost)} became known.")
    return " ".join(sentences), made


def _landmark(selection: Selection, id: str, spec: CoxAnalysis, late: tuple[Late, ...], at: float) -> Result:
    outcome = selection.outcomes[spec.endpoint]
    there = at_landmark(selection, spec.endpoint, late, at)
    made = fitted(
        there.selection, spec, there.time.to_numpy(dtype=float), there.state.to_numpy(dtype=float), there.usable
    )
    rule = (
        "the day by which the term is known"
        if any(one.known is not None for one in late)
        else "the median of the times at which the term switches, rounded up to whole months"
    )
    chosen = "" if spec.landmark is not None else f" The protocol gives no landmark: this is {rule}."
    notes = (Note("landmark", f"{there.words}.{chosen}"), *said(there.left_out, len(selection)))
    notes += _about_model(made, there.selection, spec) + few_events(made.fit.events, len(made.design.columns))
    return Effects(
        id=f"{id}.landmark",
        title=f"{spec.title}: landmark",
        missing=len(selection) - made.subjects,
        notes=notes,
        rows=rows_of(made, spec.level),
        **_shared(made, there.selection, spec, f"Cox regression of {outcome.label} from a landmark"),
    )


def _time_dependent(selection: Selection, id: str, spec: CoxAnalysis, late: tuple[Late, ...]) -> Result:
    outcome = selection.outcomes[spec.endpoint]
    split = switched(selection, spec.endpoint, late)
    everything = np.ones(len(split.stop), dtype=bool)
    made = fitted(split.selection, spec, split.stop, split.state, everything, start=split.start, subject=split.subject)
    labels = ", ".join(one.label for one in late)
    message = f"{labels} counts from the day it happens: {made.subjects} subjects in {made.fit.n} intervals."
    notes = (Note("time_dependent", message), *said(split.left_out, len(selection)))
    notes += _about_model(made, split.selection, spec) + few_events(made.fit.events, len(made.design.columns))
    return Effects(
        id=f"{id}.time_dependent",
        title=f"{spec.title}: time-dependent",
        missing=len(selection) - made.subjects,
        notes=notes,
        rows=rows_of(made, spec.level),
        **_shared(made, split.selection, spec, f"Cox regression of {outcome.label}, time-dependent"),
    )
