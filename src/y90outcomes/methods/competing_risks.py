"""Cumulative incidence of an endpoint and of its competing event, and the hazard of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from y90outcomes.cohort import Cohort
from y90outcomes.derivations.events import EVENTS
from y90outcomes.estimators.aalen_johansen import CumulativeIncidence, aalen_johansen, incidence_at
from y90outcomes.estimators.cox import CoxFit, CoxTerm, cox
from y90outcomes.estimators.kaplan_meier import kaplan_meier, survival_at
from y90outcomes.estimators.numbers import Booleans, Estimate, Floats
from y90outcomes.estimators.proportional_hazards import proportional_hazards
from y90outcomes.methods.common import (
    ALL,
    COMPETING,
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
from y90outcomes.methods.design import Column, Design, complete_case, design
from y90outcomes.methods.kaplan_meier import complete, left_out
from y90outcomes.methods.late import immortal_time, late_terms
from y90outcomes.methods.notes import collinearity, few_events, no_estimate, not_proportional, small_unit
from y90outcomes.results import CurveRow, Curves, EffectRow, Effects, Note, Result
from y90outcomes.results.addresses import shortest
from y90outcomes.study.analyses import CompetingRisksAnalysis
from y90outcomes.study.endpoints import EndpointSpec, TimeToEventEndpoint
from y90outcomes.study.meaning import Meaning

CAUSES: Mapping[str, int] = {"event": 1, "competing": COMPETING}
"""Word of an address -> the state."""

Masks = dict[str, Booleans]


def competing_risks(cohort: Cohort, id: str, spec: CompetingRisksAnalysis) -> list[Result]:
    """`<id>` the curves, of `event` and `competing` and per group `<level>.event` and `<level>.competing`.

    `<id>.estimates` holds, under the same names, `cumulative_incidence/<group>/<time>` in per cent, `events/<group>`,
    and `kaplan_meier_complement/<group>/<time>`, what 1 − Kaplan–Meier would say. `<id>.hazard_ratios` holds
    `cause_specific_hazard_ratio/<term>/[<level>_vs_<first level>.]<event|competing>`. Subjects without time or state
    are left out and counted in `missing`.
    """
    selection = select(cohort, spec)
    outcome, time, _ = selection.outcome(spec.endpoint)
    state = outcome.state[selection.mask].reset_index(drop=True)
    if time is None or len(outcome.states) <= COMPETING:  # the protocol's check refuses this before any data are read
        raise ValueError(f"{spec.endpoint!r} has no competing events")
    known = complete(time, state)
    times, states = time.to_numpy(dtype=float), state.to_numpy(dtype=float)
    masks = {group: mask & known for group, mask in groups_of(selection, spec.by).items()}
    words = causes(cohort.study.endpoints[spec.endpoint])
    labels = _labels(group_labels(selection, spec.by), words)
    curves = {
        group: aalen_johansen(times[mask], states[mask], interval=spec.interval, level=spec.level)
        for group, mask in masks.items()
    }
    missing = int((~known).sum())
    notes = missing_by(selection, spec.by) + left_out(missing, len(selection))
    notes += tuple(note for note in about_endpoint(selection, spec.endpoint) if note.kind != "competing_as_censored")
    notes += immortal_time(late_terms(selection, [spec.by] if spec.by else [], spec.endpoint))
    shared: dict[str, Any] = {
        "population": selection.label,
        "n": int(known.sum()),
        "events": int((states[known] == 1).sum()),
        "missing": missing,
        "groups": labels,
        "group_title": selection.meaning(spec.by).label if spec.by else "",
    }
    made: list[Result] = [
        Curves(
            id=id,
            title=spec.title,
            method="competing_risks",
            conventions={"cumulative_incidence_interval": spec.interval},
            notes=notes,
            caption=spec.caption,
            figure=spec.figure or "",
            x_label=f"Time from {outcome.origin}",
            y_label="Cumulative incidence",
            layout={"levels": group_labels(selection, spec.by), "causes": words},
            x_unit=outcome.unit,
            rows=tuple(
                row for group, curve in curves.items() for cause in CAUSES for row in _steps(group, cause, curve)
            ),
            **shared,
        ),
        Effects(
            id=f"{id}.estimates",
            title=spec.title,
            method="competing_risks",
            conventions={"cumulative_incidence_interval": spec.interval, "kaplan_meier_interval": spec.interval},
            notes=_overstated(spec),
            rows=tuple(_estimates(spec, curves, masks, times, states, labels)),
            **shared,
        ),
    ]
    if spec.terms:
        made.append(_hazards(selection, id, spec, times, states, known, words))
    return made


def key(group: str, cause: str) -> str:
    """Name of a curve: the cause, behind the group's name where it is one."""
    return cause if group == ALL else f"{group}.{cause}"


