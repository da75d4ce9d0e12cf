"""The CTCAE grade of laboratory values: a lower and an upper bound from what is known, equal where it is gradable.

Every limit is met, not met, or not known (its ULN, LLN or baseline is missing). The lowest possible grade is the
highest limit met, the highest possible one the highest limit not ruled out. Where the version grades by the state of
the baseline, or by anticoagulation, and that is not known, both readings are taken and the bounds are the widest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import numpy.typing as npt

from y90outcomes.derivations.toxicity.ctcae import COUNTS, TERMS, Limit, highest, limits, readings
from y90outcomes.thresholds import Booleans, Floats, compare

Grades = npt.NDArray[np.int8]
Words = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Values:
    """Laboratory values of one analyte, one entry each; NaN for what is not recorded.

    value, uln, lln  in the analyte's canonical unit
    side             −1 the value is only known to lie below, +1 above, 0 it is the value itself
    baseline         value to compare with; NaN where there is none or only a limit of the assay is known
    abnormal         1 the baseline is above its own ULN, 0 it is not, NaN not known
    anticoagulated   1 yes, 0 no, NaN not known
    """

    value: Floats
    side: Floats
    uln: Floats
    lln: Floats
    baseline: Floats
    abnormal: Floats
    anticoagulated: Floats


@dataclass(frozen=True, slots=True)
class Bounds:
    """Lowest and highest possible grade of each value, and why they differ ("" where they do not)."""

    low: Grades
    high: Grades
    reason: Words


NO_VALUE = "no value"
REASONS = (
    NO_VALUE,
    "impossible value",
    "only a limit of the assay is known",
    "no ULN",
    "no LLN",
    "no baseline",
    "baseline without ULN",
    "anticoagulation not recorded",
)
"""Why a value is not gradable; the first that holds is given."""


def possible(analyte: str, value: Floats) -> Booleans:
    """Whether a result can be: above zero, or zero for a cell count; False for a missing one."""
    positive = value >= 0 if analyte in COUNTS else value > 0
    return np.asarray(positive & np.isfinite(value), dtype=np.bool_)


def bounds(term: str, version: str, given: Values) -> Bounds:
    """Bounds of the CTCAE grade of each value. Impossible limits (not above zero) count as not recorded.

    Limits: CTCAE 4.03 and 5.0 (`ctcae.csv`). KeyError for an unknown term or version. A missing or impossible value has
    bounds 0 and the highest grade of the term.
    """
    usable = possible(TERMS[term], given.value)
    known = {
        "uln": _positive(given.uln),
        "lln": _positive(given.lln),
        "baseline": np.where(possible(TERMS[term], given.baseline), given.baseline, np.nan),
    }
    top = highest(version, term)
    names = readings(version, term)
    parts = {name: _reading(limits(version, term), name, given, known, top) for name in names}
    holds = _holds(names, given)
    low = np.full(len(given.value), 127, dtype=np.int8)
    high = np.zeros(len(given.value), dtype=np.int8)
    for name in names:
        low = np.where(holds[name], np.minimum(low, parts[name][0]), low)
        high = np.where(holds[name], np.maximum(high, parts[name][1]), high)
    low, high = np.where(usable, low, 0).astype(np.int8), np.where(usable, high, top).astype(np.int8)
    return Bounds(low, high, _reasons(low != high, usable, term, version, given, known, holds))


def _positive(limit: Floats) -> Floats:
    return np.where((limit > 0) & np.isfinite(limit), limit, np.nan)


def _holds(names: tuple[str, ...], given: Values) -> dict[str, Booleans]:
    """reading -> where it holds or may hold."""
    if names == ("any",):
        return {"any": np.ones(len(given.value), dtype=bool)}
    state = given.abnormal if "normal" in names else given.anticoagulated
    no, yes = ("normal", "abnormal") if "normal" in names else ("off", "on")
    return {no: ~(state == 1), yes: ~(state == 0)}


def _reading(
    every: tuple[Limit, ...], name: str, given: Values, known: Mapping[str, Floats], top: int
) -> tuple[Grades, Grades]:
    """Bounds under one reading."""
    low = np.zeros(len(given.value), dtype=np.int8)
    high = np.zeros(len(given.value), dtype=np.int8)
    rising = every[0].rule != "below"
    own = sorted((limit for limit in every if limit.reading == name), key=lambda limit: (limit.of, limit.rule))
    for (of, rule), group in groupby(own, key=lambda limit: (limit.of, limit.rule)):
        limits_ = list(group)
        factors, grades = np.array([limit.factor for limit in limits_]), [limit.grade for limit in limits_]
        edges = factors[:, None] if of == "fixed" else factors[:, None] * known[of]
        unknown = np.zeros(len(low), dtype=bool) if of == "fixed" else np.isnan(known[of])
        for grade, met in zip(grades, compare(given.value, rule, edges), strict=True):
            np.maximum(low, met * np.int8(grade), out=low)
            np.maximum(high, (met | unknown) * np.int8(grade), out=high)
    worse = given.side == (1 if rising else -1)
    better = given.side == (-1 if rising else 1)
    low[better] = 0
    high[worse] = top
    return low, high


def _reasons(
    doubtful: Booleans,
    usable: Booleans,
    term: str,
    version: str,
    given: Values,
    known: Mapping[str, Floats],
    holds: Mapping[str, Booleans],
) -> Words:
    reason = np.full(len(doubtful), "", dtype=object)
    if not (doubtful | ~usable).any():
        return reason
    asks = {of: np.zeros(len(doubtful), dtype=bool) for of in ("uln", "lln", "baseline", "fixed")}
    for limit in limits(version, term):
        asks[limit.of] |= holds[limit.reading]
    tests = (
        np.isnan(given.value),
        ~usable,
        given.side != 0,
        asks["uln"] & np.isnan(known["uln"]),
        asks["lln"] & np.isnan(known["lln"]),
        asks["baseline"] & np.isnan(known["baseline"]),
        np.isnan(given.abnormal) if "normal" in holds else np.zeros(len(doubtful), dtype=bool),
        np.isnan(given.anticoagulated) if "off" in holds else np.zeros(len(doubtful), dtype=bool),
    )
    for test, words in reversed(list(zip(tests, REASONS, strict=True))):
        reason[(doubtful | ~usable) & test] = words
    return reason
