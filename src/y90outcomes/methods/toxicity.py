"""Highest toxicity grades: who was assessed, grades, rates with both denominators, progression, shift from baseline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Booleans
from y90outcomes.estimators.proportions import proportion
from y90outcomes.methods.common import ALL, Selection, effect, group_labels, groups_of, missing_by, select
from y90outcomes.results import EffectRow, Effects, Note, Result, Table, TableColumn
from y90outcomes.study.analyses import ToxicityAnalysis

GRADES = tuple("012345")
LOWEST = {f"at_least_{grade}": grade for grade in range(1, 5)}
"""Level of a highest grade of which only the lowest it can be is known -> that grade."""
NOT_ASSESSED = "not_assessed"
STATES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    NOT_ASSESSED: ("Not assessed", (NOT_ASSESSED,)),
    "not_gradable": ("Not gradable", ("not_gradable",)),
    "lowest_only": ("Only a lowest grade known", tuple(LOWEST)),
    "progression_unclear": ("Progression same day or undated", ("progression_unclear",)),
    "missing": ("Missing", ("missing",)),
}
"""What a subject without a grade is: column -> label, levels; missing where the variable does not say why."""


_REACHED: Mapping[str, int] = {**{grade: int(grade) for grade in GRADES}, **LOWEST}


@dataclass(frozen=True, slots=True)
class _Event:
    """One event in one group: its variable, the group, its highest grades or states, and those without progression."""

    variable: str
    label: str
    group: str
    outcome: pd.Series
    free: pd.Series | None

    @property
    def key(self) -> str:
        return self.variable if self.group == ALL else f"{self.variable}:{self.group}"

    def reaches(self, grade: int, values: pd.Series | None = None) -> Booleans:
        """Who is known to reach a grade; somebody of whom only a lower one is known is not."""
        wanted = [name for name, known in _REACHED.items() if known >= grade]
        return (self.outcome if values is None else values).isin(wanted).to_numpy(dtype=bool)


def toxicity(cohort: Cohort, id: str, spec: ToxicityAnalysis) -> list[Result]:
    """`<id>`: counts of an event (and group) per row; `<id>.rates`: per cent of all treated and of those with a grade;
    `<id>.shift`: baseline grade against highest grade, where the protocol names baselines.

    A rate of all treated counts subjects who are not known to reach the grade as no event, and says so; a rate of those
    with a grade leaves out whom no known grade answers for. Both stand beside each other with their intervals.
    `<id>.progression` says who reached a grade before progression, on its day or undated, and after it.
    """
    selection = select(cohort, spec)
    events = list(_events(selection, spec))
    notes = (*missing_by(selection, spec.by), *_notes(events))
    shared: dict[str, Any] = {"population": selection.label, "n": len(selection), "caption": spec.caption}
    made: list[Result] = [
        _table(id, spec.title, _columns(spec.at_least), [_counts(event, spec.at_least) for event in events], spec,
               notes=notes, **shared),
        Effects(id=f"{id}.rates", title=f"{spec.title}: rates", method="toxicity",
                conventions={"proportion_interval": spec.interval}, notes=notes,
                groups=group_labels(selection, spec.by),
                group_title=selection.meaning(spec.by).label if spec.by else "",
                rows=tuple(row for event in events for row in _rates(event, spec)), **shared),
    ]  # fmt: skip
    if spec.without_progression:
        lines = [row for event in events for row in _by_progression(event, spec.at_least)]
        made.append(_table(f"{id}.progression", f"{spec.title}: progression before onset", _PROGRESSION, lines, spec,
                           **shared))  # fmt: skip
    if spec.baseline:
        lines = [row for event, name in zip(
            (event for event in events if event.group == ALL), spec.baseline, strict=True
        ) for row in _shift(event, selection.values(name))]  # fmt: skip
        made.append(_table(f"{id}.shift", f"{spec.title}: baseline grade against highest grade", _SHIFT, lines, spec,
                           **shared))  # fmt: skip
    return made


_RARE = ("lowest_only", "progression_unclear", "missing", "grade_5")
"""Columns a page shows only where somebody stands in one."""


def _table(
    id: str, title: str, columns: tuple[TableColumn, ...], rows: list[tuple[str | int, ...]], spec: ToxicityAnalysis,
    **more: Any,
) -> Table:  # fmt: skip
    """A table of counts; the group is shown where there are groups, a rare state where somebody is in it."""
    hidden = [column.name for i, column in enumerate(columns)
              if (column.name == "group" and spec.by is None)
              or (column.name in _RARE and not any(row[i] for row in rows))]  # fmt: skip
    return Table(id=id, title=title, method="toxicity", columns=columns, rows=tuple(rows), layout={"hidden": hidden},
                 **more)  # fmt: skip


def _events(selection: Selection, spec: ToxicityAnalysis) -> Iterator[_Event]:
    for index, variable in enumerate(spec.variables):
        label = selection.meaning(variable).label
        free = selection.values(spec.without_progression[index]) if spec.without_progression else None
        for group, mask in groups_of(selection, spec.by).items():
            rows = np.flatnonzero(mask)
            yield _Event(
                variable,
                label,
                group,
                selection.values(variable).iloc[rows].fillna("missing"),
                None if free is None else free.iloc[rows].fillna("missing"),
            )


_NAMED = (TableColumn("key", "Key"), TableColumn("event", "Event"), TableColumn("group", "Group"))


def _columns(at_least: int) -> tuple[TableColumn, ...]:
    count = [("treated", "Treated"), ("with_value", "With a value")]
    count += [(name, label) for name, (label, _) in STATES.items()]
    count += [(f"grade_{grade}", f"Grade {grade}") for grade in GRADES]
    count += [("any_grade", "Any grade"), (_reached(at_least), f"Grade {at_least} or more")]
    return (*_NAMED, *(TableColumn(name, label, "integer") for name, label in count))


def _reached(grade: int) -> str:
    """The name of reaching a grade, in addresses."""
    return f"grade_{grade}_or_more"


def _states(values: pd.Series) -> list[int]:
    return [int(values.isin(levels).sum()) for _, levels in STATES.values()]


def _counts(event: _Event, at_least: int) -> tuple[str | int, ...]:
    treated, states = len(event.outcome), _states(event.outcome)
    silent = int(event.outcome.isin((NOT_ASSESSED, "missing")).sum())
    grades = [int(event.outcome.eq(grade).sum()) for grade in GRADES]
    reached = [int(event.reaches(grade).sum()) for grade in (1, at_least)]
    return (event.key, event.label, event.group, treated, treated - silent, *states, *grades, *reached)


_PROGRESSION = (
    *_NAMED,
    TableColumn("reached", "Reached"),
    *(TableColumn(name, label, "integer") for name, label in (
        ("patients", "Patients"), ("without", "No progression before"), ("unclear", "Progression same day or undated"),
        ("after", "After progression"))),
)  # fmt: skip


def _by_progression(event: _Event, at_least: int) -> Iterator[tuple[str | int, ...]]:
    """Those who reach a grade: before any progression, on its day or undated, after it."""
    if event.free is None:
        return
    named = (("any_grade", "Any grade", 1), (_reached(at_least), f"Grade {at_least} or more", at_least))
    for name, words, grade in named:
        every, before = event.reaches(grade), event.reaches(grade, event.free)
        unclear = every & ~before & ~event.free.isin(GRADES).to_numpy(dtype=bool)
        after = every & ~before & ~unclear
        counts = (int(mask.sum()) for mask in (every, before, unclear, after))
        yield (f"{event.key}:{name}", event.label, event.group, words, *counts)


def _rates(event: _Event, spec: ToxicityAnalysis) -> Iterator[EffectRow]:
    sources = [("", event.outcome)] + ([("_without_progression", event.free)] if event.free is not None else [])
    contrast = event.group if spec.by else None
    for suffix, values in sources:
        known = values.isin(GRADES).to_numpy(dtype=bool)
        for name, grade in (("any_grade", 1), (_reached(spec.at_least), spec.at_least)):
            reached = event.reaches(grade, values)
            events, graded = int(reached.sum()), int((reached | known).sum())
            for whole, n in (("treated", len(values)), ("graded", graded)):
                made = proportion(events, n, interval=spec.interval, level=spec.level)
                yield effect(f"{name}{suffix}_of_{whole}", event.variable, made, contrast=contrast, label=event.label,
                             unit="%", scale=100)  # fmt: skip


_SHIFT = (
    TableColumn("key", "Key"),
    TableColumn("event", "Event"),
    TableColumn("baseline", "Baseline"),
    *(TableColumn(f"grade_{grade}", f"Grade {grade}", "integer") for grade in GRADES),
    *(TableColumn(state, label, "integer") for state, (label, _) in STATES.items()),
)


def _shift(event: _Event, baseline: pd.Series) -> Iterator[tuple[str | int, ...]]:
    """One row per baseline grade anybody has, and one for a baseline without a grade."""
    base = baseline.fillna("none")
    for level in (*GRADES, "none"):
        here = base.eq(level).to_numpy(dtype=bool)
        if here.any():
            found = event.outcome[here]
            label = "No grade" if level == "none" else f"Grade {level}"
            counts = [int(found.eq(grade).sum()) for grade in GRADES] + _states(found)
            yield (f"{event.variable}:{level}", event.label, label, *counts)


def _notes(events: list[_Event]) -> tuple[Note, ...]:
    """How many have no grade, events with the same numbers together: neither is ever grade 0."""
    alike: dict[str, list[str]] = {}
    for event in events:
        lost = [
            f"{count} {label.lower()}"
            for count, (label, _) in zip(_states(event.outcome), STATES.values(), strict=True)
            if count and event.group == ALL
        ]
        if lost:
            alike.setdefault(f"{', '.join(lost)} of {len(event.outcome)}", []).append(event.label)
    rule = "Unless a lowest grade answers, they are no event in rates of all treated and left out of those graded."
    return tuple(
        Note("not_graded", f"{_listed(labels)}: {counts}. {rule}", "caution") for counts, labels in alike.items()
    )


def _listed(labels: list[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
