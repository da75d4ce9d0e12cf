"""Variables of the protocol as columns: needs resolved, derivation applied, lesions rolled up, levels regrouped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort.course import records_of, span
from y90outcomes.cohort.events import Events, cut_off
from y90outcomes.cohort.landmark import status_at
from y90outcomes.cohort.needs import Candidates, Column, candidates, chosen, joined
from y90outcomes.cohort.records import Subjects, provenance, subjects
from y90outcomes.derivations.catalogue import EVENTS, VARIABLES
from y90outcomes.derivations.choice import Choice
from y90outcomes.derivations.rollups import INDEX_ROLE, ROLLUPS, roll_up
from y90outcomes.derivations.rules import settled
from y90outcomes.derivations.types import Need, Records, Variable
from y90outcomes.registry import Registry
from y90outcomes.study.meaning import Meaning, meaning
from y90outcomes.study.model import Study
from y90outcomes.study.variables import (
    CutVariable,
    DerivedVariable,
    GroupedVariable,
    StatusAtVariable,
    TimeToVariable,
)
from y90outcomes.thresholds import compare
from y90outcomes.units import divide


@dataclass(slots=True)
class Columns:
    """Columns of a study, each computed once.

    `chosen` logs how records were chosen, variable by variable, `counted` what the derivations that read whole courses
    of records met on their way.
    """

    study: Study
    registry: Registry
    people: Subjects
    events: Events
    chosen: dict[tuple[str, str], tuple[str, Choice]] = field(default_factory=dict)
    counted: dict[str, dict[str, int]] = field(default_factory=dict)
    _made: dict[tuple[str, str], Column | None] = field(default_factory=dict)
    _found: dict[str, Column] = field(default_factory=dict)
    _records: list[Records] = field(default_factory=list)
    _chosen: dict[tuple[object, ...], tuple[Column, Choice, npt.NDArray[np.bool_]]] = field(default_factory=dict)

    @property
    def records(self) -> Records:
        """The registry as those derivations read it; made once."""
        if not self._records:
            self._records.append(records_of(self.registry, self.people))
        return self._records[0]

    def column(self, name: str, grain: str) -> Column | None:
        """The variable at a grain; None where a lesion's variable has no roll-up to the patient."""
        key = (name, grain)
        if key not in self._made:
            self._made[key] = self._column(name, grain)
        return self._made[key]

    def _column(self, name: str, grain: str) -> Column | None:
        spec = self.study.variables[name]
        if isinstance(spec, DerivedVariable):
            return self._derived(name, spec, grain)
        if isinstance(spec, GroupedVariable | CutVariable):
            parent = self.column(spec.of, grain)
            if parent is None:
                return None
            values = (
                grouped(parent.values, spec.groups)
                if isinstance(spec, GroupedVariable)
                else strata(parent.values, spec)
            )
            return Column(values, parent.source.where(values.notna(), ""))
        if grain == "lesion":
            return self._spread(name)
        if isinstance(spec, TimeToVariable):
            happened = self.events.first(EVENTS[spec.event])
            unclear = self.events.open_question(EVENTS[spec.event]) | (happened.days < 0)
            unknown = unclear | (happened.days > self.events.end)
            days = np.where(unknown, np.nan, happened.days)
            return Column(pd.Series(divide(days, divisor(self.study, spec.unit))), happened.source.mask(unknown, ""))
        if isinstance(spec, StatusAtVariable):
            return Column(*status_at(self.events, spec.event, spec.day))
        return Column(*self.events.occurrence(EVENTS[spec.event]))

    def _spread(self, name: str) -> Column | None:
        column = self.column(name, "patient")
        return None if column is None else self._broadcast(column)

    def _broadcast(self, column: Column) -> Column:
        at = self.people.patient_of
        return Column(column.values.iloc[at].reset_index(drop=True), column.source.iloc[at].reset_index(drop=True))

    def _derived(self, name: str, spec: DerivedVariable, grain: str) -> Column | None:
        variable = VARIABLES[spec.derive]
        if variable.grain == "patient":
            if grain == "lesion":
                return self._spread(name)
            return self._from_needs(name, spec, variable)
        policy = ROLLUPS[spec.rollup] if spec.rollup else None
        if grain == "lesion":
            if policy is not None and not policy.picks:
                return self._spread(name)
            return self._from_needs(name, spec, variable)
        return self._rolled_up(name, spec, variable) if policy is not None else None

    def _rolled_up(self, name: str, spec: DerivedVariable, variable: Variable) -> Column:
        lesions = self._from_needs(name, spec, variable)
        codes = list(variable.levels)
        values = lesions.values if variable.numeric else lesions.values.map({code: i for i, code in enumerate(codes)})
        rolled = self._to_patients(Column(values.astype(float), lesions.source), spec.rollup or "", self._by(spec))
        if variable.numeric:
            return rolled
        return Column(rolled.values.map(dict(enumerate(codes)), na_action="ignore").astype("string"), rolled.source)

    def _by(self, spec: DerivedVariable) -> pd.Series | None:
        """What a roll-up needs beside the value, as numbers: a role is 1 for the index lesion, 0 for another."""
        if spec.by is None:
            return None
        beside = self.column(spec.by, "lesion")
        if beside is None:
            return None
        if ROLLUPS[spec.rollup or ""].by == "role":
            return beside.values.eq(INDEX_ROLE).astype("Float64").where(beside.values.notna()).astype("float64")
        return beside.values.astype(float)

    def _to_patients(self, lesions: Column, policy: str, by: pd.Series | None = None) -> Column:
        """One number per patient from one per lesion, with the row of the lesion that decided."""
        patient = pd.Series(self.people.patient_of)[lesions.values.index]
        rolled = roll_up(lesions.values, patient, policy, by).reindex(range(len(self.people.patients)))
        source = rolled["row"].map(lesions.source, na_action="ignore").fillna("").astype(str)
        return Column(rolled["value"].reset_index(drop=True), source.reset_index(drop=True))

    def _from_needs(self, name: str, spec: DerivedVariable, variable: Variable) -> Column:
        """The derivation at its own grain, computed once."""
        if name not in self._found:
            self._found[name] = self._compute(name, spec, variable)
        return self._found[name]

    def _compute(self, name: str, spec: DerivedVariable, variable: Variable) -> Column:
        if variable.derive is not None:
            return self._from_records(name, spec, variable)
        rules = settled(variable, spec.rules)
        found = [self._brought(name, spec, need, variable.grain) for need in variable.needs]
        values = found[0].values
        if variable.compute is not None:
            values = variable.compute(*(column.values for column in found), **rules)
        values = self._in_unit(values.astype(float), spec) if variable.numeric else _coded(values, variable)
        source = joined([column.source for column in found])
        return Column(values, source.where(values.notna(), ""))

    def _in_unit(self, days: pd.Series, spec: DerivedVariable) -> pd.Series:
        """A time in the unit the protocol asks for; any other number as it is."""
        if spec.unit is None:
            return days
        return pd.Series(divide(days.to_numpy(dtype=float), divisor(self.study, spec.unit)), index=days.index)

    def options(self, spec: DerivedVariable) -> dict[str, str | tuple[str, ...]]:
        """The options of a variable that are codes."""
        given = {option: getattr(spec, option) for option in ("source", "criterion", "visit") if getattr(spec, option)}
        return {option: value if isinstance(value, str) else tuple(value) for option, value in given.items()}

    def arguments(self, spec: DerivedVariable, variable: Variable) -> dict[str, Any]:
        """What `derive` and `explain` are called with: options, windows as spans, every rule."""
        windows = {option: span(self.study.windows[getattr(spec, option)])
                   for option in ("window", "baseline") if getattr(spec, option) is not None}  # fmt: skip
        return {**self.options(spec), **windows, **settled(variable, spec.rules)}

    def _from_records(self, name: str, spec: DerivedVariable, variable: Variable) -> Column:
        """A derivation that reads a course of records; what it counted is kept in `counted`."""
        if variable.derive is None:
            raise ValueError(f"{variable.name} does not read a course of records")
        found = variable.derive(self.records, **self.arguments(spec, variable))
        self.counted[name] = dict(found.counts)
        values = found.values.reset_index(drop=True)
        values = self._in_unit(values.astype(float), spec) if variable.numeric else _coded(values, variable)
        source = np.full(len(values), "", dtype=object)
        for table, rows in found.rows.items():
            here = np.flatnonzero((rows >= 0) & (source == ""))
            source[here] = provenance(self.registry.tables[table].iloc[rows[here]], table).to_numpy()
        return Column(values, pd.Series(source, dtype=str).where(values.notna(), ""))

    def _brought(self, name: str, spec: DerivedVariable, need: Need, grain: str) -> Column:
        """A need at the derivation's own grain: a patient's value repeated on lesions, lesions rolled up to patients.

        Only lesions of the liver are rolled up (one whose organ is not recorded counts as such), and not those first
        seen after the window.
        """
        given = {option: value for option, value in self.options(spec).items() if option in need.options}
        where = (need.table, need.column, *sorted(need.where.items()), *sorted(given.items()), need.per_lesion,
                 spec.window if need.windowed else None)  # fmt: skip
        if where not in self._chosen:
            rows = self.candidates(spec, need)
            self._chosen[where] = (*chosen(rows), rows.came_later)
        found, picked, late = self._chosen[where]
        self.chosen[name, f"{need.table}.{need.column}"] = (spec.window or "", picked)
        if need.per_lesion and grain == "patient":
            liver = self.people.lesions["organ"].fillna("liver").eq("liver").to_numpy(dtype=bool) & ~late
            own = Column(found.values[liver].astype(float), found.source)
            return self._to_patients(own, need.rollup)
        if not need.per_lesion and grain == "lesion":
            return self._broadcast(found)
        return found

    def candidates(self, spec: DerivedVariable, need: Need) -> Candidates:
        """The rows of the registry that a need of a variable could take."""
        window = self.study.windows[spec.window] if need.windowed and spec.window else None
        return candidates(need, self.options(spec), window, self.registry, self.people)


