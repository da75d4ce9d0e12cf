"""One person under two keys, and a patient whose age contradicts the dates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Issue
from y90outcomes.registry.check_rows import PATIENT, Tables, codes_of, look_up
from y90outcomes.thresholds import significant

DIGITS = 3
"""Significant digits at which two centres may have written one measurement."""

SIGNATURES = (
    ("born", "date", "activity"), ("born", "date", "dose"), ("born", "date", "afp"), ("born", "date", "bilirubin"),
    ("date", "activity", "dose"), ("date", "activity", "afp"), ("date", "dose", "afp"), ("date", "activity", "shunt"),
    ("born", "activity", "dose", "afp"), ("born", "activity", "dose", "bilirubin"),
    ("born", "activity", "shunt", "diagnosis"), ("born", "activity", "shunt", "residual"),
)  # fmt: skip
"""What, beside the sex, two records must share to look like one person: any one of these, all parts known.

A date of first treatment with a birth year and one measurement, or more measurements where date or birth is missing.
By chance two of 1000 patients share the weakest of them about once in a hundred registries.
"""


def check_duplicate_patients(tables: Tables) -> list[Issue]:
    """duplicate_patient: patients of one centre with the same sex, birth, treatment date and measurements."""
    same, _across = _alike(tables)
    return tables.flag("duplicate_patient", "patients", same, ["patient_id"], "say whether they are, and keep one")


def check_shared_patients(tables: Tables) -> list[Issue]:
    """shared_patient: as duplicate_patient, in two centres (a referral, or one patient sent by both)."""
    _same, across = _alike(tables)
    return tables.flag(
        "shared_patient", "patients", across, ["patient_id"], "the centres agree who reports this patient"
    )


def check_age(tables: Tables) -> list[Issue]:
    """age_disagrees: age given, and year of first treatment minus birth year, apart by more than rounding explains."""
    patients = tables.frames["patients"]
    if tables.reference.empty:
        return []
    treated = pd.to_datetime(look_up(patients, tables.reference)).dt.year
    apart = treated - patients["birth_year"].astype("float64") - patients["age_at_treatment"]
    born_later = treated < patients["birth_year"].astype("float64")
    return tables.flag("age_disagrees", "patients", (apart < -1) | (apart > 1.5) | born_later,
                       ["age_at_treatment", "birth_year"])  # fmt: skip


def _alike(tables: Tables) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Patients who share a signature with another of their own centre, and of another centre."""
    if tables.alike is not None:
        return tables.alike
    patients = tables.frames["patients"]
    same, across = np.zeros(len(patients), dtype=bool), np.zeros(len(patients), dtype=bool)
    if len(patients) < 2:
        return same, across
    parts = _parts(tables)
    centre = pd.Series(pd.factorize(patients["centre"])[0])
    for rows, group in _groups(parts, patients["patient_id"].notna().to_numpy()):
        keys = centre.iloc[rows].reset_index(drop=True)
        within = codes_of([keys, pd.Series(group)])
        repeated = pd.Series(within).groupby(within).transform("size").to_numpy() > 1
        same[rows[repeated]] = True
        across[rows[keys.groupby(group).transform("nunique").to_numpy() > 1]] = True
    tables.alike = same, across
    return tables.alike


def _groups(
    parts: dict[str, pd.Series], known: NDArray[np.bool_]
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.int64]]]:
    for names in SIGNATURES:
        columns = [parts[name] for name in ("sex", *names)]
        whole = known & np.logical_and.reduce([column.notna().to_numpy() for column in columns])
        rows = np.flatnonzero(whole)
        if len(rows) > 1:
            yield rows, codes_of([column.iloc[rows] for column in columns])


def _parts(tables: Tables) -> dict[str, pd.Series]:
    """One series per part of a signature, aligned with the patients."""
    patients, treatments, labs = (tables.frames[name] for name in ("patients", "treatments", "labs"))
    first = treatments[treatments["treatment_number"] == 1]
    doses = tables.frames["dosimetry"]
    doses = doses[doses["treatment_number"] == 1]
    early = labs[labs["visit"] == "baseline"]
    birth = patients["birth_year"].astype("Float64").fillna(-patients["age_at_treatment"].astype("Float64"))

    def look(frame: pd.DataFrame, column: str) -> pd.Series:
        rounded = frame[[*PATIENT]].assign(value=significant(frame[column].to_numpy(), DIGITS))
        rounded = rounded[rounded["value"] > 0]
        return look_up(patients, rounded.groupby(PATIENT, sort=False)["value"].max())

    return {
        "sex": patients["sex"],
        "born": birth,
        "date": look_up(patients, tables.reference) if len(tables.reference) else pd.Series(pd.NaT, patients.index),
        "diagnosis": tables.days("patients", "diagnosis_date").round(),
        "activity": look(first, "activity"),
        "shunt": look(first, "lung_shunt_fraction"),
        "residual": look(first, "residual_fraction"),
        "dose": look(doses, "absorbed_dose"),
        "afp": look(early[early["analyte"] == "afp"], "value"),
        "bilirubin": look(early[early["analyte"] == "bilirubin"], "value"),
    }