def causes(spec: EndpointSpec) -> dict[str, str]:
    """Cause -> its printed name: "progression", "competing death"."""
    if not isinstance(spec, TimeToEventEndpoint):  # the protocol's check refuses this before any data are read
        raise ValueError("competing risks need a time-to-event endpoint")
    competing = [words for word, words in _COMPETITORS.items() if getattr(spec, word) == "compete"]
    return {
        "event": " or ".join(EVENTS[name].label for name in spec.events),
        "competing": f"competing {' or '.join(competing)}",
    }


_COMPETITORS = {
    "deaths": "death",
    "later_therapy": "anticancer therapy",
    "resection_or_transplant": "resection or transplantation",
}


def _labels(groups: Mapping[str, str], words: Mapping[str, str]) -> dict[str, str]:
    return {
        key(group, cause): f"{label}, {word}" if len(groups) > 1 else word[:1].upper() + word[1:]
        for group, label in groups.items()
        for cause, word in words.items()
    }


def _steps(group: str, cause: str, curve: CumulativeIncidence) -> list[CurveRow]:
    state = CAUSES[cause]
    made = incidence_at(curve, curve.time, state)
    columns = zip(curve.time, made, curve.at_risk, curve.events[:, state - 1], curve.censored, strict=True)
    return [
        CurveRow(
            group=key(group, cause),
            x=float(x),
            estimate=plain(one.estimate),
            lower=plain(one.lower),
            upper=plain(one.upper),
            at_risk=int(at_risk),
            events=int(events),
            censored=int(censored),
            reason=one.reason,
        )
        for x, one, at_risk, events, censored in columns
    ]


def _estimates(
    spec: CompetingRisksAnalysis, curves: Mapping[str, CumulativeIncidence], masks: Masks,
    times: Floats, states: Floats, labels: Mapping[str, str],
) -> list[EffectRow]:  # fmt: skip
    rows: list[EffectRow] = []
    for group, curve in curves.items():
        for cause, state in CAUSES.items():
            name, total = key(group, cause), int(curve.events[:, state - 1].sum())
            rows.append(EffectRow("events", name, label=labels[name], estimate=total, n=curve.n, events=total))
            for at, made in zip(spec.times, incidence_at(curve, spec.times, state), strict=True):
                rows.append(_share("cumulative_incidence", name, made, at, labels[name]))
            naive = kaplan_meier(
                times[masks[group]], states[masks[group]] == state, interval=spec.interval, level=spec.level
            )
            for at, kept in zip(spec.times, survival_at(naive, spec.times), strict=True):
                rows.append(_share("kaplan_meier_complement", name, _complement(kept), at, labels[name]))
    return rows


def _share(quantity: str, name: str, made: Estimate, at: float, label: str) -> EffectRow:
    return effect(quantity, name, made, contrast=shortest(at), label=label, unit="%", scale=100)


def _complement(made: Estimate) -> Estimate:
    """1 − S with its limits changed over."""
    return Estimate(
        1.0 - made.estimate, 1.0 - made.upper, 1.0 - made.lower, made.level, made.se, n=made.n, events=made.events,
        valid=made.valid, reason=made.reason.replace("the curve", "Kaplan–Meier's curve"), conventions=made.conventions,
    )  # fmt: skip


