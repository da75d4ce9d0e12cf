"""Events of the registry: when each first happened, whether it did, and the row that says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort.records import Subjects, days_from_index, provenance, rows_where
from y90outcomes.derivations.events import EVENTS
from y90outcomes.derivations.types import EventSource
from y90outcomes.registry import Registry
from y90outcomes.study.model import Study

Numbers = npt.NDArray[np.float64]
ROWS = ("subject", "days", "happened", "name", "table", "row", "source")
"""Columns of rows of events: position of the patient (-1 none), days from the index (NaN unknown), 1 yes, 0 no or NaN
not known, the event's name, the registry table and position in it; `source` stands for the row where there is none."""


ASSESSED = ("last_assessment", "last_imaging")
"""Events whose rows are assessments."""


@dataclass(frozen=True, slots=True)
class Happened:
    """Per patient: days from the index (NaN for none or undated), the row that says so, the event's name."""

    days: npt.NDArray[np.float64]
    source: pd.Series
    name: pd.Series


@dataclass(frozen=True, slots=True, eq=False)
class Picked:
    """One row of events per patient, as arrays: days NaN, name and table "" and row -1 for none."""

    days: Numbers
    name: npt.NDArray[np.object_]
    table: npt.NDArray[np.object_]
    row: npt.NDArray[np.intp]
    source: npt.NDArray[np.object_]

    def where(self, mask: npt.NDArray[np.bool_], other: Picked) -> Picked:
        """This one where `mask` holds, else the other."""
        return Picked(
            np.where(mask, self.days, other.days),
            np.where(mask, self.name, other.name),
            np.where(mask, self.table, other.table),
            np.where(mask, self.row, other.row),
            np.where(mask, self.source, other.source),
        )


def nothing(count: int) -> Picked:
    """No row for any of `count` patients."""
    empty = np.full(count, "", dtype=object)
    return Picked(np.full(count, np.nan), empty, empty.copy(), np.full(count, -1, dtype=np.intp), empty.copy())


def _constant(word: str, count: int) -> pd.Categorical:
    """One word for every row, held once: imaging has millions of rows."""
    return pd.Categorical.from_codes(np.zeros(count, dtype=np.int8), categories=pd.Index([word]))  # type: ignore[arg-type]


