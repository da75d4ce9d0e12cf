"""The records of one patient alone, for explanations, with the way back to positions in the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from y90outcomes.derivations.types import Positions, Records

TABLES = ("imaging", "treatments", "therapies", "assessments")


@dataclass(frozen=True, slots=True)
class Alone:
    """`records` of one patient at position 0; `rows` and `lesions` are the registry's positions of its own."""

    records: Records
    rows: Mapping[str, Positions]
    lesions: Positions

    def place(self, table: str, row: int) -> int:
        """Position in the registry of a row of the patient's table; -1 for none."""
        return int(self.rows[table][row]) if row >= 0 else -1


def alone(records: Records, patient: int) -> Alone:
    """Only the rows of one patient (a position)."""
    lesions = np.flatnonzero(records.lesions["patient"].to_numpy() == patient)
    new = np.full(len(records.lesions) + 1, -1, dtype=np.intp)
    new[lesions] = np.arange(len(lesions))
    rows, tables = {}, {}
    for name in TABLES:
        table = records.tables[name]
        rows[name] = np.flatnonzero(table["patient"].to_numpy() == patient)
        part = table.iloc[rows[name]].reset_index(drop=True).assign(patient=0)
        if "lesion" in part:
            part["lesion"] = new[part["lesion"].to_numpy(dtype=np.intp)]
        tables[name] = part
    own = records.lesions.iloc[lesions].reset_index(drop=True).assign(patient=0)
    return Alone(Records(records.patients.iloc[[patient]].reset_index(drop=True), own, tables), rows, lesions)
