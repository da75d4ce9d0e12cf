"""Kaplan–Meier curves with medians, rates at times and the log-rank test."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.kaplan_meier import kaplan_meier as estimate
from y90outcomes.estimators.kaplan_meier import median_survival, survival_at
from y90outcomes.estimators.log_rank import log_rank
from y90outcomes.estimators.numbers import Curve
from y90outcomes.methods.common import (
    ALL,
    Selection,
    about_endpoint,
    effect,
    group_labels,
    groups_of,
    missing_by,
    plain,
    select,
    test_row,
)
from y90outcomes.results import CurveRow, Curves, EffectRow, Effects, Note, Result
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import KaplanMeierAnalysis


def kaplan_meier(cohort: Cohort, id: str, spec: KaplanMeierAnalysis) -> list[Result]:
    """`<id>` the curves of every group and of all; `<id>.estimates` medians, rates and the test.

    Subjects whose time or state is missing are left out and counted in `missing`.
    """
    selection = select(cohort, spec)
    outcome, time, state = selection.outcome(spec.endpoint)
    if time is None:  # the protocol's check refuses this before any data are read
        raise ValueError(f"{spec.endpoint!r} has no times")
    known = complete(time, state)
    groups = {group: mask & known for group, mask in groups_of(selection, spec.by).items()}
    labels = group_labels(selection, spec.by)
    curves = {
        group: estimate(time[mask].to_numpy(), state[mask].to_numpy(), interval=spec.interval, level=spec.level)
        for group, mask in groups.items()
    }
    rows = [row for group, curve in curves.items() for row in _steps(group, curve)]
    missing, events = int((~known).sum()), int(state[known].sum())
    notes = missing_by(selection, spec.by) + left_out(missing, len(selection))
    notes += about_endpoint(selection, spec.endpoint)
    if events == int(known.sum()) and events:
        notes += (Note("no_censoring", "Every subject had the event; nobody is censored."),)
    shared: dict[str, Any] = {
        "population": selection.label,
        "n": int(known.sum()),
        "events": events,
        "missing": missing,
        "groups": labels,
        "group_title": selection.meaning(spec.by).label if spec.by else "",
    }
    effects = [row for group, curve in curves.items() for row in _estimates(group, curve, spec, outcome.unit, labels)]
    conventions: dict[str, str] = {"kaplan_meier_interval": spec.interval, "median_rule": spec.median}
    if spec.test and spec.by:
        effects.append(_test(selection, spec.by, groups, time, state))
        conventions["log_rank_variance"] = "hypergeometric"
    return [
        Curves(
            id=id,
            title=spec.title,
            method="kaplan_meier",
            conventions={"kaplan_meier_interval": spec.interval},
            notes=notes,
            caption=spec.caption,
            figure=spec.figure or "",
            x_label=f"Time from {outcome.origin}",
            y_label=outcome.label,
            x_unit=outcome.unit,
            rows=tuple(rows),
            **shared,
        ),
        Effects(
            id=f"{id}.estimates",
            title=spec.title,
            method="kaplan_meier",
            conventions=conventions,
            rows=tuple(effects),
            **shared,
        ),
    ]


def complete(time: pd.Series, state: pd.Series) -> npt.NDArray[np.bool_]:
    """Subjects with both a time and a state."""
    return (time.notna() & state.notna()).to_numpy(dtype=bool)


def left_out(missing: int, total: int) -> tuple[Note, ...]:
    """A note where a missing time or state leaves subjects out."""
    if not missing:
        return ()
    return (Note("missing_outcome", f"{missing} of {total} have no time or state for this endpoint.", "caution"),)


def _steps(group: str, curve: Curve) -> list[CurveRow]:
    reasons = [made.reason for made in survival_at(curve, curve.time.tolist())]  # why a step has no interval
    columns = zip(
        curve.time, curve.survival, curve.lower, curve.upper, curve.at_risk, curve.events, curve.censored, reasons,
        strict=True,
    )  # fmt: skip
    return [
        CurveRow(group, float(x), plain(s), plain(low), plain(high), int(at_risk), int(events), int(censored), reason)
        for x, s, low, high, at_risk, events, censored, reason in columns
    ]


def _estimates(
    group: str, curve: Curve, spec: KaplanMeierAnalysis, unit: str, labels: dict[str, str]
) -> list[EffectRow]:
    median = median_survival(curve, spec.median)
    rows = [effect("median", group, median, label=labels[group], unit=unit)]
    for at, made in zip(spec.times, survival_at(curve, spec.times), strict=True):
        rows.append(effect("rate", group, made, contrast=shortest(at), label=labels[group], unit="%", scale=100))
    return rows


def _test(
    selection: Selection, by: str, groups: dict[str, npt.NDArray[np.bool_]], time: pd.Series, state: pd.Series
) -> EffectRow:
    label = np.full(len(selection), "", dtype=object)
    for group, mask in groups.items():
        if group != ALL:
            label[mask] = group
    inside = label != ""
    made = log_rank(time[inside].to_numpy(), state[inside].to_numpy(), label[inside])
    return test_row("log_rank", by, made.test, label="Log-rank test", events=int(state[inside].sum()))
