"""Rate of a binary endpoint, overall and by groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.intraclass import intraclass_correlation
from y90outcomes.estimators.proportions import proportion as estimate
from y90outcomes.methods.common import ALL, Selection, effect, group_labels, groups_of, missing_by, select
from y90outcomes.results import Effects, Note, Result
from y90outcomes.study.analyses import ProportionAnalysis, ProportionComparisonAnalysis
from y90outcomes.study.endpoints import BinaryEndpoint
from y90outcomes.thresholds import compare

Counts = dict[str, tuple[int, int]]
"""group -> subjects with the event, subjects evaluable."""


def proportion(cohort: Cohort, id: str, spec: ProportionAnalysis) -> list[Result]:
    """`<id>/rate/<group>` in per cent. Not evaluable subjects count as the endpoint says, and are noted."""
    return [rates(id, spec, select(cohort, spec))]


def rates(id: str, spec: ProportionAnalysis | ProportionComparisonAnalysis, selection: Selection) -> Effects:
    """The rate, its interval, n and events of every group and of all: a row with quantity "rate" each."""
    outcome, _, state = selection.outcome(spec.endpoint)
    labels = group_labels(selection, spec.by)
    counts = counted(selection, state, spec.by)
    rows = [
        effect(
            "rate",
            group,
            estimate(events, n, interval=spec.interval, level=spec.level),
            label=labels[group],
            unit="%",
            scale=100,
        )
        for group, (events, n) in counts.items()
    ]
    missing, about = not_evaluable(selection, spec.endpoint)
    return Effects(
        id=id,
        title=spec.title,
        population=selection.label,
        n=len(selection),
        events=int(state.sum()),
        missing=missing,
        method=f"Rate of {outcome.label}",
        conventions={"proportion_interval": spec.interval},
        notes=(
            *missing_by(selection, spec.by),
            *about,
            *_condition(spec, counts),
            *_empty_groups(selection, spec.by, counts),
            *_lesions(selection, state),
        ),
        groups=labels,
        group_title=selection.meaning(spec.by).label if spec.by else "",
        caption=spec.caption,
        figure=spec.figure or "",
        x_label=selection.meaning(spec.by).label if spec.by and spec.figure else "",
        y_label=outcome.label if spec.figure else "",
        layout={"grain": selection.grain} if spec.figure else {},
        rows=tuple(rows),
    )


def counted(selection: Selection, state: pd.Series, by: str | None) -> Counts:
    """Subjects with the event and evaluable subjects of every group, "all" last."""
    known = {group: state[mask].dropna() for group, mask in groups_of(selection, by).items()}
    return {group: (int(values.sum()), len(values)) for group, values in known.items()}


def not_evaluable(selection: Selection, endpoint: str) -> tuple[int, tuple[Note, ...]]:
    """How many subjects a binary endpoint cannot be read of, and a note of what they count as."""
    spec = selection.cohort.study.endpoints[endpoint]
    if not isinstance(spec, BinaryEndpoint):
        return 0, ()
    missing = int(selection.values(spec.variable).isna().sum())
    if not missing:
        return 0, ()
    how = "count as no event" if spec.not_evaluable == "non_responder" else "are left out"
    return missing, (Note("not_evaluable", f"{missing} of {len(selection)} are not evaluable and {how}."),)


def _condition(spec: ProportionAnalysis | ProportionComparisonAnalysis, counts: Counts) -> tuple[Note, ...]:
    """Whether the share of everybody reaches what the protocol asks for; of nobody it is not known."""
    if not isinstance(spec, ProportionAnalysis) or spec.condition is None:
        return ()
    events, n = counts[ALL]
    asked = f"The condition stated beforehand, at least {100 * spec.condition:g} % with the event,"
    if not n:
        return (Note("condition", f"{asked} cannot be judged: nobody is evaluable.", "caution"),)
    met = bool(compare(np.array([events / n]), "min", spec.condition)[0])
    said = "is met" if met else "is not met"
    return (Note("condition", f"{asked} {said}: {events} of {n}.", "info" if met else "caution"),)


def _empty_groups(selection: Selection, by: str | None, counts: Counts) -> tuple[Note, ...]:
    """A note where nobody of a group can be evaluated."""
    if by is None:
        return ()
    levels = selection.meaning(by).levels
    empty = [levels[group] for group, (_, n) in counts.items() if group != ALL and not n]
    if not empty:
        return ()
    return (Note("empty_group", f"Nobody evaluable in: {', '.join(empty)}.", "caution"),)


def _lesions(selection: Selection, state: pd.Series) -> tuple[Note, ...]:
    """A note where lesions of one patient are counted as independent, with how alike they are."""
    if selection.grain != "lesion":
        return ()
    known = state.notna().to_numpy()
    codes, events = selection.clusters("patient")[known], state[known].to_numpy(dtype=float)
    patients = len(np.unique(codes))
    if patients == len(codes):
        return ()
    alike = intraclass_correlation(events, codes)
    said = f" (intraclass correlation {alike.estimate:.2f})" if alike.valid else ""
    message = (
        f"{len(codes)} lesions of {patients} patients are taken as independent{said}: where lesions of a patient are "
        "alike, intervals are too narrow and p values too small."
    )
    return (Note("lesions_independent", message, "caution"),)
