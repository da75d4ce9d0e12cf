"""One raw table to canonical rows: rename, recode, units, dates, wide to long. Rows are not yet judged together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from y90outcomes.errors import Issue
from y90outcomes.registry.cells import cell_reader, nfc, raw_texts
from y90outcomes.registry.column_cells import (
    Bad,
    Cells,
    absent_texts,
    column_cells,
    date_formats,
    distinct,
    fill_limits,
    nothing,
    partial_rule,
)
from y90outcomes.registry.mapping import CentreMapping, FileMapping
from y90outcomes.registry.mapping_columns import ColumnMapping
from y90outcomes.registry.mapping_tables import TableMapping
from y90outcomes.registry.parts import DTYPES, NOT_PROVIDED, NOT_RECORDED, PRECISION, Objects, Part, Policy, counts
from y90outcomes.registry.raw import RawFrame, heading
from y90outcomes.registry.rules import LIMIT_PER_RULE, issue
from y90outcomes.registry.values import date_parser
from y90outcomes.schema import PROVENANCE, Column, Schema, TableSchema


def conform(
    raw: RawFrame,
    mapping: CentreMapping,
    file: FileMapping,
    name: str,
    item: TableMapping,
    schema: Schema,
    policy: Policy,
) -> list[Part]:
    """The parts of table `name` drawn from `raw`: one, or one per entry of `long` or combination of `repeat`."""
    table = schema.tables[name]
    selected = _selected(raw, item)
    parts: list[Part] = []
    for position, columns in item.entries():
        rows, dropped = selected, 0
        if position is not None:
            filled = _filled(raw, columns, table, selected)
            rows, dropped = selected[filled], int((~filled).sum())
        part, empty = _part(raw, mapping, file, table, columns, rows, schema, policy)
        if item.distinct:
            keep = ~part.frame.drop(columns=list(PROVENANCE)).duplicated()
            part.frame = part.frame[keep].reset_index(drop=True)
            empty = {column: reasons[keep.to_numpy()] for column, reasons in empty.items()}
        if item.merge:
            part.reasons = empty
        else:
            part.missing = counts(empty)
        for column in _value_columns(columns, table) if dropped else ():
            part.missing[(column, f"{NOT_RECORDED} (no row)")] = dropped
        parts.append(part)
    if parts:
        parts[0].issues += _broken_filters(raw, item, name)
    return parts


def _broken_filters(raw: RawFrame, item: TableMapping, table: str) -> list[Issue]:
    """Cells with an error instead of a value where a filter decides by them whether the row is read at all."""
    named = [*item.only, *item.except_, *([item.only_when.column] if item.only_when is not None else [])]
    listed = {nfc(text) for texts in (*item.only.values(), *item.except_.values()) for text in texts}
    if item.only_when is not None:
        listed |= {nfc(text) for text in item.only_when.one_of or ()}
    found = []
    for column in dict.fromkeys(named):
        bad = np.flatnonzero(raw.frame[heading(column)].isin(raw.broken - listed).to_numpy())
        found += [
            issue("error_cell", centre=raw.centre, file=raw.file, sheet=raw.sheet, row=int(raw.rows[i]), table=table,
                  source_column=column, detail="a filter of the mapping reads this cell")
            for i in bad[:LIMIT_PER_RULE]
        ]  # fmt: skip
    return found


def _selected(raw: RawFrame, item: TableMapping) -> NDArray[np.int64]:
    """The raw rows a table mapping reads: those every filter lets through."""
    keep = np.ones(len(raw.rows), dtype=bool)
    if item.only_when is not None:
        cells = raw.frame[heading(item.only_when.column)]
        if item.only_when.filled is not None:
            keep &= ((cells != "") == item.only_when.filled).to_numpy()
        else:
            keep &= _among(cells, item.only_when.one_of or ())
    for column, texts in item.only.items():
        keep &= _among(raw.frame[heading(column)], texts)
    for column, texts in item.except_.items():
        keep &= ~_among(raw.frame[heading(column)], texts)
    return np.flatnonzero(keep)


def _among(cells: pd.Series, texts: tuple[str, ...]) -> NDArray[np.bool_]:
    wanted = {nfc(text) for text in texts}
    codes, uniques = pd.factorize(cells)
    return np.asarray([nfc(text) in wanted for text in uniques], dtype=bool)[codes]


def _value_columns(columns: Mapping[str, ColumnMapping], table: TableSchema) -> list[str]:
    """The columns that make a `long` row worth having: raw, not of the key; dates only where there is nothing else."""
    drawn = [name for name, spec in columns.items() if spec.from_ is not None and name not in table.primary_key]
    return [name for name in drawn if table.columns[name].type not in ("date", "day")] or drawn


def _filled(
    raw: RawFrame, columns: Mapping[str, ColumnMapping], table: TableSchema, rows: NDArray[np.int64]
) -> NDArray[np.bool_]:
    names = _value_columns(columns, table)
    if not names:
        return np.ones(len(rows), dtype=bool)
    full = np.zeros(len(rows), dtype=bool)
    for name in names:
        spec = columns[name]
        if "" in (spec.codes or {}):
            full[:] = True
        for source in spec.sources:
            full |= raw.frame[heading(source)].to_numpy()[rows] != ""
    return full


def _part(
    raw: RawFrame, mapping: CentreMapping, file: FileMapping, table: TableSchema, columns: Mapping[str, ColumnMapping],
    rows: NDArray[np.int64], schema: Schema, policy: Policy,
) -> tuple[Part, dict[str, Objects]]:  # fmt: skip
    """A part, and for each column with empty cells the reason row by row ("" where the cell is filled)."""
    data: dict[str, pd.Series] = {}
    empty: dict[str, Objects] = {}
    part = Part(table.name, mapping.centre, raw.file, pd.DataFrame())
    analytes: Objects | None = None
    for name, column in table.columns.items():
        key = name in table.primary_key
        if name == "centre":
            data[name] = pd.Series([mapping.centre] * len(rows), dtype="string")
            continue
        spec = columns.get(name)
        if spec is None and name.endswith(PRECISION):
            data[name] = data.get(name, pd.Series([None] * len(rows), dtype="string"))
            continue
        if spec is None and column.quantity_from and mapping.limits and name in ("uln", "lln"):
            # No raw column: the page's normal ranges fill it.
            parsed = Cells(nothing(len(rows)), np.full(len(rows), NOT_PROVIDED, dtype=object), [])
            fill_limits(parsed, name, mapping, analytes, schema)
            data[name], empty[name] = pd.Series(parsed.cells, dtype="float64"), parsed.reasons
            continue
        if spec is None:
            data[name] = pd.Series([None] * len(rows), dtype=DTYPES[column.type])
            if not key:
                empty[name] = np.full(len(rows), NOT_PROVIDED, dtype=object)
            continue
        texts = raw_texts(raw, spec, rows)
        parsed = column_cells(texts, spec, column, mapping, file, raw, schema, analytes)
        if name == "analyte":
            analytes = parsed.cells
        if column.quantity_from and name in ("uln", "lln"):
            fill_limits(parsed, name, mapping, analytes, schema)
        data[name] = _series(parsed.cells, column)
        if column.type == "date" and name + PRECISION in table.columns and partial_rule(spec, file) is not None:
            data[name + PRECISION] = _precision(part, texts, parsed, spec, column, file, raw, mapping, table.name)
        _report(part, raw, table, column, spec, parsed, rows, key, policy)
        for bad in parsed.bad:
            parsed.reasons[bad.positions] = policy.invalid
        if column.required or not key:  # a blank lesion_id is a value of the key, not a gap
            empty[name] = parsed.reasons
        if spec.sources:
            part.origins[name] = ", ".join(spec.sources)
    data["source_file"] = pd.Series([raw.file] * len(rows), dtype="string")
    data["source_sheet"] = pd.Series([raw.sheet or None] * len(rows), dtype="string")
    data["source_row"] = pd.Series(raw.rows[rows], dtype="Int64")
    part.frame = pd.DataFrame({name: data[name] for name in (*table.columns, *PROVENANCE)})
    return part, empty


def _series(cells: Objects, column: Column) -> pd.Series:
    """Cells as a column of their canonical type; dates by way of the distinct ones, as they are slow to make."""
    if column.type != "date":
        return pd.Series(cells, dtype=DTYPES[column.type])
    codes, uniques = pd.factorize(cells)
    distinct = np.asarray([*uniques, None], dtype="datetime64[s]")
    return pd.Series(distinct[codes])  # code -1, a missing cell, takes the last


def _precision(
    part: Part, texts: Objects, parsed: Cells, spec: ColumnMapping, column: Column, file: FileMapping,
    raw: RawFrame, mapping: CentreMapping, table: str,
) -> pd.Series:  # fmt: skip
    """`month` or `year` where a date was completed by the mapping's rule; one note counts them."""
    formats, partial = date_formats(spec, file), partial_rule(spec, file)
    told = date_parser(formats, raw.typed, partial, precision=True)
    read = cell_reader(spec, column, absent_texts(spec, mapping, file, raw), lambda _unit: told, {})
    cells = [
        None if value is None else kept
        for value, kept in zip(parsed.cells, distinct(texts, read, None, None).cells, strict=True)
    ]
    completed = sum(kept is not None for kept in cells)
    if completed and partial is not None:
        rules = ", ".join(f"{word}: {rule}" for word, rule in partial.model_dump().items() if rule)
        part.issues.append(
            issue("date_completed", centre=raw.centre, file=raw.file, sheet=raw.sheet, row=None, table=table,
                  column=column.name, source_column=", ".join(spec.sources),
                  detail=f"{completed} dates, by the page's rule {rules}; their precision is kept beside them")
        )  # fmt: skip
    return pd.Series(cells, dtype="string")


