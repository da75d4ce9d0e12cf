"""What the names of a protocol stand for, and every name that stands for nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from y90outcomes.conventions import CONVENTIONS
from y90outcomes.derivations.catalogue import EVENTS, VARIABLES, YES_NO
from y90outcomes.derivations.rollups import ROLLUPS
from y90outcomes.derivations.types import Variable
from y90outcomes.errors import Slip, choices
from y90outcomes.schema import load_schema
from y90outcomes.study import analyses as words
from y90outcomes.study.criteria import LIMITS, AnyOf, Criterion, CriterionSpec
from y90outcomes.study.endpoints import BinaryEndpoint
from y90outcomes.study.variables import (
    CutVariable,
    DerivedVariable,
    GroupedVariable,
    OccurrenceVariable,
    TimeToVariable,
)
from y90outcomes.units import UNITS, accepted_units, factor

if TYPE_CHECKING:
    from y90outcomes.study.model import Study

CODELISTS = {"source": "dose_source", "criterion": "criterion", "visit": "visit"}
"""option of a derived variable -> code list its value comes from."""


RESERVED = ("", "all")
"""Words that cannot be levels: an address says "all" for everybody."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a variable of the protocol is, before any data: name, label, unit, levels (code -> label), grain."""

    name: str
    label: str
    unit: str
    quantity: str
    levels: Mapping[str, str]
    ordered: bool
    grain: str
    measured_at: str

    @property
    def numeric(self) -> bool:
        """A number, which has no levels."""
        return not self.levels


def meaning(study: Study, name: str) -> Meaning:
    """The meaning of one variable of a checked protocol. KeyError for a name it does not define."""
    spec = study.variables[name]
    if isinstance(spec, DerivedVariable):
        return _derived(name, spec, VARIABLES[spec.derive])
    if isinstance(spec, GroupedVariable):
        parent = meaning(study, spec.of)
        levels = {level: level for level in spec.groups}
        label = spec.label or parent.label
        return Meaning(name, label, "", "", levels, parent.ordered, parent.grain, parent.measured_at)
    if isinstance(spec, CutVariable):
        parent = meaning(study, spec.of)
        levels = {level: level for level in spec.labels}
        return Meaning(name, spec.label or parent.label, "", "", levels, True, parent.grain, parent.measured_at)
    event = EVENTS[spec.event]
    if isinstance(spec, TimeToVariable):
        return Meaning(name, spec.label or f"Time to {event.label}", spec.unit, "", {}, False, "patient", "follow_up")
    return Meaning(name, spec.label or event.label.capitalize(), "", "", YES_NO, False, "patient", "follow_up")


def _derived(name: str, spec: DerivedVariable, variable: Variable) -> Meaning:
    policy = ROLLUPS[spec.rollup] if spec.rollup else None
    whole = policy is not None and not policy.picks
    keeps_unit = policy is None or policy.unit_of_value
    return Meaning(
        name=name,
        label=spec.label or variable.label,
        unit=variable.unit if keeps_unit else "",
        quantity=variable.quantity if keeps_unit else "",
        levels={code: spec.labels.get(code, label) for code, label in variable.levels.items()},
        ordered=variable.ordered,
        grain="patient" if whole else variable.grain,
        measured_at=variable.measured_at,
    )


def slips(study: Study) -> list[Slip]:
    """Every name, level, unit and combination of the protocol that makes no sense."""
    found = list(_variables(study))
    broken = {slip.path[1] for slip in found if slip.path[0] == "variables"}
    broken |= _dependents(study, broken)
    known = {name: meaning(study, name) for name in study.variables if name not in broken}
    context = _Context(study, known, broken)
    for name, criterion in study.eligibility.items():
        found += context.criterion(("eligibility", name), criterion, "patient")
    for name, subset in study.analysis_sets.items():
        for inner, criterion in subset.among.items():
            found += context.criterion(("analysis_sets", name, "among", inner), criterion, subset.grain)
    for name, endpoint in study.endpoints.items():
        path = ("endpoints", name)
        if isinstance(endpoint, BinaryEndpoint):
            found += context.variable((*path, "variable"), endpoint.variable, None, "category")
            if endpoint.variable in known:
                found += _levels((*path, "event"), endpoint.event, known[endpoint.variable])
        else:
            for field in ("event", "censor"):
                found += [
                    _unknown((*path, field), e, EVENTS, "event") for e in getattr(endpoint, field) if e not in EVENTS
                ]
    for name, analysis in study.analyses.items():
        found += context.analysis(("analyses", name), analysis)
    return found


