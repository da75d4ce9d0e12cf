"""A table of typed columns as it stands; the verdicts of a reproduction table worded and counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from y90outcomes.report import format as fmt
from y90outcomes.report.origins import own_tag
from y90outcomes.report.tables.names import VERDICTS
from y90outcomes.report.tables.sensitivity import is_sensitivity, sensitivity_view
from y90outcomes.report.view import Cell, Row, View, heading, result_notes
from y90outcomes.results.types import Table


def table_view(result: Table) -> View:
    """A table as it is, numbers by column; the verdicts of a reproduction table worded and counted.

    A column named `key` is only there to make rows addressable and is not printed, nor are those of `layout["hidden"]`,
    which the CSV has too. The column `layout["heading"]` becomes a line above the rows that share its value.
    `layout["origin"]` says where its numbers come from, when not from the report's data.
    `layout["labels"]` gives the first cell of a row a second, lighter text.
    """
    if is_sensitivity(result):
        return sensitivity_view(result)
    labels: Mapping[str, str] = result.layout.get("labels", {})
    heading_column = result.layout.get("heading")
    hidden = {"key", heading_column, *result.layout.get("hidden", ())}
    hidden |= {name for name in ("reason",) if _blank(result, name)}
    used = [i for i, column in enumerate(result.columns) if column.name not in hidden]
    decimals = {i: _decimals(result, i) for i in used}
    head = tuple(
        Cell(
            f"{column.label or column.name}" + (f", {column.unit}" if column.unit else ""),
            "number" if column.type in {"integer", "number"} and not (heading_column and i == used[0]) else "text",
        )
        for i, column in ((i, result.columns[i]) for i in used)
    )
    rows = []
    of = next((i for i, column in enumerate(result.columns) if column.name == heading_column), None)
    above = None
    for row in result.rows:
        if of is not None and row[of] != above:
            above = row[of]
            rows.append(Row((Cell(str(above), "text"),), "group"))
        cells = [_table_cell(row[i], result.columns[i].name, result.columns[i].type, decimals[i]) for i in used]
        cells[0] = replace(cells[0], sub=labels.get(str(row[used[0]]), cells[0].sub))
        rows.append(Row(tuple(cells), "plain" if of is None else "level"))
    tag = own_tag(result.layout.get("origin"))
    return View(
        result.id, heading(result), head, tuple(rows), result_notes(result), lead=_verdict_lead(result), tag=tag
    )


def _blank(result: Table, name: str) -> bool:
    """Whether a column says nothing in any row."""
    places = [i for i, column in enumerate(result.columns) if column.name == name]
    return all(row[i] in (None, "") for row in result.rows for i in places)


def _decimals(result: Table, place: int) -> int:
    """Decimals of a column: none of counts, one of an AIC, where differences matter, else by unit and size."""
    column = result.columns[place]
    if column.type == "integer":
        return 0
    if column.name.startswith("aic"):
        return 1
    numbers = [value for row in result.rows if isinstance(value := row[place], int | float)]
    return fmt.places(column.unit, numbers)


def _table_cell(value: str | float | int | None, name: str, kind: str, decimals: int) -> Cell:
    if value is None:
        return Cell(fmt.NULL, "number" if kind in {"integer", "number"} else "text")
    if isinstance(value, str):
        if name == "verdict":
            return Cell(VERDICTS.get(value, value.replace("_", " ")), "verdict", sub=value if value in VERDICTS else "")
        link = value.partition("/")[0].partition("#")[0] if name == "address" else ""
        return Cell(value, "address" if name == "address" else "text", link=link)
    if name == "p":
        return Cell(fmt.p_value(value), "p")
    return Cell(fmt.decimal(value, decimals) if name.startswith("aic") else fmt.quantity(value, decimals))


def _verdict_lead(result: Table) -> str:
    """ "86 printed statistics: agrees 70, …" of a verdict column; `layout["counted"]` names its rows."""
    place = next((i for i, column in enumerate(result.columns) if column.name == "verdict"), None)
    if place is None:
        return ""
    verdicts = [str(row[place]) for row in result.rows]
    order = [*VERDICTS, *dict.fromkeys(v for v in verdicts if v not in VERDICTS)]
    parts = [f"{VERDICTS.get(v, v)}{fmt.NBSP}{fmt.integer(verdicts.count(v))}" for v in order if v in verdicts]
    counted = result.layout.get("counted", "printed statistics")
    return f"{fmt.integer(len(verdicts))} {counted}: " + ", ".join(parts) + "."
