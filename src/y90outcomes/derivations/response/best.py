"""From responses visit by visit to one value: best, confirmed, at a time, first progression."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.response.criteria import CATEGORIES
from y90outcomes.derivations.response.visits import Booleans, Floats
from y90outcomes.derivations.types import Positions, Records, Span
from y90outcomes.thresholds import compare

_CR, _PR, _SD, _PD, _NE = range(len(CATEGORIES))


@dataclass(frozen=True, slots=True)
class Chosen:
    """One assessment per subject: `code` (index in CATEGORIES, NE where there is none) and `place`, its row of the
    table of responses (-1 none). `why_not` says of each row of that table why it did not count, "" where it did."""

    code: Positions
    place: Positions
    why_not: Any


def later_therapy(records: Records, staged_days: float) -> tuple[Floats, Booleans]:
    """Day of the first anticancer therapy after day 0 of each patient (inf for none), and who has one without a day.

    A therapy of `therapies`, resection and transplantation among them, or a session of a second course: another course
    number than that of the session on day 0, or, where either is not recorded, later than `staged_days`. A further
    session without a day has none, unless it shares the course number of the session on day 0.
    """
    count = len(records.patients)
    made, undated = np.full(count, np.inf), np.zeros(count, dtype=bool)
    therapies = records.tables["therapies"]
    patient, days = _of(therapies)
    after = (patient >= 0) & (days > 0)
    np.minimum.at(made, patient[after], days[after])
    undated[patient[(patient >= 0) & np.isnan(days)]] = True
    treatments = records.tables["treatments"]
    patient, days = _of(treatments)
    course = treatments["course_number"].to_numpy(dtype=np.float64, na_value=np.nan)
    first = np.full(count + 1, np.nan)
    order = np.lexsort((-course, -days, patient))
    order = order[(patient[order] >= 0) & (days[order] <= 0) & ~np.isnan(course[order])]
    first[patient[order]] = course[order]
    own = first[patient]
    both = ~np.isnan(course) & ~np.isnan(own)
    second = (patient >= 0) & (days > 0) & np.where(both, course != own, compare(days, "above", staged_days))
    np.minimum.at(made, patient[second], days[second])
    number = treatments["treatment_number"].to_numpy(dtype=np.float64, na_value=np.nan)
    lowest = np.full(count + 1, np.inf)
    np.fmin.at(lowest, patient, number)
    undated[patient[(patient >= 0) & np.isnan(days) & (number > lowest[patient]) & ~(both & (course == own))]] = True
    return made, undated


def _of(table: pd.DataFrame) -> tuple[Positions, Floats]:
    return table["patient"].to_numpy(dtype=np.intp), table["days"].to_numpy(dtype=np.float64)


def codes_of(frame: pd.DataFrame) -> Positions:
    """Response of each row as an index in CATEGORIES."""
    return pd.Categorical(frame["response"], categories=list(CATEGORIES)).codes.astype(np.intp)


def in_window(frame: pd.DataFrame, window: Span, undated: str) -> Booleans:
    """Rows inside the window: by their day; an undated one by the window's visit label, or by the planned day."""
    days = frame["days"].to_numpy(dtype=np.float64)
    when = frame["order"].to_numpy(dtype=np.float64) if undated == "by_planned_day" else days
    inside = compare(when, "min", window.start) & compare(when, "max", window.end)
    label = (frame["visit"] == (window.visit or "")).to_numpy(dtype=bool)
    return np.asarray(inside | (np.isnan(days) & label), dtype=np.bool_)


