"""What every check needs: a row's day from first treatment, its patient, and rows turned into issues."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Issue
from y90outcomes.registry.rules import LIMIT_PER_RULE, issue
from y90outcomes.schema import Schema, TableSchema


@dataclass(frozen=True, slots=True)
class Origins:
    """The raw columns behind each canonical cell.

    rows   table -> on each row, which of `parts` it was made by
    parts  canonical column -> raw columns, one mapping per part
    """

    rows: Mapping[str, NDArray[np.int64]]
    parts: Sequence[Mapping[str, str]]

    def at(self, table: str, row: int, columns: Sequence[str]) -> str:
        """Raw columns of some canonical columns on one row of a table, each once."""
        return self.of(table, [int(self.rows[table][row])], columns)

    def of(self, table: str, parts: Sequence[int], columns: Sequence[str]) -> str:
        """As `at`, for every row the parts made."""
        found = [self.parts[part].get(name, "") for part in parts for name in columns]
        return ", ".join(dict.fromkeys(filter(None, found)))


PATIENT = ["centre", "patient_id"]


@dataclass(slots=True)
class Tables:
    """The canonical tables of all centres as the checks see them: sorted by key, dates and day numbers in agreement.

    reference  first treatment date per (centre, patient_id)
    origins    raw columns of a canonical one
    alike      patients who look like another of their centre, and of another centre; found once
    """

    frames: Mapping[str, pd.DataFrame]
    schema: Schema
    reference: pd.Series
    origins: Origins
    alike: tuple[NDArray[np.bool_], NDArray[np.bool_]] | None = None
    _days: dict[tuple[str, str], pd.Series] = field(default_factory=dict)
    _patients: dict[str, NDArray[np.int64]] = field(default_factory=dict)
    kept: dict[str, Any] = field(default_factory=dict)

    def days(self, table: str, date: str = "date") -> pd.Series:
        """Days from first treatment on each row of a table; NaN where neither a date nor a day number says it exactly:
        a date completed from its month or year offends against no order."""
        if (table, date) not in self._days:
            frame, precision = self.frames[table], f"{date}_precision"
            days = days_of(frame, date, date.removesuffix("date") + "day", self.reference)
            if precision in frame:
                days = days.mask(frame[precision].notna())
            self._days[(table, date)] = days
        return self._days[(table, date)]

    def patients(self, table: str) -> NDArray[np.int64]:
        """A number per (centre, patient_id) on each row, the same for one patient within the table only."""
        if table not in self._patients:
            frame = self.frames[table]
            self._patients[table] = codes_of([frame[name] for name in PATIENT])
        return self._patients[table]

    def flag(
        self, rule: str, table: str, mask: pd.Series | NDArray[np.bool_], columns: list[str], text: str = ""
    ) -> list[Issue]:
        """One issue per row of `table` where `mask` is true (missing is not)."""
        frame = self.frames[table]
        if frame.empty:
            return []
        if mask.dtype == np.bool_:
            chosen = np.asarray(mask)
        else:
            chosen = pd.Series(np.asarray(mask, dtype=object)).eq(True).to_numpy()
        if not chosen.any():
            return []
        rows = frame[chosen]
        return row_issues(rule, rows, self.schema.tables[table], columns, always(text), self.origins)

    def whole(
        self, rule: str, table: str, mask: NDArray[np.bool_], column: str, part: str = "", text: str = ""
    ) -> list[Issue]:
        """Issues for a whole column of a centre, one per raw table it came from, without a row number.

        mask  the rows, all of one centre
        """
        rows = self.frames[table][mask]
        parts = self.origins.rows[table][mask]
        sheets = rows["source_sheet"].fillna("")
        found = []
        for place, where in rows.groupby([rows["source_file"], sheets], sort=True).indices.items():
            file, sheet = cast("tuple[str, str]", place)
            source = self.origins.of(table, np.unique(parts[where]).tolist(), [column])
            found.append(
                issue(rule, centre=str(rows["centre"].iloc[0]), file=str(file), sheet=str(sheet), row=None, table=table,
                      column=column, part=part, detail=text, source_column=source)
            )  # fmt: skip
        return found


def codes_of(columns: Sequence[pd.Series]) -> NDArray[np.int64]:
    """A number per distinct combination of the columns, missing being a value of its own."""
    whole = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes, uniques = pd.factorize(column)
        whole = whole * (len(uniques) + 1) + (codes + 1)
        whole = pd.factorize(whole)[0].astype(np.int64)
    return whole


def always(text: str) -> Callable[[Any], str]:
    """A detail that is the same for every row."""
    return lambda _index: text


def whole_keys(frame: pd.DataFrame, table: TableSchema) -> pd.Series:
    """Rows whose required key parts are all there."""
    return frame[[name for name in table.primary_key if table.columns[name].required]].notna().all(axis=1)


def date_pairs(table: TableSchema) -> list[tuple[str, str]]:
    """Every date column of a table that has a day number beside it, with that column."""
    return [
        (name, name.removesuffix("date") + "day")
        for name, column in table.columns.items()
        if column.type == "date" and name.removesuffix("date") + "day" in table.columns
    ]


def first_treatment(treatments: pd.DataFrame) -> pd.Series:
    """First treatment date per (centre, patient_id); patients dated by day numbers alone are absent."""
    dated = treatments.dropna(subset=["date"])
    return dated.groupby(PATIENT, sort=False)["date"].min()


def look_up(frame: pd.DataFrame, by_patient: pd.Series) -> pd.Series:
    """The patient's entry of `by_patient` on each row; looked up once per run of rows of one patient, as tables are
    sorted by patient."""
    if by_patient.empty or frame.empty:
        return pd.Series(np.nan, index=frame.index, dtype="float64")
    cells = [frame[name].fillna("").to_numpy(dtype=object) for name in PATIENT]
    first = np.ones(len(frame), dtype=bool)
    first[1:] = (cells[0][1:] != cells[0][:-1]) | (cells[1][1:] != cells[1][:-1])
    owners = [by_patient.index.get_level_values(name).to_numpy(dtype=object) for name in PATIENT]
    known = pd.Index(_joined(owners))
    places = known.get_indexer(pd.Index(_joined([part[first] for part in cells])))  # -1 where the patient has no entry
    found = by_patient.reset_index(drop=True).reindex(places).to_numpy()
    return pd.Series(found[first.cumsum() - 1], index=frame.index)


def _joined(parts: Sequence[Any]) -> NDArray[np.object_]:
    """Centre and patient as one text, several times quicker to look up than a pair. A centre's name has no blank."""
    centres, patients = parts
    return np.asarray([f"{centre} {patient}" for centre, patient in zip(centres, patients, strict=True)], dtype=object)


