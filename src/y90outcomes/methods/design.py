"""Columns of a regression from the protocol's terms: a number per unit or per doubling, a level against the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from y90outcomes.estimators.numbers import Booleans, Floats
from y90outcomes.methods.common import Selection, absent_first
from y90outcomes.results import Note
from y90outcomes.study.meaning import Meaning


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """A design column (n,): a number per `unit`, or the indicator of `level` against `reference`."""

    term: str
    values: Floats
    level: str = ""
    reference: str = ""
    unit: str = ""

    @property
    def name(self) -> str:
        """Name of the column in a fit."""
        return f"{self.term}={self.level}" if self.level else self.term

    @property
    def contrast(self) -> str | None:
        """Last part of the address: level against reference, None of a number."""
        return f"{self.level}_vs_{self.reference}" if self.level else None

    def label(self, known: Meaning) -> str:
        """How a table prints the row."""
        if not self.level:
            return known.label
        return f"{known.label}: {known.levels[self.level]} vs {known.levels[self.reference]}"


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """`matrix` (m, k) of the complete cases, its columns, and which rows of the selection they are (`whole`, (n,)).

    `dropped` counts usable rows that lack a covariate, `lacking` says which covariates, with how many rows each.
    """

    columns: tuple[Column, ...]
    matrix: Floats
    whole: Booleans
    dropped: int
    lacking: Mapping[str, int]

    @property
    def names(self) -> list[str]:
        """Names of the columns."""
        return [column.name for column in self.columns]

    def blocks(self) -> dict[str, list[int]]:
        """Term -> positions of its columns."""
        found: dict[str, list[int]] = {}
        for position, column in enumerate(self.columns):
            found.setdefault(column.term, []).append(position)
        return found


def design(
    selection: Selection,
    terms: Sequence[str],
    usable: Booleans,
    *,
    per: Mapping[str, float] | None = None,
    scale: Mapping[str, str] | None = None,
) -> Design:
    """The design matrix of `terms` on the rows of `usable` (n,) that have every covariate.

    A number is divided by `per`, or taken as logarithm (`scale` "log2" or "log"; 0 and less are missing). A level
    nobody has makes no column; the first level somebody has is the reference, of yes and no it is no.
    """
    per, scale = per or {}, scale or {}
    numbers = {term: _number(selection, term, per, scale) for term in terms if selection.meaning(term).numeric}
    present = {
        term: ~np.isnan(numbers[term]) if term in numbers else selection.values(term).notna().to_numpy(dtype=bool)
        for term in terms
    }
    whole = usable & np.logical_and.reduce([*present.values(), np.ones(len(selection), dtype=bool)])
    columns = [column for term in terms for column in _columns(selection, term, numbers, whole, per, scale)]
    matrix = (
        np.column_stack([column.values[whole] for column in columns]) if columns else np.empty((int(whole.sum()), 0))
    )
    lacking = {
        selection.meaning(term).label: count for term, mask in present.items() if (count := int((usable & ~mask).sum()))
    }
    return Design(tuple(columns), matrix, whole, int((usable & ~whole).sum()), lacking)


def complete_case(made: Design) -> tuple[Note, ...]:
    """The complete-case n and what made it shrink."""
    n = int(made.whole.sum())
    if not made.dropped:
        return ()
    lost = ", ".join(f"{label} {count}" for label, count in made.lacking.items())
    return (
        Note(
            "complete_case",
            f"{n} complete cases of {n + made.dropped}: {made.dropped} lack a covariate (missing: {lost}).",
            "caution",
        ),
    )


def _number(selection: Selection, term: str, per: Mapping[str, float], scale: Mapping[str, str]) -> Floats:
    values: Floats = selection.values(term).to_numpy(dtype=float)
    kind = scale.get(term, "linear")
    if kind == "linear":
        return values / per.get(term, 1.0)
    with np.errstate(all="ignore"):
        logarithm: Floats = np.where(values > 0, np.log2(values) if kind == "log2" else np.log(values), np.nan)
    return logarithm


def _columns(
    selection: Selection, term: str, numbers: Mapping[str, Floats], whole: Booleans, per: Mapping[str, float],
    scale: Mapping[str, str],
) -> list[Column]:  # fmt: skip
    known = selection.meaning(term)
    if term in numbers:
        kind = scale.get(term, "linear")
        size = per.get(term, 1.0)
        unit = f"per {size:g} {known.unit}".strip() if size != 1 else f"per {known.unit or 'unit'}"
        return [Column(term, numbers[term], unit={"log2": "per doubling", "log": "per factor e"}.get(kind, unit))]
    values = selection.values(term)
    present = absent_first(level for level in known.levels if values[whole].eq(level).any())
    if len(present) < 2:
        return [Column(term, np.zeros(len(values)), *(present * 2 or ["", ""])[:2])]
    indicator = {level: np.asarray(values.eq(level).fillna(False), dtype=np.float64) for level in present}
    return [Column(term, indicator[level], level, present[0]) for level in present[1:]]
