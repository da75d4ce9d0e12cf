"""The effect of one exposure in every level of subgroups, with interaction tests, for a forest plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.model_family import Ratio, Reported, fit_model, likelihood_ratio, report
from y90outcomes.estimators.numbers import Booleans, Floats, Ints, Test, invalid_test
from y90outcomes.methods.common import test_row
from y90outcomes.methods.design import Column, complete_case, design
from y90outcomes.methods.models import (
    FAMILIES,
    POOLED,
    Subjects,
    estimate_notes,
    exposure_notes,
    hazards_note,
    rarer,
    ratio_row,
    subjects,
)
from y90outcomes.methods.notes import FEW_EVENTS
from y90outcomes.results import EffectRow, Effects, Note, Result
from y90outcomes.study.analyses import SubgroupsAnalysis


def subgroups(cohort: Cohort, id: str, spec: SubgroupsAnalysis) -> list[Result]:
    """`<id>/<ratio>/all`, then `<id>/<ratio>/<subgroup>/<level>` and `<id>/interaction/<subgroup>`.

    Each level has its own model on its own subjects. The interaction test compares, by likelihood ratio, models of all
    subjects with and without exposure × subgroup, adjusted alike; levels whose effect has no finite maximum-likelihood
    estimate are left out of it and named.
    """
    return subgroups_among(subjects(cohort, spec), id, spec)


def subgroups_among(who: Subjects, id: str, spec: SubgroupsAnalysis) -> list[Result]:
    """`subgroups` of subjects already chosen."""
    terms = [spec.exposure, *spec.adjust]
    whole = design(who.selection, terms, who.usable, per=spec.per, scale=spec.scale)
    overall = effect_among(who, spec.exposure, spec.adjust, whole.whole)
    made = [overall]
    rows = [overall.row(who, POOLED, None, "All")]
    said: list[str] = []
    notes: tuple[Note, ...] = ()
    for name in spec.subgroups:
        known, values = who.selection.meaning(name), who.selection.values(name)
        adjust = [term for term in spec.adjust if term != name]
        masks = {level: whole.whole & values.eq(level).fillna(False).to_numpy(dtype=bool) for level in known.levels}
        masks = {level: mask for level, mask in masks.items() if mask.any()}
        notes += missing_values(who, name, whole.whole)
        for level, mask in masks.items():
            found = effect_among(who, spec.exposure, adjust, mask)
            label = f"{known.label}: {known.levels[level]}"
            made.append(found)
            rows.append(found.row(who, name, level, label))
            said += [f"{who.selection.meaning(term).label} ({label})" for term in found.left_out]
        test, lost = interaction(who, spec.exposure, adjust, masks)
        rows.append(test_row("interaction", name, test, label=f"Interaction with {known.label}"))
        if lost:
            words = ", ".join(known.levels[level] for level in lost)
            notes += (Note("levels_left_out", f"Not in the interaction test of {known.label}: {words}.", "caution"),)
    column = overall.column
    exposure = who.selection.meaning(spec.exposure)
    return [
        Effects(
            id=id,
            title=spec.title,
            population=who.selection.label,
            n=overall.model.n,
            events=overall.model.events,
            missing=who.missing + whole.dropped,
            method=f"{FAMILIES[spec.family]} of {who.label}, a model per level",
            conventions=who.conventions,
            notes=(
                *who.notes([*terms, *spec.subgroups]),
                *complete_case(whole),
                *notes,
                *few_in(who, rows),
                *dropped(said),
                *estimate_notes([one.model for one in made]),
                *exposure_notes(who, spec.exposure, whole, rows[0]),
                *hazards_note(who, whole),
                _how(len(spec.subgroups)),
            ),
            caption=spec.caption,
            figure=spec.figure or "",
            x_label=f"{column.label(exposure)}, {column.unit}" if column.unit else column.label(exposure),
            layout={
                "headings": {name: who.selection.meaning(name).label for name in spec.subgroups},
            },
            rows=tuple(rows),
        )
    ]


@dataclass(frozen=True, slots=True)
class Among:
    """The exposure's effect among some subjects: its ratio and column, the model, adjusting terms that do not vary."""

    ratio: Ratio
    column: Column
    model: Reported
    left_out: tuple[str, ...] = field(default=())

    def row(self, who: Subjects, term: str, contrast: str | None, label: str) -> EffectRow:
        """The effect as a row."""
        return ratio_row(who, self.ratio, self.model, term=term, contrast=contrast, label=label, unit=self.column.unit)


