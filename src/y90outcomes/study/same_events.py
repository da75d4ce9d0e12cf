"""The lists of a toxicity analysis must be about the same events, one beside the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from y90outcomes.errors import Slip
from y90outcomes.study.analyses import ToxicityAnalysis
from y90outcomes.study.variables import DerivedVariable

if TYPE_CHECKING:
    from y90outcomes.study.meaning import Meaning
    from y90outcomes.study.model import Study

GRADES = frozenset("012345")
LISTS = ("variables", "without_progression", "baseline")


def same_events(
    study: Study, known: Mapping[str, Meaning], path: tuple[str, ...], analysis: ToxicityAnalysis
) -> Iterator[Slip]:
    """Variables that are no grades, and those not about the event they stand beside."""
    for field in LISTS:
        for index, name in enumerate(getattr(analysis, field)):
            place: tuple[str | int, ...] = (*path, field, index)
            spec, first = study.variables.get(name), study.variables.get(analysis.variables[index])
            if name in known and not set(known[name].levels) >= GRADES:
                yield Slip(place, f"{name!r} has no grades", "toxicity_outcome, max_toxicity_grade, toxicity_grade")
            elif isinstance(spec, DerivedVariable) and isinstance(first, DerivedVariable):
                term = first.rules.get("term")
                if spec.rules.get("term") != term:
                    yield Slip(place, f"{name!r} is not about {term}, the event it stands beside")
