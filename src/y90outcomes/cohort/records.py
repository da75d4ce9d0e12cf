"""Record choice: which row of the registry counts, said and counted each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.registry import Registry
from y90outcomes.study.model import Study, Window

KEY = ["centre", "patient_id"]
LESION_KEY = [*KEY, "lesion_id"]


@dataclass(frozen=True, slots=True)
class Subjects:
    """Patients and lesions as positions, and the index (day 0) of every patient.

    patients, lesions  their keys and provenance, in key order
    patient_of         position of each lesion's patient
    index_date         date of the first treatment, NaT where it is given as a day number or missing
    treated            whether a first treatment is recorded
    treatment          treatment_number of the index treatment
    """

    patients: pd.DataFrame
    lesions: pd.DataFrame
    patient_of: npt.NDArray[np.intp]
    index_date: pd.Series
    treated: npt.NDArray[np.bool_]
    treatment: pd.Series
    index_row: pd.Series
    _known: dict[tuple[str, bool], npt.NDArray[np.intp]] = field(default_factory=dict, repr=False, compare=False)

    def position(self, registry: Registry, table: str, lesion: bool) -> npt.NDArray[np.intp]:
        """Position of the subject of each row of a table; -1 where it has none. Found once per table."""
        if (table, lesion) not in self._known:
            keys, frame = (LESION_KEY, self.lesions) if lesion else (KEY, self.patients)
            self._known[table, lesion] = _positions(frame, registry.tables[table], keys)
        return self._known[table, lesion]


@dataclass(frozen=True, slots=True)
class Choice:
    """One row per subject: `rows` index labels of the table (-1 none), and how they were found."""

    rows: npt.NDArray[np.intp]
    dated: int
    by_visit: int
    none: int
    several: int


def subjects(registry: Registry, study: Study) -> Subjects:
    """Patients, lesions and day 0. The index is the first treatment: earliest day or date, then lowest number.

    A treatment with neither day nor date makes the index unknown when its number comes before: it may be the first.
    """
    patients = registry.tables["patients"]
    lesions = registry.tables["lesions"]
    treatments = registry.tables["treatments"]
    at = _positions(patients, treatments, KEY)
    timed = treatments["day"].notna() | treatments["date"].notna()
    order = treatments.assign(subject=at, days=treatments["day"].fillna(0), only_dated=treatments["day"].isna())
    order = order[order["subject"] >= 0].sort_values(
        ["subject", "days", "only_dated", "date", "treatment_number"], kind="stable", na_position="last"
    )
    lowest = order.groupby("subject")["treatment_number"].min()
    lowest_untimed = order[~timed.reindex(order.index)].groupby("subject")["treatment_number"].min()
    first = order[timed.reindex(order.index)].drop_duplicates("subject").set_index("subject").reindex(lowest.index)
    earlier = lowest_untimed.reindex(first.index) < first["treatment_number"]
    everyone = pd.RangeIndex(len(patients))
    treated = first["treatment_number"].notna() & ~earlier.fillna(False).astype(bool)
    first = first[treated]
    return Subjects(
        patients=patients,
        lesions=lesions,
        patient_of=_positions(patients, lesions, KEY),
        index_date=first["date"].reindex(everyone),
        treated=treated.reindex(everyone, fill_value=False).to_numpy(dtype=bool),
        treatment=first["treatment_number"].reindex(everyone),
        index_row=provenance(first, "treatments").reindex(everyone, fill_value=""),
    )


def _positions(frame: pd.DataFrame, table: pd.DataFrame, keys: list[str]) -> npt.NDArray[np.intp]:
    """Where each row of `table` stands in `frame` by their keys; -1 for nowhere."""
    wanted = pd.MultiIndex.from_frame(table[keys].fillna(""))
    return pd.MultiIndex.from_frame(frame[keys].fillna("")).get_indexer(wanted)


def days_from_index(table: pd.DataFrame, patient: npt.NDArray[np.intp], people: Subjects) -> npt.NDArray[np.float64]:
    """Days from the index of each row: its day number, else its date less the index date; NaN for neither."""
    if "day" not in table.columns:
        return np.full(len(table), np.nan)
    index = people.index_date.reindex(range(-1, len(people.patients))).iloc[patient + 1].to_numpy()
    elapsed = pd.Series(table["date"].to_numpy() - index).dt.total_seconds().to_numpy() / 86_400
    days = np.where(table["day"].notna(), table["day"].to_numpy(dtype=float, na_value=np.nan), elapsed)
    known = np.append(people.treated, False)[patient]
    return np.where(known, days, np.nan)


def provenance(rows: pd.DataFrame, table: str) -> pd.Series:
    """ "table: file, sheet, row" of each row, as text."""
    sheet = rows["source_sheet"].fillna("").map(lambda name: f", {name}" if name else "")
    return (
        table + ": " + rows["source_file"].astype(str) + sheet.astype(str) + ", row " + rows["source_row"].astype(str)
    )


def rows_where(table: pd.DataFrame, where: Mapping[str, str | tuple[str, ...]]) -> npt.NDArray[np.bool_]:
    """Mask of the rows whose columns hold the codes; a missing code never matches."""
    mask = np.ones(len(table), dtype=bool)
    for column, codes in where.items():
        wanted = [codes] if isinstance(codes, str) else list(codes)
        mask &= table[column].isin(wanted).fillna(False).to_numpy(dtype=bool)
    return mask


def choose(
    values: pd.Series,
    subject: npt.NDArray[np.intp],
    count: int,
    days: npt.NDArray[np.float64],
    visit: pd.Series | None,
    window: Window | None,
) -> Choice:
    """One row per subject out of the candidates.

    values   candidate values, NaN or NA never chosen; `subject` their positions (-1 ignored), `count` of subjects
    window   with one: the dated row inside it nearest to its target day, ties earlier; where there is none, an undated
             row under the window's visit label. Without: the only value; several different ones choose none
    """
    usable = values.notna().to_numpy(dtype=bool) & (subject >= 0)
    frame = pd.DataFrame({"subject": subject, "days": days, "row": np.arange(len(values))})
    rows = np.full(count, -1, dtype=np.intp)
    if window is None:
        distinct = pd.Series(values.to_numpy()[usable]).groupby(subject[usable]).nunique()
        several = distinct.index[distinct > 1].to_numpy()
        single = frame[usable & ~np.isin(subject, several)].drop_duplicates("subject")
        rows[single["subject"].to_numpy()] = single["row"].to_numpy()
        return Choice(rows, len(single), 0, count - len(single) - len(several), len(several))
    inside = usable & (days >= window.start) & (days <= window.end)
    near = frame[inside].assign(distance=lambda chosen: (chosen["days"] - window.nominal).abs())
    near = near.sort_values(["subject", "distance", "days", "row"], kind="stable").drop_duplicates("subject")
    rows[near["subject"].to_numpy()] = near["row"].to_numpy()
    by_visit, undecided = 0, 0
    if visit is not None and window.visit is not None:
        label = visit.eq(window.visit).fillna(False).to_numpy(dtype=bool)
        undated = usable & np.isnan(days) & label & (rows[subject] < 0)
        distinct = pd.Series(values.to_numpy()[undated]).groupby(subject[undated]).nunique()
        twice = distinct.index[distinct > 1].to_numpy()
        single = frame[undated & ~np.isin(subject, twice)].drop_duplicates("subject")
        rows[single["subject"].to_numpy()] = single["row"].to_numpy()
        by_visit, undecided = len(single), len(twice)
    return Choice(rows, len(near), by_visit, count - len(near) - by_visit - undecided, undecided)
