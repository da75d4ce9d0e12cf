"""Variants of a protocol beside it: what is estimated as a heading, a line per run below."""

from __future__ import annotations

from urllib.parse import unquote

from y90outcomes.report import format as fmt
from y90outcomes.report.tables.names import quantity_name
from y90outcomes.report.view import Cell, Row, View, heading, result_notes
from y90outcomes.results.types import Number, Table

COLUMNS = ("address", "variant", "estimate", "lower", "upper", "p", "n", "events", "said")


def is_sensitivity(result: Table) -> bool:
    """Whether a table holds numbers of several runs side by side."""
    return set(COLUMNS) <= {column.name for column in result.columns}


def sensitivity_view(result: Table) -> View:
    """Estimates with their interval under what they estimate (`layout["headings"]`, address -> words)."""
    names = [column.name for column in result.columns]
    told = result.layout.get("headings", {})
    rows: list[Row] = []
    above = None
    for values in result.rows:
        found = dict(zip(names, values, strict=True))
        address = str(found["address"])
        if address != above:
            rows.append(Row((Cell(told.get(address) or readable(address), "text"),), "group"))
            above = address
        rows.append(
            Row(
                (
                    Cell(str(found["variant"] or ""), "text"),
                    Cell(_count(found["n"])),
                    Cell(_count(found["events"])),
                    Cell(_estimate(address, found)),
                    Cell("" if found["p"] is None else fmt.p_value(_number(found["p"])), "p"),
                    Cell(str(found["said"] or ""), "text"),
                ),
                "level",
            )
        )
    head = (
        Cell("Run", "text"),
        Cell("n"),
        Cell("events"),
        Cell("Estimate (CI)"),
        Cell("p", "p"),
        Cell("Beside the protocol", "text"),
    )
    return View(result.id, heading(result), head, tuple(rows), result_notes(result))


def readable(address: str) -> str:
    """An address in words, where nothing better is told: "response_by_dose, odds ratio: tad"."""
    result, quantity, *rest = [unquote(part) for part in address.split("/")] + [""]
    words = ", ".join(part for part in rest if part)
    return f"{result}, {quantity_name(quantity)[:1].lower()}{quantity_name(quantity)[1:]}" + (
        f": {words}" if words else ""
    )


def _number(value: str | float | int | None) -> Number:
    return None if isinstance(value, str) else value


def _count(value: str | float | int | None) -> str:
    return "" if value is None else fmt.integer(_number(value))


def _estimate(address: str, found: dict[str, str | float | int | None]) -> str:
    """ "0.84 (0.74–0.96)", "501 (from 307)" with one limit, "" without an estimate."""
    estimate, lower, upper = (_number(found[name]) for name in ("estimate", "lower", "upper"))
    if estimate is None:
        return ""
    quantity, unit = unquote(address.split("/")[1]), str(found.get("unit") or "")
    decimals = fmt.decimals_of(quantity, unit, [estimate, lower, upper], _number(found["n"]))
    text = fmt.quantity(estimate, decimals) + ("%" if unit == "%" else "")
    if lower is None and upper is None:
        return text
    if upper is None:
        return f"{text} (from {fmt.quantity(lower, decimals)})"
    return f"{text} ({'to ' + fmt.quantity(upper, decimals) if lower is None else fmt.span(lower, upper, decimals)})"
