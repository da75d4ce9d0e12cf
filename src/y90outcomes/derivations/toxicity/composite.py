"""What studies make of grades: TARGET's dose-related events and its ten events, and REILD.

TARGET: Lam 2022, 10.1007/s00259-022-05774-0 (NCT03295006). REILD: Braat 2017, Eur J Gastroenterol Hepatol 29:144.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.toxicity.course import (
    REPORTS,
    all_of,
    any_of,
    course,
    grades_of,
    stopped_by,
    yes_no,
)
from y90outcomes.derivations.toxicity.progression import AFTER, BEFORE, order, progression
from y90outcomes.derivations.toxicity.reported import worst_reported
from y90outcomes.derivations.toxicity.window import (
    NOT_ASSESSED,
    NOT_GRADABLE,
    Worst,
    may_be_of_window,
    records_of_window,
    worst_lab,
)
from y90outcomes.derivations.types import Found, Positions, Records, Span
from y90outcomes.thresholds import Floats, compare
from y90outcomes.units import factor

DOSE_RELATED = ("ascites", "abdominal_pain", "fatigue", "nausea", "post_embolisation_syndrome")
"""TARGET's dose-related events beside hyperbilirubinaemia."""
BILIRUBIN = "hyperbilirubinaemia"


def dose_related_event(records: Records, *, window: Span, baseline: Span, **rules: Any) -> Found:
    """Any dose-related event of TARGET: hyperbilirubinaemia, ascites, pain, fatigue, nausea, post-embolisation
    syndrome.

    `hyperbilirubinaemia` says whether its grade comes from laboratory values, from reports, or from either; the
    others are reported. "yes" when any reaches `grade`, "no" when all are known not to, else missing.
    """
    lab = course(records, window=window, baseline=baseline, **{**rules, "term": BILIRUBIN})
    terms = DOSE_RELATED if rules["hyperbilirubinaemia"] == "laboratory" else (*DOSE_RELATED, BILIRUBIN)
    told = _reported(records, terms, window, rules)
    grade = int(rules["grade"])
    answers = [told.at_least(grade)]
    if rules["hyperbilirubinaemia"] != "reported":
        answers.append(lab.worst.at_least(grade))
    answer = any_of(*answers)
    shown = np.isin(lab.worst.at_least(grade), 1) if len(answers) > 1 else np.zeros(len(answer), dtype=bool)
    return Found(yes_no(answer), _first(shown, lab.worst.row, told.row), _counts(answer, {
        "yes by laboratory bilirubin": shown, "yes by report alone": (answer == 1) & ~shown}))  # fmt: skip


def ten_event(records: Records, *, window: Span, baseline: Span, **rules: Any) -> Found:
    """TARGET's primary event: laboratory hyperbilirubinaemia of `grade` or more, or, where bilirubin cannot tell (not
    assessed or not gradable), a reported hepatic failure of `failure_grade` or more.

    "no" where bilirubin shows no such grade; missing where it cannot tell and no such failure is reported. TARGET
    counts nine of the first kind and one of the second in 209 patients.
    """
    lab = course(records, window=window, baseline=baseline, **{**rules, "term": BILIRUBIN})
    told = _reported(records, ("hepatic_failure",), window, rules)
    bilirubin, failure = lab.worst.at_least(int(rules["grade"])), told.at_least(int(rules["failure_grade"]))
    without = np.isin(lab.worst.state, (NOT_ASSESSED, NOT_GRADABLE)) & np.isnan(bilirubin)
    added = without & (failure == 1)
    answer = np.where(added, 1.0, bilirubin)
    return Found(yes_no(answer), _first(~added, lab.worst.row, told.row), _counts(answer, {
        "yes by laboratory bilirubin": bilirubin == 1,
        "yes by reported hepatic failure without bilirubin": added}))  # fmt: skip


def reild(records: Records, *, baseline: Span, **rules: Any) -> Found:
    """Radioembolisation-induced liver disease: new bilirubin above `bilirubin` mg/dL and reported ascites, both seen
    between `from_day` and `to_day`, without progression or biliary obstruction before the later of the two.

    The registry has no column for jaundice; bilirubin stands for it. New means that the baseline is not above the
    limit; without a baseline it is not known. With `hypoalbuminaemia`, albumin must also fall below its LLN (worse than
    baseline). Obstruction is a reported biliary stricture. Three-valued: "no" when any condition is known not to hold,
    "yes" when all are known to, else missing. Braat 2017.
    """
    n = len(records.patients)
    window = Span(float(rules["from_day"]), float(rules["to_day"]), float(rules["from_day"]))
    labs = {"version": "4.03", "unknown_anticoagulation": "not_gradable"}
    limit = float(rules["bilirubin"]) * float(factor("bilirubin", "mg/dL") or 1)
    raised, day, row = _raised(grades_of(records, BILIRUBIN, baseline, labs), window, limit, n)
    told = worst_reported(records, ("ascites",), window, related="any", unjudged="related",
                          unreported=rules["unreported"])  # fmt: skip
    ascites = told.at_least(int(rules["ascites_grade"]))
    seen = np.maximum(day, _first_ascites(records, window, int(rules["ascites_grade"])))
    place = order(progression(records.tables["follow_up"], n), np.arange(n, dtype=np.intp), seen)
    unprogressed = np.where(place == BEFORE, 1.0, np.where(place == AFTER, 0.0, np.nan))
    answers = [raised, ascites, unprogressed, _unobstructed(records, seen)]
    if rules["hypoalbuminaemia"]:
        albumin = grades_of(records, "hypoalbuminaemia", baseline, labs)
        answers.append(worst_lab(albumin, n, window, emergent=True).at_least(1))
    answer, both = all_of(*answers), (raised == 1) & (ascites == 1)
    return Found(yes_no(answer), {"labs": row, "adverse_events": told.row}, _counts(answer, {
        "bilirubin and ascites, but progression before": both & (unprogressed == 0),
        "bilirubin and ascites, progression the same day or undated": both & np.isnan(unprogressed)}))  # fmt: skip