def offset(frame: pd.DataFrame, date: str, reference: pd.Series) -> pd.Series:
    """Days from each patient's `reference` date to the row's date; NaN where either is missing."""
    if reference.empty or frame.empty:
        return pd.Series(np.nan, index=frame.index, dtype="float64")
    start = pd.to_datetime(look_up(frame, reference))
    return (frame[date] - start).dt.total_seconds() / 86400


def days_of(frame: pd.DataFrame, date: str, day: str, reference: pd.Series) -> pd.Series:
    """Days from first treatment: the day number where given, else from the date."""
    return frame[day].where(frame[day].notna(), offset(frame, date, reference))


def earliest_by_patient(frame: pd.DataFrame, days: pd.Series, mask: pd.Series) -> pd.Series:
    """The smallest known day of each patient among the masked rows."""
    chosen = mask.fillna(False).astype(bool) & days.notna()
    return days[chosen].groupby([frame.loc[chosen, name] for name in PATIENT], sort=False).min()


def row_issues(
    rule: str, rows: pd.DataFrame, table: TableSchema, columns: list[str], detail: Callable[[Any], str],
    origins: Origins, severity: str = "",
) -> list[Issue]:  # fmt: skip
    """One issue per row, under the first of `columns`; their raw columns together."""
    found = []
    for centre, group in rows.groupby("centre", sort=True):
        for record in group.head(LIMIT_PER_RULE).itertuples():
            file, sheet = str(record.source_file), "" if pd.isna(record.source_sheet) else str(record.source_sheet)
            source = origins.at(table.name, int(str(record.Index)), columns)
            found.append(
                issue(rule, centre=str(centre), file=file, sheet=sheet, row=int(str(record.source_row)),
                      table=table.name, column=", ".join(columns), source_column=source,
                      detail=detail(record.Index), severity=severity)
            )  # fmt: skip
        rest = len(group) - LIMIT_PER_RULE
        if rest > 0:
            found.append(
                issue(rule, centre=str(centre), file="", sheet="", row=None, table=table.name,
                      column=", ".join(columns), detail=f"and {rest} more rows", severity=severity)
            )  # fmt: skip
    return found