def _overstated(spec: CompetingRisksAnalysis) -> tuple[Note, ...]:
    if not spec.times:
        return ()
    return (
        Note(
            "complement_of_kaplan_meier",
            "The complement of Kaplan–Meier takes the other event as censored; it is printed to show by how much it "
            "overstates the share of patients who have the event.",
        ),
    )


def _hazards(
    selection: Selection, id: str, spec: CompetingRisksAnalysis, times: Floats,
    states: Floats, known: Booleans, words: Mapping[str, str],
) -> Effects:  # fmt: skip
    """One Cox model per cause, the other cause censored, on the same complete cases."""
    made = design(selection, spec.terms, known, per=spec.per, scale=spec.scale)
    rows: list[EffectRow] = []
    notes = complete_case(made)
    for cause, state in CAUSES.items():
        fit = cox(
            times[made.whole], states[made.whole] == state, made.matrix, made.names, ties=spec.ties, level=spec.level
        )
        rows += _ratios(selection, made, fit, cause, words[cause], spec.level)
        notes += few_events(fit.events, len(made.columns), what="events" if cause == "event" else "competing events")
        notes += _of_model(
            selection, spec, made, fit, rows[-len(made.columns) - 1 :], f" ({_cause(cause, words[cause])})"
        )
    notes += collinearity(selection, made)
    notes += immortal_time(late_terms(selection, spec.terms, spec.endpoint))
    return Effects(
        id=f"{id}.hazard_ratios",
        title=f"{spec.title}: cause-specific hazard ratios",
        population=selection.label,
        n=int(made.whole.sum()),
        events=int((states[made.whole] == 1).sum()),
        missing=int((~known).sum()) + made.dropped,
        method="competing_risks",
        conventions={"cox_ties": spec.ties, "cox_inference": "wald"},
        notes=notes,
        rows=tuple(rows),
    )


def _of_model(
    selection: Selection, spec: CompetingRisksAnalysis, made: Design, fit: CoxFit, rows: list[EffectRow], where: str
) -> tuple[Note, ...]:
    """Notes of one cause's model: no estimate, hazards that are not proportional, too small a unit."""
    if not fit.valid:
        return (no_estimate(fit.reason, where=where),)
    labels = {term: selection.meaning(term).label for term in made.blocks()}
    notes = not_proportional(labels, proportional_hazards(fit.kernel, made.blocks()), where)
    plain_rows = [replace(row, quantity="hazard_ratio", contrast=None) for row in rows]
    unit = small_unit(selection, plain_rows, made, spec.per, ratio="hazard_ratio")
    return notes + tuple(replace(note, message=f"{note.message[:-1]}{where}.") for note in unit)


def _cause(cause: str, word: str) -> str:
    """ "event: progression", "competing death"."""
    return word if cause in word else f"{cause}: {word}"


def _ratios(selection: Selection, made: Design, fit: CoxFit, cause: str, word: str, level: float) -> list[EffectRow]:
    rows = [
        _ratio(selection.meaning(column.term), column, term, fit, cause, word, level)
        for column, term in zip(made.columns, fit.terms, strict=True)
    ]
    label = f"Likelihood-ratio test of the model ({_cause(cause, word)})"
    return [
        *rows,
        test_row("likelihood_ratio", "model", fit.likelihood_ratio, contrast=cause, label=label, events=fit.events),
    ]


def _ratio(
    known: Meaning, column: Column, term: CoxTerm, fit: CoxFit, cause: str, word: str, level: float
) -> EffectRow:
    return EffectRow(
        quantity="cause_specific_hazard_ratio",
        term=known.name,
        contrast=f"{column.contrast}.{cause}" if column.contrast else cause,
        label=f"{column.label(known)} ({_cause(cause, word)})",
        unit=column.unit,
        estimate=plain(term.hazard_ratio),
        lower=plain(term.lower),
        upper=plain(term.upper),
        level=level,
        se=plain(term.se),
        statistic=plain(term.z),
        p=plain(term.p),
        n=fit.n,
        events=fit.events,
        valid=term.valid,
        reason=term.reason,
        convention="wald",
    )