def _above(value: Floats, side: Floats, limit: float) -> Floats:
    """1 above the limit, 0 not, NaN where only a limit of the assay or nothing is known."""
    yes = np.where(side == 1, compare(value, "min", limit), compare(value, "above", limit) & (side == 0))
    return np.where(yes, 1.0, np.where(compare(value, "max", limit) & (side < 1), 0.0, np.nan))


def _raised(graded: pd.DataFrame, window: Span, limit: float, n: int) -> tuple[Floats, Floats, Positions]:
    """Whether bilirubin is newly above the limit: 1, 0, NaN; the first such day; the deciding row.

    A raised value without a date may lie in the window: it leaves a "no" open.
    """
    value, side = graded["value"].to_numpy(dtype=float), graded["side"].to_numpy(dtype=float)
    over = pd.Series(_above(np.where(value > 0, value, np.nan), side, limit), index=graded["row"].to_numpy())
    rows = graded[records_of_window(graded, window)]
    patient, days = rows["patient"].to_numpy(dtype=np.intp), rows["days"].to_numpy(dtype=float)
    position = rows["row"].to_numpy(dtype=np.intp)
    now, base = (np.asarray(over.reindex(at), dtype=np.float64) for at in (position, rows["baseline_row"].to_numpy()))
    shown = all_of(now, 1.0 - base)
    answer, day, row = np.full(n, np.nan), np.full(n, np.nan), np.full(n, -1, dtype=np.intp)
    # per patient: a yes before an open question before a no, then the earliest
    ranked = np.lexsort((position, days, np.where(np.isnan(shown), 1, np.where(shown == 1, 0, 2)), patient))[::-1]
    answer[patient[ranked]], row[patient[ranked]] = shown[ranked], position[ranked]
    day[patient[ranked]] = np.where(shown[ranked] == 1, days[ranked], np.nan)
    loose = graded[may_be_of_window(graded, window)]
    doubt = np.zeros(n, dtype=bool)
    above = np.asarray(over.reindex(loose["row"].to_numpy()), dtype=np.float64)
    doubt[loose["patient"].to_numpy(dtype=np.intp)[above != 0]] = True
    return np.where(doubt & (answer == 0), np.nan, answer), day, row


def _first_ascites(records: Records, window: Span, grade: int) -> Floats:
    """Day of the first ascites of the grade in the window; one without a grade counts as grade 1. NaN for none."""
    events = records.tables["adverse_events"]
    days = events["days"].to_numpy(dtype=float)
    shown = events["term"].eq("ascites").fillna(False).to_numpy(dtype=bool) & (events["patient"].to_numpy() >= 0)
    shown &= (days >= window.start) & (days <= window.end)
    shown &= events["grade"].fillna(1).to_numpy(dtype=float) >= grade
    first = np.full(len(records.patients), np.inf)
    np.minimum.at(first, events["patient"].to_numpy(dtype=np.intp)[shown], days[shown])
    return np.where(np.isfinite(first), first, np.nan)


def _unobstructed(records: Records, seen: Floats) -> Floats:
    """1 where no biliary stricture is reported up to the day, 0 where one is, NaN where one has no day."""
    events = records.tables["adverse_events"]
    rows = np.flatnonzero(events["term"].eq("biliary_stricture").fillna(False) & (events["patient"].to_numpy() >= 0))
    patient, days = events["patient"].to_numpy(dtype=np.intp)[rows], events["days"].to_numpy(dtype=float)[rows]
    answer = np.ones(len(seen))
    answer[patient[np.isnan(days) | np.isnan(seen[patient])]] = np.nan
    answer[patient[days <= seen[patient]]] = 0.0
    return answer


def _reported(records: Records, terms: tuple[str, ...], window: Span, rules: Mapping[str, Any]) -> Worst:
    return worst_reported(records, terms, window, stopped=stopped_by(records, rules),
                          **{name: rules[name] for name in REPORTS})  # fmt: skip


def _first(by_lab: Any, lab: Positions, told: Positions) -> dict[str, Positions]:
    """The laboratory row where it decided, else the reported one where there is one."""
    return {"labs": np.where(by_lab | (told < 0), lab, -1), "adverse_events": np.where(by_lab, -1, told)}


def _counts(answer: Floats, more: Mapping[str, Any]) -> dict[str, int]:
    found = {words: int(mask.sum()) for words, mask in more.items()}
    found["not known"] = int(np.isnan(answer).sum())
    return {words: number for words, number in found.items() if number}
