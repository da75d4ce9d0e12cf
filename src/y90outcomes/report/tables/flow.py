"""The flow chart by centre."""

from __future__ import annotations

from y90outcomes.report import format as fmt
from y90outcomes.report.view import Cell, Footnote, Row, View
from y90outcomes.results.types import Flow


def flow_by_centre(result: Flow) -> View | None:
    """Who is left after each step, by centre; None with one centre only."""
    centres = [centre for centre in dict.fromkeys(row.centre for row in result.rows) if centre != "all"]
    if len(centres) < 2:
        return None
    order = ["all", *centres] if any(row.centre == "all" for row in result.rows) else centres
    steps = dict.fromkeys((row.step, row.criterion) for row in result.rows)
    cells = {(row.step, row.criterion, row.centre): row for row in result.rows}
    labels = {(row.step, row.criterion): row.label or row.criterion for row in result.rows}
    rows = []
    for step in sorted(steps, key=lambda key: key[0]):
        line = [Cell(labels[step], "text")]
        for centre in order:
            row = cells.get((*step, centre))
            lost = (
                f" ({fmt.integer(row.fails)}; {fmt.integer(row.missing)})" if row and (row.fails or row.missing) else ""
            )
            line.append(Cell(fmt.NULL if row is None else fmt.integer(row.left) + lost))
        rows.append(Row(tuple(line)))
    head = (
        Cell("Criterion", "text"),
        *(Cell("All" if centre == "all" else result.groups.get(centre, centre)) for centre in order),
    )
    note = Footnote("Subjects left; in brackets those not meeting the criterion, then those with a missing value.")
    return View(f"{result.id}.by-centre", f"{result.title}, by centre", head, tuple(rows), (note,))
