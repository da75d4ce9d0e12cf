"""Data quality as counts: what is missing and why, what was found wrong. No value, no key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from y90outcomes.registry import NOT_PROVIDED, Registry
from y90outcomes.results import Table, TableColumn
from y90outcomes.study.model import Study

Sizes = Mapping[str, list[tuple[str, int]]]
"""Rows of every table by centre, centres in order."""


def quality(registry: Registry, study: Study) -> tuple[Table, ...]:
    """Rows per table and centre, empty cells by reason, issues by rule."""
    sizes = {name: sorted(Counter(frame["centre"].dropna()).items()) for name, frame in registry.tables.items()}
    absent = _absent(registry, sizes)
    whole, cells = registry.missing[absent], registry.missing[~absent]
    return (_tables(sizes), _missing(cells), _not_provided(whole), _issues(registry, study))


def _tables(sizes: Sizes) -> Table:
    rows = [(f"{name}, {centre}", name, centre, n) for name, counts in sizes.items() for centre, n in counts]
    return Table(
        id="quality_tables",
        title="Rows by table and centre",
        columns=(
            TableColumn("key", "Table and centre"),
            TableColumn("table", "Table"),
            TableColumn("centre", "Centre"),
            TableColumn("rows", "Rows", "integer"),
        ),
        rows=tuple(rows),
    )


def _missing(cells_missing: pd.DataFrame) -> Table:
    frame = cells_missing.sort_values(["table", "column", "centre", "reason"])
    cells = zip(*(frame[name] for name in ("table", "column", "centre", "reason", "n")), strict=True)
    rows = tuple(
        (f"{table}.{column}, {centre}, {reason}", f"{table}.{column}", centre, str(reason).replace("_", " "), int(n))
        for table, column, centre, reason, n in cells
    )
    return Table(
        id="quality_missing",
        title="Empty cells by reason",
        columns=(
            TableColumn("key", "Column, centre and reason"),
            TableColumn("column", "Column"),
            TableColumn("centre", "Centre"),
            TableColumn("reason", "Reason"),
            TableColumn("n", "Cells", "integer"),
        ),
        rows=rows,
    )


def _absent(registry: Registry, sizes: Sizes) -> pd.Series:
    """Which lines of `registry.missing` are about a column that none of the centre's files has."""
    known = {(name, centre): n for name, counts in sizes.items() for centre, n in counts}
    lines = registry.missing
    whole = [known.get((table, centre), -1) for table, centre in zip(lines["table"], lines["centre"], strict=True)]
    return (lines["reason"] == NOT_PROVIDED) & (lines["n"] == pd.Series(whole, index=lines.index, dtype="int64"))


def _not_provided(columns_missing: pd.DataFrame) -> Table:
    """Whole columns a centre's files do not have: one line per table and centre."""
    frame = columns_missing.sort_values(["table", "centre", "column"])
    rows = tuple(
        (f"{table}, {centre}", str(table), str(centre), len(columns), ", ".join(columns).replace("_", " "))
        for (table, centre), columns in frame.groupby(["table", "centre"], sort=True)["column"]
    )
    return Table(
        id="quality_not_provided",
        title="Columns a centre does not provide",
        columns=(
            TableColumn("key", "Table and centre"),
            TableColumn("table", "Table"),
            TableColumn("centre", "Centre"),
            TableColumn("columns", "Columns", "integer"),
            TableColumn("names", "Which"),
        ),
        rows=rows,
    )


def _issues(registry: Registry, study: Study) -> Table:
    counts = Counter((issue.rule, issue.severity, issue.centre, issue.table) for issue in registry.issues)
    rows = tuple(
        (f"{rule}, {centre}, {table}", rule.replace("_", " "), severity, centre, table, count)
        for (rule, severity, centre, table), count in sorted(counts.items())
    )
    rule = study.data.on_invalid_cell
    said = (
        f"Invalid cells become missing: {study.data.reason}" if rule == "missing" else "An invalid cell stops the run."
    )
    for name, switch in study.data.rules.items():
        said += f" Rule {name.replace('_', ' ')} is switched {'off' if switch.off else 'on'}: {switch.reason}"
    if registry.corrections:
        said += f" {len(registry.corrections)} cells are as their centre corrected them."
    return Table(
        id="quality_issues",
        title="Issues found in the data",
        caption=said,
        columns=(
            TableColumn("key", "Rule, centre and table"),
            TableColumn("rule", "Rule"),
            TableColumn("severity", "Severity"),
            TableColumn("centre", "Centre"),
            TableColumn("table", "Table"),
            TableColumn("cells", "Cells", "integer"),
        ),
        rows=rows,
    )
