"""Progression after treatment, and whether an onset came before it, after it, or cannot be told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.derivations.types import Positions
from y90outcomes.thresholds import Booleans, Floats

EVENTS = ("progression", "hepatic_progression", "local_progression", "extrahepatic_progression")
"""Events of `follow_up` that are a progression."""
BEFORE, UNCLEAR, AFTER = 0, 1, 2
"""An onset is before progression (or there is none), on its day or not to be told, after it."""

Order = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Progression:
    """Per patient.

    day       first dated progression, NaN for none
    undated   a progression without a date, or dated before day 0: it may have come first
    row       its position in `follow_up` (the undated one where there is one), -1 for none
    recorded  progression is recorded as yes or no
    """

    day: Floats
    undated: Booleans
    row: Positions
    recorded: Booleans


def progression(follow_up: pd.DataFrame, n: int) -> Progression:
    """The first progression of any kind among `n` patients, from `Records.tables["follow_up"]`."""
    named = follow_up["event"].isin(EVENTS).fillna(False).to_numpy(dtype=bool)
    named &= follow_up["patient"].to_numpy() >= 0
    patient = follow_up["patient"].to_numpy(dtype=np.intp)
    yes = named & follow_up["occurrence"].eq("yes").fillna(False).to_numpy(dtype=bool)
    days = follow_up["days"].to_numpy(dtype=float)
    dated = np.flatnonzero(yes & (days >= 0))
    dated = dated[np.lexsort((dated, days[dated], patient[dated]))][::-1]
    open_ = np.flatnonzero(yes & ~(days >= 0))[::-1]
    day, row = np.full(n, np.nan), np.full(n, -1, dtype=np.intp)
    day[patient[dated]], row[patient[dated]] = days[dated], dated
    undated = np.zeros(n, dtype=bool)
    undated[patient[open_]], row[patient[open_]] = True, open_
    recorded = np.zeros(n, dtype=bool)
    recorded[patient[named & follow_up["occurrence"].notna().to_numpy(dtype=bool)]] = True
    return Progression(day, undated, row, recorded)


def order(found: Progression, patient: Positions, days: Floats) -> Order:
    """Where each onset stands to its patient's progression: BEFORE, UNCLEAR or AFTER.

    Same day means the same whole day. An onset without a day is unclear as soon as the patient has a progression.
    """
    onset, day = np.floor(days), np.floor(found.day[patient])
    has = ~np.isnan(day)
    undated = found.undated[patient]
    made = np.where(undated | (has & (np.isnan(onset) | (onset == day))), UNCLEAR, BEFORE)
    return np.where(has & (onset > day), AFTER, made).astype(np.int8)
