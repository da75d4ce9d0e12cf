"""Groups of a time-to-event endpoint against each other: log-rank tests, pairs, rates at times, restricted means."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.estimators.adjustment import adjust
from y90outcomes.estimators.log_rank import log_rank, log_rank_trend, pairwise_log_rank
from y90outcomes.estimators.numbers import Booleans, Curve, Estimate, Floats, Test
from y90outcomes.estimators.rate_difference import rate_difference, rate_test
from y90outcomes.estimators.restricted_mean import compare_restricted_means, restricted_mean, smallest_last_time
from y90outcomes.methods.common import ALL, Selection, absent_first, effect, plain, test_row
from y90outcomes.results import EffectRow, Effects, Note
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import KaplanMeierAnalysis

Masks = Mapping[str, Booleans]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups of one analysis: who has a time and a state in each, and the curves; "all" among them.

    time, state and label (n,) are of the selection, label "" for nobody's group; `labels` prints the groups.
    """

    time: Floats
    state: Floats
    label: npt.NDArray[np.object_]
    curves: Mapping[str, Curve]
    labels: Mapping[str, str]

    @property
    def filled(self) -> list[str]:
        """Groups somebody is in, "all" left out; the first is the reference."""
        return absent_first(group for group, curve in self.curves.items() if group != ALL and curve.n)


def grouped(
    time: pd.Series, state: pd.Series, masks: Masks, labels: Mapping[str, str], curves: Mapping[str, Curve]
) -> Groups:
    """`Groups` from masks (n,) that hold nobody without time and state."""
    label = np.full(len(time), "", dtype=object)
    for group, mask in masks.items():
        if group != ALL:
            label[mask] = group
    return Groups(time.to_numpy(dtype=float), state.to_numpy(dtype=float), label, curves, labels)


def tests(
    selection: Selection, spec: KaplanMeierAnalysis, groups: Groups
) -> tuple[list[EffectRow], tuple[Note, ...], dict[str, str]]:
    """The tests asked for, the first primary; what a reader must know of them; their conventions."""
    asked = list(dict.fromkeys(name for name in (spec.test, *spec.also) if name is not None))
    if spec.by is None or not asked:
        return [], (), {}
    rows, notes = [], []
    for name in asked:
        made, label, said = _TESTS[name](selection, spec, groups)
        inside = groups.label != ""
        rows.append(
            test_row(name, spec.by, made, label=label, primary=name == asked[0], events=int(groups.state[inside].sum()))
        )
        notes += said
    return rows, tuple(notes), {f"{name}_variance": "hypergeometric" for name in asked}


def _plain(selection: Selection, spec: KaplanMeierAnalysis, groups: Groups) -> tuple[Test, str, list[Note]]:
    inside = groups.label != ""
    made = log_rank(groups.time[inside], groups.state[inside], groups.label[inside])
    return made.test, "Log-rank test", []


def _stratified(selection: Selection, spec: KaplanMeierAnalysis, groups: Groups) -> tuple[Test, str, list[Note]]:
    if spec.strata is None:  # the protocol's check refuses this before any data are read
        raise ValueError("a stratified log-rank test needs strata")
    known = selection.meaning(spec.strata)
    values = selection.values(spec.strata)
    present = values.notna().to_numpy(dtype=bool)
    inside = (groups.label != "") & present
    stratum = values.astype(object).to_numpy()[inside]
    made = log_rank(groups.time[inside], groups.state[inside], groups.label[inside], stratum)
    lost = int(((groups.label != "") & ~present).sum())
    words = f"{lost} without {known.label} stand in no stratum and are left out of the stratified log-rank test."
    notes = [Note("missing_stratum", words, "caution")] if lost else []
    return made.test, f"Log-rank test stratified by {known.label}", notes


def _trend(selection: Selection, spec: KaplanMeierAnalysis, groups: Groups) -> tuple[Test, str, list[Note]]:
    levels = list(selection.meaning(spec.by or "").levels)
    scores = dict(zip(levels, spec.trend_scores or range(1, len(levels) + 1), strict=True))
    inside = groups.label != ""
    named = sorted(set(groups.label[inside]))  # the order in which the estimator takes the groups
    made = log_rank_trend(
        groups.time[inside], groups.state[inside], groups.label[inside], [scores[group] for group in named]
    )
    said = ", ".join(f"{groups.labels[group]} {scores[group]:g}" for group in groups.filled)
    return made, "Log-rank test for trend", [Note("trend_scores", f"Scores of the log-rank test for trend: {said}.")]


_TESTS: Mapping[
    str, Callable[[Selection, KaplanMeierAnalysis, Groups], tuple[Test, str, list[Note]]]
] = {"log_rank": _plain, "stratified_log_rank": _stratified, "log_rank_trend": _trend}  # fmt: skip
"""Test of the protocol -> the test, its label, notes."""


def pairwise(id: str, spec: KaplanMeierAnalysis, groups: Groups, shared: Mapping[str, Any]) -> list[Effects]:
    """`<id>/log_rank/<by>/<b>_vs_<a>` for every two groups, and `log_rank_adjusted` within all of them."""
    if spec.pairwise is None or spec.by is None:
        return []
    place = {group: position for position, group in enumerate(groups.filled)}
    inside = groups.label != ""
    index = np.array([place[group] for group in groups.label[inside]], dtype=np.int64)
    made = pairwise_log_rank(groups.time[inside], groups.state[inside], index)
    adjusted = adjust([test.p for _, _, test in made], method=spec.pairwise)
    rows, further = [], []
    for (a, b, test), p in zip(made, adjusted.p.tolist(), strict=True):
        first, second = groups.filled[a], groups.filled[b]
        pair = inside & np.isin(groups.label, [first, second])
        label = f"{groups.labels[second]} vs {groups.labels[first]}"
        contrast, events = f"{second}_vs_{first}", int(groups.state[pair].sum())
        rows.append(test_row("log_rank", spec.by, test, contrast=contrast, label=label, events=events))
        corrected = Test(
            test.name, p=p, n=test.n, valid=test.valid, reason=test.reason, conventions=adjusted.conventions
        )
        further.append(test_row("log_rank_adjusted", spec.by, corrected, contrast=contrast, label=label, events=events))
    return [
        Effects(
            id=id,
            title=spec.title,
            method="kaplan_meier",
            conventions={"log_rank_variance": "hypergeometric", "adjustment": spec.pairwise},
            notes=(Note("family", f"Each p is adjusted within the pairs of this table; {adjusted.counted} have one."),)
            if spec.pairwise != "none"
            else (),
            rows=tuple(rows if spec.pairwise == "none" else rows + further),
            **shared,
        )
    ]


