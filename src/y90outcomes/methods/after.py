"""Warnings that no single method can see alone, added to what a method returned."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Floats
from y90outcomes.methods.censored_times import with_censored_times
from y90outcomes.methods.common import Selection, select, variables_of
from y90outcomes.methods.notes import lesions_independent
from y90outcomes.results import Curves, Effects, Note, Result
from y90outcomes.study import Study
from y90outcomes.study.analyses import (
    AnalysisSpec,
    CentresAnalysis,
    CoxAnalysis,
    DoseResponseAnalysis,
    LogisticAnalysis,
)
from y90outcomes.study.meaning import CENTRE, meaning
from y90outcomes.study.variables import CutVariable, GroupedVariable

_ABOUT_LESIONS = ("lesions_independent", "clusters")


def with_warnings(cohort: Cohort, spec: AnalysisSpec, made: list[Result]) -> list[Result]:
    """The results, descriptions of censored times warned, intervals and tests that take lesions of one patient as
    independent, effects pooled over centres nobody compares, and those with a p value where strata were cut at values
    found in these same patients.

    Altman, J Natl Cancer Inst 1994;86:829 (10.1093/jnci/86.11.829): a cutoff chosen for the smallest p makes p mean
    little.
    """
    study = cohort.study
    made = _with_centres(cohort, spec, _with_lesions(cohort, spec, with_censored_times(study, made)))
    found = [name for name in variables_of(spec) if _from_data(study, name)]
    if not found:
        return made
    labels = ", ".join(meaning(study, name).label for name in found)
    note = Note(
        "data_driven_cutoff",
        f"The cuts of {labels} were chosen from these data: p is too small and the difference too large; "
        "only other patients can test them.",
        "warning",
    )
    return [replace(item, notes=(*item.notes, note)) if _tests(item) else item for item in made]


def _with_lesions(cohort: Cohort, spec: AnalysisSpec, made: list[Result]) -> list[Result]:
    """The note, with the intraclass correlation of the outcome, where a method does not say it itself."""
    if cohort.study.analysis_set(spec.set)[1].grain != "lesion" or getattr(spec, "cluster", None):
        return made
    selection = select(cohort, spec)
    values, what = _described(selection, spec)
    note = lesions_independent(selection, values, np.ones(len(selection), dtype=bool), what)
    return [
        replace(item, notes=(*item.notes, *note))
        if _infers(item) and not any(one.kind in _ABOUT_LESIONS for one in item.notes)
        else item
        for item in made
    ]


def _with_centres(cohort: Cohort, spec: AnalysisSpec, made: list[Result]) -> list[Result]:
    """A note at an effect pooled over several centres where no analysis of the protocol asks whether they agree."""
    if not isinstance(spec, CoxAnalysis | LogisticAnalysis | DoseResponseAnalysis):
        return made
    terms = [spec.dose] if isinstance(spec, DoseResponseAnalysis) else spec.terms
    strata = spec.strata if isinstance(spec, CoxAnalysis) else []
    if CENTRE in (*terms, *strata, getattr(spec, "cluster", None)):
        return made
    centres = select(cohort, spec).frame[CENTRE].nunique()
    asked = {
        page.exposure
        for page in cohort.study.analyses.values()
        if isinstance(page, CentresAnalysis) and page.endpoint == spec.endpoint
    }
    if centres < 2 or asked.intersection(terms):
        return made
    note = Note(
        "pooled_centres",
        f"Pooled over {centres} centres; no analysis of the protocol asks whether they agree (method centres does).",
    )
    return [replace(made[0], notes=(*made[0].notes, note)), *made[1:]]


def _described(selection: Selection, spec: AnalysisSpec) -> tuple[Floats | None, str]:
    """What an analysis is about as numbers (n,), and in words: its endpoint, else its first numeric variable."""
    endpoint = getattr(spec, "endpoint", None)
    if endpoint is not None:
        _, time, state = selection.outcome(endpoint)
        return state.to_numpy(dtype=float, na_value=np.nan), " of the event" if time is not None else ""
    for name in variables_of(spec):
        if not selection.meaning(name).levels:
            values = pd.to_numeric(selection.values(name), errors="coerce")
            return values.to_numpy(dtype=float, na_value=np.nan), f" of {selection.meaning(name).label}"
    return None, ""


def _infers(item: Result) -> bool:
    """Whether a result holds an interval or a test."""
    if isinstance(item, Effects):
        return any(row.p is not None or row.lower is not None for row in item.rows)
    return isinstance(item, Curves) and any(row.lower is not None for row in item.rows)


def _tests(item: Result) -> bool:
    return isinstance(item, Effects) and any(row.p is not None for row in item.rows)


def _from_data(study: Study, name: str) -> bool:
    spec = study.variables.get(name)
    while isinstance(spec, GroupedVariable):
        spec = study.variables[spec.of]
    return isinstance(spec, CutVariable) and spec.chosen == "from_these_data"
