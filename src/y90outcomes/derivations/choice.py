"""Which record of a subject counts: the one place where a window picks a row, counted each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.derivations.types import Positions
from y90outcomes.thresholds import Booleans, Floats


class Window(Protocol):
    """What a choice needs of a window: a `Span`, or the protocol's own page."""

    @property
    def start(self) -> float:
        """First day, included."""

    @property
    def end(self) -> float:
        """Last day, included."""

    @property
    def nominal(self) -> float:
        """The day a record should be nearest to."""

    @property
    def visit(self) -> str | None:
        """Visit label under which an undated record counts."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One row per subject: `rows` are positions among the candidates (-1 none), and how they were found.

    late counts dated rows chosen from after day 0.
    """

    rows: Positions
    dated: int
    by_visit: int
    none: int
    several: int
    late: int = 0


def choose(
    values: pd.Series,
    subject: Positions,
    count: int,
    days: Floats,
    visit: pd.Series | None,
    window: Window | None,
    usable: Booleans | None = None,
) -> Choice:
    """One row per subject out of the candidates.

    values   candidate values, NaN or NA never chosen; `subject` their positions (-1 ignored), `count` of subjects
    window   with one: the dated row inside it nearest to its target day, ties earlier; where there is none, an undated
             row under the window's visit label. Without: the only value; several different ones choose none
    usable   further condition on the candidates; all when not given
    """
    able = values.notna().to_numpy(dtype=bool) & (subject >= 0)
    if usable is not None:
        able &= usable
    rows = np.full(count, -1, dtype=np.intp)
    if window is None:
        single, several = _only(values, subject, np.flatnonzero(able))
        rows[subject[single]] = single
        return Choice(rows, len(single), 0, count - len(single) - several, several)
    inside = np.flatnonzero(able & (days >= window.start) & (days <= window.end))
    near = inside[np.lexsort((days[inside], np.abs(days[inside] - window.nominal), subject[inside]))]
    first = near[_first_of_each(subject[near])]
    rows[subject[first]] = first
    late = int((days[first] > 0).sum())
    if visit is None or window.visit is None:
        return Choice(rows, len(first), 0, count - len(first), 0, late)
    undated = np.flatnonzero(able & np.isnan(days))
    undated = undated[visit.iloc[undated].eq(window.visit).fillna(False).to_numpy(dtype=bool)]
    single, several = _only(values, subject, undated[rows[subject[undated]] < 0])
    rows[subject[single]] = single
    return Choice(rows, len(first), len(single), count - len(first) - len(single) - several, several, late)


def _only(values: pd.Series, subject: Positions, candidates: Positions) -> tuple[Positions, int]:
    """The first candidate of each subject whose candidates have one value, and how many subjects have several."""
    if not len(candidates):
        return candidates, 0
    codes = pd.factorize(values.iloc[candidates])[0]
    own = subject[candidates]
    order = np.lexsort((candidates, own))
    own, codes, ordered = own[order], codes[order], candidates[order]
    first = _first_of_each(own)
    group = np.cumsum(first) - 1
    mixed = np.zeros(int(first.sum()), dtype=bool)
    mixed[group[codes != codes[np.flatnonzero(first)][group]]] = True
    return ordered[first][~mixed], int(mixed.sum())


def _first_of_each(ordered: Positions) -> npt.NDArray[np.bool_]:
    """Where a sorted array begins a new value."""
    return np.concatenate([[True], ordered[1:] != ordered[:-1]]) if len(ordered) else np.zeros(0, dtype=bool)
