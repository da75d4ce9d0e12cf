"""Estimates and tests: a row each, levels of a factor under its name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from y90outcomes.report import format as fmt
from y90outcomes.report.companions import phrase
from y90outcomes.report.tables.cells import (
    capital,
    estimate_cell,
    interval_heading,
    kind_name,
    labels_of,
    not_reached,
    statistic_cell,
)
from y90outcomes.report.tables.layout import Layout, factor_of, layout_of
from y90outcomes.report.tables.names import CHI_SQUARE, quantity_name
from y90outcomes.report.view import Cell, Footnote, Marks, Row, View, heading, result_notes
from y90outcomes.results.types import EffectRow, Effects

BETWEEN = frozenset({"heterogeneity", "i_squared", "tau_squared"})
"""What is said of estimates: n counts these, not subjects."""


def by_row(result: Effects, names: Mapping[str, str]) -> View:
    """One row per estimate or test, under a heading per quantity when there are several.

    Penalised estimates and adjusted p values stand in columns beside what they belong to. Levels of one factor stand
    under its name, where its test of all levels, or of interaction, is printed.
    """
    marks = Marks()
    layout, left = layout_of(result)
    kinds = {
        kind: [row for row in left if row.quantity == kind] for kind in dict.fromkeys(row.quantity for row in left)
    }
    estimates = [row for row in left if not row.is_test]
    shared = _shared(kinds) if estimates else ""
    title = kind_name(kinds[shared]) if shared else "Estimate"
    title_of = _group_title(result, left)
    head = [Cell(title_of, "text")] + [Cell(name) for name in layout.counts]
    head.append(Cell("Statistic" if layout.statistic else title + interval_heading(estimates)))
    head += [Cell("p", "p")] if layout.p else []
    if layout.firth:
        head += [Cell("Firth" + interval_heading(list(layout.firth.values()))), Cell("p, Firth", "p")]
    head += [Cell("Adjusted p", "p")] if layout.joint else []
    head += [Cell("p, interaction", "p")] if layout.interaction else []
    rows: list[Row] = []
    for kind, mine in kinds.items():
        labels = {key: _without(label, title_of) for key, label in labels_of(mine, names).items()}
        told = [_told(row, labels[row.term, row.contrast], result, len(kinds) > 1 and bool(estimates)) for row in mine]
        alone = (
            kind == shared
            or not estimates
            or len(kinds) == 1
            or all(_says(label, quantity_name(kind)) for label in told)
        )
        if not alone:
            rows.append(Row((Cell(kind_name(mine), "text"),), "group"))
        rows += _rows(result, mine, told, layout, marks, not alone)
    whole = (Footnote("At a factor's name, the test of all its levels."),) if _factors(layout, left) else ()
    notes = (*marks.notes(), *not_reached(result), *whole, *result_notes(result))
    return View(result.id, heading(result), tuple(head), tuple(rows), notes)


def _shared(kinds: Mapping[str, Sequence[EffectRow]]) -> str:
    """The one quantity that can head the column: every other is a test whose statistic says what it is."""
    estimated = [kind for kind, rows in kinds.items() if not rows[0].is_test]
    tests = [row for rows in kinds.values() for row in rows if row.is_test]
    if (
        len(estimated) != 1
        or (tests and estimated[0] not in fmt.RATIOS)
        or any(row.quantity not in CHI_SQUARE for row in tests)
    ):
        return ""
    return estimated[0]


def _says(label: str, name: str) -> bool:
    """Whether a label begins with a quantity's name or has it before its colon, as in "Weighted kappa: …"."""
    words = rf"\b{re.escape(name)}\b"
    return label.startswith(name) or bool(re.search(words, label.partition(": ")[0], re.IGNORECASE))


def _group_title(result: Effects, rows: Sequence[EffectRow]) -> str:
    """The title of the groups, where every row's label begins with it: the head of the first column then."""
    start = f"{result.group_title}: "
    return capital(result.group_title) if rows and all(row.label.startswith(start) for row in rows) else ""


def _without(label: str, title: str) -> str:
    return capital(label.removeprefix(f"{title}: ")) if title else label


