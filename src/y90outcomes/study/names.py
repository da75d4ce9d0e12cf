"""Every name, level, unit and combination of a protocol that makes no sense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from y90outcomes.conventions import CONVENTIONS
from y90outcomes.derivations.rollups import ROLLUPS
from y90outcomes.errors import Slip
from y90outcomes.study import analyses as words
from y90outcomes.study.criteria import LIMITS, AnyOf, CriterionSpec
from y90outcomes.study.endpoint_words import endpoint_slips
from y90outcomes.study.endpoints import BinaryEndpoint
from y90outcomes.study.meaning import Meaning, criterion_factor, level_slips, meaning, unknown
from y90outcomes.study.recommended import recommendation_slips
from y90outcomes.study.same_events import same_events
from y90outcomes.study.variable_slips import dependents, variable_slips
from y90outcomes.study.variables import CutVariable, DerivedVariable, GroupedVariable
from y90outcomes.units import UNITS, accepted_units

if TYPE_CHECKING:
    from y90outcomes.study.model import Study


def slips(study: Study) -> list[Slip]:
    """Every name, level, unit and combination of the protocol that makes no sense."""
    found = list(variable_slips(study))
    broken = {slip.path[1] for slip in found if slip.path[0] == "variables"}
    broken |= dependents(study, broken)
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
                found += level_slips((*path, "event"), endpoint.event, known[endpoint.variable])
        else:
            found += endpoint_slips(path, endpoint, known, broken)
    for name, analysis in study.analyses.items():
        found += context.analysis(("analyses", name), analysis)
    return found


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
            return [unknown(path, name, self.study.variables, "variable")]
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
            found += level_slips((*path, "equals"), [] if criterion.equals is None else [criterion.equals], known)
            found += level_slips((*path, "one_of"), criterion.one_of or [], known)
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
            return [unknown((*path, "set"), analysis.set, self.study.analysis_sets, "analysis set")]
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
                found.append(unknown((*path, "endpoint"), endpoint, self.study.endpoints, "endpoint"))
            elif self.study.endpoints[endpoint].kind != wanted:
                fit = [name for name, spec in self.study.endpoints.items() if spec.kind == wanted]
                found.append(Slip((*path, "endpoint"), f"{analysis.method} needs a {wanted} endpoint", ", ".join(fit)))
        if isinstance(analysis, words.CoxAnalysis):
            found += [
                unknown((*path, "per"), name, analysis.terms, "term")
                for name in analysis.per
                if name not in analysis.terms
            ]
        if isinstance(analysis, words.ToxicityAnalysis):
            found += same_events(self.study, self.known, path, analysis)
        if isinstance(analysis, words.AgreementAnalysis) and not found:
            rows, columns = (list(self.known[name].levels) for name in (analysis.rows, analysis.columns))
            if rows != columns:
                fault = f"{analysis.columns!r} has other levels than {analysis.rows!r}; agreement needs the same"
                found.append(Slip((*path, "columns"), fault, ", ".join(rows)))
        if isinstance(analysis, words.KaplanMeierAnalysis) and analysis.test and analysis.by is None:
            found.append(Slip((*path, "test"), f"{analysis.test!r} compares groups and there is no 'by'"))
        if isinstance(analysis, words.RecommendationsAnalysis):
            found += recommendation_slips(self.study, self.known, path, analysis, self.variable)
        return found + list(_convention_slips(path, analysis))


_VARIABLE_FIELDS: Mapping[str, Mapping[str, str | None]] = {
    "summary": {"variables": None, "by": "category"},
    "compare_groups": {"variable": "number", "by": "category"},
    "cross_table": {"rows": "category", "columns": "category"},
    "agreement": {"rows": "category", "columns": "category"},
    "proportion": {"by": "category"},
    "kaplan_meier": {"by": "category"},
    "follow_up": {},
    "cox": {"terms": None},
    "subject_bars": {"variable": "number", "colour": "category"},
    "recommendations": {},
    "toxicity": {"variables": "category", "without_progression": "category", "baseline": "category", "by": "category"},
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
            yield unknown((*place, "convention"), convention, CONVENTIONS[item].names, "convention")
