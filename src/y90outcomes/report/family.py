"""The table of a family of tests: each member's own p beside the adjusted one."""

from __future__ import annotations

from y90outcomes.report import format as fmt
from y90outcomes.report.view import Cell, Marks, Row, View, heading, result_notes
from y90outcomes.results.types import Effects

WORDS = {1: "yes", 0: "no"}


def is_family(result: Effects) -> bool:
    """Whether a result holds p values adjusted together."""
    return any(row.quantity == "adjusted_p" for row in result.rows)


def family_view(result: Effects) -> View:
    """One row per member: its name, n, p, adjusted p, and whether it is rejected."""
    marks, rows = Marks(), []
    own = {row.term: row for row in result.rows if row.quantity == "raw_p"}
    decided = {row.term: row for row in result.rows if row.quantity == "rejected"}
    for row in (row for row in result.rows if row.quantity == "adjusted_p"):
        decision = decided[row.term].estimate
        rows.append(
            Row(
                (
                    Cell(row.label or row.term, "text"),
                    Cell(fmt.integer(row.n)),
                    Cell(fmt.p_value(own[row.term].p), "p"),
                    Cell(fmt.p_value(row.p), "p", marks.mark(row.reason if row.p is None else "")),
                    Cell(fmt.NULL if decision is None else WORDS[int(decision)], "text"),
                )
            )
        )
    head = (Cell("Test", "text"), Cell("n"), Cell("p", "p"), Cell("Adjusted p", "p"), Cell("Rejected", "text"))
    return View(result.id, heading(result), head, tuple(rows), (*marks.notes(), *result_notes(result)))