def _told(row: EffectRow, label: str, result: Effects, mixed: bool) -> str:
    """A test's label says which test it is, unless a heading and the footnotes do."""
    if not row.is_test or phrase(row) == label:
        return label
    beside = row.quantity + "_adjusted" in {other.quantity for other in result.rows}
    if row.label and (beside or (mixed and row.quantity in CHI_SQUARE)):
        return label
    return label if capital(phrase(row)) == label else f"{label} – {phrase(row)}"


def _factors(layout: Layout, rows: Sequence[EffectRow]) -> bool:
    terms = {row.term for row in rows}
    return any(row.quantity != "interaction" for term, row in layout.tests.items() if term in terms)


def _rows(
    result: Effects, rows: Sequence[EffectRow], labels: Sequence[str], layout: Layout, marks: Marks, inside: bool
) -> list[Row]:
    """The lines of one quantity; a factor's name above its levels."""
    out: list[Row] = []
    above: str | None = None
    for row, label in zip(rows, labels, strict=True):
        factor = factor_of(result, rows, row, layout)
        if factor and row.term != above:
            out.append(_factor_row(factor, layout.tests.get(row.term), layout, marks))
        above = row.term
        text = label.removeprefix(f"{factor}: ") if factor else label
        out.append(_line(result, row, text, layout, marks, "level" if factor or inside else "plain"))
    return out


def _factor_row(name: str, test: EffectRow | None, layout: Layout, marks: Marks) -> Row:
    interaction = test is not None and test.quantity == "interaction"
    p = Cell("", "p")
    if test is not None:
        p = Cell(fmt.p_value(test.p), "p", marks.mark(test.reason if test.p is None else ""))
    cells = [Cell(capital(name), "text")] + [Cell("") for _ in layout.counts]
    cells.append(statistic_cell(test, named=True) if test is not None and not interaction else Cell(""))
    cells += [p if not interaction else Cell("", "p")] if layout.p else []
    cells += [Cell(""), Cell("", "p")] if layout.firth else []
    cells += [Cell("", "p")] if layout.joint else []
    cells += [p if interaction else Cell("", "p")] if layout.interaction else []
    return Row(tuple(cells), "group")


def _line(
    result: Effects,
    row: EffectRow,
    label: str,
    layout: Layout,
    marks: Marks,
    kind: str,
) -> Row:
    first = any(other.primary and other.term == row.term and other is not row for other in _alike(result, row))
    if row.quantity == "heterogeneity" and row.n is not None:
        label += f", {fmt.integer(row.n)} estimates"
    said = f"Computed beside the primary {'test' if row.is_test else 'estimate'}"
    cells = [Cell(label, "text", mark=marks.mark(said if first and not row.primary else ""))]
    counted = {name: None if row.quantity in BETWEEN else getattr(row, name) for name in layout.counts}
    cells += [Cell("" if count is None else fmt.integer(count)) for count in counted.values()]
    if row.is_test:
        cells.append(statistic_cell(row, named=not layout.statistic))
    else:
        cells.append(estimate_cell(row, marks, row.n if row.n is not None else result.n))
    cells += [_p(row, marks)] if layout.p else []
    key = (row.term, row.contrast)
    if layout.firth:
        beside = layout.firth.get(key) if not row.is_test else None
        cells += [Cell("") if beside is None else estimate_cell(beside, marks, beside.n)]
        cells += [Cell("", "p") if beside is None else _p(beside, marks)]
    if layout.joint:
        adjusted = layout.joint.get(key)
        cells.append(Cell("", "p") if adjusted is None else _p(adjusted, marks))
    cells += [Cell("", "p")] if layout.interaction else []
    return Row(tuple(cells), kind)


def _alike(result: Effects, row: EffectRow) -> list[EffectRow]:
    """Rows a reader could take for the same thing: tests of the term, or estimates of the quantity."""
    return [
        other
        for other in result.rows
        if other.is_test == row.is_test and (row.is_test or other.quantity == row.quantity)
    ]


def _p(row: EffectRow, marks: Marks) -> Cell:
    """The p of a row; a test without one says why, an estimate without one has none."""
    if row.p is None and not row.is_test:
        return Cell("", "p")
    return Cell(fmt.p_value(row.p), "p", marks.mark(row.reason if row.p is None else ""))