def _variables(study: Study) -> Iterator[Slip]:
    for name, spec in study.variables.items():
        path = ("variables", name)
        if isinstance(spec, DerivedVariable):
            yield from _derived_slips(study, path, spec)
        elif isinstance(spec, GroupedVariable | CutVariable):
            if spec.of not in study.variables:
                yield _unknown((*path, "of"), spec.of, study.variables, "variable")
            elif _circular(study, name):
                yield Slip((*path, "of"), f"{name!r} is defined by itself")
            else:
                yield from _recoded_slips(study, path, spec)
        elif spec.event not in EVENTS:
            yield _unknown((*path, "event"), spec.event, EVENTS, "event")
        elif isinstance(spec, OccurrenceVariable) and not EVENTS[spec.event].occurrence:
            allowed = [event.name for event in EVENTS.values() if event.occurrence]
            yield Slip(
                (*path, "event"), f"the registry does not record whether {spec.event!r} happened", ", ".join(allowed)
            )


def _derived_slips(study: Study, path: tuple[str, ...], spec: DerivedVariable) -> Iterator[Slip]:
    variable = VARIABLES.get(spec.derive)
    if variable is None:
        yield _unknown((*path, "derive"), spec.derive, VARIABLES, "derivation")
        return
    for option in ("window", "source", "criterion", "visit"):
        value = getattr(spec, option)
        if option in variable.options and value is None:
            yield Slip(path, f"{spec.derive!r} needs {option!r}")
        elif value is not None and option not in variable.options:
            takes = ", ".join(variable.options) or "no option"
            yield Slip((*path, option), f"{spec.derive!r} does not take {option!r}", takes)
        elif value is not None and option == "window" and value not in study.windows:
            yield _unknown((*path, option), value, study.windows, "window")
        elif value is not None and option in CODELISTS:
            codes = load_schema().codelists[CODELISTS[option]].codes
            if value == []:
                yield Slip((*path, option), "an empty list names no record", f"one or more of {', '.join(codes)}")
            for word in [value] if isinstance(value, str) else value:
                if word not in codes:
                    yield _unknown((*path, option), word, codes, option)
    if spec.rollup is not None:
        policy = ROLLUPS[spec.rollup]
        if variable.grain == "patient":
            yield Slip((*path, "rollup"), f"{spec.derive!r} is a patient's already; there is nothing to roll up")
        elif policy.needs == "number" and not variable.numeric:
            yield Slip((*path, "rollup"), f"{spec.rollup!r} needs a number", "poorest, best")
        elif policy.needs == "ordered" and not variable.ordered:
            yield Slip((*path, "rollup"), f"{spec.rollup!r} needs ordered levels", "lowest, largest, sum, count")
    for code in spec.labels:
        if code not in variable.levels:
            yield _unknown((*path, "labels", code), code, variable.levels, "level")


def _recoded_slips(study: Study, path: tuple[str, ...], spec: GroupedVariable | CutVariable) -> Iterator[Slip]:
    try:
        parent = meaning(study, spec.of)
    except KeyError:
        return
    if isinstance(spec, GroupedVariable):
        if parent.numeric:
            yield Slip((*path, "of"), f"{spec.of!r} is a number; groups are of levels", "kind: cut")
            return
        seen: dict[str, str] = {}
        for group, codes in spec.groups.items():
            if group in RESERVED:
                yield Slip((*path, "groups"), f"a group cannot be called {group!r}: results call everybody so")
            yield from _levels((*path, "groups", group), codes, parent)
            for code in codes:
                if code in seen:
                    yield Slip((*path, "groups", group), f"level {code!r} stands in {seen[code]!r} already")
                seen[code] = group
        return
    if not parent.numeric:
        yield Slip((*path, "of"), f"{spec.of!r} has levels; a cut is of a number", "kind: grouped")
    yield from (
        Slip((*path, "labels"), f"a stratum cannot be called {label!r}: results call everybody so")
        for label in spec.labels
        if label in RESERVED
    )
    if sorted(set(spec.cuts)) != list(spec.cuts):
        yield Slip((*path, "cuts"), "cuts must increase")
    if len(spec.labels) != len(spec.cuts) + 1 or len(set(spec.labels)) != len(spec.labels):
        yield Slip((*path, "labels"), f"{len(spec.cuts)} cuts need {len(spec.cuts) + 1} different labels")


