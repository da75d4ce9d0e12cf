"""What a name of a protocol stands for, before any data; and how one that stands for nothing is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from y90outcomes.derivations.catalogue import EVENTS, VARIABLES
from y90outcomes.derivations.recorded import YES_NO
from y90outcomes.derivations.rollups import ROLLUPS
from y90outcomes.derivations.types import Variable
from y90outcomes.errors import Slip, choices
from y90outcomes.study.criteria import Criterion
from y90outcomes.study.variables import (
    CutVariable,
    DerivedVariable,
    GroupedVariable,
    StatusAtVariable,
    TimeToVariable,
)
from y90outcomes.units import factor

if TYPE_CHECKING:
    from y90outcomes.study.model import Study, Window

CODELISTS = {"source": "dose_source", "criterion": "criterion", "visit": "visit"}
"""option of a derived variable -> code list its value comes from."""


CENTRE = "centre"
"""Name under which an analysis may use the centre of a patient without the protocol defining a variable for it."""

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
        return _derived(name, spec, VARIABLES[spec.derive], study.windows.get(spec.window or ""))
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
    if isinstance(spec, StatusAtVariable):
        label = spec.label or f"{event.label[:1].upper()}{event.label[1:]} by day {spec.day:g}"
        return Meaning(name, label, "", "", YES_NO, False, "patient", "follow_up")
    return Meaning(name, spec.label or event.label.capitalize(), "", "", YES_NO, False, "patient", "follow_up")


def _derived(name: str, spec: DerivedVariable, variable: Variable, window: Window | None) -> Meaning:
    """A variable read in a window that begins after day 0 is no baseline, whatever it usually is."""
    policy = ROLLUPS[spec.rollup] if spec.rollup else None
    whole = policy is not None and not policy.picks
    keeps_unit = policy is None or policy.unit_of_value
    return Meaning(
        name=name,
        label=spec.label or variable.label,
        unit=spec.unit or (variable.unit if keeps_unit else ""),
        quantity=variable.quantity if keeps_unit and spec.unit is None else "",
        levels={code: spec.labels.get(code, label) for code, label in variable.levels.items()},
        ordered=variable.ordered,
        grain="patient" if whole else variable.grain,
        measured_at="follow_up" if window is not None and window.start > 0 else variable.measured_at,
    )


def criterion_factor(criterion: Criterion, known: Meaning) -> float | None:
    """What the criterion's limits are multiplied by to be in the variable's unit; None for an unknown unit."""
    if criterion.unit is None or criterion.unit == known.unit:
        return 1.0
    exact = factor(known.quantity, criterion.unit) if known.quantity else None
    return None if exact is None else float(exact)


def level_slips(path: tuple[str, ...], codes: Iterable[str], known: Meaning) -> list[Slip]:
    """A slip for every code that is no level of the variable."""
    return [unknown(path, code, known.levels, f"level of {known.name!r}") for code in codes if code not in known.levels]


def unknown(path: tuple[str | int, ...], name: str, candidates: Iterable[str], what: str) -> Slip:
    """A name that stands for nothing, with the nearest ones that do."""
    pool = list(candidates)
    return Slip(path, f"unknown {what} {name!r}", choices(name, pool) if pool else f"the protocol defines no {what}")
