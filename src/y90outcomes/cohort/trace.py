"""`y90 trace`: why one subject has this value: the rule, the rows that decided, the alternatives not taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from y90outcomes.cohort.columns import Columns, columns_of
from y90outcomes.cohort.eligibility import FAILS, MEETS, states
from y90outcomes.cohort.needs import alternatives, in_words
from y90outcomes.cohort.outcomes import outcome
from y90outcomes.cohort.records import provenance
from y90outcomes.cohort.why import explain_outcome
from y90outcomes.derivations.catalogue import EVENTS, VARIABLES
from y90outcomes.derivations.rollups import ROLLUPS
from y90outcomes.derivations.rules import default_words, settled, words
from y90outcomes.derivations.types import Step
from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.registry import Registry
from y90outcomes.study.meaning import meaning
from y90outcomes.study.model import Study
from y90outcomes.study.variables import CutVariable, DerivedVariable, GroupedVariable


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a trace, indented by `depth`; `place` is the row of the raw file it stands in."""

    depth: int
    text: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Subject:
    """The patient traced, its lesions, and what is asked about: positions in the registry."""

    patient: int
    lesions: tuple[int, ...]
    grain: str

    def positions(self, grain: str) -> tuple[int, ...]:
        return self.lesions if grain == "lesion" else (self.patient,)


def trace(study: Study, registry: Registry, subject: str, name: str | None = None) -> tuple[Line, ...]:
    """Why a subject has its values.

    subject  `patient`, `centre/patient` where the same pseudonym stands in several centres, `centre/patient/lesion`
    name     a variable or an endpoint of the protocol; None lists eligibility and every value with its row
    raises   InputError for a subject or name that is not there
    """
    if name is not None and name not in study.variables and name not in study.endpoints:
        known = [*study.variables, *study.endpoints]
        raise InputError(Fault(f"variable {name!r}", "not in the protocol", choices(name, known)))
    columns = columns_of(study, registry)
    who = _find(columns, subject)
    if name is None:
        return (*_eligibility(columns, who), *_overview(columns, who))
    if name in study.endpoints:
        return tuple(_endpoint(columns, who, name))
    return tuple(_variable(columns, who, name, 0))


def _find(columns: Columns, subject: str) -> _Subject:
    people = columns.people
    keys = people.patients["centre"].astype(str) + "/" + people.patients["patient_id"].astype(str)
    parts = subject.split("/")
    for lesion in (False, True):
        own = parts[:-1] if lesion else parts
        wanted = "/".join(own)
        hits = np.flatnonzero(keys.eq(wanted) | people.patients["patient_id"].eq(wanted).fillna(False))
        if len(hits) > 1:
            raise InputError(Fault("the subject", f"{len(hits)} centres have a patient of this name",
                                   "centre/patient"))  # fmt: skip
        if len(hits) == 0 or not own:
            continue
        patient = int(hits[0])
        lesions = np.flatnonzero(people.patient_of == patient)
        if lesion:
            lesions = lesions[people.lesions["lesion_id"].iloc[lesions].eq(parts[-1]).to_numpy(dtype=bool)]
            if len(lesions) == 0:
                continue
        return _Subject(patient, tuple(int(at) for at in lesions), "lesion" if lesion else "patient")
    raise InputError(Fault("the subject", "no such patient or lesion in the registry",
                           "patient, centre/patient or centre/patient/lesion"))  # fmt: skip


def _eligibility(columns: Columns, who: _Subject) -> Iterator[Line]:
    verdicts = {int(MEETS): "meets", int(FAILS): "fails"}
    for name, criterion in columns.study.eligibility.items():
        state = int(states(criterion, columns, "patient")[who.patient])
        label = criterion.reason or name.replace("_", " ")
        yield Line(0, f"{label}: {verdicts.get(state, 'missing, so not eligible')}")


def _overview(columns: Columns, who: _Subject) -> Iterator[Line]:
    for name in columns.study.variables:
        grain = _own_grain(columns, name, who)
        column = columns.column(name, grain)
        if column is None:
            continue
        for at in who.positions(grain):
            of = f" of {columns.people.lesions['lesion_id'].iloc[at]}" if grain == "lesion" else ""
            yield Line(0, f"{name}{of} = {_valued(columns, name, column.values.iloc[at])}", column.source.iloc[at])
    for name in columns.study.endpoints:
        made = outcome(name, columns, "patient")
        if made is not None:
            yield Line(0, f"{name} = {_outcome_in_words(made, who.patient)}", made.source.iloc[who.patient])


def _outcome_in_words(made: object, at: int) -> str:
    state = made.state.iloc[at]  # type: ignore[attr-defined]
    if pd.isna(state):
        return "missing"
    word = made.states[int(state)]  # type: ignore[attr-defined]
    time = made.time  # type: ignore[attr-defined]
    return word if time is None else f"{word} at {in_words(time.iloc[at])} {made.unit}"  # type: ignore[attr-defined]


def _own_grain(columns: Columns, name: str, who: _Subject) -> str:
    """The grain a variable is told at: a patient's where there is one, unless a lesion was asked for."""
    if who.grain == "lesion":
        return "lesion"
    return "patient" if columns.column(name, "patient") is not None else "lesion"


def _valued(columns: Columns, name: str, value: object) -> str:
    known = meaning(columns.study, name)
    said = in_words(value)
    if said == "missing":
        return said
    label = known.levels.get(said, "")
    return f"{said} {known.unit}".strip() + (f" ({label})" if label and label != said else "")


