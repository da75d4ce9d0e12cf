"""Rows against rows: keys, parents, dates. Works on all centres together and returns issues; nothing is repaired."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.errors import Issue
from y90outcomes.registry.check_rows import (
    PATIENT,
    Origins,
    Tables,
    always,
    date_pairs,
    days_of,
    earliest_by_patient,
    first_treatment,
    look_up,
    offset,
    row_issues,
    whole_keys,
)
from y90outcomes.registry.parts import Policy
from y90outcomes.schema import Schema, TableSchema


def check_keys(frame: pd.DataFrame, table: TableSchema, origins: Origins) -> list[Issue]:
    """duplicate_key: every row whose key stands more than once. Rows with an unreadable key are left to missing_key."""
    key = list(table.primary_key)
    whole = whole_keys(frame, table)
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
            return (
                text
                + "; they come from different files, whose columns are merged only where the mapping says `merge: true`"
            )
        return text

    return row_issues("duplicate_key", frame[twice], table, column, detail, origins)


def check_parents(
    frames: Mapping[str, pd.DataFrame], table: TableSchema, schema: Schema, origins: Origins
) -> list[Issue]:
    """orphan: a row whose patient, treatment or lesion is not there.

    A row with a nearer parent (lesion, treatment) is checked against that one; the patient is then the parent's matter.
    """
    frame = frames[table.name]
    found: list[Issue] = []
    if frame.empty:
        return found
    covered = np.zeros(len(frame), dtype=np.bool_)
    nearest_first = sorted(table.parents, key=lambda parent: -len(parent.columns))
    for parent in nearest_first:
        columns = list(parent.columns)
        applies = np.logical_and.reduce([frame[name].notna().to_numpy() for name in columns])
        if len(columns) == len(PATIENT):
            applies &= ~covered
        else:
            covered |= applies
        known = set(_keys(frames[parent.table], columns))
        there = np.fromiter((key in known for key in _keys(frame, columns)), dtype=np.bool_, count=len(frame))
        if not (applies & ~there).any():
            continue
        lost = frame[applies & ~there]
        own = [name for name in columns if name != "centre"]
        text = f"no row of {parent.table!r} has this {', '.join(own)}; add it there or correct the key"
        found += row_issues("orphan", lost, table, own, always(text), origins)
    return found


def _keys(frame: pd.DataFrame, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    """The key of every row; two are equal where each part is (a merge of frames says the same, ten times slower)."""
    return zip(*(frame[name].tolist() for name in columns), strict=True)


def check_day_numbers(
    frames: dict[str, pd.DataFrame], schema: Schema, origins: Origins, policy: Policy
) -> tuple[list[Issue], dict[tuple[str, str, str, str], int]]:
    """date_day_disagree: such date and day cells are emptied in `frames`. Returns issues and what was emptied."""
    reference = first_treatment(frames["treatments"])
    found: list[Issue] = []
    emptied: dict[tuple[str, str, str, str], int] = {}
    for name, table in schema.tables.items():
        for date, day in date_pairs(table):
            frame = frames[name]
            if frame[date].isna().all() or frame[day].isna().all():
                continue
            since = offset(frame, date, reference)
            apart = since.notna() & frame[day].notna() & ((since - frame[day]).abs() >= 1)
            if not apart.any():
                continue
            severity = policy.severity("date_day_disagree", False)
            found += row_issues("date_day_disagree", frame[apart], table, [date, day], always(""), origins, severity)
            for centre, n in frame[apart].groupby("centre").size().items():
                emptied[(name, str(centre), date, policy.invalid)] = int(n)
                emptied[(name, str(centre), day, policy.invalid)] = int(n)
            frames[name] = frame.assign(**{date: frame[date].mask(apart), day: frame[day].mask(apart)})
    return found, emptied


def check_undated(tables: Tables) -> list[Issue]:
    """undated_event: an event that happened on an unknown day."""
    follow_up = tables.frames["follow_up"]
    unknown = days_of(follow_up, "date", "day", tables.reference).isna()
    text = "give a day number, or its date and that of first treatment"
    return tables.flag("undated_event", "follow_up", follow_up["occurrence"].eq("yes") & unknown, ["date", "day"], text)


def check_order(tables: Tables) -> list[Issue]:
    """date_order: diagnosis ≤ first treatment ≤ response ≤ last contact, ends after starts, work-up and calibration of
    the vial not after their session, sessions in the order of their numbers. Days that are not known offend nothing."""
    frames, found = tables.frames, []

    def flag(name: str, mask: pd.Series, text: str, stem: str = "") -> None:
        found.extend(tables.flag("date_order", name, mask, [f"{stem}date", f"{stem}day"], text))

    follow_up, treatments = frames["follow_up"], frames["treatments"]
    flag("patients", tables.days("patients", "diagnosis_date") > 0, "diagnosis after first treatment", "diagnosis_")
    late = tables.days("patients", "randomisation_date") > 0
    flag("patients", late, "randomised after first treatment", "randomisation_")
    for name in ("assessments", "imaging"):
        unplaced = ["unscheduled"] if name == "imaging" else []
        before = ~frames[name]["visit"].isin(["baseline", "maa", *unplaced]) & (tables.days(name) < 0)
        what = "response read" if name == "assessments" else "follow-up imaging"
        flag(name, before, f"{what} before first treatment")
    for name, table in tables.schema.tables.items():
        if "end_date" in table.columns:
            flag(name, tables.days(name, "end_date") < tables.days(name), "the end before the start", "end_")
    session = tables.days("treatments")
    flag("treatments", tables.days("treatments", "maa_date") > session, "the work-up after its session", "maa_")
    calibrated = tables.days("treatments", "calibration_date")
    flag("treatments", calibrated > session, "the vial calibrated after its session", "calibration_")
    number = treatments["treatment_number"].astype("float64")
    same = pd.Series(tables.patients("treatments"), index=treatments.index).diff().eq(0)
    earlier = same & (session.diff() < 0) & (number.diff() > 0)
    flag("treatments", earlier, "a later session dated before an earlier one")
    events = tables.days("follow_up")
    happened = follow_up["occurrence"].eq("yes")
    flag("follow_up", happened & (events < 0), "the event before first treatment")
    contact = earliest_by_patient(follow_up, events, follow_up["event"].eq("last_contact"))
    if not contact.empty:
        for name in ("assessments", "imaging", "follow_up"):
            beyond = tables.days(name) - look_up(frames[name], contact) >= 1
            if name == "follow_up":
                beyond &= happened & follow_up["event"].ne("last_contact")
            flag(name, beyond, "after the last contact")
    return found


def check_after_death(tables: Tables) -> list[Issue]:
    """after_death: a row dated a day or more after the patient's death."""
    follow_up = tables.frames["follow_up"]
    died = follow_up["event"].eq("death") & follow_up["occurrence"].eq("yes")
    death = earliest_by_patient(follow_up, tables.days("follow_up"), died)
    found: list[Issue] = []
    if death.empty:
        return found
    for name, table in tables.schema.tables.items():
        if "date" in table.columns and "day" in table.columns:
            after = tables.days(name) - look_up(tables.frames[name], death) >= 1
            found += tables.flag("after_death", name, after, ["date", "day"])
    return found
