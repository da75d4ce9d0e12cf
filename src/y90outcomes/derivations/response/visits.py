"""Long imaging rows as visits in order: who was scanned when, which row is about what, which scan is the baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.derivations.types import Positions, Records, Span
from y90outcomes.thresholds import compare

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

_LAST, _UNKNOWN = np.inf, np.nan
PLANNED_DAY: Mapping[str, float] = MappingProxyType(
    {
        "baseline": -1.0, "maa": -0.5, "treatment": 0.0, "day_30": 30.0, "month_1": 30.4, "day_42": 42.0,
        "day_60": 60.0, "month_2": 60.9, "day_90": 90.0, "month_3": 91.3, "month_4": 121.8, "day_180": 180.0,
        "month_6": 182.6, "month_9": 273.9, "month_12": 365.3, "month_15": 456.6, "month_18": 547.9, "month_24": 730.5,
        "month_36": 1095.8, "pre_surgery": _LAST, "last": _LAST, "unscheduled": _UNKNOWN,
    }
)  # fmt: skip
"""visit -> day that orders an undated scan (it is never used as its date); `last` and `pre_surgery` stand last, an
undated unscheduled scan has no place. A visit named nowhere here (`best`) is no scan."""


@dataclass(frozen=True, slots=True)
class Scans:
    """Imaging rows and the visits they belong to.

    Of each usable row (r): `row` position in the registry, `patient`, `lesion` (-1 for the whole patient), `visit`
    (index of the visit below). Of each visit (v), sorted by patient, then order: `of_patient`, `label`, `days` (NaN for
    an undated one), `order` (days, or the planned day; NaN where it has no place), `undated`. `whole` is the row index
    r of the visit's whole-patient row, -1 for none. `frame` holds the canonical columns of the rows r.
    """

    frame: pd.DataFrame
    row: Positions
    patient: Positions
    lesion: Positions
    visit: Positions
    of_patient: Positions
    label: npt.NDArray[np.object_]
    days: Floats
    order: Floats
    undated: Booleans
    whole: Positions
    _codes: dict[str, tuple[Positions, dict[str, int]]] = field(default_factory=dict, repr=False, compare=False)

    def numbers(self, column: str) -> Floats:
        """A numeric column of the rows; NaN where missing or negative, which no measurement of length can be."""
        values = np.asarray(self.frame[column].to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
        return values if column == "attenuation" else np.where(values < 0, np.nan, values)

    def codes(self, column: str) -> tuple[Positions, dict[str, int]]:
        """A coded column of the rows as small integers, -1 missing, and what each word is. Read once per column."""
        if column not in self._codes:
            at, words = pd.factorize(self.frame[column])
            self._codes[column] = at, {str(word): place for place, word in enumerate(words)}
        return self._codes[column]

    def says(self, column: str, code: str) -> Booleans:
        """Rows whose column holds the code."""
        at, words = self.codes(column)
        return np.asarray(at == words[code]) if code in words else np.zeros(len(at), dtype=bool)

    def blank(self, column: str) -> Booleans:
        """Rows whose coded column is missing."""
        return np.asarray(self.codes(column)[0] < 0)


def says(frame: pd.DataFrame, column: str, *codes: str) -> Booleans:
    """Rows whose column holds one of the codes; missing never does."""
    values = frame[column]
    mask = values.eq(codes[0]) if len(codes) == 1 else values.isin(codes)
    return mask.fillna(False).to_numpy(dtype=bool)


def scans(records: Records) -> Scans:
    """Every usable imaging row in its visit. Rows of nobody, of an unknown lesion, or of no scan are left out.

    A visit is a patient and a visit label; its day is the earliest of its rows. Read once for all criteria.
    """
    if "scans" not in records.shared:
        records.shared["scans"] = _scans(records)
    found: Scans = records.shared["scans"]
    return found


def _scans(records: Records) -> Scans:
    table = records.tables["imaging"]
    codes, labels = pd.factorize(table["visit"].astype(object), use_na_sentinel=True)
    ranks = {label: rank for rank, label in enumerate(PLANNED_DAY)}
    rank = np.array([*(ranks.get(str(label), -1) for label in labels), -1])[codes]
    patient = table["patient"].to_numpy(dtype=np.intp)
    lesion = table["lesion"].to_numpy(dtype=np.intp)
    about = (lesion >= 0) | (table["lesion_id"].fillna("") == "").to_numpy(dtype=bool)
    usable = np.flatnonzero((patient >= 0) & about & (rank >= 0))
    patient, lesion, rank = patient[usable], lesion[usable], rank[usable]
    key, visit = np.unique(patient * len(PLANNED_DAY) + rank, return_inverse=True)
    of_patient, of_rank = np.divmod(key, len(PLANNED_DAY))
    row_days = table["days"].to_numpy(dtype=np.float64)[usable]
    days = pd.Series(row_days).groupby(visit).min().reindex(range(len(key))).to_numpy(dtype=np.float64)
    undated = np.isnan(days)
    planned = np.array(list(PLANNED_DAY.values()))[of_rank]
    order = np.where(undated, planned, days)
    sequence = np.lexsort((of_rank, order, of_patient))
    place = np.empty(len(key), dtype=np.intp)
    place[sequence] = np.arange(len(key))
    visit = place[visit].astype(np.intp)
    whole = np.full(len(key), -1, dtype=np.intp)
    of_whole = np.flatnonzero(lesion < 0)
    whole[visit[of_whole]] = of_whole
    return Scans(
        frame=table if len(usable) == len(table) else table.iloc[usable],
        row=usable,
        patient=patient,
        lesion=lesion,
        visit=visit,
        of_patient=of_patient[sequence].astype(np.intp),
        label=np.array(list(PLANNED_DAY), dtype=object)[of_rank[sequence]],
        days=days[sequence],
        order=order[sequence],
        undated=undated[sequence],
        whole=whole,
    )


def maa_days(records: Records) -> Floats:
    """Day of the MAA work-up of each patient's first session, from day 0; NaN where not known."""
    made = np.full(len(records.patients), np.nan)
    table = records.tables["treatments"]
    if not len(table):
        return made
    frame = pd.DataFrame({name: table[name].to_numpy() for name in ("patient", "days", "maa_days")})
    frame = frame[(frame["patient"] >= 0) & frame["days"].notna() & frame["maa_days"].notna()]
    first = frame.sort_values(["patient", "days", "maa_days"], kind="stable").drop_duplicates("patient")
    made[first["patient"].to_numpy(dtype=np.intp)] = first["maa_days"].to_numpy()
    return made


