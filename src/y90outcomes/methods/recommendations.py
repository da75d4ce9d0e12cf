"""The 2022 recommendations against a cohort: scenarios, each rule attained or not, outcome by attainment.

Salem 2022, doi:10.1007/s00259-022-05956-w; facts and arithmetic stand in `dosimetry.recommendations` and
`dosimetry.scenarios`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort import Cohort
from y90outcomes.dosimetry import scenarios
from y90outcomes.dosimetry.recommendations import (
    NO,
    UNKNOWN,
    YES,
    Guideline,
    Reading,
    States,
    attained,
    evaluate,
    guideline,
)
from y90outcomes.estimators.kaplan_meier import kaplan_meier, median_survival
from y90outcomes.estimators.numbers import Booleans, Floats
from y90outcomes.estimators.proportions import proportion
from y90outcomes.estimators.summaries import describe
from y90outcomes.methods.common import Selection, effect, plain, select
from y90outcomes.methods.kaplan_meier import complete, left_out
from y90outcomes.methods.recommendation_facts import consistency_table, named_table, rules_table
from y90outcomes.methods.recommendation_pages import grading, overlaps, scenario_table, worked_example
from y90outcomes.results import EffectRow, Effects, Note, Result, Table, TableColumn
from y90outcomes.study.analyses import RecommendationsAnalysis

Masks = Mapping[str, Booleans]

GROUPS: Mapping[str, str] = {
    "attained": "Attained",
    "not_attained": "Not attained",
    "not_evaluable": "Not evaluable",
    "no_scenario": "No scenario, or not known",
}
"""Group of the outcome by attainment -> label."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the recommendations see of the selected patients: numbers by name (NaN missing) and the scenario of each."""

    values: Mapping[str, Floats]
    assigned: scenarios.Assigned
    reading: Reading

    def rule(self, name: str) -> tuple[States, Floats]:
        return evaluate(name, self.values, self.assigned.scenario, self.reading)

    def overall(self, alternative: str) -> States:
        reading = Reading(
            self.reading.normal_voi, self.reading.lobar_limit, self.reading.bilobar_range,
            self.reading.require_reserve, alternative,
        )  # fmt: skip
        return attained(self.values, self.assigned.scenario, reading)


def recommendations(cohort: Cohort, id: str, spec: RecommendationsAnalysis) -> list[Result]:
    """The attainment table and its companions.

    `<id>/<scenario>:<rule>/<column>`        n in the scenario, attained, not_attained, not_evaluable, percent with
                                             limits, margin (median, q1, q3), degree, consensus; `<scenario>:any` and
                                             `<scenario>:<alternative>` for the core rules together
    `<id>.scenarios/<scenario>:<reason>/…`   patients by scenario and reason, missing ones by the input that is missing
    `<id>.overlaps/<scenario>:<others>/n`    patients who meet the definition of other scenarios too
    `<id>.response/rate/<group>`, `<id>.survival/median/<group>`  outcome by attainment, where the page names endpoints
    `<id>.worked_example`, `<id>.grading`    the paper's example of net activity, and its degrees and consensus
    `<id>.rules`, `<id>.named`, `<id>.consistency`  the limits held, other numbers named, statements computed again
    A patient whose rule is not evaluable is shown apart and, by default, counts as not attained in the percentage.
    """
    selection, guide = select(cohort, spec), guideline()
    seen = _see(selection, spec)
    made: list[Result] = [
        _attainment(selection, id, spec, guide, seen),
        scenario_table(f"{id}.scenarios", selection, seen.assigned),
        overlaps(f"{id}.overlaps", selection, seen.assigned),
    ]
    groups = _by_attainment(seen.overall(spec.alternative), seen.assigned)
    made += _response(selection, id, spec, groups) + _survival(selection, id, spec, groups)
    facts: list[Result] = [
        rules_table(f"{id}.rules"),
        named_table(f"{id}.named"),
        consistency_table(f"{id}.consistency"),
    ]
    return [*made, worked_example(f"{id}.worked_example"), grading(f"{id}.grading"), *facts]