def best_response(frame: pd.DataFrame, window: Span, count: int, later: tuple[Floats, Booleans],
                  rules: Mapping[str, Any]) -> Chosen:  # fmt: skip
    """Best response of `count` subjects over the window: CR before PR before SD before PD.

    frame  what `responses` gives; later  day of each subject's first later therapy (inf for none) and who has one
    without a day, as `later_therapy` gives them
    Assessments after that day do not count (rule `after_later_therapy`), nor those that may have come after it (rule
    `order_unknown`: the therapy or the assessment has no day), nor those after the first progression, which counts as
    PD even when it came before the window. SD counts from `sd_min_days`. With `confirm_days`, CR needs CR and PR needs
    CR or PR at least so much later, before progression; an unconfirmed one is SD from `sd_min_days`. The deciding row
    is the first that attains the best. Eisenhauer 2009, best overall response and its table 3.
    """
    subject = frame["subject"].to_numpy(dtype=np.intp)
    when = frame["order"].to_numpy(dtype=np.float64)
    code = codes_of(frame)
    place = np.arange(len(frame))
    day, undated = later
    late, doubtful = when > day[subject], undated[subject]
    if rules["undated"] == "by_label":
        doubtful = doubtful | (np.isnan(frame["days"].to_numpy(dtype=np.float64)) & np.isfinite(day[subject]))
    doubtful &= ~late & (rules["order_unknown"] == "excluded")
    if rules["after_later_therapy"] == "include":
        late, doubtful = np.zeros_like(late), np.zeros_like(late)
    out = late | doubtful
    inside = in_window(frame, window, rules["undated"])
    ends = np.full(count, len(frame))
    progressed = np.flatnonzero((code == _PD) & ~late)[::-1]
    ends[subject[progressed]] = place[progressed]
    after_end = place > ends[subject]
    is_end = place == ends[subject]
    before = compare(when, "below", window.start) | (np.isnan(frame["days"]) & (when <= window.end))
    counts = ~out & ~after_end & (code != _NE) & (inside | (is_end & before))
    effective = _effective(subject, when, code, counts, count, rules)
    usable = np.flatnonzero(counts & (effective != _NE))
    order = usable[np.lexsort((place[usable], effective[usable], subject[usable]))][::-1]
    made, at = np.full(count, _NE, dtype=np.intp), np.full(count, -1, dtype=np.intp)
    made[subject[order]], at[subject[order]] = effective[order], order
    why_not = np.select(
        [late, doubtful, after_end, code == _NE, ~counts, effective == _NE, effective != code],
        ["after a later therapy", "perhaps after a later therapy, one of the two undated", "after progression",
         "not evaluable", "outside the window",
         f"before day {float(rules['sd_min_days']):g}, too early for stable disease",
         "not confirmed, counted as stable disease or partial response"], "",
    )  # fmt: skip
    return Chosen(made, at, why_not)


def _effective(subject: Positions, when: Floats, code: Positions, counts: Booleans, count: int,
               rules: Mapping[str, Any]) -> Positions:  # fmt: skip
    """What a counted assessment is worth: after confirmation, and NE for stable disease before its day."""
    made = code.copy()
    wait = float(rules["confirm_days"])
    if wait > 0:
        last = {}
        for worst in (_CR, _PR):
            rows = counts & (code <= worst)
            last[worst] = np.full(count, -np.inf)
            np.maximum.at(last[worst], subject[rows], when[rows])
        complete = (code == _CR) & compare(last[_CR][subject], "min", when + wait)
        partial = (code <= _PR) & compare(last[_PR][subject], "min", when + wait)
        made = np.where(code <= _PR, np.where(complete, _CR, np.where(partial, _PR, _SD)), code)
    early = (made == _SD) & ~compare(when, "min", float(rules["sd_min_days"]))
    return np.where(early, _NE, made).astype(np.intp)


def nearest_response(frame: pd.DataFrame, window: Span, count: int) -> Chosen:
    """The evaluable assessment inside the window nearest to its day, ties earlier; where none is dated, an undated one
    under the window's visit label."""
    subject = frame["subject"].to_numpy(dtype=np.intp)
    days = frame["days"].to_numpy(dtype=np.float64)
    code = codes_of(frame)
    inside = in_window(frame, window, "by_label")
    usable = np.flatnonzero(inside & (code != _NE))
    distance = np.where(np.isnan(days), np.inf, np.abs(days - window.nominal))
    order = usable[np.lexsort((usable, distance[usable], subject[usable]))][::-1]
    made, at = np.full(count, _NE, dtype=np.intp), np.full(count, -1, dtype=np.intp)
    made[subject[order]], at[subject[order]] = code[order], order
    further = np.arange(len(frame)) != at[subject]
    why_not = np.select([~inside, code == _NE, further], ["outside the window", "not evaluable",
                        "further from the window's day"], "")  # fmt: skip
    return Chosen(made, at, why_not)


def first_progression(frame: pd.DataFrame, count: int) -> Positions:
    """Place of the first progression of each subject in the table of responses, -1 for none."""
    at = np.full(count, -1, dtype=np.intp)
    rows = np.flatnonzero(codes_of(frame) == _PD)[::-1]
    at[frame["subject"].to_numpy(dtype=np.intp)[rows]] = rows
    return at
