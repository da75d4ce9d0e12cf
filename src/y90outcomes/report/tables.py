"""From a result's shape to a table on a page. Chooses columns and words; every rounding is asked of `format`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from y90outcomes.report import format as fmt
from y90outcomes.report.companions import phrase
from y90outcomes.report.view import Cell, Footnote, Marks, Row, Spanner, View, heading, result_notes
from y90outcomes.results.types import EffectRow, Effects, Flow, Number, Result, Summary, SummaryRow, Table

SHOWS = {
    "n_percent": "n (%)",
    "n_percent_ci": "n (%; 95% CI)",
    "median_range": "median [range]",
    "median_iqr": "median [Q1–Q3]",
    "mean_sd": "mean ± SD",
}
"""How a row of a summary is printed -> what its heading says."""

QUANTITIES = {
    "hazard_ratio": "Hazard ratio",
    "odds_ratio": "Odds ratio",
    "median": "Median",
    "survival": "Survival",
    "proportion": "Proportion",
    "follow_up": "Median follow-up",
    "log_rank": "Log-rank test",
    "kruskal_wallis": "Kruskal–Wallis test",
    "mann_whitney": "Mann–Whitney test",
    "chi_square": "χ² test",
    "fisher": "Fisher's exact test",
    "t_test": "t test",
}
"""Printed names of quantities; another name prints with spaces and a capital."""

VERDICTS = {
    "agrees": "agrees",
    "last_digit": "last digit",
    "method_differs": "method differs",
    "disagrees": "disagrees",
    "not_checkable": "not checkable",
}


def quantity_name(name: str) -> str:
    """The printed name of a quantity; its own name in words where none is recorded."""
    return QUANTITIES.get(name) or name.replace("_", " ").capitalize()


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
    spanner = Spanner(result.group_title, first, len(named)) if named and result.group_title else None
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
    middle = row.mean if row.show == "mean_sd" else row.median
    if middle is None:
        return Cell(fmt.NULL, mark=marks.mark(row.reason))
    text = fmt.quantity(middle, decimals)
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


def effects_view(result: Effects, groups: Mapping[str, str] | None = None, time_unit: str = "") -> View:
    """Estimates with their interval: one row per group when every estimate is of a group, else one per estimate.

    `groups` are labels of the analysis' groups, `time_unit` that of its curve: "at 12" reads "at 12 months".
    """
    names = {**(groups or {}), **result.groups}
    known = {"all", *names}
    estimates = [row for row in result.rows if not row.is_test]
    if (
        estimates
        and all(row.term in known for row in estimates)
        and len({row.term for row in estimates}) < len(estimates)
    ):
        return _by_group(result, names, estimates, time_unit)
    return _by_row(result, names)


def _estimate_cell(row: EffectRow | None, marks: Marks, n: Number = None) -> Cell:
    """ "0.27 (0.09–0.80)"; NR where not reached; a null with its reason's letter. Below `n` 100 whole per cents."""
    if row is None:
        return Cell(fmt.NULL)
    share = row.quantity in fmt.FRACTIONS and row.unit != "%"
    values = [fmt.in_percent(v) if share else v for v in (row.estimate, row.lower, row.upper)]
    decimals = fmt.decimals_of(row.quantity, row.unit, values, n)
    if values[0] is None and "estimate" in row.not_reached:
        text = fmt.NOT_REACHED
    elif values[0] is None:
        return Cell(fmt.NULL, mark=marks.mark(row.reason))
    else:
        text = fmt.quantity(values[0], decimals) + ("%" if share or row.unit == "%" else "")
    limits = [values[1] is not None or "lower" in row.not_reached, values[2] is not None or "upper" in row.not_reached]
    if any(limits):
        text += f" ({fmt.span(values[1], values[2], decimals, row.not_reached)})"
    return Cell(text, mark=marks.mark(row.reason if not all(limits) or not row.valid else ""))


def _interval_heading(rows: Sequence[EffectRow]) -> str:
    levels = list(dict.fromkeys(fmt.level(row.level) for row in rows if row.level is not None))
    return f" ({levels[0]} CI)" if len(levels) == 1 else " (CI)" if levels else ""


