"""Limits of dose, volume and time as data, with their source, and the comparisons with them.

Every comparison is at 12 significant digits (`thresholds.compare`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from y90outcomes.thresholds import compare

Floats = npt.NDArray[np.float64]
_TARGET = "TARGET registry, 10.1007/s00259-022-05774-0"
_SALEM = "Salem 2022, international recommendations for personalised Y-90 glass radioembolisation of HCC"


@dataclass(frozen=True, slots=True)
class Limit:
    """`rule` is a word of `thresholds.RULES`: max means up to and including the value."""

    name: str
    rule: str
    value: float
    unit: str
    words: str
    source: str


_ALL = (
    Limit("lung_single", "max", 30.0, "Gy", "lung dose of one treatment", _TARGET),
    Limit("lung_cumulative", "max", 50.0, "Gy", "lung dose of all treatments together", _TARGET),
    Limit("course_days", "max", 56.0, "d", "days from the first to the last injection of one course", _SALEM),
    Limit("tumour_diameter", "min", 30.0, "mm", "smallest tumour that counts as tumour", _TARGET),
    Limit("removed_diameter", "min", 20.0, "mm", "smallest tumour taken off the normal liver", _TARGET),
    Limit("volumes", "max", 1.02, "ratio", "tumour and normal volume over perfused volume", _TARGET),
    Limit("balance", "max", 2.0, "%", "energy of the compartments off the energy of the activity", _SALEM),
    Limit("sphere_activity", "min", 297.0, "Bq", "activity per microsphere at administration, small tumours", _SALEM),
)

LIMITS: Mapping[str, Limit] = MappingProxyType({limit.name: limit for limit in _ALL})
"""name -> limit."""


def within_lung_limits(
    known: npt.ArrayLike,
    whole: npt.ArrayLike,
    highest: npt.ArrayLike,
    single: float = LIMITS["lung_single"].value,
    cumulative: float = LIMITS["lung_cumulative"].value,
) -> Floats:
    """1 within both lung limits, 0 above either, NaN where a missing dose leaves it open.

    known    sum of the known lung doses (Gy);  whole  of all of them, NaN where one is missing
    highest  highest known lung dose of one treatment, NaN where none is known; as `courses.cumulative` gives the three

    A known dose above a limit decides whatever is missing, because doses are never negative.
    """
    above = compare(highest, "above", single) | compare(known, "above", cumulative)
    return np.where(above, 0.0, np.where(np.isnan(np.asarray(whole, dtype=np.float64)), np.nan, 1.0))


def near_one(ratio: npt.ArrayLike, tolerance_percent: float) -> Floats:
    """1 where `ratio` lies within the tolerance of 1, both ends included, 0 outside, NaN where it is missing."""
    numbers = np.asarray(ratio, dtype=np.float64)
    share = tolerance_percent / 100
    inside = compare(numbers, "min", 1 - share) & compare(numbers, "max", 1 + share)
    return np.where(np.isnan(numbers), np.nan, inside.astype(np.float64))
