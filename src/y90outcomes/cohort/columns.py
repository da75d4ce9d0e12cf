"""Variables of the protocol as columns: needs resolved, derivation applied, lesions rolled up, levels regrouped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from y90outcomes.cohort.events import Events
from y90outcomes.cohort.records import Choice, Subjects, choose, days_from_index, provenance, rows_where
from y90outcomes.derivations.catalogue import EVENTS, VARIABLES
from y90outcomes.derivations.rollups import ROLLUPS, roll_up
from y90outcomes.derivations.types import Need, Variable
from y90outcomes.registry import Registry
from y90outcomes.study.model import Study
from y90outcomes.study.names import Meaning, meaning
from y90outcomes.study.variables import CutVariable, DerivedVariable, GroupedVariable, TimeToVariable
from y90outcomes.thresholds import compare
from y90outcomes.units import divide


@dataclass(frozen=True, slots=True)
class Column:
    """One variable of every subject of a grain: values (float or text) and the row that decided each ("" for none)."""

    values: pd.Series
    source: pd.Series


@dataclass(slots=True)
class Columns:
    """Columns of a study, each computed once. `chosen` logs how records were chosen, variable by variable."""

    study: Study
    registry: Registry
    people: Subjects
    events: Events
    chosen: dict[tuple[str, str], tuple[str, Choice]] = field(default_factory=dict)
    _made: dict[tuple[str, str], Column | None] = field(default_factory=dict)
    _found: dict[str, Column] = field(default_factory=dict)

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
            return self._broadcast(self.column(name, "patient"))
        if isinstance(spec, TimeToVariable):
            happened = self.events.first(EVENTS[spec.event])
            unclear = self.events.open_question(EVENTS[spec.event]) | (happened.days < 0)
            unknown = unclear | (happened.days > self.events.end)
            days = np.where(unknown, np.nan, happened.days)
            return Column(pd.Series(divide(days, divisor(self.study, spec.unit))), happened.source.mask(unknown, ""))
        return Column(*self.events.occurrence(EVENTS[spec.event]))

    def _broadcast(self, column: Column | None) -> Column | None:
        if column is None:
            return None
        at = self.people.patient_of
        return Column(column.values.iloc[at].reset_index(drop=True), column.source.iloc[at].reset_index(drop=True))

    def _derived(self, name: str, spec: DerivedVariable, grain: str) -> Column | None:
        variable = VARIABLES[spec.derive]
        if variable.grain == "patient":
            if grain == "lesion":
                return self._broadcast(self.column(name, "patient"))
            return self._from_needs(name, spec, variable)
        policy = ROLLUPS[spec.rollup] if spec.rollup else None
        if grain == "lesion":
            if policy is not None and not policy.picks:
                return self._broadcast(self.column(name, "patient"))
            return self._from_needs(name, spec, variable)
        return self._rolled_up(name, spec, variable) if policy is not None else None

    def _rolled_up(self, name: str, spec: DerivedVariable, variable: Variable) -> Column:
        lesions = self._from_needs(name, spec, variable)
        codes = list(variable.levels)
        values = lesions.values if variable.numeric else lesions.values.map({code: i for i, code in enumerate(codes)})
        patient = pd.Series(self.people.patient_of, index=lesions.values.index)
        rolled = roll_up(values.astype(float), patient, spec.rollup or "")
        rolled = rolled.reindex(range(len(self.people.patients)))
        result = rolled["value"]
        if not variable.numeric:
            result = result.map(dict(enumerate(codes)), na_action="ignore").astype("string")
        source = rolled["row"].map(lesions.source, na_action="ignore").fillna("").astype(str)
        return Column(result.reset_index(drop=True), source.reset_index(drop=True))

    def _from_needs(self, name: str, spec: DerivedVariable, variable: Variable) -> Column:
        """The derivation at its own grain, computed once."""
        if name not in self._found:
            self._found[name] = self._compute(name, spec, variable)
        return self._found[name]

    def _compute(self, name: str, spec: DerivedVariable, variable: Variable) -> Column:
        given = {option: getattr(spec, option) for option in ("source", "criterion", "visit") if getattr(spec, option)}
        options = {option: value if isinstance(value, str) else tuple(value) for option, value in given.items()}
        found = [self._need(name, spec, need, options) for need in variable.needs]
        values = found[0].values if variable.compute is None else variable.compute(*(column.values for column in found))
        if variable.numeric:
            values = values.astype(float)
        else:
            values = values.astype("string").where(values.isin(list(variable.levels)))
        source = found[0].source
        for other in found[1:]:
            source = source.where(source == other.source, source.str.cat(other.source, sep="; ").str.strip("; "))
        return Column(values, source.where(values.notna(), ""))

    def _need(
        self, name: str, spec: DerivedVariable, need: Need, options: Mapping[str, str | tuple[str, ...]]
    ) -> Column:
        """One canonical column brought to its grain: rows filtered, the index treatment's only, one per subject."""
        table = self.registry.tables[need.table]
        where: dict[str, str | tuple[str, ...]] = {**need.where}
        where.update({key: value for key, value in options.items() if key in need.options})
        mask = rows_where(table, where)
        patient = self.people.position(self.registry, need.table, lesion=False)
        if "lesion_id" in table.columns:
            mask &= (table["lesion_id"].fillna("") != "").to_numpy(dtype=bool) == need.per_lesion
        if "treatment_number" in table.columns and need.table != "treatments":
            index = self.people.treatment.reindex(range(-1, len(self.people.patients))).iloc[patient + 1]
            same = table["treatment_number"].reset_index(drop=True) == index.reset_index(drop=True)
            mask &= same.fillna(False).to_numpy(dtype=bool)
        rows = table[mask]
        subject = self.people.position(self.registry, need.table, lesion=need.per_lesion)[mask]
        count = len(self.people.lesions if need.per_lesion else self.people.patients)
        window = self.study.windows[spec.window] if need.windowed and spec.window else None
        days = days_from_index(rows, patient[mask], self.people)
        visit = rows["visit"] if "visit" in rows.columns else None
        picked = choose(rows[need.column], subject, count, days, visit, window)
        self.chosen[name, f"{need.table}.{need.column}"] = (spec.window or "", picked)
        source = np.full(count, "", dtype=object)
        source[picked.rows >= 0] = provenance(rows.iloc[picked.rows[picked.rows >= 0]], need.table).to_numpy()
        return Column(_take(rows[need.column].reset_index(drop=True), picked.rows), pd.Series(source, dtype=str))


def _take(values: pd.Series, rows: npt.NDArray[np.intp]) -> pd.Series:
    """`values` at positions, missing where the position is -1."""
    return values.reindex(np.where(rows < 0, len(values), rows)).reset_index(drop=True)


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


def divisor(study: Study, unit: str) -> float:
    """Days in a unit of time."""
    month = study.time.days_per_month
    return {"days": 1.0, "months": month, "years": 12 * month}[unit]


def meanings(study: Study) -> dict[str, Meaning]:
    """Every variable of the protocol."""
    return {name: meaning(study, name) for name in study.variables}
