"""Rules of a derivation: what a protocol set, checked, with the defaults of the others filled in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from y90outcomes.derivations.types import Rule, Variable

Value = str | float | bool


def settled(variable: Variable, given: Mapping[str, Value]) -> dict[str, Any]:
    """Every rule of a derivation by name, as its function takes it. ValueError for a value a rule does not allow."""
    return {rule.name: _value(rule, given[rule.name]) if rule.name in given else rule.default
            for rule in variable.rules}  # fmt: skip


def fault(rule: Rule, value: Value) -> str:
    """Why a rule cannot have this value, and "" where it can."""
    try:
        _value(rule, value)
    except ValueError as error:
        return str(error)
    return ""


def words(rule: Rule, value: Value | None) -> str:
    """A rule with its value, as the methods section prints one that a protocol sets."""
    start = rule.words[:2] if rule.words[:2].isupper() or rule.words[1:2].isupper() else rule.words[:2].lower()
    return f"{start}{rule.words[2:]}: {_shown(rule, value)}"


def default_words(rule: Rule) -> str:
    """A rule's name with its default, as the methods section lists those a protocol leaves alone."""
    return f"{rule.name.replace('_', ' ')} {_shown(rule, rule.default)}"


def _shown(rule: Rule, value: Value | None) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = f"{value:g}" if isinstance(value, int | float) else str(value)
    return f"{text.replace('_', ' ')} {rule.unit}".strip()


def allowed(rule: Rule) -> str:
    """What a rule may be, in words."""
    if rule.allowed:
        return ", ".join(rule.allowed)
    if isinstance(rule.default, bool):
        return "true or false"
    low = "" if rule.low is None else f" from {rule.low:g}"
    high = "" if rule.high is None else f" to {rule.high:g}"
    return f"a number{low}{high}{' ' + rule.unit if rule.unit else ''}"


def _value(rule: Rule, value: Value) -> Value:
    if rule.allowed:
        found = next((word for word in rule.allowed if word == value or _same_number(word, value)), None)
        if found is None:
            raise ValueError(f"{rule.name} cannot be {value!r}")
        return found
    if isinstance(rule.default, bool):
        if not isinstance(value, bool):
            raise ValueError(f"{rule.name} is true or false")
        return value
    if isinstance(value, bool | str):
        raise ValueError(f"{rule.name} is a number")
    if (rule.low is not None and value < rule.low) or (rule.high is not None and value > rule.high):
        raise ValueError(f"{rule.name} is out of its limits")
    return int(value) if isinstance(rule.default, int) and float(value).is_integer() else float(value)


def _same_number(word: str, value: Value) -> bool:
    """A page may write a version such as 5.0 without quotes; YAML reads a number then."""
    try:
        return isinstance(value, float | int) and not isinstance(value, bool) and float(word) == float(value)
    except ValueError:
        return False
