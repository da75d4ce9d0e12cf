"""A pooled effect against the centres it comes from."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.heterogeneity import Heterogeneity, heterogeneity
from y90outcomes.estimators.numbers import Booleans, Estimate, Ints
from y90outcomes.methods.common import effect, plain, test_row
from y90outcomes.methods.design import complete_case, design
from y90outcomes.methods.models import (
    FAMILIES,
    POOLED,
    Subjects,
    estimate_notes,
    exposure_notes,
    hazards_note,
    subjects,
)
from y90outcomes.methods.subgroups import Among, dropped, effect_among, few_in, interaction, missing_values
from y90outcomes.results import EffectRow, Effects, Note, Result
from y90outcomes.study.analyses import CentresAnalysis

LEFT_OUT = "leave_one_out"


def centres(cohort: Cohort, id: str, spec: CentresAnalysis) -> list[Result]:
    """`<id>/<ratio>/all/<naive|stratified|fixed_effect|random_effects>`, `<id>/<ratio>/<by>/<centre>`,
    `<id>/interaction/<by>`, `<id>/heterogeneity/<by>` (Cochran's Q), `<id>/i_squared/<by>`, `<id>/tau_squared/<by>`;
    `<id>.leave_one_out`: the stratified effect without each centre, the lowest and the highest first.

    Centres enter a Cox model as strata, a logistic one as fixed effects; a centre where everybody or nobody has the
    event says nothing there and is left out. Centres without a finite maximum-likelihood estimate of their own are not
    in Q, I², τ² and the interaction test; notes name them.
    """
    return centres_among(subjects(cohort, spec), id, spec)


def centres_among(who: Subjects, id: str, spec: CentresAnalysis) -> list[Result]:
    """`centres` of subjects already chosen."""
    whole = design(who.selection, [spec.exposure, *spec.adjust], who.usable, per=spec.per, scale=spec.scale)
    known, values = who.selection.meaning(spec.by), who.selection.values(spec.by)
    masks = {level: whole.whole & values.eq(level).fillna(False).to_numpy(dtype=bool) for level in known.levels}
    masks = {level: mask for level, mask in masks.items() if mask.any()}
    label = {level: known.levels[level] for level in masks}
    naive = _all(who, spec, masks, None)
    stratified = _all(who, spec, masks, "stratified")
    each = {level: effect_among(who, spec.exposure, spec.adjust, mask) for level, mask in masks.items()}
    able = {level: one for level, one in each.items() if one.ratio.valid and not one.model.separated}
    between = heterogeneity(
        [one.ratio.coefficient for one in able.values()], [one.ratio.se for one in able.values()], level=spec.level
    )
    test, lost = interaction(who, spec.exposure, spec.adjust, masks, stratified=True)
    kind = "Stratified by centre" if spec.family == "cox" else "Centre as fixed effect"
    rows = [
        stratified.row(who, POOLED, "stratified", kind),
        naive.row(who, POOLED, "naive", "Ignoring centres"),
        _pooled(who, between.fixed, stratified, "fixed_effect", "Two-stage, inverse variance"),
        _pooled(who, between.random, stratified, "random_effects", "Two-stage, random effects"),
        *(one.row(who, spec.by, level, f"{known.label}: {label[level]}") for level, one in each.items()),
        test_row("interaction", spec.by, test, label=f"Interaction with {known.label}"),
        *_between(spec.by, between),
    ]
    said = [
        f"{who.selection.meaning(term).label} ({label[level]})" for level, one in each.items() for term in one.left_out
    ]
    exposure, column = who.selection.meaning(spec.exposure), stratified.column
    main = Effects(
        id=id,
        title=spec.title,
        population=who.selection.label,
        n=naive.model.n,
        events=naive.model.events,
        missing=who.missing + whole.dropped + int(whole.whole.sum()) - naive.model.n,
        method=f"{FAMILIES[spec.family]} of {who.label}, "
        + ("stratified by centre" if spec.family == "cox" else "centre as a fixed effect"),
        conventions=who.conventions,
        notes=(
            *who.notes([spec.exposure, *spec.adjust]),
            *complete_case(whole),
            *missing_values(who, spec.by, whole.whole),
            *_not_estimated(each, able, lost, label),
            *_silent(who, masks, label),
            *few_in(who, rows, under=known.label),
            *dropped(said),
            *exposure_notes(who, spec.exposure, whole, rows[0]),
            *hazards_note(who, whole, _codes(masks, len(who.usable))),
            *estimate_notes([naive.model, stratified.model, *(one.model for one in each.values())]),
        ),
        caption=spec.caption,
        figure=spec.figure or "",
        x_label=f"{column.label(exposure)}, {column.unit}" if column.unit else column.label(exposure),
        layout={"headings": {spec.by: known.label}},
        rows=tuple(rows),
    )
    return [main, _leave_one_out(who, id, spec, masks, label, main)]


def _all(who: Subjects, spec: CentresAnalysis, masks: Mapping[str, Booleans], how: str | None) -> Among:
    """The effect over all centres of `masks`; stratified drops centres that say nothing in a logistic model."""
    nobody = np.zeros(len(who.usable), dtype=bool)
    used = dict(masks)
    if how and who.time is None:
        used = {level: mask for level, mask in masks.items() if _varies(who, mask)} or used
    rows: Booleans = np.logical_or.reduce([nobody, *used.values()])
    if how is None:
        return effect_among(who, spec.exposure, spec.adjust, rows)
    if who.time is not None:
        return effect_among(who, spec.exposure, spec.adjust, rows, strata=_codes(used, len(nobody)))
    indicators = [mask.astype(float) for mask in list(used.values())[1:]]
    extra = np.column_stack(indicators) if indicators else np.empty((len(nobody), 0))
    return effect_among(who, spec.exposure, spec.adjust, rows, extra=extra)


def _codes(masks: Mapping[str, Booleans], n: int) -> Ints:
    """Which centre each of n subjects is of, 0, 1, …"""
    codes: Ints = np.zeros(n, dtype=np.int64)
    for code, mask in enumerate(masks.values()):
        codes[mask] = code
    return codes


def _varies(who: Subjects, mask: Booleans) -> bool:
    return bool(np.ptp(who.event[mask]) > 0.0)


def _silent(who: Subjects, masks: Mapping[str, Booleans], label: Mapping[str, str]) -> tuple[Note, ...]:
    if who.time is not None:
        return ()
    silent = [label[level] for level, mask in masks.items() if not _varies(who, mask)]
    if not silent:
        return ()
    message = (
        f"Everybody or nobody has the event, so they say nothing beside a fixed effect of centre: {', '.join(silent)}."
    )
    return (Note("centre_without_contrast", message, "caution"),)


def _pooled(who: Subjects, made: Estimate, like: Among, contrast: str, label: str) -> EffectRow:
    """A two-stage pooled effect, from the log scale."""
    limits = np.array([made.estimate, made.lower, made.upper])
    with np.errstate(all="ignore"):
        estimate, lower, upper = np.exp(limits).tolist()
    good = made.valid and all(0.0 < value < math.inf for value in (estimate, lower, upper))
    reason = made.reason if not made.valid else "" if good else "beyond what a double holds; use a larger unit"
    shown = made if good else Estimate(n=made.n, valid=False, reason=reason, level=made.level)
    row = effect(who.ratio, POOLED, shown, contrast=contrast, label=label, unit=like.column.unit)
    if good:
        row = replace(row, estimate=plain(estimate), lower=plain(lower), upper=plain(upper))
    return replace(row, n=None, events=None, convention=contrast)


def _between(by: str, made: Heterogeneity) -> list[EffectRow]:
    i2 = effect(
        "i_squared", by, made.i2, label="I²", unit="%", scale=100.0, convention="test-based interval of Higgins"
    )
    tau2 = effect("tau_squared", by, made.tau2, label="τ² of the log ratio", convention="DerSimonian and Laird")
    return [
        test_row("heterogeneity", by, made.q, label="Cochran's Q"),
        replace(i2, n=made.k),
        replace(tau2, n=made.k),
    ]


def _not_estimated(
    each: Mapping[str, Among], able: Mapping[str, Among], lost: list[str], label: Mapping[str, str]
) -> tuple[Note, ...]:
    """Notes naming the centres outside Q, I² and τ², and those outside the interaction test."""
    notes: tuple[Note, ...] = ()
    without = {level: one for level, one in each.items() if level not in able}
    if without:
        said = "; ".join(
            f"{label[level]} ({one.ratio.reason or one.model.reason or 'separation'})" for level, one in without.items()
        )
        message = f"{len(without)} of {len(each)} centres have no estimate of their own for Q, I² and τ²: {said}."
        notes += (Note("centres_not_estimated", message, "caution"),)
    if lost:
        words = ", ".join(label[level] for level in lost)
        notes += (Note("levels_left_out", f"Not in the interaction test: {words}.", "caution"),)
    return notes


@dataclass(frozen=True, slots=True)
class _Without:
    level: str
    row: EffectRow


def _leave_one_out(
    who: Subjects,
    id: str,
    spec: CentresAnalysis,
    masks: Mapping[str, Booleans],
    label: Mapping[str, str],
    main: Effects,
) -> Effects:
    made = []
    for level in masks:
        rest = {other: mask for other, mask in masks.items() if other != level}
        found = _all(who, spec, rest, "stratified")
        row = found.row(who, spec.by, f"without_{level}", f"Without {label[level]}")
        if not rest:
            row = replace(row, reason="no other centre")
        made.append(_Without(level, row))
    known = [one for one in made if one.row.estimate is not None]
    span = []
    for contrast, pick in (("lowest", min), ("highest", max)):
        if known:
            one = pick(known, key=lambda one: float(one.row.estimate or 0.0))
            words = f"{contrast.capitalize()}: without {label[one.level]}"
            span.append(replace(one.row, term=LEFT_OUT, contrast=contrast, label=words))
        else:
            span.append(
                EffectRow(
                    quantity=who.ratio,
                    term=LEFT_OUT,
                    contrast=contrast,
                    label=contrast.capitalize(),
                    valid=False,
                    reason="no effect without a centre can be estimated",
                )
            )
    return Effects(
        id=f"{id}.{LEFT_OUT}",
        title=f"{spec.title}: leaving out one centre at a time",
        population=main.population,
        n=main.n,
        events=main.events,
        missing=main.missing,
        method=main.method,
        conventions=main.conventions,
        x_label=main.x_label,
        rows=(*span, *(one.row for one in made)),
    )
