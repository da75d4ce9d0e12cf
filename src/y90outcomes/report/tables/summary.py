"""A description as a table: variables down, groups across, p where the tests have it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from y90outcomes.report import format as fmt
from y90outcomes.report.companions import phrase
from y90outcomes.report.tables.cells import capital
from y90outcomes.report.tables.names import SHOWS
from y90outcomes.report.view import Cell, Marks, Row, Spanner, View, heading, result_notes
from y90outcomes.results.types import EffectRow, Effects, Number, Result, Summary, SummaryRow

TWO_LINES: Mapping[str, tuple[str, ...]] = MappingProxyType({"mean_sd_median_range": ("mean_sd", "median_range")})
"""How a number is shown -> what each of its lines shows, where it takes more than one."""


def summary_view(result: Summary, tests: Effects | None = None) -> View:
    """A baseline table: variables as row groups, levels indented, groups as columns, p where `tests` has it."""
    marks = Marks()
    groups = _summary_groups(result)
    wholes = {key: _whole(result.rows, key) for key in groups}
    primary, others = _tests_by_term(tests)
    variables = dict.fromkeys(row.variable for row in result.rows)
    with_p = any(name in primary for name in variables)
    head = [Cell("", "text")]
    for key, label in groups.items():
        sub = f"n{fmt.NBSP}={fmt.NBSP}{fmt.integer(wholes[key])}" if wholes[key] is not None else ""
        head.append(Cell(label, "number", sub=sub))
    rows: list[Row] = []
    for name in variables:
        mine = [row for row in result.rows if row.variable == name]
        test = partial(_p_cell, primary.get(name), others.get(name, []), marks) if with_p else None
        rows += _variable_rows(mine, groups, wholes, test, marks)
    if with_p:
        head.append(Cell("p", "p"))
    merged = [tests] if tests is not None and with_p else []
    named_already = " ".join(marks.texts)
    notes = (*marks.notes(), *result_notes(result, *merged, beside=named_already))
    named = [key for key in groups if key != "all"]
    first = 1 + ("all" in groups)
    spanner = Spanner(capital(result.group_title), first, len(named)) if named and result.group_title else None
    return View(result.id, heading(result), tuple(head), tuple(rows), notes, spanner)


def _summary_groups(result: Summary) -> dict[str, str]:
    """Group keys with their labels: everybody first, then the groups in the result's order, empty ones kept."""
    present = dict.fromkeys(row.group for row in result.rows)
    keys = (["all"] if "all" in present else []) + [key for key in result.groups if key != "all"]
    keys += [key for key in present if key not in keys]
    return {key: result.groups.get(key, "All" if key == "all" else key) for key in keys}


def _whole(rows: Sequence[SummaryRow], group: str) -> Number:
    """How many a group has: those of a row with a value and those without."""
    sizes = [
        (row.n if row.kind == "number" else row.denominator or 0) + (row.missing or 0)
        for row in rows
        if row.group == group and row.n is not None
    ]
    return max(sizes, default=None)


def _variable_rows(
    rows: Sequence[SummaryRow],
    groups: Mapping[str, str],
    wholes: Mapping[str, Number],
    test: Callable[[], Cell] | None,
    marks: Marks,
) -> list[Row]:
    """The rows of one variable. `test` makes its p cell, called in reading order so that letters come in order too."""
    first = rows[0]
    unit = f", {first.unit}" if first.unit else ""
    blank = [Cell("", "p")] if test else []
    name = f"{first.label or first.variable}{unit}"
    shown = SHOWS.get(first.show, first.show.replace("_", " "))
    numbers = [row for row in rows if row.kind == "number"]
    levels = list(dict.fromkeys(row.level for row in rows if row.kind != "number"))
    labels = {row.level: row.level_label or str(row.level) for row in rows if row.kind != "number"}
    out: list[Row] = []
    if numbers:
        decimals = fmt.places(
            first.unit, [v for row in numbers for v in (row.median, row.mean, row.q1, row.q3, row.low)]
        )
        by_group = {row.group: row for row in numbers}
        lines = TWO_LINES.get(first.show, ())
        for show in lines:
            cells = [_number_cell(_shown(by_group.get(key), show), decimals, marks) for key in groups]
            out.append(Row((Cell(SHOWS[show], "text"), *cells, *blank), "level"))
        if lines:
            whole = (Cell(name, "text"), *(Cell("", "number") for _ in groups), *([test()] if test else []))
            out.insert(0, Row(whole, "group"))
        else:
            cells = [_number_cell(by_group.get(key), decimals, marks) for key in groups]
            out.append(Row((Cell(name, "text", sub=shown), *cells, *([test()] if test else []))))
    elif len(levels) == 1:
        cells = [_level_cell(_at(rows, levels[0], key), wholes[key], marks) for key in groups]
        out.append(Row((Cell(f"{name}: {labels[levels[0]]}", "text", sub=shown), *cells, *([test()] if test else []))))
    else:
        out.append(
            Row(
                (Cell(name, "text", sub=shown), *(Cell("", "number") for _ in groups), *([test()] if test else [])),
                "group",
            )
        )
        for level in levels:
            cells = [_level_cell(_at(rows, level, key), wholes[key], marks) for key in groups]
            out.append(Row((Cell(labels[level], "text"), *cells, *blank), "level"))
    missing = {key: max((row.missing or 0 for row in rows if row.group == key), default=0) for key in groups}
    if any(missing.values()):
        cells = [Cell(fmt.NULL if wholes[key] is None else fmt.integer(missing[key])) for key in groups]
        out.append(Row((Cell("Missing", "text"), *cells, *blank), "level"))
    return out


