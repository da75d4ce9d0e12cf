"""Estimates of groups: a row per group, a column per quantity and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from y90outcomes.report import format as fmt
from y90outcomes.report.companions import phrase
from y90outcomes.report.tables.cells import capital, estimate_cell, interval_heading, not_reached
from y90outcomes.report.tables.names import quantity_name
from y90outcomes.report.view import Cell, Footnote, Marks, Row, View, heading, result_notes
from y90outcomes.results.types import EffectRow, Effects, Number

WIDE = 5
"""More columns of estimates than these are stacked, a block of rows per quantity, where the times are the same."""

Column = tuple[str, str | None, str]
"""Quantity, contrast and unit."""


def by_group(result: Effects, names: Mapping[str, str], estimates: Sequence[EffectRow], time_unit: str) -> View:
    """A row per group, a column per quantity and time; the tests follow as footnotes."""
    marks = Marks()
    # a count of events stands in its own column already
    columns: list[Column] = list(
        dict.fromkeys((row.quantity, row.contrast, row.unit) for row in estimates if row.quantity != "events")
    )
    terms = dict.fromkeys(row.term for row in estimates)
    ordered = [key for key in names if key in terms] + [key for key in terms if key not in names]
    counted = [name for name in ("n", "events") if any(getattr(row, name) is not None for row in estimates)]
    blocks = _blocks(columns)
    head = [Cell(capital(result.group_title), "text"), *(Cell(name) for name in counted)]
    for quantity, contrast, unit in columns if len(blocks) == 1 else blocks[0]:
        mine = [row for row in estimates if (row.quantity, row.contrast) == (quantity, contrast)]
        at = f"{'at' if len(blocks) == 1 else 'At'} {_time(contrast, time_unit)}" if contrast else ""
        of = f", {unit}" if unit and unit != "%" and quantity not in fmt.FRACTIONS else ""
        said = f"{quantity_name(quantity)} {at}".strip() + of if len(blocks) == 1 else at
        head.append(Cell(said, sub=interval_heading(mine).strip()))
    rows: list[Row] = []
    for block in blocks:
        if len(blocks) > 1:
            rows.append(Row((Cell(quantity_name(block[0][0]), "text"),), "group"))
        for term in ordered:
            mine = [row for row in estimates if row.term == term]
            cells = [Cell(names.get(term, "All" if term == "all" else term), "text")]
            cells += [Cell(fmt.integer(_first(mine, name))) for name in counted]
            whole = n if (n := _first(mine, "n")) is not None else result.n
            for column in block:
                found = next((row for row in mine if (row.quantity, row.contrast, row.unit) == column), None)
                cells.append(estimate_cell(found, marks, whole))
            rows.append(Row(tuple(cells), "plain" if len(blocks) == 1 else "level"))
    tests = tuple(Footnote(_test_words(row)) for row in result.rows if row.is_test)
    said = " ".join(phrase(row) for row in result.rows if row.is_test)
    return View(
        result.id,
        heading(result),
        tuple(head),
        tuple(rows),
        (*tests, *marks.notes(), *not_reached(result), *result_notes(result, beside=said)),
    )


def _blocks(columns: list[Column]) -> list[list[Column]]:
    """The columns in one block, or one per quantity where they are many and every quantity has the same times."""
    found: dict[str, list[Column]] = {}
    for column in columns:
        found.setdefault(column[0], []).append(column)
    times = {tuple((contrast, unit) for _, contrast, unit in block) for block in found.values()}
    same = len(times) == 1 and all(contrast for _, contrast, _ in columns)
    return list(found.values()) if len(columns) > WIDE and len(found) > 1 and same else [columns]


def _first(rows: Sequence[EffectRow], name: str) -> Number:
    return next((value for row in rows if (value := getattr(row, name)) is not None), None)


def _time(contrast: str, unit: str) -> str:
    """ "12" as "12 months" when the unit is known and the contrast is a bare number."""
    return contrast + fmt.NBSP + unit if unit and contrast.replace(".", "", 1).isdigit() else contrast


def _test_words(row: EffectRow) -> str:
    words = phrase(row) + (f" ({row.contrast})" if row.contrast else "")
    return fmt.sentence(f"{words}: p{fmt.p_equation(row.p)}" if row.p is not None else f"{words}: {row.reason}")
