"""Why a patient has this grade: every record of the term with its grade, the baseline, and what decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.derivations.toxicity.course import (
    STATES,
    Course,
    course,
    grades_of,
    nearest,
    stopped_by,
    terms_of,
)
from y90outcomes.derivations.toxicity.ctcae import TERMS, limits
from y90outcomes.derivations.toxicity.progression import AFTER, UNCLEAR, Progression, order
from y90outcomes.derivations.toxicity.window import GRADED, inside, records_of_window
from y90outcomes.derivations.types import Found, Records, Span, Step
from y90outcomes.results.addresses import shortest

_PLACES = {AFTER: ", after progression: does not count", UNCLEAR: ", not clearly before progression"}


def explain_course(
    records: Records, subject: int, *, window: Span, baseline: Span | None = None, **rules: Any
) -> list[Step]:
    """Steps of the highest grade of one patient: baseline, every record in time order, progression, what decided."""
    made = course(records, window=window, baseline=baseline, **rules)
    steps = _progression(made.stopped, subject)
    if made.graded is None:
        steps += _events(records, subject, terms_of(rules["term"]), window, made)
    else:
        steps += _labs(made.graded, subject, window, rules, made)
    state = str(made.worst.state[subject])
    row = int(made.worst.row[subject])
    if state == GRADED:
        kind = "worse than baseline " if rules.get("emergent") and made.graded is not None else ""
        said = f"highest grade {kind}{window_words(window)}: {made.worst.low[subject]}"
    else:
        said = f"{STATES[state]}; possible grades {made.worst.low[subject]} to {made.worst.high[subject]}"
        said = STATES[state] if row < 0 else said
    if "grade" in rules:
        answer = made.worst.at_least(int(rules["grade"]))[subject]
        said += f"; grade {rules['grade']} or more: {'not known' if np.isnan(answer) else 'yes' if answer else 'no'}"
    return [*steps, Step(said, made.table if row >= 0 else "", row)]


def explain_grade(records: Records, subject: int, *, window: Span, baseline: Span, **rules: Any) -> list[Step]:
    """Steps of the grade at a visit: every record, and the one nearest to the window's nominal day."""
    graded = grades_of(records, rules["term"], baseline, rules)
    steps = _labs(graded, subject, window, rules, None)
    at = int(nearest(graded, window, len(records.patients))[subject])
    if at < 0:
        return [*steps, Step(f"no value {window_words(window)}")]
    chosen = graded.iloc[at]
    return [*steps, Step(f"nearest to day {window.nominal:g}: {_grade(chosen)}", "labs", int(chosen["row"]))]


def explain_events(
    records: Records,
    subject: int,
    *,
    derive: Callable[..., Found],
    terms: tuple[str, ...],
    baseline: Span,
    window: Span | None = None,
    **rules: Any,
) -> list[Step]:
    """Steps of a composite: bilirubin by laboratory, each reported event, and what `derive` makes of them.

    Without a window (REILD) the days are those of the rules.
    """
    days = window or Span(float(rules.get("from_day", 0)), float(rules.get("to_day", 0)), 0.0)
    given = {**_USUAL, **rules, **_TERM}
    made = course(records, window=days, baseline=baseline, **given)
    steps = _progression(stopped_by(records, given), subject)
    if made.graded is not None:
        steps += _labs(made.graded, subject, days, given, made)
    steps += _events(records, subject, terms, days, made)
    spans = {"baseline": baseline} if window is None else {"baseline": baseline, "window": window}
    found = derive(records, **spans, **rules)
    answer = found.values.iloc[subject]
    place = next(((table, int(rows[subject])) for table, rows in found.rows.items() if rows[subject] >= 0), ("", -1))
    return [*steps, Step("not known" if pd.isna(answer) else f"therefore: {answer}", *place)]


_USUAL: Mapping[str, Any] = {
    "version": "4.03",
    "emergent": True,
    "without_baseline": "not_gradable",
    "unknown_anticoagulation": "not_gradable",
    "progression": "without_progression",
}
"""Rules under which a composite that does not set them shows bilirubin."""
_TERM: Mapping[str, str] = {"term": "hyperbilirubinaemia"}