def join(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Rows of events together, in order."""
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame({name: [] for name in ROWS})


def pick(rows: pd.DataFrame, count: int, *, last: bool = False) -> Picked:
    """The earliest dated row per patient that says yes, or the latest; of several on a day the first in the frame."""
    subject = rows["subject"].to_numpy(dtype=np.intp)
    days = rows["days"].to_numpy(dtype=float)
    usable = np.flatnonzero((rows["happened"].to_numpy(dtype=float) == 1) & ~np.isnan(days) & (subject >= 0))
    order = usable[np.lexsort((-days[usable] if last else days[usable], subject[usable]))]
    sorted_subject = subject[order]
    chosen = order[np.append(True, sorted_subject[1:] != sorted_subject[:-1])[: len(order)]]
    made, at = nothing(count), subject[chosen]
    made.days[at] = days[chosen]
    for name in ("name", "table", "row", "source"):
        getattr(made, name)[at] = rows[name].iloc[chosen].to_numpy()
    return made


def pick_from(frames: Iterable[pd.DataFrame], count: int, *, last: bool = False) -> Picked:
    """`pick` over several frames; of several on a day the first frame's."""
    found = nothing(count)
    for frame in frames:
        one = pick(frame, count, last=last)
        better = one.days > found.days if last else one.days < found.days
        found = one.where(better | np.isnan(found.days), found)
    return found


def places(picked: Picked, registry: Registry) -> npt.NDArray[np.object_]:
    """ "table: file, sheet, row" of each picked row, "" for none."""
    said = picked.source.copy()
    for table in sorted(set(picked.table[picked.row >= 0])):
        here = (picked.table == table) & (picked.row >= 0)
        said[here] = provenance(registry.tables[table].iloc[picked.row[here]], table).to_numpy()
    return said


def open_question(rows: pd.DataFrame, count: int) -> npt.NDArray[np.bool_]:
    """Patients with a row of an event that may have happened: its occurrence, or the date of a yes, is missing."""
    doubt = np.zeros(count, dtype=bool)
    unclear = (rows["happened"].isna() | ((rows["happened"] == 1) & rows["days"].isna())) & (rows["subject"] >= 0)
    doubt[rows.loc[unclear, "subject"].to_numpy(dtype=np.intp)] = True
    return doubt


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
        """Rows that record the event, whatever their occurrence, with the columns `ROWS`."""
        if event.name not in self._rows:
            self._rows[event.name] = self.read(event.name, event.table, event.where, event.occurrence, event.history)
        return self._rows[event.name]

    def read(
        self,
        name: str,
        table_name: str,
        where: Mapping[str, tuple[str, ...]],
        occurrence: str = "",
        history: bool = False,
    ) -> pd.DataFrame:
        """Rows of a table whose columns hold the codes, as rows of the event `name`; `history` leaves out those before
        the index, `occurrence` is the column that says yes or no."""
        table = self.registry.tables[table_name]
        mask = rows_where(table, {**where})
        rows = table[["day", "date", *([occurrence] if occurrence else [])]]
        rows = rows if mask.all() else rows[mask]
        subject = self.people.position(self.registry, table_name, lesion=False)[mask]
        happened: npt.NDArray[np.float64] = np.ones(len(rows))
        if occurrence:
            codes = rows[occurrence].map({"yes": 1.0, "no": 0.0})
            happened = np.asarray(codes.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)
        made = pd.DataFrame(
            {
                "subject": subject,
                "days": days_from_index(rows, subject, self.people),
                "happened": happened,
                "name": _constant(name, len(rows)),
                "table": _constant(table_name, len(rows)),
                "row": np.flatnonzero(mask),
                "source": _constant("", len(rows)),
            }
        )
        return made[~(made["days"] < 0)] if history else made

    def assessed(self) -> pd.DataFrame:
        """Adequate assessments: dated response assessments other than NE, and dated imaging, except of a day whose
        assessments are all NE. Sorted by patient and day: `subject`, `days`, `row` and `kind` (place in `ASSESSED`)."""
        if "assessed" not in self._rows:
            read, seen = (self.rows(EVENTS[name]) for name in ASSESSED)
            not_read = self.read("not evaluable", "assessments", {"response": ("NE",)})
            key = ["subject", "days"]
            only = not_read[key].drop_duplicates().merge(read[key].drop_duplicates(), how="left", indicator=True)
            only = only[only["_merge"] == "left_only"]
            if len(only):
                near = seen["subject"].isin(only["subject"])
                unread = pd.MultiIndex.from_frame(seen.loc[near, key]).isin(pd.MultiIndex.from_frame(only[key]))
                seen = seen.drop(index=seen.index[near.to_numpy()][unread])
            numbers = [one[["subject", "days", "row"]].assign(kind=kind) for kind, one in enumerate((read, seen))]
            rows = pd.concat(numbers, ignore_index=True)
            rows = rows[rows["days"].notna() & (rows["subject"] >= 0)]
            order = np.lexsort((rows["days"].to_numpy(), rows["subject"].to_numpy()))
            self._rows["assessed"] = rows.iloc[order].reset_index(drop=True)
        return self._rows["assessed"]

    def first(self, *events: EventSource) -> Happened:
        """The earliest of some events per patient; NaN days where none happened or none is dated."""
        return self._pick(events, last=False)

    def last(self, *events: EventSource) -> Happened:
        """The latest of some records per patient."""
        return self._pick(events, last=True)

    def _pick(self, events: Iterable[EventSource], last: bool) -> Happened:
        found = pick_from((self.rows(event) for event in events), len(self.people.patients), last=last)
        source = pd.Series(places(found, self.registry), dtype=str)
        return Happened(found.days, source, pd.Series(found.name, dtype=str))

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
        everyone = pd.RangeIndex(len(self.people.patients))
        says = rows.set_index("subject")["happened"].reindex(everyone)
        found = pick(rows.assign(happened=1.0, days=0.0), len(everyone))
        values = says.map({1.0: "yes", 0.0: "no"}, na_action="ignore").astype("string")
        return values.reset_index(drop=True), pd.Series(places(found, self.registry), dtype=str)

    def open_question(self, *events: EventSource) -> npt.NDArray[np.bool_]:
        """Patients for whom an event may have happened but its occurrence, or its date, is missing."""
        return open_question(join(self.rows(event) for event in events), len(self.people.patients))
