"""Variables of a protocol that make no sense: unknown words, options that do not fit, rules out of their limits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from y90outcomes.derivations.catalogue import EVENTS, VARIABLES
from y90outcomes.derivations.rollups import INDEX_ROLE, ROLLUPS, RollUp
from y90outcomes.derivations.rules import allowed, fault
from y90outcomes.derivations.types import Variable
from y90outcomes.errors import Slip
from y90outcomes.schema import load_schema
from y90outcomes.study.meaning import CODELISTS, RESERVED, level_slips, meaning, unknown
from y90outcomes.study.variables import CutVariable, DerivedVariable, GroupedVariable, OccurrenceVariable

if TYPE_CHECKING:
    from y90outcomes.study.model import Study


def variable_slips(study: Study) -> Iterator[Slip]:
    """Every variable whose words make no sense."""
    for name, spec in study.variables.items():
        path = ("variables", name)
        if isinstance(spec, DerivedVariable):
            yield from _derived_slips(study, path, spec)
        elif isinstance(spec, GroupedVariable | CutVariable):
            if spec.of not in study.variables:
                yield unknown((*path, "of"), spec.of, study.variables, "variable")
            elif _circular(study, name):
                yield Slip((*path, "of"), f"{name!r} is defined by itself")
            else:
                yield from _recoded_slips(study, path, spec)
        elif spec.event not in EVENTS:
            yield unknown((*path, "event"), spec.event, EVENTS, "event")
        elif isinstance(spec, OccurrenceVariable) and not EVENTS[spec.event].occurrence:
            allowed = [event.name for event in EVENTS.values() if event.occurrence]
            yield Slip(
                (*path, "event"), f"the registry does not record whether {spec.event!r} happened", ", ".join(allowed)
            )


def _derived_slips(study: Study, path: tuple[str, ...], spec: DerivedVariable) -> Iterator[Slip]:
    variable = VARIABLES.get(spec.derive)
    if variable is None:
        yield unknown((*path, "derive"), spec.derive, VARIABLES, "derivation")
        return
    for option in ("window", "baseline", "source", "criterion", "visit"):
        value = getattr(spec, option)
        if option in variable.options and value is None:
            yield Slip(path, f"{spec.derive!r} needs {option!r}")
        elif value is not None and option not in variable.options:
            takes = ", ".join(variable.options) or "no option"
            yield Slip((*path, option), f"{spec.derive!r} does not take {option!r}", takes)
        elif value is not None and option in ("window", "baseline") and value not in study.windows:
            yield unknown((*path, option), value, study.windows, "window")
        elif value is not None and option in CODELISTS:
            codes = load_schema().codelists[CODELISTS[option]].codes
            if value == []:
                yield Slip((*path, option), "an empty list names no record", f"one or more of {', '.join(codes)}")
            for word in [value] if isinstance(value, str) else value:
                if word not in codes:
                    yield unknown((*path, option), word, codes, option)
    yield from _late_slips(study, path, spec, variable)
    if spec.unit is not None and variable.quantity != "day":
        yield Slip((*path, "unit"), f"{spec.derive!r} is no time; its unit is fixed", variable.unit or "no unit")
    if spec.rollup is not None:
        policy = ROLLUPS[spec.rollup]
        if variable.grain == "patient":
            yield Slip((*path, "rollup"), f"{spec.derive!r} is a patient's already; there is nothing to roll up")
        elif policy.needs == "number" and not variable.numeric:
            yield Slip((*path, "rollup"), f"{spec.rollup!r} needs a number", "poorest, best")
        elif policy.needs == "ordered" and not variable.ordered:
            yield Slip((*path, "rollup"), f"{spec.rollup!r} needs ordered levels", "lowest, largest, sum, count")
        yield from _by_slips(study, path, spec, policy)
    elif spec.by is not None:
        yield Slip((*path, "by"), "'by' belongs to a rollup", ", ".join(p.name for p in ROLLUPS.values() if p.by))
    for code in spec.labels:
        if code not in variable.levels:
            yield unknown((*path, "labels", code), code, variable.levels, "level")
    yield from _rule_slips(path, spec, variable)


def _late_slips(study: Study, path: tuple[str, ...], spec: DerivedVariable, variable: Variable) -> Iterator[Slip]:
    """A window of a baseline that reaches past day 0 without saying so."""
    options = ("window", "baseline") if variable.measured_at == "baseline" else ("baseline",)
    for option in options:
        name = getattr(spec, option)
        window = study.windows.get(name or "")
        if window is None or option not in variable.options or window.end <= 0 or window.after_treatment:
            continue
        if option == "baseline" or window.start <= 0:
            yield Slip(
                (*path, option),
                f"the window {name!r} reaches day {window.end:g} and this is a baseline",
                "a window that ends on day 0 or before, or one that says after_treatment: true",
            )


def _by_slips(study: Study, path: tuple[str, ...], spec: DerivedVariable, policy: RollUp) -> Iterator[Slip]:
    """The variable a roll-up needs beside the value: a lesion's number, or a lesion's role."""
    if not policy.by:
        if spec.by is not None:
            yield Slip((*path, "by"), f"{policy.name!r} needs nothing beside the value")
        return
    beside = study.variables.get(spec.by or "")
    known = VARIABLES.get(beside.derive) if isinstance(beside, DerivedVariable) else None
    what = "a role" if policy.by == "role" else "a number"
    if spec.by is None:
        yield Slip(path, f"{policy.name!r} needs 'by', {what} of each lesion")
    elif beside is None:
        yield unknown((*path, "by"), spec.by, study.variables, "variable")
    elif known is None or known.grain != "lesion" or (INDEX_ROLE in known.levels) != (policy.by == "role"):
        yield Slip((*path, "by"), f"{spec.by!r} is not {what} of each lesion")


def _rule_slips(path: tuple[str, ...], spec: DerivedVariable, variable: Variable) -> Iterator[Slip]:
    known = {rule.name: rule for rule in variable.rules}
    for name, value in spec.rules.items():
        if name not in known:
            yield (
                unknown((*path, "rules", name), name, known, "rule")
                if known
                else Slip((*path, "rules", name), f"{spec.derive!r} has no rules")
            )
        elif said := fault(known[name], value):
            yield Slip((*path, "rules", name), said, allowed(known[name]))
    for name, rule in known.items():
        if rule.default is None and name not in spec.rules:
            yield Slip(path, f"{spec.derive!r} needs the rule {name!r}", allowed(rule))


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
            yield from level_slips((*path, "groups", group), codes, parent)
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


def dependents(study: Study, broken: set[str | int]) -> set[str | int]:
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
