"""What a derivation needs, brought from the registry: the rows that could count, the one that does, its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort.records import Subjects, days_from_index, provenance, rows_where
from y90outcomes.derivations.choice import Choice, choose
from y90outcomes.derivations.types import Need
from y90outcomes.registry import Registry
from y90outcomes.results.addresses import shortest
from y90outcomes.schema import PROVENANCE
from y90outcomes.study.model import Window

Options = Mapping[str, str | tuple[str, ...]]
KEPT = ("visit", "day", "date", *PROVENANCE)
"""What a choice needs of a row beside the value."""


@dataclass(frozen=True, slots=True)
class Column:
    """One variable of every subject of a grain: values (float or text) and the row that decided each ("" for none)."""

    values: pd.Series
    source: pd.Series


@dataclass(frozen=True, slots=True)
class Candidates:
    """The rows that a need could take: positions of their subjects (of `count`), days from the index, visits."""

    need: Need
    rows: pd.DataFrame
    subject: npt.NDArray[np.intp]
    count: int
    days: npt.NDArray[np.float64]
    visit: pd.Series | None
    window: Window | None

    @property
    def values(self) -> pd.Series:
        """What the need reads of each row."""
        return self.rows[self.need.column]

    @property
    def came_later(self) -> npt.NDArray[np.bool_]:
        """Which subjects have rows, and all of them dated after the window: a lesion that was not there yet."""
        if self.window is None:
            return np.zeros(self.count, dtype=bool)
        known = self.subject >= 0
        first = np.full(self.count, np.inf)
        np.minimum.at(first, self.subject[known], np.nan_to_num(self.days[known], nan=-np.inf))
        return np.asarray((first > self.window.end) & np.isfinite(first), dtype=np.bool_)


def candidates(need: Need, options: Options, window: Window | None, registry: Registry, people: Subjects) -> Candidates:
    """Rows where the need's conditions and the protocol's options hold; of a session's rows, the index treatment's."""
    table = registry.tables[need.table]
    where: dict[str, str | tuple[str, ...]] = {**need.where}
    where.update({key: value for key, value in options.items() if key in need.options})
    mask = rows_where(table, where)
    patient = people.position(registry, need.table, lesion=False)
    if "lesion_id" in table.columns:
        mask &= (table["lesion_id"].fillna("") != "").to_numpy(dtype=bool) == need.per_lesion
    if "treatment_number" in table.columns:
        index = np.append(people.treatment.to_numpy(dtype=float, na_value=np.nan), np.nan)  # position -1 is the last
        mask &= table["treatment_number"].to_numpy(dtype=float, na_value=np.nan) == index[patient]
    wanted = dict.fromkeys((need.column, *(name for name in KEPT if name in table.columns)))
    rows = table.loc[mask, list(wanted)]
    subject = people.position(registry, need.table, lesion=need.per_lesion)[mask]
    count = len(people.lesions if need.per_lesion else people.patients)
    visit = rows["visit"] if "visit" in rows.columns else None
    days = days_from_index(rows, patient[mask], people)
    return Candidates(need, rows, subject, count, days, visit, window if need.windowed else None)


def chosen(found: Candidates) -> tuple[Column, Choice]:
    """One value per subject, the row it stands in, and how the rows were chosen."""
    picked = choose(found.values, found.subject, found.count, found.days, found.visit, found.window)
    source = np.full(found.count, "", dtype=object)
    there = picked.rows >= 0
    source[there] = provenance(found.rows.iloc[picked.rows[there]], found.need.table).to_numpy()
    values = found.values.reset_index(drop=True)
    values = values.reindex(np.where(there, picked.rows, len(values))).reset_index(drop=True)
    return Column(values, pd.Series(source, dtype=str)), picked


def joined(sources: Sequence[pd.Series]) -> pd.Series:
    """The rows several needs stand in, "; " between those that differ, in the order of the needs."""
    seen = [sources[0].to_numpy(dtype=object)]
    text = seen[0]
    for other in (source.to_numpy(dtype=object) for source in sources[1:]):
        new = np.logical_and.reduce([other != known for known in seen]) & (other != "")
        text = np.where(new, np.where(text == "", other, text + "; " + other), text)
        seen.append(other)
    return pd.Series(text, dtype=str)


def alternatives(found: Candidates, subject: int) -> list[tuple[str, str]]:
    """Every row one subject has for a need, by day, with where it stands: which counts, and why another does not."""
    own = np.flatnonzero(found.subject == subject)
    own = own[np.argsort(found.days[own], kind="stable")]
    picked = choose(found.values, found.subject, found.count, found.days, found.visit, found.window).rows[subject]
    places = provenance(found.rows.iloc[own], found.need.table) if len(own) else pd.Series(dtype=str)
    return [(_why(found, int(row), row == picked), place) for row, place in zip(own, places, strict=True)]


def _why(found: Candidates, row: int, taken: bool) -> str:
    value, day = found.values.iloc[row], found.days[row]
    when = "undated" if np.isnan(day) else f"day {day:g}"
    if found.visit is not None and not pd.isna(found.visit.iloc[row]):
        when += f", {found.visit.iloc[row]}"
    verdict = "counts" if taken else _reason(found, value, day)
    return f"{found.need.column.replace('_', ' ')} {in_words(value)} ({when}): {verdict}"


def in_words(value: Any) -> str:
    """A cell of the registry as `y90 trace` shows it."""
    if pd.isna(value):
        return "missing"
    return shortest(float(value)) if isinstance(value, float | np.floating) else str(value)


def _reason(found: Candidates, value: object, day: float) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return "no value"
    window = found.window
    if window is None:
        return "one of several different values, none counts"
    if np.isnan(day):
        return "undated, and a dated row counts or its visit is not the window's"
    if not window.start <= day <= window.end:
        return f"outside days {window.start:g} to {window.end:g}"
    return f"another row is nearer to day {window.nominal:g}"
