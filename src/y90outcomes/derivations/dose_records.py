"""Absorbed doses and sessions as whole tables, for derivations that need more than one record."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.derivations.dose_inputs import Rules
from y90outcomes.derivations.types import Positions, Records, Rule
from y90outcomes.dosimetry.courses import COURSE_DAYS, course_numbers
from y90outcomes.dosimetry.inputs import amount

Source = str | tuple[str, ...]

COURSE_RULES = (
    Rule("course_from", "recorded", "courses as recorded, where every session of the patient has a number, else from "
         "days; or always from days", allowed=("recorded", "days")),
    Rule("course_days", COURSE_DAYS, "longest time within a course", unit="d", low=0, high=365),
    Rule("course_since", "first", "that time counts from the first injection of the course or from the previous one",
         allowed=("first", "previous")),
)  # fmt: skip


def sessions(records: Records, rules: Rules | None = None) -> pd.DataFrame:
    """Sessions of known patients in order of time: `patient`, `number`, `days`, `row` (in treatments), `index` (whether
    it is the session of day 0) and, with the rules of a course, `course`."""
    table = records.tables["treatments"]
    frame = pd.DataFrame({name: table[name].to_numpy() for name in ("patient", "days")})
    frame["number"] = table["treatment_number"].to_numpy(dtype=np.float64, na_value=np.nan)
    frame["recorded"] = table["course_number"].to_numpy(dtype=np.float64, na_value=np.nan)
    frame["row"] = np.arange(len(table))
    frame = frame[frame["patient"] >= 0].sort_values(["patient", "days", "number"], kind="stable", ignore_index=True)
    frame["index"] = ~frame["patient"].duplicated() & frame["days"].notna()
    if rules is not None:
        patient = frame["patient"].to_numpy(dtype=np.intp)
        days = frame["days"].to_numpy(dtype=np.float64)
        frame["course"] = course_numbers(patient, days, rules["course_days"], rules["course_since"])
        if rules["course_from"] == "recorded":
            every = frame["recorded"].notna().groupby(frame["patient"]).transform("all")
            frame["course"] = frame["recorded"].where(every, frame["course"])
    return frame


def dose_rows(records: Records, compartment: str, source: Source, sessions: pd.DataFrame) -> pd.DataFrame:
    """Doses of a compartment from the named sources, one row per subject and session: `subject` (lesion for `lesion`,
    else patient), `patient`, `session` (position in `sessions`), `dose`, `volume`, `mass`, `row` (in dosimetry).

    Where several sources give one subject and session different doses, the dose is missing, as is one below zero.
    """
    table = records.tables["dosimetry"]
    named = [source] if isinstance(source, str) else list(source)
    own = table["compartment"].eq(compartment) & table["source"].isin(named)
    rows = np.flatnonzero(own.fillna(False).to_numpy(dtype=bool))
    found = pd.DataFrame({"patient": table["patient"].to_numpy()[rows], "row": rows})
    found["subject"] = table["lesion"].to_numpy()[rows] if compartment == "lesion" else found["patient"]
    blank = table["lesion_id"].fillna("").eq("").to_numpy(dtype=bool)[rows]
    for name, column in (
        ("number", "treatment_number"),
        ("dose", "absorbed_dose"),
        ("volume", "volume"),
        ("mass", "mass"),
    ):
        found[name] = table[column].to_numpy(dtype=np.float64, na_value=np.nan)[rows]
    found["dose"] = amount(found["dose"])
    found = found[(found["subject"] >= 0) & (blank != (compartment == "lesion"))]
    keys = (
        sessions[["patient", "number"]].assign(session=np.arange(len(sessions))).drop_duplicates(["patient", "number"])
    )
    found = found.merge(keys, on=["patient", "number"], how="inner")
    found = found.sort_values(["subject", "session", "dose", "row"], kind="stable", na_position="last")
    several = found.groupby(["subject", "session"])["dose"].transform("nunique") > 1
    found["dose"] = found["dose"].mask(several)
    return pd.DataFrame(found.drop_duplicates(["subject", "session"]).reset_index(drop=True))


def first_rows(subject: npt.ArrayLike, row: npt.ArrayLike, count: int) -> Positions:
    """The first row of each subject, −1 for none."""
    first = np.full(count, -1, dtype=np.intp)
    at = np.asarray(subject, dtype=np.intp)
    first[at[::-1]] = np.asarray(row, dtype=np.intp)[::-1]
    return first


def shown(value: float, unit: str = "") -> str:
    """A number in a step of an explanation."""
    return "not known" if np.isnan(value) else f"{value:g} {unit}".strip()