def _shown(row: SummaryRow | None, show: str) -> SummaryRow | None:
    return None if row is None else replace(row, show=show)


def _at(rows: Sequence[SummaryRow], level: str | None, group: str) -> SummaryRow | None:
    return next((row for row in rows if row.level == level and row.group == group), None)


def _level_cell(row: SummaryRow | None, whole: Number, marks: Marks) -> Cell:
    if row is None:
        return Cell(fmt.NULL)
    text = fmt.count_percent(row.n, row.percent, row.denominator, whole)
    if row.show == "n_percent_ci" and row.lower is not None and text != fmt.NULL:
        text = text[:-1] + f"; {fmt.span(row.lower, row.upper, 0 if (row.denominator or 0) < 100 else 1)})"
    return Cell(text, mark=marks.mark(row.reason if row.reason and text == fmt.NULL else ""))


def _number_cell(row: SummaryRow | None, decimals: int, marks: Marks) -> Cell:
    if row is None:
        return Cell(fmt.NULL)
    middle = {"mean_sd": row.mean, "geometric_mean": row.geometric_mean}.get(row.show, row.median)
    if middle is None:
        return Cell(fmt.NULL, mark=marks.mark(row.reason))
    text = fmt.quantity(middle, decimals)
    if row.show == "geometric_mean":
        text += f" ({fmt.span(row.lower, row.upper, decimals)})" if row.lower is not None else ""
        return Cell(text, mark=marks.mark(row.reason if row.lower is None else ""))
    if row.show == "mean_sd":
        text += f"{fmt.NBSP}±{fmt.NBSP}{fmt.quantity(row.sd, decimals)}"
        return Cell(text, mark=marks.mark(row.reason if row.sd is None else ""))
    low, high = (row.low, row.high) if row.show == "median_range" else (row.q1, row.q3)
    return Cell(f"{text} [{fmt.span(low, high, decimals)}]", mark=marks.mark(row.reason if low is None else ""))


def _tests_by_term(tests: Effects | None) -> tuple[dict[str, EffectRow], dict[str, list[EffectRow]]]:
    """Term -> its primary test, and term -> the alternatives computed beside it."""
    primary: dict[str, EffectRow] = {}
    others: dict[str, list[EffectRow]] = {}
    for row in tests.rows if tests else ():
        if row.is_test and row.primary and not row.contrast and row.term not in primary:
            primary[row.term] = row
        elif row.is_test:
            others.setdefault(row.term, []).append(row)
    return primary, others


def _p_cell(row: EffectRow | None, others: Sequence[EffectRow], marks: Marks) -> Cell:
    """The p of the primary test; its letter names the test, and what other conventions give."""
    if row is None:
        return Cell("", "p")
    words = phrase(row)
    if row.p is None and row.reason:
        words += f": {row.reason}"
    if others:
        alternatives = [
            f"{phrase(other)}{f' ({other.contrast})' if other.contrast else ''}, p{fmt.p_equation(other.p)}"
            for other in others
            if other.p is not None
        ]
        words += (". Also computed: " + "; ".join(alternatives)) if alternatives else ""
    return Cell(fmt.p_value(row.p), "p", marks.mark(words))


def tests_standing_alone(summary: Result | None, tests: Effects) -> bool:
    """Whether a result of tests needs its own table: some test is about no variable of the summary beside it."""
    if not isinstance(summary, Summary):
        return True
    variables = {row.variable for row in summary.rows}
    return any(row.term not in variables or not row.is_test for row in tests.rows)
