"""A study folder in a temporary place: two small files and their mapping, to be spoilt one way at a time."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook

PATIENTS = "Patient;Sexe;Bili;Date\nP1;F;10,5;01/02/2020\nP2;M;12;15/03/2020\n"
MAPPING = """\
centre: rennes
origin: synthetic
missing: {ND: not_done}
files:
  - path: data/patients.csv
    dialect: {delimiter: ";", decimal: ","}
    dates: "%d/%m/%Y"
    tables:
      patients:
        patient_id: Patient
        sex: {from: Sexe, codes: {F: female, M: male}}
      treatments:
        patient_id: Patient
        treatment_number: 1
        date: Date
        device: {constant: glass}
      labs:
        patient_id: Patient
        long:
          - {analyte: bilirubin, visit: baseline, value: Bili, unit: µmol/L}
  - path: data/doses.xlsx
    header_row: 2
    tables:
      lesions:
        patient_id: Patient
        lesion_id: Tumeur
      dosimetry:
        patient_id: Patient
        lesion_id: Tumeur
        treatment_number: 1
        compartment: {constant: lesion}
        source: {constant: y90_pet_ct}
        absorbed_dose: {from: Dose, unit: Gy}
"""
DOSES = [["Doses"], ["Patient", "Tumeur", "Dose"], ["P1", 1, 205.5], ["P2", 1, 300]]

Make = Callable[..., Path]


def write_workbook(path: Path, rows: list[list[object]], title: str = "Feuille1") -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """make(patients=..., mapping=..., doses=..., replace={old: new}) -> the study folder."""

    def build(
        patients: str | bytes = PATIENTS,
        mapping: str = MAPPING,
        doses: list[list[object]] | None = None,
        replace: dict[str, str] | None = None,
    ) -> Path:
        for old, new in (replace or {}).items():
            assert old in mapping
            mapping = mapping.replace(old, new)
        (tmp_path / "centres").mkdir(exist_ok=True)
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "centres" / "rennes.yaml").write_text(mapping, encoding="utf-8")
        content = patients if isinstance(patients, bytes) else patients.encode("utf-8")
        (tmp_path / "data" / "patients.csv").write_bytes(content)
        write_workbook(tmp_path / "data" / "doses.xlsx", doses or DOSES)
        return tmp_path

    return build
