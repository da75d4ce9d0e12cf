"""Child–Pugh score from its five parts.

Pugh 1973, 10.1002/bjs.1800600817, with the INR limits in general use. A value on a limit is in the middle (2 points):
bilirubin 2–3 mg/dL, albumin 2.8–3.5 g/dL, INR 1.7–2.3, 4–6 s over control, prothrombin 40–50 %.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from y90outcomes.derivations.logic import Booleans, Floats, among, chosen, numbers, positive
from y90outcomes.derivations.recorded import child_pugh_class
from y90outcomes.thresholds import compare

BILIRUBIN = 17.104
"""µmol/L in 1 mg/dL."""
ALBUMIN = 10
"""g/L in 1 g/dL."""
PARTS = ("bilirubin", "albumin", "coagulation", "ascites", "encephalopathy")
COAGULATION: Mapping[str, str] = MappingProxyType(
    {"inr": "INR", "seconds": "Seconds over control", "percent": "Prothrombin, percent"}
)
MISSING: Mapping[str, str] = MappingProxyType(
    {"none": "Complete"} | {part: f"{part.capitalize()} missing" for part in PARTS} | {"several": "Several missing"}
)
CLASSES: Mapping[str, str] = MappingProxyType({"A": "A", "B": "B", "C": "C"})
_ASCITES = ("none", "slight", "moderate")
_ENCEPHALOPATHY = ("none", "grade_1_2", "grade_3_4")


def parts(
    bilirubin: pd.Series,
    albumin: pd.Series,
    inr: pd.Series,
    seconds: pd.Series,
    percent: pd.Series,
    ascites: pd.Series,
    encephalopathy: pd.Series,
    *,
    coagulation: str = "inr",
) -> pd.DataFrame:
    """Points (1–3) of each part, NaN where it is missing or impossible (a value not above zero; seconds may be below).

    bilirubin µmol/L, albumin g/L, inr ratio, seconds over control, percent of normal prothrombin, codes of ascites and
    encephalopathy. Columns as in `PARTS`.
    """
    points = {
        "bilirubin": _points(positive(bilirubin), 2 * BILIRUBIN, 3 * BILIRUBIN),
        "albumin": 4 - _points(positive(albumin), 2.8 * ALBUMIN, 3.5 * ALBUMIN),
        "coagulation": _coagulation(inr, seconds, percent, coagulation)[0],
        "ascites": _coded(ascites, _ASCITES),
        "encephalopathy": _coded(encephalopathy, _ENCEPHALOPATHY),
    }
    return pd.DataFrame(points, index=bilirubin.index)


def child_pugh_points(*columns: pd.Series, coagulation: str) -> pd.Series:
    """Sum of the five parts, 5–15; a missing part gives a missing score. Columns as `parts` takes them."""
    return parts(*columns, coagulation=coagulation).sum(axis=1, skipna=False)


def child_pugh(*columns: pd.Series, coagulation: str) -> pd.Series:
    """Class and points, "A5" … "C15"."""
    return child_pugh_class(child_pugh_points(*columns, coagulation=coagulation))


def child_pugh_letter(*columns: pd.Series, coagulation: str) -> pd.Series:
    """Class: A 5–6, B 7–9, C 10–15 points."""
    return child_pugh(*columns, coagulation=coagulation).str[0]


def child_pugh_missing(*columns: pd.Series, coagulation: str) -> pd.Series:
    """Which part is missing: none, the part, or several. Never missing itself."""
    absent = parts(*columns, coagulation=coagulation).isna()
    count = absent.sum(axis=1).to_numpy()
    single = [(part, absent[part].to_numpy(dtype=bool) & (count == 1)) for part in PARTS]
    return chosen(absent.index, ("none", count == 0), *single, ("several", count > 1))


def coagulation_used(inr: pd.Series, seconds: pd.Series, percent: pd.Series, *, coagulation: str) -> pd.Series:
    """Which measure gave the coagulation part; missing where none did."""
    used = _coagulation(inr, seconds, percent, coagulation)[1]
    return chosen(inr.index, *used.items())


def class_bounds(*columns: pd.Series, coagulation: str) -> tuple[Booleans, Booleans]:
    """Whether class C is possible, and whether a better class is, over every value the missing parts could have."""
    found = parts(*columns, coagulation=coagulation)
    best, worst = found.fillna(1).sum(axis=1), found.fillna(3).sum(axis=1)
    return (worst >= 10).to_numpy(dtype=bool), (best <= 9).to_numpy(dtype=bool)


def _coagulation(
    inr: pd.Series, seconds: pd.Series, percent: pd.Series, rule: str
) -> tuple[Floats, dict[str, Booleans]]:
    """Points, and per measure where it gave them. `first_available`: INR, else seconds, else percent."""
    measured = {
        "inr": _points(positive(inr), 1.7, 2.3),
        "seconds": _points(numbers(seconds), 4, 6),
        "percent": 4 - _points(positive(percent), 40, 50),
    }
    if rule != "first_available":
        measured = {rule: measured[rule]}
    points = np.full(len(inr), np.nan)
    used = {}
    for name, found in measured.items():
        used[name] = np.isnan(points) & ~np.isnan(found)
        points = np.where(used[name], found, points)
    return points, used


def _points(values: Floats, low: float, high: float) -> Floats:
    """1 below `low`, 2 from `low` to `high`, 3 above; NaN stays NaN."""
    points = np.where(compare(values, "below", low), 1.0, np.where(compare(values, "above", high), 3.0, 2.0))
    return np.where(np.isnan(values), np.nan, points)


def _coded(values: pd.Series, codes: tuple[str, str, str]) -> Floats:
    """1, 2, 3 for three codes in order; any other is missing."""
    points = np.full(len(values), np.nan)
    for number, code in enumerate(codes, start=1):
        points[among(values, [code])] = number
    return points
