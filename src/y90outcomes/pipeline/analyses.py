"""Which analyses are asked for, in which order they run, and when two numbers of two runs are one."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from y90outcomes.cohort import Cohort
from y90outcomes.errors import Fault, InputError, choices
from y90outcomes.methods import FAMILIES, METHODS
from y90outcomes.methods.after import with_warnings
from y90outcomes.results import Result
from y90outcomes.study import Study
from y90outcomes.study.analyses import AnalysisSpec, FamilyAnalysis

Progress = Callable[[str, int, int], None]
"""(what is being done, how many are done, of how many); the command line draws it, nothing else does."""
Number = str | float | int | None


def silent(what: str, done: int, of: int) -> None:
    """No progress."""


def asked_for(study: Study, only: str | None) -> dict[str, AnalysisSpec]:
    """Every analysis, or `only` one and those whose p values it adjusts, in the protocol's order. InputError for an
    unknown one."""
    if only is None:
        return dict(study.analyses)
    if only not in study.analyses:
        raise InputError(
            Fault(f"analysis {only!r}", "the protocol has no such analysis", choices(only, study.analyses))
        )
    asked = study.analyses[only]
    wanted = {only, *(asked.members() if isinstance(asked, FamilyAnalysis) else ())}
    return {name: spec for name, spec in study.analyses.items() if name in wanted}


def run_analyses(
    cohort: Cohort,
    chosen: Mapping[str, AnalysisSpec],
    *,
    kept: Mapping[str, list[Result]] | None = None,
    progress: Progress = silent,
) -> dict[str, list[Result]]:
    """The results of each analysis with their warnings, by name in the order given.

    A family reads what the others found, so families run last, whatever their place. `kept` are results taken as they
    are.
    """
    done = kept or {}
    made: dict[str, list[Result]] = {}
    for name, spec in sorted(chosen.items(), key=lambda entry: entry[1].method in FAMILIES):
        progress("analysing", len(made), len(chosen))
        if spec.method in FAMILIES:
            made[name] = FAMILIES[spec.method]([item for items in made.values() for item in items], name, spec)
        else:
            made[name] = done[name] if name in done else _made(cohort, name, spec)
    progress("analysing", len(chosen), len(chosen))
    return {name: made[name] for name in chosen}


def _made(cohort: Cohort, name: str, spec: AnalysisSpec) -> list[Result]:
    return with_warnings(cohort, spec, METHODS[spec.method](cohort, name, spec))


def same_number(a: Number, b: Number, tolerance: float, noise: float = 0.0) -> bool:
    """Whether two numbers are one: within `tolerance` relative to the larger, or `noise` absolute; anything else only
    when equal."""
    if isinstance(a, str) or isinstance(b, str) or a is None or b is None:
        return a == b
    return abs(a - b) <= max(tolerance * max(abs(a), abs(b)), noise)
