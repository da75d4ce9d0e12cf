"""Rows against rows: keys, parents, dates. Works on all centres together and returns issues; nothing is repaired."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.errors import Issue
from y90outcomes.registry.conform import Policy
from y90outcomes.registry.rules import LIMIT_PER_RULE, issue
from y90outcomes.schema import Schema, TableSchema

Origins = Mapping[tuple[str, str, str, str], str]
"""(centre, file, table, column) -> raw columns."""

PATIENT = ["centre", "patient_id"]


def check_keys(frame: pd.DataFrame, table: TableSchema, origins: Origins) -> list[Issue]:
    """duplicate_key: every row whose key stands more than once. Rows with an unreadable key are left to missing_key."""
    key = list(table.primary_key)
    whole = _whole(frame, table)
    twice = whole & frame.duplicated(key, keep=False)
    if not twice.any():
        return []
    groups = frame[twice].groupby(key, dropna=False, sort=False)
    files = groups["source_file"].transform("nunique") > 1
    size = groups["source_file"].transform("size")
    column = [name for name in key if name != "centre"]

    def detail(index: Any) -> str:
        text = f"{', '.join(column)} identify {size[index]} rows and must identify one"
        if files[index]:
            return text + "; they come from different files, whose columns are not merged: map the table from one file"
        return text

    return _issues("duplicate_key", frame[twice], table, column, detail, origins)


def check_parents(
    frames: Mapping[str, pd.DataFrame], table: TableSchema, schema: Schema, origins: Origins
) -> list[Issue]:
    """orphan: a row whose patient, treatment or lesion is not there.

    A row with a nearer parent (lesion, treatment) is checked against that one; the patient is then the parent's matter.
    """
    frame = frames[table.name]
    found: list[Issue] = []
    covered = pd.Series(False, index=frame.index)
    nearest_first = sorted(table.parents, key=lambda parent: -len(parent.columns))
    for parent in nearest_first:
        columns = list(parent.columns)
        applies = frame[columns].notna().all(axis=1)
        if len(columns) == len(PATIENT):
            applies &= ~covered
        else:
            covered |= applies
        known = frames[parent.table][columns].drop_duplicates()
        there = frame[columns].merge(known, on=columns, how="left", indicator=True)["_merge"].eq("both").to_numpy()
        lost = frame[applies & ~there]
        own = [name for name in columns if name != "centre"]
        text = f"no row of {parent.table!r} has this {', '.join(own)}; add it there or correct the key"
        found += _issues("orphan", lost, table, own, _always(text), origins)
    return found


def check_dates(
    frames: dict[str, pd.DataFrame], schema: Schema, origins: Origins, policy: Policy
) -> tuple[list[Issue], dict[tuple[str, str, str, str], int]]:
    """Date rules; disagreeing date and day cells are emptied in `frames`. Returns issues and what was emptied."""
    reference = _reference(frames["treatments"])
    found: list[Issue] = []
    emptied: dict[tuple[str, str, str, str], int] = {}
    for name, table in schema.tables.items():
        for date, day in _pairs(table):
            frame = frames[name]
            offset = _offset(frame, date, reference)
            apart = offset.notna() & frame[day].notna() & ((offset - frame[day]).abs() >= 1)
            if not apart.any():
                continue
            severity = policy.severity("date_day_disagree", False)
            found += _issues("date_day_disagree", frame[apart], table, [date, day], _always(""), origins, severity)
            for centre, n in frame[apart].groupby("centre").size().items():
                emptied[(name, str(centre), date, policy.invalid)] = int(n)
                emptied[(name, str(centre), day, policy.invalid)] = int(n)
            frames[name] = frame.assign(**{date: frame[date].mask(apart), day: frame[day].mask(apart)})
    return found + _order(frames, schema, reference, origins), emptied


def _order(frames: Mapping[str, pd.DataFrame], schema: Schema, reference: pd.Series, origins: Origins) -> list[Issue]:
    """diagnosis ≤ first treatment ≤ response ≤ last contact ≤ death, ends after starts, nothing after death."""
    tables = schema.tables
    found: list[Issue] = []

    def flag(rule: str, name: str, mask: pd.Series, columns: list[str], text: str) -> None:
        rows = frames[name][mask.fillna(False).astype(bool)]
        found.extend(_issues(rule, rows, tables[name], columns, _always(text), origins))

    patients, follow_up, assessments = frames["patients"], frames["follow_up"], frames["assessments"]
    diagnosis = _days(patients, "diagnosis_date", "diagnosis_day", reference)
    flag(
        "date_order", "patients", diagnosis > 0, ["diagnosis_date", "diagnosis_day"], "diagnosis after first treatment"
    )
    response = _days(assessments, "date", "day", reference)
    later = ~assessments["visit"].isin(["baseline", "maa"])
    flag("date_order", "assessments", (response < 0) & later, ["date", "day"], "response read before first treatment")
    for name, table in tables.items():
        if "end_date" in table.columns:
            start = _days(frames[name], "date", "day", reference)
            end = _days(frames[name], "end_date", "end_day", reference)
            flag("date_order", name, end < start, ["end_date", "end_day"], "the end before the start")
    events = _days(follow_up, "date", "day", reference)
    happened = follow_up["occurrence"].eq("yes")
    flag("undated_event", "follow_up", happened & events.isna(), ["date", "day"],
         "give a day number, or its date and that of first treatment")  # fmt: skip
    flag("date_order", "follow_up", happened & (events < 0), ["date", "day"], "the event before first treatment")
    contact = _by_patient(follow_up, events, follow_up["event"].eq("last_contact"))
    death = _by_patient(follow_up, events, follow_up["event"].eq("death") & happened)
    beyond = response - _look_up(assessments, contact)
    flag("date_order", "assessments", beyond >= 1, ["date", "day"], "response read after the last contact")
    for name, table in tables.items():
        if "date" not in table.columns or "day" not in table.columns:
            continue
        frame = frames[name]
        after = _days(frame, "date", "day", reference) - _look_up(frame, death) >= 1
        flag("after_death", name, after, ["date", "day"], "")
    return found


def _always(text: str) -> Callable[[Any], str]:
    return lambda _index: text


def _whole(frame: pd.DataFrame, table: TableSchema) -> pd.Series:
    """Rows whose required key parts are all there."""
    return frame[[name for name in table.primary_key if table.columns[name].required]].notna().all(axis=1)


def _pairs(table: TableSchema) -> list[tuple[str, str]]:
    return [
        (name, name.removesuffix("date") + "day")
        for name, column in table.columns.items()
        if column.type == "date" and name.removesuffix("date") + "day" in table.columns
    ]


def _reference(treatments: pd.DataFrame) -> pd.Series:
    """First treatment date per (centre, patient_id); patients dated by day numbers alone are absent."""
    dated = treatments.dropna(subset=["date"])
    return dated.groupby(PATIENT)["date"].min()


def _look_up(frame: pd.DataFrame, by_patient: pd.Series) -> pd.Series:
    if by_patient.empty:
        return pd.Series(np.nan, index=frame.index, dtype="float64")
    index = pd.MultiIndex.from_frame(frame[PATIENT])
    return pd.Series(by_patient.reindex(index).to_numpy(), index=frame.index)


def _offset(frame: pd.DataFrame, date: str, reference: pd.Series) -> pd.Series:
    if reference.empty or frame.empty:
        return pd.Series(np.nan, index=frame.index, dtype="float64")
    start = pd.to_datetime(_look_up(frame, reference))
    return (frame[date] - start).dt.total_seconds() / 86400


def _days(frame: pd.DataFrame, date: str, day: str, reference: pd.Series) -> pd.Series:
    """Days from first treatment: the day number where given, else from the date."""
    return frame[day].where(frame[day].notna(), _offset(frame, date, reference))


def _by_patient(frame: pd.DataFrame, days: pd.Series, mask: pd.Series) -> pd.Series:
    chosen = mask.fillna(False).astype(bool) & days.notna()
    return days[chosen].groupby([frame.loc[chosen, name] for name in PATIENT]).min()


def _issues(
    rule: str, rows: pd.DataFrame, table: TableSchema, columns: list[str], detail: Callable[[Any], str],
    origins: Origins, severity: str = "",
) -> list[Issue]:  # fmt: skip
    """One issue per row, under the first of `columns`; their raw columns together."""
    found = []
    for centre, group in rows.groupby("centre", sort=True):
        for record in group.head(LIMIT_PER_RULE).itertuples():
            file, sheet = str(record.source_file), "" if pd.isna(record.source_sheet) else str(record.source_sheet)
            source = dict.fromkeys(origins.get((str(centre), file, table.name, name), "") for name in columns)
            found.append(
                issue(rule, centre=str(centre), file=file, sheet=sheet, row=int(str(record.source_row)),
                      table=table.name, column=", ".join(columns), source_column=", ".join(filter(None, source)),
                      detail=detail(record.Index), severity=severity)
            )  # fmt: skip
        rest = len(group) - LIMIT_PER_RULE
        if rest > 0:
            found.append(
                issue(rule, centre=str(centre), file="", sheet="", row=None, table=table.name,
                      column=", ".join(columns), detail=f"and {rest} more rows", severity=severity)
            )  # fmt: skip
    return found