def _report(
    part: Part, raw: RawFrame, table: TableSchema, column: Column, spec: ColumnMapping, parsed: Cells,
    rows: NDArray[np.int64], key: bool, policy: Policy,
) -> None:  # fmt: skip
    where = {"centre": raw.centre, "file": raw.file, "sheet": raw.sheet, "table": table.name, "column": column.name,
             "source_column": ", ".join(spec.sources)}  # fmt: skip
    bads = list(parsed.bad)
    # Outside a key, a cell whose absence the mapping explains (not done, ...) needs no question to the centre.
    empty = np.flatnonzero(parsed.reasons != "" if key else parsed.reasons == NOT_RECORDED)
    if column.required and len(empty):
        rule = "missing_key" if key else "required_missing"
        bads.append(Bad(rule, empty, [""] * len(empty)))
    for bad in bads:
        severity = policy.severity(bad.rule, key)
        detail = _detail(bad.rule, column, spec)
        for position, text in zip(bad.positions[:LIMIT_PER_RULE], bad.texts, strict=False):
            row = int(raw.rows[rows[position]])
            part.issues.append(issue(bad.rule, row=row, detail=detail, value=text, severity=severity, **where))
        rest = len(bad.positions) - LIMIT_PER_RULE
        if rest > 0:
            part.issues.append(issue(bad.rule, row=None, detail=f"and {rest} more rows", severity=severity, **where))


def _detail(rule: str, column: Column, spec: ColumnMapping) -> str:
    """What is allowed there, never what was found."""
    if rule == "unmapped_code" and spec.tick is not None:
        texts = ", ".join(repr(text) for text in (*(spec.ticked or ()), *spec.unticked))
        return f"a box holds one of {texts}; add the text to ticked, unticked or missing, or correct the cell"
    if rule == "several_ticked":
        return f"the column takes one code of {column.codelist}; correct the boxes"
    if rule == "unknown_unit":
        return f"the unit stands in {spec.unit_from!r}; list its text under units, or correct the cell"
    if rule == "unmapped_code":
        known = ", ".join(repr(text) for text in spec.codes) if spec.codes else f"the codes of {column.codelist}"
        return f"listed are {known}; add it under codes or missing, or correct the cell"
    if rule == "out_of_bounds" and (column.low is not None or column.high is not None):
        return f"allowed {column.low} to {column.high} {column.unit}".rstrip() + "; correct the cell or the unit"
    if rule == "bad_date":
        return "correct the cell, or declare its format under dates; a part is completed only by a rule under partial"
    if rule == "bad_number":
        return "correct the cell, or declare decimal and thousands under dialect, or list the text under missing"
    return ""