_TOO_SHORT = "in some group nobody was seen after time 0"


def horizon_of(spec: KaplanMeierAnalysis, groups: Groups) -> float | None:
    """The horizon of the restricted mean; None where there is none, NaN where nobody was seen long enough for one."""
    if not isinstance(spec.restricted_mean, str):
        return spec.restricted_mean
    curves = [groups.curves[group] for group in groups.filled or (ALL,)]
    end = smallest_last_time(curves)
    return end if end > 0.0 else math.nan


def restricted_means(spec: KaplanMeierAnalysis, groups: Groups, unit: str) -> list[EffectRow]:
    """`restricted_mean/<group>/<horizon>`; of a rule `restricted_mean/<group>` and `restricted_mean_horizon/all`."""
    horizon = horizon_of(spec, groups)
    if horizon is None:
        return []
    rows = [
        effect("restricted_mean", group, made, contrast=_horizon_name(spec), label=groups.labels[group], unit=unit)
        for group, made in _means(groups, horizon).items()
    ]
    if isinstance(spec.restricted_mean, str):
        n = groups.curves[ALL].n
        long = horizon > 0.0
        rows.append(
            EffectRow(
                quantity="restricted_mean_horizon",
                term=ALL,
                label="Horizon of the restricted mean",
                unit=unit,
                estimate=plain(horizon),
                n=n,
                valid=long,
                reason="" if long else _TOO_SHORT,
                convention=str(spec.restricted_mean),
            )
        )
    return rows


def _means(groups: Groups, horizon: float) -> dict[str, Estimate]:
    if math.isnan(horizon):
        return {
            group: Estimate(level=curve.level, n=curve.n, valid=False, reason=_TOO_SHORT)
            for group, curve in groups.curves.items()
        }
    return {group: restricted_mean(curve, horizon) for group, curve in groups.curves.items()}


def _horizon_name(spec: KaplanMeierAnalysis) -> str | None:
    """The stated horizon as an address has it; None for a rule, whose horizon changes with the data."""
    return None if isinstance(spec.restricted_mean, str) else shortest(spec.restricted_mean or 0.0)


def differences(
    id: str, spec: KaplanMeierAnalysis, groups: Groups, unit: str, shared: Mapping[str, Any]
) -> list[Effects]:
    """`<id>`: each group against the first somebody is in.

    rate_difference/<group>_vs_<first>/<time> in per cent with `rate_test` beside it, restricted_mean_difference and
    restricted_mean_ratio/<group>_vs_<first>[/<horizon>]. Nothing without two groups.
    """
    rows: list[EffectRow] = []
    conventions: dict[str, str] = {}
    horizon = horizon_of(spec, groups)
    if spec.by is None or not (spec.rate_differences or horizon is not None):
        return []
    filled = groups.filled
    for group in filled[1:]:
        term, label = f"{group}_vs_{filled[0]}", f"{groups.labels[group]} vs {groups.labels[filled[0]]}"
        if spec.rate_differences:
            rows += _rates(spec, groups.curves[group], groups.curves[filled[0]], term, label, unit)
        if horizon is not None:
            means = _means(groups, horizon)
            made = compare_restricted_means(means[group], means[filled[0]])
            at = f"{label} to {_horizon_name(spec)} {unit}" if _horizon_name(spec) else label
            for name, found, of in (("difference", made.difference, unit), ("ratio", made.ratio, "")):
                quantity = f"restricted_mean_{name}"
                rows.append(effect(quantity, term, found, contrast=_horizon_name(spec), label=at, unit=of))
    if spec.rate_differences:
        conventions |= {"rate_difference_interval": spec.difference_interval, "rate_test": "log-log"}
    if horizon is not None:
        conventions["restricted_mean_interval"] = "plain"
    notes: tuple[Note, ...] = ()
    if len(filled) < 2:
        notes = (Note("empty_group", "Fewer than two groups hold somebody: nothing to compare.", "caution"),)
    return [
        Effects(
            id=id,
            title=spec.title,
            method="kaplan_meier",
            conventions=conventions,
            notes=notes,
            rows=tuple(sorted(rows, key=lambda row: _ORDER.index(row.quantity))),
            **shared,
        )
    ]


_ORDER = ("rate_difference", "rate_test", "restricted_mean_difference", "restricted_mean_ratio")


def _rates(spec: KaplanMeierAnalysis, curve: Curve, first: Curve, term: str, label: str, unit: str) -> list[EffectRow]:
    rows = []
    for at in spec.times:
        said = f"{label} at {shortest(at)} {unit}"
        made = rate_difference(curve, first, at, spec.difference_interval)
        rows.append(effect("rate_difference", term, made, contrast=shortest(at), label=said, unit="%", scale=100))
        tested = rate_test(curve, first, at)
        rows.append(test_row("rate_test", term, tested, contrast=shortest(at), label=said))
    return rows
