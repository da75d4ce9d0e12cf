"""Rows of a canonical table from arrays over patients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.schema import Schema
from y90outcomes.simulate.patients import Flags, Floats


class Maker:
    """Rows of a table from arrays over patients: keys, and dates as the centre gives them."""

    def __init__(self, key: pd.DataFrame, start: np.ndarray, by_day: Flags, schema: Schema) -> None:
        self.key, self.start, self.by_day, self.schema = key, start, by_day, schema

    def rows(self, patient: np.ndarray, columns: Mapping[str, object], dates: Mapping[str, Floats]) -> pd.DataFrame:
        """`patient` positions; `columns` arrays along the rows; `dates` prefix ("" or "maa_") -> days."""
        frame: Any = self.key.iloc[patient].reset_index(drop=True)
        for name, values in columns.items():
            frame[name] = values
        for prefix, days in dates.items():
            days = np.asarray(days, dtype=float)
            known = ~np.isnan(days)
            moved = self.start[patient] + np.where(known, days, 0).astype("timedelta64[D]")
            frame[f"{prefix}date"] = pd.Series(moved).astype("datetime64[s]").where(known & ~self.by_day[patient])
            frame[f"{prefix}day"] = np.where(known & self.by_day[patient], days, np.nan)
        return pd.DataFrame(frame)


def yes(flags: Flags) -> np.ndarray:
    """The codes yes and no."""
    return np.where(flags, "yes", "no")


def where(there: Flags, texts: object) -> np.ndarray:
    """`texts` where `there`, None elsewhere."""
    made = np.full(len(there), None, dtype=object)
    made[there] = np.broadcast_to(np.asarray(texts, dtype=object), len(there))[there]
    return made


def lesion_names(number: np.ndarray) -> np.ndarray:
    """L1 for 0, L2 for 1, and so on."""
    return np.char.add("L", (number + 1).astype(str))
