"""MELD scores: MELD(i), MELD-Na as allocated from 2016, MELD 3.0.

Kamath 2001, 10.1053/jhep.2001.22172; Kim 2008, 10.1056/NEJMoa0801209; Kim 2021, 10.1053/j.gastro.2021.08.050; bounds,
rounding and the limit of 40 as in OPTN policy 9.1. Concentrations are taken in mg/dL and g/dL, as the formulas are
written. Integers, 6–40, halves away from zero.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from y90outcomes.derivations.logic import Booleans, Floats, among, chosen, positive
from y90outcomes.thresholds import compare, significant

BILIRUBIN, CREATININE, ALBUMIN = 17.104, 88.40, 10
"""µmol/L in 1 mg/dL, twice, and g/L in 1 g/dL."""
LOWEST, HIGHEST = 6, 40
CAP, CAP_3 = 4.0, 3.0
"""Creatinine in mg/dL above which, and on dialysis at which, the score counts it: MELD and MELD-Na; MELD 3.0."""
SODIUM = (125, 137)


def meld(
    bilirubin: pd.Series, inr: pd.Series, creatinine: pd.Series, dialysis: pd.Series, *, dialysis_unrecorded: str
) -> pd.Series:
    """MELD(i) = 9.57 ln creatinine + 3.78 ln bilirubin + 11.2 ln INR + 6.43, each at least 1, creatinine at most 4.0.

    bilirubin and creatinine µmol/L, dialysis yes/no. Dialysis counts as creatinine 4.0, whatever was measured. Where it
    is not recorded the score is missing, unless creatinine is at the limit anyway or `dialysis_unrecorded` is "none".
    """
    value = (
        9.57 * np.log(_creatinine(creatinine, dialysis, CAP, dialysis_unrecorded))
        + 3.78 * np.log(np.maximum(positive(bilirubin) / BILIRUBIN, 1))
        + 11.2 * np.log(np.maximum(positive(inr), 1))
        + 6.43
    )
    return pd.Series(np.clip(_rounded(value), LOWEST, HIGHEST), index=bilirubin.index)


def meld_na(
    bilirubin: pd.Series,
    inr: pd.Series,
    creatinine: pd.Series,
    dialysis: pd.Series,
    sodium: pd.Series,
    *,
    dialysis_unrecorded: str,
) -> pd.Series:
    """MELD(i) up to 11; above it MELD(i) + 1.32 (137 − Na) − 0.033 MELD(i) (137 − Na), Na within 125–137 mmol/L.

    A missing sodium gives a score only where it cannot change it: MELD(i) up to 11, or 40.
    """
    first = meld(bilirubin, inr, creatinine, dialysis, dialysis_unrecorded=dialysis_unrecorded).to_numpy()
    below = SODIUM[1] - np.clip(positive(sodium), *SODIUM)
    value = np.clip(_rounded(first + 1.32 * below - 0.033 * first * below), LOWEST, HIGHEST)
    return pd.Series(np.where(compare(first, "max", 11) | (first == HIGHEST), first, value), index=bilirubin.index)


def meld_3(
    bilirubin: pd.Series,
    inr: pd.Series,
    creatinine: pd.Series,
    dialysis: pd.Series,
    sodium: pd.Series,
    albumin: pd.Series,
    sex: pd.Series,
    *,
    dialysis_unrecorded: str,
    limited: bool,
) -> pd.Series:
    """MELD 3.0 of an adult (below 18 years the policy adds the 1.33 of women to both sexes).

    1.33 female + 4.56 ln bili + 0.82 (137 − Na) − 0.24 (137 − Na) ln bili + 9.09 ln INR + 11.14 ln Cr
    + 1.85 (3.5 − alb) − 1.83 (3.5 − alb) ln Cr + 6, with creatinine 1.0–3.0, albumin 1.5–3.5 g/dL, Na 125–137.
    `limited`: at most 40, as the policy has it; the paper sets no upper limit. Any missing input gives a missing score.
    """
    female = np.where(among(sex, ["female"]), 1.0, np.where(among(sex, ["male"]), 0.0, np.nan))
    below = SODIUM[1] - np.clip(positive(sodium), *SODIUM)
    bili = np.log(np.maximum(positive(bilirubin) / BILIRUBIN, 1))
    cr = np.log(_creatinine(creatinine, dialysis, CAP_3, dialysis_unrecorded))
    lack = 3.5 - np.clip(positive(albumin) / ALBUMIN, 1.5, 3.5)
    value = (
        1.33 * female
        + 4.56 * bili
        + 0.82 * below
        - 0.24 * below * bili
        + 9.09 * np.log(np.maximum(positive(inr), 1))
        + 11.14 * cr
        + 1.85 * lack
        - 1.83 * lack * cr
        + 6
    )
    return pd.Series(np.clip(_rounded(value), LOWEST, HIGHEST if limited else np.inf), index=bilirubin.index)


def creatinine_used(creatinine: pd.Series, dialysis: pd.Series) -> pd.Series:
    """How creatinine enters: "measured" (no dialysis), "dialysis" (at the limit), "not_recorded" (dialysis unknown)."""
    on, off = _dialysis(dialysis)
    known = ~np.isnan(positive(creatinine))
    return chosen(creatinine.index, ("dialysis", on), ("measured", off & known), ("not_recorded", ~off & known))


def _dialysis(dialysis: pd.Series) -> tuple[Booleans, Booleans]:
    return among(dialysis, ["yes"]), among(dialysis, ["no"])


def _creatinine(creatinine: pd.Series, dialysis: pd.Series, cap: float, unrecorded: str) -> Floats:
    """mg/dL as a score counts it, 1 to `cap`; NaN where it is open."""
    measured = positive(creatinine) / CREATININE
    on, off = _dialysis(dialysis)
    settled = ~on if unrecorded == "none" else off | compare(measured, "min", cap)
    return np.where(on, cap, np.where(settled, np.clip(measured, 1, cap), np.nan))


def _rounded(values: Floats) -> Floats:
    """To the nearest integer, halves up, at 12 significant digits."""
    return np.floor(significant(values) + 0.5)
