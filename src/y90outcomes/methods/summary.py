"""Describe variables, overall or by groups, and how far the groups differ."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.numbers import Booleans, Estimate
from y90outcomes.estimators.standardised_difference import standardised_difference, standardised_difference_of_levels
from y90outcomes.methods.common import ALL, Selection, effect, group_labels, groups_of, missing_by, select
from y90outcomes.methods.describe import summary_rows
from y90outcomes.results import EffectRow, Effects, Note, Result, Summary
from y90outcomes.study.analyses import SummaryAnalysis

Groups = Mapping[str, Booleans]


def summary(cohort: Cohort, id: str, spec: SummaryAnalysis) -> list[Result]:
    """One `Summary`: percentages are of the column's non-missing, missing counted apart.

    With `smd`, `<id>.differences/smd/<variable>/<level>_vs_<level>`: how far each pair of groups differs.
    """
    selection = select(cohort, spec)
    groups = groups_of(selection, spec.by)
    rows = [
        row
        for variable in spec.variables
        for row in summary_rows(selection, variable, groups, spec.statistic, spec.interval, spec.quantile_type)
    ]
    kinds = {row.kind for row in rows}
    conventions: dict[str, str] = {"proportion_interval": spec.interval} if "level" in kinds else {}
    if "number" in kinds and spec.statistic == "median_iqr":
        conventions["quantile_type"] = spec.quantile_type
    labels = group_labels(selection, spec.by)
    title = selection.meaning(spec.by).label if spec.by else ""
    made: list[Result] = [
        Summary(
            id=id,
            title=spec.title,
            population=selection.label,
            n=len(selection),
            method="summary",
            conventions=conventions,
            notes=(*missing_by(selection, spec.by), *_about_numbers(kinds, spec)),
            groups=labels,
            group_title=title,
            caption=spec.caption,
            rows=tuple(rows),
        )
    ]
    if spec.smd and spec.by:
        made.append(
            Effects(
                id=f"{id}.differences",
                title=spec.title,
                population=selection.label,
                n=len(selection),
                method="standardised mean differences",
                conventions={"smd_variance": spec.smd_variance} if "number" in kinds else {},
                notes=_about_levels(kinds),
                groups=labels,
                group_title=title,
                rows=tuple(differences(selection, spec, groups)),
            )
        )
    return made


def _about_numbers(kinds: set[str], spec: SummaryAnalysis) -> tuple[Note, ...]:
    """What the interval of a geometric mean is, where there is one."""
    if "number" not in kinds or spec.statistic != "geometric_mean":
        return ()
    return (Note("geometric_mean", "Intervals of geometric means are Student's, of the logarithms, and back."),)


def _about_levels(kinds: set[str]) -> tuple[Note, ...]:
    """What the difference of a category is, where there is one."""
    if "level" not in kinds:
        return ()
    said = (
        "Of a category with more than two levels, the difference is the distance between the shares of all levels "
        "(Yang and Dalton 2012) and has no sign."
    )
    return (Note("smd_of_levels", said),)


def differences(selection: Selection, spec: SummaryAnalysis, groups: Groups) -> list[EffectRow]:
    """`smd/<variable>/<level>_vs_<level>`: each later group less each earlier one, missing values left out."""
    if spec.by is None:
        return []
    labels = selection.meaning(spec.by).levels
    held = [group for group in groups if group != ALL]
    return [
        effect(
            "smd",
            variable,
            _difference(selection, variable, groups[second], groups[first], spec.smd_variance),
            contrast=f"{second}_vs_{first}",
            label=f"{selection.meaning(variable).label}: {labels[second]} vs {labels[first]}",
        )
        for variable in spec.variables
        for first, second in combinations(held, 2)
    ]


def _difference(selection: Selection, variable: str, first: Booleans, second: Booleans, variance: str) -> Estimate:
    values, known = selection.values(variable), selection.meaning(variable)
    if known.numeric:
        a, b = (values.to_numpy(dtype=float)[mask] for mask in (first, second))
        return standardised_difference(a[~np.isnan(a)], b[~np.isnan(b)], variance=variance)
    a, b = (
        np.array([int(values[mask].eq(level).sum()) for level in known.levels], dtype=np.float64)
        for mask in (first, second)
    )
    return standardised_difference_of_levels(a, b)