def _by_group(result: Effects, names: Mapping[str, str], estimates: Sequence[EffectRow], time_unit: str) -> View:
    marks = Marks()
    columns = dict.fromkeys((row.quantity, row.contrast, row.unit) for row in estimates)
    terms = dict.fromkeys(row.term for row in estimates)
    ordered = [key for key in names if key in terms] + [key for key in terms if key not in names]
    counted = {name: any(getattr(row, name) is not None for row in estimates) for name in ("n", "events")}
    head = [Cell(result.group_title, "text")] + [Cell(name) for name, wanted in counted.items() if wanted]
    for quantity, contrast, unit in columns:
        mine = [row for row in estimates if (row.quantity, row.contrast) == (quantity, contrast)]
        at = f" at {_time(contrast, time_unit)}" if contrast else ""
        of = f", {unit}" if unit and unit != "%" and quantity not in fmt.FRACTIONS else ""
        head.append(Cell(f"{quantity_name(quantity)}{at}{of}", sub=_interval_heading(mine).strip()))
    rows = []
    for term in ordered:
        mine = [row for row in estimates if row.term == term]
        cells = [Cell(names.get(term, "All" if term == "all" else term), "text")]
        for name, wanted in counted.items():
            if wanted:
                cells.append(
                    Cell(fmt.integer(next((v for row in mine if (v := getattr(row, name)) is not None), None)))
                )
        for column in columns:
            found = next((row for row in mine if (row.quantity, row.contrast, row.unit) == column), None)
            cells.append(_estimate_cell(found, marks, next((row.n for row in mine if row.n is not None), result.n)))
        rows.append(Row(tuple(cells)))
    tests = tuple(Footnote(_test_words(row)) for row in result.rows if row.is_test)
    return View(
        result.id,
        heading(result),
        tuple(head),
        tuple(rows),
        (*tests, *marks.notes(), *_not_reached(result), *result_notes(result)),
    )


def _time(contrast: str, unit: str) -> str:
    """ "12" as "12 months" when the unit is known and the contrast is a bare number."""
    return contrast + fmt.NBSP + unit if unit and contrast.replace(".", "", 1).isdigit() else contrast


def _test_words(row: EffectRow) -> str:
    words = phrase(row) + (f" ({row.contrast})" if row.contrast else "")
    return fmt.sentence(f"{words}: p{fmt.p_equation(row.p)}" if row.p is not None else f"{words}: {row.reason}")


def _not_reached(result: Effects) -> tuple[Footnote, ...]:
    return (Footnote("NR, not reached."),) if any(row.not_reached for row in result.rows) else ()


def _by_row(result: Effects, names: Mapping[str, str]) -> View:
    """One row per estimate or test, under a heading per quantity when there are several."""
    marks = Marks()
    wanted = {name: any(getattr(row, name) is not None for row in result.rows) for name in ("n", "events", "p")}
    estimates = [row for row in result.rows if not row.is_test]
    statistic = not estimates
    kinds = list(dict.fromkeys(row.quantity for row in result.rows))
    several = len(kinds) > 1 and bool(estimates)
    title = quantity_name(kinds[0]) if len(kinds) == 1 else "Estimate"
    head = [Cell("", "text")] + [Cell(name) for name in ("n", "events") if wanted[name]]
    head.append(Cell("Statistic" if statistic else title + _interval_heading(estimates)))
    head += [Cell("p", "p")] if wanted["p"] else []
    rows: list[Row] = []
    for kind in kinds:
        if several:
            unit = next((row.unit for row in result.rows if row.quantity == kind and row.unit), "")
            rows.append(
                Row(
                    (Cell(quantity_name(kind) + (f", {unit}" if unit else ""), "text"), *(Cell("") for _ in head[1:])),
                    "group",
                )
            )
        for row in (row for row in result.rows if row.quantity == kind):
            label = row.label or names.get(row.term, row.term)
            if row.contrast and (not row.label or row.contrast not in row.label):
                label += f": {names.get(row.contrast, row.contrast)}"
            if row.is_test:
                label = f"{label} – {phrase(row)}" if phrase(row) != label else label
            cells = [Cell(label, "text", mark=marks.mark("Secondary convention" if not row.primary else ""))]
            cells += [Cell(fmt.integer(getattr(row, name))) for name in ("n", "events") if wanted[name]]
            if row.is_test:
                df = f" (df{fmt.NBSP}{fmt.quantity(row.df, fmt.places('', [row.df]))})" if row.df is not None else ""
                text = fmt.NULL if row.statistic is None else fmt.quantity(row.statistic, 2) + df
                cells.append(Cell(text if statistic or row.statistic is not None else ""))
            else:
                cells.append(_estimate_cell(row, marks, row.n if row.n is not None else result.n))
            if wanted["p"]:
                reason = row.reason if row.p is None and row.is_test else ""
                blank = row.p is None and not row.is_test
                cells.append(Cell("" if blank else fmt.p_value(row.p), "p", marks.mark(reason)))
            rows.append(Row(tuple(cells), "level" if several else "plain"))
    notes = (*marks.notes(), *_not_reached(result), *result_notes(result))
    return View(result.id, heading(result), tuple(head), tuple(rows), notes)


