"""One number by groups: description, test, the same under other conventions, means compared, the figure's points."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.geometric_means import geometric_mean, geometric_mean_ratio
from y90outcomes.estimators.means import mean, mean_difference
from y90outcomes.estimators.numbers import Estimate, Floats
from y90outcomes.methods.common import ALL, Selection, effect, group_labels, groups_of, missing_by, select
from y90outcomes.methods.describe import summary_rows
from y90outcomes.methods.endpoint_groups import grouped_by
from y90outcomes.methods.tests import convention_of, conventions_of, sample_row
from y90outcomes.results import Effects, Note, PointRow, Points, Result, Summary
from y90outcomes.study.analyses import ComparisonAnalysis, NamedTest

Samples = dict[str, Floats]

SMALL = 5
"""Groups below this many values make the χ² approximation of Kruskal–Wallis rough."""

MEANS: Mapping[str, tuple[tuple[str, Callable[..., Estimate]], tuple[str, str, Callable[..., Estimate]]]] = {
    "linear": (("mean", mean), ("mean_difference", "Difference of means", mean_difference)),
    "log": (
        ("geometric_mean", geometric_mean),
        ("geometric_mean_ratio", "Ratio of geometric means", geometric_mean_ratio),
    ),
}
"""scale -> quantity and estimator of one group; quantity, words and estimator of two."""


def compare_groups(cohort: Cohort, id: str, spec: ComparisonAnalysis) -> list[Result]:
    """`<id>` describes, `<id>.tests` tests (missing values left out, counted), `<id>.points` is the figure.

    `<id>.estimates` gives means with intervals where the scale is log (geometric ones) or the test a t test:
    `<id>.estimates/geometric_mean/<group>` and, between two groups, `<id>.estimates/geometric_mean_ratio/<variable>`,
    the second over the first.
    """
    selection, about = grouped_by(select(cohort, spec), spec.by)
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
    made: list[Result] = [
        Summary(
            id=id,
            title=spec.title,
            method="compare_groups",
            conventions=conventions,
            missing=missing,
            notes=(*missing_by(selection, spec.by), *about),
            caption=spec.caption,
            rows=tuple(rows),
            **shared,
        ),
        tests(f"{id}.tests", spec.title, selection, spec, shared),
    ]
    if spec.scale == "log" or spec.test == "t_test":
        made.append(means(f"{id}.estimates", spec.title, selection, spec, shared))
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
    study, present = selection.cohort.study, _present(selection, spec)
    samples = [sample for sample in present.values() if len(sample)]
    first = NamedTest(test=spec.test, convention=spec.convention)
    rows = [
        sample_row(study, named, spec.variable, samples, log=spec.scale == "log", primary=index == 0)
        for index, named in enumerate([first, *spec.also])
    ]
    small = [group for group, sample in present.items() if len(sample) < SMALL]
    levels = selection.meaning(spec.by).levels
    notes: tuple[Note, ...] = ()
    if small and spec.test == "kruskal_wallis":
        said = ", ".join(levels[group] for group in small)
        notes = (Note("small_groups", f"Fewer than five values in: {said}; the χ² approximation is rough.", "caution"),)
    if any(named.test == "jonckheere_terpstra" for named in (first, *spec.also)):
        order = ", ".join(levels[group] for group, sample in present.items() if len(sample))
        notes += (Note("order_of_groups", f"The Jonckheere–Terpstra test takes the groups in this order: {order}."),)
    return Effects(
        id=id, title=title, method=spec.test, conventions=conventions_of(study, first), rows=tuple(rows), notes=notes,
        **shared,
    )  # fmt: skip


def means(id: str, title: str, selection: Selection, spec: ComparisonAnalysis, shared: Mapping[str, Any]) -> Effects:
    """Mean of each group and, where two hold values, how the second compares with the first; geometric on a log scale.

    The variance is that of the t test: the protocol's `convention` where its test is one, else the convention in force.
    """
    named = NamedTest(test="t_test", convention=spec.convention if spec.test == "t_test" else None)
    variance = convention_of(selection.cohort.study, named)
    (name, of_one), (compared, said, of_two) = MEANS[spec.scale]
    known, labels = selection.meaning(spec.variable), shared["groups"]
    present = _present(selection, spec)
    rows = [
        effect(name, group, of_one(sample, level=spec.level), label=labels[group], unit=known.unit)
        for group, sample in present.items()
    ]
    held = [group for group, sample in present.items() if len(sample)]
    if len(held) == 2:
        first, second = held
        made = of_two(present[second], present[first], variance=variance, level=spec.level)
        joined = "over" if spec.scale == "log" else "less"
        rows.append(
            effect(
                compared,
                spec.variable,
                made,
                label=f"{said}, {labels[second]} {joined} {labels[first]}",
                unit="" if spec.scale == "log" else known.unit,
            )
        )
    return Effects(
        id=id, title=title, method=name, conventions={"t_test": variance} if len(held) == 2 else {}, rows=tuple(rows),
        **shared,
    )  # fmt: skip


def _present(selection: Selection, spec: ComparisonAnalysis) -> Samples:
    """The values of each group, in the protocol's order, missing ones left out."""
    values = selection.values(spec.variable).to_numpy(dtype=float)
    return {g: values[mask & ~np.isnan(values)] for g, mask in groups_of(selection, spec.by).items() if g != ALL}


def _points(selection: Selection, spec: ComparisonAnalysis) -> tuple[PointRow, ...]:
    """One entry per subject without its key, in order of group and height, so no order of patients shows."""
    return tuple(
        PointRow(spec.variable, group, position, float(y), group)
        for position, (group, sample) in enumerate(_present(selection, spec).items())
        for y in np.sort(sample)
    )