def _see(selection: Selection, spec: RecommendationsAnalysis) -> _Seen:
    count = len(selection)

    def numbers(name: str) -> Floats:
        given = getattr(spec.inputs, name)
        if given is None:
            return np.full(count, np.nan)
        values = selection.values(given)
        if not selection.meaning(given).numeric:  # Child–Pugh as A5 … C15
            values = values.str.extract(r"(\d+)$", expand=False)
        return np.asarray(pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan))

    def codes(name: str) -> npt.NDArray[np.object_]:
        given = getattr(spec.inputs, name)
        if given is None:
            return np.full(count, None, dtype=object)
        return scenarios.codes(selection.values(given))

    facts = scenarios.facts(
        codes("pvtt_class"), codes("hvtt_class"), numbers("segments_perfused"), codes("approach"), codes("intent"),
        codes("bilobar"), numbers("tumour_count"), codes("tumour_count_open"), numbers("lesion_count"),
        segmental_thrombus=spec.segmental_thrombus, lobectomy_intents=spec.lobectomy_intents, sectorial=spec.sectorial,
        blank_intent=spec.blank_intent,
    )  # fmt: skip
    names = ("bilirubin", "tumour_dose", "perfused_normal_dose", "whole_normal_dose", "perfused_dose",
             "whole_liver_dose", "reserve")  # fmt: skip
    values = {name: numbers(name) for name in names} | {"child_pugh_points": numbers("child_pugh")}
    reading = Reading(spec.normal_voi, spec.lobar_limit, spec.bilobar_range, spec.require_reserve, spec.alternative)
    return _Seen(values, scenarios.assign(facts), reading)


_COLUMNS = (
    TableColumn("key", "Key"),
    TableColumn("scenario", "Scenario"),
    TableColumn("rule", "Rule"),
    TableColumn("part", "Part"),
    TableColumn("n", "n", "integer"),
    TableColumn("attained", "Attained", "integer"),
    TableColumn("not_attained", "Not attained", "integer"),
    TableColumn("not_evaluable", "Not evaluable", "integer"),
    TableColumn("percent", "Attained", "number", "%"),
    TableColumn("lower", "CI from", "number", "%"),
    TableColumn("upper", "CI to", "number", "%"),
    TableColumn("margin", "Median margin", "number"),
    TableColumn("q1", "Q1", "number"),
    TableColumn("q3", "Q3", "number"),
    TableColumn("unit", "Unit"),
    TableColumn("degree", "Degree"),
    TableColumn("consensus", "Consensus"),
)


def _attainment(selection: Selection, id: str, spec: RecommendationsAnalysis, guide: Guideline, seen: _Seen) -> Table:
    rows: list[tuple[Any, ...]] = []
    for number, page in guide.scenarios.items():
        here = seen.assigned.scenario == number
        ends = (page.degree, guide.consensus[page.consensus]["label"])
        head = (number, f"{number} {page.label} (degree {ends[0]}, consensus {ends[1].lower()})")
        for name in guide.rules_of(number):
            rule = guide.rules[name]
            state, margin = seen.rule(name)
            rows.append(
                (*_cells(head, name, rule.label, rule.parts[number], state[here], spec),
                 *_spread(margin[here], spec), rule.unit, *ends)
            )  # fmt: skip
        for name in ("any", *page.alternatives):
            label = "Recommendation attained" if name == "any" else guide.alternatives[name]
            part = "any alternative" if name == "any" else "alternative"
            state = seen.overall(name)[here]
            rows.append((*_cells(head, name, label, part, state, spec), None, None, None, "", *ends))
    return Table(
        id=id,
        title=spec.title,
        population=selection.label,
        n=len(selection),
        missing=int(pd.isna(seen.assigned.scenario).sum()),
        method=f"Attainment of the recommendations of {guide.citation['short']} (doi:{guide.citation['doi']})",
        conventions={"proportion_interval": spec.interval, "quantile_type": spec.quantile_type},
        notes=_notes(spec, guide),
        caption=spec.caption,
        columns=_COLUMNS,
        layout={"heading": "scenario", "hidden": ["q1", "q3", "degree", "consensus"]},
        rows=tuple(rows),
    )


def _cells(
    head: tuple[str, str], name: str, label: str, part: str, state: States, spec: RecommendationsAnalysis
) -> tuple[Any, ...]:
    yes, no, unknown = (int((state == value).sum()) for value in (YES, NO, UNKNOWN))
    total = yes + no + (unknown if spec.not_evaluable == "not_attained" else 0)
    made = proportion(yes, total, interval=spec.interval, level=spec.level)
    share = [100 * yes / total if total else None, plain(100 * made.lower), plain(100 * made.upper)]
    return f"{head[0]}:{name}", head[1], label, part, len(state), yes, no, unknown, *share