def table_view(result: Table) -> View:
    """A table as it is, numbers by column; the verdicts of a reproduction table worded and counted.

    A column named `key` is only there to make rows addressable and is not printed, nor are those of `layout["hidden"]`,
    which the CSV has too. The column `layout["heading"]` becomes a line above the rows that share its value.
    `layout["labels"]` gives the first cell of a row a second, lighter text.
    """
    labels: Mapping[str, str] = result.layout.get("labels", {})
    heading_column = result.layout.get("heading")
    hidden = {"key", heading_column, *result.layout.get("hidden", ())}
    used = [i for i, column in enumerate(result.columns) if column.name not in hidden]
    decimals = {
        i: 0
        if result.columns[i].type == "integer"
        else fmt.places(result.columns[i].unit, [row[i] for row in result.rows if isinstance(row[i], int | float)])  # type: ignore[misc]
        for i in used
    }
    head = tuple(
        Cell(
            f"{column.label or column.name}" + (f", {column.unit}" if column.unit else ""),
            "number" if column.type in {"integer", "number"} else "text",
        )
        for column in (result.columns[i] for i in used)
    )
    rows = []
    of = next((i for i, column in enumerate(result.columns) if column.name == heading_column), None)
    above = None
    for row in result.rows:
        if of is not None and row[of] != above:
            above = row[of]
            rows.append(Row((Cell(str(above), "text"), *(Cell("") for _ in used[1:])), "group"))
        cells = [_table_cell(row[i], result.columns[i].name, result.columns[i].type, decimals[i]) for i in used]
        cells[0] = replace(cells[0], sub=labels.get(str(row[used[0]]), cells[0].sub))
        rows.append(Row(tuple(cells), "plain" if of is None else "level"))
    return View(result.id, heading(result), head, tuple(rows), result_notes(result), lead=_verdict_lead(result))


def _table_cell(value: str | float | int | None, name: str, kind: str, decimals: int) -> Cell:
    if value is None:
        return Cell(fmt.NULL, "number" if kind in {"integer", "number"} else "text")
    if isinstance(value, str):
        if name == "verdict":
            return Cell(VERDICTS.get(value, value.replace("_", " ")), "verdict", sub=value if value in VERDICTS else "")
        link = value.partition("/")[0].partition("#")[0] if name == "address" else ""
        return Cell(value, "address" if name == "address" else "text", link=link)
    return Cell(fmt.quantity(value, decimals))


def _verdict_lead(result: Table) -> str:
    """ "86 printed statistics: agrees 70, …" when the table has a verdict column."""
    place = next((i for i, column in enumerate(result.columns) if column.name == "verdict"), None)
    if place is None:
        return ""
    verdicts = [str(row[place]) for row in result.rows]
    order = [*VERDICTS, *dict.fromkeys(v for v in verdicts if v not in VERDICTS)]
    parts = [f"{VERDICTS.get(v, v)}{fmt.NBSP}{fmt.integer(verdicts.count(v))}" for v in order if v in verdicts]
    return f"{fmt.integer(len(verdicts))} printed statistics: " + ", ".join(parts) + "."


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


def tests_standing_alone(summary: Result | None, tests: Effects) -> bool:
    """Whether a result of tests needs its own table: some test is about no variable of the summary beside it."""
    if not isinstance(summary, Summary):
        return True
    variables = {row.variable for row in summary.rows}
    return any(row.term not in variables or not row.is_test for row in tests.rows)