def effect_among(
    who: Subjects, exposure: str, adjust: Sequence[str], mask: Booleans, strata: Ints | None = None,
    extra: Floats | None = None,
) -> Among:  # fmt: skip
    """The effect of `exposure` among the rows of `mask`, beside `adjust`, in `strata` or beside the columns `extra`
    (n, k). Adjusting columns that do not vary there are left out."""
    spec = who.spec
    made = design(who.selection, [exposure, *adjust], mask, per=spec.per, scale=spec.scale)
    part, blocks = made.matrix, made.blocks()
    positions = blocks[exposure]
    varies = [bool(len(part)) and bool(np.ptp(part[:, i]) > 0.0) for i in range(part.shape[1])]
    kept = positions + [i for term in adjust for i in blocks[term] if varies[i]]
    left_out = tuple(term for term in adjust if len(part) and not any(varies[i] for i in blocks[term]))
    matrix, names = part[:, kept], [made.columns[i].name for i in kept]
    if extra is not None:
        beside = extra[made.whole]
        beside = beside[:, np.ptp(beside, axis=0) > 0.0] if len(beside) else beside[:, :0]
        matrix = np.column_stack([matrix, beside])
        names += [f"stratum {i + 2}" for i in range(beside.shape[1])]
    model = report(who.response(made.whole, strata), matrix, names, only=[0])
    ratio = model.terms[0]
    if len(positions) != 1:
        ratio = Ratio(exposure, valid=False, reason=f"the exposure has {len(positions) + 1} levels, not two")
    return Among(ratio, made.columns[positions[0]], model, left_out)


def interaction(
    who: Subjects, exposure: str, adjust: Sequence[str], masks: dict[str, Booleans], *, stratified: bool = False
) -> tuple[Test, list[str]]:
    """The likelihood-ratio test of exposure × level, and the levels it leaves out for want of an estimate.

    Levels enter as main effects; `stratified` gives a Cox model a baseline hazard per level instead.
    """
    spec = who.spec
    able = {}
    for level, mask in masks.items():
        made = design(who.selection, [exposure], mask, per=spec.per, scale=spec.scale)
        if fit_model(who.response(mask), made.matrix, made.names).valid and made.matrix.shape[1] == 1:
            able[level] = mask
    lost = [level for level in masks if level not in able]
    if len(able) < 2:
        reason = "fewer than two levels in which the effect can be estimated"
        return invalid_test("interaction", reason, n=sum(int(mask.sum()) for mask in able.values())), lost
    rows = np.logical_or.reduce(list(able.values()))
    made = design(who.selection, [exposure, *adjust], rows, per=spec.per, scale=spec.scale)
    positions = made.blocks()[exposure]
    kept = positions + [i for i in range(len(made.columns)) if i not in positions and np.ptp(made.matrix[:, i]) > 0.0]
    matrix, names = made.matrix[:, kept], [made.columns[i].name for i in kept]
    levels = list(able)
    indicators = np.column_stack([able[level][rows] for level in levels[1:]]).astype(float)
    codes = np.zeros(len(rows), dtype=np.int64)
    for code, level in enumerate(levels):
        codes[able[level]] = code
    outcome = who.response(rows, codes if stratified and who.time is not None else None)
    if outcome.strata is None:
        matrix = np.column_stack([matrix, indicators])
        names += [f"level {level}" for level in levels[1:]]
    x = matrix[:, :1] / (np.abs(matrix[:, 0]).max() or 1.0)
    crossed = (x - x.mean()) * indicators
    small = fit_model(outcome, matrix, names)
    large = fit_model(
        outcome, np.column_stack([matrix, crossed]), names + [f"exposure in {level}" for level in levels[1:]]
    )
    return likelihood_ratio(small, large, "interaction"), lost


def missing_values(who: Subjects, name: str, among: Booleans) -> tuple[Note, ...]:
    """A note where subjects of `among` lack the variable that groups them."""
    lost = int((who.selection.values(name).isna().to_numpy(dtype=bool) & among).sum())
    if not lost:
        return ()
    label = who.selection.meaning(name).label
    message = f"{label} is missing for {lost} of {int(among.sum())}; they stand in no group."
    return (Note("missing_group", message, "caution"),)


def few_in(who: Subjects, rows: Sequence[EffectRow], *, under: str = "") -> tuple[Note, ...]:
    """A note naming the rows with fewer than ten events, or than ten of the rarer outcome; levels of one variable
    `under` its label are named without it."""
    few = []
    what = ""
    for row in rows:
        if row.quantity == who.ratio and row.n is not None and row.events is not None and row.contrast:
            count, what = rarer(who, int(row.n), int(row.events))
            if count < FEW_EVENTS:
                few.append(f"{row.label.removeprefix(f'{under}: ')} ({count})")
    if not few:
        return ()
    what = f"fewer than {FEW_EVENTS} " + ("events" if who.time is not None else "of the rarer outcome")
    return (Note("few_events", f"Levels with {what}: {', '.join(few)}.", "caution"),)


def dropped(said: Sequence[str]) -> tuple[Note, ...]:
    """A note naming the adjusting terms that do not vary within a level."""
    if not said:
        return ()
    return (Note("adjustment_left_out", f"Left out of the adjustment, being constant there: {', '.join(said)}."),)


def _how(count: int) -> Note:
    tests = "One interaction test" if count == 1 else f"{count} interaction tests, not adjusted for their number"
    return Note(
        "subgroups",
        f"Each level has its own model. {tests}: likelihood ratio of exposure × subgroup in one model of all levels. A "
        "small p in one level and a large one in another is no evidence of a difference.",
    )
