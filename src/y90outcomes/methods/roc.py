"""ROC curves: areas with intervals, their paired comparison, cutoffs by rule with the accuracy at each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from y90outcomes.cohort import Cohort
from y90outcomes.estimators.accuracy import MEASURES, accuracy, accuracy_clustered
from y90outcomes.estimators.auc import auc, compare_auc, placements, reason_of
from y90outcomes.estimators.auc_clustered import ClusteredAuc, auc_clustered, compare_auc_clustered
from y90outcomes.estimators.cutpoints import Cutpoint, Cutpoints, cutpoints, fixed_cutpoint
from y90outcomes.estimators.intraclass import intraclass_correlation
from y90outcomes.estimators.numbers import Booleans, Estimate, Floats, Ints
from y90outcomes.estimators.roc import Roc
from y90outcomes.estimators.roc import roc as estimate
from y90outcomes.methods.common import Selection, effect, plain, select, test_row
from y90outcomes.results import CurveRow, Curves, EffectRow, Effects, Note, Result
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import CutoffRule, RocAnalysis

RULES = {
    "youden": "Greatest Youden index",
    "closest_topleft": "Closest to the top left corner",
    "sensitivity": "Sensitivity at least {at}%",
    "specificity": "Specificity at least {at}%",
    "fixed": "Fixed beforehand",
}
"""How a rule of the protocol is printed."""
DATA_DRIVEN = Note(
    "data_driven_cutoff",
    "Cutoffs were chosen from these data: sensitivity, specificity and what follows from them are optimistic here, and "
    "a p value of groups cut there means little; only other patients can test a cutoff.",
    "warning",
)
OTHER = {"higher": "lower", "lower": "higher"}


@dataclass(frozen=True, slots=True, eq=False)
class _Data:
    """Complete cases: `values` (n, k) of the variables `names`, `event` (n,), `cluster` codes (n,), `by` whom.

    Without clusters each subject is its own and `by` is "".
    """

    names: tuple[str, ...]
    directions: tuple[str, ...]
    values: Floats
    event: Booleans
    cluster: Ints
    by: str

    @property
    def nested(self) -> bool:
        """Some cluster holds more than one subject."""
        return len(np.unique(self.cluster)) < len(self.cluster)


def roc(cohort: Cohort, id: str, spec: RocAnalysis) -> list[Result]:
    """`<id>` the curves, `<id>.estimates` areas and paired differences, `<id>.cutoffs` cutoffs and accuracy there.

    A curve's row holds the greatest sensitivity at its x = 1 − specificity; `events` counts the events gained at that
    x, `censored` the subjects without the event that became positive on the way to it, `at_risk` those not yet
    positive before. All areas are of the subjects with the endpoint and every variable.
    """
    selection = select(cohort, spec)
    data, missing, notes = _data(selection, spec)
    curves = [
        estimate(column, data.event, direction=word)
        for column, word in zip(data.values.T, data.directions, strict=True)
    ]
    rows, about = _areas(selection, spec, data)
    reason = reason_of(placements(data.values[:, 0], data.event, direction=spec.direction))
    drawn = 0 < data.event.sum() < len(data.event)
    if not drawn:
        notes += (Note("no_curve", f"No curve: {reason.removeprefix('no area: ')}.", "caution"),)
    shared: dict[str, Any] = {
        "title": spec.title,
        "population": selection.label,
        "n": len(data.event),
        "events": int(data.event.sum()),
        "missing": missing,
        "method": "roc",
        "groups": {name: selection.meaning(name).label for name in data.names},
    }
    made: list[Result] = [
        Curves(
            id=id,
            notes=notes,
            caption=spec.caption,
            figure=spec.figure or "",
            x_label="1 − specificity",
            y_label="Sensitivity",
            x_unit="",
            layout={"direction": spec.direction},
            rows=tuple(_steps(data.names, curves)) if drawn else (),
            **shared,
        ),
        Effects(
            id=f"{id}.estimates",
            conventions={"auc_interval": spec.interval, "auc_variance": "obuchowski" if spec.cluster else "delong"},
            notes=about,
            rows=tuple(rows),
            **shared,
        ),
    ]
    if spec.cutoffs:
        made.append(_cutoffs(f"{id}.cutoffs", selection, spec, data, curves[0], shared))
    return made


def _data(selection: Selection, spec: RocAnalysis) -> tuple[_Data, int, tuple[Note, ...]]:
    """Complete cases, how many are not, and the notes about both and about directions."""
    outcome, _, state = selection.outcome(spec.endpoint)
    names = (spec.variable, *spec.against)
    values = np.column_stack([selection.values(name).to_numpy(dtype=float) for name in names])
    known, there = state.notna().to_numpy(dtype=bool), ~np.isnan(values)
    whole = known & there.all(axis=1)
    notes = []
    if not known.all():
        lost = int((~known).sum())
        message = f"{outcome.label} is missing for {lost} of {len(selection)}."
        notes.append(Note("missing_outcome", message, "caution"))
    if dropped := int((known & ~whole).sum()):
        lacking = [(selection.meaning(name).label, int((known & ~there[:, j]).sum())) for j, name in enumerate(names)]
        said = ", ".join(f"{label} {count}" for label, count in lacking if count)
        message = f"{whole.sum()} complete cases of {known.sum()}: {dropped} lack a value (missing: {said})."
        notes.append(Note("complete_case", message, "caution"))
    directions = tuple(OTHER[spec.direction] if name in spec.opposite else spec.direction for name in names)
    said = "; ".join(
        f"{word} values of {selection.meaning(name).label}" for name, word in zip(names, directions, strict=True)
    )
    notes.append(Note("direction", f"Taken to speak for {outcome.label}, by the protocol: {said}."))
    by = spec.cluster or ("patient" if selection.grain == "lesion" else "")
    cluster = selection.clusters(by) if by else np.arange(len(selection))
    hit = state.to_numpy(dtype=float)[whole] == 1.0
    data = _Data(names, directions, values[whole], hit, cluster[whole], by)
    return data, int((~whole).sum()), tuple(notes)


def _areas(selection: Selection, spec: RocAnalysis, data: _Data) -> tuple[list[EffectRow], tuple[Note, ...]]:
    """Rows of the areas and their differences, and what to know about them."""
    rows, below, robust = [], [], []
    options: dict[str, Any] = {"interval": spec.interval, "level": spec.level}
    for name, word, column in zip(data.names, data.directions, data.values.T, strict=True):
        label = selection.meaning(name).label
        made = auc(column, data.event, direction=word, **options)
        beside: Estimate | None = None
        if data.nested or spec.cluster:
            both = auc_clustered(column, data.event, data.cluster, direction=word, **options)
            robust.append((label, column, both))
            made, beside = (both.clustered, both.naive) if spec.cluster else (both.naive, both.clustered)
        rows.append(_area("auc", name, label, made))
        if beside is not None:
            rows.append(_area("auc_independent" if spec.cluster else "auc_clustered", name, label, beside))
        if made.estimate < 0.5:
            below.append(label)
    if spec.against:
        rows += _differences(selection, spec, data)
    notes = []
    if below:
        message = (
            f"Area below 0.5: in these data the values speak against the protocol's direction ({', '.join(below)})."
        )
        notes.append(Note("auc_below_half", message, "caution"))
    if robust and data.nested:
        notes.append(_clusters(spec, data, robust, f"{selection.grain}s"))
    return rows, tuple(notes)


def _area(quantity: str, name: str, label: str, made: Estimate) -> EffectRow:
    return effect(quantity, name, made, label=label, convention=_used(made))


def _used(made: Estimate) -> str:
    return "; ".join(f"{item}={name}" for item, name in made.conventions.items())


def _differences(selection: Selection, spec: RocAnalysis, data: _Data) -> list[EffectRow]:
    """The area of each variable of `against` minus that of the first, and of several one joint test."""
    if spec.cluster:
        made = compare_auc_clustered(data.values, data.event, data.cluster, direction=data.directions, level=spec.level)
    else:
        made = compare_auc(data.values, data.event, direction=data.directions, level=spec.level)
    first = selection.meaning(spec.variable).label
    rows = [
        effect(
            "auc_difference",
            f"{name}_vs_{spec.variable}",
            gap,
            label=f"{selection.meaning(name).label} minus {first}",
            convention=_used(gap),
        )
        for name, gap in zip(spec.against, made.differences, strict=True)
    ]
    if len(spec.against) > 1:
        label = "All areas equal"
        rows.append(test_row("auc_equality", "areas", made.joint, label=label, events=int(data.event.sum())))
    return rows


def _clusters(spec: RocAnalysis, data: _Data, robust: list[tuple[str, Floats, ClusteredAuc]], grain: str) -> Note:
    """What nesting does to the variance: design effects, and how alike the values of a cluster are."""
    _, column, made = robust[0]
    alike = intraclass_correlation(column, data.cluster).estimate
    ratios = [f"{both.design_effect:.2f} for {label}" for label, _, both in robust if both.design_effect > 0]
    size = f"{len(data.event)} {grain} of {made.clusters} {data.by}s"
    effects = f" Obuchowski's variance over DeLong's: {', '.join(ratios)}." if ratios else ""
    within = f" Intraclass correlation of {robust[0][0]}: {alike:.2f}." if np.isfinite(alike) else ""
    if spec.cluster:
        return Note("clusters", f"{size}: the interval allows for it (Obuchowski).{effects}{within}")
    message = (
        f"{size} are taken as independent, which they are not.{effects}{within} Obuchowski's interval stands beside; "
        "`cluster: patient` puts it first, and allows for it at the cutoffs."
    )
    return Note("lesions_independent", message, "caution")


def _steps(names: tuple[str, ...], curves: list[Roc]) -> list[CurveRow]:
    rows = []
    for name, curve in zip(names, curves, strict=True):
        last = np.concatenate((np.flatnonzero(np.diff(curve.fp)), [len(curve.fp) - 1]))  # the top of each vertical
        first = np.concatenate(([0], last[:-1] + 1))
        before = np.concatenate(([0], curve.fp[last[:-1]]))
        columns = zip(
            curve.fp[last] / curve.nonevents,
            curve.sensitivity[last],
            curve.nonevents - before,
            curve.tp[last] - curve.tp[first],
            curve.fp[last] - before,
            strict=True,
        )
        reason = "no pointwise band: the curve's x is estimated too"
        rows += [
            CurveRow(name, float(x), float(y), None, None, int(left), int(gained), int(passed), reason)
            for x, y, left, gained, passed in columns
        ]
    return rows


def _cutoffs(
    id: str, selection: Selection, spec: RocAnalysis, data: _Data, curve: Roc, shared: dict[str, Any]
) -> Effects:
    """Every cutoff of every rule with its accuracy: `<measure>/<rule>[_<at>][/<k>]`, k from the second optimum on."""
    known = selection.meaning(spec.variable)
    rows: list[EffectRow] = []
    notes = [DATA_DRIVEN] if any(rule.rule != "fixed" for rule in spec.cutoffs) else []
    notes.append(Note("counts", "Of a share, n is the denominator and events the numerator."))
    if data.nested and not spec.cluster:
        message = f"The intervals take {selection.grain}s of one {data.by} as independent, which they are not."
        notes.append(Note("lesions_independent", message, "caution"))
    for rule in spec.cutoffs:
        words = RULES[rule.rule].format(at=f"{100 * (rule.at or 0.0):g}")
        term = rule.rule if rule.at is None else f"{rule.rule}_{shortest(rule.at)}"
        found = _found(curve, rule, spec.cutoff_value)
        if not found.found:
            rows.append(EffectRow("cutoff", term, None, words, known.unit, valid=False, reason=found.reason,
                                  n=len(data.event), events=curve.events))  # fmt: skip
        if len(found.found) > 1:
            message = f"{words}: {len(found.found)} cutoffs are equally good; all are listed."
            notes.append(Note("several_optima", message))
        for number, cut in enumerate(found.found, start=1):
            label = f"{words}: {cut.rule} {shortest(cut.value)} {known.unit}".strip()
            rows += _at_cutoff(term, str(number) if number > 1 else None, label, known.unit, cut, rule, spec, data)
    conventions = {} if spec.cluster is None else {"clustered_accuracy_interval": "ratio_logit"}
    if not spec.cluster:
        conventions |= {"proportion_interval": spec.accuracy_interval, "likelihood_ratio_interval": "log"}
    if spec.prevalence is not None:
        conventions["predictive_value_interval"] = "logit_delta"
        message = f"Predictive values are for a prevalence of {100 * spec.prevalence:g}%, not that of these data."
        notes.append(Note("prevalence", message))
    if any(rule.rule != "fixed" for rule in spec.cutoffs):
        conventions["cutoff_value"] = spec.cutoff_value
    alone = shared | {"groups": {}}
    return Effects(id=id, conventions=conventions, notes=tuple(notes), rows=tuple(rows), **alone)


def _found(curve: Roc, rule: CutoffRule, cutoff_value: str) -> Cutpoints:
    if rule.rule == "fixed":
        return Cutpoints((fixed_cutpoint(curve, float(rule.at or 0.0)),))
    return cutpoints(curve, rule.rule, at=rule.at, cutoff_value=cutoff_value)


def _at_cutoff(
    term: str, contrast: str | None, label: str, unit: str, cut: Cutpoint, rule: CutoffRule, spec: RocAnalysis,
    data: _Data,
) -> list[EffectRow]:  # fmt: skip
    """The cutoff and the measures there; n and events of each share are its denominator and numerator."""
    how = "fixed" if rule.rule == "fixed" else spec.cutoff_value
    value = EffectRow("cutoff", term, contrast, label, unit, plain(cut.value), n=len(data.event),
                      events=int(data.event.sum()), convention=f"cutoff_value={how}")  # fmt: skip
    options: dict[str, Any] = {"level": spec.level, "prevalence": spec.prevalence}
    if spec.cluster:
        scores, limit = data.values[:, 0], cut.value if rule.rule == "fixed" else cut.observed
        positive = scores >= limit if spec.direction == "higher" else scores <= limit
        made = accuracy_clustered(positive, data.event, data.cluster, **options)
    else:
        made = accuracy(cut.tp, cut.fp, cut.fn, cut.tn, interval=spec.accuracy_interval, **options)
    rows = [value]
    for name in MEASURES:
        share = not name.startswith("lr_")
        look: dict[str, Any] = {"unit": "%", "scale": 100} if share else {}
        rows.append(
            effect(name, term, made[name], contrast=contrast, label=label, convention=_used(made[name]), **look)
        )
    return rows