def _circular(study: Study, name: str) -> bool:
    seen = set()
    while True:
        if name in seen:
            return True
        seen.add(name)
        spec = study.variables.get(name)
        if not isinstance(spec, GroupedVariable | CutVariable):
            return False
        name = spec.of


def _dependents(study: Study, broken: set[str | int]) -> set[str | int]:
    """Variables that stand on a broken one: they are not reported a second time."""
    below: set[str | int] = set()
    for name, spec in study.variables.items():
        seen = {name}
        while isinstance(spec, GroupedVariable | CutVariable) and spec.of in study.variables and spec.of not in seen:
            seen.add(spec.of)
            if spec.of in broken:
                below.add(name)
            spec = study.variables[spec.of]
    return below


@dataclass(frozen=True, slots=True)
class _Context:
    study: Study
    known: Mapping[str, Meaning]
    broken: set[str | int]

    def variable(
        self, path: tuple[str | int, ...], name: str, grain: str | None, kind: str | None = None
    ) -> list[Slip]:
        """`grain` None: not checked here. `kind` "number" or "category", None for either."""
        if name in self.broken:
            return []
        if name not in self.known:
            return [_unknown(path, name, self.study.variables, "variable")]
        found = self.known[name]
        if kind == "number" and not found.numeric:
            return [Slip(path, f"{name!r} has levels; a number is needed here")]
        if kind == "category" and found.numeric:
            return [Slip(path, f"{name!r} is a number; levels are needed here", "a variable of kind grouped or cut")]
        if grain == "patient" and found.grain == "lesion" and not self._rolled(name):
            return [
                Slip(
                    path,
                    f"{name!r} belongs to a lesion and this is about patients",
                    "give the variable a rollup: " + ", ".join(ROLLUPS),
                )
            ]
        return []

    def _rolled(self, name: str) -> bool:
        spec = self.study.variables[name]
        while isinstance(spec, GroupedVariable | CutVariable):
            spec = self.study.variables[spec.of]
        return isinstance(spec, DerivedVariable) and spec.rollup is not None

    def criterion(self, path: tuple[str, ...], criterion: CriterionSpec, grain: str) -> list[Slip]:
        if isinstance(criterion, AnyOf):
            return [
                slip
                for name, inner in criterion.any_of.items()
                for slip in self.criterion((*path, "any_of", name), inner, grain)
            ]
        limits = any(getattr(criterion, name) is not None for name in LIMITS)
        found = self.variable((*path, "variable"), criterion.variable, grain, "number" if limits else None)
        known = self.known.get(criterion.variable)
        if found or known is None:
            return found
        if known.numeric and (criterion.equals is not None or criterion.one_of is not None):
            return [Slip(path, f"{criterion.variable!r} is a number", "min, max, above, below, recorded")]
        if not known.numeric:
            found += _levels((*path, "equals"), [] if criterion.equals is None else [criterion.equals], known)
            found += _levels((*path, "one_of"), criterion.one_of or [], known)
        if criterion.unit is not None and criterion_factor(criterion, known) is None:
            accepted = accepted_units(known.quantity) if known.quantity in UNITS else (known.unit or "no unit",)
            found.append(
                Slip(
                    (*path, "unit"), f"unknown unit {criterion.unit!r} for {criterion.variable!r}", ", ".join(accepted)
                )
            )
        return found

    def analysis(self, path: tuple[str, ...], analysis: words.AnalysisSpec) -> list[Slip]:
        found: list[Slip] = []
        if analysis.set is not None and analysis.set not in self.study.analysis_sets:
            return [_unknown((*path, "set"), analysis.set, self.study.analysis_sets, "analysis set")]
        grain = self.study.analysis_set(analysis.set)[1].grain
        for field, kind in _VARIABLE_FIELDS[analysis.method].items():
            value = getattr(analysis, field)
            for index, name in enumerate(value if isinstance(value, list) else [value]):
                if name is not None:
                    place: tuple[str | int, ...] = (*path, field, index) if isinstance(value, list) else (*path, field)
                    found += self.variable(place, name, grain, kind)
                    if isinstance(value, list) and name in value[:index]:
                        found.append(Slip(place, f"{name!r} is given twice"))
        endpoint = getattr(analysis, "endpoint", None)
        if endpoint is not None:
            wanted = "binary" if analysis.method == "proportion" else "time_to_event"
            if endpoint not in self.study.endpoints:
                found.append(_unknown((*path, "endpoint"), endpoint, self.study.endpoints, "endpoint"))
            elif self.study.endpoints[endpoint].kind != wanted:
                fit = [name for name, spec in self.study.endpoints.items() if spec.kind == wanted]
                found.append(Slip((*path, "endpoint"), f"{analysis.method} needs a {wanted} endpoint", ", ".join(fit)))
        if isinstance(analysis, words.CoxAnalysis):
            found += [
                _unknown((*path, "per"), name, analysis.terms, "term")
                for name in analysis.per
                if name not in analysis.terms
            ]
        if isinstance(analysis, words.KaplanMeierAnalysis) and analysis.test and analysis.by is None:
            found.append(Slip((*path, "test"), f"{analysis.test!r} compares groups and there is no 'by'"))
        return found + list(_convention_slips(path, analysis))


