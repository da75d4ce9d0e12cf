"""The highest grade of each patient in a window: what is known, what is possible, and which row decided."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.derivations.toxicity.grade import NO_VALUE, Grades
from y90outcomes.derivations.toxicity.progression import AFTER, BEFORE, UNCLEAR, Progression, order
from y90outcomes.derivations.types import Positions, Span
from y90outcomes.thresholds import Booleans, Floats

GRADED, NOT_GRADABLE, NOT_ASSESSED, PROGRESSION = "graded", "not_gradable", "not_assessed", "progression_unclear"
BEFORE_TREATMENT = ("baseline", "maa")
"""Visits that are over when treatment is given (code list `visit`)."""


@dataclass(frozen=True, slots=True)
class Worst:
    """Per patient: the highest grade of a term in a window.

    low, high  lowest and highest it can be; equal where it is known
    state      graded | not_gradable | not_assessed (no value in the window) | progression_unclear (an onset on the day
               of progression, or one of the two without a date, decides)
    row        position of the deciding row, -1 where there is none; `onset` its day, NaN for none or undated
    after      every value of the window came after progression (asked only without progression)
    """

    low: Grades
    high: Grades
    state: npt.NDArray[np.object_]
    row: Positions
    onset: Floats
    after: Booleans

    def at_least(self, grade: int) -> npt.NDArray[np.float64]:
        """1 where the grade is reached, 0 where it is not, NaN where that is not known."""
        known = np.where(self.low >= grade, 1.0, np.where(self.high < grade, 0.0, np.nan))
        return np.where(self.state == NOT_ASSESSED, np.nan, known)


def inside(days: Floats, visit: pd.Series | None, window: Span) -> Booleans:
    """Records of a window: dated inside it, or undated under its visit label."""
    found = (days >= window.start) & (days <= window.end)
    if visit is not None and window.visit is not None:
        found |= np.isnan(days) & (visit.to_numpy(dtype=object) == window.visit)
    return np.asarray(found, dtype=np.bool_)


def worst_lab(
    graded: pd.DataFrame,
    n: int,
    window: Span,
    *,
    emergent: bool,
    without_baseline: str = "not_gradable",
    stopped: Progression | None = None,
) -> Worst:
    """The highest grade of one term in a window.

    graded    rows of `lab_grades` of one term; `n` patients
    emergent  count only grades worse than the baseline's; without a baseline the result is not gradable, or, with
              `without_baseline` "emergent", every grade counts. False: any grade counts
    stopped   with it, grades after progression do not count, and those on its day are not known to

    The baseline record itself and records dated before it are no records of the window, nor are those without a value.
    An undated record that may lie in the window can only raise what is possible.
    """
    counted, perhaps = records_of_window(graded, window), may_be_of_window(graded, window)
    rows = graded[counted | perhaps]
    open_ = perhaps[counted | perhaps]
    low, high = np.where(open_, 0, rows["low"]).astype(np.int8), rows["high"].to_numpy(dtype=np.int8)
    if emergent:
        base_low, base_high = rows["baseline_low"].to_numpy(), rows["baseline_high"].to_numpy()
        if without_baseline == "emergent":
            none = rows["baseline_row"].to_numpy() < 0
            base_low, base_high = np.where(none, 0, base_low), np.where(none, 0, base_high)
        low = np.where(low > base_high, low, 0).astype(np.int8)
        high = np.where(high > base_low, high, 0).astype(np.int8)
    patient, days = rows["patient"].to_numpy(dtype=np.intp), rows["days"].to_numpy(dtype=float)
    made = highest_of(patient, days, low, high, rows["row"].to_numpy(dtype=np.intp), n, stopped)
    if not open_.any():
        return made
    seen = np.zeros(n, dtype=bool)
    seen[patient[~open_]] = True
    return replace(made, state=np.where(seen, made.state, NOT_ASSESSED), row=np.where(seen, made.row, -1),
                   after=made.after & seen)  # fmt: skip


def may_be_of_window(graded: pd.DataFrame, window: Span) -> Booleans:
    """Rows of `lab_grades` with a value and without a date that are not known to lie outside a window: taken neither as
    the baseline nor at a visit before treatment, nor under the window's own label, which counts."""
    found = np.isnan(graded["days"].to_numpy(dtype=float)) & (graded["reason"].to_numpy() != NO_VALUE)
    found &= graded["row"].to_numpy() != graded["baseline_row"].to_numpy()
    found &= ~graded["visit"].isin(BEFORE_TREATMENT).to_numpy(dtype=bool)
    return np.asarray(found & ~records_of_window(graded, window), dtype=np.bool_)


def records_of_window(graded: pd.DataFrame, window: Span) -> Booleans:
    """Rows of `lab_grades` that count in a window."""
    days = graded["days"].to_numpy(dtype=float)
    found = inside(days, graded["visit"], window) & (graded["reason"].to_numpy() != NO_VALUE)
    found &= graded["row"].to_numpy() != graded["baseline_row"].to_numpy()
    return np.asarray(found & ~(days < graded["baseline_days"].to_numpy(dtype=float)), dtype=np.bool_)


def highest_of(
    patient: Positions,
    days: Floats,
    low: Grades,
    high: Grades,
    row: Positions,
    n: int,
    stopped: Progression | None = None,
) -> Worst:
    """The highest of some grades per patient; of several equal ones the earliest decides.

    patient, days, low, high, row  one entry per record; `days` NaN for undated
    """
    place = np.zeros(len(patient), dtype=np.int8) if stopped is None else order(stopped, patient, days)
    low = np.where(place == BEFORE, low, 0).astype(np.int8)
    high = np.where(place == AFTER, 0, high).astype(np.int8)
    clear = np.where(place == UNCLEAR, 0, high).astype(np.int8)
    lows, highs, clears = (np.zeros(n, dtype=np.int8) for _ in range(3))
    for made, grades in ((lows, low), (highs, high), (clears, clear)):
        np.maximum.at(made, patient, grades)
    assessed, later = np.zeros(n, dtype=bool), np.ones(n, dtype=bool)
    assessed[patient] = True
    later[patient[place != AFTER]] = False
    # the record that shows the highest possible grade, rather one known to, then the earliest, undated last
    ranked = np.lexsort((row, days, -low.astype(int), -high.astype(int), patient))[::-1]
    deciding, onset = np.full(n, -1, dtype=np.intp), np.full(n, np.nan)
    deciding[patient[ranked]], onset[patient[ranked]] = row[ranked], days[ranked]
    state = np.full(n, NOT_GRADABLE, dtype=object)
    state[lows == np.maximum(lows, clears)] = PROGRESSION
    state[lows == highs] = GRADED
    state[~assessed] = NOT_ASSESSED
    return Worst(lows, highs, state, deciding, onset, assessed & later)