def window_words(window: Span) -> str:
    """A window inside a sentence."""
    return f"in days {window.start:g} to {window.end:g}".replace("-", "−")


def _day(days: float, visit: object = None) -> str:
    if not np.isnan(days):
        return f"day {days:g}".replace("-", "−")
    return "undated" + ("" if visit is None or pd.isna(visit) else f" ({visit})")  # type: ignore[call-overload]


def _number(value: float, name: str) -> str:
    return f"no {name}" if np.isnan(value) else f"{name} {shortest(value)}"


def _grade(row: pd.Series) -> str:
    if row["state"] == "graded":
        return f"grade {row['low']}"
    return f"not gradable, {row['low']} to {row['high']} possible ({row['reason']})"


def _labs(
    graded: pd.DataFrame, subject: int, window: Span, rules: Mapping[str, Any], made: Course | None
) -> list[Step]:
    version, term = str(rules["version"]), str(rules["term"])
    asked = "; ".join(dict.fromkeys(f"grade {limit.grade}: {limit.words}" for limit in limits(version, term)))
    steps = [Step(f"CTCAE {version}, {term} from {TERMS[term]}: {asked}")]
    own = graded[(graded["patient"] == subject).to_numpy()].sort_values(["days", "row"], kind="stable")
    counts = (
        records_of_window(own, window)
        if made is not None
        else inside(own["days"].to_numpy(dtype=float), own["visit"], window)
    )
    for (_, row), counted in zip(own.iterrows(), counts, strict=True):
        sign = {-1: "<", 0: "", 1: ">"}[int(row["side"])]
        limit = (
            _number(row["lln"], "LLN")
            if term in ("hypoalbuminaemia", "thrombocytopenia", "lymphopenia")
            else (_number(row["uln"], "ULN"))
        )
        said = (
            f"{_day(row['days'], row['visit'])}: {TERMS[term]} {sign}{shortest(row['value'])}, {limit}: {_grade(row)}"
        )
        if row["row"] == row["baseline_row"]:
            said += "; this is the baseline"
        said += "" if counted else f"; not counted {window_words(window)}"
        if made is not None and made.stopped is not None:
            said += _place(made.stopped, subject, float(row["days"]))
        steps.append(Step(said, "labs", int(row["row"])))
    if len(own) and (own["baseline_row"] < 0).all():
        steps.append(Step("no value in the baseline window"))
    return steps


def _place(stopped: Progression, subject: int, days: float) -> str:
    return _PLACES.get(int(order(stopped, np.array([subject]), np.array([days]))[0]), "")


def _progression(stopped: Progression | None, subject: int) -> list[Step]:
    if stopped is None:
        return []
    row = int(stopped.row[subject])
    if row < 0:
        return [Step("no progression recorded" if stopped.recorded[subject] else "nothing recorded about progression")]
    when = "without a usable date" if stopped.undated[subject] else f"on {_day(float(stopped.day[subject]))}"
    return [Step(f"progression {when}", "follow_up", row)]


def _events(records: Records, subject: int, terms: tuple[str, ...], window: Span, made: Course) -> list[Step]:
    events = records.tables["adverse_events"]
    own = events[
        (events["patient"].to_numpy() == subject) & events["term"].isin(terms).fillna(False).to_numpy(dtype=bool)
    ]
    steps = []
    for position, row in own.sort_values("days", kind="stable").iterrows():
        days = float(row["days"])
        grade = "no grade" if pd.isna(row["grade"]) else f"grade {row['grade']}"
        related = "relation not judged" if pd.isna(row["related"]) else str(row["related"])
        said = f"{_day(days)}: {row['term']} reported, {grade}, {related}"
        said += "" if np.isnan(days) or window.start <= days <= window.end else f"; not counted {window_words(window)}"
        said += _place(made.stopped, subject, days) if made.stopped is not None else ""
        steps.append(Step(said, "adverse_events", int(str(position))))
    return steps or [Step(f"no report of {', '.join(terms)}")]
