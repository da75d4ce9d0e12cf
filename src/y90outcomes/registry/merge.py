"""Rows of one key from several raw tables made one (`merge: true`). What differs is an issue, not a choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from y90outcomes.errors import Issue
from y90outcomes.registry.parts import NOT_PROVIDED, PRECISION, Objects, Part, Policy, counts
from y90outcomes.registry.rules import LIMIT_PER_RULE, issue
from y90outcomes.schema import PROVENANCE, Schema, TableSchema

_PART = "part"


def merge_parts(parts: Sequence[Part], schema: Schema, policy: Policy) -> tuple[list[Part], list[Issue]]:
    """The parts with those to be merged replaced by merged ones, and the conflicts found.

    A merged row takes each cell from the first part that has one, in page order, and says where its first row came
    from. Cells of one key that differ are `merge_conflict`: one issue per row, the cell left empty under the reason of
    an invalid one. The same key twice within one part stays as it is, for `duplicate_key` to find.
    """
    kept = [part for part in parts if part.reasons is None]
    issues: list[Issue] = []
    groups: dict[tuple[str, str], list[Part]] = {}
    for part in parts:
        if part.reasons is not None:
            groups.setdefault((part.centre, part.table), []).append(part)
    for (_centre, name), group in groups.items():
        merged, found = _merge(group, schema.tables[name], policy)
        kept += merged
        issues += found
    return kept, issues


def _merge(group: list[Part], table: TableSchema, policy: Policy) -> tuple[list[Part], list[Issue]]:
    """As many parts as there were; a merged row stands in that of its first row."""
    key = list(table.primary_key)
    frame = pd.concat([part.frame.assign(**{_PART: number}) for number, part in enumerate(group)], ignore_index=True)
    reasons = {
        name: np.concatenate([_reasons(part, name) for part in group])
        for name in table.columns
        if any(name in (part.reasons or {}) for part in group)
    }
    whole = frame[[name for name in key if table.columns[name].required]].notna().all(axis=1)
    again = frame.duplicated([*key, _PART], keep=False)  # twice in one part: a duplicate, never merged away
    single = ~whole | again.groupby([frame[name] for name in key], dropna=False).transform("any")
    numbers = frame.groupby(key, dropna=False, sort=False).ngroup()
    groups = np.where(single, numbers.max() + 1 + np.arange(len(frame)), numbers)
    order, first = np.unique(groups, return_index=True)
    place = {number: position for position, number in enumerate(order)}
    where = np.asarray([place[number] for number in groups])
    result = frame.iloc[first].reset_index(drop=True)
    issues: list[Issue] = []
    empty: dict[str, Objects] = {}
    for name in table.columns:
        if name in key:
            if name in reasons:
                empty[name] = reasons[name][first]
            continue
        filled = frame[name].notna().to_numpy()
        taken = np.flatnonzero(filled)
        values = frame[name].iloc[taken]
        chosen = np.full(len(order), -1)
        chosen[where[taken][::-1]] = taken[::-1]  # the first filled row of each key comes last and stays
        distinct = values.groupby(where[taken]).transform("nunique").to_numpy() > 1
        clash = np.unique(where[taken][distinct])
        if len(clash) and not name.endswith(PRECISION):
            issues += _conflicts(frame.iloc[taken[distinct]], name, table, group, policy)
        chosen[clash] = -1
        column = frame[name].reindex(chosen).reset_index(drop=True)
        result[name] = column.astype(frame[name].dtype)
        if name in reasons:
            told = _first_reason(reasons[name], where, len(order))
            told[chosen >= 0] = ""
            told[clash] = policy.invalid
            empty[name] = told
    parts = []
    for number, part in enumerate(group):
        own = result.loc[result[_PART] == number, [*table.columns, *PROVENANCE]].reset_index(drop=True)
        origins = dict(part.origins)
        for other in group:
            for name, source in other.origins.items():
                origins.setdefault(name, source if other.file == part.file else f"{other.file}: {source}")
        parts.append(Part(table.name, part.centre, part.file, own, part.issues, dict(part.missing), origins))
    for what, n in counts(empty).items():
        parts[0].missing[what] = parts[0].missing.get(what, 0) + n
    return parts, issues


def _reasons(part: Part, name: str) -> Objects:
    told: Mapping[str, Objects] = part.reasons or {}
    return told[name] if name in told else np.full(len(part.frame), "", dtype=object)


def _first_reason(reasons: Objects, where: np.ndarray, n: int) -> Objects:
    """For each merged row the first reason that says more than that the column was not there."""
    told = np.full(n, NOT_PROVIDED, dtype=object)
    for keep in (np.flatnonzero((reasons != NOT_PROVIDED) & (reasons != "")),):
        told[where[keep][::-1]] = reasons[keep][::-1]
    return told


def _conflicts(rows: pd.DataFrame, name: str, table: TableSchema, group: list[Part], policy: Policy) -> list[Issue]:
    own = ", ".join(key for key in table.primary_key if key != "centre")
    severity = policy.severity("merge_conflict", False)
    found = []
    for record in rows.head(LIMIT_PER_RULE).to_dict("records"):
        source = group[record[_PART]].origins.get(name, "")
        sheet = "" if pd.isna(record["source_sheet"]) else str(record["source_sheet"])
        found.append(
            issue("merge_conflict", centre=str(record["centre"]), file=str(record["source_file"]), sheet=sheet,
                  row=int(record["source_row"]), table=table.name, column=name, source_column=source,
                  detail=f"rows of the same {own} differ; correct one of them, or map the column from one file",
                  value=str(record[name]), severity=severity)
        )  # fmt: skip
    rest = len(rows) - LIMIT_PER_RULE
    if rest > 0:
        found.append(
            issue("merge_conflict", centre=group[0].centre, file="", sheet="", row=None, table=table.name, column=name,
                  detail=f"and {rest} more rows", severity=severity)
        )  # fmt: skip
    return found
