"""Which numbers differ between two dialects, and which convention moved each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from y90outcomes.cohort import Cohort
from y90outcomes.dialects import chosen, spoken_items
from y90outcomes.methods import FAMILIES
from y90outcomes.pipeline.analyses import Number, asked_for, run_analyses, same_number
from y90outcomes.results import Result, Results
from y90outcomes.results.addresses import numbers
from y90outcomes.study import Study
from y90outcomes.study.analyses import AnalysisSpec, ModelPage
from y90outcomes.study.analyses.facts import FACTS, FAMILY_OF, TEST_CONVENTIONS
from y90outcomes.study.speaking import in_dialect, spoken

TOLERANCE = 1e-10
"""Relative difference below which two numbers are one."""

Made = dict[str, list[Result]]


@dataclass(frozen=True, slots=True)
class Cause:
    """A convention that moves a number: its name in either dialect, and the number with it alone switched in the first
    (the first's own number where it acts only together with another)."""

    item: str
    first: str
    second: str
    value: Number


@dataclass(frozen=True, slots=True)
class Difference:
    """A number that differs between two dialects.

    causes  the conventions that move it, in the order of `spoken_items()`
    alone   one of them gives the second dialect's number by itself; otherwise they act together. Without a cause no
            single switch moves it in either dialect, only several at once
    """

    address: str
    first: Number
    second: Number
    causes: tuple[Cause, ...]
    alone: bool


def explain_difference(cohort: Cohort, a: str, b: str, only: str | None = None) -> list[Difference]:
    """Every number of the protocol's analyses (or `only` one) that differs between two dialects, with its causes.

    cohort  built once: no convention changes a patient's value
    a, b    names in `DIALECTS`, or "own"
    Each convention that the two choose differently is switched alone in `a` and the analyses that use it run again; a
    number that then moves has it among its causes. Where no switch gives the number of `b`, each is also taken back
    alone in `b`: what then moves acts together with another. A number only one dialect has is None in the other.
    `rounding` moves no number, only how a report prints it. KeyError for an unknown dialect, InputError for an unknown
    analysis.
    """
    first, second = in_dialect(cohort.study, a), in_dialect(cohort.study, b)
    made_first, made_second = (
        run_analyses(replace(cohort, study=study), asked_for(study, only)) for study in (first, second)
    )
    shown = tuple(made_first) if only is None else (only,)
    before, after = _numbers(made_first, shown), _numbers(made_second, shown)
    differing = [name for name in (*before, *after) if not _same(before.get(name), after.get(name))]
    differing = list(dict.fromkeys(differing))
    of_a, of_b = chosen(a), chosen(b)
    switched = [item for item in spoken_items() if of_a[item] != of_b[item]]
    forward = {item: _moved(cohort, first, made_first, item, of_b[item], shown) for item in switched}
    alone = {
        name: any(name in moved and _same(moved[name], after.get(name)) for moved in forward.values())
        for name in differing
    }
    open_ = {analysis_of(name) for name in differing if not alone[name]}
    backward = {item: _moved(cohort, second, made_second, item, of_a[item], shown, open_) for item in switched}
    found = []
    for name in differing:
        causes = [
            Cause(item, of_a[item], of_b[item], forward[item].get(name, before.get(name)))
            for item in switched
            if name in forward[item] or (not alone[name] and name in backward[item])
        ]
        found.append(Difference(name, before.get(name), after.get(name), tuple(causes), alone[name]))
    return found


def conventions_used(spec: AnalysisSpec) -> set[str]:
    """Items of `CONVENTIONS` an analysis can depend on."""
    tests = [getattr(spec, "test", None), *(getattr(extra, "test", extra) for extra in getattr(spec, "also", []))]
    facts = FACTS[spec.method]
    found = {*facts.conventions.values(), *facts.follows}
    if isinstance(spec, ModelPage):
        found = {item for item in found if FAMILY_OF.get(item, spec.family) == spec.family}
    return found | {TEST_CONVENTIONS[test] for test in tests if test in TEST_CONVENTIONS}


def analysis_of(address: str) -> str:
    """The analysis an address belongs to."""
    return address.partition("#")[0].partition("/")[0].partition(".")[0]


def _moved(
    cohort: Cohort, study: Study, made: Made, item: str, name: str, shown: Collection[str],
    among: Collection[str] | None = None,
) -> dict[str, Number]:  # fmt: skip
    """address -> number of those that one convention moves; `among` the analyses anybody asks about, None for all."""
    used = [analysis for analysis in made if item in conventions_used(study.analyses[analysis])]
    if among is not None:
        asked = {member for analysis in among for member in asked_for(study, analysis)}
        used = [analysis for analysis in used if analysis in asked]
    if not used:
        return {}
    again = {analysis for analysis in made if analysis in used or study.analyses[analysis].method in FAMILIES}
    touched = [analysis for analysis in shown if analysis in again]
    other = spoken(study, {item: name})
    kept = {analysis: results for analysis, results in made.items() if analysis not in used}
    moved = run_analyses(replace(cohort, study=other), {name: other.analyses[name] for name in made}, kept=kept)
    before, after = _numbers(made, touched), _numbers(moved, touched)
    return {
        address: after.get(address)
        for address in dict.fromkeys((*before, *after))
        if not _same(before.get(address), after.get(address))
    }


def _numbers(made: Made, names: Collection[str]) -> dict[str, Number]:
    items = tuple(item for name in names for item in made[name])
    bare = Results(study={}, prose=(), quality=(), inputs=(), environment={}, items=items)
    return {found.long: found.value for found in numbers(bare)}


def _same(a: Number, b: Number) -> bool:
    return same_number(a, b, TOLERANCE, 1e-14)
