"""A study folder of any size, written quickly: four centres, each its own dialect, ten laboratory rows a patient."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

CENTRES = 4
ROWS_PER_PATIENT = 10
_ANALYTES = (
    ("bilirubin", "BILI", "mg/dL", 0.2, 4.0, 1),
    ("albumin", "ALB", "g/dL", 2.0, 5.0, 1),
    ("creatinine", "CREA", "mg/dL", 0.5, 2.0, 2),
    ("inr", "INR", "ratio", 0.8, 2.0, 2),
    ("platelets", "PLT", "10⁹/L", 30, 400, 0),
)
_VISITS = (("baseline", "V0"), ("month_3", "V3"))


@dataclass(frozen=True, slots=True)
class Dialect:
    delimiter: str
    decimal: str
    date: str


_DIALECTS = (
    Dialect(";", ",", "%d/%m/%Y"), Dialect(",", ".", "%Y-%m-%d"),
    Dialect("\t", ".", "%d.%m.%Y"), Dialect("|", ".", "%m/%d/%Y"),
)  # fmt: skip


def write_study(folder: Path, lab_rows: int, seed: int = 1) -> Path:
    """Write `lab_rows` laboratory rows of `lab_rows / 10` patients, with their treatments and follow-up.

    Values and dates are drawn per row, so that nothing profits from a column of few distinct texts more than real
    files would: about 1,500 distinct dates, and laboratory values at the precision laboratories print.
    """
    rng = np.random.default_rng(seed)
    patients = lab_rows // ROWS_PER_PATIENT
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "centres").mkdir(exist_ok=True)
    for number, chosen in enumerate(np.array_split(rng.permutation(patients), CENTRES)):
        _write_centre(folder, f"centre{number + 1}", _DIALECTS[number], chosen, rng)
    return folder


def _write_centre(folder: Path, centre: str, dialect: Dialect, chosen: np.ndarray, rng: np.random.Generator) -> None:
    n = len(chosen)
    key = np.char.add("P", chosen.astype(str))
    start = np.datetime64("2015-01-01") + rng.integers(0, 1500, n)
    contact = start + rng.integers(200, 1500, n)
    base = pd.DataFrame({
        "Patient": key,
        "Sex": rng.choice(["F", "M", "1", "2"], n),
        "Born": rng.integers(1930, 1985, n),
        "Treated": _dates(start, dialect),
        "Activity": _numbers(rng.uniform(0.5, 6, n), 2, dialect),
        "Contact": _dates(contact, dialect),
        "Dead": rng.choice(["yes", "no"], n),
    })  # fmt: skip
    labs = pd.concat([
        pd.DataFrame({
            "Patient": key,
            "Test": test,
            "Visit": visit,
            "Date": _dates(start + (0 if visit == "V0" else 90) + rng.integers(0, 10, n), dialect),
            "Result": _numbers(rng.uniform(low, high, n), digits, dialect),
        })
        for _, test, _, low, high, digits in _ANALYTES
        for _, visit in _VISITS
    ])  # fmt: skip
    labs = labs.iloc[rng.permutation(len(labs))]
    for name, frame in (("patients", base), ("labs", labs)):
        frame.to_csv(folder / "data" / f"{centre}_{name}.csv", sep=dialect.delimiter, index=False)
    (folder / "centres" / f"{centre}.yaml").write_text(_mapping(centre, dialect), encoding="utf-8")


def _dates(days: np.ndarray, dialect: Dialect) -> np.ndarray:
    distinct, inverse = np.unique(days, return_inverse=True)
    return np.asarray(pd.DatetimeIndex(distinct).strftime(dialect.date))[inverse]


def _numbers(values: np.ndarray, digits: int, dialect: Dialect) -> np.ndarray:
    return np.char.replace(np.char.mod(f"%.{digits}f", values), ".", dialect.decimal)


def _mapping(centre: str, dialect: Dialect) -> str:
    units = ", ".join(f"{analyte}: '{unit}'" for analyte, _, unit, *_ in _ANALYTES)
    tests = ", ".join(f"{test}: {analyte}" for analyte, test, *_ in _ANALYTES)
    visits = ", ".join(f"{text}: {visit}" for visit, text in _VISITS)
    delimiter = dialect.delimiter.replace("\t", "\\t")
    form = f'    dialect: {{delimiter: "{delimiter}", decimal: "{dialect.decimal}"}}\n    dates: "{dialect.date}"\n'
    return f"""\
centre: {centre}
origin: synthetic
files:
  - path: data/{centre}_patients.csv
{form}    tables:
      patients:
        patient_id: Patient
        sex: {{from: Sex, codes: {{F: female, M: male, "1": female, "2": male}}}}
        birth_year: Born
      treatments:
        patient_id: Patient
        treatment_number: 1
        date: Treated
        device: {{constant: glass}}
        activity: {{from: Activity, unit: GBq}}
      follow_up:
        patient_id: Patient
        long:
          - {{event: last_contact, occurrence: {{constant: "yes"}}, date: Contact}}
          - {{event: death, occurrence: {{from: Dead, codes: {{"yes": "yes", "no": "no"}}}}, date: Contact}}
  - path: data/{centre}_labs.csv
{form}    tables:
      labs:
        patient_id: Patient
        analyte: {{from: Test, codes: {{{tests}}}}}
        visit: {{from: Visit, codes: {{{visits}}}}}
        date: Date
        value: {{from: Result, unit: {{{units}}}}}
"""