def _endpoint(columns: Columns, who: _Subject, name: str) -> Iterator[Line]:
    made = outcome(name, columns, "patient")
    spec = columns.study.endpoints[name]
    if made is None:
        yield Line(0, f"{name} belongs to lesions; trace its variable")
        return
    yield Line(0, f"{name} = {_outcome_in_words(made, who.patient)}", made.source.iloc[who.patient])
    yield Line(1, f"{made.label}")
    if spec.kind == "binary":
        how = "without the event" if spec.not_evaluable == "non_responder" else "left out"
        yield Line(1, f"event: {', '.join(spec.event)}; a missing value is {how}")
        yield from _variable(columns, who, spec.variable, 1)
        return
    yield from _steps(columns, explain_outcome(name, columns, who.patient), 1)


def _variable(columns: Columns, who: _Subject, name: str, depth: int) -> Iterator[Line]:
    spec = columns.study.variables[name]
    grain = _own_grain(columns, name, who)
    column = columns.column(name, grain)
    if column is None:
        return
    for at in who.positions(grain):
        of = f" of {columns.people.lesions['lesion_id'].iloc[at]}" if grain == "lesion" else ""
        value = _valued(columns, name, column.values.iloc[at])
        yield Line(depth, f"{name}{of} = {value}", column.source.iloc[at])
    if isinstance(spec, DerivedVariable):
        yield from _derived(columns, who, name, spec, grain, depth + 1)
    elif isinstance(spec, GroupedVariable):
        groups = "; ".join(f"{group}: {', '.join(codes)}" for group, codes in spec.groups.items())
        yield Line(depth + 1, f"rule: {spec.of} grouped as {groups}")
        yield from _variable(columns, who, spec.of, depth + 1)
    elif isinstance(spec, CutVariable):
        side = "above" if spec.closed == "left" else "below"
        limits = ", ".join(f"{cut:g}" for cut in spec.cuts)
        yield Line(depth + 1, f"rule: {spec.of} cut at {limits}; a limit itself counts {side}")
        yield from _variable(columns, who, spec.of, depth + 1)
    else:
        rows = columns.events.rows(EVENTS[spec.event])
        for _, row in rows[rows["subject"] == who.patient].iterrows():
            happened = {1.0: "yes", 0.0: "no"}.get(row["happened"], "not known")
            step = Step(f"{spec.event}: {happened}, day {in_words(row['days'])}", row["table"], int(row["row"]))
            yield from _steps(columns, [step], depth + 1)


def _derived(
    columns: Columns, who: _Subject, name: str, spec: DerivedVariable, grain: str, depth: int
) -> Iterator[Line]:
    """The rule as the protocol sets it, what decided and what did not, then what the protocol left alone."""
    variable = VARIABLES[spec.derive]
    said = [f"rule: {variable.label}"]
    said += [f"{option} {value}" for option, value in columns.options(spec).items()]
    said += [f"{option} {getattr(spec, option)}" for option in ("window", "baseline") if getattr(spec, option)]
    found = settled(variable, spec.rules)
    said += [words(rule, found[rule.name]) for rule in variable.rules if rule.name in spec.rules]
    yield Line(depth, "; ".join(said))
    if grain == "patient" and spec.rollup:
        yield from _lesions(columns, who, name, spec.rollup, depth)
    for at in who.positions(variable.grain):
        if variable.explain is not None:
            steps = variable.explain(columns.records, at, **columns.arguments(spec, variable))
            yield from _steps(columns, steps, depth)
        else:
            yield from _needs(columns, who, spec, at, depth)
    alone = [default_words(rule) for rule in variable.rules if rule.name not in spec.rules]
    if alone:
        yield Line(depth, f"where nothing else is said: {', '.join(alone)}")
    yield Line(depth, f"missing: {variable.missing}")
    if variable.reference:
        yield Line(depth, f"source of the rule: {variable.reference}")


def _lesions(columns: Columns, who: _Subject, name: str, policy: str, depth: int) -> Iterator[Line]:
    """How the patient's lesions make one value, and the value of each."""
    yield Line(depth, f"of the patient's lesions: {ROLLUPS[policy].words}")
    lesions = columns.column(name, "lesion")
    for at in who.lesions if lesions is not None and ROLLUPS[policy].picks else ():
        value = _valued(columns, name, lesions.values.iloc[at]) if lesions is not None else ""
        place = lesions.source.iloc[at] if lesions is not None else ""
        yield Line(depth + 1, f"{columns.people.lesions['lesion_id'].iloc[at]}: {value}", place)


def _steps(columns: Columns, steps: list[Step], depth: int) -> Iterator[Line]:
    for step in steps:
        place = ""
        if step.row >= 0:
            place = str(provenance(columns.registry.tables[step.table].iloc[[step.row]], step.table).iloc[0])
        yield Line(depth, step.text, place)


def _needs(columns: Columns, who: _Subject, spec: DerivedVariable, at: int, depth: int) -> Iterator[Line]:
    """Every row each need could have taken: which counts, and why another does not."""
    variable = VARIABLES[spec.derive]
    for need in variable.needs:
        found = columns.candidates(spec, need)
        subjects: tuple[int, ...] = (at,)
        if need.per_lesion and variable.grain == "patient":
            subjects = who.lesions
        elif not need.per_lesion and variable.grain == "lesion":
            subjects = (who.patient,)
        lines = [line for subject in subjects for line in alternatives(found, subject)]
        if not lines:
            yield Line(depth, f"{need.table}.{need.column}: no row")
        for text, place in lines:
            yield Line(depth, text, place)
