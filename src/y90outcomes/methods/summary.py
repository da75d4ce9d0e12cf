"""Describe variables, overall or by groups."""

from __future__ import annotations

from y90outcomes.cohort import Cohort
from y90outcomes.methods.common import group_labels, groups_of, missing_by, select
from y90outcomes.methods.describe import summary_rows
from y90outcomes.results import Result, Summary
from y90outcomes.study.analyses import SummaryAnalysis


def summary(cohort: Cohort, id: str, spec: SummaryAnalysis) -> list[Result]:
    """One `Summary`: percentages are of the column's non-missing, missing counted apart."""
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
    return [
        Summary(
            id=id,
            title=spec.title,
            population=selection.label,
            n=len(selection),
            method="summary",
            conventions=conventions,
            notes=missing_by(selection, spec.by),
            groups=group_labels(selection, spec.by),
            group_title=selection.meaning(spec.by).label if spec.by else "",
            caption=spec.caption,
            rows=tuple(rows),
        )
    ]
