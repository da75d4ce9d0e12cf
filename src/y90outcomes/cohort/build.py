"""`build_cohort`: registry and protocol to the analysis data sets."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort.columns import Columns, columns_of, meanings
from y90outcomes.cohort.eligibility import MEETS, MISSING, among, eligible
from y90outcomes.cohort.model import Cohort, Outcome
from y90outcomes.cohort.outcomes import outcome
from y90outcomes.cohort.quality import quality
from y90outcomes.cohort.switches import events_used, switch_of
from y90outcomes.registry import Registry
from y90outcomes.results import Table, TableColumn
from y90outcomes.study.model import Study


def build_cohort(study: Study, registry: Registry) -> Cohort:
    """One row per eligible patient, and per lesion of one, with every variable and outcome of the protocol.

    Missing is never eligible: a criterion whose value is missing leaves the patient out, counted apart by step and
    centre. Every value names the registry row that decided it.
    """
    columns = columns_of(study, registry)
    people = columns.people
    keep, flow = eligible(columns)
    rows = {"patient": np.flatnonzero(keep), "lesion": np.flatnonzero(keep[people.patient_of])}
    base = {
        "patient": people.patients[["centre", "patient_id"]],
        "lesion": people.lesions[["centre", "patient_id", "lesion_id"]],
    }
    known = meanings(study)
    frames, sources, outcomes = {}, {}, {}
    for grain in ("patient", "lesion"):
        frames[grain], sources[grain] = _frame(columns, grain, base[grain], rows[grain], list(known))
        outcomes[grain] = {
            name: made for name in study.endpoints if (made := _outcome(name, columns, grain, rows[grain]))
        }
    sets = _sets(study, columns, frames, rows)
    switches = {event: switch_of(columns, event) for event in events_used(study)}
    of_patient = {"patient": rows["patient"], "lesion": people.patient_of[rows["lesion"]]}
    return Cohort(
        study=study,
        frames=frames,
        sources=sources,
        variables=known,
        outcomes=outcomes,
        attrition=flow,
        sets=sets,
        records=_records(columns),
        quality=(*_met(columns), *quality(registry, study)),
        inputs=tuple(
            {
                "centre": source.centre,
                "file": source.file,
                "sheet": source.sheet,
                "rows": source.rows,
                "sha256": source.sha256,
                "origin": source.origin,
            }
            for source in registry.sources
        ),
        issues=registry.issues,
        fingerprint=_fingerprint(study, registry),
        switches={grain: {event: made.at(at) for event, made in switches.items()} for grain, at in of_patient.items()},
    )


def _frame(
    columns: Columns, grain: str, base: pd.DataFrame, rows: npt.NDArray[np.intp], names: list[str]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    made = {name: column for name in names if (column := columns.column(name, grain)) is not None}
    keys = base.reset_index(drop=True)
    values = pd.concat(
        [keys, pd.DataFrame({name: column.values for name, column in made.items()}, index=keys.index)], axis=1
    )
    deciding = pd.DataFrame({name: column.source for name, column in made.items()}, index=keys.index)
    return values.iloc[rows].reset_index(drop=True), deciding.iloc[rows].reset_index(drop=True)


def _outcome(name: str, columns: Columns, grain: str, rows: npt.NDArray[np.intp]) -> Outcome | None:
    made = outcome(name, columns, grain)
    return None if made is None else made.at(rows)


def _sets(
    study: Study, columns: Columns, frames: Mapping[str, pd.DataFrame], rows: Mapping[str, npt.NDArray[np.intp]]
) -> Table:
    """Adds `in_<set>` to the frames and says what each set holds."""
    lines = []
    for name, subset in study.analysis_sets.items():
        state = among(subset.among, columns, subset.grain)[rows[subset.grain]]
        inside, frame = state == MEETS, frames[subset.grain]
        frame[f"in_{name}"] = inside
        patients = len(frame.loc[inside, ["centre", "patient_id"]].drop_duplicates())
        label = subset.label or name.replace("_", " ")
        lines.append((name, label, subset.grain, int(inside.sum()), patients, int((state == MISSING).sum())))
    return Table(
        id="analysis_sets",
        title="Analysis sets",
        columns=(
            TableColumn("set", "Set"),
            TableColumn("label", "Definition"),
            TableColumn("grain", "One row per"),
            TableColumn("rows", "Rows", "integer"),
            TableColumn("patients", "Patients", "integer"),
            TableColumn("missing", "Left out for a missing value", "integer"),
        ),
        rows=tuple(lines),
    )


def _records(columns: Columns) -> Table:
    """How the record of each variable was chosen, counted over all patients of the registry."""
    rows = tuple(
        (f"{name}: {need}", window, choice.dated, choice.by_visit, choice.none, choice.several, choice.late)
        for (name, need), (window, choice) in sorted(columns.chosen.items())
    )
    return Table(
        id="records",
        title="How records were chosen",
        columns=(
            TableColumn("variable", "Variable: column"),
            TableColumn("window", "Window"),
            TableColumn("chosen", "Chosen by day or the only one", "integer"),
            TableColumn("by_visit", "Undated, by visit label", "integer"),
            TableColumn("none", "None found", "integer"),
            TableColumn("several", "Several, none chosen", "integer"),
            TableColumn("late", "After day 0", "integer"),
        ),
        rows=rows,
    )


def _met(columns: Columns) -> tuple[Table, ...]:
    """What derivations met on their way, counted over all subjects of the registry; none where nothing was met."""
    rows = tuple(
        (f"{name}: {what}", name, what, n)
        for name, counts in sorted(columns.counted.items())
        for what, n in counts.items()
        if n
    )
    if not rows:
        return ()
    return (
        Table(
            id="derivations_met",
            title="What derivations met",
            columns=(
                TableColumn("key", "Variable and what was met"),
                TableColumn("variable", "Variable"),
                TableColumn("what", "What was met"),
                TableColumn("n", "Subjects", "integer"),
            ),
            rows=rows,
        ),
    )


def _fingerprint(study: Study, registry: Registry) -> str:
    return hashlib.sha256(f"{study.fingerprint} {registry.fingerprint}".encode()).hexdigest()
