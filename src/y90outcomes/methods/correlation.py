"""Correlation of two numeric variables."""

from __future__ import annotations

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.correlation import pearson, spearman
from y90outcomes.methods.common import effect, select
from y90outcomes.results import Effects, Note, Result
from y90outcomes.study.analyses import CorrelationAnalysis


def correlation(cohort: Cohort, id: str, spec: CorrelationAnalysis) -> list[Result]:
    """`<id>/<kind>/<x>`: the coefficient with interval and p, kind spearman or pearson.

    A subject without both values is left out and counted.
    """
    selection = select(cohort, spec)
    x, y = (selection.values(name).to_numpy(dtype=float) for name in (spec.x, spec.y))
    both = (x == x) & (y == y)
    if spec.kind == "spearman":
        made = spearman(x[both], y[both], p=spec.p, level=spec.level)
    else:
        made = pearson(x[both], y[both], level=spec.level)
    lost = len(selection) - int(both.sum())
    said = f"{lost} of {len(selection)} lack one of the two values or both and are left out."
    label = f"{selection.meaning(spec.x).label} and {selection.meaning(spec.y).label}"
    return [
        Effects(
            id=id,
            title=spec.title,
            population=selection.label,
            n=len(selection),
            missing=lost,
            method="correlation",
            conventions=dict(made.conventions),
            notes=(Note("missing_pairs", said),) if lost else (),
            caption=spec.caption,
            rows=(effect(spec.kind, spec.x, made, label=label),),
        )
    ]
