"""One term over a patient's course: the variables that grade it at a visit or by its highest grade in a window."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.toxicity.ctcae import TERMS, VERSIONS
from y90outcomes.derivations.toxicity.grade import NO_VALUE
from y90outcomes.derivations.toxicity.progression import Progression, progression
from y90outcomes.derivations.toxicity.reported import CLINICAL, RELATED, UNJUDGED, UNREPORTED, worst_reported
from y90outcomes.derivations.toxicity.visits import lab_grades
from y90outcomes.derivations.toxicity.window import (
    GRADED,
    NOT_ASSESSED,
    NOT_GRADABLE,
    PROGRESSION,
    Worst,
    inside,
    records_of_window,
    worst_lab,
)
from y90outcomes.derivations.types import Found, Positions, Records, Rule, Span
from y90outcomes.thresholds import Booleans, Floats

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        rule.name: rule
        for rule in (
            Rule("term", None, "event", (*TERMS, *CLINICAL)),
            Rule("version", "4.03", "CTCAE version", VERSIONS),
            Rule("emergent", True, "only grades worse than the baseline's count"),
            Rule("without_baseline", "not_gradable", "without a baseline, a grade is", ("not_gradable", "emergent")),
            Rule("progression", "any", "progression before onset", ("any", "without_progression")),
            Rule("unknown_anticoagulation", "not_gradable", "INR where anticoagulation is not recorded",
                 ("not_gradable", "no")),
            Rule("related", "possible", "least relation to treatment that counts", RELATED),
            Rule("unjudged", "related", "an event whose relation nobody judged counts as", UNJUDGED),
            Rule("unreported", "centre", "no report means no event", UNREPORTED),
        )
    }
)  # fmt: skip
"""The rules of this room by name."""
ANY_TERM = "any"
"""The term of `max_reported_grade` that takes the worst event of all."""
LABORATORY = ("version", "emergent", "without_baseline", "progression", "unknown_anticoagulation")
REPORTS = ("related", "unjudged", "unreported")
STATES: Mapping[str, str] = MappingProxyType(
    {
        NOT_GRADABLE: "not gradable: a missing limit, baseline, grade or relation could decide",
        PROGRESSION: "onset on the day of progression, or one of the two undated",
        NOT_ASSESSED: "not assessed: no value in the window",
    }
)
"""State of a patient without a grade -> in words."""


@dataclass(frozen=True, slots=True)
class Course:
    """The highest grade of one term per patient, the table its rows stand in, and what it was found from."""

    worst: Worst
    table: str
    graded: pd.DataFrame | None
    stopped: Progression | None


def course(records: Records, *, window: Span, baseline: Span | None, **rules: Any) -> Course:
    """The highest grade of `rules["term"]` in the window: of laboratory values, or as reported for a clinical term."""
    stopped = stopped_by(records, rules)
    if rules["term"] not in TERMS or baseline is None:
        reports = {name: rules[name] for name in REPORTS}
        worst = worst_reported(records, terms_of(rules["term"]), window, stopped=stopped, **reports)
        return Course(worst, "adverse_events", None, stopped)
    graded = grades_of(records, rules["term"], baseline, rules)
    worst = worst_lab(graded, len(records.patients), window, emergent=rules["emergent"], stopped=stopped,
                      without_baseline=rules["without_baseline"])  # fmt: skip
    return Course(worst, "labs", graded, stopped)


def terms_of(term: str) -> tuple[str, ...]:
    """The terms of the code list that a protocol's term stands for: itself, or all of them."""
    return (*TERMS, *CLINICAL) if term == ANY_TERM else (term,)


def stopped_by(records: Records, rules: Mapping[str, Any]) -> Progression | None:
    """The progression an onset is compared with, where the rules ask for it."""
    if rules["progression"] == "any":
        return None
    return progression(records.tables["follow_up"], len(records.patients))


def samples_of(records: Records, term: str) -> pd.DataFrame:
    """The laboratory rows of the analyte a term is graded by, with their positions as index."""
    if "samples" not in records.shared:
        code, names = pd.factorize(records.tables["labs"]["analyte"])
        order = np.argsort(code, kind="stable")
        ends = np.searchsorted(code[order], np.arange(len(names) + 1))
        records.shared["samples"] = {str(name): order[ends[k] : ends[k + 1]] for k, name in enumerate(names)}
    rows: Positions = records.shared["samples"].get(TERMS[term], np.empty(0, dtype=np.intp))
    return records.tables["labs"].iloc[rows]


def grades_of(records: Records, term: str, baseline: Span, rules: Mapping[str, Any]) -> pd.DataFrame:
    """`lab_grades` of one term."""
    return lab_grades(samples_of(records, term), records.patients, version=rules["version"], baseline=baseline,
                      terms=(term,), unknown_anticoagulation=rules["unknown_anticoagulation"])  # fmt: skip


