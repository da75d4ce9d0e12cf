"""What cutoffs of a marker do: measures down, cutoffs across."""

from __future__ import annotations

from y90outcomes.report import format as fmt
from y90outcomes.report.tables.cells import capital, estimate_cell, interval_heading, not_reached
from y90outcomes.report.tables.names import quantity_name
from y90outcomes.report.view import Cell, Marks, Row, View, heading, result_notes
from y90outcomes.results.types import EffectRow, Effects

MOST = 4
"""Cutoffs beside each other; more are printed row by row."""


def is_cutoffs(result: Effects) -> bool:
    """Whether a result gives the same measures, sensitivity among them, at a few cutoffs."""
    terms = {row.term for row in result.rows}
    kinds = {row.quantity for row in result.rows}
    keys = {(row.quantity, row.term) for row in result.rows}
    tests = any(row.is_test for row in result.rows)
    whole = len(keys) == len(result.rows) == len(terms) * len(kinds)
    return not tests and "sensitivity" in kinds and len(terms) <= MOST and whole


def cutoffs_view(result: Effects) -> View:
    """A row per measure, a column per cutoff: the estimate with its interval, of a share its numbers too."""
    marks = Marks()
    terms = list(dict.fromkeys(row.term for row in result.rows))
    found = {(row.quantity, row.term): row for row in result.rows}
    kinds = [kind for kind in dict.fromkeys(row.quantity for row in result.rows) if kind != "cutoff"]
    sub = interval_heading([row for row in result.rows if row.quantity != "cutoff"]).strip(" ()")
    head = [Cell("Measure", "text")]
    for term in terms:
        label = next(row.label or term for row in result.rows if row.term == term)
        head.append(Cell(capital(label), "number", sub=f"{sub}; events/n" if sub else "events/n"))
    rows = []
    for kind in kinds:
        cells = [_cell(found[kind, term], marks) for term in terms]
        rows.append(Row((Cell(quantity_name(kind), "text"), *cells)))
    notes = (*marks.notes(), *not_reached(result), *result_notes(result))
    return View(result.id, heading(result), tuple(head), tuple(rows), notes)


def _cell(row: EffectRow, marks: Marks) -> Cell:
    """ "69% (60–76); 88/128": a share with its numbers, another measure without."""
    made = estimate_cell(row, marks, row.n)
    if row.unit != "%" or row.n is None or row.events is None:
        return made
    return Cell(f"{made.text}; {fmt.integer(row.events)}/{fmt.integer(row.n)}", made.kind, made.mark)
