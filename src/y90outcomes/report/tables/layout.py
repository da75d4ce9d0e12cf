"""Which rows of a result have a line of their own, and which stand beside or above others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from y90outcomes.results.types import EffectRow, Effects

HEADING_TESTS = ("term_test", "likelihood_ratio", "interaction")
"""Tests of a term, printed at its name where its levels stand below."""

Key = tuple[str, str | None]
"""Term and contrast."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns a table has, and what stands in them beside a row's own numbers.

    counts  of "n" and "events", those shown
    firth   (term, contrast) -> the penalised estimate shown beside
    joint   (term, contrast) -> the adjusted p shown beside
    tests   term -> the test printed where its name heads its levels
    """

    counts: tuple[str, ...]
    p: bool
    statistic: bool
    firth: Mapping[Key, EffectRow]
    joint: Mapping[Key, EffectRow]
    tests: Mapping[str, EffectRow]
    interaction: bool


def layout_of(result: Effects) -> tuple[Layout, list[EffectRow]]:
    """The columns, and the rows that still need a line of their own: none is lost."""
    keys = {(row.quantity, row.term, row.contrast) for row in result.rows}
    firth: dict[Key, EffectRow] = {}
    joint: dict[Key, EffectRow] = {}
    tests: dict[str, EffectRow] = {}
    left: list[EffectRow] = []
    for row in result.rows:
        plain = row.quantity.removesuffix("_firth").removesuffix("_adjusted")
        paired = plain not in HEADING_TESTS and (plain, row.term, row.contrast) in keys
        if plain != row.quantity and paired:
            (firth if row.quantity.endswith("_firth") else joint)[row.term, row.contrast] = row
        elif _heads(result, row) and row.term not in tests:
            tests[row.term] = row
        else:
            left.append(row)
    layout = Layout(
        counts=tuple(name for name in ("n", "events") if any(getattr(row, name) is not None for row in left)),
        p=any(row.p is not None for row in result.rows),
        statistic=all(row.is_test for row in left),
        firth=firth,
        joint=joint,
        tests=tests,
        interaction=any(row.quantity == "interaction" for row in tests.values()),
    )
    return layout, left


def _heads(result: Effects, row: EffectRow) -> bool:
    """Whether a test is printed at its term's name, because a name stands above the levels of the term."""
    if not row.is_test or row.contrast is not None or row.quantity not in HEADING_TESTS:
        return False
    levels = [other for other in result.rows if other.term == row.term and not other.is_test and other.contrast]
    return len(levels) > 1 and bool(_name(result, row.term, [level for level in levels if _alike(level, levels[0])]))


def _alike(row: EffectRow, other: EffectRow) -> bool:
    return row.quantity == other.quantity


def factor_of(result: Effects, rows: Sequence[EffectRow], row: EffectRow, layout: Layout) -> str:
    """What heads the levels of a row's term among rows of one quantity; "" where nothing does."""
    if row.is_test or row.contrast is None:
        return ""
    if row.term not in layout.tests and row.term not in result.layout.get("headings", {}):
        return ""
    return _name(result, row.term, [other for other in rows if other.term == row.term and other.contrast])


def _name(result: Effects, term: str, levels: Sequence[EffectRow]) -> str:
    """A term's name: told by the method, else what the labels of its levels begin with."""
    told = str(result.layout.get("headings", {}).get(term, ""))
    starts = {level.label.rpartition(": ")[0] for level in levels}
    return told or (starts.pop() if len(starts) == 1 else "")
