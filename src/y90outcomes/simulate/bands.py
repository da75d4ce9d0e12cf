"""Where laboratory values are drawn, given the grade they must show: limits well inside each band.

A start is where an analyte stands before treatment, a band where it stands afterwards in a patient who started there.
Each names the grade of CTCAE 4.03 and that of 5.0 its values show; they differ where 5.0 counts from an abnormal
baseline, and for INR. The limits leave room for a laboratory's rounding. A grade is drawn first, then a value from its
band; nothing here reads a grade off a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Band:
    """grade, grade_5  what values show under CTCAE 4.03 and 5.0; low, high as multiples of `of` (uln, lln, baseline),
    or in the analyte's canonical unit for fixed."""

    grade: int
    grade_5: int
    low: float
    high: float
    of: str = "uln"


@dataclass(frozen=True, slots=True)
class Start:
    """band of the baseline; after: bands of later values, the first the one where nothing has changed; points: the
    Child–Pugh points such a baseline has, 0 where the score does not count the analyte."""

    band: Band
    after: tuple[Band, ...]
    points: int = 0


_RISE = (Band(2, 2, 3.3, 4.7), Band(3, 3, 5.5, 12.0), Band(4, 4, 21.0, 28.0))
_ENZYME = {
    "normal": Start(Band(0, 0, 0.45, 0.92), (Band(0, 0, 0.9, 1.05, "baseline"), Band(1, 1, 1.15, 2.7), *_RISE)),
    "raised": Start(Band(1, 0, 1.2, 1.5), (
        Band(1, 0, 0.9, 1.25, "baseline"), Band(1, 1, 1.57, 1.85, "baseline"), Band(2, 1, 2.65, 2.85, "baseline"),
        Band(2, 2, 3.1, 3.25, "baseline"), Band(3, 2, 4.4, 4.8, "baseline"), Band(3, 3, 5.3, 7.0, "baseline"),
        Band(4, 4, 21.0, 23.0, "baseline"))),
}  # fmt: skip
_BILIARY = {
    "normal": Start(Band(0, 0, 0.45, 0.92), (Band(0, 0, 0.9, 1.05, "baseline"), Band(1, 1, 1.15, 2.3),
                                             Band(2, 2, 2.7, 4.7), *_RISE[1:])),
    "raised": Start(Band(1, 0, 1.25, 1.5), (
        Band(1, 0, 0.9, 1.25, "baseline"), Band(2, 1, 2.15, 2.4, "baseline"), Band(2, 2, 2.65, 3.2, "baseline"),
        Band(3, 2, 4.3, 4.8, "baseline"), Band(3, 3, 5.3, 7.0, "baseline"), Band(4, 4, 21.0, 23.0, "baseline"))),
}  # fmt: skip
_MILD, _MODERATE, _LOW = (Band(1, 1, 30.6, 34.3, "fixed"), Band(2, 2, 21.5, 28.4, "fixed"),
                          Band(3, 3, 13.5, 18.4, "fixed"))  # fmt: skip
_INR = (Band(0, 0, 0.95, 1.15, "fixed"), Band(1, 1, 1.26, 1.44, "fixed"), Band(1, 2, 1.56, 1.74, "fixed"),
        Band(2, 2, 1.86, 2.24, "fixed"), Band(2, 3, 2.56, 2.94, "fixed"), Band(3, 3, 3.1, 4.0, "fixed"))  # fmt: skip
_PLATELETS = (Band(0, 0, 160.0, 330.0, "fixed"), Band(1, 1, 80.0, 142.0, "fixed"), Band(2, 2, 53.0, 72.0, "fixed"),
              Band(3, 3, 28.0, 47.0, "fixed"), Band(4, 4, 10.0, 22.0, "fixed"))  # fmt: skip
_WORSE_CREATININE = (Band(2, 2, 1.65, 2.2, "baseline"), Band(3, 3, 3.2, 3.7, "baseline"))

STARTS: Mapping[str, Mapping[str, Start]] = MappingProxyType({
    "bilirubin": {
        "normal": Start(Band(0, 0, 0.25, 0.96), (
            Band(0, 0, 0.92, 1.02, "baseline"), Band(1, 1, 1.12, 1.42), Band(2, 2, 1.6, 2.85), Band(3, 3, 3.25, 5.5),
            Band(4, 4, 10.6, 12.5))),
        "raised": Start(Band(1, 0, 1.25, 1.38), (
            Band(1, 0, 0.9, 0.97, "baseline"), Band(2, 1, 1.36, 1.4, "baseline"), Band(2, 2, 1.65, 1.95, "baseline"),
            Band(3, 2, 2.5, 2.8, "baseline"), Band(3, 3, 3.3, 5.0, "baseline"), Band(4, 3, 8.4, 9.3, "baseline"))),
    },
    "albumin": {
        "normal": Start(Band(0, 0, 36.5, 46.0, "fixed"),
                        (Band(0, 0, 0.985, 1.03, "baseline"), _MILD, _MODERATE, _LOW), 1),
        "mild": Start(_MILD, (_MILD, _MODERATE, _LOW), 2),
        "moderate": Start(Band(2, 2, 28.6, 29.4, "fixed"), (_MODERATE, _LOW), 2),
        "low": Start(Band(2, 2, 22.6, 26.4, "fixed"), (_MODERATE, _LOW), 3),
    },
    "inr": {
        "normal": Start(_INR[0], _INR, 1),
        "mild": Start(_INR[1], _INR[1:], 1),
        "raised": Start(Band(1, 2, 1.56, 1.66, "fixed"), _INR[2:], 1),
        "mild_two": Start(Band(1, 2, 1.73, 1.77, "fixed"), _INR[2:], 2),
        "moderate_two": Start(_INR[3], _INR[3:], 2),
    },
    "creatinine": {
        "low": Start(Band(0, 0, 0.6, 0.78), (Band(0, 0, 0.88, 0.96, "baseline"), Band(1, 0, 1.1, 1.2, "baseline"),
                                             *_WORSE_CREATININE)),
        "high": Start(Band(0, 0, 0.84, 0.94), (Band(0, 0, 0.88, 0.96, "baseline"), Band(1, 1, 1.27, 1.42, "baseline"),
                                               *_WORSE_CREATININE)),
        "raised": Start(Band(1, 1, 1.15, 1.3), (Band(1, 1, 0.91, 0.97, "baseline"), *_WORSE_CREATININE)),
    },
    "platelets": {
        "normal": Start(_PLATELETS[0], _PLATELETS), "mild": Start(_PLATELETS[1], _PLATELETS[1:]),
        "moderate": Start(_PLATELETS[2], _PLATELETS[2:]),
    },
    "lymphocytes": {
        "normal": Start(Band(0, 0, 1.08, 2.4, "fixed"), (
            Band(0, 0, 1.08, 2.4, "fixed"), Band(1, 1, 0.84, 0.95, "fixed"), Band(2, 2, 0.54, 0.76, "fixed"),
            Band(3, 3, 0.23, 0.46, "fixed"), Band(4, 4, 0.1, 0.17, "fixed"))),
    },
    "ast": _ENZYME, "alt": _ENZYME, "alp": _BILIARY, "ggt": _BILIARY,
})  # fmt: skip
"""Analyte -> name of a start -> start. Fixed limits assume an upper limit of 1.2 for INR and lower limits of 35 g/L for
albumin, 150 and 1 × 10⁹/L for platelets and lymphocytes, as every centre here has."""

GRADED = tuple(STARTS)
"""Analytes with a CTCAE grade."""
