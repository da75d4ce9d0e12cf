"""Kaplan–Meier curves with medians, rates at times, log-rank tests and restricted means."""

from __future__ import annotations

from typing import Any

import pandas as pd

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.kaplan_meier import kaplan_meier as estimate
from y90outcomes.estimators.kaplan_meier import median_survival, survival_at
from y90outcomes.estimators.numbers import Booleans, Curve
from y90outcomes.methods import survival_comparisons as compare
from y90outcomes.methods.common import (
    Selection,
    about_endpoint,
    effect,
    group_labels,
    groups_of,
    missing_by,
    plain,
    select,
)
from y90outcomes.methods.late import at_landmark, immortal_time, landmark_time, late_terms, said
from y90outcomes.results import CurveRow, Curves, EffectRow, Effects, Note, Result
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import KaplanMeierAnalysis


def kaplan_meier(cohort: Cohort, id: str, spec: KaplanMeierAnalysis) -> list[Result]:
    """`<id>` the curves of every group and of all; `<id>.estimates` medians, rates, restricted means and the tests;
    `<id>.differences` each group against the first; `<id>.pairwise` every two groups. Where the groups are known only
    after the time origin, `<id>.landmark` and `<id>.landmark_estimates`, … are the same from a landmark on.

    Subjects whose time or state is missing are left out and counted in `missing`.
    """
    selection = select(cohort, spec)
    outcome, time, state = selection.outcome(spec.endpoint)
    if time is None:  # the protocol's check refuses this before any data are read
        raise ValueError(f"{spec.endpoint!r} has no times")
    known = complete(time, state)
    found = late_terms(selection, [spec.by] if spec.by else [], spec.endpoint)
    at = landmark_time(selection, spec.endpoint, found, spec.landmark)
    beside = f"The version from a landmark on stands in `{id}.landmark`." if at is not None else _NO_DAY
    notes = missing_by(selection, spec.by) + left_out(int((~known).sum()), len(selection))
    notes += about_endpoint(selection, spec.endpoint) + immortal_time(found, beside)
    axis: dict[str, Any] = {
        "x_label": f"Time from {outcome.origin}",
        "y_label": outcome.label,
        "x_unit": outcome.unit,
    }
    made = curves_of(selection, id, spec, time, state, known, notes, axis)
    if not found or at is None:
        return made
    late = at_landmark(selection, spec.endpoint, found, at)
    axis["x_label"] = "Time from the landmark"
    notes = (Note("landmark", f"{late.words}."), *said(late.left_out, len(selection)))
    notes += missing_by(late.selection, spec.by)
    further = spec.model_copy(update={"title": f"{spec.title}, from a landmark on"})
    return [
        *made,
        *curves_of(late.selection, f"{id}.landmark", further, late.time, late.state, late.usable, notes, axis),
    ]


_NO_DAY = "No version from a landmark on: the protocol names no day by which it is known, and no event it follows."


def curves_of(
    selection: Selection, id: str, spec: KaplanMeierAnalysis, time: pd.Series, state: pd.Series,
    known: Booleans, notes: tuple[Note, ...], axis: dict[str, Any],
) -> list[Result]:  # fmt: skip
    """The results of one version of the analysis: the curves of who is `known` (n,), and their companions."""
    part = f"{id}_" if "." in id else f"{id}."
    masks = {group: mask & known for group, mask in groups_of(selection, spec.by).items()}
    labels = group_labels(selection, spec.by)
    curves = {
        group: estimate(time[mask].to_numpy(), state[mask].to_numpy(), interval=spec.interval, level=spec.level)
        for group, mask in masks.items()
    }
    unit, events = axis["x_unit"], int(state[known].sum())
    if events == int(known.sum()) and events:
        notes += (Note("no_censoring", "Every subject had the event; nobody is censored."),)
    shared: dict[str, Any] = {
        "population": selection.label,
        "n": int(known.sum()),
        "events": events,
        "missing": int((~known).sum()),
        "groups": labels,
        "group_title": selection.meaning(spec.by).label if spec.by else "",
    }
    groups = compare.grouped(time, state, masks, labels, curves)
    effects = [row for group, curve in curves.items() for row in _estimates(group, curve, spec, unit, labels)]
    effects += compare.restricted_means(spec, groups, unit)
    tested, heard, named = compare.tests(selection, spec, groups)
    conventions: dict[str, str] = {"kaplan_meier_interval": spec.interval, "median_rule": spec.median}
    if spec.restricted_mean is not None:
        conventions["restricted_mean_interval"] = "plain"
    return [
        Curves(
            id=id,
            title=spec.title,
            method="kaplan_meier",
            conventions={"kaplan_meier_interval": spec.interval},
            notes=notes,
            caption=spec.caption,
            figure=spec.figure or "",
            rows=tuple(row for group, curve in curves.items() for row in _steps(group, curve)),
            **axis,
            **shared,
        ),
        Effects(
            id=f"{part}estimates",
            title=spec.title,
            method="kaplan_meier",
            conventions=conventions | named,
            notes=heard,
            rows=(*effects, *tested),
            **shared,
        ),
        *compare.differences(f"{part}differences", spec, groups, unit, shared),
        *compare.pairwise(f"{part}pairwise", spec, groups, shared),
    ]


def complete(time: pd.Series, state: pd.Series) -> Booleans:
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
