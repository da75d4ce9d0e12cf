"""Every name, level, unit and combination of a protocol that makes no sense."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from y90outcomes.conventions import CONVENTIONS
from y90outcomes.derivations.rollups import ROLLUPS
from y90outcomes.errors import Slip
from y90outcomes.study import analyses as words
from y90outcomes.study.analyses.facts import FACTS, TEST_CONVENTIONS
from y90outcomes.study.criteria import LIMITS, AnyOf, CriterionSpec
from y90outcomes.study.endpoint_words import endpoint_slips
from y90outcomes.study.endpoints import BinaryEndpoint
from y90outcomes.study.group_slips import group_slips
from y90outcomes.study.meaning import CENTRE, Meaning, criterion_factor, level_slips, meaning, unknown
from y90outcomes.study.recommended import recommendation_slips
from y90outcomes.study.same_events import same_events
from y90outcomes.study.speaking import convention_faults
from y90outcomes.study.survival_slips import survival_slips
from y90outcomes.study.variable_slips import dependents, variable_slips
from y90outcomes.study.variables import CutVariable, DerivedVariable, GroupedVariable
from y90outcomes.units import UNITS, accepted_units

if TYPE_CHECKING:
    from y90outcomes.study.model import Study


def slips(study: Study) -> list[Slip]:
    """Every name, level, unit and combination of the protocol that makes no sense."""
    found = list(variable_slips(study)) + convention_faults(study.conventions)
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
        if name in study.variables and not (isinstance(endpoint, BinaryEndpoint) and endpoint.variable == name):
            fault = f"{name!r} is a variable too, and not the one this endpoint reads"
            found.append(Slip(path, fault, "a name that no variable has"))
        if isinstance(endpoint, BinaryEndpoint):
            found += context.variable((*path, "variable"), endpoint.variable, None, "category")
            if endpoint.variable in known:
                found += level_slips((*path, "event"), endpoint.event, known[endpoint.variable])
        else:
            found += endpoint_slips(path, endpoint, known, broken)
    for name, analysis in study.analyses.items():
        found += context.analysis(("analyses", name), analysis)
    for place, address in enumerate(study.sensitivity):
        named = address.partition("/")[0].partition(".")[0]
        if named not in study.analyses:
            found.append(unknown(("sensitivity", place), named, study.analyses, "analysis"))
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
        if name == CENTRE and name not in self.known and kind != "number":
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

    def _grouping(self, path: tuple[str | int, ...], name: str, grain: str | None, kind: str | None) -> list[Slip]:
        """Levels of a variable, or a binary endpoint: those without the event and those with it."""
        endpoint = self.study.endpoints.get(name)
        if name in self.known or name in self.broken or endpoint is None:
            return self.variable(path, name, grain, kind)
        if not isinstance(endpoint, BinaryEndpoint):
            return [Slip(path, f"{name!r} has times; groups are the levels of a variable or a binary endpoint")]
        return self.variable(path, endpoint.variable, grain, kind)

    def _units(self, path: tuple[str, ...], analysis: words.AnalysisSpec) -> list[Slip]:
        """`per` and `scale` are of terms, and of numbers."""
        used: list[str] = []
        for field in ("terms", "candidates", "forced", "exposure", "adjust"):
            value = getattr(analysis, field, [])
            used += value if isinstance(value, list) else [value]
        found = []
        for field in ("per", "scale"):
            given = getattr(analysis, field, None)
            for name in given if isinstance(given, Mapping) else ():
                if name not in used:
                    found.append(unknown((*path, field, name), name, used, "term"))
                elif name in self.known and not self.known[name].numeric:
                    found.append(Slip((*path, field, name), f"{name!r} has levels; only a number has a unit"))
        return found

    def _model(self, path: tuple[str, ...], analysis: words.ModelPage) -> list[Slip]:
        """A term has one place in a model, and an exposure one coefficient."""
        places: dict[str, str] = {}
        found = []
        for field in ("exposure", "forced", "candidates", "adjust", "by"):
            value = getattr(analysis, field, [])
            for name in value if isinstance(value, list) else [value]:
                if places.setdefault(name, field) != field:
                    found.append(Slip((*path, field), f"{name!r} is {places[name]!r} already"))
        exposure = getattr(analysis, "exposure", None)
        for name in getattr(analysis, "subgroups", []):
            if name == exposure:
                found.append(Slip((*path, "subgroups"), f"{name!r} is 'exposure' already"))
        known = self.known.get(exposure or "")
        if exposure == CENTRE or (known is not None and not known.numeric and len(known.levels) != 2):
            found.append(
                Slip(
                    (*path, "exposure"), f"{exposure!r} needs one coefficient", "a number, or a variable of two levels"
                )
            )
        return found

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
        for field, kind in FACTS[analysis.method].variables.items():
            value = getattr(analysis, field)
            for index, name in enumerate(value if isinstance(value, list) else [value]):
                if name is not None:
                    place: tuple[str | int, ...] = (*path, field, index) if isinstance(value, list) else (*path, field)
                    groups = field == "by" and isinstance(analysis, words.ComparisonAnalysis)
                    check = self._grouping if groups else self.variable
                    found += check(place, name, grain, kind)
                    if isinstance(value, list) and name in value[:index]:
                        found.append(Slip(place, f"{name!r} is given twice"))
        endpoint = getattr(analysis, "endpoint", None)
        if endpoint is not None:
            wanted = FACTS[analysis.method].endpoint
            if isinstance(analysis, words.ModelPage):
                wanted = "binary" if analysis.family == "logistic" else "time_to_event"
            if endpoint not in self.study.endpoints:
                found.append(unknown((*path, "endpoint"), endpoint, self.study.endpoints, "endpoint"))
            elif self.study.endpoints[endpoint].kind != wanted:
                fit = [name for name, spec in self.study.endpoints.items() if spec.kind == wanted]
                found.append(Slip((*path, "endpoint"), f"{analysis.method} needs a {wanted} endpoint", ", ".join(fit)))
        found += self._units(path, analysis)
        if isinstance(analysis, words.ModelPage):
            found += self._model(path, analysis)
        found += group_slips(self.study, self.known, path, analysis)
        found += survival_slips(self.study, self.known, path, analysis)
        found += _cluster_slips(path, analysis)
        if isinstance(analysis, words.ToxicityAnalysis):
            found += same_events(self.study, self.known, path, analysis)
        if isinstance(analysis, words.AgreementAnalysis) and not found:
            rows, columns = (list(self.known[name].levels) for name in (analysis.rows, analysis.columns))
            if rows != columns:
                fault = f"{analysis.columns!r} has other levels than {analysis.rows!r}; agreement needs the same"
                found.append(Slip((*path, "columns"), fault, ", ".join(rows)))
        if isinstance(analysis, words.RecommendationsAnalysis):
            found += recommendation_slips(self.study, self.known, path, analysis, self.variable)
        return found + list(_convention_slips(path, analysis))


def _cluster_slips(path: tuple[str, ...], analysis: words.AnalysisSpec) -> Iterator[Slip]:
    """An estimator that a clustered model does not use."""
    if isinstance(analysis, words.LogisticAnalysis) and analysis.cluster and analysis.estimator == "firth":
        yield Slip((*path, "estimator"), "a model of clusters has no penalised likelihood", "auto")


def _convention_slips(path: tuple[str, ...], analysis: words.AnalysisSpec) -> Iterator[Slip]:
    named: list[tuple[tuple[str | int, ...], str | None, str | None]]
    named = [(path, getattr(analysis, "test", None), getattr(analysis, "convention", None))]
    named += [
        ((*path, "also", i), extra, None)
        if isinstance(extra, str)
        else ((*path, "also", i), extra.test, extra.convention)
        for i, extra in enumerate(getattr(analysis, "also", []))
    ]
    allowed = FACTS[analysis.method].tests
    if not allowed:
        return
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
