"""Record choice: which row of the registry counts, said and counted each time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.registry import Registry
from y90outcomes.study.model import Study

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
    """Where each row of `table` stands in `frame` by their keys; -1 for nowhere.

    Rows of one subject follow each other in a canonical table, so only the first of each run is looked up.
    """
    if not len(table):
        return np.empty(0, dtype=np.intp)
    columns = [table[key].fillna("").to_numpy(dtype=object) for key in keys]
    starts = np.concatenate([[True], np.any([values[1:] != values[:-1] for values in columns], axis=0)])
    known = {key: at for at, key in enumerate(zip(*(frame[key].fillna("") for key in keys), strict=True))}
    wanted = zip(*(values[starts] for values in columns), strict=True)
    found = np.array([known.get(key, -1) for key in wanted], dtype=np.intp)
    return np.asarray(found[np.cumsum(starts) - 1], dtype=np.intp)


def days_from_index(table: pd.DataFrame, patient: npt.NDArray[np.intp], people: Subjects) -> npt.NDArray[np.float64]:
    """Days from the index of each row: its day number, else its date less the index date; NaN for neither."""
    if "day" not in table.columns:
        return np.full(len(table), np.nan)
    index = np.append(people.index_date.to_numpy(), np.datetime64("NaT", "s"))[patient]  # position -1 is the last
    elapsed = (table["date"].to_numpy() - index) / np.timedelta64(1, "s") / 86_400
    days = np.where(table["day"].notna(), table["day"].to_numpy(dtype=float, na_value=np.nan), elapsed)
    known = np.append(people.treated, False)[patient]
    return np.where(known, days, np.nan)


def provenance(rows: pd.DataFrame, table: str) -> pd.Series:
    """ "table: file, sheet, row" of each row, as text."""
    columns = (rows["source_file"], rows["source_sheet"].fillna(""), rows["source_row"])
    places = zip(*(column.to_numpy(dtype=object) for column in columns), strict=True)
    texts = [f"{table}: {file}{f', {sheet}' if sheet else ''}, row {row}" for file, sheet, row in places]
    return pd.Series(texts, index=rows.index, dtype=str)


def rows_where(table: pd.DataFrame, where: Mapping[str, str | tuple[str, ...]]) -> npt.NDArray[np.bool_]:
    """Mask of the rows whose columns hold the codes; a missing code never matches."""
    mask = np.ones(len(table), dtype=bool)
    for column, codes in where.items():
        wanted = [codes] if isinstance(codes, str) else list(codes)
        mask &= table[column].isin(wanted).fillna(False).to_numpy(dtype=bool)
    return mask
