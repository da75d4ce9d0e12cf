"""The tests an analysis brings along in `<id>.tests` or `<id>.estimates`, found by what they are about."""

from __future__ import annotations

from y90outcomes import conventions
from y90outcomes.results.types import EffectRow, Effects, Result

BANDS = 3
"""Up to so many curves a figure shades their confidence bands."""


def primary_test(companion: Result | None, term: str = "", quantity: str = "") -> EffectRow | None:
    """The primary test of `term` (any term when none matches and only one is there), of one `quantity` if given."""
    if not isinstance(companion, Effects):
        return None
    found = [
        row for row in companion.rows if row.is_test and row.primary and (not quantity or row.quantity == quantity)
    ]
    named = [row for row in found if row.term == term]
    if named:
        return named[0]
    return found[0] if len(found) == 1 else None


def named_groups(result: Result) -> tuple[str, ...]:
    """The groups a figure shows, in order: everybody together only where there is no other group."""
    rows = getattr(result, "rows", ())
    present = dict.fromkeys([*result.groups, *(row.group for row in rows)])
    drawn = {row.group for row in rows}
    named = tuple(key for key in present if key != "all" and key in drawn)
    return named or tuple(key for key in present if key in drawn)


def phrase(row: EffectRow) -> str:
    """A test in words: its convention's footnote phrase, else its label, else its name."""
    named = [part.partition("=") for part in row.convention.split("; ")]
    if all(name for _, _, name in named):
        return ", ".join(
            conventions.words(item, name) if item in conventions.CONVENTIONS else f"{item.replace('_', ' ')} {name}"
            for item, _, name in named
        )
    for candidate in (row.quantity, *conventions.CONVENTIONS):
        if row.convention and row.convention in getattr(conventions.CONVENTIONS.get(candidate), "words", {}):
            return conventions.words(candidate, row.convention)
    return row.convention or row.label or row.quantity.replace("_", " ")
