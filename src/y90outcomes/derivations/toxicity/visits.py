"""The grade of every laboratory record, its baseline, and the shift between them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.derivations.choice import choose
from y90outcomes.derivations.toxicity.ctcae import TERMS
from y90outcomes.derivations.toxicity.grade import Values, Words, bounds, possible
from y90outcomes.derivations.types import Span
from y90outcomes.thresholds import Booleans, Floats, compare

Whole = npt.NDArray[np.intp]
_SIDES = {"below": -1.0, "above": 1.0}


def lab_grades(
    labs: pd.DataFrame,
    patients: pd.DataFrame,
    *,
    version: str,
    baseline: Span,
    terms: Iterable[str] | None = None,
    unknown_anticoagulation: str = "not_gradable",
) -> pd.DataFrame:
    """CTCAE grade of every laboratory record of a gradable analyte.

    labs      `Records.tables["labs"]`, or some of its rows with their positions as index: canonical columns with
              `patient` and `days`; rows of no patient are left out
    patients  `Records.patients`; `anticoagulation` decides how INR is graded
    baseline  the baseline is the possible value of the analyte inside this span that is nearest to its nominal day,
              ties earlier; without a dated one, the undated value under its visit label, unless several differ
    terms     laboratory terms wanted; all when not given
    unknown_anticoagulation  "not_gradable": INR is graded where both readings agree; "no": as if not anticoagulated

    One row per record, in the order of `labs`: patient, term, analyte, days, visit, value, side (−1 below it, +1 above
    it, 0 the value itself), uln, lln; grade (Int64, NA when not gradable), state (graded | not_gradable), reason (""
    when graded); low, high (lowest and highest possible grade); baseline_grade (Int64, NA for no baseline or a baseline
    not gradable), baseline_low, baseline_high (0 and 5 without baseline), baseline_row (-1 none), baseline_days; row
    (position in `labs`). A missing ULN, LLN or baseline makes the
    grades that need it not gradable, never 0; absolute limits still grade. CTCAE 4.03 and 5.0. KeyError for an unknown
    version or term.
    """
    wanted = list(TERMS if terms is None else terms)
    analytes = [TERMS[term] for term in wanted]
    row, kind = _of_analytes(labs, analytes)
    place = labs.index.to_numpy(dtype=np.intp)[row]
    patient = labs["patient"].to_numpy(dtype=np.intp)[row]
    days, value, uln, lln = (_floats(labs[name].iloc[row]) for name in ("days", "value", "uln", "lln"))
    visit = labs["visit"].iloc[row].to_numpy(dtype=object)
    side, qualifier = np.zeros(len(row)), labs["qualifier"].iloc[row]
    if qualifier.notna().any():
        side = np.nan_to_num(_floats(qualifier.map(_SIDES)))
    usable = np.zeros(len(row), dtype=bool)
    for k, analyte in enumerate(analytes):
        here = kind == k
        usable[here] = possible(analyte, value[here])
    key = patient * len(wanted) + kind
    chosen = _baselines(key, len(patients) * len(wanted), usable, days, value, visit, baseline)[key]
    has = chosen >= 0
    base = np.where(has & (side[chosen] == 0), value[chosen], np.nan)
    first = np.flatnonzero(chosen == np.arange(len(row)))  # the baselines themselves
    above = np.full(len(row), np.nan)
    above[first] = _abnormal(value[first], uln[first], side[first])
    abnormal = np.where(has, above[chosen], np.nan)
    on = _anticoagulated(patients, unknown_anticoagulation)[patient]

    low, high = np.zeros(len(row), dtype=np.int8), np.zeros(len(row), dtype=np.int8)
    reason = np.full(len(row), "", dtype=object)
    for k, term in enumerate(wanted):
        at = np.flatnonzero(kind == k)
        given = Values(value[at], side[at], uln[at], lln[at], base[at], abnormal[at], on[at])
        made = bounds(term, version, given)
        low[at], high[at], reason[at] = made.low, made.high, made.reason
    graded = reason == ""
    base_graded = has & graded[chosen]
    return pd.DataFrame(
        {
            "patient": patient,
            "term": np.array(wanted, dtype=object)[kind],
            "analyte": np.array(analytes, dtype=object)[kind],
            "days": days,
            "visit": visit,
            "value": value,
            "side": side,
            "uln": uln,
            "lln": lln,
            "grade": _grades(low, graded),
            "state": np.where(graded, "graded", "not_gradable"),
            "reason": reason,
            "low": low,
            "high": high,
            "baseline_grade": _grades(np.where(has, low[chosen], 0), base_graded),
            "baseline_low": np.where(has, low[chosen], 0),
            "baseline_high": np.where(has, high[chosen], 5),
            "baseline_row": np.where(has, place[chosen] if len(row) else -1, -1),
            "baseline_days": np.where(has, days[chosen], np.nan),
            "row": place,
        }
    )


def _of_analytes(labs: pd.DataFrame, analytes: list[str]) -> tuple[Whole, Whole]:
    """Positions of the rows of some analytes that have a patient, and which analyte each is of."""
    belongs = labs["patient"].to_numpy() >= 0
    if len(analytes) == 1:
        row = np.flatnonzero(labs["analyte"].isin(analytes).to_numpy(dtype=bool) & belongs)
        return row, np.zeros(len(row), dtype=np.intp)
    found, names = pd.factorize(labs["analyte"].to_numpy(dtype=object))
    place = {analyte: k for k, analyte in enumerate(analytes)}
    kind = np.array([place.get(name, -1) for name in names] + [-1], dtype=np.intp)[found]
    row = np.flatnonzero((kind >= 0) & belongs)
    return row, kind[row]


def _floats(values: pd.Series) -> Floats:
    return np.asarray(values.to_numpy(dtype=float, na_value=np.nan), dtype=np.float64)


def _grades(values: npt.NDArray[np.integer], known: Booleans) -> pd.arrays.IntegerArray:
    return pd.arrays.IntegerArray(values.astype(np.int64), ~known)


def _anticoagulated(patients: pd.DataFrame, unknown: str) -> Floats:
    """1 yes, 0 no, NaN not known, per patient."""
    said = _floats(patients["anticoagulation"].map({"yes": 1.0, "no": 0.0}))
    return np.where(np.isnan(said), 0.0, said) if unknown == "no" else said


def _abnormal(value: Floats, uln: Floats, side: Floats) -> Floats:
    """Whether each value is above its own ULN: 1, 0, or NaN where that is not known."""
    above, below = compare(value, "above", uln), compare(value, "max", uln)
    yes = np.where(side == 0, above, (side == 1) & compare(value, "min", uln))
    no = np.where(side == 0, below, (side == -1) & below)
    known = uln > 0
    return np.where(known & yes, 1.0, np.where(known & no, 0.0, np.nan))


def _baselines(
    key: Whole, count: int, usable: Booleans, days: Floats, value: Floats, visit: Words, span: Span
) -> Whole:
    """Position of the baseline record of each key (patient and analyte), -1 for none; of equals the lowest."""
    order = np.argsort(value, kind="stable")
    picked = choose(
        pd.Series(value[order]), key[order], count, days[order], pd.Series(visit[order]), span, usable[order]
    ).rows
    return np.append(order, -1)[picked]