@dataclass(frozen=True, slots=True)
class Candidates:
    """Rows that may be a baseline: `usable` among the rows, `distance` from the window's day, `old` those left out for
    age alone."""

    usable: Booleans
    distance: Floats
    old: Booleans


def baseline_rows(found: Scans, records: Records, span: Span | None, rules: Mapping[str, object]) -> Candidates:
    """Rows inside the baseline window, not after day 0 (unless the rules allow it) and not too old.

    An undated scan counts when its visit is the window's (`baseline` without a window); a dated one comes first.
    """
    start, end, nominal, label = (span.start, span.end, span.nominal, span.visit) if span else (
        -np.inf, 0.0, 0.0, "baseline")  # fmt: skip
    if not rules["baseline_after_treatment"]:
        end, nominal = min(end, 0.0), min(nominal, 0.0)
    days = found.days
    inside = compare(days, "min", start) & compare(days, "max", end)
    maa = maa_days(records)
    oldest = np.where(np.isnan(maa), 0.0, maa)[found.of_patient] - float(rules["baseline_days_before_maa"])  # type: ignore[arg-type]
    recent = compare(days, "min", oldest)
    labelled = found.undated & (found.label == label)
    distance = np.where(labelled, np.inf, np.abs(days - nominal))
    usable, old = (inside & recent) | labelled, inside & ~recent
    return Candidates(usable[found.visit], distance[found.visit], old[found.visit])


def nearest(candidates: Candidates, worth: Booleans, subject: Positions, count: int, found: Scans) -> Positions:
    """The baseline row of each subject: of the candidates that are `worth` it, the nearest, ties earlier; -1 none."""
    made = np.full(count, -1, dtype=np.intp)
    at = np.flatnonzero(candidates.usable & worth & (subject >= 0))
    order = np.lexsort((found.visit[at], candidates.distance[at], subject[at]))
    at = at[order]
    first = np.ones(len(at), dtype=bool)
    first[1:] = subject[at][1:] != subject[at][:-1]
    made[subject[at][first]] = at[first]
    return made


def running_low(group: Positions, value: Floats) -> tuple[Floats, Positions]:
    """Before each element, the lowest earlier value of its group and where it stands; inf and -1 for none.

    `group` is sorted, elements in time order; NaN is no value. Of equal lows the earliest counts.
    """
    if not len(group):
        return np.zeros(0), np.zeros(0, dtype=np.intp)
    filled = np.where(np.isnan(value), np.inf, value)
    lowest = pd.Series(filled).groupby(group).cummin().to_numpy(dtype=np.float64)
    first = np.append(True, group[1:] != group[:-1])
    before = np.where(first, np.inf, np.append(np.inf, lowest[:-1]))
    place = np.arange(len(group))
    latest = np.append(-1, np.maximum.accumulate(np.where(filled < before, place, -1))[:-1])
    begins = np.maximum.accumulate(np.where(first, place, 0))
    return before, np.where(latest < begins, -1, latest).astype(np.intp)


def so_far(group: Positions, flag: Booleans) -> Booleans:
    """Whether the flag has been up in the group, this element included; `group` sorted, elements in time order."""
    return pd.Series(flag).groupby(group).cummax().to_numpy(dtype=bool) if len(flag) else flag
