"""One number by groups: description, test, the same under other conventions, and the points of its figure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.conventions import words
from y90outcomes.methods.common import ALL, Selection, group_labels, groups_of, missing_by, select, test_row
from y90outcomes.methods.describe import summary_rows
from y90outcomes.methods.tests import SAMPLES, WORDS, convention_of, quantity
from y90outcomes.results import EffectRow, Effects, Note, PointRow, Points, Result, Summary
from y90outcomes.study.analyses import ComparisonAnalysis, NamedTest


def compare_groups(cohort: Cohort, id: str, spec: ComparisonAnalysis) -> list[Result]:
    """`<id>` describes, `<id>.tests` tests (missing values left out, counted), `<id>.points` is the figure."""
    selection = select(cohort, spec)
    groups = groups_of(selection, spec.by)
    labels = group_labels(selection, spec.by)
    rows = summary_rows(selection, spec.variable, groups, spec.statistic, "wilson", spec.quantile_type)
    known, title = selection.meaning(spec.variable), selection.meaning(spec.by).label
    conventions = {"quantile_type": spec.quantile_type} if spec.statistic == "median_iqr" or spec.figure else {}
    shared: dict[str, Any] = {
        "population": selection.label,
        "n": len(selection),
        "groups": labels,
        "group_title": title,
    }
    missing = int(selection.values(spec.variable).isna().sum())
    notes = missing_by(selection, spec.by)
    made: list[Result] = [
        Summary(
            id=id,
            title=spec.title,
            method="compare_groups",
            conventions=conventions,
            missing=missing,
            notes=notes,
            caption=spec.caption,
            rows=tuple(rows),
            **shared,
        ),
        tests(f"{id}.tests", spec.title, selection, spec, shared),
    ]
    if spec.figure:
        made.append(
            Points(
                id=f"{id}.points",
                title=spec.title,
                figure=spec.figure,
                x_label=title,
                y_label=known.label,
                y_unit=known.unit,
                rows=_points(selection, spec),
                missing=missing,
                conventions=conventions,
                layout={
                    "grain": selection.grain,
                    "reference_lines": [line.model_dump() for line in spec.reference_lines],
                },
                method="points",
                **shared,
            )
        )
    return made


def tests(id: str, title: str, selection: Selection, spec: ComparisonAnalysis, shared: Mapping[str, Any]) -> Effects:
    """The protocol's test first (`primary`), then the same comparison under every convention it names besides."""
    values = selection.values(spec.variable).to_numpy(dtype=float)
    present = {g: values[mask & ~np.isnan(values)] for g, mask in groups_of(selection, spec.by).items() if g != ALL}
    samples = [sample for sample in present.values() if len(sample)]
    asked = [NamedTest(test=spec.test, convention=spec.convention), *spec.also]
    rows = [_test(named, spec, samples, primary=index == 0) for index, named in enumerate(asked)]
    conventions: dict[str, str] = {spec.test: convention_of(spec.test, spec.convention)}
    small = [group for group, sample in present.items() if len(sample) < 5]
    notes = (
        (
            Note(
                "small_groups",
                "Fewer than five values in: "
                + ", ".join(selection.meaning(spec.by).levels[group] for group in small)
                + "; the χ² approximation is rough.",
                "caution",
            ),
        )
        if small and spec.test == "kruskal_wallis"
        else ()
    )
    return Effects(
        id=id, title=title, method=spec.test, conventions=conventions, rows=tuple(rows), notes=notes, **shared
    )


def _test(named: NamedTest, spec: ComparisonAnalysis, samples: list[np.ndarray], primary: bool) -> EffectRow:
    convention = convention_of(named.test, named.convention)
    made = SAMPLES[named.test](samples, convention)
    label = words(named.test, convention) if convention else WORDS[named.test]
    return test_row(quantity(named.test, named.convention), spec.variable, made, label=label, primary=primary)


def _points(selection: Selection, spec: ComparisonAnalysis) -> tuple[PointRow, ...]:
    """One entry per subject without its key, in order of group and height, so no order of patients shows."""
    values = selection.values(spec.variable).to_numpy(dtype=float)
    rows = []
    for position, (group, mask) in enumerate(
        (group, mask) for group, mask in groups_of(selection, spec.by).items() if group != ALL
    ):
        for y in np.sort(values[mask & ~np.isnan(values)]):
            rows.append(PointRow(spec.variable, group, position, float(y), group))
    return tuple(rows)
