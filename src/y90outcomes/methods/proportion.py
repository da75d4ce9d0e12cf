"""Rate of a binary endpoint, overall and by groups."""

from __future__ import annotations

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.proportions import proportion as estimate
from y90outcomes.methods.common import effect, group_labels, groups_of, missing_by, select
from y90outcomes.results import Effects, Note, Result
from y90outcomes.study.analyses import ProportionAnalysis
from y90outcomes.study.endpoints import BinaryEndpoint


def proportion(cohort: Cohort, id: str, spec: ProportionAnalysis) -> list[Result]:
    """`<id>/rate/<group>` in per cent. Not evaluable subjects count as the endpoint says, and are noted."""
    selection = select(cohort, spec)
    outcome, _, state = selection.outcome(spec.endpoint)
    labels = group_labels(selection, spec.by)
    rows = []
    for group, mask in groups_of(selection, spec.by).items():
        known = state[mask].dropna()
        made = estimate(int(known.sum()), len(known), interval=spec.interval, level=spec.level)
        rows.append(effect("rate", group, made, label=labels[group], unit="%", scale=100))
    endpoint = cohort.study.endpoints[spec.endpoint]
    notes = missing_by(selection, spec.by)
    missing = 0
    if isinstance(endpoint, BinaryEndpoint):
        missing = int(selection.values(endpoint.variable).isna().sum())
        if missing:
            how = "count as no event" if endpoint.not_evaluable == "non_responder" else "are left out"
            notes += (Note("not_evaluable", f"{missing} of {len(selection)} are not evaluable and {how}."),)
    return [
        Effects(
            id=id,
            title=spec.title,
            population=selection.label,
            n=len(selection),
            events=int(state.sum()),
            missing=missing,
            method=f"Rate of {outcome.label}",
            conventions={"proportion_interval": spec.interval},
            notes=notes,
            groups=labels,
            group_title=selection.meaning(spec.by).label if spec.by else "",
            caption=spec.caption,
            rows=tuple(rows),
        )
    ]
