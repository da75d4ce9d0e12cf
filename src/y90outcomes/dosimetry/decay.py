"""Decay from calibration to administration: activity, activity per microsphere, treatment week."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from y90outcomes.dosimetry.constants import HALF_LIFE_HOURS, SPHERE_ACTIVITY, WEEK_DAYS
from y90outcomes.dosimetry.inputs import amount
from y90outcomes.thresholds import compare

Floats = npt.NDArray[np.float64]


def decay_factor(days: npt.ArrayLike, half_life_hours: float = HALF_LIFE_HOURS) -> Floats:
    """What is left after `days` (24 h each): 2^(−Δt/T½). NaN for missing, and for days before calibration."""
    return np.exp2(-amount(days) * 24 / half_life_hours)


def activity_at(calibrated: npt.ArrayLike, days: npt.ArrayLike, half_life_hours: float = HALF_LIFE_HOURS) -> Floats:
    """Activity (GBq) `days` after a calibration at which it was `calibrated` (GBq). NaN for missing or negative."""
    return amount(calibrated) * decay_factor(days, half_life_hours)


def sphere_activity(
    days: npt.ArrayLike, at_calibration: float = SPHERE_ACTIVITY, half_life_hours: float = HALF_LIFE_HOURS
) -> Floats:
    """Activity (Bq) of one glass microsphere `days` after calibration; the activity over the number of microspheres.
    Sangro 2014, 10.2217/hep.14.6 (2500 Bq at calibration). NaN for missing or negative days."""
    return at_calibration * decay_factor(days, half_life_hours)


def treatment_week(days: npt.ArrayLike, weeks: tuple[float, ...] = WEEK_DAYS) -> Floats:
    """1 up to and including the seventh day after calibration, 2 up to the fourteenth; NaN for later, negative or
    missing. Salem 2022 counts weeks of the vial, from a calibration on Sunday."""
    age = amount(days)
    answer = np.full(age.shape, np.nan)
    for number, last in reversed(list(enumerate(weeks, start=1))):
        answer = np.where(compare(age, "max", last), float(number), answer)
    return answer