def _spread(margin: Floats, spec: RecommendationsAnalysis) -> tuple[Any, ...]:
    made = describe(margin, spec.quantile_type)
    return plain(made.median), plain(made.q1), plain(made.q3)


def _notes(spec: RecommendationsAnalysis, guide: Guideline) -> tuple[Note, ...]:
    how = {"not_attained": "counts as not attained", "excluded": "is left out of it"}[spec.not_evaluable]
    notes = [
        Note(
            "percentage", f"The percentage is of the patients of the scenario; one whose rule is not evaluable {how}."
        ),
        Note("margin", "A margin is the distance to the nearer limit, positive where the rule is attained."),
    ]
    lacking = [name.replace("_", " ") for name in type(spec.inputs).model_fields if getattr(spec.inputs, name) is None]
    if lacking:
        notes.append(
            Note(
                "no_input", f"The protocol gives no {', '.join(lacking)}; what needs them is not evaluable.", "caution"
            )
        )
    for name, said in guide.open.items():
        given = getattr(spec, name, None)
        here = f" Here: {_said(given)}." if given is not None else " Here: as the protocol's variable says."
        notes.append(Note(f"open_{name}", said + here))
    notes += [Note(f"not_evaluated_{name}", f"Not evaluated: {said}") for name, said in guide.not_evaluated.items()]
    return tuple(notes)


def _said(value: object) -> str:
    return (
        {True: "asked for", False: "not asked for"}[value] if isinstance(value, bool) else str(value).replace("_", " ")
    )


def _by_attainment(overall: States, assigned: scenarios.Assigned) -> Masks:
    none = pd.isna(assigned.scenario) | (assigned.scenario == "none")
    return {
        "attained": ~none & (overall == YES),
        "not_attained": ~none & (overall == NO),
        "not_evaluable": ~none & (overall == UNKNOWN),
        "no_scenario": none,
        "all": np.ones(len(overall), dtype=bool),
    }


_UNADJUSTED = Note("unadjusted", "Groups are compared as they are: attainment was not allocated, nothing is adjusted.")


def _effects(id: str, title: str, selection: Selection, rows: list[EffectRow], **more: Any) -> Effects:
    return Effects(
        id=id,
        title=title,
        population=selection.label,
        groups={**GROUPS, "all": "All"},
        group_title="Recommendation of the scenario",
        rows=tuple(rows),
        **more,
    )


def _response(selection: Selection, id: str, spec: RecommendationsAnalysis, groups: Masks) -> list[Result]:
    if spec.response is None:
        return []
    outcome, _, state = selection.outcome(spec.response)
    rows = []
    for group, mask in groups.items():
        known = state[mask].dropna()
        made = proportion(int(known.sum()), len(known), interval=spec.interval, level=spec.level)
        rows.append(effect("rate", group, made, label=GROUPS.get(group, "All"), unit="%", scale=100))
    return [
        _effects(
            f"{id}.response", f"{spec.title}: {outcome.label} by attainment", selection, rows, n=len(selection),
            events=int(state.sum()), missing=int(state.isna().sum()), method=f"Rate of {outcome.label}",
            conventions={"proportion_interval": spec.interval}, notes=(_UNADJUSTED,),
        )
    ]  # fmt: skip


def _survival(selection: Selection, id: str, spec: RecommendationsAnalysis, groups: Masks) -> list[Result]:
    if spec.survival is None:
        return []
    outcome, time, state = selection.outcome(spec.survival)
    if time is None:  # the protocol's check refuses this before any data are read
        raise ValueError(f"{spec.survival!r} has no times")
    known = complete(time, state)
    rows = []
    for group, mask in groups.items():
        inside = mask & known
        curve = kaplan_meier(
            time[inside].to_numpy(), state[inside].to_numpy(), interval=spec.curve_interval, level=spec.level
        )
        made = median_survival(curve, spec.median)
        rows.append(effect("median", group, made, label=GROUPS.get(group, "All"), unit=outcome.unit))
    missing = int((~known).sum())
    return [
        _effects(
            f"{id}.survival", f"{spec.title}: {outcome.label} by attainment", selection, rows,
            n=int(known.sum()), events=int(state[known].sum()), missing=missing, method="kaplan_meier",
            conventions={"kaplan_meier_interval": spec.curve_interval, "median_rule": spec.median},
            notes=(_UNADJUSTED, *left_out(missing, len(selection))),
        )
    ]  # fmt: skip
