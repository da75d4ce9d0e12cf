"""The registry as derivations read it that need a whole course of records: every row with its subject and its day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.cohort.records import Subjects, days_from_index
from y90outcomes.derivations.types import Records, Span
from y90outcomes.registry import Registry
from y90outcomes.study.model import Window

FURTHER_DAYS = ("maa", "calibration", "end", "diagnosis", "randomisation")
"""Prefixes of further dates of a row; `<prefix>_days` counts them from the index as `days` does the row's own date."""


def records_of(registry: Registry, people: Subjects) -> Records:
    """The registry seen from day 0 of each patient. A table is prepared when it is first asked for."""
    lesions = people.lesions.reset_index(drop=True).assign(patient=people.patient_of)
    return Records(people.patients.reset_index(drop=True), lesions, _Tables(registry, people))


def span(window: Window) -> Span:
    """A window of the protocol as plain values."""
    return Span(window.start, window.end, window.nominal, window.visit)


@dataclass(frozen=True, slots=True, eq=False)
class _Tables(Mapping[str, pd.DataFrame]):
    registry: Registry
    people: Subjects
    _made: dict[str, pd.DataFrame] = field(default_factory=dict)

    def __getitem__(self, name: str) -> pd.DataFrame:
        if name not in self._made:
            self._made[name] = _prepared(self.registry, self.people, name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.registry.tables)

    def __len__(self) -> int:
        return len(self.registry.tables)


def _prepared(registry: Registry, people: Subjects, name: str) -> pd.DataFrame:
    table = registry.tables[name]
    patient = people.position(registry, name, lesion=False)
    more: dict[str, Any] = {"patient": patient, "days": days_from_index(table, patient, people)}
    if "lesion_id" in table.columns:
        named = (table["lesion_id"].fillna("") != "").to_numpy(dtype=bool)
        more["lesion"] = np.where(named, people.position(registry, name, lesion=True), -1)
    for prefix in FURTHER_DAYS:
        if f"{prefix}_day" in table.columns:
            own = table[[f"{prefix}_day", f"{prefix}_date"]].set_axis(["day", "date"], axis=1)
            more[f"{prefix}_days"] = days_from_index(own, patient, people)
    return table.copy(deep=False).assign(**more)
