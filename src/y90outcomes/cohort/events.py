"""Events of the registry: when each first happened, whether it did, and the row that says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort.records import Subjects, days_from_index, provenance, rows_where
from y90outcomes.derivations.types import EventSource
from y90outcomes.registry import Registry
from y90outcomes.study.model import Study


@dataclass(frozen=True, slots=True)
class Happened:
    """Per patient: days from the index (NaN for none or undated), the row that says so, the event's name."""

    days: npt.NDArray[np.float64]
    source: pd.Series
    name: pd.Series


def cut_off(study: Study, people: Subjects) -> npt.NDArray[np.float64]:
    """Days from the index to the data cut-off, per patient; infinite without one or where the index has no date."""
    if study.data.cutoff is None:
        return np.full(len(people.patients), np.inf)
    elapsed = (pd.Timestamp(study.data.cutoff) - people.index_date).dt.total_seconds().to_numpy() / 86_400
    return np.where(np.isnan(elapsed), np.inf, elapsed)


@dataclass(frozen=True, slots=True)
class Events:
    """Events of a registry, seen from the index of each patient. `end` is the day of the data cut-off, per patient."""

    registry: Registry
    people: Subjects
    end: npt.NDArray[np.float64]
    _rows: dict[str, pd.DataFrame] = field(default_factory=dict, repr=False, compare=False)

    def rows(self, event: EventSource) -> pd.DataFrame:
        """Rows that record the event (whatever their occurrence) with `subject`, `days`, `source`, `happened`.

        happened: 1 yes, 0 no, NaN where the occurrence itself is missing.
        """
        if event.name not in self._rows:
            self._rows[event.name] = self._read(event)
        return self._rows[event.name]

    def _read(self, event: EventSource) -> pd.DataFrame:
        table = self.registry.tables[event.table]
        mask = rows_where(table, event.where)
        rows = table[mask]
        subject = self.people.position(self.registry, event.table, lesion=False)[mask]
        happened: npt.NDArray[np.float64] = np.ones(len(rows))
        if event.occurrence:
            codes = rows[event.occurrence].map({"yes": 1.0, "no": 0.0})
            happened = np.asarray(codes.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)
        made = pd.DataFrame(
            {
                "subject": subject,
                "days": days_from_index(rows, subject, self.people),
                "source": provenance(rows, event.table).to_numpy(),
                "happened": happened,
                "name": event.name,
            }
        )
        return made[~(made["days"] < 0)] if event.history else made

    def first(self, *events: EventSource) -> Happened:
        """The earliest of some events per patient; NaN days where none happened or none is dated."""
        return self._pick(events, last=False)

    def last(self, *events: EventSource) -> Happened:
        """The latest of some records per patient."""
        return self._pick(events, last=True)

    def _pick(self, events: Iterable[EventSource], last: bool) -> Happened:
        count = len(self.people.patients)
        frames = [self.rows(event) for event in events]
        rows = (
            pd.concat(frames, ignore_index=True)
            if frames
            else pd.DataFrame({"subject": [], "days": [], "source": [], "happened": [], "name": []})
        )
        rows = rows[(rows["happened"] == 1) & rows["days"].notna() & (rows["subject"] >= 0)]
        rows = rows.sort_values(["subject", "days"], ascending=[True, not last], kind="stable").drop_duplicates(
            "subject"
        )
        at = rows["subject"].to_numpy(dtype=np.intp)
        days = np.full(count, np.nan)
        days[at] = rows["days"].to_numpy()
        source = np.full(count, "", dtype=object)
        source[at] = rows["source"].to_numpy()
        name = np.full(count, "", dtype=object)
        name[at] = rows["name"].to_numpy()
        return Happened(days, pd.Series(source, dtype=str), pd.Series(name, dtype=str))

    def occurrence(self, event: EventSource) -> tuple[pd.Series, pd.Series]:
        """ "yes", "no" or missing per patient, and the row that says so. Any yes is a yes; no record is missing.

        An event after the data cut-off had not happened by then: it is a no.
        """
        rows = self.rows(event)
        rows = rows[rows["happened"].notna() & (rows["subject"] >= 0)]
        later = rows["days"].to_numpy() > self.end[rows["subject"].to_numpy(dtype=np.intp)]
        rows = rows.assign(happened=rows["happened"].where(~later, 0.0))
        rows = rows.sort_values(["subject", "happened"], ascending=[True, False], kind="stable").drop_duplicates(
            "subject"
        )
        known = rows.set_index("subject").reindex(range(len(self.people.patients)))
        values = known["happened"].map({1.0: "yes", 0.0: "no"}, na_action="ignore").astype("string")
        return values.reset_index(drop=True), known["source"].fillna("").astype(str).reset_index(drop=True)

    def open_question(self, *events: EventSource) -> npt.NDArray[np.bool_]:
        """Patients for whom an event may have happened but its occurrence, or its date, is missing."""
        doubt = np.zeros(len(self.people.patients), dtype=bool)
        for event in events:
            rows = self.rows(event)
            unclear = rows[
                (rows["happened"].isna() | ((rows["happened"] == 1) & rows["days"].isna())) & (rows["subject"] >= 0)
            ]
            doubt[unclear["subject"].to_numpy(dtype=np.intp)] = True
        return doubt
