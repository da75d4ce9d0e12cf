"""Courses of injections: those staged within eight weeks are one course, and their doses add as energy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from y90outcomes.dosimetry.inputs import amount, positive
from y90outcomes.dosimetry.limits import LIMITS
from y90outcomes.thresholds import compare

Floats = npt.NDArray[np.float64]
Positions = npt.NDArray[np.intp]
COURSE_DAYS = LIMITS["course_days"].value


def course_numbers(
    patient: Positions, days: npt.ArrayLike, longest: float = COURSE_DAYS, since: str = "first"
) -> Floats:
    """Number of the course of each injection, counted within the patient from 1.

    patient  position of each injection's patient;  days  when it was given, NaN for unknown
    since    "first": an injection up to `longest` days after the first of a course belongs to it; "previous": after the
             one before. ValueError otherwise
    returns  1 for a patient's only injection, whenever it was; NaN for every injection of a patient with several one of
             whose days is unknown
    """
    if since not in {"first", "previous"}:
        raise ValueError(f"a course is counted since its first or the previous injection, not {since!r}")
    when = np.asarray(days, dtype=np.float64)
    order = np.lexsort((when, patient))
    who, at = patient[order], when[order]
    new = np.append(True, who[1:] != who[:-1])[: len(who)]
    start = np.flatnonzero(new)
    size = np.diff(np.append(start, len(who)))
    rank = np.arange(len(who)) - np.repeat(start, size)
    number = np.ones(len(who))
    opened = np.repeat(at[start], size) if len(start) else at.copy()
    current = opened.copy()
    for turn in range(1, int(rank.max(initial=0)) + 1):
        row = np.flatnonzero(rank == turn)
        from_day = current[row - 1] if since == "first" else at[row - 1]
        later = compare(at[row] - from_day, "above", longest)
        number[row] = number[row - 1] + later
        current[row] = np.where(later, at[row], current[row - 1])
    unknown = np.repeat(np.logical_or.reduceat(np.isnan(at), start) & (size > 1), size) if len(start) else np.isnan(at)
    answer = np.empty(len(who))
    answer[order] = np.where(unknown, np.nan, number)
    return answer


def add_energy(dose: npt.ArrayLike, mass: npt.ArrayLike, group: Positions, count: int, same_volume: bool) -> Floats:
    """Dose (Gy) of a compartment over the injections of a course: energy D·M summed, over the mass it is spread in.

    group        position each injection belongs to, −1 for none;  count  of positions
    same_volume  True: every injection's dose is averaged over one volume (a lesion, the whole liver), the largest of
                 the masses given; False: over volumes that do not overlap (staged lobes), whose masses add
    returns      the dose itself where there is one injection, whether or not its mass is known; NaN where a dose, or
                 one of several masses, is missing or impossible, and for a position without injections
    """
    inside = np.flatnonzero(group >= 0)
    at, doses, masses = group[inside], amount(dose)[inside], positive(mass)[inside]
    number = np.bincount(at, minlength=count)
    single = np.full(count, np.nan)
    single[at] = doses
    held = np.bincount(at, weights=doses * masses, minlength=count)
    if same_volume:
        spread = np.full(count, -np.inf)
        np.maximum.at(spread, at, np.nan_to_num(masses))
    else:
        spread = np.bincount(at, weights=masses, minlength=count)
    with np.errstate(invalid="ignore", divide="ignore"):
        together = held / spread
    return np.where(number == 1, single, np.where(number > 1, together, np.nan))


def cumulative(dose: npt.ArrayLike, group: Positions, count: int) -> tuple[Floats, Floats, Floats]:
    """Doses (Gy) of one organ summed over injections: known part, whole (NaN where any is missing), highest known one.

    NaN in whole and highest for a position without injections, 0 in the known part.
    """
    inside = group >= 0
    at, doses = group[inside], amount(dose)[inside]
    known = np.bincount(at, weights=np.nan_to_num(doses), minlength=count).astype(np.float64)
    missing = np.bincount(at, weights=np.isnan(doses), minlength=count) > 0
    none = np.bincount(at, minlength=count) == 0
    highest = np.full(count, -np.inf)
    np.fmax.at(highest, at, doses)
    return known, np.where(missing | none, np.nan, known), np.where(np.isinf(highest), np.nan, highest)