def _coded(values: pd.Series, variable: Variable) -> pd.Series:
    """Codes of the variable's levels; anything else is missing."""
    return values.astype("string").where(values.isin(list(variable.levels)))


def grouped(values: pd.Series, groups: Mapping[str, list[str]]) -> pd.Series:
    """Levels put together; a level that no group names, like a missing one, is missing."""
    new = {code: group for group, codes in groups.items() for code in codes}
    return values.map(new, na_action="ignore").astype("string")


def strata(values: pd.Series, spec: CutVariable) -> pd.Series:
    """A number cut into strata at 12 significant digits; missing stays missing."""
    numbers = values.to_numpy(dtype=float)
    rule = "min" if spec.closed == "left" else "above"
    above = np.sum([compare(numbers, rule, cut) for cut in spec.cuts], axis=0).astype(int)
    labels = pd.Series(np.asarray(spec.labels, dtype=object)[above], dtype="string")
    return labels.where(~np.isnan(numbers))


def columns_of(study: Study, registry: Registry) -> Columns:
    """The columns of a study over a registry, none computed yet."""
    people = subjects(registry, study)
    return Columns(study, registry, people, Events(registry, people, cut_off(study, people)))


def divisor(study: Study, unit: str) -> float:
    """Days in a unit of time."""
    month = study.time.days_per_month
    return {"days": 1.0, "months": month, "years": 12 * month}[unit]


def meanings(study: Study) -> dict[str, Meaning]:
    """Every variable of the protocol."""
    return {name: meaning(study, name) for name in study.variables}