def counted(made: Course, window: Span) -> dict[str, int]:
    """What was met on the way, in words, without zeros."""
    worst = made.worst
    found = {words: int((worst.state == state).sum()) for state, words in STATES.items()}
    found["every value after progression (counts as grade 0)"] = int(worst.after.sum())
    if made.stopped is not None:
        found["progression not recorded (counts as none)"] = int((~made.stopped.recorded).sum())
    if made.graded is not None:
        rows = made.graded[records_of_window(made.graded, window)]
        none = rows.loc[rows["baseline_row"].to_numpy() < 0, "patient"]
        found["value in the window but no baseline"] = int(none.nunique())
        for reason, group in rows[rows["state"] == "not_gradable"].groupby("reason"):
            found[f"a value in the window not gradable: {reason}"] = int(group["patient"].nunique())
    return {words: number for words, number in found.items() if number}


def _rows(made: Course) -> dict[str, Positions]:
    found: dict[str, Positions] = {made.table: made.worst.row}
    if made.stopped is not None:
        found["follow_up"] = np.where(made.worst.row >= 0, made.stopped.row, -1)
    return found


def _found(made: Course, window: Span, values: pd.Series) -> Found:
    return Found(values, _rows(made), counted(made, window))


def _grade(worst: Worst) -> pd.Series:
    grades = pd.Series(worst.low).astype("string")
    return grades.mask(worst.state != GRADED)


def _instead(worst: Worst) -> pd.Series:
    """What stands for a grade that is not known: the lowest it can be where that is a grade, else the state."""
    lowest = "at_least_" + pd.Series(worst.low).astype("string")
    return lowest.where(worst.low > 0, pd.Series(worst.state, dtype="string"))


def _deriver(values: Callable[[Course, Mapping[str, Any]], pd.Series]) -> Callable[..., Found]:
    def derive(records: Records, *, window: Span, baseline: Span | None = None, **rules: Any) -> Found:
        made = course(records, window=window, baseline=baseline, **rules)
        return _found(made, window, values(made, rules))

    return derive


def yes_no(answer: Floats) -> pd.Series:
    """1, 0, NaN → "yes", "no", missing."""
    return pd.Series(answer).map({1.0: "yes", 0.0: "no"}, na_action="ignore").astype("string")


max_toxicity_grade = _deriver(lambda made, rules: _grade(made.worst))
"""Highest grade "0" to "5"; missing where it is not assessed, not gradable, or progression cannot be placed."""

toxicity_outcome = _deriver(lambda made, rules: _grade(made.worst).fillna(_instead(made.worst)))
"""The highest grade, else the lowest it can be ("at_least_3"), else the state that stands in its way."""

toxicity_at_least = _deriver(lambda made, rules: yes_no(made.worst.at_least(int(rules["grade"]))))
""" "yes" or "no" where it is known, even where the grade itself is not; else missing."""


def toxicity_grade(records: Records, *, window: Span, baseline: Span, **rules: Any) -> Found:
    """Grade of the laboratory value nearest to the window's nominal day (ties earlier; undated by visit label).

    "0" to "4"; missing where there is no value or it is not gradable, counted apart.
    """
    graded = grades_of(records, rules["term"], baseline, rules)
    n = len(records.patients)
    at = nearest(graded, window, n)
    has = at >= 0
    known = np.zeros(n, dtype=bool)
    known[has] = (graded["state"].to_numpy() == "graded")[at[has]]
    values = pd.Series(pd.NA, index=range(n), dtype="string")
    values[known] = graded["low"].astype("string").to_numpy()[at[known]]
    row = np.full(n, -1, dtype=np.intp)
    row[has] = graded["row"].to_numpy()[at[has]]
    counts = {STATES[NOT_ASSESSED]: int((~has).sum()), STATES[NOT_GRADABLE]: int((has & ~known).sum())}
    return Found(values, {"labs": row}, {words: number for words, number in counts.items() if number})


def nearest(graded: pd.DataFrame, window: Span, n: int) -> Positions:
    """Position in `graded` of the record of each patient nearest to the window's nominal day; -1 for none."""
    days = graded["days"].to_numpy(dtype=float)
    usable = np.flatnonzero(inside(days, graded["visit"], window) & (graded["reason"].to_numpy() != NO_VALUE))
    patient = graded["patient"].to_numpy(dtype=np.intp)[usable]
    ranked = np.lexsort((days[usable], np.abs(days[usable] - window.nominal), patient))[::-1]
    made = np.full(n, -1, dtype=np.intp)
    made[patient[ranked]] = usable[ranked]
    return made


def max_reported_grade(records: Records, *, window: Span, **rules: Any) -> Found:
    """Highest grade "0" to "5" as reported by the centre, of any term, onset in the window."""
    made = course(records, window=window, baseline=None, **rules)
    return _found(made, window, _grade(made.worst))


def any_of(*answers: Floats) -> Floats:
    """Three-valued or: 1 where any is 1, 0 where all are 0, else NaN."""
    stacked = np.vstack(answers)
    yes: Booleans = (stacked == 1).any(axis=0)
    return np.where(yes, 1.0, np.where((stacked == 0).all(axis=0), 0.0, np.nan))


def all_of(*answers: Floats) -> Floats:
    """Three-valued and: 0 where any is 0, 1 where all are 1, else NaN."""
    return 1.0 - any_of(*(1.0 - answer for answer in answers))
