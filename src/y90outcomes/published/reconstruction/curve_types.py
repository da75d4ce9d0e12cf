"""What a digitised curve is, and what its reconstruction gives: pseudo-patients with the measure of their fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from y90outcomes.estimators.numbers import Booleans, Floats, Ints

T = TypeVar("T", bound=np.generic)

SAMPLING = {
    "steps": "points read at the steps: an event happens at the point where the curve is lower",
    "grid": "points at chosen times: an event happens midway between two points",
}
"""How points were taken from the picture, and so when an event between two of them happened."""

RISE = 0.04
"""A curve that rises by more than this share, points misplaced in time by `SHIFT` apart, was not read as meant."""
SHIFT = 0.02
"""Share of the time axis within which two points may have changed places through the width of a line."""
WORST = 0.05
"""Largest distance between the curve read and the curve of the pseudo-patients that still counts as a fit."""
TYPICAL = 0.02
"""Largest root mean square distance that still counts as a fit."""


@dataclass(frozen=True, slots=True, eq=False)
class DigitisedCurve:
    """One group's Kaplan–Meier curve as read from a figure, with the numbers at risk printed under it.

    times, survival    (m,) points in any order; times ≥ 0 in any one unit; survival a share from 0 to 1
    risk_times         (k,) times of the printed table, the first 0, rising; at_risk (k,) whole numbers, never rising
    total_events       events of the group where printed, None where not
    source             where the figure stands
    sampling           "steps" or "grid", a key of `SAMPLING`
    """

    group: str
    times: Floats
    survival: Floats
    risk_times: Floats
    at_risk: Ints
    total_events: int | None = None
    source: str = ""
    sampling: str = "steps"


@dataclass(frozen=True, slots=True)
class Cleaning:
    """What was done to the points before use; `words` says it in sentences.

    points      points read
    duplicates  points that repeat another point, time and height; each is used once
    clipped     points a little outside time ≥ 0 or the share 0 to 1, moved to that limit
    moved       points whose height changed so that the curve never rises
    largest     the largest such change, as a share
    started     whether the point (0, 1) had to be added
    extended    whether the curve was carried flat to the last time of the risk table
    """

    points: int
    duplicates: int
    clipped: int
    moved: int
    largest: float
    started: bool
    extended: bool

    @property
    def words(self) -> tuple[str, ...]:
        """One sentence per thing that was done."""
        said = []
        if self.moved:
            said.append(
                f"{self.moved} of {self.points} points were moved, by at most {self.largest:.4f}, so that the curve "
                "never rises (isotonic least squares)"
            )
        if self.duplicates:
            said.append(f"{self.duplicates} points that repeat another were used once")
        if self.clipped:
            said.append(f"{self.clipped} points a little outside the axes were moved to their limit")
        if self.started:
            said.append("the point (0, 1) was added")
        if self.extended:
            said.append("the curve was carried flat to the last time of the risk table")
        return tuple(said)


@dataclass(frozen=True, slots=True)
class CurveFit:
    """How well one group's pseudo-patients give back what was read; `valid` False, with `reason`, when badly.

    largest     max |S read and cleaned − S of the pseudo-patients| over the points, 0 on the upright part of a step;
                typical its root mean square
    risk_times, at_risk, rebuilt  the printed table and the pseudo-patients' numbers at risk at the same times (k,)
    events      events of the pseudo-patients; printed_events those printed, None where not
    censored    censored pseudo-patients per interval of the table, the last one open; those at the end included
    limits      what the reconstruction cannot know, in sentences
    """

    group: str
    source: str
    n: int
    largest: float
    typical: float
    risk_times: tuple[float, ...]
    at_risk: tuple[int, ...]
    rebuilt: tuple[int, ...]
    events: int
    printed_events: int | None
    censored: tuple[int, ...]
    cleaning: Cleaning
    limits: tuple[str, ...]
    valid: bool = True
    reason: str = ""

    @property
    def mismatches(self) -> tuple[int, ...]:
        """Pseudo-patients at risk less those printed, per time of the table."""
        return tuple(made - printed for made, printed in zip(self.rebuilt, self.at_risk, strict=True))

    @property
    def uncounted(self) -> bool:
        """Neither later numbers at risk nor a total of events were printed: the number of events is a guess."""
        return len(self.at_risk) == 1 and self.printed_events is None

    @property
    def events_mismatch(self) -> int | None:
        """Events of the pseudo-patients less those printed; None where none are printed."""
        return None if self.printed_events is None else self.events - self.printed_events


@dataclass(frozen=True, slots=True, eq=False)
class PseudoPatients:
    """Times (n,), events (n,) and group labels (n,) of patients who never existed; always `reconstructed`.

    `fits` has one entry per group. A group that does not fit makes `valid` False, and `summaries` gives no number.
    """

    time: Floats
    event: Booleans
    group: NDArray[np.str_]
    fits: tuple[CurveFit, ...]
    reconstructed: bool = True

    @property
    def valid(self) -> bool:
        """Whether every group fits."""
        return all(fit.valid for fit in self.fits)

    @property
    def reason(self) -> str:
        """Why not, group by group; "" when every group fits."""
        return "; ".join(f"{fit.group}: {fit.reason}" for fit in self.fits if not fit.valid)


def pool(parts: list[PseudoPatients] | tuple[PseudoPatients, ...]) -> PseudoPatients:
    """The groups of `parts` together, in their order. ValueError for none, or for a group that stands twice.

    Arrays (n,) of the parts are joined; times must be in one unit. A definition, no source.
    """
    names = [fit.group for part in parts for fit in part.fits]
    if not names or len(set(names)) < len(names):
        raise ValueError("pool needs parts whose groups all differ: " + (", ".join(names) or "none given"))
    return PseudoPatients(
        frozen(np.concatenate([part.time for part in parts])),
        frozen(np.concatenate([part.event for part in parts])),
        frozen(np.concatenate([part.group for part in parts])),
        tuple(fit for part in parts for fit in part.fits),
    )


def frozen(array: NDArray[T]) -> NDArray[T]:
    """The array, read-only."""
    array.flags.writeable = False
    return array
