"""The note over a description of times to an event that some subjects had not had when they were last seen."""

from __future__ import annotations

from dataclasses import replace

from y90outcomes.results import Note, Result, Summary
from y90outcomes.study import Study
from y90outcomes.study.meaning import meaning
from y90outcomes.study.variables import TimeToVariable


def with_censored_times(study: Study, made: list[Result]) -> list[Result]:
    """The results, a description of a `time_to` variable warned where somebody described has no event.

    A median and range of the times of those who had the event leave out everybody who was still without it; only a
    Kaplan–Meier estimate counts their time.
    """
    return [
        replace(item, notes=(*item.notes, *_notes(study, item))) if isinstance(item, Summary) else item for item in made
    ]


def _notes(study: Study, item: Summary) -> list[Note]:
    found = []
    for name in dict.fromkeys(row.variable for row in item.rows):
        if not isinstance(study.variables.get(name), TimeToVariable):
            continue
        # everybody together where described, else the groups, which share nobody
        rows = [row for row in item.rows if row.variable == name and row.kind == "number"]
        rows = [row for row in rows if row.group == "all"] or rows
        without, described = (sum(int(getattr(row, field) or 0) for row in rows) for field in ("missing", "n"))
        if without and described:
            label = meaning(study, name).label
            said = (
                f"{label}: the {described} who had the event are described, the {without} not known to have had it are "
                "left out. A median or range of these alone is too short; Kaplan–Meier counts the time of all."
            )
            found.append(Note("median_of_censored_times", said, "caution"))
    return found