_VARIABLE_FIELDS: Mapping[str, Mapping[str, str | None]] = {
    "summary": {"variables": None, "by": "category"},
    "compare_groups": {"variable": "number", "by": "category"},
    "cross_table": {"rows": "category", "columns": "category"},
    "proportion": {"by": "category"},
    "kaplan_meier": {"by": "category"},
    "follow_up": {},
    "cox": {"terms": None},
    "subject_bars": {"variable": "number", "colour": "category"},
}
"""method -> field naming variables -> number, category or either (None)."""

METHOD_TESTS: Mapping[str, tuple[str, ...]] = {
    "compare_groups": ("kruskal_wallis", "mann_whitney", "t_test"),
    "cross_table": ("chi_square", "fisher"),
    "kaplan_meier": ("log_rank",),
}
"""method -> the tests it can do, as `test` or `also`."""

TEST_CONVENTIONS: Mapping[str, str] = {
    "kruskal_wallis": "kruskal_wallis",
    "mann_whitney": "mann_whitney",
    "t_test": "t_test",
    "chi_square": "chi_square",
}
"""test -> item of `CONVENTIONS` (Fisher's test has none)."""


def _convention_slips(path: tuple[str, ...], analysis: words.AnalysisSpec) -> Iterator[Slip]:
    named: list[tuple[tuple[str | int, ...], str | None, str | None]]
    named = [(path, getattr(analysis, "test", None), getattr(analysis, "convention", None))]
    named += [
        ((*path, "also", i), extra.test, extra.convention) for i, extra in enumerate(getattr(analysis, "also", []))
    ]
    allowed = METHOD_TESTS.get(analysis.method, ())
    for place, test, convention in named:
        if test is not None and test not in allowed:
            yield Slip((*place, "test"), f"{analysis.method} cannot use {test!r}", ", ".join(allowed))
            continue
        if convention is None:
            continue
        item = TEST_CONVENTIONS.get(test or "")
        if item is None:
            yield Slip((*place, "convention"), f"{test or 'no test'} has no conventions to choose from")
        elif convention not in CONVENTIONS[item].names:
            yield _unknown((*place, "convention"), convention, CONVENTIONS[item].names, "convention")


def criterion_factor(criterion: Criterion, known: Meaning) -> float | None:
    """What the criterion's limits are multiplied by to be in the variable's unit; None for an unknown unit."""
    if criterion.unit is None or criterion.unit == known.unit:
        return 1.0
    exact = factor(known.quantity, criterion.unit) if known.quantity else None
    return None if exact is None else float(exact)


def _levels(path: tuple[str, ...], codes: Iterable[str], known: Meaning) -> list[Slip]:
    return [
        _unknown(path, code, known.levels, f"level of {known.name!r}") for code in codes if code not in known.levels
    ]


def _unknown(path: tuple[str | int, ...], name: str, candidates: Iterable[str], what: str) -> Slip:
    pool = list(candidates)
    return Slip(path, f"unknown {what} {name!r}", choices(name, pool) if pool else f"the protocol defines no {what}")
