"""The reference of every derivation, event and roll-up a protocol can name: as lines for a terminal and as a page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from y90outcomes.derivations.catalogue import EVENTS, VARIABLES
from y90outcomes.derivations.rollups import ROLLUPS
from y90outcomes.derivations.rules import allowed
from y90outcomes.derivations.types import Need, Rule, Variable

MEASURED = {"baseline": "before treatment", "treatment": "at treatment", "follow_up": "after treatment"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One derivation in words."""

    name: str
    label: str
    grain: str
    measured: str
    value: str
    needs: tuple[str, ...]
    options: tuple[str, ...]
    rules: tuple[tuple[str, str, str, str], ...]
    missing: str
    reference: str


def entries() -> tuple[Entry, ...]:
    """Every derivation, in the order of their names."""
    return tuple(_entry(VARIABLES[name]) for name in sorted(VARIABLES))


def _entry(variable: Variable) -> Entry:
    levels = ", ".join(code if code == label else f"{code} ({label})" for code, label in variable.levels.items())
    order = "ordered " if variable.ordered else ""
    value = f"{order}levels: {levels}" if levels else f"number{', ' + variable.unit if variable.unit else ''}"
    rules = tuple((rule.name, _default(rule), allowed(rule), rule.words) for rule in variable.rules)
    return Entry(
        variable.name, variable.label, variable.grain, MEASURED[variable.measured_at], value,
        tuple(_need(need) for need in variable.needs), variable.options, rules, variable.missing,
        variable.reference or "as recorded",
    )  # fmt: skip


def _need(need: Need) -> str:
    where = ", ".join(f"{column} {code}" for column, code in need.where.items())
    rolled = f" ({ROLLUPS[need.rollup].words})" if need.rollup else ""
    return f"{need.table}.{need.column}{' where ' + where if where else ''}{rolled}"


def _default(rule: Rule) -> str:
    if rule.default is None:
        return "must be given"
    if isinstance(rule.default, bool):
        return "true" if rule.default else "false"
    shown = f"{rule.default:g}" if isinstance(rule.default, int | float) else rule.default
    return f"{shown} {rule.unit}".strip()


def text_lines() -> Iterator[str]:
    """The reference as plain text."""
    for entry in entries():
        yield f"{entry.name}: {entry.label} (per {entry.grain}, {entry.measured}; {entry.value})"
        yield f"  needs {'; '.join(entry.needs)}"
        if entry.options:
            yield f"  options {', '.join(entry.options)}"
        for name, default, may_be, words in entry.rules:
            yield f"  rule {name} = {default} [{may_be}]: {words}"
        yield f"  missing: {entry.missing}"
        yield f"  source: {entry.reference}"
    for event in EVENTS.values():
        yield f"event {event.name}: {event.label} ({event.table})"
    for policy in ROLLUPS.values():
        yield f"rollup {policy.name}: {policy.words}{' (needs by)' if policy.by else ''}"


def reference_html() -> str:
    """The reference as one self-contained page."""
    from jinja2 import Environment, StrictUndefined

    page = resources.files("y90outcomes.derivations").joinpath("templates", "variables.html.j2")
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(page.read_text(encoding="utf-8"))
    return template.render(entries=entries(), events=EVENTS.values(), rollups=ROLLUPS.values()) + "\n"
