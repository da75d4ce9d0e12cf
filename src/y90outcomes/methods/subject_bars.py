"""A bar per subject or lesion: heights and colours, no keys."""

from __future__ import annotations

from y90outcomes.cohort import Cohort
from y90outcomes.methods.common import missing_by, select
from y90outcomes.results import PointRow, Points, Result
from y90outcomes.study.analyses import SubjectBarsAnalysis


def subject_bars(cohort: Cohort, id: str, spec: SubjectBarsAnalysis) -> list[Result]:
    """`Points` in order of height; subjects without the value or the colour are left out and counted."""
    selection = select(cohort, spec)
    known, colour = selection.meaning(spec.variable), selection.meaning(spec.colour)
    frame = selection.frame[[spec.variable, spec.colour]].dropna()
    rank = frame[spec.colour].map({level: i for i, level in enumerate(colour.levels)})
    frame = frame.assign(rank=rank).sort_values(
        [spec.variable, "rank"], ascending=[spec.order == "ascending", True], kind="stable"
    )
    present = set(frame[spec.colour])
    rows = tuple(
        PointRow(spec.variable, str(level), position, float(height), colour.levels[str(level)])
        for position, (height, level) in enumerate(zip(frame[spec.variable], frame[spec.colour], strict=True), start=1)
    )
    noun = selection.grain.capitalize()
    return [
        Points(
            id=id,
            title=spec.title,
            population=selection.label,
            n=len(selection),
            missing=len(selection) - len(frame),
            method="subject_bars",
            notes=missing_by(selection, spec.colour),
            groups={level: label for level, label in colour.levels.items() if level in present},
            group_title=colour.label,
            caption=spec.caption,
            figure="subject_bars",
            x_label=f"{noun}s, ordered by {known.label[:1].lower() + known.label[1:]}"
            if not known.label[:2].isupper()
            else f"{noun}s, ordered by {known.label}",
            y_label=known.label,
            y_unit=known.unit,
            rows=rows,
            layout={"grain": selection.grain, "reference_lines": [line.model_dump() for line in spec.reference_lines]},
        )
    ]
