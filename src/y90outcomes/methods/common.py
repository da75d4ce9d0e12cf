"""What every method needs: the rows of its analysis set, plain numbers for results, sentences for notes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.cohort import Cohort, Outcome
from y90outcomes.estimators.numbers import Booleans, Estimate, Ints, Test
from y90outcomes.results import EffectRow, Note, Number
from y90outcomes.study.analyses import AnalysisSpec
from y90outcomes.study.analyses.facts import FACTS
from y90outcomes.study.meaning import CENTRE, Meaning

COMPETING = 2
"""State of a competing event."""
ALL = "all"
"""The group of everybody."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The rows of one analysis: its set, the frame of those rows, and the set in words."""

    cohort: Cohort
    name: str
    grain: str
    label: str
    mask: Booleans
    frame: pd.DataFrame
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.frame)

    def values(self, variable: str) -> pd.Series:
        """A variable of the selected rows; NA where missing."""
        return self.frame[variable]

    def meaning(self, variable: str) -> Meaning:
        """Label, unit and levels of a variable; "centre" is always one. KeyError for one the protocol lacks."""
        known = self.cohort.variables.get(variable)
        if known is None and variable == CENTRE:
            levels = {name: name for name in sorted(self.frame[CENTRE].astype(str).unique())}
            return Meaning(CENTRE, "Centre", "", "", levels, False, "patient", "baseline")
        return self.cohort.variables[variable]

    def clusters(self, cluster: str) -> Ints:
        """A code (n,) per row, equal within a "patient" (of one centre) or a "centre"."""
        keys = [CENTRE] if cluster == "centre" else [CENTRE, "patient_id"]
        codes: Ints = np.asarray(self.frame.groupby(keys, sort=True).ngroup(), dtype=np.int64)
        return codes

    def outcome(self, endpoint: str) -> tuple[Outcome, pd.Series | None, pd.Series]:
        """An endpoint with the time and state of the selected rows, in two states: a competing event censors here, and
        `about_endpoint` says so."""
        made = self.outcomes[endpoint]
        time = None if made.time is None else made.time[self.mask].reset_index(drop=True)
        return made, time, made.state[self.mask].reset_index(drop=True).replace(COMPETING, 0.0)


def select(cohort: Cohort, spec: AnalysisSpec) -> Selection:
    """The rows a protocol's analysis is about."""
    name, subset = cohort.study.analysis_set(spec.set)
    grain, mask = cohort.members(spec.set)
    frame = cohort.frames[grain][mask].reset_index(drop=True)
    label = subset.label or name.replace("_", " ")
    return Selection(cohort, name, grain, label, mask, frame, cohort.outcomes[grain])


def variables_of(spec: AnalysisSpec) -> list[str]:
    """Names of the variables an analysis uses, each once, in the order of its page."""
    found: list[str] = []
    for name in FACTS[spec.method].variables:
        value = getattr(spec, name)
        found += value if isinstance(value, list) else [value] if value is not None else []
    return list(dict.fromkeys(found))


def groups_of(selection: Selection, by: str | None) -> dict[str, Booleans]:
    """Level -> rows in the protocol's order, levels nobody has left out; then "all"."""
    everyone = np.ones(len(selection), dtype=bool)
    if by is None:
        return {ALL: everyone}
    values = selection.values(by)
    masks = {level: values.eq(level).fillna(False).to_numpy(dtype=bool) for level in selection.meaning(by).levels}
    return {level: mask for level, mask in masks.items() if mask.any()} | {ALL: everyone}


def absent_first(levels: Iterable[str]) -> list[str]:
    """Levels as effects are told, the reference first: "no" before "yes", others as the protocol has them."""
    order = list(levels)
    return ["no", "yes"] if set(order) == {"no", "yes"} else order


def group_labels(selection: Selection, by: str | None) -> dict[str, str]:
    """Level -> printed name of the groups an analysis shows, in order."""
    levels = selection.meaning(by).levels if by else {}
    return {group: levels.get(group, "All") for group in groups_of(selection, by)}


def about_endpoint(selection: Selection, endpoint: str) -> tuple[Note, ...]:
    """Notes of a time-to-event endpoint: its definition, competing events taken as censored, and why subjects are
    missing or censored otherwise than by their record, counted."""
    made = selection.outcomes[endpoint]
    if made.reason is None:
        return ()
    notes = [Note("endpoint", f"{made.label}: {made.words}.")]
    state, reason = made.state[selection.mask], made.reason[selection.mask]
    if len(made.states) > COMPETING:
        competing = int(state.eq(COMPETING).sum())
        notes.append(
            Note(
                "competing_as_censored",
                f"{competing} of {len(selection)} had a competing event first and are taken as censored: the estimate "
                "is of a world without it, not of the share of patients who have the event.",
                "caution",
            )
        )
    counts = reason[reason != ""].value_counts().sort_index()
    if len(counts):
        said = "; ".join(f"{why}: {n}" for why, n in counts.items())
        notes.append(Note("endpoint_reasons", f"Missing, or censored otherwise than by a record: {said}."))
    return tuple(notes)


def missing_by(selection: Selection, by: str | None) -> tuple[Note, ...]:
    """A note where subjects belong to no group because the grouping variable is missing."""
    lost = int(selection.values(by).isna().sum()) if by else 0
    if not lost or by is None:
        return ()
    label = selection.meaning(by).label
    return (
        Note("missing_group", f"{label} is missing for {lost} of {len(selection)}; they stand in no group.", "caution"),
    )


def plain(value: Any) -> Number:
    """A number as results hold it: Python's own, None for NaN and infinity."""
    if value is None:
        return None
    if isinstance(value, bool | np.bool_):
        return int(value)
    if isinstance(value, int | np.integer):
        return int(value)
    number = float(value)
    return number + 0.0 if math.isfinite(number) else None


def effect(
    quantity: str,
    term: str,
    made: Estimate,
    *,
    contrast: str | None = None,
    label: str = "",
    unit: str = "",
    scale: float = 1.0,
    convention: str = "",
) -> EffectRow:
    """An estimator's number as a row; `scale` 100 prints a proportion as per cent."""
    return EffectRow(
        quantity=quantity,
        term=term,
        contrast=contrast,
        label=label,
        unit=unit,
        estimate=plain(made.estimate * scale),
        lower=plain(made.lower * scale),
        upper=plain(made.upper * scale),
        level=plain(made.level),
        se=plain(made.se * scale),
        statistic=plain(made.statistic),
        p=plain(made.p),
        n=plain(made.n),
        events=plain(made.events),
        valid=made.valid,
        reason=made.reason,
        not_reached=made.not_reached,
        convention=convention or "; ".join(made.conventions.values()),
    )


def test_row(
    quantity: str,
    term: str,
    made: Test,
    *,
    label: str = "",
    primary: bool = True,
    events: int | None = None,
    contrast: str | None = None,
) -> EffectRow:
    """A test as a row; its default number is p."""
    return EffectRow(
        quantity=quantity,
        term=term,
        contrast=contrast,
        label=label,
        statistic=plain(made.statistic),
        df=plain(made.df),
        p=plain(made.p),
        n=plain(made.n),
        events=events,
        is_test=True,
        primary=primary,
        valid=made.valid,
        reason=made.reason,
        convention="; ".join(f"{item}={name}" for item, name in made.conventions.items()),
    )
